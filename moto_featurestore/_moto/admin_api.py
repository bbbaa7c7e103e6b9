"""What testers ask over HTTP, beside moto's own API under /moto-api/: of a server, of the proxy, and in process."""

import json
from typing import Any
from urllib.parse import unquote, urlsplit

from moto_featurestore.testing.remote import PATH, answer

_JSON = {"Content-Type": "application/json"}


URL = f"{{0}}{PATH}(?P<method>[^/]+)$"
"""The key of moto's ``url_paths``."""


def answer_request(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:  # noqa: ARG001 - moto's signature
    """Answer a request to ``/moto-api/featurestore/``."""
    from moto_featurestore.testing.client import FeatureStore

    if request.method != "POST":
        status, told = (
            405,
            {"error": "ValueError", "message": f"{request.method} is no way to ask: POST a JSON object."},
        )
    else:
        name = unquote(urlsplit(full_url).path.rpartition("/")[2])
        status, told = answer(name, _body(request), FeatureStore)
    return status, _JSON, json.dumps(told)


def _body(request: Any) -> bytes:
    """The body of a request of werkzeug's, which takes that of ``curl -d`` for a form, or of botocore's."""
    body = request.get_data() if hasattr(request, "get_data") else request.body
    return body.encode() if isinstance(body, str) else body or b""
