# SPDX-License-Identifier: MIT
"""Samples as a pandas DataFrame, a row each. pandas is imported when it is first needed."""

from typing import Iterable  # noqa: F401

from .._late import late
from .._optional import require
from ..energy_trace import EnergySample, EnergyTrace, _detail_of  # noqa: F401
from ..exception import PyJoulesException
from . import EnergyHandler, UnconsistantSamplesError  # noqa: F401
from .handler import flatten, samples_of, tell_precision

_NAN = float("nan")
_ABSENT = (_NAN, _NAN, _NAN, None, None, (), None)


def _pandas():
    return require("pandas", "pandas", "a DataFrame")


__getattr__ = late(
    __name__,
    "EnergyHandler EnergySample EnergyTrace Iterable NoSampleProcessedError PandasHandler trace_to_dataframe "
    "UnconsistantSamplesError",
    pandas=_pandas,
)


class NoSampleProcessedError(PyJoulesException):
    """There is no DataFrame yet: this handler has not processed any sample."""


def _full_columns(samples, domain):
    details = [_detail_of(sample, domain) if domain in sample.energy else _ABSENT for sample in samples]
    return {
        f"{domain}_low": [detail[1] for detail in details],
        f"{domain}_high": [detail[2] for detail in details],
        f"{domain}_source": [detail[3] for detail in details],
        f"{domain}_flags": [" ".join(detail[5]) for detail in details],
    }


# ---- names of 0.5.1 that programs use ----


def _gen_column_names(samples):
    return ["timestamp", "tag", "duration", *samples[0].energy]


def _gen_row(sample):
    return [sample.timestamp, sample.tag, sample.duration, *sample.energy.values()]


def _gen_data(samples):
    return [_gen_row(sample) for sample in samples]


def _dataframe(trace, full):
    pandas = _pandas()
    samples = list(samples_of(trace))
    if not samples:
        return pandas.DataFrame()
    domains = dict.fromkeys(domain for sample in samples for domain in sample.energy)
    table = {
        "timestamp": [sample.timestamp for sample in samples],
        "tag": [sample.tag for sample in samples],
        "duration": [sample.duration for sample in samples],
    }
    table.update((domain, [sample.energy.get(domain, _NAN) for sample in samples]) for domain in domains)
    if full:
        for domain in domains:
            table.update(_full_columns(samples, domain))
    return pandas.DataFrame(table)


def trace_to_dataframe(trace, full=False):
    """The samples of a trace as a DataFrame, a row each: timestamp (seconds since the epoch), tag, duration (seconds), then the domains in µJ;
    not measured is NaN.

    :param full: also the columns <domain>_low, _high, _source and _flags
    """
    frame = _dataframe(trace, full)
    if not full:
        tell_precision(set(), [trace], "NaN")
    return frame


class PandasHandler(EnergyHandler):
    """Keeps traces, and gives their samples as one DataFrame."""

    _gen_column_names = staticmethod(_gen_column_names)
    _gen_data = staticmethod(_gen_data)
    _gen_row = staticmethod(_gen_row)

    def get_dataframe(self, union=False, full=False):
        """The DataFrame of all processed samples, a row each, in µJ and seconds, with the columns of trace_to_dataframe(). It may be asked for again.

        :param union: traces may have different domains: all columns, NaN where a trace lacks one
        :param full: also the columns <domain>_low, _high, _source and _flags
        :raise NoSampleProcessedError: nothing was processed yet
        :raise UnconsistantSamplesError: the traces have different domains; its `traces` are those that do not fit
        """
        traces = list(self.traces)
        samples = [sample for trace in traces for sample in samples_of(trace)] if union else flatten(traces)
        if len(samples) == 0:
            raise NoSampleProcessedError
        frame = _dataframe(samples, full)
        if not full:
            self._tell_precision(traces, "NaN")
        return frame

    def clear(self):
        """Forgets the processed traces."""
        self._take_traces()
