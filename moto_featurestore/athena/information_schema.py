"""``information_schema``: what Glue holds, as tables.

https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html shows queries of schemata, tables and columns, and what they
answer; the columns are those of Trino (github.com/trinodb/trino, InformationSchemaTable).
"""

import re
from collections.abc import Callable, Iterator

from moto_featurestore.athena.catalog import CATALOG, Catalog, Column, Table
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.types import data_type

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


def is_named(catalog: Catalog, qualifiers: list[str]) -> bool:
    """Whether a table's qualifiers name it, or the query's database does."""
    *catalogs, database = qualifiers or [catalog.database]
    return database.lower() == SCHEMA and [name.lower() for name in catalogs] in ([], [CATALOG])


def rows(catalog: Catalog, name: str, view_text: Callable[[Table], str]) -> tuple[list[Column], list[Row]]:
    """The columns and rows of a table of it, by name.

    :param view_text: gives the query of a view
    :raises QueryFailed: where there is no such table
    """
    asked = name.lower()
    if asked not in _COLUMNS:
        raise QueryFailed("TABLE_NOT_FOUND", f"Table '{CATALOG}.{SCHEMA}.{asked}' does not exist")
    return _described(asked), list(_rows(catalog, asked, view_text))


def _rows(catalog: Catalog, name: str, view_text: Callable[[Table], str]) -> Iterator[Row]:
    if name == "schemata":
        yield from ((CATALOG, database.lower()) for database in [*catalog.lake.databases(), SCHEMA])
        return
    for table in _tables(catalog):
        if name == "columns":
            yield from _columns(table)
        elif name == "tables":
            yield *_place(table), "VIEW" if table.is_view else "BASE TABLE"
        elif table.is_view:
            yield *_place(table), view_text(table)


def _described(name: str) -> list[Column]:
    return [Column(column, "bigint" if column in _NUMBERS else "string") for column in _COLUMNS[name]]


def _tables(catalog: Catalog) -> Iterator[Table]:
    for database in catalog.lake.databases():
        for name in catalog.lake.tables(database):
            yield Table(database, name, catalog.lake.table(database, name))
    for name in _COLUMNS:
        columns = [{"Name": column.name, "Type": column.hive} for column in _described(name)]
        yield Table(SCHEMA, name, {"StorageDescriptor": {"Columns": columns}})


def _place(table: Table) -> tuple[str, str, str]:
    return CATALOG, table.database.lower(), table.name.lower()


def _columns(table: Table) -> list[Row]:
    return [
        (*_place(table), column.name, position, None, "YES", _trino_type(column.hive))
        for position, column in enumerate(table.columns, 1)
    ]


def _trino_type(hive: str) -> str:
    """A type as Trino displays it; one that is none, as Glue holds it."""
    try:
        text = data_type(hive).sql(dialect="trino").lower()
    except QueryFailed:
        return hive
    return _WITHOUT_PRECISION.sub("timestamp(3)", re.sub(r"(\d), (\d)", r"\1,\2", text))
