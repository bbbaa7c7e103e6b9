"""The method ``FeatureStore.query``: Athena queries with placeholders for tables, and results with Python types."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from string import Formatter
from typing import TYPE_CHECKING, Any

from moto_featurestore.offline.layout import table_names
from moto_featurestore.store.group import Store
from moto_featurestore.testing.commands import AdminWorld, command, find_group
from moto_featurestore.testing.fault_parameters import check_texts
from moto_featurestore.testing.results import dataframe, html_table

if TYPE_CHECKING:
    import pandas as pd

_BRACES = "To write a brace in the SQL text, double it: {{ or }}."


# The command.


@command
def query(world: AdminWorld, store: Store, /, sql: str) -> dict[str, Any]:
    """Run a query in Athena. Return a dict with ``columns`` and ``rows``.

    ``columns`` contains pairs of a column name and an Athena type. ``rows`` contains lists of strings as in Athena's
    results, and None for NULL.

    :param sql: the SQL text, with ``{group}`` for the table of a feature group
    """
    check_texts(sql=sql)
    columns, rows = world.query(store, _with_tables(world, store, sql))
    return {"columns": [(column["Name"], column["Type"]) for column in columns], "rows": rows}


def _with_tables(world: AdminWorld, store: Store, sql: str) -> str:
    """Return the SQL text. Replace each placeholder, such as ``{customers}``, by the table of the feature group."""
    try:
        parts = list(Formatter().parse(sql))
    except ValueError as error:
        raise ValueError(f"The SQL text has an invalid placeholder: {error}. {_BRACES}") from None
    return "".join(
        literal + ("" if name is None else _table(world, store, _placeholder(name, format_spec, conversion)))
        for literal, name, format_spec, conversion in parts
    )


def _placeholder(name: str, format_spec: str | None, conversion: str | None) -> str:
    """Return the text between the braces of a placeholder. The arguments are parts from ``string.Formatter.parse``."""
    return name + (f"!{conversion}" if conversion else "") + (f":{format_spec}" if format_spec else "")


def _table(world: AdminWorld, store: Store, group: str) -> str:
    """Return the quoted name of a group's table, with its database.

    :raises LookupError: if the group does not exist
    :raises ValueError: if the group has no table
    """
    try:
        feature_group = find_group(world, store, group)
    except LookupError as error:
        raise LookupError(f"{error} {_BRACES}") from None
    if feature_group.offline_store is None:
        raise ValueError(
            f"The feature group {group!r} has no offline store, so it has no table. Create it with offline=True."
        )
    if "DataCatalogConfig" not in feature_group.offline_store:
        raise ValueError(f"The feature group {group!r} has no table, because DisableGlueTableCreation is true.")
    return ".".join('"' + name.replace('"', '""') + '"' for name in table_names(feature_group))


# The result.


class QueryRows(list[dict[str, Any]]):
    """The rows of an Athena query. Each row is a dict from column name to value.

    A value has the Python type of its Athena type: int, float, Decimal, bool, str, bytes, date, time or datetime.
    Arrays, maps, rows and JSON are strings, as in the results of Athena. Dates that Python cannot represent are strings
    too.
    """

    def __init__(self, columns: Iterable[tuple[str, str]], rows: Iterable[list[str | None]]) -> None:
        """Create the list from the result of the command ``query``.

        :raises ValueError: if two columns have the same name
        """
        columns = list(columns)
        if duplicates := [name for name, count in Counter(name for name, _ in columns).items() if count > 1]:
            raise ValueError(f"Several columns have the name {', '.join(duplicates)}. Use AS to give them other names.")
        self.columns: dict[str, str] = dict(columns)
        """A dict from column name to Athena type, such as ``bigint``, in the order of the query."""
        super().__init__(
            {name: _value(kind, text) for (name, kind), text in zip(columns, row, strict=True)} for row in rows
        )

    def to_dataframe(self) -> "pd.DataFrame":
        """Return a pandas DataFrame with the same rows.

        :raises ImportError: if pandas is not installed; the message says how to install it
        """
        return dataframe(self, {name: _FEATURE_TYPES.get(kind) for name, kind in self.columns.items()})

    def _repr_html_(self) -> str:
        return html_table(self, "rows", columns=self.columns)


def _value(kind: str, text: str | None) -> Any:
    parse = _PARSE.get(kind)
    if text is None or parse is None:
        return text
    try:
        return parse(text)
    except ValueError:  # a date before year 1 or after year 9999
        return text


def _zoned_datetime(text: str) -> datetime:
    """Parse a time such as ``2026-01-01 12:00:00.000 Europe/Berlin``."""
    moment, _, zone = text.rpartition(" ")
    if zone[0] in "+-":
        return datetime.fromisoformat(f"{moment}{zone}")
    from zoneinfo import ZoneInfo  # its import reads the configuration of Python's build

    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))


_INTEGERS = ("tinyint", "smallint", "integer", "bigint")
_PARSE: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(_INTEGERS, int),
    "float": float,
    "double": float,
    "decimal": Decimal,
    "boolean": "true".__eq__,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamp with time zone": _zoned_datetime,
    "varbinary": bytes.fromhex,
}
"""A dict from Athena type to the function that converts a string in Athena's results. Values of other types remain strings."""
_FEATURE_TYPES = {
    **dict.fromkeys(_INTEGERS, "Integral"),
    "float": "Fractional",
    "double": "Fractional",
    "varchar": "String",
}
"""A dict from Athena type to the feature type whose pandas dtype the column gets in a DataFrame.

For other Athena types, pandas infers the dtype.
"""
