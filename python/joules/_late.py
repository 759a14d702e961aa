# SPDX-License-Identifier: MIT
"""Names of pyJoules 0.5.1 that a module gives, but only takes from elsewhere when somebody asks: imports stay fast."""

import importlib


def _exists(name):
    import importlib.util

    return importlib.util.find_spec(name) is not None


def late(module, names, typing="", **packages):
    """The `__getattr__` of a module: names of `typing`, and packages, which may be absent.

    names: beside those, what `from … import *` gives      packages: who imports one, or None
    """

    def __getattr__(name):
        if name == "__all__":
            return [*names.split(), *typing.split(), *filter(_exists, packages)]
        if name in typing.split():
            return getattr(importlib.import_module("typing"), name)
        if name in packages:
            require = packages[name]
            return require() if require else importlib.import_module(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return __getattr__
