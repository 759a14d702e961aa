# SPDX-License-Identifier: MIT
"""pytest --joules, --joules-json, and the fixture `joules`."""

import json
import os
import subprocess
import sys

import pytest

TESTS = """
import time
import pytest

def test_sleep():
    time.sleep(0.1)

def test_fails():
    time.sleep(0.1)
    assert 0, "as it must"

@pytest.mark.skip
def test_skipped():
    pass

def test_block(joules):
    with joules("sleep") as block:
        with pytest.raises(RuntimeError, match="running"):
            block.joules
        time.sleep(0.1)
    assert block.low <= block.joules <= block.high
    assert block.joules > 0 and block.seconds >= 0.1 and block.watts > 0
    assert list(block.sample.energy)[:2] == ["package_0", "package_1"]
    with joules() as other:
        pass
    assert other.seconds < block.seconds
"""


@pytest.fixture
def suite(tmp_path):
    """suite("--joules") runs pytest on those tests."""
    (tmp_path / "test_them.py").write_text(TESTS)

    def suite(*options, file="test_them.py", **env):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            *options,
            file,
        ]
        env = {**{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}, **env}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)

    suite.folder = tmp_path
    return suite


def lines(done):
    return [line for line in done.stdout.splitlines() if "test_them.py::" in line and not line.startswith("FAILED")]


def test_it_prints_the_joules_of_each_test(suite, bed):
    bed("server")
    done = suite("--joules")
    assert done.returncode == 1 and "1 failed, 2 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert sorted(line.split("::")[1] for line in lines(done)) == ["test_block", "test_fails", "test_sleep"]
    assert all("±" in line and " W " in line for line in lines(done))
    assert any(line.endswith("  sleep") for line in done.stdout.splitlines())
    assert "whole machine" in done.stdout


def test_nothing_is_measured_or_said_without_the_option(suite, bed):
    bed("server")
    done = suite("-k", "not block")
    assert "joules" not in done.stdout + done.stderr


def test_the_fixture_needs_no_option(suite, bed):
    bed("server")
    done = suite("-k", "block")
    assert done.returncode == 0 and "1 passed" in done.stdout, done.stdout


def test_json_has_what_is_known_of_each_test(suite, bed):
    bed("server")
    path = suite.folder / "energy.json"
    path.write_text("older and longer than it will be" * 1000)
    suite("--joules-json", str(path))
    report = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert report["format"] == "joules.pytest.1" and report["parallel"] is False
    tests = {test["test"].split("::")[1]: test for test in report["tests"]}
    assert {name: test["outcome"] for name, test in tests.items()} == {
        "test_sleep": "passed",
        "test_fails": "failed",
        "test_block": "passed",
    }
    sleep = tests["test_sleep"]
    assert sleep["duration_s"] >= 0.1
    assert [domain["domain"] for domain in sleep["domains"]] == ["package_0", "package_1", "dram_0", "dram_1"]
    assert all(
        domain["source"] == "measured" and domain["low"] <= domain["joules"] <= domain["high"]
        for domain in sleep["domains"]
    )
    total = sleep["total"]
    assert total["low"] <= total["joules"] <= total["high"] and total["missing"] == []
    assert total["joules"] == pytest.approx(sum(domain["joules"] for domain in sleep["domains"]))
    assert [block["tag"] for block in tests["test_block"]["blocks"]] == ["sleep", ""]


def test_a_test_is_measured_alone(suite, machine):
    """The counters move by what the test itself sets: nothing of its set-up is in it, and no test before it."""
    (suite.folder / "test_known.py").write_text(f"""
import sys
import time
import pytest
sys.path[:0] = {sys.path!r}
import tree

def spend(joules):
    time.sleep(joules / 500)
    spend.total += joules
    tree.set_energy({machine.root!r}, "package-0", 100_000_000 + spend.total * 1_000_000)
spend.total = 0

@pytest.fixture
def costly():
    spend(100)
    yield
    spend(100)

def test_three(costly):
    spend(3)

def test_seven(costly, joules):
    spend(2)
    with joules("block"):
        spend(5)
""")
    path = suite.folder / "energy.json"
    with machine.idles():
        done = suite("--joules-json", str(path), file="test_known.py")
    assert done.returncode == 0, done.stdout
    three, seven = json.loads(path.read_text())["tests"]
    assert three["domains"][0]["joules"] == pytest.approx(3, abs=0.01)
    assert seven["domains"][0]["joules"] == pytest.approx(7, abs=0.01)
    assert seven["blocks"][0]["domains"][0]["joules"] == pytest.approx(5, abs=0.01)


