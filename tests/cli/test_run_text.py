# SPDX-License-Identifier: MIT
"""The report of joules run for people: what it says, once, with which digits, and how it is laid out."""

import re
import shlex
import subprocess

import pytest

from terminals import shown

SLOW_ONCE = "[ -e {0} ] || {{ touch {0}; sleep 1; }}; sleep 0.03"


def report(joules, desktop, *words):
    return joules("run", "--sysroot", desktop.root, *words).stderr


def flat(text):
    return " ".join(text.split())


def test_what_the_command_used_of_the_processor_and_memory(joules, desktop):
    burn = "x = bytearray(50_000_000)\nimport time\nwhile time.process_time() < 0.1: pass"
    text = report(joules, desktop, "python3", "-c", burn)
    user, unit, memory = re.search(r"user ([\d.]+) (m?s), system \S+ \S+; peak memory ([\d.]+) MB", text).groups()
    assert float(user) * {"s": 1000, "ms": 1}[unit] > 50 and float(memory) > 50
    assert re.search(r"system \S+ \S+ a run; peak memory", report(joules, desktop, "-r", "2", "true"))


@pytest.mark.parametrize("word", ["a b", "it's", "", "$HOME`id`", "a|b", "tab\there", "new\nline\\n", "é"])
def test_the_command_is_shown_as_a_shell_reads_it_back(joules, desktop, word):
    shown_line = report(joules, desktop, "printf", "%s", word).splitlines()[0]
    command = shown_line.rpartition(": exit 0")[0]
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert done.stdout == word.encode(errors="surrogateescape")
    assert shown_line.isprintable(), "one line, and nothing that a terminal would obey"


def test_bytes_that_are_no_text_are_shown_as_a_shell_reads_them_back(joules, desktop):
    text = report(joules, desktop, "true", b"\xff'\\".decode(errors="surrogateescape"))
    assert text.startswith(r"true $'\xff\'\\': exit 0")


def test_plain_words_need_no_quotes(joules, desktop):
    assert report(joules, desktop, "echo", "--a=b", "x/y.z").startswith("echo --a=b x/y.z: exit 0")


@pytest.mark.parametrize("password", ["secret", "sec'ret", "sec ret", "sec'", "*"])
def test_passwords_are_masked_and_a_shell_still_reads_the_line(joules, desktop, password):
    words = ["true", f"db://ann:{password}@host", "it's@home"]
    shown_line = report(joules, desktop, *words).splitlines()[0].rpartition(": exit 0")[0]
    stars = "*" * min(3, len(password))
    assert shlex.split(shown_line) == ["true", f"db://ann:{stars}@host", "it's@home"]
    assert f"'db://ann:{stars}@host'" in shown_line, "no pattern for the shell"


def test_short_times_are_in_milliseconds(joules, desktop):
    assert re.search(r": exit 0 after [\d.]{4,} ms$", report(joules, desktop, "sleep", "0.01").splitlines()[0])
    assert re.search(r": exit 0 after 1\.\d{3} s$", report(joules, desktop, "sleep", "1").splitlines()[0])


def test_an_outlier_takes_no_digit_from_the_others(joules, desktop, tmp_path):
    text = report(joules, desktop, "-r", "6", "sh", "-c", SLOW_ONCE.format(shlex.quote(f"{tmp_path}/once")))
    row = re.search(r"time +([\d.]+) +ms ± +([\d.]+) +([\d.]+) ", text)
    assert row, text
    assert len(row[3].replace(".", "")) >= 3 and 30 <= float(row[3]) < 900, "the median has three digits"
    assert re.search("in time( and energy)?: it is the first one, so caches may have been cold", flat(text))


def test_on_a_machine_without_counters_nothing_is_said_twice(joules, make_tree):
    desktop = make_tree([])
    text = report(joules, desktop, "sleep", "0.1")
    assert text.count("wall share") == 1 and text.count("no CPU counter can be read") == 1
    assert text.count("joules doctor") == 1 and text.count("likely") == 1


def test_that_runs_are_too_short_is_said_once(joules, bed):
    words = ["run", "--sysroot", bed("server"), "-r", "3", "--domains"]  # 5 domains
    for domains, told in (("rapl", "the runs are too short for these counters"), ("package_0", "for this counter")):
        # On a busy machine `true` may last longer than two ticks.
        texts = (joules(*words, domains, "true").stderr for _ in range(20))
        assert next(text for text in texts if told in text).count("too short") == 1
    assert "too short" not in joules(*words, "rapl", "sleep", "0.1").stderr


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_everything_for_people_fits_the_terminal(joules, make_tree, columns):
    root = make_tree([]).root
    long = "x" * 300
    for words in (
        ["run", "--sysroot", root, "true", long],
        ["run", "-r", "3", "--sysroot", root, "true", long],
        ["run", "--help"],
        ["list", "--help"],
        ["doctor", "--help"],
        ["history", "--help"],
        ["doctor", "--sysroot", root],
        ["--help"],
    ):
        # A word that is longer, as the path of this tree, stands on a line of its own.
        lines = [line for line in shown(joules, columns, *words) if len(line) > columns and " " in line.strip()]
        assert not lines, words
    assert any(len(line) > 80 for line in shown(joules, 200, "run", "--help")), "as wide as the terminal is"
