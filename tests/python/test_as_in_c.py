# SPDX-License-Identifier: MIT
"""Python writes what C writes: the same bytes for the same trace, and one lock for both."""

import ctypes
import fcntl
import json
import os
import pathlib
import struct
import subprocess
import sys
import threading
import time

import pytest

from joules.device import Device, DeviceFactory, Domain
from joules.device.rapl_device import RaplDramDomain, RaplPackageDomain
from joules.energy_meter import EnergyMeter
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.csv_handler import CSVHandler
from joules.handler.json_handler import JSONHandler
from joules.handler.print_handler import PrintHandler
from machines import J, ROOT
from tree import Zone

pytestmark = pytest.mark.filterwarnings("ignore::joules.exception.EnergyPrecisionWarning")

TAGS = ["plain", 'a;"b"', "two\nlines", "ünï \x07\x7f", ""]


def measure(machine, devices, tags=TAGS):
    """A trace with values of many digits; the last sample could not be read."""
    meter = EnergyMeter(devices)
    meter.start(tags[0])
    for number, tag in enumerate(tags[1:]):
        machine.add("package-0", J // 3 + number)
        machine.add("dram", 7 * number + 1)
        meter.record(tag)
    machine.spoil("package-0")
    meter.stop()
    machine.add("package-0", 0)
    return meter.get_trace()


@pytest.fixture
def devices(machine):
    return DeviceFactory.create_devices([RaplPackageDomain(0), RaplDramDomain(0)])


def touched(trace):
    """The same samples, of which C does not know that they are its own: what is left to Python to write."""
    return EnergyTrace(list(trace))


def written(kind, trace, path, capsys):
    if kind == "print":
        PrintHandler().process(trace)
        return capsys.readouterr().out.encode()
    handler = JSONHandler(path) if kind == "json" else CSVHandler(path, full=kind == "csv-full")
    handler.process(trace)
    handler.save_data()
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["print", "csv", "csv-full", "json"])
def test_c_and_python_write_the_same_bytes(machine, devices, tmp_path, capsys, kind):
    trace = measure(machine, devices)
    header, text = trace._text(kind)
    ours = written(kind, trace, tmp_path / "c", capsys)
    assert ours == header + text and b"nan" not in ours and len(ours.splitlines()) >= 1
    theirs = written(kind, touched(trace), tmp_path / "python", capsys)
    if kind == "json":
        ids = [json.loads(one)["id"].encode() for one in (ours, theirs)]
        assert ids[0] != ids[1]
        theirs = theirs.replace(ids[1], ids[0])
    assert theirs == ours


@pytest.mark.parametrize("kind", ["print", "csv", "csv-full", "json"])
def test_what_was_changed_is_written_by_python(machine, devices, tmp_path, capsys, kind):
    """And so are tags that are no text, and values of devices written in Python."""

    class Lamp(Domain):
        def __repr__(self):
            return "lamp"

        def get_device_type(self):
            return LampDevice

    class LampDevice(Device):
        @staticmethod
        def available_domains():
            return [Lamp()]

        def get_energy(self):
            return [5.0]

    lamp = LampDevice()
    lamp.configure()
    trace = measure(machine, devices)
    trace[0].tag = "changed"
    other = measure(machine, devices, tags=["a", 7])
    mixed = measure(machine, [*devices, lamp])
    for number, (one, word) in enumerate(((trace, b"changed"), (other, b"7"), (mixed, b"lamp"))):
        assert one._text(kind) is None
        assert word in written(kind, one, tmp_path / str(number), capsys)


def test_a_socket_of_several_dies_is_written_by_python(make, tmp_path, capsys):
    """C has a column for each die."""
    make(Zone("package-0-die-0", J), Zone("package-0-die-1", J))
    meter = EnergyMeter(DeviceFactory.create_devices([RaplPackageDomain(0)]))
    meter.start("a")
    meter.stop()
    trace = meter.get_trace()
    assert trace._text("csv") is None
    assert written("csv", trace, tmp_path / "dies", capsys).startswith(b"timestamp;tag;duration;package_0\n")


def test_traces_together_in_one_file(machine, devices, tmp_path, capsys):
    """Those that C writes, and those that it does not."""
    first, second = measure(machine, devices, ["a", "b"]), measure(machine, devices, ["c", "d"])
    both = written("csv", first, tmp_path / "x", capsys) + second._text("csv")[1]
    for traces in ([first, second], [first, touched(second)], [touched(first), second, EnergyTrace([])]):
        path = tmp_path / str(len(list(tmp_path.iterdir())))
        handler = CSVHandler(path)
        for trace in traces:
            handler.process(trace)
        handler.save_data()
        assert path.read_bytes() == both


