import os
from typing import Any

from .handler import EnergyHandler

class JSONHandler(EnergyHandler):
    def __init__(self, filename: str | os.PathLike[str], trace_name_prefix: str = "trace_") -> None: ...
    def save_data(self) -> None: ...

def __getattr__(name: str) -> Any: ...
