# SPDX-License-Identifier: MIT
"""Samples as text on the standard output."""

from functools import reduce
from operator import add

from .._plain import plain
from ..energy_trace import EnergyTrace
from .handler import EnergyHandler, samples_of

# What `from … import *` gives: the names of pyJoules 0.5.1, and ours.
__all__ = [
    "add",
    "EnergyHandler",
    "EnergyTrace",
    "PrintHandler",
    "reduce",
]


def _lines(samples):
    for sample in samples:
        line = f"begin timestamp : {sample.timestamp}; tag : {plain(sample.tag)}; duration : {sample.duration}"
        for domain, value in sample.energy.items():
            line += f"; {plain(domain)} : {value if value == value else 'n/a'}"
        yield line


class PrintHandler(EnergyHandler):
    """Prints one line for each sample, in µJ and seconds, by Python's print, to whatever sys.stdout is at that moment."""

    def process(self, trace):
        """Prints the samples of the trace."""
        self._tell_precision([trace], "n/a")
        text = trace._text("print") if isinstance(trace, EnergyTrace) else None
        if text is None:
            lines = _lines(samples_of(trace))
        else:
            lines = text[1].decode("utf-8", "surrogateescape").split("\n")[:-1]
        for line in lines:
            print(line)
