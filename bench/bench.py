#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures everything, in turns, and prints the table. script/bench starts it, in a mount namespace of its own, where /sys/class is a
tmpfs: pyJoules reads that path only, and so both read the very same files."""

import contextlib
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path[:0] = [os.path.join(TOP, "tests", "bed"), os.path.join(TOP, "tests", "bed", "mongo")]

from bed import Bed  # noqa: E402
from mongo import Server  # noqa: E402
from rows import Failed, Row, Worker, note, numbers, seconds, show, text  # noqa: E402
from sink import Sink  # noqa: E402
from tree import Zone, find_machine, make_tree, read_machine  # noqa: E402

PROGRAMS = os.path.join(TOP, "build", "bench", "bench")
JOULES = os.path.join(TOP, "build", "bench", "cli", "joules")
BED = os.path.join(TOP, "build", "bench", "tests", "bed", "joules-bed")
FAKE_NVML = os.path.join(TOP, "build", "bench", "tests", "bed", "nvml", "libnvidia-ml.so.1")
PYJOULES = os.path.join(TOP, "build", "venv-bench", "bin", "python")
JOULES_PYTHON = os.path.join(TOP, "build", "venv-bench-joules", "bin", "python")
MONGO = os.path.join(TOP, "build", "mongo")
DOMAINS = "package_0,core_0,uncore_0,dram_0"


def program(name):
    return os.path.join(PROGRAMS, "bench_" + name)


def python_worker(interpreter):
    return Worker(interpreter, os.path.join(HERE, "bench_python.py"))


class Turns:
    """Measurements taken one after the other, again and again, so that a busy moment meets all of them. The first round warms up. The
    ratio of two is the median of the rounds' ratios: a processor that changes its speed between rounds changes both."""

    def __init__(self, rounds, *measurements):
        self.rounds = [[measure() for measure in measurements] for _ in range(rounds + 1)][1:]

    def seconds(self, column):
        return statistics.median(times[column] for times in self.rounds) * 1e-9

    def ratio(self, column, other):
        return statistics.median(times[column] / times[other] for times in self.rounds)


def make_zones():
    children = [Zone("core", 98765432109), Zone("uncore", 12345678901), Zone("dram", 45678901234)]
    make_tree("/", [Zone("package-0", 123456789012, children=children)], layout="nested")


# ---- the parts --------------------------------------------------------------------------------------------------------------------


def records():
    with Worker(program("record"), DOMAINS) as c, python_worker(PYJOULES) as peer:
        turns = Turns(
            41, lambda: c.ask("floor", 16000), lambda: c.ask("record", 16000), lambda: peer.ask("record", 800)
        )
        allocations = c.ask("allocations", 100000)
        among = Turns(5, lambda: c.ask("among", 1), lambda: c.ask("among", 10**4))
    floor, ours, theirs = (seconds(turns.seconds(column)) for column in range(3))
    return [
        Row("C: record, 4 domains; the bare system calls", ours, floor, turns.ratio(1, 0), 1.12),
        Row(
            "C: record beside 10^4 open recorders; beside none",
            seconds(among.seconds(1)),
            seconds(among.seconds(0)),
            among.ratio(1, 0),
            1.2,
        ),
        Row("C: allocations of a record, mean", "", "", allocations, 0.001, form="{}"),
        Row("pyJoules: record; the bare system calls", theirs, floor, turns.ratio(2, 0)),
        Row("C: record; pyJoules' record", ours, theirs, turns.ratio(1, 2)),
    ]


def traces():
    sizes = []

    def trace(samples):
        spent, size = numbers(program("trace"), samples)
        sizes.append(size)
        return spent

    turns = Turns(3, lambda: trace(10**6), lambda: trace(10**7))
    return [
        Row(
            "C: a sample of 10^7, 4 domains; of 10^6",
            seconds(turns.seconds(1)),
            seconds(turns.seconds(0)),
            turns.ratio(1, 0),
            1.1,
        ),
        Row("C: resident bytes of a sample", "", "", max(sizes), 128, form="{} B"),
    ]


