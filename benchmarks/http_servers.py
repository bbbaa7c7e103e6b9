"""HTTP servers for moto's WSGI application: ``python benchmarks/http_servers.py``.

It compares aiohttp, which the package uses, with other servers that use threads of one process. Install them with
``pip install cheroot hypercorn httptools tornado uvicorn waitress``. Servers that are not installed are left out. Each server runs the
same application. Servers take turns, and rates are medians over the turns.
"""

import argparse
import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from io import BytesIO
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import unquote_to_bytes

from load import FEATURES, Load, creation, http
from slow_clients import HALF_BODY, HALF_HEAD, check, duration_text, health_check, make_certificate

LOAD = Path(__file__).with_name("load.py")
THREADS = 16
BACKLOG = 1024
"""Maximum number of connections that wait to be accepted. It exceeds the number of slow clients, so it does not affect the result."""
SLOW = {"200 silent": b"", "200 half heads": HALF_HEAD, "200 half bodies": HALF_BODY}
PUT = "PUT /b/k HTTP/1.1\r\nHost: localhost\r\n"
MALFORMED = [
    f"{PUT}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    f"{PUT}Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    f"{PUT}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    f"{PUT}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    *(
        f"{PUT}Content-Length: {length}\r\n\r\n0123456789"
        for length in ("99999999999999999999999", "1_0", "-1", "+1", "0x1", "1, 1")
    ),
    f"{PUT}Content-Length: 1\r\nContent-Length: 2\r\n\r\n01",
    f"{PUT}Content-Length : 1\r\n\r\n0",
    f"{PUT}X-A: 1\r\n folded\r\n\r\n",
    f"{PUT}X-A: \0\r\n\r\n",
    f"{PUT}Host: evil.example\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    f"{PUT}X-A: {'a' * 200_000}\r\n\r\n",
    f"{PUT}{''.join(f'X-{number}: 1' + chr(13) + chr(10) for number in range(20_000))}\r\n",
]
"""Requests that a server must answer with 400 or the like, and close the connection."""


