# SPDX-License-Identifier: MIT
"""CSV: what stands in the file, and that nothing is lost when it cannot be written."""

import csv
import os
import pathlib
import subprocess
import sys
import threading

import pytest

from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler import UnconsistantSamplesError
from joules.handler.csv_handler import CSVHandler

NAN = float("nan")
ROOT = pathlib.Path(__file__).resolve().parents[2]


def trace(*samples):
    return EnergyTrace([EnergySample(*sample) for sample in samples])


def handler(path, *traces, **options):
    made = CSVHandler(path, **options)
    for one in traces:
        made.process(one)
    return made


@pytest.fixture
def path(tmp_path):
    return tmp_path / "result.csv"


def test_a_subclass_that_skips_the_base(path):
    class Named(CSVHandler):
        def __init__(self):
            self._filename = path

    named = Named()
    named.process(trace((1, "a", 2, {"d1": 1})))
    named.save_data()
    assert path.read_text() == "timestamp;tag;duration;d1\n1;a;2;1\n"


def test_takes_what_a_sample_holds(path):
    handler(path, trace((1, "a", 2, {"d1": 1}))).save_data()
    assert path.read_text() == "timestamp;tag;duration;d1\n1;a;2;1\n"


def test_numbers_read_back_as_the_same_double(path):
    handler(path, trace((1732345678.123456, "foo", 1e-07, {"package_0": 12345.0, "dram_0": 0.1}))).save_data()
    assert path.read_text().splitlines()[1] == "1732345678.123456;foo;1e-07;12345.0;0.1"


def test_not_measured_is_an_empty_field(path):
    with pytest.warns(UserWarning, match="nvidia_gpu_0: invalid, written as an empty field"):
        handler(path, trace((1.0, "a", 2.0, {"package_0": 0.0, "nvidia_gpu_0": NAN}))).save_data()
    assert path.read_text().splitlines()[1] == "1.0;a;2.0;0.0;"


@pytest.mark.parametrize("tag", ["a;b", 'say "hi"', "two\nlines", "back\r", ";", '"', "", " padded ", "ünï"])
def test_tags_are_quoted_by_rfc_4180(path, tag):
    handler(path, trace((1.0, tag, 2.0, {"d;1": 3.0}))).save_data()
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows == [["timestamp", "tag", "duration", "d;1"], ["1.0", tag, "2.0", "3.0"]]


def test_a_tag_that_is_no_str_is_written_as_one(path):
    handler(path, trace((1.0, 7, 2.0, {"d": 3.0}))).save_data()
    assert path.read_text().splitlines()[1] == "1.0;7;2.0;3.0"


def test_bytes_of_a_tag_come_out_as_they_were(path):
    handler(path, trace((1.0, b"\xff".decode("utf-8", "surrogateescape"), 2.0, {"d": 3.0}))).save_data()
    assert path.read_bytes().splitlines()[1] == b"1.0;\xff;2.0;3.0"


def test_appends_with_one_header(path):
    made = handler(path, trace((1.0, "a", 2.0, {"d": 3.0})))
    made.save_data()
    made.process(trace((4.0, "b", 5.0, {"d": 6.0})))
    made.save_data()
    handler(str(path), trace((7.0, "c", 8.0, {"d": 9.0}))).save_data()
    assert path.read_text() == "timestamp;tag;duration;d\n1.0;a;2.0;3.0\n4.0;b;5.0;6.0\n7.0;c;8.0;9.0\n"


def test_an_empty_file_gets_the_header(path):
    path.touch()
    handler(path, trace((1.0, "a", 2.0, {"d": 3.0}))).save_data()
    assert path.read_text().startswith("timestamp;tag;duration;d\n")


def test_a_last_line_without_an_end_is_ended(path):
    path.write_text("timestamp;tag;duration;d\n0.0;z;0.0;0.0")
    handler(path, trace((1.0, "a", 2.0, {"d": 3.0}))).save_data()
    assert path.read_text().splitlines()[1:] == ["0.0;z;0.0;0.0", "1.0;a;2.0;3.0"]


