# SPDX-License-Identifier: MIT
"""joules compare, on emulated machines whose power the commands themselves set."""

import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "statistics"))

import bed as beds
import end_to_end
import powercap
from terminals import shown

NO_BED = beds.why_not()
pytestmark = pytest.mark.skipif(NO_BED is not None, reason=str(NO_BED))

MACHINE = """zone package-0 unit={unit} tick=exact constant 50
cpu vendor=GenuineIntel family=6 model=106 threads=8 name="Test Xeon"
busy constant 0.1
"""


@pytest.fixture(scope="module")
def program(joules):
    path = os.environ.get("JOULES_BED") or str(pathlib.Path(joules.path).parents[1] / "tests/bed/joules-bed")
    os.environ["JOULES_BED"] = path
    return path


@pytest.fixture(scope="module")
def bed(program):
    with beds.Bed(MACHINE.format(unit=14)) as machine:
        yield machine


@pytest.fixture(scope="module")
def coarse(program):
    """A counter of whole joules."""
    with beds.Bed(MACHINE.format(unit=0)) as machine:
        yield machine


def at(machine, watts, seconds=0.02):
    return f"echo 'power package-0 constant {watts}' > {machine.root}/control; sleep {seconds}"


def compare(joules, machine, *words, **options):
    return joules("compare", "--sysroot", machine.root, *words, **options)


def report(joules, machine, *words):
    done = compare(joules, machine, "--json", *words)
    assert done.stderr == "", done.stderr
    return json.loads(done.stdout)


def flat(text):
    return " ".join(text.split())


def decided(found, command=1):
    """The deciding comparison of a command."""
    return next(item for item in found["comparisons"] if item["command"] == command)


def metric(found, name, command=1):
    return next(item for item in found["comparisons"] if (item["command"], item["metric"]) == (command, name))


def test_a_command_at_a_higher_power_uses_more(joules, bed):
    found = report(joules, bed, "-r", "10", "--metric", "power", at(bed, 50, 0.05), at(bed, 300, 0.05))
    assert (found["format"], found["rounds"], found["metric"]) == ("joules.compare.1", 10, "power")
    assert found["host"]["cpu"] == "Test Xeon"
    power = decided(found)
    assert power["metric"] == "power" and power["verdict"] == "more"
    assert power["interval"][0] < power["ratio"] < power["interval"][1]
    assert power["interval"][0] > 1 and 3 < power["ratio"] < 7
    assert power["worst_case"][0] <= power["interval"][0] and power["interval"][1] <= power["worst_case"][1]
    assert power["p"] == power["p_adjusted"] == pytest.approx(2 / 2**10)
    assert (power["level"], power["method"], power["source"]) == (0.95, "signed-rank", "measured")
    assert {item["metric"] for item in found["comparisons"]} == {"power", "total", "time"}
    assert [command["command"] for command in found["commands"]] == [at(bed, 50, 0.05), at(bed, 300, 0.05)]
    assert found["commands"][0]["summary"]["runs"] == 10


def test_the_text_says_which_it_is(joules, bed):
    done = compare(joules, bed, "-r", "10", "--seed", "7", "--metric", "power", at(bed, 50, 0.05), at(bed, 300, 0.05))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "2 commands, 10 rounds, in random order (seed 7)"
    power = next(line for line in lines if line.strip().startswith("power"))
    assert power.endswith("more") and "× " in power and " … " in power


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_text_fits_the_terminal(joules, coarse, columns):
    """Of a verdict in each length; long names are cut, and verdicts wrapped."""
    long = ": " + "x" * 150
    lines = shown(joules, columns, "compare", "-r", "6", "--sysroot", coarse.root, f"sleep 0.01; {long}", "sleep 0.03")
    assert not [line for line in lines if len(line) > columns]
    words = flat(" ".join(lines))
    assert "too coarse: the counters' steps are larger" in words or "make the runs longer" in words
    assert "in 95 of 100 such comparisons" in words
    assert any(len(line) > 80 for line in lines) == (columns == 200), "as wide as the terminal is"


