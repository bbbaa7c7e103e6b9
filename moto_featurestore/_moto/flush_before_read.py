"""Buffered rows are written before a request to another service that could see them.

=======  =========================================================================================================
S3       requests that name the bucket in the path, in the host or as the source of a copy, except puts into it
Glue     requests that name the database of the table
Athena   every StartQueryExecution: the query may read a view, or a table that the user has created
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
"""Hosts that contain the bucket. Any path of such a host is an object's key."""
_ACCESS_POINT = ".s3-accesspoint."
"""A part of hosts that do not contain the name of their bucket."""


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
    """Write the rows that a request could see."""
    # Usually nothing is pending, and then this check is all that a request costs.
    if pending := _world.pending():
        could_see = _visibility(request)
        for group in pending:
            if could_see(group):
                flush_due(_world, group)


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