@pytest.mark.parametrize("kind", [str, pathlib.Path, os.fsencode])
def test_the_path_may_be_of_any_kind(path, kind):
    handler(kind(path), trace((1.0, "a", 2.0, {"d": 3.0}))).save_data()
    assert path.exists()


def test_saving_nothing_is_fine(path):
    CSVHandler(path).save_data()
    handler(path, EnergyTrace([])).save_data()
    assert not path.exists()


def test_another_header_is_refused_and_nothing_is_lost(path, tmp_path):
    before = "timestamp;tag;duration;package_0;dram_0\n1.0;x;1.0;1.0;1.0\n"
    path.write_text(before)
    kept = trace((1.0, "a", 2.0, {"package_0": 3.0}))
    made = handler(path, kept)
    with pytest.raises(UnconsistantSamplesError) as caught:
        made.save_data()
    for word in (str(path), "timestamp;tag;duration;package_0;dram_0", "timestamp;tag;duration;package_0'"):
        assert word in str(caught.value)
    assert path.read_text() == before
    assert made.traces == [kept]
    path.rename(tmp_path / "away.csv")
    made.save_data()
    assert path.read_text() == "timestamp;tag;duration;package_0\n1.0;a;2.0;3.0\n"
    assert made.traces == []


def test_traces_of_other_domains_are_named_and_the_rest_can_be_saved(path):
    first, strange, third = (
        trace((float(i), "t", 1.0, {name: 1.0})) for i, name in enumerate(["package_0", "dram_0", "package_0"])
    )
    made = handler(path, first, strange, third)
    for _ in range(2):
        with pytest.raises(UnconsistantSamplesError) as caught:
            made.save_data()
    assert caught.value.traces == [strange]
    assert (
        "trace 1 has dram_0" in str(caught.value)
        and "trace 0" in str(caught.value)
        and "package_0" in str(caught.value)
    )
    assert not path.exists()
    assert made.traces == [first, strange, third]
    made.traces = [one for one in made.traces if one not in caught.value.traces]
    made.save_data()
    assert path.read_text() == "timestamp;tag;duration;package_0\n0.0;t;1.0;1.0\n2.0;t;1.0;1.0\n"


def test_domains_in_another_order_go_into_their_columns(path):
    handler(
        path, trace((1.0, "a", 1.0, {"x": 1.0, "y": 2.0})), trace((2.0, "b", 1.0, {"y": 4.0, "x": 3.0}))
    ).save_data()
    assert path.read_text().splitlines()[1:] == ["1.0;a;1.0;1.0;2.0", "2.0;b;1.0;3.0;4.0"]


def test_what_a_user_changed_is_what_is_written(path):
    one = trace((1.0, "a", 2.0, {"d": 3.0}))
    made = handler(path, one)
    one[0].tag = "changed"
    one[0].energy["d"] = 5.0
    made.save_data()
    assert path.read_text().splitlines()[1] == "1.0;changed;2.0;5.0"


def test_a_folder_that_is_not_there_says_which_and_keeps_the_data(tmp_path):
    made = handler(tmp_path / "none" / "result.csv", trace((1.0, "a", 2.0, {"d": 3.0})))
    with pytest.raises(FileNotFoundError, match="none/result.csv"):
        made.save_data()
    assert len(made.traces) == 1
    (tmp_path / "none").mkdir()
    made.save_data()
    assert len((tmp_path / "none" / "result.csv").read_text().splitlines()) == 2


FULL = """
import resource, signal, sys
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.{module} import {name}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
handler = {name}(sys.argv[1])
handler.process(EnergyTrace([EnergySample(1.0, "first", 1.0, {{"d": 1.0}})]))
handler.save_data()
before = open(sys.argv[1]).read()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 5, hard))
handler.process(EnergyTrace([EnergySample(float(i), "later", 1.0, {{"d": 1.0}}) for i in range(2, 4)]))
try:
    handler.save_data()
except OSError as error:
    assert error.filename == sys.argv[1], error
else:
    raise SystemExit("no error")
assert open(sys.argv[1]).read() == before
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
handler.save_data()
assert handler.traces == []
"""


