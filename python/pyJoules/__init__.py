# SPDX-License-Identifier: MIT
"""The names of pyJoules, for the modules of joules: pyJoules.X is the very module object joules.X.

The files beside this one are for tools that look without running: type checkers and packers.
"""

import os
import warnings

from joules import __version__  # noqa: F401
from joules._alias import CURE, install

__all__ = []


def _another_is_installed():
    """Whichever of the two goes takes the files of both: they are of the same names."""
    try:
        return any(
            name.lower().startswith("pyjoules-") for name in os.listdir(os.path.dirname(os.path.dirname(__file__)))
        )
    except OSError:
        return False  # packed into one program


install()
if _another_is_installed():
    warnings.warn(
        f"another pyJoules is installed in the folder of this one; it is not used, and uninstalling it takes these names away. {CURE}",
        RuntimeWarning,
        stacklevel=2,
    )
