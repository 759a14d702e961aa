# SPDX-License-Identifier: MIT
"""Energy meter for code: the documented pyJoules API on libjoules."""

from . import _core
from ._alias import check_names, install_as_pyjoules
from .device import Device, DeviceFactory, Domain
from .energy_meter import EnergyContext, EnergyMeter, measure_energy
from .energy_trace import EnergySample, EnergyTrace
from .exception import EnergyPrecisionWarning, NoSuchDeviceError, NoSuchDomainError, PyJoulesException
from .handler import EnergyHandler, PrintHandler

__version__ = _core.__version__
check_names()

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


def mark(tag):
    """A breakpoint for the `joules run` around this program; without one, nothing.

    ValueError for a tag that cannot be one, OSError if it cannot be told.
    """
    try:
        _core.mark(tag)
    except _core.Error as error:
        status, message = error.args
        raise (ValueError if status == 1 else OSError)(message) from None


def load_ipython_extension(ipython):
    """%load_ext joules: the magics %joules and %%joules. `ipython` is the shell that calls this."""
    from .magic import load_ipython_extension as load

    load(ipython)
