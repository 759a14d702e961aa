from typing import Any

from .device import Device
from .domain import Domain

class NativeDomain(Domain):
    name: str
    device: str
    _repr: str
    def __init__(self, name: str, device: str) -> None: ...

class NativeDevice(Device):
    def __init__(self) -> None: ...

def device_type(name: str) -> type[NativeDevice]: ...
def __getattr__(name: str) -> Any: ...
