from typing import List as List
import os as os
from typing import Any

from ..exception import NoSuchDeviceError as NoSuchDeviceError
from ._native import NativeDevice, NativeDomain
from .device import Device as Device, NotConfiguredDeviceException as NotConfiguredDeviceException
from .domain import Domain as Domain

__all__ = [
    "Device",
    "Domain",
    "NoSuchDeviceError",
    "NotConfiguredDeviceException",
    "os",
    "RAPL_API_DIR",
    "RaplCoreDomain",
    "RaplDevice",
    "RaplDomain",
    "RaplDramDomain",
    "RaplPackageDomain",
    "RaplPsysDomain",
    "RaplUncoreDomain",
    "List",
]

RAPL_API_DIR: str

class RaplDomain(NativeDomain):
    socket: Any
    die: int | None
    def __init__(self, socket: int, die: int | None = None) -> None: ...
    def get_domain_name(self) -> str: ...

class RaplCoreDomain(RaplDomain): ...
class RaplUncoreDomain(RaplDomain): ...
class RaplDramDomain(RaplDomain): ...
class RaplPackageDomain(RaplDomain): ...

class RaplPsysDomain(RaplDomain):
    def __init__(self, socket: int = 0) -> None: ...

class RaplDevice(NativeDevice):
    def __init__(self) -> None: ...
    @staticmethod
    def available_domains() -> list[RaplDomain]: ...
    @staticmethod
    def available_package_domains() -> list[RaplPackageDomain]: ...
    @staticmethod
    def available_dram_domains() -> list[RaplDramDomain]: ...
    @staticmethod
    def available_core_domains() -> list[RaplCoreDomain]: ...
    @staticmethod
    def available_uncore_domains() -> list[RaplUncoreDomain]: ...

def __getattr__(name: str) -> Any: ...
