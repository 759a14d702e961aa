# SPDX-License-Identifier: MIT
"""Meters, functions, contexts, samples and handlers that are pickled and copied: joblib, multiprocessing, cloudpickle, deepcopy."""

import copy
import math
import multiprocessing
import pickle
import threading
import time

import pytest

from machines import J, zones
from joules.device import Device, DeviceFactory, Domain
from joules.device.rapl_device import RaplDramDomain, RaplPackageDomain
from joules.energy_meter import EnergyContext, EnergyMeter, measure_energy
from joules.energy_trace import EnergySample, EnergyTrace
from joules.exception import NoSuchDomainError
from joules.handler import EnergyHandler
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler
from tree import Zone

WAYS = {"pickle": lambda one: pickle.loads(pickle.dumps(one)), "deepcopy": copy.deepcopy, "copy": copy.copy}
PACKAGE = RaplPackageDomain(0)


@pytest.fixture(params=WAYS, name="again")
def copied(request):
    return WAYS[request.param]


def meter_of(*domains):
    return EnergyMeter(DeviceFactory.create_devices(list(domains)))


def told(trace):
    return [(sample.tag, sample.energy["package_0"]) for sample in trace]


# ---- meters -------------------------------------------------------------------------------------------------------------------------


def test_a_fresh_meter(machine, again):
    other = again(meter_of(PACKAGE))
    assert len(other.get_trace()) == 0
    other.start("a")
    machine.add("package-0", 1 * J)
    other.stop()
    assert told(other.get_trace()) == [("a", 1 * J)]


def test_a_used_meter_takes_along_what_it_measured(machine, again):
    meter = meter_of(PACKAGE)
    meter.start("a")
    machine.add("package-0", 1 * J)
    meter.stop()
    meter.settle(0)
    other = again(meter)
    other.stop()
    assert other.settle() and told(other.get_trace()) == told(meter.get_trace()) == [("a", 1 * J)]
    assert other.get_trace()[0].uncertainty == meter.get_trace()[0].uncertainty
    other.get_trace()[0].energy["package_0"] = 5.0
    other.resume("b")
    machine.add("package-0", 2 * J)
    other.stop()
    assert told(other.get_trace()) == [("a", 1 * J), ("b", 2 * J)] and told(meter.get_trace()) == [("a", 1 * J)]
    assert told(again(other).get_trace()) == told(other.get_trace())
    other.start("c")
    other.stop()
    assert told(other.get_trace()) == [("c", 0.0)]


def test_the_copy_of_a_running_meter_runs_on(machine, again):
    """It has the finished samples, and its open one begins at the loading; the first meter does not notice."""
    meter = meter_of(PACKAGE)
    meter.start("a")
    machine.add("package-0", 1 * J)
    meter.record(("b", 2))
    machine.add("package-0", 2 * J)
    before = time.time()
    other = again(meter)
    machine.add("package-0", 4 * J)
    for one, last in ((meter, 6 * J), (other, 4 * J)):
        one.stop()
        assert told(one.get_trace()) == [("a", 1 * J), (("b", 2), last)]
    assert other.get_trace()[1].timestamp >= before - 0.01
    assert meter.get_trace()[1].timestamp < other.get_trace()[1].timestamp


def test_meters_on_devices_written_in_python(machine, again):
    meter = EnergyMeter([Steps(), *DeviceFactory.create_devices([PACKAGE])])
    meter.start("a")
    meter.record("b")
    other = again(meter)
    machine.add("package-0", 1 * J)
    other.stop()
    assert [sample.energy for sample in other.get_trace()] == [
        {"steps": 1, "package_0": 0.0},
        {"steps": 1, "package_0": 1 * J},
    ]
    assert meter._recorder.running


class StepsDomain(Domain):
    def __repr__(self):
        return "steps"

    def get_device_type(self):
        return Steps


class Steps(Device):
    """Every look costs one."""

    def __init__(self):
        Device.__init__(self)
        self.configure()
        self.looks = 0

    @staticmethod
    def available_domains():
        return [StepsDomain()]

    def get_energy(self):
        self.looks += 1
        return [self.looks]


def test_a_device_unplugged_between_pickling_and_loading(make):
    """Where nothing runs, the next start() says so. A running meter goes on with what is there, as if it had vanished meanwhile."""
    machine = make(*zones())
    stopped, running = (meter_of(PACKAGE, RaplDramDomain(0)) for _ in range(2))
    for meter in (stopped, running):
        meter.start("a")
        machine.add("package-0", 1 * J)
        meter.record("b")
        if meter is stopped:
            meter.stop()
    pickles = [pickle.dumps(meter) for meter in (stopped, running)]
    machine = make(Zone("package-0", 100 * J), name="unplugged")
    other = pickle.loads(pickles[0])
    assert told(other.get_trace()) == [("a", 1 * J), ("b", 0.0)]
    with pytest.raises(NoSuchDomainError, match="dram_0"):
        other.start()
    with pytest.warns(RuntimeWarning, match="not measured: .*dram_0") as caught:
        other = pickle.loads(pickles[1])
    assert len(caught) == 1
    machine.add("package-0", 2 * J)
    other.stop()
    first, last = other.get_trace()
    assert told([first, last]) == [("a", 1 * J), ("b", 2 * J)]
    assert first.energy["dram_0"] == 0.0 and math.isnan(last.energy["dram_0"])


