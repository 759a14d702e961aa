# SPDX-License-Identifier: MIT
"""joules doctor: what it finds on every kind of machine, and that what it proposes is right and harmless."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import powercap
import tree as bed_tree
from idling import Idling
from tree import Zone

NOBODY = 65534
STATUS = {"measured": 0, "estimated": 1, "nothing": 2}
# Nothing that lets everybody read, and no capability on a program.
FORBIDDEN = re.compile(r"chmod\s+(-R\s+)?([0-7]*[4-7]\b(?<!0)|[augo]*[ao]\+\S*r|\+r)|setcap|cap_|perf_event_paranoid")


class Report:
    def __init__(self, done):
        assert done.stderr == "" and done.stdout.endswith("}\n") and done.stdout.count("\n") == 1, done
        data = json.loads(done.stdout)
        assert list(data) == ["format", "version", "verdict", "findings"]
        assert data["format"] == "joules.doctor.1"
        assert done.returncode == STATUS[data["verdict"]]
        self.verdict = data["verdict"]
        self.findings = data["findings"]
        for finding in self.findings:
            assert list(finding) == ["level", "about", "what", "cure", "command"]
            assert finding["level"] in ("ok", "advice", "problem")
            assert finding["what"] and "\n" not in finding["what"]
            assert finding["cure"] is None or (finding["cure"] and "\n" not in finding["cure"])
            if finding["command"] is not None:
                assert not FORBIDDEN.search(finding["command"]), finding["command"]
                subprocess.run(["sh", "-n", "-c", finding["command"]], check=True)

    def about(self, about, level=None):
        return [finding for finding in self.findings if finding["about"] == about and level in (None, finding["level"])]

    def only(self, about, level):
        found = self.about(about, level)
        assert len(found) == 1, self.findings
        return found[0]


@pytest.fixture
def doctor(joules):
    def run(root, idles=True, **options):
        with Idling(root) if idles else contextlib.nullcontext():
            return Report(joules("doctor", "--json", "--sysroot", root, **options))

    return run


def test_the_guard_of_these_tests_can_see():
    for bad in (
        "sudo chmod a+r x",
        "chmod 0444 x",
        "chmod -R 644 x",
        "chmod o+r x",
        "sudo setcap cap_sys_rawio+ep /usr/bin/python3",
    ):
        assert FORBIDDEN.search(bad), bad
    for good in ("chmod 0440 {} +", "chmod 0400 x"):
        assert not FORBIDDEN.search(good), good


def test_a_server_with_moving_counters(doctor, bed):
    report = doctor(bed("server"))
    assert report.verdict == "measured"
    for name in ("package_0", "package_1", "dram_0", "dram_1", "psys"):
        what = report.only(name, "ok")["what"]
        assert re.search(r"moves about every [\d.]+ [mµ]?s \(seen \d+ times\)", what)
        assert "calibration: " in what
        assert not any("did not move" in finding["what"] for finding in report.about(name))
    assert "unit 61.035 µJ" in report.only("package_0", "ok")["what"]
    assert "wraps to 0 every 21.8 min at 200 W" in report.only("package_0", "ok")["what"]
    assert "every 30 s" in report.only("package_0", "ok")["what"]
    assert not report.about("estimated_cpu"), "the estimate is not used here"


def test_a_guest_whose_host_passes_counters_on(doctor, bed):
    report = doctor(bed("guest"))
    assert report.verdict == "measured"
    assert "mov" in report.only("package_0", "ok")["what"], "it waits for a counter that moves once a second"
    assert "virtual machine" in report.only("machine", "advice")["what"]


def test_the_doubt_about_15_3_microjoules(doctor, server):
    finding = doctor(server.root).about("dram_0", "advice")
    assert any("15.3 µJ" in one["what"] and "0.27 %" in one["what"] for one in finding)


def test_counters_that_stand_still_are_said_to(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0")
    tree.zone("intel-rapl:0:0", "core", energy=0)
    tree.zone("intel-rapl:0:1", "uncore", energy=0)
    report = doctor(tree.root, idles=False)
    assert report.verdict == "nothing"
    assert "did not move" in report.only("package_0", "problem")["what"]
    assert "stuck" in report.only("package_0", "problem")["what"]
    for part in ("core_0", "uncore_0"):
        assert not report.about(part, "problem") and not report.about(part, "advice"), "what is idle is no fault"


def test_a_dead_counter_is_no_measurement(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", energy=0)
    report = doctor(tree.root, idles=False)
    assert report.verdict == "nothing"
    assert "stayed 0" in report.only("package_0", "problem")["what"]
    assert "--estimate always" in report.only("estimated_cpu", "advice")["what"]


def test_counters_that_only_root_may_read(as_nobody, open_folder):
    tree = powercap.Tree(open_folder)
    tree.zone("intel-rapl:0", "package-0", mode=0o400)
    tree.zone("intel-rapl:0:0", "core", mode=0o400)
    report = Report(as_nobody("doctor", "--json", "--sysroot", tree.root))
    assert report.verdict == "estimated"
    for name in ("package_0", "core_0"):
        finding = report.only(name, "problem")
        assert tree.root in finding["what"] and "root only" in finding["what"]
        assert finding["cure"] == "let the group joules read it"
        assert "sudo usermod -aG joules nobody" in finding["command"]
        assert "systemd-tmpfiles --create joules.conf" in finding["command"] or "chmod 0440" in finding["command"]
    rights = report.only("rights", "advice")
    assert rights["command"] == "sudo joules run --user nobody -- COMMAND" and "login" in rights["what"]
    text = as_nobody("doctor", "--sysroot", tree.root).stdout
    assert text.count("usermod") == 1, "one cure for neighbours that share it"
    assert not report.about("machine"), "the processor has counters"


def grouped(open_joules, folder, members, groups, mode=0o440):
    """The report of the user nobody on a machine whose group `joules` has these members, for counters that are root:joules."""
    gid = 64321
    tree = powercap.Tree(folder)
    os.chown(os.path.join(tree.zone("intel-rapl:0", "package-0", mode=mode), "energy_uj"), 0, gid)
    lines = [line for line in open("/etc/group", encoding="utf-8") if not line.startswith("joules:")]
    with open(os.path.join(folder, "group"), "w", encoding="utf-8") as file:
        file.writelines(lines + [f"joules:x:{gid}:{members}\n"])
    probe = subprocess.run(
        ["unshare", "-m", "mount", "--bind", "/etc/group", "/etc/group"], capture_output=True, text=True, check=False
    )
    if probe.returncode != 0:
        pytest.skip("no mount namespace here: " + probe.stderr)
    words = [
        "unshare",
        "-m",
        "sh",
        "-c",
        'mount --bind "$1/group" /etc/group && shift && exec "$@"',
        "sh",
        folder,
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        f"--groups={gid}" if groups else "--clear-groups",
        open_joules.path,
        "doctor",
        "--json",
        "--sysroot",
        tree.root,
    ]
    return Report(
        subprocess.run(words, env=open_joules.environment(), capture_output=True, text=True, timeout=60, check=False)
    )


@pytest.fixture
def root_only():
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a group of its own")


@pytest.mark.usefixtures("root_only")
def test_a_member_of_the_group_measures(open_joules, open_folder):
    with Idling(open_folder):
        report = grouped(open_joules, open_folder, "nobody", True)
    assert report.verdict == "measured" and not report.about("rights")


@pytest.mark.usefixtures("root_only")
def test_a_member_since_this_login_is_told_to_log_in_again(open_joules, open_folder):
    finding = grouped(open_joules, open_folder, "nobody", False).only("package_0", "problem")
    assert finding["command"] == "newgrp joules" and "log in again" in finding["cure"]


@pytest.mark.usefixtures("root_only")
def test_who_is_not_in_the_group_is_told_to_join(open_joules, open_folder):
    finding = grouped(open_joules, open_folder, "", False).only("package_0", "problem")
    assert finding["command"] == "sudo usermod -aG joules nobody"


@pytest.mark.usefixtures("root_only")
def test_a_member_whose_files_are_still_roots_gets_no_usermod(open_joules, open_folder):
    finding = grouped(open_joules, open_folder, "nobody", True, mode=0o400).only("package_0", "problem")
    assert "usermod" not in finding["command"] and "groupadd" not in finding["command"]


def test_counters_that_everybody_may_read_are_a_leak(doctor, server):
    finding = doctor(server.root).only("rights", "advice")
    assert "CVE-2020-8694" in finding["what"] and "and 5 more" in finding["what"]
    assert "joules" in finding["command"]


def test_counters_of_a_group_are_none(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", mode=0o440)
    assert not doctor(tree.root).about("rights")


@pytest.mark.usefixtures("root_only")
@pytest.mark.parametrize(
    "sudo_user, command",
    [("nobody", "sudo joules run --user nobody -- COMMAND"), ("root", None), ("a; reboot", None), (None, None)],
)
def test_root_by_sudo_is_told_of_user(doctor, tmp_path, sudo_user, command):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", mode=0o440)
    rights = doctor(tree.root, env={"SUDO_USER": sudo_user}).about("rights")
    assert [finding["command"] for finding in rights] == ([command] if command else [])


@pytest.mark.usefixtures("root_only")
def test_root_on_a_locked_machine_is_told_of_the_others(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    for index in (0, 1):
        tree.zone(f"intel-rapl:{index}", f"package-{index}", mode=0o400)
    finding = doctor(tree.root).only("rights", "advice")
    assert "only root can read" in finding["what"] and "and 1 more: other users of this machine" in finding["what"]
    assert finding["cure"] == "let the group joules read them" and "groupadd" in finding["command"]


def test_what_holds_for_several_is_said_once(joules, bed):
    root = bed("server")
    text = joules("doctor", "--sysroot", root).stdout
    assert text.count("2^-16 J and") == 1 and re.search(r"advice +dram_0, dram_1\n", text)
    assert text.count("the value comes from sensors") == 1 and re.search(r"ok +package_0, package_1\n", text)
    assert len(re.findall("moves about every", text)) == 5, "what is of one domain stays with it"
    findings = json.loads(joules("doctor", "--json", "--sysroot", root).stdout)["findings"]
    assert sum("2^-16 J" in one["what"] for one in findings) == 2, "programs read each domain's own"


@pytest.mark.parametrize("cpuinfo, has_way", [(powercap.INTEL, True), (powercap.AMD, False)], ids=["intel", "amd"])
def test_a_guest_without_counters(doctor, tmp_path, cpuinfo, has_way):
    tree = powercap.Tree(tmp_path, cpuinfo=cpuinfo, virtual=True)
    report = doctor(tree.root)
    assert report.verdict == "estimated"
    finding = report.only("machine", "problem")
    assert "virtual machine" in finding["what"] and "host" in finding["what"]
    assert "measure on the host" in finding["cure"]
    assert ("rapl=true" in finding["cure"]) == has_way and finding["command"] is None
    assert "modprobe" not in str(report.findings)


@pytest.mark.parametrize("cpuinfo", [powercap.INTEL, powercap.AMD], ids=["intel", "amd"])
def test_a_driver_that_is_not_loaded(doctor, tmp_path, cpuinfo):
    tree = powercap.Tree(tmp_path, cpuinfo=cpuinfo)
    assert doctor(tree.root).only("machine", "problem")["command"] == "sudo modprobe intel_rapl_msr"
    tree.write("sys/module/intel_rapl_msr/refcnt", "0\n")
    finding = doctor(tree.root).only("machine", "problem")
    assert finding["cure"] is finding["command"] is None and "loaded" in finding["what"]


def test_a_container_that_masks_powercap(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.link_to_nowhere("intel-rapl:0")
    tree.link_to_nowhere("intel-rapl:0:0")
    report = doctor(tree.root)
    finding = report.only("container", "problem")
    assert "leads nowhere" in finding["what"] and "and 1 more" in finding["what"]
    assert "--sysroot" in finding["cure"] and "--sysroot" in finding["command"]
    assert not report.about("machine") and not report.about("intel-rapl:0"), "one cause, one finding"


def test_no_number_in_energy_uj(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0")
    tree.zone("intel-rapl:0:0", "core", energy=b"garbage\n")
    report = doctor(tree.root)
    assert "energy_uj" in report.only("core_0", "problem")["what"]
    assert report.verdict == "measured"


@pytest.mark.parametrize("range_uj", [None, 0, b"garbage\n"])
def test_a_missing_range(doctor, tmp_path, range_uj):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", range_uj=range_uj)
    report = doctor(tree.root)
    assert any(
        "max_energy_range_uj" in finding["what"] and "invalid" in finding["what"]
        for finding in report.about("package_0", "advice")
    )
    assert "wraps" not in report.only("package_0", "ok")["what"]


def test_a_range_of_no_known_unit(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", range_uj=262143000000)
    tree.zone("intel-rapl:1", "package-1", range_uj=123456)
    report = doctor(tree.root)
    assert any("262143000000" in finding["what"] for finding in report.about("package_0", "advice"))
    assert not report.about("package_0", "problem")
    assert "too low" in report.only("package_1", "problem")["what"], "wraps far more often than it is read"


def test_a_zone_of_unknown_name_is_no_problem(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0")
    tree.zone("intel-rapl:1", "mystery")
    report = doctor(tree.root)
    assert any("mystery" in finding["what"] for finding in report.findings if finding["level"] == "advice")
    assert not [finding for finding in report.findings if finding["level"] == "problem"]


def test_one_core_in_place_of_all_is_said(doctor, tmp_path):
    tree = powercap.Tree(tmp_path, cpuinfo=powercap.AMD)
    tree.zone("intel-rapl:0", "package-0", range_uj=powercap.RANGE_16)
    tree.zone("intel-rapl:0:0", "core", range_uj=powercap.RANGE_16)
    assert "one core" in doctor(tree.root).only("core_0", "ok")["what"]


def test_swapped_sockets_dies_and_psys_are_all_there(doctor, tmp_path):
    bed_tree.make_tree(
        tmp_path,
        [Zone("package-1-die-1", children=[Zone("core")]), Zone("psys"), Zone("package-0-die-0")],
        files={"proc/cpuinfo": b"processor\t: 0\n" + powercap.INTEL.format("").encode()},
    )
    about = {finding["about"] for finding in doctor(tmp_path).findings if finding["level"] == "ok"}
    assert about == {"package_1_die_1", "core_1_die_1", "psys", "package_0_die_0"}


def test_nothing_at_all(doctor, tmp_path):
    tree = powercap.Tree(tmp_path)
    os.remove(tree.path("proc/stat"))
    report = doctor(tree.root)
    assert report.verdict == "nothing"
    assert report.about("machine", "problem") and report.about("estimated_cpu", "problem")


def test_text_for_people(joules, tmp_path):
    tree = powercap.server(tmp_path / "t", cpuinfo=powercap.AMD)
    with Idling(tree.root):
        done = joules("doctor", "--sysroot", ".", cwd=tree.root)
    assert done.returncode == 0 and done.stderr == "" and "\033" not in done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == "Test EPYC"
    assert lines[1] == "Joules can measure energy on this machine"
    assert any(re.match(r"ok +package_0", line) for line in lines) and "unit 61.035 µJ" in done.stdout
    commands = [line for line in lines if line.lstrip().startswith(("$ ", "sudo "))]
    assert any(line.startswith("         $ sudo ") for line in commands)
    wrapped = [line for line in lines if line not in commands and "/sys/" not in line]
    assert max(map(len, wrapped)) < 80
    # What is copied from the screen is one command.
    copied = "\n".join(line.strip().removeprefix("$ ") for line in commands)
    subprocess.run(["sh", "-n", "-c", copied], check=True)


def test_it_changes_nothing(doctor, tmp_path):
    server = powercap.server(tmp_path)

    def state():
        return {
            path: (os.stat(path).st_mode, os.stat(path).st_mtime_ns, open(path, "rb").read())
            for folder, _, files in os.walk(server.root)
            for path in (os.path.join(folder, name) for name in files)
        }

    before = state()
    doctor(server.root, idles=False)
    assert state() == before


@pytest.mark.parametrize(
    "words, says",
    [
        (["--sysroot", "/does/not/exist"], "/does/not/exist"),
        (["--jsno"], "--json"),
        (["please"], "please"),
    ],
)
def test_bad_usage_is_one_line_that_helps(joules, words, says):
    done = joules("doctor", *words)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr and done.stderr.count("\n") == 1 and done.stderr.startswith("joules doctor: ")


def test_a_full_disk_is_no_verdict(joules, server):
    with open("/dev/full", "w") as full:
        done = joules("doctor", "--sysroot", server.root, stdout=full)
    assert done.returncode == 3 and "standard output" in done.stderr


# ---- the Python package beside the command ----------------------------------------------------------------------------------------


@pytest.fixture
def installed(joules, desktop, tmp_path):
    """installed(text) → what the doctor of a prefix says, where pip has put Joules and `text` stands in pyJoules/__init__.py (None: no file)."""
    prefix = tmp_path / "prefix"
    site = prefix / "lib/python3.11/site-packages"
    (site / "joules").mkdir(parents=True)
    (site / "joules" / "_alias.py").touch()
    (site / "pyJoules").mkdir()
    (prefix / "bin").mkdir()
    shutil.copy(joules.path, prefix / "bin")
    library = os.path.join(os.path.dirname(joules.path), "../src")

    def run(text):
        names = site / "pyJoules" / "__init__.py"
        names.unlink(missing_ok=True)
        if text is not None:
            names.write_text(text)
        done = subprocess.run(
            [prefix / "bin/joules", "doctor", "--json", "--sysroot", desktop.root],
            env={**joules.environment(), "LD_LIBRARY_PATH": library},
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Report(done).about("python")

    return run


def test_names_that_another_pyjoules_took(installed):
    assert installed("from joules._alias import install\n") == []
    for text, word in (("__version__ = '0.5.1'\n", "installed over"), ("", "installed over"), (None, "is gone")):
        (found,) = installed(text)
        assert found["level"] == "problem" and word in found["what"] and "site-packages/pyJoules" in found["what"]
        assert found["command"].startswith("python -m pip uninstall -y pyJoules; ")


def test_the_names_of_the_package_are_known_by_what_stands_in_it():
    text = (pathlib.Path(__file__).resolve().parents[2] / "python/pyJoules/__init__.py").read_text(encoding="utf-8")
    assert "joules._alias" in text[:1500]
