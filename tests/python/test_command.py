# SPDX-License-Identifier: MIT
"""The command `joules` that comes with the package, and python -m joules."""

import json
import os
import re
import subprocess
import sys
from importlib import metadata

import pytest

from joules import _command


def call(*words, **options):
    return subprocess.run(words, text=True, capture_output=True, timeout=100, check=False, **options)


def module(*words, **options):
    return call(sys.executable, "-m", "joules", *words, **options)


def test_the_command_is_a_file_of_the_distribution():
    (path,) = [file.locate() for file in metadata.files("joules") if file.name == "joules" and "bin" in file.parts]
    assert os.path.realpath(path) == os.path.realpath(_command.find())
    assert call(str(path), "--version").stdout == f"joules {metadata.version('joules')}\n"


def test_its_verbs_are_known_here():
    verbs = re.findall(r"^  (?!joules)(\w+) ", call(_command.find(), "--help").stdout, re.MULTILINE)
    assert sorted(_command.VERBS) == sorted(verbs)


def test_a_verb_is_the_commands(machine):
    listed = module("list", "--json")
    assert listed.returncode == 0 and listed.stdout == call(_command.find(), "list", "--json").stdout
    assert "package_0" in json.dumps(json.loads(listed.stdout))
    done = module("run", "--quiet", "sh", "-c", "echo out; exit 7")
    assert (done.returncode, done.stdout) == (7, "out\n")
    assert module("run", "--nonsense").returncode == call(_command.find(), "run", "--nonsense").returncode
    assert module("--version").stdout.startswith("joules ")


def test_a_program_that_it_runs_is_as_without_python(machine):
    """Python ignores SIGPIPE, and what it starts would too."""
    assert module("run", "--quiet", "sh", "-c", "kill -PIPE $$; echo survived").stdout == ""


def test_a_verb_wins_and_a_path_is_a_script(tmp_path, machine):
    (tmp_path / "list").write_text("import sys, pyJoules\nprint('a script', sys.argv[1:])\n")
    assert "a script" not in module("list", cwd=tmp_path).stdout
    assert module("./list", "-x", cwd=tmp_path).stdout == "a script ['-x']\n"


def test_what_is_neither_is_an_error_that_says_so(tmp_path):
    done = module("lst", cwd=tmp_path)
    assert done.returncode == 2 and "no file lst, and no such verb" in done.stderr and "usage: " in done.stderr
    assert module().returncode == 2
    done = module("--help")
    assert done.returncode == 0 and all(verb in done.stdout for verb in _command.VERBS)


def test_where_the_command_is_not_there_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(_command, "_folders", lambda: ["/nowhere"])
    assert _command.run(["list"]) == 2
    assert "not installed with this package" in capsys.readouterr().err
    with pytest.raises(FileNotFoundError):
        _command.find()
