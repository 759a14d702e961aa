from typing import Dict as Dict, List as List, Optional as Optional
import functools as functools
import operator as operator
import time as time
from collections.abc import Callable, Iterable
from functools import reduce as reduce
from types import TracebackType
from typing import Any, Literal, Protocol, TypeVar, overload

from .device import Device as Device, DeviceFactory as DeviceFactory, Domain as Domain
from .energy_trace import EnergySample as EnergySample, EnergyTrace as EnergyTrace
from .exception import PyJoulesException as PyJoulesException, SampleNotFoundError as SampleNotFoundError
from .handler import EnergyHandler as EnergyHandler, PrintHandler as PrintHandler

__all__ = [
    "Device",
    "DeviceFactory",
    "Domain",
    "EnergyContext",
    "EnergyHandler",
    "EnergyMeter",
    "EnergyMeterNotStartedError",
    "EnergyMeterNotStoppedError",
    "EnergySample",
    "EnergyState",
    "EnergyTrace",
    "functools",
    "measure_energy",
    "NoNextStateException",
    "operator",
    "PrintHandler",
    "PyJoulesException",
    "reduce",
    "SampleNotFoundError",
    "StateIsNotFinalError",
    "time",
    "Dict",
    "List",
    "Optional",
]

class NoNextStateException(PyJoulesException): ...
class StateIsNotFinalError(PyJoulesException): ...
class EnergyMeterNotStartedError(PyJoulesException): ...
class EnergyMeterNotStoppedError(PyJoulesException): ...

class _Handler(Protocol):
    def process(self, trace: EnergyTrace, /) -> Any: ...

_Sync = Callable[[], object] | None
_OnNothing = Literal["raise", "warn"] | None
_F = TypeVar("_F", bound=Callable[..., Any])

class EnergyMeter:
    devices: list[Device]
    default_tag: Any
    sync: _Sync
    interrupted: EnergyTrace
    def __init__(
        self, devices: list[Device], default_tag: Any = "", *, sync: _Sync = None, settle: bool | float = False
    ) -> None: ...
    def start(self, tag: Any = None) -> None: ...
    def record(self, tag: Any = None) -> None: ...
    def resume(self, tag: Any = None) -> None: ...
    def stop(self) -> None: ...
    def settle(self, seconds: float | None = None) -> bool: ...
    def get_trace(self) -> EnergyTrace: ...
    def gen_idle(self, trace: Iterable[EnergySample]) -> list[dict[str, float]]: ...

class EnergyState:
    timestamp: float
    tag: Any
    values: list[list[float]]
    next_state: EnergyState | None
    def __init__(self, timestamp: float, tag: Any, values: list[list[float]]) -> None: ...
    def is_last(self) -> bool: ...
    def compute_duration(self) -> float: ...
    def compute_energy(self, domains: Iterable[object]) -> dict[str, float]: ...
    def add_next_state(self, state: EnergyState) -> None: ...

def seconds_to_settle(settle: bool | float) -> float: ...
def synchronize(owner: Any) -> None: ...
@overload
def measure_energy(func: _F) -> _F: ...
@overload
def measure_energy(
    func: _F,
    handler: _Handler = ...,
    domains: Iterable[Domain] | None = None,
    *,
    on_nothing: _OnNothing = None,
    sync: _Sync = None,
    settle: bool | float = False,
) -> _F: ...
@overload
def measure_energy(
    func: None = None,
    handler: _Handler = ...,
    domains: Iterable[Domain] | None = None,
    *,
    on_nothing: _OnNothing = None,
    sync: _Sync = None,
    settle: bool | float = False,
) -> Callable[[_F], _F]: ...

class EnergyContext:
    handler: _Handler
    start_tag: Any
    energy_meter: EnergyMeter
    def __init__(
        self,
        handler: _Handler = ...,
        domains: Iterable[Domain] | None = None,
        start_tag: Any = "start",
        *,
        on_nothing: _OnNothing = None,
        sync: _Sync = None,
        settle: bool | float = False,
    ) -> None: ...
    def __enter__(self) -> EnergyMeter: ...
    def __exit__(
        self, type: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

def __getattr__(name: str) -> Any: ...
