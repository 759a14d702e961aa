# SPDX-License-Identifier: MIT
"""joules run -r: which runs the summary is of, and what it says of the others."""

import json
import re

import pytest


@pytest.fixture
def machine(bed):
    """Two sockets of constant power that a test may damage; each test gets them whole."""
    root = bed("amd", "--seed", "31")
    lines = [
        f"power package-{i} constant {watts}\nheal package-{i}\nthaw package-{i}" for i, watts in enumerate((100, 50))
    ]
    (root / "control").write_text("\n".join(lines) + "\n")
    return root


def nth(tmp_path, number, command, rest="sleep 0.1"):
    """A command that does something of its own in its n-th run."""
    count = f"echo x >> {tmp_path}/runs; n=$(wc -l < {tmp_path}/runs)"
    return ["sh", "-c", f"{count}; sleep 0.05; [ $n != {number} ] || {command}; {rest}"]


def control(root, line):
    return f"echo '{line}' > {root}/control"


def line_of(text, name):
    """The row of that name, and what of its note stands below it."""
    return re.search(rf"(?m)^ *{re.escape(name)}\b.*(?:\n {{6,}}\(?[a-z0-9].*)*", text)[0]


def test_a_run_without_a_value_is_in_no_mean(joules, machine, tmp_path):
    command = nth(tmp_path, 2, control(machine, "reset package-1"))
    report, _ = joules.report("-r", "4", "--sysroot", machine, *command)
    bad, good = report["runs"][1], [report["runs"][i] for i in (0, 2, 3)]
    assert [domain["domain"] for domain in bad["domains"] if domain["joules"] is None] == ["package_1"]
    summary = report["summary"]
    assert summary["runs"] == 4 and summary["duration_s"]["count"] == 4
    assert {one["count"] for one in summary["domains"].values()} == {3} == {summary["total"]["count"]}
    packages = summary["domains"]["package_0"]["mean"] + summary["domains"]["package_1"]["mean"]
    assert summary["total"]["mean"] == pytest.approx(packages), "means add up"
    assert summary["total"]["mean"] == pytest.approx(sum(run["total"]["joules"] for run in good) / 3)
    assert any("package_1 was not fully measured in 1 of 4 runs" in line for line in report["warnings"])


def test_the_text_says_of_how_many_runs_a_mean_is(joules, machine, tmp_path):
    command = nth(tmp_path, 1, control(machine, "reset package-1"))
    text = joules("run", "-r", "3", "--sysroot", machine, *command).stderr
    assert "(2 of 3 runs)" in line_of(text, "package_0") and "(2 of 3 runs)" in line_of(text, "total")
    assert "runs)" not in line_of(text, "time")
    assert "≥" not in line_of(text, "total"), "the runs that count have all of it"


def test_a_domain_that_has_no_full_value_at_all_is_in_no_total(joules, machine, tmp_path):
    command = nth(tmp_path, 1, control(machine, "fail package-1 EIO"))
    report, _ = joules.report("-r", "3", "--sysroot", machine, *command)
    first = {domain["domain"]: domain for domain in report["runs"][0]["domains"]}
    assert first["package_1"]["flags"] == ["partial"] and first["package_1"]["joules"] > 0
    summary = report["summary"]
    assert summary["domains"]["package_1"] == {
        "count": 0,
        "mean": None,
        "stddev": None,
        "median": None,
        "min": None,
        "max": None,
    }
    assert summary["total"] == summary["domains"]["package_0"], "what the first run saw of package_1 is in no total"
    assert summary["total"]["count"] == 3
    assert any(line.startswith("package_1 was not fully measured in any of the 3 runs") for line in report["warnings"])


def test_the_text_names_what_the_total_is_without(joules, machine, tmp_path):
    command = nth(tmp_path, 1, control(machine, "fail package-1 EIO"))
    text = joules("run", "-r", "3", "--sysroot", machine, *command).stderr
    assert "total (without package_1)" in text and "≥" in line_of(text, "total")
    assert re.search(r"package_1 +n/a\s+not measured$", line_of(text, "package_1"))
    assert "runs)" not in text, "all three count"


def test_one_run_has_a_summary_too(joules, machine):
    report, _ = joules.report("--sysroot", machine, "sleep", "0.1")
    total, run = report["summary"]["total"], report["runs"][0]["total"]
    assert report["summary"]["statuses"] == {"0": 1}
    assert (total["count"], total["mean"], total["stddev"]) == (1, run["joules"], None)


def test_the_table_of_several_runs_keeps_the_flags(joules, bed):
    text = joules("run", "-r", "2", "--sysroot", bed("guest"), "sleep", "0.1").stderr
    assert "did not move" in line_of(text, "package_0"), "two zeros of a coarse counter are not zero"


