# SPDX-License-Identifier: MIT
"""The functions that stand in place of decorated ones: of each kind of function its own, from its begin to its very end."""

import functools
import types


def _wrap_function(func, tag, measurements):
    begin, end, fail = measurements.begin, measurements.end, measurements.fail

    @functools.wraps(func)
    def wrapper_measure(*args, **kwargs):
        recorder = begin(tag)
        try:
            value = func(*args, **kwargs)
        except BaseException:
            fail(recorder)
            raise
        end(recorder)
        return value

    return wrapper_measure


def _wrap_coroutine(func, tag, measurements):
    @functools.wraps(func)
    async def wrapper_measure(*args, **kwargs):
        recorder = measurements.begin(tag)
        try:
            value = await func(*args, **kwargs)
        except BaseException:
            measurements.fail(recorder)
            raise
        measurements.end(recorder)
        return value

    return wrapper_measure


def _is_awaited(func):
    """Whether this generator function was made a coroutine by types.coroutine."""
    return getattr(getattr(func, "__code__", None), "co_flags", 0) & 0x100  # inspect's CO_ITERABLE_COROUTINE


def _wrap_generator(func, tag, measurements):
    @functools.wraps(func)
    def wrapper_measure(*args, **kwargs):
        recorder = measurements.begin(tag)
        try:
            value = yield from func(*args, **kwargs)
        except GeneratorExit:
            measurements.end(recorder)
            raise
        except BaseException:
            measurements.fail(recorder)
            raise
        measurements.end(recorder)
        return value

    return types.coroutine(wrapper_measure) if _is_awaited(func) else wrapper_measure


def _wrap_async_generator(func, tag, measurements):
    @functools.wraps(func)
    async def wrapper_measure(*args, **kwargs):
        recorder = measurements.begin(tag)
        inner = func(*args, **kwargs)
        try:
            value = await inner.asend(None)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    value = await inner.athrow(error)
                else:
                    value = await inner.asend(sent)
        except StopAsyncIteration:
            pass
        except GeneratorExit:
            measurements.end(recorder)
            raise
        except BaseException:
            measurements.fail(recorder)
            raise
        measurements.end(recorder)

    return wrapper_measure


def wrapper_of(func):
    code = getattr(func, "__code__", None)
    if code is not None and not code.co_flags & 0x2A0:  # inspect's CO_GENERATOR, CO_COROUTINE and CO_ASYNC_GENERATOR
        return _wrap_function
    import inspect  # takes as long as the rest of this package; most functions do not need it

    # An object is called by its class's __call__: asked for the function itself, not whether there is one.
    if inspect.iscoroutinefunction(func) or inspect.iscoroutinefunction(getattr(type(func), "__call__", None)):
        return _wrap_coroutine
    if inspect.isasyncgenfunction(func):
        return _wrap_async_generator
    return _wrap_generator if inspect.isgeneratorfunction(func) else _wrap_function
