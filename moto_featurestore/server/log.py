"""The request log: one line per request, as text or JSON."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote

from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol.errors import ServiceError
from moto_featurestore.protocol.http import Request, find_operation

Entry = dict[str, Any]
Write = Callable[[Entry], None]

_SCOPE = re.compile(r"Credential=[^/]*/[^/]*/[^/]*/([^/]*)/")
"""Matches the credential scope of a signed request. The group of the match is the service."""


class RequestLog:
    """A WSGI application that passes requests to ``app``, and logs each request after its response.

    An entry contains ``time`` (ISO 8601, UTC), ``method``, ``path``, ``service``, ``operation``, ``group``, ``status``,
    ``error`` (the error code) and ``milliseconds``. Unknown values are None.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], write: Write) -> None:
        self._app, self._write = app, write

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request to the wrapped application, and log the request."""
        response: dict[str, Any] = {"status": None, "error": None}

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            response["status"] = int(status.split(" ", 1)[0])
            response["error"] = next((value for name, value in headers if name.lower() == "x-amzn-errortype"), None)
            return start_response(status, headers, *rest)

        began = time.perf_counter()
        try:
            return self._app(environ, start)
        finally:
            milliseconds = round((time.perf_counter() - began) * 1000, 3)
            self._write({"time": _now(), **_request_fields(environ), **response, "milliseconds": milliseconds})


def _now() -> str:
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds // 10**6:03}Z"


def _request_fields(environ: dict[str, Any]) -> Entry:
    path = environ.get("RAW_URI", environ.get("PATH_INFO", "")).partition("?")[0]
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    operation, group = _operation_and_group(environ, path)
    return {
        "method": environ["REQUEST_METHOD"],
        "path": path,
        "service": scope[1] if scope else None,
        "operation": operation,
        "group": group,
    }


def _operation_and_group(environ: dict[str, Any], path: str) -> tuple[str | None, str | None]:
    """Return the names of a request's operation and feature group. A name is None if the request does not contain it.

    For services other than the Feature Store, only a header or the query string can contain the operation's name.
    """
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2], _group_in_body(environ) if target.startswith("SageMaker.") else None
    try:
        operation = find_operation(Request(environ["REQUEST_METHOD"], path, "", b""), OPERATIONS)
    except ServiceError:
        return parse_qs(environ.get("QUERY_STRING", "")).get("Action", [None])[0], None
    label = path[len(operation.prefix) : len(path) - len(operation.suffix)]
    return operation.name, unquote(label) or None


def _group_in_body(environ: dict[str, Any]) -> str | None:
    """Return FeatureGroupName from the JSON body, or None if the body does not contain it.

    If the body is a stream that can be read only once, return None and do not read the body.
    """
    body = environ["wsgi.input"]
    if not isinstance(body, BytesIO):
        return None
    try:
        params = json.loads(body.getvalue())
    except (RecursionError, ValueError):
        return None
    name = params.get("FeatureGroupName") if isinstance(params, dict) else None
    return name if isinstance(name, str) else None


# Functions that write an entry in one of the formats.


def _write_json(entry: Entry) -> None:
    _write_line(json.dumps(entry))


def _write_text(entry: Entry) -> None:
    request = entry["operation"] or f"{entry['method']} {entry['path']}"
    parts = [entry["time"], entry["service"], request, entry["group"], entry["status"], entry["error"]]
    line = " ".join(str(part) for part in parts if part is not None)
    _write_line(f"{line} {entry['milliseconds']:.1f} ms".encode("unicode_escape").decode())


def _write_line(line: str) -> None:
    """Write a line in one call, so that lines from several threads do not mix."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


LOGS: dict[str, Write | None] = {"text": _write_text, "json": _write_json, "off": None}
"""A dict from each value of the option ``--log`` to the function that writes an entry. None means no log."""
