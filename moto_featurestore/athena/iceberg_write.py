"""Changes of the rows of an Iceberg table. Each change writes new data files and one new snapshot.

A change rewrites each data file that contains changed rows (copy on write). Athena writes delete files instead, which
pyiceberg cannot write. Later queries return the same rows in both cases.

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Transaction
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update.snapshot import _OverwriteFiles
from pyiceberg.typedef import EMPTY_DICT

from moto_featurestore.athena.catalog import Column, Lake, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Connection
from moto_featurestore.athena.iceberg import FILE, PATH_OF_FILE, IcebergTable, current
from moto_featurestore.athena.iceberg_catalog import LakeCatalog
from moto_featurestore.athena.iceberg_files import data_files, in_schema
from moto_featurestore.athena.merge_cases import ROW
from moto_featurestore.athena.scan import Files
from moto_featurestore.athena.sources import empty

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata

_RETRIES = 4
"""The default of Iceberg's property commit.retry.num-retries: https://iceberg.apache.org/docs/latest/configuration/."""


class Target:
    """An Iceberg table that a statement changes, in its state at the start of the statement.

    The object also implements the protocol Source, so that a query can read the rows of the table.
    """

    def __init__(self, lake: Lake, table: Table) -> None:
        self.table, self.reader = table, IcebergTable(lake, table, current)
        if any(column.name == ROW for column in self.reader.columns):
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not change tables with a column named {ROW}")
        self.catalog = LakeCatalog(lake)
        self.iceberg = self.catalog.open(table)
        self.files: dict[str, DataFile] = {}
        """A dict from the path at which the query can read a file to the Iceberg data file."""

    @property
    def columns(self) -> list[Column]:
        """The columns of the table, and the columns FILE and ROW: a row's file, and its number in the file."""
        return [*self.reader.columns, Column(FILE, "string"), Column(ROW, "bigint")]

    def admit(self, admit: Files) -> None:
        """Grant a query access to the files of the table."""
        self.files = {admit(bucket, stored): file for file, bucket, stored in self.reader.files()}

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - self.reader already contains the lake
        """Grant access to the files of the table. Return the SELECT that reads all rows of the table."""
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
        """Run a DuckDB query. Return its rows, cast to the schema of the table. Columns are matched by position."""
        return in_schema(cursor.relation(sql).to_arrow_table(), self.iceberg.schema())

    def append(self, data: pa.Table) -> None:
        """Add rows to the table. If another writer has changed the table, retry on its new state.

        :raises QueryFailed: if that writer changed the schema or the partitioning, or the retries are exhausted
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
    """Return the ids of the current schema and partition spec, for which new data files are written."""
    return metadata.current_schema_id, metadata.default_spec_id


class _OneStep(Transaction):
    """A pyiceberg transaction with a single step. Unlike its base class, it does not copy the metadata at each access."""

    @property
    def table_metadata(self) -> "TableMetadata":
        return self._table.metadata


class _Replacement(_OverwriteFiles):
    """The producer of a snapshot that replaces files. Unlike pyiceberg's class, it supports the operation ``replace``."""

    def _summary(self, snapshot_properties: dict[str, str] = EMPTY_DICT) -> Summary:
        operation, self._operation = self._operation, Operation.OVERWRITE
        summary = super()._summary(snapshot_properties)
        self._operation = operation
        return Summary(operation=operation, **summary.additional_properties)
