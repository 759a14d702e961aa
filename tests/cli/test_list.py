# SPDX-License-Identifier: MIT
"""joules list: every domain of every odd tree, once, with the right name, unit and reason."""

import json
import os
import pty
import re
import subprocess

import pytest

import powercap
import tree as bed_tree
from tree import Zone

REASON_CODES = ("absent", "permission", "asleep", "foreign", "unsupported", "failed", "unread")
DEVICE_KEYS = ["device", "available", "reason", "reason_code", "cure", "command", "domains"]
DOMAIN_KEYS = [
    "domain",
    "available",
    "reason",
    "reason_code",
    "cure",
    "command",
    "source",
    "gain",
    "parent",
    "in_total",
    "unit_uj",
    "range_uj",
    "path",
]


def listed(joules, root, **options):
    """The object, checked for what always holds, and its domains by name."""
    done = joules("list", "--json", "--sysroot", root, **options)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "" and done.stdout.endswith("}\n") and done.stdout.count("\n") == 1
    data = json.loads(done.stdout)
    assert list(data) == ["format", "version", "devices"]
    assert data["format"] == "joules.list.1"
    assert re.fullmatch(r"\d+\.\d+\.\d+", data["version"])
    domains = {}
    for device in data["devices"]:
        assert list(device) == DEVICE_KEYS
        assert device["available"] == any(domain["available"] for domain in device["domains"])
        assert device["available"] == (device["reason"] is None) == (device["reason_code"] is None)
        for domain in device["domains"]:
            assert [key for key in domain if key != "scope"] == DOMAIN_KEYS
            assert list(domain)[-1] == "scope" or "scope" not in domain
            assert domain["domain"] not in domains, "listed twice"
            assert domain["available"] == (domain["reason"] is None) == (domain["reason_code"] is None)
            assert domain["available"] or domain["reason_code"] in REASON_CODES
            assert domain["source"] in ("measured", "estimated")
            assert domain["gain"] in ("measured", "modelled", "estimated", "unknown")
            assert domain["range_uj"] is None or (isinstance(domain["range_uj"], int) and domain["range_uj"] > 0)
            domains[domain["domain"]] = domain
    return data, domains


def rapl(domains):
    return {name for name, domain in domains.items() if domain["source"] == "measured"}


def test_server_with_swapped_sockets_and_psys_between(joules, server):
    _, domains = listed(joules, server.root)
    assert rapl(domains) == {"package_0", "core_0", "dram_0", "package_1", "dram_1", "psys"}
    zones = {
        "package_0": "intel-rapl:2",
        "core_0": "intel-rapl:2:0",
        "dram_0": "intel-rapl:2:1",
        "package_1": "intel-rapl:0",
        "dram_1": "intel-rapl:0:0",
        "psys": "intel-rapl:1",
    }
    for name, zone in zones.items():
        domain = domains[name]
        assert domain["available"] and domain["path"].startswith(server.root)
        assert os.path.basename(os.path.dirname(domain["path"])) == zone
        assert domain["in_total"] == (name not in ("core_0", "psys"))
        assert domain["parent"] == ("package_0" if name == "core_0" else None)
        assert "scope" not in domain
    assert domains["package_0"]["unit_uj"] == 61.03515625
    assert domains["package_0"]["range_uj"] == 262143328850
    assert domains["dram_1"]["unit_uj"] == 15.2587890625
    assert domains["dram_1"]["range_uj"] == 65712999613


def test_the_estimate_says_what_it_covers_and_is_not_in_a_measured_total(joules, server):
    data, domains = listed(joules, server.root)
    assert [device["device"] for device in data["devices"]][-1] == "estimate"
    estimate = domains["estimated_cpu"]
    assert estimate["source"] == "estimated" and estimate["available"] and estimate["scope"]
    assert estimate["in_total"] is False
    assert estimate["unit_uj"] is None and estimate["range_uj"] is None


def test_psys_counts_only_where_no_package_is(joules, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "psys")
    tree.zone("intel-rapl:1", "psys-1")
    _, domains = listed(joules, tree.root)
    assert rapl(domains) == {"psys", "psys_1"}
    assert domains["psys"]["in_total"] and domains["psys_1"]["in_total"]


