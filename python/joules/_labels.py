# SPDX-License-Identifier: MIT
"""Labels of a trace: facts of its run that it does not know itself (a commit, a parameter), strings by name."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class Labels(dict):
    """A dict of str by str; names are of letters, digits, - and _ (A-Z a-z 0-9), as in C."""

    __slots__ = ()

    def __init__(self, *labels, **more):
        self.update(*labels, **more)

    def __setitem__(self, key, value):
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"the name and the value of a label must be str, not {key!r}: {value!r}")
        if not key or not _LETTERS.issuperset(key):
            raise ValueError(f"{key!r} cannot be the name of a label; use letters, digits, _ and - (A-Z a-z 0-9)")
        if "\0" in value:
            raise ValueError(f"the label {key} contains a NUL byte, which a C string cannot")
        dict.__setitem__(self, key, value)

    def update(self, *labels, **more):
        for key, value in dict(*labels, **more).items():
            self[key] = value

    def __ior__(self, labels):
        self.update(labels)
        return self

    def setdefault(self, key, value=None):
        if key not in self:
            self[key] = value
        return self[key]

    def copy(self):
        return Labels(self)

    def common(self, other):
        """Those that both have alike: what holds for both runs."""
        return Labels((key, value) for key, value in self.items() if other.get(key) == value)
