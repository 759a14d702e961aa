from collections.abc import Iterable as Iterable
from typing import Any

import pandas as pandas

from ..energy_trace import EnergySample as EnergySample, EnergyTrace as EnergyTrace
from ..exception import PyJoulesException
from .handler import EnergyHandler as EnergyHandler, UnconsistantSamplesError as UnconsistantSamplesError

__all__ = [
    "EnergyHandler",
    "EnergySample",
    "EnergyTrace",
    "Iterable",
    "NoSampleProcessedError",
    "PandasHandler",
    "trace_to_dataframe",
    "UnconsistantSamplesError",
    "pandas",
]

class NoSampleProcessedError(PyJoulesException): ...

def trace_to_dataframe(trace: Iterable[EnergySample], full: bool = False) -> pandas.DataFrame: ...

class PandasHandler(EnergyHandler):
    def get_dataframe(self, union: bool = False, full: bool = False) -> pandas.DataFrame: ...
    def clear(self) -> None: ...

def __getattr__(name: str) -> Any: ...
