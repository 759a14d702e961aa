# SPDX-License-Identifier: MIT
"""Numbers for people: with a unit, and no more digits than their doubt leaves."""

import math

_PREFIXES = ("", "m", "µ", "n")


def finite(value):
    return value if value is not None and math.isfinite(value) else None


def _prefix(value):
    """Which prefix suits this value: 0, 1 (milli) …"""
    return next((i for i in range(len(_PREFIXES)) if abs(value) >= 0.9995 * 1e-3**i), 0)


def amount(value, unit="J"):
    """1.234 mJ"""
    if finite(value) is None:
        return "n/a"
    prefix = _prefix(value)
    return f"{value * 1e3**prefix:.4g} {_PREFIXES[prefix]}{unit}"


def _decimals(doubt):
    """Two digits of a doubt that begins with 1, else one: 0.06 → 2, 0.012 → 3, 40 → 0. One rule with decimals_of() in cli/run/rows.c."""
    places = math.ceil(-math.log10(doubt))
    return max(places + (doubt * 10**places < 2), 0)


def rounded(value, doubt, unit="J"):
    """(value, doubt) as texts, both with the digits that the doubt leaves: ("43.8 J", "0.4 J"). Without a doubt four digits, and None."""
    if finite(value) is None or not finite(doubt):
        return amount(value, unit), None
    decimals = _decimals(doubt)
    prefix = min(_prefix(max(abs(value), doubt)), decimals // 3)  # 0.7 J for 700 mJ of which only the 7 is known
    shown = decimals - 3 * prefix

    def text(number):
        return f"{round(number * 1e3**prefix, shown) + 0.0:.{shown}f} {_PREFIXES[prefix]}{unit}"  # + 0.0: no -0

    return text(value), text(doubt)


def half(value, low, high):
    """How far the value can be off, None where that is not known."""
    return None if finite(low) is None or finite(high) is None else max(high - value, value - low)
