#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The true energy of an emulated machine, from its `truth` file.

    truth = Truth.read("/mnt/bed")
    truth.energy("package-0", t0, t1)     joules between two times of CLOCK_MONOTONIC, in nanoseconds
    truth.shown("package-0", t)           what energy_uj gave, gives or will give at that time

The arithmetic is that of curve.c and tick.c, so `shown` is exact to one unit of the counter. A zone may be called by its id
(`dram-0`) or by the name that Joules gives it (`dram_0`). Standard library only.

    python3 truth.py DIR                  watts now and joules since the start, for each zone
    python3 truth.py DIR -- COMMAND …     runs a command, then prints the true joules between its start and its end
"""

import json
import math
import os
import subprocess
import sys
import time

MASK = (1 << 64) - 1
MILLION = 1000000


def bed_hash(seed, number):
    """splitmix64, as in tick.c."""
    z = (seed + (number + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def quotient(a, b):
    """Division as C does it, towards zero."""
    return abs(a) // b * (1 if a >= 0 else -1)


def shape_power(shape, n, seconds):
    """Watts of one shape, `seconds` after it began."""
    if shape == "step":
        return n[0] if seconds < n[2] else n[1]
    if shape == "square":
        return n[1] if math.fmod(seconds, n[2]) < n[2] * n[3] else n[0]
    if shape == "ramp":
        return n[0] + (n[1] - n[0]) * (seconds / n[2]) if seconds < n[2] else n[1]
    if shape == "sine":
        return n[0] + n[1] * math.sin(math.tau * (math.fmod(seconds, n[2]) / n[2]))
    return n[0]


def shape_energy(shape, n, seconds):
    """Joules of one shape from its begin to `seconds` after it, in closed form."""
    if shape == "step":
        return n[0] * seconds if seconds < n[2] else n[0] * n[2] + n[1] * (seconds - n[2])
    if shape == "square":
        rest = math.fmod(seconds, n[2])
        return n[0] * seconds + (n[1] - n[0]) * (math.floor(seconds / n[2]) * n[2] * n[3] + min(rest, n[2] * n[3]))
    if shape == "ramp":
        if seconds >= n[2]:
            return (n[0] + n[1]) / 2 * n[2] + n[1] * (seconds - n[2])
        return n[0] * seconds + (n[1] - n[0]) * seconds * seconds / (2 * n[2])
    if shape == "sine":
        rest = math.fmod(seconds, n[2])
        return n[0] * seconds + n[1] * n[2] / math.tau * (1 - math.cos(math.tau * (rest / n[2])))
    return n[0] * seconds


class Curve:
    """Power over the nanoseconds since the machine's start."""

    def __init__(self, pieces):
        self.pieces = pieces

    def _piece(self, ns):
        for piece in reversed(self.pieces):
            if piece["from_ns"] <= ns:
                return piece
        return self.pieces[0]

    def power(self, ns):
        if ns < 0 or not self.pieces:
            return 0.0
        piece = self._piece(ns)
        return shape_power(piece["shape"], piece["numbers"], (ns - piece["from_ns"]) / 1e9)

    def energy(self, ns):
        """Joules from the start to there; 0 before the start."""
        if ns < 0 or not self.pieces:
            return 0.0
        piece = self._piece(ns)
        return piece["before_j"] + shape_energy(piece["shape"], piece["numbers"], (ns - piece["from_ns"]) / 1e9)


