# SPDX-License-Identifier: MIT
"""Samples as text on the standard output."""

import re
from functools import reduce  # noqa: F401
from operator import add  # noqa: F401

from ..energy_trace import EnergyTrace  # noqa: F401
from .handler import EnergyHandler

_control = re.compile("[\0-\x1f\x7f]")


class PrintHandler(EnergyHandler):
    """Prints one line for each sample, by Python's print, to whatever sys.stdout is at that moment."""

    def process(self, trace):
        """Prints the samples of the trace."""
        self._tell_precision(trace, "n/a")
        for sample in trace:
            tag = _control.sub(lambda found: f"\\x{ord(found[0]):02x}", str(sample.tag))
            line = f"begin timestamp : {sample.timestamp}; tag : {tag}; duration : {sample.duration}"
            for domain, value in sample.energy.items():
                line += f"; {domain} : {value if value == value else 'n/a'}"
            print(line)
