# SPDX-License-Identifier: MIT
"""What a domain is: a name, and the device that it belongs to."""

from functools import total_ordering

# What `from … import *` gives: the names of pyJoules 0.5.1, and ours.
__all__ = [
    "Domain",
]


@total_ordering
class Domain:
    """A part of a device that can be measured. Subclasses give `__repr__`, the name of its values, and `get_device_type`.

    Domains of equal names and devices are equal; they are ordered by device, name and number.
    """

    def __repr__(self):
        raise NotImplementedError()

    def get_device_type(self):
        """The class of the device that measures this domain."""
        raise NotImplementedError()

    def _order(self):
        return (self.get_device_type().__name__, repr(self), 0, "")

    def __eq__(self, other):
        if self is other:
            return True
        if not isinstance(other, Domain):
            return NotImplemented
        try:
            return self._order() == other._order()
        except NotImplementedError:
            return False

    def __lt__(self, other):
        if not isinstance(other, Domain):
            return NotImplemented
        return self._order() < other._order()

    def __hash__(self):
        try:
            return hash(repr(self))
        except NotImplementedError:
            return object.__hash__(self)
