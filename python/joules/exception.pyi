from typing import Any

__all__ = [
    "DomainPermissionError",
    "EnergyPrecisionWarning",
    "NoSuchDeviceError",
    "NoSuchDomainError",
    "PyJoulesException",
    "SampleNotFoundError",
]

class PyJoulesException(Exception): ...

class NoSuchDomainError(PyJoulesException):
    domain_name: Any
    def __init__(self, domain_name: Any, message: str | None = None) -> None: ...

class DomainPermissionError(NoSuchDomainError, PermissionError): ...
class NoSuchDeviceError(PyJoulesException): ...
class EnergyPrecisionWarning(UserWarning): ...
class SampleNotFoundError(PyJoulesException, KeyError): ...
