# SPDX-License-Identifier: MIT
"""joules run: how it treats the command: exec, descriptors, signals, what it leaves behind."""

import json
import os
import pty
import select
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


# ---- signals ----

COUNT = """
import signal, sys, time
seen = []
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT):
    signal.signal(number, lambda n, frame: seen.append(n))
last = time.monotonic()
end = last + 20
open(sys.argv[1], 'w').close()
while time.monotonic() < end and not (seen and time.monotonic() - last > 0.3):
    if not seen: last = time.monotonic()
    time.sleep(0.02)
print(*seen)
sys.exit(7)
"""


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "CONT"])
def test_signals_from_elsewhere_reach_the_child_once(joules, desktop, tmp_path, until, name):
    number = getattr(signal, "SIG" + name)
    run = joules.start(
        "run",
        "--json",
        "--sysroot",
        desktop.root,
        sys.executable,
        "-c",
        COUNT,
        tmp_path / "ready",
        start_new_session=True,
    )
    until((tmp_path / "ready").exists, "the child")
    run.send_signal(number)
    out, err = run.communicate(timeout=60)
    assert out.split() == [str(int(number))]
    assert run.returncode == 7, "its status is kept"
    assert json.loads(err)["runs"][0]["exit_status"] == 7, "and it is reported"


def test_signals_to_the_whole_group_are_not_doubled(joules, desktop, tmp_path, until):
    """As a terminal's Ctrl-C, or `timeout`, does: everybody in the group gets it."""
    helper = (
        "import os, signal, subprocess, sys, time\nrun = subprocess.Popen(sys.argv[2:])\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.killpg(0, signal.SIGTERM)\nsys.exit(run.wait())"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            helper,
            str(tmp_path / "ready"),
            joules.path,
            "run",
            "-q",
            "--sysroot",
            desktop.root,
            sys.executable,
            "-c",
            COUNT,
            str(tmp_path / "ready"),
        ],
        start_new_session=True,
        capture_output=True,
        text=True,
        env=joules.environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 7
    assert done.stdout.split() == [str(int(signal.SIGTERM))]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_a_signal_no_further_run_starts(joules, desktop, tmp_path, until, number):
    script = f"echo x >> {tmp_path}/log; trap 'exit 0' INT TERM; while :; do sleep 0.02; done"
    run = joules.start(
        "run", "-r", "5", "--json", "--sysroot", desktop.root, "sh", "-c", script, start_new_session=True
    )
    until(lambda: (tmp_path / "log").exists(), "the first run")
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert (tmp_path / "log").read_text() == "x\n"
    report = json.loads(err)
    assert len(report["runs"]) == 1 and report["summary"]["runs"] == 1
    assert run.returncode == 128 + number, "five runs were asked for and did not happen"


def test_interrupted_before_the_first_run(joules, desktop, tmp_path):
    run = joules.start(
        "run",
        "--idle",
        "60",
        "--sysroot",
        desktop.root,
        "touch",
        tmp_path / "ran",
        env={"TMPDIR": tmp_path},
        start_new_session=True,
    )
    while not any(name.startswith("joules-") for name in os.listdir(tmp_path)):
        assert run.poll() is None
    import time

    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == -signal.SIGINT
    assert os.listdir(tmp_path) == ["tree"]


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, joules, script):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(
                "/bin/bash",
                ["bash", "--norc", "--noprofile", "-i"],
                joules.environment(PS1="$ ", TERM="xterm", HISTFILE=None),
            )
        os.set_inheritable(self.fd, False)
        self.text = ""
        self.type(script + "\n")

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read(self, seconds=0.1):
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                break
            if not piece:
                break
            self.text += piece.decode(errors="replace")
        return self.text

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal(joules):
    if not os.path.exists("/bin/bash"):
        pytest.skip("needs bash, for its job control")
    made = []

    def make(script):
        made.append(Terminal(joules, script))
        return made[-1]

    yield make
    for one in made:
        one.close()


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def test_suspend_and_continue_in_a_terminal(desktop, tmp_path, terminal, until):
    # No loop of a shell: a shell whose vforked child stops before its exec waits in state D.
    (tmp_path / "script.py").write_text(
        "import os, sys, time\nprint(os.getpid(), os.getppid(), file=open('pids', 'w'), flush=True)\n"
        "while not os.path.exists('go'):\n    time.sleep(0.02)\nsys.exit(9)\n"
    )
    session = terminal(
        f"cd {tmp_path}; joules run --sysroot {desktop.root} {sys.executable} script.py; echo status=$?."
    )
    until(lambda: (tmp_path / "pids").exists() and len((tmp_path / "pids").read_text().split()) == 2, "the child")
    child, run = (tmp_path / "pids").read_text().split()
    session.type("\x1a")
    until(lambda: state_of(child) == "T" and state_of(run) == "T", "both to stop")
    until(lambda: "Stopped" in session.read(), "the shell to notice")
    session.type("fg; echo again=$?.\n")
    until(lambda: state_of(child) != "T" and state_of(run) != "T", "both to go on")
    (tmp_path / "go").touch()
    until(lambda: "again=9." in session.read(), "the status")
    assert "exit 9 after" in session.text


def test_stop_from_elsewhere_stops_both(joules, desktop, tmp_path, terminal, until):
    session = terminal(
        f"joules run --sysroot {desktop.root} sh -c 'echo $$ $PPID > {tmp_path}/pids; while ! test -e {tmp_path}/go; do sleep 0.02; done'; echo status=$?."
    )
    until(lambda: (tmp_path / "pids").exists() and len((tmp_path / "pids").read_text().split()) == 2, "the child")
    child, run = (tmp_path / "pids").read_text().split()
    os.kill(int(run), signal.SIGTSTP)
    until(lambda: state_of(child) == "T" and state_of(run) == "T", "both to stop")
    os.kill(int(run), signal.SIGCONT)
    until(lambda: state_of(child) != "T" and state_of(run) != "T", "both to go on")
    (tmp_path / "go").touch()
    until(lambda: "exit 0 after" in session.read(), "the end")


def test_interrupt_in_a_terminal(desktop, tmp_path, terminal, until):
    script = (
        f"import signal,sys,time\nseen=[]\nsignal.signal(signal.SIGINT, lambda *_: seen.append(1))\nopen('{tmp_path}/ready','w')\n"
        "while not seen: time.sleep(0.01)\ntime.sleep(0.3)\nprint('seen', len(seen))\nsys.exit(8)"
    )
    (tmp_path / "script.py").write_text(script)
    session = terminal(f"joules run --sysroot {desktop.root} {sys.executable} {tmp_path}/script.py; echo status=$?.")
    until((tmp_path / "ready").exists, "the child")
    session.type("\x03")
    until(lambda: "exit 8 after" in session.read(), "the report")
    assert "seen 1" in session.text


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
    session = terminal(f"joules run --idle 0.6 --sysroot {desktop.root} true; echo status=$?.")
    until(lambda: "status=0." in session.read(), "the end")
    assert "measuring the idle machine" in session.text
