#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs an example twice, on this machine as it is and on a tree with a counter that runs, and looks at what a person would see.

check.py [--status N] [--no-energy] [--expect REGEX]... PROGRAM [ARG...]
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

START_UJ = 100_000_000_000  # as many digits to the end, so that a value is written over the one before in one piece
WATTS = 40


def make_zone(root):
    zone = os.path.join(root, "sys/class/powercap/intel-rapl:0")
    os.makedirs(zone)
    for name, text in (("name", "package-0"), ("max_energy_range_uj", "262143328850"), ("energy_uj", str(START_UJ))):
        with open(os.path.join(zone, name), "w", encoding="ascii") as file:
            file.write(text + "\n")
    return os.path.join(zone, "energy_uj")


def run_counter(path, over):
    fd = os.open(path, os.O_WRONLY)
    begin = time.monotonic()
    while not over.wait(0.001):
        os.pwrite(fd, b"%d\n" % (START_UJ + int((time.monotonic() - begin) * WATTS * 1e6)), 0)
    os.close(fd)


def check(arguments, environment, source):
    result = subprocess.run(arguments.command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    expected = list(arguments.expect)
    if not arguments.no_energy:
        expected.append(source)
    problems = (
        [f"exit status {result.returncode}, not {arguments.status}"] if result.returncode != arguments.status else []
    )
    problems += [
        f"no /{one}/ in the output"
        for one in expected
        if not re.search(one, result.stdout + result.stderr, re.MULTILINE)
    ]
    problems += ["a value is no number"] if re.search(r"\bnan\b", result.stdout) else []
    print(f"$ {' '.join(arguments.command)}\n{result.stdout}{result.stderr}", end="")
    print("".join(f"** {problem}\n" for problem in problems))
    return not problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--status", type=int, default=0)
    parser.add_argument("--no-energy", action="store_true", help="the output does not name the source of its values")
    parser.add_argument("--expect", action="append", default=[])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("JOULES_")}
    plain["JOULES_HISTORY"] = "off"
    good = check(arguments, plain, r"estimated|measured|package_0")
    with tempfile.TemporaryDirectory() as root:
        over = threading.Event()
        counter = threading.Thread(target=run_counter, args=(make_zone(root), over))
        counter.start()
        try:
            good &= check(arguments, {**plain, "JOULES_SYSROOT": root}, r"measured|package_0")
        finally:
            over.set()
            counter.join()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
