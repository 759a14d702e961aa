# SPDX-License-Identifier: MIT
"""A device that was registered in C is there in Python, though no line of the package knows it."""

import os

import pytest

from machines import J, ROOT
from tree import Zone

HEAD = """
import ctypes, importlib.machinery, importlib.util, io, contextlib, pickle, sys, time, warnings
warnings.simplefilter("ignore")
folder = sys.argv[1]
path = f"{folder}/libjoules_core.so"
loader = importlib.machinery.ExtensionFileLoader("joules._core", path)
spec = importlib.util.spec_from_file_location("joules._core", path, loader=loader)
core = importlib.util.module_from_spec(spec)
sys.modules["joules._core"] = core
spec.loader.exec_module(core)
assert ctypes.CDLL(f"{folder}/libjoules_lamp.so").lamp_register() == 0
from joules.device import DeviceFactory
from joules.device._native import NativeDevice, NativeDomain, device_type
from joules.energy_meter import EnergyContext, EnergyMeter
"""


@pytest.fixture
def folder():
    """What tests/python/meson.build has built."""
    builds = [os.environ["JOULES_BUILD"]] if "JOULES_BUILD" in os.environ else sorted(map(str, ROOT.glob("build/*")))
    found = [
        path for path in (f"{build}/tests/python" for build in builds) if os.path.exists(f"{path}/libjoules_core.so")
    ]
    if not found:
        pytest.fail("no extension against the shared library: build with -Dtests=true, or set JOULES_BUILD")
    return found[-1]


@pytest.fixture
def lamps(make, run, folder):
    """lamps(code) → what it printed, line by line, on a machine with a package and lamps."""
    make(Zone("package-0", J))
    return lambda code: run.ok(HEAD + code, folder).splitlines()


def test_the_factory_gives_it(lamps):
    lines = lamps("""
devices = DeviceFactory.create_devices()
print([str(domain) for device in devices for domain in device.get_configured_domains()])
device = devices[1]
assert isinstance(device, NativeDevice) and type(device) is device_type("lamp")
print(type(device).available_domains(), type(device).__name__)
""")
    assert lines == ["['package_0', 'lamp_0', 'lamp_10']", "[lamp_0, lamp_10] lamp_device"]


def test_its_domains_are_values(lamps):
    lines = lamps("""
ten, two = NativeDomain("lamp_10", "lamp"), NativeDomain("lamp_2", "lamp")
print(ten, repr(ten), two < ten, ten == NativeDomain("lamp_10", "lamp"), ten != two, len({ten, two, NativeDomain("lamp_2", "lamp")}))
print(pickle.loads(pickle.dumps(ten)) == ten, type(pickle.loads(pickle.dumps(device_type("lamp")()))) is device_type("lamp"))
""")
    assert lines == ["lamp_10 lamp_10 True True True 2", "True True"]


def test_its_values_flow(lamps, tmp_path):
    lines = lamps(f"""
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler
with contextlib.redirect_stdout(io.StringIO()) as out, EnergyContext() as meter:
    time.sleep(0.2)
trace = meter.get_trace()
sample = trace[0]
print(abs(sample.energy["lamp_0"] - 60e6 * sample.duration) < 6e6, sample.method["lamp_0"], sample.total.missing)
print(list(sample.energy), out.getvalue().count("; lamp_10 : "))
for handler in (CSVHandler({str(tmp_path / "x.csv")!r}), JSONHandler({str(tmp_path / "x.json")!r})):
    handler.process(trace)
    handler.save_data()
begin = meter.devices[1].get_energy()
time.sleep(0.1)
print([after - before > 5e6 for after, before in zip(meter.devices[1].get_energy(), begin)])
""")
    assert lines == ["True power ('lamp_2',)", "['package_0', 'lamp_0', 'lamp_10'] 1", "[True, True]"]
    assert (tmp_path / "x.csv").read_text().startswith("timestamp;tag;duration;package_0;lamp_0;lamp_10\n")
    assert (
        '"method": {"package_0": "counter", "lamp_0": "power", "lamp_10": "power"}' in (tmp_path / "x.json").read_text()
    )


def test_what_cannot_be_measured_is_the_documented_error(lamps):
    lines = lamps("""
from joules.exception import NoSuchDomainError
for name in ("lamp_2", "lamp_3"):
    try:
        DeviceFactory.create_devices([NativeDomain(name, "lamp")])
    except NoSuchDomainError as error:
        print(error.domain_name, isinstance(error, PermissionError), "the lamp is out" in str(error))
""")
    assert lines == ["lamp_2 True True", "lamp_3 False False"]
