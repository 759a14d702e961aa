# SPDX-License-Identifier: MIT
"""joules run: how it treats the command: exec, descriptors, what it leaves behind (signals: test_run_signals.py)."""

import json
import os
import signal
import subprocess
import sys

import pytest


# ---- exec ----


def test_command_not_found(joules, desktop, tmp_path):
    done = joules("run", "--sysroot", desktop.root, "no-such-command-here")
    assert done.returncode == 127 and len(done.stderr.splitlines()) == 1 and "no-such-command-here" in done.stderr
    assert joules("run", "--sysroot", desktop.root, tmp_path / "nothing").returncode == 127
    (tmp_path / "script").write_text("#!/no/such/interpreter\n")
    (tmp_path / "script").chmod(0o755)
    done = joules("run", "--sysroot", desktop.root, tmp_path / "script")
    assert done.returncode == 127 and "interpreter" in done.stderr


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("ls -l /", "without the quotes: joules run ls -l /"),
        ("echo 'a b' | wc", "joules run sh -c 'echo '\\''a b'\\'' | wc'"),
        ("true;false", "joules run sh -c 'true;false'"),
        ("ls *.c", "joules run sh -c 'ls *.c'"),
        ("no-such-command $HOME" + "x" * 300, "joules run sh -c 'no-such-command $HOME"),
        ("no-such-command", None),
        ("no-such[1]?", None),
    ],
)
def test_a_line_in_one_word_gets_a_hint(joules, desktop, word, hint):
    """As hyperfine takes it."""
    done = joules("run", "--sysroot", desktop.root, word)
    assert done.returncode == 127 and done.stderr.count("\n") == 1
    assert hint in done.stderr if hint else "joules run " not in done.stderr.partition(": ")[2]


def test_command_not_executable(joules, desktop, tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path):
        done = joules("run", "--sysroot", desktop.root, path)
        assert done.returncode == 126 and len(done.stderr.splitlines()) == 1 and str(path) in done.stderr


def test_nothing_is_stored_of_a_run_that_was_none(joules, desktop, tmp_path):
    joules("run", "-o", f"csv:{tmp_path}/a.csv", "--sysroot", desktop.root, "no-such-command-here")
    assert len((tmp_path / "a.csv").read_text().splitlines()) <= 1


def test_script_without_an_interpreter_line(joules, desktop, tmp_path):
    (tmp_path / "script").write_text("echo run by sh: $1\nexit 3\n")
    (tmp_path / "script").chmod(0o755)
    done = joules("run", "-q", "--sysroot", desktop.root, tmp_path / "script", "word")
    assert (done.returncode, done.stdout) == (3, "run by sh: word\n")


# ---- what it inherits ----

SHOW = """
import os, signal, json, sys
open_ = sorted(int(n) for n in os.listdir('/proc/self/fd'))
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
print(json.dumps({'fds': open_[:-1] if open_[-1] > 2 else open_, 'blocked': status['SigBlk'].strip(), 'ignored': status['SigIgn'].strip()}))
"""


def test_descriptors_and_signals_are_those_of_a_bare_start(joules, desktop, tmp_path):
    with open(tmp_path / "kept", "w", encoding="utf-8") as kept:

        def start(*words):
            def prepare():
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
                signal.signal(signal.SIGPIPE, signal.SIG_IGN)
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])

            done = subprocess.run(
                [*words, "/bin/sh", "-c", 'exec "$0" -S -c "$1"', sys.executable, SHOW],
                preexec_fn=prepare,
                pass_fds=[kept.fileno()],
                restore_signals=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                env=joules.environment(),
                timeout=60,
                check=False,
            )
            return done.returncode, json.loads(done.stdout)

        assert start(
            joules.path,
            "run",
            "-q",
            "-o",
            f"csv:{tmp_path}/a.csv",
            "--report",
            f"{tmp_path}/r",
            "--sysroot",
            desktop.root,
        ) == start("env")


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_closed_standard_streams_stay_closed(joules, desktop, tmp_path, closed):
    def close():
        for fd in closed:
            os.close(fd)

    script = f"for n in 0 1 2; do test -e /proc/$$/fd/$n && echo $n; done > {tmp_path}/open; exit 3"
    done = subprocess.run(
        [joules.path, "run", "--json", "-o", f"csv:{tmp_path}/a.csv", "--sysroot", desktop.root, "sh", "-c", script],
        preexec_fn=close,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=joules.environment(),
        timeout=60,
        check=False,
    )
    # While it looks, the shell's own output is the file; so 1 is open whatever it was.
    expected = sorted({0, 1, 2} - set(closed) | {1})
    assert done.returncode == 3
    assert [int(n) for n in (tmp_path / "open").read_text().split()] == expected
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 2
    assert all(not line.startswith(b"joules") for line in (tmp_path / "a.csv").read_bytes().splitlines())


