# SPDX-License-Identifier: MIT
"""What a measured call and a measured block share, and the measurements of the calls of a decorated function."""

import functools
from _thread import allocate_lock

from ._recorder import Plan
from ._warn import tell
from .energy_trace import EnergyTrace
from .handler import EnergyHandler


def synchronize(owner):
    """Calls owner.sync. The first failure is a warning, and the reading goes on."""
    try:
        owner.sync()
    except Exception as error:
        if not owner._told:
            owner._told = True
            tell(f"sync failed, and the readings are made without it: {error!r}")


def deliver(handler, end, on_its_way):
    """Hands over the trace that end() gives. While an exception of the user's is on its way, a failure is a warning, and never raised."""
    if not on_its_way:
        handler.process(end())
        return
    try:
        handler.process(end())
    except Exception as error:
        tell(f"the handler failed, and an exception was already on its way: {error!r}")


class Measurements:
    """The measurements of one decorated function: each call has its own."""

    _told = False

    def __init__(self, handler, create_devices, sync, settle):
        self.handler = handler
        self.create_devices = create_devices
        self.sync = sync
        self.settle = settle
        self._rest()

    def __getstate__(self):
        own = {name: getattr(self, name) for name in ("handler", "create_devices", "sync", "settle")}
        return {**own, "handler": for_copy(self.handler)}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._rest()

    def _rest(self):
        self.lock = allocate_lock()
        self.plan = None
        self.idle = []  # recorders at rest

    def prepare(self):
        with self.lock:
            if self.plan is None:
                self.plan = Plan(self.create_devices())
            elif not self.plan.reads_rightly():
                self.plan = Plan(self.plan.devices)
        return self.plan

    def begin(self, tag):
        plan = self.plan
        if plan is None or not plan.reads_rightly():
            plan = self.prepare()
        try:
            recorder = self.idle.pop()
        except IndexError:
            recorder = None
        if recorder is None or recorder.layout is not plan.layout:
            recorder = plan.recorder(self.settle)
        if self.sync is not None:
            synchronize(self)
        recorder.start(tag)
        return recorder

    def finish(self, recorder):
        if self.sync is not None:
            synchronize(self)
        trace = EnergyTrace._from_measured(recorder.finish())
        self.idle.append(recorder)
        return trace

    def end(self, recorder):
        self.handler.process(self.finish(recorder))

    def fail(self, recorder):
        """As end(), while an exception is on its way."""
        deliver(self.handler, functools.partial(self.finish, recorder), True)


def for_copy(handler):
    """The handler for a copy of who uses it: without the traces that wait in it, which would be saved twice."""
    return handler._without_traces() if isinstance(handler, EnergyHandler) else handler
