# SPDX-License-Identifier: MIT
"""What all handlers share: the traces that wait to be saved, one shape for all of them, and the notice of values to be careful with."""

from _thread import allocate_lock

from .._warn import warn
from ..energy_trace import EnergyTrace
from ..exception import EnergyPrecisionWarning, PyJoulesException

_taking = allocate_lock()


class UnconsistantSamplesError(PyJoulesException):
    """Samples of different domains cannot stand in one table.

    `traces` holds the traces that do not fit the first one.
    """

    def __init__(self, message=None, traces=()):
        PyJoulesException.__init__(self, *([message] if message else []))
        self.traces = list(traces)


class _Traces:
    """handler.traces, also of a subclass that skips EnergyHandler.__init__. What is assigned to it stands in the handler itself."""

    def __get__(self, handler, owner=None):
        if handler is None:
            return self
        return handler.__dict__.setdefault("traces", [])


class EnergyHandler:
    """Takes finished traces, and keeps them until they are saved."""

    traces = _Traces()

    def __init__(self):
        self.traces = []

    def process(self, trace):
        """Takes one finished trace."""
        self.traces.append(trace)

    def _take_traces(self):
        """The traces present now; they are no longer in the handler. What comes in meanwhile stays for the next time."""
        with _taking:
            traces = list(self.traces)
            if isinstance(self.traces, list):
                del self.traces[: len(traces)]
            else:
                self.traces = []
        return traces

    def _put_back(self, traces):
        """These could not be stored: they come first the next time."""
        with _taking:
            self.traces[:0] = traces

    def _flaten_trace(self):
        """The samples of all traces as one. UnconsistantSamplesError if their domains differ."""
        return flatten(self.traces)

    def _tell_precision(self, traces, written_as):
        """One EnergyPrecisionWarning for each domain, the first time that a value of it is estimated, below_tick, partial or invalid."""
        tell_precision(self.__dict__.setdefault("_told", set()), traces, written_as)


def flatten(traces):
    """The samples of these traces as one trace. UnconsistantSamplesError, which names traces and columns, if their domains differ."""
    flat = EnergyTrace([])
    columns = first = None
    strange, words = [], []
    for number, trace in enumerate(traces):
        flat += trace if isinstance(trace, EnergyTrace) else EnergyTrace(trace)
        for sample in trace:
            if columns is None:
                columns, first = list(sample.energy), number
            elif set(sample.energy) != set(columns):
                strange.append(trace)
                words.append(f"trace {number} has {', '.join(map(str, sample.energy)) or 'none'}")
                break
    if strange:
        raise UnconsistantSamplesError(
            f"traces of different domains: trace {first} has the columns {', '.join(map(str, columns)) or 'none'}, {'; '.join(words)}. "
            "Take the traces in the `traces` of this error out of handler.traces, and save them separately",
            strange,
        )
    return flat


def _reasons(domain, count, number, written_as):
    below, partial, invalid, estimated = count
    reasons = []
    if estimated:
        reasons.append("an estimate, not measured")
    if below:
        reasons.append(
            f"{below} of {number} samples below_tick: shorter than two steps (ticks) of the counter, so these values may be far off, even 0; "
            "sample.uncertainty has the bounds"
        )
    if partial:
        reasons.append(f"{partial} of {number} samples partial: read only part of the time, so more may have been used")
    if invalid:
        reasons.append(f"{invalid} of {number} samples invalid: not measured; written as {written_as}, not as 0")
    return f"{domain}: {'; '.join(reasons)}"


def tell_precision(told, traces, written_as):
    """Warns of values of these traces for domains that are not in the set `told` yet, and adds them to it."""
    counts = {}
    for trace in traces:
        for domain, doubts in _doubts_of(trace).items():
            if domain not in told:
                counts[domain] = [a + b for a, b in zip(counts.get(domain, (0, 0, 0, 0)), doubts, strict=True)]
    for domain, count in counts.items():
        told.add(domain)
        warn(_reasons(domain, count, sum(map(len, traces)), written_as), EnergyPrecisionWarning)


def _doubts_of(trace):
    """{domain: (below_tick, partial, invalid, estimated)}, counted over the samples, where one of them is not 0."""
    measured = trace._untouched() if isinstance(trace, EnergyTrace) else None
    counts = None if measured is None else measured.doubts()
    if counts is not None:
        return counts
    counts = {}
    for sample in trace:
        for domain, doubts in precision_of(sample).items():
            counts[domain] = [a + b for a, b in zip(counts.get(domain, (0, 0, 0, 0)), doubts, strict=True)]
    return counts


def precision_of(sample):
    """{domain: (below_tick, partial, invalid, estimated)} for the domains of a sample where one of them holds."""
    found = {}
    doubts = getattr(sample, "_doubts", None)
    for domain, flags, source in doubts() if doubts else ():
        found[domain] = ["below_tick" in flags, "partial" in flags, False, source == "estimated"]
    for domain, value in sample.energy.items():
        if value != value:
            found.setdefault(domain, [False] * 4)[2] = True
    return found