@contextlib.contextmanager
def moving(tree):
    """A program moves the counters of a plain tree, which is what the tree for cost is: each read of the FUSE one goes through another
    process."""
    files = [os.path.join(folder, "energy_uj") for folder, _, names in os.walk(tree) if "energy_uj" in names]
    with subprocess.Popen([program("mover"), *files]) as mover:
        try:
            yield
        finally:
            mover.terminate()


def commands():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as tree, Bed("client") as bed:
        zones, others = read_machine(find_machine("client"))
        make_tree(tree, zones, files=others)
        with moving(tree):
            bare, quiet, report, fuse, perf = (
                value * 1e-3
                for value in numbers(
                    program("commands"),
                    101,
                    program("spawn"),
                    "true",
                    "::",
                    JOULES,
                    "run",
                    "--quiet",
                    "--sysroot",
                    tree,
                    "true",
                    "::",
                    JOULES,
                    "run",
                    "--sysroot",
                    tree,
                    "true",
                    "::",
                    JOULES,
                    "run",
                    "--sysroot",
                    bed.root,
                    "true",
                    "::",
                    "perf",
                    "stat",
                    "--",
                    "true",
                )
            )
    return [
        Row(
            "joules run --quiet true; a bare spawn and wait",
            seconds(quiet),
            seconds(bare),
            (quiet - bare) * 1e3,
            2,
            form="+{} ms",
        ),
        Row("joules run true, counters move; perf stat -- true", seconds(report), seconds(perf), report / perf, 1),
        Row("… on the emulated machine (FUSE); perf stat -- true", seconds(fuse), seconds(perf), fuse / perf),
    ]


def history():
    """Into a file on the disk of the checkout, as a user's is."""
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm") as tree,
        tempfile.TemporaryDirectory(dir=os.path.join(TOP, "build")) as disk,
    ):
        make_tree(tree, [Zone("package-0", children=[Zone("core"), Zone("dram")])])
        words = []
        for kept in (os.path.join(disk, "history.db"), "off"):
            words += ["::", "env", f"JOULES_HISTORY={kept}", JOULES, "run", "--quiet", "--sysroot", tree, "true"]
        with moving(tree):
            kept, off = (value * 1e-3 for value in numbers(program("commands"), 101, *words[1:]))
    return [
        Row(
            "joules run --quiet, with the history; without",
            seconds(kept),
            seconds(off),
            (kept - off) * 1e3,
            5,
            form="+{} ms",
        )
    ]


def proc_files(threads):
    """What /proc says of a machine with so many hardware threads, a page's worth of flags each: 1.5 MB of 768."""
    flags = " ".join(f"flag_{i:03}" for i in range(200))
    paragraph = (
        "processor\t: {0}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 207\n"
        f"model name\t: Intel(R) Xeon(R) Platinum 8592+\nstepping\t: 2\nflags\t\t: {flags}\n\n"
    )
    ticks = "cpu{} 1000 0 1000 10000 0 0 0 0 0 0\n"
    return {
        "proc/cpuinfo": "".join(paragraph.format(i) for i in range(threads)),
        "proc/stat": ticks.format(" ") + "".join(ticks.format(i) for i in range(threads)) + "intr 0\n",
    }


