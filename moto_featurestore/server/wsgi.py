"""A WSGI server on aiohttp: an event loop reads whole requests, then a thread runs the application.

The TLS handshake also happens in the event loop. Therefore a silent, slow or half-open connection does not occupy a
thread. The application runs in threads, because moto is synchronous and protects its state with locks. A thread
completes the response before the event loop sends it, so that a slow client does not occupy the thread.

docs/internals/http_server.md compares aiohttp with other servers.
"""

import asyncio
import logging
import re
import socket
import ssl
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

from aiohttp import web
from multidict import CIMultiDict

from moto_featurestore.server.policy import Rejection, too_large

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

REJECTION = "moto_featurestore.rejection"
"""The key of a WSGI environment that contains the Rejection of a rejected request.

The server does not read the rest of a rejected request's body.
"""

_THREADS = 16
"""The maximum number of requests that the application processes at the same time."""
BACKLOG = 1024
"""The maximum number of connections that wait until the server accepts them."""
_LINGER = 2.0
"""Seconds for which the server discards the rest of a rejected request, before it closes the connection."""
_GRACE, _LAST_GRACE = 6, 1
"""Seconds to wait for requests in progress when the server stops: first in this module, then in aiohttp's shutdown.

The sum is less than 10, because ``docker stop`` kills a container after 10 seconds.
"""

_MAX_LINE = 256 * 1024
"""Maximum length of a request line in bytes. The query of GetRecord may contain 2,500 names of 64 characters."""
_MAX_HEADER = 32 * 1024
_MAX_HEADERS = 128

_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)

_HOP_BY_HOP = ("connection", "content-length", "keep-alive", "transfer-encoding")
"""Response headers that the server sets itself. The server ignores the application's values of these headers."""

_log = logging.getLogger("moto_featurestore.server")
_log.addHandler(logging.NullHandler())  # do not print errors that clients cause, because the response describes them


class Policy(Protocol):
    """The interface of the checks that the server applies to requests."""

    def rejection(self, environ: Environ) -> Rejection | None:
        """Return the error for a request that the server must reject because of its headers, else None."""

    def body_limit(self, environ: Environ) -> int | None:
        """Return the maximum size of a request's body in bytes, or None if the size is unlimited."""

    def keeps_underscores(self, header: str) -> bool:
        """Return True if the server must pass a header to the application although its name contains underscores."""

    def add_header_names(self, environ: Environ, names: list[str]) -> None:
        """Store the original names of headers with underscores in the WSGI environment, for the application."""


