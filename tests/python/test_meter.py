# SPDX-License-Identifier: MIT
"""EnergyMeter: its states, its samples, and what was measured is kept."""

import math
import time
import warnings

import pytest

from machines import J
from joules.device import Device, DeviceFactory, Domain, NotConfiguredDeviceException
from joules.device.rapl_device import RaplDevice, RaplDramDomain, RaplPackageDomain
from joules.energy_meter import (
    EnergyMeter,
    EnergyMeterNotStartedError,
    EnergyMeterNotStoppedError,
    EnergyState,
    NoNextStateException,
    StateIsNotFinalError,
)


@pytest.fixture
def meter(machine):
    return EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0), RaplDramDomain(0)]))


def energies(trace, domain="package_0"):
    return [(sample.tag, sample.energy[domain]) for sample in trace]


def test_a_whole_measurement(machine, meter):
    before = time.time()
    meter.start("foo")
    machine.add("package-0", 2 * J)
    meter.record("bar")
    machine.add("package-0", 3 * J)
    machine.add("dram", J)
    meter.stop()
    trace = meter.get_trace()
    assert [(s.tag, s.energy) for s in trace] == [
        ("foo", {"package_0": 2.0 * J, "dram_0": 0.0}),
        ("bar", {"package_0": 3.0 * J, "dram_0": 1.0 * J}),
    ]
    assert all(type(value) is float for s in trace for value in [s.timestamp, s.duration, *s.energy.values()])
    assert before - 1 <= trace[0].timestamp <= time.time() and trace[0].duration > 0
    assert trace[1].timestamp == pytest.approx(trace[0].timestamp + trace[0].duration, abs=1e-3)


def test_the_default_tag(machine):
    meter = EnergyMeter(DeviceFactory.create_devices(), default_tag="none")
    meter.start()
    meter.record("a")
    meter.record()
    meter.stop()
    assert [s.tag for s in meter.get_trace()] == ["none", "a", "none"]
    assert EnergyMeter([]).default_tag == ""


def test_the_gap_between_stop_and_resume_is_in_no_sample(machine, meter):
    meter.start("a")
    machine.add("package-0", J)
    meter.stop()
    machine.add("package-0", 50 * J)
    time.sleep(0.05)
    meter.resume("b")
    machine.add("package-0", 2 * J)
    meter.stop()
    trace = meter.get_trace()
    assert energies(trace) == [("a", 1.0 * J), ("b", 2.0 * J)]
    assert trace[1].timestamp - (trace[0].timestamp + trace[0].duration) > 0.04
    assert sum(s.duration for s in trace) < 0.05


def test_resume_starts_a_trace_if_there_is_none(machine, meter):
    meter.resume("first")
    meter.stop()
    assert [s.tag for s in meter.get_trace()] == ["first"]


def test_never_started(meter):
    assert len(meter.get_trace()) == 0
    for verb in (meter.record, meter.stop):
        with pytest.raises(EnergyMeterNotStartedError, match="not started"):
            verb()


def test_running(meter):
    meter.start()
    with pytest.raises(EnergyMeterNotStoppedError, match="running"):
        meter.get_trace()
    with pytest.raises(EnergyMeterNotStoppedError):
        meter.resume()
    meter.stop()
    assert len(meter.get_trace()) == 1


def test_start_in_a_running_trace_keeps_what_was_measured(machine, meter):
    meter.start("a")
    machine.add("package-0", J)
    meter.record("b")
    machine.add("package-0", 2 * J)
    with pytest.warns(RuntimeWarning, match="interrupted") as caught:
        meter.start("c")
    assert len(caught) == 1 and caught[0].filename == __file__
    machine.add("package-0", 4 * J)
    meter.stop()
    assert energies(meter.get_trace()) == [("c", 4.0 * J)]
    assert energies(meter.interrupted) == [("a", 1.0 * J), ("b", 2.0 * J)]


def test_record_after_stop_is_no_resume(machine, meter):
    meter.start("a")
    meter.stop()
    with pytest.raises(EnergyMeterNotStartedError):
        meter.record("b")
    assert [s.tag for s in meter.get_trace()] == ["a"]


def test_a_second_stop_does_nothing(machine, meter):
    meter.start("a")
    machine.add("package-0", J)
    meter.stop()
    machine.add("package-0", J)
    meter.stop()
    assert energies(meter.get_trace()) == [("a", 1.0 * J)]


