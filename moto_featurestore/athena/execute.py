"""DuckDB, shut off from all but the files of a running query, and the one query that runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO, Any

import duckdb
import numpy as np  # noqa: F401 - DuckDB needs it for functions in Python, and does not say so in time

from moto_featurestore.athena.filesystem import PROTOCOL, LakeFileSystem, Session
from moto_featurestore.athena.language.documents import FUNCTIONS
from moto_featurestore.athena.language.macros import MACROS, scientific
from moto_featurestore.athena.types import quoted_name, quoted_text, text_of, type_id

_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "threads": "2",
    "async_threads": "0",  # what lies in memory needs no waiting for; each would have Python make a thread's state a call
}

_LOCKED = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL integer_division = true",
    "SET GLOBAL enable_external_file_cache = false",  # objects are replaced under their keys, and mocks reset
    "SET GLOBAL parquet_can_have_nan = true",  # it is in no file's statistics; else is_nan() may be false of it
    f"SET allowed_directories = ['{PROTOCOL}://']",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


_ROWS = 10_000
"""So many are fetched at once."""

Columns = list[tuple[str, Any]]
"""Names, and types of DuckDB's Python API."""


class Database:
    """A DuckDB in memory, without tables of its own; kept, as making one takes longer than most queries.

    :param memory: the most memory that it may use, such as ``2GB``; ``auto`` for its part of the machine's
    """

    def __init__(self, memory: str = "auto") -> None:
        self._lock = Lock()
        self._running: dict[str, duckdb.DuckDBPyConnection] = {}
        self._files = LakeFileSystem()
        self._connection = duckdb.connect(config={**_CONFIG, "memory_limit": _memory() if memory == "auto" else memory})
        self._connection.register_filesystem(self._files)
        self._connection.create_function("athena_scientific", scientific, ["VARCHAR"], "VARCHAR")
        for name, (function, arguments) in FUNCTIONS.items():
            parameters: list[Any] = ["VARCHAR"] * arguments
            self._connection.create_function(name, function, parameters, "VARCHAR")
        self._connection.execute(MACROS)
        for setting in _LOCKED:
            self._connection.execute(setting)

    @contextmanager
    def session(self, query: str = "") -> Iterator[tuple[Session, duckdb.DuckDBPyConnection]]:
        """What a query may read, and a connection of its own.

        :param query: its id, by which it can be stopped
        """
        session = Session()
        with self._lock:
            cursor = self._connection.cursor()
            self._running[query] = cursor
        self._files.begin(session)
        try:
            yield session, cursor
        finally:
            self._files.end(session)
            with self._lock:
                self._running.pop(query, None)
                cursor.close()

    def interrupt(self, query: str) -> None:
        """Interrupt what DuckDB does for a query at this moment."""
        with self._lock:
            if cursor := self._running.get(query):
                cursor.interrupt()


def _memory() -> str:
    """Return a quarter of the machine's memory, divided by the workers of pytest-xdist, as DuckDB reads it."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT") or 1)
    return f"{_machine_memory() // 4 // workers // 2**20}MiB"


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # pragma: no cover - Windows has no sysconf
        return 8 * 2**30


def bind(cursor: duckdb.DuckDBPyConnection, sql: str) -> Columns:
    """The names and types of a query's columns."""
    relation = cursor.sql(sql)
    return list(zip(relation.columns, relation.types, strict=True))


def write_csv(cursor: duckdb.DuckDBPyConnection, sql: str, columns: Columns, sink: IO[bytes]) -> int:
    """Write what a query answers, as Athena writes it: what is not null in quotes; gives the number of rows.

    DuckDB makes the lines: its COPY costs a small answer more than all the rest.
    """
    names = [f"c{place}" for place in range(len(columns))]
    kinds = dict(zip(names, (kind for _, kind in columns), strict=True))
    relation = f"({sql}) AS r({', '.join(names)})"
    texts = {name: _text(name, kind) for name, kind in kinds.items()}
    for of_type in ("double", "float"):
        alike = [name for name, kind in kinds.items() if type_id(kind) == of_type]
        if len(alike) > 1:  # their SQL is long: DuckDB takes a millisecond to prepare it, here once for all columns
            texts |= {name: f"{of_type}s[{place}]" for place, name in enumerate(alike, 1)}
            text = text_of("e", kinds[alike[0]])
            listed = f"list_transform([{', '.join(alike)}], lambda e: {text})"
            relation = f"(SELECT *, {listed} AS {of_type}s FROM {relation})"
    fields = [f"""coalesce('"' || {text} || '"', '')""" for text in texts.values()]
    cursor.execute(f"SELECT concat_ws(',', {', '.join(fields)}) FROM {relation}")
    count = 0
    while rows := cursor.fetchmany(_ROWS):
        sink.write("".join(f"{line}\n" for (line,) in rows).encode())
        count += len(rows)
    return count


def _text(name: str, kind: Any) -> str:
    """The SQL of a value's text within quotes."""
    text = text_of(f"CAST({name} AS BIGINT)" if type_id(kind) == "hugeint" else name, kind)
    return f"""replace({text}, '"', '""')""" if type_id(kind) in _WITH_QUOTES else text


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
