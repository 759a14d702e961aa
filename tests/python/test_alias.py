# SPDX-License-Identifier: MIT
"""pyJoules.* are the modules of joules, with every name that 0.5.1 had."""

import importlib
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys

import pytest

import joules

NAMES = json.loads((pathlib.Path(__file__).parent / "pyjoules_0_5_1_names.json").read_text())
OPTIONAL = {"pynvml", "pandas", "pymongo"}


@pytest.mark.parametrize("module", NAMES, ids=lambda name: name or "pyJoules")
def test_every_name_of_0_5_1_is_there(module):
    ours = importlib.import_module("pyJoules" + ("." + module if module else ""))
    for name in NAMES[module]:
        try:
            assert getattr(ours, name) is not None
        except ImportError:
            assert name in OPTIONAL, name
    with pytest.raises(AttributeError):
        ours.there_is_no_such_name  # noqa: B018


@pytest.mark.parametrize("module", [name for name in NAMES if name])
def test_the_very_same_module_objects(module):
    alias, own = importlib.import_module(f"pyJoules.{module}"), importlib.import_module(f"joules.{module}")
    assert alias is own is sys.modules[f"pyJoules.{module}"]
    assert own.__name__ == own.__spec__.name == f"joules.{module}"


def test_the_table_of_modules_and_names():
    table = {
        "energy_meter": "measure_energy EnergyContext EnergyMeter EnergyMeterNotStartedError EnergyMeterNotStoppedError SampleNotFoundError "
        "NoNextStateException StateIsNotFinalError EnergyState",
        "energy_trace": "EnergyTrace EnergySample",
        "device": "Device Domain DeviceFactory NotConfiguredDeviceException",
        "device.device_factory": "DeviceFactory",
        "device.rapl_device": "RaplDevice RaplDomain RaplPackageDomain RaplDramDomain RaplCoreDomain RaplUncoreDomain",
        "device.nvidia_device": "NvidiaGPUDevice NvidiaGPUDomain GPUDoesNotSupportEnergyMonitoringError",
        "device.estimate_device": "EstimateDevice EstimatedCpuDomain",
        "exception": "PyJoulesException NoSuchDomainError NoSuchDeviceError",
        "handler": "EnergyHandler PrintHandler UnconsistantSamplesError",
        "handler.print_handler": "PrintHandler",
        "handler.csv_handler": "CSVHandler",
        "handler.pandas_handler": "PandasHandler NoSampleProcessedError trace_to_dataframe",
        "handler.mongo_handler": "MongoHandler MongoInitError sample_to_dict trace_to_dict",
        "handler.json_handler": "JSONHandler",
        "handler.sqlite_handler": "SQLiteError SQLiteHandler",
    }
    for module, names in table.items():
        for package in ("joules", "pyJoules"):
            found = importlib.import_module(f"{package}.{module}")
            for name in names.split():
                assert getattr(found, name)


def test_all_exceptions_derive_from_the_one_and_say_something():
    seen = 0
    for module in NAMES:
        for name, value in vars(importlib.import_module("joules" + ("." + module if module else ""))).items():
            if isinstance(value, type) and issubclass(value, Exception) and value.__module__.startswith("joules"):
                if issubclass(value, Warning) or name.startswith("_") or "._" in value.__module__:
                    continue
                assert issubclass(value, joules.PyJoulesException), name
                error = value("package_7") if issubclass(value, joules.NoSuchDomainError) else value()
                assert len(str(error)) > 10, name
                seen += 1
    assert seen >= 12
    assert str(joules.PyJoulesException("mine")) == "mine"
    assert (
        "package_7" in str(joules.NoSuchDomainError("package_7"))
        and joules.NoSuchDomainError("package_7").domain_name == "package_7"
    )


OURS = {
    "device.rapl_device": {"RaplPsysDomain"},
    "energy_trace": {"Bounds"},
    "exception": {"DomainPermissionError", "EnergyPrecisionWarning", "SampleNotFoundError"},
    "handler.mongo_handler": {"MongoSaveError"},
}


@pytest.mark.parametrize("module", NAMES, ids=lambda name: name or "pyJoules")
def test_star_imports_give_what_those_of_0_5_1_give(module, run):
    out = run.ok(
        f"from pyJoules{'.' + module if module else ''} import *; print(*(name for name in dir() if name[:2] != '__'))"
    )
    expected = {name for name in NAMES[module] if name[:2] != "__"} | OURS.get(module, set())
    absent = {name for name in OPTIONAL if importlib.util.find_spec(name) is None}
    assert set(out.split()) == expected - absent


def test_a_star_import_of_joules_gives_the_main_names(run):
    out = run.ok("from joules import *; print(*(name for name in dir() if name[:2] != '__'))")
    assert sorted(out.split()) == sorted(joules.__all__)


def test_the_main_names():
    assert all(getattr(joules, name) for name in joules.__all__)
    import pyJoules

    assert joules.__version__ == pyJoules.__version__ == "0.1.0"


