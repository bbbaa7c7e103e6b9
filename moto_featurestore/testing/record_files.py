"""Functions that read records from CSV, JSON lines and Parquet files, and derive feature definitions from the values.

``create_group``, ``load``, seed files and the web console read files with this module.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from moto_featurestore.testing.record_sources import Row, RowError, event_time_advice, feature_values, is_missing
from moto_featurestore.values import IS_OF_TYPE, parse_event_time

Values = dict[str, Any]
Definitions = Iterable[Mapping[str, Any]]

_TYPES = ("Integral", "Fractional", "String")
"""The feature types, from the most specific to the most general."""
BOOLEANS = ("true", "false")
NO_BOOLEANS = "Features have no Boolean type. Write 0 or 1 for an Integral feature."
_TEXT_OF_BOOLEAN = 'Write the text "true" or "false" for a String feature.'


class _Number(str):
    """The text of a number in a JSON file."""

    __slots__ = ()


# Rows.


def rows_of_file(path: Path, definitions: Definitions) -> Iterator[Row]:
    """Yield each row of a file as a pair: a label, such as "customers.csv, line 3", and the FeatureValues.

    :param definitions: the FeatureDefinitions of the group; a string for a collection feature is parsed as a JSON array
    :raises OSError: if the file cannot be read
    :raises ValueError: if the file extension is unknown, or does not match the content; the message names the file
    :raises MissingExtraError: if pyarrow is missing for a Parquet file
    :raises RowError: if a value cannot be converted to a feature value
    """
    types = {definition["FeatureName"]: definition["FeatureType"] for definition in definitions}
    collections = {definition["FeatureName"] for definition in definitions if "CollectionType" in definition}
    for position, values in _read(path):
        try:
            yield position, feature_values(_checked(values, collections), types)
        except ValueError as error:
            raise RowError(position, str(error)) from None


def _checked(values: Values, collections: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each feature of a record. Parse strings of collection features as JSON.

    :param collections: the names of the collection features
    :raises ValueError: if a value is a Boolean, or a string of a collection feature is not JSON
    """
    for name, value in values.items():
        if any(isinstance(item, bool) for item in (value if isinstance(value, list) else (value,))):
            raise ValueError(f"feature [{name}]: {value} is a Boolean. {NO_BOOLEANS} {_TEXT_OF_BOOLEAN}")
        if name not in collections or not isinstance(value, str):
            yield name, value
            continue
        try:
            yield name, json.loads(value, parse_int=str, parse_float=str)
        except ValueError as error:
            raise ValueError(f"feature [{name}]: {error}") from error


# Feature definitions.


def definitions_of_file(path: Path, *, event_time: str, in_memory: bool) -> list[Values]:
    """Return a FeatureDefinition for each column of a file. The types fit all values of the file.

    In CSV, the text of a cell determines the type. If all event times are numbers, their type is Fractional.

    :param event_time: the name of the feature that has the event time
    :param in_memory: if True, columns of lists become collections, which only the storage type InMemory supports
    :raises OSError: if the file cannot be read
    :raises ValueError: if the file has no records, or a column is Boolean, or an event time is malformed
    :raises MissingExtraError: if pyarrow is missing for a Parquet file
    """
    columns: dict[str, _Column] = {}
    is_csv = path.suffix.lower() == ".csv"
    for position, values in _read(path):
        for name, value in values.items():
            column = columns.setdefault(name, _Column(name, is_csv=is_csv))
            if not is_missing(value):
                column.add(position, value)
                if name == event_time:
                    _check_event_time(position, name, value)
    if not columns:
        raise ValueError(f"{path}: the file has no records, so it shows no feature types.")
    definitions = [column.definition(in_memory=in_memory) for column in columns.values()]
    for definition in definitions:
        if definition["FeatureName"] == event_time and definition["FeatureType"] == "Integral":
            definition["FeatureType"] = "Fractional"
    return definitions


