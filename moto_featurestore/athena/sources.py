"""The sources from which a query can read rows: a Glue table's files, an Iceberg snapshot, or rows in memory."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlglot import exp

from moto_featurestore.athena import information_schema, scan
from moto_featurestore.athena.catalog import PATH, Catalog, Column, Lake, Table, iceberg_module, view_of
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Connection
from moto_featurestore.athena.language.translate import to_duckdb
from moto_featurestore.athena.scan import Files
from moto_featurestore.athena.types import quoted_name, quoted_text


class Source(Protocol):
    """The interface of a source of rows."""

    @property
    def columns(self) -> list[Column]:
        """The columns, in the order in which ``SELECT *`` returns them."""

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:
        """Return the SELECT that reads the rows.

        :param lake: the interface to Glue and S3
        :param admit: function that grants the query access to an S3 object
        :param with_path: whether to add the pseudo column ``$path``
        """


def empty(source: Source, *, with_path: bool) -> str:
    """Return a SELECT with the columns of a source and no rows. It lets DuckDB derive the types of a query."""
    columns = [f"CAST(NULL AS {column.duckdb}) AS {quoted_name(column.name)}" for column in source.columns]
    path = [f"CAST(NULL AS VARCHAR) AS {quoted_name(PATH)}"] if with_path else []
    return f"SELECT {', '.join([*columns, *path]) or 'NULL'} WHERE false"


@dataclass
class GlueSource:
    """The files of a Glue table."""

    table: Table
    columns: list[Column]

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:
        """Return the SELECT that reads the files."""
        selected = scan.select(lake, self.table, self.columns, admit, with_path=with_path)
        return selected or empty(self, with_path=with_path)


def _used(columns: list[Column], names: frozenset[str] | None) -> list[Column]:
    """Return the columns whose names occur in a query, or the first column if no name does.

    Reading only these columns saves time, because a feature group can have thousands of columns.

    :param names: names in the query, in lower case; None if the query selects all columns
    :raises QueryFailed: if the type of a column is not valid, even if the query does not use it
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

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - self.table already contains the lake
        """Return the SELECT that reads the files."""
        return self.table.select(admit, with_path=with_path) or empty(self, with_path=with_path)


@dataclass
class RowsSource:
    """Rows in memory, such as the rows of a metadata table."""

    columns: list[Column]
    rows: list[tuple[Any, ...]]

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - it has no files
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
    if information_schema.is_named(catalog, qualifiers):
        return RowsSource(*information_schema.rows(catalog, name, lambda table: view_of(table)[0]))
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
    iceberg_table = iceberg.IcebergTable(catalog.lake, table, _snapshot(iceberg, cursor, version, now))
    if metadata:
        return RowsSource(*iceberg_table.metadata_rows(metadata.lower()))
    return IcebergSource(iceberg_table)


def _snapshot(iceberg: Any, cursor: Connection, version: exp.Expr | None, now: datetime) -> Any:
    """Return a function that finds an Iceberg table's snapshot for a FOR VERSION or FOR TIMESTAMP clause.

    :param version: the clause, or None for the current snapshot
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
