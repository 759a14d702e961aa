# SPDX-License-Identifier: MIT
"""The energy of a whole sample: each joule once. What counts, and what is missing, libjoules says."""

from . import _core

_NAN = float("nan")


class Energy(float):
    """An energy in µJ, with what is certain of it: it lies between `low` and `high` (µJ; nan: not known).

    source: "measured" or "estimated"        missing: names of the domains that it lacks
    """

    def __new__(cls, value, low=_NAN, high=_NAN, source="measured", missing=()):
        self = float.__new__(cls, value)
        self.low = low
        self.high = high
        self.source = source
        self.missing = tuple(missing)
        return self

    def __getnewargs__(self):
        return (float(self), self.low, self.high, self.source, self.missing)

    def __repr__(self):
        words = f"{float(self)!r} µJ, {self.low!r} … {self.high!r}, {self.source}"
        return f"Energy({words}{', without ' + ', '.join(self.missing) if self.missing else ''})"


def total_of(sample):
    """The total of what a sample now holds."""
    rows = []
    for domain, value in sample.energy.items():
        _, low, high, source, _, flags, parent = sample._detail(domain)[:7]
        rows.append((str(domain), value, low, high, source == "estimated", "partial" in flags, parent))
    return Energy(*_core.total(rows, sample._missing))


def add(totals):
    """What several samples used together. A measured and an estimated total are never added."""
    same = [total for total in totals if total.source == "measured"] or totals
    missing = tuple(dict.fromkeys(name for total in same for name in total.missing))
    seen = [total for total in same if total == total]
    if not seen:
        return Energy(_NAN, _NAN, _NAN, same[0].source, missing)
    high = _NAN if missing else sum(total.high for total in seen)
    return Energy(sum(seen), sum(total.low for total in seen), high, same[0].source, missing)
