# SPDX-License-Identifier: MIT
"""joules compare on an emulated machine whose power is known: commands that set their own watts, and a command against itself
while the machine's power climbs. Then what a comparison costs: the gap between two runs, and the report of many.

    JOULES_BIN=… JOULES_BED=… python3 end_to_end.py [COMPARISONS]      40 of each; ends with 1 if a line is out of its range, which
                                                                       of the first two a right program is once in 300
"""

import json
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile

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
    """Before and after, a shell starts and ends at the machine's rest of 1 W: how long that takes is not in the ratio."""

    def power(watts):
        return f"echo power package-0 constant {watts} >{machine.root}/control"

    noise = "n=$(od -An -N2 -tu2 /dev/urandom)"
    return f"{noise}; {power(f'$(({watts:.0f} * (900 + n % 201) / 1000))')}; sleep 0.03; {power(1)}"


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
    machine.command("power package-0 constant 1")
    return compare(joules, machine, "--seed", seed, *(draws(machine, watts) for watts in WATTS))


def against_itself(joules, machine, seed):
    """While the power climbs from 60 to 120 W."""
    machine.command("power package-0 ramp 60 120 1.2")
    return compare(joules, machine, "--seed", seed, "--self", "sleep 0.02")


def gaps(report):
    """Seconds from the end of each run to the begin of the next; settling at the end is in them."""
    runs = sorted((run["begin"], run["duration_s"]) for command in report["commands"] for run in command["runs"])
    return [after - begin - duration for (begin, duration), (after, _) in zip(runs, runs[1:])]


def report_of(path, joules, runs, seed):
    """A report of `joules run -r`, as far as a comparison reads it."""
    chance = random.Random(seed)
    totals = [joules * chance.lognormvariate(0, 0.02) for _ in range(runs)]
    total = [{"joules": value, "low": value, "high": value, "source": "measured"} for value in totals]
    domain = {"domain": "package_0", "in_total": True, "source": "measured"}
    listed = [{"duration_s": 1.0, "exit_status": 0, "total": one, "domains": [{**domain, **one}]} for one in total]
    path.write_text(json.dumps({"format": "joules.run.1", "command": ["x"], "host": {}, "runs": listed}))


def reporting(joules, runs):
    """Seconds of processor time that it takes to read, compare and report so many runs of two commands."""
    with tempfile.TemporaryDirectory() as folder:
        files = [pathlib.Path(folder) / name for name in ("a", "b")]
        for seed, file in enumerate(files):
            report_of(file, 10, runs, seed)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = [f"--from={file}" for file in files]
        subprocess.run([joules, "compare", "--json", *words], stdout=subprocess.PIPE, check=True, timeout=120)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


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
    seconds = reporting(joules, 10000)
    print(f"10000 runs of each of two commands are compared and reported in {seconds:.2f} s (at most 1)")
    return inside < count * 34 // 40 or alarms > count * 6 // 40 or gap > 5 or seconds > 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
