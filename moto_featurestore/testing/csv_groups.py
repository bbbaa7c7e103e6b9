"""The command that proposes a feature group for a CSV file: feature types, record identifier and event time."""

from collections.abc import Iterable
from io import StringIO
from itertools import islice
from typing import Any

from moto_featurestore.store.group import Store
from moto_featurestore.testing.commands import AdminWorld, command
from moto_featurestore.testing.fault_parameters import check_texts
from moto_featurestore.testing.record_sources import parse_csv
from moto_featurestore.values import IS_OF_TYPE, parse_event_time

_MOST_ROWS = 100_000
"""The maximum number of rows: the browser holds them, and sends them in batches."""
_TIME_WORDS = ("time", "date", "timestamp", "created", "updated")
_TYPES = ("Integral", "Fractional", "String")


@command
def propose_group(_world: AdminWorld, _store: Store, /, csv: str) -> dict[str, Any]:
    """Return the columns of a CSV file with types, and its rows, so that a person can complete the proposal.

    :param csv: the file's text; its first line has the names of the features
    :raises ValueError: if it is not CSV, or it has no rows or too many
    """
    check_texts(csv=csv)
    rows = [row for _, row in islice(parse_csv(StringIO(csv.removeprefix("\ufeff"), newline="")), _MOST_ROWS + 1)]
    if not rows:
        raise ValueError(
            "The file has no records. The first line must contain feature names, and each further line a record."
        )
    if len(rows) > _MOST_ROWS:
        raise ValueError(f"The file has more than {_MOST_ROWS} rows. Use featurestore.load() for larger files.")
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    types = {name: _type_of(texts) for name, texts in columns.items()}
    return {
        "columns": [
            {"name": name, "type": types[name], "missing": texts.count(None)} for name, texts in columns.items()
        ],
        "record_identifier": _record_identifier(columns),
        "event_time": _event_time(columns, types),
        "rows": [list(row.values()) for row in rows],
    }


def _type_of(texts: Iterable[str | None]) -> str:
    """Return the narrowest feature type of all values. A column without values is a String."""
    values = [text for text in texts if text is not None]
    return next(name for name in _TYPES if (values and all(map(IS_OF_TYPE[name], values))) or name == "String")


def _record_identifier(columns: dict[str, list[str | None]]) -> str:
    """Return the column that can identify a record: without missing values and, best, with an ``id`` in its name."""
    complete = [name for name, texts in columns.items() if None not in texts] or list(columns)
    unique = [name for name in complete if len(set(columns[name])) == len(columns[name])]
    named = [name for name in (*unique, *complete) if name.lower().endswith("id")]
    return [*named, *unique, *complete][0]


def _event_time(columns: dict[str, list[str | None]], types: dict[str, str]) -> str | None:
    """Return the column whose values are all event times and, for numbers, whose name is that of a time, or None."""
    for name, texts in columns.items():
        kind = "String" if types[name] == "String" else "Fractional"
        is_named = any(word in name.lower() for word in _TIME_WORDS)
        if (kind == "String" or is_named) and all(text and parse_event_time(text, kind) is not None for text in texts):
            return name
    return None