def test_output_to_a_closed_stream_is_an_error(joules, desktop, tmp_path):
    for words, name in ((["-q", "-o", "csv:-"], "csv:-"), (["--report", "-"], "--report -")):
        done = joules(
            "run", *words, "--sysroot", desktop.root, "touch", tmp_path / "ran", preexec_fn=lambda: os.close(1)
        )
        assert done.returncode == 125 and name in done.stderr
        assert not (tmp_path / "ran").exists()


# ---- how it ends ----


def test_ended_by_a_signal(joules, desktop):
    report, status = joules.report("--sysroot", desktop.root, "sh", "-c", "kill -9 $$")
    assert status == 128 + 9
    assert report["runs"][0]["signal"] == 9 and report["runs"][0]["exit_status"] == 137
    assert "ended by signal 9" in joules("run", "--sysroot", desktop.root, "sh", "-c", "kill -9 $$").stderr


def test_a_child_that_forks_and_leaves(joules, desktop, tmp_path, until):
    """The run ends with its direct child; what it left behind lives on, with its own files."""
    script = f"(sleep 30 & echo $! > {tmp_path}/pid; wait) > /dev/null 2>&1 & while ! test -s {tmp_path}/pid; do sleep 0.01; done; exit 5"
    report, status = joules.report("--sysroot", desktop.root, "sh", "-c", script)
    left = int((tmp_path / "pid").read_text())
    assert status == 5 and report["runs"][0]["duration_s"] < 20
    os.kill(left, 0)
    os.kill(left, signal.SIGKILL)


def test_no_folder_is_left_behind(joules, desktop, tmp_path):
    joules("run", "-q", "--sysroot", desktop.root, "true", env={"TMPDIR": tmp_path})
    joules("run", "--sysroot", desktop.root, "no-such-command-here", env={"TMPDIR": tmp_path})
    joules("run", "-o", "csv:/nonexistent/x", "--sysroot", desktop.root, "true", env={"TMPDIR": tmp_path})
    assert [name for name in os.listdir(tmp_path) if name.startswith("joules-")] == []


# ---- on a terminal ----


def test_colour_on_a_terminal_only_where_it_is_welcome(desktop, terminal, until):
    session = terminal(f"joules run --sysroot {desktop.root} true; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "\033[1m" in session.text
    session = terminal(f"export NO_COLOR=1; joules run --sysroot {desktop.root} true; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "\033[1m" not in session.text and "\033[2m" not in session.text


def test_progress_only_where_the_child_does_not_write(desktop, tmp_path, terminal, until):
    session = terminal(f"joules run -r 3 --sysroot {desktop.root} sleep 0.3; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "░" not in session.text, "the child's output is this terminal"
    session = terminal(
        f"joules run -r 3 --report {tmp_path}/r --sysroot {desktop.root} sleep 0.3 > /dev/null 2> {tmp_path}/err; echo status=$?."
    )
    until(lambda: "status=0." in session.read(), "the end")
    assert "run 2 of 3" in session.text and "░" in session.text
    assert "░" not in (tmp_path / "err").read_text()
    session = terminal(f"joules run -r 3 --sysroot {desktop.root} sleep 0.6 > /dev/null; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "run 2 of 3" in session.text, "its output does not go there"
    session = terminal(f"joules run -r 3 --sysroot {desktop.root} sleep 0.3 2>&1 | cat; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "░" not in session.text, "a pipe may end at the terminal"
    session = terminal(f"joules run --idle 0.6 --sysroot {desktop.root} true; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "measuring the idle machine" in session.text


@pytest.mark.parametrize("columns", [24, 40, 80])
def test_progress_is_of_one_line_at_any_width(desktop, terminal, until, columns):
    command = f"joules run -r 4 --name {'x' * 90} --sysroot {desktop.root} sleep 0.3 > /dev/null"
    session = terminal(f"stty columns {columns}; {command}; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    drawn = [line.split("\r")[0] for line in session.text.split("\r\033[K")[1:]]
    bars = [line for line in drawn if "run " in line]
    assert bars and max(map(len, bars)) < columns
    assert columns < 60 or any("░" in line for line in bars)
