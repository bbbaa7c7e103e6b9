"""Changes of the rows of an Iceberg table. Each change writes new data files and one new snapshot.

``IcebergCatalog`` opens and commits tables, ``data_files`` writes data files, and ``Target`` changes the rows of a table.

A change rewrites each data file that contains changed rows (copy on write). Athena writes delete files instead, which
pyiceberg cannot write. Later queries return the same rows in both cases.

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
from pyarrow import parquet
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
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
from pyiceberg.table import Table as IcebergMetadata
from pyiceberg.table import Transaction
from pyiceberg.table.locations import load_location_provider
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update.snapshot import _OverwriteFiles
from pyiceberg.typedef import EMPTY_DICT, Record
from pyiceberg.types import FixedType, UUIDType
from pyiceberg.utils.properties import property_as_int

from moto_featurestore.athena.catalog import Column, S3AndGlue, Table
from moto_featurestore.athena.dml import ROW
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Connection
from moto_featurestore.athena.iceberg import FILE, PATH_OF_FILE, IcebergTable, current
from moto_featurestore.athena.scan import Files
from moto_featurestore.athena.sources import empty
from moto_featurestore.aws.iceberg import data_file
from moto_featurestore.aws.iceberg_catalog import PortCatalog

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata


class IcebergCatalog(PortCatalog):
    """The pyiceberg catalog of the Iceberg tables in Glue."""

    def __init__(self, services: S3AndGlue) -> None:
        super().__init__(services, services)

    def open(self, table: Table) -> IcebergMetadata:
        """Return pyiceberg's Table for a table that was read from Glue. A commit fails if the table has changed in Glue since."""
        return self._convert_glue_to_iceberg(deepcopy(table.glue))  # pyiceberg modifies its argument

    @contextmanager
    def changing_table(self, database: str, name: str) -> Iterator[None]:
        """Return a context manager for a change of a table. If the change fails, delete the files that it wrote.

        :param database: database of the table
        :param name: name of the table
        :raises QueryFailed: if another writer changed the table at the same time
        """
        try:
            with self.changing():
                yield
        except (CommitFailedException, NoSuchTableError, TableAlreadyExistsError):
            # The message is from https://github.com/aws/aws-sdk-pandas/discussions/2422.
            raise commit_error(database, name) from None


def commit_error(database: str, name: str) -> QueryFailed:
    """Return the error for a change that conflicts with a change of another writer."""
    return QueryFailed("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {database}.{name}")


_SIZE = 512 * 1024 * 1024
"""The default value of the property ``write.target-file-size-bytes``, in Iceberg and in Athena."""


def target_size(properties: dict[str, str]) -> int:
    """Return the target size of data files in bytes, from the Iceberg properties of a table."""
    return property_as_int(properties, "write.target-file-size-bytes", _SIZE) or _SIZE


def in_schema(data: pa.Table, schema: Schema) -> pa.Table:
    """Cast rows to the schema of an Iceberg table. Match columns by position, not by name.

    :param data: the rows
    :param schema: schema of the table
    :raises QueryFailed: if a required column contains null, or this package cannot write a type of the schema
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


_RETRIES = 4
"""The default of Iceberg's property commit.retry.num-retries: https://iceberg.apache.org/docs/latest/configuration/."""


