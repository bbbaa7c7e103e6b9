"""Flushes of the offline store's buffered rows, before S3, Glue or Athena processes a request that could read the rows.

The table lists the requests that cause a flush.

=======  =========================================================================================================
S3       requests with the bucket name in the path, the host or the source of a copy, except puts to the bucket
Glue     requests with the name of the table's database in the body
Athena   every StartQueryExecution, because a query may use a view or a table that the user has created
=======  =========================================================================================================
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.caller import text_of
from moto_featurestore.offline.flush import flush_due
from moto_featurestore.offline.layout import location
from moto_featurestore.store.group import FeatureGroup

BUCKET_IN_HOST = re.compile(r"([^:]+)\.(?:s3[.-].*|localhost(?::.*)?)")
"""Matches host names that contain the bucket name. For such a host, the URL path is the key of an object."""
_ACCESS_POINT = ".s3-accesspoint."
"""A part of the host names of access points. Such a host name does not contain the bucket name."""


class IncomingRequest(NamedTuple):
    """A request to any AWS service. ``body`` is a function, because the body of most requests is not needed."""

    method: str
    host: str
    path: str
    query: str
    headers: Any
    body: Callable[[], bytes]


_world = MotoWorld()


def write_before(request: IncomingRequest) -> None:
    """Write buffered rows to the offline store if a request could read these rows."""
    # Usually no group has pending rows. Check this first, because it is faster than parsing the request.
    if pending := _world.pending():
        could_see = _visibility(request)
        for group in pending:
            if could_see(group):
                flush_due(_world, group)


def _visibility(request: IncomingRequest) -> Callable[[FeatureGroup], bool]:
    """Return a function that takes a group, and returns True if the request could read the rows of this group."""
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
    """Return a group's DataCatalogConfig, or an empty dict if the group has no table."""
    assert group.offline_store is not None
    return group.offline_store.get("DataCatalogConfig", {})  # type: ignore[no-any-return]


def _first(path: str) -> str:
    return unquote(path).lstrip("/").partition("/")[0]
