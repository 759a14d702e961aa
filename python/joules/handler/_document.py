# SPDX-License-Identifier: MIT
"""A trace as one document, for JSON and for MongoDB: the documented keys first, then what Joules adds."""

import math
import re
import socket
import threading
import uuid
import weakref

from ..energy_trace import EnergyTrace, _detail_of

_surrogate = re.compile("[\ud800-\udfff]")
_identities = weakref.WeakKeyDictionary()
_naming = threading.Lock()


def number(value):
    """Not measured is None. What is no number stays as it is."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else float(value)
    try:
        value = float(value)
    except (TypeError, ValueError):
        return value
    return value if math.isfinite(value) else None


def text(value):
    """A tag as text that is valid UTF-8: bytes that were none are U+FFFD."""
    value = str(value)
    if _surrogate.search(value) is None:
        return value
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return _surrogate.sub("\ufffd", value)


def sample_document(sample, full=True):
    document = {
        "timestamp": number(sample.timestamp),
        "tag": text(sample.tag),
        "duration": number(sample.duration),
        "energy": {str(domain): number(value) for domain, value in sample.energy.items()},
    }
    if full:
        document.update(_additions(sample))
    return document


def _additions(sample):
    details = {str(domain): _detail_of(sample, domain) for domain in sample.energy}
    return {
        "bounds_uj": {name: _bounds(detail[1], detail[2]) for name, detail in details.items()},
        "source": {name: detail[3] for name, detail in details.items()},
        "method": {name: detail[4] for name, detail in details.items()},
        "flags": {name: list(detail[5]) for name, detail in details.items() if detail[5]},
    }


def _bounds(low, high):
    low, high = number(low), number(high)
    return None if low is None and high is None else [low, high]


def labels(trace):
    """The last part of a document; nothing where the trace has no labels."""
    found = trace.labels if isinstance(trace, EnergyTrace) else None
    return {"labels": {key: text(value) for key, value in found.items()}} if found else {}


def origin():
    """Where and by what it was written."""
    from .. import __version__

    return {"host": socket.gethostname(), "version": __version__}


def native_identity(trace):
    """The UUID that C has given this trace; None where it was changed since, or is none of C's."""
    measured = trace._untouched() if isinstance(trace, EnergyTrace) else None
    return None if measured is None else measured.id


def identity(handler, trace):
    """The trace's UUID, the same at each try and in each handler; a copy has another. What cannot be looked up (a list of samples) has
    one for as long as the handler holds it."""
    try:
        with _naming:
            known = _identities.get(trace)
            return known or _identities.setdefault(trace, native_identity(trace) or str(uuid.uuid4()))
    except TypeError:
        return handler.__dict__.setdefault("_ids", {}).setdefault(id(trace), (trace, str(uuid.uuid4())))[1]


def forget(handler, trace):
    """The trace is stored."""
    handler.__dict__.get("_ids", {}).pop(id(trace), None)
