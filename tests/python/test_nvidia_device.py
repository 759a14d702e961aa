# SPDX-License-Identifier: MIT
"""The documented GPU classes on the fake NVML, each in an interpreter of its own: NVML is initialised once for a process."""

import os
import pathlib
import subprocess
import sys

import pytest

FAKE = os.path.join(os.environ.get("JOULES_BUILD", ""), "tests/bed/nvml/libnvidia-ml.so.1")


@pytest.fixture
def run(tmp_path):
    """run(code, settings) → what it printed, line by line."""
    (tmp_path / "sys").mkdir()

    def run(code, settings="", **more):
        fake = pathlib.Path(FAKE)
        assert fake.exists(), "set JOULES_BUILD to the build folder that has the fake NVML"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("JOULES_", "CUDA_"))}
        env["JOULES_HISTORY"] = "off"
        env |= {"JOULES_NVML_LIB": str(fake), "JOULES_FAKE_NVML": settings, "JOULES_SYSROOT": str(tmp_path), **more}
        head = "import os, time, warnings\nfrom joules.device.nvidia_device import *\nfrom joules.device import DeviceFactory\n"
        head += "from joules.energy_meter import EnergyMeter\n"
        done = subprocess.run(
            [sys.executable, "-c", head + code], env=env, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


MEASURE = """
def measure(*domains, seconds=0.4):
    meter = EnergyMeter(DeviceFactory.create_devices(list(domains)))
    meter.start()
    time.sleep(seconds)
    meter.stop()
    return meter.get_trace()[0]
"""


def test_by_index_and_by_uuid(run):
    lines = run(
        MEASURE
        + """
for domain in (NvidiaGPUDomain(0), NvidiaGPUDomain("GPU-2040"), NvidiaGPUDomain(1)):
    sample = measure(domain)
    (name,) = sample.energy
    print(sample.energy[name], sample.duration, sample.method[name])
""",
        "gpus=2 1.energy=3",
    )
    for line, method in zip(lines, ("counter", "power", "power"), strict=True):
        energy, duration, way = line.split()
        assert way == method
        assert float(energy) == pytest.approx(200e6 * float(duration), abs=41e6)  # µJ, to two of the counter's steps


def test_available_and_visible(run):
    lines = run(
        "print(NvidiaGPUDevice.available_domains(), NvidiaGPUDevice.visible_domains())",
        "gpus=4 2.handle=17",
        CUDA_VISIBLE_DEVICES="2,0",
    )
    assert lines == ["[nvidia_gpu_0, nvidia_gpu_1, nvidia_gpu_3] [nvidia_gpu_0, nvidia_gpu_3]"]


def test_a_gpu_with_no_value(run):
    """Named: the documented error. Unnamed: left out, with one warning."""
    lines = run(
        """
device = NvidiaGPUDevice()
try:
    device.configure([NvidiaGPUDomain(1)])
except GPUDoesNotSupportEnergyMonitoringError as error:
    print("raised:", error)
warnings.simplefilter("always")
for make in (device.configure, DeviceFactory.create_devices, lambda: DeviceFactory.create_devices([NvidiaGPUDomain(0)])):
    with warnings.catch_warnings(record=True) as caught:
        made = make() or [device]
    print(made[0].get_configured_domains(), *(warning.message for warning in caught))
""",
        "gpus=2 1.energy=3 1.fields=3 1.usage=3",
    )
    assert lines[0].startswith("raised: nvidia_gpu_1 cannot be measured: this GPU has neither")
    left_out = "nvidia_gpu_1 not measured: the GPU has neither an energy counter nor a power reading"
    assert lines[1:] == [f"[nvidia_gpu_0] {left_out}", f"[nvidia_gpu_0] {left_out}", "[nvidia_gpu_0]"]


THREADS = """
def threads():
    return len(os.listdir("/proc/self/task"))
"""


def test_one_origin_for_all(run):
    """A counter counts from its own zero, what is added up from this process's first look; whichever device asks, and by whatever name."""
    lines = run(
        """
def energy(*domains):
    device = NvidiaGPUDevice()
    device.configure(list(domains))
    return device.get_energy()
energy(NvidiaGPUDomain(1))
begin = time.monotonic()
counted, summed = energy(NvidiaGPUDomain(0), NvidiaGPUDomain(1))
looked = time.monotonic()
print(counted > 1e6, 0 <= summed)
time.sleep(0.4)
asked = time.monotonic()
energies = energy(NvidiaGPUDomain("GPU-2040"), NvidiaGPUDomain(0))
print(energies[1] - counted, energies[0] - summed, asked - looked, time.monotonic() - begin)
""",
        "gpus=2 1.energy=3",
    )
    assert lines[0] == "True True"
    counted, summed, least_s, most_s = map(float, lines[1].split())
    assert 200e6 * least_s - 20.1e6 <= counted <= 200e6 * most_s + 20.1e6  # µJ, to a step of the counter
    assert 199.9e6 * least_s <= summed <= 200.1e6 * most_s


def test_only_a_gpu_without_a_counter_has_a_thread(run):
    """One for get_energy(), which goes on with the process, and one while an EnergyMeter measures."""
    lines = run(
        THREADS
        + """
counted, summed = NvidiaGPUDevice(), NvidiaGPUDevice()
counted.configure([NvidiaGPUDomain(0)])
summed.configure([NvidiaGPUDomain(1)])
counted.get_energy()
print(threads(), end=" ")
meter = EnergyMeter([counted, summed])
meter.start()
print(threads(), end=" ")
before = summed.get_energy()[0]
print(threads(), end=" ")
time.sleep(0.2)
after = summed.get_energy()[0]
meter.stop()
energy = meter.get_trace()[0].energy["nvidia_gpu_1"]
del counted, summed, meter
print(threads())
print(after - before, energy)
""",
        "gpus=2 1.energy=3",
    )
    assert lines[0] == "1 2 3 2"
    difference, energy = map(float, lines[1].split())
    assert 39e6 < difference <= energy * 1.001


def test_a_forked_child_adds_up_its_own(run):
    """The parent's thread is not there; counters go on."""
    lines = run(
        THREADS
        + """
device = NvidiaGPUDevice()
device.configure([NvidiaGPUDomain(0), NvidiaGPUDomain(1)])
time.sleep(0.3)
parent = device.get_energy()
child = os.fork()
if child == 0:
    before, begin = threads(), time.monotonic()
    first = device.get_energy()
    time.sleep(0.3)
    second = device.get_energy()
    good = first[0] >= parent[0] and second[0] > first[0] and 59e6 < second[1] <= 200.1e6 * (time.monotonic() - begin)
    os._exit(0 if good and (before, threads()) == (1, 2) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(device.get_energy()[1] - parent[1] > 50e6)
""",
        "gpus=2 1.energy=3",
    )
    assert lines == ["0", "True"]


def test_a_pickled_device_goes_on(run):
    lines = run(
        """
import pickle
device = NvidiaGPUDevice()
device.configure([NvidiaGPUDomain(0)])
before = device.get_energy()[0]
time.sleep(0.2)
copy = pickle.loads(pickle.dumps(device)).get_energy()[0]
print(copy - before > 39e6, copy <= device.get_energy()[0])
""",
        "energy=3",
    )
    assert lines == ["True True"]


def test_fork(run):
    """The child initialises NVML for itself."""
    lines = run(
        MEASURE
        + """
def well():
    sample = measure(NvidiaGPUDomain(0))
    return abs(sample.energy["nvidia_gpu_0"] - 200e6 * sample.duration) < 41e6

print(well())
child = os.fork()
if child == 0:
    os._exit(0 if well() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(well())
"""
    )
    assert lines == ["True", "0", "True"]
