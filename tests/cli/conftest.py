# SPDX-License-Identifier: MIT
"""What the tests of the command share.

JOULES_BIN  the command (default: the one below the only build folder)      JOULES_BED  joules-bed, the emulated machine (the same)
"""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests/bed")]

import powercap  # noqa: E402
from idling import Idling  # noqa: E402
import terminals  # noqa: E402
import tree as trees  # noqa: E402

BARE = b"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\nmodel name\t: Test Xeon\nflags\t\t: fpu tsc sse2\n\n"
IDLE = b"cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\n"


def built(variable, place):
    path = os.environ.get(variable)
    if path:
        return path
    found = sorted(ROOT.glob(f"build*/{place}"), key=os.path.getmtime)
    return str(found[-1]) if found else None


class Command:
    """joules("run", "true", …) → CompletedProcess, in text, with the variables of nobody's session in the way."""

    def __init__(self, path):
        self.path = path

    def environment(self, **changes):
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("JOULES_") and name not in ("NO_COLOR", "SUDO_USER")
        }
        env["JOULES_HISTORY"] = "off"
        env["LC_ALL"] = "C.UTF-8"
        env["PATH"] = os.path.dirname(self.path) + os.pathsep + env["PATH"]
        for name, value in changes.items():
            if value is None:
                env.pop(name, None)
            else:
                env[name] = str(value)
        return env

    def __call__(self, *words, env=None, **options):
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.run(
            [self.path, *map(str, words)],
            env=self.environment(**(env or {})),
            text=True,
            timeout=60,
            check=False,
            **options,
        )

    def start(self, *words, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(
            [self.path, *map(str, words)], env=self.environment(**(env or {})), text=True, **options
        )

    def report(self, *words, **options):
        """The report of `joules run --json …`, and the exit status."""
        done = self("run", "--json", *words, **options)
        return json.loads(done.stderr), done.returncode


@pytest.fixture(scope="session")
def joules():
    path = built("JOULES_BIN", "cli/joules")
    if not path:
        pytest.fail("no command to test: build it, or set JOULES_BIN")
    return Command(os.path.abspath(path))


class Tree:
    """A powercap tree on a bare machine that does nothing else."""

    def __init__(self, root, zones=None, **options):
        self.root = str(root)
        if zones is None:
            zones = [
                trees.Zone(
                    "package-0", 1000000, children=[trees.Zone("core", 500000), trees.Zone("dram", 300000, unit="dram")]
                )
            ]
        files = {"proc/cpuinfo": BARE, "proc/stat": IDLE, **options.pop("files", {})}
        trees.make_tree(self.root, zones, files=files, **options)

    def set(self, zone, microjoules):
        trees.set_energy(self.root, zone, microjoules)

    def energy_uj(self, zone):
        return os.path.join(trees.folders(self.root, zone)[0], "energy_uj")


@pytest.fixture
def idling(tmp_path):
    """Folders below tmp_path whose counters move on as those of an idle machine; the test puts trees into them."""
    with Idling(tmp_path / "tree"):
        yield tmp_path / "tree"


@pytest.fixture
def tree(idling):
    """A dual-socket server that idles."""
    return powercap.server(idling)


@pytest.fixture
def desktop(idling):
    """package_0 with core_0, and dram_0; set() moves a counter."""
    return Tree(idling)


@pytest.fixture
def make_tree(idling):
    """make_tree([Zone(…), …]) → a Tree of those zones."""
    return lambda zones, **options: Tree(idling, zones, **options)


class Beds:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.mounted = {}

    def __call__(self, machine="server", *options):
        key = (machine, *options)
        if key not in self.mounted:
            where = self.folder / f"{len(self.mounted)}-{machine}"
            where.mkdir(exist_ok=True)
            subprocess.run([self.program, "--machine", machine, *options, str(where)], check=True, timeout=30)
            self.mounted[key] = where
        return self.mounted[key]

    def close(self):
        for where in self.mounted.values():
            for command in (["umount", str(where)], ["fusermount3", "-u", str(where)]):
                if (
                    shutil.which(command[0])
                    and subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
                ):
                    break


@pytest.fixture(scope="session")
def bed(tmp_path_factory):
    """bed("server") → the root of an emulated machine with moving counters; mounted once for all tests."""
    program = built("JOULES_BED", "tests/bed/joules-bed")
    if not program:
        pytest.skip("no emulated machine: joules-bed was not built (libfuse3-dev)")
    if not os.path.exists("/dev/fuse"):
        pytest.skip("no emulated machine: this computer has no /dev/fuse")
    beds = Beds(os.path.abspath(program), tmp_path_factory.mktemp("bed"))
    yield beds
    beds.close()


def wait_until(condition, what, seconds=20):
    """For something that another process does; says what did not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    pytest.fail(f"waited in vain for {what}")


@pytest.fixture
def open_folder():
    """A folder that every user may enter and write, with what is made in it: neither the checkout nor pytest's own need be open."""
    before = os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="joules-open-", dir="/tmp") as folder:
        os.chmod(folder, 0o777)
        yield pathlib.Path(folder)
    os.umask(before)


@pytest.fixture
def open_joules(joules, open_folder):
    """The command where every user may run it, beside its library as in the build."""
    build = pathlib.Path(joules.path).resolve().parents[1]
    for path in (build / "cli/joules", *(build / "src").glob("libjoules.so.0*")):
        if path.is_file():
            place = open_folder / path.relative_to(build)
            place.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, place)
            place.chmod(0o755)
    return Command(str(open_folder / "cli/joules"))


@pytest.fixture
def server(idling):
    return powercap.server(idling)


@pytest.fixture
def as_nobody(open_joules):
    """joules as a user without rights; only root can become that user."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to run the command as another user")

    def run(*words, **options):
        return open_joules(*words, user=65534, group=65534, extra_groups=[], **options)

    run.path = open_joules.path
    return run


@pytest.fixture
def until():
    return wait_until


@pytest.fixture
def terminal(joules):
    if not os.path.exists("/bin/bash"):
        pytest.skip("needs bash, for its job control")
    made = []

    def make(script):
        made.append(terminals.Terminal(joules, script))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def kept(joules, desktop, tmp_path):
    """kept("run", …) with a history of its own; kept.file is where that is."""

    class Kept:
        file = tmp_path / "history.db"
        root = desktop.root

        def __call__(self, *words, env=None, **options):
            env = {"JOULES_HISTORY": self.file, "JOULES_SYSROOT": desktop.root, "TZ": "UTC", **(env or {})}
            return joules(*words, env=env, **options)

        def run(self, *words, **options):
            done = self("run", "-q", *words, **options)
            assert (done.returncode, done.stderr) == (0, "")

        def runs(self, *words):
            done = self("history", "--json", *words)
            assert (done.returncode, done.stderr) == (0, "")
            return json.loads(done.stdout)["runs"]

        def sql(self, query):
            with sqlite3.connect(self.file) as connection:
                return connection.execute(query).fetchall()

    Kept.joules = joules
    return Kept()


@pytest.fixture
def obstacles(joules):
    """Variables that let the command see a file system of another kind."""
    module = pathlib.Path(joules.path).parents[1] / "tests/cli/libobstacles.so"
    if not module.exists():
        pytest.skip(f"the command is in no build folder with {module}")
    return lambda **what: {"LD_PRELOAD": module, **{f"OBSTACLE_{name}": value for name, value in what.items()}}
