# SPDX-License-Identifier: MIT
"""joules check: rules, how each is decided, exit statuses, and what GitHub Actions is told."""

import json
import re
import signal

import pytest

from terminals import shown
from test_reports import check_junit


@pytest.fixture
def machine(bed):
    """A package that draws 100 W."""
    root = bed("amd", "--seed", "55")
    (root / "control").write_text("power package-0 constant 100\n")
    return root


@pytest.fixture
def check(joules, machine):
    def run(*words, command=("sleep", "0.1"), **options):
        done = joules("check", "--json", "--sysroot", machine, *words, *command, **options)
        return json.loads(done.stderr), done.returncode

    return run


def verdicts(report):
    return [rule["verdict"] for rule in report["rules"]]


def test_rules_by_bounds(check):
    budgets = ["package_0<=9kJ", "package_0 <= 1 J", "time<=60s", "time<=1ms", "power<=1W", "total<=1Wh"]
    report, status = check(*[word for budget in budgets for word in ("--budget", budget)])
    assert verdicts(report) == ["within", "exceeded", "within", "exceeded", "exceeded", "within"]
    assert (status, report["verdict"]) == (3, "exceeded")
    first, second = report["rules"][:2]
    assert list(first) == [
        "rule",
        "metric",
        "limit",
        "unit",
        "value",
        "low",
        "high",
        "decided_by",
        "verdict",
        "why",
    ]
    assert (first["rule"], first["metric"], first["limit"], first["unit"]) == (
        "package_0<=9kJ",
        "package_0",
        9000,
        "kJ",
    )
    assert first["low"] <= first["value"] <= first["high"] and first["decided_by"] == "bounds"
    assert second["metric"] == "package_0" and report["rules"][5]["limit"] == 3600


def test_a_limit_inside_the_bounds_is_undecided(check):
    shown = check("--budget", "package_0<=1MJ".replace("M", "k"), command=("true",))[0]["rules"][0]
    limit = (shown["low"] + shown["high"]) / 2
    for _ in range(20):  # the bounds are those of each run, and the machine is a busy one
        report, status = check("--budget", f"package_0<={limit:.6f}J", command=("true",))
        if report["verdict"] == "undecided":
            break
    assert (report["verdict"], status) == ("undecided", 4) and report["rules"][0]["why"]
    assert check("--undecided", "pass", "--budget", "tag:none<=1J")[1] == 0


def test_two_of_three_that_cannot_be_decided(check):
    unknown = ["--budget", "tag:x<=1J", "--budget", "tag:y<=1J"]
    report, status = check(*unknown, "--budget", "time<=60s")
    assert verdicts(report) == ["undecided", "undecided", "within"] and (report["verdict"], status) == ("undecided", 4)
    report, status = check(*unknown, "--budget", "time<=1ms")
    assert (report["verdict"], status) == ("exceeded", 3), "exceeded beats undecided"


def test_a_tag_has_its_own_limit(check, joules):
    script = "sleep 0.05; joules mark solve; sleep 0.2"
    report, status = check("--budget", "tag:solve<=1kJ", "--budget", "tag:solve<=1J", command=("sh", "-c", script))
    assert verdicts(report) == ["within", "exceeded"] and status == 3
    assert report["rules"][0]["metric"] == "tag:solve" and 10 < report["rules"][0]["value"] < 200


def test_from_five_runs_on_the_median_decides(check, tmp_path):
    # One run of six is far longer: the median does not care.
    slow_once = f"[ -e {tmp_path}/once ] || {{ touch {tmp_path}/once; sleep 0.8; }}; sleep 0.02"
    report, status = check("-r", "8", "--budget", "time<=500ms", command=("sh", "-c", slow_once))
    rule = report["rules"][0]
    assert (rule["verdict"], rule["decided_by"], status) == ("within", "median", 0)
    assert rule["low"] <= rule["value"] <= rule["high"] < 0.5
    report, status = check("-r", "5", "--budget", "time<=1ms")
    assert report["rules"][0]["verdict"] == "exceeded" and status == 3


def test_runs_that_depend_on_each_other_decide_nothing(check, tmp_path):
    longer = f"echo x >> {tmp_path}/n; sleep 0.$(printf %02d $(($(wc -l < {tmp_path}/n) * 4)))"
    report, status = check("-r", "12", "--budget", "time<=60s", command=("sh", "-c", longer))
    assert (report["verdict"], status) == ("undecided", 4)
    assert "depend on those before" in report["rules"][0]["why"]


