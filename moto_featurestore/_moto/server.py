"""moto's server, with the Feature Store in it, on a WSGI server that keeps connections alive.

Cheroot was chosen by measurement (docs/server.md): of waitress, gunicorn, granian and Werkzeug's own it answers most
requests a second among those that run in one process, where the state is; it tells the path as it was sent, and it can do TLS.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.wsgi import Gateway_10, Server
from moto.moto_server import werkzeug_app

from moto_featurestore._moto.entry_points import path_of_target
from moto_featurestore._moto.patches import install
from moto_featurestore.settings import check_settings

try:
    from moto.core.request import (
        PRESERVED_HEADER_NAMES_ENVIRON_KEY,
        environ_key_for_header,
        should_preserve_original_header_name,
    )
except ImportError:  # pragma: no cover - older releases of moto, which look for no header's name as it was spelled
    PRESERVED_HEADER_NAMES_ENVIRON_KEY = ""

    def environ_key_for_header(header_name: str) -> str:
        """Say nothing: there are no such headers."""
        return header_name

    def should_preserve_original_header_name(header_name: str) -> bool:
        """Whether S3 needs a header's name as it was spelled."""
        return header_name == ""


_THREADS = 16
"""Requests that are answered at a time; connections that wait for their next request take none."""

App = Callable[[dict[str, Any], Callable[..., Any]], Any]


def application() -> App:
    """The WSGI application: moto's, with the Feature Store in it.

    :raises ValueError: where the environment has a setting with an unknown value
    """
    check_settings({})  # what is wrong with the environment is told now, not to the first who is denied
    install()
    app: App = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    return app


def make_server(
    host: str, port: int, app: App | None = None, *, certificate: str | None = None, key: str | None = None
) -> "WsgiServer":
    """A threaded server, bound to an address and not yet serving.

    :param app: else ``application()``
    :param certificate: a file with the certificate chain, in PEM: then the server speaks TLS
    :param key: a file with the private key, where it is not in the certificate's
    :raises OSError, OverflowError: where it cannot listen there, or cannot read the files
    """
    server = WsgiServer((host, port), app or application(), numthreads=_THREADS, server_name="moto-featurestore")
    if certificate:
        from cheroot.ssl.builtin import BuiltinSSLAdapter

        server.ssl_adapter = BuiltinSSLAdapter(certificate, key)
    server.prepare()
    return server


class WsgiServer(Server):  # type: ignore[misc] # Cheroot's types are incomplete
    """Cheroot, as moto needs it."""

    keep_alive_conn_limit = None  # its default, 10, makes 11 clients take turns in connecting
    expiration_interval = 0.1  # seconds that its end may wait for the loop to look around

    def __init__(self, *args: Any, **options: Any) -> None:
        # Whoever is still sending a request as the server stops has less time than containers get until they are killed.
        super().__init__(*args, request_queue_size=128, timeout=60, shutdown_timeout=8, **options)
        self.gateway, self.ConnectionClass = _Gateway, _Connection

    @property
    def port(self) -> int:
        """The port that it listens at."""
        port: int = self.bind_addr[1]
        return port


class _Headers(HeaderReader):  # type: ignore[misc] # as above
    """Reads headers; names with an underscore, which could stand in for another's, only where moto needs them."""

    def _transform_key(self, key_name: bytes) -> bytes:
        name = key_name.strip()
        return name if b"_" in name else name.title()

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name or should_preserve_original_header_name(key_name.decode("latin-1"))


class _Request(HTTPRequest):  # type: ignore[misc] # as above
    header_reader = _Headers()

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, proxy_mode=True)  # a target may be a whole URL


class _Connection(HTTPConnection):  # type: ignore[misc] # as above
    RequestHandlerClass = _Request


class _Gateway(Gateway_10):  # type: ignore[misc] # as above
    """Makes a request's environment: with the path as it was sent, as Werkzeug gives it to moto and to us."""

    def get_environ(self) -> dict[str, Any]:
        headers = self.req.inheaders
        underscored = [name for name in headers if b"_" in name]
        for name in underscored:
            if name.replace(b"_", b"-").title() in headers:  # never let it stand in for the dashed one
                del headers[name]
        environ: dict[str, Any] = super().get_environ()
        environ["RAW_URI"] = environ["REQUEST_URI"]
        # Cheroot leaves %2F as it is: applications that know one form of a path expect all of it decoded.
        environ["PATH_INFO"] = unquote_to_bytes(path_of_target(environ["RAW_URI"])).decode("latin-1")
        names = [name.decode("latin-1") for name in underscored if name in headers]
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {environ_key_for_header(name): name for name in names}
        return environ
