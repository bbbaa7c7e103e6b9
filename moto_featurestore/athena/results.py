"""A query and its outcome, the result objects in S3, and the pages that GetQueryResults reads from these objects."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.aws.ports import StoredObject

#: The times in a query's Statistics structure, in milliseconds.
_NO_TIME = {
    "QueryQueueTimeInMillis": 0,
    "ServicePreProcessingTimeInMillis": 0,
    "QueryPlanningTimeInMillis": 0,
    "EngineExecutionTimeInMillis": 0,
    "ServiceProcessingTimeInMillis": 0,
    "TotalExecutionTimeInMillis": 0,
}


@dataclass(frozen=True)
class Query:
    """A query to run, with the parameters of StartQueryExecution."""

    id: str
    text: str
    database: str
    folder: str
    """The output location: the S3 URI of the folder for the results. Empty for managed query results."""
    parameters: list[str] = field(default_factory=list)
    values: list[Any] | None = None
    """The values of EXECUTE ... USING, as sqlglot expressions. If not None, ``parameters`` is ignored."""
    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The time that ``now()`` returns in the query."""
    submitted: float = field(default_factory=time.perf_counter)
    """The time of submission, by ``time.perf_counter()``, in seconds."""


@dataclass
class Outcome:
    """The outcome of a query."""

    statement_type: str = "DML"
    """DML, DDL or UTILITY."""
    substatement_type: str | None = None
    """Athena's SubstatementType, such as INSERT, or None if it is not known."""
    is_pending: bool = False
    """True while the query runs. During this time, the other attributes are not valid."""
    folder: str = ""
    """The folder of the result object, relative to the output location: ``tables/`` or an empty string."""
    managed_results: dict[str, "ManagedResult"] = field(default_factory=dict)
    """A dict from suffix to result object, for a workgroup with managed query results. Otherwise empty."""
    suffix: str = ".csv"
    """The suffix of the result object's key, such as ``.csv`` or ``.txt``."""
    has_rows: bool = True
    """True if the query has a result object, which contains its rows."""
    columns: list[dict[str, Any]] = field(default_factory=list)
    """The ``ColumnInfo`` structure of each result column."""
    update_count: int = 0
    manifest: str | None = None
    """The S3 URI of the manifest, which lists the files that the query wrote. None if there is no manifest."""
    statistics: dict[str, Any] = field(default_factory=lambda: {"DataScannedInBytes": 0, **_NO_TIME})
    error: QueryFailed | None = None


@dataclass
class ManagedResult:
    """A managed query result, which is not in the user's bucket. It implements the interface of an S3 object."""

    body: bytes

    @property
    def size(self) -> int:
        """The size of the result in bytes."""
        return len(self.body)

    def read(self, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from a position.

        :param start: the position of the first byte
        :param length: the maximum number of bytes
        """
        return self.body[start : start + length]


class TextResult:
    """The result of a DDL, SHOW or DESCRIBE statement: the lines of the result object, and the names of the columns."""

    def __init__(self, lines: list[str], *columns: str) -> None:
        self.lines, self.columns = lines, columns


_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)"|)([,\n])')
"""Matches one field of a CSV result and the comma or newline after it. A field without quotes is null."""
_CHUNK = 1 << 18


class Page(NamedTuple):
    """The rows of one GetQueryResults response, and the position of the next page (None if this page is the last)."""

    rows: list[dict[str, Any]]
    next_position: int | None


def header(names: list[str]) -> bytes:
    """Return the first line of a CSV result, which contains the column names."""
    return (",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n").encode()


def metadata(columns: list[dict[str, Any]]) -> bytes:
    """Return the content of a result's metadata object, which describes the columns.

    Athena writes an undocumented binary format. This function returns JSON instead.
    """
    return json.dumps({"ColumnInfo": columns}, indent=2).encode()


def csv_page(stored: StoredObject, position: int, limit: int) -> Page:
    """Return a page of a CSV result. The header counts as the first row.

    :param stored: the result object
    :param position: position of the page's first byte
    :param limit: maximum number of rows
    """
    rows: list[dict[str, Any]] = []
    for values, end in _csv_rows(stored, position):
        if len(rows) == limit:
            return Page(rows, position)
        rows.append({"Data": [{} if value is None else {"VarCharValue": value} for value in values]})
        position = end
    return Page(rows, None)


def _csv_rows(stored: StoredObject, position: int) -> Iterator[tuple[list[str | None], int]]:
    """Yield (row, position of the next row) for each row from a byte position on. Read the object in chunks."""
    length = _CHUNK
    while position < stored.size:
        begin = position
        for values, end in _complete_rows(stored.read(begin, length)):
            position = begin + end
            yield values, position
        if position == begin and begin + length >= stored.size:
            return  # the remaining bytes are not a complete row
        if position == begin:
            length *= 2  # the row is longer than the bytes that were read


def _complete_rows(text: bytes) -> Iterator[tuple[list[str | None], int]]:
    values: list[str | None] = []
    end = 0
    while match := _FIELD.match(text, end):
        end = match.end()
        values.append(None if match[1] is None else match[1].decode().replace('""', '"'))
        if match[2] == b"\n":
            yield values, end
            values = []


def text_page(stored: StoredObject, position: int, limit: int) -> Page:
    """Return a page of a text result, in which each line is a row.

    :param stored: the result object
    :param position: number of the page's first line, from 0
    :param limit: maximum number of rows
    """
    lines = stored.read(0, stored.size).decode().split("\n")[:-1]
    rows = [{"Data": [{"VarCharValue": line}]} for line in lines[position : position + limit]]
    end = position + limit
    return Page(rows, end if end < len(lines) else None)
