# SPDX-License-Identifier: MIT
"""DataFrames of samples."""

import math
import subprocess
import sys

import pytest

from joules.energy_trace import EnergySample, EnergyTrace
from joules.exception import EnergyPrecisionWarning, PyJoulesException
from joules.handler import UnconsistantSamplesError
from joules.handler.pandas_handler import NoSampleProcessedError, PandasHandler, trace_to_dataframe

pandas = pytest.importorskip("pandas")
NAN = float("nan")


def trace(*samples):
    return EnergyTrace([EnergySample(*sample) for sample in samples])


def test_columns_and_rows():
    made = PandasHandler()
    made.process(
        trace(
            (1.0, "foo", 2.0, {"package_0": 3.0, "dram_0": 4.0}), (3.0, "bar", 1.0, {"package_0": 5.0, "dram_0": 6.0})
        )
    )
    made.process(trace((9.0, "baz", 1.0, {"package_0": 7.0, "dram_0": 8.0})))
    frame = made.get_dataframe()
    assert list(frame.columns) == ["timestamp", "tag", "duration", "package_0", "dram_0"]
    assert list(frame.index) == [0, 1, 2]
    assert list(frame["tag"]) == ["foo", "bar", "baz"]
    assert list(frame["package_0"]) == [3.0, 5.0, 7.0]
    assert frame["package_0"].dtype == "float64"


def test_takes_what_a_sample_holds():
    made = PandasHandler()
    made.process(trace((1, 7, 2, {"d1": 1})))
    assert made.get_dataframe().values.tolist() == [[1, 7, 2, 1]]


def test_it_may_be_asked_again_and_cleared():
    made = PandasHandler()
    made.process(trace((1.0, "a", 2.0, {"d": 3.0})))
    assert made.get_dataframe().equals(made.get_dataframe())
    made.process(trace((2.0, "b", 2.0, {"d": 3.0})))
    assert list(made.get_dataframe()["tag"]) == ["a", "b"]
    made.clear()
    with pytest.raises(NoSampleProcessedError) as caught:
        made.get_dataframe()
    assert isinstance(caught.value, PyJoulesException) and str(caught.value)


def test_nothing_processed_is_an_error_that_says_so():
    made = PandasHandler()
    made.process(EnergyTrace([]))
    for union in (False, True):
        with pytest.raises(NoSampleProcessedError, match="not processed"):
            made.get_dataframe(union=union)


def test_not_measured_is_nan_and_one_warning_says_so():
    made = PandasHandler()
    made.process(trace((1.0, "a", 2.0, {"d": NAN, "e": 0.0})))
    with pytest.warns(EnergyPrecisionWarning) as caught:
        frame = made.get_dataframe()
        made.get_dataframe()
    assert [str(one.message)[:2] for one in caught] == ["d:"]
    assert caught[0].filename == __file__
    assert math.isnan(frame["d"][0]) and frame["e"][0] == 0.0


def test_traces_of_other_domains_are_named_and_can_be_taken_out():
    made = PandasHandler()
    first, strange = trace((1.0, "a", 2.0, {"d": 3.0})), trace((2.0, "b", 2.0, {"e": 4.0}))
    made.process(first)
    made.process(strange)
    with pytest.raises(UnconsistantSamplesError, match="trace 1 has e") as caught:
        made.get_dataframe()
    assert caught.value.traces == [strange]
    union = made.get_dataframe(union=True)
    assert list(union.columns) == ["timestamp", "tag", "duration", "d", "e"]
    assert union["d"][0] == 3.0 and math.isnan(union["d"][1]) and math.isnan(union["e"][0]) and union["e"][1] == 4.0
    made.traces.remove(strange)
    assert list(made.get_dataframe()["tag"]) == ["a"]


def test_trace_to_dataframe():
    assert len(trace_to_dataframe(EnergyTrace([]))) == 0
    frame = trace_to_dataframe(trace((1.0, "a", 2.0, {"d": 3.0})))
    assert frame.to_dict("records") == [{"timestamp": 1.0, "tag": "a", "duration": 2.0, "d": 3.0}]


def test_full_adds_bounds_source_and_flags():
    one = trace((1.0, "a", 2.0, {"d": 3.0}))
    frame = trace_to_dataframe(one, full=True)
    assert list(frame.columns) == ["timestamp", "tag", "duration", "d", "d_low", "d_high", "d_source", "d_flags"]
    assert frame["d_source"][0] == "measured" and frame["d_flags"][0] == ""
    made = PandasHandler()
    made.process(one)
    assert made.get_dataframe(full=True).equals(frame)


WITHOUT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in ("pandas", "pymongo", "bson", "pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
from joules.exception import PyJoulesException
from joules.energy_trace import EnergySample, EnergyTrace
from joules.handler.pandas_handler import PandasHandler, trace_to_dataframe
from joules.handler.mongo_handler import MongoHandler, MongoInitError
from joules.handler.csv_handler import CSVHandler
handler = PandasHandler()
handler.process(EnergyTrace([EnergySample(1.0, "a", 1.0, {"d": 1.0})]))
def says(words, function, *arguments):
    try:
        function(*arguments)
    except ImportError as error:
        assert isinstance(error, PyJoulesException), type(error)
        assert all(word in str(error) for word in words), error
    else:
        raise SystemExit("no error")
says(["pandas", "pip install 'joules[pandas]'"], handler.get_dataframe)
says(["pandas", "pip install 'joules[pandas]'"], trace_to_dataframe, handler.traces[0])
says(["pymongo", "pip install 'joules[mongodb]'"], MongoHandler, "mongodb://localhost", "db", "collection")
"""


def test_without_the_optional_packages_the_modules_import_and_the_error_names_the_extra():
    subprocess.run([sys.executable, "-c", WITHOUT], check=True, timeout=60)


def test_importing_the_handlers_imports_no_optional_package():
    code = (
        "import sys, joules.handler.pandas_handler, joules.handler.mongo_handler, joules.handler.json_handler\n"
        "assert not {'pandas', 'pymongo', 'bson', 'numpy'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_names_of_the_optional_packages_can_be_imported_from_the_modules():
    from joules.handler.mongo_handler import pymongo  # noqa: F401
    from joules.handler.pandas_handler import pandas as found

    assert found is pandas
