"""Conversion of a DataFrame's rows, or of mappings, to records."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from moto_featurestore.testing.definitions import is_dataframe
from moto_featurestore.testing.feature_values import Record, feature_values

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[str, Record]
"""The label of a row, and its FeatureValues."""


def rows_of(data: "pd.DataFrame | Iterable[Mapping[str, Any]]", types: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a DataFrame, labeled by its index, or mappings, labeled by their position.

    :param types: feature types by feature name
    :raises TypeError: if the data is neither
    :raises ValueError: if a value cannot be converted to a feature value
    """
    if is_dataframe(data):
        return _of_dataframe(data, types)
    if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
        raise TypeError(f"records must be a DataFrame or a list of mappings, not {type(data).__name__}.")
    return _of_mappings(data, types)


def check_rows(rows: Any) -> None:
    """Check rows that were received over HTTP.

    :raises TypeError: if they are not a list of rows
    """
    for row in rows if isinstance(rows, list) else [rows]:
        match row:
            case [_, [*record]] if all(map(_is_feature_value, record)):
                continue
        raise TypeError(f"rows must be a list of pairs of a label and a list of FeatureValues, not {row!r}.")


def _is_feature_value(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("FeatureName"), str)


def _of_dataframe(frame: Any, types: Mapping[str, str]) -> Iterator[Row]:
    names = list(frame.columns)
    # By column: pandas converts a whole column to Python values at once.
    columns = [frame.iloc[:, index].tolist() for index in range(len(names))]
    for label, *values in zip(frame.index.tolist(), *columns, strict=True):
        yield _row(label, zip(names, values, strict=True), types)


def _of_mappings(mappings: Iterable[Mapping[str, Any]], types: Mapping[str, str]) -> Iterator[Row]:
    for index, mapping in enumerate(mappings):
        if not isinstance(mapping, Mapping):
            raise TypeError(f"Row {index} must be a mapping of features to values, not {type(mapping).__name__}.")
        yield _row(index, mapping.items(), types)


def _row(label: Any, values: Iterable[tuple[Any, Any]], types: Mapping[str, str]) -> Row:
    try:
        return str(label), feature_values(values, types)
    except ValueError as error:
        raise refused(label, str(error)) from None


def refused(label: Any, reason: str) -> ValueError:
    """Return the error for a row that cannot be loaded."""
    return ValueError(f"Row {label} was rejected, and no row was written: {reason}")
