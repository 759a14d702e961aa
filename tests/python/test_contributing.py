# SPDX-License-Identifier: MIT
"""CONTRIBUTING.md: "Add a device" to the letter, in a copy of the tree, which is built and measures; and the files that it lists."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig

import pytest

from machines import ROOT
from test_packages import call, with_own_tools

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def section(title):
    return re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", TEXT, re.MULTILINE | re.DOTALL)[2]


def blocks(text):
    """(file, language, content) of each block; the file is the one that was named last before it."""
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        named = re.findall(r"`((?:src|tests)/[\w./-]+\.\w+)`", text[: found.start()])
        yield named[-1], found[1], found[2]


def edited(content, block):
    """Hunks are apart by @@; each stands in the file once, before."""
    for hunk in block.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -").rstrip("\n")
        after = "".join(line[1:] for line in lines if line[0] in " +").rstrip("\n")
        assert content.count(before) == 1, f"not there, or not once: {before}"
        content = content.replace(before, after)
    return content


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    tree = tmp_path_factory.mktemp("contributing") / "tree"
    unwanted = shutil.ignore_patterns("build*", ".*", "__pycache__")
    shutil.copytree(ROOT, tree, symlinks=True, ignore=unwanted)
    for name, language, content in blocks(section("Add a device")):
        path = tree / name
        assert path.exists() == (language == "diff"), name
        path.parent.mkdir(exist_ok=True)
        path.write_text(edited(path.read_text(), content) if language == "diff" else content)
    return tree


def test_the_files_are_laid_out_and_know_whom_they_may(tree):
    call(sys.executable, str(tree / "tests/layers.py"), str(tree))
    formatter = pathlib.Path(sys.executable).with_name("clang-format")
    if formatter.exists():
        new = [str(tree / name) for name, language, _ in blocks(section("Add a device")) if language == "c"]
        call(str(formatter), f"--style=file:{ROOT}/.clang-format", "--dry-run", "-Werror", *new)


def test_the_new_device_measures(tree, tmp_path):
    env = with_own_tools()
    build = tree / "build"
    meson = shutil.which("meson", path=env["PATH"])
    core = f"python/src/_core{sysconfig.get_config_var('EXT_SUFFIX')}"
    options = ["-Dpython=enabled", "-Dman=disabled", "-Dbuildtype=debug"]
    call(meson, "setup", str(build), str(tree), *options, env=env)
    call("ninja", "-C", str(build), "cli/joules", "tests/unit/test_card", core, env=env)
    call(str(build / "tests/unit/test_card"))

    counter = tmp_path / "sys/class/card/card0/energy_uj"
    counter.parent.mkdir(parents=True)
    counter.write_text("5000000\n")
    env = {**os.environ, "JOULES_SYSROOT": str(tmp_path)}
    joules = str(build / "cli/joules")
    devices = {device["device"]: device for device in json.loads(call(joules, "list", "--json", env=env))["devices"]}
    (card,) = devices["card"]["domains"]
    assert (card["domain"], card["available"], card["unit_uj"], card["in_total"]) == ("card_0", True, 1.0, True)

    script = f"echo 7500000 > {counter}; sleep 0.2"
    words = ["run", "--json", "--estimate", "never", "sh", "-c", script]
    done = subprocess.run([joules, *words], env=env, stderr=subprocess.PIPE, text=True, timeout=60, check=True)
    (run,) = json.loads(done.stderr)["runs"]
    (domain,) = run["domains"]
    assert domain["domain"] == "card_0" and domain["joules"] == run["total"]["joules"] == 2.5

    shutil.copy(build / core, tree / "python/joules")
    env |= {"PYTHONPATH": str(tree / "python"), "LD_LIBRARY_PATH": str(build / "src")}
    code = f"""
from joules.device import DeviceFactory
(card,) = DeviceFactory.create_devices()
before = card.get_energy()
open({str(counter)!r}, "r+").write("9000000\\n")
print(card.get_configured_domains(), card.get_energy()[0] - before[0])
"""
    assert call(sys.executable, "-c", code, env=env, cwd=tmp_path).split() == ["[card_0]", "1500000.0"]


def test_every_figure_of_a_domain_is_explained():
    header = (ROOT / "include/joules/joules.h").read_text(encoding="utf-8")
    figures = re.search(r"how its counter behaves\. \*/(.*?)/\* The library adds", header, re.DOTALL)[1]
    members = set(re.findall(r"(\w+);", re.sub(r"/\*.*?\*/", "", figures, flags=re.DOTALL)))
    assert len(members) > 8
    assert members == set(re.findall(r"^\| `(\w+)` \|", section("Which of a domain's figures matter"), re.MULTILINE))


def files_of(title, name):
    """The files in the first column of a section's table; one without a folder is at the top, or beside the one before it."""
    folder = ROOT
    for cell in re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE):
        for word in re.findall(r"`([^`]+)`", cell):
            file = word.replace("NAME", name)
            path = ROOT / file if "/" in file or (ROOT / file).exists() else folder / file
            folder = path.parent
            yield path


@pytest.mark.parametrize("title, name, count", [("Add a format", "csv", 14), ("Add a verb", "mark", 18)])
def test_every_file_to_touch_is_there_and_knows_the_last_one(title, name, count):
    files = list(files_of(title, name))
    assert len(files) == count, files
    for file in files:
        assert file.is_file() and name in file.read_text(encoding="utf-8"), file
