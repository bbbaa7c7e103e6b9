"""Errors of the server itself, in the format that the request's client can parse."""

import json
from typing import Any
from xml.sax.saxutils import escape

from moto_featurestore._moto.caller import authorization

Headers = list[tuple[str, str]]


def render(environ: dict[str, Any], code: str, message: str) -> tuple[Headers, bytes]:
    """Return headers and body of an error.

    JSON clients read the code from ``__type`` or the header, and accept both ``Message`` and ``message``. S3 and services
    with the query protocol use XML: https://smithy.io/2.0/aws/protocols/
    """
    signature = authorization({"Authorization": environ.get("HTTP_AUTHORIZATION")})
    service = signature["service"] if signature else ""
    error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    if service == "s3":
        media_type, body = "application/xml", error
    elif service not in ("", "sagemaker") and "HTTP_X_AMZ_TARGET" not in environ:
        media_type, body = "application/xml", f"<ErrorResponse>{error}</ErrorResponse>"
    else:
        media_type, body = "application/json", json.dumps({"__type": code, "Message": message})
    content = body.encode()
    return [("Content-Type", media_type), ("Content-Length", str(len(content))), ("x-amzn-errortype", code)], content
