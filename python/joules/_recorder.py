# SPDX-License-Identifier: MIT
"""How devices are read: the built-in ones together, in C; those written in Python by their own get_energy(), beside them."""

import functools
import operator
import time
from _thread import RLock

from . import _core
from ._warn import tell
from .device._native import is_native, open_meter, selection

_NAN = float("nan")


class Plan:
    """What a list of devices comes to: an open meter and its columns, and devices that are read in Python."""

    def __init__(self, devices):
        self.devices = list(devices)
        self.configured = list(map(_domains_of, self.devices))
        self.watched = list(map(_get_energy_of, self.devices))
        natives = list(filter(is_native, self.devices))
        self.others = [device for device in self.devices if not is_native(device)]
        names = selection(natives)
        settings = next((device._settings for device in natives if device._settings), None)
        self.meter = open_meter(names, settings) if names else None
        found = self.meter.domains if self.meter else ()
        columns = {}  # name → indices in the meter, or (device, value) among the others
        for device in self.devices:
            if is_native(device):
                columns.update(device._columns(found))
                continue
            number = next(i for i, other in enumerate(self.others) if other is device)
            columns.update((str(domain), [number, i]) for i, domain in enumerate(device.get_configured_domains()))
        self.python_columns = {name: place for name, place in columns.items() if isinstance(place, list)}
        self.names = tuple(columns)
        self.layout = _core.Layout(tuple((name, place) for name, place in columns.items() if isinstance(place, tuple)))

    def fits(self, devices):
        """Whether these are the same devices, and none of them was configured anew, or had its get_energy() replaced."""
        return (
            len(devices) == len(self.devices)
            and all(map(operator.is_, devices, self.devices))
            and all(map(operator.is_, map(_domains_of, devices), self.configured))
            and self.reads_rightly()
        )

    def reads_rightly(self):
        """Whether each device still has the get_energy() that it had: who reads it depends on that. Asked at each call of a decorated function."""
        for kind, of_kind, own, of_own in self.watched:
            if getattr(kind, "get_energy", None) is not of_kind or own.get("get_energy") is not of_own:
                return False
        return True

    def recorder(self, settle=0.0):
        """One more measurement on these devices. settle: the most seconds to wait at its end, so that its bounds close."""
        if self.meter is not None and not self.others:
            return _core.Recorder(self.meter, self.layout, settle)
        return MixedRecorder(self, settle)


def _domains_of(device):
    return getattr(device, "_configured_domains", None)


def _get_energy_of(device):
    """(its class, the class's get_energy, its own attributes, the get_energy among them)"""
    kind, own = type(device), getattr(device, "__dict__", {})
    return kind, getattr(kind, "get_energy", None), own, own.get("get_energy")


class Clock:
    """The part of a recorder that remains where there is nothing for C to read. The wall clock is read at start and resume only."""

    def __init__(self):
        self.running = False
        self.tag = None
        self.rows = []

    def start(self, tag):
        self.rows = []
        self.resume(tag)

    def resume(self, tag):
        now = time.monotonic_ns()
        self.offset = time.time_ns() - now
        self.tag, self.begin, self.running = tag, now, True

    def _end(self):
        now = time.monotonic_ns()
        self.rows.append(((self.begin + self.offset) * 1e-9, self.tag, (now - self.begin) * 1e-9))
        self.begin = now

    def record(self, tag):
        self._end()
        self.tag = tag

    def stop(self):
        self._end()
        self.tag, self.running = None, False

    def settle(self, seconds):
        return True

    def trace(self):
        if self.running:
            raise _core.Error(_core.NOT_STOPPED, "trace: the meter is running; stop it first")
        return self.so_far()

    def so_far(self):
        return ClockTrace(tuple(self.rows))


class _NotInC:
    """What C cannot say of a trace of which it has a part, or nothing."""

    id = None
    missing = ()

    def total(self, index):
        return None

    def sum(self, tag):
        return None

    def text(self, format, name=None):
        return None

    def doubts(self):
        return None

    def arrow(self):
        return None


