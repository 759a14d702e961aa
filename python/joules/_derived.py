# SPDX-License-Identifier: MIT
"""Attributes that follow from others, until a user assigns to their names."""


class derived:
    """A property without a setter of its own: what is assigned stands in the object's dict, and is what everybody then sees."""

    def __init__(self, function):
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, owner, kind=None):
        return self if owner is None else self.function(owner)
