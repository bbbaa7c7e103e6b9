"""Entry points: the places in moto where requests arrive. Feature Store requests are answered here.

====================  ===================================================================================
botocore, in process  ``BotocoreStubber.__call__``, by the name of the event: the host does not matter
``requests``          ``BotocoreStubber.process_request``, by the host
moto's server         ``DomainDispatcherApplication.__call__``, by the signature's service, or the path
moto's proxy          ``MotoRequestHandler.parse_request``, by the host
====================  ===================================================================================

The patches are on the classes (``patches``), because other packages (for example aiomoto) have references to the instances.
moto's features still work: ``enabled``, passthrough, whitelist, recorder, ``MOTO_ACCOUNT_ID`` and ``x-moto-account-id``.

All other requests go on to moto. Before that, buffered rows that they could see are written to the offline store.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import ECONNRESET
from http.client import responses as reasons
from io import BytesIO
from itertools import product
from socket import SHUT_RDWR
from typing import Any, NoReturn, cast
from urllib.parse import SplitResult, quote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.config import passthrough_service, passthrough_url, service_whitelisted
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.exceptions import ServiceNotWhitelisted
from moto.core.models import RESPONSES_METHODS, botocore_stubber, responses_mock
from moto.core.request import Request as ServedRequest
from moto.core.request import normalize_request
from moto.moto_api import recorder
from requests.exceptions import ConnectionError as RequestsConnectionError

from moto_featurestore._moto.backend import NAME, MotoWorld
from moto_featurestore._moto.botocore_clients import SEEN, is_loopback
from moto_featurestore._moto.botocore_response import make_answer
from moto_featurestore._moto.caller import authorization, caller_of, text_of
from moto_featurestore._moto.cors import answer_headers, preflight_headers
from moto_featurestore._moto.flush_before_read import BUCKET_IN_HOST, Asked, render_missing, write_before
from moto_featurestore._moto.workers.process import ask_owner, is_worker
from moto_featurestore.controls.faults import LostAnswerError
from moto_featurestore.offline.optional_dependencies import MissingExtraError
from moto_featurestore.protocol.errors import ProtocolError
from moto_featurestore.protocol.http import Request, Response, render_error
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, is_of_feature_store
from moto_featurestore.service.dispatch import respond

_RUNTIME_HOST = re.compile(r"https?://featurestore-runtime\.sagemaker(?:-fips)?\.[^/]+")
_CONTROL_PLANE_HOST = re.compile(r"https?://api(?:-fips)?\.sagemaker(?:-fips)?\.([a-z0-9-]+)\.[^/]+")
"""The hosts that botocore's endpoint rules produce for the two services: all partitions, FIPS and dual stack."""
_RUNTIME_PATH = re.compile(r"/FeatureGroup/.*|/BatchGetRecord|/BatchWriteRecord", re.DOTALL)
"""Paths of the runtime. They cannot be S3 buckets, because names of buckets have no upper-case letters."""
_S3 = re.compile(r"(?:^|&)(?:X-Amz-Signature|X-Amz-Credential|AWSAccessKeyId)=")
"""Query parameters of presigned S3 requests."""

_MOTO_SERVICES = {RUNTIME: NAME, CONTROL_PLANE: "sagemaker"}

_LOST = "A fault dropped the response"

RUNTIME_PATTERN = (NAME, _RUNTIME_HOST)
CONTROL_PLANE_PATTERN = ("sagemaker", _CONTROL_PLANE_HOST)
"""Entries for moto's list of services and hosts. The second one has the host names that moto's own entry lacks."""

_world = MotoWorld()


def register_in_running_mock() -> None:
    """Register the Feature Store's hosts for the ``requests`` library in a mock of moto that already runs."""
    for method, host in product(RESPONSES_METHODS, (_RUNTIME_HOST, _CONTROL_PLANE_HOST)):
        responses_mock.add(CallbackResponse(method=method, url=host, callback=_process_prepared_request))


def remove_from_running_mock() -> None:
    """Remove the Feature Store's hosts that ``register_in_running_mock`` or the start of a mock has registered."""
    hosts = (_RUNTIME_HOST, _CONTROL_PLANE_HOST)
    for response in [response for response in responses_mock.registered() if response.url in hosts]:
        responses_mock.remove(response)


def _process_prepared_request(request: Any) -> Any:
    """Process a request like the callback that moto registers with ``responses``. moto 5.2.4 has no separate method for it."""
    process = getattr(botocore_stubber, "process_prepared_request", botocore_stubber.process_request)
    return process(request)


# Entry points.


