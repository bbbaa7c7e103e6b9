"""The entry point for requests to moto's server, and moto's WSGI application with the Feature Store."""

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import ECONNRESET
from http.client import responses as reasons
from io import BytesIO
from socket import SHUT_RDWR
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit
from weakref import WeakSet
from xml.sax.saxutils import escape

from moto import settings
from moto.core import request as moto_request
from moto.core.request import Request as ServedRequest
from moto.moto_api import recorder

from moto_featurestore._moto.caller import authorization, text_of
from moto_featurestore._moto.entry_points import LOST_MESSAGE, handle_request
from moto_featurestore._moto.flush_before_read import BUCKET_IN_HOST, IncomingRequest, write_before
from moto_featurestore.controls.faults import LostResponseError
from moto_featurestore.protocol.http import Request
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, is_of_feature_store
from moto_featurestore.settings import check_settings

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_ORIGINAL_NAMES = getattr(moto_request, "PRESERVED_HEADER_NAMES_ENVIRON_KEY", "")
"""The key of the WSGI environment under which moto expects the original names of headers.

The value is empty for moto 5.2.4, which has no such key.
"""


Headers = list[tuple[str, str]]


_RUNTIME_PATH = re.compile(r"/FeatureGroup/.*|/BatchGetRecord|/BatchWriteRecord", re.DOTALL)
"""Matches the paths of runtime operations. S3 paths never match, because bucket names have no upper-case letters."""
_S3 = re.compile(r"(?:^|&)(?:X-Amz-Signature|X-Amz-Credential|AWSAccessKeyId)=")
"""Matches the query string of a presigned S3 request."""

# Requests.


_applications: "WeakSet[Any]" = WeakSet()
"""moto's WSGI applications in this process."""


def has_application() -> bool:
    """Return True if this process has created a WSGI application of moto."""
    return bool(_applications)


def add_application(original: Callable[..., None], application: Any, *args: Any, **kwargs: Any) -> None:
    """Initialize a WSGI application of moto, and add the application to ``_applications``."""
    original(application, *args, **kwargs)
    _applications.add(application)


def handle_wsgi(
    original: Callable[..., Iterable[bytes]],
    application: Any,
    environ: dict[str, Any],
    start_response: Callable[[str, list[tuple[str, str]]], Any],
) -> Iterable[bytes]:
    """Respond to a request to moto's server. Pass requests for services other than the Feature Store to moto."""
    _applications.add(application)  # the application may have been created before the patches were applied
    body = _handle_wsgi(environ, start_response)
    return original(application, environ, start_response) if body is None else body


def _handle_wsgi(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes] | None:
    headers = _WsgiHeaders(environ)
    path: str = environ.get("PATH_INFO", "")
    service = _service_served(path, headers, environ)
    if service is None:
        if (allowed := preflight_headers(environ)) and _is_of_runtime(path, headers, environ):
            start_response("200 OK", [*allowed, ("Content-Length", "0")])
            return [b""]
        host, query = environ.get("HTTP_HOST", ""), environ.get("QUERY_STRING", "")
        write_before(
            IncomingRequest(environ["REQUEST_METHOD"], host, path, query, headers, lambda: _peek_body(environ))
        )
        return None
    if recorder._user_enabled:
        recorder._record_request(ServedRequest(environ))
    # PATH_INFO is percent-decoded, so use the raw path if the server provides it.
    raw_path = path_of_target(environ.get("RAW_URI", "")) or quote(path.encode("latin-1"))
    request = Request(environ["REQUEST_METHOD"], raw_path, environ.get("QUERY_STRING", ""), _wsgi_body(environ))
    origin = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
    try:
        response = handle_request(service, request, headers, origin)
    except LostResponseError:
        _close_connection(environ)
    # Omit Date: the server adds this header itself.
    start_response(
        f"{response.status} {reasons[response.status]}",
        [(name, value) for name, value in response.headers.items() if name != "date"] + response_headers(environ),
    )
    return [response.body]


def _close_connection(environ: dict[str, Any]) -> NoReturn:
    """Close the connection without a response, if the server makes this possible.

    Most servers close the socket when the application raises ConnectionResetError. Werkzeug's server does not, but it
    passes the socket to the application, so this function closes the socket.

    :raises ConnectionResetError: always
    """
    if "werkzeug.socket" in environ:
        with suppress(OSError):
            environ["werkzeug.socket"].shutdown(SHUT_RDWR)
    raise ConnectionResetError(ECONNRESET, LOST_MESSAGE)


