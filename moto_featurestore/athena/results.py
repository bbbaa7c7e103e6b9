"""What a query leaves in S3, and the pages of GetQueryResults that are read from it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from moto_featurestore.athena.lake import StoredObject

_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)"|)([,\n])')
"""A field of a CSV file of ours, which is quoted unless it is null, and what ends it."""
_CHUNK = 1 << 18


class Page(NamedTuple):
    """Rows of GetQueryResults, and the position that the next ones begin at."""

    rows: list[dict[str, Any]]
    next_position: int | None


def header(names: list[str]) -> bytes:
    """The first line of a CSV result."""
    return (",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n").encode()


def metadata(columns: list[dict[str, Any]]) -> bytes:
    """The object beside a result: its columns.

    Athena's is a binary that is documented nowhere; what it is about stands here as JSON (assumed).
    """
    return json.dumps({"ColumnInfo": columns}, indent=2).encode()


def csv_page(stored: StoredObject, position: int, limit: int) -> Page:
    """Rows of a CSV result from a position on; the first row of all is the header."""
    rows: list[dict[str, Any]] = []
    for values, end in _csv_rows(stored, position):
        if len(rows) == limit:
            return Page(rows, position)
        rows.append({"Data": [{} if value is None else {"VarCharValue": value} for value in values]})
        position = end
    return Page(rows, None)


def _csv_rows(stored: StoredObject, position: int) -> Iterator[tuple[list[str | None], int]]:
    """The rows from a position on, each with the position behind it; no more is read than is asked for."""
    length = _CHUNK
    while position < stored.size:
        begin = position
        for values, end in _complete_rows(stored.read(begin, length)):
            position = begin + end
            yield values, position
        if position == begin and begin + length >= stored.size:
            return  # what is there is no row
        if position == begin:
            length *= 2  # a row that is longer than that


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
    """Rows of a result of DDL, from the row of a number on: a line each."""
    lines = stored.read(0, stored.size).decode().split("\n")[:-1]
    rows = [{"Data": [{"VarCharValue": line}]} for line in lines[position : position + limit]]
    end = position + limit
    return Page(rows, end if end < len(lines) else None)
