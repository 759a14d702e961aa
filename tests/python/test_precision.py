# SPDX-License-Identifier: MIT
"""What a value says of itself: bounds, source, method, flags; and the warnings of print."""

import math
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from machines import J
from joules.device import DeviceFactory
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyContext, EnergyMeter, EnergyMeterNotStartedError, measure_energy
from joules.energy_trace import EnergySample, EnergyTrace
from joules.exception import EnergyPrecisionWarning
from joules.handler import EnergyHandler, PrintHandler, UnconsistantSamplesError

NAN = float("nan")


def test_bounds_hold_the_truth(bed, keep):
    """100 W, a counter that moves each millisecond: what is certain of 0.3 s holds the true energy, and is narrow."""
    machine = bed(
        "cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n"
    )
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
    assert (
        sample.source == {"package_0": "measured"}
        and sample.method == {"package_0": "counter"}
        and sample.flags == {"package_0": ()}
    )
    assert sample.total.low == low and sample.total.source == "measured"
    assert machine.truth() is not None


def test_settling_closes_the_bounds(bed, keep):
    """The same region with and without: settled bounds are narrower, and hold the truth as well."""
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    with pytest.raises(EnergyMeterNotStartedError):
        meter.settle()
    width = {}
    for settled in (False, True):
        meter.start("a")
        assert not settled or meter.settle()
        time.sleep(0.1)
        meter.stop()
        assert not settled or meter.settle()
        sample = meter.get_trace()[0]
        low, high = sample.uncertainty["package_0"]
        assert low <= 100 * J * sample.duration <= high
        width[settled] = high - low
    assert width[True] < width[False] / 2


EXACT = "cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n"


def width(sample):
    low, high = sample.uncertainty["package_0"]
    assert low <= 100 * J * sample.duration <= high
    return high - low


def settled_context(keep, settle):
    with EnergyContext(keep, settle=settle) as meter:
        time.sleep(0.1)
        meter.record()
        time.sleep(0.1)


def settled_function(keep, settle):
    measure_energy(handler=keep, settle=settle)(time.sleep)(0.1)


def settled_meter(keep, settle):
    meter = EnergyMeter(DeviceFactory.create_devices(), settle=settle)
    for begin in meter.start, meter.resume:
        begin()
        time.sleep(0.1)
        meter.stop()
    keep.process(meter.get_trace())


@pytest.mark.parametrize("measure", [settled_context, settled_function, settled_meter])
def test_settle_closes_the_bounds_at_both_ends(bed, keep, measure):
    """100 W and a counter that moves each millisecond: two ticks are 0.2 J; open bounds allow for the most that it could have used."""
    bed(EXACT)
    measure(keep, False)
    count = len(keep.samples)
    assert min(map(width, keep.samples)) > 0.5 * J
    # On a busy machine the looks come late, in some of the runs.
    for _ in range(20):
        measure(keep, True)
        if max(map(width, keep.samples[-count:])) < 0.5 * J:
            return
    pytest.fail(f"{max(map(width, keep.samples[-count:]))} µJ")


def test_the_wait_has_a_limit(machine):
    """A counter that stands still is waited for, longer than a test should; with a number no longer than that."""
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]), settle=0.001)
    meter.start()
    meter.stop()
    assert meter.get_trace()[0].flags == {"package_0": ("below_tick",)}  # and not stuck, as after 1.5 s
    for wrong in -1, NAN:
        with pytest.raises(ValueError, match="the most seconds to wait"):
            EnergyMeter([], settle=wrong)


def test_two_threads_may_settle_one_meter(bed):
    bed(EXACT)
    meter = EnergyMeter(DeviceFactory.create_devices(), settle=True)
    meter.start()
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            assert all(pool.map(lambda _: meter.settle(), range(2)))
            meter.record()
    meter.stop()
    assert max(map(width, meter.get_trace())) < 20 * J
    assert len(meter.get_trace()) == 21


def test_settling_ends_with_the_program(bed, run):
    """While it settles, the program ends, forks, and drops the meter."""
    bed(EXACT)
    run.ok("""
import os, sys
from joules import DeviceFactory, EnergyMeter
for _ in range(20):
    meter = EnergyMeter(DeviceFactory.create_devices(), settle=True)
    meter.start()
    del meter
meter = EnergyMeter(DeviceFactory.create_devices(), settle=True)
meter.start()
if os.fork() == 0:
    meter.record()
    meter.stop()
    sample = meter.get_trace()[1]
    low, high = sample.uncertainty["package_0"]
    os._exit(not low <= sample.energy["package_0"] <= high)
assert os.wait()[1] == 0
meter.record()
""")


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
    trace = EnergyTrace(
        [EnergySample(1, "a", 2, {"d1": 1}), EnergySample(1.5, "two\nlines", 0.25, {"d1": 1e-7, "d2": NAN})]
    )
    with pytest.warns(EnergyPrecisionWarning, match="^d2: invalid, written as n/a, not as 0$"):
        PrintHandler().process(trace)
    assert capsys.readouterr().out.splitlines() == [
        "begin timestamp : 1; tag : a; duration : 2; d1 : 1",
        "begin timestamp : 1.5; tag : two\\x0alines; duration : 0.25; d1 : 1e-07; d2 : n/a",
    ]


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("\x9b31m", "\\x9b31m"),
        ("\udc9b31m", "\\x9b31m"),  # the byte
        ("\udcff", "\\xff"),
        ("\udce2\udc82", "\\xe2\\x82"),
        ("a\u202ez", "a\\u202ez"),
        ("\u202a\u2028\u200e\u200f", "\\u202a\\u2028\\u200e\\u200f"),
        ("\u2066\u2069\u061c", "\\u2066\\u2069\\u061c"),
        ("\0\ud800", "\\x00\\ud800"),
        ("\xa0\u200d\u202f\u2065\ufffd\U0001f50b", "\xa0\u200d\u202f\u2065\ufffd\U0001f50b"),
    ],
)
def test_what_a_terminal_obeys_is_printed_as_c_prints_it(capsys, tag, shown):
    """The same cases as in tests/unit/test_text.c, with the same results."""
    PrintHandler().process(EnergyTrace([EnergySample(1, tag, 2, {"d1": 1, "d\x1b": 2})]))
    assert capsys.readouterr().out == f"begin timestamp : 1; tag : {shown}; duration : 2; d1 : 1; d\\x1b : 2\n"


def test_print_goes_to_whatever_stdout_is(machine):
    import contextlib
    import io

    handler, out = PrintHandler(), io.StringIO()
    with contextlib.redirect_stdout(out):
        handler.process(EnergyTrace([EnergySample(1, "a", 2, {"d1": 1})]))
    assert out.getvalue() == "begin timestamp : 1; tag : a; duration : 2; d1 : 1\n"


def test_one_warning_names_each_domain_the_first_time(machine, capsys):
    handler = PrintHandler()
    with pytest.warns(EnergyPrecisionWarning) as caught:
        with EnergyContext(handler) as context:
            context.record()
        with EnergyContext(handler):
            pass
    assert [str(one.message).split(":")[0] for one in caught] == ["package_0, package_1, dram_0, dram_1, core_0"]
    assert all(one.filename == __file__ for one in caught)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_what_is_measured_well_warns_of_nothing(bed, capsys):
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with EnergyContext(domains=[RaplPackageDomain(0)]):
            time.sleep(0.1)
    assert not caught and "package_0 : " in capsys.readouterr().out


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
