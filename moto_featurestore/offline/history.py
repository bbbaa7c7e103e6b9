"""Reading of rows from the offline store: the rows in its files and the rows in the buffer."""

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from moto_featurestore.offline import parquet
from moto_featurestore.offline.layout import location
from moto_featurestore.offline.optional_dependencies import require_pyarrow, require_pyiceberg
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import Values
from moto_featurestore.world import World

if TYPE_CHECKING:
    import pyarrow as pa


def rows_of(world: World, group: FeatureGroup, identifier: str) -> list[dict[str, Any]]:
    """Return the rows of a record, sorted by the time of the API call (in whole seconds).

    Each row is a dict from column name to value. Rows that are still in the buffer have the write_time None. Files
    contain Integral and Fractional identifiers as numbers. Therefore "7" also finds rows of "007" in files, but not in
    the buffer, which contains identifiers as strings.

    :param identifier: record identifier; if it is not valid for the feature's type, the result is empty
    :raises MissingExtraError: if the library that reads the files is missing
    """
    definition = group.identifier_definition
    if not definition.admits(identifier):
        return []
    value = parquet.PARSE.get(definition.feature_type, str)(identifier)
    written, waiting = _read(world, group, lambda values: values[definition.position] == identifier)
    return [row for row in written if row[group.record_identifier] == value] + waiting


def all_rows(world: World, group: FeatureGroup) -> list[dict[str, Any]]:
    """Return all rows of a group, sorted by the time of the API call (in whole seconds).

    Each row is a dict from column name to value. Rows that are still in the buffer have the write_time None.

    :raises MissingExtraError: if the library that reads the files is missing
    """
    written, waiting = _read(world, group, lambda _: True)
    return written + waiting


def _read(
    world: World, group: FeatureGroup, is_wanted: Callable[[Values], bool]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return two lists: all rows in the group's files, and the buffered rows for which ``is_wanted`` returns True."""
    require_pyarrow()
    with group.flush_lock:  # a flush between the two reads would duplicate rows in the result
        with group.lock:
            group.expire(world.now())
            buffer = group.buffer
            waiting = buffer.select([place for place, values in enumerate(buffer.values) if is_wanted(values)])
        tables = _iceberg(world, group) if group.is_iceberg else _parquet(world, group)
    written = [row for data in tables for row in data.to_pylist()]
    written.sort(key=lambda row: (row["api_invocation_time"], row["write_time"]))
    buffered = parquet.table(group.definitions.values(), waiting, 0).to_pylist()
    return written, [row | {"write_time": None} for row in buffered]


def _parquet(world: World, group: FeatureGroup) -> "list[pa.Table]":
    from pyarrow import parquet

    return [
        parquet.read_table(BytesIO(stored.read()))
        for stored in world.s3(group).objects(*location(group).folder)
        if stored.key.endswith(".parquet")
    ]


def _iceberg(world: World, group: FeatureGroup) -> "list[pa.Table]":
    require_pyiceberg()
    from moto_featurestore.offline import iceberg

    return iceberg.read(world, group)
