"""The HTTP server: moto's WSGI application on aiohttp, with checks of the host, origin and body size of requests."""

import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any

from moto_featurestore._moto.entry_points import wsgi
from moto_featurestore.server.policy import AccessPolicy, Environ
from moto_featurestore.server.wsgi import BACKLOG, REJECTION, App, WsgiServer

_BODY_LIMIT = 16 * 1024 * 1024
"""The maximum body size of a Feature Store request in bytes.

A request of BatchWriteRecord contains at most 25 records of 350 KB. The JSON syntax adds to this size.
"""


class ServerPolicy(AccessPolicy):
    """The access policy of the server, with the body limit and the header names that moto and the Feature Store require."""

    def body_limit(self, environ: Environ) -> int | None:
        """Return the maximum body size of a Feature Store request in bytes, or None for other requests (unlimited)."""
        return _BODY_LIMIT if wsgi.is_feature_store_request(environ) else None

    def keeps_underscores(self, header: str) -> bool:
        """Return True for a header with S3 object metadata. The server must accept underscores in the header's name."""
        return wsgi.keeps_underscores(header)

    def add_header_names(self, environ: Environ, names: list[str]) -> None:
        """Store the original names of metadata headers in the WSGI environment, where moto expects them."""
        wsgi.add_header_names(environ, names)


def with_rejections(app: App) -> App:
    """Return a WSGI application that responds to rejected requests with an error, and passes accepted requests to ``app``."""

    def reject_or_pass(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        rejection = environ.get(REJECTION)
        if rejection is None:
            return app(environ, start_response)
        headers, body = wsgi.render_service_error(environ, rejection.code, rejection.message)
        start_response(rejection.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return reject_or_pass


def make_server(  # noqa: PLR0913 - the options of a server
    host: str,
    port: int,
    app: App | None = None,
    *,
    wrap: Callable[[App], App] = lambda app: app,
    policy: ServerPolicy | None = None,
    certificate: str | None = None,
    key: str | None = None,
    client_timeout: float = 60,
) -> WsgiServer:
    """Return a server that is bound to an address, but does not serve yet.

    :param app: the WSGI application; by default ``wsgi.application()``
    :param wrap: a function that wraps the application, for example in a log; the wrapper also gets rejected requests
    :param certificate: a file with the certificate chain in PEM; with a certificate, the server uses TLS
    :param key: a file with the private key; not necessary if the certificate file contains the key
    :param client_timeout: seconds in which a client must send the next part of a request
    :param policy: the checks of the host and origin of a request; by default ``ServerPolicy()``
    :raises OSError, OverflowError: if the server cannot listen at the address, or cannot read the files
    """
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
    listener = _listen(host, port)
    return WsgiServer(
        wrap(with_rejections(app or wsgi.application())), listener, policy or ServerPolicy(), tls, client_timeout
    )


def _listen(host: str, port: int) -> socket.socket:
    # Do not pass the port to getaddrinfo: it would silently convert an invalid port such as 70000 to 4464.
    family, _, _, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    is_dual = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((address[0], port), family=family, backlog=BACKLOG, dualstack_ipv6=is_dual)