def test_against_another_command(check):
    report, status = check("-r", "7", "--against", "sleep 0.02", "--allow", "3%", command=("sleep", "0.2"))
    rule = report["rules"][0]
    assert (rule["verdict"], status) == ("exceeded", 3)
    assert rule["unit"] is None and rule["limit"] == pytest.approx(1.03) and rule["low"] > 2 < rule["value"]
    assert rule["rule"] == "total<=103% of sleep 0.02" and rule["decided_by"] == "comparison"
    report, status = check("-r", "7", "--against", "sleep 0.2", "--allow", "0%", command=("sleep", "0.02"))
    assert (report["verdict"], status) == ("within", 0)
    report, status = check("-r", "3", "--against", "true", "--allow", "3%", command=("true",))
    assert (report["verdict"], status) == ("undecided", 4) and "too few" in report["rules"][0]["why"]


def test_a_command_that_fails_has_no_verdict(joules, machine):
    done = joules("check", "--sysroot", machine, "--budget", "time<=60s", "sh", "-c", "exit 7")
    assert done.returncode == 1
    assert done.stderr == "joules check: the command failed (exit status 7), so there is no verdict\n"
    done = joules("check", "--sysroot", machine, "--budget", "time<=60s", "no-such-command")
    assert done.returncode == 1 and "command not found" in done.stderr


def test_a_check_without_a_verdict_says_why_in_every_format(check, joules, machine, tmp_path):
    why = "the command failed (exit status 7)"
    formats = [word for name in ("text", "md", "csv", "junit") for word in ("--report", f"{name}:{tmp_path}/{name}")]
    budgets = ["--budget", "time<=60s", "--budget", "total<=3J"]
    report, status = check(*formats, *budgets, command=("sh", "-c", "exit 7"))
    assert (status, report["verdict"], verdicts(report)) == (1, None, [None, None])
    assert {rule["why"] for rule in report["rules"]} == {why} and report["rules"][0]["value"] is None
    files = {name: (tmp_path / name).read_text() for name in ("text", "md", "csv", "junit")}
    assert files["text"] == f"sh -c 'exit 7': no verdict\n\n  {why}\n"
    assert files["md"] == f"❌ <code>sh -c 'exit 7'</code>: **no verdict**: {why}\n"
    assert files["csv"].splitlines()[1] == "time<=60s,time,60.0,s,,,,,"
    errors = check_junit(files["junit"]).findall("testcase/error")
    assert [error.get("message") for error in errors] == [why] * 2
    report, status = check("--against", "sh -c 'exit 3'", "--allow", "3%", command=("true",))
    assert (status, report["rules"][0]["why"]) == (1, "sh -c 'exit 3' failed (exit status 3)")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": tmp_path / "summary"}
    done = joules("check", "--sysroot", machine, *budgets, "sh", "-c", "exit 7", env=env)
    assert done.stderr.count(f"::error title=joules check::{why}\n") == 1
    assert (tmp_path / "summary").read_text().strip() == files["md"].strip()


def test_an_interrupt_is_no_verdict(joules, machine, tmp_path, until):
    words = ["-r", "1000", "--report", f"junit:{tmp_path}/junit", "--budget", "time<=60s"]
    process = joules.start(
        "check", "--json", "--sysroot", machine, *words, "sh", "-c", f"echo >>{tmp_path}/log; sleep 0.02"
    )
    until(lambda: (tmp_path / "log").exists() and len((tmp_path / "log").read_text()) > 2, "two runs")
    process.send_signal(signal.SIGINT)
    report = json.loads(process.communicate(timeout=30)[1])
    assert process.returncode == 128 + signal.SIGINT
    assert (report["verdict"], report["rules"][0]["why"]) == (None, "it was interrupted")
    error = check_junit((tmp_path / "junit").read_text()).find("testcase/error")
    assert error.get("message") == "it was interrupted"


@pytest.mark.parametrize("columns", [80, 200])
def test_the_text_fits_the_terminal(machine, joules, columns):
    rules = ["total<=3J", "package_0<=30kJ", f"tag:{'solve ' * 15}<=5J", "time<=20 min"]
    words = [word for rule in rules for word in ("--budget", rule)]
    lines = shown(joules, columns, "check", "-r", "5", "--sysroot", machine, *words, "sh", "-c", f": {'x' * 150}")
    assert not [line for line in lines if len(line) > columns]
    text = " ".join(" ".join(lines).split())
    assert "solve solve <=5J n/a 5 runs" in text and "it was not measured" in text
    assert any(len(line) > 80 for line in lines) == (columns == 200), "as wide as the terminal is"


