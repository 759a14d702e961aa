# SPDX-License-Identifier: MIT
"""joules run: what is measured, what is printed, where it goes."""

import csv
import json
import os
import pathlib
import pwd
import re
import resource
import sys

import pytest
from tree import Zone

PARTS = ("joules", "low", "high")


def add_energy(desktop, zone, microjoules):
    """A command that makes the counter go on by so much."""
    path = desktop.energy_uj(zone)
    now = int(pathlib.Path(path).read_text())
    return [sys.executable, "-c", f"open({path!r}, 'r+').write('{now + microjoules}\\n')"]


def domain_of(run, name):
    return next(domain for domain in run["domains"] if domain["domain"] == name)


def test_the_childs_streams_and_status_are_its_own(joules, desktop):
    done = joules("run", "--sysroot", desktop.root, "sh", "-c", "cat; echo err >&2; exit 7", input="in\n")
    assert (done.returncode, done.stdout) == (7, "in\n")
    assert done.stderr.startswith("err\n")


def test_known_energy_is_reported(joules, desktop):
    report, status = joules.report("--sysroot", desktop.root, *add_energy(desktop, "package-0", 2500000))
    run = report["runs"][0]
    package = domain_of(run, "package_0")
    assert status == 0
    assert package["low"] <= 2.5 <= package["high"]
    assert package["joules"] == pytest.approx(2.5, abs=2e-4)
    assert domain_of(run, "dram_0")["joules"] == pytest.approx(0.0, abs=0.01), "next to nothing is no null"
    assert package["watts"] == pytest.approx(package["joules"] / run["duration_s"])


def test_keys_and_order_of_the_report(joules, desktop):
    report, _ = joules.report("--sysroot", desktop.root, "--name", "tägs", "true", "a b")
    assert list(report) == [
        "format",
        "version",
        "command",
        "tag",
        "host",
        "runs",
        "summary",
        "idle",
        "above_idle",
        "warnings",
    ]
    assert report["format"] == "joules.run.1"
    assert report["command"] == ["true", "a b"]
    assert report["tag"] == "tägs"
    assert report["host"]["cpu"] == "Test Xeon" and report["host"]["virtual"] is False
    run = report["runs"][0]
    assert list(run) == [
        "begin",
        "duration_s",
        "exit_status",
        "signal",
        "user_s",
        "system_s",
        "max_rss_bytes",
        "domains",
        "total",
        "attributed",
        "peak",
        "samples",
    ]
    assert list(run["domains"][0]) == [
        "domain",
        "device",
        "source",
        "method",
        "gain",
        "in_total",
        "joules",
        "low",
        "high",
        "interval95",
        "watts",
        "flags",
        "reason",
        "reason_code",
    ]
    assert list(run["total"]) == ["joules", "low", "high", "source", "flags", "missing"]
    assert list(run["samples"][0]) == ["tag", "begin_s", "duration_s", "energy"]
    assert report["summary"]["runs"] == 1 and report["summary"]["duration_s"]["stddev"] is None
    assert report["idle"] is None and report["above_idle"] is None
    assert isinstance(run["max_rss_bytes"], int) and run["max_rss_bytes"] > 4096


def test_parts_are_not_added_to_their_whole(joules, desktop):
    report, _ = joules.report("--sysroot", desktop.root, *add_energy(desktop, "core", 1000000))
    run = report["runs"][0]
    assert domain_of(run, "core_0")["in_total"] is False
    assert domain_of(run, "core_0")["joules"] == pytest.approx(1.0, abs=0.1)
    assert run["total"]["joules"] < 0.1


def test_text_nests_parts_below_their_package(joules, desktop):
    done = joules("run", "--sysroot", desktop.root, *add_energy(desktop, "package-0", 2500000))
    lines = done.stderr.splitlines()
    assert re.search(r": exit 0 after [\d.]+ m?s$", lines[0])
    names = [(len(line) - len(line.lstrip()), line.split()[0]) for line in lines[2:6]]
    assert names == [(2, "package_0"), (4, "core_0"), (2, "dram_0"), (2, "total")]
    # How many digits are shown follows ±, and that follows whether the begin was settled before the counter moved.
    assert re.search(r"package_0\s+[23][\d.]* +J\s+± [\d.]+\s+[\d.]+ +W\s+measured", lines[2])
    assert "part of package_0" in lines[3]
    assert "± is a bound: what the counters' steps can hide" in " ".join(lines[-2:])
    assert "\033" not in done.stderr, "colour is for terminals"