def main() -> None:
    """Measure all servers and print a table. With ``--serve``, run one server instead."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3, help="turns of each server (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1, help="seconds of a turn (default: %(default)s)")
    parser.add_argument("--no-rates", action="store_true", help="measure no requests per second")
    parser.add_argument("--serve", nargs=4, metavar=("NAME", "PORT", "CERTIFICATE", "KEY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        name, port, certificate, key = options.serve
        SERVERS[name](int(port), certificate, key)
        return
    names = [name for name in SERVERS if find_spec(name.partition("-")[0])]
    print(f"{'':22}", *(f"{name:>17}" for name in names))
    rates = () if options.no_rates else _rates(names, options)
    for label, values in chain(_slow(names), _malformed(names), rates):
        print(f"{label:22}", *(f"{value:>17}" for value in values), flush=True)


Row = tuple[str, list[str]]


def _slow(names: list[str]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(Path(folder))
        for label, data in SLOW.items():
            row = []
            for name in names:
                with _serving(name) as port:
                    row.append(duration_text(health_check(port, 200, data, None)))
            yield label, row
        row = []
        for name in names:
            if name == "waitress":
                row.append("no TLS")
                continue
            with _serving(name, certificate, key) as port:
                row.append(duration_text(health_check(port, 200, b"", certificate)))
        yield "200 silent, TLS", row


def _malformed(names: list[str]) -> Iterator[Row]:
    """Count the malformed requests after which a server neither returns a client error nor closes the connection."""
    row = []
    for name in names:
        with _serving(name) as port:
            accepted = sum(not _is_refused(port, data.encode("latin-1")) for data in MALFORMED)
            row.append(f"{accepted} of {len(MALFORMED)}")
    yield "malformed, accepted", row


def _is_refused(port: int, data: bytes) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        try:
            connection.sendall(data)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            return False  # it waits for more, or for another request
        except ConnectionError:
            return True
    return answer[9:12] in {b"400", b"413", b"431", b"501"}


def _rates(names: list[str], options: argparse.Namespace) -> Iterator[Row]:
    with ExitStack() as stack:
        ports = {name: stack.enter_context(_serving(name)) for name in names}
        for port in ports.values():
            _once(port, http("POST", "/", creation(FEATURES), operation="SageMaker.CreateFeatureGroup"))
        for scenario in ("put_record", "get_record"):
            for connections in (1, 8, 32):
                rates: dict[str, list[float]] = {name: [] for name in names}
                for _ in range(options.turns):
                    for name, port in ports.items():
                        arguments = [str(port), scenario, str(connections), str(options.seconds)]
                        command = [sys.executable, str(LOAD), *arguments]
                        load = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own
                        rates[name].append(float(load.stdout))
                first = median(rates[names[0]])
                yield f"{scenario}, {connections}", [f"{median(rates[name]) / first:.2f}" for name in names]


def _once(port: int, request: bytes) -> None:
    Load(port, 1).run(iter([request]), lambda _: False)


@contextmanager
def _serving(name: str, certificate: str = "", key: str = "") -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", name, str(port), certificate, key]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        while True:
            try:
                check(port, certificate or None)
                break
            except OSError:
                time.sleep(0.1)
        yield port
        process.kill()


# The servers.

Answer = tuple[str, list[tuple[str, str]], bytes]


def _application() -> Any:
    from moto_featurestore._moto.entry_points.wsgi import application
    from moto_featurestore.server.session import Readiness

    return Readiness(application())


def _call(app: Any, environ: dict[str, Any]) -> Answer:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    body = b"".join(app(environ, lambda status, headers, _=None: started.append((status, headers))))
    [(status, headers)] = started
    return status, [(name, value) for name, value in headers if name.lower() != "content-length"], body


def _environ(method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes) -> dict[str, Any]:
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    for raw_name, value in headers:
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        environ[name if name == "CONTENT_TYPE" else f"HTTP_{name}"] = value.decode("latin-1")
    return environ | {"CONTENT_LENGTH": str(len(body))}


def _aiohttp(port: int, certificate: str, key: str) -> None:
    from moto_featurestore.server.http import make_server

    make_server("127.0.0.1", port, _application(), certificate=certificate or None, key=key or None).serve()


def _cheroot(port: int, certificate: str, key: str) -> None:
    from cheroot.ssl.builtin import BuiltinSSLAdapter
    from cheroot.wsgi import Server

    server = Server(("127.0.0.1", port), _application(), numthreads=THREADS, timeout=60, request_queue_size=BACKLOG)
    server.keep_alive_conn_limit = None
    if certificate:
        server.ssl_adapter = BuiltinSSLAdapter(certificate, key)
    server.start()


def _waitress(port: int, _certificate: str, _key: str) -> None:
    import waitress

    waitress.serve(
        _application(), host="127.0.0.1", port=port, threads=THREADS, backlog=BACKLOG, connection_limit=BACKLOG
    )


def _uvicorn(parser: str) -> Callable[[int, str, str], None]:
    def serve(port: int, certificate: str, key: str) -> None:
        import uvicorn

        files = {"ssl_certfile": certificate, "ssl_keyfile": key} if certificate else {}
        options: dict[str, Any] = {"http": parser, "lifespan": "off", "log_level": "critical", "access_log": False}
        uvicorn.run(_asgi(_application()), host="127.0.0.1", port=port, loop="asyncio", **options, **files)

    return serve


def _asgi(app: Any) -> Callable[..., Awaitable[None]]:
    pool = ThreadPoolExecutor(THREADS)

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        if message["type"] == "http.disconnect":
            return
        query = scope["query_string"].decode()
        target = f"{scope['raw_path'].decode()}?{query}" if query else scope["raw_path"].decode()
        environ = _environ(scope["method"], target, scope["headers"], body)
        status, headers, out = await asyncio.get_running_loop().run_in_executor(pool, _call, app, environ)
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        raw.append((b"content-length", b"%d" % len(out)))
        await send({"type": "http.response.start", "status": int(status[:3]), "headers": raw})
        await send({"type": "http.response.body", "body": out})

    return answer


def _hypercorn(port: int, certificate: str, key: str) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.backlog = BACKLOG
    config.errorlog = None
    if certificate:
        config.certfile, config.keyfile = certificate, key
    asyncio.run(serve(_application(), config, mode="wsgi"))


def _tornado(port: int, certificate: str, key: str) -> None:
    import logging

    from tornado.httpserver import HTTPServer
    from tornado.wsgi import WSGIContainer

    async def serve() -> None:
        logging.getLogger("tornado").disabled = True
        files = {"certfile": certificate, "keyfile": key} if certificate else None
        HTTPServer(WSGIContainer(_application(), ThreadPoolExecutor(THREADS)), ssl_options=files).listen(
            port, "127.0.0.1", backlog=BACKLOG
        )
        await asyncio.Event().wait()

    asyncio.run(serve())


SERVERS: dict[str, Callable[[int, str, str], None]] = {
    "cheroot": _cheroot,
    "aiohttp": _aiohttp,
    "hypercorn": _hypercorn,
    "tornado": _tornado,
    "uvicorn-h11": _uvicorn("h11"),
    "uvicorn-httptools": _uvicorn("httptools"),
    "waitress": _waitress,
}
"""The servers. Rates are compared with the first one."""


if __name__ == "__main__":
    main()
