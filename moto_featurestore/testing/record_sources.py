"""Conversion of DataFrames, mappings and files to records, which are lists of FeatureValues as in the API.

The rules of the SageMaker SDKs apply (https://github.com/aws/sagemaker-python-sdk, feature_group.py, _ingest_row):
missing values and empty lists are omitted, and ``str`` converts all other values. This module adds rules of its own:

- A datetime becomes ISO 8601 in UTC, or seconds since 1970 for a Fractional feature. A datetime without a time zone is
  assumed to be in UTC.
- For an Integral feature, a float without a fraction becomes an integer.
- A value that ``str`` does not convert to a useful text, such as an arbitrary object, raises an error.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto_featurestore.testing.group_sources import is_dataframe

if TYPE_CHECKING:
    import pandas as pd

Record = list[dict[str, Any]]
"""The FeatureValues of a record."""
Row = tuple[str, Record]
"""A label that identifies the row in error messages, and the record."""


class RowError(ValueError):
    """An error for a row that cannot be converted to a record, or that the service rejects."""

    def __init__(self, label: Any, reason: str) -> None:
        super().__init__(f"Row {label} was rejected, and no row was written: {reason}")
        self.label, self.reason = label, reason


# DataFrames and mappings.


def rows_of(data: "pd.DataFrame | Iterable[Mapping[str, Any]]", types: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a DataFrame or of an iterable of mappings.

    The label of a row is its index in the DataFrame, or the position of the mapping.

    :param types: a dict from feature name to feature type
    :raises TypeError: if ``data`` is neither a DataFrame nor an iterable of mappings
    :raises RowError: if a value cannot be converted to a feature value
    """
    if is_dataframe(data):
        return _of_dataframe(data, types)
    if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
        raise TypeError(f"records must be a DataFrame or a list of mappings, not {type(data).__name__}.")
    return _of_mappings(data, types)


def _of_dataframe(frame: Any, types: Mapping[str, str]) -> Iterator[Row]:
    names = list(frame.columns)
    # Convert each column with one call of tolist(), instead of converting single values.
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
        raise RowError(label, str(error)) from None


# Files.


def rows_of_file(path: Path, definitions: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of a CSV, JSON lines or Parquet file. The label of a row is its position, such as "line 3".

    :param definitions: the FeatureDefinitions of the group; a string for a collection feature is parsed as a JSON array
    :raises ValueError: if the file cannot be read
    :raises MissingExtraError: if pyarrow is missing for a Parquet file
    :raises RowError: if a value cannot be converted to a feature value
    """
    types = {definition["FeatureName"]: definition["FeatureType"] for definition in definitions}
    collections = {definition["FeatureName"] for definition in definitions if "CollectionType" in definition}
    read = _READERS.get(path.suffix)
    if read is None:
        raise ValueError(f"the file extension must be one of {', '.join(_READERS)}, not {path.suffix!r}")
    try:
        for label, values in read(path):
            yield _row(label, _parsed_collections(values, collections), types)
    except OSError as error:
        raise ValueError(str(error)) from error


def _read_csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from parse_csv(file)


def parse_csv(file: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the position and the values of each row of a CSV file. Empty cells are missing values.

    :raises ValueError: if the file is not CSV, or if a row and the first line have different numbers of cells
    """
    reader = csv.DictReader(file, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(
                    f"line {reader.line_num} must have as many values as the header, {len(reader.fieldnames or ())}"
                )
            yield f"line {reader.line_num}", {name: cell or None for name, cell in row.items()}
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num + 1}: {error}") from error


def _read_json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    row = json.loads(line, parse_int=str, parse_float=str)  # keep the text of each number unchanged
                except ValueError as error:
                    raise ValueError(f"line {number}: {error}") from error
                if not isinstance(row, dict):
                    raise ValueError(f"line {number} must be a JSON object, not {line.strip()[:60]!r}")
                yield f"line {number}", row


def _read_parquet(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    from moto_featurestore.offline.optional_dependencies import require_pyarrow

    require_pyarrow()
    import pyarrow.parquet as pq

    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", row


_READERS: dict[str, Callable[[Path], Iterator[tuple[str, dict[str, Any]]]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".parquet": _read_parquet,
}


def _parsed_collections(values: dict[str, Any], collections: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield feature names and values. Parse strings of collection features as JSON."""
    for name, value in values.items():
        if name not in collections or not isinstance(value, str):
            yield name, value
            continue
        try:
            yield name, json.loads(value, parse_int=str, parse_float=str)
        except ValueError as error:
            raise ValueError(f"feature [{name}]: {error}") from error


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
    """Convert a value to a string or a list of strings. For a missing value, return None or an empty list."""
    if hasattr(value, "tolist"):  # a numpy value
        is_datetime = getattr(getattr(value, "dtype", None), "kind", "") == "M"
        if is_datetime:
            value = value.astype("datetime64[us]")  # tolist() returns integers for datetimes in nanoseconds
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(name, item, feature_type) for item in value]
    return None if _is_missing(value) else _text(name, value, feature_type)


def _is_missing(value: Any) -> bool:
    """Return True if a value is None, NaN, ``pandas.NA`` or ``pandas.NaT``. Compare type names, to avoid an import of pandas."""
    return value is None or (isinstance(value, float) and isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


def _text(name: Any, value: Any, feature_type: str | None) -> str:
    if isinstance(value, datetime):
        return _format_datetime(value, feature_type)
    if isinstance(value, dict | list | tuple | set | bytes) or _is_missing(value):
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
