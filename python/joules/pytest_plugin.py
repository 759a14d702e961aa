# SPDX-License-Identifier: MIT
"""pytest --joules prints the joules of each test; the fixture `joules` measures a block."""

import json
import socket

import pytest

from ._plain import plain

_DEVICES = pytest.StashKey()
_BLOCKS = pytest.StashKey()


def pytest_addoption(parser):
    group = parser.getgroup("joules", "energy of tests")
    group.addoption("--joules", action="store_true", help="print the joules that the machine took during each test")
    group.addoption("--joules-json", metavar="FILE", help="write them to FILE, in joules, with bounds and domains")


def pytest_configure(config):
    path = config.getoption("--joules-json")
    if path and not _is_worker(config):
        try:
            open(path, "a", encoding="utf-8").close()
        except OSError as error:
            raise pytest.UsageError(f"--joules-json: cannot write {path}: {error.strerror}") from error
    if path or config.getoption("--joules"):
        config.pluginmanager.register(Tests(config, path), "joules-tests")


def _is_worker(config):
    """A process of pytest-xdist, which sends its reports to another one."""
    return hasattr(config, "workerinput")


def _devices(config):
    """Opened when first needed, once."""
    if _DEVICES not in config.stash:
        from .device import DeviceFactory

        config.stash[_DEVICES] = DeviceFactory.create_devices()
    return config.stash[_DEVICES]


class Blocks:
    """What the fixture gives: `with joules("sort") as block:`, then block.joules, .low, .high, .seconds and .watts."""

    def __init__(self, item, devices):
        self._measured = item.stash.setdefault(_BLOCKS, [])
        self._devices = devices

    def __call__(self, tag=""):
        from ._region import Region

        block = Region(self._devices, str(tag))
        self._measured.append(block)
        return block


@pytest.fixture
def joules(request):
    """Measures a block of a test: `with joules("sort") as block: …`, then `assert block.joules < 5`."""
    return Blocks(request.node, _devices(request.config))


class Tests:
    """Measures each test, and tells."""

    def __init__(self, config, path):
        self._config = config
        self._path = path
        self._missing = None  # why nothing can be measured
        self._reports = []

    def _region(self, item):
        from ._region import Region
        from .exception import PyJoulesException

        try:
            return Region(_devices(self._config), item.nodeid)
        except PyJoulesException as error:
            self._missing = str(error)
            return None

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        region = None if self._missing else self._region(item)
        if region is None:
            yield
            return
        with region:
            yield
        item.stash[_REGION] = region

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        if call.when == "call":
            outcome.get_result().joules = _told(item, self._missing)

    def pytest_runtest_logreport(self, report):
        told = getattr(report, "joules", None)
        if told is not None:
            self._reports.append({"test": report.nodeid, "outcome": report.outcome, **told})

    def pytest_sessionfinish(self):
        if not self._path or _is_worker(self._config):
            return
        from . import __version__

        document = {
            "format": "joules.pytest.1",
            "version": __version__,
            "host": {"name": socket.gethostname()},
            "parallel": self._is_parallel(),
            "tests": self._reports,
        }
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump(document, file, allow_nan=False)
            file.write("\n")

    def _is_parallel(self):
        return bool(getattr(self._config.option, "numprocesses", None))

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.section("joules")
        for line in _summary(self._reports, self._is_parallel()):
            terminalreporter.write_line(line)


_REGION = pytest.StashKey()


def _told(item, missing):
    """What goes with the report of a test; xdist sends it as JSON."""
    from ._region import report

    told = {}
    region = item.stash.get(_REGION, None)
    if region is not None:
        told = report(region.sample)
        del item.stash[_REGION]
    blocks = [block for block in item.stash.get(_BLOCKS, []) if block.trace is not None]
    told["blocks"] = [{"tag": block.tag, **report(block.sample)} for block in blocks]
    if missing:
        told["missing"] = missing
    return told


def _row(measured, name):
    from ._region import amount

    total = measured["total"]
    joules, low, high = total["joules"], total["low"], total["high"]
    half = "" if None in (joules, low, high) else f"± {amount(max(high - joules, joules - low))}"
    watts = "" if joules is None or not measured["duration_s"] else amount(joules / measured["duration_s"], "W")
    marks = "*" if any("below_tick" in domain["flags"] for domain in measured["domains"]) else " "
    marks += "~" if total["source"] == "estimated" else " "
    return f"{amount(joules):>10} {half:<12} {amount(measured['duration_s'], 's'):>9} {watts:>9} {marks} {name}"


def _summary(reports, parallel):
    measured = [report for report in reports if "total" in report]
    for report in measured:
        yield _row(report, report["test"])
        for block in report["blocks"]:
            yield _row(block, f"  {plain(block['tag']) or 'a block'}")
    if not measured:
        yield "no test was measured" + "".join({f": {report['missing']}" for report in reports if "missing" in report})
        return
    shown = measured + [block for report in measured for block in report["blocks"]]
    if any("below_tick" in domain["flags"] for one in shown for domain in one["domains"]):
        yield "* shorter than two steps (ticks) of a counter: the value may be far off, even 0; ± says how far"
    if any(one["total"]["source"] == "estimated" for one in shown):
        yield "~ an estimate, not measured: this machine has no counter that can be read (joules doctor)"
    if parallel:
        yield "Tests ran side by side: each figure includes what the others used at that time."
    yield "The joules are those of the whole machine while a test ran. ± is a bound: what the counters' steps can hide."
