"""Records from DataFrames, mappings and files, as FeatureValues of the API.

The rules of the SageMaker SDKs apply (https://github.com/aws/sagemaker-python-sdk, feature_group.py, _ingest_row):
missing values and empty lists are omitted, and ``str`` converts all other values. This module adds rules of its own:

- A datetime becomes ISO 8601 in UTC, or seconds for a Fractional. A datetime without a time zone is in UTC.
- For an Integral, a float without a fraction becomes an integer.
- A value without a useful text form raises an error.
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
"""The label of a row, and its record."""


class RowError(ValueError):
    """A row that cannot be loaded."""

    def __init__(self, label: Any, reason: str) -> None:
        super().__init__(f"Row {label} was rejected, and no row was written: {reason}")
        self.label, self.reason = label, reason


# DataFrames and mappings.


def rows_of(data: "pd.DataFrame | Iterable[Mapping[str, Any]]", types: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a DataFrame, labeled by its index, or mappings, labeled by their position.

    :param types: feature types by feature name
    :raises TypeError: if the data is neither
    :raises RowError: if a value cannot be converted to a feature value
    """
    if is_dataframe(data):
        return _of_dataframe(data, types)
    if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
        raise TypeError(f"records must be a DataFrame or a list of mappings, not {type(data).__name__}.")
    return _of_mappings(data, types)


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
        raise RowError(label, str(error)) from None


# Files.


def rows_of_file(path: Path, definitions: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of a CSV, JSON lines or Parquet file, labeled by their position, such as "line 3".

    :param definitions: the FeatureDefinitions of the group; a text of a collection, as in CSV, is a JSON array
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
    """Yield the rows of a CSV file, each with its place there. An empty cell has no value.

    :raises ValueError: if the file is not CSV, or a row has another number of cells than the first one
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
                    row = json.loads(line, parse_int=str, parse_float=str)  # numbers stay as they are written
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
    """Yield values, with the texts of collections parsed as JSON."""
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
