import os
from typing import Any

from ..exception import PyJoulesException
from .handler import EnergyHandler

class SQLiteError(PyJoulesException): ...

class SQLiteHandler(EnergyHandler):
    trace_id: int
    def __init__(self, filename: str | os.PathLike[str]) -> None: ...
    def save_data(self) -> None: ...

def __getattr__(name: str) -> Any: ...
