"""Snapshots of the Feature Store in all accounts and regions and, on request, of all other moto services."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from moto_featurestore._moto.backend import FeatureStoreBackend, MotoWorld, controls
from moto_featurestore._moto.persistence import codec
from moto_featurestore._moto.persistence.group_files import (
    OfflineFiles,
    files_of,
    put_files_back,
    take_files_away,
)
from moto_featurestore.controls.calls import CallLog
from moto_featurestore.operations.feature_groups import table_name
from moto_featurestore.store.group import FeatureGroup, Store

_NOTHING = OfflineFiles(None, {}, None)


@dataclass(frozen=True)
class GroupSnapshot:
    """A group at the time of a snapshot. The group in the store shares its records with this copy until a record changes."""

    group: FeatureGroup
    """A copy that belongs to no store and never changes."""
    files: OfflineFiles | None
    """The content of the offline store, or None if the group has no offline store."""
    is_listed: bool
    """True if the group existed. False if it was deleted, but still had buffered rows for the offline store."""


@dataclass(frozen=True)
class StoreSnapshot:
    """The content of a store at the time of a snapshot."""

    account_id: str
    region: str
    groups: tuple[GroupSnapshot, ...]
    table_names: frozenset[str]


@dataclass(frozen=True)
class Snapshot:
    """A snapshot. It can be restored repeatedly, even in later mocks of this process."""

    stores: tuple[StoreSnapshot, ...]
    calls: CallLog
    time: int
    """The time of the snapshot in nanoseconds since 1970, by the service's clock."""
    aws: codec.AwsSnapshot | None = None
    """The state of all other moto services, or None if the snapshot contains only the Feature Store."""

    @property
    def left_out(self) -> Mapping[str, str]:
        """A dict from each moto service that could not be saved to the reason. ``put_back`` does not change these services."""
        return self.aws.left_out if self.aws else {}


_kept: dict[str, Snapshot] = {}
"""A dict from ID to snapshot, for all snapshots that can be restored in this process."""


def keep(snapshot: Snapshot) -> str:
    """Store a snapshot in memory. Return the snapshot's ID."""
    name = uuid4().hex
    _kept[name] = snapshot
    return name


def find(name: str) -> Snapshot:
    """Return the snapshot with an ID.

    :param name: the ID
    :raises LookupError: if the snapshot does not exist
    """
    if name not in _kept:
        raise LookupError(f"The snapshot {name!r} does not exist. It was deleted, or it belongs to another process.")
    return _kept[name]


def listing() -> list[dict[str, Any]]:
    """Return the snapshots as JSON, oldest first, with their times in milliseconds since 1970."""
    return [
        {
            "id": name,
            "time": snapshot.time // 1_000_000,
            "groups": sum(kept.is_listed for store in snapshot.stores for kept in store.groups),
            "everything": snapshot.aws is not None,
        }
        for name, snapshot in list(_kept.items())
    ]


def forget(name: str) -> None:
    """Delete the snapshot with an ID, if the snapshot exists."""
    _kept.pop(name, None)


def take(*, of_everything: bool) -> Snapshot:
    """Return a snapshot of the current state.

    :param of_everything: if true, include all services of moto; if false, only the feature groups and their offline stores
    """
    stores = tuple(_take_store(store, _no_files if of_everything else files_of) for store in MotoWorld.all_stores())
    return Snapshot(stores, controls.calls.copy(), controls.clock.now(), codec.take() if of_everything else None)


def put_back(snapshot: Snapshot) -> None:
    """Restore the state of a snapshot. If the server has a data directory, save the restored state there.

    :raises OSError: if the data directory cannot be written; then the state stays as before the call
    """
    data = FeatureStoreBackend.data
    if data is None:
        _put_back(snapshot)
        return
    with data.replacing():
        before = take(of_everything=snapshot.aws is not None)
        _put_back(snapshot)
        try:
            data.save_all()
        except BaseException:
            _put_back(before)
            raise


def _put_back(snapshot: Snapshot) -> None:
    if snapshot.aws:
        codec.put_back(snapshot.aws)
    saved = {(store.account_id, store.region): store for store in snapshot.stores}
    for store in MotoWorld.all_stores():
        saved.setdefault((store.account_id, store.region), _empty(store))
    for (account_id, region), store_snapshot in saved.items():
        _put_store_back(store_snapshot, MotoWorld().store(account_id, region), with_files=snapshot.aws is None)
    controls.calls.put_back(snapshot.calls)


def _put_store_back(snapshot: StoreSnapshot, store: Store, *, with_files: bool) -> None:
    table_names = store.table_names.copy()
    if with_files:
        saved = {_key(group_snapshot.group) for group_snapshot in snapshot.groups}
        for group in {*store.all_groups(), *store.pending}:
            if _key(group) not in saved:
                # This group is newer than the snapshot. Its table is deleted below, so that the name is free again. Groups
                # that were created and deleted after the snapshot may have left a table, so their names stay reserved.
                table_names.discard(table_name(group.name, group.creation_time))
                _take_files_away(group)
        for group_snapshot in snapshot.groups:
            if group_snapshot.files is not None:
                put_files_back(group_snapshot.group, group_snapshot.files)
    _restore_store(snapshot, store)
    if with_files:
        store.table_names |= table_names


def _take_store(store: Store, files_of: Callable[[FeatureGroup], OfflineFiles]) -> StoreSnapshot:
    """Return a snapshot of a store.

    :param files_of: a function that returns the content of a group's offline store. While it runs, the group's lock
        prevents writes of rows to the offline store.
    """
    groups = dict.fromkeys(list(store.pending), False) | dict.fromkeys(store.all_groups(), True)
    return StoreSnapshot(
        store.account_id,
        store.region,
        tuple(_take_group(group, files_of, is_listed=is_listed) for group, is_listed in groups.items()),
        frozenset(store.table_names),
    )


def _take_group(
    group: FeatureGroup, files_of: Callable[[FeatureGroup], OfflineFiles], *, is_listed: bool
) -> GroupSnapshot:
    if group.offline_store is None:
        return GroupSnapshot(group.copy(), None, is_listed)
    with group.flush_lock:
        return GroupSnapshot(group.copy(), files_of(group), is_listed)


def _restore_store(snapshot: StoreSnapshot, store: Store) -> None:
    """Restore a store from a snapshot. Groups that are not in the snapshot are removed."""
    pending: set[FeatureGroup] = set()
    groups = {}
    for saved in snapshot.groups:
        group = saved.group.copy()
        group.pending, group.observer = pending, store.observer  # the replaced group objects keep the old set
        if group.has_pending:
            pending.add(group)
        if saved.is_listed:
            groups[group.name] = group
    with store.lock:
        store.groups, store.pending = groups, pending
        store.table_names = set(snapshot.table_names)


def _empty(store: Store) -> StoreSnapshot:
    """Return the snapshot of an empty store."""
    return StoreSnapshot(store.account_id, store.region, (), frozenset())


def _take_files_away(group: FeatureGroup) -> None:
    if group.offline_store is not None:
        with group.flush_lock:
            take_files_away(group)


def _key(group: FeatureGroup) -> tuple[str, int]:
    return group.arn, group.creation_time


def _no_files(_: FeatureGroup) -> OfflineFiles:
    return _NOTHING