def test_a_tag_that_cannot_be_pickled(machine):
    """The error of pickle itself; the meter goes on."""
    meter = meter_of(PACKAGE)
    meter.start(threading.Lock())
    meter.record("b")
    with pytest.raises(TypeError, match="lock"):
        pickle.dumps(meter)
    with pytest.raises(TypeError, match="lock"):
        pickle.dumps(EnergyTrace([EnergySample(1, threading.Lock(), 2, {})]))
    machine.add("package-0", 1 * J)
    meter.stop()
    assert [sample.energy["package_0"] for sample in meter.get_trace()] == [0.0, 1 * J]


class Job:
    """An object of a user's that holds a meter."""

    def __init__(self):
        self.meter = meter_of(PACKAGE)

    def __call__(self, number):
        self.meter.start(f"job {number}")
        self.meter.stop()
        return self.meter


def work(job, number, queue):
    queue.put(job(number))


def test_multiprocessing_spawn(machine):
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    job = Job()
    job(0)
    process = context.Process(target=work, args=(job, 1, queue))
    process.start()
    meter = queue.get(timeout=60)
    process.join()
    assert [sample.tag for sample in meter.get_trace()] == ["job 1"]


BY_VALUE = """
import cloudpickle
from joblib import Parallel, delayed
from joules import DeviceFactory, EnergyHandler, EnergyMeter, measure_energy

@measure_energy(handler=EnergyHandler())
def double(number):
    return 2 * number

meter = EnergyMeter(DeviceFactory.create_devices())
meter.start("here")
meter.stop()

def tag(number):
    meter.start(number)
    meter.stop()
    return meter.get_trace()[0].tag

assert cloudpickle.loads(cloudpickle.dumps(double))(1) == 2
for function in double, tag:
    print(Parallel(n_jobs=2)(delayed(function)(number) for number in range(4)))
"""


def test_joblib_and_cloudpickle(machine, run):
    """They take the functions of a program's own file by value, with all that these refer to."""
    pytest.importorskip("joblib")
    assert run.ok(BY_VALUE) == "[0, 2, 4, 6]\n[0, 1, 2, 3]\n"


# ---- decorated functions, contexts --------------------------------------------------------------------------------------------------


@measure_energy(handler=EnergyHandler(), domains=[PACKAGE])
def decorated():
    return 5


def inside(function):
    """What a pickle by value takes of a function: all that it refers to."""
    return [cell.cell_contents for cell in function.__closure__ if cell.cell_contents is not function.__wrapped__]


def test_a_decorated_function(machine, again):
    decorated()
    assert again(decorated)() == 5
    begin, *_ = (one for one in inside(decorated) if getattr(one, "__name__", "") == "begin")
    measurements = begin.__self__
    waiting = len(measurements.handler.traces)
    other = pickle.loads(pickle.dumps(inside(decorated)))
    (copied,) = {one.__self__ for one in other if getattr(one, "__name__", "") == "begin"}
    assert copied.handler.traces == [] and len(measurements.handler.traces) == waiting > 0
    recorder = copied.begin("x")
    copied.end(recorder)
    assert [sample.tag for trace in copied.handler.traces for sample in trace] == ["x"]


def test_a_context(machine, again):
    context = EnergyContext(EnergyHandler(), [PACKAGE])
    with context:
        pass
    other = again(context)
    assert other.handler.traces == [] and len(context.handler.traces) == 1
    with other:
        machine.add("package-0", 1 * J)
    assert told(other.handler.traces[0]) == [("start", 1 * J)] and len(context.handler.traces) == 1


# ---- samples and handlers -----------------------------------------------------------------------------------------------------------


def test_samples(machine, again):
    meter = meter_of(PACKAGE)
    meter.start("a")
    meter.stop()
    for trace in (meter.get_trace(), again(meter.get_trace())):
        sample = again(trace[0])
        assert sample.flags == {"package_0": ("below_tick",)} and set(vars(sample)) == {
            "timestamp",
            "tag",
            "duration",
            "energy",
        }
        assert EnergySample(**vars(sample)).energy == sample.energy


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_samples_in_every_protocol(protocol):
    sample = pickle.loads(pickle.dumps(EnergySample(1, "a", 2, {"d": 3}), protocol))
    assert vars(sample) == {"timestamp": 1, "tag": "a", "duration": 2, "energy": {"d": 3}} and sample.total == 3


def test_handlers(tmp_path, again):
    trace = EnergyTrace([EnergySample(1.0, "a", 2.0, {"d": 3.0})])
    for handler in (CSVHandler(tmp_path / "x.csv"), JSONHandler(tmp_path / "x.json")):
        handler.process(trace)
        other = again(handler)
        other.save_data()
    assert (tmp_path / "x.csv").read_text().count("a") and (tmp_path / "x.json").read_text().count('"a"') == 1
