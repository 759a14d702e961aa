# SPDX-License-Identifier: MIT
"""The stubs: as the modules are (stubtest), and of use to a type checker."""

import pathlib
import re
import subprocess
import sys

import pytest

import joules

PACKAGE = pathlib.Path(joules.__file__).parent
SCRIPT = """
import pandas
from matplotlib.axes import Axes
from PACKAGE.device import Device, DeviceFactory, Domain
from PACKAGE.device.nvidia_device import NvidiaGPUDomain
from PACKAGE.device.rapl_device import RaplDramDomain, RaplPackageDomain
from PACKAGE.energy_meter import EnergyContext, EnergyMeter, measure_energy
from PACKAGE.energy_trace import EnergySample, EnergyTrace
from PACKAGE.exception import NoSuchDeviceError, PyJoulesException
from PACKAGE.handler import EnergyHandler
from PACKAGE.handler.csv_handler import CSVHandler
from PACKAGE.handler.json_handler import JSONHandler
from PACKAGE.handler.mongo_handler import MongoHandler
from PACKAGE.handler.pandas_handler import PandasHandler, trace_to_dataframe
from PACKAGE.handler.print_handler import PrintHandler
from PACKAGE.handler.sqlite_handler import SQLiteHandler

@measure_energy
def one(number: int) -> str:
    return str(number)

@measure_energy(handler=PrintHandler(), domains=[RaplPackageDomain(0)], settle=True, sync=None)
def two(number: int) -> str:
    return str(number)

class Keep(EnergyHandler):
    def process(self, trace: EnergyTrace) -> None:
        self.last: EnergySample = trace[-1]

word: str = one(1) + two(2)
domains: list[Domain] = [RaplPackageDomain(0), RaplDramDomain(0), NvidiaGPUDomain(0)]
with EnergyContext(handler=Keep(), domains=domains, start_tag="a", settle=0.005) as context:
    context.record("b")
devices: list[Device] = []
try:
    devices = DeviceFactory.create_devices(domains)
except NoSuchDeviceError as error:
    failed: PyJoulesException = error
meter: EnergyMeter = EnergyMeter(devices, settle=True)
closed: bool = meter.settle(0.1)
CSVHandler("result.csv").save_data()
JSONHandler("result.json").save_data()
SQLiteHandler("result.db").save_data()
frame: pandas.DataFrame = PandasHandler().get_dataframe()
frame = trace_to_dataframe(context.get_trace(), full=True)
frame = context.get_trace().to_pandas(datetimes=True)
axes: Axes = context.get_trace().plot()
MongoHandler("mongodb://localhost", "db", "collection").save_data()
sample = context.get_trace()[0]
joules: float = sample.energy["package_0"] + sample.uncertainty["package_0"].low + context.get_trace().total().high
"""
MISTAKES = """
one("text")
context.recrod("c")
EnergyMeter(devices, settle="yes")
"""


def call(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", *words], text=True, capture_output=True, timeout=300, check=False, **options
    )


def test_stubs_are_as_the_modules_are():
    pytest.importorskip("mypy")
    modules = []
    for stub in sorted(PACKAGE.rglob("*.pyi")):
        parts = ("joules", *stub.relative_to(PACKAGE).with_suffix("").parts)
        if parts[-1] not in ("__init__", "_native"):
            modules.append(".".join(parts))
    assert "joules._core" in modules and "joules.energy_meter" in modules
    done = call("mypy.stubtest", *modules, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_public_module_has_a_file_under_both_names():
    theirs, ours = PACKAGE.parent / "pyJoules", {}
    for stub in PACKAGE.rglob("*.pyi"):
        name = stub.relative_to(PACKAGE).with_suffix("")
        if name.name == "__init__" or not name.name.startswith("_"):
            ours[name.as_posix()] = ".".join(("joules", *name.parts)).removesuffix(".__init__")
    assert {file.relative_to(theirs).with_suffix("").as_posix() for file in theirs.rglob("*.py")} == set(ours)
    assert (theirs / "py.typed").exists() and (PACKAGE / "py.typed").exists()
    for name, module in ours.items():
        assert name == "__init__" or (theirs / f"{name}.py").read_text() == f"from {module} import *\n"


def mypy(folder):
    pytest.importorskip("mypy")
    return call(
        "mypy",
        "--strict",
        f"--cache-dir={folder / 'cache'}",
        "program_of_joules.py",
        "program_of_pyJoules.py",
        cwd=folder,
    )


def pyright(folder):
    pytest.importorskip("pyright")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    return call("pyright", "--pythonpath", sys.executable, "program_of_joules.py", "program_of_pyJoules.py", cwd=folder)


@pytest.mark.parametrize("check", [mypy, pyright])
def test_a_type_checker_understands_a_program(tmp_path, check):
    """Under both names, in one run; then with mistakes in it, of which each is found under both."""
    for name in "joules", "pyJoules":
        (tmp_path / f"program_of_{name}.py").write_text(SCRIPT.replace("PACKAGE", name))
    done = check(tmp_path)
    assert done.returncode == 0 and "warning: " not in done.stdout, done.stdout + done.stderr
    for name in "joules", "pyJoules":
        (tmp_path / f"program_of_{name}.py").write_text(SCRIPT.replace("PACKAGE", name) + MISTAKES)
    done = check(tmp_path)
    assert done.returncode == 1
    for name in "joules", "pyJoules":
        said = re.findall(rf"program_of_{name}\.py:(\d+).* error: ", done.stdout)
        last = len((tmp_path / f"program_of_{name}.py").read_text().splitlines())
        assert {int(line) for line in said} == {last - 2, last - 1, last}, done.stdout
