"""What a table's name in a query stands for: a table's files, a snapshot of Iceberg's, or rows of its metadata."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import duckdb
from sqlglot import exp

from moto_featurestore.athena import extras, information_schema, scan
from moto_featurestore.athena.catalog import PATH, Catalog, Column, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.lake import Lake
from moto_featurestore.athena.language.translate import to_duckdb
from moto_featurestore.athena.scan import Files
from moto_featurestore.athena.types import quoted_name, quoted_text
from moto_featurestore.athena.views import view_of


class Source(Protocol):
    """Where rows come from."""

    @property
    def columns(self) -> list[Column]:
        """Its columns, in the order of ``*``."""

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:
        """The SELECT of its rows, from files that are admitted to the query."""


def empty(source: Source, *, with_path: bool) -> str:
    """The SELECT of a source without rows: that is all that the types of a query depend on."""
    columns = [f"CAST(NULL AS {column.duckdb}) AS {quoted_name(column.name)}" for column in source.columns]
    path = [f"CAST(NULL AS VARCHAR) AS {quoted_name(PATH)}"] if with_path else []
    return f"SELECT {', '.join([*columns, *path]) or 'NULL'} WHERE false"


@dataclass
class GlueSource:
    """The files of a table of Glue's."""

    table: Table
    columns: list[Column]

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:
        """The SELECT of what the files hold."""
        selected = scan.select(lake, self.table, self.columns, admit, with_path=with_path)
        return selected or empty(self, with_path=with_path)


def _used(columns: list[Column], names: frozenset[str] | None) -> list[Column]:
    """Of a table's columns, those that a query can mean, and one at least: a feature group can have thousands.

    :raises QueryFailed: where one has no type, be it used or not
    """
    for column in columns:
        assert column.duckdb
    if names is None:
        return columns
    return [column for column in columns if column.name in names] or columns[:1]


@dataclass
class IcebergSource:
    """The files of a snapshot of Iceberg's."""

    table: Any  # an IcebergTable

    @property
    def columns(self) -> list[Column]:
        """Those of the snapshot."""
        columns: list[Column] = self.table.columns
        return columns

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - the table has it
        """The SELECT of what the files hold."""
        return self.table.select(admit, with_path=with_path) or empty(self, with_path=with_path)


@dataclass
class RowsSource:
    """Rows that are known already."""

    columns: list[Column]
    rows: list[tuple[Any, ...]]

    def select(self, lake: Lake, admit: Files, *, with_path: bool) -> str:  # noqa: ARG002 - it has no files
        """The SELECT of the rows."""
        if not self.rows:
            return empty(self, with_path=with_path)
        held = [f"c{place}" for place in range(len(self.columns))]
        named = [
            f"CAST({name} AS {column.duckdb}) AS {quoted_name(column.name)}"
            for name, column in zip(held, self.columns, strict=True)
        ]
        path = [f"CAST(NULL AS VARCHAR) AS {quoted_name(PATH)}"] if with_path else []
        rows = ", ".join(f"({', '.join(map(_literal, row))})" for row in self.rows)
        return f"SELECT {', '.join([*named, *path])} FROM (VALUES {rows}) AS r({', '.join(held)})"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, dict):
        return f"MAP {{{', '.join(f'{_literal(key)}: {_literal(held)}' for key, held in value.items())}}}"
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return quoted_text(str(value))


def source_of(
    cursor: duckdb.DuckDBPyConnection, catalog: Catalog, node: exp.Table, now: datetime, names: frozenset[str] | None
) -> Source:
    """What a table's name stands for.

    :param names: those in the query, in lower case; None where it asks for all columns

    :raises QueryFailed: where it is none, or of a kind that is not supported
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
            raise QueryFailed("NOT_SUPPORTED", f"Table '{table.name}' has no versions: it is no Iceberg table", node)
        return GlueSource(table, _used(table.columns, names))
    iceberg = extras.iceberg("iceberg", node)
    found = iceberg.IcebergTable(catalog.lake, table, _snapshot(iceberg, cursor, version, now))
    return RowsSource(*found.metadata_rows(metadata.lower())) if metadata else IcebergSource(found)


def _snapshot(iceberg: Any, cursor: duckdb.DuckDBPyConnection, version: exp.Expr | None, now: datetime) -> Any:
    """How the snapshot that is asked for is found."""
    if version is None:
        return iceberg.current
    asked = version.args["expression"]
    if asked.find(exp.Query, exp.Column) is not None:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore supports versions and times that are constants", version)
    if str(version.name).upper() == "TIMESTAMP":
        sql = to_duckdb(exp.select(asked.copy()), {}, now)
        row = cursor.execute(f"SELECT epoch_ms(CAST(({sql}) AS TIMESTAMPTZ))").fetchone()
        assert row is not None
        return iceberg.by_time(datetime.fromtimestamp(row[0] / 1000, UTC))
    return iceberg.by_version(asked.name)
