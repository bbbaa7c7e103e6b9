"""Conversion of type names between Hive (in Glue), DuckDB (which runs the query) and Athena (in results)."""

import re
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.expressions import DType

from moto_featurestore.athena.errors import QueryFailed

_ATHENA = {
    "boolean": "boolean",
    "tinyint": "tinyint",
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "hugeint": "bigint",
    "utinyint": "bigint",
    "usmallint": "bigint",
    "uinteger": "bigint",
    "ubigint": "bigint",
    "float": "float",
    "double": "double",
    "decimal": "decimal",
    "varchar": "varchar",
    "json": "json",
    "uuid": "uuid",
    "blob": "varbinary",
    "date": "date",
    "time": "time",
    "timestamp": "timestamp",
    "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamp with time zone": "timestamp with time zone",
    "interval": "interval day to second",
    "list": "array",
    "array": "array",
    "map": "map",
    "struct": "row",
    "tuple": "row",
    "null": "unknown",
}
"""A dict from type ids of DuckDB's Python API to Athena's type names in ColumnInfo."""

_PRECISION = {
    "boolean": 0,
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "varchar": 2147483647,
    "varbinary": 1073741824,
    "timestamp": 3,
    "timestamp with time zone": 3,
}
"""The ``Precision`` of each type in ColumnInfo. A type that is not in this dict has the precision 0.

https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html documents the member. The numbers are from
real responses (varchar 2147483647, double 17, bigint 19).
"""

_CHARACTERS = re.compile(r"[\w\s<>:,()`$-]+")
"""Matches a text that contains only characters of Glue's type names."""


@lru_cache(maxsize=1024)
def duckdb_type(hive: str) -> str:
    """Translate a Glue type, such as ``array<int>``, to DuckDB's notation, such as ``INT[]``."""
    return data_type(hive).sql(dialect="duckdb")


@lru_cache(1024)
def data_type(hive: str) -> exp.DataType:
    """Convert a Glue type to a sqlglot type. Callers must not modify the result, because it is cached.

    :raises QueryFailed: if the type is unknown
    """
    try:
        if _CHARACTERS.fullmatch(hive):  # checked, because sqlglot ignores the rest of a text that it cannot parse
            return exp.DataType.build(hive, dialect="hive")
    except (sqlglot.errors.SqlglotError, ValueError):
        pass
    raise QueryFailed("HIVE_INVALID_METADATA", f"Glue table column has an unknown type: {hive}")


def type_id(kind: Any) -> str:
    """Return the lower-case id of a type object of DuckDB's Python API, such as ``list`` for ``INTEGER[]``."""
    return str(kind.id).lower()


_SQLGLOT = {
    "blob": DType.VARBINARY,
    "hugeint": DType.INT128,
    "integer": DType.INT,
    "interval": DType.INTERVAL,
    "timestamp with time zone": DType.TIMESTAMPTZ,
    "time with time zone": DType.TIMETZ,
    "tuple": DType.STRUCT,
    '"null"': DType.NULL,
}


@lru_cache(maxsize=1024)
def _scalar(name: str) -> exp.DataType:
    return exp.DataType(this=_SQLGLOT.get(name) or DType.__members__.get(name.upper(), DType.UNKNOWN))


def _field(name: str, kind: exp.DataType) -> exp.Expr:
    """Return a field of a ROW type in sqlglot's notation.

    :param name: name of the field; DuckDB returns an empty name for an unnamed field
    """
    return exp.ColumnDef(this=exp.to_identifier(name), kind=kind) if name else kind


def sqlglot_type(kind: Any) -> exp.DataType:
    """Convert a type object of DuckDB's Python API to a sqlglot type. Callers must not modify the result."""
    if str(kind) == "JSON":
        return _scalar("json")
    name = type_id(kind)
    match name:
        case "list" | "array":
            return exp.DataType(this=DType.ARRAY, expressions=[sqlglot_type(kind.children[0][1]).copy()], nested=True)
        case "map":
            parts = [sqlglot_type(child).copy() for _, child in kind.children]
            return exp.DataType(this=DType.MAP, expressions=parts, nested=True)
        case "struct" | "tuple":
            fields = [_field(field, sqlglot_type(child).copy()) for field, child in kind.children]
            return exp.DataType(this=DType.STRUCT, expressions=fields, nested=True)
        case "decimal":
            digits = [exp.DataTypeParam(this=exp.Literal.number(number)) for _, number in kind.children]
            return exp.DataType(this=DType.DECIMAL, expressions=digits)
    return _scalar(name)


def athena_type(kind: Any) -> str:
    """Return Athena's type name for a type object of DuckDB's Python API."""
    return "json" if str(kind) == "JSON" else _ATHENA.get(type_id(kind), "varchar")


def hive_type(kind: Any) -> str:
    """Return the Glue type for a type object of DuckDB's Python API."""
    name = type_id(kind)
    match name:
        case "list" | "array":
            return f"array<{hive_type(kind.children[0][1])}>"
        case "map":
            return f"map<{','.join(hive_type(child) for _, child in kind.children)}>"
        case "struct":
            return f"struct<{','.join(f'{field}:{hive_type(child)}' for field, child in kind.children)}>"
        case "decimal":
            (_, precision), (_, scale) = kind.children
            return f"decimal({precision},{scale})"
    athena = athena_type(kind)
    return {"integer": "int", "varchar": "string", "varbinary": "binary", "unknown": "string", "json": "string"}.get(
        athena, athena
    )


def column_info(name: str, kind: Any) -> dict[str, Any]:
    """Return the ColumnInfo of a result column.

    :param name: name of the column
    :param kind: type object of DuckDB's Python API
    """
    athena = athena_type(kind)
    precision, scale = _PRECISION.get(athena, 0), 0
    if athena == "decimal":
        (_, precision), (_, scale) = kind.children
    return column_info_of(name, athena, precision, scale)


def column_info_of(name: str, athena: str, precision: int | None = None, scale: int = 0) -> dict[str, Any]:
    """Return the ColumnInfo of a result column.

    :param name: name of the column
    :param athena: Athena's name of the column's type
    :param precision: precision; None for the default of the type
    :param scale: scale
    """
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": athena,
        "Precision": _PRECISION.get(athena, 0) if precision is None else precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": athena in ("varchar", "string", "char"),
    }


def quoted_text(text: str) -> str:
    """Return a text as an SQL string literal, in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """Return a name as an SQL identifier, in double quotes."""
    return '"' + name.replace('"', '""') + '"'
