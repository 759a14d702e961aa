# SPDX-License-Identifier: MIT
"""Private names of pyJoules 0.5.1 that programs use, and objects that only look like the documented ones."""

import os
import pathlib
import threading
import warnings

import pytest

from machines import J
from joules.device import DeviceFactory
from joules.device.nvidia_device import NvidiaGPUDomain
from joules.device.rapl_device import RaplDevice, RaplDomain, RaplDramDomain, RaplPackageDomain, RaplPsysDomain
from joules.energy_meter import (
    EnergyContext,
    EnergyMeter,
    EnergyMeterNotStartedError,
    EnergyMeterNotStoppedError,
    measure_energy,
)
from joules.energy_trace import EnergySample, EnergyTrace
from joules.exception import EnergyPrecisionWarning
from joules.handler import PrintHandler, pandas_handler
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler
from joules.handler.mongo_handler import trace_to_dict
from joules.handler.pandas_handler import PandasHandler, trace_to_dataframe

PACKAGE = RaplPackageDomain(0)


# ---- domains ------------------------------------------------------------------------------------------------------------------------


class Index:
    """As numpy's integers: no int, and one by __index__."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value

    def __str__(self):
        return f"Index({self.value})"


@pytest.mark.parametrize("number", ["1", Index(1), True], ids=["text", "index", "bool"])
def test_what_stands_for_a_number_is_that_number(number):
    for kind in (RaplPackageDomain, RaplPsysDomain, NvidiaGPUDomain):
        one, other = kind(number), kind(1)
        assert one == other and hash(one) == hash(other) and repr(one) == repr(other) and not one < other
    assert type(RaplPackageDomain(number).socket) is int and RaplPackageDomain(0, die=number) == RaplPackageDomain(0, 1)
    assert repr(RaplPsysDomain("0")) == "psys"
    numpy = pytest.importorskip("numpy")
    assert RaplPackageDomain(numpy.int64(0)) == RaplPackageDomain(0) != RaplPackageDomain(numpy.uint8(1))


def test_repr(machine):
    assert [domain._repr for domain in (PACKAGE, RaplDramDomain(1), NvidiaGPUDomain(2))] == [
        "package_0",
        "dram_1",
        "nvidia_gpu_2",
    ]

    class Named(RaplPackageDomain):
        def __init__(self, socket):
            super().__init__(socket)
            self._repr = f"CPU {socket}"

    meter = EnergyMeter(DeviceFactory.create_devices([Named(1), PACKAGE]))
    meter.start()
    machine.add("package-1", 2 * J)
    meter.stop()
    assert meter.get_trace()[0].energy == {"CPU 1": 2 * J, "package_0": 0.0}
    with pytest.raises(NotImplementedError):
        repr(RaplDomain(0))


def test_files_of_a_device(machine):
    device = RaplDevice()
    assert device._api_file_names is None
    device.configure([RaplDramDomain(0), PACKAGE])
    assert device._api_file_names == [
        device._get_domain_file_name(RaplDramDomain(0)),
        device._get_domain_file_name(PACKAGE),
    ]
    assert all(pathlib.Path(name).name == "energy_uj" and os.path.exists(name) for name in device._api_file_names)
    with pytest.raises(ValueError, match="package_7"):
        device._get_domain_file_name(RaplPackageDomain(7))


# ---- the meter ----------------------------------------------------------------------------------------------------------------------


def test_states_of_a_meter(machine):
    meter = EnergyMeter(DeviceFactory.create_devices([PACKAGE]))
    assert meter._first_state is None and meter._last_state is None and not meter._is_meter_started()
    assert not meter._is_meter_stoped()
    meter.start("a")
    assert meter._is_meter_started() and not meter._is_meter_stoped() and meter._last_state.tag == "a"
    meter.record("b")
    assert (meter._first_state.tag, meter._last_state.tag) == ("a", "b")
    assert meter._last_state.timestamp > meter._first_state.timestamp > 1.6e9
    meter.stop()
    assert meter._is_meter_stoped() and meter._last_state.tag == "__stop__"
    assert [sample.tag for sample in meter._generate_trace()] == ["a", "b"]
    assert meter._get_domain_list() == [PACKAGE]
    state = meter._measure_new_state(None)
    machine.add("package-0", 3 * J)
    state.add_next_state(meter._measure_new_state("x"))
    assert state.tag == "" and state.compute_energy(meter._get_domain_list()) == {"package_0": 3 * J}


def test_two_threads_on_one_meter(machine):
    """Whatever they do at once, it is the documented exception or none."""
    meter = EnergyMeter(DeviceFactory.create_devices([PACKAGE]))
    failures, begin = [], threading.Barrier(4)

    def use():
        begin.wait()
        for _ in range(300):
            for verb in (
                meter.start,
                meter.record,
                meter.stop,
                meter.resume,
                meter.stop,
                meter.get_trace,
                meter.settle,
            ):
                try:
                    verb(*([0.0] if verb == meter.settle else []))
                except (EnergyMeterNotStartedError, EnergyMeterNotStoppedError):
                    pass
                except Exception as error:
                    failures.append(error)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


@pytest.mark.parametrize("verb", ["start", "record", "resume", "stop", "get_trace", "settle"])
def test_a_status_of_c_is_the_documented_exception(machine, monkeypatch, verb):
    """Another thread was there between the look and the call."""
    meter = EnergyMeter(DeviceFactory.create_devices([PACKAGE]))
    meter.start()
    native = meter._recorder
    if verb not in ("start", "resume", "get_trace"):
        native.stop()

    class Before:
        """As this thread saw the recorder a moment ago."""

        layout, running = native.layout, verb not in ("start", "resume", "get_trace")

        def __getattr__(self, name):
            return getattr(native, name)

    meter._recorder = Before()
    if verb in ("stop", "settle"):
        assert getattr(meter, verb)() in (None, True)
        return
    with pytest.raises((EnergyMeterNotStartedError, EnergyMeterNotStoppedError)) as caught:
        getattr(meter, verb)()
    assert caught.value.__context__ is None


def test_a_decorator_on_an_absent_device_is_one_traceback(machine, run):
    done = run("""
