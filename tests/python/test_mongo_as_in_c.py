# SPDX-License-Identifier: MIT
"""C and Python store the same documents: one trace through both handlers, compared byte for byte."""

import pytest

from machines import J, ROOT
from test_new_device import HEAD, folder  # noqa: F401
from tree import Zone

pytest.importorskip("pymongo")

CODE = """
import bson, os, pathlib
sys.path.append(sys.argv[2])
from wire import Wire
from joules.energy_trace import EnergySample
from joules.exception import EnergyPrecisionWarning
from joules.handler.mongo_handler import MongoHandler

library = ctypes.CDLL(f"{folder}/../../src/libjoules.so.0")
library.joules_error_message.restype = ctypes.c_char_p
library.joules_handler_process.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
library.joules_handler_close.argtypes = [ctypes.c_void_p]
library.joules_trace_label_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]

def c_trace(trace):
    "The joules_trace behind a trace of Python's that is C's own: the first member of its object."
    native = trace._untouched()
    assert native is not None
    return ctypes.c_void_p.from_address(id(native) + object.__basicsize__).value

def through_c(uri, traces):
    handler = ctypes.c_void_p()
    status = library.joules_handler_open(ctypes.byref(handler), uri.encode())
    assert status == 0, library.joules_error_message()
    for trace in traces:
        assert library.joules_handler_process(handler, c_trace(trace)) == 0
    assert library.joules_handler_close(handler) == 0, library.joules_error_message()

def through_python(uri, traces):
    with MongoHandler(uri, "db", "c") as handler:
        for trace in traces:
            handler.process(trace)
        handler.save_data()

def measure(tags, spoil=None):
    meter = EnergyMeter(DeviceFactory.create_devices())
    meter.start(tags[0])
    for tag in tags[1:]:
        meter.record(tag)
    if spoil:
        spoil()
    meter.stop()
    return meter.get_trace()

energy = pathlib.Path(os.environ["JOULES_SYSROOT"], "sys/class/powercap/intel-rapl:0/energy_uj")
value = energy.read_bytes()
labelled = measure(["a", "b"])
labelled.labels.update(commit="1f3c", note="fünf")
for key, label in labelled.labels.items():
    assert library.joules_trace_label_set(c_trace(labelled), key.encode(), label.encode()) == 0
traces = [
    measure(["plain", "ünï \\x07", "", "tab\\t"]),
    measure(["failed"], spoil=lambda: energy.write_bytes(b"")),
    labelled,
    measure([f"many {i}" for i in range(60)]),
]
energy.write_bytes(value)
stored = {"ok": 1.0, "n": 1}
with Wire({"insert": stored}, hello={"maxBsonObjectSize": 16384}) as one, Wire({"insert": stored}, hello={"maxBsonObjectSize": 16384}) as other:
    through_c(f"mongodb://127.0.0.1:{one.port}/db?collection=c", traces)
    through_python(other.uri, traces)
    assert len(one.documents) == len(other.documents) >= 5, (len(one.documents), len(other.documents))
    for ours, theirs in zip(one.documents, other.documents):
        assert bson.encode(ours) == bson.encode(theirs), (ours, theirs)
print(len(one.documents), sum("part" in document for document in one.documents), None in one.documents[1]["trace"][0]["energy"].values())
"""


@pytest.fixture
def both(make, run, folder):  # noqa: F811
    """both() → what CODE printed, on a machine with a package."""
    make(Zone("package-0", J), Zone("dram", J, unit="dram"))
    return lambda: run.ok(HEAD + CODE, folder, str(ROOT / "tests/bed/mongo")).split()


def test_both_store_the_same_documents(both):
    documents, parts, has_null = both()
    assert int(documents) == 3 + int(parts) and int(parts) >= 2 and has_null == "True"
