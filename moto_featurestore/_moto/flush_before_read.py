"""Buffered rows are written before a request to another service that could see them.

=======  =========================================================================================================
S3       requests that name the bucket in the path, in the host or as the source of a copy, except puts into it
Glue     requests that name the database of the table
Athena   every StartQueryExecution: the query may read a view, or a table that the user has created
=======  =========================================================================================================

If rows cannot be written because a library is missing, requests that would miss them fail. All others continue.

=======  =========================================================================================================
S3       lists whose prefix overlaps the group's directory, and reads of keys in it
Glue     reads of the table, and lists of the tables in its database
Athena   the query itself fails when it reads the files: MotoLake
=======  =========================================================================================================
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.caller import text_of
from moto_featurestore.offline.flush import flush_due, require_library
from moto_featurestore.offline.layout import location, table_uri
from moto_featurestore.offline.optional_dependencies import MissingExtraError
from moto_featurestore.store.group import FeatureGroup

BUCKET_IN_HOST = re.compile(r"([^:]+)\.(?:s3[.-].*|localhost(?::.*)?)")
"""Hosts that contain the bucket. Any path of such a host is an object's key."""
_ACCESS_POINT = ".s3-accesspoint."
"""A part of hosts that do not contain the name of their bucket."""

_READING = re.compile("(?:Get|BatchGet|Search|List)")
"""The prefixes of Glue's operations that read."""
_TABLE = re.compile(rb'"(?:Table)?Name"\s*:\s*"([^"]*)"')
_OF_LISTS = {"delimiter", "key-marker", "marker", "prefix", "start-after", "version-id-marker", "versions"}
"""The parameters of a list of objects that may be empty. Any other empty parameter selects a subresource of the bucket."""


class Asked(NamedTuple):
    """A request to any service. ``body`` is a function, because the body is read only if it matters."""

    method: str
    host: str
    path: str
    query: str
    headers: Any
    body: Callable[[], bytes]


_world = MotoWorld()


def write_before(request: Asked) -> None:
    """Write the rows that a request could see.

    :raises MissingExtraError: if a library is missing and the request would miss the rows
    """
    # Usually nothing is pending, and then this check is all that a request costs.
    if pending := _world.pending():
        could_see = _visibility(request)
        for group in pending:
            if could_see(group):
                _write(group, request)


def _write(group: FeatureGroup, request: Asked) -> None:
    try:
        flush_due(_world, group)
    except MissingExtraError:
        if _reads(request, group):
            raise


def _visibility(request: Asked) -> Callable[[FeatureGroup], bool]:
    """Return a function that tests if the request could see a group's rows."""
    target = text_of(request.headers, "X-Amz-Target")
    if target.startswith("AWSGlue."):
        body = request.body()
        return lambda group: f'"{_catalog(group).get("Database")}"'.encode() in body
    if target:
        return lambda _: target == "AmazonAthena.StartQueryExecution"
    source = _first(text_of(request.headers, "X-Amz-Copy-Source"))
    if request.method == "PUT":
        return lambda group: location(group).bucket == source
    if _ACCESS_POINT in request.host:
        return lambda _: True
    in_host = BUCKET_IN_HOST.fullmatch(request.host)
    bucket = in_host[1] if in_host else _first(request.path)
    return lambda group: location(group).bucket == bucket or request.host.startswith(f"{location(group).bucket}.")


def _catalog(group: FeatureGroup) -> dict[str, str]:
    """Return a group's DataCatalogConfig. It is empty if the group has no table."""
    assert group.offline_store is not None
    return group.offline_store.get("DataCatalogConfig", {})  # type: ignore[no-any-return]


def _first(path: str) -> str:
    return unquote(path).lstrip("/").partition("/")[0]


# Requests that would miss the rows.


def _reads(request: Asked, group: FeatureGroup) -> bool:
    """Return True if a request that could see a group's rows reads the files or the table that contain them."""
    service, _, operation = text_of(request.headers, "X-Amz-Target").partition(".")
    if service == "AWSGlue":
        table = _TABLE.search(request.body())
        concerns_table = table is None or table[1] == _catalog(group)["TableName"].encode()
        return bool(_READING.match(operation)) and concerns_table
    return not service and _reads_objects(request, group)


def _reads_objects(request: Asked, group: FeatureGroup) -> bool:
    bucket, folder = _folder(group)
    if source := text_of(request.headers, "X-Amz-Copy-Source"):
        return unquote(source).lstrip("/").startswith(f"{bucket}/{folder}")
    path = unquote(request.path).lstrip("/")
    is_in_host = _ACCESS_POINT in request.host or request.host.startswith(f"{bucket}.")
    key = path if is_in_host else path.partition("/")[2]
    if key:
        return request.method in ("GET", "HEAD") and key.startswith(folder)
    return request.method == "GET" and _lists(request.query, folder)


def _lists(query: str, folder: str) -> bool:
    """Return True if a GET of a bucket lists objects in a directory."""
    params = dict(parse_qsl(query, keep_blank_values=True))
    if any(not value and name not in _OF_LISTS for name, value in params.items()):
        return False
    return _overlap(params.get("prefix", ""), folder)


def _folder(group: FeatureGroup) -> tuple[str, str]:
    """Return the bucket and the prefix of all keys of a group."""
    bucket, _, prefix = table_uri(group).removeprefix("s3://").partition("/")
    return bucket, f"{prefix}/"


def _overlap(prefix: str, folder: str) -> bool:
    return prefix.startswith(folder) or folder.startswith(prefix)


def require_rows(bucket: str, prefix: str) -> None:
    """Check that no pending rows are missing among the objects with a prefix.

    :raises MissingExtraError: if such rows cannot be written because a library is missing
    """
    for group in _world.pending():
        group_bucket, folder = _folder(group)
        if bucket == group_bucket and _overlap(prefix, folder):
            require_library(_world, group)


def render_missing(error: MissingExtraError, headers: Any) -> tuple[str, bytes]:
    """Return media type and body of a server's error response to a read of rows that a missing library keeps unwritten.

    The body has the form of an error of Glue (JSON) or S3 (XML), so clients can parse it.
    """
    code, message = type(error).__name__, str(error)
    if text_of(headers, "X-Amz-Target"):
        return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
    return "application/xml", f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode()
