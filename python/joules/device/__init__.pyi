from .device import Device as Device, NotConfiguredDeviceException as NotConfiguredDeviceException
from .device_factory import DeviceFactory as DeviceFactory
from .domain import Domain as Domain

__all__ = ["Device", "DeviceFactory", "Domain", "NotConfiguredDeviceException"]
