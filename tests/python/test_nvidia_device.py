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
        env |= {"JOULES_NVML_LIB": str(fake), "JOULES_FAKE_NVML": settings, "JOULES_SYSROOT": str(tmp_path), **more}
        head = "import os, time, warnings\nfrom joules.device.nvidia_device import *\nfrom joules.device import DeviceFactory\n"
        head += "from joules.energy_meter import EnergyMeter\n"
        done = subprocess.run([sys.executable, "-c", head + code], env=env, capture_output=True, text=True, check=False, timeout=60)
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
    lines = run(MEASURE + """
for domain in (NvidiaGPUDomain(0), NvidiaGPUDomain("GPU-2040"), NvidiaGPUDomain(1)):
    sample = measure(domain)
    (name,) = sample.energy
    print(sample.energy[name], sample.duration, sample.method[name])
""", "gpus=2 1.energy=3")
    for line, method in zip(lines, ("counter", "power", "power"), strict=True):
        energy, duration, way = line.split()
        assert way == method
        assert float(energy) == pytest.approx(200e6 * float(duration), abs=41e6)  # µJ, to two of the counter's steps


def test_available_and_visible(run):
    lines = run("print(NvidiaGPUDevice.available_domains(), NvidiaGPUDevice.visible_domains())", "gpus=4 2.handle=17", CUDA_VISIBLE_DEVICES="2,0")
    assert lines == ["[nvidia_gpu_0, nvidia_gpu_1, nvidia_gpu_3] [nvidia_gpu_0, nvidia_gpu_3]"]


def test_a_gpu_with_no_value(run):
    """Named: the documented error. Unnamed: left out."""
    lines = run("""
device = NvidiaGPUDevice()
try:
    device.configure([NvidiaGPUDomain(1)])
except GPUDoesNotSupportEnergyMonitoringError as error:
    print("raised:", error)
device.configure()
print(device.get_configured_domains())
""", "gpus=2 1.energy=3 1.fields=3 1.usage=3")
    assert lines[0].startswith("raised: nvidia_gpu_1 cannot be measured: this GPU has neither")
    assert lines[1] == "[nvidia_gpu_0]"


def test_power_adds_up(run):
    lines = run("""
device = NvidiaGPUDevice()
device.configure([NvidiaGPUDomain(0)])
values = []
for _ in range(4):
    values.append(device.get_energy()[0])
    time.sleep(0.1)
print(values == sorted(values) and values[-1] - values[0])
""", "energy=3 curve=constant:100")
    assert float(lines[0]) > 25e6


def test_fork(run):
    """The child initialises NVML for itself."""
    lines = run(MEASURE + """
def well():
    sample = measure(NvidiaGPUDomain(0))
    return abs(sample.energy["nvidia_gpu_0"] - 200e6 * sample.duration) < 41e6

print(well())
child = os.fork()
if child == 0:
    os._exit(0 if well() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(well())
""")
    assert lines == ["True", "0", "True"]
