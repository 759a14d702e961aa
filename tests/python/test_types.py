# SPDX-License-Identifier: MIT
"""The stubs: as the modules are (stubtest), and of use to a type checker."""

import pathlib
import subprocess
import sys

import pytest

import joules

pytest.importorskip("mypy")
PACKAGE = pathlib.Path(joules.__file__).parent
SCRIPT = """
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyContext, measure_energy
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler
from joules.handler.mongo_handler import MongoHandler
from joules.handler.pandas_handler import PandasHandler
from joules.handler.print_handler import PrintHandler

@measure_energy
def one(number: int) -> str:
    return str(number)

@measure_energy(handler=PrintHandler(), domains=[RaplPackageDomain(0)])
def two(number: int) -> str:
    return str(number)

word: str = one(1) + two(2)
with EnergyContext(domains=[RaplPackageDomain(0)], start_tag="a") as context:
    context.record("b")
CSVHandler("result.csv").save_data()
JSONHandler("result.json").save_data()
frame = PandasHandler().get_dataframe()
MongoHandler("mongodb://localhost", "db", "collection").save_data()
sample = context.get_trace()[0]
joules: float = sample.energy["package_0"] + sample.uncertainty["package_0"].low + context.get_trace().total().high
"""


def mypy(*words):
    return subprocess.run(
        [sys.executable, "-m", *words], text=True, capture_output=True, timeout=300, check=False, cwd="/"
    )


def test_stubs_are_as_the_modules_are():
    modules = []
    for stub in sorted(PACKAGE.rglob("*.pyi")):
        parts = ("joules", *stub.relative_to(PACKAGE).with_suffix("").parts)
        if parts[-1] not in ("__init__", "_native"):
            modules.append(".".join(parts))
    assert "joules._core" in modules and "joules.energy_meter" in modules
    done = mypy("mypy.stubtest", *modules)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_type_checker_understands_a_script(tmp_path):
    assert (PACKAGE / "py.typed").exists()
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    cache = f"--cache-dir={tmp_path / 'cache'}"
    done = mypy("mypy", "--strict", cache, str(script))
    assert done.returncode == 0, done.stdout
    script.write_text(SCRIPT + "one('text')\ncontext.recrod('c')\n")
    done = mypy("mypy", "--strict", cache, str(script))
    assert done.returncode == 1 and "arg-type" in done.stdout and "recrod" in done.stdout
