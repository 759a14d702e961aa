# SPDX-License-Identifier: MIT
"""Labels of traces: what they take, which traces have them, and who writes them."""

import copy
import json
import pickle

import pytest

from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler


def trace_of(**labels):
    trace = EnergyTrace(
        [EnergySample(1.0, "foo", 1.0, {"package_0": 2.0}), EnergySample(2.0, "bar", 1.0, {"package_0": 3.0})]
    )
    trace.labels.update(labels)
    return trace


def document(trace, path):
    handler = JSONHandler(path)
    handler.process(trace)
    handler.save_data()
    return json.loads(path.read_text().splitlines()[-1])


def test_labels_are_text_by_name():
    trace = trace_of()
    assert trace.labels == {}
    trace.labels["exit_status-2"] = "0"
    trace.labels |= {"commit": "é"}
    assert trace.labels.setdefault("commit", "other") == "é"
    assert list(trace.labels.items()) == [("exit_status-2", "0"), ("commit", "é")]
    trace.labels = {"only": "this"}
    assert trace.labels == {"only": "this"}
    del trace.labels["only"]
    assert trace.labels == {}


@pytest.mark.parametrize("key", ["", "a b", "a=b", "é", "a.b", "a\n"])
def test_names_are_plain_words(key):
    trace = trace_of()
    for change in (trace.labels.__setitem__, trace.labels.setdefault, lambda k, v: trace.labels.update({k: v})):
        with pytest.raises(ValueError, match="cannot be the name of a label"):
            change(key, "value")
    with pytest.raises(ValueError, match="cannot be the name of a label"):
        trace.labels = {key: "value"}
    assert trace.labels == {}


def test_values_are_text():
    trace = trace_of()
    for key, value in (("a", 1), ("a", None), (1, "a"), ("a", b"x")):
        with pytest.raises(TypeError, match="the name and the value of a label must be str"):
            trace.labels[key] = value
    with pytest.raises(ValueError, match="NUL"):
        trace.labels["a"] = "x\0y"


def test_traces_made_of_others_have_the_labels_that_hold_for_them():
    trace, other = trace_of(commit="abc", number="1", mine="yes"), trace_of(number="2", commit="abc")
    for made in (
        trace[:1],
        EnergyTrace(trace),
        copy.copy(trace),
        copy.deepcopy(trace),
        pickle.loads(pickle.dumps(trace)),
    ):
        assert made.labels == {"commit": "abc", "number": "1", "mine": "yes"}
    made = trace[:]
    made.labels["more"] = "x"
    assert "more" not in trace.labels
    assert (trace + other).labels == {"commit": "abc"} and trace.labels["mine"] == "yes"
    trace.clean_data()
    trace.remove_idle([{"package_0": 1.0}] * 2)
    assert trace.labels == {"commit": "abc", "number": "1", "mine": "yes"}
    trace += other
    assert trace.labels == {"commit": "abc"} and len(trace) == 4


def test_json_writes_them_last_and_csv_does_not(tmp_path):
    written = document(trace_of(command='xz "f"', bytes="\udcff"), tmp_path / "with.jsonl")
    assert list(written)[-1] == "labels"
    assert list(written["labels"].items()) == [("command", 'xz "f"'), ("bytes", "\ufffd")]
    assert "labels" not in document(trace_of(), tmp_path / "without.jsonl")
    assert "labels" not in document(list(trace_of()), tmp_path / "list.jsonl")
    for name, trace in (("with.csv", trace_of(command="x")), ("without.csv", trace_of())):
        handler = CSVHandler(tmp_path / name)
        handler.process(trace)
        handler.save_data()
    assert (tmp_path / "with.csv").read_bytes() == (tmp_path / "without.csv").read_bytes()


def test_a_measured_trace_writes_them_too(tmp_path, machine):
    from joules.device.device_factory import DeviceFactory
    from joules.energy_meter import EnergyMeter

    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start(tag="foo")
    meter.stop()
    trace = meter.get_trace()
    plain = document(trace, tmp_path / "plain.jsonl")
    trace.labels["commit"] = "abc"
    written = document(trace, tmp_path / "labelled.jsonl")
    assert written == {**plain, "labels": {"commit": "abc"}} and list(written)[-1] == "labels"
