# SPDX-License-Identifier: MIT
"""-o mongodb://…: what is stored on a real server (FerretDB over TCP), read back with pymongo."""

import json
import os
import pathlib
import re
import socket
import stat
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bed/mongo"))

pymongo = pytest.importorskip("pymongo")

from mongo import Server  # noqa: E402
from wire import Wire  # noqa: E402


@pytest.fixture(scope="module")
def mongo():
    with Server(os.environ.get("JOULES_MONGO_BUILD", str(ROOT / "build/mongo"))) as server:
        yield server


@pytest.fixture
def stored(mongo, request):
    """stored() → what is in the collection c of this test's database; stored.address is for -o."""
    name = request.node.name.replace("[", "_").replace("]", "")[:60]

    def read():
        with pymongo.MongoClient(mongo.uri) as client:
            return list(client[name].c.find())

    read.address = f"{mongo.uri}{name}?collection=c"
    return read


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_each_run_is_a_document(joules, desktop, stored):
    done = joules("run", "-q", "-r", "2", "-o", stored.address, "--sysroot", desktop.root, "true")
    assert (done.returncode, done.stderr) == (0, "")
    documents = stored()
    assert [document["name"] for document in documents] == ["trace_0", "trace_1"]
    assert list(documents[0])[:5] == ["_id", "name", "trace", "host", "version"]
    (sample,) = documents[0]["trace"]
    assert sample["tag"] == "true" and list(sample["energy"]) == ["package_0", "core_0", "dram_0"]


def test_the_prefix_and_escapes_in_options(joules, desktop, mongo, stored):
    address = f"{mongo.uri}options?prefix=build%2042%20&appName=joules&collection=night%20runs"
    done = joules("run", "-q", "-o", address, "--sysroot", desktop.root, "true")
    assert (done.returncode, done.stderr) == (0, "")
    with pymongo.MongoClient(mongo.uri) as client:
        assert [document["name"] for document in client["options"]["night runs"].find()] == ["build 42 0"]


def test_the_address_from_the_variable_which_the_child_does_not_inherit(joules, desktop, stored):
    env = {"JOULES_MONGODB_URI": stored.address}
    command = ["sh", "-c", 'test -z "${JOULES_MONGODB_URI+set}"']
    done = joules("run", "-q", "-o", "mongodb:", "--sysroot", desktop.root, *command, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(stored()) == 1
    assert joules("run", "-q", "--sysroot", desktop.root, *command, env=env).returncode == 0


@pytest.mark.parametrize(
    "target, says",
    [
        ("mongodb:", "JOULES_MONGODB_URI, which is not set"),
        ("mongodb://127.0.0.1/db", "names no collection; write mongodb://HOST/DATABASE?collection=NAME"),
        ("mongodb://127.0.0.1/?collection=c", "names no database"),
        ("mongodb://127.0.0.1/a%20b?collection=c", "the address cannot be used: "),
        ("mongodb://127.0.0.1/db?collection=a..b", "'a..b' cannot be the name of a collection"),
        ("mongodb://127.0.0.1/db?collection=", "'' cannot be the name of a collection"),
        ("mongodb://127.0.0.1/db?collection=%zz", "value of collection= in the address is no text"),
        ("mongodb://127.0.0.1/db?collection=c&prefix=%ff", "value of prefix= in the address is no text"),
        ("mongodb://127.0.0.1:99999/db?collection=c", "the address cannot be used: "),
        ("mongodb://alice:a@secret@127.0.0.1/db?collection=c", "the password holds a character that must be escaped"),
        ("mongodb://alice:%zzsecret@127.0.0.1/db?collection=c", "the address cannot be used: "),
        ("mongodb+srv://db/x?collection=c", "the address cannot be used: "),
        ("mongodb:127.0.0.1/db?collection=c", "is no address of a MongoDB server"),
    ],
)
def test_an_address_that_cannot_be_used_runs_nothing(joules, desktop, tmp_path, target, says):
    done = joules("run", "-o", target, "--sysroot", desktop.root, "touch", "ran", cwd=tmp_path)
    assert done.returncode == 125 and says in done.stderr and "secret" not in done.stderr
    assert not (tmp_path / "ran").exists()


def test_without_the_driver_the_error_names_the_package(joules, desktop, tmp_path):
    for name in ("libmongoc2.so.2", "libmongoc-1.0.so.0"):
        (tmp_path / name).write_text("")
    address = "mongodb://127.0.0.1/db?collection=c"
    env = {"LD_LIBRARY_PATH": tmp_path}
    done = joules("run", "-o", address, "--sysroot", desktop.root, "touch", tmp_path / "ran", env=env)
    assert done.returncode == 125 and "libmongoc-1.0-0" in done.stderr and not (tmp_path / "ran").exists()
    assert joules("run", "-q", "--sysroot", desktop.root, "true", env=env).returncode == 0


def unreachable(options=""):
    return f"mongodb://alice:secret@127.0.0.1:{closed_port()}/db?collection=c&serverSelectionTimeoutMS=200{options}"


def test_what_no_server_took_is_kept_in_a_file(joules, desktop, tmp_path, mongo):
    address = unreachable("&prefix=x")
    words = ["-q", "-r", "2", "--ignore-failure", "-o", address, "-o", address, "--sysroot", desktop.root]
    done = joules("run", *words, "false", cwd=tmp_path)
    assert done.returncode == 0 and done.stderr.count("\n") == 2 and "secret" not in done.stderr
    said = done.stderr.splitlines()[0]
    assert "2 of 2 traces could not be stored in db.c of mongodb://alice:***@127.0.0.1" in said
    kept, other = sorted(path.name for path in tmp_path.glob("joules-unsent-*"))
    assert "they are kept in joules-unsent-" in said and {kept, other} == set(
        re.findall(r"joules-unsent\S+", done.stderr)
    )
    assert stat.S_IMODE((tmp_path / kept).stat().st_mode) == 0o600
    documents = [json.loads(line) for line in (tmp_path / kept).read_text().splitlines()]
    assert [list(one)[:3] for one in documents] == [["_id", "name", "trace"]] * 2
    assert [one["name"] for one in documents] == ["x0", "x1"] and kept.startswith(
        f"joules-unsent-{documents[0]['_id']}"
    )
    assert all(one["_id"] == one["id"] for one in documents)


def test_what_cannot_be_kept_either_is_said_to_be_lost(joules, desktop, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    command = ["sh", "-c", f"rmdir {folder}; exit 3"]
    done = joules("run", "-q", "-o", unreachable(), "--sysroot", desktop.root, *command, cwd=folder)
    assert done.returncode == 3 and done.stderr.count("\n") == 1
    assert "they are lost, as joules-unsent-" in done.stderr and "No such file" in done.stderr


def test_no_secret_of_the_server_in_the_warnings(joules, desktop, tmp_path):
    answers = {"saslStart": {"ok": 0, "errmsg": "no user with hunter2", "code": 18}}
    with Wire(answers) as wire:
        address = f"mongodb://eve:hunter2@127.0.0.1:{wire.port}/db?collection=c&authMechanism=PLAIN"
        report, status = joules.report("-o", address, "--sysroot", desktop.root, "true", cwd=tmp_path)
    assert status == 0 and "hunter2" not in str(report)
    assert [line for line in report["warnings"] if "mongodb://eve:***@127.0.0.1" in line]
