# SPDX-License-Identifier: MIT
"""python -m joules script.py args…: runs a script that was written for pyJoules on this package."""

import os
import runpy
import sys

from ._alias import install_as_pyjoules


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print("usage: python -m joules SCRIPT [ARGUMENTS…]", file=sys.stderr if len(sys.argv) < 2 else sys.stdout)
        return 2 if len(sys.argv) < 2 else 0
    script = sys.argv[1]
    if not os.path.exists(script):
        print(f"python -m joules: there is no file {script}", file=sys.stderr)
        return 2
    install_as_pyjoules()
    del sys.argv[0]
    if not os.path.isdir(script):
        sys.path[0] = os.path.dirname(os.path.realpath(script))
    runpy.run_path(script, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
