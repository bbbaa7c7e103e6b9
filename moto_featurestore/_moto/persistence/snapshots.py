"""Snapshots of the Feature Store in all accounts and regions, and of the rest of moto's state on request."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from moto_featurestore._moto.backend import MotoWorld, backends, controls
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
from moto_featurestore.testing import snapshots
from moto_featurestore.testing.snapshots import StoreSnapshot

_NOTHING = OfflineFiles(None, {}, None)


@dataclass(frozen=True)
class Snapshot:
    """A snapshot. It can be restored repeatedly, also in later mocks of the process."""

    stores: tuple[StoreSnapshot[OfflineFiles], ...]
    calls: CallLog
    aws: codec.AwsSnapshot | None = None
    """The rest of moto's state, or None if the snapshot contains only the Feature Store."""

    @property
    def left_out(self) -> Mapping[str, str]:
        """The services that cannot be saved, by moto's name, with the reason. ``put_back`` does not change them."""
        return self.aws.left_out if self.aws else {}


_kept: dict[str, Snapshot] = {}
"""The snapshots of this process that can be restored, by id."""


def keep(snapshot: Snapshot) -> str:
    """Store a snapshot. Return its id."""
    name = uuid4().hex
    _kept[name] = snapshot
    return name


def find(name: str) -> Snapshot:
    """Return the snapshot with an id.

    :raises LookupError: if it does not exist
    """
    if name not in _kept:
        raise LookupError(f"The snapshot {name!r} does not exist. It was deleted, or it belongs to another process.")
    return _kept[name]


def forget(name: str) -> None:
    """Delete a snapshot."""
    _kept.pop(name, None)


def take(*, of_everything: bool) -> Snapshot:
    """Return a snapshot of the current state.

    :param of_everything: whether to include all services of moto
    """
    stores = tuple(snapshots.take(store, _no_files if of_everything else files_of) for store in _stores())
    return Snapshot(stores, controls.calls.copy(), codec.take() if of_everything else None)


def put_back(snapshot: Snapshot) -> None:
    """Restore the state of a snapshot."""
    if snapshot.aws:
        codec.put_back(snapshot.aws)
    saved = {(store.account_id, store.region): store for store in snapshot.stores}
    for store in _stores():
        saved.setdefault((store.account_id, store.region), snapshots.of_nothing(store))
    for (account_id, region), store_snapshot in saved.items():
        _put_store_back(store_snapshot, MotoWorld().store(account_id, region), with_files=snapshot.aws is None)
    controls.calls.put_back(snapshot.calls)


def _put_store_back(snapshot: StoreSnapshot[OfflineFiles], store: Store, *, with_files: bool) -> None:
    table_names = store.table_names.copy()
    if with_files:
        saved = {_key(group_snapshot.group) for group_snapshot in snapshot.groups}
        for group in {*store.all_groups(), *store.pending}:
            if _key(group) not in saved:
                # The table of a new group is deleted, so its name is free. Groups deleted since may have left a table.
                table_names.discard(table_name(group.name, group.creation_time))
                _take_files_away(group)
        for group_snapshot in snapshot.groups:
            if group_snapshot.files is not None:
                put_files_back(group_snapshot.group, group_snapshot.files)
    snapshots.put_back(snapshot, store)
    if with_files:
        store.table_names |= table_names


def _take_files_away(group: FeatureGroup) -> None:
    if group.offline_store is not None:
        with group.flush_lock:
            take_files_away(group)


def _key(group: FeatureGroup) -> tuple[str, int]:
    return group.arn, group.creation_time


def _no_files(_: FeatureGroup) -> OfflineFiles:
    return _NOTHING


def _stores() -> list[Store]:
    # Iterate over copies: other threads may add accounts and regions.
    return [backend.store for account in list(backends.values()) for backend in list(account.values())]
