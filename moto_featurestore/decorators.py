"""A decorator that runs a function of any kind inside a context manager."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, aclosing
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any

Span = Callable[[], AbstractContextManager[Any]]
"""A function that returns the context manager for one call."""


def decorate_function(function: Callable[..., Any], span: Span) -> Callable[..., Any]:
    """Return a wrapper of the same kind as the function: plain, generator, coroutine or async generator.

    Each call runs in a new context. For a generator or a coroutine, the context lasts until its body ends.

    :param span: a function that returns the context manager for one call
    :raises TypeError: if ``function`` is not callable
    """
    kinds = (
        (iscoroutinefunction, _wrap_coroutine_function),
        (isasyncgenfunction, _wrap_async_generator_function),
        (isgeneratorfunction, _wrap_generator_function),
    )
    if not callable(function):
        raise TypeError(f"mock_featurestore can decorate functions and classes, not {function!r}.")
    call = type(function).__call__  # the object can be an instance of a class with __call__
    wrap = next((wrap for is_of_kind, wrap in kinds if is_of_kind(function) or is_of_kind(call)), _wrap_function)
    return wraps(function)(wrap(function, span))


def _wrap_function(function: Callable[..., Any], span: Span) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with span():
            return function(*args, **kwargs)

    return wrapper


def _wrap_generator_function(function: Callable[..., Any], span: Span) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with span():
            return (yield from function(*args, **kwargs))

    return wrapper


def _wrap_coroutine_function(function: Callable[..., Any], span: Span) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with span():
            return await function(*args, **kwargs)

    return wrapper


def _wrap_async_generator_function(function: Callable[..., Any], span: Span) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with span():
            async with aclosing(function(*args, **kwargs)) as generator:
                step = generator.asend(None)
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = generator.asend((yield item))
                    except Exception as error:  # noqa: BLE001 - the generator handles it
                        step = generator.athrow(error)

    return wrapper
