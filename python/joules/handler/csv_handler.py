# SPDX-License-Identifier: MIT
"""Samples as lines of a file: timestamp;tag;duration;package_0 in seconds and microjoules."""

import contextlib
import os
import re

from . import EnergyHandler, UnconsistantSamplesError
from ..energy_trace import EnergyTrace, _detail_of
from ._file import OtherHeaderError, append
from ._refused import free_name, keep_refused
from .handler import flatten

_special = re.compile('[;"\r\n]')
_FULL = ("_low", "_high", "_source", "_flags")

# What `from … import *` gives: the names of pyJoules 0.5.1, and ours.
__all__ = [
    "CSVHandler",
    "EnergyHandler",
    "os",
]


def _text(value):
    """A field, quoted where RFC 4180 asks for it."""
    value = str(value)
    return '"' + value.replace('"', '""') + '"' if _special.search(value) else value


def _number(value):
    """What is not measured is an empty field."""
    return "" if value is None or value != value else _text(value)


def _bytes(line):
    try:
        return line.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return line.encode("utf-8", "replace")


def _header(domains, full):
    names = ["timestamp", "tag", "duration", *map(str, domains)]
    if full:
        names += [f"{domain}{suffix}" for domain in domains for suffix in _FULL]
    return ";".join(map(_text, names))


def _details(sample, domains):
    for domain in domains:
        _, low, high, source, _, flags = _detail_of(sample, domain)[:6]
        yield from (_number(low), _number(high), _text(source), _text(" ".join(flags)))


def _row(sample, domains, full):
    fields = [_number(sample.timestamp), _text(sample.tag), _number(sample.duration)]
    fields += [_number(sample.energy[domain]) for domain in domains]
    if full:
        fields += _details(sample, domains)
    return ";".join(fields)


def _written(traces, full):
    """The header line and the rows of all traces, as bytes: C's, where it knows all of them and their columns are the same."""
    format = "csv-full" if full else "csv"
    texts = [trace._text(format) if isinstance(trace, EnergyTrace) else None for trace in traces]
    if None not in texts and len({header for header, _ in texts}) == 1:
        return texts[0][0].rstrip(b"\n"), b"".join(rows for _, rows in texts)
    samples = flatten(traces)
    domains = list(samples[0].energy) if len(samples) else []
    rows = "".join(_row(sample, domains, full) + "\n" for sample in samples)
    return _bytes(_header(domains, full)), _bytes(rows)


class CSVHandler(EnergyHandler):
    """Keeps traces until save_data() appends them to a file.

    A subclass may give other lines, `_gen_header(first_sample)` and `_gen_sample_line(sample, domain_names)`, or another open file,
    `_init_file(first_sample)`, which is then written and closed as it is.
    """

    _full = False  # pickles of pyJoules 0.5.1, and subclasses that set the file name only, lack it

    def __init__(self, filename, full=False):
        """
        :param filename: the file to append to
        :param full: also the columns <domain>_low, _high, _source and _flags
        """
        EnergyHandler.__init__(self)
        self._filename = filename
        self._full = full

    def save_data(self):
        """Appends the processed traces to the file; an empty one gets the header first.

        UnconsistantSamplesError if the traces, or the file's header and the traces, have different domains. Whatever fails, the
        traces are then still in the handler; those that were refused, and that nobody saved elsewhere by the program's end, are
        written to a file beside it then.
        """
        traces = self._take_traces()
        try:
            self._write(traces)
        except BaseException as error:
            self._put_back(traces)
            if isinstance(error, UnconsistantSamplesError):
                keep_refused(self)
            raise
        if not self._full:
            self._tell_precision(traces, "an empty field")

    def _write(self, traces):
        if self._is_given("_init_file"):
            return self._write_given_file(flatten(traces))
        header, body = self._lines(traces)
        if not body:
            return None
        try:
            return append(self._filename, body, header)
        except OtherHeaderError as error:
            found, ours = (line.decode("utf-8", "replace") for line in (error.found, header))
            raise UnconsistantSamplesError(
                f"{os.fsdecode(self._filename)} begins with the header '{found}', but these traces need '{ours}'; choose another file, or move "
                "that one away. The traces are still in the handler; what is left there when the program ends is written to "
                f"{free_name(self._filename)}",
                traces,
            ) from None

    def _lines(self, traces):
        """The header and the rows of all traces, as bytes."""
        if not self._is_given("_gen_header") and not self._is_given("_gen_sample_line"):
            return _written(traces, self._full)
        samples = flatten(traces)
        if len(samples) == 0:
            return b"", b""
        domains = samples[0].energy.keys()
        rows = "".join(self._gen_sample_line(sample, domains) + "\n" for sample in samples)
        return _bytes(self._gen_header(samples[0])), _bytes(rows)

    # ---- what subclasses give ----

    def _is_given(self, name):
        """Whether a subclass, or a user who assigned to the handler, has another than this class."""
        return getattr(type(self), name) is not getattr(CSVHandler, name) or name in self.__dict__

    def _gen_header(self, first_sample):
        """The first line, without its end."""
        return _header(list(first_sample.energy), self._full)

    def _gen_sample_line(self, sample, domain_names):
        """One sample's line, without its end."""
        return _row(sample, list(domain_names), self._full)

    def _init_file(self, first_sample):
        """The file, open for appending; an empty one has got its header."""
        file = open(self._filename, "a", encoding="utf-8", errors="surrogateescape", newline="")
        if file.tell() == 0:
            file.write(self._gen_header(first_sample) + "\n")
        return file

    def _write_given_file(self, samples):
        if len(samples) == 0:
            return
        domains = samples[0].energy.keys()
        with contextlib.closing(self._init_file(samples[0])) as file:
            for sample in samples:
                file.write(self._gen_sample_line(sample, domains) + "\n")
