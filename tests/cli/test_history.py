# SPDX-License-Identifier: MIT
"""The history: what `joules run` keeps, and what `joules history` gives back."""

import json
import os
import re
import sqlite3

import pytest

from terminals import shown


def fails(done, status, *says):
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("joules history: ") and done.stderr.count("\n") == 1
    assert all(part in done.stderr for part in says), done.stderr


# ---- labels ----


def test_runs_get_their_labels(kept, tmp_path):
    work = tmp_path / "it's here"
    work.mkdir()
    output = tmp_path / "runs.jsonl"
    words = ["sh", "-c", "exit 3", "", "a b", "it's", "mongodb://alice:secret@db/x"]
    done = kept("run", "-q", "-o", output, "--label", "b=1=2", "--label", "b=", "--label", "folder=x", *words, cwd=work)
    assert done.returncode == 3
    labels = json.loads(output.read_text())["labels"]
    assert labels["command"] == "sh -c 'exit 3' '' 'a b' 'it'\\''s' 'mongodb://alice:***@db/x'"
    assert (labels["exit_status"], labels["folder"], labels["b"]) == ("3", "x", "")
    assert float(labels["user_s"]) >= 0 and float(labels["system_s"]) >= 0
    assert list(labels)[:3] == ["command", "exit_status", "folder"] and "git_commit" not in labels
    assert kept.runs()[0]["labels"] == labels
    assert "secret" not in kept("history", "--json").stdout
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.glob("history.db*"))


@pytest.mark.parametrize("wrong", ["x", "=x", "a b=c", "ü=c", ""])
def test_a_label_is_a_key_and_a_value(kept, wrong):
    done = kept("run", "--label", wrong, "true")
    assert done.returncode == 125 and "KEY=VALUE" in done.stderr


def commit_seen(kept, tmp_path, folder):
    output = tmp_path / "commit.jsonl"
    output.unlink(missing_ok=True)
    kept.run("-o", output, "true", cwd=folder)
    return json.loads(output.read_text())["labels"].get("git_commit")


def test_the_commit_is_read_where_git_keeps_it(kept, tmp_path):
    one, two = "1" * 40, "2" * 64
    git = tmp_path / "repository/.git"
    inside = tmp_path / "repository/deep/er"
    (git / "refs/heads").mkdir(parents=True)
    inside.mkdir(parents=True)
    assert commit_seen(kept, tmp_path, inside) is None
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    assert commit_seen(kept, tmp_path, inside) is None, "no commit yet"
    (git / "packed-refs").write_text(
        f"# pack-refs with: peeled\n{two} refs/heads/other\n{two} refs/heads/main\n^{one}\n"
    )
    assert commit_seen(kept, tmp_path, inside) == two
    (git / "refs/heads/main").write_text(one + "\n")
    assert commit_seen(kept, tmp_path, inside) == one
    (git / "HEAD").write_text(two + "\n")
    assert commit_seen(kept, tmp_path, inside) == two, "detached"
    (git / "HEAD").write_text("ref: ../../../secret\n")
    (tmp_path / "secret").write_text("a password\n")
    assert commit_seen(kept, tmp_path, inside) is None
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    worktree = tmp_path / "worktree"
    worktree.mkdir()
    (worktree / ".git").write_text("gitdir: ../repository/.git/worktrees/w\n")
    (git / "worktrees/w").mkdir(parents=True)
    (git / "worktrees/w/HEAD").write_text("ref: refs/heads/main\n")
    (git / "worktrees/w/commondir").write_text("../..\n")
    assert commit_seen(kept, tmp_path, worktree) == one
    os.mkfifo(tmp_path / "fifo")
    (worktree / ".git").unlink()
    os.rename(tmp_path / "fifo", worktree / ".git")
    assert commit_seen(kept, tmp_path, worktree) is None


# ---- what is kept, and when ----