@dataclass
class _Column:
    """The types of the values in a column of a file."""

    name: str
    is_csv: bool
    types: set[str] = field(default_factory=set)
    """The types of the values, or of the items if the values are lists."""
    has_only_lists: bool = True
    first_boolean: str | None = None
    """The position of the first "true" or "false" in a CSV column. None if the column contains any other text."""

    def add(self, position: str, value: Any) -> None:
        """Add the type of a value, or of the items of a list, to ``types``.

        :param position: the position of the value in the file, for error messages
        :raises ValueError: if the value is a Boolean
        """
        is_list = isinstance(value, list)
        self.has_only_lists = self.has_only_lists and is_list
        is_boolean_text = self.is_csv and value.lower() in BOOLEANS
        if is_boolean_text and not self.types:
            self.first_boolean = position
        elif not is_boolean_text:
            self.first_boolean = None
        for item in value if is_list else (value,):
            if isinstance(item, bool):
                message = f"{position}, column {self.name!r}: {item} is a Boolean. {NO_BOOLEANS} {_TEXT_OF_BOOLEAN}"
                raise ValueError(message)  # noqa: TRY004 - the value in the file is wrong, not an argument
            self.types.add(self._type(item))

    def _type(self, value: Any) -> str:
        if isinstance(value, str):
            return type_of_text(value) if self.is_csv or isinstance(value, _Number) else "String"
        if isinstance(value, int):
            return "Integral"
        return "Fractional" if isinstance(value, float | Decimal) else "String"

    def definition(self, *, in_memory: bool) -> Values:
        """Return the FeatureDefinition of the column.

        :param in_memory: if True, a column that contains only lists becomes a collection
        :raises ValueError: if all values in a CSV column are "true" or "false"
        """
        if self.first_boolean:
            raise ValueError(
                f"{self.first_boolean}, column {self.name!r}: the column contains only true and false. {NO_BOOLEANS}"
                " For a String feature, pass a mapping of feature names to types instead of the file."
            )
        definition = {"FeatureName": self.name, "FeatureType": _most_general(self.types)}
        is_collection = in_memory and self.has_only_lists and self.types
        return definition | ({"CollectionType": "List"} if is_collection else {})


def _check_event_time(position: str, name: str, value: Any) -> None:
    """Raise ValueError if an event time is neither a number nor a time in the format of the service.

    :param position: the position of the value in the file, for the error message
    :param name: the name of the column
    """
    is_text = isinstance(value, str | date) and not isinstance(value, datetime)
    text = str(value)
    if is_text and type_of_text(text) == "String" and parse_event_time(text, "String") is None:
        raise ValueError(f"{position}, column {name!r}: {text!r} is not an event time. {event_time_advice(text)}")


def type_of_texts(texts: Iterable[str | None]) -> str:
    """Return the most specific feature type that fits all strings. None is a missing value. Without values, return String."""
    return _most_general({type_of_text(text) for text in texts if text is not None})


def type_of_text(text: str) -> str:
    """Return the most specific feature type that fits a string: Integral, Fractional or String."""
    return next(name for name in _TYPES if IS_OF_TYPE[name](text))


def _most_general(types: set[str]) -> str:
    return max(types, key=_TYPES.index, default="String")


# Readers.


def _read(path: Path) -> Iterator[tuple[str, Values]]:
    """Yield the position and the values of each record of a file."""
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise ValueError(f"{path}: the file extension must be one of {', '.join(_READERS)}, not {path.suffix!r}")
    try:
        for position, values in read(path):
            yield f"{path}, {position}", values
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _read_csv(path: Path) -> Iterator[tuple[str, Values]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from parse_csv(file)


def parse_csv(file: Iterable[str]) -> Iterator[tuple[str, Values]]:
    """Yield the position and the values of each row of a CSV file. Empty cells are missing values.

    :raises ValueError: if the file is not CSV, or if a row and the first line have different numbers of cells
    """
    reader = csv.DictReader(file, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(
                    f"line {reader.line_num} must have {len(reader.fieldnames or ())} values, as many as the header"
                )
            yield f"line {reader.line_num}", {name: cell or None for name, cell in row.items()}
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num + 1}: {error}") from error


def _read_json_lines(path: Path) -> Iterator[tuple[str, Values]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    # _Number keeps the text of each number unchanged.
                    row = json.loads(line, parse_int=_Number, parse_float=_Number)
                except ValueError as error:
                    raise ValueError(f"line {number}: {error}") from error
                if not isinstance(row, dict):
                    raise ValueError(f"line {number} must be a JSON object, not {line.strip()[:60]!r}")
                yield f"line {number}", row


def _read_parquet(path: Path) -> Iterator[tuple[str, Values]]:
    from moto_featurestore.offline.optional_dependencies import require_pyarrow

    require_pyarrow("Reading a Parquet file")
    import pyarrow.parquet as pq

    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", row


_READERS: dict[str, Callable[[Path], Iterator[tuple[str, Values]]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".parquet": _read_parquet,
}
