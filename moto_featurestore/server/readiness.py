"""Tells whoever asks that a server is ready: it is, once it answers, as data and seeds are loaded before it listens."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from moto_featurestore import __version__

PATH = "/moto-api/featurestore/health"

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Readiness:
    """A WSGI application with the endpoint in front of it."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer for the endpoint, or let the application answer."""
        if environ.get("PATH_INFO") != PATH:
            return self._app(environ, start_response)
        body = json.dumps({"status": "ready", "version": __version__}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
