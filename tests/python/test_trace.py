# SPDX-License-Identifier: MIT
"""EnergyTrace and EnergySample: what users build, read and change."""

import copy
import math
import pickle

import pytest

from machines import J
from joules.device import DeviceFactory
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyMeter
from joules.energy_trace import EnergySample, EnergyTrace
from joules.exception import PyJoulesException, SampleNotFoundError
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler

NAN = float("nan")


def sample(tag="a", energy=None, duration=2.0):
    return EnergySample(1.0, tag, duration, {"d1": 1.0, "d2": 2.0} if energy is None else energy)


@pytest.fixture
def built():
    return EnergyTrace([sample("a"), sample("b", {"d1": 3.0, "d2": 4.0}), sample("a", {"d1": 5.0, "d2": 6.0})])


@pytest.fixture
def measured(machine):
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start("a")
    for tag, joules in (("b", 1), ("a", 2)):
        machine.add("package-0", joules * J)
        meter.record(tag)
    machine.add("package-0", 4 * J)
    meter.stop()
    return meter.get_trace()


@pytest.fixture(params=["built", "measured"])
def trace(request):
    return request.getfixturevalue(request.param)


# ---- reading ------------------------------------------------------------------------------------------------------------


def test_index_iterate_len_in(trace):
    assert len(trace) == 3
    assert [s.tag for s in trace] == ["a", "b", "a"]
    assert trace[0].tag == "a" and trace[1].tag == "b" and trace[-1] is trace[2]
    assert "b" in trace and "c" not in trace
    assert trace["b"] is trace[1]


def test_a_tag_gives_the_first_sample_and_all_gives_all(trace):
    assert trace["a"] is trace[0]
    assert trace.all("a") == [trace[0], trace[2]] and trace.all("c") == []


def test_slices(trace):
    part = trace[1:]
    assert isinstance(part, EnergyTrace) and [s.tag for s in part] == ["b", "a"]
    assert part[0] is trace[1]
    assert [s.tag for s in trace[::-2]] == ["a", "a"]


@pytest.mark.parametrize("index", [3, 4, -4, 100])
def test_an_index_out_of_range(trace, index):
    with pytest.raises(IndexError, match=str(index)):
        trace[index]


def test_no_such_tag(trace):
    with pytest.raises(SampleNotFoundError) as caught:
        trace["no such tag"]
    assert str(caught.value) == "this tag doesn't match any sample : no such tag"
    assert isinstance(caught.value, KeyError) and isinstance(caught.value, PyJoulesException)


def test_the_same_object_each_time(measured):
    first = measured[1]
    first.tag = "changed"
    first.energy["package_0"] = 5.0
    first.note = "mine"
    assert measured[1] is first and measured["changed"] is first and list(measured)[1] is first
    assert "b" not in measured
    assert [s.tag for s in measured] == ["a", "changed", "a"]
    assert measured.total() == pytest.approx(1 * J + 5 + 4 * J)


def test_samples_can_be_replaced(trace):
    assert isinstance(trace._samples, list)
    trace._samples = [sample("only")]
    assert [s.tag for s in trace] == ["only"] and len(trace) == 1


# ---- changing -----------------------------------------------------------------------------------------------------------


def test_add_and_append(trace):
    other = EnergyTrace([sample("z")])
    both = trace + other
    assert [s.tag for s in both] == ["a", "b", "a", "z"] and both[3] is other[0] and both[0] is trace[0]
    assert len(trace) == 3
    trace += other
    trace.append(sample("y"))
    assert [s.tag for s in trace] == ["a", "b", "a", "z", "y"] and len(other) == 1


def test_the_given_list_is_not_the_traces():
    samples = [sample()]
    trace = EnergyTrace(samples)
    trace.append(sample())
    assert len(samples) == 1
    assert len(EnergyTrace(iter(samples))) == 1


def test_remove_idle(built):
    built.remove_idle([{"d1": 0.5, "d2": 1.0}] * 3)
    assert [s.energy for s in built] == [{"d1": 0.5, "d2": 1.0}, {"d1": 2.5, "d2": 3.0}, {"d1": 4.5, "d2": 5.0}]


