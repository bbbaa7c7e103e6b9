"""Conversion of DataFrames and mappings to records, which are lists of FeatureValues as in the API.

The rules of the SageMaker SDKs apply (https://github.com/aws/sagemaker-python-sdk, feature_group.py, _ingest_row):
missing values and empty lists are omitted, and ``str`` converts all other values. This module adds rules of its own:

- A datetime becomes ISO 8601 in UTC, or seconds since 1970 for a Fractional feature. A datetime without a time zone is
  assumed to be in UTC.
- For an Integral feature, a float without a fraction becomes an integer.
- A value that ``str`` does not convert to a useful text, such as an arbitrary object, raises an error.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from math import isnan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Record = list[dict[str, Any]]
"""The FeatureValues of a record."""
Row = tuple[str, Record]
"""A label that identifies the row in error messages, and the record."""


def is_dataframe(value: Any) -> bool:
    """Return True if a value is a pandas DataFrame. Do not import pandas: if a DataFrame exists, pandas is already imported."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


class RowError(ValueError):
    """An error for a row that cannot be converted to a record, or that the service rejects."""

    def __init__(self, label: Any, reason: str) -> None:
        super().__init__(f"{label} was rejected, and no row was written: {reason}")
        self.label, self.reason = label, reason


# DataFrames and mappings.


def rows_of(data: "pd.DataFrame | Iterable[Mapping[str, Any]]", types: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a DataFrame or of an iterable of mappings.

    The label of a row is "Row" with its index in the DataFrame, or with the position of the mapping.

    :param types: a dict from feature name to feature type
    :raises TypeError: if ``data`` is neither a DataFrame nor an iterable of mappings
    :raises RowError: if a value cannot be converted to a feature value
    """
    if is_dataframe(data):
        return _of_dataframe(data, types)
    if isinstance(data, Mapping | bytes) or not isinstance(data, Iterable):
        raise TypeError(f"records must be a DataFrame, a path, or a list of mappings, not {type(data).__name__}.")
    return _of_mappings(data, types)


def _of_dataframe(frame: Any, types: Mapping[str, str]) -> Iterator[Row]:
    names = list(frame.columns)
    # Convert each column with one call of tolist(), instead of converting single values.
    columns = [frame.iloc[:, index].tolist() for index in range(len(names))]
    for label, *values in zip(frame.index.tolist(), *columns, strict=True):
        yield _row(f"Row {label}", zip(names, values, strict=True), types)


def _of_mappings(mappings: Iterable[Mapping[str, Any]], types: Mapping[str, str]) -> Iterator[Row]:
    for index, mapping in enumerate(mappings):
        if not isinstance(mapping, Mapping):
            raise TypeError(f"Row {index} must be a mapping of features to values, not {type(mapping).__name__}.")
        yield _row(f"Row {index}", mapping.items(), types)


def _row(label: str, values: Iterable[tuple[Any, Any]], types: Mapping[str, str]) -> Row:
    try:
        return label, feature_values(values, types)
    except ValueError as error:
        raise RowError(label, str(error)) from None


# Values.


def feature_values(values: Iterable[tuple[Any, Any]], types: Mapping[str, str]) -> Record:
    """Return the FeatureValues of a record.

    :param values: pairs of a feature name and a value
    :param types: a dict from feature name to FeatureType
    :raises ValueError: if a feature cannot have a value; the message names the feature
    """
    record: Record = []
    for name, value in values:
        text_or_list = value if type(value) is str else _convert(name, value, types.get(name))
        if isinstance(text_or_list, str):
            record.append({"FeatureName": str(name), "ValueAsString": text_or_list})
        elif text_or_list:
            record.append({"FeatureName": str(name), "ValueAsStringList": text_or_list})
    return record


def _convert(name: Any, value: Any, feature_type: str | None) -> str | list[str] | None:
    """Convert a value to a string or a list of strings. For a missing value, return None or an empty list.

    :param name: the name of the feature, for error messages
    :raises ValueError: if the value cannot be converted
    """
    if hasattr(value, "tolist"):  # a numpy value
        is_datetime = getattr(getattr(value, "dtype", None), "kind", "") == "M"
        if is_datetime:
            value = value.astype("datetime64[us]")  # tolist() returns integers for datetimes in nanoseconds
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(name, item, feature_type) for item in value]
    return None if is_missing(value) else _text(name, value, feature_type)


def is_missing(value: Any) -> bool:
    """Return True if a value is None, NaN, ``pandas.NA`` or ``pandas.NaT``. Compare type names, to avoid an import of pandas."""
    return value is None or (isinstance(value, float) and isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


def _text(name: Any, value: Any, feature_type: str | None) -> str:
    if isinstance(value, datetime):
        return _format_datetime(value, feature_type)
    if isinstance(value, dict | list | tuple | set | bytes) or is_missing(value):
        raise ValueError(
            f"feature [{name}]: {value!r} is not a feature value;"
            " use a string, a number, a Boolean, a datetime, or a list of these"
        )
    if isinstance(value, float) and value.is_integer() and feature_type == "Integral":
        return str(int(value))  # pandas converts a column of integers to floats if one value is missing
    return str(value)


def _format_datetime(value: datetime, feature_type: str | None) -> str:
    utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if feature_type == "Fractional":
        return str(utc.timestamp())
    return utc.isoformat().replace("+00:00", "Z")


def event_time_advice(text: str) -> str:
    """Return a sentence that says how to correct a malformed event time of a String feature."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return "Write a time such as 2026-01-31T12:00:00Z, or use a Fractional feature with seconds since 1970."
    condition = "" if time.tzinfo else " if this time is in UTC"
    return f"Write {_format_datetime(time, 'String')}{condition}."
