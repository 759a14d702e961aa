# SPDX-License-Identifier: MIT
"""The names of pyJoules, for the modules of joules: pyJoules.X is the very module object joules.X."""

import os
import warnings

from joules import __version__  # noqa: F401
from joules._alias import CURE, install

__all__ = []

install()
if os.path.exists(os.path.join(os.path.dirname(__file__), "energy_meter.py")):
    warnings.warn(
        f"files of another pyJoules lie beside this one in the folder pyJoules; they are not used. {CURE}",
        RuntimeWarning,
        stacklevel=2,
    )
