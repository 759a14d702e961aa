# SPDX-License-Identifier: MIT
"""Samples as lines of a file: timestamp;tag;duration;package_0 in seconds and microjoules."""

import os
import re

from . import EnergyHandler, UnconsistantSamplesError
from ..energy_trace import _detail_of
from ._file import OtherHeaderError, append
from .handler import flatten

_special = re.compile('[;"\r\n]')
_FULL = ("_low", "_high", "_source", "_flags")


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


class CSVHandler(EnergyHandler):
    """Keeps traces until save_data() appends them to a file."""

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
        traces are then still in the handler.
        """
        traces = self._take_traces()
        try:
            samples = self._write(traces)
        except BaseException:
            self._put_back(traces)
            raise
        if not self._full:
            self._tell_precision(samples, "an empty field")

    def _write(self, traces):
        samples = flatten(traces)
        if len(samples) == 0:
            return samples
        domains = list(samples[0].energy)
        header = _header(domains, self._full)
        body = "".join(_row(sample, domains, self._full) + "\n" for sample in samples)
        try:
            append(self._filename, _bytes(body), _bytes(header))
        except OtherHeaderError as error:
            raise UnconsistantSamplesError(
                f"{os.fsdecode(self._filename)} has another header, '{error.found.decode('utf-8', 'replace')}', than these traces, "
                f"'{header}'; choose another file, or move that one away. The traces are still in the handler",
                traces,
            ) from None
        return samples
