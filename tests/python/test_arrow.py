# SPDX-License-Identifier: MIT
"""Traces as Arrow: what pyarrow, polars and pandas take from them."""

import gc

import pytest

from machines import J
from joules.device import Device, DeviceFactory, Domain
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyMeter
from joules.energy_trace import EnergySample, EnergyTrace
from joules.exception import PyJoulesException

pyarrow = pytest.importorskip("pyarrow")
polars = pytest.importorskip("polars")
pandas = pytest.importorskip("pandas")


@pytest.fixture
def measured(machine):
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start("a")
    machine.add("package-0", J)
    meter.record("ünï")
    machine.spoil("package-0")
    meter.stop()
    return meter.get_trace()


NAMES = [
    "timestamp",
    "duration",
    "tag",
    "package_0",
    "package_0_low",
    "package_0_high",
    "package_0_source",
    "package_0_flags",
]


def check(columns, trace):
    assert list(columns) == NAMES
    assert columns["timestamp"] == [s.timestamp for s in trace] and columns["duration"] == [s.duration for s in trace]
    assert columns["tag"] == ["a", "ünï"]
    assert columns["package_0"] == [1.0 * J, None]
    assert (
        columns["package_0_low"][0] <= 1.0 * J <= columns["package_0_high"][0] and columns["package_0_high"][1] is None
    )
    assert columns["package_0_source"] == ["measured", "measured"]
    assert (
        columns["package_0_flags"] == [" ".join(s.flags["package_0"]) for s in trace]
        and "invalid" in columns["package_0_flags"][1]
    )


@pytest.mark.parametrize("looked", [False, True], ids=["fresh", "looked at"])
def test_pyarrow_and_polars(measured, looked):
    if looked:
        repr(measured)
    table = measured.to_arrow()
    assert [str(kind) for kind in table.schema.types] == [
        "double",
        "double",
        "string",
        "double",
        "double",
        "double",
        "string",
        "string",
    ]
    check(table.to_pydict(), measured)
    check(polars.DataFrame(measured).to_dict(as_series=False), measured)
    assert table.to_pandas()["package_0"][0] == 1.0 * J
    if hasattr(pandas.DataFrame, "from_arrow"):
        assert list(pandas.DataFrame.from_arrow(measured).columns) == NAMES


def test_the_buffers_outlive_the_trace(machine):
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start("x")
    for _ in range(5000):
        meter.record("x")
    machine.add("package-0", J)
    meter.stop()
    table = meter.get_trace().to_arrow()
    del meter
    gc.collect()
    assert (
        table.num_rows == 5001
        and table["package_0"].to_pylist()[-1] == 1.0 * J
        and set(table["tag"].to_pylist()) == {"x"}
    )


def test_a_stream_that_nobody_takes(measured):
    capsule = measured.__arrow_c_stream__()
    assert "arrow_array_stream" in repr(capsule)
    del capsule
    reader = pyarrow.RecordBatchReader.from_stream(measured)
    del reader


def test_what_the_user_changed_is_what_arrow_gets(measured):
    measured[0].energy["package_0"] = 5.0
    columns = measured.to_arrow().to_pydict()
    assert columns["package_0"] == [5.0, None] and columns["package_0_low"] == [None, None]
    measured.append(EnergySample(1, 7, 2, {"mine": 3}))
    columns = measured.to_arrow().to_pydict()
    assert (
        columns["mine"] == [None, None, 3.0]
        and columns["tag"] == ["a", "ünï", "7"]
        and columns["package_0"] == [5.0, None, None]
    )


def test_tags_that_are_no_text(machine):
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start(5)
    meter.record("nul\0inside")
    meter.stop()
    assert meter.get_trace().to_arrow()["tag"].to_pylist() == ["5", "nul\0inside"]


def test_empty_traces(machine):
    assert EnergyTrace([]).to_arrow().column_names == ["timestamp", "duration", "tag"]
    table = pyarrow.table(EnergyMeter(DeviceFactory.create_devices()).get_trace())
    assert table.num_rows == 0


def test_devices_written_in_python(machine):
    class One(Domain):
        def __repr__(self):
            return "mine"

        def get_device_type(self):
            return Mine

    class Mine(Device):
        value = 0

        @staticmethod
        def available_domains():
            return [One()]

        def get_energy(self):
            Mine.value += 5
            return [Mine.value]

    meter = EnergyMeter(DeviceFactory.create_devices([One(), RaplPackageDomain(0)]))
    meter.start()
    meter.stop()
    columns = meter.get_trace().to_arrow().to_pydict()
    assert columns["mine"] == [5.0] and columns["mine_low"] == [None] and columns["package_0"] == [0.0]


def test_an_idle_machine_that_took_nothing_still_widens_the_bounds(measured):
    class Idle(dict):
        uncertainty = {"package_0": (0.0, 5.0)}

    low = measured[0].uncertainty["package_0"].low
    measured.remove_idle([Idle(package_0=0.0)] * 2)
    assert measured[0].uncertainty["package_0"].low == low - 5.0
    assert measured.to_arrow().column("package_0_low")[0].as_py() == low - 5.0


def test_to_arrow_names_the_extra(measured, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"joules\[arrow\]") as caught:
        measured.to_arrow()
    assert isinstance(caught.value, PyJoulesException)
