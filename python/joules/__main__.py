# SPDX-License-Identifier: MIT
"""python -m joules: the command's verbs, or a script that was written for pyJoules, on this package."""

import os
import runpy
import sys

from . import _command
from ._alias import install_as_pyjoules

USAGE = f"""usage: python -m joules SCRIPT [ARGUMENTS…]   runs a script that was written for pyJoules
       python -m joules VERB …                is the command joules: {", ".join(_command.VERBS)}
If a script has the name of a verb: python -m joules ./run"""


def run_script(script):
    if not os.path.exists(script):
        print(f"python -m joules: there is no file {script}, and no such verb\n{USAGE}", file=sys.stderr)
        return 2
    install_as_pyjoules()
    del sys.argv[0]
    if not os.path.isdir(script):
        sys.path[0] = os.path.dirname(os.path.realpath(script))
    runpy.run_path(script, run_name="__main__")
    return 0


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    if arguments[0] in (*_command.VERBS, "--version"):
        return _command.run(arguments)
    return run_script(arguments[0])


if __name__ == "__main__":
    sys.exit(main())
