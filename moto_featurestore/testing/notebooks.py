"""HTML tables of results, which notebooks show instead of ``repr``."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_MOST_ROWS = 20
_MOST_COLUMNS = 20
_MOST_CHARACTERS = 100
"""The maximum number of characters that a cell shows."""


def html_table(
    rows: Sequence[Mapping[str, Any]], noun: str, *, columns: Iterable[str] = (), has_last_rows: bool = False
) -> str:
    """Return an HTML table with at most 20 rows and 20 columns, and a line with the total number of rows and columns.

    :param rows: mappings from column name to value; missing values and None are empty cells
    :param noun: a plural noun for the rows, such as ``records``
    :param columns: the names of the first columns; the other columns are those of the shown rows
    :param has_last_rows: if True, the table contains the last 20 rows; if False, the first 20 rows
    """
    shown = rows[-_MOST_ROWS:] if has_last_rows else rows[:_MOST_ROWS]
    names = list(dict.fromkeys([*columns, *(name for row in shown for name in row)]))
    shown_names = names[:_MOST_COLUMNS]
    head = "".join(f"<th>{escape(name)}</th>" for name in shown_names)
    body = "".join(f"<tr>{''.join(_cell(row.get(name)) for name in shown_names)}</tr>" for row in shown)
    counts = [_count(len(shown), len(rows), noun, "last" if has_last_rows else "first")]
    if len(names) > _MOST_COLUMNS:
        counts.append(_count(_MOST_COLUMNS, len(names), "columns", "first"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{', '.join(map(escape, counts))}</p>"


def _count(shown: int, total: int, noun: str, which: str) -> str:
    if shown == total == 1:
        return f"1 {noun.removesuffix('s')}"
    return f"{total:,} {noun}" if shown == total else f"the {which} {shown} of {total:,} {noun}"


def _cell(value: Any) -> str:
    text = "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"<td>{escape(text if len(text) <= _MOST_CHARACTERS else f'{text[:_MOST_CHARACTERS]}…')}</td>"
