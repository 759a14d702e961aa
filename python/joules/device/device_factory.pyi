from typing import List as List, Optional as Optional
import logging as logging
from collections.abc import Iterable
from functools import reduce as reduce
from operator import add as add
from typing import Any, Literal

from ..exception import NoSuchDeviceError as NoSuchDeviceError, NoSuchDomainError as NoSuchDomainError
from .device import Device as Device
from .domain import Domain as Domain
from .estimate_device import EstimateDevice as EstimateDevice
from .nvidia_device import NvidiaGPUDevice as NvidiaGPUDevice
from .rapl_device import RaplDevice as RaplDevice

__all__ = [
    "add",
    "Device",
    "DeviceFactory",
    "Domain",
    "NoSuchDeviceError",
    "NvidiaGPUDevice",
    "RaplDevice",
    "reduce",
    "List",
    "Optional",
    "logging",
]

class DeviceFactory:
    @staticmethod
    def create_devices(
        domains: Iterable[Domain] | None = None, on_nothing: Literal["raise", "warn"] | None = None
    ) -> list[Device]: ...

def __getattr__(name: str) -> Any: ...
