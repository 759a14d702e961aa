# SPDX-License-Identifier: MIT
"""Packages that only some users need: imported when first used."""

import importlib

from .exception import PyJoulesException


class MissingDependencyError(PyJoulesException, ImportError):
    """A package that this part of Joules needs is not installed."""


def require(name, extra, user):
    """The module `name`, or an error that says how to get it for `user`."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        broken = "" if getattr(error, "name", None) == name else f" ({error})"
        raise MissingDependencyError(
            f"{user} needs {name}, which cannot be imported{broken}: pip install 'joules[{extra}]'", name=name
        ) from error
