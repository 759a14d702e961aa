# SPDX-License-Identifier: MIT
"""Samples as text on the standard output."""

from functools import reduce  # noqa: F401
from operator import add  # noqa: F401

from .._plain import plain
from ..energy_trace import EnergyTrace  # noqa: F401
from .handler import EnergyHandler


class PrintHandler(EnergyHandler):
    """Prints one line for each sample, by Python's print, to whatever sys.stdout is at that moment."""

    def process(self, trace):
        """Prints the samples of the trace."""
        self._tell_precision(trace, "n/a")
        for sample in trace:
            line = f"begin timestamp : {sample.timestamp}; tag : {plain(sample.tag)}; duration : {sample.duration}"
            for domain, value in sample.energy.items():
                line += f"; {plain(domain)} : {value if value == value else 'n/a'}"
            print(line)
