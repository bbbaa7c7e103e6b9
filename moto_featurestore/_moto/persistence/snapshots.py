"""Snapshots of what moto holds: of the Feature Store in all accounts and regions, and of everything else on request."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from moto_featurestore._moto.backend import MotoWorld, backends, rehearsal
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
    """What moto held at one moment; it can be put back as often as wanted, in later mocks of the process too."""

    stores: tuple[StoreSnapshot[OfflineFiles], ...]
    calls: CallLog
    aws: codec.AwsSnapshot | None = None
    """All of moto's, where that was asked for."""

    @property
    def left_out(self) -> Mapping[str, str]:
        """Services of moto's that cannot be kept, by moto's name, and why: ``put_back`` leaves them as they are."""
        return self.aws.left_out if self.aws else {}


_kept: dict[str, Snapshot] = {}
"""Those of this process that somebody may put back, by their id."""


def keep(snapshot: Snapshot) -> str:
    """Keep a snapshot; gives its id."""
    name = uuid4().hex
    _kept[name] = snapshot
    return name


def find(name: str) -> Snapshot:
    """The snapshot of an id.

    :raises LookupError: where it is not kept
    """
    if name not in _kept:
        raise LookupError(f"There is no snapshot {name!r}: it was forgotten, or is one of another process.")
    return _kept[name]


def forget(name: str) -> None:
    """Keep a snapshot no longer."""
    _kept.pop(name, None)


def take(*, of_everything: bool) -> Snapshot:
    """What moto holds now."""
    stores = tuple(snapshots.take(store, _no_files if of_everything else files_of) for store in _stores())
    return Snapshot(stores, rehearsal.calls.copy(), codec.take() if of_everything else None)


def put_back(snapshot: Snapshot) -> None:
    """Let moto hold what it held."""
    if snapshot.aws:
        codec.put_back(snapshot.aws)
    kept = {(of.account_id, of.region): of for of in snapshot.stores}
    for store in _stores():
        kept.setdefault((store.account_id, store.region), snapshots.of_nothing(store))
    for (account_id, region), of in kept.items():
        _put_store_back(of, MotoWorld().store(account_id, region), with_files=snapshot.aws is None)
    rehearsal.calls.put_back(snapshot.calls)


def _put_store_back(of: StoreSnapshot[OfflineFiles], store: Store, *, with_files: bool) -> None:
    made = store.table_names.copy()
    if with_files:
        kept = {_key(known.group) for known in of.groups}
        for group in {*store.all_groups(), *store.pending}:
            if _key(group) not in kept:
                # Its name is free again, as nothing is left of it; those that were deleted since may have left a table.
                made.discard(table_name(group.name, group.creation_time))
                _take_files_away(group)
        for known in of.groups:
            if known.files is not None:
                put_files_back(known.group, known.files)
    snapshots.put_back(of, store)
    if with_files:
        store.table_names |= made


def _take_files_away(group: FeatureGroup) -> None:
    if group.offline_store is not None:
        with group.flush_lock:
            take_files_away(group)


def _key(group: FeatureGroup) -> tuple[str, int]:
    return group.arn, group.creation_time


def _no_files(_: FeatureGroup) -> OfflineFiles:
    return _NOTHING


def _stores() -> list[Store]:
    # Copies, as other threads may bring more accounts and regions meanwhile.
    return [backend.store for account in list(backends.values()) for backend in list(account.values())]
