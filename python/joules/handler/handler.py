# SPDX-License-Identifier: MIT
"""What all handlers share: the traces that wait to be saved, one shape for all of them, and the notice of values to be careful with."""

from _thread import allocate_lock

from .._warn import tell
from ..energy_trace import EnergyTrace
from ..exception import EnergyPrecisionWarning, PyJoulesException

_taking = allocate_lock()

# What `from … import *` gives: the names of pyJoules 0.5.1, and ours.
__all__ = [
    "EnergyHandler",
    "EnergyTrace",
    "UnconsistantSamplesError",
]


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
    """Takes finished traces, and keeps them until they are saved: `traces` is the list of those that wait, which may be changed.

    A subclass gives process(trace).
    """

    traces = _Traces()

    def __init__(self):
        self.traces = []

    def process(self, trace):
        """Takes one finished trace: an EnergyTrace, or whatever samples can be taken from."""
        self.traces.append(EnergyTrace(trace) if hasattr(trace, "__next__") else trace)

    _left_behind = ()  # what a copy makes for itself: locks, connections

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name not in self._left_behind}

    def _without_traces(self):
        """Another such handler. The traces that wait here are for this one to save."""
        import copy

        other = copy.copy(self)
        other.traces = []
        return other

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
        """One EnergyPrecisionWarning, which names each domain the first time that a value of it is estimated, below_tick, partial or invalid."""
        tell_precision(self.__dict__.setdefault("_told", set()), traces, written_as)


def samples_of(trace):
    """The samples of whatever has the shape of a trace: it can be iterated, or they stand in its `_samples`."""
    return trace if hasattr(trace, "__iter__") else trace._samples


def flatten(traces):
    """The samples of these traces as one trace. UnconsistantSamplesError, which names traces and columns, if their domains differ."""
    flat = EnergyTrace([])
    columns = first = None
    strange, words = [], []
    for number, trace in enumerate(traces):
        samples = samples_of(trace)
        flat += trace if isinstance(trace, EnergyTrace) else EnergyTrace(samples)
        for sample in samples:
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


_DOUBTS = (
    "below_tick, too short for its counter",
    "partial, read only part of the time",
    "invalid, written as {}, not as 0",
    "an estimate, not measured",
)


def tell_precision(told, traces, written_as):
    """Warns, in one line, of values of these traces for domains that are not in the set `told` yet, and adds them to it."""
    domains = {}  # what is to be said → of which
    for trace in traces:
        for domain, counts in _doubts_of(trace).items():
            for doubt in (doubt for doubt, count in zip(_DOUBTS, counts, strict=True) if count and domain not in told):
                domains.setdefault(doubt.format(written_as), {})[str(domain)] = domain
    if domains:
        told.update(*(found.values() for found in domains.values()))
        text = "; ".join(f"{', '.join(found)}: {doubt}" for doubt, found in domains.items())
        tell(text, EnergyPrecisionWarning, once=True)


def _doubts_of(trace):
    """{domain: (below_tick, partial, invalid, estimated)}, whether or how often, where one of them holds."""
    measured = trace._untouched() if isinstance(trace, EnergyTrace) else None
    counts = None if measured is None else measured.doubts()
    if counts is not None:
        return counts
    counts = {}
    for sample in samples_of(trace):
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
