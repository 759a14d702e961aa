# SPDX-License-Identifier: MIT
"""Measured blocks, and what programs are told of them."""

import math

from ._amount import amount, finite
from ._recorder import Plan
from .energy_trace import EnergyTrace

#: how long the end of a block is waited for, so that its bounds close; those of slower counters stay wider
SETTLE_SECONDS = 0.005


class Regions:
    """Blocks on one meter, which may nest: `with regions("tag") as block:`."""

    def __init__(self, devices):
        self._plan = Plan(devices)
        self._idle = []  # recorders at rest

    def __call__(self, tag=""):
        return Region(self, tag)

    def begin(self, tag):
        recorder = self._idle.pop() if self._idle else self._plan.recorder(SETTLE_SECONDS)
        recorder.start(tag)
        return recorder

    def end(self, recorder):
        trace = EnergyTrace._from_measured(recorder.finish())
        self._idle.append(recorder)
        return trace


class Region:
    """A block that is measured; afterwards it has the joules, and what is certain of them."""

    def __init__(self, regions, tag):
        self.tag = tag
        self.trace = None
        self._regions = regions
        self._recorder = None

    def __enter__(self):
        self._recorder = self._regions.begin(self.tag)
        return self

    def __exit__(self, *_):
        self.trace = self._regions.end(self._recorder)

    @property
    def sample(self):
        if self.trace is None:
            raise RuntimeError("the block is still running: its energy is known after it")
        return self.trace[0]

    joules = property(lambda self: self.sample.total * 1e-6)
    low = property(lambda self: self.sample.total.low * 1e-6)
    high = property(lambda self: self.sample.total.high * 1e-6)
    seconds = property(lambda self: self.sample.duration)
    watts = property(lambda self: self.joules / self.seconds if self.seconds else math.nan)

    def __repr__(self):
        return f"<{self.tag or 'block'}: {'running' if self.trace is None else amount(self.joules)}>"


def in_joules(energy):
    return finite(energy * 1e-6)


def report(sample):
    """A sample for programs: joules, watts, seconds, as `joules run --json` names them."""
    total = sample.total
    uncertainty, source, method, flags = sample.uncertainty, sample.source, sample.method, sample.flags
    return {
        "begin": sample.timestamp,
        "duration_s": sample.duration,
        "domains": [
            {
                "domain": domain,
                "source": source[domain],
                "method": method[domain],
                "joules": in_joules(energy),
                "low": in_joules(uncertainty[domain][0]),
                "high": in_joules(uncertainty[domain][1]),
                "watts": finite(sample.power[domain]),
                "flags": list(flags[domain]),
            }
            for domain, energy in sample.energy.items()
        ],
        "total": {
            "joules": in_joules(total),
            "low": in_joules(total.low),
            "high": in_joules(total.high),
            "source": total.source,
            "missing": list(total.missing),
        },
    }
