# SPDX-License-Identifier: MIT
"""What a value says of itself: bounds, source, method, flags; warnings of print; Arrow."""

import gc
import math
import time
import warnings

import pytest

from conftest import J
from joules.device import Device, DeviceFactory, Domain
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyContext, EnergyMeter
from joules.energy_trace import EnergySample, EnergyTrace
from joules.exception import EnergyPrecisionWarning
from joules.handler import EnergyHandler, PrintHandler, UnconsistantSamplesError

NAN = float("nan")


def test_bounds_hold_the_truth(bed, keep):
    """100 W, a counter that moves each millisecond: what is certain of 0.3 s holds the true energy, and is narrow."""
    machine = bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start("a")
    time.sleep(0.3)
    meter.record("b")
    time.sleep(0.05)
    meter.stop()
    sample = meter.get_trace()[0]
    low, high = sample.uncertainty["package_0"]
    true = 100 * J * sample.duration
    assert low <= true <= high and low <= sample.energy["package_0"] <= high
    assert sample.uncertainty["package_0"].low == low and sample.uncertainty["package_0"].upper == high
    assert sample.source == {"package_0": "measured"} and sample.method == {"package_0": "counter"} and sample.flags == {"package_0": ()}
    assert sample.total.low == low and sample.total.source == "measured"
    assert machine.truth() is not None


def test_a_region_below_the_tick_says_so(machine):
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start()
    meter.stop()
    sample = meter.get_trace()[0]
    assert sample.energy == {"package_0": 0.0} and sample.flags == {"package_0": ("below_tick",)}
    assert sample.uncertainty["package_0"].high > 0


def test_a_value_that_the_user_changed_has_no_bounds(machine):
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start()
    meter.stop()
    sample = meter.get_trace()[0]
    sample.energy["package_0"] = 5.0
    sample.energy["mine"] = 6.0
    assert all(math.isnan(bound) for bound in sample.uncertainty["package_0"]) and sample.flags["package_0"] == ()
    assert all(math.isnan(bound) for bound in sample.uncertainty["mine"]) and sample.source["mine"] == "measured"


def test_samples_made_by_hand():
    sample = EnergySample(1, "a", 2, {"d1": 1})
    assert sample.source == {"d1": "measured"} and sample.flags == {"d1": ()} and sample.total == 1
    assert math.isnan(sample.uncertainty["d1"].low)


# ---- print ------------------------------------------------------------------------------------------------------------------------


def test_the_printed_line(capsys):
    trace = EnergyTrace([EnergySample(1, "a", 2, {"d1": 1}), EnergySample(1.5, "two\nlines", 0.25, {"d1": 1e-7, "d2": NAN})])
    with pytest.warns(EnergyPrecisionWarning, match="d2: 1 of 2 samples invalid"):
        PrintHandler().process(trace)
    assert capsys.readouterr().out.splitlines() == [
        "begin timestamp : 1; tag : a; duration : 2; d1 : 1",
        "begin timestamp : 1.5; tag : two\\x0alines; duration : 0.25; d1 : 1e-07; d2 : n/a",
    ]


def test_print_goes_to_whatever_stdout_is(machine):
    import contextlib
    import io

    handler, out = PrintHandler(), io.StringIO()
    with contextlib.redirect_stdout(out):
        handler.process(EnergyTrace([EnergySample(1, "a", 2, {"d1": 1})]))
    assert out.getvalue() == "begin timestamp : 1; tag : a; duration : 2; d1 : 1\n"


def test_one_warning_for_each_domain_the_first_time(machine, capsys):
    handler = PrintHandler()
    with pytest.warns(EnergyPrecisionWarning) as caught:
        with EnergyContext(handler) as context:
            context.record()
        with EnergyContext(handler):
            pass
    assert sorted(str(one.message).split(":")[0] for one in caught) == ["core_0", "dram_0", "dram_1", "package_0", "package_1"]
    assert all(one.filename == __file__ for one in caught)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_what_is_measured_well_warns_of_nothing(bed, capsys):
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with EnergyContext(domains=[RaplPackageDomain(0)]):
            time.sleep(0.1)
    assert "package_0 : " in capsys.readouterr().out


def test_an_estimate_is_said(make, capsys):
    make(name="virtual")
    with pytest.warns(EnergyPrecisionWarning, match="estimated_cpu: an estimate"), EnergyContext():
        time.sleep(0.01)


# ---- handlers in general ---------------------------------------------------------------------------------------------------------------


def test_a_handler_without_the_base_init(machine):
    class Mine(EnergyHandler):
        def __init__(self):
            pass

    one, other = Mine(), Mine()
    with EnergyContext(one):
        pass
    assert len(one.traces) == 1 and other.traces == []
    assert len(one._flaten_trace()) == 1
    one.traces = []
    assert one.traces == [] and len(one._flaten_trace()) == 0


def test_traces_that_do_not_fit(machine):
    handler = EnergyHandler()
    good, strange = EnergyTrace([EnergySample(1, "a", 2, {"d1": 1})]), EnergyTrace([EnergySample(1, "b", 2, {"d2": 1})])
    for trace in (good, EnergyTrace([]), strange, good):
        handler.process(trace)
    with pytest.raises(UnconsistantSamplesError, match="trace 0 has the columns d1, trace 2 has d2") as caught:
        handler._flaten_trace()
    assert caught.value.traces == [strange]
    handler.traces.remove(strange)
    assert [s.tag for s in handler._flaten_trace()] == ["a", "a"]


# ---- Arrow -----------------------------------------------------------------------------------------------------------------------------

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


NAMES = ["timestamp", "duration", "tag", "package_0", "package_0_low", "package_0_high", "package_0_source", "package_0_flags"]


def check(columns, trace):
    assert list(columns) == NAMES
    assert columns["timestamp"] == [s.timestamp for s in trace] and columns["duration"] == [s.duration for s in trace]
    assert columns["tag"] == ["a", "ünï"]
    assert columns["package_0"] == [1.0 * J, None]
    assert columns["package_0_low"][0] <= 1.0 * J <= columns["package_0_high"][0] and columns["package_0_high"][1] is None
    assert columns["package_0_source"] == ["measured", "measured"]
    assert columns["package_0_flags"] == ["below_tick", " ".join(trace[1].flags["package_0"])]


@pytest.mark.parametrize("looked", [False, True], ids=["fresh", "looked at"])
def test_pyarrow_and_polars(measured, looked):
    if looked:
        repr(measured)
    table = measured.to_arrow()
    assert [str(kind) for kind in table.schema.types] == ["double", "double", "string", "double", "double", "double", "string", "string"]
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
    assert table.num_rows == 5001 and table["package_0"].to_pylist()[-1] == 1.0 * J and set(table["tag"].to_pylist()) == {"x"}


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
    assert columns["mine"] == [None, None, 3.0] and columns["tag"] == ["a", "ünï", "7"] and columns["package_0"] == [5.0, None, None]


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


def test_to_arrow_names_the_extra(measured, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"joules\[arrow\]"):
        measured.to_arrow()
