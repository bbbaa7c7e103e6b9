"""What both that write tables of Iceberg, the offline store and Athena, need beside pyiceberg.

To be imported where pyiceberg is needed only: it imports it.
"""

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from pyarrow import parquet
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata
    from pyiceberg.typedef import Record


class GlueErrors:
    """The errors of a Glue client that pyiceberg's catalog tells apart."""

    class AlreadyExistsException(Exception):
        """The table is there already."""

    class ConcurrentModificationException(Exception):
        """Somebody else has changed the table meanwhile."""

    class EntityNotFoundException(Exception):
        """The table is not there."""


class Upload(BytesIO):
    """What is written becomes an object once it is closed, as with S3."""

    def __init__(self, write: Callable[[str, bytes], None], location: str) -> None:
        super().__init__()
        self._write, self._location = write, location

    def close(self) -> None:
        """Write the object, once."""
        if self.closed:
            return
        body = self.getvalue()
        super().close()  # first: what could not be written is not tried again once it is collected
        self._write(self._location, body)


def data_file(
    metadata: "TableMetadata", uri: str, size: int, described: parquet.FileMetaData, partition: "Record | None" = None
) -> DataFile:
    """A file with its statistics, as pyiceberg itself describes those that it writes.

    :param size: in bytes
    :param partition: the values of its partition; else the statistics tell them
    """
    schema = metadata.schema()
    statistics = data_file_statistics_from_parquet_metadata(
        parquet_metadata=described,
        stats_columns=compute_statistics_plan(schema, metadata.properties),
        parquet_column_mapping=parquet_path_to_id_mapping(schema),
    )
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=uri,
        file_format=FileFormat.PARQUET,
        partition=statistics.partition(metadata.spec(), schema) if partition is None else partition,
        file_size_in_bytes=size,
        sort_order_id=None,
        spec_id=metadata.default_spec_id,
        equality_ids=None,
        key_metadata=None,
        **statistics.to_serialized_dict(),
    )
