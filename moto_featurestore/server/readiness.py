"""The endpoint that reports that the server is ready.

The server loads its data and seed before it responds, so any response means that it is ready.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from moto_featurestore import __version__

PATH = "/moto-api/featurestore/health"

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Readiness:
    """A WSGI application that adds the readiness endpoint to another application.

    :param app: the other application
    :param region: the region of the seed, for the shells that use the server
    """

    def __init__(self, app: App, region: str | None = None) -> None:
        self._app, self._region = app, region

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Respond to a request for the endpoint, or pass the request to the application."""
        if environ.get("PATH_INFO") != PATH:
            return self._app(environ, start_response)
        body = json.dumps({"status": "ready", "version": __version__, "region": self._region}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
