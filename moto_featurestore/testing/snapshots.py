"""Snapshots of a store. A group shares its records with a snapshot until one of them changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from moto_featurestore.store.group import FeatureGroup, Store

Files = TypeVar("Files")
"""The content of a group's offline store, in the form that the caller chooses."""


@dataclass(frozen=True)
class Kept(Generic[Files]):
    """A group at the time of a snapshot."""

    group: FeatureGroup
    """A copy that belongs to no store and never changes."""
    files: Files | None
    """None if the group has no offline store."""
    is_listed: bool
    """True if the group was in the store. False if it was deleted and still had rows for the offline store."""


@dataclass(frozen=True)
class StoreSnapshot(Generic[Files]):
    """The content of a store at one time."""

    account_id: str
    region: str
    groups: tuple[Kept[Files], ...]
    table_names: frozenset[str]
    denials: frozenset[tuple[str, str | None]]


def take(store: Store, files_of: Callable[[FeatureGroup], Files]) -> StoreSnapshot[Files]:
    """Return a snapshot of a store.

    :param files_of: returns the content of a group's offline store; no rows are written to it meanwhile
    """
    groups = dict.fromkeys(list(store.pending), False) | dict.fromkeys(store.all_groups(), True)
    return StoreSnapshot(
        store.account_id,
        store.region,
        tuple(_keep(group, files_of, is_listed=is_listed) for group, is_listed in groups.items()),
        frozenset(store.table_names),
        frozenset(store.denials),
    )


def _keep(group: FeatureGroup, files_of: Callable[[FeatureGroup], Files], *, is_listed: bool) -> Kept[Files]:
    if group.offline_store is None:
        return Kept(group.copy(), None, is_listed)
    with group.flush_lock:
        return Kept(group.copy(), files_of(group), is_listed)


def put_back(snapshot: StoreSnapshot[Files], store: Store) -> None:
    """Restore a store from a snapshot. Groups that are not in the snapshot are removed."""
    pending: set[FeatureGroup] = set()
    groups = {}
    for kept in snapshot.groups:
        group = kept.group.copy()
        group.pending, group.observer = pending, store.observer  # references to the earlier groups keep the earlier set
        if group.has_pending:
            pending.add(group)
        if kept.is_listed:
            groups[group.name] = group
    with store.lock:
        store.groups, store.pending = groups, pending
        store.table_names, store.denials = set(snapshot.table_names), set(snapshot.denials)


def of_nothing(store: Store) -> StoreSnapshot[Files]:
    """Return the snapshot of an empty store."""
    return StoreSnapshot(store.account_id, store.region, (), frozenset(), frozenset())
