"""Requests to other services that could see rows of the offline store: the rows are written before.

=======  ==================================================================================================
S3       all that names the bucket, in the path, in the host or as the source of a copy; but what only puts
Glue     all that names the database of the table
Athena   StartQueryExecution, whatever the query: it may read a view, or a table that the user has made
=======  ==================================================================================================

Where they cannot be written for want of a library, requests fail that would miss them; all others go on.

=======  ==================================================================================================
S3       a list of what lies where the group's files do, and what reads there
Glue     what reads the table, or lists those of its database
Athena   the query itself fails, once it asks for the files: MotoLake
=======  ==================================================================================================
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
"""Hosts with a bucket in them, under which any path is an object's key."""
_ACCESS_POINT = ".s3-accesspoint."
"""In hosts that do not say which bucket they stand for."""

_READING = re.compile("(?:Get|BatchGet|Search|List)")
"""How the names of Glue's operations begin that read."""
_TABLE = re.compile(rb'"(?:Table)?Name"\s*:\s*"([^"]*)"')
_OF_LISTS = {"delimiter", "key-marker", "marker", "prefix", "start-after", "version-id-marker", "versions"}
"""The parameters of a list of objects that may have no value; another one names something else of a bucket."""


class Asked(NamedTuple):
    """A request; ``body`` reads its body, where that has to be looked at."""

    method: str
    host: str
    path: str
    query: str
    headers: Any
    body: Callable[[], bytes]


_world = MotoWorld()


def write_before(asked: Asked) -> None:
    """Write the rows that a request could see.

    :raises MissingExtraError: where a library is missing, and the request would miss the rows
    """
    # Nothing is pending nearly always: then that is all that a request costs.
    if pending := _world.pending():
        could_see = _sight(asked)
        for group in pending:
            if could_see(group):
                _write(group, asked)


def _write(group: FeatureGroup, asked: Asked) -> None:
    try:
        flush_due(_world, group)
    except MissingExtraError:
        if _reads(asked, group):
            raise


def _sight(asked: Asked) -> Callable[[FeatureGroup], bool]:
    """Whether a request could see a group's rows."""
    target = text_of(asked.headers, "X-Amz-Target")
    if target.startswith("AWSGlue."):
        body = asked.body()
        return lambda group: f'"{_catalog(group).get("Database")}"'.encode() in body
    if target:
        return lambda _: target == "AmazonAthena.StartQueryExecution"
    source = _first(text_of(asked.headers, "X-Amz-Copy-Source"))
    if asked.method == "PUT":
        return lambda group: location(group).bucket == source
    if _ACCESS_POINT in asked.host:
        return lambda _: True
    in_host = BUCKET_IN_HOST.fullmatch(asked.host)
    named = in_host[1] if in_host else _first(asked.path)
    return lambda group: location(group).bucket == named or asked.host.startswith(f"{location(group).bucket}.")


def _catalog(group: FeatureGroup) -> dict[str, str]:
    """DataCatalogConfig; empty where the group has no table."""
    assert group.offline_store is not None
    return group.offline_store.get("DataCatalogConfig", {})  # type: ignore[no-any-return]


def _first(path: str) -> str:
    return unquote(path).lstrip("/").partition("/")[0]


# What would miss the rows.


def _reads(asked: Asked, group: FeatureGroup) -> bool:
    """Whether a request that could see a group's rows reads what has them, or would have them."""
    service, _, operation = text_of(asked.headers, "X-Amz-Target").partition(".")
    if service == "AWSGlue":
        named = _TABLE.search(asked.body())
        is_ours = named is None or named[1] == _catalog(group)["TableName"].encode()
        return bool(_READING.match(operation)) and is_ours
    return not service and _reads_objects(asked, group)


def _reads_objects(asked: Asked, group: FeatureGroup) -> bool:
    bucket, folder = _folder(group)
    if source := text_of(asked.headers, "X-Amz-Copy-Source"):
        return unquote(source).lstrip("/").startswith(f"{bucket}/{folder}")
    path = unquote(asked.path).lstrip("/")
    is_in_host = _ACCESS_POINT in asked.host or asked.host.startswith(f"{bucket}.")
    key = path if is_in_host else path.partition("/")[2]
    if key:
        return asked.method in ("GET", "HEAD") and key.startswith(folder)
    return asked.method == "GET" and _lists(asked.query, folder)


def _lists(query: str, folder: str) -> bool:
    """Whether a GET of a bucket lists what is in a folder."""
    params = dict(parse_qsl(query, keep_blank_values=True))
    if any(not value and name not in _OF_LISTS for name, value in params.items()):
        return False
    return _overlap(params.get("prefix", ""), folder)


def _folder(group: FeatureGroup) -> tuple[str, str]:
    """The bucket, and what the keys of all that is the group's begin with."""
    bucket, _, prefix = table_uri(group).removeprefix("s3://").partition("/")
    return bucket, f"{prefix}/"


def _overlap(prefix: str, folder: str) -> bool:
    return prefix.startswith(folder) or folder.startswith(prefix)


def require_rows(bucket: str, prefix: str) -> None:
    """Let nobody read objects among which rows are missing that cannot be written for want of a library.

    :raises MissingExtraError: where it is so
    """
    for group in _world.pending():
        of_group, folder = _folder(group)
        if bucket == of_group and _overlap(prefix, folder):
            require_library(_world, group)


def render_missing(error: MissingExtraError, headers: Any) -> tuple[str, bytes]:
    """What a server answers where rows cannot be written for want of a library: media type and body, as clients read it."""
    code, message = type(error).__name__, str(error)
    if text_of(headers, "X-Amz-Target"):
        return "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message}).encode()
    return "application/xml", f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode()