def test_a_total_without_a_socket_says_so(joules, make_tree):
    desktop = make_tree([Zone("package-0", 1000000), Zone("package-1", drop=["energy_uj"])])
    report, _ = joules.report("--sysroot", desktop.root, "true")
    total = report["runs"][0]["total"]
    assert total["missing"] == ["package_1"]
    assert "partial" in total["flags"] and total["high"] is None
    done = joules("run", "--sysroot", desktop.root, "true")
    line = next(line for line in done.stderr.splitlines() if "total" in line)
    assert "total (without package_1)" in line and "≥" in line


def test_a_total_that_covers_all_lacks_nothing(joules, make_tree):
    """psys counts where no package is measured, and an estimate is of the whole: what they hold is not missing."""
    zones = [Zone("package-0", drop=["energy_uj"], children=[Zone("dram", 300000, unit="dram")]), Zone("psys", 1000000)]
    desktop = make_tree(zones)
    run = joules.report("--sysroot", desktop.root, "true")[0]["runs"][0]
    assert domain_of(run, "psys")["in_total"] and run["total"]["missing"] == []
    assert "partial" not in run["total"]["flags"] and run["total"]["high"] is not None


def test_an_estimate_misses_no_counter_and_says_nothing_is_partial(joules, make_tree):
    desktop = make_tree([Zone("package-0", drop=["energy_uj"]), Zone("package-1", drop=["energy_uj"])])
    run = joules.report("--sysroot", desktop.root, "true")[0]["runs"][0]
    assert (
        run["total"]["source"] == "estimated"
        and run["total"]["missing"] == []
        and run["total"]["flags"] == run["domains"][0]["flags"]
    )
    assert "without" not in joules("run", "--sysroot", desktop.root, "true").stderr


def test_a_zone_that_vanishes_makes_only_itself_incomplete(joules, bed):
    root = bed("amd", "--seed", "7")
    report, status = joules.report(
        "--sysroot", root, "sh", "-c", f"sleep 0.1; echo 'vanish package-1' > {root}/control; sleep 0.1"
    )
    run = report["runs"][0]
    assert status == 0
    assert set(domain_of(run, "package_1")["flags"]) & {"partial", "invalid"}
    assert domain_of(run, "package_0")["joules"] > 0
    assert "package_1" in run["total"]["missing"] and run["total"]["high"] is None


def test_bounds_hold_the_truth(joules, bed):
    from truth import Truth

    root = bed("server")
    script = "import time\na = time.monotonic_ns()\ntime.sleep(0.25)\nprint(a, time.monotonic_ns())"
    done = joules("run", "--json", "--sysroot", root, sys.executable, "-c", script)
    begin, end = map(int, done.stdout.split())
    run = json.loads(done.stderr)["runs"][0]
    truth = Truth.read(str(root))
    for name in ("package_0", "package_1"):
        inside = truth.energy(name, begin, end)  # the run is a little longer than what its child saw
        around = truth.energy(name, begin - 1_000_000_000, end + 1_000_000_000)
        assert domain_of(run, name)["high"] >= inside
        assert domain_of(run, name)["low"] <= around
        assert domain_of(run, name)["low"] <= domain_of(run, name)["joules"] <= domain_of(run, name)["high"]


def test_domains_chooses(joules, desktop):
    report, _ = joules.report("--sysroot", desktop.root, "--domains", "dram_0", "true")
    assert [domain["domain"] for domain in report["runs"][0]["domains"]] == ["dram_0"]


