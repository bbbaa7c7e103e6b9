"""Support for a user's pyiceberg: while a mock runs, it reads and writes moto's S3.

pyiceberg normally uses Arrow's S3 client. It is written in C++, so no Python mock intercepts it: it would use the network.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moto.core.config import passthrough_service
from moto.core.exceptions import JsonRESTError
from moto.core.models import botocore_stubber

from moto_featurestore._moto.botocore_clients import is_loopback
from moto_featurestore._moto.patching import Change, Undo, item
from moto_featurestore._moto.s3_glue import MotoS3

if TYPE_CHECKING:
    from pyiceberg.io import FileIO

SCHEMES = ("s3", "s3a", "s3n")


def file_io(properties: dict[str, str]) -> "FileIO":
    """Return a FileIO for S3, as pyiceberg's table of implementations requires.

    Without a mock, with a loopback endpoint and with moto's passthrough, this is pyiceberg's own first choice.

    :param properties: pyiceberg's properties of the catalog or table
    """
    endpoint = properties.get("s3.endpoint")
    if (
        not botocore_stubber.enabled
        or passthrough_service("s3")
        or (endpoint and is_loopback(urlsplit(endpoint).netloc))
    ):
        from pyiceberg.io.pyarrow import PyArrowFileIO

        return PyArrowFileIO(properties)
    from moto_featurestore.aws.iceberg_catalog import ObjectIO

    return ObjectIO(MotoS3(), properties)


_NAME = f"{file_io.__module__}.{file_io.__qualname__}"


def prefer_moto(scheme: str) -> Change:
    """Return a change that makes ``file_io`` pyiceberg's first choice for a scheme."""

    def change(owner: Any, name: str) -> Undo:
        return item(_NAME, first=True)(SimpleNamespace(names=getattr(owner, name)[scheme]), "names")

    return change


def check_version(original: Callable[[Any], Any], response: Any) -> Any:
    """Reject an update of an Iceberg table in Glue if the table is no longer at the version in the request.

    https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html; the text is assumed. moto accepts every update, so
    rows that are flushed between a client's read and its commit would be lost.

    :raises JsonRESTError: ConcurrentModificationException, if the versions differ
    """
    params = response.parameters
    table, version = params["TableInput"], params.get("VersionId")
    if version is not None and table.get("Parameters", {}).get("table_type") == "ICEBERG":
        current = response.glue_backend.get_table(params["DatabaseName"], table["Name"])._current_version
        if str(current) != version:
            raise JsonRESTError(
                "ConcurrentModificationException",
                f"The table {table['Name']} has version {current}, but the update requires version {version}.",
            )
    return original(response)
