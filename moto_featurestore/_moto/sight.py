"""Requests to other services that could see rows of the offline store: the rows are written before.

=======  ==================================================================================================
S3       all that names the bucket, in the path, in the host or as the source of a copy; but what only puts
Glue     all that names the database of the table
Athena   StartQueryExecution, whatever the query: it may read a view, or a table that the user has made
=======  ==================================================================================================
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from moto_featurestore._moto.access import text_of
from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore.offline.extras import MissingExtraError
from moto_featurestore.offline.flush import flush_due
from moto_featurestore.offline.layout import location
from moto_featurestore.store import FeatureGroup

BUCKET_IN_HOST = re.compile(r"([^:]+)\.(?:s3[.-].*|localhost(?::.*)?)")
"""Hosts with a bucket in them, under which any path is an object's key."""

_world = MotoWorld()


def write_before(method: str, host: str, path: str, headers: Any, body: Callable[[], bytes]) -> None:
    """Write the rows that a request could see.

    :param body: reads the request's body, where it has to be looked at
    :raises MissingExtraError: where a library is missing
    """
    # Nothing is pending nearly always: then that is all that a request costs.
    if pending := _world.pending():
        could_see = _sight(method, host, path, headers, body)
        for group in pending:
            if could_see(group):
                flush_due(_world, group)


def _sight(
    method: str, host: str, path: str, headers: Any, body: Callable[[], bytes]
) -> Callable[[FeatureGroup], bool]:
    """Whether a request could see a group's rows."""
    target = text_of(headers, "X-Amz-Target")
    if target.startswith("AWSGlue."):
        asked = body()
        return lambda group: f'"{_database(group)}"'.encode() in asked
    if target:
        return lambda _: target == "AmazonAthena.StartQueryExecution"
    source = _first(text_of(headers, "X-Amz-Copy-Source"))
    if method == "PUT":
        return lambda group: location(group).bucket == source
    if ".s3-accesspoint." in host:  # which bucket it stands for, its name does not say
        return lambda _: True
    in_host = BUCKET_IN_HOST.fullmatch(host)
    named = in_host[1] if in_host else _first(path)
    return lambda group: location(group).bucket == named or host.startswith(f"{location(group).bucket}.")


def _database(group: FeatureGroup) -> str | None:
    assert group.offline_store is not None
    return group.offline_store.get("DataCatalogConfig", {}).get("Database")  # type: ignore[no-any-return]


def _first(path: str) -> str:
    return unquote(path).lstrip("/").partition("/")[0]


def render_missing(error: MissingExtraError, headers: Any) -> tuple[str, bytes]:
    """What a server answers where rows cannot be written for want of a library: media type and body, as clients read it."""
    code, message = type(error).__name__, str(error)
    if text_of(headers, "X-Amz-Target"):
        return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
    return "application/xml", f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode()
