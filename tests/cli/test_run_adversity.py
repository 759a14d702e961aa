# SPDX-License-Identifier: MIT
"""joules run where writing is hard, and after it was killed: what was measured is not lost, nothing is left lying about."""

import json
import os
import resource
import signal
import time

import pytest

# ---- limits on files, and pipes that do not wait ----


@pytest.mark.parametrize("disposition", [signal.SIG_DFL, signal.SIG_IGN])
def test_a_report_that_no_file_can_take_is_shown(joules, desktop, tmp_path, disposition):
    """SIGXFSZ would end us by default. The command gets it as it was."""
    path = tmp_path / "report"

    def limit():
        signal.signal(signal.SIGXFSZ, disposition)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = joules(
        *("run", "--json", "--report", path, "-o", f"json:{tmp_path}/t.json", "--sysroot", desktop.root),
        *("sh", "-c", "grep SigIgn /proc/$$/status; exit 3"),
        preexec_fn=limit,
        restore_signals=False,
    )
    ignored = int(done.stdout.split()[1], 16) >> (signal.SIGXFSZ - 1) & 1
    assert ignored == (disposition == signal.SIG_IGN)
    assert done.returncode == 3
    report, *errors = done.stderr.splitlines()
    assert json.loads(report)["runs"][0]["exit_status"] == 3, "what was measured is not lost"
    assert path.read_bytes() == b"", "half an object is no report"
    assert any("the report could not be written" in line and "File too large" in line for line in errors)
    assert any("t.json" in line and "ulimit -f" in line for line in errors)


@pytest.mark.parametrize("where", ["stdout", "stderr"])
def test_a_report_into_a_pipe_that_does_not_wait_is_whole(joules, desktop, where):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    words = ["--report", "-"] if where == "stdout" else []
    run = joules.start(
        *("run", "--json", *words, "--sysroot", desktop.root, "sh", "-c"),
        'for n in $(seq 1000); do echo $n; done > "$JOULES_RUN_TAGS"',
        **{where: writer},
    )
    os.close(writer)
    time.sleep(0.5)  # so that the pipe is full before it is read
    with open(reader, "rb") as pipe:
        text = pipe.read()
    assert run.wait(timeout=60) == 0
    assert len(text) > 100000 and len(json.loads(text)["runs"][0]["samples"]) == 1001


# ---- what a killed run leaves ----


def folders(place):
    return sorted(path.name for path in place.iterdir() if path.name.startswith("joules-"))


def killed_run(joules, desktop, place, until):
    """The name of the folder that it left."""
    before = folders(place)
    words = ["sh", "-c", f"touch {place}/ready; sleep 30"]
    run = joules.start("run", "-q", "--sysroot", desktop.root, *words, env={"TMPDIR": place}, start_new_session=True)
    until((place / "ready").exists, "the command")
    (place / "ready").unlink()
    run.kill()
    run.wait(timeout=60)
    os.killpg(run.pid, signal.SIGKILL)
    run.stdout.close()
    run.stderr.close()
    (name,) = set(folders(place)) - set(before)
    return name


def test_the_folder_of_a_killed_run_is_removed_at_the_next_start(joules, desktop, tmp_path, until):
    killed_run(joules, desktop, tmp_path, until)
    killed_run(joules, desktop, tmp_path, until)
    assert len(folders(tmp_path)) == 1, "the second start has removed the first one's"
    joules("run", "-q", "--sysroot", desktop.root, "true", env={"TMPDIR": tmp_path})
    assert folders(tmp_path) == []


def test_what_is_no_leftover_of_ours_stays(joules, desktop, tmp_path, until):
    place = tmp_path / "place"
    place.mkdir()
    dead = killed_run(joules, desktop, place, until)
    number = dead.split("-")[1]
    (place / dead).rename(tmp_path / "elsewhere")
    (place / f"joules-{number}-linked").symlink_to(tmp_path / "elsewhere")
    (place / f"joules-{number}-filled").mkdir()
    (place / f"joules-{number}-filled" / "tags").write_text("a file of somebody's")
    (place / f"joules-{number}-longer1").mkdir()
    (place / "joules-AbCdEf").mkdir()
    (place / f"joules-{os.getpid()}-living").mkdir()
    (place / f"joules-{number}-isread").mkdir()
    os.mkfifo(place / f"joules-{number}-isread" / "tags")
    (place / f"joules-{number}-others").mkdir()
    if os.geteuid() == 0:
        os.chown(place / f"joules-{number}-others", 65534, 65534)
    else:
        (place / f"joules-{number}-others" / "file").touch()
    before = folders(place)
    reader = os.open(place / f"joules-{number}-isread" / "tags", os.O_RDONLY | os.O_NONBLOCK)
    joules("run", "-q", "--sysroot", desktop.root, "true", env={"TMPDIR": place})
    os.close(reader)
    assert folders(place) == before
    assert os.listdir(tmp_path / "elsewhere") == ["tags"]


# ---- memory that runs out ----


def test_marks_without_memory_are_lost_and_nothing_else(joules, desktop):
    """Of 300 000 marks as many as there is memory for, the whole run, and a word about the rest."""
    script = 'i=0; while [ $i -lt 100 ]; do seq 3000 > "$JOULES_RUN_TAGS"; i=$((i + 1)); done; exit 3'

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (24 << 20, 24 << 20))

    done = joules("run", "--json", "--sysroot", desktop.root, "sh", "-c", script, preexec_fn=limit)
    report = json.loads(done.stderr)
    assert done.returncode == 3
    assert report["runs"][0]["total"]["joules"] is not None
    assert report["runs"][0]["samples"] == []
    words = " ".join(report["warnings"])
    assert "marks were lost, so their samples are joined into one: out of memory" in words
    assert "the samples between marks are not in the report" in words
