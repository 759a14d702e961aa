# SPDX-License-Identifier: MIT
"""measure_energy and EnergyContext: each call is its own measurement, and the user's program comes first."""

import asyncio
import inspect
import time
import types
import warnings

import pytest

from machines import J
from joules.device.rapl_device import RaplPackageDomain
from joules.energy_meter import EnergyContext, EnergyMeter, measure_energy
from joules.exception import NoSuchDeviceError, NoSuchDomainError
from joules.handler import EnergyHandler

DOMAINS = [RaplPackageDomain(0)]


def measured(keep):
    return [(sample.tag, sample.energy["package_0"]) for sample in keep.samples]


# ---- the decorator ----------------------------------------------------------------------------------------------------------


def test_with_and_without_parentheses(machine, capsys):
    @measure_energy
    def one(value, *, named):
        """Its words."""
        return value, named

    @measure_energy()
    def two():
        return 2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert one(1, named=3) == (1, 3) and two() == 2
    assert [line.split("; ")[1] for line in capsys.readouterr().out.splitlines()] == ["tag : one", "tag : two"]
    assert (
        one.__name__ == "one"
        and one.__doc__ == "Its words."
        and inspect.isfunction(one)
        and inspect.isfunction(one.__wrapped__)
    )


def test_the_sample(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    def foo():
        machine.add("package-0", 3 * J)

    foo()
    foo()
    assert measured(keep) == [("foo", 3.0 * J)] * 2 and len(keep.traces) == 2


def test_nested_and_recursive_calls(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    def inner():
        machine.add("package-0", 2 * J)

    @measure_energy(handler=keep, domains=DOMAINS)
    def outer(depth):
        machine.add("package-0", 1 * J)
        inner()
        if depth:
            outer(depth - 1)
        machine.add("package-0", 1 * J)

    outer(1)
    assert measured(keep) == [("inner", 2.0 * J), ("inner", 2.0 * J), ("outer", 4.0 * J), ("outer", 8.0 * J)]


def test_deep_recursion(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    def down(depth):
        return down(depth - 1) if depth else "bottom"

    assert down(200) == "bottom" and len(keep.traces) == 201


def test_methods(machine, keep):
    class Thing:
        @measure_energy(handler=keep)
        def method(self):
            return self

        @measure_energy(handler=keep)
        @staticmethod
        def static(value):
            return value

        @classmethod
        @measure_energy(handler=keep)
        def of_class(cls):
            return cls

        @measure_energy(handler=keep)
        @classmethod
        def of_class_too(cls):
            return cls

    thing = Thing()
    assert (
        thing.method() is thing and thing.static(5) == 5 and thing.of_class() is Thing and Thing.of_class_too() is Thing
    )
    assert [sample.tag for sample in keep.samples] == ["method", "static", "of_class", "of_class_too"]


def test_callables_that_are_no_functions(machine, keep):
    import functools

    class Callable:
        def __call__(self):
            return "called"

    assert measure_energy(Callable(), handler=keep)() == "called"
    assert measure_energy(functools.partial(int, "7"), handler=keep)() == 7
    assert measure_energy(len, handler=keep)("abc") == 3
    assert [sample.tag for sample in keep.samples] == ["Callable", "partial", "len"]


def test_a_coroutine_is_measured_to_its_end(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    async def work(joules):
        await asyncio.sleep(0.02)
        machine.add("package-0", joules * J)
        return joules

    assert inspect.iscoroutinefunction(work) and asyncio.iscoroutinefunction(work)
    assert asyncio.run(work(5)) == 5
    assert measured(keep) == [("work", 5.0 * J)] and keep.samples[0].duration >= 0.02


def test_tasks_do_not_disturb_each_other(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    async def work(wait):
        await asyncio.sleep(wait)
        machine.add("package-0", J)

    async def main():
        await asyncio.gather(work(0.01), work(0.06), work(0.12))

    asyncio.run(main())
    assert measured(keep) == [("work", 1.0 * J), ("work", 2.0 * J), ("work", 3.0 * J)]


def test_a_generator_is_measured_from_first_next_to_exhaustion(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    def count():
        machine.add("package-0", J)
        got = yield 1
        machine.add("package-0", J)
        yield got
        return "end"

    assert inspect.isgeneratorfunction(count)
    generator = count()
    assert isinstance(generator, types.GeneratorType)
    machine.add("package-0", 50 * J)
    assert next(generator) == 1 and keep.traces == []
    assert generator.send("sent") == "sent"
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == "end"
    assert measured(keep) == [("count", 2.0 * J)]


def test_a_closed_generator_is_one_sample(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    def count():
        while True:
            machine.add("package-0", J)
            yield

    generator = count()
    next(generator)
    next(generator)
    generator.close()
    assert measured(keep) == [("count", 2.0 * J)]
    never = count()
    never.close()
    assert len(keep.traces) == 1


def test_a_generator_takes_thrown_exceptions(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    def catches():
        try:
            yield 1
        except KeyError as error:
            yield error

    generator = catches()
    next(generator)
    error = KeyError("x")
    assert generator.throw(error) is error
    with pytest.raises(ZeroDivisionError):
        generator.throw(ZeroDivisionError())
    assert len(keep.traces) == 1


def test_an_asynchronous_generator(machine, keep):
    @measure_energy(handler=keep, domains=DOMAINS)
    async def count():
        got = None
        try:
            while got != "stop":
                machine.add("package-0", J)
                await asyncio.sleep(0)
                got = yield got
        except KeyError:
            yield "caught"

    assert inspect.isasyncgenfunction(count)

    async def main():
        one = count()
        assert await one.__anext__() is None
        assert await one.asend("sent") == "sent"
        assert keep.traces == []
        assert await one.athrow(KeyError()) == "caught"
        with pytest.raises(StopAsyncIteration):
            await one.__anext__()
        other = count()
        await other.__anext__()
        await other.aclose()
        assert [value async for value in _until(count(), 3)] == [None] * 3

    async def _until(generator, number):
        for _ in range(number):
            yield await generator.__anext__()
        await generator.aclose()

    asyncio.run(main())
    assert measured(keep) == [("count", 2.0 * J), ("count", 1.0 * J), ("count", 3.0 * J)]


class Mine(Exception):
    pass


@pytest.mark.parametrize(
    "error", [Mine("mine"), KeyboardInterrupt(), SystemExit(3)], ids=["exception", "interrupt", "exit"]
)
def test_the_users_exception_comes_out_and_the_sample_is_reported(machine, keep, error):
    @measure_energy(handler=keep, domains=DOMAINS)
    def fails():
        machine.add("package-0", J)
        raise error

    with pytest.raises(type(error)) as caught:
        fails()
    assert caught.value is error and error.__cause__ is None and error.__context__ is None
    assert measured(keep) == [("fails", 1.0 * J)]


class Broken(EnergyHandler):
    def process(self, trace):
        EnergyHandler.process(self, trace)
        raise OSError("the disk is full")


def test_a_failing_handler_beside_the_users_exception_is_a_warning(machine):
    handler, mine = Broken(), Mine()

    @measure_energy(handler=handler)
    def fails():
        raise mine

    with pytest.warns(RuntimeWarning, match="the disk is full"), pytest.raises(Mine) as caught:
        fails()
    assert caught.value is mine and len(handler.traces) == 1
    with pytest.warns(RuntimeWarning, match="the disk is full"), pytest.raises(Mine), EnergyContext(handler):
        raise mine
    assert len(handler.traces) == 2


def test_the_users_exception_comes_out_also_where_warnings_are_errors(machine, capsys):
    handler, mine = Broken(), Mine()

    @measure_energy(handler=handler)
    def fails():
        raise mine

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Mine) as caught:
            fails()
        assert caught.value is mine
        with pytest.raises(Mine) as caught, EnergyContext(handler):
            raise mine
        assert caught.value is mine and len(handler.traces) == 2
    assert capsys.readouterr().err.count("the disk is full") == 2


def test_a_failing_handler_alone_raises_and_keeps_the_trace(machine):
    handler = Broken()
    with pytest.raises(OSError, match="the disk is full"):
        measure_energy(handler=handler)(lambda: 1)()
    with pytest.raises(OSError, match="the disk is full"), EnergyContext(handler):
        pass
    assert len(handler.traces) == 2


def test_whatever_is_awaited_is_measured_to_its_end(machine, keep):
    class Callable:
        async def __call__(self):
            await asyncio.sleep(0)
            machine.add("package-0", J)
            return 1

    @types.coroutine
    def old():
        yield
        machine.add("package-0", J)
        return 2

    async def both():
        return await measure_energy(Callable(), keep, DOMAINS)(), await measure_energy(old, keep, DOMAINS)()

    assert asyncio.run(both()) == (1, 2)
    assert measured(keep) == [("Callable", 1.0 * J), ("old", 1.0 * J)]


def test_coroutines_and_generators_let_exceptions_out(machine, keep):
    @measure_energy(handler=keep)
    async def fails():
        raise Mine

    @measure_energy(handler=keep)
    def yields():
        yield
        raise Mine

    with pytest.raises(Mine):
        asyncio.run(fails())
    with pytest.raises(Mine):
        list(yields())
    assert [sample.tag for sample in keep.samples] == ["fails", "yields"]


# ---- when errors come ---------------------------------------------------------------------------------------------------------


def test_nothing_to_measure_is_said_at_the_first_call_before_the_function_runs(bare):
    ran = []
    decorated = measure_energy(ran.append)
    with pytest.raises(NoSuchDeviceError) as caught:
        decorated(1)
    assert ran == []
    assert all(word in str(caught.value) for word in ("rapl:", "estimate:", "nvidia:"))
    with pytest.raises(NoSuchDeviceError):
        EnergyContext()


def test_a_decorated_function_can_be_imported_anywhere(run, bare):
    run.ok("from pyJoules.energy_meter import measure_energy\n@measure_energy\ndef foo(): pass")


def test_a_domain_that_does_not_exist(machine):
    with pytest.raises(NoSuchDomainError):
        EnergyContext(domains=[RaplPackageDomain(7)])
    decorated = measure_energy(lambda: 1, domains=[RaplPackageDomain(7)])
    with pytest.raises(NoSuchDomainError):
        decorated()


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_nothing_to_measure_can_be_a_warning(bare, keep, monkeypatch, how):
    options = {"on_nothing": "warn"} if how == "argument" else {}
    if how == "variable":
        monkeypatch.setenv("JOULES_ON_NOTHING", "warn")
    decorated = measure_energy(lambda: "ran", handler=keep, **options)
    with pytest.warns(RuntimeWarning, match="nothing can be measured") as caught:
        assert decorated() == "ran" and decorated() == "ran"
    assert len(caught) == 1
    with pytest.warns(RuntimeWarning, match="nothing can be measured"), EnergyContext(keep, **options) as context:
        context.record("b")
    assert [(sample.tag, sample.energy) for sample in keep.samples] == [
        ("<lambda>", {}),
        ("<lambda>", {}),
        ("start", {}),
        ("b", {}),
    ]


def test_an_absent_domain_can_be_a_warning(machine, keep):
    domains = [RaplPackageDomain(0), RaplPackageDomain(7)]
    with pytest.warns(RuntimeWarning, match="package_7") as caught, EnergyContext(keep, domains, on_nothing="warn"):
        machine.add("package-0", J)
    assert len(caught) == 1
    energy = keep.samples[0].energy
    assert (
        list(energy) == ["package_0", "package_7"]
        and energy["package_0"] == 1.0 * J
        and energy["package_7"] != energy["package_7"]
    )


def test_on_nothing_takes_two_words(machine):
    with pytest.raises(ValueError, match="warn"):
        EnergyContext(on_nothing="ignore")


# ---- the context manager --------------------------------------------------------------------------------------------------------


def test_context(machine, keep):
    with EnergyContext(handler=keep, domains=DOMAINS, start_tag="foo") as context:
        assert isinstance(context, EnergyMeter)
        machine.add("package-0", J)
        context.record(tag="bar")
        machine.add("package-0", 2 * J)
    assert measured(keep) == [("foo", 1.0 * J), ("bar", 2.0 * J)]


def test_context_defaults_and_attributes(machine, keep):
    context = EnergyContext(keep)
    assert context.handler is keep and context.start_tag == "start" and isinstance(context.energy_meter, EnergyMeter)
    with context as meter:
        assert meter is context.energy_meter
    with context:
        pass
    assert [sample.tag for sample in keep.samples] == ["start", "start"]


def test_a_body_may_stop_the_meter(machine, keep):
    with EnergyContext(keep, DOMAINS) as context:
        machine.add("package-0", J)
        context.stop()
        machine.add("package-0", J)
    assert measured(keep) == [("start", 1.0 * J)]


def test_an_exception_in_the_body(machine, keep):
    mine = Mine()
    with pytest.raises(Mine) as caught, EnergyContext(keep, DOMAINS):
        machine.add("package-0", J)
        raise mine
    assert caught.value is mine and mine.__context__ is None
    assert measured(keep) == [("start", 1.0 * J)]


def test_sync(machine, keep):
    calls = []
    with EnergyContext(keep, sync=lambda: calls.append(1)) as context:
        context.record()
    measure_energy(lambda: 1, handler=keep, sync=lambda: calls.append(1))()
    assert len(calls) == 5


def test_a_mocked_factory_acts(machine, keep):
    from unittest import mock

    with mock.patch("pyJoules.energy_meter.DeviceFactory") as factory:
        factory.create_devices.return_value = []
        measure_energy(lambda: 1, handler=keep, domains="given")()
        with EnergyContext(keep, "given too"):
            pass
    assert factory.create_devices.mock_calls == [mock.call("given"), mock.call("given too")]
    assert [sample.energy for sample in keep.samples] == [{}, {}]


def test_time_passes_between(machine, keep):
    begin = time.time()
    with EnergyContext(keep):
        time.sleep(0.02)
    sample = keep.samples[0]
    assert sample.duration >= 0.02 and begin - 1 < sample.timestamp < time.time() + 1
