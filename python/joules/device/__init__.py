# SPDX-License-Identifier: MIT
"""Devices report energy; their domains are what is measured of them."""

from .domain import Domain
from .device import Device, NotConfiguredDeviceException
from .device_factory import DeviceFactory

__all__ = [
    "Device",
    "device",
    "device_factory",
    "DeviceFactory",
    "Domain",
    "domain",
    "NotConfiguredDeviceException",
    "nvidia_device",
    "rapl_device",
]