def test_where_nothing_can_be_measured_the_tests_run_and_it_says_why(suite, bare):
    path = suite.folder / "energy.json"
    done = suite("--joules", "--joules-json", str(path), "-k", "sleep or fails")
    assert "1 failed, 1 passed" in done.stdout
    assert "no test was measured: nothing can be measured on this machine" in done.stdout
    assert all("missing" in test and "total" not in test for test in json.loads(path.read_text())["tests"])


def test_an_estimate_is_marked(suite, bed):
    bed("cloud")
    done = suite("--joules", "-k", "sleep")
    assert " ~  test_them.py::test_sleep" in lines(done)[0]
    assert "~ an estimate, not measured" in done.stdout and "steps can hide" not in done.stdout


def test_a_test_shorter_than_a_tick_is_marked(suite, bed):
    bed("server")
    (suite.folder / "test_them.py").write_text("".join(f"def test_{i}(): pass\n" for i in range(20)))
    done = suite("--joules")
    assert any("*" in line for line in lines(done)) and "shorter than two steps (ticks)" in done.stdout


def test_no_legend_stands_without_its_marker(suite, bed):
    bed("server")
    done = suite("--joules", "-k", "sleep")
    assert "shorter than" not in done.stdout and "an estimate" not in done.stdout and "! without" not in done.stdout


def test_a_part_that_is_missing_is_marked(suite, bed):
    machine = bed("server")
    machine.command("fail package-1 EIO")
    done = suite("--joules", "-k", "sleep")
    assert " !" in lines(done)[0] and "! without a part of the machine" in done.stdout


def many(suite, count=25, seconds=0.002):
    (suite.folder / "test_them.py").write_text(
        "import time, pytest\n@pytest.mark.parametrize('number', range(%d))\ndef test_many(number): time.sleep(%g * number)\n"
        % (count, seconds)
    )


def test_the_tests_that_used_most_come_first(suite, bed):
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    many(suite)
    done = suite("--joules")
    joules = [float(line.split()[0]) * {"J": 1, "mJ": 1e-3}[line.split()[1]] for line in lines(done)]
    assert len(joules) == 10 and joules == sorted(joules, reverse=True)
    assert "These 10 of 25 tests used most; --joules-all lists the others too." in done.stdout
    done = suite("--joules-all")
    assert [line.split("::")[1] for line in lines(done)] == [f"test_many[{number}]" for number in range(25)]
    assert "used most" not in done.stdout


def test_the_bounds_of_a_test_are_settled(suite, bed):
    """100 W: open bounds are 3.8 J apart."""
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    many(suite, 10, 0.01)
    path = suite.folder / "energy.json"
    suite("--joules-json", str(path))
    totals = [test["total"] for test in json.loads(path.read_text())["tests"]]
    # On a busy machine the looks come late in some of them.
    assert len(totals) == 10 and min(total["high"] - total["low"] for total in totals[1:]) < 1


BUDGETS = """
import time
import pytest

@pytest.mark.joules(max="1 kJ")
def test_enough():
    time.sleep(0.05)

@pytest.mark.joules(max="300 mJ")
def test_too_much():
    time.sleep(0.2)

@pytest.mark.joules(max=1e-3)
class TestAll:
    def test_of_a_class(self):
        time.sleep(0.2)

    @pytest.mark.joules(max="1 kJ")
    def test_with_its_own(self):
        pass

    def test_that_fails_by_itself(self):
        assert 0, "as it must"
"""


