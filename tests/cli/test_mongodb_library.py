# SPDX-License-Identifier: MIT
"""The library's own handler for MongoDB, called as a program calls it: nothing lost, nothing twice. Against a real server (FerretDB over
TCP), and against one that fails as it is told to."""

import ctypes
import os
import pathlib
import socket
import subprocess
import sys
import threading

import pytest

from conftest import Tree
from tree import Zone

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bed/mongo"))

bson = pytest.importorskip("bson")
pymongo = pytest.importorskip("pymongo")

from mongo import Server  # noqa: E402
from wire import Wire  # noqa: E402

STORED = {"ok": 1.0, "n": 1}
NOT_AUTHORISED = {"ok": 0, "errmsg": "not authorized on db to execute command", "code": 13, "codeName": "Unauthorized"}
KEY_ID = {"keyPattern": {"_id": 1}}
NOTICE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


@pytest.fixture(scope="module")
def mongo():
    with Server(os.environ.get("JOULES_MONGO_BUILD", str(ROOT / "build/mongo"))) as server:
        yield server


@pytest.fixture(scope="session")
def path(joules):
    """The library that the command uses."""
    return str(pathlib.Path(joules.path).resolve().parents[1] / "src/libjoules.so.0")


@pytest.fixture(scope="module")
def library(path):
    lib = ctypes.CDLL(path)
    lib.joules_error_message.restype = ctypes.c_char_p
    for name in ("joules_trace_id", "joules_handler_address"):
        getattr(lib, name).restype = ctypes.c_char_p
        getattr(lib, name).argtypes = [ctypes.c_void_p]
    lib.joules_handler_unsaved.restype = ctypes.c_void_p
    lib.joules_handler_unsaved.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    for name in ("process", "timeout_set", "notices_set", "save", "discard"):
        getattr(lib, f"joules_handler_{name}").argtypes = {
            "process": [ctypes.c_void_p, ctypes.c_void_p],
            "timeout_set": [ctypes.c_void_p, ctypes.c_double],
            "notices_set": [ctypes.c_void_p, NOTICE, ctypes.c_void_p],
        }.get(name, [ctypes.c_void_p])
    for name in ("start", "record"):
        getattr(lib, f"joules_meter_{name}").argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    for name in ("stop", "close"):
        getattr(lib, f"joules_meter_{name}").argtypes = [ctypes.c_void_p]
    lib.joules_meter_trace.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]
    lib.joules_trace_label_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
    return lib


@pytest.fixture(scope="module")
def measured(library, tmp_path_factory):
    """measured(tags…) → a trace of as many samples."""
    root = tmp_path_factory.mktemp("machine")
    Tree(root, [Zone("package-0", 1000000)])
    before = os.environ.get("JOULES_SYSROOT")
    os.environ["JOULES_SYSROOT"] = str(root)
    meter = ctypes.c_void_p()
    assert library.joules_meter_open(ctypes.byref(meter), None) == 0, library.joules_error_message()
    if before is None:
        del os.environ["JOULES_SYSROOT"]

    def measure(*tags):
        trace = ctypes.c_void_p()
        for i, tag in enumerate(tags):
            start = library.joules_meter_record if i else library.joules_meter_start
            assert start(meter, tag if isinstance(tag, bytes) else tag.encode()) == 0
        assert library.joules_meter_stop(meter) == 0
        assert library.joules_meter_trace(meter, ctypes.byref(trace)) == 0
        return trace

    return measure


class Handler:
    def __init__(self, library, output):
        self._library = library
        self._handler = ctypes.c_void_p()
        status = library.joules_handler_open(ctypes.byref(self._handler), output.encode())
        assert status == 0, library.joules_error_message().decode()

    def process(self, trace):
        assert self._library.joules_handler_process(self._handler, trace) == 0

    def save(self):
        """None, or why not."""
        return (
            self._library.joules_error_message().decode() if self._library.joules_handler_save(self._handler) else None
        )

    def unsaved(self):
        """{id: name} of what it still holds."""
        found, name, index = {}, ctypes.c_char_p(), 0
        while trace := self._library.joules_handler_unsaved(self._handler, index, ctypes.byref(name)):
            found[self._library.joules_trace_id(trace).decode()] = name.value.decode()
            index += 1
        return found

    def notices_set(self, function):
        self._function = NOTICE(function)
        self._library.joules_handler_notices_set(self._handler, self._function, None)

    def timeout_set(self, seconds):
        self._library.joules_handler_timeout_set(self._handler, seconds)

    @property
    def address(self):
        return self._library.joules_handler_address(self._handler).decode()

    def close(self):
        self._library.joules_handler_discard(self._handler)


