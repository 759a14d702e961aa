# SPDX-License-Identifier: MIT
"""Machines whose counters lie, each with its truth: no wrong number comes out without a word."""

import json
import os

import pytest

from bed import Bed, why_not

CPU = "cpu threads=8 vendor=GenuineIntel family=6 model=106 name=Test\n"
PACKAGE = "zone package-0 tick=exact constant 80\n"
DRAM = "child dram unit=dram tick=exact {}constant 10\n"
#: what a sentence may say for a value: nothing more than its bounds, that it is the least, or that there is none
WHOLE, LEAST, NONE = "whole", "least", "none"


@pytest.fixture
def machine(monkeypatch):
    """machine(description) → the emulated machine."""
    if why_not():
        pytest.skip(why_not())
    monkeypatch.setenv("JOULES_BED", os.environ.get("JOULES_BED", "joules-bed"))
    mounted = []

    def machine(description):
        mounted.append(Bed(description))
        return mounted[-1]

    yield machine
    for one in mounted:
        one.close()


def kind_of(domain):
    if domain["joules"] is None:
        assert domain["low"] is None and domain["high"] is None and "invalid" in domain["flags"]
        return NONE
    if "partial" in domain["flags"]:
        assert domain["high"] is None
        return LEAST
    return WHOLE


def measured(joules, bed, script, *options):
    """One run, and the kind of each domain's value."""
    report, status = joules.report("--sysroot", bed.root, *options, "sh", "-c", script, "sh", f"{bed.root}/control")
    assert status == 0
    run = report["runs"][0]
    return run, {domain["domain"]: kind_of(domain) for domain in run["domains"]}


def by_name(run):
    return {domain["domain"]: domain for domain in run["domains"]}


@pytest.mark.parametrize(
    "description, script, kinds, flags",
    [
        (CPU + "zone package-0 tick=exact frozen=yes constant 80\n", "sleep 0.3", {"package_0": NONE}, "stuck"),
        (
            CPU + PACKAGE + DRAM.format("frozen=yes "),
            "sleep 0.3",
            {"package_0": WHOLE, "dram_0": NONE},
            "stuck",
        ),
        (CPU + "zone psys unit=0 tick=exact frozen=yes constant 120\n", "sleep 0.3", {"psys": NONE}, "stuck"),
        (CPU + PACKAGE, "sleep 0.5; echo freeze package-0 >$1; sleep 2", {"package_0": LEAST}, "stuck"),
        (
            CPU + PACKAGE,
            "sleep 0.2; joules mark a; echo freeze package-0 >$1; sleep 0.8; joules mark b; sleep 0.4; echo thaw package-0 >$1; sleep 0.3",
            {"package_0": LEAST},
            "stuck",
        ),
        (CPU + PACKAGE, "sleep 0.5; echo step package-0 100000 >$1; sleep 0.3", {"package_0": LEAST}, "partial"),
        (CPU + PACKAGE, "sleep 0.5; echo reset package-0 >$1; sleep 0.3", {"package_0": NONE}, "invalid"),
    ],
    ids=[
        "dead package",
        "dead memory",
        "empty psys",
        "frozen at half time",
        "frozen between marks",
        "a jump of 100 kJ",
        "reset",
    ],
)
def test_what_cannot_be_known_is_not_said(joules, machine, description, script, kinds, flags):
    bed = machine(description)
    run, found = measured(joules, bed, script)
    assert found == kinds
    assert all(flags in by_name(run)[name]["flags"] for name, kind in kinds.items() if kind != WHOLE)
    assert set(run["total"]["missing"]) == {name for name, kind in kinds.items() if kind != WHOLE}


@pytest.mark.parametrize("period_us", [100_000, 300_000, 1_000_000])
@pytest.mark.parametrize("seconds", [0.1, 0.75, 1.6, 2.5])
def test_a_slow_counter_is_measured_as_one(joules, machine, period_us, seconds):
    """80 W, and a counter that moves seldom, which nothing says."""
    bed = machine(CPU + f"zone package-0 tick=exact period_us={period_us} constant 80\n")
    run, found = measured(joules, bed, f"sleep {seconds}")
    package = by_name(run)["package_0"]
    assert found["package_0"] == WHOLE and "stuck" not in package["flags"]
    assert package["low"] <= 80 * run["duration_s"] <= package["high"]


def test_zeros_of_a_host_are_no_measurement(joules, machine):
    bed = machine(
        CPU.replace("name", "hypervisor=yes name") + "zone package-0 tick=exact start=0 frozen=yes constant 80\n"
    )
    run, found = measured(joules, bed, "sleep 0.3")
    assert found == {"package_0": NONE} and "stuck" in by_name(run)["package_0"]["flags"]


def test_idle_graphics_take_nothing_as_long_as_the_package_is_alive(joules, machine):
    bed = machine(CPU + PACKAGE + "child uncore tick=exact constant 0\n")
    run, found = measured(joules, bed, "sleep 0.3")
    uncore = by_name(run)["uncore_0"]
    assert found == {"package_0": WHOLE, "uncore_0": WHOLE}
    assert uncore["joules"] == 0.0 and uncore["high"] < 0.001 and uncore["flags"] == []


