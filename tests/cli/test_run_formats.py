# SPDX-License-Identifier: MIT
"""A format that a program registered, in the command: -o knows it by its name and the extensions of its files."""

import pathlib

import pytest


@pytest.fixture
def own(joules, desktop):
    module = pathlib.Path(joules.path).parents[1] / "tests/cli/libown_format.so"
    if not module.exists():
        pytest.skip(f"the command is in no build folder with {module}")

    def own(*options, **more):
        return joules("run", "-q", "--sysroot", desktop.root, *options, env={"LD_PRELOAD": module}, **more)

    return own


def test_a_registered_format_is_an_output(own, tmp_path):
    for output in (f"count:{tmp_path}/a", f"{tmp_path}/a.count"):
        done = own("-o", output, "-r", "2", "true")
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a").read_text() == (tmp_path / "a.count").read_text() == "1\n1\n"


def test_errors_name_a_registered_format(own, tmp_path):
    done = own("-o", "conut:x", "true")
    assert (
        done.returncode == 125
        and "did you mean 'count'? The formats are print csv csv-full json sqlite mongodb count" in done.stderr
    )
    done = own("-o", "x.txt", "true")
    assert done.returncode == 125 and ".jsonl .db .sqlite .count" in done.stderr
    done = own("-o", f"count:{tmp_path}/none/x", "true")
    assert done.returncode == 125 and f"cannot write to {tmp_path}/none/x" in done.stderr