@pytest.fixture
def handler(library):
    """handler(output) → an open one."""
    made = []

    def make(output):
        made.append(Handler(library, output))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def stored(mongo, request):
    """stored() → what is in the collection c of this test's database; stored.address is for a handler."""
    name = request.node.name.replace("[", "_").replace("]", "")[:60]
    with pymongo.MongoClient(mongo.uri) as client:

        def read():
            return list(client[name].c.find())

        read.collection = client[name].c
        read.address = f"{mongo.uri}{name}?collection=c"
        yield read


def at(wire, options=""):
    return f"mongodb://127.0.0.1:{wire.port}/db?collection=c{options}"


def names(documents):
    return [document["name"] for document in documents]


# ---- what is stored ----


def test_traces_are_kept_until_they_are_saved(handler, measured, stored):
    one = handler(stored.address)
    for tag in "ab":
        one.process(measured(tag))
    assert stored() == [] and list(one.unsaved().values()) == ["trace_0", "trace_1"]
    assert one.save() is None and one.unsaved() == {}
    one.process(measured("c"))
    assert one.save() is None and one.save() is None
    assert names(stored()) == ["trace_0", "trace_1", "trace_2"]


def test_tags_of_any_bytes_and_values_that_are_none(handler, measured, stored):
    one = handler(stored.address)
    one.process(measured(b"\xff\x01 \xc3\xbc", b"", "tab\there"))
    assert one.save() is None
    (document,) = stored()
    assert [sample["tag"] for sample in document["trace"]] == ["\ufffd\x01 ü", "", "tab\there"]


def test_a_trace_without_samples(library, handler, stored, desktop, monkeypatch):
    """As of a meter that was never started."""
    monkeypatch.setenv("JOULES_SYSROOT", desktop.root)
    meter, trace = ctypes.c_void_p(), ctypes.c_void_p()
    assert library.joules_meter_open(ctypes.byref(meter), None) == 0
    assert library.joules_meter_trace(meter, ctypes.byref(trace)) == 0
    one = handler(stored.address)
    one.process(trace)
    assert one.save() is None
    library.joules_meter_close(meter)
    (document,) = stored()
    assert list(document) == ["_id", "name", "trace", "host", "version"] and document["trace"] == []


def test_labels_come_last(library, handler, measured, stored):
    trace = measured("a")
    for key, value in ((b"commit", b"1f3c"), (b"note", b"\xff")):
        assert library.joules_trace_label_set(trace, key, value) == 0
    one = handler(stored.address)
    one.process(trace)
    assert one.save() is None
    (document,) = stored()
    assert list(document)[-1] == "labels"
    assert list(document["labels"].items()) == [("commit", "1f3c"), ("note", "\ufffd")]


def test_a_trace_of_17_mb_is_split(handler, measured):
    with Wire({"insert": STORED}) as wire:
        one = handler(at(wire))
        one.process(measured("before"))
        one.process(measured(*(f"{i:02}" + "x" * 2**19 for i in range(34))))
        one.process(measured("after"))
        assert one.save() is None
    first, *parts, last = wire.documents
    whole = parts[0]["id"]
    assert [part["_id"] for part in parts] == [f"{whole}/1", f"{whole}/2"]
    assert [list(part)[-3:] for part in parts] == [["id", "part", "parts"]] * 2
    assert [(part["part"], part["parts"], part["name"]) for part in parts] == [(1, 2, "trace_1"), (2, 2, "trace_1")]
    assert max(len(bson.encode(part)) for part in parts) <= 16 * 2**20
    assert [int(sample["tag"][:2]) for part in parts for sample in part["trace"]] == list(range(34))
    assert names([first, last]) == ["trace_0", "trace_2"] and "part" not in {*first, *last}


def test_a_sample_larger_than_any_document_is_named_and_the_rest_is_stored(handler, measured):
    with Wire({"insert": STORED}, hello={"maxBsonObjectSize": 4096}) as wire:
        one = handler(at(wire))
        for tag in ("a", "y" * 5000, "b"):
            one.process(measured(tag))
        assert "1 of 3 traces could not be stored in db.c of mongodb://127.0.0.1" in (said := one.save())
        assert "sample 0 of trace_1 alone is larger than a document may be" in said
        assert list(one.unsaved().values()) == ["trace_1"] and names(wire.documents) == ["trace_0", "trace_2"]


