"""Iceberg tables: which files a snapshot has, and what the tables behind ``"t$files"`` and the like hold.

To be imported where pyiceberg is needed only: it imports it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io import FileIO, InputFile, OutputFile
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

from moto_featurestore.athena.catalog import PATH, Column, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.lake import Lake, StoredObject
from moto_featurestore.athena.scan import Files, bucket_and_key
from moto_featurestore.athena.types import quoted_name, quoted_text

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
"""The column of what files hold that says which file it is of; with ROW, which row it is."""
PATH_OF_FILE = f"'s3://' || regexp_replace({FILE}, '^lake://[^/]*/', '') AS {quoted_name(PATH)}"
"""The SQL of the pseudo column, of the path by which a query reads a file."""


class LakeIO(FileIO):
    """pyiceberg's access to files, over the objects of a lake: it only reads."""

    def __init__(self, lake: Lake) -> None:
        super().__init__()
        self._lake = lake

    def new_input(self, location: str) -> InputFile:
        """An object to be read."""
        return _Input(self._lake, location)

    def new_output(self, location: str) -> OutputFile:
        """Nothing: what is written is written by DuckDB."""
        raise PermissionError(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Nothing is deleted."""
        raise PermissionError(location)


class _Input(InputFile):
    def __init__(self, lake: Lake, location: str) -> None:
        super().__init__(location)
        self._lake = lake

    def __len__(self) -> int:
        return find_object(self._lake, self.location).size

    def exists(self) -> bool:
        """Whether it is there."""
        try:
            find_object(self._lake, self.location)
        except FileNotFoundError:
            return False
        return True

    def open(self, seekable: bool = True) -> BytesIO:  # noqa: ARG002, FBT001, FBT002 - pyiceberg's signature
        """The whole of it: metadata are read from the first byte to the last."""
        stored = find_object(self._lake, self.location)
        return BytesIO(stored.read(0, stored.size))


def find_object(lake: Lake, uri: str) -> StoredObject:
    """The object of an S3 URI.

    :raises FileNotFoundError: where there is none
    """
    bucket, key = bucket_and_key(uri)
    for stored in lake.objects(bucket, key):
        if stored.key == key:
            return stored
    raise FileNotFoundError(uri)


class IcebergTable:
    """A table of Iceberg's at one of its snapshots."""

    def __init__(self, lake: Lake, table: Table, snapshot_of: Callable[[StaticTable], Snapshot | None]) -> None:
        location = table.parameters.get("metadata_location", "")
        try:
            io = LakeIO(lake)
            metadata = FromInputFile.table_metadata(io.new_input(location))
        except (FileNotFoundError, NoSuchTableError, ValueError):
            reason = f"Metadata not found in metadata location for table {table.database}.{table.name}"
            raise QueryFailed("ICEBERG_MISSING_METADATA", reason) from None
        self._lake, self._table = lake, table
        self._iceberg = StaticTable(("static-table", location), metadata, location, io, NoopCatalog("static-table"))
        self._snapshot = snapshot_of(self._iceberg)

    @property
    def columns(self) -> list[Column]:
        """The columns that the table had at the snapshot."""
        return [Column(field.name.lower(), hive_type(field.field_type)) for field in self.fields]

    @property
    def fields(self) -> tuple[NestedField, ...]:
        """The same, as Iceberg has them."""
        snapshot = self._snapshot
        schemas = {schema.schema_id: schema for schema in self._iceberg.metadata.schemas}
        if snapshot is None or snapshot.schema_id is None or snapshot is self._iceberg.current_snapshot():
            return self._iceberg.schema().fields
        return schemas[snapshot.schema_id].fields

    @property
    def partitions(self) -> list[tuple[str, str, str]]:
        """The fields that partition the table: their names, transforms and columns."""
        schema = self._iceberg.schema()
        return [
            (field.name, str(field.transform), schema.find_column_name(field.source_id) or "")
            for field in self._iceberg.spec().fields
        ]

    def select(self, admit: Files, *, with_path: bool) -> str | None:
        """The SELECT of what the snapshot's files hold; None where it has none."""
        paths = [admit(bucket, stored) for _, bucket, stored in self.files()]
        return self.read(paths, PATH_OF_FILE if with_path else "") if paths else None

    def read(self, paths: Iterable[str], more: str = "") -> str:
        """The SELECT of what some files hold: columns go by their ids.

        :param more: the SQL of further columns, of FILE and ROW
        """
        schema = ", ".join(
            f"{field.field_id}: {{name: {quoted_text(column.name)}, type: {quoted_text(column.duckdb)}, default_value: NULL}}"
            for field, column in zip(self.fields, self.columns, strict=True)
        )
        listed = ", ".join(map(quoted_text, paths))
        selected = ", ".join(filter(None, [*(quoted_name(column.name) for column in self.columns), more]))
        file = f", filename={quoted_text(FILE)}" if more else ""
        return f"SELECT {selected} FROM read_parquet([{listed}], schema=MAP {{{schema}}}{file})"

    def files(self) -> Iterator[tuple[DataFile, str, StoredObject]]:
        """The snapshot's files, each with its bucket and its object."""
        if self._snapshot is None:
            return
        for task in self._iceberg.scan(snapshot_id=self._snapshot.snapshot_id).plan_files():
            if task.delete_files:
                raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not read Iceberg tables with delete files")
            uri = task.file.file_path
            try:
                yield task.file, bucket_and_key(uri)[0], find_object(self._lake, uri)
            except FileNotFoundError:
                raise QueryFailed("ICEBERG_CANNOT_OPEN_SPLIT", f"Error opening Iceberg split {uri}") from None

    def metadata_rows(self, name: str) -> tuple[list[Column], list[tuple[Any, ...]]]:
        """Columns and rows of a metadata table: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html.

        :raises QueryFailed: where it is none, or is not supported
        """
        if name not in _METADATA:
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the metadata table '${name}'")
        columns = _METADATA[name]
        rows = getattr(self._iceberg.inspect, name)().to_pylist()
        return list(columns), [
            tuple(_VALUES.get(column.name, _same)(row, column.name) for column in columns) for row in rows
        ]


def hive_type(kind: IcebergType, blank: str = "") -> str:
    """Glue's name for a type of Iceberg's.

    :param blank: stands between its parts
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
    """The snapshot that a table is at."""
    return table.current_snapshot()


def by_version(version: str) -> Callable[[StaticTable], Snapshot | None]:
    """The snapshot of an id: FOR VERSION AS OF."""

    def find(table: StaticTable) -> Snapshot | None:
        found = table.snapshot_by_id(int(version)) if version.isdecimal() else table.snapshot_by_name(version)
        if found is None:
            raise QueryFailed("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exists: {version}")
        return found

    return find


def by_time(moment: datetime) -> Callable[[StaticTable], Snapshot | None]:
    """The snapshot that a table was at then: FOR TIMESTAMP AS OF."""

    def find(table: StaticTable) -> Snapshot | None:
        found = table.snapshot_as_of_timestamp(int(moment.timestamp() * 1000))
        if found is None:
            text = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
            raise QueryFailed("INVALID_ARGUMENTS", f"No version history table at or before {text}")
        return found

    return find


def _same(row: dict[str, Any], name: str) -> Any:
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
"""The metadata tables, with those of their columns that are supported. A partition is the text of a row (assumed)."""
