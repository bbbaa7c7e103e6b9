"""The WSGI application of the console: static files, endpoints for AWS calls, and a redirect from the server's root."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from moto_featurestore import __version__
from moto_featurestore._moto import identities
from moto_featurestore._moto.flush_before_read import BUCKET_IN_HOST
from moto_featurestore.server.console.aws_calls import App, Call, Environ, perform

PATH = "/moto-api/featurestore/console/"

_DASHBOARD = "/moto-api/"
_LINK = f'<p><a href="{PATH}">Feature Store console</a></p>'.encode()
"""A link to the console, for moto's own dashboard page. The console also works offline, but moto's page does not."""
_STATIC = Path(__file__).with_name("static")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The Content-Security-Policy header. With Trusted Types, browsers do not parse stored values as HTML or as scripts."""
_SECURITY = [
    ("Content-Security-Policy", _POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]


class _Reply(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Console:
    """A WSGI application that responds to requests for the console, and passes all other requests to ``app``.

    :param region: the region that the console shows at first; None means the region in the server's environment
    """

    def __init__(self, app: App, region: str | None = None) -> None:
        self._app, self._region = app, region

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Respond to a request for the console, or pass a different request to the wrapped application."""
        reply = self._reply(environ)
        if reply is None:
            parts = self._app(environ, start_response)
            return _with_link(parts) if environ.get("PATH_INFO") == _DASHBOARD else parts
        start_response(reply.status, [*reply.headers, ("Content-Length", str(len(reply.body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    def _reply(self, environ: Environ) -> _Reply | None:
        path: str = environ.get("PATH_INFO", "")
        if _is_browser_at_root(environ) or path == PATH.rstrip("/"):
            query = f"?{urlencode({'region': self._region})}" if self._region else ""
            return _Reply("303 See Other", [("Location", PATH + query), ("Vary", "Accept")], b"")
        if not path.startswith(PATH):
            return None
        name = path.removeprefix(PATH)
        if name in _ENDPOINTS:
            return self._endpoint(name, environ)
        return _file_reply(name, environ)

    def _endpoint(self, name: str, environ: Environ) -> _Reply:
        """Call an endpoint with the JSON body of a POST request, and return the result as JSON.

        The method rejects requests with a media type other than JSON. Before a page of a different origin can send
        JSON, the browser must send a CORS preflight request, which the server rejects.
        """
        media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if environ["REQUEST_METHOD"] != "POST" or media_type != "application/json":
            return _json_reply("415 Unsupported Media Type", {"message": "Send a JSON object with POST."})
        try:
            params = json.loads(environ["wsgi.input"].read() or b"{}")
            return _json_reply("200 OK", _ENDPOINTS[name](self._app, environ, **params))
        except (LookupError, TypeError, ValueError) as error:
            return _json_reply("400 Bad Request", {"message": str(error.args[0] if error.args else error)})


def _with_link(parts: Iterable[bytes]) -> Iterable[bytes]:
    """Return the page of moto's dashboard with a link to the console. The server later computes the new Content-Length."""
    return [b"".join(parts).replace(b"</body>", _LINK + b"</body>")]


def _is_browser_at_root(environ: Environ) -> bool:
    """Return True if a browser requests the root page.

    S3 clients also request ``/``, but they sign their requests or do not accept HTML.
    """
    return (
        environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and environ.get("PATH_INFO") == "/"
        and not environ.get("QUERY_STRING")
        and "HTTP_AUTHORIZATION" not in environ
        and "text/html" in environ.get("HTTP_ACCEPT", "")
        and not BUCKET_IN_HOST.fullmatch(environ.get("HTTP_HOST", ""))
    )


# Files.


class _File(NamedTuple):
    body: bytes
    headers: list[tuple[str, str]]
    etag: str


@cache
def _files() -> dict[str, _File]:
    """Return a dict from path to file. It contains all files that the console serves."""
    files = {}
    for path in sorted(_STATIC.rglob("*")):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            etag = f'"{sha256(body).hexdigest()[:32]}"'
            headers = [("Content-Type", _TYPES[path.suffix]), ("ETag", etag), ("Cache-Control", "no-cache")]
            files[path.relative_to(_STATIC).as_posix()] = _File(body, [*headers, *_SECURITY], etag)
    return files


def _file_reply(name: str, environ: Environ) -> _Reply:
    file = _files().get(name or "index.html")
    if file is None:
        return _Reply("404 Not Found", [("Content-Type", "text/plain"), *_SECURITY], b"The console has no such file.\n")
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return _Reply("405 Method Not Allowed", [("Allow", "GET, HEAD")], b"")
    if environ.get("HTTP_IF_NONE_MATCH") == file.etag:
        return _Reply("304 Not Modified", file.headers, b"")
    return _Reply("200 OK", file.headers, file.body)


# Endpoints.


def _json_reply(status: str, value: Any) -> _Reply:
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *_SECURITY]
    return _Reply(status, headers, json.dumps(value).encode())


def _call(  # noqa: PLR0913 - the operation and its caller
    app: App,
    environ: Environ,
    /,
    *,
    service: str,
    operation: str,
    account_id: str,
    region: str,
    params: dict[str, Any],
    identity: str | None = None,
) -> dict[str, Any]:
    """Perform an AWS operation for the console, and return the operation's result or error.

    :param params: the parameters of the operation
    :param identity: the ARN of the user or role that signs the request; None for fake credentials that are not in IAM
    """
    texts = (service, operation, account_id, region)
    if not all(isinstance(text, str) for text in texts) or not isinstance(params, dict):
        raise TypeError("service, operation, account_id and region must be strings, and params must be a JSON object.")
    return perform(app, environ, Call(service, operation, params, account_id, region, identity))


def _session(_app: App, _environ: Environ, /, *, account_id: str, region: str) -> dict[str, Any]:
    """Return the users and roles whose permissions the console can use, and the accounts and regions that have feature groups."""
    return identities.describe(account_id, region) | {
        "places": identities.accounts_and_regions(),
        "version": __version__,
    }


_ENDPOINTS: dict[str, Callable[..., dict[str, Any]]] = {"call": _call, "session": _session}
