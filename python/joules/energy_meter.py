# SPDX-License-Identifier: MIT
"""Measuring: the decorator, the context manager, and the meter below both."""

import functools
import operator  # noqa: F401
import time
from _thread import allocate_lock
from functools import reduce  # noqa: F401

from . import _core
from ._calls import Measurements, deliver, for_copy, synchronize
from ._late import late
from ._recorder import Plan
from ._warn import warn
from ._wrappers import wrapper_of
from .device import Device, DeviceFactory, Domain  # noqa: F401
from .device._native import without_vanished
from .energy_trace import Bounds, EnergySample, EnergyTrace  # noqa: F401
from .exception import PyJoulesException, SampleNotFoundError  # noqa: F401
from .handler import EnergyHandler, PrintHandler  # noqa: F401

__getattr__ = late(
    __name__,
    "Device DeviceFactory Domain EnergyContext EnergyHandler EnergyMeter EnergyMeterNotStartedError "
    "EnergyMeterNotStoppedError EnergySample EnergyState EnergyTrace functools measure_energy NoNextStateException operator "
    "PrintHandler PyJoulesException reduce SampleNotFoundError StateIsNotFinalError time",
    typing="Dict List Optional",
)


class NoNextStateException(PyJoulesException):
    """The last state of a trace has no next one, so no duration and no energy."""


class StateIsNotFinalError(PyJoulesException):
    """A state can have only one next state, and this one has one already."""


class EnergyMeterNotStartedError(PyJoulesException):
    """The energy meter is not started: call start() or resume() first."""


class EnergyMeterNotStoppedError(PyJoulesException):
    """The energy meter is running: call stop() first."""


_UNTIL_SETTLED = 1e9  # longer than any counter is waited for


def seconds_to_settle(settle):
    """The most seconds to wait at an end, of what a user says: True, False, or a number of them. ValueError for anything else."""
    if isinstance(settle, bool):
        return _UNTIL_SETTLED if settle else 0.0
    seconds = float(settle)
    if not seconds >= 0:
        raise ValueError(f"settle is True, False or the most seconds to wait, not {settle!r}")
    return seconds


class _Idle(dict):
    """Energy that the idle machine uses in exactly `duration`, {domain: µJ}, with its bounds."""

    def __init__(self, sample, duration):
        factor = duration / sample.duration if sample.duration else 1.0
        super().__init__((domain, value * factor) for domain, value in sample.energy.items())
        self.uncertainty = {
            domain: Bounds(low * factor, high * factor) for domain, (low, high) in sample.uncertainty.items()
        }
        self.flags = sample.flags
        self.reason = sample.reason


_preparing = allocate_lock()


def _documented(error):
    """The exception of this package in place of a status of libjoules."""
    status, message = error.args
    kind = {_core.NOT_STARTED: EnergyMeterNotStartedError, _core.NOT_STOPPED: EnergyMeterNotStoppedError}.get(status)
    return PyJoulesException(message) if kind is None else kind()


