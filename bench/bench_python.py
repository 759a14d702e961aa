#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One script for both, as their names are the same: run by an interpreter that has pyJoules it measures pyJoules, by one that has Joules it
measures Joules. Each line of standard input is a task, each line of output its result in nanoseconds:

    record N      a record, mean of N      call N    a decorated empty call, mean of N
    alone N       a record, median of N    busy N    the same beside a thread that computes
    trace N       get_trace() of N samples, for each sample
    walk N        the same, and a look at all that each sample holds
    deep N        a decorated call at recursion depth N, mean of 1000
    down N        each call of a recursion down to N, mean of 1000 or more
    csv FROM TO   a row of a loop that writes the CSV file FROM once more, to TO, with str()
"""

import sys
import threading
import time


class Meters:
    """Made at the first use: the task csv needs neither of the two packages."""

    def __init__(self):
        from pyJoules.device.device_factory import DeviceFactory
        from pyJoules.device.rapl_device import RaplCoreDomain, RaplDramDomain, RaplPackageDomain, RaplUncoreDomain
        from pyJoules.energy_meter import EnergyMeter, measure_energy
        from pyJoules.handler import EnergyHandler

        class Ignore(EnergyHandler):
            def process(self, trace):
                pass

        domains = [RaplPackageDomain(0), RaplCoreDomain(0), RaplUncoreDomain(0), RaplDramDomain(0)]

        @measure_energy(handler=Ignore(), domains=domains)
        def empty():
            pass

        @measure_energy(handler=Ignore(), domains=domains)
        def recursive(depth, leaf):
            return leaf() if depth == 1 else recursive(depth - 1, leaf)

        self.empty = empty
        self.recursive = recursive
        self.meter = EnergyMeter(DeviceFactory.create_devices(domains))


def record(meters, count):
    meter = meters.meter
    meter.start(tag="bench")
    begin = time.perf_counter_ns()
    for _ in range(count):
        meter.record(tag="bench")
    spent = time.perf_counter_ns() - begin
    meter.stop()
    return spent / count


def busy(meters, count):
    ends = threading.Event()

    def compute():
        number = 0
        while not ends.is_set():
            for i in range(1000):
                number += i * i

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        return median_record(meters, count)
    finally:
        ends.set()
        thread.join()


def median_record(meters, count):
    """Of each record alone: the other thread has its turns, and only a record that itself waits for the GIL costs more."""
    meter, spent = meters.meter, []
    meter.start(tag="bench")
    for _ in range(count):
        begin = time.perf_counter_ns()
        meter.record(tag="bench")
        spent.append(time.perf_counter_ns() - begin)
    meter.stop()
    return sorted(spent)[count // 2]


def call(meters, count):
    empty = meters.empty
    begin = time.perf_counter_ns()
    for _ in range(count):
        empty()
    return (time.perf_counter_ns() - begin) / count


def deep(meters, depth):
    sys.setrecursionlimit(10**4)  # a decorated call takes two frames
    return meters.recursive(depth, lambda: call(meters, 1000))


def down(meters, depth):
    sys.setrecursionlimit(10**4)
    recursive, times = meters.recursive, -(-1000 // depth)
    begin = time.perf_counter_ns()
    for _ in range(times):
        recursive(depth, int)
    return (time.perf_counter_ns() - begin) / times / depth


def fill(meter, count):
    meter.start(tag="bench")
    for _ in range(count - 1):
        meter.record(tag="bench")
    meter.stop()


def trace(meters, count):
    fill(meters.meter, count)
    begin = time.perf_counter_ns()
    samples = meters.meter.get_trace()
    spent = time.perf_counter_ns() - begin
    if len(samples) != count:
        sys.exit(f"get_trace() has {len(samples)} samples of {count}")
    return spent / count


def walk(meters, count):
    fill(meters.meter, count)
    begin = time.perf_counter_ns()
    total = 0
    for sample in meters.meter.get_trace():
        total += sample.duration + sum(sample.energy.values()) + len(sample.tag) + sample.timestamp
    return (time.perf_counter_ns() - begin) / count


def csv(source, target):
    with open(source, encoding="utf-8") as file:
        header = file.readline()
        rows = [line.rstrip("\n").split(";") for line in file]
    rows = [(float(row[0]), row[1], float(row[2]), [float(value) for value in row[3:]]) for row in rows]
    begin = time.perf_counter_ns()
    with open(target, "w", encoding="utf-8") as file:
        file.write(header)
        for timestamp, tag, duration, energies in rows:
            file.write(
                str(timestamp)
                + ";"
                + tag
                + ";"
                + str(duration)
                + ";"
                + ";".join([str(energy) for energy in energies])
                + "\n"
            )
    return (time.perf_counter_ns() - begin) / len(rows)


def main():
    tasks = {
        "record": record,
        "busy": busy,
        "call": call,
        "deep": deep,
        "down": down,
        "trace": trace,
        "walk": walk,
        "alone": median_record,
    }
    meters = None
    for line in sys.stdin:
        task, *words = line.split()
        if task == "csv":
            print(csv(*words), flush=True)
            continue
        meters = meters or Meters()
        print(tasks[task](meters, int(words[0])), flush=True)


if __name__ == "__main__":
    main()