# ---- failures in the middle: nothing lost, nothing twice ----


def test_a_server_that_dies_and_comes_back(handler, measured):
    with Server(os.environ.get("JOULES_MONGO_BUILD", str(ROOT / "build/mongo"))) as server:
        one = handler(f"{server.uri}db?collection=c&serverSelectionTimeoutMS=200")
        one.process(measured("first"))
        assert one.save() is None
        for tag in ("second", "third"):
            one.process(measured(tag))
        server.kill()
        assert "2 of 2 traces could not be stored" in one.save()
        server.start()
        assert one.save() is None
        with pymongo.MongoClient(server.uri) as client:
            documents = list(client.db.c.find())
    assert [(one["name"], one["trace"][0]["tag"]) for one in documents] == [
        ("trace_0", "first"),
        ("trace_1", "second"),
        ("trace_2", "third"),
    ]


def test_a_server_killed_in_mid_insert(handler, measured):
    with Server(os.environ.get("JOULES_MONGO_BUILD", str(ROOT / "build/mongo"))) as server:
        one = handler(f"{server.uri}db?collection=c&serverSelectionTimeoutMS=200")
        for _ in range(300):
            one.process(measured("x" * 20000))
        threading.Timer(0.05, server.kill).start()
        one.save()
        left = len(one.unsaved())
        server.kill()
        server.start()
        assert one.save() is None, left
        with pymongo.MongoClient(server.uri) as client:
            assert client.db.c.count_documents({}) == 300


def test_the_connection_cut_in_the_middle_of_an_insert(handler, measured):
    with Wire({"insert": [Wire.CUT, STORED]}) as wire:
        one = handler(at(wire, "&retryWrites=false"))
        one.process(measured("a"))
        assert one.save() and len(one.unsaved()) == 1
        assert one.save() is None and one.unsaved() == {}
        first, second = wire.documents
    assert first == second


def test_what_is_there_already_is_stored_once(handler, measured, stored):
    traces = [measured(str(i)) for i in range(3)]
    for count in (2, 3):
        one = handler(stored.address)
        for trace in traces[:count]:
            one.process(trace)
        assert one.save() is None and one.unsaved() == {}
    assert [document["trace"][0]["tag"] for document in stored()] == ["0", "1", "2"]


def test_a_unique_index_on_another_key_is_no_stored_document(handler, measured, stored):
    stored.collection.create_index("name", unique=True)
    one, other = handler(stored.address), handler(stored.address)
    one.process(measured("a"))
    other.process(measured("b"))
    assert one.save() is None
    assert "another document has one of its unique keys already (11000)" in other.save()
    assert len(other.unsaved()) == 1 and len(stored()) == 1


def duplicate(request, **more):
    errors = [{"index": 0, "code": 11000, "errmsg": "E11000 index: name_1", **more}]
    return {"ok": 1.0, "n": len(request["documents"]) - 1, "writeErrors": errors}


def test_a_duplicate_of_a_key_that_the_server_names(handler, measured):
    with Wire({"insert": lambda request: duplicate(request, keyPattern={"name": 1})}) as wire:
        one = handler(at(wire))
        one.process(measured("a"))
        one.process(measured("b"))
        assert "1 of 2 traces" in (said := one.save()) and "E11000 index: name_1" in said
        assert list(one.unsaved().values()) == ["trace_0"] and "find" not in wire.commands


@pytest.mark.parametrize(
    "more, find, is_stored",
    [
        (KEY_ID, NOT_AUTHORISED, True),  # who may write only has the server's word
        ({}, NOT_AUTHORISED, False),
        (KEY_ID, Wire.CUT, False),
        (KEY_ID, {"ok": 1.0, "cursor": {"id": bson.Int64(0), "ns": "db.c", "firstBatch": []}}, False),
    ],
)
def test_a_duplicate_that_cannot_be_looked_up(handler, measured, more, find, is_stored):
    with Wire({"insert": lambda request: duplicate(request, **more), "find": find}) as wire:
        one = handler(at(wire, "&retryReads=false"))
        one.process(measured("a"))
        assert (one.save() is None) == is_stored and len(one.unsaved()) == (not is_stored)


