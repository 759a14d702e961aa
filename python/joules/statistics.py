# SPDX-License-Identifier: MIT
"""Comparing repeated runs, as `joules compare` does."""

from typing import NamedTuple

from . import _core

__all__ = ["Comparison", "median_limits", "paired", "shift"]


class Comparison(NamedTuple):
    """By how much the values b lie above the values a.

    count: the finite pairs, or the finite values of both lists      estimate: of the difference, in the values' unit; nan: nothing to compare
    low, high: its interval at the wanted level, nan if there are too few values for one
    p: the probability of such a difference, either way, if there is none
    """

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

    A Comparison in the values' unit. For ratios give logarithms. Pairs with a value that was not measured (nan) are left out; below 6 pairs
    there is no interval of 95 %. ValueError if the lists are not of one length, or the level is not between 0 and 1.
    """
    return Comparison(*_call(_core.paired, a, b, level))


def shift(a, b, level=0.95):
    """Two lists that were not taken in pairs: the rank-sum test, and the interval of the shift from a to b.

    A Comparison in the values' unit. If the lists were taken at different times, the time alone may make them differ; paired() with values
    taken in turns says more. ValueError if the level is not between 0 and 1.
    """
    return Comparison(*_call(_core.shift, a, b, level))


def median_limits(values, level=0.95):
    """(low, high), in the values' unit: the true median is below low with a probability of at most 1 - level, and above high with the same.

    nan if there are too few values; 95 % needs 5. ValueError if the level is not between 0 and 1.
    """
    return _call(_core.median_limits, values, level)