class Tick:
    """When the counter moves, as in tick.c."""

    def __init__(self, values):
        self.__dict__.update(values)

    def _draw(self, k, what):
        return bed_hash(self.seed ^ (what << 56), k & MASK) % MILLION

    def _noise(self, k):
        bits = bed_hash(self.seed, k & MASK)
        total = sum(bits >> shift & 0xFFFF for shift in (0, 16, 32, 48))
        return quotient((total - 131070) * self.noise_ns, 37837)

    def _spread(self, k):
        if self.spread_ns == 0 or self._draw(k, 1) >= self.spread_ppm:
            return 0
        return quotient((self._draw(k, 2) * 2 - MILLION) * self.spread_ns, MILLION)

    def _time(self, k):
        saw = self.saw_ns * (k * self.saw_step_ppm % MILLION) // MILLION
        return k * self.period_ns + self.phase_ns - saw + self._noise(k) + self._spread(k)

    def _missed(self, k):
        return self.missed_ppm > 0 and self._draw(k, 3) < self.missed_ppm and self._draw(k - 1, 3) >= self.missed_ppm

    def last(self, ns):
        """The last tick at or before ns."""
        if self.period_ns == 0:
            return ns
        k = (ns - self.phase_ns) // self.period_ns + 2
        while True:
            at = self._time(k)
            if at <= ns and not self._missed(k):
                break
            k -= 1
        double = self.doubled_ppm > 0 and self._draw(k, 4) < self.doubled_ppm
        return at + self.doubled_gap_ns if double and at + self.doubled_gap_ns <= ns else at


class Zone:
    def __init__(self, values, start_ns):
        self.__dict__.update(values)
        self.start_ns = start_ns
        self.curve = Curve(values["curve"])
        self.tick = Tick(values["tick"])

    def raw(self, at_ns):
        """The register at a time of CLOCK_MONOTONIC; right from the latest reset, freeze or thaw on."""
        if self.frozen:
            return self.base_raw
        energy = self.curve.energy(self.tick.last(at_ns - self.start_ns))
        return (self.base_raw + max(0, math.floor((energy - self.base_j) / self.unit_j))) % self.modulus

    def to_uj(self, raw):
        """The kernel's arithmetic: whole nanojoules a unit, or exact ones as old kernels had."""
        return raw * self.kernel_nj // 1000 if self.kernel_nj else raw * 1000000 >> self.unit_exponent


class Truth:
    def __init__(self, text):
        values = json.loads(text)
        if values.get("format") != "joules.bed.1":
            raise ValueError("not a truth file of joules-bed")
        self.machine = values["machine"]
        self.pid = values["pid"]
        self.start_ns = values["start_ns"]
        self.zones = {zone["id"]: Zone(zone, self.start_ns) for zone in values["zones"]}
        self.threads = values["busy"]["threads"]
        self.host_busy = values["busy"]["host"]
        self._busy = Curve(values["busy"]["curve"])

    @classmethod
    def read(cls, root):
        with open(os.path.join(root, "truth"), encoding="utf-8") as file:
            return cls(file.read())

    def zone(self, name):
        for zone in self.zones.values():
            if name in (zone.id, zone.id.replace("-", "_")):
                return zone
        raise KeyError(f"no zone {name!r}; there are: {' '.join(self.zones)}")

    def energy(self, zone, begin_ns, end_ns):
        """Joules that were really spent between two times of CLOCK_MONOTONIC."""
        curve = self.zone(zone).curve
        return curve.energy(end_ns - self.start_ns) - curve.energy(begin_ns - self.start_ns)

    def power(self, zone, at_ns):
        return self.zone(zone).curve.power(at_ns - self.start_ns)

    def shown(self, zone, at_ns):
        """energy_uj at that time."""
        zone = self.zone(zone)
        return zone.to_uj(zone.raw(at_ns))

    def busy(self, begin_ns, end_ns):
        """CPU seconds that all threads were busy."""
        if self.host_busy:
            raise ValueError("the busy time of this machine is that of the computer that it runs on")
        return (self._busy.energy(end_ns - self.start_ns) - self._busy.energy(begin_ns - self.start_ns)) * self.threads


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help") or (len(arguments) > 1 and arguments[1] != "--"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    root, command = arguments[0], arguments[2:]
    begin = time.monotonic_ns()
    status = subprocess.call(command) if command else 0
    end = time.monotonic_ns()
    truth = Truth.read(root)  # after the run: a command may have changed the power
    if not command:
        begin = truth.start_ns
    print(f"the truth of {truth.machine} over {(end - begin) / 1e9:.3f} s", file=sys.stderr)
    for name in truth.zones:
        watts = "" if command else f"  {truth.power(name, end):10.3f} W now"
        print(f"  {name:16} {truth.energy(name, begin, end):12.4f} J{watts}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
