"""The endpoint that reports that a server is ready, which it is as soon as it answers: it loads data and seed first."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from moto_featurestore import __version__

PATH = "/moto-api/featurestore/health"

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Readiness:
    """A WSGI application with the endpoint in front of it.

    :param region: the region of the seed, for the shells that use the server
    """

    def __init__(self, app: App, region: str | None = None) -> None:
        self._app, self._region = app, region

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer for the endpoint, or let the application answer."""
        if environ.get("PATH_INFO") != PATH:
            return self._app(environ, start_response)
        body = json.dumps({"status": "ready", "version": __version__, "region": self._region}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
