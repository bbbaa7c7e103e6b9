"""Methods of the handle that do their work where the state is: in this process, or in a server's, over HTTP."""

import json
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from moto_featurestore.protocol.errors import ServiceError

PATH = "/moto-api/featurestore/"

_PATIENCE = 60
"""Seconds: a flush of many rows takes some."""
_ERRORS: tuple[type[Exception], ...] = (LookupError, ValueError, TypeError, ImportError, RuntimeError)
"""What the methods raise, and is raised by the handle too that has sent them to a server."""
_RAISED: tuple[type[Exception], ...] = (*_ERRORS, ServiceError)


class Handle(Protocol):
    """What has such methods."""

    url: str | None
    """Of a server; None for the state of this process."""

    def place(self) -> dict[str, str | None]:
        """Account and region, as far as they are chosen."""


S = TypeVar("S", bound=Handle)
P = ParamSpec("P")
Raw = TypeVar("Raw")
R = TypeVar("R")

METHODS: dict[str, Callable[..., Any]] = {}
"""By the name that stands in the path of the URL."""


def shared(
    read: Callable[[Any, Any], R],
) -> Callable[[Callable[Concatenate[S, P], Raw]], Callable[Concatenate[S, P], R]]:
    """Let a method be asked of a server: its parameters, and what it returns, are values that JSON has.

    :param read: makes of the handle and what is returned what the caller gets
    """

    def decorate(method: Callable[Concatenate[S, P], Raw]) -> Callable[Concatenate[S, P], R]:
        name = method.__name__.strip("_")
        METHODS[name] = method
        parameters = signature(method)

        @wraps(method)
        def wrapper(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
            if self.url is None:
                return read(self, method(self, *args, **kwargs))
            _, *asked = parameters.bind(self, *args, **kwargs).arguments.items()
            return read(self, ask(self.url, name, _flat(parameters, dict(asked)) | self.place()))

        return cast("Callable[Concatenate[S, P], R]", wrapper)

    return decorate


def as_it_is(_: Any, value: Any) -> Any:
    """What a method returns, unread."""
    return value


def _flat(parameters: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments by name, those of ``**`` among the others."""
    flat: dict[str, Any] = {}
    for name, value in arguments.items():
        if parameters.parameters[name].kind is parameters.parameters[name].VAR_KEYWORD:
            flat |= value
        else:
            flat[name] = value
    return flat


def ask(url: str, name: str, params: dict[str, Any]) -> Any:
    """What a server answers.

    :raises Exception: one of ``_ERRORS``, as raised there
    :raises ConnectionError: where there is no server of this package
    """
    body = json.dumps({key: value for key, value in params.items() if value is not None}).encode()
    request = Request(url.rstrip("/") + PATH + name, body, {"Content-Type": "application/json"})  # noqa: S310 - the user's own
    try:
        with urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310 - the user's own
            return json.loads(response.read())
    except HTTPError as error:
        with error:
            raise _error(error) from None
    except URLError as error:
        raise ConnectionError(f"No server answers at {url}: {error.reason}") from None


def _error(answer: HTTPError) -> Exception:
    try:
        told = json.loads(answer.read())
        kinds = {kind.__name__: kind for kind in _ERRORS}
        return kinds[told["error"]](told["message"])
    except (KeyError, TypeError, ValueError):
        return ConnectionError(f"{answer.url} answers {answer.code}: it is no server of moto_featurestore.")


def answer(name: str, body: bytes, handle: Callable[..., Any]) -> tuple[int, dict[str, Any] | Any]:
    """Status and JSON value that a server answers with.

    :param handle: makes the handle of an account and a region
    """
    try:
        if name not in METHODS:
            close = get_close_matches(name, METHODS, 1) or sorted(METHODS)
            raise ValueError(f"There is no {PATH}{name}; did you mean {PATH}{close[0]}?")
        params = json.loads(body or b"{}")
        if not isinstance(params, dict):
            raise TypeError("The body must be a JSON object.")
        place = {key: params.pop(key, None) for key in ("account_id", "region_name")}
        if not all(isinstance(value, str | None) for value in place.values()):
            raise TypeError("account_id and region_name must be texts.")
        return 200, METHODS[name](handle(**place), **params)
    except _RAISED as error:
        kind = next((kind for kind in _ERRORS if isinstance(error, kind)), ValueError)
        return 400, {"error": kind.__name__, "message": _text(error)}


def _text(error: Exception) -> str:
    """What an error says; str() of a KeyError would quote it."""
    return str(error.args[0]) if error.args else str(error)
