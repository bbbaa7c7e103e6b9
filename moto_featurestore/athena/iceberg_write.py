"""Changes of the rows of a table of Iceberg: new files, and one snapshot that has them in place of others.

Rows that change are written anew with all others of their files (copy on write); Athena writes files of deletions, which
pyiceberg cannot. What is read afterwards is the same.

To be imported where pyiceberg is needed only: it imports it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import DataFile
from pyiceberg.table import Transaction
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update.snapshot import _OverwriteFiles
from pyiceberg.typedef import EMPTY_DICT

from moto_featurestore.athena.cases import ROW
from moto_featurestore.athena.catalog import Column, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.iceberg import FILE, PATH_OF_FILE, IcebergTable, current
from moto_featurestore.athena.iceberg_catalog import LakeCatalog
from moto_featurestore.athena.iceberg_files import data_files, in_schema
from moto_featurestore.athena.lake import Lake
from moto_featurestore.athena.scan import Files
from moto_featurestore.athena.sources import empty

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata

_RETRIES = 4
"""As many as Iceberg makes by default: https://iceberg.apache.org/docs/latest/configuration/, commit.retry."""


class Target:
    """A table of Iceberg that a statement changes, as it was when the statement began; a source of its rows too."""

    def __init__(self, lake: Lake, table: Table) -> None:
        self.table, self.reader = table, IcebergTable(lake, table, current)
        if any(column.name == ROW for column in self.reader.columns):
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not change tables with a column named {ROW}")
        self.catalog = LakeCatalog(lake)
        self.iceberg = self.catalog.open(table)
        self.files: dict[str, DataFile] = {}
        """The files by the paths at which the query may read them."""

    @property
    def columns(self) -> list[Column]:
        """The table's, and two that say which row it is: of which file, and the how manyth there."""
        return [*self.reader.columns, Column(FILE, "string"), Column(ROW, "bigint")]

    def admit(self, admit: Files) -> None:
        """Let a query read the table's files."""
        self.files = {admit(bucket, stored): file for file, bucket, stored in self.reader.files()}

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - the table has it
        """The SELECT of all rows."""
        self.admit(admit)
        if not self.files:
            return empty(self, with_path=with_path)
        return self.read(self.files, PATH_OF_FILE if with_path else "")

    def read(self, paths: Iterable[str], more: str = "") -> str:
        """The SELECT of the rows of some files."""
        return self.reader.read(paths, ", ".join(filter(None, [FILE, ROW, more])))

    def rows(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
        """What a query answers, as rows of the table: its columns in their order."""
        return in_schema(cursor.sql(sql).to_arrow_table(), self.iceberg.schema())

    def append(self, data: pa.Table) -> None:
        """Add rows: to what the table has become, where somebody else has changed it meanwhile."""
        if not data.num_rows:
            return
        with self.catalog.changing(self.table.database, self.table.name):
            files = list(data_files(self.iceberg.metadata, data, self.catalog.files))
            written = _layout(self.iceberg.metadata)
            self._append(files, written, _RETRIES)

    def _append(self, files: list[DataFile], written: tuple[int, int], retries: int) -> None:
        try:
            self._commit(Operation.APPEND, files, [])
        except CommitFailedException:
            self.iceberg = self.catalog.load_table((self.table.database, self.table.name))
            if not retries or _layout(self.iceberg.metadata) != written:
                raise
            self._append(files, written, retries - 1)

    def replace(self, paths: Iterable[str], data: pa.Table, operation: Operation | None = None) -> None:
        """Put rows in place of files.

        :param operation: the snapshot's; None for the one that fits
        """
        removed = [self.files[path] for path in paths]
        if not removed and not data.num_rows:
            return
        with self.catalog.changing(self.table.database, self.table.name):
            added = list(data_files(self.iceberg.metadata, data, self.catalog.files))
            fitting = Operation.APPEND if not removed else Operation.OVERWRITE if added else Operation.DELETE
            self._commit(operation or fitting, added, removed)

    def _commit(self, operation: Operation, added: list[DataFile], removed: list[DataFile]) -> None:
        producer = _Replacement(operation, _OneStep(self.iceberg), self.catalog.files)
        for file in added:
            producer.append_data_file(file)
        for file in removed:
            producer.delete_data_file(file)
        updates, requirements = producer._commit()
        self.catalog.commit_table(self.iceberg, requirements, updates)


def _layout(metadata: "TableMetadata") -> tuple[int, int]:
    """What files are written by: the schema and the partitions."""
    return metadata.current_schema_id, metadata.default_spec_id


class _OneStep(Transaction):
    """A transaction of one step, which sees the table as it is: pyiceberg's own copies all metadata at each look."""

    @property
    def table_metadata(self) -> "TableMetadata":
        return self._table.metadata


class _Replacement(_OverwriteFiles):
    """A snapshot with some files in place of others; of the operation ``replace`` too, which pyiceberg does not sum up."""

    def _summary(self, snapshot_properties: dict[str, str] = EMPTY_DICT) -> Summary:
        operation, self._operation = self._operation, Operation.OVERWRITE
        summary = super()._summary(snapshot_properties)
        self._operation = operation
        return Summary(operation=operation, **summary.additional_properties)