def answer_event(
    original: Callable[..., Any], stubber: BotocoreStubber, event_name: str, request: Any, **kwargs: Any
) -> AWSResponse | None:
    """Answer a call of botocore, in process or as the worker of another process."""
    setattr(request, SEEN, True)
    if stubber.enabled:
        if is_worker():
            return cast("AWSResponse | None", ask_owner(event_name, request))
        response = _answer_event(event_name, request)
        if response is not None:
            return response
    answer: AWSResponse | None = original(stubber, event_name, request, **kwargs)
    return answer


def _answer_event(event_name: str, request: Any) -> AWSResponse | None:
    if not event_name.startswith("before-send.sagemaker"):
        return None
    _, service, operation = event_name.split(".")
    if service == CONTROL_PLANE and not is_of_feature_store(operation, _body_of(request)):
        if _is_for_moto(CONTROL_PLANE, request.url.partition("?")[0]):
            _normalize_host(request)
        return None
    if service not in _MOTO_SERVICES:
        return None
    url = urlsplit(request.url)
    if is_loopback(url.netloc):
        return None
    try:
        response = _answer_prepared(service, request, url)
    except LostAnswerError:
        raise ConnectionClosedError(endpoint_url=request.url) from None
    if response is None:
        return None
    return make_answer(request.url, response.status, response.headers, response.body)


def _normalize_host(request: Any) -> None:
    """Change the host of a request for moto's own sagemaker to the only form that moto answers.

    Otherwise the request would leave the machine.
    """
    if host := _CONTROL_PLANE_HOST.match(request.url):
        request.url = f"https://api.sagemaker.{host[1]}.amazonaws.com{urlsplit(request.url).path}"


def answer_prepared_request(original: Callable[..., Any], stubber: BotocoreStubber, request: Any) -> Any:
    """Answer a request of the ``requests`` library, or one of botocore for another service."""
    if is_worker():
        return ask_owner(None, request)
    response = _answer_prepared_request(request)
    return original(stubber, request) if response is None else response


def _answer_prepared_request(request: Any) -> Response | None:
    url = urlsplit(request.url)
    if service := _service_by_host(request):
        try:
            return _answer_prepared(service, request, url)
        except LostAnswerError:
            raise RequestsConnectionError(ConnectionResetError(ECONNRESET, _LOST), request=request) from None
    write_before(Asked(request.method, url.netloc, url.path, url.query, request.headers, lambda: _body_of(request)))
    return None


def answer_proxied(  # noqa: PLR0913, PLR0917 - moto's signature
    original: Callable[..., Any], handler: Any, method: str, host: str, path: str, headers: Any, body: bytes | None
) -> Any:
    """Answer a request that arrives at moto's proxy."""
    request = AWSPreparedRequest(method, f"{host}{path}", headers, body, stream_output=False)
    response = _answer_prepared_request(request)
    return original(handler, method, host, path, headers, body) if response is None else response


def _service_by_host(request: Any) -> str | None:
    if _RUNTIME_HOST.match(request.url):
        return RUNTIME
    if not _CONTROL_PLANE_HOST.match(request.url):
        return None
    target = text_of(request.headers, "X-Amz-Target")
    return CONTROL_PLANE if is_of_feature_store(target.removeprefix("SageMaker."), _body_of(request)) else None


def _answer_prepared(service: str, request: Any, url: SplitResult) -> Response | None:
    if not _is_for_moto(service, f"{url.scheme}://{url.netloc}{url.path}"):
        return None
    if recorder._user_enabled:
        recorder._record_request(normalize_request(request))
    feature_store_request = Request(request.method, url.path, url.query, _body_of(request))
    return _answer(service, feature_store_request, request.headers, _origin(url))


def answer_wsgi(
    original: Callable[..., Iterable[bytes]],
    application: Any,
    environ: dict[str, Any],
    start_response: Callable[[str, list[tuple[str, str]]], Any],
) -> Iterable[bytes]:
    """Answer a request that arrives at moto's server."""
    body = _answer_wsgi(environ, start_response)
    return original(application, environ, start_response) if body is None else body


def _answer_wsgi(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes] | None:
    headers = _WsgiHeaders(environ)
    path: str = environ.get("PATH_INFO", "")
    service = _service_served(path, headers, environ)
    if service is None:
        if (allowed := preflight_headers(environ)) and _is_of_runtime(path, headers, environ):
            start_response("200 OK", [*allowed, ("Content-Length", "0")])
            return [b""]
        return _write_before_served(path, headers, environ, start_response)
    if recorder._user_enabled:
        recorder._record_request(ServedRequest(environ))
    # PATH_INFO is decoded, so use the raw path if the server provides it.
    raw_path = path_of_target(environ.get("RAW_URI", "")) or quote(path.encode("latin-1"))
    request = Request(environ["REQUEST_METHOD"], raw_path, environ.get("QUERY_STRING", ""), _wsgi_body(environ))
    origin = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
    try:
        response = _answer(service, request, headers, origin)
    except LostAnswerError:
        _close_connection(environ)
    # The server writes the date itself.
    start_response(
        f"{response.status} {reasons[response.status]}",
        [(name, value) for name, value in response.headers.items() if name != "date"] + answer_headers(environ),
    )
    return [response.body]


