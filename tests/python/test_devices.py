# SPDX-License-Identifier: MIT
"""Domains, devices and the factory, on every odd tree."""

import math
import os
import pickle
import shutil
import tempfile

import pytest

from machines import J, Machine, zones
from joules.device import Device, DeviceFactory, Domain, NotConfiguredDeviceException
from joules.device.estimate_device import EstimateDevice, EstimatedCpuDomain
from joules.device.nvidia_device import GPUDoesNotSupportEnergyMonitoringError, NvidiaGPUDevice, NvidiaGPUDomain
from joules.device.rapl_device import (
    RaplCoreDomain,
    RaplDevice,
    RaplDomain,
    RaplDramDomain,
    RaplPackageDomain,
    RaplPsysDomain,
    RaplUncoreDomain,
)
from joules.energy_meter import EnergyContext, EnergyMeter
from joules.exception import NoSuchDeviceError, NoSuchDomainError, PyJoulesException
from tree import Zone


def names(devices):
    return [str(domain) for device in devices for domain in device.get_configured_domains()]


# ---- domains ----------------------------------------------------------------------------------------------------------------


def test_names():
    domains = [RaplPackageDomain(1), RaplDramDomain(1), RaplCoreDomain(1), RaplUncoreDomain(1), NvidiaGPUDomain(0)]
    assert [repr(domain) for domain in domains] == ["package_1", "dram_1", "core_1", "uncore_1", "nvidia_gpu_0"]
    assert [str(domain) for domain in domains] == [repr(domain) for domain in domains]
    assert [domain.get_domain_name() for domain in domains[:4]] == ["package", "dram", "core", "uncore"]
    assert [
        repr(RaplPsysDomain()),
        repr(RaplPsysDomain(1)),
        repr(RaplPackageDomain(0, die=1)),
        repr(EstimatedCpuDomain()),
    ] == ["psys", "psys_1", "package_0_die_1", "estimated_cpu"]
    assert RaplPackageDomain(3).socket == 3 and NvidiaGPUDomain(2).device_id == 2


def test_domains_compare_and_hash():
    assert RaplPackageDomain(1) == RaplPackageDomain(1) != RaplPackageDomain(0)
    assert RaplPackageDomain(1) != RaplDramDomain(1) and RaplPackageDomain(0) != NvidiaGPUDomain(0)
    assert len({RaplPackageDomain(1), RaplPackageDomain(1), NvidiaGPUDomain(1)}) == 2
    assert RaplPackageDomain(1) != "package_1" and RaplPackageDomain(0) in [RaplPackageDomain(0)]
    assert pickle.loads(pickle.dumps(RaplCoreDomain(4))) == RaplCoreDomain(4)


def test_domains_are_ordered_by_device_name_and_number_across_devices():
    ordered = [
        EstimatedCpuDomain(),
        NvidiaGPUDomain(2),
        NvidiaGPUDomain(10),
        RaplCoreDomain(0),
        RaplPackageDomain(2),
        RaplPackageDomain(10),
    ]
    assert sorted(reversed(ordered)) == ordered
    assert RaplPackageDomain(2) < RaplPackageDomain(10) and RaplPackageDomain(2) <= RaplPackageDomain(2)
    assert RaplPackageDomain(0) > NvidiaGPUDomain(9) >= NvidiaGPUDomain(9)


def test_domains_written_by_users():
    class Mine(Domain):
        def __init__(self, name):
            self.name = name

        def __repr__(self):
            return self.name

        def get_device_type(self):
            return Device

    assert Mine("a") == Mine("a") != Mine("b") and Mine("a") < Mine("b") and len({Mine("a"), Mine("a")}) == 1
    bare = Domain()
    assert bare == bare != Domain() and {bare}
    with pytest.raises(NotImplementedError):
        repr(RaplDomain(0))


# ---- the factory ----------------------------------------------------------------------------------------------------------------


def test_everything(machine):
    devices = DeviceFactory.create_devices()
    assert [type(device) for device in devices] == [RaplDevice]
    assert names(devices) == ["package_0", "package_1", "dram_0", "dram_1", "core_0"]


def test_all_kinds_in_their_order_and_no_psys(make):
    make(
        Zone("psys"),
        Zone("package-1", children=[Zone("uncore"), Zone("core")]),
        Zone("package-0", children=[Zone("core"), Zone("uncore"), Zone("dram")]),
    )
    assert names(DeviceFactory.create_devices()) == [
        "package_0",
        "package_1",
        "dram_0",
        "core_0",
        "core_1",
        "uncore_0",
        "uncore_1",
    ]