def test_each_run_is_kept_before_the_next_one_begins(kept):
    count = f"import sqlite3; print(sqlite3.connect('{kept.file}').execute('SELECT count(*) FROM run').fetchone()[0])"
    done = kept("run", "-q", "-r", "3", "-w", "1", "python3", "-c", count)
    assert done.stdout == "0\n0\n1\n2\n"
    runs = kept.runs()
    assert [(run["number"], run["name"]) for run in runs] == [(0, "trace_0"), (1, "trace_1"), (2, "trace_2")]
    assert len({run["series"] for run in runs}) == 1 and len({run["uuid"] for run in runs}) == 3
    kept.run("true")
    assert kept.runs()[-1]["series"] != runs[0]["series"]


def test_a_failing_run_is_kept_too(kept):
    assert kept("run", "-q", "sh", "-c", "kill -9 $$").returncode == 137
    assert kept.runs()[0]["labels"]["exit_status"] == "137"
    assert kept("run", "-q", "no-such-command").returncode == 127
    assert len(kept.runs()) == 1


def test_nothing_is_kept_where_nobody_wants_it(kept):
    kept.run("--no-history", "true")
    assert not kept.file.exists()
    kept.run("true", env={"JOULES_HISTORY": "off"})
    assert not kept.file.exists()


def test_without_a_home_it_is_silently_off(as_nobody):
    env = {"JOULES_HISTORY": None, "HOME": "/no/such/home", "XDG_STATE_HOME": None}
    done = as_nobody("run", "--estimate", "always", "true", env=env)
    assert done.returncode == 0 and "history" not in done.stderr
    assert as_nobody("history", env=env).stdout.startswith("no runs yet")


def test_a_history_that_cannot_be_written_costs_one_note(kept, tmp_path):
    done = kept("run", "-r", "3", "true", env={"JOULES_HISTORY": tmp_path / "no/such/history.db"})
    assert done.returncode == 0
    (note,) = [line for line in done.stderr.splitlines() if "history" in line]
    assert "not kept in the history: cannot make" in note and "No such file or directory" in note
    assert kept("run", "-q", "true", env={"JOULES_HISTORY": tmp_path / "no/such/history.db"}).stderr == ""


# ---- listing ----


def test_the_list_fits_a_terminal_of_80_columns(kept):
    kept.run("sleep", "0.01")
    kept.run("sh", "-c", "true; # a command that is much longer than any terminal is wide: " + "x" * 100)
    done = kept("history")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and done.stderr == ""
    assert lines[0].split() == ["ID", "WHEN", "COMMAND", "ENERGY", "TIME", "SOURCE"]
    assert all(len(line) <= 80 for line in lines) and "…" in lines[2]
    assert re.match(r" *1  \w{3} [ \d]\d \d\d:\d\d  sleep 0\.01 .* J +[\d.]+ ms  measured$", lines[1]), lines[1]
    assert lines[4].startswith("  ± is a bound")
    assert "\033" not in done.stdout


def test_a_command_that_is_cut_says_so(kept):
    lengths = range(12, 36)
    for length in lengths:
        kept.run("--label", f"command={'x' * length}", "true")
    commands = [re.search("x+…?", line)[0] for line in kept("history").stdout.splitlines()[1 : len(lengths) + 1]]
    width = max(map(len, commands))
    assert lengths[0] < width < lengths[-1]
    for length, command in zip(lengths, commands):
        assert command == "x" * length if length <= width else command.endswith("…") and len(command) >= width - 1


def test_colours_are_for_terminals_and_who_asks(kept, joules):
    kept.run("true")
    plain = kept("history").stdout
    coloured = kept("history", "--color", "always", env={"NO_COLOR": "1"}).stdout
    assert "\033[1m" in coloured and re.sub("\033\\[[0-9]*m", "", coloured) == plain
    assert "\033[1m" in kept("history", "show", "1", "--color=always").stdout
    fails(kept("history", "--color", "blue"), 2, "--color blue: it is one of auto, always, never")
    assert shown(joules, 80, "history", env={"JOULES_HISTORY": kept.file, "TZ": "UTC"}) == plain.splitlines()


