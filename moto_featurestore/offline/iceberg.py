"""The offline store in the table format Iceberg: a real table, that pyiceberg makes and appends to.

Layout and partitions: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html, and
https://github.com/aws/sagemaker-feature-store-spark (whose tests partition by ``truncate(event_time, 10)``). That the
table keeps the case of the features' names follows from the former's ``EventTime_trunc``.

To be imported where pyiceberg is needed only: it imports it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING

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
from pyiceberg.table import Table, Transaction
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update import RemoveSnapshotsUpdate, TableUpdate
from pyiceberg.table.update.snapshot import _FastAppendFiles
from pyiceberg.transforms import TruncateTransform
from pyiceberg.types import BooleanType, DoubleType, IcebergType, LongType, NestedField, StringType, TimestamptzType
from pyiceberg.utils.properties import property_as_bool, property_as_int

from moto_featurestore.aws.iceberg import data_file
from moto_featurestore.offline import RefusedError, parquet
from moto_featurestore.offline.iceberg_catalog import GroupCatalog
from moto_featurestore.offline.layout import TOKEN_DIGITS, file_name, files_by, table_uri
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.world import World

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata

_TYPES: dict[str, IcebergType] = {"String": StringType(), "Integral": LongType(), "Fractional": DoubleType()}
_ADDED: dict[str, IcebergType] = {
    "write_time": TimestamptzType(),
    "api_invocation_time": TimestamptzType(),
    "is_deleted": BooleanType(),
}

_DATE_LENGTH = 10
"""Of an event time's text: the table is partitioned by its day."""
_HASH_DIGITS = 8
_SNAPSHOTS = 100
"""So many are kept, or more, if the table's properties say so: each commit handles all that there are."""
_RETRIES = 4
"""As many as Iceberg makes by default: https://iceberg.apache.org/docs/latest/configuration/, commit.retry."""

_MANIFESTS = 20
"""So many there are at most, as each commit, and each reader, goes through their list."""

_OF_THE_TABLE = (
    CommitFailedException,
    FileNotFoundError,
    NoSuchIcebergTableError,
    NoSuchPropertyException,
    NoSuchTableError,
    TableAlreadyExistsError,
)


def create(world: World, group: FeatureGroup) -> bool:
    """Make a group's table, whose metadata can be read at once; says whether it was made: one may be there already."""
    if world.table(group) is not None:
        return False
    try:
        _create(GroupCatalog(world, group), group)
    except TableAlreadyExistsError:  # made by somebody else meanwhile
        return False
    return True


def _create(catalog: GroupCatalog, group: FeatureGroup) -> Table:
    columns = _columns(group)
    fields = (NestedField(i, name, of_type, required=False) for i, (name, of_type) in enumerate(columns.items(), 1))
    schema = Schema(*fields)
    return catalog.create_table(_identifier(group), schema, table_uri(group), _partition_spec(schema, group.event_time))


def append(world: World, group: FeatureGroup, rows: OfflineRows, write_time: int) -> None:
    """Append rows as one snapshot: one file an event day, or two, where that would make a single file of several rows.

    :param write_time: nanoseconds since 1970
    :raises RefusedError: where the table is no longer one that the service can write to
    """
    with _refusals(group):
        table = _load(world, group)
        _retried(table, lambda: _add_columns(table, group))
        _check_partitions(table, group)
        _check_types(table, group)
        files: list[DataFile] = []
        try:
            files.extend(_write(world, group, table, rows, write_time))
            _retried(table, lambda: _commit(table, files))
        except Exception:
            for file in files:  # of no snapshot: who reads the files alone would see their rows twice
                table.io.delete(file.file_path)
            raise