def test_given_domains_keep_their_order(machine):
    domains = [RaplDramDomain(1), RaplPackageDomain(0), RaplCoreDomain(0)]
    assert names(DeviceFactory.create_devices(domains)) == ["dram_1", "package_0", "core_0"]
    mixed = [EstimatedCpuDomain(), RaplDramDomain(0), RaplPackageDomain(1)]
    devices = DeviceFactory.create_devices(mixed)
    assert [type(device) for device in devices] == [EstimateDevice, RaplDevice]
    assert names(devices) == ["estimated_cpu", "dram_0", "package_1"]


def test_zones_are_found_by_name(make):
    """A swapped order, psys in between, a gap, and nothing gets lost."""
    machine = make(
        Zone("package-1", 10 * J, children=[Zone("dram", 1 * J)]),
        Zone("psys", 50 * J),
        Zone("package-0", 20 * J, index=7, children=[Zone("core", 2 * J, index=3)]),
    )
    assert names(DeviceFactory.create_devices()) == ["package_0", "package_1", "dram_1", "core_0"]
    meter = EnergyMeter(
        DeviceFactory.create_devices([RaplPackageDomain(0), RaplPackageDomain(1), RaplCoreDomain(0), RaplPsysDomain()])
    )
    meter.start()
    machine.add("package-0", 1 * J)
    machine.add("package-1", 2 * J)
    machine.add("core", 3 * J)
    machine.add("psys", 4 * J)
    meter.stop()
    assert meter.get_trace()[0].energy == {
        "package_0": 1.0 * J,
        "package_1": 2.0 * J,
        "core_0": 3.0 * J,
        "psys": 4.0 * J,
    }


def test_a_socket_of_several_dies_is_their_sum(make):
    machine = make(
        Zone("package-0-die-0", 1 * J, children=[Zone("dram", 1 * J)]),
        Zone("package-0-die-1", 1 * J, children=[Zone("dram", 1 * J)]),
        Zone("package-1-die-0", 1 * J),
    )
    devices = DeviceFactory.create_devices()
    assert names(devices) == ["package_0", "package_1", "dram_0"]
    meter = EnergyMeter([*devices, *DeviceFactory.create_devices([RaplPackageDomain(0, die=1)])])
    meter.start()
    machine.add("package-0-die-0", 2 * J)
    machine.add("package-0-die-1", 3 * J)
    machine.add("dram", 1 * J)
    meter.stop()
    sample = meter.get_trace()[0]
    assert sample.energy == {"package_0": 5.0 * J, "package_1": 0.0, "dram_0": 2.0 * J, "package_0_die_1": 3.0 * J}
    low, high = sample.uncertainty["package_0"]
    assert low <= 5.0 * J <= high


def test_psys_where_no_package_can_be_read(make):
    machine = make(Zone("psys", J), Zone("package-0", drop=["energy_uj"], children=[Zone("dram", J)]))
    assert names(DeviceFactory.create_devices()) == ["dram_0", "psys"]
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start()
    machine.add("psys", 2 * J)
    meter.stop()
    assert meter.get_trace()[0].energy["psys"] == 2.0 * J


def test_the_estimate_only_where_nothing_can_be_measured(make):
    make(name="virtual")
    devices = DeviceFactory.create_devices()
    assert [type(device) for device in devices] == [EstimateDevice] and names(devices) == ["estimated_cpu"]
    meter = EnergyMeter(devices)
    meter.start()
    meter.stop()
    sample = meter.get_trace()[0]
    assert sample.source == {"estimated_cpu": "estimated"} and sample.method == {"estimated_cpu": "model"}
    make(Zone("package-0", drop=["energy_uj"], children=[Zone("dram", J)]), name="memory only")
    # beside anything that is measured, programs would add it to that
    assert names(DeviceFactory.create_devices()) == ["dram_0"]


def test_a_total_names_the_socket_that_cannot_be_read(make):
    """The default choice, everything of a device, and samples that were looked at, changed, copied and added up."""
    machine = make(Zone("package-0", J), Zone("package-1", drop=["energy_uj"]))
    device = RaplDevice()
    device.configure()
    for devices in (DeviceFactory.create_devices(), [device], pickle.loads(pickle.dumps([device]))):
        meter = EnergyMeter(devices)
        meter.start("a")
        machine.add("package-0", 2 * J)
        meter.record("b")
        meter.stop()
        trace = meter.get_trace()
        looked_at, changed = meter.get_trace(), meter.get_trace()
        assert looked_at[0].flags["package_0"] is not None
        changed[0].energy["package_0"] = 2.0 * J
        copied = pickle.loads(pickle.dumps(meter.get_trace()))
        for one in (trace, looked_at, changed, copied):
            for total in (one[0].total, one.total(), one.total("a")):
                assert total == 2.0 * J and total.missing == ("package_1",) and math.isnan(total.high)
    named = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    named.start()
    named.stop()
    assert named.get_trace()[0].total.missing == ()