def test_estimate_is_marked_everywhere(joules, make_tree):
    desktop = make_tree([])
    report, status = joules.report("--sysroot", desktop.root, "true")
    domain = report["runs"][0]["domains"][0]
    assert status == 0
    assert domain["domain"] == "estimated_cpu" and domain["source"] == "estimated" and domain["scope"]
    assert report["runs"][0]["total"]["source"] == "estimated"
    assert any("estimate" in line for line in report["warnings"])
    done = joules("run", "--sysroot", desktop.root, "true")
    assert re.search(r"estimated_cpu .* estimated", done.stderr)
    notes = [line for line in done.stderr.splitlines() if line.startswith("joules run: note: ")]
    assert len(notes) == 1 and "so this is an estimate" in notes[0]
    assert done.stderr.count("wall share") == 1, "what it is of is said once"


def test_an_estimate_is_said_once_though_a_handler_owes_it_too(joules, tmp_path):
    done = joules(
        "run", "--estimate", "always", "--domains", "estimated_cpu", "-o", f"csv:{tmp_path}/x.csv", "sleep", "0.3"
    )
    assert len([line for line in done.stderr.splitlines() if "an estimate" in line]) == 1


def test_estimate_beside_measured_is_not_added(joules, desktop):
    report, _ = joules.report(
        "--sysroot", desktop.root, "--estimate", "always", *add_energy(desktop, "package-0", 3000000)
    )
    run = report["runs"][0]
    assert domain_of(run, "estimated_cpu")["source"] == "estimated"
    assert run["total"]["source"] == "measured"
    assert run["total"]["joules"] == pytest.approx(3.0, abs=2e-2), "the counters of an idle machine move on too"


def test_estimate_watts_are_used(joules, make_tree):
    desktop = make_tree([])
    report, _ = joules.report("--sysroot", desktop.root, "--estimate-watts", "50:50", "sleep", "0.2")
    run = report["runs"][0]
    assert run["total"]["joules"] == pytest.approx(50 * run["duration_s"], rel=1e-3)


def test_no_share_of_an_idle_machine(joules, desktop):
    report, _ = joules.report("--sysroot", desktop.root, "true")
    assert report["runs"][0]["attributed"] is None, "/proc/stat of the tree stands still: no busy tick, no share"


def test_share_of_the_tree_and_its_orphans(joules, desktop):
    stat = os.path.join(desktop.root, "proc/stat")
    # 100 busy ticks of the machine, half a second of them burnt by a grandchild whose parent has left.
    burn = f"import os,time\nwhile time.process_time() < 0.5: pass\nopen({stat!r},'w').write('cpu  200 0 100 1000 0 0 0 0 0 0\\n')"
    script = (
        f"import subprocess,sys\nsubprocess.Popen(['sh','-c','exec \"$0\" -c \"$1\" & ', sys.executable, {burn!r}]).wait()\n"
        f"import time\nwhile '200' not in open({stat!r}).read(): time.sleep(0.02)\ntime.sleep(0.1)"
    )
    report, _ = joules.report("--sysroot", desktop.root, sys.executable, "-c", script)
    share = report["runs"][0]["attributed"]
    assert share["policy"] == "proportional"
    assert 0.45 <= share["cpu_share"] <= 0.9
    assert share["low"] <= share["joules"] <= share["high"] <= report["runs"][0]["total"]["high"]


def test_no_share_is_more_than_all(joules, desktop):
    """The machine counted less than the command used, as where it is sampled: all of the energy is the most there can be."""
    stat, energy = os.path.join(desktop.root, "proc/stat"), desktop.energy_uj("package-0")
    script = (
        "import time\nwhile time.process_time() < 0.3: pass\n"
        f"open({energy!r}, 'r+').write('11000000\\n')\n"
        f"open({stat!r}, 'w').write('cpu  112 0 100 1000 0 0 0 0 0 0\\n')"
    )
    report, _ = joules.report("--sysroot", desktop.root, sys.executable, "-c", script)
    share, total = report["runs"][0]["attributed"], report["runs"][0]["total"]
    assert share["cpu_share"] == 1.0 and share["joules"] == total["joules"] > 9.9
    assert share["low"] == pytest.approx(0.65 * total["low"])
    assert share["high"] == total["high"]