def test_a_new_start_begins_a_new_trace(meter):
    meter.start("a")
    meter.stop()
    old = meter.get_trace()
    meter.start("b")
    meter.stop()
    assert [s.tag for s in meter.get_trace()] == ["b"]
    assert [s.tag for s in old] == ["a"]


@pytest.mark.parametrize(
    "tag",
    ["__stop__", "", "ünï", "a;b", "two\nlines", "nul\0inside", "\ud800", 5, 2.5, None.__class__, ("a", 1), b"bytes"],
)
def test_no_tag_is_special(meter, tag):
    meter.start(tag)
    meter.record("next")
    meter.stop()
    trace = meter.get_trace()
    assert [s.tag for s in trace] == [tag, "next"]
    assert trace[0].tag is tag or isinstance(tag, str)


def test_tags_of_a_frozen_trace_stay(meter):
    meter.start(1)
    meter.stop()
    first = meter.get_trace()
    meter.resume(2)
    meter.stop()
    meter.start(3)
    meter.stop()
    assert [s.tag for s in first] == [1] and [s.tag for s in meter.get_trace()] == [3]


def test_each_get_trace_is_independent(meter):
    meter.start("a")
    meter.stop()
    one, other = meter.get_trace(), meter.get_trace()
    one[0].tag = "changed"
    one.append(one[0])
    assert [s.tag for s in other] == ["a"]


def test_a_thousand_records_and_more(machine, meter):
    meter.start(0)
    for _ in range(3000):
        meter.record("x")
    machine.add("package-0", 7 * J)
    meter.stop()
    trace = meter.get_trace()
    assert len(trace) == 3001
    assert trace[-1].energy["package_0"] == 7.0 * J
    assert sum(s.energy["package_0"] for s in trace) == 7.0 * J


def test_a_million_records(machine, meter):
    meter.start("x")
    record = meter.record
    for _ in range(1000000 - 1):
        record("x")
    machine.add("package-0", 3 * J)
    meter.stop()
    trace = meter.get_trace()
    assert len(trace) == 1000000
    assert trace[999999].energy["package_0"] == 3.0 * J
    assert trace.total() == 3.0 * J
    assert trace["x"] is trace[0]


def test_a_clock_step_changes_no_duration(run, machine):
    """The wall clock jumps back an hour between two readings: timestamps and durations are of other clocks."""
    code = """
import time
from joules.energy_meter import EnergyMeter
from joules.device import DeviceFactory
meter = EnergyMeter(DeviceFactory.create_devices())
meter.start('a')
time.time = lambda: 5.0
time.sleep(0.01)
meter.record('b')
meter.stop()
print(all(0 < s.duration < 10 for s in meter.get_trace()), meter.get_trace()[1].timestamp > 1e9)
"""
    assert run.ok(code).split() == ["True", "True"]


def test_one_domain_that_fails_ends_nothing(machine, meter):
    meter.start("a")
    machine.add("package-0", J)
    machine.spoil("dram")
    meter.record("b")
    machine.add("package-0", J)
    meter.stop()
    trace = meter.get_trace()
    assert energies(trace) == [("a", 1.0 * J), ("b", 1.0 * J)]
    assert all(math.isnan(s.energy["dram_0"]) and "invalid" in s.flags["dram_0"] for s in trace)


def test_a_wrap_is_no_negative_energy(make):
    """(That a long interval is read in between, so that no wrap is missed, is tested on the virtual clock of the unit tests.)"""
    from tree import Zone, kernel_uj

    top = kernel_uj((1 << 32) - 16384)
    machine = make(Zone("package-0", top))
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start()
    time.sleep(0.01)
    machine["package-0"] = kernel_uj(16384)
    meter.stop()
    sample = meter.get_trace()[0]
    assert sample.energy["package_0"] == 2.0 * J
    assert "wrapped" in sample.flags["package_0"]


# ---- idle -----------------------------------------------------------------------------------------------------------


def test_gen_idle_waits_and_keeps_the_meters_trace(machine, meter):
    meter.start("a")
    time.sleep(0.05)
    meter.record("b")
    machine.add("package-0", J)
    meter.stop()
    trace = meter.get_trace()
    begin = time.monotonic()
    with machine.idles():
        idle = meter.gen_idle(trace)
    assert time.monotonic() - begin >= 0.05
    assert [list(one) for one in idle] == [["package_0", "dram_0"]] * 2
    assert all(0 <= value < 0.1 * J for one in idle for value in one.values())
    assert energies(meter.get_trace()) == [("a", 0.0), ("b", 1.0 * J)]


