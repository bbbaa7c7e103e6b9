"""The offline store in the table format Iceberg. pyiceberg creates and writes real Iceberg tables.

Sources for the layout and the partitions: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html,
and https://github.com/aws/sagemaker-feature-store-spark, whose tests partition by ``truncate(event_time, 10)``. The AWS
page contains the name ``EventTime_trunc``. Therefore the table keeps the upper-case letters of feature names.

This module imports pyiceberg. Import it only where pyiceberg is required.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchIcebergTableError,
    NoSuchPropertyException,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.io.pyarrow import (
    schema_to_pyarrow,
)
from pyiceberg.manifest import DataFile, ManifestContent, ManifestFile
from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import CommitTableResponse, Table, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update import RemoveSnapshotsUpdate, TableUpdate
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.transforms import TruncateTransform
from pyiceberg.types import BooleanType, DoubleType, IcebergType, LongType, NestedField, StringType, TimestamptzType
from pyiceberg.utils.properties import property_as_bool, property_as_int

from moto_featurestore.aws.iceberg import data_file
from moto_featurestore.aws.iceberg_catalog import PortCatalog
from moto_featurestore.aws.identifiers import S3Uri
from moto_featurestore.aws.ports import Dict
from moto_featurestore.offline import OfflineWriteError, parquet
from moto_featurestore.offline.glue_table import find_table
from moto_featurestore.offline.layout import TOKEN_DIGITS, file_name, files_by, table_names, table_uri
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.world import World

_TYPES: dict[str, IcebergType] = {"String": StringType(), "Integral": LongType(), "Fractional": DoubleType()}
_SERVICE_COLUMNS: dict[str, IcebergType] = {
    "write_time": TimestamptzType(),
    "api_invocation_time": TimestamptzType(),
    "is_deleted": BooleanType(),
}

_DATE_LENGTH = 10
"""Length of the date at the beginning of an event time. The date is the partition key of the table."""
_HASH_DIGITS = 8
_SNAPSHOTS = 100
"""Number of snapshots to keep, unless the table's properties require more.

The number is limited because each commit processes all snapshots.
"""
_RETRIES = 4
"""Iceberg's default number of retries: https://iceberg.apache.org/docs/latest/configuration/, commit.retry."""

_MANIFESTS = 20
"""If a table has at least this number of manifests, an append merges some. Every commit reads the list of manifests."""

_TABLE_ERRORS = (
    CommitFailedException,
    FileNotFoundError,
    NoSuchIcebergTableError,
    NoSuchPropertyException,
    NoSuchTableError,
    TableAlreadyExistsError,
)


class _CachedMetadata(NamedTuple):
    location: str
    metadata: TableMetadata


_metadata_cache: WeakKeyDictionary[FeatureGroup, _CachedMetadata] = WeakKeyDictionary()
"""The latest table metadata of each group. The cache saves time, because reading metadata of many snapshots is slow."""


class GroupCatalog(PortCatalog):
    """The catalog that contains the table of one feature group.

    :param replaced: the Table structure of the Glue table that ``create_table()`` replaces. If None, ``create_table()``
        raises an error if the table exists.
    """

    def __init__(self, world: World, group: FeatureGroup, replaced: Dict | None = None) -> None:
        super().__init__(world.s3(group), world.glue(group), replaced)
        self._group = group

    def _convert_glue_to_iceberg(self, glue_table: Any) -> Table:
        """Return pyiceberg's Table for a Glue table.

        Use the cached metadata if the metadata location has not changed and its object still exists.
        """
        cached, location = _metadata_cache.get(self._group), glue_table.get("Parameters", {}).get("metadata_location")
        if cached is None or cached.location != location or not self.files.new_input(location).exists():
            table = super()._convert_glue_to_iceberg(glue_table)
            _metadata_cache[self._group] = _CachedMetadata(table.metadata_location, table.metadata)
            return table
        name = glue_table["DatabaseName"], glue_table["Name"]
        return Table(name, cached.metadata, cached.location, self.files, self)

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Commit a change, and cache the new metadata."""
        response = super().commit_table(table, requirements, updates)
        _metadata_cache[self._group] = _CachedMetadata(response.metadata_location, response.metadata)
        return response


def create(world: World, group: FeatureGroup) -> bool:
    """Create a group's table, including its Iceberg metadata. Return False if the table already exists."""
    if find_table(world, group) is not None:
        return False
    try:
        _create(GroupCatalog(world, group), group)
    except TableAlreadyExistsError:  # another writer created it after the check
        return False
    return True


def _create(catalog: GroupCatalog, group: FeatureGroup) -> Table:
    columns = _columns(group)
    fields = (NestedField(i, name, kind, required=False) for i, (name, kind) in enumerate(columns.items(), 1))
    schema = Schema(*fields)
    partitions = _partition_spec(schema, group.event_time)
    with catalog.changing():  # if the creation fails, delete the metadata
        return catalog.create_table(table_names(group), schema, str(table_uri(group)), partitions)


