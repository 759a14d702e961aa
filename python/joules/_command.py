# SPDX-License-Identifier: MIT
"""The command `joules`, which is installed with this package."""

import os
import signal
import sys
import sysconfig

VERBS = ("run", "list", "doctor", "mark", "compare", "check", "history")


def _folders():
    """Where an installer may have put it: this environment, the user's own folder, and beside the package (pip install --target)."""
    yield sysconfig.get_path("scripts")
    yield sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))
    yield os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin")


def find():
    """The path of the command. FileNotFoundError if it is not there."""
    for folder in _folders():
        path = os.path.join(folder, "joules")
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError("the command `joules` is not installed with this package; pip install joules brings it")


def run(arguments):
    """Becomes the command; returns an exit status only if that is impossible."""
    try:
        path = find()
        for ignored in signal.SIGPIPE, signal.SIGXFSZ:  # by Python, and a program would inherit that
            signal.signal(ignored, signal.SIG_DFL)
        os.execv(path, [path, *arguments])
    except OSError as error:
        print(f"python -m joules: {error}", file=sys.stderr)
        return 2
