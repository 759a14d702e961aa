import os as os
from typing import Any

from .handler import EnergyHandler as EnergyHandler, UnconsistantSamplesError as UnconsistantSamplesError

class CSVHandler(EnergyHandler):
    def __init__(self, filename: str | os.PathLike[str], full: bool = False) -> None: ...
    def save_data(self) -> None: ...

def __getattr__(name: str) -> Any: ...
