# SPDX-License-Identifier: MIT
"""--report FORMAT:FILE: each format, whatever the command is called, and where the files go."""

import csv
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree

import pytest

NASTY = "a|b `c` <script>alert(1)</script> \"q\" 'q' *x* _y_ [l](u) &amp; \\ @me #1\nnew\tline"
HYPERFINE = ["command", "mean", "stddev", "median", "user", "system", "min", "max", "times", "exit_codes"]


@pytest.fixture
def reported(joules, desktop, tmp_path):
    """The files that a run writes in all formats."""

    def run(*words, runs=2):
        formats = ["text", "json", "md", "csv", "junit", "hyperfine"]
        options = [word for name in formats for word in ("--report", f"{name}:{tmp_path}/{name}")]
        done = joules("run", "-q", "-r", runs, *options, "--sysroot", desktop.root, *words)
        assert done.stderr == ""
        return {name: (tmp_path / name).read_text() for name in formats}

    return run


def check_junit(text):
    """The rules of JUnit.xsd of JUnit 4's Ant task, for a testsuite that stands alone."""
    suite = xml.etree.ElementTree.fromstring(text)
    assert suite.tag == "testsuite"
    assert set(suite.attrib) == {"name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")) and suite.get("hostname")
    tags = [child.tag for child in suite]
    assert tags == ["properties", *["testcase"] * int(suite.get("tests")), "system-out", "system-err"]
    cases = suite.findall("testcase")
    for case in (suite, *cases):
        assert re.fullmatch(r"\d+(\.\d+)?", case.get("time")), "xs:decimal knows no exponent"
    for case in cases:
        assert set(case.attrib) == {"name", "classname", "time"} and case.get("name")
        assert [child.tag for child in case] in ([], ["failure"], ["error"], ["skipped"])
        assert all("type" in child.attrib for child in case if child.tag != "skipped")
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert len(suite.findall(f"testcase/{tag}")) == int(suite.get(count))
    return suite


def test_every_format_says_the_same(reported):
    files = reported("sleep", "0.02")
    report = json.loads(files["json"])
    summary = report["summary"]
    row = next(csv.DictReader(files["csv"].splitlines()))
    assert list(row)[:8] == HYPERFINE[:8], "the columns of hyperfine come first"
    for name, value in (("mean", "duration_s"), ("joules_mean", "total")):
        assert float(row[name]) == summary[value]["mean"]
    assert (row["runs"], row["failed"], row["source"]) == ("2", "0", "measured")
    assert float(row["package_0_joules"]) == summary["domains"]["package_0"]["mean"]
    result = json.loads(files["hyperfine"])["results"][0]
    assert result["times"] == [run["duration_s"] for run in report["runs"]]
    assert result["energy"] == [run["total"]["joules"] for run in report["runs"]] and result["exit_codes"] == [0, 0]
    assert result["user"] == pytest.approx(sum(run["user_s"] for run in report["runs"]) / 2)
    assert files["md"].startswith("<code>sleep 0.02</code>: 2 runs\n\n|  | mean |") and "| **total** |" in files["md"]
    assert files["text"].startswith("sleep 0.02: 2 runs\n") and "± is σ" in files["text"]
    suite = check_junit(files["junit"])
    assert suite.find("testcase").get("name") == "sleep 0.02" and "2 runs" in suite.findtext("system-out")


def test_one_run_has_no_spread(reported):
    files = reported("true", runs=1)
    assert json.loads(files["hyperfine"])["results"][0]["stddev"] is None
    assert next(csv.DictReader(files["csv"].splitlines()))["stddev"] == ""
    assert "|  | energy |" in files["md"]


def test_hyperfines_own_keys(reported, tmp_path):
    if not shutil.which("hyperfine"):
        pytest.skip("no hyperfine")
    there = tmp_path / "there.json"
    words = ["hyperfine", "-N", "-w", "0", "-r", "2", "--export-json", there, "true"]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    theirs = json.loads(there.read_text())["results"][0]
    ours = json.loads(reported("true")["hyperfine"])["results"][0]
    assert list(theirs) == HYPERFINE and list(ours) == [*HYPERFINE, "energy"]
    assert [type(ours[name]) for name in HYPERFINE] == [type(theirs[name]) for name in HYPERFINE]


