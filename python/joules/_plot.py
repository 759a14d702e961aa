# SPDX-License-Identifier: MIT
"""The power of each domain over a trace's time, by matplotlib."""

import base64
import io
import math

from ._optional import require

_NAN = math.nan
# A character takes this part of the width; a tag of which fewer than these would fit stands upright, with so many at most.
_CHARACTER, _FEWEST, _UPRIGHT = 0.011, 6, 14
# More tags than this are not written, and more marks are not drawn.
_TAGS, _MARKS = 30, 200


def _span(sample, first):
    begin = sample.timestamp - first
    return begin, begin + sample.duration


def _watts(sample, domain):
    """(power, low, high) of one domain in one sample."""
    if domain not in sample.energy or not sample.duration > 0:
        return _NAN, _NAN, _NAN
    _, low, high = sample._detail(domain)[:3]
    return sample.power[domain], low * 1e-6 / sample.duration, high * 1e-6 / sample.duration


def _steps(samples, domain, first):
    """Columns time, power, low, high: a step for each sample, and a gap where nothing was measured."""
    rows, end = [], None
    for sample in samples:
        span = _span(sample, first)
        if end is not None and abs(span[0] - end) > 1e-6:  # what the wall clock's digits leave of one moment
            rows.append((end, _NAN, _NAN, _NAN))
        watts = _watts(sample, domain)
        rows += [(moment, *watts) for moment in span]
        end = span[1]
    return zip(*rows)


def _tags(samples, first):
    """(tag, begin, end) of samples in a row that have the same one."""
    runs = []
    for sample in samples:
        begin, end = _span(sample, first)
        if runs and runs[-1][0] == str(sample.tag):
            runs[-1][2] = end
        else:
            runs.append([str(sample.tag), begin, end])
    return runs


def _short(tag, most):
    return tag if len(tag) <= most else tag[: most - 1] + "…"


def _mark_tags(axes, samples, first):
    runs = _tags(samples, first)
    if len(runs) > _MARKS:
        return
    whole = max(end for _, _, end in runs) or 1.0
    for tag, begin, end in runs:
        axes.axvline(begin, color="0.7", linewidth=0.8, linestyle=":", zorder=0)
        if len(runs) > _TAGS:
            continue
        room = int((end - begin) / whole / _CHARACTER)
        fits = room >= min(len(tag), _FEWEST)
        axes.text(
            (begin + end) / 2,
            1.01,
            _short(tag, room if fits else _UPRIGHT),
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            rotation=0 if fits else 90,
            fontsize="small",
            parse_math=False,
        )


def _limits(samples, domains):
    """(bottom, top) in watts. Bounds are seen as far as they do not hide the power, and what is shorter than two ticks has no say."""
    seen = [_watts(sample, domain) for sample in samples for domain in domains if not _is_short(sample, domain)]
    seen = seen or [_watts(sample, domain) for sample in samples for domain in domains]
    powers = [watts for watts, _, _ in seen if math.isfinite(watts)]
    highs = [high for _, _, high in seen if math.isfinite(high)]
    most, least = max([0.0, *powers]), min([0.0, *powers])
    return 1.08 * least, 1.08 * max(most, min(max([0.0, *highs]), 2 * most)) or 1.0


def _is_short(sample, domain):
    return "below_tick" in sample._detail(domain)[5]


def draw(axes, samples):
    """Draws on these axes, and gives them back."""
    samples = list(samples)
    if not samples:
        raise ValueError("the trace has no samples: there is nothing to plot")
    first = min(sample.timestamp for sample in samples)
    domains = dict.fromkeys(domain for sample in samples for domain in sample.energy)
    for domain in domains:
        times, watts, low, high = _steps(samples, domain, first)
        estimated = any(sample._detail(domain)[3] == "estimated" for sample in samples)
        (line,) = axes.plot(times, watts, label=f"{domain} (estimated)" if estimated else str(domain))
        axes.fill_between(times, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    _mark_tags(axes, samples, first)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("power (W)")
    axes.set_xlim(0, max(_span(sample, first)[1] for sample in samples) or 1.0)
    axes.set_ylim(*_limits(samples, domains))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    return axes


def plot(samples, axes=None):
    """On axes of the user's, or on new ones of pyplot's."""
    if axes is None:
        require("matplotlib", "plot", "plot()")
        pyplot = require("matplotlib.pyplot", "plot", "plot()")
        _, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
    return draw(axes, samples)


def picture(samples):
    """An <img>, without pyplot and its windows; "" where there is no matplotlib."""
    try:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError:
        return ""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    draw(figure.subplots(), samples)
    file = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None})
    return f'<img alt="power over time" src="data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}">'
