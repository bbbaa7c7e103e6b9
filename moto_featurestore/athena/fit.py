"""Whether values may be put into columns: what INSERT, UPDATE and MERGE have in common."""

from sqlglot import exp

from moto_featurestore.athena.catalog import Column
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execute import Columns
from moto_featurestore.athena.types import athena_type


def insert_names(tree: exp.Insert, columns: list[Column]) -> list[str]:
    """The names of the columns that an INSERT gives values of: those that it says, or all."""
    if isinstance(tree.this, exp.Schema):
        return [part.name.lower() for part in tree.this.expressions]
    return [column.name for column in columns]


def check_insert(columns: list[Column], names: list[str], given: Columns, node: exp.Expr) -> None:
    """Refuse values that do not fit into the columns of some names."""
    by_name = {column.name: column for column in columns}
    if unknown := next((name for name in names if name not in by_name), None):
        raise QueryFailed("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {unknown}", node)
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Insert column name is specified more than once: {repeated}", node)
    kinds = [by_name[name] for name in names]
    if not fit(kinds, given):
        wanted = ", ".join(column.hive for column in kinds)
        values = ", ".join(athena_type(kind) for _, kind in given)
        raise QueryFailed(
            "TYPE_MISMATCH",
            f"Insert query has mismatched column types: Table: [{wanted}], Query: [{values}]",
            node,
        )


def fit(columns: list[Column], given: Columns) -> bool:
    """Whether values may be put into columns."""
    return len(columns) == len(given) and all(
        _fits(column.duckdb, athena_type(kind)) for column, (_, kind) in zip(columns, given, strict=True)
    )


_WIDER = (
    ("tinyint", "smallint", "integer", "bigint", "decimal", "float", "double"),
    ("date", "timestamp", "timestamp with time zone"),
)
"""Kinds of types, of which each one's values may be put into the later ones."""


_ATHENA = {
    "int": "integer",
    "text": "varchar",
    "real": "float",
    "blob": "varbinary",
    "timestamptz": "timestamp with time zone",
}
"""DuckDB's names of types to Athena's, where they differ."""


def _fits(wanted: str, given: str) -> bool:
    """Whether a value may be put into a column: numbers and times into wider ones, and what is of the column's kind."""
    name = wanted.lower().partition("(")[0].replace("int[]", "array")
    name = _ATHENA.get(name, name)
    if given == "unknown" or "[" in wanted or name.startswith(("struct", "map")):
        return True
    return name == given or any(
        name in kinds and given in kinds and kinds.index(given) <= kinds.index(name) for kinds in _WIDER
    )
