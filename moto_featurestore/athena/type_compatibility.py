"""The check that the types of values fit the types of columns, for INSERT, UPDATE and MERGE."""

from sqlglot import exp

from moto_featurestore.athena.catalog import Column
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Columns
from moto_featurestore.athena.types import athena_type


def insert_names(tree: exp.Insert, columns: list[Column]) -> list[str]:
    """Return the column names that an INSERT lists, or the names of all columns if the INSERT has no list."""
    if isinstance(tree.this, exp.Schema):
        return [part.name.lower() for part in tree.this.expressions]
    return [column.name for column in columns]


def check_insert(columns: list[Column], names: list[str], values: Columns, node: exp.Expr) -> None:
    """Check that the types of an INSERT's values fit the types of the columns.

    :param columns: columns of the table
    :param names: names of the columns that receive the values
    :param values: names and types of the values
    :param node: part of the query, for the position in the error
    :raises QueryFailed: if a column is unknown or repeated, or the type of a value does not fit its column
    """
    by_name = {column.name: column for column in columns}
    if unknown := next((name for name in names if name not in by_name), None):
        raise QueryFailed("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {unknown}", node)
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Insert column name is specified more than once: {repeated}", node)
    kinds = [by_name[name] for name in names]
    if not fit(kinds, values):
        column_types = ", ".join(column.hive for column in kinds)
        value_types = ", ".join(athena_type(kind) for _, kind in values)
        raise QueryFailed(
            "TYPE_MISMATCH",
            f"Insert query has mismatched column types: Table: [{column_types}], Query: [{value_types}]",
            node,
        )


def fit(columns: list[Column], values: Columns) -> bool:
    """Return True if there is one value per column, and the type of each value fits its column.

    :param values: names and types of the values
    """
    return len(columns) == len(values) and all(
        _fits(column.duckdb, athena_type(kind)) for column, (_, kind) in zip(columns, values, strict=True)
    )


_WIDER = (
    ("tinyint", "smallint", "integer", "bigint", "decimal", "float", "double"),
    ("date", "timestamp", "timestamp with time zone"),
)
"""Tuples of types from narrow to wide. A value also fits a column whose type is later in the same tuple."""

_ATHENA = {
    "int": "integer",
    "text": "varchar",
    "real": "float",
    "blob": "varbinary",
    "timestamptz": "timestamp with time zone",
}
"""A dict from DuckDB's type names to Athena's, for the types whose names differ."""


def _fits(column_type: str, value_type: str) -> bool:
    """Return True if the column's type is the value's type or a wider type.

    :param column_type: type in DuckDB's notation
    :param value_type: type in Athena's notation
    """
    name = column_type.lower().partition("(")[0].replace("int[]", "array")
    name = _ATHENA.get(name, name)
    if value_type == "unknown" or "[" in column_type or name.startswith(("struct", "map")):
        return True
    return name == value_type or any(
        name in kinds and value_type in kinds and kinds.index(value_type) <= kinds.index(name) for kinds in _WIDER
    )
