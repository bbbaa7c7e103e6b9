"""Writing of rows to the data files of an Iceberg table.

pyarrow writes the files, not pyiceberg, because pyiceberg would turn null lists into empty lists.

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
from pyarrow import parquet
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import (
    _determine_partitions,
    _get_parquet_writer_kwargs,
    bin_pack_arrow_table,
    schema_to_pyarrow,
)
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionKey
from pyiceberg.schema import Schema
from pyiceberg.table.locations import load_location_provider
from pyiceberg.typedef import Record
from pyiceberg.types import FixedType, UUIDType
from pyiceberg.utils.properties import property_as_int

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.aws.iceberg import data_file

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata

_SIZE = 512 * 1024 * 1024
"""The default value of the property ``write.target-file-size-bytes``, in Iceberg and in Athena."""


def target_size(properties: dict[str, str]) -> int:
    """Return the target size of data files in bytes, from the Iceberg properties of a table."""
    return property_as_int(properties, "write.target-file-size-bytes", _SIZE) or _SIZE


def in_schema(data: pa.Table, schema: Schema) -> pa.Table:
    """Cast rows to the schema of an Iceberg table. Match columns by position, not by name.

    :param data: the rows
    :param schema: schema of the table
    :raises QueryFailed: if a required column contains null, or a type cannot be written
    """
    arrow_schema = schema_to_pyarrow(schema)
    columns = []
    for values, field, arrow in zip(data.columns, schema.fields, arrow_schema, strict=True):
        if isinstance(field.field_type, UUIDType | FixedType):
            reason = f"moto_featurestore does not write columns of the type {field.field_type}: {field.name}"
            raise QueryFailed("NOT_SUPPORTED", reason)
        if field.required and values.null_count:
            # The message is from the connectors' tests in https://github.com/trinodb/trino.
            reason = f"NULL value not allowed for NOT NULL column: {field.name.lower()}"
            raise QueryFailed("CONSTRAINT_VIOLATION", reason)
        columns.append(values.cast(arrow.type))
    return pa.table(columns, schema=arrow_schema)


def data_files(metadata: "TableMetadata", data: pa.Table, files: FileIO) -> Iterator[DataFile]:
    """Write rows to data files. Write one or more files for each partition, and yield the files.

    :param metadata: metadata of the table
    :param data: rows in the schema of the table
    :param files: pyiceberg FileIO through which to write the files
    :raises QueryFailed: if a partition value is NaN
    """
    if not data.num_rows:
        return
    for key, rows in _partitions(metadata, data):
        for batches in bin_pack_arrow_table(rows, target_size(metadata.properties)):
            yield _write_file(metadata, key, pa.Table.from_batches(batches), files)


def _partitions(metadata: "TableMetadata", data: pa.Table) -> list[tuple[PartitionKey | None, pa.Table]]:
    spec = metadata.spec()
    if spec.is_unpartitioned():
        return [(None, data)]
    parts: list[tuple[PartitionKey | None, pa.Table]] = [
        (part.partition_key, part.arrow_table_partition)
        for part in _determine_partitions(spec, metadata.schema(), data)
    ]
    if sum(rows.num_rows for _, rows in parts) != data.num_rows:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support NaN as a partition value")
    return parts


def _write_file(metadata: "TableMetadata", key: PartitionKey | None, rows: pa.Table, files: FileIO) -> DataFile:
    locations = load_location_provider(metadata.location, metadata.properties)
    output = files.new_output(locations.new_data_location(f"{uuid4()}.parquet", key))
    parquet_metadata: list[parquet.FileMetaData] = []
    options = _get_parquet_writer_kwargs(metadata.properties)
    with output.create() as sink:
        parquet.write_table(rows, sink, store_decimal_as_integer=True, metadata_collector=parquet_metadata, **options)
    return data_file(metadata, output.location, len(output), parquet_metadata[0], key.partition if key else Record())
