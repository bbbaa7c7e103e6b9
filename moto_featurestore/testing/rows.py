"""Rows of a DataFrame, or mappings, as the FeatureValues of records: as the SageMaker SDKs make them.

https://github.com/aws/sagemaker-python-sdk (feature_group.py, _ingest_row): what is missing is left out, empty lists too;
all else goes through ``str``. Moments are ours: ISO-8601 in UTC, or seconds for a Fractional; those without a zone are UTC.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from math import isnan
from typing import TYPE_CHECKING, Any

from moto_featurestore.testing.definitions import is_dataframe

if TYPE_CHECKING:
    import pandas as pd

Record = list[dict[str, Any]]
Row = tuple[str, Record]
"""What the row is called, and its FeatureValues."""


def rows_of(data: "pd.DataFrame | Iterable[Mapping[str, Any]]", types: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a DataFrame, each called by its label in the index; or mappings, by their place.

    :param types: FeatureTypes by feature
    :raises TypeError: where it is neither
    """
    if is_dataframe(data):
        return _of_dataframe(data, types)
    if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
        raise TypeError(f"Records are loaded from a DataFrame, or a list of mappings, not {type(data).__name__}.")
    return _of_mappings(data, types)


def check_rows(rows: Any) -> None:
    """Refuse what is no list of rows, as it may come over HTTP.

    :raises TypeError: where it is none
    """
    for row in rows if isinstance(rows, list) else [rows]:
        match row:
            case [_, [*record]] if all(map(_is_feature_value, record)):
                continue
        raise TypeError(f"rows must be a list of pairs, what a row is called and its FeatureValues; not {row!r}.")


def _is_feature_value(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("FeatureName"), str)


def _of_dataframe(frame: Any, types: Mapping[str, str]) -> Iterator[Row]:
    names = list(frame.columns)
    # By column, as pandas makes Python's own values of a column at once.
    columns = [frame.iloc[:, place].tolist() for place in range(len(names))]
    for label, *values in zip(frame.index.tolist(), *columns, strict=True):
        yield str(label), _record(zip(names, values, strict=True), types)


def _of_mappings(mappings: Iterable[Mapping[str, Any]], types: Mapping[str, str]) -> Iterator[Row]:
    for place, mapping in enumerate(mappings):
        if not isinstance(mapping, Mapping):
            raise TypeError(f"Row {place} is no mapping of features to values, but {type(mapping).__name__}.")
        yield str(place), _record(mapping.items(), types)


def _record(values: Iterable[tuple[Any, Any]], types: Mapping[str, str]) -> Record:
    record: Record = []
    for name, value in values:
        given = value if type(value) is str else _given(value, types.get(name))
        if isinstance(given, str):
            record.append({"FeatureName": str(name), "ValueAsString": given})
        elif given:
            record.append({"FeatureName": str(name), "ValueAsStringList": given})
    return record


def _given(value: Any, feature_type: str | None) -> str | list[str] | None:
    """A value as text, or a list of texts; None, or an empty list, where there is nothing to be given."""
    if hasattr(value, "tolist"):  # numpy's own
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(item, feature_type) for item in value]
    return None if _is_missing(value) else _text(value, feature_type)


def _is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, or what pandas has instead of them: told by name, as pandas need not be there."""
    return value is None or (isinstance(value, float) and isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


def _text(value: Any, feature_type: str | None) -> str:
    if not isinstance(value, datetime):
        return str(value)
    moment = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    if feature_type == "Fractional":
        return str(moment.timestamp())
    return moment.isoformat().replace("+00:00", "Z")
