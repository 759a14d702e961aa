# SPDX-License-Identifier: MIT
"""Intel's and AMD's own counters: CPU packages, cores, integrated GPU, memory, the whole platform."""

import os  # noqa: F401
import re

from . import Device, Domain, NotConfiguredDeviceException  # noqa: F401
from ..exception import NoSuchDeviceError
from ._native import NativeDevice, because, find_device
from .domain import number_order

#: without effect: $JOULES_SYSROOT says where `sys` and `proc` are
RAPL_API_DIR = "/sys/class/powercap/intel-rapl"


def __getattr__(name):
    if name == "List":
        import typing

        return typing.List
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class RaplDomain(Domain):
    """A domain of one socket; with `die`, of one die of a socket that has several."""

    die = None

    def __init__(self, socket, die=None):
        self.socket = socket
        self.die = die

    def get_device_type(self):
        return RaplDevice

    def get_domain_name(self):
        """The name without the socket."""
        raise NotImplementedError()

    def __repr__(self):
        return f"{self.get_domain_name()}_{self.socket}" + (f"_die_{self.die}" if self.die is not None else "")

    def _order(self):
        return ("RaplDevice", self.get_domain_name(), number_order(self.socket), -1 if self.die is None else self.die)


class RaplCoreDomain(RaplDomain):
    """All cores of a socket."""

    def get_domain_name(self):
        return "core"


class RaplUncoreDomain(RaplDomain):
    """The integrated GPU."""

    def get_domain_name(self):
        return "uncore"


class RaplDramDomain(RaplDomain):
    """The memory of a socket."""

    def get_domain_name(self):
        return "dram"


class RaplPackageDomain(RaplDomain):
    """A whole socket."""

    def get_domain_name(self):
        return "package"


class RaplPsysDomain(RaplDomain):
    """The whole platform, as the processor sees it."""

    def __init__(self, socket=0):
        RaplDomain.__init__(self, socket)

    def get_domain_name(self):
        return "psys"

    def __repr__(self):
        return "psys" if self.socket == 0 else f"psys_{self.socket}"


_KINDS = {"package": RaplPackageDomain, "dram": RaplDramDomain, "core": RaplCoreDomain, "uncore": RaplUncoreDomain}
_NAME = re.compile(r"(package|dram|core|uncore)_(\d+)(?:_die_(\d+))?$")


def _readable(found, kind):
    """One domain for each socket of which this kind can be read; a socket with several dies has one, their sum."""
    sockets = {}
    for one in found["domains"]:
        name = _NAME.match(one["name"])
        if name and name[1] == kind:
            sockets.setdefault(int(name[2]), []).append(one["available"])
    return [_KINDS[kind](socket) for socket, available in sorted(sockets.items()) if all(available)]


def _available(*kinds):
    found = find_device("rapl")
    domains = [domain for kind in kinds for domain in _readable(found, kind)]
    return domains, found


def available_psys_domains():
    """The platform's own counters that can be read."""
    names = [one["name"] for one in find_device("rapl")["domains"] if one["available"]]
    return [RaplPsysDomain(int(name[5:] or 0)) for name in names if re.match(r"psys(_\d+)?$", name)]


class RaplDevice(NativeDevice):
    """The RAPL counters of this machine."""

    _name = "rapl"

    def __init__(self):
        NativeDevice.__init__(self)
        found = find_device("rapl")
        if not found["domains"]:
            raise NoSuchDeviceError(f"rapl: {because(found)}")
        self._available_domains = [domain for kind in _KINDS for domain in _readable(found, kind)]

    @staticmethod
    def available_domains():
        """The package, dram, core and uncore domains that can be read, in this order. NoSuchDeviceError if there is none."""
        domains, found = _available(*_KINDS)
        if not domains:
            reasons = [f"{one['name']}: {because(one)}" for one in found["domains"] if not one["available"]]
            raise NoSuchDeviceError(
                f"no RAPL domain can be read: {because(found) or '; '.join(reasons) or 'there are only psys domains'}"
            )
        return domains

    @staticmethod
    def available_package_domains():
        """The packages that can be read."""
        return _available("package")[0]

    @staticmethod
    def available_dram_domains():
        """The memories that can be read."""
        return _available("dram")[0]

    @staticmethod
    def available_core_domains():
        """The core domains that can be read."""
        return _available("core")[0]

    @staticmethod
    def available_uncore_domains():
        """The integrated GPUs that can be read."""
        return _available("uncore")[0]
