# SPDX-License-Identifier: MIT
"""Marks: breakpoints from inside the command."""

import os
import pathlib
import subprocess
import sys

import pytest


def tags_of(report):
    return [sample["tag"] for sample in report["runs"][0]["samples"]]


def test_marks_cut_the_run_into_samples(joules, desktop):
    report, status = joules.report(
        "--name",
        "begin",
        "--sysroot",
        desktop.root,
        "sh",
        "-c",
        'joules mark one; echo two > "$JOULES_RUN_TAGS"; exit 6',
    )
    run = report["runs"][0]
    assert status == 6 and tags_of(report) == ["begin", "one", "two"]
    assert sum(sample["duration_s"] for sample in run["samples"]) == pytest.approx(run["duration_s"], rel=1e-9)
    begins = [sample["begin_s"] for sample in run["samples"]]
    assert begins == sorted(begins) and begins[0] == 0.0


def test_samples_add_up_to_the_run(joules, bed):
    script = "for i in 1 2 3; do joules mark step_$i; sleep 0.03; done"
    report, _ = joules.report("--sysroot", bed("server"), "sh", "-c", script)
    run = report["runs"][0]
    for domain in run["domains"]:
        parts = sum(sample["energy"][domain["domain"]]["joules"] for sample in run["samples"])
        assert parts == pytest.approx(domain["joules"], rel=1e-9)


def test_text_shows_the_samples(joules, desktop):
    done = joules("run", "--sysroot", desktop.root, "sh", "-c", "joules mark 'load\tdata'; joules mark solve")
    assert "3 samples between marks" in done.stderr
    assert "load\\x09data" in done.stderr and "solve" in done.stderr


def test_a_mark_just_before_the_end_counts(joules, desktop):
    for _ in range(5):
        report, _ = joules.report("--sysroot", desktop.root, "sh", "-c", 'echo last > "$JOULES_RUN_TAGS"')
        assert tags_of(report) == ["sh", "last"]


@pytest.mark.parametrize(
    "tag", [b"\xff\xfe bytes", "ünï".encode(), b"", b" ", b"\x01\x1b[31m", b'"quoted";,', b"-x", b"x" * 4095]
)
def test_tags_of_any_bytes(joules, desktop, tag):
    done = subprocess.run(
        [joules.path, "run", "--json", "--sysroot", desktop.root, joules.path, "mark", "--", tag],
        env=joules.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    import json

    report = json.loads(done.stderr)
    assert done.returncode == 0
    assert tags_of(report)[1] == tag.decode(errors="replace")


def test_tags_that_are_refused(joules, desktop):
    for tag in ("two\nlines", "x" * 4096):
        done = joules("run", "-q", "--sysroot", desktop.root, joules.path, "mark", tag)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert joules("mark").returncode == 2
    assert joules("mark", "a", "b").returncode == 2
    assert joules("mark", "--frob").returncode == 2


def test_long_and_broken_lines_in_the_pipe(joules, desktop):
    script = (
        "import os\nfd = os.open(os.environ['JOULES_RUN_TAGS'], os.O_WRONLY)\n"
        "os.write(fd, b'y' * 200000 + b'\\n')\nos.write(fd, b'nul\\0in it\\n')\nos.write(fd, b'in ')\nos.write(fd, b'pieces\\n')\nos.write(fd, b'unfinished')"
    )
    report, _ = joules.report("--sysroot", desktop.root, sys.executable, "-c", script)
    tags = tags_of(report)
    assert len(tags) == 4
    assert set(tags[1]) == {"y"} and 4096 < len(tags[1]) < 200000
    assert tags[2:] == ["nulin it", "in pieces"]


def test_outside_a_run_a_mark_does_nothing(joules):
    done = joules("mark", "anything")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_pipe_that_is_none(joules, tmp_path):
    file = tmp_path / "file"
    file.write_text("keep\n")
    done = joules("mark", "tag", env={"JOULES_RUN_TAGS": file})
    assert done.returncode == 1 and str(file) in done.stderr
    assert file.read_text() == "keep\n"
    done = joules("mark", "tag", env={"JOULES_RUN_TAGS": tmp_path / "gone"})
    assert done.returncode == 1 and "gone" in done.stderr


def test_a_pipe_that_nobody_reads(joules, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    done = joules("mark", "tag", env={"JOULES_RUN_TAGS": tmp_path / "fifo"})
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1


def test_a_mark_after_the_run(joules, desktop, tmp_path, until):
    """The reader is gone: an error that says so, and no file where the pipe was."""
    script = (
        f"(while ! test -e {tmp_path}/over; do sleep 0.02; done; joules mark late 2> {tmp_path}/said; echo $? > {tmp_path}/status) & "
        f"echo $JOULES_RUN_TAGS > {tmp_path}/path"
    )
    joules(
        "run", "-q", "--sysroot", desktop.root, "sh", "-c", script, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    (tmp_path / "over").touch()
    until(lambda: (tmp_path / "status").exists() and (tmp_path / "status").read_text().strip(), "the late mark")
    assert (tmp_path / "status").read_text() == "1\n"
    pipe = (tmp_path / "path").read_text().strip()
    assert not os.path.exists(pipe) and not os.path.exists(os.path.dirname(pipe))


def test_many_marks_quickly(joules, desktop):
    script = "import os\nf = open(os.environ['JOULES_RUN_TAGS'], 'w')\nfor i in range(20000): f.write(f'tag {i % 40}\\n')\nf.close()"
    report, _ = joules.report("--sysroot", desktop.root, sys.executable, "-c", script)
    tags = tags_of(report)
    assert len(tags) == 20001 and tags[-1] == "tag 39"
    text = joules("run", "--sysroot", desktop.root, sys.executable, "-c", script).stderr
    assert "500 times" in text and "more tags" in text
    assert len(text.splitlines()) < 80, "not a line for each of 20 000"


def test_marks_of_one_run_are_not_the_next_ones(joules, desktop):
    report, _ = joules.report("-r", "3", "--warmup", "1", "--sysroot", desktop.root, "joules", "mark", "x")
    assert [[sample["tag"] for sample in run["samples"]] for run in report["runs"]] == [["joules", "x"]] * 3


def test_without_a_place_for_the_pipe_the_run_goes_on(joules, desktop, tmp_path):
    """A read-only file system is where /tmp is, in a namespace of its own."""
    # The build may be below /tmp itself: it is seen at /mnt from then on.
    build = pathlib.Path(joules.path).resolve().parents[1]
    script = (
        'mount --bind "$0" /mnt && mount -t tmpfs -o ro none /tmp && '
        'exec /mnt/cli/joules run --sysroot / sh -c "echo ${JOULES_RUN_TAGS-unset}; exit 4"'
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, build],
        env=joules.environment(TMPDIR="/nonexistent"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("no mount namespace here")
    assert done.returncode == 4 and done.stdout == "unset\n"
    assert len([line for line in done.stderr.splitlines() if "the command cannot set marks" in line]) == 1


def test_a_bad_tmpdir_is_passed_over(joules, desktop):
    report, _ = joules.report("--sysroot", desktop.root, "joules", "mark", "x", env={"TMPDIR": "/nonexistent"})
    assert tags_of(report) == ["joules", "x"]
