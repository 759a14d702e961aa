# SPDX-License-Identifier: MIT
"""The devices that libjoules reads, and their domains. The documented classes give some of them their names; the rules are libjoules'."""

import operator
import os
import re
import weakref
from _thread import _local

from .. import _core
from .._derived import derived
from .._warn import warn
from ..exception import DomainPermissionError, NoSuchDeviceError, NoSuchDomainError, PyJoulesException
from .device import Device
from .domain import Domain

# ---- what libjoules says ----------------------------------------------------------------------------------------------------------

_EXCEPTIONS = {_core.NO_DOMAIN: NoSuchDomainError, _core.NO_PERMISSION: DomainPermissionError}


def exception_of(error, domain=None):
    """The documented exception in place of a status of libjoules."""
    status, message = error.args
    kind = _EXCEPTIONS.get(status)
    return NoSuchDeviceError(message) if kind is None else kind(domain, message)


_NAN = float("nan")
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
        raise exception_of(error) from None


def find_device(name):
    """What libjoules says of a device: a dict with its domains. NoSuchDeviceError if this build has none of that name."""
    for device in list_devices():
        if device["device"] == name:
            return device
    raise NoSuchDeviceError(f"this build has no {name.upper() if name == 'nvidia' else name} device")


def because(found):
    """Reason and cure of something that is not available, as one text: "reason; cure: command"."""
    cure = ": ".join(filter(None, (found["cure"], found["command"])))
    return "; ".join(filter(None, (found["reason"], cure)))


# ---- open meters ------------------------------------------------------------------------------------------------------------------

#: so that a program with many decorated functions holds each counter's file once
_meters = weakref.WeakValueDictionary()


def _key(names, settings):
    return (names, settings, os.environ.get("JOULES_SYSROOT"), os.environ.get("JOULES_NVML_LIB"))


def open_meter(names, settings=None):
    """An open meter of these domains. Meters of the same domains are one and the same."""
    key = _key(names, settings)
    meter = _meters.get(key)
    if meter is None:
        try:
            meter = _core.Meter(",".join(names), 0, settings)
        except _core.Error as error:
            raise exception_of(error, names[0] if len(names) == 1 else None) from None
        _meters[key] = meter
    return meter


#: what get_energy() reads: of each domain that this process was asked for once, an open meter and its places there. So all values have one origin
_counters = {}


def _counters_of(device, names):
    """(meter, places) of each of these domains. Those that are new are opened together."""
    keys = [_key((name,), device._settings) for name in names]
    new = [(key, name) for key, name in zip(keys, names, strict=True) if key not in _counters]
    if new:
        meter = open_meter(tuple(name for _, name in new), device._settings)
        found = meter.domains
        for key, name in new:
            places = tuple(i for i, one in enumerate(found) if device._is(name, one))
            same = _key(
                tuple(found[i]["name"] for i in places), device._settings
            )  # a GPU's UUID is another name of its counter
            _counters[key] = _counters.setdefault(same, (meter, places))
    return [_counters[key] for key in keys]


def selection(devices):
    """The names that open these devices' domains; with a ? those that nobody chose to leave out: their totals lack them."""
    names = tuple(dict.fromkeys(name for device in devices for name in device._present()))
    missing = dict.fromkeys(name for device in devices for name in device._missing if name not in names)
    return names + tuple(f"{name}?" for name in missing) if names else ()


def default_devices():
    """Configured devices with all that the documented API measures where nothing is named. NoSuchDeviceError where there is nothing."""
    try:
        meter = _core.Meter("python")
    except _core.Error as error:
        raise exception_of(error) from None
    names = {}
    for one in meter.domains:
        names.setdefault(one["device"], {})[one["group"] or one["name"]] = None
    devices = [device_type(device)._of(own) for device, own in names.items()]
    for one in meter.missing:
        owner = next((device for device in devices if device._name == one["device"]), devices[0])
        owner._missing += (one["name"],)
    _meters[_key(selection(devices), None)] = meter
    for device in devices:
        device._found = meter
    return devices