def test_several_runs_have_statistics(joules, desktop):
    report, status = joules.report("-r", "3", "--sysroot", desktop.root, "sh", "-c", "sleep 0.01")
    summary = report["summary"]
    assert status == 0 and len(report["runs"]) == summary["runs"] == 3
    durations = sorted(run["duration_s"] for run in report["runs"])
    assert summary["duration_s"]["min"] == durations[0] and summary["duration_s"]["max"] == durations[2]
    assert summary["duration_s"]["median"] == durations[1]
    assert summary["duration_s"]["mean"] == pytest.approx(sum(durations) / 3)
    assert list(summary["domains"]) == ["package_0", "core_0", "dram_0"]
    text = joules("run", "-r", "3", "--sysroot", desktop.root, "true").stderr
    assert "3 runs" in text and re.search(r"mean\s+± σ\s+median\s+min … max", text)
    assert "± is σ" in text.splitlines()[-2] + text.splitlines()[-1]


def test_warmups_are_run_and_not_counted(joules, desktop, tmp_path):
    log = tmp_path / "log"
    report, _ = joules.report(
        "-r",
        "2",
        "--warmup",
        "3",
        "-o",
        f"csv:{tmp_path}/runs.csv",
        "--sysroot",
        desktop.root,
        "sh",
        "-c",
        f"echo x >> {log}",
    )
    assert log.read_text() == "x\n" * 5
    assert len(report["runs"]) == 2
    assert len((tmp_path / "runs.csv").read_text().splitlines()) == 1 + 2


def test_a_failing_run_ends_the_series(joules, desktop, tmp_path):
    command = ["sh", "-c", f"echo x >> {tmp_path}/log; exit $(wc -l < {tmp_path}/log)"]
    report, status = joules.report("-r", "5", "--sysroot", desktop.root, *command)
    assert (status, len(report["runs"]), report["summary"]["failed"]) == (1, 1, 1)
    assert any("--ignore-failure" in line for line in report["warnings"])


def test_ignore_failure_runs_all_and_succeeds(joules, desktop):
    report, status = joules.report("-r", "3", "--ignore-failure", "--sysroot", desktop.root, "sh", "-c", "exit 4")
    assert status == 0
    assert [run["exit_status"] for run in report["runs"]] == [4, 4, 4]
    assert report["summary"]["failed"] == 3


def test_prepare_runs_before_each_run(joules, desktop, tmp_path):
    done = joules(
        "run",
        "-r",
        "2",
        "--warmup",
        "1",
        "--prepare",
        f"echo p >> {tmp_path}/log; echo noise",
        "--sysroot",
        desktop.root,
        "sh",
        "-c",
        f"echo r >> {tmp_path}/log; echo out",
    )
    assert (tmp_path / "log").read_text().split() == ["p", "r"] * 3
    assert done.stdout == "out\n" * 3, "the output is the command's alone"


