# SPDX-License-Identifier: MIT
"""Samples and traces. What was measured stays in C until somebody looks at it; from then on it is a plain Python object."""

import operator
from functools import reduce  # noqa: F401
from operator import and_  # noqa: F401

from . import _core, _table
from ._derived import derived
from ._labels import Labels
from ._late import late
from ._optional import require
from ._total import Energy, add, total_of
from .exception import SampleNotFoundError

__getattr__ = late(
    __name__,
    "and_ Bounds EnergySample EnergyTrace reduce",
    typing="Any Callable Dict List",
)


class Bounds(tuple):
    """What is certain of an energy, in µJ: (low, high), also as `.low` and `.high`; nan where nothing is known."""

    __slots__ = ()
    low = property(operator.itemgetter(0), doc="The least that it can be, in µJ; nan: not known.")
    high = property(operator.itemgetter(1), doc="The most that it can be, in µJ; nan: not known.")
    lower, upper = low, high

    def __new__(cls, low, high):
        return tuple.__new__(cls, (low, high))

    def __getnewargs__(self):
        return tuple(self)

    def __repr__(self):
        return f"Bounds(low={self[0]!r}, high={self[1]!r})"


_NAN = float("nan")
_UNKNOWN = Bounds(_NAN, _NAN)
#: what is known of a value beyond itself: the value that it belongs to, its bounds, how it came about, what it lacks and why, and the
#: seconds in which it was seen
_NOTHING = (None, _NAN, _NAN, "measured", "counter", (), None, None, _NAN)


#: a sample's own slots, and what stands in them where nothing was put
_UNKNOWN_YET = {"_origin": None, "_known": None, "_missing": ()}


def _bounds_of(idle, domain):
    """Of one value that the idle machine used, a plain number or what gen_idle knows of it."""
    return getattr(idle, "uncertainty", {}).get(domain, (idle[domain], idle[domain]))


