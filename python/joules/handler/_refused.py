# SPDX-License-Identifier: MIT
"""What a file refused, and nobody saved elsewhere: it is written beside that file when the program ends."""

import atexit
import os
import sys

from ..energy_trace import EnergyTrace
from ._file import append
from .handler import samples_of

_handlers = {}  # id → handler
_owner = None  # the process whose traces these are: a forked child would write them once more


def free_name(path):
    """NAME.1.csv beside NAME.csv, or the first number of which there is no file."""
    stem, extension = os.path.splitext(os.fsdecode(path))
    number = 1
    while os.path.lexists(f"{stem}.{number}{extension}"):
        number += 1
    return f"{stem}.{number}{extension}"


def keep_refused(handler):
    """What is left in this handler when the program ends is not lost."""
    global _owner
    if _owner != os.getpid():
        _handlers.clear()
        _owner = os.getpid()
        atexit.unregister(_write_all)
        atexit.register(_write_all)
    _handlers[id(handler)] = handler


def _write_all():
    if _owner == os.getpid():
        for handler in _handlers.values():
            for traces in _by_columns(handler._take_traces()):
                _write(handler, traces)


def _by_columns(traces):
    """Lists of traces that fit in one file."""
    groups = {}
    for trace in traces:
        for sample in samples_of(trace):
            groups.setdefault(frozenset(sample.energy), []).append(sample)
    return [[EnergyTrace(samples)] for samples in groups.values()]


def _write(handler, traces):
    path = free_name(handler._filename)
    try:
        header, body = handler._lines(traces)
        if body:
            append(path, body, header)
            print(f"joules: the traces that {os.fsdecode(handler._filename)} refused are in {path}", file=sys.stderr)
    except Exception as error:
        print(f"joules: the traces that {os.fsdecode(handler._filename)} refused are lost: {error}", file=sys.stderr)
