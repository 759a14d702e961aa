# SPDX-License-Identifier: MIT
"""joules run: what a shell does around the runs, samples by time, and colours."""

import json
import re
import signal

import pytest


def logged(tmp_path, word):
    return f"echo {word} >> {tmp_path}/log"


def hooks(tmp_path):
    for name in ("setup", "prepare", "conclude", "cleanup"):
        yield from (f"--{name}", logged(tmp_path, name))


def log(tmp_path):
    return (tmp_path / "log").read_text().split()


def test_each_hook_has_its_place(joules, desktop, tmp_path):
    words = [*hooks(tmp_path), "-w", "1", "-r", "2", "--sysroot", desktop.root, "sh", "-c", logged(tmp_path, "run")]
    assert joules("run", *words).returncode == 0
    assert log(tmp_path) == ["setup", *["prepare", "run", "conclude"] * 3, "cleanup"]


def test_a_setup_that_fails_ends_it_before_anything_runs(joules, desktop, tmp_path):
    done = joules("run", *hooks(tmp_path), "--setup", "exit 3", "--sysroot", desktop.root, "touch", tmp_path / "ran")
    assert done.returncode == 125 and not (tmp_path / "ran").exists() and not (tmp_path / "log").exists()
    assert done.stderr == "joules run: --setup exit 3: it ended with exit status 3, so nothing was run\n"


def test_a_conclude_that_fails_ends_the_series(joules, desktop, tmp_path):
    words = ["--cleanup", logged(tmp_path, "cleanup"), "--sysroot", desktop.root]
    report, status = joules.report("--conclude", "false", "-r", "3", *words, "true")
    assert (status, len(report["runs"]), log(tmp_path)) == (125, 1, ["cleanup"])
    assert any("--conclude false: it ended with exit status 1" in line for line in report["warnings"])
    assert joules.report("--conclude", "false", *words, "sh", "-c", "exit 7")[1] == 7, "the command's own status stays"


def test_a_cleanup_that_fails_is_told_and_no_more(joules, desktop):
    done = joules("run", "--cleanup", "exit 9", "--sysroot", desktop.root, "true")
    assert done.returncode == 0 and "--cleanup exit 9: it ended with exit status 9" in done.stderr


def test_what_setup_made_is_cleaned_up_after_a_signal(joules, desktop, tmp_path, until):
    words = [
        *hooks(tmp_path),
        "-r",
        "9",
        "--sysroot",
        desktop.root,
        "sh",
        "-c",
        f"{logged(tmp_path, 'run')}; exec sleep 60",
    ]
    process = joules.start("run", *words)
    until(lambda: (tmp_path / "log").exists() and "run" in log(tmp_path), "the command")
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert log(tmp_path) == ["setup", "prepare", "run", "cleanup"]


def test_samples_by_time_add_up_and_keep_their_tag(joules, bed):
    script = "sleep 0.25; joules mark second; sleep 0.25"
    report, _ = joules.report("--every", "20ms", "--sysroot", bed("server"), "--name", "first", "sh", "-c", script)
    run = report["runs"][0]
    tags = [sample["tag"] for sample in run["samples"]]
    assert len(tags) > 6 and tags == sorted(tags) and set(tags) == {"first", "second"}
    assert sum(sample["duration_s"] for sample in run["samples"]) == pytest.approx(run["duration_s"])
    parts = [sample["energy"]["package_0"]["joules"] for sample in run["samples"]]
    assert sum(parts) == pytest.approx(next(d["joules"] for d in run["domains"] if d["domain"] == "package_0"))


def test_the_power_over_time_has_its_peak(joules, bed, tmp_path):
    root = bed("amd", "--seed", "77")

    def power(watts):
        return f"echo 'power package-0 constant {watts}' > {root}/control"

    (root / "control").write_text("power package-0 constant 20\n")  # before the shell has started, too
    script = f"sleep 0.4; {power(300)}; sleep 0.4; {power(20)}; sleep 0.4"
    words = [
        "run",
        "--every",
        "100ms",
        "--report",
        f"json:{tmp_path}/json",
        "--domains",
        "package_0",
        "--sysroot",
        root,
    ]
    text = joules(*words, "sh", "-c", script).stderr
    curve = re.search("power over time, in steps of 100 ms\n  ([▁▂▃▄▅▆▇█]+)\n  peak ([0-9.]+) W over", text)
    assert curve, text
    cells, peak = curve.groups()
    assert 250 < float(peak) < 450 and "█" in cells[1:-1] and cells[0] in "▁▂" and cells[-1] in "▁▂"
    run = json.loads((tmp_path / "json").read_text())["runs"][0]
    assert run["peak"]["watts"] == pytest.approx(float(peak), rel=0.05)
    assert run["peak"]["joules"] == pytest.approx(run["peak"]["watts"] * run["peak"]["duration_s"])
    assert run["peak"]["begin_s"] in [sample["begin_s"] for sample in run["samples"]]
    several = joules("run", "-r", "2", "--every", "100ms", "--sysroot", root, "sleep", "0.3").stderr
    assert re.search(r"peak \S+ W over [\d.]+ ms, beginning .* after the start of run [12]\n", several)


@pytest.mark.parametrize("value", ["0", "x", "1us", "5J", "-1s", "2d"])
def test_times_that_are_none(joules, desktop, tmp_path, value):
    done = joules("run", "--every", value, "--sysroot", desktop.root, "touch", tmp_path / "ran")
    assert done.returncode == 125 and "give a time from 1ms" in done.stderr and not (tmp_path / "ran").exists()


def test_colour_where_it_is_asked_for(joules, desktop):
    for words in (["run", "true"], ["list"], ["doctor"]):
        verb, *command = words
        always = joules(verb, "--color", "always", "--sysroot", desktop.root, *command, env={"NO_COLOR": "1"})
        assert "\033[" in always.stdout + always.stderr
        never = joules(verb, "--color", "never", "--sysroot", desktop.root, *command)
        assert "\033[" not in never.stdout + never.stderr
        bad = joules(verb, "--color", "blue", "--sysroot", desktop.root, *command)
        assert "--color blue: it is one of auto, always, never" in bad.stderr and bad.returncode in (2, 125)
    report = joules("run", "--color", "always", "--json", "--sysroot", desktop.root, "true").stderr
    assert json.loads(report)["format"] == "joules.run.1"