def _load(world: World, group: FeatureGroup) -> Table:
    """A group's table; made again, without rows, where nothing of it is left: as after its bucket was deleted."""
    try:
        return GroupCatalog(world, group).load_table(_identifier(group))
    except FileNotFoundError:
        table, uri = world.table(group), table_uri(group)
        is_ours = table is not None and table["Parameters"]["metadata_location"].startswith(f"{uri}/")
        if not is_ours or world.files(group).has_any(f"{uri}/"):
            raise
        return _create(GroupCatalog(world, group, replaced=table), group)


def read(world: World, group: FeatureGroup) -> list[pa.Table]:
    """All rows of a group's table, as it is now; nothing where it is gone."""
    if world.table(group) is None:
        return []
    try:
        table = GroupCatalog(world, group).load_table(_identifier(group))
    except FileNotFoundError:
        return []
    return [table.scan().to_arrow()]


def add_features(world: World, group: FeatureGroup) -> None:
    """Give a group's table the columns of features that were added, where the table can still be written to."""
    with suppress(RefusedError), _refusals(group):
        table = GroupCatalog(world, group).load_table(_identifier(group))
        _retried(table, lambda: _add_columns(table, group))


@contextmanager
def _refusals(group: FeatureGroup) -> Iterator[None]:
    """What a user has done to a table can keep others from writing to it: that is told, and no failure of ours."""
    try:
        yield
    except (*_OF_THE_TABLE, ValueError) as error:
        name = ".".join(_identifier(group))
        raise RefusedError(f"The Iceberg table [{name}] cannot be written to: {error}") from error


def _identifier(group: FeatureGroup) -> tuple[str, str]:
    assert group.offline_store is not None
    catalog = group.offline_store["DataCatalogConfig"]
    return catalog["Database"], catalog["TableName"]


def _columns(group: FeatureGroup) -> dict[str, IcebergType]:
    return {name: _TYPES[definition.feature_type] for name, definition in group.definitions.items()} | _ADDED


def _partition_spec(schema: Schema, event_time: str) -> PartitionSpec:
    source = schema.find_field(event_time).field_id
    transform = TruncateTransform(_DATE_LENGTH)  # type: ignore[var-annotated] # of strings
    return PartitionSpec(PartitionField(source, PARTITION_FIELD_ID_START, transform, f"{event_time}_trunc"))


def _check_partitions(table: Table, group: FeatureGroup) -> None:
    if not table.spec().compatible_with(_partition_spec(table.schema(), group.event_time)):
        fields = ", ".join(field.name for field in table.spec().fields) or "nothing"
        raise ValueError(f"it is no longer partitioned by the day of the event time alone, but by {fields}.")


def _check_types(table: Table, group: FeatureGroup) -> None:
    """A column that a user has added may have a feature's name, and another type: nothing is made to fit it."""
    types = {field.name: field.field_type for field in table.schema().fields}
    for name, wanted in _columns(group).items():
        if types[name] != wanted:
            raise ValueError(f"its column [{name}] is of type {types[name]}; the feature store writes {wanted}.")


def _retried(table: Table, change: Callable[[], None]) -> None:
    """Change a table; on what it has become, where somebody else has changed it meanwhile."""
    for _ in range(_RETRIES):
        try:
            return change()
        except CommitFailedException:
            table.refresh()
    return change()


def _add_columns(table: Table, group: FeatureGroup) -> None:
    there = set(table.schema().column_names)
    missing = {name: of_type for name, of_type in _columns(group).items() if name not in there}
    if missing:
        with table.update_schema() as update:
            for name, of_type in missing.items():
                update.add_column(name, of_type)


