# SPDX-License-Identifier: MIT
"""The history, whatever happens: many at once, killed at any moment, damaged, full, without locks, in places that are not ours."""

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest


def integrity(file):
    with sqlite3.connect(file) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


def started(kept, *words, **options):
    env = {"JOULES_HISTORY": kept.file, "JOULES_SYSROOT": kept.root}
    return kept.joules.start("run", "-q", *words, env=env, **options)


def test_a_hundred_runs_at_once_on_a_new_history(kept):
    running = [started(kept, "--label", f"n={number}", "true") for number in range(100)]
    for one in running:
        _, error = one.communicate(timeout=60)
        assert (one.returncode, error) == (0, "")
    assert sorted(int(run["labels"]["n"]) for run in kept.runs()) == list(range(100))
    assert integrity(kept.file) == "ok"


def test_a_run_that_is_killed_loses_nothing_that_was_kept(kept):
    """The estimate waits for no counter, so most of the time something is being written."""
    words = ["--domains", "estimate", "-r", "1000", "sh", "-c", "echo"]
    kept.run("true")
    moment, told = random.Random(7), 1
    for _ in range(50):
        with started(kept, *words, stdout=subprocess.PIPE) as running:
            runs = len(running.stdout.readline())  # on a busy machine it may take long to begin
            time.sleep(moment.uniform(0.0, 0.04))
            running.send_signal(signal.SIGKILL)
            runs += len(running.communicate()[0])
        told += max(0, runs - 1)  # the last one was perhaps not written yet
        there = kept.sql("SELECT count(*), count(DISTINCT uuid) FROM run")[0]
        assert there[0] == there[1] >= told
        told = there[0]
    assert told > 10, "or nothing was written at all"
    assert integrity(kept.file) == "ok"


def test_a_limit_on_files_costs_a_note_and_not_the_run(kept, tmp_path):
    kept.run("true")
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))  # noqa: E731
    done = kept("run", "--label", "x=" + "y" * 100000, "sh", "-c", "exit 3", preexec_fn=limit)
    assert done.returncode == 3 and "not kept in the history" in done.stderr
    done = kept("run", "-q", "-o", tmp_path / "new.db", "--no-history", "sh", "-c", "exit 3", preexec_fn=limit)
    assert done.returncode == 125 and "new.db" in done.stderr
    assert len(kept.runs()) == 1 and integrity(kept.file) == "ok"


def test_a_file_that_may_only_be_read_is_read(as_nobody, kept, open_folder):
    copy = open_folder / "copy.db"
    kept.run("true")
    assert kept("history", "export", "-o", copy).returncode == 0
    copy.chmod(0o444)
    open_folder.chmod(0o555)
    assert json.loads(as_nobody("history", copy, "--json").stdout)["runs"][0]["id"] == 1
    done = as_nobody("history", "rm", "id=1", copy)
    assert done.returncode == 1 and "readonly" in done.stderr


# ---- damaged, and what only looks so ----


@pytest.fixture
def at_home(kept, tmp_path):
    """kept, at the place that nobody named: below tmp_path/state."""

    def at_home(*words, env=None, **options):
        return kept(*words, env={"JOULES_HISTORY": None, "XDG_STATE_HOME": at_home.state, **(env or {})}, **options)

    at_home.state = tmp_path / "state"
    at_home.file = at_home.state / "joules/history.db"
    at_home.kept = kept
    return at_home


def set_aside(at_home):
    return [path for path in at_home.file.parent.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))]


def notes(done):
    return [line for line in done.stderr.splitlines() if "history" in line]


def test_a_damaged_history_is_set_aside_once_by_many_at_once(at_home, kept, obstacles):
    """All find the damage before the first has moved it away."""
    at_home.file.parent.mkdir(parents=True)
    at_home.file.write_bytes(damage := b"SQLite format 3\0" + bytes(range(256)) * 64)
    env = {"JOULES_HISTORY": None, "XDG_STATE_HOME": at_home.state, "JOULES_SYSROOT": kept.root}
    words = ["run", "--domains", "estimate", "true"]
    running = [kept.joules.start(*words, env={**env, **obstacles(RENAME="slow")}) for _ in range(6)]
    said = [one.communicate(timeout=60)[1] for one in running]
    assert sum("the history was damaged, so a new one was begun" in text for text in said) == 1, said
    assert not any("not kept" in text for text in said), said
    (aside,) = set_aside(at_home)
    assert aside.read_bytes() == damage
    assert len(json.loads(at_home("history", "--json").stdout)["runs"]) == 6
    assert integrity(at_home.file) == "ok"


def test_a_history_that_another_program_holds_is_not_damaged(at_home):
    at_home("run", "-q", "true")
    with sqlite3.connect(at_home.file) as holder:
        holder.execute("BEGIN IMMEDIATE")
        done = at_home("run", "sh", "-c", "exit 3")
    (note,) = notes(done)
    assert done.returncode == 3 and "not kept in the history" in note and "another program is writing to it" in note
    assert not set_aside(at_home) and len(json.loads(at_home("history", "--json").stdout)["runs"]) == 1


def test_who_writes_at_the_same_moment_is_waited_for(kept, tmp_path):
    output = tmp_path / "runs.db"
    kept.run("-o", output, "true")
    holders = [sqlite3.connect(path, check_same_thread=False) for path in (kept.file, output)]
    for holder in holders:
        holder.execute("BEGIN IMMEDIATE")
        threading.Timer(0.3, holder.commit).start()
    kept.run("-o", output, "true")
    for path, holder in zip((kept.file, output), holders):
        holder.close()
        assert len(kept.runs(path)) == 2


