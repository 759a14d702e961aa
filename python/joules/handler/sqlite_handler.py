# SPDX-License-Identifier: MIT
"""Traces as runs in a file of SQLite, in the tables that `-o sqlite:FILE` writes."""

import os
import tempfile
import threading
import uuid

from .. import _core
from ..energy_trace import EnergyTrace
from ..exception import PyJoulesException
from . import EnergyHandler


class SQLiteError(PyJoulesException):
    """The file cannot be used: it is another program's database, cannot be written, or SQLite is not installed."""


class SQLiteHandler(EnergyHandler):
    """Keeps traces until save_data() adds them to a file, each as one run. `trace_id` is the number of the next one in this series."""

    def __init__(self, filename):
        """
        :param filename: the file to add to; made where it is missing
        :raise SQLiteError: it cannot be used
        """
        EnergyHandler.__init__(self)
        self._filename = os.path.abspath(os.fspath(filename))
        self._saving = threading.Lock()
        self._series = None
        self.trace_id = 0
        _call(_core.store_make, self._filename)

    _left_behind = ("_saving",)

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._saving = threading.Lock()

    def save_data(self):
        """Adds the processed traces to the file, each as a whole or not at all.

        A trace that is there already, and was not changed in Python, is not added again.

        :raise SQLiteError: not all could be stored; those are still in the handler
        """
        with self._saving:
            traces = self._take_traces()
            saved = 0
            try:
                for trace in traces:
                    self._save(trace)
                    self.trace_id += 1
                    saved += 1
            finally:
                if saved < len(traces):
                    self._put_back(traces[saved:])

    def _save(self, trace):
        is_trace = isinstance(trace, EnergyTrace)
        measured, labels = (trace._untouched(), trace.labels) if is_trace else (None, {})
        if measured is not None and measured.id is None:
            measured = None  # C has not all of it
        own = (
            measured.id if measured is not None else str(uuid.uuid4())
        )  # one that Python changed may be in the file already
        self._series = self._series or own
        place = self._series, self.trace_id
        if measured is None or labels or measured.tags or not _call(measured.store, self._filename, *place):
            self._save_draft(measured, trace, labels, own, place)

    def _save_draft(self, measured, trace, labels, own, place):
        """By way of a file of its own: the target gets all of the run at once, and C alone writes to it."""
        from . import _draft  # not every Python has sqlite3, and only such traces need it

        with tempfile.TemporaryDirectory(prefix="joules-") as folder:
            draft = os.path.join(folder, "draft.db")
            if measured is not None and _call(measured.store, draft, *place):
                _draft.finish(draft, labels, measured.tags)
            else:
                _draft.write(draft, trace, labels, own, *place)
            _call(_core.store_copy, draft, self._filename)


def _call(function, *arguments):
    try:
        return function(*arguments)
    except _core.Error as error:
        message = error.args[1]
    raise SQLiteError(message)
