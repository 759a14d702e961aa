# SPDX-License-Identifier: MIT
"""Traces as documents in a file, one a line (JSON Lines)."""

import json
import threading

from . import EnergyHandler
from ..energy_trace import EnergyTrace
from ._document import forget, identity, labels, native_identity, origin, sample_document
from ._file import append
from .handler import samples_of


class JSONHandler(EnergyHandler):
    """Keeps traces until save_data() appends them to a file, each as one line of JSON."""

    def __init__(self, filename, trace_name_prefix="trace_"):
        """
        :param filename: the file to append to
        :param trace_name_prefix: traces are named by it and a number, which counts the traces that this handler has saved
        """
        EnergyHandler.__init__(self)
        self._filename = filename
        self._saving = threading.Lock()
        self.trace_id = 0
        self.trace_name_prefix = trace_name_prefix

    _left_behind = ("_saving", "_ids")

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._saving = threading.Lock()

    def save_data(self):
        """Appends the processed traces to the file, a line each. OSError if it cannot be written: what was not is still in the handler."""
        with self._saving:
            traces = self._take_traces()
            saved = 0
            try:
                for trace in traces:
                    append(self._filename, self._line(trace))
                    forget(self, trace)
                    self.trace_id += 1
                    saved += 1
            finally:
                if saved < len(traces):
                    self._put_back(traces[saved:])

    def _line(self, trace):
        name, own, added = f"{self.trace_name_prefix}{self.trace_id}", identity(self, trace), labels(trace)
        known = isinstance(trace, EnergyTrace) and not added and own == native_identity(trace)
        text = trace._text("json", name) if known else None
        if text is not None:
            return text[1]
        samples = [sample_document(sample) for sample in samples_of(trace)]
        document = {"name": name, "trace": samples, "id": own, **origin(), **added}
        return (json.dumps(document, allow_nan=False) + "\n").encode()
