# SPDX-License-Identifier: MIT
"""From domains to configured devices."""

from functools import reduce  # noqa: F401
from operator import add  # noqa: F401

from . import Device, Domain  # noqa: F401
from .._late import late
from ..exception import NoSuchDeviceError, NoSuchDomainError
from ._native import NativeDevice, Snapshot, default_devices, goes_on, warn_absent
from .estimate_device import EstimateDevice  # noqa: F401
from .nvidia_device import NvidiaGPUDevice, warn_left_out  # noqa: F401
from .rapl_device import RaplDevice  # noqa: F401

__getattr__ = late(
    __name__,
    "add Device DeviceFactory Domain NoSuchDeviceError NvidiaGPUDevice RaplDevice reduce",
    typing="List Optional",
    logging=None,
)


class _Unmeasured(Device):
    """In place of a device that does not exist here."""

    def __init__(self, domains):
        self._configured_domains = list(domains)
        self._available_domains = []

    def get_energy(self):
        return [float("nan")] * len(self._configured_domains)


class DeviceFactory:
    """Makes devices that measure given domains."""

    @staticmethod
    def _gen_all_available_domains():
        """Every domain that is measured where none is named."""
        try:
            devices = default_devices()
        except NoSuchDeviceError:
            return []
        return [domain for device in devices for domain in device.get_configured_domains()]

    @staticmethod
    def create_devices(domains=None, on_nothing=None):
        """A list of configured devices that measure these domains, one for each kind of device; all that can be measured if None.

        NoSuchDeviceError if this machine has no such device, or nothing at all; NoSuchDomainError if the device has no such domain.
        on_nothing="warn" (or JOULES_ON_NOTHING=warn) makes a warning of both: what is absent is not measured.
        """
        go_on = goes_on(on_nothing)
        with Snapshot():
            return _all_devices(go_on) if domains is None else _devices_of(domains, go_on)


def _all_devices(go_on):
    try:
        devices = default_devices()
    except NoSuchDeviceError as error:
        if not go_on:
            raise
        warn_absent(error)
        devices = []
    warn_left_out()
    return devices


def _devices_of(domains, go_on):
    groups = {}
    for domain in domains:
        groups.setdefault(domain.get_device_type(), []).append(domain)
    return [_configured(device_type, group, go_on) for device_type, group in groups.items()]


def _configured(device_type, domains, go_on):
    native = isinstance(device_type, type) and issubclass(device_type, NativeDevice)
    try:
        device = device_type()
        if native and go_on and type(device).configure is NativeDevice.configure:
            device._configure(domains, True)
        else:
            device.configure(domains=domains)
    except (NoSuchDeviceError, NoSuchDomainError) as error:
        if not go_on:
            raise
        warn_absent(error)
        return device_type._without(domains) if native else _Unmeasured(domains)
    return device
