# SPDX-License-Identifier: MIT
"""Comparing repeated runs, as `joules compare` does."""

from typing import NamedTuple

from . import _core

__all__ = ["Comparison", "median_limits", "paired", "shift"]


class Comparison(NamedTuple):
    """By how much the values b lie above the values a."""

    count: int
    estimate: float
    low: float
    high: float
    p: float


def _call(function, *arguments):
    try:
        return function(*arguments)
    except _core.Error as error:
        raise ValueError(error.args[1]) from None


def paired(a, b, level=0.95):
    """Values taken in pairs, b[i] beside a[i]: the signed-rank test of b[i] - a[i], with its estimate and interval.

    For ratios give logarithms. Pairs with a value that was not measured (nan) are left out.
    """
    return Comparison(*_call(_core.paired, a, b, level))


def shift(a, b, level=0.95):
    """Two lists that were not taken in pairs: the rank-sum test, and the interval of the shift from a to b."""
    return Comparison(*_call(_core.shift, a, b, level))


def median_limits(values, level=0.95):
    """(low, high): the median of what the values were drawn from lies outside either with a probability of at most 1 - level."""
    return _call(_core.median_limits, values, level)
