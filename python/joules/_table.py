# SPDX-License-Identifier: MIT
"""Samples as columns (Arrow), and as a table in a notebook."""

from ._amount import half, rounded

#: so many samples are shown; the rest is counted
SHOWN = 20
#: and so many are drawn above the table; more would take too long
DRAWN = 2000


def columns(samples):
    """[(name, is text, values)] with None for what is not measured."""
    domains = list(dict.fromkeys(domain for sample in samples for domain in sample.energy))
    table = [
        ("timestamp", False, [sample.timestamp for sample in samples]),
        ("duration", False, [sample.duration for sample in samples]),
        ("tag", True, [str(sample.tag) for sample in samples]),
    ]
    table += [(str(domain), False, [sample.energy.get(domain) for sample in samples]) for domain in domains]
    for domain in domains:
        details = [
            sample._detail(domain) if domain in sample.energy else (None, None, None, None, None, (), None)
            for sample in samples
        ]
        table += [
            (f"{domain}_low", False, [detail[1] for detail in details]),
            (f"{domain}_high", False, [detail[2] for detail in details]),
            (f"{domain}_source", True, [detail[3] for detail in details]),
            (f"{domain}_flags", True, [" ".join(detail[5]) for detail in details]),
        ]
    return table


def _joules(value, bounds):
    joules, doubt = rounded(value * 1e-6, half(value * 1e-6, bounds[0] * 1e-6, bounds[1] * 1e-6))
    return joules + (f" ± {doubt}" if doubt else "")


_BOUND = "± is a bound: what the counters' steps can hide"
_BAND = "± of an estimate is its band: likely, but not certain"
_CARE = "* point at the value to see why it needs care"


def _legend(body, sources):
    """What the signs of a table mean, those that are in it."""
    said = [_BOUND] if "±" in body and "measured" in sources else []
    said += [_BAND] if "±" in body and "estimated" in sources else []
    said += [_CARE] if "*</span>" in body else []
    return f"<p>{'<br>'.join(said)}</p>" if said else ""


def html(samples, count=None):
    """A table; the numbers in joules, and how far they can be off."""
    from html import escape

    domains = list(dict.fromkeys(domain for sample in samples for domain in sample.energy))
    head = "".join(f"<th>{escape(str(name))}</th>" for name in ["tag", "duration", *domains])
    rows, sources = [], set()
    for sample in samples:
        cells = [escape(str(sample.tag)), f"{sample.duration:.6g} s"]
        for domain in domains:
            detail = sample._detail(domain)
            sources.add(detail[3])
            words = ", ".join(detail[5] + (("estimated",) if detail[3] == "estimated" else ()))
            cell = _joules(sample.energy.get(domain, float("nan")), detail[1:3])
            cells.append(f'<span title="{escape(words)}">{cell}{"*" if words else ""}</span>')
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    more = f"<p>and {count - len(samples)} more samples</p>" if count is not None and count > len(samples) else ""
    body = "".join(rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{_legend(body, sources)}{more}"