def append(world: World, group: FeatureGroup, rows: OfflineRows, write_time: int) -> None:
    """Append rows as one snapshot, with one file per day of the event time.

    If a single file would contain all rows, write two files.

    :param write_time: nanoseconds since 1970
    :raises OfflineWriteError: if a user has changed the table so that the service cannot write to the table
    """
    with _converted_errors(group):
        table = _load(world, group)
        _retry(table, lambda: _add_columns(table, group))
        _check_partitions(table, group)
        _check_types(table, group)
        files: list[DataFile] = []
        try:
            files.extend(_write(world, group, table, rows, write_time))
            _retry(table, lambda: _commit(table, files))
        except Exception:
            for file in files:  # no snapshot contains these files, but programs that list objects would read them
                table.io.delete(file.file_path)
            raise


def _load(world: World, group: FeatureGroup) -> Table:
    """Return a group's table. Recreate an empty table if none of its S3 objects exist.

    This happens, for example, after a user has deleted and recreated the bucket.
    """
    try:
        return GroupCatalog(world, group).load_table(table_names(group))
    except FileNotFoundError:
        table, uri = find_table(world, group), table_uri(group)
        is_at_group_uri = table is not None and table["Parameters"]["metadata_location"].startswith(str(uri.folder))
        if not is_at_group_uri or world.s3(group).objects(*uri.folder):
            raise
        return _create(GroupCatalog(world, group, replaced=table), group)


def read(world: World, group: FeatureGroup) -> list[pa.Table]:
    """Return the rows of a group's table, or an empty list if the table or its files no longer exist."""
    if find_table(world, group) is None:
        return []
    try:
        table = GroupCatalog(world, group).load_table(table_names(group))
    except FileNotFoundError:
        return []
    return [table.scan().to_arrow()]


def add_features(world: World, group: FeatureGroup) -> None:
    """Add the columns of new features to a group's table. Do nothing if the service cannot write to the table."""
    with suppress(OfflineWriteError), _converted_errors(group):
        table = GroupCatalog(world, group).load_table(table_names(group))
        _retry(table, lambda: _add_columns(table, group))


@contextmanager
def _converted_errors(group: FeatureGroup) -> Iterator[None]:
    """Return a context manager that replaces errors that a user's change to a table can cause by OfflineWriteError.

    It does not catch any other error, because such an error is a bug of this package.
    """
    try:
        yield
    except (*_TABLE_ERRORS, ValueError) as error:
        name = ".".join(table_names(group))
        raise OfflineWriteError(f"The Iceberg table [{name}] cannot be written to: {error}") from error


def _columns(group: FeatureGroup) -> dict[str, IcebergType]:
    return {name: _TYPES[definition.feature_type] for name, definition in group.definitions.items()} | _SERVICE_COLUMNS


def _partition_spec(schema: Schema, event_time: str) -> PartitionSpec:
    source = schema.find_field(event_time).field_id
    transform = TruncateTransform(_DATE_LENGTH)  # type: ignore[var-annotated] # a transform of strings
    return PartitionSpec(PartitionField(source, PARTITION_FIELD_ID_START, transform, f"{event_time}_trunc"))


def _check_partitions(table: Table, group: FeatureGroup) -> None:
    if not table.spec().compatible_with(_partition_spec(table.schema(), group.event_time)):
        fields = ", ".join(field.name for field in table.spec().fields) or "nothing"
        raise ValueError(f"the table must be partitioned only by the day of the event time, not by {fields}.")


def _check_types(table: Table, group: FeatureGroup) -> None:
    """Raise ValueError if a column does not have the type of its feature.

    A user may have added such a column. The service does not convert values to other types.
    """
    types = {field.name: field.field_type for field in table.schema().fields}
    for name, wanted in _columns(group).items():
        if types[name] != wanted:
            raise ValueError(
                f"the column [{name}] has the type {types[name]}, but moto_featurestore writes the type {wanted}."
            )


def _retry(table: Table, change: Callable[[], None]) -> None:
    """Call ``change``, which changes the table. If another writer has changed the table, reload it and call again.

    :raises CommitFailedException: if the last retry fails too
    """
    for _ in range(_RETRIES):
        try:
            return change()
        except CommitFailedException:
            table.refresh()
    return change()


def _add_columns(table: Table, group: FeatureGroup) -> None:
    names = set(table.schema().column_names)
    missing = {name: column_type for name, column_type in _columns(group).items() if name not in names}
    if missing:
        with table.update_schema() as update:
            for name, column_type in missing.items():
                update.add_column(name, column_type)


def _write(world: World, group: FeatureGroup, table: Table, rows: OfflineRows, write_time: int) -> Iterator[DataFile]:
    """Write rows to files in the service's layout, and yield each file. The caller adds the files to the table.

    :param write_time: nanoseconds since 1970
    """
    schema, event_time_position = table.schema(), group.event_time_definition.position
    days = [str(values[event_time_position])[:_DATE_LENGTH] for values in rows.values]
    files = files_by(days)
    data = _in_schema(parquet.table(group.definitions.values(), rows, write_time), schema)
    data = data.take(pa.array(chain.from_iterable(files), pa.int64()))
    [partition] = table.spec().fields
    start = 0
    for positions in files:
        latest = max(rows.event_times[position] for position in positions)
        name = f"{partition.name}={days[positions[0]]}/{file_name(latest, world.random_hex(TOKEN_DIGITS))}"
        uri = f"{table.location()}/data/{world.random_hex(_HASH_DIGITS)}/{name}"
        body = parquet.encode(data.slice(start, len(positions)))
        file = data_file(table.metadata, uri, len(body), pq.read_metadata(pa.BufferReader(body)))
        world.s3(group).put_object(*S3Uri.parse(uri), body)
        start += len(positions)
        yield file


