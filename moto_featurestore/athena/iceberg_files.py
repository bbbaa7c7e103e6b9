"""Rows to files of a table of Iceberg.

pyiceberg describes them, but does not write them: its projection makes empty lists of those that are null.

To be imported where pyiceberg is needed only: it imports it.
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
"""Iceberg's and Athena's default of write.target-file-size-bytes."""


def target_size(properties: dict[str, str]) -> int:
    """How large files are to be, in bytes."""
    return property_as_int(properties, "write.target-file-size-bytes", _SIZE) or _SIZE


def in_schema(data: pa.Table, schema: Schema) -> pa.Table:
    """Columns in the schema of a table of Iceberg, whatever their names are.

    :raises QueryFailed: where a value may not be null, or the type is none that is written
    """
    wanted = schema_to_pyarrow(schema)
    columns = []
    for values, field, arrow in zip(data.columns, schema.fields, wanted, strict=True):
        if isinstance(field.field_type, UUIDType | FixedType):
            reason = f"moto_featurestore does not write columns of the type {field.field_type}: {field.name}"
            raise QueryFailed("NOT_SUPPORTED", reason)
        if field.required and values.null_count:
            # https://github.com/trinodb/trino: the text of its connectors' tests.
            reason = f"NULL value not allowed for NOT NULL column: {field.name.lower()}"
            raise QueryFailed("CONSTRAINT_VIOLATION", reason)
        columns.append(values.cast(arrow.type))
    return pa.table(columns, schema=wanted)


def data_files(metadata: "TableMetadata", data: pa.Table, files: FileIO) -> Iterator[DataFile]:
    """Write rows, which are in the table's schema, to files: one or more for each partition."""
    if not data.num_rows:
        return
    for key, rows in _partitions(metadata, data):
        for batches in bin_pack_arrow_table(rows, target_size(metadata.properties)):
            yield _written(metadata, key, pa.Table.from_batches(batches), files)


def _partitions(metadata: "TableMetadata", data: pa.Table) -> list[tuple[PartitionKey | None, pa.Table]]:
    spec = metadata.spec()
    if spec.is_unpartitioned():
        return [(None, data)]
    parts: list[tuple[PartitionKey | None, pa.Table]] = [
        (part.partition_key, part.arrow_table_partition)
        for part in _determine_partitions(spec, metadata.schema(), data)
    ]
    if sum(rows.num_rows for _, rows in parts) != data.num_rows:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not write a partition of NaN")
    return parts


def _written(metadata: "TableMetadata", key: PartitionKey | None, rows: pa.Table, files: FileIO) -> DataFile:
    places = load_location_provider(metadata.location, metadata.properties)
    output = files.new_output(places.new_data_location(f"{uuid4()}.parquet", key))
    described: list[parquet.FileMetaData] = []
    options = _get_parquet_writer_kwargs(metadata.properties)
    with output.create() as sink:
        parquet.write_table(rows, sink, store_decimal_as_integer=True, metadata_collector=described, **options)
    return data_file(metadata, output.location, len(output), described[0], key.partition if key else Record())
