# SPDX-License-Identifier: MIT
"""Handlers with traces that were measured: bounds, sources and flags reach the files; the one warning for values to be careful with."""

import json
import math
import os
import pathlib
import subprocess
import time
import warnings

import pytest

from joules.device import DeviceFactory
from joules.device.rapl_device import RaplDramDomain, RaplPackageDomain
from joules.energy_meter import EnergyContext, EnergyMeter
from joules.exception import EnergyPrecisionWarning
from joules.handler import PrintHandler
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler
from joules.handler.pandas_handler import PandasHandler, trace_to_dataframe

J = 1000000
ROOT = pathlib.Path(__file__).resolve().parents[2]


def measure(bed):
    """A trace with doubts: an ordinary sample, one below the tick, one in which a counter breaks, and one of the broken counter."""
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0), RaplDramDomain(0)]))
    for _ in range(50):
        meter.start("long")
        time.sleep(0.1)
        meter.record("short")
        meter.record("breaking")
        bed.command("fail dram-0 EIO")
        meter.record("broken")
        time.sleep(0.05)
        meter.stop()
        bed.command("heal dram-0")
        trace = meter.get_trace()
        if trace["short"].flags["package_0"] and not trace["long"].flags["package_0"]:
            return trace
    pytest.fail("50 times something came between two readings")


@pytest.fixture
def doubtful(bed):
    return measure(bed("server"))


def test_full_csv_has_what_the_sample_knows(doubtful, tmp_path):
    path = tmp_path / "full.csv"
    handler = CSVHandler(path, full=True)
    handler.process(doubtful)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        handler.save_data()
    header, *rows = [line.split(";") for line in path.read_text().splitlines()]
    assert header[3:5] == ["package_0", "dram_0"]
    for row, sample in zip(rows, doubtful, strict=True):
        values = dict(zip(header, row, strict=True))
        for domain in ("package_0", "dram_0"):
            known = (sample.energy[domain], *sample.uncertainty[domain])
            for column, value in zip((domain, f"{domain}_low", f"{domain}_high"), known, strict=True):
                assert values[column] == ("" if math.isnan(value) else repr(value))
            assert values[f"{domain}_source"] == "measured"
            assert values[f"{domain}_flags"] == " ".join(sample.flags[domain])
    short, broken = (dict(zip(header, row, strict=True)) for row in (rows[1], rows[3]))
    assert short["package_0_flags"] == "below_tick" and broken["dram_0_flags"] == "invalid"


def test_json_has_what_the_sample_knows(doubtful, tmp_path):
    path = tmp_path / "traces.jsonl"
    handler = JSONHandler(path)
    handler.process(doubtful)
    handler.save_data()
    (document,) = [json.loads(line, parse_constant=pytest.fail) for line in path.read_text().splitlines()]
    long, short, _, broken = document["trace"]
    assert (
        long["flags"] == {}
        and short["flags"]["package_0"] == ["below_tick"]
        and broken["flags"]["dram_0"] == ["invalid"]
    )
    assert broken["energy"]["dram_0"] is None and broken["bounds_uj"]["dram_0"] is None
    low, high = long["bounds_uj"]["package_0"]
    assert low <= long["energy"]["package_0"] <= high
    assert long["method"] == {"package_0": "counter", "dram_0": "counter"}


def test_a_full_dataframe_has_what_the_sample_knows(doubtful):
    pytest.importorskip("pandas")
    frame = trace_to_dataframe(doubtful, full=True)
    assert list(frame["package_0_flags"]) == [" ".join(sample.flags["package_0"]) for sample in doubtful]
    assert list(frame["package_0_low"]) == [sample.uncertainty["package_0"].low for sample in doubtful]


@pytest.mark.parametrize("kind", ["print", "csv", "pandas"])
def test_one_warning_names_the_domains_at_the_line_of_the_user(doubtful, tmp_path, kind, capsys):
    def once(handler):
        handler.process(doubtful)
        if kind == "csv":
            handler.save_data()
        elif kind == "pandas":
            pytest.importorskip("pandas")
            handler.get_dataframe()

    handler = {"print": PrintHandler, "csv": lambda: CSVHandler(tmp_path / "r.csv"), "pandas": PandasHandler}[kind]()
    with pytest.warns(EnergyPrecisionWarning) as caught:
        once(handler)
        once(handler)
    (text,) = [str(one.message) for one in caught]
    assert {domain for part in text.split("; ") for domain in part.split(":")[0].split(", ")} == {"dram_0", "package_0"}
    assert kind == "print" or {one.filename for one in caught} == {__file__}
    assert "dram_0: invalid, written as" in text and "not as 0" in text and "below_tick" in text


def test_an_estimate_is_said_to_be_one(bed, tmp_path):
    bed("cloud")
    handler = CSVHandler(tmp_path / "r.csv")
    with EnergyContext(handler=handler):
        time.sleep(0.1)
    with pytest.warns(EnergyPrecisionWarning, match="estimated_cpu: an estimate, not measured"):
        handler.save_data()


def test_a_value_without_doubt_says_nothing(machine, tmp_path, capsys):
    machine_handlers = [PrintHandler(), CSVHandler(tmp_path / "r.csv")]
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start("a")
    machine.add("package-0", 3 * J)
    time.sleep(0.02)
    meter.stop()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for handler in machine_handlers:
            handler.process(meter.get_trace())
        machine_handlers[1].save_data()
    assert not caught
    (value,) = [line.split(";")[3] for line in (tmp_path / "r.csv").read_text().splitlines()[1:]]
    assert float(value) == pytest.approx(3 * J, abs=100)
    assert capsys.readouterr().out.rstrip().endswith(f"package_0 : {value}")


def test_the_documents_are_those_of_the_command(bed, tmp_path):
    """The same keys in the same order, and the same text for the same numbers."""
    command = os.environ.get("JOULES_BIN")
    if not command:
        found = sorted(ROOT.glob("build*/**/cli/joules"), key=os.path.getmtime)
        if not found:
            pytest.skip("no command to compare with: build it, or set JOULES_BIN")
        command = str(found[-1])
    root = bed("server").root
    theirs, ours = tmp_path / "c.jsonl", tmp_path / "python.jsonl"
    subprocess.run(
        [
            command,
            "run",
            "--quiet",
            "--sysroot",
            root,
            "--domains",
            "package_0,dram_0",
            "-o",
            f"json:{theirs}",
            "--",
            "sleep",
            "0.1",
        ],
        check=True,
        capture_output=True,
    )
    handler = JSONHandler(ours)
    with EnergyContext(handler=handler, domains=[RaplPackageDomain(0), RaplDramDomain(0)], start_tag="sleep"):
        time.sleep(0.1)
    handler.save_data()
    line = theirs.read_text()
    assert json.dumps(json.loads(line)) + "\n" == line
    document = json.loads(line)
    assert document.pop("labels")["exit_status"] == "0", "what only the command knows"

    def shape(value):
        if isinstance(value, dict):
            return [(key, shape(one)) for key, one in value.items() if key != "flags"]
        return [shape(one) for one in value] if isinstance(value, list) else type(value).__name__

    assert shape(json.loads(ours.read_text())) == shape(document)
