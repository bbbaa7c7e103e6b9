"""``information_schema``: the content of the Glue catalog as tables.

https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html shows queries of schemata, tables and columns with
their results. The columns are those of Trino (github.com/trinodb/trino, InformationSchemaTable).
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
    """Return True if a table name refers to ``information_schema``.

    :param catalog: databases and tables, including the query's default database
    :param qualifiers: parts of the name before the table name: catalog and database, both optional
    """
    *catalogs, database = qualifiers or [catalog.database]
    return database.lower() == SCHEMA and [name.lower() for name in catalogs] in ([], [CATALOG])


def rows(catalog: Catalog, name: str, view_text: Callable[[Table], str]) -> tuple[list[Column], list[Row]]:
    """Return the columns and rows of a table of ``information_schema``.

    :param catalog: databases and tables
    :param name: name of the table, such as ``columns``, in upper or lower case
    :param view_text: function that returns the SQL text of a view's query
    :raises QueryFailed: if the table does not exist
    """
    lower = name.lower()
    if lower not in _COLUMNS:
        raise QueryFailed("TABLE_NOT_FOUND", f"Table '{CATALOG}.{SCHEMA}.{lower}' does not exist")
    return _columns_of_table(lower), list(_rows(catalog, lower, view_text))


def _rows(catalog: Catalog, name: str, view_text: Callable[[Table], str]) -> Iterator[Row]:
    if name == "schemata":
        yield from ((CATALOG, database.lower()) for database in [*catalog.lake.databases(), SCHEMA])
        return
    for table in _tables(catalog):
        if name == "columns":
            yield from _column_rows(table)
        elif name == "tables":
            yield *_full_name(table), "VIEW" if table.is_view else "BASE TABLE"
        elif table.is_view:
            yield *_full_name(table), view_text(table)


def _columns_of_table(name: str) -> list[Column]:
    return [Column(column, "bigint" if column in _NUMBERS else "string") for column in _COLUMNS[name]]


def _tables(catalog: Catalog) -> Iterator[Table]:
    for database in catalog.lake.databases():
        for name in catalog.lake.tables(database):
            yield Table(database, name, catalog.lake.table(database, name))
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
