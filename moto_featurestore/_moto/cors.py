"""What browsers ask for before they let a page of another origin talk to a server: as moto's server answers it.

In addition, pages may see the header in which the runtime names an error: without it, SDKs in browsers know none.
"""

from typing import Any

from moto import settings

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_SHOWN = "x-amzn-errortype, x-amzn-requestid"

Headers = list[tuple[str, str]]


def answer_headers(environ: dict[str, Any]) -> Headers:
    """What an answer to a page of another origin says in addition."""
    origin = environ.get("HTTP_ORIGIN")
    if not origin or settings.DISABLE_GLOBAL_CORS:
        return []
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _SHOWN),
        ("Vary", "Origin"),
    ]


def preflight_headers(environ: dict[str, Any]) -> Headers:
    """The answer to a browser's question whether a page may send a request; empty where it is not one."""
    if environ["REQUEST_METHOD"] != "OPTIONS" or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in environ:
        return []
    headers = answer_headers(environ)
    if headers:
        headers.append(("Access-Control-Allow-Methods", _METHODS))
        if asked := environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
            headers.append(("Access-Control-Allow-Headers", asked))
    return headers
