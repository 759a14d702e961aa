# SPDX-License-Identifier: MIT
"""C and Python store the same documents: one trace through both handlers, compared byte for byte."""

import pytest

from machines import J, ROOT
from test_new_device import HEAD, folder  # noqa: F401
from through_c import THROUGH_C
from tree import Zone

pytest.importorskip("pymongo")

CODE = """
import bson
sys.path.append(sys.argv[2])
from wire import Wire
from joules.energy_trace import EnergySample
from joules.exception import EnergyPrecisionWarning
from joules.handler.mongo_handler import MongoHandler

def through_python(uri, traces):
    with MongoHandler(uri, "db", "c") as handler:
        for trace in traces:
            handler.process(trace)
        handler.save_data()

value = energy.read_bytes()
give_labels(labelled)
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
    return lambda: run.ok(HEAD + THROUGH_C + CODE, folder, str(ROOT / "tests/bed/mongo")).split()


def test_both_store_the_same_documents(both):
    documents, parts, has_null = both()
    assert int(documents) == 3 + int(parts) and int(parts) >= 2 and has_null == "True"
