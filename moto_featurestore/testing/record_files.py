"""Records from files, for seeds: CSV, JSON lines and Parquet, each row as FeatureValues of the API."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from moto_featurestore.testing.feature_values import feature_values

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
    from moto_featurestore.offline.optional_dependencies import MissingExtraError, require_pyarrow

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


def record_of(row: Row, types: dict[str, str], collections: set[str]) -> list[dict[str, Any]]:
    """A row's FeatureValues.

    :param types: the FeatureType of each feature
    :param collections: the features that are collections; a text of theirs, as CSV has it, is a JSON array
    :raises ValueError: where a value cannot be a feature's; the message names the feature
    """
    return feature_values(((name, _parsed(name, value, collections)) for name, value in row.items()), types)


def _parsed(name: str, value: Any, collections: set[str]) -> Any:
    if name not in collections or not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_int=str, parse_float=str)
    except ValueError as error:
        raise ValueError(f"feature [{name}]: {error}") from error