from joules.energy_meter import measure_energy
from joules.device.rapl_device import RaplPackageDomain
@measure_energy(domains=[RaplPackageDomain(5)])
def foo(): print("ran")
foo()
""")
    assert done.stdout == "" and "NoSuchDomainError: there is no domain" in done.stderr
    assert done.stderr.count("Traceback") == 1 and "pop from empty list" not in done.stderr


# ---- traces and samples -------------------------------------------------------------------------------------------------------------


def test_vars_of_a_sample_are_the_documented_four(machine):
    meter = EnergyMeter(DeviceFactory.create_devices([PACKAGE]))
    meter.start("a")
    meter.stop()
    sample = meter.get_trace()[0]
    for _ in range(2):
        assert set(vars(sample)) == {"timestamp", "tag", "duration", "energy"}
        assert EnergySample(**vars(sample)).total == sample.total == 0
        assert sample.flags == {"package_0": ("below_tick",)}
    with pytest.raises(AttributeError, match="'EnergySample' object has no attribute 'nothing'"):
        sample.nothing  # noqa: B018
    sample.own = 5
    assert sample.own == vars(sample)["own"] == 5


class Shape:
    """Looks like a trace to those who know `_samples` only."""

    def __init__(self, *samples):
        self._samples = list(samples)


def test_handlers_take_what_has_the_shape_of_a_trace(tmp_path, capsys):
    sample = EnergySample(1, "a", 2, {"d": 3, "e": float("nan")})
    shape = Shape(sample)
    with pytest.warns(EnergyPrecisionWarning):
        PrintHandler().process(shape)
        assert capsys.readouterr().out == "begin timestamp : 1; tag : a; duration : 2; d : 3; e : n/a\n"
    csv, lines = CSVHandler(tmp_path / "x.csv"), JSONHandler(tmp_path / "x.json")
    for trace in (shape, EnergyTrace([sample]), [sample], iter([sample])):
        csv.process(trace)
    for trace in (shape, [sample]):
        lines.process(trace)
    with pytest.warns(EnergyPrecisionWarning):
        csv.save_data()
    lines.save_data()
    assert (tmp_path / "x.csv").read_text().count("1;a;2;3;\n") == 4
    assert (tmp_path / "x.json").read_text().count('"tag": "a"') == 2
    assert trace_to_dict(shape, "x")["trace"][0]["tag"] == "a"


def test_dataframes_take_it_too():
    pytest.importorskip("pandas")
    shape = Shape(EnergySample(1, "a", 2, {"d": 3}))
    handler = PandasHandler()
    handler.process(shape)
    for frame in (trace_to_dataframe(shape), handler.get_dataframe(), handler.get_dataframe(union=True)):
        assert frame.to_dict("list") == {"timestamp": [1], "tag": ["a"], "duration": [2], "d": [3]}
    for place in (pandas_handler, PandasHandler):
        assert place._gen_column_names(shape._samples) == ["timestamp", "tag", "duration", "d"]
        assert place._gen_data(shape._samples) == [place._gen_row(shape._samples[0])] == [[1, "a", 2, 3]]


# ---- warnings that a filter makes errors --------------------------------------------------------------------------------------------

STRICT = """
import warnings
from joules.energy_meter import EnergyContext, measure_energy
@measure_energy
def foo():
    return 5
for _ in range(2):
    print(foo())
with EnergyContext():
    pass
print("ended")
"""


def test_a_strict_program_goes_on(machine, run):
    """python -W error: calls return and blocks end, and one short line says what there is to say."""
    done = run("import sys; sys.argv.append('x')" + STRICT, env={"PYTHONWARNINGS": "error"})
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if not line.startswith("begin timestamp")]
    assert lines == ["5", "5", "ended"] and done.stdout.count("begin timestamp") == 3
    names = "package_0, package_1, dram_0, dram_1, core_0"
    assert done.stderr == f"EnergyPrecisionWarning: {names}: below_tick, too short for its counter\n"


def test_one_warning_for_all_domains(machine, recwarn):
    with EnergyContext():
        pass
    (warning,) = recwarn
    assert warning.category is EnergyPrecisionWarning and warning.filename == __file__


def test_a_failing_sync_is_no_error_of_the_call(machine, capsys):
    @measure_energy(domains=[PACKAGE], sync=lambda: 1 / 0)
    def foo():
        return 5

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert foo() == 5
    assert "RuntimeWarning: sync failed" in capsys.readouterr().err
