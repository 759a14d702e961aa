# SPDX-License-Identifier: MIT
"""-o mongodb://…: what is stored on a real server (FerretDB over TCP), read back with pymongo."""

import base64
import json
import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bed/mongo"))

bson = pytest.importorskip("bson")
pymongo = pytest.importorskip("pymongo")

from mongo import Server  # noqa: E402
from wire import Wire  # noqa: E402


REFUSED = {"ok": 0, "errmsg": "Authentication failed.", "code": 18}


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
        ("mongodb://127.0.0.1/db?collection=%zz", "value of collection= in the address is not text"),
        ("mongodb://127.0.0.1/db?collection=c&prefix=%ff", "value of prefix= in the address is not text"),
        ("mongodb://127.0.0.1:99999/db?collection=c", "the address cannot be used: "),
        (
            "mongodb://alice:a@secret@127.0.0.1/db?collection=c",
            "the password contains a character that must be escaped",
        ),
        ("mongodb://alice:%zzsecret@127.0.0.1/db?collection=c", "the address cannot be used: "),
        ("mongodb+srv://db/x?collection=c", "the address cannot be used: "),
        ("mongodb:127.0.0.1/db?collection=c", "is not the address of a MongoDB server"),
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


def path_of(library):
    """As the linker's cache has it."""
    lines = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout.splitlines()
    return next(line.split()[-1] for line in lines if line.split()[:1] == [library])


@pytest.mark.parametrize("second", ["driver", "none"])
def test_version_2_of_the_driver_comes_first(joules, desktop, tmp_path, stored, second):
    """Here by name only: a copy of version 1, or a file that is no library."""
    place = tmp_path / "libmongoc2.so.2"
    if second == "none":
        place.write_text("")
    else:
        shutil.copyfile(path_of("libmongoc-1.0.so.0"), place)
    env = {"LD_LIBRARY_PATH": tmp_path, "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": tmp_path / "opened"}
    done = joules("run", "-q", "-o", stored.address, "--sysroot", desktop.root, "true", env=env)
    assert (done.returncode, done.stderr) == (0, "") and len(stored()) == 1
    opened = "".join(path.read_text() for path in tmp_path.glob("opened*"))
    assert (f"calling init: {place}" in opened) == (second != "none")


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


def listed(joules, history):
    return json.loads(joules("history", "--json", env={"JOULES_HISTORY": history}).stdout)["runs"]


def test_the_history_keeps_what_no_server_took_until_it_is_pushed(joules, desktop, tmp_path, mongo):
    def sasl(request):
        right = base64.b64decode(request["payload"]) == b"\0alice\0hunter2"
        return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0} if right else REFUSED

    history, port = tmp_path / "history.db", closed_port()
    rest = f"127.0.0.1:{port}/db?collection=c&prefix=x&authMechanism=PLAIN&serverSelectionTimeoutMS=200"
    secret = {"JOULES_HISTORY": history, "JOULES_MONGODB_URI": f"mongodb://alice:hunter2@{rest}"}
    words = ["-q", "-r", "2", "-o", "mongodb:", "--sysroot", desktop.root, "true"]
    done = joules("run", *words, cwd=tmp_path, env=secret)
    assert done.returncode == 0 and done.stderr.count("\n") == 1 and "hunter2" not in done.stderr
    assert done.stderr.endswith("; `joules history push` sends them\n") and not list(tmp_path.glob("*.jsonl"))
    assert [run["unsent"] for run in listed(joules, history)] == [[f"mongodb://alice@{rest}"]] * 2
    assert b"hunter2" not in history.read_bytes()
    done = joules("history", "push", env=secret)
    assert done.returncode == 1 and "2 of 2 traces could not be stored" in done.stderr and "hunter2" not in done.stderr
    with Wire({"saslStart": sasl, "insert": {"ok": 1.0, "n": 2}}, port=port) as wire:
        done = joules("history", "push", env={"JOULES_HISTORY": history})
        assert done.returncode == 1 and not wire.documents, "without the password"
        done = joules("history", "push", env=secret)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"2 runs sent to mongodb://alice:***@127.0.0.1:{port}/db?…\n"
        assert [document["name"] for document in wire.documents] == ["x0", "x1"]
        assert [document["_id"] for document in wire.documents] == [run["uuid"] for run in listed(joules, history)]
    assert [run["unsent"] for run in listed(joules, history)] == [[], []]
    done = joules("history", "push", env=secret)
    assert (done.returncode, done.stdout) == (0, "no run is unsent\n")


