"""moto's doors, through which requests arrive: each one that is the Feature Store's is answered at once.

====================  ===================================================================================
botocore, in process  ``BotocoreStubber.__call__``: the event's name says what a call is, whatever its host
``requests``          ``BotocoreStubber.process_request``, by the host
moto's server         ``DomainDispatcherApplication.__call__``, by the signature's service, or the path
moto's proxy          ``MotoRequestHandler.parse_request``, by the host
====================  ===================================================================================

They are wrapped on the class, as others (aiomoto among them) hold the instances. What moto promises there still holds:
``enabled``, passthrough, whitelist, recorder, ``MOTO_ACCOUNT_ID`` and ``x-moto-account-id``.

Before all other requests go on to moto, rows are written to the offline store that they could see.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import ECONNRESET
from functools import wraps
from http.client import responses as reasons
from io import BytesIO
from itertools import product
from socket import SHUT_RDWR
from types import ModuleType
from typing import Any, NoReturn
from urllib.parse import SplitResult, quote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto import backend_index
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.config import passthrough_service, passthrough_url, service_whitelisted
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.exceptions import ServiceNotWhitelisted
from moto.core.models import RESPONSES_METHODS, MockAWS, botocore_stubber, responses_mock
from moto.moto_api import recorder
from requests.exceptions import ConnectionError as RequestsConnectionError

from moto_featurestore._moto import athena, backend, dashboard, testers
from moto_featurestore._moto.access import authorization, caller_of, let_feature_groups_be_shared, text_of
from moto_featurestore._moto.answer import make_answer
from moto_featurestore._moto.athena_queries import end_with_mocks
from moto_featurestore._moto.backend import NAME, MotoWorld
from moto_featurestore._moto.cloudformation import let_stacks_have_feature_groups
from moto_featurestore._moto.cors import answer_headers, preflight_headers
from moto_featurestore._moto.forks import let_workers_reach_their_owner
from moto_featurestore._moto.iceberg import follow_mocks, let_versions_count
from moto_featurestore._moto.imports import when_imported
from moto_featurestore._moto.loopback import is_loopback
from moto_featurestore._moto.sight import BUCKET_IN_HOST, Asked, render_missing, write_before
from moto_featurestore._moto.tagging import let_feature_groups_be_tagged
from moto_featurestore.errors import ProtocolError
from moto_featurestore.model import CONTROL_PLANE, RUNTIME, is_of_feature_store
from moto_featurestore.offline.extras import MissingExtraError
from moto_featurestore.rehearsal.faults import LostAnswerError
from moto_featurestore.service import respond
from moto_featurestore.wire import Request, Response, render_error

try:
    from moto.core.request import Request as ServedRequest
    from moto.core.request import normalize_request
except ImportError:  # pragma: no cover - older releases of moto, which record requests as they come
    from werkzeug.wrappers import Request as ServedRequest  # type: ignore[assignment]

    def normalize_request(request: Any) -> Any:  # type: ignore[misc]
        """Make texts of the headers, as moto does on its way to the recorder."""
        for name, value in request.headers.items():
            if isinstance(value, bytes):
                request.headers[name] = value.decode("utf-8")
        return request


_RUNTIME_HOST = re.compile(r"https?://featurestore-runtime\.sagemaker(?:-fips)?\.[^/]+")
_CONTROL_PLANE_HOST = re.compile(r"https?://api(?:-fips)?\.sagemaker(?:-fips)?\.([a-z0-9-]+)\.[^/]+")
"""The hosts that botocore's endpoint rules make for the two services, in all partitions, FIPS and dual stack."""
_RUNTIME_PATH = re.compile(r"/FeatureGroup/.*|/BatchGetRecord|/BatchWriteRecord", re.DOTALL)
"""No path of another service: as names of S3 buckets they would be invalid, for their upper-case letters."""
_S3 = re.compile(r"(?:^|&)(?:X-Amz-Signature|X-Amz-Credential|AWSAccessKeyId)=")
"""Presigned requests."""

_MOTO_SERVICES = {RUNTIME: NAME, CONTROL_PLANE: "sagemaker"}

_LOST = "A fault has taken the answer away"