def test_progress_counts_rounds(bed, terminal, until):
    session = terminal(f"joules compare -r 2 --sysroot {bed.root} 'sleep 0.3' 'sleep 0.3; :'; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "round 2 of 3" in session.text and "░" in session.text
    session = terminal(
        f"joules compare -r 2 --show-output --sysroot {bed.root} 'sleep 0.3' 'sleep 0.3; :'; echo status=$?."
    )
    until(lambda: "status=0." in session.read(), "the end")
    assert "░" not in session.text, "the commands' output is this terminal"


def test_a_seed_draws_the_same_orders_again(joules, bed):
    def orders(*words):
        found = report(joules, bed, "-r", "12", *words, "true", "true #2", "true #3")
        runs = [[(run["round"], run["position"]) for run in command["runs"]] for command in found["commands"]]
        for number in range(12):
            assert sorted(position for command in runs for at, position in command if at == number) == [0, 1, 2]
        return found["seed"], runs

    seed, first = orders()
    assert orders("--seed", seed) == (seed, first)
    assert orders("--seed", seed + 1)[1] != first
    assert len({tuple(position for _, position in command) for command in first}) == 3
    assert all(len({position for _, position in command}) > 1 for command in first), "an order that is drawn once only"


def test_several_commands_are_corrected_for_being_several(joules, bed):
    found = report(joules, bed, "-L", "watts", "50,51,90", "-r", "8", "--metric", "power", at(bed, "{watts}", 0.03))
    assert [command["parameters"] for command in found["commands"]] == [{"watts": w} for w in ("50", "51", "90")]
    found = [decided(found, command) for command in (1, 2)]
    assert {item["level"] for item in found} == {0.95, 0.975}
    first, second = sorted(found, key=lambda item: item["p"])
    assert first["level"] == 0.975 and first["p_adjusted"] == pytest.approx(min(1, 2 * first["p"]))
    assert second["p_adjusted"] == pytest.approx(max(first["p_adjusted"], second["p"]))


def test_the_reference_may_be_another(joules, bed):
    found = report(joules, bed, "-r", "6", "--reference", "2", at(bed, 80), at(bed, 50))
    assert (decided(found, 0)["reference"], decided(found, 0)["metric"]) == (1, "total")


def test_too_few_rounds_are_told(joules, bed):
    done = compare(joules, bed, "-r", "5", at(bed, 50), at(bed, 90))
    assert done.returncode == 0 and done.stdout.count("too few rounds\n") == 3
    assert done.stdout.endswith("\n\n  a verdict needs 6 rounds\n"), "said once"
    found = decided(report(joules, bed, "-r", "5", at(bed, 50), at(bed, 90)))
    assert found["verdict"] == "too_few" and found["interval"] is None and found["ratio"] > 0


def test_a_counter_that_is_too_coarse_is_told(joules, coarse):
    found = decided(report(joules, coarse, "-r", "8", at(coarse, 60, 0.05), at(coarse, 140, 0.05)))
    assert found["verdict"] == "coarse" and found["interval"][0] > 1 >= found["worst_case"][0]
    done = compare(joules, coarse, "-r", "8", at(coarse, 60, 0.05), at(coarse, 140, 0.05))
    words = "too coarse: the counters' steps are larger than this difference; a run would have to last about"
    assert words in flat(done.stdout)


def test_runs_of_no_joule_have_no_ratio(joules, coarse):
    coarse.command("power package-0 constant 50")
    found = decided(report(joules, coarse, "-r", "6", "true", "true #"))
    assert found["verdict"] == "coarse"
    assert found["ratio"] is found["interval"] is found["p"] is None


def test_above_idle_is_compared_by_differences(joules, bed):
    bed.command("power package-0 constant 50")
    words = ("-r", "6", "--idle", "0.1", "--metric", "above-idle")
    found = decided(report(joules, bed, *words, at(bed, 50, 0.04), at(bed, 150, 0.04)))
    assert found["ratio"] is None and found["difference_j"] > 1 and found["interval"][0] > 0


def test_a_round_without_a_value_is_left_out(joules, bed, tmp_path):
    broken = f"echo x >> {tmp_path}/n; test $(wc -l < {tmp_path}/n) != 3 || echo 'fail package-0 EIO 1 0' > {bed.root}/control; sleep 0.02"
    heal = f"echo 'heal package-0' > {bed.root}/control"
    found = report(joules, bed, "-r", "8", "--prepare", heal, "sleep 0.02", broken)
    assert decided(found)["rounds"] == 7 and decided(found)["verdict"] != "too_few"
    assert any("a value was not measured" in line for line in found["warnings"]), found["warnings"]
    bed.command("heal package-0")


def test_a_domain_that_one_command_lacks_is_in_no_total(joules, program):
    with beds.Bed(MACHINE.format(unit=14) + "zone package-1 unit=14 tick=exact constant 500\n") as machine:
        control = f"{machine.root}/control"
        hides = f"echo 'fail package-1 EIO 1 0' > {control}; sleep 0.02"
        heal = f"echo 'heal package-1' > {control}"
        found = report(joules, machine, "-r", "6", "--prepare", heal, "sleep 0.02", hides)
    assert "package_1 is in no total here: for at least one command no run measured it fully" in found["warnings"]
    assert decided(found)["rounds"] == 6 and 0.5 < decided(found)["ratio"] < 2, "not a tenth"


# ---- two of the comparisons that script/statistics makes ----


def test_no_password_is_shown_and_each_command_gets_its_own(joules, bed, tmp_path):
    write = f"echo {{}} >>{tmp_path}/got"
    commands = [write.format(f"db://ann:{secret}@host") for secret in ("secret1", "secret2")]
    outputs = [word for format in ("json", "md", "csv", "junit", "hyperfine") for word in ("--report", f"{format}:-")]
    done = joules("compare", "--sysroot", bed.root, "-r", "3", *outputs, *commands)
    assert "ann:***@host" in done.stdout and "secret" not in done.stdout + done.stderr
    assert set((tmp_path / "got").read_text().split()) == {"db://ann:secret1@host", "db://ann:secret2@host"}


def test_a_known_ratio(joules, bed):
    found = end_to_end.decided(end_to_end.known_ratio(joules.path, bed, 1))
    low, high = found["interval"]
    assert low / 1.1 < end_to_end.RATIO < high * 1.1 and found["rounds"] == 10


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_warm_up_that_fails_is_the_last_run_in_any_order(joules, desktop, tmp_path, seed):
    words = ["--seed", seed, "--sysroot", desktop.root, "true", f"echo x >> {tmp_path}/log; false"]
    done = joules("compare", *words)
    assert done.returncode == 1 and "warm-up 1 ended with exit status 1" in done.stderr
    assert (tmp_path / "log").read_text() == "x\n"


def test_a_machine_that_gets_warm_makes_no_difference(joules, bed):
    """One after the other, the second would use a third more."""
    found = end_to_end.decided(end_to_end.against_itself(joules.path, bed, 1))
    assert 0.8 < found["ratio"] < 1.25 and found["p"] > 0.002


# ---- reports of earlier runs ----


def stored(path, joules, cpu="Test Xeon", domain="package_0", seconds=1.0, **changes):
    """A report of `joules run --json`, cut to what is read again; joules: of each run."""
    runs = [
        {
            "exit_status": 0,
            "duration_s": seconds,
            "domains": [{"domain": domain, "in_total": True, "joules": value, "low": value, "high": value}],
            "total": {"joules": value, "low": value, "high": value, "source": "measured"} | changes,
        }
        for value in joules
    ]
    document = {"format": "joules.run.1", "command": ["./a b", "c"], "host": {"cpu": cpu}, "runs": runs, "summary": {}}
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return path


LOW = [10.0, 10.1, 10.2, 10.05, 10.15, 10.12]
HIGH = [11.0, 11.1, 11.2, 11.05, 11.15, 11.13, None]


def test_reports_are_compared_by_ranks(joules, tmp_path):
    words = ("--from", stored(tmp_path / "x", LOW), "--from", stored(tmp_path / "y", HIGH))
    done = joules("compare", "--json", *words)
    found = json.loads(done.stdout)
    total = decided(found)
    assert (total["method"], total["verdict"], total["rounds"]) == ("mann-whitney", "more", 6)
    assert total["p"] == pytest.approx(2 / 924) and total["ratio"] == pytest.approx(1.099, abs=0.005)
    assert found["seed"] is None and found["host"] == {"cpu": "Test Xeon"}
    assert found["commands"][0]["command"] == "'./a b' c" and len(found["commands"][0]["runs"]) == 6
    assert any("Sessions differ by themselves" in line for line in found["warnings"])
    assert any("1 of 7 runs" in line for line in found["warnings"])
    done = joules("compare", *words, "--fail-if", "more")
    assert done.returncode == 3 and "Sessions differ by themselves" in done.stderr
    assert "7 runs" not in done.stdout and "6 runs of './a b' c" in flat(done.stdout)
    assert "too few runs" in joules("compare", "--from", stored(tmp_path / "z", LOW[:2]), *words[:2]).stdout


def test_a_report_of_a_run_can_be_compared(joules, bed, tmp_path):
    for name in ("x", "y"):
        joules("run", "--sysroot", bed.root, "-r", "4", "--json", "--report", tmp_path / name, "sleep", "0.02")
    done = joules("compare", "--from", tmp_path / "x", "--from", tmp_path / "y", "--metric", "package_0")
    assert done.returncode == 0 and "package_0" in done.stdout and "× " in done.stdout


@pytest.mark.parametrize(
    "changes, what",
    [({"cpu": "Other"}, "processor"), ({"source": "estimated"}, "source"), ({"domain": "psys"}, "domains")],
)
def test_what_is_not_alike_is_refused(joules, tmp_path, changes, what):
    words = ("--from", stored(tmp_path / "x", LOW), "--from", stored(tmp_path / "y", LOW, **changes))
    done = joules("compare", *words)
    assert done.returncode == 1 and f"do not have the same {what}" in done.stderr
    assert joules("compare", "--any", *words).returncode == 0


def test_what_is_no_report_is_refused(joules, tmp_path):
    good = stored(tmp_path / "good", LOW)
    for name, text, message in (
        ("cut", "{\n[", "line 2 is not JSON"),
        ("other", "{}", "not a report of `joules run --json`"),
        ("empty", '{"format": "joules.run.1", "runs": []}', "no run in it has a total"),
        ("odd", '{"format": "joules.run.1", "runs": 7, "host": [], "command": {}}', "no run in it has a total"),
    ):
        (tmp_path / name).write_text(text)
        done = joules("compare", "--from", good, "--from", tmp_path / name)
        assert done.returncode == 1 and message in done.stderr, done.stderr
    assert "No such file" in joules("compare", "--from", good, "--from", tmp_path / "none").stderr
    for words, message in (
        ([], "with which?"),
        (["--from", good, "true"], "leave out the commands"),
        (["--from", good, "--reference", "3"], "--from is given only 2 times"),
        (["--from", good, "--report", "csv:x"], "give text or json"),
    ):
        done = joules("compare", "--from", good, *words)
        assert done.returncode == 2 and message in done.stderr, done.stderr


# ---- runs of the history ----


@pytest.fixture(scope="module")
def measured(joules, bed, tmp_path_factory):
    """A history of 6 runs each at 50 W and at 120 W, and one that failed."""
    file = tmp_path_factory.mktemp("history") / "history.db"
    for version, watts, words in (
        ("old", 50, ["-r", "6", "sleep", "0.03"]),
        ("new", 120, ["-r", "6", "sleep", "0.03"]),
        ("new", 120, ["false"]),
    ):
        bed.command(f"power package-0 constant {watts}")
        label = ("--label", f"version={version}", "--sysroot", bed.root, "-q")
        joules("run", *label, *words, env={"JOULES_HISTORY": file})
    return file


@pytest.fixture
def history(joules, measured, tmp_path):
    """history(X, Y, …) compares in a copy; history.sql() changes that."""

    class History:
        file = tmp_path / "history.db"

        def __call__(self, *filters, env=None):
            words = [word if str(word).startswith("--") else f"--from={word}" for word in filters]
            return joules("compare", *words, env={"JOULES_HISTORY": self.file, **(env or {})}, cwd=tmp_path)

        def sql(self, query):
            with contextlib.closing(sqlite3.connect(self.file)) as connection, connection:
                return connection.execute(query).fetchall()

    with (
        contextlib.closing(sqlite3.connect(measured)) as kept,
        contextlib.closing(sqlite3.connect(History.file)) as copy,
    ):
        kept.backup(copy)
    return History()


OLD, NEW = "label.version=old", "label.version=new"
OF_NEW = "(SELECT run FROM label WHERE key = 'version' AND value = 'new')"


def test_runs_of_the_history_are_compared(history):
    done = history(OLD, NEW, "--metric=power", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    power, total = decided(found), metric(found, "total")
    assert (power["method"], power["verdict"], power["rounds"]) == ("mann-whitney", "more", 6)
    assert power["p"] == pytest.approx(2 / 924)
    assert power["interval"][0] / 1.1 < 120 / 50 < power["interval"][1] * 1.1
    assert total["verdict"] == "more" and total["source"] == "measured"
    old, new = found["commands"]
    assert (old["command"], new["command"]) == ("sleep 0.03", "sleep 0.03 and others")
    assert [run["exit_status"] for run in new["runs"]] == [0] * 6 + [1]
    assert [domain["domain"] for domain in old["runs"][0]["domains"]] == ["package_0"]
    assert found["host"]["name"] == old["runs"][0]["host"] and found["host"]["cpu"] is None
    summary = new["summary"]
    assert (summary["runs"], summary["failed"], summary["statuses"]) == (7, 1, {"0": 6, "1": 1})
    totals = [run["total"]["joules"] for run in new["runs"][:6]]
    assert summary["total"]["count"] == 6 and summary["total"]["mean"] == pytest.approx(sum(totals) / 6)
    assert summary["domains"] == {"package_0": summary["total"]} and summary["duration_s"]["min"] > 0.02
    assert found["warnings"][0].startswith(f"{NEW}: 1 of 7 runs are left out")
    assert "Sessions differ by themselves" in found["warnings"][1]
    done = history(OLD, NEW, "--metric=package_0", "--fail-if=more")
    assert done.returncode == 3 and f"1  {OLD}: 6 runs of sleep 0.03\n" in done.stdout


def test_runs_of_the_history_and_a_report_are_compared(history, joules, bed, tmp_path):
    report = tmp_path / "a=b"
    joules("run", "--sysroot", bed.root, "-r", "3", "--json", "--report", report, "true")
    done = history(NEW, "a=b")
    assert done.returncode == 0 and "a=b: 3 runs of true" in done.stdout
    found = json.loads(report.read_text())
    found["host"]["name"] += "2"
    report.write_text(json.dumps(found))
    assert "do not have the same host" in history(NEW, "a=b").stderr
    assert history(NEW, "a=b", "--any").returncode == 0


def test_a_kept_run_without_a_status_counts(history):
    """One that a program has measured itself; but a status that is no number is none of a success."""
    history.sql(f"UPDATE label SET value = 'x' WHERE key = 'exit_status' AND run IN {OF_NEW}")
    done = history(OLD, NEW)
    assert (done.returncode, done.stdout) == (1, "") and f"--from {NEW}: no run in it has a total" in done.stderr
    history.sql("DELETE FROM label WHERE key = 'exit_status'")
    assert f"{NEW}: 7 runs" in history(OLD, NEW).stdout


@pytest.mark.parametrize(
    "what, change",
    [
        ("host", "UPDATE run SET host = 'other' WHERE {runs}"),
        ("source", "UPDATE run SET total_source = 'estimated' WHERE {runs}"),
    ],
)
def test_kept_runs_that_are_not_alike_are_refused(history, what, change):
    history.sql(change.format(runs="id = (SELECT min(id) + 2 FROM run)"))
    done = history(OLD, NEW)
    assert done.returncode == 1 and f"--from {OLD}: its runs do not have the same {what}" in done.stderr
    assert history(OLD, NEW, "--any").returncode == 0
    history.sql(change.format(runs=f"id NOT IN {OF_NEW}"))
    done = history(OLD, NEW)
    assert done.returncode == 1 and f"{OLD} and {NEW} do not have the same {what}" in done.stderr
    assert history(OLD, NEW, "--any").returncode == 0


def test_kept_runs_of_other_domains_are_refused(history, joules, desktop):
    joules("run", "--sysroot", desktop.root, "-q", "true", env={"JOULES_HISTORY": history.file})
    assert "do not have the same domains (package_0; package_0, dram_0)" in history(OLD, "command=true").stderr
    done = history("until=0s", NEW)
    assert done.returncode == 1 and "--from until=0s: its runs do not have the same domains" in done.stderr
    assert history(OLD, "command=true", "--any").returncode == 0


@pytest.mark.parametrize(
    "filters, status, message",
    [
        ((OLD, "colour=red"), 2, "--from colour=red: "),
        ((OLD, "since=soon"), 2, "--from since=soon: "),
        ((OLD, "id=999"), 1, "--from id=999: no run in the history matches"),
        ((OLD, "label.version"), 1, "--from label.version: No such file"),
        ((OLD, "id=2"), 1, f"{OLD} and id=2 both choose run 2"),
        ((OLD, NEW, "--metric=dram_0"), 1, "no run in"),
    ],
)
def test_filters_that_choose_nothing_to_compare(history, filters, status, message):
    done = history(*filters)
    assert (done.returncode, done.stdout) == (status, "") and message in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_history_it_says_so(history, tmp_path):
    for where in ("off", tmp_path / "none.db"):
        done = history(OLD, NEW, env={"JOULES_HISTORY": where})
        assert done.returncode == 1 and "no history" in done.stderr, done.stderr


# ---- what is run ----


def test_outputs_go_nowhere_unless_they_are_shown(joules, bed):
    where = "test $(readlink /proc/$$/fd/1) = /dev/null"
    assert compare(joules, bed, "-r", "1", where, where).returncode == 0
    done = compare(joules, bed, "-r", "2", "--show-output", "echo one", "echo two")
    assert sorted(done.stdout.split()) == ["one"] * 3 + ["two"] * 3
    assert "2 commands, 2 rounds" in done.stderr


def test_a_command_that_fails_ends_it_and_says_why(joules, bed, tmp_path):
    dies = (
        f"echo x >> {tmp_path}/n; test $(wc -l < {tmp_path}/n) -lt 8 || {{ seq 20 >&2; echo the reason >&2; exit 9; }}"
    )
    done = compare(joules, bed, "-r", "10", "true", dies)
    assert done.returncode == 1
    assert (
        "it ended with exit status 9" in done.stderr
        and "    the reason\n" in done.stderr
        and "    13\n" not in done.stderr
    )
    assert "run 7 ended with exit status 9" in done.stderr
    assert "6 rounds" not in done.stdout and "7 rounds" in done.stdout
    assert "1 of 7 rounds is left out, because a command failed in it" in done.stderr


def test_failures_may_be_ignored(joules, bed, tmp_path):
    dies = f"echo x >> {tmp_path}/n; test $(wc -l < {tmp_path}/n) != 4"
    done = compare(joules, bed, "--json", "-r", "8", "--ignore-failure", "sleep 0.01", dies)
    found = json.loads(done.stdout)
    assert done.returncode == 0 and decided(found)["rounds"] == 7 and found["rounds"] == 8
    assert "1 of 8 rounds is left out, because a command failed in it" in found["warnings"]


def test_a_command_that_is_not_there(joules, bed):
    assert compare(joules, bed, "true", "/no/such").returncode == 1
    done = compare(joules, bed, "-N", "true", "/no/such")
    assert done.returncode == 1 and "/no/such" in done.stderr


def test_an_interrupt_reports_what_is_complete(joules, bed):
    process = joules.start("compare", "--sysroot", bed.root, "-r", "1000", "sleep 0.02", "sleep 0.021")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGINT
    assert "2 commands, " in out and "no further run" not in err


def test_parameters_take_their_places(joules, bed):
    found = report(joules, bed, "-r", "1", "-L", "a", "x,y", "-P", "n", "1", "2", "-D", "0.5", ": {a} {n} {b}")
    lines = [command["command"] for command in found["commands"]]
    assert lines == [f": {a} {n} {{b}}" for n in ("1", "1.5", "2") for a in ("x", "y")]
    assert found["commands"][3]["parameters"] == {"a": "y", "n": "1.5"}


def test_words_without_a_shell(joules, bed, tmp_path):
    program = tmp_path / "say"
    program.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    program.chmod(0o755)
    line = f"{program} 'a b' \"c\\\"d\" e\\ f $HOME ''"
    done = compare(joules, bed, "-r", "1", "-w", "0", "-N", "--show-output", line, "true")
    assert done.stdout == '<a b><c"d><e f><$HOME><>'
    assert "a quote is not closed" in compare(joules, bed, "-N", "true 'a", "true").stderr


def test_another_shell(joules, bed):
    done = compare(joules, bed, "-r", "1", "-w", "0", "--shell", "/bin/echo", "--show-output", "one", "two")
    assert sorted(done.stdout.splitlines()) == ["-c one", "-c two"]


@pytest.mark.parametrize("line", ["true # a|b `c` <script>", "true # two\n: lines", "true # \udcff\udcfe bytes"])
def test_any_bytes_in_a_command(joules, bed, line):
    done = compare(joules, bed, "-r", "1", "-w", "0", line, "true")
    assert done.returncode == 0 and len([text for text in done.stdout.splitlines() if text.startswith("   1  ")]) == 1
    found = report(joules, bed, "-r", "1", line, "true")
    assert found["commands"][0]["command"].startswith("true # ")


def test_a_narrow_interval_ends_until(joules, bed):
    found = report(joules, bed, "-r", "7", "--until", "1%", "--metric", "power", at(bed, 50, 0.04), at(bed, 300, 0.05))
    assert found["rounds"] < 28 and decided(found)["level"] == 1 - 0.0182 and decided(found)["verdict"] == "more"
    found = report(joules, bed, "-r", "7", "--until", "0.0001%", "--metric", "time", "true", "true #")
    assert found["rounds"] in (7, 14, 21, 28)


def test_a_verdict_makes_an_exit_status(joules, bed):
    words = ("-r", "7", "--metric", "power", at(bed, 50, 0.03), at(bed, 300, 0.05))
    assert compare(joules, bed, "--fail-if", "more", *words).returncode == 3
    assert compare(joules, bed, "--fail-if", "less", *words).returncode == 0
    assert compare(joules, bed, "--fail-if", "more", *words[2:], "-r", "7").returncode == 2
    assert compare(joules, bed, "-r", "2", "--fail-if", "more", *words[2:]).returncode == 4


def test_an_estimate_says_that_it_is_one(joules, tmp_path):
    tree = powercap.server(tmp_path / "locked")
    found = joules("compare", "--sysroot", tree.root, "--domains", "estimate", "--json", "-r", "6", "true", "true #")
    comparison = decided(json.loads(found.stdout))
    assert comparison["source"] == "estimated" and comparison["verdict"] in ("coarse", "none")


@pytest.mark.parametrize(
    "words, message",
    [
        (["true"], "commands are missing"),
        (["true", "true", "-r", "3"], "give the options first"),
        (["--seed", "abc", "true", "true"], "--seed abc"),
        (["--reference", "3", "true", "true"], "--reference 3: there are only 2 commands"),
        (["--metric", "watts", "true", "true"], "--metric watts"),
        (["--metric", "above-idle", "true", "true"], "give --idle SECONDS too"),
        (["--idle", "1", "--metric", "above-idle", "--until", "1%", "true", "true"], "--until needs a ratio"),
        (["-L", "x", "1,2", "true", "true"], "no command contains {x}"),
        (["-L", "x"], "-L needs a name and values"),
        (["-P", "x", "3", "1", "true {x}"], "the smaller first"),
        (["-P", "x", "1", "3", "-D", "0", "true {x}"], "a step above 0"),
        (["-D", "1", "true", "true"], "the step of -P"),
        (["-L", "x", "1", "-L", "x", "2", "true {x}"], "given twice"),
        (["--until", "x", "true", "true"], "--until x"),
        (["--fail-if", "equal", "true", "true"], "give less or more"),
        (["", "true"], "the command is empty"),
        (["-r", "0", "true", "true"], "-r 0"),
    ],
)
def test_bad_usage_says_what_would_be_right(joules, bed, words, message):
    done = compare(joules, bed, *words)
    assert done.returncode == 2 and message in done.stderr, done.stderr
    assert done.stdout == "" and done.stderr.count("\n") == 1
