# SPDX-License-Identifier: MIT
"""%%joules in a notebook: the energy of a cell, as %%timeit gives its time. `%load_ext joules` loads it."""

import ast
import functools
import gc
import math
import statistics
import time
from html import escape

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class

from ._amount import amount, half, rounded

# A run should last this long: then it has many ticks of most counters.
_RUN_SECONDS = 0.2
_LOOPS = tuple(digit * 10**power for power in range(9) for digit in (1, 2, 5))
_TEMPLATE = """
def _joules_inner(_joules_loops, _joules_begin, _joules_end):
    setup
    _joules_begin()
    for _joules_loop in _joules_loops:
        statement
    _joules_end()
"""


class JoulesResult:
    """What %%joules measured. loops: in each run; trace: a sample for each run; joules: of one loop, in J, for each run."""

    def __init__(self, loops, trace):
        self.loops = loops
        self.trace = trace
        self.joules = [sample.total * 1e-6 / loops for sample in trace]
        self.seconds = [sample.duration / loops for sample in trace]
        self.average = statistics.fmean(self.joules)
        self.stdev = statistics.stdev(self.joules) if len(self.joules) > 1 else math.nan
        total, scale = trace.total(), 1e-6 / (loops * len(trace))
        #: what is certain of the average
        self.low, self.high = total.low * scale, total.high * scale
        self.source = total.source
        self.missing = total.missing

    def _of_a_loop(self, values):
        return statistics.fmean(values) * 1e-6 / self.loops

    def _domains(self):
        for domain in self.trace[0].energy:
            value = self._of_a_loop(sample.energy[domain] for sample in self.trace)
            bounds = [sample.uncertainty[domain] for sample in self.trace]
            low, high = (self._of_a_loop(pair[end] for pair in bounds) for end in (0, 1))
            yield domain, rounded(value, half(value, low, high))[0]

    def _notes(self):
        if self.source == "estimated":
            yield "an estimate, not measured: this machine has no counter that can be read"
        if any("below_tick" in flags for sample in self.trace for flags in sample.flags.values()):
            yield "a run is shorter than two steps (ticks) of a counter, so values may be far off: use more loops (-n)"
        if self.missing:
            yield f"without {', '.join(self.missing)}"

    def __str__(self):
        runs = len(self.trace)
        doubt = half(self.average, self.low, self.high)
        average, _ = rounded(self.average, doubt if runs == 1 else max(doubt or 0.0, self.stdev))
        spread = f" ± {rounded(0.0, self.stdev)[1] or '0 J'}" if runs > 1 else ""
        how = f"mean ± std. dev. of {runs} runs" if runs > 1 else "1 run"
        seconds = statistics.fmean(self.seconds)
        watts, _ = rounded(self.average / seconds, doubt and doubt / seconds, "W") if seconds else ("n/a", None)
        lines = [
            f"{average}{spread} per loop ({how}, {self.loops:,} loop{'' if self.loops == 1 else 's'} each), "
            f"{watts} for {amount(seconds, 's')}"
        ]
        if doubt is not None:
            low, high = (rounded(bound, doubt)[0] for bound in (self.low, self.high))
            why = "likely, not certain" if self.source == "estimated" else "what the counters' steps can hide"
            lines.append(f"  between {low} and {high}: {why}")
        lines.append("  " + ", ".join(f"{domain} {value}" for domain, value in self._domains()))
        return "\n".join(lines + [f"  {note}" for note in self._notes()])

    def __repr__(self):
        return f"<JoulesResult: {self}>"

    def _repr_html_(self):
        return f"<pre>{escape(str(self))}</pre>"


class _Place(ast.NodeTransformer):
    """Puts code where the template names it."""

    def __init__(self, **code):
        self._code = code

    def visit_Expr(self, node):
        return self._code.get(getattr(node.value, "id", None), node)


def _parse(shell, code):
    tree = shell.compile.ast_parse(shell.transform_cell(code)) if code.strip() else ast.parse("pass")
    return shell.transform_ast(tree).body or ast.parse("pass").body


def _devices(names):
    """Devices that measure these domains (None: all)."""
    from .device import DeviceFactory

    devices = DeviceFactory.create_devices()
    if not names:
        return devices
    domains = {str(domain): domain for device in devices for domain in device.get_configured_domains()}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in domains:
            raise UsageError(f"-d: there is no domain {name}; there are: {', '.join(domains)}")
    return DeviceFactory.create_devices([domains[name] for name in wanted])


@magics_class
class JoulesMagics(Magics):
    """%joules and %%joules, as IPython registers them."""

    @line_cell_magic
    def joules(self, line, cell=None):
        """The energy of a statement or a cell.

            %joules [-n LOOPS -r RUNS -d DOMAINS -q -o] statement
            %%joules [-n LOOPS -r RUNS -d DOMAINS -q -o] setup code, not measured
            code

        Like %%timeit, it runs the code LOOPS times in each of RUNS (7) runs. Without -n, a run has enough loops to last at least 0.2 s.
        Names that the code assigns are gone afterwards.

        -d package_0,dram_0: these domains only      -q: print nothing      -o: return a JoulesResult
        """
        options, code = self.parse_options(line, "n:r:d:qo", posix=False, strict=False)
        loops, runs = _count(options, "n", 0), _count(options, "r", 7)
        if runs == 0:
            raise UsageError("-r: there must be one run or more")
        setup, statement = ("", code) if cell is None else (code, cell)
        if not statement.strip():
            raise UsageError("%joules: there is no code to measure")
        result = self._measure(self._compile(setup, statement), loops, runs, _devices(options.get("d")))
        if "q" not in options:
            print(result)
        return result if "o" in options else None

    def _compile(self, setup, statement):
        place = _Place(setup=_parse(self.shell, setup), statement=_parse(self.shell, statement))
        tree = ast.fix_missing_locations(place.visit(ast.parse(_TEMPLATE)))
        names = {}
        exec(self.shell.compile(tree, "<joules>", "exec"), self.shell.user_ns, names)
        return names["_joules_inner"]

    def _measure(self, inner, loops, runs, devices):
        from ._region import SETTLE_SECONDS
        from .energy_meter import EnergyMeter

        loops = loops or _enough_loops(inner)
        meter = EnergyMeter(devices, settle=SETTLE_SECONDS)
        with _NoCollection():
            for run in range(runs):
                inner(range(loops), lambda run=run: meter.resume(str(run)), meter.stop)
        return JoulesResult(loops, meter.get_trace())


def _count(options, letter, default):
    try:
        count = int(options.get(letter, default))
    except ValueError:
        count = -1
    if count < 0:
        raise UsageError(f"-{letter}: {options.get(letter)} is not a number of loops or runs")
    return count


def _append_time(times):
    times.append(time.perf_counter())


def _enough_loops(inner):
    for loops in _LOOPS:
        times = []
        clock = functools.partial(_append_time, times)
        with _NoCollection():
            inner(range(loops), clock, clock)
        if times[1] - times[0] >= _RUN_SECONDS:
            return loops
    return _LOOPS[-1]


class _NoCollection:
    """The garbage collector rests, as in timeit."""

    def __enter__(self):
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_):
        if self._was_on:
            gc.enable()


def load_ipython_extension(shell):
    """%load_ext joules.magic: registers the magics with this shell."""
    shell.register_magics(JoulesMagics)