_world = MotoWorld()
_installed = False


def install() -> None:
    """Register the Feature Store with moto. Plain ``mock_aws`` serves it from then on, in mocks that run already too."""
    global _installed  # noqa: PLW0603 - the registration itself is the process's
    if _installed:
        return
    _installed = True
    backend.register()
    dashboard.register()
    when_imported("moto.moto_api._internal.urls", testers.add_paths)
    backend_index.backend_url_patterns.insert(0, (NAME, _RUNTIME_HOST))
    # At the end, under moto's own name: for the forms of the host that moto's pattern does not know.
    backend_index.backend_url_patterns.append(("sagemaker", _CONTROL_PLANE_HOST))
    _wrap(BotocoreStubber, "__call__", _answer_event)
    _wrap(BotocoreStubber, "process_request", _answer_prepared_request)
    let_workers_reach_their_owner()
    when_imported("moto.moto_server.werkzeug_app", _wrap_server)
    when_imported("moto.moto_proxy.proxy3", _wrap_proxy)
    when_imported("moto.athena.models", athena.wrap_backend)
    when_imported("moto.athena.responses", athena.wrap_responses)
    when_imported("moto.ram.models", let_feature_groups_be_shared)
    when_imported("moto.cloudformation.parsing", let_stacks_have_feature_groups)
    when_imported("moto.resourcegroupstaggingapi.responses", let_feature_groups_be_tagged)
    when_imported("moto.glue.responses", let_versions_count)
    follow_mocks()
    end_with_mocks()
    if MockAWS._mocks_active:
        for method, host in product(RESPONSES_METHODS, (_RUNTIME_HOST, _CONTROL_PLANE_HOST)):
            responses_mock.add(CallbackResponse(method=method, url=host, callback=_process_prepared_request))


def _wrap(owner: type, name: str, door: Callable[..., Any]) -> None:
    """Let a door answer first; where it has no answer (None), the method that it stands in front of goes on."""
    method = getattr(owner, name)

    @wraps(method)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = door(self, *args, **kwargs)
        return method(self, *args, **kwargs) if answer is None else answer

    setattr(owner, name, wrapper)


def _process_prepared_request(request: Any) -> Any:
    """The callback that moto gives to ``responses``: another one from release to release."""
    process = getattr(botocore_stubber, "process_prepared_request", botocore_stubber.process_request)
    return process(request)


# The doors.


def _answer_event(stubber: BotocoreStubber, event_name: str, request: Any, **_kwargs: Any) -> AWSResponse | None:
    if not stubber.enabled or not event_name.startswith("before-send.sagemaker"):
        return None
    _, service, operation = event_name.split(".")
    if service == CONTROL_PLANE and not is_of_feature_store(operation, _body_of(request)):
        if _is_for_moto(CONTROL_PLANE, request.url.partition("?")[0]):
            _lead_to_moto(request)
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


def _lead_to_moto(request: Any) -> None:
    """Give a request for moto's own sagemaker the one form of its host that moto answers: it would go out otherwise."""
    if host := _CONTROL_PLANE_HOST.match(request.url):
        request.url = f"https://api.sagemaker.{host[1]}.amazonaws.com{urlsplit(request.url).path}"


def _answer_prepared_request(_: Any, request: Any) -> Response | None:
    url = urlsplit(request.url)
    if service := _service_by_host(request):
        try:
            return _answer_prepared(service, request, url)
        except LostAnswerError:
            raise RequestsConnectionError(ConnectionResetError(ECONNRESET, _LOST), request=request) from None
    write_before(Asked(request.method, url.netloc, url.path, url.query, request.headers, lambda: _body_of(request)))
    return None


def _answer_proxied(  # noqa: PLR0913, PLR0917 - moto's signature
    _: Any, method: str, host: str, path: str, headers: Any, body: bytes | None, form_data: object = None
) -> Response | None:
    del form_data  # of older releases of moto
    return _answer_prepared_request(_, AWSPreparedRequest(method, f"{host}{path}", headers, body, stream_output=False))


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
    request_of_ours = Request(request.method, url.path, url.query, _body_of(request))
    return _answer(service, request_of_ours, request.headers, _origin(url))


