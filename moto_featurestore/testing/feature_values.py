"""Conversion of Python values, from DataFrames, mappings and seed files, to the FeatureValues of a record.

The rules of the SageMaker SDKs apply (https://github.com/aws/sagemaker-python-sdk, feature_group.py, _ingest_row):
missing values and empty lists are omitted, and ``str`` converts all other values. This module adds rules of its own:

- A datetime becomes ISO 8601 in UTC, or seconds for a Fractional. A datetime without a time zone is in UTC.
- For an Integral, a float without a fraction becomes an integer.
- A value without a useful text form raises an error.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isnan
from typing import Any

Record = list[dict[str, Any]]


def feature_values(values: Iterable[tuple[Any, Any]], types: Mapping[str, str]) -> Record:
    """Return the FeatureValues of a record.

    :param values: names of features and their values
    :param types: FeatureType by name of the feature
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
    """Convert a value to a text or a list of texts. The result for a missing value is None or an empty list."""
    if hasattr(value, "tolist"):  # a numpy value
        is_datetime = getattr(getattr(value, "dtype", None), "kind", "") == "M"
        if is_datetime:
            value = value.astype("datetime64[us]")  # tolist() returns integers for datetimes in nanoseconds
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(name, item, feature_type) for item in value]
    return None if _is_missing(value) else _text(name, value, feature_type)


def _is_missing(value: Any) -> bool:
    """Return True if a value is None, NaN, or the equivalent of pandas. A type name avoids an import of pandas."""
    return value is None or (isinstance(value, float) and isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


def _text(name: Any, value: Any, feature_type: str | None) -> str:
    if isinstance(value, datetime):
        return _format_datetime(value, feature_type)
    if isinstance(value, dict | list | tuple | set | bytes) or _is_missing(value):
        raise ValueError(
            f"feature [{name}]: {value!r} is not a feature value;"
            " give a string, a number, a Boolean, a datetime, or a list of these"
        )
    if isinstance(value, float) and value.is_integer() and feature_type == "Integral":
        return str(int(value))  # pandas converts a column of integers to floats if one value is missing
    return str(value)


def _format_datetime(value: datetime, feature_type: str | None) -> str:
    utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if feature_type == "Fractional":
        return str(utc.timestamp())
    return utc.isoformat().replace("+00:00", "Z")