def test_the_estimates_own_watts(make):
    machine = make(name="virtual")
    device = EstimateDevice(idle_w=100, full_w=100)
    device.configure()
    meter = EnergyMeter([device])
    meter.start()
    import time

    time.sleep(0.1)
    meter.stop()
    sample = meter.get_trace()[0]
    assert sample.energy["estimated_cpu"] == pytest.approx(100 * J * sample.duration, rel=0.5), machine.root


def test_no_such_domain(machine):
    for domains, name in (([RaplPackageDomain(7)], "package_7"), ([RaplUncoreDomain(0)], "uncore_0")):
        with pytest.raises(NoSuchDomainError, match=name) as caught:
            DeviceFactory.create_devices(domains)
        assert caught.value.domain_name == domains[0] and not isinstance(caught.value, PermissionError)


def test_no_such_device(bare):
    with pytest.raises(NoSuchDeviceError, match="rapl"):
        DeviceFactory.create_devices([RaplPackageDomain(0)])
    with pytest.raises(NoSuchDeviceError, match="powercap"):
        RaplDevice.available_domains()
    with pytest.raises(NoSuchDeviceError, match="rapl"):
        RaplDevice()
    with pytest.raises(NoSuchDeviceError) as caught:
        DeviceFactory.create_devices()
    assert all(f"{device}: " in str(caught.value) for device in ("rapl", "estimate", "nvidia"))


def test_a_root_that_does_not_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("JOULES_SYSROOT", str(tmp_path / "nowhere"))
    with pytest.raises(NoSuchDeviceError, match="nowhere"):
        DeviceFactory.create_devices()


