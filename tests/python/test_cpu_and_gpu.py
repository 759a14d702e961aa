# SPDX-License-Identifier: MIT
"""CPUs and GPUs together, on the fake libnvidia-ml.so.1 of the emulated machine. (GPUs by themselves: test_nvidia_device.py.)"""

import os

import pytest

from machines import J, ROOT


def library(variant=""):
    build = os.environ.get("JOULES_BUILD")
    folders = (
        [os.path.join(build, "tests/bed/nvml")]
        if build
        else sorted(map(str, ROOT.glob("build*/**/tests/bed/nvml")), key=os.path.getmtime)
    )
    names = [
        os.path.join(folder, f"libnvidia-ml-{variant}.so" if variant else "libnvidia-ml.so.1") for folder in folders
    ]
    return next((name for name in reversed(names) if os.path.exists(name) and not sanitized(name)), None)


def sanitized(path):
    """Such a library cannot be loaded into Python."""
    with open(path, "rb") as file:
        content = file.read()
    return b"libasan" in content or b"libtsan" in content


@pytest.fixture
def gpus(machine, monkeypatch):
    """gpus(settings) → the fake driver. The library keeps a driver that it has opened, so code runs in a fresh interpreter."""

    def gpus(settings="gpus=2", variant=""):
        path = library(variant)
        if path is None:
            pytest.fail("no fake libnvidia-ml: build it, or set JOULES_BUILD")
        monkeypatch.setenv("JOULES_NVML_LIB", path)
        monkeypatch.setenv("JOULES_FAKE_NVML", settings)

    return gpus


def test_cpus_and_gpus_in_one_list(gpus, run):
    gpus("gpus=2")
    out = run.ok("""
import time
from pyJoules.energy_meter import EnergyContext
from pyJoules.device import DeviceFactory
from pyJoules.device.rapl_device import RaplPackageDomain, RaplDevice
from pyJoules.device.nvidia_device import NvidiaGPUDomain, NvidiaGPUDevice
print(NvidiaGPUDevice.available_domains())
print([[str(domain) for domain in device.get_configured_domains()] for device in DeviceFactory.create_devices()])
with EnergyContext(domains=[RaplPackageDomain(1), NvidiaGPUDomain(0)], start_tag='foo') as ctx:
    time.sleep(0.5)
    ctx.record(tag='bar')
    time.sleep(0.5)
trace = ctx.get_trace()
print([list(sample.energy) for sample in trace], trace[0].method, sum(s.energy['nvidia_gpu_0'] for s in trace), sum(s.duration for s in trace))
""").splitlines()
    assert out[0] == "[nvidia_gpu_0, nvidia_gpu_1]"
    assert out[1] == "[['package_0', 'package_1', 'dram_0', 'dram_1', 'core_0'], ['nvidia_gpu_0', 'nvidia_gpu_1']]"
    assert "; package_1 : " in out[2] and "; nvidia_gpu_0 : " in out[2]
    assert out[-1].startswith(
        "[['package_1', 'nvidia_gpu_0'], ['package_1', 'nvidia_gpu_0']] {'package_1': 'counter', 'nvidia_gpu_0': 'counter'}"
    )
    joules, seconds = map(float, out[-1].split()[-2:])
    assert joules == pytest.approx(200 * J * seconds, rel=0.3)


def test_no_estimate_beside_a_gpu(gpus, make, run):
    make(name="virtual")
    gpus("gpus=1")
    out = run.ok("""
from joules.device import DeviceFactory
print([str(domain) for device in DeviceFactory.create_devices() for domain in device.get_configured_domains()])
""")
    assert out == "['nvidia_gpu_0']\n"


def test_a_gpu_without_counter_is_measured_by_its_power(gpus, run):
    gpus("gpus=1", "power-only")
    out = run.ok("""
import time
from joules.energy_meter import EnergyMeter
from joules.device import DeviceFactory
from joules.device.nvidia_device import NvidiaGPUDomain
meter = EnergyMeter(DeviceFactory.create_devices([NvidiaGPUDomain(0)]))
meter.start()
time.sleep(0.3)
meter.stop()
sample = meter.get_trace()[0]
print(sample.method['nvidia_gpu_0'], sample.source['nvidia_gpu_0'], sample.energy['nvidia_gpu_0'] > 0)
""")
    assert out.split()[0].startswith("power") and out.split()[1:] == ["measured", "True"]


def test_a_region_shorter_than_the_tick_is_no_silent_zero(gpus, run):
    gpus("gpus=1")
    out = run.ok("""
from joules.energy_meter import EnergyMeter
from joules.device import DeviceFactory
from joules.device.nvidia_device import NvidiaGPUDomain
meter = EnergyMeter(DeviceFactory.create_devices([NvidiaGPUDomain(0)]))
meter.start()
meter.stop()
sample = meter.get_trace()[0]
low, high = sample.uncertainty['nvidia_gpu_0']
print('below_tick' in sample.flags['nvidia_gpu_0'], low <= sample.energy['nvidia_gpu_0'] < high)
""")
    assert out.split() == ["True", "True"]


def test_no_such_gpu(gpus, run):
    gpus("gpus=1")
    out = run.ok("""
from joules.device import DeviceFactory
from joules.device.nvidia_device import NvidiaGPUDomain
from joules.exception import NoSuchDomainError
try:
    DeviceFactory.create_devices([NvidiaGPUDomain(3)])
except NoSuchDomainError as error:
    print(error.domain_name, error)
""")
    assert out.startswith("nvidia_gpu_3 ")


def test_the_gil_is_let_go_while_a_driver_is_asked(gpus, run):
    """The driver takes 20 ms for each call: a thread that waits for the GIL runs meanwhile, though the switch interval is an hour."""
    gpus("gpus=1 latency_us=20000")
    out = run.ok("""
import sys, threading
from joules.energy_meter import EnergyMeter
from joules.device import DeviceFactory
from joules.device.nvidia_device import NvidiaGPUDomain
meter = EnergyMeter(DeviceFactory.create_devices([NvidiaGPUDomain(0)]))
gate, started, ran = threading.Lock(), threading.Event(), []
gate.acquire()
def other():
    started.set()
    gate.acquire()
    ran.append(1)
thread = threading.Thread(target=other)
thread.start()
started.wait()
meter.start()
sys.setswitchinterval(3600)
gate.release()
meter.record()
meter.stop()
print(len(ran))
sys.setswitchinterval(0.005)
thread.join()
""")
    assert out == "1\n"