@pytest.mark.parametrize("idle", [[], [{"d1": 1, "d2": 1}] * 2, [{"d1": 1, "d2": 1}, {"d1": 1, "d2": 1}, {"d1": 1}]])
def test_remove_idle_is_all_or_nothing(built, idle):
    before = [dict(s.energy) for s in built]
    with pytest.raises(ValueError):
        built.remove_idle(idle)
    assert [s.energy for s in built] == before


class Idle(dict):
    def __init__(self, value, low, high, flags=()):
        super().__init__(d=value)
        self.uncertainty = {"d": (low, high)}
        self.flags = {"d": flags}


def known(value, low, high, flags=()):
    made = sample(energy={"d": value})
    made._known = {"d": (value, low, high, "measured", "counter", flags, None, None, NAN)}
    return made


def test_above_idle_a_value_may_be_negative_and_its_low_is_not_clamped():
    trace = EnergyTrace([known(1.0, 0.5, 1.5)])
    trace.remove_idle([Idle(1.25, 0.75, 1.75, ("below_tick",))])
    assert trace[0].energy == {"d": -0.25} and trace[0].uncertainty == {"d": (-1.25, 0.75)}
    assert trace[0].flags == {"d": ("below_tick",)}, "what is not well known of idle is not well known of the rest"


def test_remove_idle_refuses_what_idle_took_more_for_certain():
    trace = EnergyTrace([known(1.0, 0.5, 1.5), known(1.0, 0.5, 1.5)])
    with pytest.raises(
        ValueError, match=r"sample 1 \(tag .*\) used at most 1.5 µJ in d, but the idle machine used at least 1.6 µJ"
    ):
        trace.remove_idle([Idle(1.6, 1.4, 2.0), Idle(2.0, 1.6, 2.4)])
    assert [s.energy for s in trace] == [{"d": 1.0}] * 2
    with pytest.raises(ValueError):
        trace.remove_idle([{"d": 1.0}, {"d": 1.6}])


def test_a_partial_value_has_no_upper_bound_above_idle():
    trace = EnergyTrace([known(1.0, 0.5, 1.5), known(1.0, 0.5, 1.5)])
    trace.remove_idle([Idle(0.5, 0.25, NAN, ("partial",)), Idle(NAN, NAN, NAN, ("invalid",))])
    assert trace[0].flags == {"d": ("partial",)} and all(map(math.isnan, trace[0].uncertainty["d"]))
    assert trace[1].flags == {"d": ("invalid",)} and math.isnan(trace[1].energy["d"])


def test_clean_data(built):
    built.append(sample("negative", {"d1": -1.0, "d2": 1.0}))
    built.append(sample("invalid", {"d1": NAN, "d2": 1.0}))
    built.append(sample("long", duration=9.0))
    built.clean_data(guards=[lambda s: s.duration < 5])
    assert [s.tag for s in built] == ["a", "b", "a"]
    built.clean_data([lambda s: s.tag == "b"])
    assert [s.tag for s in built] == ["b"]
    built.clean_data()
    assert [s.tag for s in built] == ["b"]


def test_a_domain_that_was_never_measured_drops_none():
    trace = EnergyTrace([sample("a", {"d1": 1.0, "gpu": NAN}), sample("b", {"d1": NAN, "gpu": NAN})])
    trace.clean_data()
    assert [s.tag for s in trace] == ["a"]


def test_clean_data_has_no_mutable_default():
    assert all(not isinstance(value, list) for value in EnergyTrace.clean_data.__defaults__)


def test_clean_data_of_a_measured_trace(measured):
    measured.clean_data([lambda s: s.energy["package_0"] > 1.5 * J])
    assert [s.energy["package_0"] for s in measured] == [2.0 * J, 4.0 * J]


# ---- samples are plain objects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies(measured, clone):
    one = measured[1]
    one.extra = ["mine"]
    other = clone(one)
    assert (other.timestamp, other.tag, other.duration, other.energy) == (
        one.timestamp,
        one.tag,
        one.duration,
        one.energy,
    )
    assert other.uncertainty == one.uncertainty and other.flags == one.flags and other.extra == ["mine"]
    assert (other.energy is one.energy) == (clone is copy.copy)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_of_traces(trace, clone):
    other = clone(trace)
    assert [(s.tag, s.energy) for s in other] == [(s.tag, s.energy) for s in trace]
    assert other.total() == trace.total()


