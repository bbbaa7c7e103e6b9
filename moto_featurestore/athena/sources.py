"""The sources from which a query can read rows: a Glue table's files, an Iceberg snapshot, or rows in memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlglot import exp

from moto_featurestore.athena import scan
from moto_featurestore.athena.catalog import CATALOG, PATH, Catalog, Column, S3AndGlue, Table, iceberg_module, view_of
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Connection
from moto_featurestore.athena.language.translate import to_duckdb
from moto_featurestore.athena.scan import Files
from moto_featurestore.athena.types import data_type, quoted_name, quoted_text


class Source(Protocol):
    """The interface of an object that supplies the rows of a table to a query."""

    @property
    def columns(self) -> list[Column]:
        """The columns, in the order in which ``SELECT *`` returns them."""

    def select(self, services: S3AndGlue, admit: Files, *, with_path: bool) -> str:
        """Return the SELECT that reads the rows.

        :param services: the interface to Glue and S3
        :param admit: function that grants the query access to an S3 object
        :param with_path: if true, add the pseudo column ``$path``
        """


def empty(source: Source, *, with_path: bool) -> str:
    """Return a SELECT with the columns of a source and no rows, from which DuckDB derives the types of a query.

    :param with_path: if true, add the pseudo column ``$path``
    """
    columns = [f"CAST(NULL AS {column.duckdb}) AS {quoted_name(column.name)}" for column in source.columns]
    path = [f"CAST(NULL AS VARCHAR) AS {quoted_name(PATH)}"] if with_path else []
    return f"SELECT {', '.join([*columns, *path]) or 'NULL'} WHERE false"


@dataclass
class GlueSource:
    """The files of a Glue table."""

    table: Table
    columns: list[Column]

    def select(self, services: S3AndGlue, admit: Files, *, with_path: bool) -> str:
        """Return the SELECT that reads the files."""
        selected = scan.select(services, self.table, self.columns, admit, with_path=with_path)
        return selected or empty(self, with_path=with_path)


def _used(columns: list[Column], names: frozenset[str] | None) -> list[Column]:
    """Return the columns whose names occur in a query. If no name occurs, return the first column.

    Reading only these columns saves time, because a feature group can have thousands of columns.

    :param names: all names that occur in the query, in lower case. Other columns are not read. None to read all columns.
    :raises QueryFailed: if the type of any column is invalid, even if the query does not use the column
    """
    for column in columns:
        assert column.duckdb
    if names is None:
        return columns
    return [column for column in columns if column.name in names] or columns[:1]


@dataclass
class IcebergSource:
    """The files of an Iceberg snapshot."""

    table: Any  # an IcebergTable

    @property
    def columns(self) -> list[Column]:
        """The columns of the table at the snapshot."""
        columns: list[Column] = self.table.columns
        return columns

    def select(self, services: S3AndGlue, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - self.table already has the services
        """Return the SELECT that reads the files."""
        return self.table.select(admit, with_path=with_path) or empty(self, with_path=with_path)


@dataclass
class RowsSource:
    """Rows in memory, such as the rows of a metadata table."""

    columns: list[Column]
    rows: list[tuple[Any, ...]]

    def select(self, services: S3AndGlue, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - it has no files
        """Return a SELECT with the rows as VALUES."""
        if not self.rows:
            return empty(self, with_path=with_path)
        names = [f"c{index}" for index in range(len(self.columns))]
        columns = [
            f"CAST({name} AS {column.duckdb}) AS {quoted_name(column.name)}"
            for name, column in zip(names, self.columns, strict=True)
        ]
        path = [f"CAST(NULL AS VARCHAR) AS {quoted_name(PATH)}"] if with_path else []
        rows = ", ".join(f"({', '.join(map(_literal, row))})" for row in self.rows)
        return f"SELECT {', '.join([*columns, *path])} FROM (VALUES {rows}) AS r({', '.join(names)})"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, dict):
        return f"MAP {{{', '.join(f'{_literal(key)}: {_literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return quoted_text(str(value))


def source_of(
    cursor: Connection, catalog: Catalog, node: exp.Table, now: datetime, names: frozenset[str] | None
) -> Source:
    """Return the source of rows that a table name refers to.

    :param cursor: DuckDB connection, which evaluates the time in FOR TIMESTAMP AS OF
    :param catalog: databases and tables
    :param node: the table name in the query
    :param now: time at which the query started
    :param names: names in the query, in lower case; None if the query selects all columns
    :raises QueryFailed: if the table does not exist, or this package cannot read it
    """
    *qualifiers, name = [part.name for part in node.parts]
    if is_information_schema(catalog, qualifiers):
        return RowsSource(*information_schema_rows(catalog, name))
    base, _, metadata = name.partition("$")
    table = catalog.existing_table([*qualifiers, base], node)
    version = node.args.get("version")
    if not table.is_iceberg:
        if metadata:
            raise QueryFailed("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{table.database}.{name}' does not exist", node)
        if version is not None:
            raise QueryFailed(
                "NOT_SUPPORTED", f"Table '{table.name}' has no versions because it is not an Iceberg table", node
            )
        return GlueSource(table, _used(table.columns, names))
    iceberg = iceberg_module("iceberg", node)
    iceberg_table = iceberg.IcebergTable(catalog.services, table, _snapshot(iceberg, cursor, version, now))
    if metadata:
        return RowsSource(*iceberg_table.metadata_rows(metadata.lower()))
    return IcebergSource(iceberg_table)


def _snapshot(iceberg: Any, cursor: Connection, version: exp.Expr | None, now: datetime) -> Any:
    """Return a function that finds an Iceberg table's snapshot for a FOR VERSION or FOR TIMESTAMP clause.

    :param iceberg: the module ``athena.iceberg``
    :param cursor: DuckDB connection, which evaluates the time in FOR TIMESTAMP
    :param version: the clause, or None for the current snapshot
    :param now: time at which the query started
    """
    if version is None:
        return iceberg.current
    value = version.args["expression"]
    if value.find(exp.Query, exp.Column) is not None:
        reason = "moto_featurestore supports only constants in FOR VERSION AS OF and FOR TIMESTAMP AS OF"
        raise QueryFailed("NOT_SUPPORTED", reason, version)
    if str(version.name).upper() == "TIMESTAMP":
        sql, _ = to_duckdb(exp.select(value.copy()), {}, now)
        row = cursor.execute(f"SELECT epoch_ms(CAST(({sql}) AS TIMESTAMPTZ))").fetchone()
        assert row is not None
        return iceberg.by_time(datetime.fromtimestamp(row[0] / 1000, UTC))
    return iceberg.by_version(value.name)


# ``information_schema``, the content of the Glue catalog as tables: https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html.


SCHEMA = "information_schema"

Row = tuple[str | int | None, ...]

_COLUMNS = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "columns": (
        *("table_catalog", "table_schema", "table_name", "column_name"),
        *("ordinal_position", "column_default", "is_nullable", "data_type"),
    ),
    "views": ("table_catalog", "table_schema", "table_name", "view_definition"),
}
_NUMBERS = {"ordinal_position"}
_WITHOUT_PRECISION = re.compile(r"\btimestamp\b(?!\()")


def is_information_schema(catalog: Catalog, qualifiers: list[str]) -> bool:
    """Return True if a table name refers to ``information_schema``.

    :param catalog: databases and tables, including the query's default database
    :param qualifiers: parts of the name before the table name: catalog and database, both optional
    """
    *catalogs, database = qualifiers or [catalog.database]
    return database.lower() == SCHEMA and [name.lower() for name in catalogs] in ([], [CATALOG])


def information_schema_rows(catalog: Catalog, name: str) -> tuple[list[Column], list[Row]]:
    """Return the columns and rows of a table of ``information_schema``.

    :param catalog: databases and tables
    :param name: name of the table, such as ``columns``, in upper or lower case
    :raises QueryFailed: if the table does not exist
    """
    lower = name.lower()
    if lower not in _COLUMNS:
        raise QueryFailed("TABLE_NOT_FOUND", f"Table '{CATALOG}.{SCHEMA}.{lower}' does not exist")
    return _columns_of_table(lower), list(_rows(catalog, lower))


def _rows(catalog: Catalog, name: str) -> Iterator[Row]:
    if name == "schemata":
        yield from ((CATALOG, database.lower()) for database in [*catalog.services.databases(), SCHEMA])
        return
    for table in _tables(catalog):
        if name == "columns":
            yield from _column_rows(table)
        elif name == "tables":
            yield *_full_name(table), "VIEW" if table.is_view else "BASE TABLE"
        elif table.is_view:
            yield *_full_name(table), view_of(table)[0]


def _columns_of_table(name: str) -> list[Column]:
    return [Column(column, "bigint" if column in _NUMBERS else "string") for column in _COLUMNS[name]]


def _tables(catalog: Catalog) -> Iterator[Table]:
    for database in catalog.services.databases():
        for name in catalog.services.tables(database):
            yield Table(database, name, catalog.services.table(database, name))
    for name in _COLUMNS:
        columns = [{"Name": column.name, "Type": column.hive} for column in _columns_of_table(name)]
        yield Table(SCHEMA, name, {"StorageDescriptor": {"Columns": columns}})


def _full_name(table: Table) -> tuple[str, str, str]:
    return CATALOG, table.database.lower(), table.name.lower()


def _column_rows(table: Table) -> list[Row]:
    return [
        (*_full_name(table), column.name, position, None, "YES", _trino_type(column.hive))
        for position, column in enumerate(table.columns, 1)
    ]


def _trino_type(hive: str) -> str:
    """Translate a type from Glue's notation to Trino's. Return an invalid type unchanged."""
    try:
        text = data_type(hive).sql(dialect="trino").lower()
    except QueryFailed:
        return hive
    return _WITHOUT_PRECISION.sub("timestamp(3)", re.sub(r"(\d), (\d)", r"\1,\2", text))