def threads():
    """What many hardware threads cost a run."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        words = []
        for count in (768, 2):
            tree = os.path.join(folder, str(count))
            make_tree(tree, [Zone("package-0", children=[Zone("core"), Zone("dram")])], files=proc_files(count))
            words += ["::", JOULES, "run", "--quiet", "--sysroot", tree, "true"]
        with moving(folder):
            many, few = (value * 1e-3 for value in numbers(program("commands"), 101, *words[1:]))
    return [
        Row(
            "joules run --quiet true with a cpuinfo of 768 threads; with one of 2",
            seconds(many),
            seconds(few),
            max(many - few, 0) * 1e3,
            2,
            form="+{} ms",
        )
    ]


def csv():
    count = 50000
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        ours, theirs = os.path.join(folder, "ours.csv"), os.path.join(folder, "theirs.csv")
        with Worker(program("csv"), str(count), ours) as c, python_worker(PYJOULES) as python:
            c.ask("write")
            turns = Turns(9, lambda: c.ask("write"), lambda: python.ask("csv", ours, theirs))
        with open(ours, "rb") as a, open(theirs, "rb") as b:
            if a.read() != b.read():
                raise Failed("the CSV handler and Python's str() do not write the same text")
    return [
        Row(
            "CSV handler, rows a second, 4 domains; Python's str()",
            f"{1 / turns.seconds(0):,.0f}",
            f"{1 / turns.seconds(1):,.0f}",
            turns.ratio(1, 0),
            least=3,
        )
    ]


def what_is_in(file):
    with contextlib.closing(sqlite3.connect(file)) as database:
        query = (
            "SELECT (SELECT count(*) FROM sample), count(*), sum(joules), sum(low), sum(high), sum(flags) FROM value"
        )
        return database.execute(query).fetchone()


def sqlite():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        files = [os.path.join(folder, name) for name in ("ours.db", "bare.db")]
        with Worker(program("sqlite"), str(10**6), *files) as c:
            turns = Turns(3, lambda: c.ask("ours"), lambda: c.ask("bare"))
        ours, bare = (what_is_in(file) for file in files)
        if ours != bare:
            raise Failed(f"the SQLite handler and the bare loop do not write the same rows: {ours}, {bare}")
    return [
        Row(
            "SQLite handler, 10^6 samples, 4 domains; a bare prepared loop",
            seconds(turns.seconds(0)),
            seconds(turns.seconds(1)),
            turns.ratio(0, 1),
            1.5,
        )
    ]


def to_server(rounds, count, uri, documents):
    """Documents of ours, and as many by pymongo, in turns."""
    with (
        Worker(program("mongodb"), f"{uri}bench?collection=ours", str(count)) as c,
        Worker(PYJOULES, os.path.join(HERE, "bench_mongodb.py"), uri, documents) as python,
    ):
        return Turns(rounds, lambda: c.ask("store"), lambda: python.ask("store"))


def mongodb():
    """10^5 documents take the server of the tests minutes; what takes them at once, and only counts, shows who sends them."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder, Sink() as sink, Server(MONGO) as server:
        for count in (10**4, 10**5):
            with Worker(program("mongodb"), f"{sink.uri}bench?collection=ours", str(count)) as c:
                c.ask("store")
            sink.hand_over(os.path.join(folder, str(count)))
        counted = to_server(5, 10**5, sink.uri, os.path.join(folder, "100000"))
        stored = to_server(1, 10**4, server.uri, os.path.join(folder, "10000"))
    return [
        Row(
            "MongoDB handler, 10^5 documents, only counted; pymongo's insert_many",
            seconds(counted.seconds(0)),
            seconds(counted.seconds(1)),
            counted.ratio(0, 1),
            1,
        ),
        Row(
            "… 10^4 documents, stored by the server of the tests",
            seconds(stored.seconds(0)),
            seconds(stored.seconds(1)),
            stored.ratio(0, 1),
        ),
    ]


def nvidia():
    """On the fake library, whose calls last as long as they are told to."""
    lines = text(program("nvidia"), FAKE_NVML).splitlines()
    value = {name: float(number) for name, number, _ in (line.split() for line in lines)}
    rows = []
    for latency in ("0us", "50us"):
        ours, call = (seconds(value[name + latency] * 1e-9) for name in ("joules_read_", "nvml_call_"))
        rows.append(
            Row(
                f"NVML: a reading of one GPU, a call takes {latency[:-2]} µs; the call",
                ours,
                call,
                value["joules_own_" + latency],
                200,
                form="+{} ns",
            )
        )
    calls = value["nvml_call_50us"] * 1e-6
    eight = value["joules_read_8_gpus_50us"]
    rows.append(
        Row(
            "NVML: a reading of 8 GPUs, one after the other; one call",
            seconds(eight * 1e-3),
            seconds(calls * 1e-3),
            eight / calls,
        )
    )
    return rows


