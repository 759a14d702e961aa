# SPDX-License-Identifier: MIT
"""Intel's and AMD's own counters: CPU packages, cores, integrated GPU, memory, the whole platform."""

import os  # noqa: F401
import re

from . import Device, Domain, NotConfiguredDeviceException  # noqa: F401
from .._late import late
from ..exception import NoSuchDeviceError  # noqa: F401
from ._native import NativeDevice, NativeDomain, counter_of, find_device, whole

#: without effect: $JOULES_SYSROOT says where `sys` and `proc` are
RAPL_API_DIR = "/sys/class/powercap/intel-rapl"

__getattr__ = late(
    __name__,
    "Device Domain NoSuchDeviceError NotConfiguredDeviceException os RAPL_API_DIR RaplCoreDomain RaplDevice RaplDomain "
    "RaplDramDomain RaplPackageDomain RaplPsysDomain RaplUncoreDomain",
    typing="List",
)


class RaplDomain(NativeDomain):
    """A domain of one socket; with `die`, of one die of a socket that has several. Both are the hardware's numbers."""

    die = None

    def __init__(self, socket, die=None):
        self.socket = whole(socket)
        self.die = whole(die)

    def get_device_type(self):
        return RaplDevice

    def get_domain_name(self):
        """The name without the socket: "package", "dram", "core", "uncore" or "psys"."""
        raise NotImplementedError()

    def _counter(self):
        return f"{self.get_domain_name()}_{self.socket}" + (f"_die_{self.die}" if self.die is not None else "")


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

    def _counter(self):
        return "psys" if self.socket == 0 else f"psys_{self.socket}"


_KINDS = {"package": RaplPackageDomain, "dram": RaplDramDomain, "core": RaplCoreDomain, "uncore": RaplUncoreDomain}
_NAME = re.compile(r"(package|dram|core|uncore|psys)(?:_(\d+))?(?:_die_(\d+))?")


class RaplDevice(NativeDevice, device="rapl"):
    """The RAPL counters of this machine."""

    @classmethod
    def _domain(cls, name):
        words = _NAME.fullmatch(name)
        if words is None or (words[2] is None) != (words[1] == "psys" and name == "psys"):
            return NativeDevice._domain.__func__(cls, name)
        if words[1] == "psys":
            return RaplPsysDomain(int(words[2] or 0))
        return _KINDS[words[1]](int(words[2]), words[3] and int(words[3]))

    @classmethod
    def _readable(cls, found):
        """The kinds that the documented API has, in its order; the platform is measured only where it is named."""
        order = list(_KINDS.values())
        domains = [domain for domain in super()._readable(found) if type(domain) in order and domain.die is None]
        return sorted(domains, key=lambda domain: (order.index(type(domain)), domain.socket))

    @classmethod
    def _of_kind(cls, kind):
        return [domain for domain in cls._readable(find_device("rapl")) if type(domain) is kind]

    def _get_domain_file_name(self, domain):
        """The file that the domain's energy is read from. ValueError if there is none."""
        name = counter_of(domain)
        for one in find_device("rapl")["domains"]:
            if self._is(name, one) and one["path"]:
                return one["path"]
        raise ValueError(f"there is no file of the domain {domain}")

    @property
    def _api_file_names(self):
        configured = self._configured_domains
        return None if configured is None else [self._get_domain_file_name(domain) for domain in configured]

    @staticmethod
    def available_domains():
        """The package, dram, core and uncore domains that can be read, as a list in this order, each by socket. NoSuchDeviceError, which names
        the file and the cure, if there is none."""
        return RaplDevice._available()

    @staticmethod
    def available_package_domains():
        """The packages that can be read, as a list by socket; an empty one if there is none."""
        return RaplDevice._of_kind(RaplPackageDomain)

    @staticmethod
    def available_dram_domains():
        """The memories that can be read, as a list by socket; an empty one if there is none."""
        return RaplDevice._of_kind(RaplDramDomain)

    @staticmethod
    def available_core_domains():
        """The core domains that can be read, as a list by socket; an empty one if there is none."""
        return RaplDevice._of_kind(RaplCoreDomain)

    @staticmethod
    def available_uncore_domains():
        """The integrated GPUs that can be read, as a list by socket; an empty one if there is none."""
        return RaplDevice._of_kind(RaplUncoreDomain)
