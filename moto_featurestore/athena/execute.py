"""DuckDB, shut off from all but the files of a running query, and the one query that runs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO, Any

import duckdb
from sqlglot import exp

from moto_featurestore.athena.check import column_not_found, find_column
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.filesystem import PROTOCOL, LakeFileSystem, Session
from moto_featurestore.athena.functions import MACROS
from moto_featurestore.athena.types import quoted_name, quoted_text, text_of, type_id

_CONFIG: dict[str, str] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "threads": "2",
}

_LOCKED = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL integer_division = true",
    "SET GLOBAL enable_external_file_cache = false",  # objects are replaced under their keys, and mocks reset
    f"SET allowed_directories = ['{PROTOCOL}://']",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


_ROWS = 10_000
"""So many are fetched at once."""

Columns = list[tuple[str, Any]]
"""Names, and types of DuckDB's Python API."""


class Database:
    """A DuckDB in memory, without tables of its own; kept, as making one takes longer than most queries."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._files = LakeFileSystem()
        self._connection = duckdb.connect(config=_CONFIG)  # type: ignore[arg-type]
        self._connection.register_filesystem(self._files)
        self._connection.execute(MACROS)
        for setting in _LOCKED:
            self._connection.execute(setting)

    @contextmanager
    def session(self) -> Iterator[tuple[Session, duckdb.DuckDBPyConnection]]:
        """What a query may read, and a connection of its own."""
        session = Session()
        with self._lock:
            cursor = self._connection.cursor()
        self._files.begin(session)
        try:
            yield session, cursor
        finally:
            self._files.end(session)
            cursor.close()


def bind(cursor: duckdb.DuckDBPyConnection, sql: str) -> Columns:
    """The names and types of a query's columns."""
    relation = cursor.sql(sql)
    return list(zip(relation.columns, relation.types, strict=True))


def write_csv(cursor: duckdb.DuckDBPyConnection, sql: str, columns: Columns, sink: IO[bytes]) -> int:
    """Write what a query answers, as Athena writes it: what is not null in quotes; gives the number of rows.

    DuckDB makes the lines: its COPY costs a small answer more than all the rest.
    """
    names = [f"c{place}" for place in range(len(columns))]
    fields = [_field(name, kind) for name, (_, kind) in zip(names, columns, strict=True)]
    line = " || ',' || ".join(fields)
    cursor.execute(f"SELECT {line} FROM ({sql}) AS r({', '.join(names)})")
    count = 0
    while rows := cursor.fetchmany(_ROWS):
        sink.write("".join(f"{line}\n" for (line,) in rows).encode())
        count += len(rows)
    return count


def _field(name: str, kind: Any) -> str:
    """The SQL of a value in a line."""
    text = text_of(f"CAST({name} AS BIGINT)" if type_id(kind) == "hugeint" else name, kind)
    if type_id(kind) in _WITH_QUOTES:
        text = f"""replace({text}, '"', '""')"""
    return f"""coalesce('"' || {text} || '"', '')"""


_WITH_QUOTES = {"varchar", "json", "list", "array", "map", "struct"}
"""Whose texts may have quotes in them."""


def write_parquet(cursor: duckdb.DuckDBPyConnection, sql: str, columns: Columns, path: str, compression: str) -> int:
    """Write what a query answers to a path, as Parquet; gives the number of rows."""
    selected = ", ".join(
        f"CAST({quoted_name(name)} AS BIGINT) AS {quoted_name(name)}"
        if type_id(kind) == "hugeint"
        else quoted_name(name)
        for name, kind in columns
    )
    names = ", ".join(quoted_name(name) for name, _ in columns)
    row = cursor.execute(
        f"COPY (SELECT {selected} FROM ({sql}) AS r({names})) TO {quoted_text(path)}"
        f" (FORMAT parquet, COMPRESSION {compression}, USE_TMP_FILE false)"
    ).fetchone()
    assert row is not None
    return int(row[0])


# What DuckDB says to what Athena says.

_NO_COLUMN = re.compile(
    r'Referenced column "(.+?)" not found|does not have a column named "(.+?)"|column "(.+?)" that exists', re.DOTALL
)
_AMBIGUOUS = re.compile('Ambiguous reference to column name "(.+?)"')
_COMPARED = re.compile(r"Cannot compare values of type (.+?) and type (.+?) - an")
_NO_MATCH = re.compile(r"arguments? types? '(.+?)\((.*?)\)'")
_RAISED = re.compile(r"(HIVE_BAD_DATA|NOT_SUPPORTED): (.+)")
"""What the translated SQL itself raises."""
_FAILED = re.compile(r"Could not convert string '(INVALID_FUNCTION_ARGUMENT): (.+)' to INT64", re.DOTALL)
"""The macro athena_failure: a cast, as TRY does not take DuckDB's error()."""
_JAVA_PATTERN = re.compile(r"invalid perl operator|invalid escape sequence")
"""What Java's regular expressions have beyond RE2's: lookaheads, back references."""
_SENTENCE = re.compile(r"^(?:\w+ )+Error: (.+?)(?:\n|$)", re.DOTALL)


def failure(error: duckdb.Error, tree: exp.Expr | None) -> QueryFailed:  # noqa: PLR0911 - a table
    """An error of DuckDB's, as Athena would tell it; the sentence is DuckDB's where Athena's is not known."""
    message = str(error)
    if found := _AMBIGUOUS.search(message):
        node = find_column(tree, found[1]) if tree is not None else None
        return QueryFailed("SYNTAX_ERROR", f"Column '{found[1].lower()}' is ambiguous", node)
    if found := _NO_COLUMN.search(message):
        name = next(filter(None, found.groups()))
        return column_not_found(name, find_column(tree, name) if tree is not None else None)
    if found := _COMPARED.search(message):
        return QueryFailed("TYPE_MISMATCH", f"Cannot apply operator: {found[1].lower()} = {found[2].lower()}")
    if "Cannot mix values of type" in message:
        return QueryFailed("TYPE_MISMATCH", _sentence(message))
    if found := _NO_MATCH.search(message):
        return QueryFailed(
            "FUNCTION_NOT_FOUND", f"Unexpected parameters ({found[2].lower()}) for function {found[1].lower()}"
        )
    if found := _RAISED.search(message):
        return QueryFailed(found[1], found[2])
    if "Division by zero" in message:
        return QueryFailed("DIVISION_BY_ZERO", "Division by zero")
    if found := _FAILED.search(message):
        return QueryFailed(found[1], found[2])
    if _JAVA_PATTERN.search(message):
        return QueryFailed("NOT_SUPPORTED", f"moto_featurestore's regular expressions are RE2's: {_sentence(message)}")
    return QueryFailed(_kind(error, message), _sentence(message))


def _kind(error: duckdb.Error, message: str) -> str:
    if isinstance(error, duckdb.ConversionException):
        return "INVALID_CAST_ARGUMENT"
    if isinstance(error, duckdb.OutOfRangeException):
        return "NUMERIC_VALUE_OUT_OF_RANGE"
    if isinstance(error, duckdb.InvalidInputException):
        return "HIVE_BAD_DATA" if f"{PROTOCOL}://" in message else "INVALID_FUNCTION_ARGUMENT"
    if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException):
        return "SYNTAX_ERROR"
    return "GENERIC_INTERNAL_ERROR"


def _sentence(message: str) -> str:
    found = _SENTENCE.match(message)
    text = found[1] if found else message.partition("\n")[0]
    return re.sub(rf"{PROTOCOL}://\d+/", "s3://", text).strip()
