from typing import List as List
from typing import Any

from ..exception import NoSuchDeviceError as NoSuchDeviceError, PyJoulesException as PyJoulesException
from ._native import NativeDevice, NativeDomain
from .device import Device as Device
from .domain import Domain as Domain

__all__ = [
    "Device",
    "Domain",
    "GPUDoesNotSupportEnergyMonitoringError",
    "NoSuchDeviceError",
    "NvidiaGPUDevice",
    "NvidiaGPUDomain",
    "PyJoulesException",
    "List",
]

class NvidiaGPUDomain(NativeDomain):
    device_id: int | str
    def __init__(self, device_id: int | str) -> None: ...

class GPUDoesNotSupportEnergyMonitoringError(PyJoulesException): ...

class NvidiaGPUDevice(NativeDevice):
    def __init__(self) -> None: ...
    @staticmethod
    def available_domains() -> list[NvidiaGPUDomain]: ...
    @staticmethod
    def visible_domains() -> list[NvidiaGPUDomain]: ...

def warn_left_out() -> None: ...
def __getattr__(name: str) -> Any: ...
