"""The HTTP endpoint of the commands, ``POST /moto-api/featurestore/<command>``: requests, responses and errors."""

import json
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from moto_featurestore.protocol.errors import ServiceError
from moto_featurestore.store.group import Store
from moto_featurestore.testing.commands import COMMANDS, AdminWorld

PATH = "/moto-api/featurestore/"

_TIMEOUT = 300
"""The timeout of a request in seconds. The timeout is long, because a flush of many rows or a query takes some time."""
_ERRORS: tuple[type[Exception], ...] = (LookupError, ValueError, TypeError, ImportError, RuntimeError)
"""The exceptions that ``call`` raises in the client if the command raised them on the server."""
_RAISED: tuple[type[Exception], ...] = (*_ERRORS, ServiceError)


# The client.


def call(url: str, name: str, params: dict[str, Any]) -> Any:
    """Run a command on a server, and return its result.

    :param url: the URL of the server
    :param params: the parameters of the command, with ``account_id`` and ``region_name``; None means the default
    :raises Exception: one of ``_ERRORS``, if the command raised it on the server
    :raises ConnectionError: if no server responds, or the server is not a server of this package
    """
    body = json.dumps({key: value for key, value in params.items() if value is not None}).encode()
    request = Request(url.rstrip("/") + PATH + name, body, {"Content-Type": "application/json"})  # noqa: S310 - the user chose the URL
    try:
        with urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310 - the user chose the URL
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


# The server.


def all_commands() -> dict[str, Callable[..., Any]]:
    """Return a dict from name to command, including the commands of the web console.

    Only this function imports the modules that define the console's commands, because only a server needs these
    commands.
    """
    from moto_featurestore.testing import control_views, csv_groups, queries, views  # noqa: F401 - they register their commands

    return COMMANDS


def respond(
    name: str, body: bytes, open_store: Callable[[str | None, str | None], tuple[AdminWorld, Store]]
) -> tuple[int, Any]:
    """Run a command on the server. Return the HTTP status and the JSON body of the response.

    :param name: the name of the command
    :param body: a JSON object with the parameters of the command
    :param open_store: a function that takes an account and a region; None means the default. It returns the world (the
        interface to S3, Glue, IAM and the clock) and the store
    """
    try:
        known = all_commands()
        if name not in known:
            close = get_close_matches(name, known, 1) or sorted(known)
            raise ValueError(f"Unknown path {PATH}{name}; did you mean {PATH}{close[0]}?")
        params = json.loads(body or b"{}")
        if not isinstance(params, dict):
            raise TypeError("The body must be a JSON object.")
        account_id, region_name = params.pop("account_id", None), params.pop("region_name", None)
        if not isinstance(account_id, str | None) or not isinstance(region_name, str | None):
            raise TypeError("account_id and region_name must be strings.")
        return 200, known[name](*open_store(account_id, region_name), **params)
    except _RAISED as error:
        error_class = next((error_class for error_class in _ERRORS if isinstance(error, error_class)), ValueError)
        return 400, {"error": error_class.__name__, "message": _message(error)}


def _message(error: Exception) -> str:
    """Return the message of an error. Do not use ``str()``, because ``str()`` of a KeyError adds quotes."""
    return str(error.args[0]) if error.args else str(error)
