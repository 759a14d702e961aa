# SPDX-License-Identifier: MIT
"""joules.statistics: what C says (tests/unit/test_comparison.c holds it against scipy)."""

import math

import pytest

from joules.statistics import Comparison, median_limits, paired, shift


def test_pairs():
    found = paired([1, 2, 3, 4, 5, 6], [1.5, 2.6, 3.7, 4.8, 5.9, 7.0])
    assert isinstance(found, Comparison) and found.count == 6
    assert found.p == 2 / 2**6
    assert (found.low, found.high) == (pytest.approx(0.5), pytest.approx(1.0)) and found.estimate == pytest.approx(0.75)
    assert math.isnan(paired([1, 2], [2, 3]).low)
    assert paired([1, 2], [2, 4], level=0.5).low == pytest.approx(1.0)
    assert paired((x for x in (1, 2, math.nan)), [1, 2, 3]).count == 2


def test_lists():
    found = shift([1, 2, 3, 4], [11, 12, 13, 14, 15])
    assert (found.count, found.estimate, found.p) == (9, pytest.approx(10.5), pytest.approx(2 / 126))
    assert found.low > 0


def test_limits_of_a_median():
    assert median_limits([3, 1, 5, 2, 4]) == (1, 5)
    assert all(math.isnan(limit) for limit in median_limits([1, 2, 3, 4]))


def test_bad_arguments():
    with pytest.raises(ValueError, match="the same length, not 1 and 2"):
        paired([1], [1, 2])
    with pytest.raises(ValueError, match="level"):
        shift([1], [2], level=95)
    with pytest.raises(TypeError):
        median_limits(["a"])
