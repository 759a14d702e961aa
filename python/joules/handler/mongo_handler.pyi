from typing import Dict as Dict
from collections.abc import Iterable as Iterable
from typing import Any

from ..energy_trace import EnergySample as EnergySample
from ..exception import PyJoulesException
from .handler import EnergyHandler as EnergyHandler

__all__ = [
    "Dict",
    "EnergyHandler",
    "EnergySample",
    "Iterable",
    "MongoHandler",
    "MongoInitError",
    "MongoSaveError",
    "sample_to_dict",
    "trace_to_dict",
    "pymongo",
]

pymongo: Any

def sample_to_dict(sample: EnergySample) -> dict[str, Any]: ...
def trace_to_dict(trace: Iterable[EnergySample], trace_name: str) -> dict[str, Any]: ...

class MongoInitError(PyJoulesException): ...
class MongoSaveError(PyJoulesException): ...

class MongoHandler(EnergyHandler):
    trace_id: int
    trace_name_prefix: str
    collection: Any
    def __init__(
        self,
        uri: str,
        database_name: str,
        collection_name: str,
        connected_timeout: int = 30000,
        trace_name_prefix: str = "trace_",
    ) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> MongoHandler: ...
    def __exit__(self, *_: object) -> None: ...
    def save_data(self) -> None: ...

def __getattr__(name: str) -> Any: ...
