# SPDX-License-Identifier: MIT
"""The table of the bench: rows, how their numbers are written, and the programs that answer with numbers."""

import subprocess
import sys


class Failed(Exception):
    """A part of the bench could not be run; says why."""


class Row:
    """One line. ours, theirs: what the two sides took, as text. measured: their ratio, or the number that the target is about. It is `ok`
    at `most` or at `least` that; a row with neither only informs."""

    def __init__(self, what, ours, theirs, measured, most=None, least=None, form="{} ×"):
        verdict, target = "", ""
        if most is not None:
            verdict, target = "ok" if measured <= most else "missed", "≤ " + form.format(number(most))
        elif least is not None:
            verdict, target = "ok" if measured >= least else "missed", "≥ " + form.format(number(least))
        self.cells = [what, ours, theirs, form.format(number(measured)), target, verdict]


def number(value):
    """1.12, 21.9, 1/21.9, 8800: three digits, and small ones as parts."""
    if 0 < value < 0.5:
        return "1/" + number(1 / value)
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def seconds(value):
    """With the unit that gives it one to three digits before the point."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def show(rows):
    table = [["what", "Joules", "against", "measured", "target", ""]] + [row.cells for row in rows]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(table[0]))]
    for at, cells in enumerate(table):
        first = cells[0].ljust(widths[0])
        print(
            "  ".join(
                [first] + [cell.rjust(width) for cell, width in zip(cells[1:-1], widths[1:-1])] + [cells[-1]]
            ).rstrip()
        )
        if at == 0:
            print("-" * (sum(widths) + 2 * len(widths) - 2))


class Worker:
    """A program that answers each line with a number, so that several can be measured in turns."""

    def __init__(self, *command):
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        try:
            print(*words, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass
        answer = self.process.stdout.readline()
        if not answer:
            raise Failed(f"{self.command[0]} ended at the task {words}")
        return float(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def text(*command):
    """What a program prints."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failed(f"{command[0]} ended with {done.returncode}")
    return done.stdout


def numbers(*command):
    """What a program prints, as numbers."""
    return [float(word) for word in text(*command).split()]


def note(text):
    print(text, file=sys.stderr, flush=True)