class _WsgiHeaders:
    """The headers of a WSGI request. ``get`` takes the HTTP name of a header, such as ``X-Amz-Target``."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str) -> Any:
        key = name.upper().replace("-", "_")
        return self._environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")


def _service_served(path: str, headers: Any, environ: dict[str, Any]) -> str | None:
    """Return the Feature Store service of a request (RUNTIME or CONTROL_PLANE), or None if moto must handle it."""
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
    """Return True if a WSGI request is for the runtime API of the Feature Store."""
    return _is_of_runtime(environ.get("PATH_INFO", ""), _WsgiHeaders(environ), environ)


def _is_of_runtime(path: str, headers: Any, environ: dict[str, Any]) -> bool:
    """Return True if a request has a path of the runtime, and is not a request to S3 with the same path.

    A request to the runtime is signed for the service ``sagemaker``, or is not signed.
    """
    if not _RUNTIME_PATH.fullmatch(path):
        return False
    return authorization(headers) is not None or not (
        _S3.search(environ.get("QUERY_STRING", "")) or BUCKET_IN_HOST.fullmatch(environ.get("HTTP_HOST", ""))
    )


def path_of_target(uri: str) -> str:
    """Return the path of a request target. The target may be a complete URL."""
    return urlsplit(uri).path if uri.startswith("http") else uri.partition("?")[0]


def _peek_body(environ: dict[str, Any]) -> bytes:
    """Read and return the body of a request. Replace the input stream, so that the body can be read again."""
    body = _wsgi_body(environ)
    environ["wsgi.input"] = BytesIO(body)
    return body


def _wsgi_body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        return bytes(environ["wsgi.input"].read(int(length)))
    return bytes(environ["wsgi.input"].read()) if environ.get("wsgi.input_terminated") else b""


# CORS headers for browsers, as moto's server sends them.

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_SHOWN = "x-amzn-errortype, x-amzn-requestid"


def response_headers(environ: dict[str, Any]) -> Headers:
    """Return the CORS headers of the response to a web page.

    Return an empty list if the request has no Origin header, or if moto's setting DISABLE_GLOBAL_CORS is true.
    """
    origin = environ.get("HTTP_ORIGIN")
    if not origin or settings.DISABLE_GLOBAL_CORS:
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _SHOWN),
        ("Vary", "Origin"),
    ]


def preflight_headers(environ: dict[str, Any]) -> Headers:
    """Return the CORS headers of the response to a preflight request.

    Return an empty list if the request is not a preflight request.
    """
    if environ["REQUEST_METHOD"] != "OPTIONS" or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in environ:
        return []
    headers = response_headers(environ)
    if headers:
        headers.append(("Access-Control-Allow-Methods", _METHODS))
        if requested := environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
            headers.append(("Access-Control-Allow-Headers", requested))
    return headers


# The application.


def render_service_error(environ: dict[str, Any], code: str, message: str) -> tuple[Headers, bytes]:
    """Return the headers and body of an error response, in the format of the service for which the request is signed.

    JSON clients read the error code from ``__type`` or ``x-amzn-errortype``, and accept both ``Message`` and
    ``message``. S3 and services with the query protocol use XML: https://smithy.io/2.0/aws/protocols/
    """
    signature = authorization({"Authorization": environ.get("HTTP_AUTHORIZATION")})
    service = signature["service"] if signature else ""
    error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    if service == "s3":
        media_type, body = "application/xml", error
    elif service not in ("", "sagemaker") and "HTTP_X_AMZ_TARGET" not in environ:
        media_type, body = "application/xml", f"<ErrorResponse>{error}</ErrorResponse>"
    else:
        media_type, body = "application/json", json.dumps({"__type": code, "Message": message})
    content = body.encode()
    return [("Content-Type", media_type), ("Content-Length", str(len(content))), ("x-amzn-errortype", code)], content


def application() -> App:
    """Install the Feature Store in moto, and return moto's WSGI application.

    :raises ValueError: if a setting in the environment has an invalid value
    """
    from moto.moto_server import werkzeug_app

    from moto_featurestore._moto.patches import install  # a late import, because patches imports this module

    check_settings({})  # report an invalid setting at the start, not at the first request
    install()
    app: App = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    return app


def is_feature_store_request(environ: dict[str, Any]) -> bool:
    """Return True if a request is for the runtime API of the Feature Store, or for an operation of ``sagemaker``."""
    return environ.get("HTTP_X_AMZ_TARGET", "").startswith("SageMaker.") or is_runtime_request(environ)


def keeps_underscores(header: str) -> bool:
    """Return True for a header with metadata of an S3 object. The server must accept underscores in the header's name."""
    return bool(_ORIGINAL_NAMES) and moto_request.should_preserve_original_header_name(header)


def add_header_names(environ: dict[str, Any], names: list[str]) -> None:
    """Store the original names of headers under the WSGI key where moto expects them."""
    if _ORIGINAL_NAMES:
        environ[_ORIGINAL_NAMES] = {moto_request.environ_key_for_header(name): name for name in names}
