# SPDX-License-Identifier: MIT
"""What the tests of the Python package share."""

import os
import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from machines import ROOT, Keep, Machine, Run, zones  # noqa: E402

import bed as beds  # noqa: E402


@pytest.fixture
def make(tmp_path, monkeypatch):
    """make(zones…) → Machine, which this process measures from now on."""

    def make(*zones, name="machine", **options):
        machine = Machine(tmp_path / name, list(zones), **options)
        monkeypatch.setenv("JOULES_SYSROOT", machine.root)
        return machine

    monkeypatch.delenv("JOULES_ON_NOTHING", raising=False)
    return make


@pytest.fixture
def machine(make):
    """Two sockets with core and dram, that stand still."""
    return make(*zones())


@pytest.fixture
def bare(make):
    """A machine without any counter, and nothing to estimate from."""
    return make(files={"proc/none": b""})


@pytest.fixture
def bed(monkeypatch):
    """bed("server") → the emulated machine, which this process measures from now on."""
    why_not = beds.why_not()
    if why_not:
        pytest.skip(why_not)
    if "JOULES_BED" not in os.environ:
        found = sorted(ROOT.glob("build*/**/tests/bed/joules-bed"), key=os.path.getmtime)
        if not found:
            pytest.fail("no emulated machine: build it, or set JOULES_BED")
        monkeypatch.setenv("JOULES_BED", str(found[-1]))
    mounted = []

    def bed(machine="server", *options, **more):
        mounted.append(beds.Bed(machine, *options, **more))
        monkeypatch.setenv("JOULES_SYSROOT", mounted[-1].root)
        return mounted[-1]

    yield bed
    for one in mounted:
        one.close()


@pytest.fixture
def run():
    return Run()


@pytest.fixture
def keep():
    return Keep()
