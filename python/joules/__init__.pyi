from .device import Device as Device, DeviceFactory as DeviceFactory, Domain as Domain
from .energy_meter import EnergyContext as EnergyContext, EnergyMeter as EnergyMeter, measure_energy as measure_energy
from .energy_trace import EnergySample as EnergySample, EnergyTrace as EnergyTrace
from .exception import (
    EnergyPrecisionWarning as EnergyPrecisionWarning,
    NoSuchDeviceError as NoSuchDeviceError,
    NoSuchDomainError as NoSuchDomainError,
    PyJoulesException as PyJoulesException,
)
from .handler import EnergyHandler as EnergyHandler, PrintHandler as PrintHandler

__version__: str
__all__ = [
    "Device",
    "DeviceFactory",
    "Domain",
    "EnergyContext",
    "EnergyHandler",
    "EnergyMeter",
    "EnergyPrecisionWarning",
    "EnergySample",
    "EnergyTrace",
    "NoSuchDeviceError",
    "NoSuchDomainError",
    "PrintHandler",
    "PyJoulesException",
    "install_as_pyjoules",
    "mark",
    "measure_energy",
]

def install_as_pyjoules() -> None: ...
def mark(tag: str) -> None: ...
def load_ipython_extension(ipython: object) -> None: ...
