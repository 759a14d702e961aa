# SPDX-License-Identifier: MIT
"""joules run: why a value is not measured, partial or short, and what its watts are."""

import re

import pytest


@pytest.fixture
def machine(bed):
    """Two sockets of constant power that a test may damage; each test gets them whole."""
    root = bed("amd", "--seed", "47")
    lines = [
        f"power package-{i} constant {watts}\nheal package-{i}\nthaw package-{i}" for i, watts in ((0, 100), (1, 50))
    ]
    (root / "control").write_text("\n".join(lines) + "\n")
    return root


def after(root, seconds, line, more):
    return ["sh", "-c", f"sleep {seconds}; echo '{line}' > {root}/control; sleep {more}"]


def package_1(report):
    return next(domain for domain in report["runs"][0]["domains"] if domain["domain"] == "package_1")


def test_a_failure_names_its_errno_and_watts_are_of_what_was_seen(joules, machine):
    # A mark reads the counter: a tick of the begin alone would tell no power.
    script = f"sleep 0.1; joules mark seen; sleep 0.05; echo 'fail package-1 EIO' > {machine}/control; sleep 0.5"
    report, status = joules.report("--sysroot", machine, "sh", "-c", script)
    domain = package_1(report)
    assert status == 0
    assert domain["flags"] == ["partial"] and domain["low"] is not None and domain["high"] is None
    assert domain["reason_code"] == "failed" and domain["reason"].endswith("Input/output error")
    assert domain["joules"] < 45 * report["runs"][0]["duration_s"] and domain["watts"] == pytest.approx(50, rel=0.5), (
        "50 W, though seen for a part only"
    )
    lines = [line for line in report["warnings"] if line == f"package_1: {domain['reason']}"]
    assert len(lines) == 1


def test_a_reset_is_told(joules, machine):
    command = after(machine, 0.1, "reset package-1", 0.1)
    report, _ = joules.report("--sysroot", machine, *command)
    domain = package_1(report)
    assert domain["joules"] is None and domain["watts"] is None and domain["flags"] == ["invalid"]
    assert domain["reason_code"] == "reset" and "was reset" in domain["reason"]
    text = joules("run", "-r", "3", "--sysroot", machine, *command).stderr
    assert len(re.findall(r"note: package_1: the counter was reset", text)) == 1, "once, however often"


def test_a_counter_that_freezes_has_the_watts_of_before(joules, machine):
    # A mark is a read: these show when it froze.
    freeze = f"echo freeze package-1 > {machine}/control"
    command = ["sh", "-c", f"sleep 0.6; joules mark x; sleep 0.01; joules mark y; {freeze}; joules mark z; sleep 0.6"]
    report, _ = joules.report("--sysroot", machine, *command)
    domain = package_1(report)
    assert set(domain["flags"]) == {"partial", "stuck"} and domain["reason_code"] == "stuck"
    assert 20 < domain["joules"] < 45 and domain["high"] is None
    assert domain["watts"] == pytest.approx(50, rel=0.3)


def test_a_counter_that_freezes_unseen_has_no_watts(joules, machine):
    report, _ = joules.report("--sysroot", machine, *after(machine, 0.4, "freeze package-1", 1.2))
    domain = package_1(report)
    assert set(domain["flags"]) == {"partial", "stuck"} and domain["joules"] > 15
    assert domain["watts"] is None, "not 13 W for 50 W: nobody read when it froze"


def test_what_is_short_says_so(joules, bed):
    """A guest's counters move once a second: most runs of 0.1 s see no tick; one that sees one is short all the same."""
    root = bed("guest")
    reasons = []
    while not reasons or (len(reasons) < 5 and "did not move" not in reasons[-1]):
        report, _ = joules.report("--sysroot", root, "sleep", "0.1")
        domain = report["runs"][0]["domains"][0]
        assert domain["flags"] == ["below_tick"] and domain["reason_code"] == "short"
        assert f"package_0: {domain['reason']}" in report["warnings"]
        reasons.append(domain["reason"])
    assert "did not move" in reasons[-1]


def test_what_is_measured_has_nothing_to_explain(joules, machine):
    report, _ = joules.report("--sysroot", machine, "sleep", "0.2")
    assert [(domain["reason"], domain["reason_code"]) for domain in report["runs"][0]["domains"]] == [(None, None)] * 4
    assert report["warnings"] == []


def test_marks_over_a_counter_at_rest_are_as_certain_as_the_whole_run(joules, bed):
    """Idle graphics beside a live package: each mark is +- what the counter resolves, not what a socket could take."""
    root = bed("client", "--seed", "47")
    (root / "control").write_text("power uncore-0 constant 0\n")
    command = ["sh", "-c", "for i in 1 2 3; do sleep 0.3; joules mark $i; done; sleep 0.3"]
    run = joules.report("--sysroot", root, *command)[0]["runs"][0]
    whole = next(domain for domain in run["domains"] if domain["domain"] == "uncore_0")
    assert whole["joules"] == 0 and whole["high"] < 0.01
    for sample in run["samples"]:
        assert sample["energy"]["uncore_0"]["joules"] == 0 and sample["energy"]["uncore_0"]["high"] < 0.01, sample[
            "tag"
        ]
