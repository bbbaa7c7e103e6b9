"""Reading of Iceberg tables: the files of a snapshot, and metadata tables such as ``"t$files"``.

This module imports pyiceberg, an optional dependency. Import the module only in statements on Iceberg tables.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.manifest import DataFile
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import StaticTable
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.types import (
    BinaryType,
    DateType,
    FixedType,
    IcebergType,
    ListType,
    LongType,
    MapType,
    NestedField,
    PrimitiveType,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)

from moto_featurestore.athena.catalog import PATH, Column, S3AndGlue, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.scan import Files, bucket_and_key
from moto_featurestore.athena.types import quoted_name, quoted_text
from moto_featurestore.aws.iceberg_catalog import ObjectIO
from moto_featurestore.aws.identifiers import S3Uri
from moto_featurestore.aws.ports import StoredObject

_HIVE: dict[type[IcebergType], str] = {
    LongType: "bigint",
    StringType: "string",
    UUIDType: "string",
    BinaryType: "binary",
    FixedType: "binary",
    DateType: "date",
    TimeType: "time",
    TimestampType: "timestamp",
    TimestamptzType: "timestamp with time zone",
}
FILE = "moto_featurestore_file"
"""The column that contains the path of a row's file. This path and the row's number in the file identify the row."""
PATH_OF_FILE = f"'s3://' || regexp_replace({FILE}, '^query://[^/]*/', '') AS {quoted_name(PATH)}"
"""The SQL of the pseudo column ``$path``. It converts the path that DuckDB reads to the S3 URI of the file."""


class IcebergTable:
    """An Iceberg table at one of its snapshots.

    :param services: the interface to Glue and S3
    :param table: the Glue table
    :param snapshot_of: function that selects the snapshot, such as ``current``
    :raises QueryFailed: if the table's metadata file does not exist
    """

    def __init__(
        self, services: S3AndGlue, table: Table, snapshot_of: Callable[[StaticTable], Snapshot | None]
    ) -> None:
        location = table.parameters.get("metadata_location", "")
        try:
            io = ObjectIO(services)
            metadata = FromInputFile.table_metadata(io.new_input(location))
        except (FileNotFoundError, NoSuchTableError, ValueError):
            reason = f"Metadata not found in metadata location for table {table.database}.{table.name}"
            raise QueryFailed("ICEBERG_MISSING_METADATA", reason) from None
        self._services, self._table = services, table
        self._iceberg = StaticTable(("static-table", location), metadata, location, io, NoopCatalog("static-table"))
        self._snapshot = snapshot_of(self._iceberg)

    @property
    def columns(self) -> list[Column]:
        """The columns of the table at the snapshot."""
        return [Column(field.name.lower(), hive_type(field.field_type)) for field in self.fields]

    @property
    def fields(self) -> tuple[NestedField, ...]:
        """The columns of the table at the snapshot, as Iceberg fields."""
        snapshot = self._snapshot
        schemas = {schema.schema_id: schema for schema in self._iceberg.metadata.schemas}
        if snapshot is None or snapshot.schema_id is None or snapshot is self._iceberg.current_snapshot():
            return self._iceberg.schema().fields
        return schemas[snapshot.schema_id].fields

    @property
    def partitions(self) -> list[tuple[str, str, str]]:
        """The partition fields, each as (field name, transform, column name)."""
        schema = self._iceberg.schema()
        return [
            (field.name, str(field.transform), schema.find_column_name(field.source_id) or "")
            for field in self._iceberg.spec().fields
        ]

    def select(self, admit: Files, *, with_path: bool) -> str | None:
        """Return the SELECT that reads the files of the snapshot, or None if there are no files.

        :param admit: function that grants the query access to an S3 object
        :param with_path: if true, add the pseudo column ``$path``
        """
        paths = [admit(bucket, stored) for _, bucket, stored in self.files()]
        return self.read(paths, PATH_OF_FILE if with_path else "") if paths else None

    def read(self, paths: Iterable[str], more: str = "") -> str:
        """Return the SELECT that reads the given files. The SELECT finds the columns in the files by Iceberg field id.

        :param paths: paths at which the query can read the files
        :param more: SQL of additional columns, which can use the columns FILE and ROW
        """
        schema = ", ".join(
            f"{field.field_id}: {{name: {quoted_text(column.name)}, type: {quoted_text(column.duckdb)}, default_value: NULL}}"
            for field, column in zip(self.fields, self.columns, strict=True)
        )
        file_list = ", ".join(map(quoted_text, paths))
        selected = ", ".join(filter(None, [*(quoted_name(column.name) for column in self.columns), more]))
        file = f", filename={quoted_text(FILE)}" if more else ""
        return f"SELECT {selected} FROM read_parquet([{file_list}], schema=MAP {{{schema}}}{file})"

    def files(self) -> Iterator[tuple[DataFile, str, StoredObject]]:
        """Yield (data file, bucket, S3 object) for each data file of the snapshot.

        :raises QueryFailed: if an object does not exist, or a file has delete files
        """
        if self._snapshot is None:
            return
        for task in self._iceberg.scan(snapshot_id=self._snapshot.snapshot_id).plan_files():
            if task.delete_files:
                raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not read Iceberg tables with delete files")
            uri = task.file.file_path
            try:
                yield task.file, bucket_and_key(uri)[0], self._services.find(S3Uri.parse(uri))
            except FileNotFoundError:
                raise QueryFailed("ICEBERG_CANNOT_OPEN_SPLIT", f"Error opening Iceberg split {uri}") from None

    def metadata_rows(self, name: str) -> tuple[list[Column], list[tuple[Any, ...]]]:
        """Return the columns and rows of a metadata table.

        https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html

        :param name: name of the metadata table, such as ``files``
        :raises QueryFailed: if the metadata table does not exist or is not supported
        """
        if name not in _METADATA:
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the metadata table '${name}'")
        columns = _METADATA[name]
        rows = getattr(self._iceberg.inspect, name)().to_pylist()
        return list(columns), [
            tuple(_VALUES.get(column.name, _value)(row, column.name) for column in columns) for row in rows
        ]


def hive_type(kind: IcebergType, blank: str = "") -> str:
    """Return Glue's name for an Iceberg type.

    :param kind: Iceberg type
    :param blank: text to insert after each colon and comma, such as a space
    """
    if isinstance(kind, ListType):
        return f"array<{hive_type(kind.element_type, blank)}>"
    if isinstance(kind, MapType):
        return f"map<{hive_type(kind.key_type, blank)},{blank}{hive_type(kind.value_type, blank)}>"
    if isinstance(kind, StructType):
        fields = [f"{field.name}:{blank}{hive_type(field.field_type, blank)}" for field in kind.fields]
        return f"struct<{f',{blank}'.join(fields)}>"
    assert isinstance(kind, PrimitiveType)
    return _HIVE.get(type(kind), str(kind).replace(" ", blank))


def current(table: StaticTable) -> Snapshot | None:
    """Return the current snapshot of a table, or None if the table has no snapshot."""
    return table.current_snapshot()


def by_version(version: str) -> Callable[[StaticTable], Snapshot | None]:
    """Return a function that finds a table's snapshot for FOR VERSION AS OF.

    :param version: snapshot id, or name of a branch or a tag
    """

    def find(table: StaticTable) -> Snapshot | None:
        snapshot = table.snapshot_by_id(int(version)) if version.isdecimal() else table.snapshot_by_name(version)
        if snapshot is None:
            raise QueryFailed("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exists: {version}")
        return snapshot

    return find


def by_time(moment: datetime) -> Callable[[StaticTable], Snapshot | None]:
    """Return a function that finds a table's snapshot for FOR TIMESTAMP AS OF.

    :param moment: time at which the snapshot was current
    """

    def find(table: StaticTable) -> Snapshot | None:
        snapshot = table.snapshot_as_of_timestamp(int(moment.timestamp() * 1000))
        if snapshot is None:
            text = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
            raise QueryFailed("INVALID_ARGUMENTS", f"No version history table at or before {text}")
        return snapshot

    return find


def _value(row: dict[str, Any], name: str) -> Any:
    return row[name]


def _partition(row: dict[str, Any], _: str) -> str:
    return "{" + ", ".join(f"{key}={value}" for key, value in (row.get("partition") or {}).items()) + "}"


_VALUES: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "partition": _partition,
    "summary": lambda row, _: dict(row["summary"]),
    "total_size": lambda row, _: row["total_data_file_size_in_bytes"],
}

_METADATA = {
    "snapshots": [
        Column("committed_at", "timestamp with time zone"),
        Column("snapshot_id", "bigint"),
        Column("parent_id", "bigint"),
        Column("operation", "string"),
        Column("manifest_list", "string"),
        Column("summary", "map<string,string>"),
    ],
    "history": [
        Column("made_current_at", "timestamp with time zone"),
        Column("snapshot_id", "bigint"),
        Column("parent_id", "bigint"),
        Column("is_current_ancestor", "boolean"),
    ],
    "files": [
        Column("content", "int"),
        Column("file_path", "string"),
        Column("file_format", "string"),
        Column("record_count", "bigint"),
        Column("file_size_in_bytes", "bigint"),
    ],
    "partitions": [
        Column("partition", "string"),
        Column("record_count", "bigint"),
        Column("file_count", "bigint"),
        Column("total_size", "bigint"),
    ],
    "refs": [
        Column("name", "string"),
        Column("type", "string"),
        Column("snapshot_id", "bigint"),
    ],
}
"""The supported metadata tables and their columns. The text format of ``partition`` is an assumption."""
