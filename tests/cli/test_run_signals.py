# SPDX-License-Identifier: MIT
"""joules run: which signals reach the command: each that a process sends to Joules, from wherever it is."""

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import time

import pytest

# Writes down each signal that it gets, for as long as more come within 0.3 s.
COUNT = """
import os, signal, sys, time
ready, result = sys.argv[1:]
seen = []
for name in ("HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "CONT"):
    signal.signal(getattr(signal, "SIG" + name), lambda n, frame: seen.append(n))
with open(ready, "w") as file:
    print(os.getpid(), os.getppid(), file=file, flush=True)
last = time.monotonic()
end = last + 20
while time.monotonic() < end and not (seen and time.monotonic() - last > 0.3):
    if not seen: last = time.monotonic()
    time.sleep(0.02)
with open(result, "w") as file:
    print(*(signal.Signals(n).name[3:] for n in seen), file=file)
sys.exit(7)
"""


class Counter:
    """A command that ends with 7 after its first signal."""

    def __init__(self, folder, until):
        self.until = until
        self.ready = folder / "ready"
        self.result = folder / "seen"
        script = folder / "count.py"
        script.write_text(COUNT)
        self.words = [sys.executable, str(script), str(self.ready), str(self.result)]
        self.line = shlex.join(self.words)

    def wait(self):
        """Until it runs; its own number and its parent's."""
        self.until(lambda: self.ready.exists() and len(self.ready.read_text().split()) == 2, "the command")
        return [int(number) for number in self.ready.read_text().split()]

    def seen(self):
        self.until(lambda: self.result.exists() and self.result.read_text(), "a signal to reach the command")
        return self.result.read_text().split()


@pytest.fixture
def counter(tmp_path, until):
    return Counter(tmp_path, until)


# ---- from a process ----


@pytest.mark.parametrize("own_session", [True, False], ids=["elsewhere", "same-group"])
@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "CONT"])
def test_a_signal_to_joules_alone_reaches_the_command_once(joules, desktop, counter, name, own_session):
    """As of Popen.terminate() and make, which share our group."""
    run = joules.start("run", "--json", "--sysroot", desktop.root, *counter.words, start_new_session=own_session)
    counter.wait()
    run.send_signal(getattr(signal, "SIG" + name))
    _, err = run.communicate(timeout=60)
    assert counter.seen() == [name]
    assert run.returncode == 7, "its status is kept"
    assert json.loads(err)["runs"][0]["exit_status"] == 7, "and it is reported"


def test_kill_in_a_script(joules, desktop, counter):
    script = (
        f"joules run -q --sysroot {desktop.root} {counter.line} & "
        f"until test -s {counter.ready}; do sleep 0.02; done; kill $!; wait $!; echo status=$?"
    )
    done = subprocess.run(
        ["sh", "-c", script], env=joules.environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert counter.seen() == ["TERM"] and done.stdout == "status=7\n"


@pytest.mark.parametrize("options", [["--foreground"], []])
def test_a_timeout(joules, desktop, counter, options):
    """timeout --foreground tells its child alone; without it, everybody in the group, too."""
    words = [joules.path, "run", "-q", "--sysroot", desktop.root, *counter.words]
    subprocess.run(
        ["timeout", *options, "1", *words], env=joules.environment(), timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    seen = counter.seen()
    assert "TERM" in seen and (seen == ["TERM"] or not options)


def test_a_signal_to_the_whole_group_reaches_the_command(joules, desktop, counter):
    run = joules.start("run", "-q", "--sysroot", desktop.root, *counter.words, start_new_session=True)
    counter.wait()
    os.killpg(run.pid, signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 7 and set(counter.seen()) == {"TERM"}


def test_a_sender_in_another_namespace_is_a_process(joules, desktop, counter):
    words = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        pytest.skip("no namespace of processes to be had")
    outside = subprocess.Popen(
        [*words, joules.path, "run", "-q", "--sysroot", desktop.root, *counter.words], env=joules.environment()
    )
    counter.wait()
    with open(f"/proc/{outside.pid}/task/{outside.pid}/children", encoding="ascii") as children:
        os.kill(int(children.read()), signal.SIGTERM)
    assert outside.wait(timeout=60) == 7 and counter.seen() == ["TERM"]


@pytest.mark.parametrize(
    "script",
    [
        "kill -USR1 $PPID; sleep 0.3",
        "(kill -USR1 $PPID; sleep 0.3)",
        "joules=$PPID sh -c 'sh -c \"kill -USR1 $joules; sleep 0.3\"; true'",
    ],
    ids=["itself", "child", "grandchild"],
)
def test_what_the_command_sends_does_not_come_back(joules, desktop, script):
    """As `kill 0` in a script with a trap, which all of the group got. (Nobody knows whose a process was that has ended
    by the time we look: hence the sleep.)"""
    done = joules("run", "-q", "--sysroot", desktop.root, "sh", "-c", f"trap 'echo back' USR1; {script}; echo end")
    assert (done.stdout, done.returncode) == ("end\n", 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_a_signal_no_further_run_starts(joules, desktop, tmp_path, until, number):
    log = tmp_path / "log"
    script = f"trap 'exit 0' INT TERM; echo x >> {log}; while :; do sleep 0.02; done"
    run = joules.start(
        "run", "-r", "5", "--json", "--sysroot", desktop.root, "sh", "-c", script, start_new_session=True
    )
    until(lambda: log.exists() and log.read_text(), "the first run")
    run.send_signal(number)
    _, err = run.communicate(timeout=60)
    assert log.read_text() == "x\n"
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
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == -signal.SIGINT
    assert os.listdir(tmp_path) == ["tree"]


# ---- from a terminal ----


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


def test_interrupt_where_the_command_has_left_the_group(desktop, terminal, counter, until):
    """timeout makes a group of its own, which is not the terminal's."""
    session = terminal(f"joules run --sysroot {desktop.root} -- timeout 60 {counter.line}; echo status=$?.")
    counter.wait()
    session.type("\x03")
    assert "INT" in counter.seen()
    until(lambda: "status=7." in session.read(), "the status")


def test_suspend_where_the_command_has_left_the_group(desktop, terminal, counter, until):
    session = terminal(f"joules run -q --sysroot {desktop.root} -- timeout 60 {counter.line}; echo status=$?.")
    child, parent = counter.wait()
    session.type("\x1a")
    until(lambda: state_of(child) == "T" and state_of(parent) == "T", "both to stop")
    until(lambda: "Stopped" in session.read(), "the shell to notice")
    session.type("fg; echo again=$?.\n")
    until(lambda: state_of(child) != "T" and state_of(parent) != "T", "both to go on")
    assert counter.seen() == ["CONT"]
    until(lambda: "again=7." in session.read(), "the status")


def test_a_lost_terminal_reaches_the_command(joules, desktop, counter):
    """A hang-up goes to the leader of the session alone, which Joules is after `ssh -t HOST joules run …`."""
    pid, terminal = pty.fork()
    if pid == 0:
        words = ["joules", "run", "-q", "--sysroot", desktop.root, *counter.words]
        os.execve(joules.path, words, joules.environment())
    counter.wait()
    os.close(terminal)
    assert "HUP" in counter.seen()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