@pytest.mark.parametrize(("module", "name"), [("csv_handler", "CSVHandler"), ("json_handler", "JSONHandler")])
def test_a_full_disk_leaves_the_file_as_it_was_and_a_retry_writes_each_once(tmp_path, module, name):
    """The limit on the size of files stands for the disk."""
    path = tmp_path / "full"
    subprocess.run([sys.executable, "-c", FULL.format(module=module, name=name), str(path)], check=True, timeout=60)
    text = path.read_text()
    assert text.count("first") == 1 and text.count("later") == 2


def test_many_threads_lose_nothing_and_write_nothing_twice(path):
    made = CSVHandler(path)

    def work(number):
        for i in range(50):
            made.process(trace((float(i), f"{number}-{i}", 1.0, {"d": 1.0})))
            made.save_data()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.save_data()
    lines = path.read_text().splitlines()
    assert lines[0] == "timestamp;tag;duration;d"
    assert sorted(line.split(";")[1] for line in lines[1:]) == sorted(
        f"{number}-{i}" for number in range(4) for i in range(50)
    )


def test_full_adds_bounds_source_and_flags(path):
    handler(path, trace((1.0, "a", 2.0, {"d": 3.0})), full=True).save_data()
    header, row = path.read_text().splitlines()
    assert header == "timestamp;tag;duration;d;d_low;d_high;d_source;d_flags"
    assert row == "1.0;a;2.0;3.0;;;measured;"