def test_the_table_of_several_runs_says_why_a_domain_has_no_value(joules, machine):
    (machine / "control").write_text("freeze package-1\n")
    text = joules("run", "-r", "2", "--sysroot", machine, "sleep", "0.1").stderr
    assert "n/a" in line_of(text, "package_1") and re.search(r"^ +the counter stands still$", text, re.M)


def test_the_table_of_several_runs_says_what_is_not_in_the_total(joules, bed):
    text = joules("run", "-r", "2", "--sysroot", bed("server"), "sleep", "0.1").stderr
    assert "not in the total" in line_of(text, "psys")
    assert "not in the total" not in line_of(text, "package_0")


def test_marks_of_several_runs_are_summed_up(joules, machine):
    script = "sleep 0.1; joules mark second; sleep 0.2; joules mark third; sleep 0.05; joules mark second; sleep 0.2"
    done = joules("run", "-r", "3", "--name", "first", "--sysroot", machine, "sh", "-c", script)
    table = done.stderr.partition("between marks")[2]
    rows = re.findall(r"^  (first|second|third) +([\d.]+) +J .*?([\d.]+) (m?)s\b", table, re.M | re.S)
    watts = {name: float(joules) / float(time) * (1000 if milli else 1) for name, joules, time, milli in rows}
    assert watts["first"] == pytest.approx(150, rel=0.1) and watts["second"] == pytest.approx(150, rel=0.1)
    assert re.search(r"± σ", table) and re.search(r"^  second .*\n? .*6 times in all", table, re.M)
    assert "between marks" not in joules("run", "-r", "2", "--sysroot", machine, "sleep", "0.1").stderr


def test_marks_of_a_run_that_does_not_count_are_in_no_mean(joules, machine, tmp_path):
    command = nth(tmp_path, 2, control(machine, "reset package-1"), "joules mark second; sleep 0.1")
    text = joules("run", "-r", "3", "--sysroot", machine, *command).stderr
    assert "(2 of 3 runs)" in line_of(text, "second")


def test_runs_that_ended_differently_are_told(joules, machine, tmp_path):
    command = nth(tmp_path, 2, "kill -TERM $$")
    report, status = joules.report("-r", "3", "--ignore-failure", "--sysroot", machine, *command)
    assert status == 0
    assert report["summary"]["statuses"] == {"0": 2, "143": 1} and report["summary"]["failed"] == 1
    assert (
        "the runs ended with different exit statuses, but the summary covers them all: 2 with 0, 1 with 143"
        in report["warnings"]
    )
    same, _ = joules.report("-r", "2", "--ignore-failure", "--sysroot", machine, "false")
    assert same["summary"]["statuses"] == {"1": 2}
    assert not any("exit statuses" in line for line in same["warnings"])


def test_what_the_summary_leaves_out_is_in_the_json_and_nowhere_else(joules, machine, tmp_path):
    command = nth(tmp_path, 2, control(machine, "reset package-1"))
    done = joules("run", "--json", "-r", "2", "--sysroot", machine, *command)
    assert len(done.stderr.splitlines()) == 1
    assert sum("package_1 was not fully measured" in line for line in json.loads(done.stderr)["warnings"]) == 1


def test_above_idle_has_a_spread_of_its_own(joules, machine, tmp_path):
    # All runs take as much above idle, and the second one much longer: its energy is no doubt about that.
    command = nth(tmp_path, 2, "sleep 0.6")
    text = joules("run", "-r", "3", "--idle", "0.3", "--sysroot", machine, *command).stderr
    sigma = {name: float(re.search(r"± +([\d.]+)", line_of(text, name))[1]) for name in ("total", "above idle")}
    assert sigma["total"] > 30 and sigma["above idle"] < 8


def test_a_run_above_idle_shows_its_bounds(joules, machine):
    words = ("--idle", "0.3", "--sysroot", machine, "sleep", "0.3")
    report, _ = joules.report(*words)
    above = report["above_idle"]
    assert above["total"]["low"] == pytest.approx(above["package_0"]["low"] + above["package_1"]["low"])
    assert above["total"]["low"] < 0 < above["total"]["high"]
    text = joules("run", *words).stderr
    half = float(re.search(r"± +([\d.]+)", line_of(text, "above idle"))[1])
    assert 0.1 < half < 20, "what the counters resolve in both, no spread"


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_watts_have_no_more_digits_than_the_bounds(joules, machine, seconds):
    text = joules("run", "--sysroot", machine, "sleep", seconds).stderr
    time, unit = re.search(r"after ([\d.]+) (m?s)", text).groups()
    time = float(time) * {"s": 1, "ms": 1e-3}[unit]
    half, watts = re.search(r"± +([\d.]+) +(\S+) +W", line_of(text, "package_0")).groups()
    digits = len(watts.partition(".")[2])
    assert digits == 0 or 10**-digits > 0.04 * float(half) / time, "the last digit is of the size of the doubt"