def test_push_to_another_server(joules, desktop, tmp_path, mongo, stored):
    env = {"JOULES_HISTORY": tmp_path / "history.db"}
    for address in (unreachable(), unreachable(), stored.address):
        joules("run", "-q", "-r", "2", "-o", address, "--sysroot", desktop.root, "true", env=env)
    uuids = [run["uuid"] for run in listed(joules, env["JOULES_HISTORY"])]
    assert [bool(run["unsent"]) for run in listed(joules, env["JOULES_HISTORY"])] == [True] * 4 + [False] * 2
    done = joules("history", "push", stored.address, env=env)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("4 runs sent to ")
    assert sorted(document["_id"] for document in stored()) == sorted(uuids)
    assert not any(run["unsent"] for run in listed(joules, env["JOULES_HISTORY"]))
    assert joules("history", "push", "csv:x.csv", env=env).returncode == 2
    assert joules("history", "push", stored.address, env={**env, "JOULES_HISTORY": "off"}).returncode == 1


def test_an_export_stores_what_the_run_would_have_stored(joules, desktop, tmp_path, mongo, stored):
    env = {"JOULES_HISTORY": tmp_path / "history.db"}
    joules("run", "-q", "-r", "2", "-o", stored.address, "--sysroot", desktop.root, "true", env=env)
    later = stored.address.replace("collection=c", "collection=later")
    done = joules("history", "export", "command=true", "-o", later, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    with pymongo.MongoClient(mongo.uri) as client:
        exported = list(client[stored.address.split("/")[-1].split("?")[0]].later.find())
    assert [bson.encode(one) for one in exported] == [bson.encode(one) for one in stored()] and len(exported) == 2
    done = joules("history", "export", "-o", unreachable("&tlsCertificateKeyFilePassword=opensesame"), env=env)
    assert done.returncode == 1 and "secret" not in done.stderr and "opensesame" not in done.stderr


def test_a_locale_with_commas_changes_nothing(joules, desktop, tmp_path, mongo, stored, obstacles):
    """In a program that speaks its user's language. libbson reads 1.5 as 1 there, from JSON."""
    made = ["localedef", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"]
    if not shutil.which("localedef") or subprocess.run(made, capture_output=True, check=False).returncode != 0:
        pytest.skip("no German locale can be made here (package locales)")
    env = {"JOULES_HISTORY": tmp_path / "history.db"}
    german = {**env, **obstacles(LOCALE="own"), "LOCPATH": tmp_path, "LC_ALL": "de_DE.UTF-8"}
    joules("run", "-q", "--sysroot", desktop.root, "sleep", "0.1", env=env)
    outputs = [], []
    for number, variables in enumerate((env, german)):
        address = stored.address.replace("collection=c", f"collection=c{number}")
        for output in (address, "json:-", "csv-full:-", "print:-"):
            done = joules("history", "export", "-o", output, env=variables)
            assert done.returncode == 0, done
            outputs[number].append(done.stdout)
        with pymongo.MongoClient(mongo.uri) as client:
            name = stored.address.split("/")[-1].split("?")[0]
            outputs[number].append([bson.encode(document) for document in client[name][f"c{number}"].find()])
    assert outputs[0] == outputs[1] and len(outputs[0][-1]) == 1


def test_a_run_that_the_history_cuts_goes_into_a_file_as_a_whole(joules, desktop, tmp_path):
    env = {"JOULES_HISTORY": tmp_path / "history.db"}
    marks = ["sh", "-c", 'yes | head -10001 > "$JOULES_RUN_TAGS"']
    done = joules("run", "-q", "-o", unreachable(), "--sysroot", desktop.root, *marks, env=env, cwd=tmp_path)
    (path,) = tmp_path.glob("joules-unsent-*.jsonl")
    assert f"they are kept in {path.name}" in done.stderr
    assert len(json.loads(path.read_text())["trace"]) == 10002
    assert [run["unsent"] for run in listed(joules, env["JOULES_HISTORY"])] == [[]]


def test_no_secret_of_the_server_in_the_warnings(joules, desktop, tmp_path):
    answers = {"saslStart": {"ok": 0, "errmsg": "no user with hunter2", "code": 18}}
    with Wire(answers) as wire:
        address = f"mongodb://eve:hunter2@127.0.0.1:{wire.port}/db?collection=c&authMechanism=PLAIN"
        report, status = joules.report("-o", address, "--sysroot", desktop.root, "true", cwd=tmp_path)
    assert status == 0 and "hunter2" not in str(report)
    assert [line for line in report["warnings"] if "mongodb://eve:***@127.0.0.1" in line]
