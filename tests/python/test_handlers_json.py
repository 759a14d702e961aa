# SPDX-License-Identifier: MIT
"""JSON Lines: the documents, their names and ids."""

import json
import socket
import uuid

import pytest

import joules
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.json_handler import JSONHandler

NAN = float("nan")


def trace(*samples):
    return EnergyTrace([EnergySample(*sample) for sample in samples])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "traces.jsonl"


def documents(path):
    def refuse(word):
        pytest.fail(f"{word} is no JSON")

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


def test_a_document_a_line_with_the_documented_keys_first(path):
    made = JSONHandler(path)
    foo, bar = {"package_0": 3.0, "nvidia_gpu_0": NAN}, {"package_0": 1.0, "nvidia_gpu_0": 0.0}
    made.process(trace((1.5, "foo", 2.0, foo), (3.5, "bar", 1.0, bar)))
    made.save_data()
    (document,) = documents(path)
    assert list(document) == ["name", "trace", "id", "host", "version"]
    assert document["name"] == "trace_0"
    assert document["host"] == socket.gethostname()
    assert document["version"] == joules.__version__
    assert uuid.UUID(document["id"])
    foo, bar = document["trace"]
    assert list(foo) == ["timestamp", "tag", "duration", "energy", "bounds_uj", "source", "method", "flags"]
    assert (foo["timestamp"], foo["tag"], foo["duration"]) == (1.5, "foo", 2.0)
    assert foo["energy"] == {"package_0": 3.0, "nvidia_gpu_0": None}
    assert foo["bounds_uj"] == {"package_0": None, "nvidia_gpu_0": None}
    assert foo["source"] == {"package_0": "measured", "nvidia_gpu_0": "measured"}
    assert bar["energy"]["nvidia_gpu_0"] == 0.0


def test_text_is_as_json_dumps_writes_it(path):
    made = JSONHandler(path)
    made.process(trace((1.0, 'ü"\n\x7f', 2.0, {"d": 1e-07})))
    made.save_data()
    sample = '{"timestamp": 1.0, "tag": "\\u00fc\\"\\n\\u007f", "duration": 2.0, "energy": {"d": 1e-07}, '
    assert path.read_text().startswith('{"name": "trace_0", "trace": [' + sample)


@pytest.mark.parametrize(
    ("tag", "written"), [(b"a\xffb".decode("utf-8", "surrogateescape"), "a\ufffdb"), ("\ud800", "\ufffd"), (7, "7")]
)
def test_any_tag_can_be_written(path, tag, written):
    made = JSONHandler(path)
    made.process(trace((1.0, tag, 2.0, {"d": 1.0})))
    made.save_data()
    assert documents(path)[0]["trace"][0]["tag"] == written


def test_numbers_go_on_and_the_prefix_can_be_chosen(path):
    made = JSONHandler(path, trace_name_prefix="night ")
    for i in range(3):
        made.process(trace((float(i), "t", 1.0, {"d": 1.0})))
        made.save_data()
    assert [document["name"] for document in documents(path)] == ["night 0", "night 1", "night 2"]
    assert len({document["id"] for document in documents(path)}) == 3


def test_an_infinite_value_is_null(path):
    made = JSONHandler(path)
    made.process(trace((1.0, "a", 2.0, {"d": float("inf")})))
    made.save_data()
    assert documents(path)[0]["trace"][0]["energy"] == {"d": None}


def test_traces_of_different_domains_go_into_one_file(path):
    made = JSONHandler(path)
    made.process(trace((1.0, "a", 2.0, {"x": 1.0})))
    made.process(trace((1.0, "a", 2.0, {"y": 1.0})))
    made.process(EnergyTrace([]))
    made.save_data()
    assert [[list(sample["energy"]) for sample in document["trace"]] for document in documents(path)] == [
        [["x"]],
        [["y"]],
        [],
    ]


def test_a_failed_save_keeps_number_and_id(tmp_path):
    path = tmp_path / "none" / "traces.jsonl"
    made = JSONHandler(path)
    one = trace((1.0, "a", 2.0, {"d": 1.0}))
    made.process(one)
    made.process([EnergySample(2.0, "b", 1.0, {"d": 1.0})])
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            made.save_data()
    assert made.trace_id == 0 and len(made.traces) == 2
    path.parent.mkdir()
    made.save_data()
    made.save_data()
    assert [document["name"] for document in documents(path)] == ["trace_0", "trace_1"]
    assert len({document["id"] for document in documents(path)}) == 2


def test_a_document_that_json_cannot_hold_stops_nothing_before_it(path):
    made = JSONHandler(path)
    good, bad = trace((1.0, "a", 2.0, {"d": 1.0})), trace((1.0, "a", 2.0, {"d": object()}))
    made.process(good)
    made.process(bad)
    with pytest.raises(TypeError):
        made.save_data()
    assert len(documents(path)) == 1
    assert made.traces == [bad]


def test_a_trace_has_the_same_id_in_each_handler_and_a_list_its_own(tmp_path):
    one = trace((1.0, "a", 2.0, {"d": 1.0}))
    for name in ("a", "b"):
        made = JSONHandler(tmp_path / name)
        made.process(one)
        made.process(list(one))
        made.save_data()
    (a, a_list), (b, b_list) = documents(tmp_path / "a"), documents(tmp_path / "b")
    assert a["id"] == b["id"] and len({a["id"], a_list["id"], b_list["id"]}) == 3


class Partial(EnergySample):
    """Read only part of the time: the energy seen, and no upper bound."""

    _known = {
        "d": (1.0, 0.5, NAN, "measured", "counter", ("partial",), None),
        "e": (NAN, NAN, NAN, "measured", "counter", ("invalid",), None),
    }


def test_a_partial_value_has_a_lower_bound_only(path):
    made = JSONHandler(path)
    made.process([Partial(1.0, "a", 2.0, {"d": 1.0, "e": NAN})])
    made.save_data()
    (sample,) = documents(path)[0]["trace"]
    assert sample["bounds_uj"] == {"d": [0.5, None], "e": None}
    assert sample["flags"] == {"d": ["partial"], "e": ["invalid"]}