def _write_before_served(
    path: str, headers: Any, environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes] | None:
    host, query = environ.get("HTTP_HOST", ""), environ.get("QUERY_STRING", "")
    try:
        write_before(Asked(environ["REQUEST_METHOD"], host, path, query, headers, lambda: _peek_body(environ)))
    except MissingExtraError as error:
        media_type, body = render_missing(error, headers)
        start_response("400 Bad Request", [("Content-Type", media_type), ("Content-Length", str(len(body)))])
        return [body]
    return None


def _close_connection(environ: dict[str, Any]) -> NoReturn:
    """Close the connection without a response, as far as a server lets an application do that.

    Most servers treat ConnectionResetError as a client that has disconnected, and close the socket. Werkzeug's server does
    not, but it passes the socket to the application, so this function closes it.

    :raises ConnectionResetError: always
    """
    if "werkzeug.socket" in environ:
        with suppress(OSError):
            environ["werkzeug.socket"].shutdown(SHUT_RDWR)
    raise ConnectionResetError(ECONNRESET, _LOST)


class _WsgiHeaders:
    """The headers of a WSGI request by their HTTP names."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str) -> Any:
        key = name.upper().replace("-", "_")
        return self._environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")


def _service_served(path: str, headers: Any, environ: dict[str, Any]) -> str | None:
    """Return the service that a request to the server is for, or None if it is another service of moto."""
    signature = authorization(headers)
    if signature is not None and signature["service"] != "sagemaker":
        return None
    target = text_of(headers, "X-Amz-Target")
    if target.startswith("SageMaker."):
        body = _peek_body(environ)
        return CONTROL_PLANE if is_of_feature_store(target.removeprefix("SageMaker."), body) else None
    if target or environ["REQUEST_METHOD"] in ("HEAD", "OPTIONS"):
        return None
    return RUNTIME if _is_of_runtime(path, headers, environ) else None


def is_runtime_request(environ: dict[str, Any]) -> bool:
    """Return True if a WSGI request is for the runtime."""
    return _is_of_runtime(environ.get("PATH_INFO", ""), _WsgiHeaders(environ), environ)


def _is_of_runtime(path: str, headers: Any, environ: dict[str, Any]) -> bool:
    """Return True if a request is for a path of the runtime and not for an object of S3.

    The request is signed for sagemaker or unsigned.
    """
    if not _RUNTIME_PATH.fullmatch(path):
        return False
    return authorization(headers) is not None or not (
        _S3.search(environ.get("QUERY_STRING", "")) or BUCKET_IN_HOST.fullmatch(environ.get("HTTP_HOST", ""))
    )


def path_of_target(uri: str) -> str:
    """Return the path of a request's target. The target may be a complete URL."""
    return urlsplit(uri).path if uri.startswith("http") else uri.partition("?")[0]


def _peek_body(environ: dict[str, Any]) -> bytes:
    """Return the body, and replace the input stream so that it can be read again, here or by moto."""
    body = _wsgi_body(environ)
    environ["wsgi.input"] = BytesIO(body)
    return body


def _wsgi_body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        return bytes(environ["wsgi.input"].read(int(length)))
    return bytes(environ["wsgi.input"].read()) if environ.get("wsgi.input_terminated") else b""


# Functions that all entry points share.


def _answer(service: str, request: Request, headers: Any, url: str) -> Response:
    if service == CONTROL_PLANE:
        request = request._replace(target=text_of(headers, "X-Amz-Target"))
    try:
        caller = caller_of(request, headers, url)
    except ProtocolError as error:
        return render_error(service, error)
    return respond(_world, caller, request)


def _origin(url: SplitResult) -> str:
    return f"{url.scheme}://{url.netloc}"


def _is_for_moto(service: str, url: str) -> bool:
    """Return True if moto's settings let it answer, False if they pass the request through.

    :raises ServiceNotWhitelisted: if the service is not in moto's whitelist
    """
    name = _MOTO_SERVICES[service]
    if passthrough_url(url) or passthrough_service(name):
        return False
    if not service_whitelisted(name):
        raise ServiceNotWhitelisted(name)
    return True


def _body_of(request: Any) -> bytes:
    body = request.body if hasattr(request, "body") else request.data  # older releases of moto have ``data``
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if not isinstance(body, str | bytes | bytearray):
        body = b"".join(body)
    return body.encode() if isinstance(body, str) else bytes(body)