def test_gen_idle_of_nothing(meter):
    assert meter.gen_idle([]) == []


def test_gen_idle_measures(bed):
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 50\n")
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start()
    time.sleep(0.3)
    meter.stop()
    trace = meter.get_trace()
    idle = meter.gen_idle(trace)
    assert idle[0]["package_0"] > 0.9 * 50 * 0.3 * J
    low, high = idle[0].uncertainty["package_0"]
    assert low <= idle[0]["package_0"] <= high
    trace.remove_idle(idle)
    low, high = trace[0].uncertainty["package_0"]
    assert low <= trace[0].energy["package_0"] <= high


def test_gen_idle_is_of_exactly_the_samples_time(bed):
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 50\n")
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start()
    for _ in range(10):
        time.sleep(0.012)
        meter.settle()
        meter.record()
    meter.stop()
    meter.settle()
    trace = meter.get_trace()
    for sample, idle in zip(trace, meter.gen_idle(trace)):
        low, high = idle.uncertainty["package_0"]
        assert low <= 50 * sample.duration * J <= high
    trace.remove_idle(meter.gen_idle(trace))
    assert all(low < 0 < high for low, high in (sample.uncertainty["package_0"] for sample in trace))


def test_a_partial_value_says_why_and_its_watts_are_of_what_was_seen(bed):
    machine = bed(
        "cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 50\n"
    )
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start()
    time.sleep(0.2)
    meter.record()
    time.sleep(0.1)  # many ticks, so that the power is that of the machine
    meter.settle()
    machine.command("fail package-0 EIO")
    time.sleep(0.4)
    meter.stop()
    trace = meter.get_trace()
    assert trace[0].reason == {"package_0": None}
    assert trace[1].flags["package_0"] == ("partial",) and trace[1].reason == {"package_0": "failed"}
    assert 40 < trace[1].power["package_0"] < 60, "though it was seen for a part of the time only"


# ---- sync -----------------------------------------------------------------------------------------------------------


def test_sync_comes_before_every_reading_and_its_energy_belongs_to_the_region(machine):
    calls = []

    def sync():
        calls.append(1)
        machine.add("package-0", J)

    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]), sync=sync)
    meter.start("a")
    meter.record("b")
    meter.stop()
    assert len(calls) == 3
    assert energies(meter.get_trace()) == [("a", 1.0 * J), ("b", 1.0 * J)]


def test_a_failing_sync_is_one_warning_and_the_reading_goes_on(machine):
    def sync():
        raise ValueError("no such stream")

    meter = EnergyMeter(DeviceFactory.create_devices(), sync=sync)
    with pytest.warns(RuntimeWarning, match="no such stream") as caught:
        meter.start("a")
        meter.stop()
    assert len(caught) == 1 and len(meter.get_trace()) == 1


# ---- devices written in Python ------------------------------------------------------------------------------------------


class FanDomain(Domain):
    def __init__(self, number):
        self.number = number

    def __repr__(self):
        return f"fan_{self.number}"

    def get_device_type(self):
        return Fan


class Fan(Device):
    values = [0, 0]
    error = None

    @staticmethod
    def available_domains():
        return [FanDomain(0), FanDomain(1)]

    def get_energy(self):
        if self.error:
            raise self.error
        return [self.values[domain.number] for domain in self.get_configured_domains()]


@pytest.fixture
def fan():
    Fan.values, Fan.error = [100, 1000], None
    return FanDomain(0), FanDomain(1)


def test_python_devices_beside_built_in_ones(machine, fan):
    devices = DeviceFactory.create_devices([fan[1], RaplPackageDomain(0), fan[0]])
    assert [type(device) for device in devices] == [Fan, RaplDevice]
    meter = EnergyMeter(devices)
    meter.start("a")
    Fan.values = [90, 1500]
    machine.add("package-0", J)
    meter.record("b")
    meter.stop()
    trace = meter.get_trace()
    assert [list(s.energy.items()) for s in trace] == [
        [("fan_1", 500), ("fan_0", -10), ("package_0", 1.0 * J)],
        [("fan_1", 0), ("fan_0", 0), ("package_0", 0.0)],
    ]
    sample = trace[0]
    assert sample.source == {"fan_1": "measured", "fan_0": "measured", "package_0": "measured"}
    assert all(math.isnan(bound) for bound in sample.uncertainty["fan_0"]) and sample.flags["fan_0"] == ()


