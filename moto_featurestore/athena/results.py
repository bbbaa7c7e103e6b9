"""The result objects of a query in S3, and the pages that GetQueryResults reads from these objects."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from moto_featurestore.aws.ports import StoredObject

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

    Athena writes an undocumented binary format. This function writes JSON instead (assumed).
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
    """Yield each row from a byte position on, with the position after the row. Read the object in chunks, as needed."""
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