def test_a_part_alone_is_told_from_a_dead_one_by_its_package(joules, machine):
    """Which nobody asked for: it is in no row and in no total."""
    bed = machine(CPU + PACKAGE + "child core tick=exact constant 0\n")
    run, found = measured(joules, bed, "sleep 0.1", "--domains", "core_0")
    core = run["domains"][0]
    assert found == {"core_0": WHOLE} and core["flags"] == [] and core["high"] < 0.001
    assert run["total"]["missing"] == [] and run["total"]["high"] == core["high"]
    bed.command("freeze package-0")
    for chosen in (["--domains", "core_0"], []):
        core = by_name(measured(joules, bed, "sleep 0.1", *chosen)[0])["core_0"]
        assert core["flags"] == ["below_tick"] and core["high"] > 60 and "did not move" in core["reason"]


def test_without_a_total_run_and_doctor_say_what_can_be_measured(joules, machine):
    bed = machine(CPU + "zone package-0 tick=exact frozen=yes constant 80\nzone psys tick=exact constant 120\n")
    report, _ = joules.report("--sysroot", bed.root, "sleep", "0.1")
    assert report["runs"][0]["total"]["joules"] is None
    assert any("--domains psys" in line for line in report["warnings"])
    found = json.loads(joules("doctor", "--json", "--sysroot", bed.root).stdout)
    assert found["verdict"] == "measured"
    assert any(one["command"] == "joules run --domains psys -- COMMAND" for one in found["findings"])
    bed.command("freeze psys")
    report, _ = joules.report("--sysroot", bed.root, "sleep", "0.1")
    assert any("--estimate always" in line for line in report["warnings"])


@pytest.mark.parametrize("period_us", [300_000, 1_000_000])
def test_doctor_waits_for_a_slow_counter_as_run_does(joules, machine, period_us):
    bed = machine(CPU + f"zone package-0 tick=exact period_us={period_us} constant 80\n")
    found = json.loads(joules("doctor", "--json", "--sysroot", bed.root).stdout)
    assert found["verdict"] == "measured"
    assert [one["level"] for one in found["findings"] if one["about"] == "package_0"] == ["ok"]


def test_many_runs_wait_for_a_dead_counter_once(joules, machine):
    bed = machine(CPU + PACKAGE + DRAM.format("frozen=yes "))
    report, status = joules.report("--sysroot", bed.root, "-r", "5", "sleep", "0.05")
    assert status == 0
    assert all(by_name(run)["dram_0"]["joules"] is None for run in report["runs"])


@pytest.mark.parametrize("said", ["no", "0", "garbled", "4711"])
@pytest.mark.parametrize(
    "zones, name, watts",
    [
        ("zone psys unit=0 tick=exact range={} constant 20\n", "psys", 20),
        (PACKAGE + "child core tick=exact range={} constant 0.0004\n", "core_0", 0.0004),
    ],
    ids=["whole joules", "steps of 61 uJ"],
)
def test_a_unit_that_nobody_knows_is_in_the_bounds(joules, machine, zones, name, watts, said):
    bed = machine(CPU + zones.format(said))
    for seconds in (0.11, 0.23, 0.34, 0.41):
        run, found = measured(joules, bed, f"sleep {seconds}")
        value = by_name(run)[name]
        assert found[name] == WHOLE and value["low"] <= watts * run["duration_s"] <= value["high"]


AMD = CPU.replace("GenuineIntel", "AuthenticAMD").replace("family=6 model=106", "family=23 model=1")


def test_dies_that_show_one_register_are_one_package(joules, machine):
    """A Threadripper 1950X: two zones, one register."""
    dies = "zone package-0-die-0 tick=exact constant 80\nzone package-0-die-1 tick=exact same=package-0-die-0 constant 80\n"
    bed = machine(AMD + dies)
    run, found = measured(joules, bed, "sleep 0.5")
    assert found == {"package_0": WHOLE}
    assert by_name(run)["package_0"]["low"] <= 80 * run["duration_s"] <= by_name(run)["package_0"]["high"]
    assert "show the same register" in joules("doctor", "--sysroot", bed.root).stdout.replace("\n", " ")


@pytest.mark.parametrize("cpu", [AMD, CPU], ids=["AMD", "Intel"])
def test_dies_with_a_register_each_add_up(joules, machine, cpu):
    dies = "zone package-0-die-0 tick=exact start=1000 constant 80\nzone package-0-die-1 tick=exact start=900000000 constant 50\n"
    run, found = measured(joules, machine(cpu + dies), "sleep 0.5")
    assert found == {"package_0_die_0": WHOLE, "package_0_die_1": WHOLE}
    assert run["total"]["low"] <= 130 * run["duration_s"] <= run["total"]["high"]
