# SPDX-License-Identifier: MIT
"""NVIDIA GPUs, by their own energy counters or, on older ones, by their power."""

import os
import re

from . import Device, Domain  # noqa: F401
from .. import _core
from .._warn import warn
from ..exception import NoSuchDeviceError, PyJoulesException
from ._native import NativeDevice, NativeDomain, find_device, list_devices


def __getattr__(name):
    if name == "List":
        import typing

        return typing.List
    if name == "pynvml":
        import pynvml

        return pynvml
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class NvidiaGPUDomain(NativeDomain):
    """One GPU: by its index, as nvidia-smi lists it, or by its UUID ("GPU-…")."""

    def __init__(self, device_id):
        self.device_id = device_id

    def __repr__(self):
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
        name = str(domain)
        found = [one for device in _core.list(name) if device["device"] == self._name for one in device["domains"]]
        if any(self._is(name, one) and one["reason_code"] == _NO_VALUE for one in found):
            return GPUDoesNotSupportEnergyMonitoringError(error.args[1])
        return NativeDevice._exception(self, error, domain)

    def _configure(self, domains, go_on):
        if domains is None:
            warn_left_out()
        NativeDevice._configure(self, domains, go_on)

    def _opened(self, meter):
        NativeDevice._opened(self, meter)
        self._zero = (os.getpid(), NativeDevice.get_energy(self))

    def get_energy(self):
        """µJ of each configured GPU since configure(), in its order. nan: could not be read.

        A GPU without a counter has its power added up all the while; a forked child does so from its own first call on.
        """
        if "_zero" not in self.__dict__ or self._meter[0] != self._present():
            self._opened(None)
        values = NativeDevice.get_energy(self)
        owner, zero = self._zero
        if owner != os.getpid():
            zero = [min(begin, value) for begin, value in zip(zero, values, strict=True)]
            self._zero = (os.getpid(), zero)
        return [value - begin for value, begin in zip(values, zero, strict=True)]

    def _follow(self, meter):
        """Reads through this meter, which has these GPUs too, where they are added up by a thread: one is enough."""
        sums = [one for one in meter.domains if one["device"] == self._name and one["method"] != "counter"]
        if not sums or (self.__dict__.get("_meter") or (None, meter))[1] is meter:
            return
        before = self.get_energy()
        self._meter = (self._present(), meter)
        values = NativeDevice.get_energy(self)
        zero = [value if old != old else value - old for old, value in zip(before, values, strict=True)]
        self._zero = (os.getpid(), zero)

    def __getstate__(self):
        return {name: value for name, value in NativeDevice.__getstate__(self).items() if name != "_zero"}

    @staticmethod
    def available_domains():
        """The GPUs that can be read. NoSuchDeviceError if there is none."""
        return NvidiaGPUDevice._available()

    @staticmethod
    def visible_domains():
        """The GPUs that CUDA programs of this environment see (CUDA_VISIBLE_DEVICES). NoSuchDeviceError if there is none."""
        find_device("nvidia")
        try:
            return sorted(NvidiaGPUDevice._domain(one["name"]) for one in _core.Meter("nvidia_visible").domains)
        except _core.Error as error:
            raise NoSuchDeviceError(error.args[1]) from None
