"""Execution of queries by DuckDB. DuckDB can access only the files of the running query."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import IO, Any

import duckdb
import numpy as np  # noqa: F401 - DuckDB needs it for Python functions, but reports that too late

from moto_featurestore.athena import language
from moto_featurestore.athena.catalog import Catalog, S3AndGlue
from moto_featurestore.athena.filesystem import PROTOCOL, QueryFileSystem, Session
from moto_featurestore.athena.language import byte_functions, text_functions
from moto_featurestore.athena.language.conversions import RESULT, written
from moto_featurestore.athena.language.json_functions import FUNCTIONS, WITH_CLAUSES
from moto_featurestore.athena.results import ManagedResult, Outcome, Query, metadata
from moto_featurestore.athena.scan import bucket_and_prefix
from moto_featurestore.athena.types import column_info_of, quoted_name, quoted_text, sqlglot_type, type_id

_CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "threads": "2",
    "async_threads": "0",  # the files are in memory, and each extra thread would create a Python thread state per call
}

_LOCKED = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL integer_division = true",
    "SET GLOBAL enable_external_file_cache = false",  # the object at a key can change, and a test can reset S3
    "SET GLOBAL parquet_can_have_nan = true",  # file statistics do not contain NaN, so is_nan() could wrongly be false
    f"SET allowed_directories = ['{PROTOCOL}://']",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


_ROWS = 10_000
"""The number of rows that one call to DuckDB fetches."""

Columns = list[tuple[str, Any]]
"""The name of each column, and its type as an object of DuckDB's Python API."""


class Database:
    """An in-memory DuckDB database without tables.

    All queries use one database, because creating a database takes longer than most queries.

    :param memory: maximum amount of memory, such as ``2GB``. ``auto`` means a quarter of the machine's memory. With
        pytest-xdist, the workers share this quarter.
    """

    def __init__(self, memory: str = "auto") -> None:
        self._lock = Lock()
        self._running: dict[str, Connection] = {}
        self._files = QueryFileSystem()
        self._connection = duckdb.connect(config={**_CONFIG, "memory_limit": _memory() if memory == "auto" else memory})
        self._connection.register_filesystem(self._files)
        self._functions = _Functions(self._connection)
        for setting in _LOCKED:
            self._connection.execute(setting)

    @contextmanager
    def session(self, query: str = "") -> Iterator[tuple[Session, "Connection"]]:
        """Yield a Session, which contains the files that a query may read, and a connection for the query.

        :param query: id of the query, for ``interrupt()``
        """
        session = Session()
        with self._lock:
            cursor = Connection(self._connection.cursor(), self._functions)
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
        """Interrupt the query with this id. Do nothing if the query is not running."""
        with self._lock:
            if cursor := self._running.get(query):
                cursor.interrupt()


