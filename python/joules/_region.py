# SPDX-License-Identifier: MIT
"""A measured block and how it is told to people: what the pytest plug-in and the notebook magic share."""

import math

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
# How long to wait for the counters' next change, which closes the bounds; those that are slower stay wider.
_SETTLE_SECONDS = 0.3


def amount(value, unit="J"):
    """1.234 mJ"""
    if value is None or not math.isfinite(value):
        return "n/a"
    for scale, prefix in _PREFIXES:
        if abs(value) >= scale * 0.9995:
            return f"{value / scale:.4g} {prefix}{unit}"
    return f"{value:.4g} {unit}"


def finite(value):
    return value if value is not None and math.isfinite(value) else None


class Region:
    """A block that is measured: `with Region(devices) as block:`; afterwards it has the joules, and what is certain of them."""

    def __init__(self, devices, tag=""):
        from .energy_meter import EnergyMeter

        self.tag = tag
        self.trace = None
        self._meter = EnergyMeter(devices)

    def __enter__(self):
        self._meter.start(self.tag)
        return self

    def __exit__(self, *_):
        self._meter.stop()
        self._meter.settle(_SETTLE_SECONDS)
        self.trace = self._meter.get_trace()

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
