"""The HTTP API of the handle under /moto-api/featurestore/: in a server, in the proxy and in process."""

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
        message = f"The method {request.method} is not allowed. Send a JSON object with POST."
        status, result = 405, {"error": "ValueError", "message": message}
    else:
        name = unquote(urlsplit(full_url).path.rpartition("/")[2])
        status, result = answer(name, _body(request), FeatureStore)
    return status, _JSON, json.dumps(result)


def _body(request: Any) -> bytes:
    """Return the raw body of a werkzeug or botocore request, since werkzeug parses the body of ``curl -d`` as a form."""
    body = request.get_data() if hasattr(request, "get_data") else request.body
    return body.encode() if isinstance(body, str) else body or b""