def recursion():
    """Two interpreters: in one nobody has ever been below depth 1."""
    rows = []
    with python_worker(JOULES_PYTHON) as deep, python_worker(JOULES_PYTHON) as flat:
        for what, task in (
            ("Python: a decorated call at recursion depth 900; at depth 1", "deep"),
            ("… each call of the recursion itself", "down"),
        ):
            turns = Turns(21, lambda task=task: deep.ask(task, 900), lambda task=task: flat.ask(task, 1))
            rows.append(Row(what, seconds(turns.seconds(0)), seconds(turns.seconds(1)), turns.ratio(0, 1), 1.5))
    return rows


def python():
    """The package joules under its documented names, and pyJoules, each in an interpreter of its own."""
    with python_worker(JOULES_PYTHON) as ours, python_worker(PYJOULES) as theirs:

        def pair(what, rounds, task, count, their_count, most=None):
            turns = Turns(rounds, lambda: ours.ask(task, count), lambda: theirs.ask(task, their_count))
            return Row(what, seconds(turns.seconds(0)), seconds(turns.seconds(1)), turns.ratio(0, 1), most)

        rows = [
            pair("Python: record; pyJoules", 21, "record", 8000, 800, 1 / 15),
            pair("Python: a decorated empty call; pyJoules", 21, "call", 2000, 200, 1 / 15),
            pair("Python: get_trace(), a sample of 10^5; pyJoules, of 900", 5, "trace", 10**5, 900, 1 / 20),
            pair("… and a look at each sample", 5, "walk", 10**5, 900),
        ]
        few, many = ours.ask("walk", 10**5) * 1e-9, ours.ask("walk", 10**6) * 1e-9
        rows.append(
            Row("Python: get_trace() and a look, a sample of 10^6; of 10^5", seconds(many), seconds(few), many / few)
        )
        turns = Turns(5, lambda: ours.ask("busy", 5000), lambda: ours.ask("alone", 5000))
        rows.append(
            Row(
                "Python: record beside a busy thread; alone",
                seconds(turns.seconds(0)),
                seconds(turns.seconds(1)),
                turns.ratio(0, 1),
                1.5,
            )
        )
    empty, ours, theirs = (
        value * 1e-3
        for value in numbers(
            program("commands"),
            21,
            PYJOULES,
            "-c",
            "",
            "::",
            JOULES_PYTHON,
            "-c",
            "import pyJoules.energy_meter",
            "::",
            PYJOULES,
            "-c",
            "import pyJoules.energy_meter",
        )
    )
    rows.append(
        Row(
            "Python: import; pyJoules",
            seconds(ours - empty),
            seconds(theirs - empty),
            (ours - empty) / (theirs - empty),
            1,
        )
    )
    return rows


PARTS = [records, traces, commands, history, threads, csv, sqlite, mongodb, nvidia]


def main():
    os.environ["JOULES_BED"] = BED
    make_zones()
    rows, failed = [], False
    parts = PARTS + [python, recursion] if os.path.exists(JOULES_PYTHON) else PARTS
    wanted = sys.argv[1:] or [part.__name__ for part in parts]
    if unknown := set(wanted) - {part.__name__ for part in parts}:
        sys.exit(
            f"bench: there is no part {', '.join(unknown)}; the parts are {', '.join(part.__name__ for part in parts)}"
        )
    for part in [part for part in parts if part.__name__ in wanted]:
        note(f"bench: {part.__name__} …")
        try:
            rows += part()
        except (Failed, OSError, RuntimeError, subprocess.SubprocessError) as error:
            note(f"bench: {part.__name__} could not be run: {error}")
            failed = True
    show(rows)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
