# SPDX-License-Identifier: MIT
"""trace.to_pandas(), trace.plot(), and the picture in a notebook."""

import datetime
import math
import time

import pytest

from joules import DeviceFactory, EnergyMeter, EnergySample, EnergyTrace
from joules.device.rapl_device import RaplDramDomain, RaplPackageDomain

J = 1000000
NAN = float("nan")


def trace(*samples):
    return EnergyTrace([EnergySample(*sample) for sample in samples])


MADE = trace(
    (1000.5, "a", 2.0, {"package_0": 4 * J, "gpu": 1 * J}), (1002.5, "b", 1.0, {"package_0": NAN, "gpu": 3 * J})
)


@pytest.fixture
def measured(bed):
    """Three samples, a gap between the second and the third."""
    bed("server")
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0), RaplDramDomain(0)]), settle=True)
    meter.start("load $x$")
    time.sleep(0.05)
    meter.record("train")
    time.sleep(0.05)
    meter.stop()
    time.sleep(0.01)
    meter.resume("save")
    time.sleep(0.05)
    meter.stop()
    return meter.get_trace()


# ---- pandas ----


def test_to_pandas_has_the_documented_columns_and_units(measured):
    pytest.importorskip("pandas")
    frame = measured.to_pandas()
    assert list(frame.columns) == ["timestamp", "tag", "duration", "package_0", "dram_0"]
    assert frame["package_0"].tolist() == [sample.energy["package_0"] for sample in measured]
    assert frame.attrs["units"] == {
        "timestamp": "s since 1970-01-01 UTC",
        "duration": "s",
        "package_0": "µJ",
        "dram_0": "µJ",
    }
    full = measured.to_pandas(full=True)
    assert full["package_0_low"].tolist() == [sample.uncertainty["package_0"].low for sample in measured]
    assert full.attrs["units"]["dram_0_high"] == "µJ" and "dram_0_flags" not in full.attrs["units"]


def test_timestamps_as_datetimes(measured):
    pandas = pytest.importorskip("pandas")
    column = measured.to_pandas(datetimes=True)["timestamp"]
    assert isinstance(column.dtype, pandas.DatetimeTZDtype)
    begin = datetime.datetime.fromtimestamp(measured[0].timestamp, datetime.timezone.utc)
    assert abs(column[0] - begin) < datetime.timedelta(microseconds=2)
    assert "timestamp" not in measured.to_pandas(datetimes=True).attrs["units"]
    assert EnergyTrace([]).to_pandas(datetimes=True).empty


def test_pandas_reads_the_arrow_stream(measured):
    pandas = pytest.importorskip("pandas", minversion="3")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame.from_arrow(measured)
    assert frame["package_0"].tolist() == [sample.energy["package_0"] for sample in measured]
    assert list(frame["tag"]) == ["load $x$", "train", "save"]


# ---- matplotlib ----


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def lines(axes):
    """{label: [(time, watts)]} of what is drawn."""
    return {line.get_label(): list(zip(*line.get_data())) for line in axes.lines if line.get_label()[0] != "_"}


def test_the_plot_has_power_bounds_and_tags(pyplot, measured):
    axes = measured.plot()
    shown = lines(axes)
    assert list(shown) == ["package_0", "dram_0"]
    assert shown["package_0"][0] == (0.0, measured[0].power["package_0"])
    assert shown["package_0"][2][1] == pytest.approx(measured[1].power["package_0"])
    gaps = [moment for moment, watts in shown["package_0"] if math.isnan(watts)]
    assert gaps == [measured[1].timestamp - measured[0].timestamp + measured[1].duration]
    assert [text.get_text() for text in axes.texts] == ["load $x$", "train", "save"]
    low, high = measured[0].uncertainty["package_0"]
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert min(band) <= low * 1e-6 / measured[0].duration and max(band) >= high * 1e-6 / measured[0].duration
    assert axes.get_xlabel() == "time (s)" and axes.get_ylabel() == "power (W)"
    axes.figure.savefig("/dev/null", format="png")  # a tag is no formula


def test_it_draws_where_it_is_told_to(pyplot):
    figure, axes = pyplot.subplots()
    assert MADE.plot(axes) is axes and MADE.plot(ax=axes) is axes
    assert pyplot.get_fignums() == [figure.number]
    assert lines(axes)["gpu"] == [(0.0, 0.5), (2.0, 0.5), (2.0, 3.0), (3.0, 3.0)]


def test_what_is_short_does_not_hide_the_rest(pyplot, bed):
    """The last sample is a few µs long: a tick in it would be thousands of watts."""
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start("a")
    time.sleep(0.1)
    for _ in range(200):
        meter.record("b")
    meter.stop()
    measured = meter.get_trace()
    assert any(sample.power["package_0"] > 1000 for sample in measured[1:])
    assert measured.plot().get_ylim()[1] < 1000


def test_an_estimate_says_so_and_nothing_is_an_error(pyplot, bed):
    bed("cloud")
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start()
    time.sleep(0.05)
    meter.stop()
    assert list(lines(meter.get_trace().plot())) == ["estimated_cpu (estimated)"]
    with pytest.raises(ValueError, match="no samples"):
        EnergyTrace([]).plot()
    trace((1.0, "", 0.0, {"d": NAN}), (1.0, "", 0.0, {"e": -J})).plot()


def test_a_notebook_shows_it(pyplot, measured):
    html = measured._repr_html_()
    assert html.startswith("<img ") and "data:image/svg+xml;base64," in html and "<table>" in html
    assert pyplot.get_fignums() == []
    table = measured[:1]._repr_html_()
    assert table.startswith("<table>") and "<p>± is a bound" in table and "band" not in table


# ---- neither is there ----

ABSENT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in ('pandas', 'matplotlib'):
            raise ModuleNotFoundError(f'No module named {name!r}', name=name.partition('.')[0])
sys.meta_path.insert(0, Absent())
from joules import EnergySample, EnergyTrace
from joules.exception import PyJoulesException
trace = EnergyTrace([EnergySample(1.0, 'a', 1.0, {'d': 1.0})] * 2)
for use in (trace.to_pandas, lambda: trace.to_pandas(datetimes=True), trace.plot):
    try:
        use()
        print('it worked')
    except PyJoulesException as error:
        assert isinstance(error, ImportError)
        print(error)
print(trace._repr_html_()[:7])
"""


def test_where_they_are_absent_the_error_names_the_extra(run):
    pandas, again, plot, html = run.ok(ABSENT).splitlines()
    assert pandas == again == "a DataFrame needs pandas, which cannot be imported: pip install 'joules[pandas]'"
    assert plot == "plot() needs matplotlib, which cannot be imported: pip install 'joules[plot]'"
    assert html == "<table>"
