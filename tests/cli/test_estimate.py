# SPDX-License-Identifier: MIT
"""The estimate on an emulated virtual machine whose CPU time is stolen, jumps and slips."""

import pytest

from bed import Bed, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture
def cloud(joules):
    """Four threads of a Zen 3, which nobody else uses: 0.42 W idle and 1.92 W at full load for each."""
    with Bed("cloud") as bed:
        yield bed


def estimate(joules, bed, *commands, seconds=0.4):
    """estimated_cpu of a run in whose middle these commands come."""
    lines = "".join(f"echo '{command}' > {bed.root}/control; " for command in commands)
    script = f"sleep {seconds / 2}; {lines} sleep {seconds / 2}"
    report, status = joules.report("--sysroot", bed.root, "sh", "-c", script)
    assert status == 0
    (domain,) = report["runs"][0]["domains"]
    assert domain["domain"] == "estimated_cpu"
    return domain


FULL_W, HALF_W = 4 * 1.92, 4 * (0.42 + 1.50 * 0.55)


@pytest.mark.parametrize(
    "impossible",
    [
        ["offline 3", "jump idle 2600000"],
        ["jump user 80000"],
        ["jump iowait -5000"],
        ["jump steal 1000000"],
        ["jump user -50000"],
    ],
)
def test_impossible_ticks_are_not_believed(joules, cloud, impossible):
    cloud.command("busy 0.5")
    cloud.command("jump iowait 6000")
    cloud.command("jump user 60000")
    domain = estimate(joules, cloud, *impossible)
    assert domain["flags"] == ["invalid"] and domain["reason_code"] == "implausible"
    assert domain["joules"] is None and domain["low"] is None and domain["high"] is None


def test_time_that_goes_from_iowait_to_idle(joules, cloud):
    cloud.command("busy 0.5")
    cloud.command("jump iowait 6000")
    domain = estimate(joules, cloud, "jump iowait -5000", "jump idle 5000")
    assert domain["flags"] == [] and domain["watts"] == pytest.approx(HALF_W, rel=0.05)


def test_a_cpu_that_goes_offline_in_time(joules, cloud):
    cloud.command("busy 0.5")
    domain = estimate(joules, cloud, "offline 3")
    assert domain["flags"] == [] and HALF_W * 0.95 < domain["watts"] < FULL_W


def test_stolen_time_is_no_load(joules, cloud):
    cloud.command("busy 0.5")
    cloud.command("steal 0.5")
    stolen = estimate(joules, cloud)
    cloud.command("steal 0")
    idle = estimate(joules, cloud)
    assert stolen["watts"] == pytest.approx(HALF_W, rel=0.05)
    assert idle["watts"] == pytest.approx(HALF_W, rel=0.05)
