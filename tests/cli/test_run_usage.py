# SPDX-License-Identifier: MIT
"""joules run: every bad use ends before the command runs, with one line that says what is wrong and what would be right."""

import os

import powercap
import pytest
from tree import Zone


@pytest.fixture
def refused(joules, desktop, tmp_path):
    """Runs with these options; the command must not have run. Returns the one line."""

    def check(*options, status=125, root=desktop.root, **how):
        ran = tmp_path / "ran"
        where = ["--sysroot", root] if root else []
        done = joules("run", *where, *options, "touch", ran, **how)
        assert not ran.exists(), "the command ran"
        assert done.returncode == status and done.stdout == ""
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("joules run: "), done.stderr
        return lines[0]

    return check


@pytest.mark.parametrize(
    "options, says",
    [
        (["-r", "0"], "at least one run, e.g. -r 10"),
        (["-r", "-1"], "give a whole number"),
        (["-r", "many"], "give a whole number"),
        (["-r", "1.5"], "give a whole number"),
        (["-r", "99999999999999999999"], "give a whole number"),
        (["--warmup", "x"], "give a whole number"),
        (["--idle", "0"], "give a time in seconds"),
        (["--idle", "nan"], "give a time in seconds"),
        (["--idle", "-2"], "give a time in seconds"),
        (["--estimate", "sometimes"], "auto, never or always"),
        (["--estimate-watts", "40"], "--estimate-watts 40:180"),
        (["--estimate-watts", "90:10"], "--estimate-watts 40:180"),
        (["--estimate-watts", "a:b"], "--estimate-watts 40:180"),
        (["--estimate-watts", "40:180,estimate.watts=1:2"], "--estimate-watts 40:180"),
        (["--runns", "3"], "did you mean --runs?"),
        (["--frobnicate"], "joules run --help"),
        (["-x"], "unknown option -x"),
        (["--json=yes"], "--json takes no value"),
        (["--domains", ""], "is a variable unset?"),
        (["--user", "no-such-account"], "there is no such account"),
        (["--input", "/nonexistent/in"], "/nonexistent/in"),
        (["--report", "/nonexistent/report"], "/nonexistent/report"),
        (["-o", "/nonexistent/folder/a.csv"], "/nonexistent/folder/a.csv"),
        (["-o", "cvs:a.csv"], "csv"),
        (["-o", "a.parrot"], "csv"),
    ],
)
def test_bad_options(refused, options, says):
    assert says in refused(*options)


def test_option_without_its_value(joules):
    done = joules("run", "-r")
    assert done.returncode == 125 and "-r needs a value" in done.stderr
    done = joules("run", "--domains")
    assert done.returncode == 125 and "--domains needs a value" in done.stderr


def test_no_command(joules):
    for words in (["run"], ["run", "-q"], ["run", "--"], ["run", ""]):
        done = joules(*words)
        assert done.returncode == 125 and "a command is missing" in done.stderr


def test_unknown_domain_suggests_the_nearest(refused):
    assert "package_0" in refused("--domains", "pakage_0")
    assert "rapl" in refused("--domains", "rapll")


def test_two_outputs_to_one_file(refused, tmp_path):
    (tmp_path / "a.csv").touch()
    (tmp_path / "link.csv").symlink_to("a.csv")
    os.link(tmp_path / "a.csv", tmp_path / "hard.csv")
    for other in ("csv:a.csv", "./a.csv", "link.csv", "json:hard.csv"):
        line = refused("-o", "csv:a.csv", "-o", other, cwd=tmp_path)
        assert "the same file: give each its own" in line
    assert "the same file" in refused("-o", "csv:a.csv", "--report", "link.csv", cwd=tmp_path)
    assert "the same file" in refused("-o", "csv:-", "-o", "json:-")


def test_csv_with_another_header_is_refused_before_anything_runs(refused, tmp_path):
    (tmp_path / "a.csv").write_text("something;else\n")
    assert "a.csv" in refused("-o", f"csv:{tmp_path}/a.csv")
    assert (tmp_path / "a.csv").read_text() == "something;else\n"


def test_sysroot_that_does_not_exist(refused):
    assert "/nonexistent/root" in refused(root="/nonexistent/root")


