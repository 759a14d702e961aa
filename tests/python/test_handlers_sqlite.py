# SPDX-License-Identifier: MIT
"""SQLite from Python: the rows that C writes, and what only Python knows of a trace."""

import contextlib
import json
import pickle
import sqlite3

import pytest

from joules.device import Device, DeviceFactory, Domain
from joules.device.rapl_device import RaplDramDomain, RaplPackageDomain
from joules.energy_meter import EnergyMeter
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.json_handler import JSONHandler
from joules.handler.sqlite_handler import SQLiteError, SQLiteHandler
from machines import J
from test_as_in_c import measure
from test_new_device import HEAD, folder  # noqa: F401
from through_c import THROUGH_C
from tree import Zone

NAN = float("nan")
BYTES = b"a\xffb".decode("utf-8", "surrogateescape")
TABLES = "run", "label", "domain", "sample", "value", "sample_energy", "schema_version"


@pytest.fixture
def devices(machine):
    return DeviceFactory.create_devices([RaplPackageDomain(0), RaplDramDomain(0)])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.db"


def save(path, *traces):
    handler = SQLiteHandler(path)
    for trace in traces:
        handler.process(trace)
    handler.save_data()
    assert handler.traces == []
    return handler


def rows(path, query):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def everything(path):
    """All rows of all tables; a store adds none beside these."""
    return {table: rows(path, f"SELECT * FROM {table}") for table in TABLES}


def measure_once(domains):
    meter = EnergyMeter(DeviceFactory.create_devices(domains))
    meter.start("a")
    meter.stop()
    return meter.get_trace()


def near(value):
    """A number without its last digits."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


# ---- the same as C ----------------------------------------------------------------------------------------------------------------

CODE = """
from joules.handler.sqlite_handler import SQLiteHandler

traces = [measure(["plain", "ünï", "", "a"]), labelled, measure(["x", "failed"], spoil=lambda: energy.write_bytes(b""))]
here = os.environ["HERE"]
python = SQLiteHandler(f"{here}/python.db")
for trace in traces:
    python.process(trace)
