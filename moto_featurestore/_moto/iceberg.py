"""pyiceberg in the hands of a user: what it reads and writes in S3 is moto's, while a mock runs.

Its own access to S3 is Arrow's, in C++, which no mock of Python's sees: it would go out to the network.
"""

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moto.core.config import passthrough_service
from moto.core.exceptions import JsonRESTError
from moto.core.models import MockAWS, botocore_stubber

from moto_featurestore._moto.aws import S3Files
from moto_featurestore._moto.imports import when_imported
from moto_featurestore._moto.loopback import is_loopback

if TYPE_CHECKING:
    from pyiceberg.io import FileIO

_SCHEMES = ("s3", "s3a", "s3n")


def file_io(properties: dict[str, str]) -> "FileIO":
    """What pyiceberg takes for an implementation of its FileIO, for S3.

    A server of the user's own is left alone, and so is S3 where moto lets it pass.
    """
    endpoint = properties.get("s3.endpoint")
    if passthrough_service("s3") or (endpoint and is_loopback(urlsplit(endpoint).netloc)):
        from pyiceberg.io.pyarrow import PyArrowFileIO

        return PyArrowFileIO(properties)
    from moto_featurestore.offline.iceberg_catalog import ObjectIO

    return ObjectIO(S3Files(), properties)


_NAME = f"{file_io.__module__}.{file_io.__qualname__}"


def follow_mocks() -> None:
    """Put ``file_io`` first while mocks run, those of plain moto too, and take it away again."""
    _after(MockAWS, "_enable_patching", _put_in_place)
    _after(MockAWS, "_disable_patching", _take_away)
    when_imported("pyiceberg.io", lambda _: _put_in_place() if botocore_stubber.enabled else None)


def _after(owner: type, name: str, then: Callable[[], None]) -> None:
    method = getattr(owner, name)

    @wraps(method)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        method(*args, **kwargs)
        then()

    setattr(owner, name, wrapper)


def _put_in_place() -> None:
    _take_away()
    for implementations in _implementations():
        implementations.insert(0, _NAME)


def _take_away() -> None:
    for implementations in _implementations():
        implementations[:] = [name for name in implementations if name != _NAME]


def _implementations() -> list[list[str]]:
    """By scheme, the best first; none while pyiceberg is not imported."""
    module = sys.modules.get("pyiceberg.io")
    return [module.SCHEMA_TO_FILE_IO[scheme] for scheme in _SCHEMES] if module else []


def let_versions_count(module: ModuleType) -> None:
    """Let Glue refuse an update of a table of Iceberg that has another version than the one to be updated.

    https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html; the text is assumed. moto takes every update:
    rows that are flushed between what a client reads and what it commits would be lost.
    """
    update = module.GlueResponse.update_table

    @wraps(update)
    def update_table(response: Any) -> Any:
        params = response.parameters
        table, version = params["TableInput"], params.get("VersionId")
        if version is not None and table.get("Parameters", {}).get("table_type") == "ICEBERG":
            current = response.glue_backend.get_table(params["DatabaseName"], table["Name"])._current_version
            if str(current) != version:
                raise JsonRESTError(
                    "ConcurrentModificationException",
                    f"The table {table['Name']} has version {current}; an update of version {version} was asked for.",
                )
        return update(response)

    module.GlueResponse.update_table = update_table
