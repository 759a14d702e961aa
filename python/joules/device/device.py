# SPDX-License-Identifier: MIT
"""What a device is: domains to choose from, and their energies."""

from . import Domain  # noqa: F401
from .._late import late
from ..exception import NoSuchDomainError, PyJoulesException

__getattr__ = late(
    __name__,
    "Device Domain NoSuchDomainError NotConfiguredDeviceException PyJoulesException",
    typing="List Optional",
)


class NotConfiguredDeviceException(PyJoulesException):
    """The device was not configured: call configure() first."""


class Device:
    """A device that reports energy. Subclasses give `available_domains` and `get_energy`."""

    def __init__(self):
        self._configured_domains = None
        self._available_domains = self.available_domains()

    @staticmethod
    def available_domains():
        """The domains of the device on this machine, as a list. NoSuchDeviceError if it has no such device."""
        raise NotImplementedError()

    def configure(self, domains=None):
        """Measures these domains from now on; all available ones if None. NoSuchDomainError if one is not available."""
        if domains is None:
            domains = self._available_domains
        for domain in domains:
            if domain not in self._available_domains:
                raise NoSuchDomainError(domain)
        self._configured_domains = domains

    def get_energy(self):
        """A list of floats: µJ of each configured domain since a fixed moment, in the order of configure()."""
        raise NotImplementedError()

    def get_configured_domains(self):
        """The domains that were given to configure(), in their order. NotConfiguredDeviceException if none were."""
        if self._configured_domains is None:
            raise NotConfiguredDeviceException()
        return self._configured_domains