# ---- where there is nothing to measure ----------------------------------------------------------------------------------------------


def goes_on(on_nothing):
    """Whether the program goes on where there is nothing to measure: `on_nothing`, else $JOULES_ON_NOTHING."""
    if on_nothing is None:
        on_nothing = os.environ.get("JOULES_ON_NOTHING") or "raise"
    if on_nothing not in ("raise", "warn"):
        raise ValueError(f"on_nothing (or JOULES_ON_NOTHING) is 'raise' or 'warn', not {on_nothing!r}")
    return on_nothing == "warn"


def warn_absent(error):
    warn(f"not measured: {error}")


# ---- domains ------------------------------------------------------------------------------------------------------------------------


def whole(number):
    """The int that this number stands for, numpy's and '0' too; what is none stays as it is."""
    try:
        return int(number) if isinstance(number, str) else operator.index(number)
    except (TypeError, ValueError):
        return number


_NUMBERED = re.compile(r"(.*?)(?:_(\d+))?(?:_die_(\d+))?", re.DOTALL)


class NativeDomain(Domain):
    """A domain of a device of libjoules, both by their names there."""

    def __init__(self, name, device):
        self.name = name
        self.device = device

    @derived
    def _repr(self):
        """What `repr` gives, the name of its values; a subclass may set another."""
        return self._counter()

    def __repr__(self):
        return self._repr

    def _counter(self):
        """Its name in libjoules."""
        return self.name

    def get_device_type(self):
        return device_type(self.device)

    def _order(self):
        name, *numbers = _NUMBERED.fullmatch(repr(self)).groups()
        return (self.get_device_type().__name__, name, *(-1 if number is None else int(number) for number in numbers))


def counter_of(domain):
    """The name by which libjoules knows this domain, whatever it calls its values."""
    return domain._counter() if isinstance(domain, NativeDomain) else str(domain)


# ---- devices ------------------------------------------------------------------------------------------------------------------------

_types = {}  # the name of a device in libjoules → its class
_kinds = set()  # the id of each of these classes


def device_type(name):
    """The class of a device of libjoules: the documented one, else one that is made here."""
    if name not in _types:
        type(f"{name}_device", (NativeDevice,), {"__doc__": f"The device {name}.", "__module__": __name__}, device=name)
    return _types[name]


def __getattr__(name):  # where pickles look for those that were made here
    if name.endswith("_device"):
        return device_type(name.removesuffix("_device"))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def is_native(device):
    """Whether it is exactly of a class of libjoules' devices, and its get_energy() is the one below: nobody patched the class or assigned to
    the object. Those are read together, in C; all others by their get_energy()."""
    kind = type(device)
    return id(kind) in _kinds and kind.get_energy is _get_energy and "get_energy" not in device.__dict__


