# SPDX-License-Identifier: MIT
"""A store of one run that only this process sees: what C cannot know of a trace of Python's is put into it, and C takes it over from there."""

import contextlib
import math
import sqlite3

from .._core import __version__, store_make
from ..energy_trace import _detail_of
from ._document import origin, text
from .handler import samples_of

_FLAGS = {"below_tick": 1, "wrapped": 2, "partial": 4, "invalid": 8, "stuck": 16}
_INVALID = _FLAGS["invalid"]
_NAN = float("nan")
_ENERGY = "joules, low, high, flags, reason, seen_s"


def finish(path, labels, tags):
    """Adds labels to the one run that C has put there, and the tags, {index: tag}, that C could not keep."""
    with _changing(path) as draft:
        (run,) = draft.execute("SELECT id FROM run").fetchone()
        _add_labels(draft, run, labels)
        rows = ((*_exact(tag), run, index) for index, tag in tags.items())
        draft.executemany("UPDATE sample SET tag = ?, tag_bytes = ? WHERE run = ? AND number = ?", rows)


def write(path, trace, labels, own, series, number):
    """A trace of which C has not even the values, with an id of its own."""
    samples = list(samples_of(trace))
    store_make(path)
    with _changing(path) as draft:
        run = _add_run(draft, samples, own, series, number)
        _add_labels(draft, run, labels)
        domains = list(dict.fromkeys(domain for sample in samples for domain in sample.energy))
        energies = [[_energy(sample, domain) for sample in samples] for domain in domains]
        for place, domain in enumerate(domains):
            _add_domain(draft, run, place, domain, samples, energies[place])
        missing = dict.fromkeys(name for sample in samples for name in getattr(sample, "_missing", ()))
        for place, name in enumerate(missing, len(domains)):
            _insert_domain(draft, (run, place, name, None, "measured", "counter", 1), _NOTHING)
        _add_samples(draft, run, samples)
        _add_values(draft, run, energies)


@contextlib.contextmanager
def _changing(path):
    with contextlib.closing(sqlite3.connect(path)) as draft, draft:
        yield draft


# ---- rows ---------------------------------------------------------------------------------------------------------------------------


def _add_run(draft, samples, own, series, number):
    where = origin()
    begin = _number(samples[0].timestamp) if samples else None
    duration = _number(sum(_float(sample.duration) for sample in samples)) if samples else None
    names = "uuid, name, begin, duration_s, host, version, series, number, total_flags, truncated"
    row = (own, f"trace_{number}", begin, duration, where["host"], __version__, series, number, "", 0)
    return draft.execute(f"INSERT INTO run({names}) VALUES({_places(row)})", row).lastrowid


def _add_labels(draft, run, labels):
    rows = ((run, place, key, *_exact(value)) for place, (key, value) in enumerate(labels.items()))
    draft.executemany("INSERT INTO label(run, number, key, value, value_bytes) VALUES(?, ?, ?, ?, ?)", rows)


def _add_domain(draft, run, place, domain, samples, energies):
    first = next(sample for sample in samples if domain in sample.energy)
    _, _, _, source, method, _, parent = _detail_of(first, domain)[:7]
    _insert_domain(draft, (run, place, text(domain), parent, source, method, 0), _sum(energies))


def _insert_domain(draft, words, energy):
    row = (*words, *_row(energy))
    names = "run, number, name, parent, source, method, missing"
    draft.execute(
        f"INSERT INTO domain({names}, part, {_ENERGY}) VALUES({_places(words)}, 'other', {_places(energy)})", row
    )


def _add_samples(draft, run, samples):
    rows = (
        (run, place, *_exact(sample.tag), _number(sample.timestamp), _number(sample.duration))
        for place, sample in enumerate(samples)
    )
    names = "run, number, tag, tag_bytes, timestamp, duration_s"
    draft.executemany(f"INSERT INTO sample({names}) VALUES(?, ?, ?, ?, ?, ?)", rows)


def _add_values(draft, run, energies):
    """energies: of each domain a list, of each sample one."""
    rows = (
        (run, place, number, *_row(energy))
        for number, column in enumerate(energies)
        for place, energy in enumerate(column)
    )
    draft.executemany(f"INSERT INTO value(run, sample, domain, {_ENERGY}) VALUES(?, ?, ?, {_places(_NOTHING)})", rows)


def _places(row):
    return ", ".join("?" * len(row))


# ---- values: (joules, low, high, flags, reason, seconds seen) -------------------------------------------------------------------------

_NOTHING = (_NAN, _NAN, _NAN, _INVALID, None, _NAN)


def _energy(sample, domain):
    if domain not in sample.energy:
        return _NOTHING
    value = _float(sample.energy[domain])
    _, low, high, _, _, words, _, reason, seen = _detail_of(sample, domain)
    if value != value:
        return (_NAN, _NAN, _NAN, _INVALID, reason, _NAN)
    flags = sum(_FLAGS.get(word, 0) for word in words)
    return (value * 1e-6, _float(low) * 1e-6, _float(high) * 1e-6, flags, reason, seen if "partial" in words else _NAN)


def _sum(energies):
    """Of all samples. What lacks a sample is partial, and only what is too short everywhere is too short together."""
    seen = [energy for energy in energies if not energy[3] & _INVALID]
    reason = next((energy[4] for energy in energies if energy[4]), None)
    if not seen:
        return (*_NOTHING[:4], reason, _NAN)
    flags = 0
    for energy in seen:
        flags |= energy[3]
    if not all(energy[3] & _FLAGS["below_tick"] for energy in seen):
        flags &= ~_FLAGS["below_tick"]
    if len(seen) < len(energies):
        flags |= _FLAGS["partial"]
    joules, low, high = (sum(energy[i] for energy in seen) for i in range(3))
    return (joules, low, _NAN if flags & _FLAGS["partial"] else high, flags, reason, _NAN)


def _row(energy):
    joules, low, high, flags, reason, seen = energy
    return _number(joules), _number(low), _number(high), flags, reason, _number(seen)


def _float(value):
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return _NAN


def _number(value):
    """What was not measured is NULL."""
    value = _float(value)
    return value if math.isfinite(value) else None


def _exact(value):
    """(text, None); or its bytes too, where they are no UTF-8. A NUL, which would end a C string, is U+FFFD."""
    value = str(value).replace("\0", "\ufffd")
    valid = text(value)
    if valid == value:
        return value, None
    try:
        return valid, value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return valid, None