class Connection:
    """A DuckDB connection for one query. Its methods create the engine's functions that an SQL text uses."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, functions: "_Functions") -> None:
        self._connection, self._functions = connection, functions
        self.close, self.interrupt = connection.close, connection.interrupt

    def execute(self, sql: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        """Run a statement. Return DuckDB's connection, from which the rows can be fetched."""
        self._functions.create_used(sql)
        return self._connection.execute(sql, parameters)

    def relation(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Return DuckDB's relation for a query, with the names and types of the columns. Do not run the query."""
        self._functions.create_used(sql)
        return self._connection.sql(sql)


class _Functions:
    """The engine's DuckDB functions: the macros of ``macros.sql``, and functions in Python.

    A function is created in DuckDB when a statement first uses it. Creating all functions would take longer than most
    queries.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection, self._lock = connection, Lock()
        self._created: set[str] = set()

    def create_used(self, sql: str) -> None:
        """Create the functions that a statement uses and that do not exist yet."""
        for name in set(_FUNCTION.findall(sql.lower())) - self._created:
            with self._lock:
                self._create(name)

    def _create(self, name: str) -> None:
        if name in self._created:
            return
        if name in FUNCTIONS:
            function, arguments = FUNCTIONS[name]
            parameters: list[Any] = ["VARCHAR"] * arguments
            self._connection.create_function(name, function, parameters, "VARCHAR")
        elif name == "athena_python":
            nulls: Any = "special"  # DuckDB also calls the function for null arguments
            self._connection.create_function(name, _call_python, None, "VARCHAR", null_handling=nulls)
        elif (definition := _macros().get(name)) is not None:
            for part in set(_FUNCTION.findall(definition)) - {name}:
                self._create(part)
            self._connection.execute(definition)
        self._created.add(name)


_FUNCTION = re.compile(r"athena_\w+")
"""Matches the names of the engine's macros and Python functions in DuckDB SQL, in lower case."""


@cache
def _macros() -> dict[str, str]:
    """Return a dict from the name of each macro to its CREATE MACRO statement."""
    text = files(language).joinpath("macros.sql").read_text("utf-8")
    return {_FUNCTION.findall(part)[0]: part for part in text.split("\n\n") if part.startswith("CREATE MACRO")}


_STRICT: dict[str, Callable[..., str | None]] = {**byte_functions.TABLE, **text_functions.TABLE}
"""A dict from name to Python function, for functions that return null if an argument is null."""


def _call_python(name: str, *arguments: Any) -> str | None:
    """Call a Python function by name. Return its result as a string, or None for null.

    The SQL that calls this function casts the string to the result type.

    :raises ValueError: if the function fails; the message starts with Athena's error name
    """
    if name in WITH_CLAUSES:
        return WITH_CLAUSES[name](*arguments)
    return None if None in arguments else _STRICT[name](*arguments)


def _memory() -> str:
    """Return a quarter of the machine's memory, divided by the number of pytest-xdist workers, in DuckDB's notation."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT") or 1)
    return f"{_machine_memory() // 4 // workers // 2**20}MiB"


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # pragma: no cover - Windows has no sysconf
        return 8 * 2**30


def bind(cursor: Connection, sql: str) -> Columns:
    """Return the names and types of a query's columns without running the query."""
    relation = cursor.relation(sql)
    return list(zip(relation.columns, relation.types, strict=True))


def write_csv(cursor: Connection, sql: str, columns: Columns, sink: IO[bytes]) -> int:
    """Write a query's result to ``sink`` as CSV in Athena's format. Return the number of rows.

    Values are in quotes, except nulls. The SQL itself builds the CSV lines, because DuckDB's COPY would take longer
    than a small query.

    :param columns: name and type of each result column
    """
    names = [f"c{place}" for place in range(len(columns))]
    kinds = dict(zip(names, (kind for _, kind in columns), strict=True))
    relation = f"({sql}) AS r({', '.join(names)})"
    texts = {name: _text(name, kind) for name, kind in kinds.items()}
    for of_type in ("double", "float"):
        alike = [name for name, kind in kinds.items() if type_id(kind) == of_type]
        if len(alike) > 1:  # preparing the long SQL takes DuckDB a millisecond: do it once, not per column
            texts |= {name: f"{of_type}s[{place}]" for place, name in enumerate(alike, 1)}
            text = written("e", sqlglot_type(kinds[alike[0]]), RESULT)
            listed = f"list_transform([{', '.join(alike)}], lambda e: {text})"
            relation = f"(SELECT *, {listed} AS {of_type}s FROM {relation})"
    fields = [f"""coalesce('"' || {text} || '"', '')""" for text in texts.values()]
    result = cursor.execute(f"SELECT concat_ws(',', {', '.join(fields)}) FROM {relation}")
    count = 0
    while rows := result.fetchmany(_ROWS):
        sink.write("".join(f"{line}\n" for (line,) in rows).encode())
        count += len(rows)
    return count


def _text(name: str, kind: Any) -> str:
    """Return the SQL that converts a column to the text in a quoted CSV field. Quotes in the text are doubled.

    :param kind: type of the column, as an object of DuckDB's Python API
    """
    value = f"CAST({name} AS BIGINT)" if type_id(kind) == "hugeint" else name
    text = written(value, sqlglot_type(kind), RESULT)
    return f"""replace({text}, '"', '""')""" if type_id(kind) in _WITH_QUOTES else text


_WITH_QUOTES = {"varchar", "json", "list", "array", "map", "struct"}
"""The types whose values can contain quotes when they are written as text."""


def write_parquet(cursor: Connection, sql: str, columns: Columns, path: str, compression: str) -> int:
    """Write a query's result to a Parquet file. Return the number of rows.

    :param columns: name and type of each result column
    :param path: path from ``Session.sink()``
    """
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


@dataclass
class Run:
    """The context of a running query: its text, its session, its DuckDB connection, the catalog, and the outcome."""

    query: Query
    catalog: Catalog
    session: Session
    cursor: Connection
    outcome: Outcome

    @property
    def services(self) -> S3AndGlue:
        """The interface to Glue and S3."""
        return self.catalog.services

    def put_result(self, suffix: str, body: bytes) -> str:
        """Write a result object to the output location, and return its S3 URI.

        For managed query results, add the object to the outcome instead, and return an empty string.

        :param suffix: text after the query id in the key, such as ``.csv``
        :param body: content of the object
        """
        if not self.query.folder:
            self.outcome.managed_results[suffix] = ManagedResult(body)
            return ""
        bucket, prefix = bucket_and_prefix(self.query.folder)
        key = f"{prefix}{self.outcome.folder}{self.query.id}{suffix}"
        self.services.put_object(bucket, key, body)
        return f"s3://{bucket}/{key}"

    def answer_count(self, count: int, suffix: str) -> None:
        """Report a number of changed rows as the result of the query. Write a metadata object, but no object with rows.

        :param count: number of changed rows
        :param suffix: suffix of the result object's key
        """
        self.outcome.update_count = count
        self.outcome.suffix, self.outcome.has_rows = suffix, False
        self.outcome.columns = [column_info_of("rows", "bigint")]
        self.put_result(f"{suffix}.metadata", metadata(self.outcome.columns))