def test_python_devices_alone(bare, fan):
    meter = EnergyMeter(DeviceFactory.create_devices(list(fan)))
    meter.start("a")
    Fan.values = [101, 1010]
    time.sleep(0.01)
    meter.stop()
    meter.resume("b")
    meter.stop()
    trace = meter.get_trace()
    assert [s.energy for s in trace] == [{"fan_0": 1, "fan_1": 10}, {"fan_0": 0, "fan_1": 0}]
    assert trace[0].duration >= 0.01 and trace[0].timestamp > 1e9
    assert meter.gen_idle(trace) == [{"fan_0": 0, "fan_1": 0}] * 2


def test_a_subclass_of_a_built_in_device_is_read_by_its_get_energy(machine):
    class Doubled(RaplDevice):
        calls = 0

        def get_energy(self):
            self.calls += 1
            return [2 * value for value in RaplDevice.get_energy(self)]

    device = Doubled()
    device.configure([RaplPackageDomain(0)])
    meter = EnergyMeter([device])
    meter.start()
    machine.add("package-0", 3 * J)
    meter.stop()
    assert device.calls == 2
    assert energies(meter.get_trace()) == [("", 6.0 * J)]


def test_an_exception_of_a_python_device_is_one_warning_and_nan(machine, fan):
    meter = EnergyMeter(DeviceFactory.create_devices([fan[0], RaplPackageDomain(0)]))
    meter.start()
    Fan.error = OSError("the fan has stopped")
    with pytest.warns(RuntimeWarning, match="the fan has stopped") as caught:
        meter.record()
        machine.add("package-0", J)
        meter.stop()
    assert len(caught) == 1
    trace = meter.get_trace()
    assert [math.isnan(s.energy["fan_0"]) for s in trace] == [True, True]
    assert trace[1].energy["package_0"] == 1.0 * J


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_passes(machine, fan, error):
    meter = EnergyMeter(DeviceFactory.create_devices([fan[0]]))
    meter.start()
    Fan.error = error()
    with pytest.raises(error):
        meter.record()
    Fan.error = None
    meter.stop()
    assert len(meter.get_trace()) == 1


def test_no_device_at_all():
    meter = EnergyMeter([])
    meter.start("a")
    meter.stop()
    assert [(s.tag, s.energy) for s in meter.get_trace()] == [("a", {})]


def test_a_device_that_is_configured_anew(machine):
    device = RaplDevice()
    device.configure([RaplPackageDomain(0)])
    meter = EnergyMeter([device])
    meter.start()
    meter.stop()
    device.configure([RaplDramDomain(1)])
    meter.start()
    meter.stop()
    assert [list(sample.energy) for sample in meter.get_trace()] == [["dram_1"]]


def test_a_device_that_is_not_configured(machine):
    with pytest.raises(NotConfiguredDeviceException, match="configure"):
        EnergyMeter([RaplDevice()]).start()


def test_attributes_stay(machine):
    devices = DeviceFactory.create_devices()
    meter = EnergyMeter(devices, "tag")
    assert meter.devices is devices and meter.default_tag == "tag"
    meter.start()
    meter.stop()
    meter.devices = DeviceFactory.create_devices([RaplDramDomain(0)])
    meter.start()
    meter.stop()
    assert list(meter.get_trace()[0].energy) == ["dram_0"]


# ---- states, kept for programs that use them -----------------------------------------------------------------------------


def test_energy_state():
    one, two = EnergyState(1.0, "a", [[1, 2], [3]]), EnergyState(3.0, "b", [[2, 4], [9]])
    for verb in (one.compute_duration, lambda: one.compute_energy([])):
        with pytest.raises(NoNextStateException):
            verb()
    assert one.is_last()
    one.add_next_state(two)
    assert not one.is_last()
    assert one.compute_duration() == 2.0
    assert one.compute_energy(["x", "y", "z"]) == {"x": 1, "y": 2, "z": 6}
    with pytest.raises(StateIsNotFinalError):
        one.add_next_state(two)


def test_nothing_warns_in_an_ordinary_measurement(machine, meter):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        meter.start()
        meter.stop()
        meter.get_trace()
