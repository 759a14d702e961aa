# SPDX-License-Identifier: MIT
"""An estimate from CPU time, for machines whose counters cannot be read (virtual machines)."""

from ._native import NativeDevice, NativeDomain


class EstimatedCpuDomain(NativeDomain):
    """The energy of the whole machine, estimated from how busy its processors are."""

    def __init__(self):
        pass

    def _counter(self):
        return "estimated_cpu"

    def get_device_type(self):
        return EstimateDevice


class EstimateDevice(NativeDevice, device="estimate"):
    """The estimate. idle_w, full_w: watts of the whole machine when idle and at full load, in place of the table's."""

    def __init__(self, idle_w=0.0, full_w=0.0):
        NativeDevice.__init__(self)
        idle_w, full_w = float(idle_w), float(full_w)
        self._settings = f"estimate.watts={idle_w!r}:{full_w!r}" if idle_w or full_w else None

    @classmethod
    def _domain(cls, name):
        return EstimatedCpuDomain() if name == "estimated_cpu" else super()._domain(name)

    @staticmethod
    def available_domains():
        """The estimate, as a list of one. NoSuchDeviceError where there is not even that."""
        return EstimateDevice._available()
