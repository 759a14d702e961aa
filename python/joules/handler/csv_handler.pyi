import os as os
from collections.abc import Iterable
from typing import IO, Any

from ..energy_trace import EnergySample
from .handler import EnergyHandler as EnergyHandler, UnconsistantSamplesError as UnconsistantSamplesError

__all__ = [
    "CSVHandler",
    "EnergyHandler",
    "os",
]

class CSVHandler(EnergyHandler):
    def __init__(self, filename: str | os.PathLike[str], full: bool = False) -> None: ...
    def save_data(self) -> None: ...
    def _gen_header(self, first_sample: EnergySample) -> str: ...
    def _gen_sample_line(self, sample: EnergySample, domain_names: Iterable[str]) -> str: ...
    def _init_file(self, first_sample: EnergySample) -> IO[str]: ...

def __getattr__(name: str) -> Any: ...
