# SPDX-License-Identifier: MIT
"""Writes comparison_table.h: what scipy makes of values that test_comparison.c draws too. The build does not need it:

    pip install scipy==1.17.1 && python3 tests/unit/comparison_table.py > tests/unit/comparison_table.h

An interval is the set of shifts that scipy's exact test does not reject, as tests are inverted by hand: its ends are ends of steps of p.
"""

import numpy
import scipy
from scipy import stats

LEVELS = (0.95, 0.9818, 0.99)


def values(seed, count):
    """Knuth's linear generator; the same in test_comparison.c."""
    state = seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 11) * 2.0**-53


def interval(steps, p_at, level):
    """steps: sorted, where p changes; p_at: of a shift between two of them. Bisection, since p rises up to the middle and falls then."""
    middles = (steps[1:] + steps[:-1]) / 2
    half = len(middles) // 2
    first, last = 0, half
    while first < last:  # the first middle that is not rejected
        here = (first + last) // 2
        first, last = (first, here) if p_at(middles[here]) > 1 - level else (here + 1, last)
    if first == 0 and p_at(steps[0] - 1) > 1 - level:
        return "(double)NAN", "(double)NAN"
    return repr(float(steps[first])), repr(float(steps[len(steps) - 1 - first]))


def row(numbers, ends):
    braces = ", ".join("{ " + ", ".join(pair) + " }" for pair in ends)
    print("\t{ " + ", ".join(map(repr, numbers)) + ", { " + braces + " } },")


def paired(n):
    a, b = (numpy.array(list(values(seed + n, n))) for seed in (1, 1000))
    differences = b + 0.2 - a
    averages = numpy.sort([differences[i] / 2 + differences[j] / 2 for i in range(n) for j in range(i, n)])
    p = stats.wilcoxon(differences, method="exact").pvalue
    ends = (
        interval(averages, lambda shift: stats.wilcoxon(differences - shift, method="exact").pvalue, level)
        for level in LEVELS
    )
    row([n, float(p), float(numpy.median(averages))], ends)


def shift(n):
    a, b = list(values(1 + n, n)), list(values(1000 + n, n + 3))
    a, b = numpy.array(a), numpy.array(b) + 0.2
    differences = numpy.sort((b[:, None] - a[None, :]).ravel())
    p = stats.mannwhitneyu(a, b, method="exact").pvalue
    ends = (
        interval(differences, lambda by: stats.mannwhitneyu(a, b - by, method="exact").pvalue, level)
        for level in LEVELS
    )
    row([n, float(p), float(numpy.median(differences))], ends)


def median(n):
    """The largest k with P(fewer than k of n on one side) <= 1 - level."""
    below = stats.binom.cdf(numpy.arange(n + 1), n, 0.5)
    counts = (str(numpy.searchsorted(below, 1 - level, side="right")) for level in LEVELS)
    print(f"\t{{ {n}, {{ {', '.join(counts)} }} }},")


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* By scipy {scipy.__version__}: comparison_table.py. Intervals at {', '.join(map(str, LEVELS))}. */")
    print("/* clang-format off */")
    print("static const struct expected paired_table[] = {")
    for n in range(5, 41):
        paired(n)
    print("};\nstatic const struct expected shift_table[] = {")
    for n in range(3, 26):
        shift(n)
    print("};\nstatic const struct { size_t n, k[3]; } median_table[] = {")
    for n in (*range(1, 41), 100, 1000, 10000):
        median(n)
    print("};\n/* clang-format on */")


if __name__ == "__main__":
    main()