def test_an_empty_history_says_how_to_fill_it(kept):
    done = kept("history")
    assert (done.returncode, done.stdout) == (0, "no runs yet: `joules run COMMAND` keeps each run\n")
    assert kept.runs() == [] and not kept.file.exists()
    kept.run("true")
    assert kept("history", "command=make").stdout == "no run matches\n"


def test_json_has_what_the_run_had(kept, joules):
    done = kept("run", "--json", "--label", "x=\n", "true")
    report = json.loads(done.stderr)
    (run,) = kept.runs()
    assert run["begin"] == report["runs"][0]["begin"] and run["duration_s"] == report["runs"][0]["duration_s"]
    assert {key: report["runs"][0]["total"][key] for key in run["total"]} == run["total"]
    assert (run["version"], run["host"], run["labels"]["x"]) == (report["version"], report["host"]["name"], "\n")
    assert (run["truncated"], run["unsent"], run["id"]) == (False, [], 1)


def test_filters_and_files(kept, tmp_path):
    for number in range(3):
        kept.run("--label", f"n={number}", "--name", f"step {number}", "sh", "-c", f"exit 0 # {number},")
    ids = lambda *words: [run["id"] for run in kept.runs(*words)]  # noqa: E731
    assert ids() == [1, 2, 3] and ids("command=# 1\\,") == [2] and ids("label.n=2", "since=1h") == [3]
    assert ids("name=step 0") == [1] and ids("until=1h") == [] and ids("id=2,name=step 0") == []
    copy = tmp_path / "copy.db"
    assert kept("history", "export", "label.n=1", "-o", copy).returncode == 0
    assert [run["labels"]["n"] for run in kept.runs(copy)] == ["1"]
    assert ids(copy, "label.n=2") == []


@pytest.mark.parametrize(
    "words, says",
    [
        (["shwo"], ["did you mean `joules history show`"]),
        (["xz"], ["neither a file nor a filter"]),
        (["comand=xz"], ["did you mean 'command'?"]),
        (["since=never"], ["this is not a time"]),
        (["--josn"], ["did you mean --json"]),
        (["show"], ["joules history show ID"]),
        (["show", "1", "2"], ["2"]),
        (["show", "command=xz"], ["joules history show ID"]),
        (["rm"], ["joules history rm FILTER", "nothing was removed"]),
        (["export"], ["joules history export"]),
        (["export", "-o", "nonsense:x"], ["there is no format 'nonsense'"]),
        (["-o", "csv:-"], ["joules history export"]),
        (["limit", "much"], ["100MB"]),
        (["limit", "10"], ["1MB or more"]),
        (["limit", "0.5"], ["1MB or more"]),
        (["limit", "2s"], ["1MB or more"]),
        (["limit", "-1MB"], []),
        (["limit", "1MB", "2MB"], []),
    ],
)
def test_bad_usage_is_one_line(kept, words, says):
    kept.run("true")
    fails(kept("history", *words), 2, *says)
    assert len(kept.runs()) == 1


def test_what_cannot_be_done_ends_with_1(kept, tmp_path):
    kept.run("true")
    fails(kept("history", "show", "7"), 1, "there is no run 7")
    fails(kept("history", env={"JOULES_HISTORY": "off"}), 1, "the history is off")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE theirs(a)")
    fails(kept("history", other), 1, "of another program")
    kept.sql("UPDATE schema_version SET version = 99")
    for words in (["history"], ["history", "show", "1"], ["history", "rm", "id=1"], ["history", "limit", "2MB"]):
        fails(kept(*words), 1, "a newer Joules")
    done = kept("run", "true")
    assert done.returncode == 0 and "a newer Joules" in done.stderr
    assert kept.sql("SELECT count(*) FROM run") == [(1,)]


# ---- one run, its way out ----


