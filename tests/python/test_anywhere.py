# SPDX-License-Identifier: MIT
"""Threads, asyncio, fork, sub-interpreters; and the GIL, which is kept while a counter is read."""

import asyncio
import concurrent.futures
import glob
import os
import subprocess
import sys
import sysconfig
import threading
import warnings

import pytest

import joules
from machines import ROOT, J
from joules.device import DeviceFactory
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyContext, EnergyMeter, measure_energy

DOMAINS = [RaplPackageDomain(0)]


def test_threads_each_have_their_own_measurement(machine, keep):
    """Four threads inside the same function at once, in steps: what each sees is what was spent between its own begin and end."""
    steps = [threading.Barrier(5) for _ in range(3)]

    @measure_energy(handler=keep, domains=DOMAINS)
    def work(number):
        steps[0].wait()
        steps[1].wait()
        return number

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = [pool.submit(work, number) for number in range(4)]
        steps[0].wait()
        machine.add("package-0", 3 * J)
        steps[1].wait()
        assert sorted(result.result() for result in results) == [0, 1, 2, 3]
    assert [s.energy["package_0"] for s in keep.samples] == [3.0 * J] * 4


def test_one_meter_in_many_threads(machine):
    meter = EnergyMeter(DeviceFactory.create_devices(DOMAINS))
    meter.start("x")
    threads = [threading.Thread(target=lambda: [meter.record("x") for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    machine.add("package-0", J)
    for thread in threads:
        thread.join()
    meter.stop()
    trace = meter.get_trace()
    assert len(trace) == 2001 and trace.total() == 1.0 * J and all(s.duration >= 0 for s in trace)


def test_one_trace_in_many_threads(machine):
    meter = EnergyMeter(DeviceFactory.create_devices(DOMAINS))
    meter.start(0)
    for number in range(1, 2000):
        meter.record(number)
    meter.stop()
    trace = meter.get_trace()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: [trace[i] for i in range(2000)] if number % 2 else list(trace), range(4)))
    assert all(one is other for one, other in zip(found[0], found[3]))
    assert [s.tag for s in trace] == list(range(2000)) and trace[5] is found[0][5]


def test_the_gil_is_kept_while_a_counter_is_read(machine):
    """Another thread waits for the GIL and would run as soon as it is let go: with a switch interval of hours it does not."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        pytest.skip("this Python has no GIL")
    meter = EnergyMeter(DeviceFactory.create_devices())
    started, ran, gate = threading.Event(), [], threading.Lock()
    gate.acquire()

    def other():
        started.set()
        gate.acquire()
        ran.append(1)

    thread = threading.Thread(target=other)
    thread.start()
    started.wait()
    meter.start("x")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(3600)
    try:
        gate.release()
        for _ in range(1000):
            meter.record("x")
        meter.stop()
        kept = not ran
    finally:
        sys.setswitchinterval(interval)
    thread.join()
    assert kept and ran == [1]


def test_asyncio_contexts_overlap(machine, keep):
    async def work(wait):
        with EnergyContext(keep, DOMAINS):
            await asyncio.sleep(wait)
            machine.add("package-0", J)

    async def main():
        await asyncio.gather(work(0.02), work(0.1))

    asyncio.run(main())
    assert [s.energy["package_0"] for s in keep.samples] == [1.0 * J, 2.0 * J]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fork(machine, keep):
    """A measurement that began before fork goes on on both sides, each by itself; new ones can begin."""
    meter = EnergyMeter(DeviceFactory.create_devices(DOMAINS))
    decorated = measure_energy(lambda: machine.add("package-0", J), handler=keep, domains=DOMAINS)
    decorated()
    meter.start("before")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            machine.add("package-0", 2 * J)
            meter.record("child")
            decorated()
            meter.stop()
            new = EnergyMeter(DeviceFactory.create_devices())
            new.start()
            new.stop()
            values = (
                [s.energy["package_0"] / J for s in meter.get_trace()]
                + [s.energy["package_0"] / J for s in keep.samples]
                + [len(new.get_trace())]
            )
            os.write(writer, repr(values).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as file:
        assert file.read() == "[2.0, 1.0, 1.0, 1.0, 1]"
    assert os.waitpid(child, 0)[1] == 0
    meter.stop()
    assert [s.energy["package_0"] for s in meter.get_trace()] == [3.0 * J] and len(keep.traces) == 1


def test_multiprocessing(run, machine):
    code = """
import multiprocessing, sys
from joules.energy_meter import EnergyContext
from joules.energy_trace import EnergyTrace
class Keep:
    def process(self, trace): self.trace = trace
def work(number):
    keep = Keep()
    with EnergyContext(keep, start_tag=str(number)): pass
    return keep.trace
if __name__ == '__main__':
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print([trace[0].tag for trace in pool.map(work, range(4))])
"""
    path = os.path.join(machine.root, "work.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(code)
    for way in ("fork", "spawn"):
        done = subprocess.run([sys.executable, path, way], text=True, capture_output=True, timeout=60, check=False)
        assert done.stdout == "['0', '1', '2', '3']\n", done.stderr


# ---- sub-interpreters ---------------------------------------------------------------------------------------------------------

MEASURE = """
from joules.energy_meter import EnergyMeter
from joules.device import DeviceFactory
meter = EnergyMeter(DeviceFactory.create_devices())
meter.start('a'); meter.record(5); meter.stop()
assert [s.tag for s in meter.get_trace()] == ['a', 5]
import pyJoules.energy_trace
memoryview
"""

SUBINTERPRETERS = f"""
import sys
measure = {MEASURE!r}
path = "import sys; sys.path[:] = " + repr(sys.path) + "\\n"
version = sys.version_info[:2]
if version >= (3, 14):
    from concurrent import interpreters
    new = interpreters.create
    run = lambda one: one.exec(path + measure)
    end = lambda one: one.close()
elif version == (3, 13):
    import _interpreters
    new = lambda: _interpreters.create("isolated")
    def run(one):
        error = _interpreters.run_string(one, path + measure)
        assert error is None, error
    end = _interpreters.destroy
else:
    import _xxsubinterpreters as module
    new = lambda: module.create(isolated=True)
    run = lambda one: module.run_string(one, path + measure)
    end = module.destroy
exec(measure)
for _ in range(3):
    one = new()
    run(one)
    run(one)
    end(one)
exec(measure)
print("measured in sub-interpreters")
"""


def test_sub_interpreters(run, machine):
    assert run.ok(SUBINTERPRETERS) == "measured in sub-interpreters\n"


def pythons():
    """Other CPythons of this machine, from 3.12 on."""
    names = ["python3.12", "python3.13", "python3.14", "python3.13t", "python3.14t"]
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin"))]
    found = {}
    for name in names:
        for folder in folders:
            path = os.path.join(folder, name)
            works = (
                os.path.exists(path)
                and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0
            )
            if works and name not in found:
                found[name] = path
    return found


def test_the_same_build_on_each_newer_cpython(run, machine, record_property):
    """One stable-ABI build: the package of this environment is imported by every newer CPython that is found."""
    from joules import _core

    if "abi3" not in _core.__file__:
        pytest.skip("this build is for one Python only")
    folder = os.path.dirname(os.path.dirname(joules.__file__))
    found = {name: path for name, path in pythons().items() if not name.endswith("t")}
    for path in found.values():
        code = f"import sys; sys.path.append({folder!r})\n" + SUBINTERPRETERS
        assert run.ok(code, python=path) == "measured in sub-interpreters\n"
    missing = [version for version in ("3.12", "3.13", "3.14") if f"python{version}" not in found]
    free = [name for name in pythons() if name.endswith("t")]
    if missing or not free:
        words = ", ".join(missing + ([] if free else ["free-threaded"]))
        record_property("not_measured", words)
        warnings.warn(f"not measured for want of such a CPython: {words}", stacklevel=1)


def test_sources_are_ready_for_free_threading():
    """Where such a Python runs these tests, the extension must not switch the GIL on again."""
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("this Python has a GIL")
    assert not sys._is_gil_enabled()


def test_the_extension_uses_the_public_header_only():
    allowed = {"joules/joules.h", "core.h", "arrow.h"}
    for path in (ROOT / "python/src").glob("*.[ch]"):
        for line in path.read_text().splitlines():
            if line.startswith('#include "'):
                assert line.split('"')[1] in allowed, (path.name, line)
            if line.startswith("#include <joules"):
                assert line == "#include <joules/joules.h>", (path.name, line)


def test_the_extension_needs_libc_only():
    from joules import _core

    needed = subprocess.run(["ldd", _core.__file__], text=True, capture_output=True, check=True).stdout
    names = {line.split()[0].split("/")[-1].split(".")[0] for line in needed.splitlines()}
    assert names <= {"linux-vdso", "libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64", "libjoules", "libpthread"}, (
        needed
    )
