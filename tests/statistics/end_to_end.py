# SPDX-License-Identifier: MIT
"""joules compare on an emulated machine whose power is known: commands that set their own watts, and a command against itself
while the machine's power climbs.

    JOULES_BIN=… JOULES_BED=… python3 end_to_end.py [COMPARISONS]      40 of each; ends with 1 if a right program would do so once in 300
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bed"))

from bed import Bed, why_not

MACHINE = """zone package-0 unit=14 tick=exact constant 100
cpu vendor=GenuineIntel family=6 model=106 threads=8 name="Test Xeon"
busy constant 0.1
"""
RATIO = 1.2
# A run draws its own power, evenly from 10 % below to 10 % above these watts.
WATTS = 100, 100 * RATIO


def draws(machine, watts):
    noise = "n=$(od -An -N2 -tu2 /dev/urandom)"
    return f"{noise}; echo power package-0 constant $(({watts:.0f} * (900 + n % 201) / 1000)) >{machine.root}/control; sleep 0.03"


def compare(joules, machine, *words):
    done = subprocess.run(
        [joules, "compare", "--json", "--sysroot", machine.root, "-r", "10", *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def decided(report):
    """The comparison that decides."""
    return report["comparisons"][0]


def known_ratio(joules, machine, seed):
    """Commands that draw 100 and 120 W: the true ratio of their energies is 1.2."""
    return compare(joules, machine, "--seed", seed, *(draws(machine, watts) for watts in WATTS))


def against_itself(joules, machine, seed):
    """While the power climbs from 60 to 120 W."""
    machine.command("power package-0 ramp 60 120 1.2")
    return compare(joules, machine, "--seed", seed, "--self", "sleep 0.02")


def gaps(report):
    """Seconds from the end of each run to the begin of the next; settling at the end is in them."""
    runs = sorted((run["begin"], run["duration_s"]) for command in report["commands"] for run in command["runs"])
    return [after - begin - duration for (begin, duration), (after, _) in zip(runs, runs[1:])]


def main(count):
    if why_not():
        print(f"not run: {why_not()}")
        return 0
    joules = os.environ["JOULES_BIN"]
    with Bed(MACHINE) as machine:
        known = [decided(known_ratio(joules, machine, seed)) for seed in range(count)]
        reports = [against_itself(joules, machine, seed) for seed in range(count)]
    inside = sum(found["interval"][0] <= RATIO <= found["interval"][1] for found in known)
    alarms = sum(decided(report)["verdict"] in ("less", "more") for report in reports)
    gap = 1e3 * statistics.median(gap for report in reports for gap in gaps(report))
    print(f"the true ratio is inside the interval in {inside} of {count} comparisons (at least {count * 34 // 40})")
    print(f"a command against itself under a ramp: {alarms} alarms in {count} comparisons (at most {count * 6 // 40})")
    print(f"from the end of a run to the begin of the next: {gap:.1f} ms, the counters' settling included (at most 5)")
    return inside < count * 34 // 40 or alarms > count * 6 // 40 or gap > 5


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
