"""Requests, answers and errors, as they cross a line."""

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


class Answer(NamedTuple):
    """What moto answered: it goes on to botocore, or to ``responses``."""

    status: int
    headers: dict[str, Any]
    body: bytes


class OwnerTraceback(Exception):
    """The traceback of an error that was raised in the owner; the error's ``__cause__`` in the worker."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


# A request: from the worker to the owner.


def pack_request(event_name: str | None, request: Any) -> tuple[Head, Iterator[bytes]]:
    """A prepared request and the name of botocore's event for it, if that is how it came."""
    headers = _pairs(request.headers)
    if account_id := os.environ.get("MOTO_ACCOUNT_ID"):  # to moto, it comes before the header
        headers = [pair for pair in headers if pair[0].lower() != _ACCOUNT] + [(_ACCOUNT, account_id)]
    head = {"event": event_name, "method": request.method, "url": request.url, "headers": headers}
    return head, _pieces(body_of(request))


def body_of(request: Any) -> Any:
    """The body as it was given; older releases of moto know it by another name, where ``responses`` met the request."""
    return request.body if hasattr(request, "body") else request.data


def unpack_request(head: Head, body: bytes) -> tuple[str | None, AWSPreparedRequest]:
    """The same, in the owner."""
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


# What comes back.


def pack_answer(answer: tuple[int, Any, Any] | None) -> tuple[Head, list[bytes]]:
    """An answer of moto's; None, where it lets the request out."""
    if answer is None:
        return {}, []
    status, headers, body = answer
    as_bytes = MockRawResponse(body).getvalue()  # as moto itself makes them
    return {"status": status, "headers": _pairs(headers)}, [as_bytes]


def pack_error(error: Exception) -> tuple[Head, list[bytes]]:
    """An error that moto raised."""
    told = {
        "module": type(error).__module__,
        "name": type(error).__qualname__,
        "text": str(error),
        "arguments": [_plain(argument) for argument in error.args],
        "state": {name: _plain(value) for name, value in vars(error).items()},
        "traceback": "".join(traceback.format_exception(error)),
    }
    return {"error": told}, []


def unpack_answer(head: Head, body: bytes) -> Answer | None:
    """An answer, or None for one that is sought outside.

    :raises Exception: what moto raised in the owner, as if it had been raised here
    """
    if "error" in head:
        raise _error(**head["error"]) from OwnerTraceback(head["error"]["traceback"])
    return Answer(head["status"], dict(head["headers"]), body) if head else None


def _plain(value: Any) -> Any:
    """A value that JSON knows, or its representation."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | None) else repr(value)


def _error(module: str, name: str, text: str, arguments: list[Any], state: dict[str, Any], **_: str) -> Exception:
    """An error like the one told of; made without its own ``__init__``, which may want what is not told."""
    try:
        kind = getattr(import_module(module), name)
        error: Exception = kind.__new__(kind, *arguments)
        vars(error).update(state)
        is_alike = str(error) == text
    except (ImportError, AttributeError, TypeError):
        is_alike = False
    return error if is_alike else RuntimeError(f"{module}.{name}: {text}")