def test_prepare_leaves_standard_input_to_the_command(joules, desktop):
    done = joules("run", "-q", "--prepare", "cat", "--sysroot", desktop.root, "cat", input="data\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "data\n", "")


def test_failing_prepare(joules, desktop, tmp_path):
    first = joules("run", "--prepare", "exit 3", "--sysroot", desktop.root, "touch", tmp_path / "ran")
    assert first.returncode == 125 and "--prepare exit 3: it ended with exit status 3" in first.stderr
    assert not (tmp_path / "ran").exists()
    later = joules(
        "run",
        "-r",
        "4",
        "--prepare",
        f"echo x >> {tmp_path}/n; test $(wc -l < {tmp_path}/n) -lt 3",
        "--sysroot",
        desktop.root,
        "true",
    )
    assert later.returncode == 125
    assert "2 runs (4 runs were asked for)" in later.stderr, "what ran is reported"


def test_input_is_given_anew_to_each_run(joules, desktop, tmp_path):
    (tmp_path / "in").write_text("data\n")
    done = joules("run", "-r", "3", "--input", tmp_path / "in", "--sysroot", desktop.root, "cat")
    assert done.stdout == "data\n" * 3


def test_data_on_standard_input_with_several_runs(joules, desktop):
    done = joules("run", "-r", "2", "--sysroot", desktop.root, "cat", input="data\n")
    assert (done.returncode, done.stdout) == (0, "")
    notes = [line for line in done.stderr.splitlines() if "standard input" in line]
    assert len(notes) == 1 and "--input" in notes[0]
    quiet = joules("run", "-r", "2", "--sysroot", desktop.root, "cat")
    assert "standard input" not in quiet.stderr, "/dev/null has nothing to lose"


def test_idle_is_measured_first(joules, bed):
    report, _ = joules.report("--idle", "0.2", "--sysroot", bed("server"), "sleep", "0.1")
    assert report["idle"]["duration_s"] >= 0.2
    for name in ("package_0", "dram_0"):
        domain, above = domain_of(report["runs"][0], name), report["above_idle"][name]
        expected = domain["joules"] - report["idle"]["watts"][name] * report["runs"][0]["duration_s"]
        assert above["joules"] == pytest.approx(expected, abs=1e-9)
        assert above["low"] <= above["joules"] <= above["high"]
    assert "above idle" in joules("run", "--idle", "0.1", "--sysroot", bed("server"), "true").stderr


def test_outputs(joules, desktop, tmp_path):
    done = joules(
        "run",
        "-q",
        "-r",
        "2",
        "--name",
        'a;"b"',
        "-o",
        f"csv:{tmp_path}/a.csv",
        "-o",
        tmp_path / "b.json",
        "-o",
        "print:-",
        "--sysroot",
        desktop.root,
        "true",
    )
    assert done.returncode == 0 and done.stderr == ""
    rows = list(csv.reader((tmp_path / "a.csv").open(), delimiter=";"))
    assert rows[0] == ["timestamp", "tag", "duration", "package_0", "core_0", "dram_0"]
    assert [row[1] for row in rows[1:]] == ['a;"b"'] * 2
    traces = [json.loads(line) for line in (tmp_path / "b.json").read_text().splitlines()]
    assert len(traces) == 2 and traces[0]["trace"][0]["tag"] == 'a;"b"'
    assert done.stdout.count("begin timestamp : ") == 2
    joules("run", "-q", "-o", f"csv:{tmp_path}/a.csv", "--sysroot", desktop.root, "true")
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 1 + 3, "appended"


def test_a_limit_on_the_size_of_files_keeps_the_status_of_the_command(joules, desktop, tmp_path):
    path = tmp_path / "report"
    done = joules(
        "run",
        "--sysroot",
        desktop.root,
        "--report",
        path,
        "sh",
        "-c",
        "exit 3",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
    )
    assert done.returncode == 3
    assert "the report could not be written" in done.stderr and "File too large" in done.stderr


@pytest.mark.parametrize("words", [[], ["--json"], ["--report", "-"], ["--report", "/dev/full"], ["-r", "2"]])
def test_a_reader_that_has_gone_keeps_the_status_of_the_command(joules, desktop, words):
    read, write = os.pipe()
    os.close(read)
    run = joules.start("run", *words, "--sysroot", desktop.root, "sh", "-c", "exit 7", stdout=write, stderr=write)
    os.close(write)
    assert run.wait(timeout=60) == 7


def test_report_goes_where_it_is_told(joules, desktop, tmp_path):
    file = tmp_path / "report"
    file.write_text("x" * 100000)
    done = joules("run", "--report", file, "--sysroot", desktop.root, "sh", "-c", "echo out; echo err >&2")
    assert (done.stdout, done.stderr) == ("out\n", "err\n")
    assert file.read_text().startswith("sh -c ") and "xxx" not in file.read_text()
    done = joules("run", "--json", "--quiet", "--report", file, "--sysroot", desktop.root, "true")
    assert json.loads(file.read_text())["command"] == ["true"] and done.stderr == ""
    done = joules("run", "--json", "--report", "-", "--sysroot", desktop.root, "true")
    assert json.loads(done.stdout)["format"] == "joules.run.1" and done.stderr == ""


def test_quiet_says_nothing(joules, make_tree):
    done = joules("run", "--quiet", "--sysroot", make_tree([]).root, "sh", "-c", "exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_full_disk_after_the_run_keeps_the_status(joules, desktop):
    done = joules("run", "-o", "csv:/dev/full", "--sysroot", desktop.root, "sh", "-c", "exit 5")
    assert done.returncode == 5
    assert "/dev/full" in done.stderr and "No space left" in done.stderr
    report, status = joules.report("-o", "csv:/dev/full", "--sysroot", desktop.root, "sh", "-c", "exit 5")
    assert status == 5 and any("No space left" in line for line in report["warnings"])
    done = joules("run", "-q", "--report", "/dev/full", "--sysroot", desktop.root, "true")
    assert done.returncode == 0 and "No space left" in done.stderr


def test_notices_are_in_the_json_and_nowhere_else(joules, make_tree, tmp_path):
    root = make_tree([]).root
    done = joules("run", "--json", "-r", "2", "--sysroot", root, "-o", f"csv:{tmp_path}/a.csv", "true", input="x")
    assert len(done.stderr.splitlines()) == 1
    warnings = json.loads(done.stderr)["warnings"]
    assert any("standard input" in line for line in warnings) and any("estimate" in line for line in warnings)


def test_user_drops_rights_after_opening(joules, make_tree, open_folder):
    if os.geteuid() != 0:
        pytest.skip("needs root, to give it up")
    desktop = make_tree([Zone("package-0", 1000000, modes={"energy_uj": 0o400})])
    script = (
        "import os;print(os.getuid(), os.getgid(), *os.getgroups(), os.environ['USER'], os.environ['HOME'], os.environ['LOGNAME']);"
        "print(os.environ['MAIL'], os.environ['SHELL'], [name for name in os.environ if name.startswith('XDG_')]);"
        "open(os.environ['JOULES_RUN_TAGS'],'w').write('inner\\n')"
    )
    done = joules(
        "run",
        "--user",
        "nobody",
        "--json",
        "-o",
        f"csv:{open_folder}/of-nobody.csv",
        "--sysroot",
        desktop.root,
        "/usr/bin/python3",
        "-c",
        script,
        env={"MAIL": "/var/mail/root", "XDG_RUNTIME_DIR": "/run/user/0", "XDG_STATE_HOME": "/root/state"},
        extra_groups=[0, 4242],  # which nobody is not in
    )
    nobody = pwd.getpwnam("nobody")
    ids = [nobody.pw_uid, nobody.pw_gid, *os.getgrouplist("nobody", nobody.pw_gid)]
    account, environment = done.stdout.splitlines()
    assert account.split() == [*map(str, ids), "nobody", nobody.pw_dir, "nobody"]
    assert environment == f"/var/mail/nobody {nobody.pw_shell} []", "as of su -"
    run = json.loads(done.stderr)["runs"][0]
    assert domain_of(run, "package_0")["joules"] is not None
    assert [sample["tag"] for sample in run["samples"]] == ["python3", "inner"]
    assert (open_folder / "of-nobody.csv").stat().st_uid == nobody.pw_uid


def test_sudo_without_user_is_noted(joules, desktop):
    if os.geteuid() != 0:
        pytest.skip("as root only")
    done = joules("run", "--sysroot", desktop.root, "true", env={"SUDO_USER": "ann"})
    assert "sudo joules run --user ann" in done.stderr


def test_sysroot_from_the_environment(joules, desktop):
    report, _ = joules.report("true", env={"JOULES_SYSROOT": desktop.root})
    assert [domain["domain"] for domain in report["runs"][0]["domains"]] == ["package_0", "core_0", "dram_0"]


def test_json_tags_and_words_of_any_bytes(joules, desktop):
    done = joules("run", "--json", "--sysroot", desktop.root, "true", b'\xff\x01"'.decode(errors="surrogateescape"))
    assert json.loads(done.stderr)["command"][1] == '\ufffd\x01"'


def test_tags_of_any_bytes_stay_out_of_the_terminal(joules, desktop):
    mark = "printf 'a\\302\\2331m\\nb\\233\\nc\\342\\200\\256d\\n' > \"$JOULES_RUN_TAGS\""
    done = joules("run", "-o", "print:-", "--sysroot", desktop.root, "sh", "-c", mark)
    for tag in ("a\\x9b1m", "b\\x9b", "c\\u202ed"):
        assert f"; tag : {tag};" in done.stdout and f"  {tag} " in done.stderr
    assert not set("\x9b\u202e\ufffd") & set(done.stdout + done.stderr)