def test_a_trace_has_one_id_for_c_and_python(machine, devices, tmp_path):
    trace = measure(machine, devices)
    for name in ("a", "b"):
        handler = JSONHandler(tmp_path / name, trace_name_prefix="night ")
        handler.process(trace)
        trace[0].energy["package_0"] = 1.0  # the second time Python writes
        handler.save_data()
    a, b = (json.loads((tmp_path / name).read_text()) for name in ("a", "b"))
    assert a["name"] == b["name"] == "night 0" and a["id"] == b["id"]


# ---- one lock -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def command():
    found = os.environ.get("JOULES_BIN") or max(map(str, ROOT.glob("build*/**/cli/joules")), key=os.path.getmtime)
    return pathlib.Path(found)


def test_the_command_and_python_make_the_same_rows(command, machine, tmp_path, capsys):
    """A row of each in one file, whose header is the same."""
    path = tmp_path / "both.csv"
    options = ["--quiet", "--domains", "package_0,dram_0", "-o", f"csv-full:{path}", "--", "true"]
    subprocess.run([command, "run", *options], check=True, env=os.environ)
    devices = DeviceFactory.create_devices([RaplPackageDomain(0), RaplDramDomain(0)])
    header, row = written("csv-full", measure(machine, devices, ["a"]), path, capsys).split(b"\n")[0:3:2]
    assert header.count(b";") == row.count(b";") == 12


PYTHON = """
import sys
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.csv_handler import CSVHandler
trace = EnergyTrace([EnergySample(1.0, "python", 2.0, {"package_0": 3.0, "dram_0": 4.0})])
for line in sys.stdin:
    handler = CSVHandler(line.strip())
    handler.process(trace)
    print(flush=True)
    sys.stdin.readline()
    handler.save_data()
    print(flush=True)
"""

C = """
import ctypes, sys
joules = ctypes.CDLL(sys.argv[1])
joules.joules_error_message.restype = ctypes.c_char_p
def check(status):
    assert status == 0, joules.joules_error_message()
meter, trace = ctypes.c_void_p(), ctypes.c_void_p()
check(joules.joules_meter_open(ctypes.byref(meter), None))
check(joules.joules_meter_start(meter, b"c"))
check(joules.joules_meter_stop(meter))
check(joules.joules_meter_trace(meter, ctypes.byref(trace)))
for line in sys.stdin:
    handler = ctypes.c_void_p()
    check(joules.joules_handler_open(ctypes.byref(handler), b"csv:" + line.strip().encode()))
    joules.joules_handler_notices_set(handler, NOTICE := ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: None), None)
    print(flush=True)
    sys.stdin.readline()
    check(joules.joules_handler_process(handler, trace))
    print(flush=True)
    check(joules.joules_handler_close(handler))
"""


@pytest.fixture
def library():
    found = sorted(ROOT.glob("build*/**/src/libjoules.so.0"), key=os.path.getmtime)
    path = os.path.join(os.environ["JOULES_BUILD"], "src/libjoules.so.0") if "JOULES_BUILD" in os.environ else found[-1]
    ctypes.CDLL(str(path))
    return str(path)


def test_c_and_python_begin_a_file_with_one_header(make, library, tmp_path):
    """Two processes, 300 times: both find the file empty, and begin at the same moment."""
    make(Zone("package-0", J, children=[Zone("dram", J)]))
    begun = [
        subprocess.Popen([sys.executable, "-c", *code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for code in ((PYTHON,), (C, library))
    ]

    def tell(word):
        for process in begun:
            process.stdin.write(f"{word}\n")
            process.stdin.flush()
        for process in begun:
            assert process.stdout.readline() == "\n"

    for number in range(300):
        path = tmp_path / f"{number}.csv"
        tell(path)
        tell("go")
        lines = path.read_text().splitlines()
        assert sorted(line.split(";")[1] for line in lines) == ["c", "python", "tag"], lines
        assert lines[0] == "timestamp;tag;duration;package_0;dram_0"
    for process in begun:
        process.stdin.close()
        assert process.wait(20) == 0


def test_python_waits_for_the_lock_of_c(tmp_path):
    """At most a second."""
    path = tmp_path / "held.csv"
    path.touch()
    file = open(path, "ab", buffering=0)
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi0q", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))

    def write():
        time.sleep(0.2)
        file.write(b"timestamp;tag;duration;d\n")
        file.close()

    thread = threading.Thread(target=write)
    thread.start()
    handler = CSVHandler(path)
    handler.process(EnergyTrace([EnergySample(1.0, "a", 2.0, {"d": 3.0})]))
    handler.save_data()
    thread.join()
    assert path.read_text() == "timestamp;tag;duration;d\n1.0;a;2.0;3.0\n"