@pytest.mark.parametrize("name", ["uncertainty", "source", "method", "flags", "power", "total"])
def test_a_users_own_attribute_may_have_any_name(measured, name, tmp_path):
    one = measured[0]
    setattr(one, name, "mine")
    assert getattr(one, name) == "mine" and getattr(pickle.loads(pickle.dumps(one)), name) == "mine"
    handlers = [CSVHandler(tmp_path / "a.csv", full=True), JSONHandler(tmp_path / "a.json")]
    for handler in handlers:
        handler.process(measured)
        handler.save_data()
    assert "measured" in (tmp_path / "a.csv").read_text() and '"measured"' in (tmp_path / "a.json").read_text()
    assert measured.total() == 7 * J and one._repr_html_()


def test_pickles_of_pyjoules_0_5_1_load():
    # pickle.dumps(EnergyTrace([EnergySample(1.5, 'foo', 2.5, {'package_0': 3.0})]), 0) by pyJoules 0.5.1
    data = (
        b"ccopy_reg\n_reconstructor\np0\n(cpyJoules.energy_trace\nEnergyTrace\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n(dp5\nV_samples\np6\n"
        b"(lp7\ng0\n(cpyJoules.energy_trace\nEnergySample\np8\ng2\nNtp9\nRp10\n(dp11\nVtimestamp\np12\nF1.5\nsVtag\np13\nVfoo\np14\n"
        b"sVduration\np15\nF2.5\nsVenergy\np16\n(dp17\nVpackage_0\np18\nF3.0\nssbasb."
    )
    trace = pickle.loads(data)
    assert type(trace) is EnergyTrace
    assert [(s.timestamp, s.tag, s.duration, s.energy) for s in trace] == [(1.5, "foo", 2.5, {"package_0": 3.0})]


# ---- totals ---------------------------------------------------------------------------------------------------------------


def test_total_counts_each_joule_once():
    one = sample(
        energy={"package_0": 10.0, "core_0": 7.0, "uncore_0": 1.0, "dram_0": 2.0, "psys": 20.0, "nvidia_gpu_0": 5.0}
    )
    assert one.total == 17.0
    assert sample(energy={"core_0": 7.0, "psys": 20.0}).total == 20.0
    assert sample(energy={"core_0": 7.0, "uncore_0": 1.0}).total == 8.0
    assert sample(
        energy={"package_0": 4.0, "package_0_die_0": 2.0, "core_0_die_0": 1.0, "package_1": 1.0}
    ).total == pytest.approx(7.0)
    assert math.isnan(sample(energy={"package_0": NAN}).total)


def test_a_total_that_lacks_a_domain_says_so():
    total = sample(energy={"package_0": 10.0, "package_1": NAN}).total
    assert total == 10.0 and total.missing == ("package_1",) and math.isnan(total.high)


def test_total_of_a_trace(measured):
    assert measured.total() == 7.0 * J and measured.total("a") == 5.0 * J and measured.total("b") == 2.0 * J
    assert measured.total().low <= 7.0 * J <= measured.total().high
    with pytest.raises(SampleNotFoundError):
        measured.total("c")
    assert EnergyTrace([]).total() == 0.0


def test_inner_bounds_of_a_sum_cancel_also_after_a_look(measured):
    before = measured.total()
    width = before.high - before.low
    assert width < sum(s.total.high - s.total.low for s in measured)
    after = measured.total()
    assert (after.low, after.high) == (before.low, before.high)


def test_power():
    assert sample(energy={"d1": 4e6}).power == {"d1": 2.0}
    assert math.isnan(sample(duration=0.0).power["d1"])


# ---- what notebooks show ------------------------------------------------------------------------------------------------------


def test_repr_and_html(trace):
    assert "3 samples" in repr(trace) and "tag : b" in repr(trace)
    html = trace._repr_html_()
    assert html.count("<tr>") == 4 and "<td>b</td>" in html
    assert "&lt;b&gt;" in EnergyTrace([sample("<b>")])._repr_html_()


def test_a_long_trace_is_shown_in_part(machine):
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start("x")
    for _ in range(99):
        meter.record("x")
    meter.stop()
    trace = meter.get_trace()
    assert "and 80 more" in repr(trace) and len(repr(trace).splitlines()) == 22
    assert "and 80 more" in trace._repr_html_()
