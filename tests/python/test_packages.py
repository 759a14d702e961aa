# SPDX-License-Identifier: MIT
"""The package as a source distribution, and as distributions build it: against the shared library."""

import importlib.metadata
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

from machines import ROOT

MEASURE = """
from joules import _core
from pyJoules.device import DeviceFactory
from pyJoules.energy_meter import EnergyMeter
meter = EnergyMeter(DeviceFactory.create_devices())
meter.start("a")
meter.stop()
print(_core.__file__, len(meter.get_trace()))
"""


def call(*words, **options):
    done = subprocess.run(words, text=True, capture_output=True, timeout=600, check=False, **options)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def with_own_tools():
    """Meson and Ninja of this environment come first."""
    return {**os.environ, "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}


def test_a_source_distribution_has_the_core_inside(tmp_path):
    pytest.importorskip("mesonpy")
    code = "import backend, sys; print(backend.build_sdist(sys.argv[1]))"
    call(sys.executable, "-c", code, str(tmp_path), cwd=ROOT / "python", env=with_own_tools())
    with tarfile.open(next(tmp_path.glob("joules-*.tar.gz"))) as archive:
        names = {pathlib.PurePath(*pathlib.PurePath(one.name).parts[1:]).as_posix() for one in archive if one.isfile()}
        assert not any(one.issym() for one in archive)
    wanted = {
        "LICENSE",
        "src/module.c",
        "command/meson.build",
        "joules/energy_meter.py",
        "pyJoules/__init__.py",
        "subprojects/joules/meson.build",
    }
    wanted |= {
        f"subprojects/joules/{path.relative_to(ROOT)}"
        for folder in ("src", "include", "cli")
        for path in (ROOT / folder).rglob("*.[ch]")
    }
    assert wanted <= names, wanted - names


def test_the_package_says_what_it_is():
    """What PyPI shows; it refuses classifiers that it does not know."""
    about = importlib.metadata.metadata("joules")
    known = pytest.importorskip("trove_classifiers").classifiers
    classifiers = about.get_all("Classifier")
    assert len(classifiers) > 10 and set(classifiers) <= known
    assert about["License-Expression"] == "MIT" and about["Description-Content-Type"] == "text/markdown"
    assert importlib.metadata.distribution("joules").read_text("licenses/LICENSE") == (ROOT / "LICENSE").read_text()
    described = about.get_payload()
    extras = about.get_all("Provides-Extra")
    assert extras and all(f"`joules[{extra}]`" in described for extra in extras)
    assert not re.search(r"\]\((?!#)", described), "a link that leads nowhere on PyPI"


def test_wheels_are_built_for_machines_that_it_knows():
    """(Building them takes minutes: the script itself tests what it has built.)"""
    done = subprocess.run([ROOT / "script/wheels", "sparc"], text=True, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (2, "script/wheels: 'sparc' is not known; say x86_64 or aarch64\n")
    folder = ROOT / "packaging/wheels"
    for target in folder.glob("*.ini"):
        text = target.read_text()
        assert f"cpu = '{target.stem}'" in text and text.count(f"'{target.stem}-linux-gnu.2.28'") == 2
    needed = [line for line in (folder / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert needed and all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in needed)


def test_free_threaded_cpython_gets_a_build_of_its_own(tmp_path):
    """Such a Python is not needed to see what the back end would do: this one says that it is one."""
    pytest.importorskip("mesonpy")
    code = """
import sys, sysconfig
real = sysconfig.get_config_var
sysconfig.get_config_var = lambda name: 1 if name == 'Py_GIL_DISABLED' else real(name)
import backend
print(backend._settings({'setup-args': '-Dbuildtype=debug'}))
sysconfig.get_config_var = real
print(backend._settings(None))
"""
    free, ordinary = call(sys.executable, "-c", code, cwd=ROOT / "python").splitlines()
    assert free == "{'setup-args': ['-Dbuildtype=debug', '-Dpython.allow_limited_api=false']}" and ordinary == "{}"


def test_a_distribution_builds_it_against_the_shared_library(tmp_path, machine):
    meson = shutil.which("meson", path=with_own_tools()["PATH"])
    build, root = tmp_path / "build", tmp_path / "root"
    call(
        meson,
        "setup",
        str(build),
        str(ROOT),
        "-Dpython=enabled",
        "-Dtests=false",
        "-Dman=disabled",
        "--prefix=/usr",
        env=with_own_tools(),
    )
    call(meson, "install", "-C", str(build), "--destdir", str(root), env=with_own_tools())
    (core,) = root.rglob("_core*.so")
    (library,) = root.rglob("libjoules.so.0")
    assert "libjoules.so.0" in call("readelf", "-d", str(core))
    env = {**os.environ, "PYTHONPATH": str(core.parent.parent), "LD_LIBRARY_PATH": str(library.parent)}
    assert call(sys.executable, "-c", MEASURE, env=env, cwd=tmp_path).split() == [str(core), "1"]
