# SPDX-License-Identifier: MIT
"""get_energy() as programs use it: differences taken across devices, meters, configurations and processes."""

import math
import os
import pickle
from unittest import mock

import pytest

from machines import J
from joules.device import DeviceFactory
from joules.device.estimate_device import EstimateDevice
from joules.device.rapl_device import RaplDevice, RaplDramDomain, RaplPackageDomain
from joules.energy_meter import EnergyMeter, measure_energy
from tree import Zone


def energy(*domains):
    """As programs do that keep no device: a fresh one for each read."""
    device = RaplDevice()
    device.configure(list(domains) or None)
    return device.get_energy()


# ---- one origin ---------------------------------------------------------------------------------------------------------------------


def about(joules):
    """What the kernel shows is a few millionths less than what its counter says, and rounded to a unit."""
    return pytest.approx(joules * J, abs=3 * joules + 2 * 62)


def test_it_is_what_the_counter_shows(machine):
    assert energy() == [about(100), about(200), about(20), about(20), about(50)]
    machine.add("package-0", 5 * J)
    assert energy(RaplPackageDomain(0)) == [about(105)]
    assert type(energy()[0]) is float


def test_whole_microjoules_stay_whole(make):
    values = [12345, 54321, 1234567, 98765432109, 262143328849]
    for number, value in enumerate(values):
        make(Zone("package-0", value, drop=["max_energy_range_uj"]), name=f"machine{number}")
        assert energy() == [value]


def test_a_fresh_device_for_each_read(machine):
    before = energy(RaplPackageDomain(0))
    machine.add("package-0", 20100000)
    assert energy(RaplPackageDomain(0))[0] - before[0] == about(20.1)


def test_two_devices_and_a_second_configure(machine):
    one, other = DeviceFactory.create_devices()[0], RaplDevice()
    other.configure([RaplPackageDomain(1), RaplPackageDomain(0)])
    before = one.get_energy()[0]
    machine.add("package-0", 3 * J)
    assert other.get_energy()[1] - before == 3 * J
    one.configure([RaplDramDomain(0), RaplPackageDomain(0)])
    machine.add("package-0", 1 * J)
    assert one.get_energy()[1] - before == 4 * J


def test_a_wrap_is_undone_whoever_reads(make):
    machine = make(Zone("package-0", 262142 * J))
    before = energy()[0]
    machine["package-0"] = 1 * J
    assert energy()[0] - before == pytest.approx(2.329 * J, abs=0.001 * J)


def test_another_process_has_the_same_origin(machine, run):
    code = "from joules.device.rapl_device import RaplDevice; d = RaplDevice(); d.configure(); print(int(d.get_energy()[0]))"
    first = int(run.ok(code))
    machine.add("package-0", 7 * J)
    assert int(run.ok(code)) - first == about(7)
    child = os.fork()
    if child == 0:
        os._exit(0 if energy()[0] == about(107) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_pickled_device_goes_on(machine):
    device = DeviceFactory.create_devices()[0]
    before = device.get_energy()[0]
    machine.add("package-0", 2 * J)
    assert pickle.loads(pickle.dumps(device)).get_energy()[0] - before == 2 * J


def test_dies_of_a_socket_are_added(make):
    make(Zone("package-0-die-0", 3 * J), Zone("package-0-die-1", 4 * J))
    assert energy() == [about(7)]


def test_an_estimate_counts_from_the_first_look(make):
    make()
    devices = [EstimateDevice(), EstimateDevice()]
    for device in devices:
        device.configure()
    first = devices[0].get_energy()[0]
    assert 0 <= first <= devices[1].get_energy()[0] < 1e9


def test_what_is_asked_together_is_opened_together(run, machine):
    """A thread for a device, as its counters must not go unread for long; none for another device of the same domains."""
    out = run.ok("""
import os
from joules.device.rapl_device import RaplDevice, RaplDramDomain
def threads(): return len(os.listdir("/proc/self/task"))
def energy(*domains):
    device = RaplDevice()
    device.configure(list(domains) or None)
    return device.get_energy()
before = threads()
first = energy()
print(threads() - before, energy() == first, energy(RaplDramDomain(1), RaplDramDomain(0)) == first[3:1:-1], threads() - before)
""")
    assert out.split() == ["1", "True", "True", "1"]


def test_what_cannot_be_read_is_nan(machine):
    device = DeviceFactory.create_devices([RaplDramDomain(0)])[0]
    assert device.get_energy() == [about(20)]
    machine.spoil("dram")
    assert math.isnan(device.get_energy()[0])


# ---- patched ------------------------------------------------------------------------------------------------------------------------


def test_patched_built_in_devices_are_heard(machine, keep):
    @measure_energy(handler=keep, domains=[RaplPackageDomain(0)])
    def foo():
        machine.add("package-0", 1 * J)

    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))

    def measured():
        meter.start()
        machine.add("package-0", 1 * J)
        meter.stop()
        foo()
        return meter.get_trace()[0].energy["package_0"], keep.traces[-1][0].energy["package_0"]

    assert measured() == (1 * J, 1 * J)
    with mock.patch.object(RaplDevice, "get_energy", side_effect=([value] for value in (1, 3, 7, 15))):
        assert measured() == (2, 8)
    assert measured() == (1 * J, 1 * J)


def test_get_energy_assigned_to_a_device(machine):
    (device,) = DeviceFactory.create_devices([RaplPackageDomain(0)])
    meter = EnergyMeter([device])
    meter.start()
    meter.stop()
    values = iter(([10.0], [10.5]))
    device.get_energy = lambda: next(values)
    meter.start()
    machine.add("package-0", 1 * J)
    meter.stop()
    assert meter.get_trace()[0].energy == {"package_0": 0.5}
    del device.get_energy
    meter.start()
    machine.add("package-0", 1 * J)
    meter.stop()
    assert meter.get_trace()[0].energy == {"package_0": 1 * J}


def test_a_patch_while_a_call_runs_is_heard_by_the_next(machine, keep):
    @measure_energy(handler=keep, domains=[RaplPackageDomain(0)])
    def foo(inner=None):
        if inner:
            inner()

    def patched():
        with mock.patch.object(RaplDevice, "get_energy", side_effect=([1.0], [5.0])):
            foo()

    foo(patched)
    foo()
    assert [trace[0].energy["package_0"] for trace in keep.traces] == [4.0, 0.0, 0.0]
