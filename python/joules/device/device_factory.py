# SPDX-License-Identifier: MIT
"""From domains to configured devices."""

from functools import reduce  # noqa: F401
from operator import add  # noqa: F401

from . import Device, Domain  # noqa: F401
from ..exception import NoSuchDeviceError, NoSuchDomainError
from ._native import NativeDevice, Snapshot, goes_on, nothing_to_measure, warn_absent
from .estimate_device import EstimateDevice
from .nvidia_device import NvidiaGPUDevice, warn_left_out
from .rapl_device import RaplDevice, available_psys_domains


def __getattr__(name):
    if name == "logging":
        import logging

        return logging
    if name in ("List", "Optional"):
        import typing

        return getattr(typing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _or_none(available_domains):
    try:
        return available_domains()
    except NoSuchDeviceError:
        return []


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
        """Every domain whose energy is its own: the CPUs', the GPUs'; the estimate where no CPU counter can be read."""
        cpu = _or_none(RaplDevice.available_domains)
        if not any(domain.get_domain_name() == "package" for domain in cpu):
            cpu = cpu + _or_none(available_psys_domains)
        counted = any(domain.get_domain_name() in ("package", "psys") for domain in cpu)
        return (
            cpu
            + _or_none(NvidiaGPUDevice.available_domains)
            + ([] if counted else _or_none(EstimateDevice.available_domains))
        )

    @staticmethod
    def create_devices(domains=None, on_nothing=None):
        """Configured devices that measure these domains, one for each kind of device; all that can be measured if None.

        NoSuchDeviceError if this machine has no such device, or nothing at all; NoSuchDomainError if the device has no such domain.
        on_nothing="warn" (or JOULES_ON_NOTHING=warn) makes a warning of both: what is absent is not measured.
        """
        with Snapshot():
            return DeviceFactory._create(domains, goes_on(on_nothing))

    @staticmethod
    def _create(domains, go_on):
        if domains is None:
            domains = DeviceFactory._gen_all_available_domains()
            if not domains:
                error = NoSuchDeviceError(nothing_to_measure())
                if not go_on:
                    raise error
                warn_absent(error)
            warn_left_out()
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
