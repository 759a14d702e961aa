# SPDX-License-Identifier: MIT
"""What is installed runs where it lies."""

import os
import pathlib
import shutil
import subprocess

import pytest


def test_the_installed_command_finds_its_library(joules, tmp_path):
    """Without ldconfig, which Meson does not run, Debian's loader does not find a library in /usr/local."""
    build = pathlib.Path(joules.path).parents[1]
    if not shutil.which("meson") or not (build / "meson-info").is_dir():
        pytest.skip("the command is not in a build folder of Meson")
    subprocess.run(
        ["meson", "install", "-C", str(build), "--no-rebuild", "--tags", "runtime", "--destdir", str(tmp_path)],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    command = next(tmp_path.rglob("bin/joules"))
    if command.parent == tmp_path / "usr/bin":
        pytest.skip("a build for /usr, where the loader looks")
    env = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    done = subprocess.run(
        [str(command), "--version"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
