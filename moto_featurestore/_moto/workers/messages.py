"""The messages between a worker and the owner of its mock: requests, responses and errors."""

import os
import traceback
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import MockRawResponse

from moto_featurestore._moto.workers.connection import PIECE, Head

_ACCOUNT = "x-moto-account-id"


class Reply(NamedTuple):
    """A response of moto, for botocore or for the library ``responses``."""

    status: int
    headers: dict[str, Any]
    body: bytes


class OwnerTraceback(Exception):
    """The traceback of an error in the owner. In the worker, this exception is the ``__cause__`` of the error."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


# Requests, from the worker to the owner.


def pack_request(event_name: str | None, request: Any) -> tuple[Head, Iterator[bytes]]:
    """Return the message for a prepared request.

    :param event_name: the name of botocore's event, or None for a request of the ``requests`` library
    """
    headers = _pairs(request.headers)
    if account_id := os.environ.get("MOTO_ACCOUNT_ID"):  # moto prefers this variable to the header
        headers = [pair for pair in headers if pair[0].lower() != _ACCOUNT] + [(_ACCOUNT, account_id)]
    head = {"event": event_name, "method": request.method, "url": request.url, "headers": headers}
    return head, _pieces(body_of(request))


def body_of(request: Any) -> Any:
    """Return the body of a request.

    In older releases of moto, requests from ``responses`` have the attribute ``data`` instead of ``body``.
    """
    return request.body if hasattr(request, "body") else request.data


def unpack_request(head: Head, body: bytes) -> tuple[str | None, AWSPreparedRequest]:
    """Return the name of botocore's event (or None) and the prepared request in a message."""
    headers = HTTPHeaders()
    for name, value in head["headers"]:
        headers[name] = value
    return head["event"], AWSPreparedRequest(head["method"], head["url"], headers, body, stream_output=False)


def _pairs(headers: Any) -> list[tuple[str, Any]]:
    items = headers.items() if hasattr(headers, "items") else headers
    return [
        (name, value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value) for name, value in items
    ]


def _pieces(body: Any) -> Iterator[bytes]:
    if body is None or isinstance(body, str | bytes | bytearray):
        parts: Iterable[Any] = [body or b""]
    elif hasattr(body, "read"):
        parts = iter(lambda: body.read(PIECE) or None, None)
    else:
        parts = body
    return (part.encode() if isinstance(part, str) else part for part in parts)


# Responses, from the owner to the worker.


def pack_reply(response: tuple[int, Any, Any] | None) -> tuple[Head, list[bytes]]:
    """Return the message for a response of moto.

    :param response: status, headers and body; None if moto's settings let the request leave the machine
    """
    if response is None:
        return {}, []
    status, headers, body = response
    content = MockRawResponse(body).getvalue()  # converts the body like moto
    return {"status": status, "headers": _pairs(headers)}, [content]


def pack_error(error: Exception) -> tuple[Head, list[bytes]]:
    """Return the message for an error that moto raised while it processed a worker's request."""
    description = {
        "module": type(error).__module__,
        "name": type(error).__qualname__,
        "text": str(error),
        "arguments": [_plain(argument) for argument in error.args],
        "state": {name: _plain(value) for name, value in vars(error).items()},
        "traceback": "".join(traceback.format_exception(error)),
    }
    return {"error": description}, []


def unpack_reply(head: Head, body: bytes) -> Reply | None:
    """Return the response in a message, or None if the worker must send the request itself.

    :raises Exception: the error that moto raised in the owner
    """
    if "error" in head:
        raise _error(**head["error"]) from OwnerTraceback(head["error"]["traceback"])
    return Reply(head["status"], dict(head["headers"]), body) if head else None


def _plain(value: Any) -> Any:
    """Convert a value to a value that JSON supports. If the type is not supported, return the ``repr`` of the value."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | None) else repr(value)


def _error(module: str, name: str, text: str, arguments: list[Any], state: dict[str, Any], **_: str) -> Exception:
    """Recreate an error from its description. If this is not possible, return a RuntimeError with its name and text.

    The function does not call ``__init__`` of the error's class, because the required arguments are not known.
    """
    try:
        kind = getattr(import_module(module), name)
        error: Exception = kind.__new__(kind, *arguments)
        vars(error).update(state)
        is_alike = str(error) == text
    except (ImportError, AttributeError, TypeError):
        is_alike = False
    return error if is_alike else RuntimeError(f"{module}.{name}: {text}")
