# SPDX-License-Identifier: MIT
"""An estimate from CPU time, for machines whose counters cannot be read (virtual machines)."""

from ..exception import NoSuchDeviceError
from ._native import NativeDevice, because, find_device
from .domain import Domain


class EstimatedCpuDomain(Domain):
    """The whole machine's share in this load, estimated."""

    def __repr__(self):
        return "estimated_cpu"

    def get_device_type(self):
        return EstimateDevice

    def _order(self):
        return ("EstimateDevice", "estimated_cpu", (0, ""), "")


class EstimateDevice(NativeDevice):
    """The estimate. idle_w, full_w: watts of the whole machine when idle and at full load, in place of the table's."""

    _name = "estimate"

    def __init__(self, idle_w=0.0, full_w=0.0):
        NativeDevice.__init__(self)
        idle_w, full_w = float(idle_w), float(full_w)
        self._settings = f"estimate.watts={idle_w!r}:{full_w!r}" if idle_w or full_w else None
        self._available_domains = self.available_domains()

    @staticmethod
    def available_domains():
        """The estimate. NoSuchDeviceError where there is not even that."""
        found = find_device("estimate")
        if not found["available"]:
            raise NoSuchDeviceError(f"there is nothing to estimate from: {because(found)}")
        return [EstimatedCpuDomain()]