def _in_schema(data: pa.Table, schema: Schema) -> pa.Table:
    """Return the data with the columns and field IDs of an Iceberg table. Columns that a user has added are null."""
    arrow_schema = schema_to_pyarrow(schema)
    by_name = dict(zip(data.column_names, data.columns, strict=True))
    columns = [
        by_name[field.name].cast(field.type) if field.name in by_name else pa.nulls(len(data), field.type)
        for field in arrow_schema
    ]
    return pa.table(columns, schema=arrow_schema)


class _OneStepTransaction(Transaction):
    """A pyiceberg transaction that is committed once and does not copy the table's metadata.

    pyiceberg's class accesses the metadata about twenty times in a commit, and makes a deep copy of all metadata each
    time. The more snapshots the table has, the slower a commit would be.
    """

    @property
    def table_metadata(self) -> TableMetadata:
        return self._table.metadata


class _Append(_FastAppendFiles):
    """pyiceberg's append, which also merges manifests of earlier appends if there are at least ``_MANIFESTS``.

    It merges the newest manifests first. It stops before a manifest that is larger than all merged manifests
    together. Therefore it rewrites the entry of each file only a few times. pyiceberg's own merge rewrites all
    manifests each time.
    """

    def _existing_manifests(self) -> list[ManifestFile]:
        manifests = super()._existing_manifests()
        candidates = [manifest for manifest in manifests if self._is_mergeable(manifest)]
        if len(candidates) < _MANIFESTS:
            return manifests
        count, size = 0, 0
        for manifest in candidates:
            if count >= _MANIFESTS // 2 and _size(manifest) > size:
                break
            count, size = count + 1, size + _size(manifest)
        others = [manifest for manifest in manifests if manifest not in candidates[:count]]
        return [self._merge(candidates[:count]), *others]

    def _is_mergeable(self, manifest: ManifestFile) -> bool:
        current_spec = self._transaction.table_metadata.default_spec_id
        return manifest.content == ManifestContent.DATA and manifest.partition_spec_id == current_spec

    def _merge(self, manifests: Iterable[ManifestFile]) -> ManifestFile:
        with self.new_manifest_writer(self._transaction.table_metadata.spec()) as writer:
            for entry in chain.from_iterable(map(self.fetch_manifest_entry, manifests)):
                writer.existing(entry)
        return writer.to_manifest_file()


def _size(manifest: ManifestFile) -> int:
    return (manifest.added_files_count or 0) + (manifest.existing_files_count or 0)


def _commit(table: Table, files: Sequence[DataFile]) -> None:
    before = table.metadata
    snapshot = _Append(Operation.APPEND, _OneStepTransaction(table), table.io)
    for file in files:
        snapshot.append_data_file(file)
    updates, requirements = snapshot._commit()
    expired = _expired(before)
    after = table.catalog.commit_table(table, requirements, (*updates, *_removal(expired))).metadata
    for uri in _unreferenced_files(before, after, expired):
        table.io.delete(uri)


def _expired(metadata: TableMetadata) -> set[int]:
    """Return the IDs of the old snapshots to remove when a snapshot is added. Omit snapshots with a branch or a tag."""
    limit = max(_SNAPSHOTS, property_as_int(metadata.properties, "history.expire.min-snapshots-to-keep") or 0)
    named = {reference.snapshot_id for reference in metadata.refs.values()}
    return {snapshot.snapshot_id for snapshot in metadata.snapshots[: 1 - limit]} - named


def _removal(snapshots: set[int]) -> list[TableUpdate]:
    return [RemoveSnapshotsUpdate(snapshot_ids=sorted(snapshots))] if snapshots else []  # type: ignore[call-arg] # pydantic


def _unreferenced_files(before: TableMetadata, after: TableMetadata, expired: set[int]) -> Iterator[str]:
    """Yield the URIs of manifest lists and metadata files that the new metadata does not reference.

    If the table property ``write.metadata.delete-after-commit.enabled`` is false, omit the metadata files.

    :param before: metadata before the commit
    :param after: metadata after the commit
    :param expired: IDs of the snapshots that the commit removed
    """
    for snapshot in before.snapshots:
        if snapshot.snapshot_id in expired:
            yield snapshot.manifest_list
    if property_as_bool(after.properties, "write.metadata.delete-after-commit.enabled", True):  # noqa: FBT003
        current = {entry.metadata_file for entry in after.metadata_log}
        yield from (entry.metadata_file for entry in before.metadata_log if entry.metadata_file not in current)
