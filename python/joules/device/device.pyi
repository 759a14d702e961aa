from typing import List as List, Optional as Optional
from collections.abc import Sequence
from typing import Any

from ..exception import NoSuchDomainError as NoSuchDomainError, PyJoulesException as PyJoulesException
from .domain import Domain as Domain

__all__ = [
    "Device",
    "Domain",
    "NoSuchDomainError",
    "NotConfiguredDeviceException",
    "PyJoulesException",
    "List",
    "Optional",
]

class NotConfiguredDeviceException(PyJoulesException): ...

class Device:
    def __init__(self) -> None: ...
    @staticmethod
    def available_domains() -> Sequence[Any]: ...
    def configure(self, domains: Sequence[Any] | None = None) -> None: ...
    def get_energy(self) -> list[float]: ...
    def get_configured_domains(self) -> Sequence[Any]: ...

def __getattr__(name: str) -> Any: ...
