# SPDX-License-Identifier: MIT
"""Warnings that point at the user's line."""

import sys
import warnings


def warn(message, category=RuntimeWarning):
    """warnings.warn, as from the nearest caller outside this package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "joules":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
