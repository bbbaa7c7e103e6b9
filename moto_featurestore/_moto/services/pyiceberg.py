"""pyiceberg in the hands of a user: what it reads and writes in S3 is moto's, while a mock runs.

Its own access to S3 is Arrow's, in C++, which no mock of Python's sees: it would go out to the network.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moto.core.config import passthrough_service
from moto.core.exceptions import JsonRESTError
from moto.core.models import botocore_stubber

from moto_featurestore._moto.loopback import is_loopback
from moto_featurestore._moto.patching import Change, Undo, item
from moto_featurestore._moto.s3_glue import S3Files

if TYPE_CHECKING:
    from pyiceberg.io import FileIO

SCHEMES = ("s3", "s3a", "s3n")


def file_io(properties: dict[str, str]) -> "FileIO":
    """What pyiceberg takes for an implementation of its FileIO, for S3.

    Outside a mock, and where a server of the user's own or moto's passthrough is meant, it is pyiceberg's own first choice.
    """
    endpoint = properties.get("s3.endpoint")
    if (
        not botocore_stubber.enabled
        or passthrough_service("s3")
        or (endpoint and is_loopback(urlsplit(endpoint).netloc))
    ):
        from pyiceberg.io.pyarrow import PyArrowFileIO

        return PyArrowFileIO(properties)
    from moto_featurestore.offline.iceberg_catalog import ObjectIO

    return ObjectIO(S3Files(), properties)


_NAME = f"{file_io.__module__}.{file_io.__qualname__}"


def prefer_moto(scheme: str) -> Change:
    """Return a change that lets pyiceberg try ``file_io`` first for a scheme."""

    def change(owner: Any, name: str) -> Undo:
        return item(_NAME, first=True)(SimpleNamespace(names=getattr(owner, name)[scheme]), "names")

    return change


def check_version(original: Callable[[Any], Any], response: Any) -> Any:
    """Let Glue refuse an update of an Iceberg table that is not at the version which the update names.

    https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html; the text is assumed. moto accepts every update:
    rows that are flushed between a client's read and its commit would be lost.
    """
    params = response.parameters
    table, version = params["TableInput"], params.get("VersionId")
    if version is not None and table.get("Parameters", {}).get("table_type") == "ICEBERG":
        current = response.glue_backend.get_table(params["DatabaseName"], table["Name"])._current_version
        if str(current) != version:
            raise JsonRESTError(
                "ConcurrentModificationException",
                f"The table {table['Name']} has version {current}; an update of version {version} was asked for.",
            )
    return original(response)