def test_a_budget_fails_a_test_that_used_more_for_certain(suite, bed):
    bed("cpu threads=4 vendor=GenuineIntel family=6 model=106 name=Test\nzone package-0 tick=exact constant 100\n")
    (suite.folder / "test_them.py").write_text(BUDGETS)
    done = suite("--strict-markers", "-W", "error")
    assert "3 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "and its budget is 300 mJ" in done.stdout and "and its budget is 1 mJ" in done.stdout
    assert "as it must" in done.stdout and "joules ===" not in done.stdout
    assert 'joules(max="5 J")' in suite("--markers").stdout


def test_what_is_not_certain_is_no_failure(suite, machine):
    """A counter that stands still: 0 J, and more than 1 J would be possible."""
    (suite.folder / "test_them.py").write_text(BUDGETS.replace("0.2)", "0.01)"))
    done = suite("--joules-json", "energy.json")
    report = json.loads((suite.folder / "energy.json").read_text())
    assert "1 failed, 4 passed" in done.stdout, done.stdout
    assert {test["test"].split("::")[-1]: test.get("budget") for test in report["tests"]} == {
        "test_enough": 1000.0,
        "test_too_much": 0.3,
        "test_of_a_class": 1e-3,
        "test_with_its_own": 1000.0,
        "test_that_fails_by_itself": None,
    }
    assert report["tests"][1]["total"]["high"] > 0.3


@pytest.mark.parametrize(
    ("where", "options", "why"),
    [
        ("cloud", (), "estimates, not measured"),
        ("none", (), "nothing can be measured on this machine"),
        ("server", ("-n", "2"), "side by side"),
    ],
)
def test_where_a_budget_says_nothing_it_is_not_judged(suite, bed, bare, where, options, why):
    if where != "none":
        bed(where)
    (suite.folder / "test_them.py").write_text(BUDGETS)
    done = suite(*options)
    assert "1 failed, 4 passed" in done.stdout, done.stdout + done.stderr
    count = 5 if where == "none" else 4
    assert f"{count} budgets were not judged: " in done.stdout and why in done.stdout


def test_a_budget_that_is_none_fails_its_test_and_says_so(suite, machine):
    markers = ['max="5 W"', '"5 J"', "max=-1", 'max="5 J", min=1', "max=None", 'max="1.2.3 J"', ""]
    (suite.folder / "test_them.py").write_text(
        "import pytest\ndef test_other(): pass\n"
        + "".join(f"@pytest.mark.joules({marker})\ndef test_{i}(): pass\n" for i, marker in enumerate(markers))
    )
    done = suite()
    assert "1 passed, 7 errors" in done.stdout, done.stdout
    assert done.stdout.count("\npytest.mark.joules: ") == 7 and done.stdout.count("5 J") >= 7


def test_a_worker_that_dies_takes_its_test_only(suite, bed):
    pytest.importorskip("xdist")
    bed("server")
    (suite.folder / "test_them.py").write_text(
        "import os, pytest\n@pytest.mark.parametrize('number', range(6))\ndef test_many(number):\n    if number == 3: os._exit(9)\n"
    )
    done = suite("--joules", "--joules-json", "energy.json", "-n", "2")
    assert "1 failed, 5 passed" in done.stdout and "INTERNALERROR" not in done.stdout + done.stderr
    report = json.loads((suite.folder / "energy.json").read_text())
    assert len(report["tests"]) == 5 and report["parallel"] is True and "side by side" in done.stdout


def test_a_file_that_cannot_be_written_stops_before_anything_runs(suite, machine):
    done = suite("--joules-json", "none/energy.json")
    assert done.returncode == 4 and "--joules-json: cannot write none/energy.json" in done.stderr
    assert "passed" not in done.stdout


def test_side_by_side_it_says_so(suite, bed):
    pytest.importorskip("xdist")
    bed("server")
    path = suite.folder / "energy.json"
    done = suite("--joules", "--joules-json", str(path), "-n", "2")
    assert "1 failed, 2 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert sorted(line.split("::")[1] for line in lines(done)) == ["test_block", "test_fails", "test_sleep"]
    assert "side by side" in done.stdout
    report = json.loads(path.read_text())
    assert report["parallel"] is True and len(report["tests"]) == 3
