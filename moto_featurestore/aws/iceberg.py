"""The description of a Parquet file for pyiceberg, which the offline store and Athena need to write Iceberg tables.

This module imports pyiceberg. Import it only where pyiceberg is required.
"""

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


def data_file(
    metadata: "TableMetadata", uri: str, size: int, described: parquet.FileMetaData, partition: "Record | None" = None
) -> DataFile:
    """Return pyiceberg's DataFile for a Parquet file, with the statistics that pyiceberg records for its own files.

    :param metadata: metadata of the Iceberg table
    :param uri: URI of the file
    :param size: size of the file in bytes
    :param described: Parquet metadata of the file
    :param partition: partition values of the file; by default, they are computed from the statistics
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
