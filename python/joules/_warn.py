# SPDX-License-Identifier: MIT
"""Warnings that point at the user's line."""

import sys
import warnings


_printed = set()


def _warn(message, category):
    level, frame = 3, sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "joules":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def warn(message, category=RuntimeWarning):
    """warnings.warn, as from the nearest caller outside this package."""
    _warn(message, category)


def tell(message, category=RuntimeWarning, once=False):
    """warn(), where nothing may come out of it: what a filter makes an exception goes to standard error."""
    try:
        _warn(message, category)
    except Warning as raised:
        text = f"{type(raised).__name__}: {raised}"
        if sys.stderr is not None and not (once and text in _printed):
            _printed.add(text)
            print(text, file=sys.stderr)
