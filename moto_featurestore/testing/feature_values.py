"""Python's own values as the FeatureValues of a record: of DataFrames and mappings, and of files for seeds.

As the SageMaker SDKs make them (https://github.com/aws/sagemaker-python-sdk, feature_group.py, _ingest_row): what is missing
is left out, empty lists too; all else goes through ``str``. Ours are: moments are ISO-8601 in UTC, or seconds for a
Fractional, those without a zone are UTC; whole floats are integers for an Integral; what has no text of its own is refused.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isnan
from typing import Any

Record = list[dict[str, Any]]


def feature_values(values: Iterable[tuple[Any, Any]], types: Mapping[str, str]) -> Record:
    """The FeatureValues of features and their values.

    :param types: FeatureTypes by feature
    :raises ValueError: where a value cannot be a feature's; the message names the feature
    """
    record: Record = []
    for name, value in values:
        given = value if type(value) is str else _given(name, value, types.get(name))
        if isinstance(given, str):
            record.append({"FeatureName": str(name), "ValueAsString": given})
        elif given:
            record.append({"FeatureName": str(name), "ValueAsStringList": given})
    return record


def _given(name: Any, value: Any, feature_type: str | None) -> str | list[str] | None:
    """A value as text, or a list of texts; None, or an empty list, where there is nothing to be given."""
    if hasattr(value, "tolist"):  # numpy's own
        is_moment = (
            getattr(getattr(value, "dtype", None), "kind", "") == "M"
        )  # of nanoseconds, numpy would make integers
        value = (value.astype("datetime64[us]") if is_moment else value).tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(name, item, feature_type) for item in value]
    return None if _is_missing(value) else _text(name, value, feature_type)


def _is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, or what pandas has instead of them: told by name, as pandas need not be there."""
    return value is None or (isinstance(value, float) and isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


def _text(name: Any, value: Any, feature_type: str | None) -> str:
    if isinstance(value, datetime):
        return _moment(value, feature_type)
    if isinstance(value, dict | list | tuple | set | bytes) or _is_missing(value):
        raise ValueError(f"feature [{name}]: {value!r} is no value of a feature")
    if isinstance(value, float) and value.is_integer() and feature_type == "Integral":
        return str(int(value))  # pandas makes floats of integers where one is missing
    return str(value)


def _moment(value: datetime, feature_type: str | None) -> str:
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if feature_type == "Fractional":
        return str(moment.timestamp())
    return moment.isoformat().replace("+00:00", "Z")
