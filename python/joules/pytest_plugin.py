# SPDX-License-Identifier: MIT
"""pytest --joules: the joules of each test; the fixture `joules` measures a block; @pytest.mark.joules(max="5 J") is a budget."""

import json
import socket

import pytest

_REGIONS = pytest.StashKey()
_BLOCKS = pytest.StashKey()
_BUDGET = pytest.StashKey()
_TOLD = pytest.StashKey()


def pytest_addoption(parser):
    group = parser.getgroup("joules", "energy of tests")
    group.addoption("--joules", action="store_true", help="print which tests used most joules")
    group.addoption("--joules-all", action="store_true", help="print the joules of each test")
    group.addoption("--joules-json", metavar="FILE", help="write them to FILE, in joules, with bounds and domains")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", 'joules(max="5 J"): the test fails if the machine used more than this for certain while it ran.'
    )
    path = config.getoption("--joules-json")
    if path and not _is_worker(config):
        try:
            open(path, "a", encoding="utf-8").close()
        except OSError as error:
            raise pytest.UsageError(f"--joules-json: cannot write {path}: {error.strerror}") from error
    config.pluginmanager.register(Tests(config, path), "joules-tests")


def _is_worker(config):
    """A process of pytest-xdist, which sends its reports to another one."""
    return hasattr(config, "workerinput")


def _workers(config):
    """How many processes run tests at one time, as a worker knows it."""
    return getattr(config, "workerinput", {}).get("workercount", 1)


def _regions(config):
    """One meter for the session, opened when first needed."""
    if _REGIONS not in config.stash:
        from ._region import Regions
        from .device import DeviceFactory

        config.stash[_REGIONS] = Regions(DeviceFactory.create_devices())
    return config.stash[_REGIONS]


class Blocks:
    """What the fixture gives: `with joules("sort") as block:`, then block.joules, .low, .high, .seconds and .watts."""

    def __init__(self, item, regions):
        self._measured = item.stash.setdefault(_BLOCKS, [])
        self._regions = regions

    def __call__(self, tag=""):
        block = self._regions(str(tag))
        self._measured.append(block)
        return block


@pytest.fixture
def joules(request):
    """Measures a block of a test: `with joules("sort") as block: …`, then `assert block.joules < 5`."""
    return Blocks(request.node, _regions(request.config))


class Tests:
    """Measures each test, or those that have a budget, and tells."""

    def __init__(self, config, path):
        self._config = config
        self._path = path
        self._prints = config.getoption("--joules") or config.getoption("--joules-all")
        self._missing = None  # why nothing can be measured
        self._reports = []

    def _region(self, item):
        from .exception import PyJoulesException

        if self._missing is None:
            try:
                return _regions(self._config)(item.nodeid)
            except PyJoulesException as error:
                self._missing = str(error)
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        from . import _budget

        try:
            item.stash[_BUDGET] = _budget.of(item)
        except ValueError as error:
            pytest.fail(f"pytest.mark.joules: {error}", pytrace=False)

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item):
        budget = item.stash.get(_BUDGET, None)
        if not (self._prints or self._path or budget is not None):
            yield
            return
        region = self._region(item)
        if region is None:
            yield
            item.stash[_TOLD] = {"missing": self._missing}
            if budget is not None:
                item.stash[_TOLD]["not_judged"] = self._missing
            return
        with region:
            outcome = yield
        from ._region import report

        told = item.stash[_TOLD] = report(region.sample)
        if budget is not None and outcome.excinfo is None:
            self._judge(told, budget, outcome)

    def _judge(self, told, budget, outcome):
        from . import _budget

        told["budget"] = budget
        why_not = _budget.why_not_judged(told["total"], _workers(self._config))
        too_much = _budget.exceeded(told["total"], budget)
        if why_not:
            told["not_judged"] = why_not
        elif too_much:
            outcome.force_exception(pytest.fail.Exception(too_much, pytrace=False))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        told = item.stash.get(_TOLD, None)
        if call.when == "call" and told is not None:
            del item.stash[_TOLD]
            outcome.get_result().joules = {**told, **_blocks(item), "workers": _workers(self._config)}

    def pytest_runtest_logreport(self, report):
        told = getattr(report, "joules", None)
        if told is not None:
            self._reports.append({"test": report.nodeid, "outcome": report.outcome, **told})

    def _is_parallel(self):
        return any(report["workers"] > 1 for report in self._reports)

    def pytest_sessionfinish(self):
        if not self._path or _is_worker(self._config):
            return
        from . import __version__

        document = {
            "format": "joules.pytest.1",
            "version": __version__,
            "host": {"name": socket.gethostname()},
            "parallel": self._is_parallel(),
            "tests": [{name: one[name] for name in one if name != "workers"} for one in self._reports],
        }
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump(document, file, allow_nan=False)
            file.write("\n")

    def pytest_terminal_summary(self, terminalreporter):
        from . import _pytest_summary

        lines = list(_pytest_summary.budgets(self._reports))
        if self._prints:
            everything = self._config.getoption("--joules-all")
            lines = [*_pytest_summary.table(self._reports, self._is_parallel(), everything), *lines]
        if lines:
            terminalreporter.section("joules")
        for line in lines:
            terminalreporter.write_line(line)


def _blocks(item):
    """The blocks of a test, as they go with its report; xdist sends it as JSON."""
    from ._region import report

    blocks = [block for block in item.stash.get(_BLOCKS, []) if block.trace is not None]
    return {"blocks": [{"tag": block.tag, **report(block.sample)} for block in blocks]}
