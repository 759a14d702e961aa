# SPDX-License-Identifier: MIT
"""What the devices that libjoules reads have in common."""

import os
import weakref
from _thread import _local

from .. import _core
from .._warn import warn
from ..exception import DomainPermissionError, NoSuchDeviceError, NoSuchDomainError, PyJoulesException
from .device import Device

#: open meters, so that a program with many decorated functions holds each counter's file once
_meters = weakref.WeakValueDictionary()


def raise_error(error, name=None):
    """The documented exception in place of a status of libjoules."""
    status, message = error.args
    if status == _core.NO_DOMAIN:
        raise NoSuchDomainError(name, message) from None
    if status == _core.NO_PERMISSION:
        raise DomainPermissionError(name, message) from None
    raise NoSuchDeviceError(message) from None


def open_meter(names, settings=None):
    """An open meter of these domains. Meters of the same domains are one and the same."""
    key = (names, settings, os.environ.get("JOULES_SYSROOT"), os.environ.get("JOULES_NVML_LIB"))
    meter = _meters.get(key)
    if meter is None:
        try:
            meter = _core.Meter(",".join(names), 0, settings)
        except _core.Error as error:
            raise_error(error, names[0] if len(names) == 1 else None)
        _meters[key] = meter
    return meter


#: reason codes of what is there, and only not for this process
_REFUSALS = ("permission", "foreign")

_now = _local()


class Snapshot:
    """`with Snapshot():` looks at the machine once for all that this thread asks inside: a GPU's driver is slow to begin."""

    def __enter__(self):
        self.outer = getattr(_now, "devices", None)
        _now.devices = self.outer or list_devices()

    def __exit__(self, *_):
        _now.devices = self.outer


def list_devices():
    """Every device that this build knows, with every domain that exists."""
    try:
        return getattr(_now, "devices", None) or _core.list()
    except _core.Error as error:
        raise_error(error)


def find_device(name):
    """What libjoules says of a device: a dict with its domains. NoSuchDeviceError if this build has none of that name."""
    for device in list_devices():
        if device["device"] == name:
            return device
    raise NoSuchDeviceError(f"this build has no {name} device")


def because(found):
    """Reason and cure of something that is not available, as one text: "reason; cure: command"."""
    cure = ": ".join(filter(None, (found["cure"], found["command"])))
    return "; ".join(filter(None, (found["reason"], cure)))


def nothing_to_measure():
    """Every device with its reason."""
    words = [f"{device['device']}: {because(device) or 'not asked for'}" for device in list_devices()]
    return f"nothing can be measured on this machine: {'; '.join(words)}"


def goes_on(on_nothing):
    """Whether the program goes on where there is nothing to measure: `on_nothing`, else $JOULES_ON_NOTHING."""
    if on_nothing is None:
        on_nothing = os.environ.get("JOULES_ON_NOTHING") or "raise"
    if on_nothing not in ("raise", "warn"):
        raise ValueError(f"on_nothing (or JOULES_ON_NOTHING) is 'raise' or 'warn', not {on_nothing!r}")
    return on_nothing == "warn"


def warn_absent(error):
    warn(f"not measured: {error}")


class NativeDevice(Device):
    """A device of libjoules. Exact instances of the built-in classes are read together, in C; subclasses by their get_energy()."""

    _name = ""
    _absent = frozenset()  # configured domains that do not exist here, by leave of on_nothing
    _settings = None  # of joules_options

    def __init__(self):
        self._configured_domains = None
        find_device(self._name)

    @staticmethod
    def _is(name, one):
        return name in (one["name"], one["group"])

    def _check(self, domain, found):
        """Raises why this domain cannot be measured."""
        name = str(domain)
        mine = [one for one in found["domains"] if self._is(name, one)]
        if not mine:
            names = ", ".join(one["name"] for one in found["domains"] if one["available"])
            raise NoSuchDomainError(domain, f"there is no domain {name} on this machine; there are: {names or 'none'}")
        for one in mine:
            if not one["available"]:
                kind = DomainPermissionError if one["reason_code"] in _REFUSALS else NoSuchDomainError
                raise kind(domain, f"{one['name']} cannot be measured: {because(one)}")

    def configure(self, domains=None):
        """Measures these domains from now on; all available ones if None.

        NoSuchDomainError if one does not exist here; it is a PermissionError too if it exists and may not be read.
        """
        self._configure(domains, False)

    def _configure(self, domains, go_on):
        domains = self.available_domains() if domains is None else list(domains)
        found = find_device(self._name)
        absent = set()
        for domain in domains:
            try:
                self._check(domain, found)
            except PyJoulesException as error:
                if not go_on:
                    raise
                warn_absent(error)
                absent.add(str(domain))
        self._configured_domains = domains
        self._absent = absent

    @classmethod
    def _without(cls, domains):
        """A device of a machine that has none: its values are not measured."""
        device = cls.__new__(cls)
        device._configured_domains = list(domains)
        device._absent = {str(domain) for domain in domains}
        return device

    def _columns(self, found):
        """(name, indices in `found`, the domains of the open meter) of each configured domain."""
        for domain in self.get_configured_domains():
            name = str(domain)
            mine = [] if name in self._absent else [i for i, one in enumerate(found) if self._is(name, one)]
            yield name, tuple(mine)

    def _present(self):
        return tuple(str(domain) for domain in self.get_configured_domains() if str(domain) not in self._absent)

    def get_energy(self):
        """µJ of each configured domain since the meter's first reading, in the order of configure(). nan: could not be read."""
        names = self._present()
        meter = self.__dict__.get("_meter")
        if meter is None or meter[0] != names:
            meter = self._meter = (names, open_meter(names, self._settings) if names else None)
        opened = meter[1]
        values = opened.energies() if opened else []
        found = opened.domains if opened else ()
        return [sum(values[i] for i in indices) if indices else float("nan") for _, indices in self._columns(found)]

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_meter"}
