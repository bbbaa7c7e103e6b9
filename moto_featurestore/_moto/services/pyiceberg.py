"""Support for pyiceberg in the user's code: while a mock runs, pyiceberg reads and writes objects in moto's S3.

pyiceberg normally uses Arrow's S3 client. Python mocks cannot intercept this client, because it is written in C++. Its
requests would go to the network.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from moto.core.config import passthrough_service
from moto.core.exceptions import JsonRESTError
from moto.core.models import botocore_stubber

from moto_featurestore._moto.botocore_clients import is_loopback
from moto_featurestore._moto.patching import Change, Undo, add_item
from moto_featurestore._moto.s3_glue import MotoS3

if TYPE_CHECKING:
    from pyiceberg.io import FileIO

SCHEMES = ("s3", "s3a", "s3n")


def file_io(properties: dict[str, str]) -> "FileIO":
    """Return pyiceberg's file interface for S3: ObjectIO over moto's S3, or else pyiceberg's default PyArrowFileIO.

    The default applies if no mock runs, if the S3 endpoint is on this machine, or if moto passes S3 requests through.

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
    """Return a Change that makes pyiceberg use ``file_io`` for URIs with a scheme, such as ``s3``."""

    def change(owner: Any, name: str) -> Undo:
        return add_item(_NAME, first=True)(SimpleNamespace(names=getattr(owner, name)[scheme]), "names")

    return change


def check_version(original: Callable[[Any], Any], response: Any) -> Any:
    """Reject an update of an Iceberg table in Glue if the table's version differs from the version in the request.

    moto itself accepts every update. If the Feature Store writes rows between a client's read and the client's commit,
    these rows would then be lost.

    Source: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html. AWS does not document the error text,
    so the text is this package's own.

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