class EnergyMeter:
    """Measures the energy of devices while a program runs.

    devices: configured devices      default_tag: the tag of samples without one
    sync: a function to call before every reading (torch.cuda.synchronize). Its time belongs to the sample that it ends or begins
    settle: True makes the bounds narrow. At the beginning of each sample a thread reads on, while your code runs, until each counter
    has moved. stop() waits for one more move of each: about 1 ms with RAPL, 0.1 s with a GPU, 2 s with a counter that stands still.
    This wait is in no sample. A number limits the wait to so many seconds.

    interrupted: the samples of a trace that a start() on the running meter cut off

    You can pickle and copy a meter. The copy has the trace so far, and measures by itself. The copy of a running meter runs too; its
    current sample begins when the copy is made.
    """

    _recorder = None
    _before = None  # what was measured before this meter was copied: its trace goes on from there
    _told = False  # that sync fails

    def __init__(self, devices, default_tag="", *, sync=None, settle=False):
        self.devices = devices
        self.default_tag = default_tag
        self.sync = sync
        self._settle = seconds_to_settle(settle)
        #: the samples that a start() on the running meter cut off
        self.interrupted = EnergyTrace([])

    def _prepare(self):
        with _preparing:
            if self._recorder is None or not self._plan.fits(self.devices):
                self._plan = plan = Plan(self.devices)
                self._recorder = plan.recorder(self._settle)
            return self._recorder

    def _act(self, verb, *arguments):
        """Other threads may use this meter too: what it was when somebody looked is not what it must be now."""
        if self.sync is not None:
            synchronize(self)
        try:
            return verb(*arguments)
        except _core.Error as error:
            failure = _documented(error)
        raise failure

    def start(self, tag=None):
        """Begins a new trace, whose first sample has this tag (None: the default tag; it may be any object).

        On a running meter: with a RuntimeWarning, and what was measured stays in `interrupted`. NoSuchDomainError, which can be a
        PermissionError too, if a counter cannot be opened.
        """
        recorder = self._recorder
        if recorder is not None and recorder.running:
            self.stop()
            self.interrupted += self.get_trace()
            warn("start() on a running energy meter: its samples so far are in meter.interrupted")
        if recorder is None or not self._plan.fits(self.devices):
            recorder = self._prepare()
        self._act(recorder.start, self.default_tag if tag is None else tag)
        self._before = None

    def record(self, tag=None):
        """Ends the running sample and begins the next, with this tag. EnergyMeterNotStartedError if the meter does not run."""
        recorder = self._recorder
        if self.sync is not None and recorder is not None and recorder.running:
            synchronize(self)
        try:
            recorder.record(self.default_tag if tag is None else tag)
        except (AttributeError, _core.Error) as error:
            if recorder is not None and not isinstance(error, _core.Error):
                raise
            failure = EnergyMeterNotStartedError() if recorder is None else _documented(error)
        else:
            return
        raise failure

    def resume(self, tag=None):
        """Continues the stopped trace, or begins one if there is none. The time in between is in no sample.

        EnergyMeterNotStoppedError if the meter runs.
        """
        recorder = self._recorder
        if recorder is None:
            recorder = self._prepare()
        if recorder.running:
            raise EnergyMeterNotStoppedError()
        self._act(recorder.resume, self.default_tag if tag is None else tag)

    def stop(self):
        """Ends the trace. On a stopped meter it does nothing. EnergyMeterNotStartedError if the meter was never started."""
        recorder = self._recorder
        if recorder is None and self._before is None:
            raise EnergyMeterNotStartedError()
        if recorder is None or not recorder.running:
            return
        try:
            self._act(recorder.stop)
        except EnergyMeterNotStartedError:  # another thread has stopped it meanwhile
            pass

    def settle(self, seconds=None):
        """Waits until each counter has moved since the latest start, record, resume or stop. Then the bounds of that reading are narrow.

        With RAPL this takes about a millisecond. It waits for at most `seconds` (None: as long as is useful for each counter), and
        returns True if each counter has moved. The time belongs to the current sample, or to no sample after stop().
        EnergyMeterNotStartedError if the meter was never started.
        """
        recorder = self._recorder
        if recorder is None:
            if self._before is None:
                raise EnergyMeterNotStartedError()
            return True
        try:
            return recorder.settle(_UNTIL_SETTLED if seconds is None else seconds)
        except _core.Error as error:
            failure = _documented(error)
        raise failure

    def get_trace(self):
        """The last trace measured, a new EnergyTrace each time; an empty one if the meter was never started.

        EnergyMeterNotStoppedError if the meter runs.
        """
        recorder = self._recorder
        if recorder is None:
            return self._with_before(EnergyTrace([]))
        try:
            return self._with_before(EnergyTrace._from_measured(recorder.trace()))
        except _core.Error as error:
            failure = _documented(error)
        raise failure

    def _with_before(self, trace):
        return trace if self._before is None else self._before._copy() + trace

    # ---- copies ----

    def _so_far(self):
        """What is finished, also while it runs."""
        if self._recorder is None:
            return self._with_before(EnergyTrace([]))
        return self._with_before(EnergyTrace._from_measured(self._recorder.so_far()))

    def __getstate__(self):
        state = {name: value for name, value in self.__dict__.items() if name not in ("_plan", "_recorder")}
        recorder = self._recorder
        if recorder is not None:
            state["_before"] = self._so_far()
            if recorder.running:
                state["_open_tag"] = recorder.tag
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        if "_open_tag" in state:
            self._go_on(self.__dict__.pop("_open_tag"))

    def _go_on(self, tag):
        """A running meter was copied. What is not here any more is not measured, as if it had vanished while the meter ran."""
        try:
            self.resume(tag)
        except PyJoulesException:
            self.devices = [without_vanished(device) for device in self.devices]
            self.resume(tag)

    def gen_idle(self, trace):
        """Measures what the idle machine uses: for each sample of the trace it waits as long as that sample lasted.
        The result is scaled to exactly that duration.

        A list of dicts {domain: µJ}, for trace.remove_idle(). The meter's own trace stays. It takes as long as the trace: the sum of the
        durations, in seconds.
        """
        recorder = (
            self._plan if self._recorder is not None and self._plan.fits(self.devices) else Plan(self.devices)
        ).recorder()
        durations = [sample.duration for sample in trace]
        for number, duration in enumerate(durations):
            end = time.monotonic() + duration
            (recorder.record if number else recorder.start)("")
            recorder.settle(duration / 2)
            time.sleep(max(0.0, end - time.monotonic()))
        if durations:
            recorder.stop()
            recorder.settle(_UNTIL_SETTLED)
        measured = EnergyTrace._from_measured(recorder.trace())
        return [_Idle(sample, duration) for sample, duration in zip(measured, durations)]

    # ---- names of 0.5.1 that programs use ----

    def _is_meter_started(self):
        return self._recorder is not None or self._before is not None

    def _is_meter_stoped(self):
        return self._is_meter_started() and not (self._recorder is not None and self._recorder.running)

    def _get_domain_list(self):
        return [domain for device in self.devices for domain in device.get_configured_domains()]

    def _measure_new_state(self, tag):
        values = [device.get_energy() for device in self.devices]
        return EnergyState(time.time(), self.default_tag if tag is None else tag, values)

    def _generate_trace(self):
        return self.get_trace()

    @property
    def _first_state(self):
        """When and with what tag the trace began; None if it never did. Its values are the trace's to tell."""
        samples = self._so_far()
        if len(samples):
            return EnergyState(samples[0].timestamp, samples[0].tag, [])
        return self._last_state

    @property
    def _last_state(self):
        if not self._is_meter_started():
            return None
        samples = self._so_far()
        end = samples[-1].timestamp + samples[-1].duration if len(samples) else float("nan")
        return EnergyState(end, "__stop__" if self._is_meter_stoped() else self._recorder.tag, [])