def test_a_pipe_gets_header_and_rows(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    handler(pipe, trace((1.0, "a", 2.0, {"d": 3.0}))).save_data()
    reader.join(20)
    assert got == ["timestamp;tag;duration;d\n1.0;a;2.0;3.0\n"]


# ---- what subclasses give -------------------------------------------------------------------------------------------------------------


class WithHost(CSVHandler):
    def _gen_header(self, first_sample):
        return CSVHandler._gen_header(self, first_sample) + ";host"

    def _gen_sample_line(self, sample, domain_names):
        assert list(domain_names) == list(sample.energy)
        return super()._gen_sample_line(sample, domain_names) + ";here"


def test_columns_of_a_subclass(path):
    made = WithHost(path)
    for tag in "ab":
        made.process(trace((1, tag, 2, {"d1": 1})))
        made.save_data()
    assert path.read_text() == "timestamp;tag;duration;d1;host\n1;a;2;1;here\n1;b;2;1;here\n"
    WithHost(path).save_data()


def test_a_line_assigned_to_the_handler(path):
    made = handler(path, trace((1, "a", 2, {"d1": 1})))
    made._gen_sample_line = lambda sample, domain_names: sample.tag
    made.save_data()
    assert path.read_text() == "timestamp;tag;duration;d1\na\n"


def test_a_file_of_a_subclass_is_written_and_closed_as_it_is(path):
    class Mine(CSVHandler):
        def _init_file(self, first_sample):
            self.file = open(path, "a", encoding="utf-8")
            self.file.write(f"# {first_sample.tag}\n")
            return self.file

    path.write_text("another header\n")
    made = Mine("no such folder/x.csv")
    made.process(trace((1, "a", 2, {"d1": 1})))
    made.save_data()
    assert path.read_text() == "another header\n# a\n1;a;2;1\n" and made.file.closed and made.traces == []


def test_the_hooks_called_directly(path):
    (sample,) = trace((1, "a;", 2, {"d1": 1}))
    made = CSVHandler(path)
    assert made._gen_header(sample) == "timestamp;tag;duration;d1"
    assert made._gen_sample_line(sample, ["d1"]) == '1;"a;";2;1'
    for _ in range(2):
        with made._init_file(sample) as file:
            file.write("x\n")
    assert path.read_text() == "timestamp;tag;duration;d1\nx\nx\n"


# ---- what was refused, at the program's end -------------------------------------------------------------------------------------------

REFUSED = """
import os, sys
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler import UnconsistantSamplesError
from joules.handler.csv_handler import CSVHandler
handler = CSVHandler(sys.argv[1])
handler.process(EnergyTrace([EnergySample(1.0, "a", 2.0, {"d": 3.0})]))
try:
    handler.save_data()
except UnconsistantSamplesError as error:
    print(error)
"""


@pytest.mark.parametrize(
    "then", ["", "del handler", "if os.fork() == 0: sys.exit()\nos.wait()"], ids=["kept", "forgotten", "forked"]
)
def test_what_was_refused_is_written_when_the_program_ends(path, run, then):
    path.write_text("other\n")
    path.with_name("result.1.csv").write_text("taken\n")
    done = run(REFUSED + then, str(path))
    rest = path.with_name("result.2.csv")
    assert done.returncode == 0 and f"is written to {rest}" in done.stdout
    assert done.stderr == f"joules: the traces that {path} refused are in {rest}\n"
    assert rest.read_text() == "timestamp;tag;duration;d\n1.0;a;2.0;3.0\n"
    assert path.read_text() == "other\n" and path.with_name("result.1.csv").read_text() == "taken\n"


@pytest.mark.parametrize(
    "then", ["handler.traces.clear()", "handler._filename = sys.argv[1] + '.new'; handler.save_data()"]
)
def test_nothing_is_written_where_the_user_took_care(path, run, then):
    path.write_text("other\n")
    done = run(REFUSED + then, str(path))
    assert done.returncode == 0 and done.stderr == "" and not path.with_name("result.1.csv").exists()


def test_traces_that_do_not_fit_each_other_get_a_file_each(path, run):
    done = run(
        """
import sys
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.csv_handler import CSVHandler
handler = CSVHandler(sys.argv[1])
for name in ("d", "e", "d"):
    handler.process(EnergyTrace([EnergySample(1.0, "a", 2.0, {name: 3.0})]))
handler.save_data()
""",
        str(path),
    )
    assert "UnconsistantSamplesError" in done.stderr and not path.exists()
    texts = sorted(path.with_name(f"result.{number}.csv").read_text() for number in (1, 2))
    assert texts == [
        "timestamp;tag;duration;d\n1.0;a;2.0;3.0\n1.0;a;2.0;3.0\n",
        "timestamp;tag;duration;e\n1.0;a;2.0;3.0\n",
    ]


def test_a_folder_that_cannot_be_written_is_said(path, run):
    path.write_text("other\n")
    done = run(REFUSED + "os.remove(sys.argv[1]); os.rmdir(os.path.dirname(sys.argv[1]))", str(path))
    assert done.returncode == 0 and "refused are lost: " in done.stderr and "Traceback" not in done.stderr


# ---- streams ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "stream"), [("/dev/stdout", 1), ("/dev/stderr", 2), ("/dev/fd/1", 1)])
def test_a_stream_is_written_as_it_is(path, run, name, stream):
    """Header and rows, behind what was printed, whatever stands in the file behind it."""
    path.write_text("before\n")
    code = """
import pathlib, sys
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.csv_handler import CSVHandler
print("printed", file=sys.stdout if sys.argv[2] == "1" else sys.stderr)
handler = CSVHandler(pathlib.Path(sys.argv[1]))
for _ in range(2):
    handler.process(EnergyTrace([EnergySample(1, "a", 2, {"d": 3})]))
    handler.save_data()
"""
    with open(path, "a") as file:
        streams = {"stdout" if stream == 1 else "stderr": file}
        done = subprocess.run([sys.executable, "-c", code, name, str(stream)], **streams, timeout=60, check=False)
    assert done.returncode == 0
    assert path.read_text() == "before\nprinted\n" + 2 * "timestamp;tag;duration;d\n1;a;2;3\n"