@pytest.mark.parametrize(
    "words, says",
    [
        ([], "a limit is missing"),
        (["--budget", "total<120J"], "a rule is NAME<=LIMIT"),
        (["--budget", "<=120J"], "a rule is NAME<=LIMIT"),
        (["--budget", "total<=120"], "an energy is in J, mJ, kJ or Wh"),
        (["--budget", "total<=-1J"], "an energy is in J"),
        (["--budget", "total<=120s"], "an energy is in J"),
        (["--budget", "time<=2J"], "a time is in s, ms, us or min"),
        (["--budget", "power<=2J"], "a power is in W"),
        (["--budget", "package_9<=2J"], "package_9 is not measured here; joules list shows the domains"),
        (["--against", "true"], "--against needs --allow"),
        (["--against", "it's", "--allow", "3%"], "a quote is not closed"),
        (["--budget", "time<=1s", "--allow", "3%"], "--allow needs --against"),
        (["--against", "true", "--allow", "much"], "give a percentage, e.g. --allow 3%"),
        (["--baseline", "x"], "--baseline needs --allow"),
        (["--baseline", "/nonexistent/x", "--allow", "3%"], "there is no such file; --save begins one"),
        (["--budget", "time<=1s", "--save"], "--save needs --baseline"),
        (["--budget", "time<=1s", "--undecided", "maybe"], "give fail or pass"),
        (["--budget", "time<=1s", "--report", "hyperfine:x"], "a check has no such report"),
    ],
)
def test_bad_usage(joules, machine, tmp_path, words, says):
    done = joules("check", "--sysroot", machine, *words, "touch", tmp_path / "ran")
    assert (done.returncode, done.stdout) == (2, "") and says in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "ran").exists()
    assert joules("check", "--budget", "time<=1s").returncode == 2


def test_the_text_and_the_other_formats(joules, machine, tmp_path):
    formats = ["md", "csv", "junit"]
    options = [word for name in formats for word in ("--report", f"{name}:{tmp_path}/{name}")]
    words = ["--sysroot", machine, *options, "--budget", "time<=60s", "--budget", "tag:a|b`<=1J", "--undecided", "pass"]
    done = joules("check", *words, "sleep", "0.05")
    assert done.returncode == 0
    text = done.stderr
    assert text.startswith("sleep 0.05: undecided\n\n  within     time<=60s ")
    assert re.search(r"undecided  tag:a\|b`<=1J +n/a +1 run, by bounds\n +it was not measured\n", text)
    assert text.endswith("\n\n  by bounds: each run certainly lies in the range\n"), "what n/a lacks is not explained"
    rows = (tmp_path / "csv").read_text().splitlines()
    assert rows[0].startswith("rule,metric,limit,") and rows[2] == "tag:a|b`<=1J,tag:a|b`,1.0,J,,,,bounds,undecided"
    suite = check_junit((tmp_path / "junit").read_text())
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "0", "1")
    markdown = [line for line in (tmp_path / "md").read_text().splitlines() if line.startswith("| ")]
    assert (tmp_path / "md").read_text().endswith("|\n\nby bounds: each run certainly lies in the range\n")
    assert {len(re.split(r"(?<= )\|(?= )", line)) for line in markdown[1:]} == {4}
    joules("check", *words[:-2], "sleep", "0.05")
    suite = check_junit((tmp_path / "junit").read_text())
    assert suite.findall("testcase/failure")[0].get("type") == "undecided", "without --undecided pass"


@pytest.fixture
def baseline(check, tmp_path):
    """A file of three sessions, in which `sleep 0.1` took so many joules each."""
    file = tmp_path / "base.json"

    def write(*medians):
        file.unlink(missing_ok=True)
        report, status = check("-r", "5", "--baseline", file, "--allow", "10%", "--save")
        assert status == 4 and "fewer than three sessions" in report["rules"][0]["why"]
        data = json.loads(file.read_text())
        data["sessions"] = [{**data["sessions"][0], "median": median} for median in medians]
        file.write_text(json.dumps(data))
        return file

    return write