def test_nothing_to_measure_lists_the_reasons(refused, make_tree, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    line = refused("--estimate", "never", root=str(empty))
    assert "rapl" in line and "powercap" in line


def test_domain_without_rights(as_nobody, open_folder):
    tree = powercap.Tree(open_folder / "tree")
    tree.zone("intel-rapl:0", "package-0", mode=0o400)
    done = as_nobody("run", "--domains", "package_0", "--sysroot", tree.root, "true")
    assert done.returncode == 125
    assert "energy_uj" in done.stderr and "root" in done.stderr


@pytest.mark.parametrize(
    "name, content",
    [
        ("energy_uj", b"garbage\n"),
        ("energy_uj", b""),
        ("energy_uj", b"-5\n"),
        ("energy_uj", b"99999999999999999999999\n"),
        ("energy_uj", b"\0" * 64),
        ("max_energy_range_uj", b"\xff\xfe\n"),
        ("max_energy_range_uj", b"0\n"),
        ("name", b""),
        ("name", b"\x01\x02\n"),
        ("name", b"x" * 9000),
    ],
)
def test_garbage_in_the_tree_stops_nobody(joules, make_tree, name, content):
    desktop = make_tree([Zone("package-0", files={name: content}), Zone("package-1", 5000)])
    report, status = joules.report("--sysroot", desktop.root, "sh", "-c", "exit 9")
    assert status == 9
    assert any(domain["domain"] == "package_1" and domain["joules"] < 0.1 for domain in report["runs"][0]["domains"])


def test_unknown_verb_and_help(joules):
    done = joules("rnu")
    assert done.returncode == 2 and "did you mean `joules run`?" in done.stderr
    assert joules().returncode == 2
    done = joules("--help")
    assert done.returncode == 0 and "joules run" in done.stdout
    done = joules("run", "--help")
    assert done.returncode == 0 and "--estimate-watts" in done.stdout
    for words in (["--version"], ["run", "--version"]):
        assert joules(*words).stdout.startswith("joules 0.")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = joules("run", "--help", stdout=full)
    assert done.returncode != 0 and "No space left" in done.stderr


def test_options_end_at_the_command(joules, desktop):
    done = joules("run", "-q", "--sysroot", desktop.root, "echo", "-r", "0", "--help")
    assert done.stdout == "-r 0 --help\n"
    done = joules("run", "-q", "--sysroot", desktop.root, "--", "echo", "--", "-q")
    assert done.stdout == "-- -q\n"


def test_no_password_is_shown(joules, desktop, tmp_path):
    for word, shown in (
        ("mongodb://alice:secret@db/x", "mongodb://alice:***@db/x"),
        ("mongodb://alice:secret@db/x?tlsCertificateKeyFilePassword=secret", "mongodb://alice:***@db/x?…"),
        ("mongodb://alice:sec@secret/ret@db/x", "mongodb://alice:***@db/x"),
        ("mongodb+srv://alice:secret@db/x.json", "mongodb+srv://alice:***@db/x.json"),
        ("mongodb:alice:secret@db", "mongodb:alice:***@db"),
        ("mongdb:alice:secret@db", "mongdb:***@db"),
        ("alice:secret@db", "alice:***@db"),
    ):
        done = joules("run", "-o", word, "--sysroot", desktop.root, "touch", "ran", cwd=tmp_path)
        assert done.returncode == 125 and "secret" not in done.stderr and "ret" not in done.stderr
        assert f"-o {shown}: " in done.stderr and done.stderr.count("\n") == 1
        assert os.listdir(tmp_path) == ["tree"], "an address is no file name"
    done = joules(
        "run", "--prepare", "exit 1; # a://b:secret@c", "--json", "-r", "2", "--sysroot", desktop.root, "true"
    )
    assert "secret" not in done.stderr and "***" in done.stderr
    ends = "test ! -e ran || exit 1; touch ran # a://b:secret@c"
    report, _ = joules.report("-r", "2", "--prepare", ends, "--sysroot", desktop.root, "true", cwd=tmp_path)
    assert [line for line in report["warnings"] if "a://b:***@c" in line] and "secret" not in str(report["warnings"])
    assert "secret" not in joules("list", "a://b:secret@c").stderr


def test_an_unknown_format_says_its_argument_once(joules, desktop):
    done = joules("run", "-o", "cvs:x.csv", "--sysroot", desktop.root, "true")
    assert done.stderr.count("x.csv") == 1 and "did you mean 'csv'?" in done.stderr