python.save_data()
give_labels(labelled)
through_c(f"sqlite:{here}/c.db", traces)
"""


def test_python_writes_the_rows_that_c_writes(make, run, folder, tmp_path):  # noqa: F811
    """Ids and all: it is the same trace. One has labels, of one a domain failed, and a domain that cannot be opened is missing."""
    make(Zone("package-0", J), Zone("dram", J, unit="dram"))
    run.ok(HEAD + THROUGH_C + CODE, folder, env={"HERE": str(tmp_path)})
    ours, theirs = everything(tmp_path / "python.db"), everything(tmp_path / "c.db")
    assert ours == theirs
    assert [len(ours[table]) for table in TABLES[:5]] == [3, 2, 12, 8, 24]
    for pragma in ("application_id", "auto_vacuum", "user_version"):
        assert rows(tmp_path / "python.db", f"PRAGMA {pragma}") == rows(tmp_path / "c.db", f"PRAGMA {pragma}")


def test_what_python_writes_itself_has_the_same_values(machine, devices, tmp_path):
    """But for the last digits of its joules, and what Python's samples do not hold: which of them are neighbours. So their bounds add up, and the sum may
    be too short for its counter."""
    trace = measure(machine, devices)
    python, c = tmp_path / "python.db", tmp_path / "c.db"
    save(c, trace)
    save(python, EnergyTrace(list(trace)))
    for query in (
        "name, begin, duration_s, host, version, number, total_joules, total_source, replace(total_flags, 'below_tick ', ''), truncated FROM run",
        "name, parent, source, method, missing, joules, flags & ~1 FROM domain",
        "* FROM sample",
        "run, sample, domain, joules, low, high, flags, reason, seen_s FROM value",
        "* FROM sample_energy",
    ):
        ours, theirs = ([[*map(near, row)] for row in rows(path, f"SELECT {query}")] for path in (python, c))
        assert ours == theirs and ours, query
    for limits in ("total_low, total_high FROM run", "low, high FROM domain WHERE name = 'dram_0'"):
        (ours,), (theirs,) = (rows(path, f"SELECT {limits}") for path in (python, c))
        assert ours[0] <= theirs[0] and (ours[1] is theirs[1] is None or ours[1] >= theirs[1]), limits


# ---- the handler ------------------------------------------------------------------------------------------------------------------


def test_saving_twice_appends(machine, devices, path):
    handler = save(path, measure(machine, devices))
    handler.save_data()
    handler.process(EnergyTrace([EnergySample(1.0, "made", 2.0, {"d": 3e6})]))
    handler.save_data()
    save(path, measure(machine, devices))
    found = rows(path, "SELECT name, series, number FROM run ORDER BY id")
    assert [(name, number) for name, _, number in found] == [("trace_0", 0), ("trace_1", 1), ("trace_0", 0)]
    assert found[0][1] == found[1][1] != found[2][1]


def test_a_trace_is_there_once_and_has_the_id_of_json(machine, devices, path, tmp_path):
    trace = measure(machine, devices)
    trace.labels["commit"] = "abc"
    save(path, trace, trace)
    save(path, trace)
    document = JSONHandler(tmp_path / "traces.jsonl")
    document.process(trace)
    document.save_data()
    assert rows(path, "SELECT uuid FROM run") == [(json.loads((tmp_path / "traces.jsonl").read_text())["id"],)]
    trace[0].energy["package_0"] = 1e6
    save(path, trace)
    assert rows(path, "SELECT count(*) FROM run") == [(2,)]


def test_a_tag_of_any_bytes_and_pandas(machine, devices, path):
    """One that C has measured, one that Python has made."""
    pandas = pytest.importorskip("pandas")
    made = EnergyTrace(
        [
            EnergySample(1.0, BYTES, 2.0, {"d": 3e6, "e": NAN}),
            EnergySample(3.0, 7, 1.0, {"d": 1e6}),
            EnergySample(4.0, "x\0y", 0.5, {}),
        ]
    )
    made.labels["note"] = BYTES
    save(path, measure(machine, devices, ["a", BYTES, "ü"]), made)
    with contextlib.closing(sqlite3.connect(path)) as database:
        samples = pandas.read_sql("SELECT * FROM sample ORDER BY run, number", database)
        values = pandas.read_sql("SELECT * FROM sample_energy WHERE run = 2 ORDER BY sample, domain", database)
    assert list(samples.tag) == ["a", "a\ufffdb", "ü", "a\ufffdb", "7", "x\ufffdy"]
    assert [value for value in samples.tag_bytes if isinstance(value, bytes)] == [b"a\xffb"] * 2
    assert list(values.joules.fillna(-1)) == [3.0, -1, 1.0, -1, -1, -1]
    assert list(values["flags"]) == ["", "invalid"] * 2 + ["invalid"] * 2
    assert rows(path, "SELECT key, value, value_bytes FROM label") == [("note", "a\ufffdb", b"a\xffb")]
    assert rows(path, "SELECT begin, duration_s, total_joules FROM run WHERE id = 2") == [(1.0, 3.5, 4.0)]


def test_devices_written_in_python(machine, devices, path):
    class Lamp(Domain):
        def __repr__(self):
            return "lamp"

        def get_device_type(self):
            return LampDevice

    class LampDevice(Device):
        energy = 0.0

        @staticmethod
        def available_domains():
            return [Lamp()]

        def get_energy(self):
            self.energy += 2e6
            return [self.energy]

    lamp = LampDevice()
    lamp.configure()
    meter = EnergyMeter([*devices, lamp])
    meter.start("on")
    meter.stop()
    save(path, meter.get_trace(), EnergyTrace([]), list(meter.get_trace()))
    assert rows(path, "SELECT joules FROM sample_energy WHERE domain = 'lamp'") == [(2.0,)] * 2
    assert rows(path, "SELECT count(*) FROM run") == [(3,)]


def test_a_socket_of_several_dies_is_one_domain(make, path):
    """C has one for each die."""
    make(Zone("package-0-die-0", J), Zone("package-0-die-1", J))
    trace = measure_once([RaplPackageDomain(0)])
    save(path, trace)
    assert rows(path, "SELECT name FROM domain") == [("package_0",)]


def test_a_database_of_another_program_is_refused_and_stays(path):
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE theirs(x)")
    before = path.read_bytes()
    with pytest.raises(SQLiteError, match="runs.db is a database of another program; it stays as it is"):
        SQLiteHandler(path)
    path.write_text("timestamp;tag;duration\n" * 100)
    with pytest.raises(SQLiteError, match="it is not a database of SQLite"):
        SQLiteHandler(path)
    with pytest.raises(SQLiteError, match="absent"):
        SQLiteHandler(path.parent / "absent/runs.db")
    path.write_bytes(before)
    assert rows(path, "SELECT name FROM sqlite_master") == [("theirs",)]


@pytest.mark.parametrize("made", [False, True], ids=["measured", "made"])
def test_what_could_not_be_stored_is_still_there(machine, devices, path, made):
    first, second = measure(machine, devices), measure(machine, devices)
    first, second = (EnergyTrace(list(trace)) if made else trace for trace in (first, second))
    handler = save(path, first)
    handler.process(second)
    path.rename(path.with_name("away"))
    path.mkdir()
    with pytest.raises(SQLiteError, match="runs.db is not a regular file"):
        handler.save_data()
    assert len(handler.traces) == 1
    path.rmdir()
    path.with_name("away").rename(path)
    handler.save_data()
    assert rows(path, "SELECT number FROM run") == [(0,), (1,)]


def test_a_copy_of_a_handler_saves_too(machine, devices, path):
    pickle.loads(pickle.dumps(SQLiteHandler(path))).save_data()
    handler = pickle.loads(pickle.dumps(SQLiteHandler(path)))
    handler.process(measure(machine, devices))
    handler.save_data()
    assert rows(path, "SELECT count(*) FROM run") == [(1,)]