class Target:
    """An Iceberg table that a statement changes, in its state at the start of the statement.

    The object also implements the protocol Source, so that a query can read the rows of the table.
    """

    def __init__(self, services: S3AndGlue, table: Table) -> None:
        self.table, self.reader = table, IcebergTable(services, table, current)
        if any(column.name == ROW for column in self.reader.columns):
            raise QueryFailed(
                "NOT_SUPPORTED", f"moto_featurestore does not support DML for Iceberg tables with a column named {ROW}"
            )
        self.catalog = IcebergCatalog(services)
        self.iceberg = self.catalog.open(table)
        self.files: dict[str, DataFile] = {}
        """A dict from the path at which the query can read a data file to pyiceberg's DataFile."""

    @property
    def columns(self) -> list[Column]:
        """The columns of the table, and the columns FILE and ROW: a row's file, and its number in the file."""
        return [*self.reader.columns, Column(FILE, "string"), Column(ROW, "bigint")]

    def admit(self, admit: Files) -> None:
        """Grant a query access to the files of the table."""
        self.files = {admit(bucket, stored): file for file, bucket, stored in self.reader.files()}

    def select(self, services: S3AndGlue, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - self.reader already has the services
        """Grant access to the files of the table. Return the SELECT that reads all rows of the table.

        :param admit: function that grants the query access to an S3 object
        :param with_path: if true, add the pseudo column ``$path``
        """
        self.admit(admit)
        if not self.files:
            return empty(self, with_path=with_path)
        return self.read(self.files, PATH_OF_FILE if with_path else "")

    def read(self, paths: Iterable[str], more: str = "") -> str:
        """Return the SELECT that reads the rows of the given files.

        :param paths: paths at which the query can read the files
        :param more: SQL of additional columns
        """
        return self.reader.read(paths, ", ".join(filter(None, [FILE, ROW, more])))

    def rows(self, cursor: Connection, sql: str) -> pa.Table:
        """Run a DuckDB query. Return its rows, cast to the table's schema. Match columns by position, not by name."""
        return in_schema(cursor.relation(sql).to_arrow_table(), self.iceberg.schema())

    def append(self, data: pa.Table) -> None:
        """Add rows to the table. If another writer has changed the table, reload the table and retry.

        :raises QueryFailed: if the other writer changed the schema or the partitioning, or the last retry failed
        """
        if not data.num_rows:
            return
        with self.catalog.changing_table(self.table.database, self.table.name):
            files = list(data_files(self.iceberg.metadata, data, self.catalog.files))
            layout = _layout(self.iceberg.metadata)
            self._append(files, layout, _RETRIES)

    def _append(self, files: list[DataFile], layout: tuple[int, int], retries: int) -> None:
        try:
            self._commit(Operation.APPEND, files, [])
        except CommitFailedException:
            self.iceberg = self.catalog.load_table((self.table.database, self.table.name))
            if not retries or _layout(self.iceberg.metadata) != layout:
                raise
            self._append(files, layout, retries - 1)

    def replace(self, paths: Iterable[str], data: pa.Table, operation: Operation | None = None) -> None:
        """Remove data files from the table and add rows, in one snapshot.

        :param paths: paths of the data files to remove, as in the attribute ``files``
        :param data: rows to add
        :param operation: operation of the snapshot; default: APPEND if no file is removed, DELETE if no row is added,
            otherwise OVERWRITE
        :raises QueryFailed: if another writer has changed the table
        """
        removed = [self.files[path] for path in paths]
        if not removed and not data.num_rows:
            return
        with self.catalog.changing_table(self.table.database, self.table.name):
            added = list(data_files(self.iceberg.metadata, data, self.catalog.files))
            default = Operation.APPEND if not removed else Operation.OVERWRITE if added else Operation.DELETE
            self._commit(operation or default, added, removed)

    def _commit(self, operation: Operation, added: list[DataFile], removed: list[DataFile]) -> None:
        producer = _Replacement(operation, _OneStep(self.iceberg), self.catalog.files)
        for file in added:
            producer.append_data_file(file)
        for file in removed:
            producer.delete_data_file(file)
        updates, requirements = producer._commit()
        self.catalog.commit_table(self.iceberg, requirements, updates)


def _layout(metadata: "TableMetadata") -> tuple[int, int]:
    """Return the ids of the current schema and of the current partition spec. New data files conform to both."""
    return metadata.current_schema_id, metadata.default_spec_id


class _OneStep(Transaction):
    """A pyiceberg transaction that is committed once. Unlike its base class, it does not copy the table's metadata."""

    @property
    def table_metadata(self) -> "TableMetadata":
        return self._table.metadata


class _Replacement(_OverwriteFiles):
    """pyiceberg's class for a snapshot that replaces files, with support for the snapshot operation ``replace``."""

    def _summary(self, snapshot_properties: dict[str, str] = EMPTY_DICT) -> Summary:
        operation, self._operation = self._operation, Operation.OVERWRITE
        summary = super()._summary(snapshot_properties)
        self._operation = operation
        return Summary(operation=operation, **summary.additional_properties)