class EnergySample:
    """What happened between two readings.

    timestamp  its begin, seconds since the epoch        tag       its name
    duration   seconds                                   energy    {domain: µJ}; not measured is nan

    What else is known stands in attributes with the same domains: uncertainty (µJ), power (W), source, method, flags, reason; and `total`
    (µJ). A sample can be changed; its handlers, exports and sums then take what you changed.
    """

    # What is known beyond the four, beside the object's dict: programs take vars(sample) for these four.
    #   _origin   (what it was read from, its index there)
    #   _known    {domain: (value, low, high, source, method, flags, parent, reason, seconds)}, in place of _origin
    #   _missing  names of what belongs in the total and could not be opened
    __slots__ = ("__dict__", "__weakref__", *_UNKNOWN_YET)

    def __getattr__(self, name):
        try:
            return _UNKNOWN_YET[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None

    def __init__(self, timestamp, tag, duration, energy):
        self.timestamp = timestamp
        self.tag = tag
        self.duration = duration
        self.energy = energy

    def _details(self):
        if self._known is None and self._origin is not None:
            trace, index = self._origin
            self._known = trace.details(index)
            if trace.missing:
                self._missing = trace.missing
            del self._origin
        return self._known or {}

    def _detail(self, domain):
        """What is known of this domain's value. Of a value that was changed since, no bounds and no flags are known."""
        detail = self._details().get(domain)
        if detail is None:
            return _NOTHING
        value, now = detail[0], self.energy.get(domain)
        if value == now or (value != value and now != now):
            return detail
        return (now, _NAN, _NAN, detail[3], detail[4], (), detail[6], None, _NAN)

    def _doubts(self):
        """(domain, flags, source) of the domains of which there is something to say."""
        if self._known is None and self._origin is not None and not self._origin[0].doubtful(self._origin[1]):
            return []
        details = ((domain, self._detail(domain)) for domain in self.energy)
        return [(domain, detail[5], detail[3]) for domain, detail in details if detail[5] or detail[3] != "measured"]

    def __getstate__(self):
        self._details()
        return dict(self.__dict__), {"_known": self._known, "_missing": self._missing}

    def _copy(self):
        """Another of the same, which can be changed by itself."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__, energy=dict(self.energy))
        copy._known, copy._missing = self._details(), self._missing
        return copy

    @derived
    def uncertainty(self):
        """{domain: Bounds(low, high)}, µJ: between them the energy lies for certain (of an estimate: likely)."""
        return {domain: Bounds(*self._detail(domain)[1:3]) for domain in self.energy}

    @derived
    def source(self):
        """{domain: "measured" or "estimated"}"""
        return {domain: self._detail(domain)[3] for domain in self.energy}

    @derived
    def method(self):
        """{domain: "counter" (the hardware counted energy), "power" or "power_average" (its power was added up), or "model" (an estimate)}"""
        return {domain: self._detail(domain)[4] for domain in self.energy}

    @derived
    def flags(self):
        """{domain: tuple of "below_tick" (shorter than the counter can resolve), "wrapped" (the counter wrapped to 0; the value allows for that),
        "partial" (read only part of the time: at least this was used), "invalid" (no value), "stuck" (the counter stood still)}"""
        return {domain: self._detail(domain)[5] for domain in self.energy}

    @derived
    def reason(self):
        """{domain: why its value is invalid, partial or below_tick, else None}: "failed", "reset", "slept", "implausible", "unread",
        "stuck", "short" """
        return {domain: self._detail(domain)[7] for domain in self.energy}

    @derived
    def power(self):
        """{domain: W}, the mean over the duration, or over the time in which a partial value was seen. nan: not measured."""
        return {domain: self._watts(domain) for domain in self.energy}

    def _watts(self, domain):
        detail = self._detail(domain)
        seconds = detail[8] if "partial" in detail[5] else self.duration
        return self.energy[domain] * 1e-6 / seconds if seconds else _NAN

    @derived
    def total(self):
        """The energy of all domains, no part added to its whole: a float (µJ) with `low`, `high`, `source` and `missing`."""
        return self._total()

    def _total(self):
        origin = self._origin
        if origin is None:
            return total_of(self)
        total = origin[0].total(origin[1]) if _is_row(self, *origin) else None
        if total is not None:
            return Energy(*total)
        self._details()
        return total_of(self)

    def _excess(self, idle):
        """(domain, its high, idle's low) of the first domain in which the idle machine certainly used more; else None."""
        for domain in self.energy:
            high, low = self._detail(domain)[2], _bounds_of(idle, domain)[0]
            if low > high:
                return domain, high, low
        return None

    def _subtract(self, idle):
        """(energy, details) of this sample without what the idle machine used."""
        energy, known = dict(self.energy), {}
        idle_flags, idle_reasons = getattr(idle, "flags", {}), getattr(idle, "reason", {})
        for domain, value in self.energy.items():
            _, low, high, source, method, flags, parent, reason, seconds = self._detail(domain)
            idle_low, idle_high = _bounds_of(idle, domain)
            energy[domain] = value = value - idle[domain]
            low, high = low - idle_high, high - idle_low
            flags += tuple(flag for flag in idle_flags.get(domain, ()) if flag not in flags)
            reason = reason or idle_reasons.get(domain)
            if value != value:
                low, high, flags = _NAN, _NAN, ("invalid",)
            elif "partial" in flags:
                high = _NAN
            known[domain] = (value, low, high, source, method, flags, parent, reason, seconds)
        return energy, known

    def __repr__(self):
        energy = "; ".join(f"{domain} : {value if value == value else 'n/a'}" for domain, value in self.energy.items())
        return (
            f"<EnergySample begin timestamp : {self.timestamp}; tag : {self.tag}; duration : {self.duration}; {energy}>"
        )

    def _repr_html_(self):
        return _table.html([self])


class EnergyTrace:
    """The samples of one measurement, in order.

    trace[0] and trace[-1] are samples, trace[1:3] is a trace, trace["tag"] the first sample of that tag. IndexError, and SampleNotFoundError
    (a KeyError), if there is none. It can be iterated and added to another; `"tag" in trace` and len(trace) are what they seem.
    """

    _measured = None  # what C keeps, while `_samples` is not there yet
    _made = None  # {index: sample} of what was looked at
    _kept = None  # what C keeps, after `_samples` was made from it

    def __init__(self, samples):
        if isinstance(samples, EnergyTrace):
            self.labels = samples.labels
        self._samples = list(samples)

    @classmethod
    def _from_measured(cls, measured):
        trace = cls.__new__(cls)
        trace._made = {}
        trace._measured = measured
        return trace

    def __getattr__(self, name):
        # `_samples` while it is not there. Several threads may be here: `_made` is read before `_measured`, and replaced after it.
        made, measured = self._made, self._measured
        if name != "_samples" or (measured is None and "_samples" not in self.__dict__):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if measured is None:
            return self.__dict__["_samples"]
        samples = self.__dict__.setdefault("_samples", [_look(measured, made, i) for i in range(len(measured))])
        self._kept = measured
        self._measured = None
        self._made = None
        return samples

    @property
    def labels(self):
        """Facts of the run that the trace does not know, str by str: what JSON, SQLite and MongoDB write beside the samples. What is made of
        traces has the labels that hold for it: a slice and a copy all of them, a sum of two those that both have alike."""
        labels = self.__dict__.get("_labels")
        return self.__dict__.setdefault("_labels", Labels()) if labels is None else labels

    @labels.setter
    def labels(self, labels):
        self.__dict__["_labels"] = Labels(labels)

    def _untouched(self):
        """What C keeps of exactly these samples, else None."""
        made, measured = self._made, self._measured
        if measured is not None:
            return measured if all(_is_row(sample, measured, i) for i, sample in list(made.items())) else None
        kept = self._kept
        if kept is None or len(kept) != len(self._samples):
            return None
        return kept if all(_is_row(sample, kept, i) for i, sample in enumerate(self._samples)) else None

    def _text(self, format, name=None):
        """(header, text) as bytes, as C writes this trace; None where it was changed, or holds what C does not know."""
        measured = self._untouched()
        return None if measured is None else measured.text(format, name)

    def __getstate__(self):
        state = {name: value for name, value in self.__dict__.items() if name not in ("_measured", "_made", "_kept")}
        return {**state, "_samples": self._samples}

    def _copy(self):
        """Another of the same samples, each of which can be changed by itself."""
        return self._like([sample._copy() for sample in self._samples], self.labels)

    def _get_sample_from_tag(self, tag):
        made, measured = self._made, self._measured
        if measured is not None and not made:
            index = measured.find(tag, 0)
            return None if index is None else _look(measured, made, index)
        for sample in self._samples:
            if sample.tag == tag:
                return sample
        return None

    @staticmethod
    def _like(samples, labels):
        trace = EnergyTrace(samples)
        trace.labels = labels
        return trace

    def __getitem__(self, key):
        """The n-th sample, the samples of a slice as a trace, or the first sample with the given tag."""
        if isinstance(key, slice):
            return self._like(self._samples[key], self.labels)
        if not isinstance(key, str) and hasattr(type(key), "__index__"):
            index, count = operator.index(key), len(self)
            if not -count <= index < count:
                raise IndexError(f"there is no sample with index {index}: the trace has {count}")
            made, measured = self._made, self._measured
            return self._samples[index] if measured is None else _look(measured, made, index % count)
        sample = self._get_sample_from_tag(key)
        if sample is None:
            raise SampleNotFoundError(f"this tag doesn't match any sample : {key}")
        return sample

    def all(self, tag):
        """All samples with this tag, as a list; an empty one if there is none."""
        return [sample for sample in self._samples if sample.tag == tag]

    def __iter__(self):
        return iter(self._samples)

    def __len__(self):
        measured = self._measured
        return len(self._samples) if measured is None else len(measured)

    def __contains__(self, tag):
        return self._get_sample_from_tag(tag) is not None

    def __add__(self, trace):
        if not isinstance(trace, EnergyTrace):
            return NotImplemented
        return self._like(self._samples + trace._samples, self.labels.common(trace.labels))

    def __iadd__(self, trace):
        if not isinstance(trace, EnergyTrace):
            return NotImplemented
        self._samples += trace._samples
        self.labels = self.labels.common(trace.labels)
        return self

    def append(self, sample):
        """Appends a sample to the trace. It may have other domains; handlers that make tables then refuse the trace."""
        self._samples.append(sample)

    def remove_idle(self, idle):
        """Subtracts what the idle machine uses, as gen_idle measures it: one dict {domain: µJ} for each sample.

        A value may then be negative. ValueError if the lengths differ, if a domain is missing in a dict, or if the idle machine certainly
        used more than a sample (its low is above the sample's high). Then nothing has changed.
        """
        samples = self._samples
        idle = list(idle)
        if len(idle) != len(samples):
            raise ValueError(f"{len(idle)} idle values for {len(samples)} samples: there must be as many")
        for number, (values, sample) in enumerate(zip(idle, samples)):
            absent = [str(domain) for domain in sample.energy if domain not in values]
            if absent:
                raise ValueError(
                    f"domain not present in idle values : {', '.join(absent)} (sample {number}, tag {sample.tag})"
                )
            excess = sample._excess(values)
            if excess:
                raise ValueError(
                    "sample {} (tag {}) used at most {:g} µJ in {}, but the idle machine used at least {:g} µJ".format(
                        number, sample.tag, excess[1], excess[0], excess[2]
                    )
                )
        changed = [sample._subtract(values) for values, sample in zip(idle, samples)]
        self._kept = None  # where the idle machine used 0, its bounds are all that changes
        for sample, (energy, known) in zip(samples, changed):
            sample.energy.update(energy)
            sample._known = known

    def clean_data(self, guards=()):
        """Removes the samples with a negative or invalid value, and those that one of the guards refuses.

        guards: functions that take a sample and return True if it must be kept. A domain that no sample of the trace could
        measure drops none.
        """
        samples = self._samples
        guards = list(guards)
        measured = {domain for sample in samples for domain, value in sample.energy.items() if value == value}

        def is_valid(sample):
            return all(value >= 0 for domain, value in sample.energy.items() if domain in measured)

        self._samples = [sample for sample in samples if is_valid(sample) and all(guard(sample) for guard in guards)]

    def total(self, tag=None):
        """The energy of all samples (of those with this tag), no part added to its whole: a float (µJ) with `low`, `high`, `source`
        and `missing`. nan: nothing was measured. SampleNotFoundError if no sample has the tag."""
        measured = self._untouched()
        summed = measured.sum(tag) if measured is not None and len(measured) else None
        if summed is not None:
            return Energy(*summed)
        totals = [sample._total() for sample in self._samples if tag is None or sample.tag == tag]
        if totals:
            return add(totals)
        if tag is None:
            return Energy(0.0, 0.0, 0.0)
        raise SampleNotFoundError(f"this tag doesn't match any sample : {tag}")

    def __arrow_c_stream__(self, requested_schema=None):
        """The samples as an Arrow stream: what pyarrow.table(trace), polars.DataFrame(trace) and DuckDB take."""
        measured = self._untouched()
        stream = measured.arrow() if measured is not None else None
        return stream if stream is not None else _core.arrow(_table.columns(self._samples))

    def to_arrow(self):
        """The samples as a pyarrow.Table, a row each: timestamp and duration in seconds, tag, each domain in µJ (null: not measured), and of each
        <domain>_low, _high, _source and _flags. ImportError without pyarrow: the extra joules[arrow]."""
        return require("pyarrow", "arrow", "to_arrow()").table(self)

    def to_pandas(self, full=False, datetimes=False):
        """The samples as a pandas.DataFrame, a row each: timestamp, tag, duration, then each domain in µJ. `attrs["units"]` has the units.

        full: also <domain>_low, _high, _source and _flags        datetimes: timestamps as datetimes, in UTC
        Not measured is NaN. ImportError without pandas: the extra joules[pandas].
        """
        from .handler.pandas_handler import trace_to_dataframe

        frame = trace_to_dataframe(self, full)
        texts = "_source", "_flags"
        units = {name: "µJ" for name in frame.columns if name != "tag" and not str(name).endswith(texts)}
        frame.attrs["units"] = {**units, "timestamp": "s since 1970-01-01 UTC", "duration": "s"}
        if datetimes:
            pandas = require("pandas", "pandas", "to_pandas()")
            frame["timestamp"] = pandas.to_datetime(frame.get("timestamp", ()), unit="s", utc=True)
            del frame.attrs["units"]["timestamp"]
        return frame

    def plot(self, ax=None):
        """Draws the power of each domain over time, in W: its bounds as a band, and the tags above. Gives matplotlib's Axes.

        ax: where to draw; new axes of pyplot's if None        ValueError: the trace is empty
        """
        from ._plot import plot

        return plot(self._samples, ax)

    def __repr__(self):
        count = len(self)
        lines = [f"<EnergyTrace of {count} sample{'' if count == 1 else 's'}"]
        lines += [f"  {self[i]!r}" for i in range(min(count, _table.SHOWN))]
        if count > _table.SHOWN:
            lines.append(f"  and {count - _table.SHOWN} more")
        return "\n".join(lines) + ">"

    def _repr_html_(self):
        table = _table.html([self[i] for i in range(min(len(self), _table.SHOWN))], len(self))
        if not 1 < len(self) <= _table.DRAWN:
            return table
        from ._plot import picture

        return picture(self._samples) + table


def _detail_of(sample, domain):
    """(value, low, high, source, method, flags, parent, reason, seconds) of one domain, whatever attributes a user gave the sample."""
    detail = getattr(sample, "_detail", None)
    return _NOTHING if detail is None else detail(domain)


def _look(measured, made, index):
    """The sample of this index; always the same object."""
    sample = made.get(index)
    if sample is None:
        sample = EnergySample(*measured.row(index))
        sample._origin = (measured, index)
        sample = made.setdefault(index, sample)
    return sample


def _is_row(sample, measured, index):
    timestamp, tag, duration, energy = measured.row(index)
    return (
        sample.timestamp == timestamp
        and sample.tag == tag
        and sample.duration == duration
        and len(energy) == len(sample.energy)
        and all(map(_same, energy.items(), sample.energy.items()))
    )


def _same(one, other):
    return one == other or (one[0] == other[0] and one[1] != one[1] and other[1] != other[1])