def _answer_wsgi(
    _: Any, environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
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
    # The path as it was sent, where the server tells it: PATH_INFO is decoded.
    raw_path = path_of_target(environ.get("RAW_URI", "")) or quote(path.encode("latin-1"))
    request = Request(environ["REQUEST_METHOD"], raw_path, environ.get("QUERY_STRING", ""), _wsgi_body(environ))
    origin = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
    try:
        response = _answer(service, request, headers, origin)
    except LostAnswerError:
        _hang_up(environ)
    # The date is the server's to write.
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
        write_before(Asked(environ["REQUEST_METHOD"], host, path, query, headers, lambda: _read_again(environ)))
    except MissingExtraError as error:
        media_type, body = render_missing(error, headers)
        start_response("400 Bad Request", [("Content-Type", media_type), ("Content-Length", str(len(body)))])
        return [body]
    return None


def _hang_up(environ: dict[str, Any]) -> NoReturn:
    """Close the connection, without an answer, as far as a server lets an application do that.

    Servers take this error for a client that has gone, and close what is left. Werkzeug's keeps it, and tells the socket.
    """
    if "werkzeug.socket" in environ:
        with suppress(OSError):
            environ["werkzeug.socket"].shutdown(SHUT_RDWR)
    raise ConnectionResetError(ECONNRESET, _LOST)


class _WsgiHeaders:
    """The headers of a WSGI request, by their names in HTTP."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str) -> Any:
        key = name.upper().replace("-", "_")
        return self._environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")


def _service_served(path: str, headers: Any, environ: dict[str, Any]) -> str | None:
    """Which of the two services a server is asked for, if either."""
    signature = authorization(headers)
    if signature is not None and signature["service"] != "sagemaker":
        return None
    target = text_of(headers, "X-Amz-Target")
    if target.startswith("SageMaker."):
        body = _read_again(environ)
        return CONTROL_PLANE if is_of_feature_store(target.removeprefix("SageMaker."), body) else None
    if target or environ["REQUEST_METHOD"] in ("HEAD", "OPTIONS"):
        return None
    return RUNTIME if _is_of_runtime(path, headers, environ) else None


def _is_of_runtime(path: str, headers: Any, environ: dict[str, Any]) -> bool:
    """Whether a request, signed for sagemaker or not at all, is for a path of the runtime, rather than an object of S3."""
    if not _RUNTIME_PATH.fullmatch(path):
        return False
    return authorization(headers) is not None or not (
        _S3.search(environ.get("QUERY_STRING", "")) or BUCKET_IN_HOST.fullmatch(environ.get("HTTP_HOST", ""))
    )


def path_of_target(uri: str) -> str:
    """The path of a request's target, which may be a whole URL."""
    return urlsplit(uri).path if uri.startswith("http") else uri.partition("?")[0]


def _read_again(environ: dict[str, Any]) -> bytes:
    """The body, which is to be read again, here or by moto."""
    body = _wsgi_body(environ)
    environ["wsgi.input"] = BytesIO(body)
    return body


def _wsgi_body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        return bytes(environ["wsgi.input"].read(int(length)))
    return bytes(environ["wsgi.input"].read()) if environ.get("wsgi.input_terminated") else b""


# What the doors have in common.


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
    """Whether moto's settings let it answer, rather than pass the request on."""
    name = _MOTO_SERVICES[service]
    if passthrough_url(url) or passthrough_service(name):
        return False
    if not service_whitelisted(name):
        raise ServiceNotWhitelisted(name)
    return True


def _body_of(request: Any) -> bytes:
    body = request.body if hasattr(request, "body") else request.data  # the latter from older releases of moto
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if not isinstance(body, str | bytes | bytearray):
        body = b"".join(body)
    return body.encode() if isinstance(body, str) else bytes(body)


def _wrap_server(module: ModuleType) -> None:
    _wrap(module.DomainDispatcherApplication, "__call__", _answer_wsgi)


def _wrap_proxy(module: ModuleType) -> None:
    _wrap(module.MotoRequestHandler, "parse_request", _answer_proxied)