class ClockTrace(_NotInC):
    """Samples that know their time only."""

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def row(self, index):
        return (*self.rows[index], {})

    def details(self, index):
        return {}

    def doubtful(self, index):
        return False


def _one_at_a_time(verb):
    """What the devices and C say of one moment belongs together, whichever thread asks."""

    @functools.wraps(verb)
    def locked(self, *arguments):
        with self.lock:
            return verb(self, *arguments)

    return locked


class MixedRecorder:
    """One measurement that reads devices written in Python, in their order, then all built-in ones."""

    def __init__(self, plan, settle):
        self.plan = plan
        self.layout = plan.layout
        self.native = Clock() if plan.meter is None else _core.Recorder(plan.meter, plan.layout, settle)
        self.samples = []  # (values at the begin, values at the end)
        self.last = ()
        self.warned = set()
        self.lock = RLock()  # a get_energy() may ask this meter something

    running = property(lambda self: self.native.running)
    tag = property(lambda self: self.native.tag)

    def _expect(self, running, verb):
        if self.running != running:
            status, words = (_core.NOT_STARTED, "not running") if running else (_core.NOT_STOPPED, "running")
            raise _core.Error(status, f"{verb}: the meter is {words}")

    def _read_device(self, number, device):
        try:
            return list(device.get_energy())
        except Exception as error:
            if number not in self.warned:
                self.warned.add(number)
                tell(f"{type(device).__name__}.get_energy() failed, so its values are not measured: {error!r}")
            return []

    def _read(self):
        return [self._read_device(number, device) for number, device in enumerate(self.plan.others)]

    @_one_at_a_time
    def start(self, tag):
        self._expect(False, "start")
        values = self._read()
        self.native.start(tag)
        self.samples, self.last = [], values

    @_one_at_a_time
    def record(self, tag):
        self._expect(True, "record")
        values = self._read()
        self.native.record(tag)
        self.samples.append((self.last, values))
        self.last = values

    @_one_at_a_time
    def resume(self, tag):
        self._expect(False, "resume")
        values = self._read()
        self.native.resume(tag)
        self.last = values

    @_one_at_a_time
    def stop(self):
        self._expect(True, "stop")
        values = self._read()
        self.native.stop()
        self.samples.append((self.last, values))

    def settle(self, seconds):
        return self.native.settle(seconds)

    def finish(self):
        self.stop()
        return self.trace()

    @_one_at_a_time
    def trace(self):
        return MixedTrace(self.native.trace(), self.plan, tuple(self.samples))

    @_one_at_a_time
    def so_far(self):
        return MixedTrace(self.native.so_far(), self.plan, tuple(self.samples))


def _difference(begin, end, place):
    device, value = place
    try:
        return end[device][value] - begin[device][value]
    except (IndexError, TypeError):
        return _NAN


class MixedTrace(_NotInC):
    """What C kept, and beside it the values of devices written in Python: as they returned them, without bounds."""

    def __init__(self, native, plan, samples):
        self.native = native
        self.missing = native.missing
        self.names = plan.names
        self.places = plan.python_columns
        self.samples = samples

    def __len__(self):
        return len(self.native)

    def _python_values(self, index):
        begin, end = self.samples[index]
        return {name: _difference(begin, end, place) for name, place in self.places.items()}

    def row(self, index):
        timestamp, tag, duration, energy = self.native.row(index)
        energy.update(self._python_values(index))
        return timestamp, tag, duration, {name: energy.get(name, _NAN) for name in self.names}

    def details(self, index):
        details = self.native.details(index)
        for name, value in self._python_values(index).items():
            flags = ("invalid",) if value != value else ()
            details[name] = (value, _NAN, _NAN, "measured", "counter", flags, None, None, _NAN)
        return {
            name: details.get(name, (_NAN, _NAN, _NAN, "measured", "counter", ("invalid",), None, None, _NAN))
            for name in self.names
        }

    def doubtful(self, index):
        return True

    def find(self, tag, start):
        return next((i for i in range(start, len(self)) if self.native.row(i)[1] == tag), None)