def test_a_command_of_any_bytes_harms_no_format(reported):
    files = reported("sh", "-c", "exit 0", NASTY, b"\xff\x1b[31m\xef\xbf\xbf".decode(errors="surrogateescape"))
    assert json.loads(files["json"])["command"][3] == NASTY
    code = files["md"].splitlines()[0]
    assert code.startswith("<code>") and code.endswith("</code>: 2 runs")
    assert not set("|`<>*[]\\@!~") & set(code.removeprefix("<code>").removesuffix("</code>: 2 runs"))
    rows = list(csv.reader(files["csv"].splitlines()))
    assert len(rows) == 2 and len(rows[0]) == len(rows[1]) and rows[1][0].startswith("sh -c 'exit 0' ")
    check_junit(files["junit"])
    for name, text in files.items():
        assert "\033" not in text and "\t" not in text, name
    assert json.loads(files["hyperfine"])["results"][0]["command"] == rows[1][0]


@pytest.mark.parametrize("verb", ["compare", "check"])
def test_any_bytes_in_what_other_verbs_run_harm_no_format(joules, desktop, tmp_path, verb):
    """Of check also in a rule and in the other command."""
    nasty = f"true # {NASTY}" + b"\xff\x1b[31m\xef\xbf\xbf".decode(errors="surrogateescape")
    formats = ["text", "json", "md", "csv", "junit", *(["hyperfine"] if verb == "compare" else [])]
    options = [word for name in formats for word in ("--report", f"{name}:{tmp_path}/{name}")]
    words = {
        "compare": ["-r", "2", "--fail-if", "less", f"{nasty.replace('new', ': new')}; :", "true"],
        "check": [
            "-r",
            "2",
            "--budget",
            f"tag:{nasty}<=1J",
            "--against",
            "true 'a|b`<script>'",
            "--allow",
            "3%",
            "sh",
            "-c",
            ":",
            nasty,
        ],
    }[verb]
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": tmp_path / "summary"}
    done = joules(verb, "-q", "--sysroot", desktop.root, *options, *words, env=env)
    assert done.returncode == 4, done.stderr
    files = {name: (tmp_path / name).read_text() for name in [*formats, "summary"]}
    for name, text in files.items():
        assert name == "csv" or ("\033" not in text and "\t" not in text), name
    json.loads(files["json"])
    check_junit(files["junit"])
    assert len({len(row) for row in csv.reader(files["csv"].splitlines())}) == 1
    for text in (files["md"], files["summary"]):
        assert "<script>" not in text and "`" not in text
        assert all(re.match(r"\||❔|\d|$", line) for line in text.splitlines()), "no line is broken"
    annotations = [line for line in done.stderr.splitlines() if line.startswith("::error title=joules")]
    assert annotations and "#1%0A" in annotations[0] and "\\x1b" in annotations[0] and "\033" not in done.stderr


def test_a_command_that_fails_is_a_test_that_fails(joules, desktop, tmp_path):
    options = ["-q", "-r", "3", "--ignore-failure", "--report", f"junit:{tmp_path}/x"]
    fails = f"echo x >> {tmp_path}/log; [ $(wc -l < {tmp_path}/log) != 2 ]"
    assert joules("run", *options, "--sysroot", desktop.root, "sh", "-c", fails).returncode == 0
    failure = check_junit((tmp_path / "x").read_text()).find("testcase/failure")
    assert (failure.get("type"), failure.get("message")) == ("exit", "1 of 3 runs failed")


@pytest.mark.parametrize(
    "words, why",
    [
        (["-w", "1", "false"], "the command failed (exit status 1)"),
        (["--prepare", "false", "true"], "the command did not run"),
        (["no-such-command"], "the command did not run"),
    ],
)
def test_a_command_that_was_never_measured_is_an_error(joules, desktop, tmp_path, words, why):
    options = [word for name in ("json", "junit", "md", "csv") for word in ("--report", f"{name}:{tmp_path}/{name}")]
    assert joules("run", *options, "--sysroot", desktop.root, *words).returncode in (1, 125, 127)
    assert check_junit((tmp_path / "junit").read_text()).find("testcase/error").get("message") == why
    assert json.loads((tmp_path / "json").read_text())["runs"] == []
    assert "0 runs" in (tmp_path / "md").read_text()
    assert next(csv.DictReader((tmp_path / "csv").read_text().splitlines()))["runs"] == "0"


def test_other_reports_stand_beside_the_verbs_own(joules, desktop, tmp_path):
    done = joules("run", "--report", "json:-", "--report", f"{tmp_path}/own", "--sysroot", desktop.root, "true")
    assert json.loads(done.stdout)["format"] == "joules.run.1" and done.stderr == ""
    assert (tmp_path / "own").read_text().startswith("true: exit 0")
    done = joules("run", "--json", "--report", "text:-", "--sysroot", desktop.root, "true")
    assert done.stdout.startswith("true: exit 0") and json.loads(done.stderr)