def test_dies_are_domains_with_children_of_their_own(joules, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0-die-1")
    tree.zone("intel-rapl:0:0", "core")
    tree.zone("intel-rapl:1", "package-0-die-0")
    tree.zone("intel-rapl:1:0", "core")
    _, domains = listed(joules, tree.root)
    assert rapl(domains) == {"package_0_die_0", "package_0_die_1", "core_0_die_0", "core_0_die_1"}
    assert domains["core_0_die_1"]["parent"] == "package_0_die_1"
    assert os.path.dirname(domains["core_0_die_1"]["path"]).endswith("intel-rapl:0:0")


@pytest.mark.parametrize("layout", ["kernel", "flat", "nested", "copied"])
def test_each_domain_once_in_every_layout(joules, tmp_path, layout):
    bed_tree.make_tree(
        tmp_path,
        [Zone("package-0", children=[Zone("dram", unit="dram"), Zone("core")]), Zone("package-1", index=10)],
        layout,
    )
    _, domains = listed(joules, tmp_path)
    assert rapl(domains) == {"package_0", "dram_0", "core_0", "package_1"}
    assert all(domains[name]["available"] for name in rapl(domains))


def test_a_second_control_type_shows_no_second_package(joules, tmp_path):
    bed_tree.make_tree(tmp_path, [Zone("package-0", type="intel-rapl-mmio"), Zone("package-0")])
    _, domains = listed(joules, tmp_path)
    assert rapl(domains) == {"package_0"}
    assert "mmio" not in domains["package_0"]["path"]


def test_counters_that_only_root_may_read(as_nobody, open_folder):
    tree = powercap.Tree(open_folder)
    tree.zone("intel-rapl:0", "package-0", mode=0o400)
    tree.zone("intel-rapl:0:0", "core", mode=0o400)
    _, domains = listed(as_nobody, tree.root)
    for name in ("package_0", "core_0"):
        assert not domains[name]["available"]
        assert "energy_uj" in domains[name]["reason"] and tree.root in domains[name]["reason"]
        assert "joules doctor" in domains[name]["cure"]
        assert (domains[name]["reason_code"], domains[name]["command"]) == ("permission", None)
    assert domains["package_0"]["unit_uj"] == 61.03515625, "the range is readable all the same"
    assert domains["estimated_cpu"]["in_total"] is True
    text = as_nobody("list", "--sysroot", tree.root).stdout
    assert text.count("cure:") == 1, "one cure for neighbours that share it"
    assert "The total of a run: estimated_cpu" in text


@pytest.mark.parametrize("range_uj", [None, 0, b"garbage\n", b"", b"\0\0\0"])
def test_a_range_that_is_missing_or_no_number(joules, tmp_path, range_uj):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", range_uj=range_uj)
    _, domains = listed(joules, tree.root)
    assert domains["package_0"]["available"]
    assert domains["package_0"]["unit_uj"] is None and domains["package_0"]["range_uj"] is None


def test_a_range_of_no_known_unit_is_shown_as_it_is(joules, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", range_uj=123456789)
    _, domains = listed(joules, tree.root)
    assert domains["package_0"]["unit_uj"] is None and domains["package_0"]["range_uj"] == 123456789


@pytest.mark.parametrize("energy", [b"garbage\n", b"", b"-5\n", b"99999999999999999999999\n"])
def test_garbage_in_energy_uj_makes_that_domain_unavailable(joules, tmp_path, energy):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0")
    tree.zone("intel-rapl:0:0", "core", energy=energy)
    _, domains = listed(joules, tree.root)
    assert domains["package_0"]["available"]
    assert not domains["core_0"]["available"]
    assert domains["core_0"]["path"] in domains["core_0"]["reason"]


def test_a_value_above_32_bits_and_nul_padding_are_numbers(joules, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0", energy=b"262143328000\n" + bytes(64))
    _, domains = listed(joules, tree.root)
    assert domains["package_0"]["available"]


def test_a_zone_of_unknown_name_is_listed_with_that_reason(joules, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "package-0")
    tree.zone("intel-rapl:1", "mystery")
    _, domains = listed(joules, tree.root)
    unknown = [domain for domain in domains.values() if not domain["available"]]
    assert len(unknown) == 1 and "mystery" in unknown[0]["reason"]
    assert unknown[0]["in_total"] is False


def test_a_zone_without_energy_counter(joules, tmp_path):
    bed_tree.make_tree(tmp_path, [Zone("package-0", drop=["energy_uj", "max_energy_range_uj"])])
    _, domains = listed(joules, tmp_path)
    assert not domains["package_0"]["available"] and "energy_uj" in domains["package_0"]["reason"]


def test_links_that_lead_nowhere(joules, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.link_to_nowhere("intel-rapl:0")
    data, domains = listed(joules, tree.root)
    assert data["devices"][0]["available"] is False
    assert "container" in domains["intel-rapl:0"]["reason"] and domains["intel-rapl:0"]["cure"]


@pytest.mark.parametrize("virtual", [False, True])
def test_no_powercap_at_all(joules, tmp_path, virtual):
    tree = powercap.Tree(tmp_path, virtual=virtual)
    data, domains = listed(joules, tree.root)
    device = data["devices"][0]
    assert device["device"] == "rapl" and not device["available"] and device["domains"] == []
    assert device["cure"] and ("virtual machine" in device["reason"]) == virtual
    assert device["reason_code"] == "absent"
    assert device["command"] == (None if virtual else "sudo modprobe intel_rapl_msr")
    assert domains["estimated_cpu"]["in_total"] is True
    text = joules("list", "--sysroot", tree.root).stdout
    assert "unavailable" in text and "cure:" in text
    assert ("modprobe" in text) != virtual


def test_text_shows_nesting_and_what_a_run_adds_up(joules, server):
    text = joules("list", "--sysroot", ".", cwd=server.root)
    assert text.returncode == 0 and text.stderr == "" and "\033" not in text.stdout
    lines = text.stdout.splitlines()
    assert max(map(len, lines)) < 80 + len("intel-rapl/intel-rapl:2/")
    assert any(re.match(r"  package_0 +- +measured +61\.035 µJ +\S*energy_uj$", line) for line in lines)
    assert any(re.match(r"    core_0 +package_0 +measured +61\.035 µJ +\S*energy_uj$", line) for line in lines)
    assert lines[-1] == "The total of a run: package_0 + dram_0 + package_1 + dram_1"


def test_control_bytes_of_a_file_do_not_reach_the_terminal(joules, tmp_path):
    tree = powercap.Tree(tmp_path)
    tree.zone("intel-rapl:0", "evil\033[31m")
    tree.zone("intel-rapl:\033[32m", "mystery")
    for verb in ("list", "doctor"):
        text = joules(verb, "--sysroot", tree.root).stdout
        assert "\033" not in text and "\\x1b[31m" in text and "\\x1b[32m" in text


@pytest.mark.parametrize("no_color, colored", [(None, True), ("1", False)])
def test_color_on_a_terminal_unless_no_color(joules, server, no_color, colored):
    ours, theirs = pty.openpty()
    child = joules.start("list", "--sysroot", server.root, stdout=theirs, env={"TERM": "xterm", "NO_COLOR": no_color})
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(ours)
    child.communicate()
    assert child.returncode == 0 and b"package_0" in text
    assert (b"\033[" in text) == colored


def test_sysroot_of_the_environment_and_of_the_option(joules, server, tmp_path):
    other = powercap.Tree(tmp_path / "other")
    done = joules("list", "--json", env={"JOULES_SYSROOT": server.root})
    assert "package_1" in done.stdout
    done = joules("list", "--json", "--sysroot", other.root, env={"JOULES_SYSROOT": server.root})
    assert "package_1" not in done.stdout


@pytest.mark.parametrize(
    "words, says",
    [
        (["--sysroot", "/does/not/exist"], "/does/not/exist"),
        (["--jsno"], "--json"),
        (["--sysroot"], "value"),
        (["--json=yes"], "no value"),
        (["sleep"], "joules run sleep"),
    ],
)
def test_bad_usage_is_one_line_that_helps(joules, words, says):
    done = joules("list", *words)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr and done.stderr.count("\n") == 1 and done.stderr.startswith("joules list: ")


def test_a_full_disk_is_no_success(joules, server):
    with open("/dev/full", "w") as full:
        done = joules("list", "--sysroot", server.root, stdout=full)
    assert done.returncode == 1 and "standard output" in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error(joules, server):
    reader, writer = os.pipe()
    os.close(reader)
    done = joules("list", "--sysroot", server.root, stdout=writer)
    os.close(writer)
    assert done.returncode == 1 and done.stderr == ""


def test_a_zone_that_cannot_be_opened_harms_no_other(as_nobody, open_folder):
    tree = powercap.Tree(open_folder)
    closed = tree.zone("intel-rapl:0", "package-0")
    tree.zone("intel-rapl:1", "package-1")
    os.chmod(closed, 0)
    _, domains = listed(as_nobody, tree.root)
    assert domains["package_1"]["available"]
    assert not any(
        domain["available"] for name, domain in domains.items() if name not in ("package_1", "estimated_cpu")
    )


def test_help_is_on_standard_output(joules):
    done = joules("list", "--help")
    assert done.returncode == 0 and done.stdout.startswith("Usage: joules list") and done.stderr == ""
    assert subprocess.run([joules.path, "list", "-h"], capture_output=True, text=True, check=True).stdout == done.stdout


def test_no_name_of_a_file_reaches_the_terminal_as_it_is(joules, tmp_path):
    """A sysroot, in the heading; a zone's name, in a reason."""
    root = tmp_path / "a\x1b[31m\u202e\x9b"
    bed_tree.make_tree(str(root), [Zone("package-0", 1), Zone("z\u202e\x9b\x1b", 1)], files={"proc/cpuinfo": b""})
    for verb in ("list", "doctor"):
        done = joules(verb, "--sysroot", root)
        assert not set("\x1b\u202e\x9b") & set(done.stdout + done.stderr)
        assert "z\\u202e\\x9b\\x1b" in done.stdout
    assert "in " + str(tmp_path) + "/a\\x1b[31m\\u202e\\x9b/sys" in joules("list", "--sysroot", root).stdout


def test_a_zone_without_a_name_has_a_cure(joules, tmp_path):
    bed_tree.make_tree(str(tmp_path / "tree"), [Zone("package-0", 1)], files={"proc/cpuinfo": b""})
    path = os.path.join(bed_tree.folders(str(tmp_path / "tree"), "package-0")[0], "name")
    os.unlink(path)
    domain = listed(joules, tmp_path / "tree")[1]["intel-rapl:0"]
    assert "/name" in domain["reason"] and "/sys/class/powercap" in domain["cure"]
