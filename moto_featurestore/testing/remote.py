"""Methods of the handle that run where the state is: in this process, or on a server over HTTP."""

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
"""The timeout in seconds: a flush of many rows takes some time."""
_ERRORS: tuple[type[Exception], ...] = (LookupError, ValueError, TypeError, ImportError, RuntimeError)
"""The errors that pass from a server to the handle that called it."""
_RAISED: tuple[type[Exception], ...] = (*_ERRORS, ServiceError)


class Handle(Protocol):
    """A class with shared methods."""

    url: str | None
    """The URL of a server, or None for the state of this process."""

    def place(self) -> dict[str, str | None]:
        """Return account and region; None means the default."""


S = TypeVar("S", bound=Handle)
P = ParamSpec("P")
Raw = TypeVar("Raw")
R = TypeVar("R")

METHODS: dict[str, Callable[..., Any]] = {}
"""The shared methods by name, which is the last segment of the URL's path."""


def shared(
    read: Callable[[Any, Any], R],
) -> Callable[[Callable[Concatenate[S, P], Raw]], Callable[Concatenate[S, P], R]]:
    """Decorate a method so that it runs on the server if the handle has a URL.

    Its parameters and its result must be JSON values.

    :param read: converts the result, given the handle, to what the caller gets
    """

    def decorate(method: Callable[Concatenate[S, P], Raw]) -> Callable[Concatenate[S, P], R]:
        name = method.__name__.strip("_")
        METHODS[name] = method
        parameters = signature(method)

        @wraps(method)
        def wrapper(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
            if self.url is None:
                return read(self, method(self, *args, **kwargs))
            _, *arguments = parameters.bind(self, *args, **kwargs).arguments.items()
            return read(self, ask(self.url, name, _flat(parameters, dict(arguments)) | self.place()))

        return cast("Callable[Concatenate[S, P], R]", wrapper)

    return decorate


def as_it_is(_: Any, value: Any) -> Any:
    """Return the value unchanged."""
    return value


def _flat(parameters: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments by name, including the keywords collected by a ``**`` parameter."""
    flat: dict[str, Any] = {}
    for name, value in arguments.items():
        if parameters.parameters[name].kind is parameters.parameters[name].VAR_KEYWORD:
            flat |= value
        else:
            flat[name] = value
    return flat


def ask(url: str, name: str, params: dict[str, Any]) -> Any:
    """Call a method on a server, and return its result.

    :raises Exception: one of ``_ERRORS``, if the method raised it on the server
    :raises ConnectionError: if no server responds, or it is not a server of this package
    """
    body = json.dumps({key: value for key, value in params.items() if value is not None}).encode()
    request = Request(url.rstrip("/") + PATH + name, body, {"Content-Type": "application/json"})  # noqa: S310 - the user chose the URL
    try:
        with urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310 - the user chose the URL
            return json.loads(response.read())
    except HTTPError as error:
        with error:
            raise _error(error) from None
    except URLError as error:
        raise ConnectionError(f"No server responds at {url}: {error.reason}") from None


def _error(response: HTTPError) -> Exception:
    try:
        body = json.loads(response.read())
        error_classes = {error_class.__name__: error_class for error_class in _ERRORS}
        return error_classes[body["error"]](body["message"])
    except (KeyError, TypeError, ValueError):
        return ConnectionError(
            f"{response.url} responded with status {response.code}. It is not a server of moto_featurestore."
        )


def answer(name: str, body: bytes, handle: Callable[..., Any]) -> tuple[int, dict[str, Any] | Any]:
    """Run a method on the server, and return the HTTP status and the JSON body of the response.

    :param handle: returns the handle of an account and a region
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
            raise TypeError("account_id and region_name must be strings.")
        return 200, METHODS[name](handle(**place), **params)
    except _RAISED as error:
        error_class = next((error_class for error_class in _ERRORS if isinstance(error, error_class)), ValueError)
        return 400, {"error": error_class.__name__, "message": _message(error)}


def _message(error: Exception) -> str:
    """Return the message of an error. ``str()`` of a KeyError would put it in quotes."""
    return str(error.args[0]) if error.args else str(error)
