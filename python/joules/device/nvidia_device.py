# SPDX-License-Identifier: MIT
"""NVIDIA GPUs, by their own energy counters or, on older ones, by their power."""

import re

from . import Device, Domain  # noqa: F401
from .. import _core
from .._late import late
from .._warn import warn
from ..exception import NoSuchDeviceError, PyJoulesException
from ._native import NativeDevice, NativeDomain, counter_of, find_device, list_devices, whole

__getattr__ = late(
    __name__,
    "Device Domain GPUDoesNotSupportEnergyMonitoringError NoSuchDeviceError NvidiaGPUDevice NvidiaGPUDomain PyJoulesException",
    typing="List",
    pynvml=None,
)


class NvidiaGPUDomain(NativeDomain):
    """One GPU: `device_id` is its index, as nvidia-smi lists it, or its UUID ("GPU-…")."""

    def __init__(self, device_id):
        self.device_id = whole(device_id)

    def _counter(self):
        uuid = isinstance(self.device_id, str) and self.device_id.startswith("GPU-")
        return self.device_id if uuid else f"nvidia_gpu_{self.device_id}"

    def get_device_type(self):
        return NvidiaGPUDevice


class GPUDoesNotSupportEnergyMonitoringError(PyJoulesException):
    """The GPU has neither an energy counter nor a power reading."""


#: the reason code of a GPU without an energy counter and a power reading
_NO_VALUE = "unsupported"
_NAME = re.compile(r"nvidia_gpu_(\d+)")


def warn_left_out():
    """One warning where nobody named a GPU and some cannot be measured."""
    domains = [one for device in list_devices() if device["device"] == "nvidia" for one in device["domains"]]
    names = [one["name"] for one in domains if one["reason_code"] == _NO_VALUE]
    if names:
        warn(f"{', '.join(names)} not measured: the GPU has neither an energy counter nor a power reading")


class NvidiaGPUDevice(NativeDevice, device="nvidia"):
    """The NVIDIA GPUs of this machine."""

    @classmethod
    def _domain(cls, name):
        number = _NAME.fullmatch(name)
        return NvidiaGPUDomain(int(number[1])) if number else super()._domain(name)

    @classmethod
    def _readable(cls, found):
        return sorted(super()._readable(found))

    @staticmethod
    def _is(name, one):
        uuid = (one["uuid"] or "").lower()
        return name == one["name"] or (name.startswith("GPU-") and uuid.startswith(name.lower()))

    def _exception(self, error, domain):
        name = counter_of(domain)
        found = [one for device in _core.list(name) if device["device"] == self._name for one in device["domains"]]
        if any(self._is(name, one) and one["reason_code"] == _NO_VALUE for one in found):
            return GPUDoesNotSupportEnergyMonitoringError(error.args[1])
        return NativeDevice._exception(self, error, domain)

    def _configure(self, domains, go_on):
        if domains is None:
            warn_left_out()
        NativeDevice._configure(self, domains, go_on)

    @staticmethod
    def available_domains():
        """The GPUs that can be read, as a list by index. NoSuchDeviceError if there is none."""
        return NvidiaGPUDevice._available()

    @staticmethod
    def visible_domains():
        """The GPUs that CUDA programs of this environment see (CUDA_VISIBLE_DEVICES), as a list by index. NoSuchDeviceError if there is
        none."""
        find_device("nvidia")
        try:
            return sorted(NvidiaGPUDevice._domain(one["name"]) for one in _core.Meter("nvidia_visible").domains)
        except _core.Error as error:
            raise NoSuchDeviceError(error.args[1]) from None