class _AppResponse(NamedTuple):
    """A response of the application. If ``status`` is empty, the server closes the connection without a response."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


_HANG_UP = _AppResponse("", [], b"")
_FAILED = _AppResponse(
    "500 Internal Server Error", [("Content-Type", "text/plain")], b"The server failed. See its stderr.\n"
)


class WsgiServer:
    """An HTTP server that passes requests to a WSGI application.

    :param app: the WSGI application; it must respond with an error if the WSGI environment contains ``REJECTION``
    :param listener: a listening socket
    :param client_timeout: seconds in which a client must send the next part of a request
    """

    def __init__(
        self,
        app: App,
        listener: socket.socket,
        policy: Policy,
        tls: ssl.SSLContext | None = None,
        client_timeout: float = 60,
    ) -> None:
        self._app, self._listener, self._policy, self._tls, self._client_timeout = (
            app,
            listener,
            policy,
            tls,
            client_timeout,
        )
        self._address = listener.getsockname()
        self._environ_of_all: Environ = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": self._address[0],
            "SERVER_PORT": str(self._address[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https" if tls else "http",
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        self._tasks: SimpleQueue[tuple[Environ, asyncio.Future[_AppResponse]] | None] = SimpleQueue()
        self._lock, self._ended = Lock(), Event()
        self._ring: Callable[[], object] | None = None
        self._is_stopping = False
        self._requests = 0

    @property
    def port(self) -> int:
        """The port on which the server listens."""
        port: int = self._address[1]
        return port

    def serve(self) -> None:
        """Serve until another thread calls ``stop``."""
        try:
            asyncio.run(self._serve())
        finally:
            self._listener.close()
            self._ended.set()

    def stop(self) -> None:
        """Stop the server. Close the listener, wait for running requests, then return."""
        with self._lock:
            self._is_stopping = True
            if self._ring is None:  # serve() has not started; a later call of serve() returns immediately
                self._listener.close()
                return
            with suppress(RuntimeError):  # the event loop has ended
                self._ring()
        self._ended.wait()

    async def _serve(self) -> None:
        self._stop, self._idle = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._is_stopping:
                return
            self._ring = partial(loop.call_soon_threadsafe, self._stop.set)
        for number in range(_THREADS):
            # The threads are daemons, so that a request that never ends does not prevent the exit of the process.
            Thread(target=self._work, name=f"moto-featurestore: requests {number}", daemon=True).start()
        server = web.Server(
            self._handle,
            logger=_log,
            access_log=None,
            auto_decompress=False,  # S3 stores compressed objects unchanged
            keepalive_timeout=self._client_timeout,
            lingering_time=min(_LINGER, self._client_timeout),
            max_line_size=_MAX_LINE,
            max_field_size=_MAX_HEADER,
            max_headers=_MAX_HEADERS,
        )
        runner = web.ServerRunner(server, shutdown_timeout=_LAST_GRACE)
        await runner.setup()
        site = web.SockSite(runner, self._listener, ssl_context=self._tls, backlog=BACKLOG)
        await site.start()
        await self._stop.wait()
        await site.stop()
        if self._requests:  # aiohttp's own shutdown does not wait for the rest of a request's body
            with suppress(asyncio.TimeoutError):
                await _within(_GRACE, self._idle.wait())
        await runner.cleanup()
        for _ in range(_THREADS):
            self._tasks.put(None)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self._requests += 1
        try:
            response = await self._respond(request)
        finally:
            self._requests -= 1
            if self._stop.is_set() and not self._requests:
                self._idle.set()
        # After a request for WebSockets, aiohttp's parser treats all further bytes as another protocol.
        if self._stop.is_set() or "upgrade" in request.headers.get("Connection", "").lower():
            response.force_close()
        return response

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        environ = self._environ(request)
        if environ.get("HTTP_TRANSFER_ENCODING", "chunked").lower() != "chunked":  # aiohttp accepts "gzip, chunked"
            return _closing(
                web.Response(status=400, text="The only Transfer-Encoding that the server supports is chunked.\n")
            )
        rejection = self._policy.rejection(environ)
        if rejection is None:
            try:
                rejection = await self._read(request, environ)
            except TimeoutError:
                return _closing(
                    web.Response(status=408, text="The server did not receive the complete request body in time.\n")
                )
            except (web.RequestPayloadError, ConnectionError) as error:  # the body is malformed or incomplete
                return _closing(web.Response(status=400, text=f"The server cannot read the request body: {error}\n"))
        if rejection:
            environ[REJECTION] = rejection
        future = asyncio.get_running_loop().create_future()
        self._tasks.put((environ, future))
        app_response = await future
        if not app_response.status:
            return _hang_up(request)
        response = _web_response(request, app_response)
        return _closing(response) if rejection else response

    async def _read(self, request: web.BaseRequest, environ: Environ) -> Rejection | None:
        """Read the body of a request into its WSGI environment. Return an error if the body is too large, else None."""
        if not request.body_exists:
            return None
        content, body, limit = request.content, BytesIO(), self._policy.body_limit(environ)
        if limit is not None and (request.content_length or 0) > limit:
            return too_large(limit)
        if not content.is_eof() and environ.get("HTTP_EXPECT", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # "100 Continue" is not part of the response
        while not content.at_eof():
            body.write(
                content.read_nowait() if content.is_eof() else await _within(self._client_timeout, content.readany())
            )
            if limit is not None and body.tell() > limit:
                return too_large(limit)
        if environ.pop("HTTP_TRANSFER_ENCODING", None):
            environ["CONTENT_LENGTH"] = str(body.tell())
        body.seek(0)
        environ["wsgi.input"] = body
        return None

    def _environ(self, request: web.BaseRequest) -> Environ:
        target = _origin_form(request.raw_path)
        path, _, query = target.partition("?")
        environ = self._environ_of_all | {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": target,
            "REQUEST_URI": target,
            "REMOTE_ADDR": request.remote or "",
            "SERVER_PROTOCOL": f"HTTP/{request.version.major}.{request.version.minor}",
            "wsgi.input": BytesIO(),
        }
        for key, value in self._headers(request, environ):
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _headers(self, request: web.BaseRequest, environ: Environ) -> Iterator[tuple[str, str]]:
        """Yield the key in the WSGI environment and the value of each request header.

        WSGI uses the same key for the headers ``A-B`` and ``A_B``. With ``A_B``, a client could therefore replace the
        value of ``A-B``. Therefore the method omits a header with underscores in its name, unless the policy accepts
        the header.
        """
        underscored: dict[str, tuple[str, str]] = {}
        keys = set()
        for raw_name, raw_value in request.raw_headers:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            key = name.upper().replace("-", "_")
            if "_" in name:
                if self._policy.keeps_underscores(name):
                    underscored[key] = name, value
                continue
            keys.add(key)
            yield key if key in {"CONTENT_LENGTH", "CONTENT_TYPE"} else f"HTTP_{key}", value
        kept = {key: header for key, header in underscored.items() if key not in keys}
        if kept:
            self._policy.add_header_names(environ, [name for name, _ in kept.values()])
            yield from ((f"HTTP_{key}", value) for key, (_, value) in kept.items())

    def _work(self) -> None:
        """Run the loop of a thread: call the application for one request after another, until the server stops."""
        while task := self._tasks.get():
            environ, future = task
            response = _call(self._app, environ)
            with suppress(RuntimeError):  # the event loop has ended, so no coroutine waits for the response
                future.get_loop().call_soon_threadsafe(_settle, future, response)


async def _within(seconds: float, awaited: Any) -> Any:
    return await asyncio.wait_for(awaited, seconds)


def _settle(future: "asyncio.Future[_AppResponse]", response: _AppResponse) -> None:
    if not future.done():
        future.set_result(response)


def _call(app: App, environ: Environ) -> _AppResponse:
    """Call a WSGI application, and return its complete response."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    parts: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], None]:
        started[:] = [(status, headers)]
        return parts.append

    try:
        body = app(environ, start_response)
        try:
            parts.extend(body)
        finally:
            if hasattr(body, "close"):
                body.close()
        [(status, headers)] = started
    except ConnectionResetError:
        return _HANG_UP
    except Exception:  # noqa: BLE001 - the server must continue
        sys.stderr.write(traceback.format_exc())  # one call, so that the output of several threads does not mix
        return _FAILED
    return _AppResponse(status, headers, b"".join(parts))


def _web_response(request: web.BaseRequest, response: _AppResponse) -> web.Response:
    status, _, reason = response.status.partition(" ")
    headers, length = CIMultiDict[str](), None
    for name, value in response.headers:
        lower = name.lower()
        if lower not in _HOP_BY_HOP:
            headers.add(name, _utf8(value))
        elif lower == "content-length":
            length = value
    headers.setdefault("Server", "moto-featurestore")
    if request.method == "HEAD" and length is not None:
        headers["Content-Length"] = length
    return web.Response(status=int(status), reason=reason, headers=headers, body=response.body)


def _utf8(value: str) -> str:
    """Convert the value of a response header from WSGI to the string that aiohttp requires.

    A WSGI application represents each byte by a Latin-1 character. aiohttp encodes strings in UTF-8.
    """
    try:
        return value if value.isascii() else value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _closing(response: web.Response) -> web.Response:
    response.force_close()
    return response


def _hang_up(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _origin_form(target: str) -> str:
    """Return the path and query of a request target. The target may be a complete URL."""
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return target
    rest = target[absolute.end() :]
    return rest if rest.startswith("/") else f"/{rest}"
