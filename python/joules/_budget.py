# SPDX-License-Identifier: MIT
"""@pytest.mark.joules(max="5 J"): how much a test may use."""

import math
import re

from ._amount import amount

_UNITS = {"J": 1.0, "kJ": 1e3, "mJ": 1e-3, "µJ": 1e-6, "μJ": 1e-6, "uJ": 1e-6}  # both of Unicode's letters for micro
_AMOUNT = re.compile(r"\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*([a-zA-Zµμ]+)\s*")


def parse(text):
    """Joules of "5 J", "300 mJ" or a number of joules. ValueError for anything else."""
    found = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    try:
        joules = float(found[1]) * _UNITS[found[2]] if found else float("nan" if isinstance(text, str) else text)
    except (KeyError, TypeError, ValueError):
        joules = math.nan
    if not 0 <= joules < math.inf:
        raise ValueError(f'{text!r} is not an energy; write "5 J", "300 mJ" or a number of joules')
    return joules


def of(item):
    """The budget of a test in joules, None if it has none."""
    mark = item.get_closest_marker("joules")
    if mark is None:
        return None
    if mark.args or set(mark.kwargs) != {"max"}:
        raise ValueError('the marker takes one argument: @pytest.mark.joules(max="5 J")')
    return parse(mark.kwargs["max"])


def why_not_judged(total, workers):
    """Why a budget says nothing of this total, None if it can be judged."""
    if workers > 1:
        return "tests ran side by side, so each figure includes what the others used"
    if total["joules"] is None:
        return "nothing was measured"
    if total["source"] == "estimated":
        return "the figures are estimates, not measured: this machine has no counter that can be read (joules doctor)"
    return None


def exceeded(total, budget):
    """What to say if the machine used more for certain, else None."""
    if total["low"] is None or total["low"] <= budget:
        return None
    return f"the machine used at least {amount(total['low'])} while this test ran, and its budget is {amount(budget)}"
