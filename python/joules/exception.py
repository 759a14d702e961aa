# SPDX-License-Identifier: MIT
"""The exceptions and warnings of the package. All exceptions derive from PyJoulesException."""

import errno

# What `from … import *` gives: the names of pyJoules 0.5.1, and ours.
__all__ = [
    "DomainPermissionError",
    "EnergyPrecisionWarning",
    "NoSuchDeviceError",
    "NoSuchDomainError",
    "PyJoulesException",
    "SampleNotFoundError",
]


class PyJoulesException(Exception):
    """The parent of all exceptions of this package. Raised without a text of its own, it says what its class stands for."""

    def __str__(self):
        return Exception.__str__(self) or " ".join((type(self).__doc__ or type(self).__name__).split("\n\n")[0].split())


class NoSuchDomainError(PyJoulesException):
    """The domain cannot be measured on this machine.

    `domain_name` is the domain as it was given.
    """

    def __init__(self, domain_name, message=None):
        PyJoulesException.__init__(self, domain_name, message)
        #: the domain that is not available on this device
        self.domain_name = domain_name

    def __str__(self):
        return self.args[1] or f"the domain {self.domain_name} does not exist on this machine"


class DomainPermissionError(NoSuchDomainError, PermissionError):
    """The domain exists, and this process may not read it."""

    def __init__(self, domain_name, message=None):
        NoSuchDomainError.__init__(self, domain_name, message)
        self.errno = errno.EACCES
        self.strerror = str(self)


class NoSuchDeviceError(PyJoulesException):
    """The device does not exist on this machine."""


class EnergyPrecisionWarning(UserWarning):
    """A value was written that is an estimate, shorter than the counter can resolve, or not measured."""


class SampleNotFoundError(PyJoulesException, KeyError):
    """No sample of the trace has this tag."""
