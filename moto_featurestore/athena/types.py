"""Conversion between three type systems: Hive (in Glue), DuckDB (in execution), Athena (in results)."""

import re
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

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
"""The types of Athena's ColumnInfo by the ids of DuckDB's Python API."""

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
"""The precision of each type in ColumnInfo; 0 for all others.

https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html shows the member. The numbers are from real
responses (varchar 2147483647, double 17, bigint 19).
"""

_CHARACTERS = re.compile(r"[\w\s<>:,()`$-]+")
"""The characters of Glue's type names."""


@lru_cache(maxsize=1024)
def duckdb_type(hive: str) -> str:
    """Return the DuckDB type for a Glue type, such as ``array<struct<a:int>>``."""
    return data_type(hive).sql(dialect="duckdb")


@lru_cache(1024)
def data_type(hive: str) -> exp.DataType:
    """Return a Glue type as a sqlglot type. The object is cached and shared: do not change it.

    :raises QueryFailed: if the type is unknown
    """
    try:
        if _CHARACTERS.fullmatch(hive):  # sqlglot parses as much as it understands, and drops the rest
            return exp.DataType.build(hive, dialect="hive")
    except (sqlglot.errors.SqlglotError, ValueError):
        pass
    raise QueryFailed("HIVE_INVALID_METADATA", f"Glue table column has an unknown type: {hive}")


def type_id(kind: Any) -> str:
    """Return the id of a type of DuckDB's Python API, such as ``list`` for ``INTEGER[]``."""
    return str(kind.id).lower()


def athena_type(kind: Any) -> str:
    """Return Athena's name for a type of DuckDB's Python API."""
    return "json" if str(kind) == "JSON" else _ATHENA.get(type_id(kind), "varchar")


def hive_type(kind: Any) -> str:
    """Return the Glue type for a type of DuckDB's Python API."""
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
    """Return the ColumnInfo of a result column."""
    athena = athena_type(kind)
    precision, scale = _PRECISION.get(athena, 0), 0
    if athena == "decimal":
        (_, precision), (_, scale) = kind.children
    return column_info_of(name, athena, precision, scale)


def column_info_of(name: str, athena: str, precision: int | None = None, scale: int = 0) -> dict[str, Any]:
    """Return the ColumnInfo of a column from Athena's name of its type."""
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


_TEXTS = {
    "varchar": "{}",
    "json": "{}",
    "float": "athena_double({})",
    "double": "athena_double({})",
    **dict.fromkeys(
        ("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"), "strftime({}, '%Y-%m-%d %H:%M:%S.%g')"
    ),
    "timestamp with time zone": "strftime({}, '%Y-%m-%d %H:%M:%S.%g UTC')",
    "time": "athena_time({})",
    "interval": "athena_interval({})",
    "blob": "rtrim(regexp_replace(lower(hex({})), '(..)', '\\1 ', 'g'))",
}
"""The SQL for the text of values, by type id. For the other types, DuckDB's text equals Athena's."""


def text_of(value: str, kind: Any) -> str:
    """Return the SQL for a value's text in Athena's results.

    Doubles are as in Java's Double.toString, times have milliseconds, collections look like ``[1, 2]`` and ``{a=1}``:
    https://docs.aws.amazon.com/athena/latest/ug/querying.html shows such results; corner cases are assumed.

    :param value: an SQL expression
    :param kind: its DuckDB type
    """
    return _text_of(value, kind, 0)


def _text_of(value: str, kind: Any, depth: int) -> str:
    name, element = type_id(kind), f"e{depth}"

    def inner(part: str, part_kind: Any) -> str:
        return f"coalesce({_text_of(part, part_kind, depth + 1)}, 'null')"

    match name:
        case "decimal" if kind.children[0][1] == kind.children[1][1]:  # DuckDB omits the zero before its decimal point
            return (
                f"CAST(CAST({value} AS DECIMAL({min(kind.children[0][1] + 1, 38)}, {kind.children[1][1]})) AS VARCHAR)"
            )
        case "list" | "array":
            part = inner(element, kind.children[0][1])
            return f"'[' || array_to_string(list_transform({value}, lambda {element}: {part}), ', ') || ']'"
        case "map":
            key, mapped = (child for _, child in kind.children)
            pair = f"{inner(f'{element}.key', key)} || '=' || {inner(f'{element}.value', mapped)}"
            return (
                f"'{{' || array_to_string(list_transform(map_entries({value}), lambda {element}: {pair}), ', ') || '}}'"
            )
        case "tuple":
            fields = [
                f"'field{place}=' || {inner(f'struct_extract_at({value}, {place + 1})', child)}"
                for place, (_, child) in enumerate(kind.children)
            ]
            return f"CASE WHEN {value} IS NULL THEN NULL ELSE '{{' || {_joined(fields)} || '}}' END"
        case "struct":
            fields = [
                f"'{_escaped(field)}=' || {inner(f'struct_extract({value}, {quoted_text(field)})', child)}"
                for field, child in kind.children
            ]
            return f"CASE WHEN {value} IS NULL THEN NULL ELSE '{{' || {_joined(fields)} || '}}' END"
        case _:
            return _TEXTS.get(name, "CAST({} AS VARCHAR)").format(value)


def _joined(texts: list[str]) -> str:
    return " || ', ' || ".join(texts)


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def by_place(value: str, kind: Any, depth: int = 0) -> str:
    """Return the SQL of a value whose rows have unnamed fields. Trino casts rows by the positions of their fields.

    :param value: an SQL expression
    """
    name, element = type_id(kind), f"e{depth}"
    if name == "struct":
        fields = [
            by_place(f"struct_extract({value}, {quoted_text(field)})", child, depth + 1)
            for field, child in kind.children
        ]
        return f"CASE WHEN {value} IS NOT NULL THEN row({', '.join(fields)}) END"
    if name == "list" and (converted := by_place(element, kind.children[0][1], depth + 1)) != element:
        return f"list_transform({value}, lambda {element}: {converted})"
    return value


def quoted_text(text: str) -> str:
    """Return a text as an SQL literal."""
    return f"'{_escaped(text)}'"


def quoted_name(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