class EnergyState:
    """One reading of devices. Kept for programs that use it; the meter does not.

    timestamp: seconds since the epoch        tag: of the sample that begins here
    values: a list of each device's get_energy(), µJ        next_state: the one that follows, None for the last
    """

    def __init__(self, timestamp, tag, values):
        self.timestamp = timestamp
        self.tag = tag
        self.values = values
        self.next_state = None

    def is_last(self):
        """Whether no state follows."""
        return self.next_state is None

    def compute_duration(self):
        """Seconds to the next state. NoNextStateException if there is none."""
        if self.next_state is None:
            raise NoNextStateException()
        return self.next_state.timestamp - self.timestamp

    def compute_energy(self, domains):
        """{domain: µJ} to the next state; `domains` names the values in their order. NoNextStateException if there is none."""
        if self.next_state is None:
            raise NoNextStateException()
        pairs = zip(self.next_state.values, self.values)
        energy = [after - before for later, earlier in pairs for after, before in zip(later, earlier)]
        return {str(domain): value for domain, value in zip(domains, energy)}

    def add_next_state(self, state):
        """Says which state follows. StateIsNotFinalError if one does already."""
        if self.next_state is not None:
            raise StateIsNotFinalError()
        self.next_state = state


def _create_devices(domains, on_nothing):
    if on_nothing is None:
        return DeviceFactory.create_devices(domains)
    return DeviceFactory.create_devices(domains, on_nothing=on_nothing)


def measure_energy(func=None, handler=PrintHandler(), domains=None, *, on_nothing=None, sync=None, settle=False):
    """Measures each call of the decorated function: a trace of one sample, whose tag is the function's name, goes to the handler.

    Coroutines, generators and asynchronous generators are measured from their beginning to their end.

    handler: takes the traces; the default prints them        domains: what to measure; None: everything that can be measured
    on_nothing: "warn" to go on if there is nothing to measure        sync: a function to call before every reading
    settle: True for narrow bounds, or the most seconds to wait for them, as for EnergyMeter; each call takes that much longer

    If there is nothing to measure, the first call raises NoSuchDeviceError or NoSuchDomainError before the function runs. Each call is a
    measurement of its own, also nested calls and calls in threads.
    """

    def decorate(func):
        if isinstance(func, (staticmethod, classmethod)):
            return type(func)(decorate(func.__func__))
        tag = getattr(func, "__name__", None) or type(func).__name__
        create_devices = functools.partial(_create_devices, domains, on_nothing)
        measurements = Measurements(handler, create_devices, sync, seconds_to_settle(settle))
        return wrapper_of(func)(func, tag, measurements)

    return decorate if func is None else decorate(func)


class EnergyContext:
    """Measures a block: `with EnergyContext() as context:`, and `context.record(tag)` for breakpoints in it.

    handler: takes the trace; the default prints it        domains: what to measure; None: everything that can be measured
    start_tag: the first sample's tag           on_nothing, sync, settle: as of measure_energy
    energy_meter: the EnergyMeter that `with` gives

    NoSuchDeviceError or NoSuchDomainError if there is nothing to measure. An exception of the block comes out unchanged, and the trace goes to
    the handler all the same.
    """

    def __init__(
        self, handler=PrintHandler(), domains=None, start_tag="start", *, on_nothing=None, sync=None, settle=False
    ):
        self.handler = handler
        self.start_tag = start_tag
        self.energy_meter = EnergyMeter(_create_devices(domains, on_nothing), sync=sync, settle=settle)

    def __enter__(self):
        self.energy_meter.start(self.start_tag)
        return self.energy_meter

    def __getstate__(self):
        return {**self.__dict__, "handler": for_copy(self.handler)}

    def __exit__(self, type, value, traceback):
        deliver(self.handler, self._end, type is not None)

    def _end(self):
        self.energy_meter.stop()
        return self.energy_meter.get_trace()
