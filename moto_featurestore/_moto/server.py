"""moto's server, with the Feature Store in it."""

import socket

from moto.moto_server import werkzeug_app
from werkzeug.serving import BaseWSGIServer
from werkzeug.serving import make_server as make_werkzeug_server

from moto_featurestore._moto.doors import install
from moto_featurestore.settings import read_settings


def make_server(host: str, port: int) -> BaseWSGIServer:
    """A threaded server, bound to an address and not yet serving.

    :raises OSError, OverflowError: where it cannot listen there
    :raises ValueError: where the environment has a setting with an unknown value
    """
    read_settings({})  # what is wrong with the environment is told now, not to the first who is denied
    install()
    application = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    handler = getattr(werkzeug_app, "MotoRequestHandler", None)  # of newer releases, for S3's header names
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bound here: werkzeug's own binding prints, and leaves the process, where the address is taken.
    with socket.create_server((host, port), family=family) as bound:
        port = bound.getsockname()[1]
        return make_werkzeug_server(host, port, application, threaded=True, request_handler=handler, fd=bound.fileno())
