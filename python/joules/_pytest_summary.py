# SPDX-License-Identifier: MIT
"""What the pytest plug-in says at the end."""

from . import _amount
from ._plain import plain

#: so many tests are listed without --joules-all
SHOWN = 10


def _flagged(one, flag):
    return any(flag in domain["flags"] for domain in one["domains"])


#: (marker, whether it stands before a row, what it means); a legend is printed where a row that is shown has its marker
_MARKERS = (
    (
        "*",
        lambda one: _flagged(one, "below_tick"),
        "shorter than two steps (ticks) of a counter: the value may be far off, even 0; ± says how far",
    ),
    (
        "~",
        lambda one: one["total"]["source"] == "estimated",
        "an estimate, not measured: this machine has no counter that can be read (joules doctor); ± is its band, likely but not certain",
    ),
    (
        "!",
        lambda one: bool(one["total"]["missing"]),
        "without a part of the machine that could not be measured: it used at least this",
    ),
)


def _row(one, name):
    total, seconds = one["total"], one["duration_s"]
    doubt = _amount.half(total["joules"], total["low"], total["high"])
    joules, half = _amount.rounded(total["joules"], doubt)
    watts = ""
    if total["joules"] is not None and seconds:
        watts, _ = _amount.rounded(total["joules"] / seconds, doubt and doubt / seconds, "W")
    marks = "".join(mark if applies(one) else " " for mark, applies, _ in _MARKERS)
    return f"{joules:>10} {'± ' + half if half else '':<11} {_amount.amount(seconds, 's'):>9} {watts:>8} {marks} {name}"


def _rows(report):
    yield report, _row(report, report["test"])
    for block in report["blocks"]:
        yield block, _row(block, f"  {plain(block['tag']) or 'a block'}")


def _most_first(reports):
    return sorted(reports, key=lambda report: -(report["total"]["joules"] or 0.0))


def table(reports, parallel, everything):
    """The lines of --joules (everything: --joules-all)."""
    measured = [report for report in reports if "total" in report]
    if not measured:
        yield "no test was measured" + "".join(sorted({f": {one['missing']}" for one in reports if "missing" in one}))
        return
    shown = measured if everything else _most_first(measured)[:SHOWN]
    rows = [row for report in shown for row in _rows(report)]
    yield from (line for _, line in rows)
    hidden = len(measured) - len(shown)
    if hidden:
        yield f"These {len(shown)} of {len(measured)} tests used most; --joules-all lists the other{'s' if hidden > 1 else ''} too."
    for mark, applies, legend in _MARKERS:
        if any(applies(one) for one, _ in rows):
            yield f"{mark} {legend}"
    if parallel:
        yield "Tests ran side by side: each figure includes what the others used at that time."
    if all(one["total"]["source"] == "estimated" for one, _ in rows):
        yield "The joules are those of the whole machine while a test ran."
    else:
        yield "The joules are those of the whole machine while a test ran. ± is a bound: what the counters' steps can hide."


def budgets(reports):
    """Which budgets were not judged, and why: one line for each reason."""
    reasons = {}
    for report in reports:
        if report.get("not_judged"):
            reasons[report["not_judged"]] = reasons.get(report["not_judged"], 0) + 1
    for reason, count in reasons.items():
        yield f"{count} budget{'s were' if count > 1 else ' was'} not judged: {reason}"
