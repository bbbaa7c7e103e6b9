"""Reading of rows from the offline store: the rows in its files and the rows in the buffer."""

from io import BytesIO
from typing import TYPE_CHECKING, Any

from moto_featurestore.offline import parquet
from moto_featurestore.offline.layout import location
from moto_featurestore.offline.optional_dependencies import require_pyarrow, require_pyiceberg
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.world import World

if TYPE_CHECKING:
    import pyarrow as pa


def rows_of(world: World, group: FeatureGroup, identifier: str) -> list[dict[str, Any]]:
    """Return the rows of a record, sorted by the time of the API call (in whole seconds).

    Each row is a dict from column name to value. Rows that are still in the buffer have the write_time None.

    :param identifier: record identifier
    :raises MissingExtraError: if the library that reads the files is missing
    """
    if not group.identifier_definition.admits(identifier):
        return []
    wanted = parquet.PARSE.get(group.identifier_definition.feature_type, str)(identifier)
    return [row for row in all_rows(world, group) if row[group.record_identifier] == wanted]


def all_rows(world: World, group: FeatureGroup) -> list[dict[str, Any]]:
    """Return all rows of a group, sorted by the time of the API call (in whole seconds).

    Each row is a dict from column name to value. Rows that are still in the buffer have the write_time None.

    :raises MissingExtraError: if the library that reads the files is missing
    """
    require_pyarrow()
    with group.flush_lock:  # a flush between the two reads would duplicate rows in the result
        with group.lock:
            group.expire(world.now())
            waiting = group.buffer.select(range(len(group.buffer)))
        written = _iceberg(world, group) if group.is_iceberg else _parquet(world, group)
    rows = [row for data in written for row in data.to_pylist()]
    rows.sort(key=lambda row: (row["api_invocation_time"], row["write_time"]))
    rows += [row | {"write_time": None} for row in parquet.table(group.definitions.values(), waiting, 0).to_pylist()]
    return rows


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
