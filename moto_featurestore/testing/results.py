"""The objects that methods of FeatureStore return: records, histories, snapshots and the clock.

pandas is imported only when a DataFrame is requested.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {"String": "string", "Integral": "Int64", "Fractional": "Float64"}
_MOST_ROWS = 20
_MOST_COLUMNS = 20
_MOST_CHARACTERS = 100
"""The maximum number of characters that a cell shows."""


@dataclass(frozen=True)
class Records:
    """The records of a feature group. Each record is a dict from feature name to value: a string or a list of strings."""

    online: dict[str, dict[str, Any]]
    """A dict from record identifier to record, for all records that GetRecord can read."""
    waiting: list[dict[str, Any]]
    """The rows that are not yet written to the offline store, in order of arrival. Each row also has the key ``is_deleted``."""
    types: dict[str, str] = field(default_factory=dict, repr=False)
    """The feature types by feature name, in the order of the definitions."""

    def to_dataframe(self) -> "pd.DataFrame":
        """Return the records of the online store as a pandas DataFrame, with dtypes that match the feature types.

        :raises ImportError: if pandas is not installed; the message says how to install it
        """
        return dataframe(list(self.online.values()), self.types)

    def _repr_html_(self) -> str:
        table = html_table(list(self.online.values()), "records", columns=self.types)
        return f"{table}<p>rows that wait for the offline store: {len(self.waiting):,}</p>" if self.waiting else table


@dataclass(frozen=True)
class Group:
    """The status and size of a feature group, from ``FeatureStore.groups``."""

    name: str
    status: str
    """The ``FeatureGroupStatus``, such as ``Created``."""
    stores: list[str]
    """The enabled stores: ``OnlineStore``, ``OfflineStore`` or both."""
    records: int
    """The number of records that GetRecord can read."""
    waiting: int
    """The number of rows that are not yet written to the offline store."""

    def _repr_html_(self) -> str:
        return html_table([asdict(self)], "groups")


class Groups(dict[str, Group]):
    """A dict from name to feature group, in the order of creation."""

    def _repr_html_(self) -> str:
        return html_table([asdict(group) for group in self.values()], "groups")


class Rows(list[dict[str, Any]]):
    """Rows of the offline store, oldest first. Each row is a dict from column name to a value with the column's type."""

    def __init__(self, rows: Iterable[dict[str, Any]], types: dict[str, str]) -> None:
        """Create the list, and convert times from ISO 8601 strings to datetimes.

        :param rows: rows in JSON
        :param types: a dict from feature name to feature type
        """
        super().__init__({name: _parsed_time(name, value) for name, value in row.items()} for row in rows)
        self._types = types

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas DataFrame with the same rows.

        :raises ImportError: if pandas is not installed; the message says how to install it
        """
        return dataframe(self, self._types)

    def _repr_html_(self) -> str:
        return html_table(self, "rows", columns=self._types)


class History(Rows):
    """The versions of a record, oldest first. Each version is a dict from column name to a value with the column's type."""


class Snapshot:
    """A snapshot of all feature stores, taken by ``FeatureStore.snapshot()``.

    A snapshot in this process is deleted when no reference to this object exists. A snapshot on a server is deleted by
    ``forget()``, or when the server ends.
    """

    def __init__(self, id: str, left_out: dict[str, str], forget: Callable[[str], None]) -> None:  # noqa: A002 - its name in JSON
        self.id = id
        self.left_out = left_out
        """A dict from each moto service that could not be saved to the reason. ``restore`` does not change these services."""
        self._forget = forget
        for service, reason in left_out.items():
            warnings.warn(
                f"The snapshot does not include moto's {service}, because its state cannot be saved: {reason}",
                stacklevel=3,
            )

    def __repr__(self) -> str:
        left_out = f", without {', '.join(self.left_out)}" if self.left_out else ""
        return f"<Snapshot {self.id[:8]}{left_out}>"

    def forget(self) -> None:
        """Delete the snapshot. After that, ``restore`` raises LookupError for this snapshot."""
        self._forget(self.id)


class Clock:
    """The service's clock: the system clock plus the time by which tests have advanced it.

    TTL expiry, write times, status changes and the offline delay use this clock, in all accounts and regions. freezegun
    and time-machine also move this clock, if they run in the process of the service.

    ```python
    before = featurestore.clock.now()
    assert featurestore.clock.advance(hours=2) - before >= timedelta(hours=2)
    ```
    """

    def __init__(self, move: Callable[..., int]) -> None:
        self._move = move

    def __repr__(self) -> str:
        try:
            return f"<Clock: {self.now():%Y-%m-%dT%H:%M:%SZ}>"
        except (ConnectionError, RuntimeError) as error:
            return f"<Clock: {error}>"

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Move the clock forward in all accounts and regions, and return the new time in UTC.

        :param by: the timedelta to add
        :param parts: arguments of ``datetime.timedelta``, such as ``hours=1``, instead of ``by``
        :raises ValueError: if the clock would go back, or beyond the year 9999
        :raises TypeError: if neither or both of ``by`` and ``parts`` are given
        """
        if (by is None) is (not parts) or not isinstance(by, timedelta | None):
            raise TypeError("clock.advance() requires either a timedelta or its parts, such as clock.advance(hours=1).")
        return _datetime(self._move(seconds=(duration(**parts) if by is None else by).total_seconds()))

    def reset(self) -> datetime:
        """Reset the clock to the time of the system clock, and return the new time in UTC."""
        return _datetime(self._move(reset=True))

    def now(self) -> datetime:
        """Return the service's current time in UTC."""
        return _datetime(self._move())


def duration(**parts: float) -> timedelta:
    """Return a timedelta from its arguments, such as ``hours=1``.

    :raises ValueError: if the result exceeds the longest timedelta
    """
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise ValueError(f"The clock cannot move by this amount: {error}") from None


def _datetime(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=nanoseconds // 1000)


def _parsed_time(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value and name in ("write_time", "api_invocation_time") else value


def dataframe(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str | None] | None = None) -> "pd.DataFrame":
    """Return rows as a DataFrame.

    :param types: a dict from column name to feature type. If the type is None, or the dict does not contain a column of
        the first row, pandas infers the column's dtype
    :raises ImportError: if pandas is not installed; the message says how to install it
    """
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("A DataFrame needs pandas: pip install pandas", name="pandas") from None
    types = types or {}
    names = dict.fromkeys([*types, *(rows[0] if rows else ())])
    # The columns have the dtype object at first: pandas would convert integers to floats if a value is missing.
    data = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    for name in names:
        column, feature_type = data[name], types.get(name)
        if feature_type is None:
            data[name] = column.infer_objects()
        elif not any(isinstance(value, list) for value in column):
            texts = column.astype("string")
            data[name] = texts if feature_type == "String" else pd.to_numeric(texts).astype(_DTYPES[feature_type])
    return data


# HTML tables, which notebooks show instead of ``repr``.


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
