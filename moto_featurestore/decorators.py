"""What a context manager does, around a function of any kind, each time that it is called."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, aclosing
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any

Span = Callable[[], AbstractContextManager[Any]]
"""Makes a context in which a function runs."""


def decorate_function(function: Callable[..., Any], span: Span) -> Callable[..., Any]:
    """A wrapper of the function's own kind: the context lasts as long as an asynchronous body, or a generator's, does."""
    kinds = (
        (iscoroutinefunction, _wrap_coroutine_function),
        (isasyncgenfunction, _wrap_async_generator_function),
        (isgeneratorfunction, _wrap_generator_function),
    )
    if not callable(function):
        raise TypeError(f"mock_featurestore decorates functions and classes, not {function!r}.")
    call = type(function).__call__  # of an object that is called like a function
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
                    except Exception as error:  # noqa: BLE001 - it is the generator's to handle
                        step = generator.athrow(error)

    return wrapper
