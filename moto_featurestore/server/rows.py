"""Records from files, for seeds: CSV, JSON lines and Parquet, each row as FeatureValues of the API."""

import csv
import json
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class SeedError(Exception):
    """Why a seed cannot be planted, with the place."""


def rows_of(path: Path) -> Iterator[tuple[str, Row]]:
    """The rows of a file, each with its place there, such as "line 3"; a value that is None is none.

    :raises SeedError: where the file cannot be read
    """
    read = _READERS.get(path.suffix)
    if read is None:
        raise SeedError(f"{path}: records are read from {', '.join(_READERS)} files")
    try:
        yield from read(path)
    except (OSError, ValueError) as error:  # a UnicodeDecodeError is a ValueError
        raise SeedError(f"{path}: {error}") from error


def _csv(path: Path) -> Iterator[tuple[str, Row]]:
    """A cell that is empty has no value."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise ValueError(f"line {reader.line_num} has not as many cells as the first one")
                yield f"line {reader.line_num}", {name: cell or None for name, cell in row.items()}
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num + 1}: {error}") from error


def _json_lines(path: Path) -> Iterator[tuple[str, Row]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    row = json.loads(line, parse_int=str, parse_float=str)  # numbers stay as they are written
                except ValueError as error:
                    raise ValueError(f"line {number}: {error}") from error
                if not isinstance(row, dict):
                    raise ValueError(f"line {number} is no JSON object")
                yield f"line {number}", row


def _parquet(path: Path) -> Iterator[tuple[str, Row]]:
    from moto_featurestore.offline.extras import MissingExtraError, require_pyarrow

    try:
        require_pyarrow()
    except MissingExtraError as error:
        raise SeedError(f"{path}: {error}") from error
    import pyarrow.parquet as pq

    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", row


_READERS: dict[str, Callable[[Path], Iterator[tuple[str, Row]]]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}


def feature_values(row: Row, types: dict[str, str], collections: set[str]) -> list[dict[str, Any]]:
    """A row's FeatureValues: columns without a value are left out.

    :param types: the FeatureType of each feature
    :param collections: the features that are collections; a text of theirs, as CSV has it, is a JSON array
    :raises ValueError: where a value cannot be a feature's; the message names the feature
    """
    features = []
    for name, value in row.items():
        if value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        try:
            if name in collections and isinstance(value, str):
                value = json.loads(value, parse_int=str, parse_float=str)  # noqa: PLW2901 - the same value, read
            if isinstance(value, list):
                texts = [_text(element, types.get(name)) for element in value]
                features.append({"FeatureName": name, "ValueAsStringList": texts})
            else:
                features.append({"FeatureName": name, "ValueAsString": _text(value, types.get(name))})
        except ValueError as error:
            raise ValueError(f"feature [{name}]: {error}") from error
    return features


def _text(value: Any, of_type: str | None) -> str:
    """A value as the API has it: moments are ISO 8601 in UTC, or seconds since 1970 where the feature is a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return _moment(value, of_type) if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and of_type == "Integral":
        return str(int(value))  # pandas makes floats of integers where one is missing
    if isinstance(value, (dict, bytes, list)) or value is None:
        raise ValueError(f"{value!r} is no value of a feature")
    return str(value)


def _moment(value: datetime, of_type: str | None) -> str:
    moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    if of_type != "String":
        return str(moment.timestamp())
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