@pytest.mark.parametrize(
    "options, says",
    [
        (["--report", "cvs:x"], "did you mean 'csv'? The formats are text json md csv junit hyperfine"),
        (["--report", "md:"], "a file is missing; write md:FILE, or md:- for standard output"),
        (["--report", ""], "is a variable unset?"),
        (["--report", "md:/nonexistent/x"], "/nonexistent/x"),
        (["--report", "md:x", "--report", "csv:./x"], "two --report name the same file"),
        (["--report", "md:x", "--report", "x"], "two --report name the same file"),
        (["--report", "json:x.json", "-o", "json:x.json"], "-o and --report json:x.json name the same file"),
    ],
)
def test_reports_that_cannot_be_are_refused_before_anything_runs(joules, desktop, tmp_path, options, says):
    done = joules("run", *options, "--sysroot", desktop.root, "touch", "ran", cwd=tmp_path)
    assert done.returncode == 125 and says in done.stderr and not (tmp_path / "ran").exists()


def test_a_name_with_a_colon_is_a_file(joules, desktop, tmp_path):
    joules("run", "--report", "./10:30", "--sysroot", desktop.root, "true", cwd=tmp_path)
    assert (tmp_path / "10:30").read_text().startswith("true: exit 0")


def test_a_report_that_cannot_be_written_is_an_error(joules, desktop):
    done = joules("run", "--report", "md:/dev/full", "--sysroot", desktop.root, "true")
    assert done.returncode == 0
    assert "the report could not be written to /dev/full: No space left on device" in done.stderr
    assert done.stderr.startswith("<code>true</code>"), "what was measured is shown elsewhere"


def test_a_comparison_in_every_format(joules, desktop, tmp_path):
    formats = ["text", "json", "md", "csv", "junit", "hyperfine"]
    options = [word for name in formats for word in ("--report", f"{name}:{tmp_path}/{name}")]
    words = ["-r", "6", *options, "--sysroot", desktop.root, "-L", "NAP", "0.01,0.03", "sleep {NAP}; : '|`'"]
    done = joules("compare", *words)
    assert done.returncode == 0 and "2 commands, 6 rounds" in done.stdout
    files = {name: (tmp_path / name).read_text() for name in formats}
    commands = ["sleep 0.01; : '|`'", "sleep 0.03; : '|`'"]
    report = json.loads(files["json"])
    assert report["format"] == "joules.compare.1" and "6 rounds" in files["text"]
    rows = list(csv.DictReader(files["csv"].splitlines()))
    assert [(row["command"], row["parameter_NAP"]) for row in rows] == list(zip(commands, ("0.01", "0.03")))
    results = json.loads(files["hyperfine"])["results"]
    assert list(results[1]) == [*HYPERFINE, "energy", "parameters"] and results[1]["parameters"] == {"NAP": "0.03"}
    assert results[1]["times"] == [run["duration_s"] for run in report["commands"][1]["runs"]]
    assert "| 2 against 1 | energy |" in files["md"] and "&#124;&#96;" in files["md"]
    cells = {len(re.split(r" \| ", line)) for line in files["md"].splitlines() if line.startswith("| 2 against")}
    assert cells == {3}
    case = check_junit(files["junit"]).find("testcase")
    assert case.get("name") == f"total: {commands[1]} against {commands[0]}"


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_comparison_that_breaks_off_is_an_error(joules, desktop, tmp_path, rounds):
    options = [word for name in ("json", "junit", "text") for word in ("--report", f"{name}:{tmp_path}/{name}")]
    dies = f"echo >> {tmp_path}/n; exit $(($(wc -l < {tmp_path}/n) > {2 * rounds} ? 9 : 0))"
    done = joules("compare", "-r", "6", *options, "--sysroot", desktop.root, "true", dies)
    report = json.loads((tmp_path / "json").read_text())
    assert done.returncode == 1 and report["comparisons"][0]["rounds"] == rounds
    suite = check_junit((tmp_path / "junit").read_text())
    assert suite.find("testcase/error").get("message").endswith("failed (exit status 9)")
    assert suite.get("timestamp") > "2020"
    assert ("no round was measured" in (tmp_path / "text").read_text()) == (rounds == 0)
    assert bool(done.stdout) == (rounds > 0)


@pytest.mark.parametrize("verdict, outcome", [("more", "failure"), ("less", None)])
def test_a_comparison_that_fails_is_a_test_that_fails(joules, desktop, tmp_path, verdict, outcome):
    words = ["-r", "6", "--metric", "time", "--fail-if", verdict, "--report", f"junit:{tmp_path}/x"]
    done = joules("compare", *words, "--sysroot", desktop.root, "sleep 0.01", "sleep 0.06")
    case = check_junit((tmp_path / "x").read_text()).find("testcase")
    assert done.returncode == (3 if outcome else 0)
    assert [child.tag for child in case] == ([outcome] if outcome else [])
    assert not outcome or (case[0].get("type") == "more" and "times the other" in case[0].get("message"))
