# SPDX-License-Identifier: MIT
"""Powercap trees that stand still, fresh interpreters, and a handler that keeps what it gets."""

import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/bed")]

import tree as trees  # noqa: E402
from idling import Idling  # noqa: E402

J = 1000000  # µJ
BARE = b"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\nmodel name\t: Test Xeon\nflags\t\t: fpu tsc sse2\n\n"
PROC = {"proc/cpuinfo": BARE, "proc/stat": b"cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\n"}


class Machine:
    """A plain tree: `machine["package-0"] = 5 * J`, `machine.add("package-0", J)`."""

    def __init__(self, root, zones, files=PROC, **options):
        self.root = str(root)
        self.values = {}
        trees.make_tree(root, zones, files=files, **options)
        for zone, _, _ in trees.number(zones):
            self.values[zone.name] = zone.content.get("energy_uj")

    def __setitem__(self, zone, value):
        """Takes as long as a busy package would: a counter that moves faster is not believed."""
        time.sleep(max(0, value - self.values[zone]) / J / 500)
        self.values[zone] = value
        trees.set_energy(self.root, zone, value)

    def add(self, zone, value):
        self[zone] = self.values[zone] + value

    def idles(self):
        """`with machine.idles():` its counters move on by a unit now and then: what stands still is stuck in the end."""
        return Idling(self.root)

    def spoil(self, zone):
        """The zone's next reads fail."""
        for folder in trees.folders(self.root, zone):
            os.truncate(os.path.join(folder, "energy_uj"), 0)


def zones():
    """Two sockets with core and dram."""
    return [
        trees.Zone("package-0", 100 * J, children=[trees.Zone("core", 50 * J), trees.Zone("dram", 20 * J)]),
        trees.Zone("package-1", 200 * J, children=[trees.Zone("dram", 20 * J)]),
    ]


class Run:
    """run(code) → CompletedProcess of a fresh interpreter; run.ok(code) → its output."""

    def __call__(self, code, *arguments, python=sys.executable, env=None, **options):
        changed = {**os.environ, **(env or {})}
        return subprocess.run(
            [python, "-c", code, *arguments],
            env=changed,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
            **options,
        )

    def ok(self, code, *arguments, **options):
        done = self(code, *arguments, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout


class Keep:
    """A handler that keeps what it gets, and is no EnergyHandler."""

    def __init__(self):
        self.traces = []

    def process(self, trace):
        self.traces.append(trace)

    @property
    def samples(self):
        return [sample for trace in self.traces for sample in trace]
