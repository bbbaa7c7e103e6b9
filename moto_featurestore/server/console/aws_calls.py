"""Calls of AWS operations for the console. A botocore client passes the requests to the server's own WSGI application.

The application receives a signed HTTP request, and checks it like the requests of all clients: parameters, permissions,
faults and throughput.
"""

import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody
from botocore.session import Session

from moto_featurestore._moto.botocore_clients import make_response
from moto_featurestore._moto.entry_points import body_of
from moto_featurestore._moto.identities import Keys, keys_of
from moto_featurestore.controls.faults import LOST
from moto_featurestore.credentials import FAKE

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

SERVICES = ("athena", "glue", "s3", "sagemaker", "sagemaker-featurestore-runtime")
"""The services that the console uses."""
_MOST_BYTES = 32 * 1024 * 1024
"""The maximum size of an S3 object that the console reads."""


_FAKE_KEYS = Keys(FAKE["AWS_ACCESS_KEY_ID"], FAKE["AWS_SECRET_ACCESS_KEY"])


class Call(NamedTuple):
    """An AWS operation, its parameters and its caller."""

    service: str
    operation: str
    """The name of the operation in the API, such as PutRecord."""
    params: dict[str, Any]
    account_id: str
    region: str
    identity: str | None
    """The ARN of the user or role that signs the request, or None to sign with fake credentials that are not in IAM."""


class _CallContext(NamedTuple):
    """The data that ``_send`` needs to pass a botocore request to the WSGI application."""

    app: App
    environ: Environ
    call: Call
    keys: Keys


_call_context: ContextVar[_CallContext] = ContextVar("context")
"""The data for the call that this thread performs.

The clients do not contain this data, because threads share clients. A client for each call would be slow to create.
"""


def perform(app: App, environ: Environ, call: Call) -> dict[str, Any]:
    """Perform an operation. Return a dict with ``result`` or ``error``, and with the duration in ``milliseconds``.

    :param app: the server's WSGI application, which processes the request
    :param environ: the WSGI environment of the browser's request to the console
    :raises LookupError: if the console does not support the service, or if the operation or identity does not exist
    """
    if call.service not in SERVICES:
        raise LookupError(
            f"The console does not support the service {call.service!r}. It supports {', '.join(SERVICES)}."
        )
    client = _client(call.service, call.region, environ["wsgi.url_scheme"])
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    if call.operation not in methods:
        raise LookupError(f"{call.service} has no operation {call.operation!r}.")
    keys = keys_of(call.identity, call.region) if call.identity else _FAKE_KEYS
    token = _call_context.set(_CallContext(app, environ, call, keys))
    began = time.perf_counter()
    try:
        response = _response_of(getattr(client, methods[call.operation]), call.params)
    finally:
        _call_context.reset(token)
    return response | {"milliseconds": round((time.perf_counter() - began) * 1000, 3)}


def _response_of(method: Callable[..., Any], params: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": _json(method(**params))}
    except ClientError as error:
        details = error.response["Error"]
        return {"error": {"code": details.get("Code", ""), "message": details.get("Message", "")}}
    except ConnectionResetError:
        return {"error": {"code": LOST, "message": "A drop fault closed the connection before the response."}}
    except (BotoCoreError, AttributeError, TypeError, ValueError) as error:  # botocore cannot serialize the parameters
        return {"error": {"code": "ParamValidationError", "message": str(error)}}


@cache
def _client(service: str, region: str, scheme: str) -> BaseClient:
    """Return a client without botocore's parameter validation, so that the console shows the errors of the service."""
    config = Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
        signature_version=UNSIGNED,  # each call has its own credentials
    )
    client = Session(session_vars=_NO_FILES).create_client(
        service, region, endpoint_url=f"{scheme}://localhost", config=config
    )
    client.meta.events.register_first("before-send", _send)  # type: ignore[arg-type]  # the stub lacks the result
    return client


_NO_FILES = {"profile": (None, None, None, None), "config_file": (None, None, "", None)}
"""Session variables that make botocore ignore the configuration files of the user who runs the server."""


def _send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    """Sign a request of botocore, pass it to the WSGI application, and return the response."""
    context = _call_context.get()
    signed = _signed(request, context)
    status, headers, body = _ask(context.app, _environ(signed, context.environ))
    return make_response(request.url, status, headers, body)


def _signed(request: AWSPreparedRequest, context: _CallContext) -> AWSPreparedRequest:
    service = context.call.service.removesuffix("-featurestore-runtime")
    headers = {name: _text(value) for name, value in request.headers.items()}
    headers["x-moto-account-id"] = context.call.account_id
    signable = AWSRequest(request.method, request.url, headers, request.body)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(Credentials(*context.keys), service, context.call.region).add_auth(signable)
    return signable.prepare()


def _environ(request: AWSPreparedRequest, outer: Environ) -> Environ:
    """Return the WSGI environment for a request. Copy data about the connection and the server from ``outer``.

    :param outer: the WSGI environment of the browser's request to the console
    """
    url = urlsplit(request.url)
    body = body_of(request)
    target = f"{url.path}?{url.query}" if url.query else url.path
    environ = {name: value for name, value in outer.items() if not name.startswith(("HTTP_", "CONTENT_"))} | {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": url.query,
        "RAW_URI": target,
        "REQUEST_URI": target,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": url.netloc,
        "wsgi.input": BytesIO(body),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"] = _text(value)
    return environ


def _text(header: str | bytes) -> str:
    return header.decode("latin-1") if isinstance(header, bytes) else header


def _ask(app: App, environ: Environ) -> tuple[int, dict[str, str], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        started[:] = [(status, headers)]

    parts = app(environ, start_response)
    body = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    [(status, headers)] = started
    return int(status.split(" ", 1)[0]), {name.lower(): value for name, value in headers}, body


def _json(value: Any) -> Any:
    """Convert a result of botocore to JSON. Omit ResponseMetadata. Convert the body of an S3 object to a string."""
    if isinstance(value, dict):
        return {name: _json(item) for name, item in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StreamingBody):
        return value.read(_MOST_BYTES).decode(errors="replace")
    return value