class NativeDevice(Device):
    """A device of libjoules."""

    _name = ""
    _missing = ()  # names of what exists, and could not be measured where nothing was named
    _absent = frozenset()  # configured domains that do not exist here, by leave of on_nothing
    _settings = None  # of joules_options
    _found = None  # the meter that found its domains: it stays open for who measures with this device

    def __init_subclass__(cls, device=None, **more):
        super().__init_subclass__(**more)
        if device is not None:
            cls._name = device
            _kinds.add(id(_types.setdefault(device, cls)))

    def __init__(self):
        self._configured_domains = None
        found = find_device(self._name)
        if not found["domains"]:
            raise NoSuchDeviceError(f"{self._name}: {because(found)}")
        self._available_domains = self._readable(found)

    # ---- its domains ----

    @classmethod
    def _domain(cls, name):
        """The domain of this name; documented classes give their own."""
        return NativeDomain(name, cls._name)

    @classmethod
    def _readable(cls, found):
        """The domains that can be read. What several make together (a socket of several dies) is one, and all of them must be there."""
        names = {}
        for one in found["domains"]:
            name = one["group"] or one["name"]
            names[name] = names.get(name, True) and one["available"]
        return [cls._domain(name) for name, available in names.items() if available]

    @classmethod
    def _available(cls):
        found = find_device(cls._name)
        domains = cls._readable(found)
        if domains:
            return domains
        reasons = [f"{one['name']}: {because(one)}" for one in found["domains"] if not one["available"]]
        why = because(found) or "; ".join(reasons) or "its domains are measured only if they are named"
        raise NoSuchDeviceError(f"{cls._name}: nothing can be read: {why}")

    @classmethod
    def available_domains(cls):
        """The domains that can be read. NoSuchDeviceError if there is none."""
        return cls._available()

    @staticmethod
    def _is(name, one):
        return name in (one["name"], one["group"])

    # ---- choosing ----

    def configure(self, domains=None):
        """Measures these domains from now on; all available ones if None.

        NoSuchDomainError if one does not exist here; it is a PermissionError too if it exists and may not be read.
        """
        self._configure(domains, False)

    def _configure(self, domains, go_on):
        found = find_device(self._name)
        missing = () if domains is not None else tuple(one["name"] for one in found["domains"] if not one["available"])
        domains = self.available_domains() if domains is None else list(domains)
        absent = set()
        for domain in domains:
            try:
                self._check(domain, found)
            except PyJoulesException as error:
                if not go_on:
                    raise
                warn_absent(error)
                absent.add(counter_of(domain))
        self._configured_domains, self._missing, self._absent, self._found = domains, missing, absent, None

    def _check(self, domain, found):
        """Raises why this domain cannot be measured."""
        name = counter_of(domain)
        mine = [one for one in found["domains"] if self._is(name, one)]
        if mine and all(one["available"] for one in mine):
            return
        try:
            opened = _core.Meter(name).domains  # the list wakes nothing; what is named is woken
        except _core.Error as error:
            raise self._exception(error, domain) from None
        if any(one["device"] != self._name for one in opened):
            raise NoSuchDomainError(domain, f"{name} is not a domain of the device {self._name}")

    def _exception(self, error, domain):
        return exception_of(error, domain)

    @classmethod
    def _of(cls, names):
        """A device that measures these."""
        device = cls()
        device._configured_domains = [cls._domain(name) for name in names]
        return device

    def _without_vanished(self):
        """Another that measures those of its domains that are here; of the others, one warning."""
        try:
            device, missing = type(self).__new__(type(self)), self._missing
            device.__dict__.update(self.__getstate__())
            device._configure(self.get_configured_domains(), True)
            device._missing = missing
            return device
        except NoSuchDeviceError as error:
            warn_absent(error)
            return self._without(self.get_configured_domains())

    @classmethod
    def _without(cls, domains):
        """A device of a machine that has none: its values are not measured."""
        device = cls.__new__(cls)
        device._configured_domains = list(domains)
        device._absent = set(map(counter_of, domains))
        return device

    # ---- reading ----

    def _columns(self, found):
        """(name, indices in `found`, the domains of the open meter) of each configured domain."""
        for domain in self.get_configured_domains():
            name = counter_of(domain)
            mine = [] if name in self._absent else [i for i, one in enumerate(found) if self._is(name, one)]
            yield str(domain), tuple(mine)

    def _present(self):
        return tuple(name for name in map(counter_of, self.get_configured_domains()) if name not in self._absent)

    def get_energy(self):
        """µJ of each configured domain, in the order of configure(), since the counter's own zero, whichever device asks; wraps after this
        process's first look are undone. Where there is no counter, 0 is at that look. nan: could not be read."""
        counters = dict(zip(self._present(), _counters_of(self, self._present()), strict=True))
        values = {meter: meter.energies() for meter in {meter for meter, _ in counters.values()}}
        return [self._sum(values, counters.get(counter_of(domain))) for domain in self.get_configured_domains()]

    @staticmethod
    def _sum(values, counter):
        if counter is None:
            return _NAN
        meter, places = counter
        return sum(values[meter][place] for place in places)

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_found"}


_get_energy = NativeDevice.get_energy


def without_vanished(device):
    """The device, or one that goes on without those of its domains that are not here any more."""
    return device._without_vanished() if is_native(device) else device