def test_show_has_domains_marks_and_labels(kept):
    kept.run("--label", "branch=main", "sh", "-c", 'echo solve > "$JOULES_RUN_TAGS"; sleep 0.05')
    done = kept("history", "show", "1")
    assert done.returncode == 0
    for part in (
        "package_0",
        "core_0",
        "part of package_0",
        "dram_0",
        "total",
        "solve",
        "branch: main",
        "exit 0 in",
        "± is a bound",
    ):
        assert part in done.stdout
    (run,) = json.loads(kept("history", "show", kept.runs()[0]["uuid"], "--json").stdout)["runs"]
    domains = {domain["domain"]: domain for domain in run["domains"]}
    assert [domains[name]["in_total"] for name in ("package_0", "core_0", "dram_0")] == [True, False, True]
    total = domains["package_0"]["joules"] + domains["dram_0"]["joules"]
    assert total == pytest.approx(run["total"]["joules"])


def test_export_is_byte_for_byte_what_run_wrote(kept, tmp_path):
    formats = {"csv": "a.csv", "csv-full": "full.csv", "json": "a.jsonl", "print": "a.txt"}
    words = [word for name, file in formats.items() for word in ("-o", f"{name}:{tmp_path / file}")]
    script = b'printf "t\\377g\\n" > "$JOULES_RUN_TAGS"; sleep 0.02'
    kept.run(*words, "-r", "3", "--label", "a=b", "sh", "-c", os.fsdecode(script))
    out = tmp_path / "out"
    out.mkdir()
    words = [word for name, file in formats.items() for word in ("-o", f"{name}:{out / file}")]
    done = kept("history", "export", *words, "-o", f"sqlite:{out / 'copy.db'}")
    assert done.returncode == 0
    for file in formats.values():
        assert (out / file).read_bytes() == (tmp_path / file).read_bytes()
    again = kept("history", "export", out / "copy.db", "-o", "json:-")
    assert again.stdout == (tmp_path / "a.jsonl").read_text()
    assert kept("history", "export", "id=2", "-o", "json:-").stdout.count("\n") == 1


def test_export_says_what_could_not_be_written(kept, tmp_path):
    kept.run("true")
    fails(kept("history", "export", "-o", f"csv:{tmp_path}/no/such/file"), 1, "-o csv:", "cannot write to")
    kept.run("--domains", "package_0", "true")
    done = kept("history", "export", "-o", f"csv:{tmp_path}/a.csv")
    assert done.returncode == 1 and "give it a file of its own" in done.stderr


def test_export_gives_every_output_what_another_could_not_take(kept, tmp_path):
    kept.run("-r", "3", "true")
    fails(
        kept("history", "export", "-o", "csv:/dev/full", "-o", tmp_path / "a.jsonl"), 1, "-o csv:/dev/full", "No space"
    )
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 3


def test_rm_removes_and_limit_says_how_much_there_may_be(kept):
    kept.run("-r", "3", "true")
    assert kept("history", "rm", "id=1").stdout == "1 run removed\n"
    assert kept("history", "rm", "command=make").stdout == "0 runs removed\n"
    assert [run["id"] for run in kept.runs()] == [2, 3]
    assert re.fullmatch(r"100 MB, [\d.]+ kB in use\n", kept("history", "limit").stdout)
    assert kept("history", "limit", "1.5GB").stdout.startswith("1.5 GB, ")
    assert kept("history", "limit", "0").stdout.startswith("no limit, ")
    assert kept("history", "rm", "since=1h").stdout == "2 runs removed\n"
    kept.run("true")
    assert kept.runs()[0]["id"] == 4, "a number is never given twice"


def test_a_sqlite_output_is_read_by_pandas(kept, tmp_path):
    pandas = pytest.importorskip("pandas")
    runs = tmp_path / "runs.db"
    kept.run("-o", runs, "sh", "-c", os.fsdecode(b'printf "t\\377g\\n" > "$JOULES_RUN_TAGS"; sleep 0.02'))
    with sqlite3.connect(runs) as connection:
        samples = pandas.read_sql("SELECT * FROM sample", connection)
        energies = pandas.read_sql("SELECT * FROM sample_energy", connection)
    assert list(samples.tag) == ["sh", "t\ufffdg"] and samples.tag_bytes[1] == b"t\xffg"
    assert set(energies.domain) == {"package_0", "core_0", "dram_0"} and energies.joules.notna().all()
    assert not list(tmp_path.glob("runs.db-*"))