def test_the_other_traces_are_stored_when_one_is_refused(handler, measured):
    def refuse_the_second(request):
        return {"ok": 1.0, "n": 2, "writeErrors": [{"index": 1, "code": 121, "errmsg": "validation"}]}

    with Wire({"insert": [refuse_the_second, STORED]}) as wire:
        one = handler(at(wire))
        for tag in "012":
            one.process(measured(tag))
        assert "1 of 3 traces" in (said := one.save()) and said.endswith(": validation")
        assert list(one.unsaved().values()) == ["trace_1"]
        one.process(measured("3"))
        assert one.save() is None
        assert names(wire.documents) == ["trace_0", "trace_1", "trace_2", "trace_1", "trace_3"]


def test_a_write_concern_that_failed_is_tried_again(handler, measured):
    concern = {"ok": 1.0, "n": 1, "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
    with Wire({"insert": [concern, STORED]}) as wire:
        one = handler(at(wire))
        one.process(measured("a"))
        assert "replication timed out" in one.save() and len(one.unsaved()) == 1
        assert one.save() is None


def test_not_authorised(handler, measured):
    with Wire({"insert": [NOT_AUTHORISED, STORED]}) as wire:
        one = handler(at(wire))
        one.process(measured("a"))
        assert "not authorized on db" in one.save()
        assert one.save() is None


def test_what_asks_for_no_acknowledgement_gets_one_and_is_told(handler, measured, stored):
    told = []
    one = handler(stored.address + "&w=0")
    one.notices_set(lambda context, notice: told.append(notice))
    for tag in "ab":
        one.process(measured(tag))
        assert one.save() is None
    assert len(stored()) == 2 and len(told) == 1


# ---- a good guest in the process ----


def test_no_thread_and_no_word_of_the_driver(handler, measured, stored, capfd):
    before = set(os.listdir("/proc/self/task"))
    one = handler(stored.address + "&foo=bar&maxPoolSize=7")
    one.process(measured("a"))
    assert one.save() is None
    assert not set(os.listdir("/proc/self/task")) - before
    assert capfd.readouterr() == ("", "")


def test_a_forked_child_has_a_connection_of_its_own(handler, measured, stored):
    one = handler(stored.address)
    one.process(measured("parent"))
    assert one.save() is None
    own = measured("child")
    one.process(measured("both"))
    child = os.fork()
    if child == 0:
        one.process(own)
        os._exit(one.save() is not None)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert one.save() is None
    assert sorted(document["trace"][0]["tag"] for document in stored()) == ["both", "child", "parent"]


PROGRAM = """
import ctypes, sys
path, output, own = sys.argv[1:]
said = []
handler = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)(lambda *words: said.append(words[2]))
if own == "own":
    ctypes.CDLL("libmongoc-1.0.so.0").mongoc_log_set_handler(handler, None)
library = ctypes.CDLL(path)
opened = ctypes.c_void_p()
assert library.joules_handler_open(ctypes.byref(opened), output.encode()) == 0
print(len(said))
"""


@pytest.mark.parametrize("own", ["own", "none"])
def test_the_log_handler_of_a_program_stays(path, own):
    """The driver warns of an option that it does not know: to the program, or to nobody."""
    words = [path, "mongodb://127.0.0.1/db?collection=c&foo=bar", own]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "1\n" if own == "own" else "0\n")


def test_the_macros_send_at_the_exit(path, stored, joules, tmp_path):
    """When the driver's own exit has not come yet."""
    Tree(tmp_path, [Zone("package-0", 1000000)])
    env = joules.environment(JOULES_OUTPUT=stored.address, JOULES_SYSROOT=tmp_path)
    program = pathlib.Path(path).parents[1] / "examples/example_scope"
    done = subprocess.run([program], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(stored()) > 1


def test_how_long_it_waits(handler, measured):
    """The address wins over what the program says."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    one = handler(f"mongodb://127.0.0.1:{port}/db?collection=c")
    one.timeout_set(0.2)
    one.process(measured("a"))
    assert "1 of 1 traces could not be stored" in one.save()
    other = handler(f"mongodb://127.0.0.1:{port}/db?collection=c&serverSelectionTimeoutMS=100&connectTimeoutMS=100")
    other.process(measured("a"))
    assert other.save()


def test_the_address_that_may_be_kept(handler):
    one = handler("mongodb://alice:s%40cret@127.0.0.1/db?collection=c&authSource=admin&tlsCertificateKeyFilePassword=x")
    assert one.address == "mongodb://alice@127.0.0.1/db?collection=c&authSource=admin"