def test_a_session_is_added_to_the_baseline(check, tmp_path):
    file = tmp_path / "base.json"
    for sessions in (1, 2, 3):
        check("-r", "5", "--baseline", file, "--allow", "10%", "--save")
        data = json.loads(file.read_text())
        assert data["format"] == "joules.baseline.1" and len(data["sessions"]) == sessions
    assert [session["runs"] for session in data["sessions"]] == [5, 5, 5]
    assert len({session["median"] for session in data["sessions"]}) == 3 and data["machine"]["domains"]
    before = file.read_text()
    check("-r", "5", "--baseline", file, "--allow", "10%")
    assert file.read_text() == before and sorted(path.name for path in tmp_path.iterdir()) == ["base.json"]


@pytest.mark.parametrize(
    "medians, verdict, code",
    [((900, 1e3, 800), "within", 0), ((0.1, 0.3, 0.2), "exceeded", 3), ((0.1, 1, 1e3), "undecided", 4)],
)
def test_earlier_sessions_decide(check, baseline, medians, verdict, code):
    for _ in range(5):  # runs that happen to depend on each other are undecided
        report, status = check("-r", "8", "--baseline", baseline(*medians), "--allow", "10%")
        if "depend" not in (report["rules"][0]["why"] or ""):
            break
    rule = report["rules"][0]
    assert (rule["verdict"], status, rule["decided_by"]) == (verdict, code, "baseline")
    assert rule["limit"] == pytest.approx(1.1 * sorted(medians)[1])


@pytest.mark.parametrize(
    "edit, says",
    [
        (lambda text: text[:90], "line 1 is not JSON"),
        (lambda text: text.replace("joules.baseline.1", "other"), "it is not a baseline that --save has written"),
        (lambda text: re.sub(r'"median": [\d.]+', '"median": -5', text), "a session in it has no median above 0"),
        (lambda text: re.sub(r'"median"', '"mean"', text), "a session in it has no median above 0"),
        (lambda text: re.sub(r'"cpu": "[^"]*"', '"cpu": "Z80"', text), "another machine: cpu is Z80 there"),
        (lambda text: re.sub(r'"threads": \d+', '"threads": 3', text), "another machine: threads is 3 there"),
        (lambda text: text.replace("package_1", "dram_0"), "another machine: domains is package_0,dram_0 there"),
        (lambda text: text.replace('"measured"', '"estimated"'), "another machine: source is estimated there"),
        (lambda text: "[]", "it is not a baseline that --save has written"),
    ],
)
def test_a_baseline_edited_by_hand(joules, machine, baseline, tmp_path, edit, says):
    file = baseline(1, 2, 3)
    file.write_text(edit(file.read_text()))
    words = ["--sysroot", machine, "--baseline", file, "--allow", "10%", "--save", "touch", tmp_path / "ran"]
    before = file.read_text()
    done = joules("check", *words)
    assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "ran").exists() and file.read_text() == before


def test_a_baseline_too_large_to_be_one(joules, machine, tmp_path):
    file = tmp_path / "baseline.json"
    with open(file, "wb") as sparse:
        sparse.truncate(17_000_000)
    done = joules("check", "--sysroot", machine, "--baseline", file, "--allow", "1%", "--save", "true")
    assert done.returncode == 2 and done.stderr == f"joules check: --baseline {file}: File too large\n"


def test_a_baseline_that_cannot_be_saved(joules, machine):
    done = joules("check", "--sysroot", machine, "--baseline", "/nonexistent/x", "--allow", "1%", "--save", "true")
    assert done.returncode == 4 and "--save: /nonexistent/x stays as it was: No such file" in done.stderr


@pytest.mark.parametrize("verb", ["check", "compare", "run"])
def test_github_actions_are_told(joules, machine, tmp_path, verb):
    summary = tmp_path / "summary"
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary}
    words = {
        "check": ["--budget", "time<=1us", "sleep", "0.01"],
        "compare": ["-r", "6", "--metric", "time", "--fail-if", "more", "sleep 0.01", "sleep 0.1; : 'a\n100%'"],
        "run": ["sleep", "0.01"],
    }[verb]
    done = joules(verb, "--sysroot", machine, *words, env=env)
    annotations = [line for line in done.stderr.splitlines() if line.startswith("::")]
    if verb == "run":
        assert annotations == [] and not summary.exists(), "a Makefile may call it a hundred times"
        return
    assert done.returncode == 3 and len(annotations) == 1
    assert annotations[0].startswith(f"::error title=joules {verb}::time")
    assert verb == "check" or "a%0A100%25" in annotations[0]
    assert "| " in summary.read_text()
    before = summary.read_text()
    done = joules(verb, "--no-ci", "--sysroot", machine, *words, env=env)
    assert "::error" not in done.stderr and summary.read_text() == before