@pytest.fixture
def home_of_nobody(as_nobody, open_folder):
    """A home with one run in its history; run(…) as nobody."""
    home = open_folder / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)

    def run(*words):
        return as_nobody(*words, env={"HOME": home, "JOULES_HISTORY": None, "XDG_STATE_HOME": None})

    run.folder = home / ".local/state/joules"
    run.file = run.folder / "history.db"
    assert run("run", "-q", "--estimate", "always", "true").returncode == 0 and run.file.exists()
    return run


def test_a_history_that_may_not_be_read_is_not_damaged(home_of_nobody):
    home_of_nobody.file.chmod(0)
    before = home_of_nobody.file.read_bytes()
    done = home_of_nobody("run", "--estimate", "always", "sh", "-c", "exit 3")
    (note,) = notes(done)
    assert done.returncode == 3 and "not kept in the history" in note and "Permission denied" in note
    assert sorted(path.name for path in home_of_nobody.folder.iterdir() if "damaged" in path.name) == []
    assert home_of_nobody.file.read_bytes() == before


def test_a_folder_that_may_only_be_read_costs_one_note(home_of_nobody):
    for path in (*home_of_nobody.folder.glob("history.db*"), home_of_nobody.folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = home_of_nobody("run", "--estimate", "always", "-r", "2", "true")
    (note,) = notes(done)
    assert done.returncode == 0 and "not kept in the history" in note
    home_of_nobody.file.unlink()
    (note,) = notes(home_of_nobody("run", "--estimate", "always", "true"))
    assert f"cannot make {home_of_nobody.file}: Permission denied" in note


def test_a_log_that_cannot_be_read_is_named(home_of_nobody):
    """Not without the file of locks beside it, which who may not write there cannot make."""
    (home_of_nobody.folder / "history.db-shm").unlink()
    for path in (*home_of_nobody.folder.iterdir(), home_of_nobody.folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = home_of_nobody("history")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{home_of_nobody.file}-wal" in done.stderr and "copy both to a folder of your own" in done.stderr


# ---- places as few machines have them ----


FULL = """
mount -t tmpfs -o size=400k none "$1" && cd "$1" || exit 99
fill() { dd if=/dev/zero of=filler bs=4k status=none 2>/dev/null; }
"$2" run -q true && fill
"$2" run --label x="$(head -c 100000 /dev/zero | tr '\\0' x)" sh -c 'exit 3'
echo "status $?"
rm filler
"$2" run -q --no-history -o runs.db true && fill
"$2" run -q --no-history -o runs.db --label x="$(head -c 100000 /dev/zero | tr '\\0' x)" sh -c 'exit 4'
echo "status $?"
rm filler
"$2" run -q true
ls state/joules | grep damaged
"$3" -c 'import sqlite3
for file in "state/joules/history.db", "runs.db":
    print(*sqlite3.connect(file).execute("SELECT count(*) FROM run").fetchone(), *sqlite3.connect(file).execute("PRAGMA integrity_check").fetchone())'
"""


def test_a_full_disk_costs_the_run_and_nothing_else(kept, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", FULL, "sh", disk, kept.joules.path, sys.executable],
        env=kept.joules.environment(JOULES_HISTORY=None, XDG_STATE_HOME=disk / "state", JOULES_SYSROOT=kept.root),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "unshare:" in done.stderr or done.returncode == 99:
        pytest.skip("no mount namespace here")
    assert done.stdout == "status 3\nstatus 4\n2 ok\n1 ok\n", done
    said = [line for line in done.stderr.splitlines() if "full; free some space" in line]
    assert ["not kept in the history" in line for line in said] == [True, False] and "runs.db" in said[1], done.stderr


def test_without_locks_it_says_so_and_does_not_wait(kept, obstacles, tmp_path):
    done = kept("run", "-r", "2", "sh", "-c", "exit 3", "--ignore-failure", env=obstacles(LOCKS="none"))
    (note,) = notes(done)
    assert done.returncode == 3 and "not kept in the history" in note
    assert f"{kept.file}: its file system takes no locks; name a file on a local disk" in note
    output = tmp_path / "runs.db"
    done = kept("run", "-q", "--no-history", "-o", output, "touch", tmp_path / "ran", env=obstacles(LOCKS="none"))
    assert done.returncode == 125 and f"{output}: its file system takes no locks" in done.stderr
    assert not (tmp_path / "ran").exists() and not list(tmp_path.glob("*-lock-*"))


def test_on_a_network_file_system_it_is_off_unless_it_is_named(at_home, obstacles):
    nfs = obstacles(FILE_SYSTEM="0x6969")
    done = at_home("run", "-r", "2", "true", env=nfs)
    (note,) = notes(done)
    assert done.returncode == 0 and "on a network file system" in note and "JOULES_HISTORY=FILE" in note
    assert not at_home.state.exists()
    assert at_home("run", "-q", "true", env=nfs).stderr == ""
    named = at_home.state.parent / "named.db"
    assert at_home("run", "-q", "true", env={**nfs, "JOULES_HISTORY": named}).stderr == ""
    assert [path.name for path in named.parent.glob("named.db*")] == ["named.db"], (
        "no log, which several machines cannot share"
    )
    assert '"id": 1' in at_home("history", "--json", env={**nfs, "JOULES_HISTORY": named}).stdout


def test_a_history_that_is_moved_away_meanwhile_begins_anew(kept, tmp_path):
    """What was kept stays where it is now, and no run is written where nobody looks for it."""
    moved = tmp_path / "moved.db"
    kept.run("true")
    move = f"[ -e {moved} ] || mv {kept.file} {moved}"
    kept.run("-r", "3", "sh", "-c", move)
    assert [run["number"] for run in kept.runs()] == [0, 1, 2]
    assert integrity(kept.file) == "ok"