def _write(world: World, group: FeatureGroup, table: Table, rows: OfflineRows, write_time: int) -> Iterator[DataFile]:
    """Write rows to files of the service's layout, as files of the table that it does not know of yet."""
    schema, position = table.schema(), group.event_time_definition.position
    days = [str(values[position])[:_DATE_LENGTH] for values in rows.values]
    files = files_by(days)
    written = _in_schema(parquet.table(group.definitions.values(), rows, write_time), schema)
    written = written.take(pa.array(chain.from_iterable(files), pa.int64()))
    [partition] = table.spec().fields
    start = 0
    for places in files:
        latest = max(rows.event_times[place] for place in places)
        name = f"{partition.name}={days[places[0]]}/{file_name(latest, world.random_hex(TOKEN_DIGITS))}"
        uri = f"{table.location()}/data/{world.random_hex(_HASH_DIGITS)}/{name}"
        body = parquet.encode(written.slice(start, len(places)))
        described = data_file(table.metadata, uri, len(body), pq.read_metadata(pa.BufferReader(body)))
        world.files(group).write(uri, body)
        start += len(places)
        yield described


def _in_schema(data: pa.Table, schema: Schema) -> pa.Table:
    """The columns of a table of Iceberg with their ids; those that are not the service's are empty."""
    wanted = schema_to_pyarrow(schema)
    given = dict(zip(data.column_names, data.columns, strict=True))
    columns = [
        given[field.name].cast(field.type) if field.name in given else pa.nulls(len(data), field.type)
        for field in wanted
    ]
    return pa.table(columns, schema=wanted)


class _OneStep(Transaction):
    """A transaction of one step, which sees the table as it is.

    pyiceberg's own makes a deep copy of all metadata at each of some twenty looks: a commit would take the longer, the
    more snapshots there are.
    """

    @property
    def table_metadata(self) -> "TableMetadata":
        return self._table.metadata


class _Append(_FastAppendFiles):
    """Appends files, and merges manifests of earlier appends once there are many.

    The newest ones, as far as no older one is larger than what is merged already: so that each file's entry is written
    anew a few times only. pyiceberg's own way of merging reads and writes them all each time.
    """

    def _existing_manifests(self) -> list[ManifestFile]:
        manifests = super()._existing_manifests()
        of_files = [manifest for manifest in manifests if self._is_mergeable(manifest)]
        if len(of_files) < _MANIFESTS:
            return manifests
        merged, size = 0, 0
        for manifest in of_files:
            if merged >= _MANIFESTS // 2 and _size(manifest) > size:
                break
            merged, size = merged + 1, size + _size(manifest)
        others = [manifest for manifest in manifests if manifest not in of_files[:merged]]
        return [self._merge(of_files[:merged]), *others]

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
    snapshot = _Append(Operation.APPEND, _OneStep(table), table.io)
    for file in files:
        snapshot.append_data_file(file)
    updates, requirements = snapshot._commit()
    expired = _expired(before)
    after = table.catalog.commit_table(table, requirements, (*updates, *_removal(expired))).metadata
    for uri in _left_behind(before, after, expired):
        table.io.delete(uri)


def _expired(metadata: "TableMetadata") -> set[int]:
    """The snapshots that are not kept, now that there is one more; those with a name are."""
    kept = max(_SNAPSHOTS, property_as_int(metadata.properties, "history.expire.min-snapshots-to-keep") or 0)
    named = {reference.snapshot_id for reference in metadata.refs.values()}
    return {snapshot.snapshot_id for snapshot in metadata.snapshots[: 1 - kept]} - named


def _removal(snapshots: set[int]) -> list[TableUpdate]:
    return [RemoveSnapshotsUpdate(snapshot_ids=sorted(snapshots))] if snapshots else []  # type: ignore[call-arg] # pydantic's


def _left_behind(before: "TableMetadata", after: "TableMetadata", expired: set[int]) -> Iterator[str]:
    """The metadata files that no metadata names any longer.

    Old versions of the metadata itself are kept where a user says so.
    """
    for snapshot in before.snapshots:
        if snapshot.snapshot_id in expired:
            yield snapshot.manifest_list
    if property_as_bool(after.properties, "write.metadata.delete-after-commit.enabled", True):  # noqa: FBT003
        kept = {entry.metadata_file for entry in after.metadata_log}
        yield from (entry.metadata_file for entry in before.metadata_log if entry.metadata_file not in kept)
