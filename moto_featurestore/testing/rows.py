"""Rows of a DataFrame, or mappings, as the FeatureValues of records."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto_featurestore.testing.definitions import is_dataframe
from moto_featurestore.testing.feature_values import Record, feature_values

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[str, Record]
"""What the row is called, and its FeatureValues."""


def rows_of(data: "pd.DataFrame | Iterable[Mapping[str, Any]]", types: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a DataFrame, each called by its label in the index; or mappings, by their place.

    :param types: FeatureTypes by feature
    :raises TypeError: where it is neither
    :raises ValueError: where a value cannot be a feature's
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
        yield _row(label, zip(names, values, strict=True), types)


def _of_mappings(mappings: Iterable[Mapping[str, Any]], types: Mapping[str, str]) -> Iterator[Row]:
    for place, mapping in enumerate(mappings):
        if not isinstance(mapping, Mapping):
            raise TypeError(f"Row {place} is no mapping of features to values, but {type(mapping).__name__}.")
        yield _row(place, mapping.items(), types)


def _row(label: Any, values: Iterable[tuple[Any, Any]], types: Mapping[str, str]) -> Row:
    try:
        return str(label), feature_values(values, types)
    except ValueError as error:
        raise refused(label, str(error)) from None


def refused(label: Any, reason: str) -> ValueError:
    """What is said of a row that cannot be loaded."""
    return ValueError(f"Row {label} is refused, and none is written: {reason}")
