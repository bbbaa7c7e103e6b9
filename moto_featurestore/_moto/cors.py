"""CORS headers for browsers, as moto's server sends them.

Pages may also read the header with the runtime's error code. SDKs in browsers need it to recognize errors.
"""

from typing import Any

from moto import settings

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_SHOWN = "x-amzn-errortype, x-amzn-requestid"

Headers = list[tuple[str, str]]


def answer_headers(environ: dict[str, Any]) -> Headers:
    """Return the CORS headers of a response to a page of another origin."""
    origin = environ.get("HTTP_ORIGIN")
    if not origin or settings.DISABLE_GLOBAL_CORS:
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _SHOWN),
        ("Vary", "Origin"),
    ]


def preflight_headers(environ: dict[str, Any]) -> Headers:
    """Return the headers of the response to a preflight request; empty if the request is not one."""
    if environ["REQUEST_METHOD"] != "OPTIONS" or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in environ:
        return []
    headers = answer_headers(environ)
    if headers:
        headers.append(("Access-Control-Allow-Methods", _METHODS))
        if requested := environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
            headers.append(("Access-Control-Allow-Headers", requested))
    return headers
