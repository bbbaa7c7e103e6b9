"""Types in three languages: Hive's, which Glue holds; DuckDB's, which executes; Athena's, which results are shown in."""

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
"""DuckDB's types by the id of its Python API, to those of Athena's ColumnInfo."""

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
"""What ColumnInfo says of a type's precision: https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html
shows the member; the numbers are those of real answers (varchar 2147483647, double 17, bigint 19), others 0."""

_CHARACTERS = re.compile(r"[\w\s<>:,()`$-]+")
"""What types of Glue's are written with."""


@lru_cache(maxsize=1024)
def duckdb_type(hive: str) -> str:
    """DuckDB's type for one of Glue's, such as ``array<struct<a:int>>``."""
    return data_type(hive).sql(dialect="duckdb")


@lru_cache(1024)
def data_type(hive: str) -> exp.DataType:
    """One of Glue's types, as sqlglot has it: the same for all who ask, and not to be changed.

    :raises QueryFailed: where it is none
    """
    try:
        if _CHARACTERS.fullmatch(hive):  # sqlglot reads as far as it understands, and drops the rest
            return exp.DataType.build(hive, dialect="hive")
    except (sqlglot.errors.SqlglotError, ValueError):
        pass
    raise QueryFailed("HIVE_INVALID_METADATA", f"Glue table column has an unknown type: {hive}")


def type_id(kind: Any) -> str:
    """The id of a type of DuckDB's Python API: ``list`` of ``INTEGER[]``."""
    return str(kind.id).lower()


def athena_type(kind: Any) -> str:
    """Athena's name for a type of DuckDB's Python API."""
    return "json" if str(kind) == "JSON" else _ATHENA.get(type_id(kind), "varchar")


def hive_type(kind: Any) -> str:
    """Glue's type for one of DuckDB's Python API."""
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
    """The ColumnInfo of a column of a result."""
    athena = athena_type(kind)
    precision, scale = _PRECISION.get(athena, 0), 0
    if athena == "decimal":
        (_, precision), (_, scale) = kind.children
    return column_info_of(name, athena, precision, scale)


def column_info_of(name: str, athena: str, precision: int | None = None, scale: int = 0) -> dict[str, Any]:
    """The ColumnInfo of a column whose type is known by Athena's name."""
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
"""The SQL of values' texts, by the type's id; of the other types, DuckDB's texts are Athena's."""


def text_of(value: str, kind: Any) -> str:
    """The SQL for a value's text as Athena writes it into results.

    Doubles as Java's Double.toString, times with three digits of a second, and collections as ``[1, 2]``, ``{a=1}``:
    https://docs.aws.amazon.com/athena/latest/ug/querying.html shows such results; corner cases are assumed.

    :param value: SQL
    """
    return _text_of(value, kind, 0)


def _text_of(value: str, kind: Any, depth: int) -> str:
    name, element = type_id(kind), f"e{depth}"

    def inner(part: str, part_kind: Any) -> str:
        return f"coalesce({_text_of(part, part_kind, depth + 1)}, 'null')"

    match name:
        case "decimal" if kind.children[0][1] == kind.children[1][1]:  # of which DuckDB shows no zero before the point
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
    """The SQL of a value with rows without names, which are cast by the places of their fields, as Trino casts them.

    :param value: SQL
    """
    name, element = type_id(kind), f"e{depth}"
    if name == "struct":
        fields = [
            by_place(f"struct_extract({value}, {quoted_text(field)})", child, depth + 1)
            for field, child in kind.children
        ]
        return f"CASE WHEN {value} IS NOT NULL THEN row({', '.join(fields)}) END"
    if name == "list" and (made := by_place(element, kind.children[0][1], depth + 1)) != element:
        return f"list_transform({value}, lambda {element}: {made})"
    return value


def quoted_text(text: str) -> str:
    """A text as a literal of SQL."""
    return f"'{_escaped(text)}'"


def quoted_name(name: str) -> str:
    """A name as a quoted identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