def test_import_in_a_fresh_interpreter(run):
    assert (
        run.ok("from pyJoules.energy_meter import measure_energy; print(measure_energy.__module__)").strip()
        == "joules.energy_meter"
    )
    run.ok("import pyJoules.handler.csv_handler as one, joules.handler.csv_handler as two; assert one is two")
    run.ok(
        "import pickle, pyJoules.energy_trace as t; s = t.EnergySample(1, 'a', 2, {}); assert pickle.loads(pickle.dumps(s)).tag == 'a'"
    )
    run.ok("import importlib, pyJoules.energy_trace as t; assert importlib.reload(t) is t")
    done = run("import pyJoules.nothing")
    assert "ModuleNotFoundError" in done.stderr


# ---- where the other one is installed -----------------------------------------------------------------------------------------------


@pytest.fixture
def other(tmp_path):
    """A pyJoules of somebody else, found before ours."""
    package = tmp_path / "first" / "pyJoules"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("__version__ = '0.5.1'\n")
    (package / "energy_meter.py").write_text("whose = 'theirs'\n")
    return package.parent


SCRIPT = """
import sys
import pyJoules
from pyJoules.energy_meter import measure_energy
from pyJoules.device.rapl_device import RaplPackageDomain
print(measure_energy.__module__, pyJoules.__version__, sys.argv[1:], __name__, sys.path[0])
"""


def test_python_m_joules(run, other, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    (tmp_path / "beside.py").write_text("")
    script.write_text(SCRIPT + "import beside\n")
    done = subprocess.run(
        [sys.executable, "-m", "joules", str(script), "one", "--two"],
        env={"PYTHONPATH": str(other), "PATH": "/usr/bin"},
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.strip() == f"joules.energy_meter 0.1.0 ['one', '--two'] __main__ {tmp_path}", done.stderr


@pytest.mark.parametrize("words, status", [([], 2), (["/there/is/none.py"], 2), (["--help"], 0)])
def test_python_m_joules_usage(words, status):
    done = subprocess.run(
        [sys.executable, "-m", "joules", *words], text=True, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == status and "joules" in done.stdout + done.stderr and "Traceback" not in done.stderr


def test_install_as_pyjoules(run, other):
    code = """
import pyJoules, pyJoules.energy_meter
assert pyJoules.energy_meter.whose == 'theirs'
import joules
joules.install_as_pyjoules()
import pyJoules
import pyJoules.energy_meter
assert pyJoules.energy_meter is joules.energy_meter and pyJoules.__version__ == joules.__version__
"""
    run.ok(code, env={"PYTHONPATH": str(other)})


def test_another_pyjoules_beside_ours_is_said_once(run, tmp_path):
    """As pip leaves it where ours was installed last; a file of theirs that is still there is not used."""
    ours = pathlib.Path(joules.__file__).parent.parent / "pyJoules" / "__init__.py"
    package = tmp_path / "pyJoules"
    package.mkdir()
    (tmp_path / "pyJoules-0.5.1.dist-info").mkdir()
    (package / "__init__.py").write_text(ours.read_text())
    (package / "energy_meter.py").write_text("whose = 'theirs'\n")
    done = run(
        "import pyJoules.energy_meter, pyJoules; print(pyJoules.energy_meter.__name__)",
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.stdout.strip() == "joules.energy_meter" and done.stderr.count("another pyJoules") == 1
    assert "pip uninstall -y pyJoules; " in done.stderr
    assert "another" not in run("import pyJoules").stderr


@pytest.mark.parametrize("theirs", ["__version__ = '0.5.1'\n", None], ids=["installed over it", "uninstalled again"])
def test_names_that_another_pyjoules_took_are_told(run, tmp_path, theirs):
    """As its wheel does, which replaces our file; and as pip does, which removes it then. No filter makes an error of it."""
    site = tmp_path / "site"
    shutil.copytree(pathlib.Path(joules.__file__).parent, site / "joules")
    (site / "pyJoules").mkdir()
    if theirs:
        (site / "pyJoules" / "__init__.py").write_text(theirs)
    for options in ("default", "error"):
        done = run("import joules; print(joules.__file__)", env={"PYTHONPATH": str(site), "PYTHONWARNINGS": options})
        assert done.stdout == f"{site}/joules/__init__.py\n"
        assert done.stderr.count("pip uninstall -y pyJoules; ") == 1 and "--force-reinstall" in done.stderr
        assert ("installed over" if theirs else "were removed") in done.stderr


def test_mark(run, tmp_path):
    import os

    joules.mark("outside joules run this does nothing")
    with pytest.raises(TypeError):
        joules.mark(5)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    run.ok("import joules; joules.mark('compress')", env={"JOULES_RUN_TAGS": str(pipe)})
    assert os.read(reader, 100) == b"compress\n"
    done = run("import joules; joules.mark('two\\nlines')", env={"JOULES_RUN_TAGS": str(pipe)})
    assert "ValueError" in done.stderr and "newline" in done.stderr
    os.close(reader)
    assert "OSError" in run("import joules; joules.mark('compress')", env={"JOULES_RUN_TAGS": str(tmp_path)}).stderr