@pytest.fixture
def as_nobody(monkeypatch):
    """as_nobody(zones, function) → what the function returns, as text, in a process that root's privileges do not help."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    umask = os.umask(0o022)
    folder = tempfile.mkdtemp(dir="/tmp")
    os.chmod(folder, 0o755)
    monkeypatch.setenv("JOULES_SYSROOT", folder)

    def as_nobody(zones, function):
        Machine(folder, zones)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                os.write(writer, str(function()).encode())
            except BaseException as error:
                os.write(writer, f"{type(error).__name__}: {error}".encode())
            finally:
                os._exit(0)
        os.close(writer)
        with open(reader, encoding="utf-8") as file:
            text = file.read()
        os.waitpid(child, 0)
        return text

    yield as_nobody
    shutil.rmtree(folder)
    os.umask(umask)


def test_a_domain_that_may_not_be_read(as_nobody):
    def try_it():
        assert RaplDevice.available_domains() == [RaplDramDomain(0)]
        try:
            DeviceFactory.create_devices([RaplPackageDomain(0)])
        except NoSuchDomainError as error:
            assert error.domain_name == RaplPackageDomain(0) and isinstance(error, PyJoulesException)
            return f"{isinstance(error, PermissionError)} {error}"

    text = as_nobody([Zone("package-0", modes={"energy_uj": 0o400}, children=[Zone("dram", J)])], try_it)
    assert text.startswith("True ") and "energy_uj" in text and "package_0" in text


def test_a_broken_counter_below_a_folder_called_root_is_no_matter_of_rights(monkeypatch, tmp_path):
    machine = Machine(tmp_path / "root" / "permission", zones())
    machine.spoil("package-0")
    monkeypatch.setenv("JOULES_SYSROOT", machine.root)
    with pytest.raises(NoSuchDomainError, match="/root/permission/") as caught:
        RaplDevice().configure([RaplPackageDomain(0)])
    assert not isinstance(caught.value, PermissionError)


def test_where_nothing_may_be_read_the_error_names_file_and_cure(as_nobody):
    text = as_nobody([Zone("package-0", modes={"energy_uj": 0o400})], RaplDevice.available_domains)
    assert text.startswith("NoSuchDeviceError") and "energy_uj" in text and "joules" in text


# ---- devices --------------------------------------------------------------------------------------------------------------------


def test_available_domains(machine):
    assert RaplDevice.available_domains() == [
        RaplPackageDomain(0),
        RaplPackageDomain(1),
        RaplDramDomain(0),
        RaplDramDomain(1),
        RaplCoreDomain(0),
    ]
    assert RaplDevice.available_package_domains() == [RaplPackageDomain(0), RaplPackageDomain(1)]
    assert RaplDevice.available_dram_domains() == [RaplDramDomain(0), RaplDramDomain(1)]
    assert RaplDevice.available_core_domains() == [RaplCoreDomain(0)]
    assert RaplDevice.available_uncore_domains() == []


def test_a_device_by_hand(machine):
    device = RaplDevice()
    with pytest.raises(NotConfiguredDeviceException):
        device.get_configured_domains()
    device.configure()
    assert device.get_configured_domains() == RaplDevice.available_domains()
    device.configure([RaplDramDomain(0), RaplPackageDomain(0)])
    assert device.get_configured_domains() == [RaplDramDomain(0), RaplPackageDomain(0)]
    begin = device.get_energy()
    machine.add("package-0", 2 * J)
    end = device.get_energy()
    assert [after - before for before, after in zip(begin, end)] == [0.0, 2.0 * J]
    assert all(type(value) is float for value in end)


def test_get_energy_of_a_device_that_was_not_configured(machine):
    with pytest.raises(NotConfiguredDeviceException):
        RaplDevice().get_energy()


def test_the_base_class():
    class Mine(Device):
        @staticmethod
        def available_domains():
            return ["a", "b"]

    device = Mine()
    device.configure(["b"])
    assert device.get_configured_domains() == ["b"]
    with pytest.raises(NoSuchDomainError, match="c"):
        device.configure(["c"])
    with pytest.raises(NotImplementedError):
        device.get_energy()
    device.configure()
    assert device.get_configured_domains() == ["a", "b"]


def test_the_counters_files_are_opened_once(machine, keep):
    """Each domain's file once for all meters of the same domains, and no more after a thousand readings."""

    def opened():
        links = (os.path.join("/proc/self/fd", fd) for fd in os.listdir("/proc/self/fd"))
        return sum(os.path.exists(link) and os.readlink(link).startswith(machine.root) for link in links)

    before = opened()
    meters = [EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)])) for _ in range(10)]
    for meter in meters:
        meter.start()
        for _ in range(100):
            meter.record()
        meter.stop()
    assert opened() - before == 1
    for _ in range(50):
        with EnergyContext(keep, [RaplPackageDomain(0)]):
            pass
    assert opened() - before == 1
    del meters, meter
    keep.traces.clear()
    assert opened() == before


def test_nothing_touches_hardware_at_import(run, tmp_path):
    """No file of any device is opened, no thread started, no logging set up."""
    code = """
import os, sys
os.environ["JOULES_SYSROOT"] = sys.argv[1]
import pyJoules.energy_meter, pyJoules.device.rapl_device, pyJoules.device.nvidia_device, pyJoules.device.estimate_device
@pyJoules.energy_meter.measure_energy
def foo(): pass
assert 'logging' not in sys.modules, 'logging'
maps = open('/proc/self/maps').read()
assert 'nvidia' not in maps
links = [os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{fd}')]
assert not any('powercap' in link or link == '/proc/stat' for link in links), links
assert len(os.listdir('/proc/self/task')) == 1
"""
    run.ok(code, str(tmp_path / "there is no such folder"))


# ---- NVIDIA ---------------------------------------------------------------------------------------------------------------------


def gpus():
    from joules import _core

    return any(device["device"] == "nvidia" for device in _core.list())


def test_no_nvidia_gpu(machine, monkeypatch, tmp_path):
    monkeypatch.setenv("JOULES_NVML_LIB", str(tmp_path / "none.so"))
    match = "nvidia" if gpus() else "this build has no NVIDIA device"
    for call in (
        NvidiaGPUDevice,
        NvidiaGPUDevice.available_domains,
        lambda: DeviceFactory.create_devices([NvidiaGPUDomain(0)]),
    ):
        with pytest.raises(NoSuchDeviceError, match=match):
            call()
    assert issubclass(GPUDoesNotSupportEnergyMonitoringError, PyJoulesException)
    with pytest.warns(RuntimeWarning, match="nvidia"):
        devices = DeviceFactory.create_devices([RaplPackageDomain(0), NvidiaGPUDomain(0)], on_nothing="warn")
    meter = EnergyMeter(devices)
    meter.start()
    meter.stop()
    energy = meter.get_trace()[0].energy
    assert list(energy) == ["package_0", "nvidia_gpu_0"] and math.isnan(energy["nvidia_gpu_0"])
