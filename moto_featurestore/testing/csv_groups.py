"""The command that proposes a feature group for a CSV file: feature types, record identifier and event time."""

from io import StringIO
from itertools import islice
from typing import Any

from moto_featurestore.store.group import Store
from moto_featurestore.testing.commands import AdminWorld, command
from moto_featurestore.testing.fault_parameters import check_texts
from moto_featurestore.testing.record_files import parse_csv, type_of_texts
from moto_featurestore.values import parse_event_time

_MOST_ROWS = 100_000
"""The maximum number of rows of the CSV file. The limit exists because the browser keeps all rows in memory."""
_TIME_WORDS = ("time", "date", "timestamp", "created", "updated")


@command
def propose_group(_world: AdminWorld, _store: Store, /, csv: str) -> dict[str, Any]:
    """Propose a feature group for a CSV file.

    Return the columns with feature types, the proposed record identifier and event time, and the rows.

    :param csv: the file's text; its first line contains the feature names
    :raises ValueError: if the text is not CSV, has no rows, or has too many rows
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
    types = {name: type_of_texts(texts) for name, texts in columns.items()}
    return {
        "columns": [
            {"name": name, "type": types[name], "missing": texts.count(None)} for name, texts in columns.items()
        ],
        "record_identifier": _record_identifier(columns),
        "event_time": _event_time(columns, types),
        "rows": [list(row.values()) for row in rows],
    }


def _record_identifier(columns: dict[str, list[str | None]]) -> str:
    """Return the name of the column that is proposed as record identifier.

    Prefer a column without missing values, whose name ends in ``id``, and whose values are unique.
    """
    complete = [name for name, texts in columns.items() if None not in texts] or list(columns)
    unique = [name for name in complete if len(set(columns[name])) == len(columns[name])]
    named = [name for name in (*unique, *complete) if name.lower().endswith("id")]
    return [*named, *unique, *complete][0]


def _event_time(columns: dict[str, list[str | None]], types: dict[str, str]) -> str | None:
    """Return the name of the column that is proposed as event time, or None.

    All values of the column must be valid event times. If the values are numbers, the column's name must also contain a
    word such as ``time`` or ``date``.
    """
    for name, texts in columns.items():
        kind = "String" if types[name] == "String" else "Fractional"
        is_named = any(word in name.lower() for word in _TIME_WORDS)
        if (kind == "String" or is_named) and all(text and parse_event_time(text, kind) is not None for text in texts):
            return name
    return None
