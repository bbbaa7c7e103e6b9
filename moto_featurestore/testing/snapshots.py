"""A store as it was at one moment, and back to it: groups share their records with it until one of them changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from moto_featurestore.store.group import FeatureGroup, Store

Files = TypeVar("Files")
"""What the offline store of a group holds, as whoever takes the snapshot keeps it."""


@dataclass(frozen=True)
class Kept(Generic[Files]):
    """A group as it was."""

    group: FeatureGroup
    """A copy, in no store; it never changes."""
    files: Files | None
    """None where the group has no offline store."""
    is_listed: bool
    """Whether it was in the store, rather than deleted with rows that wait for the offline store."""


@dataclass(frozen=True)
class StoreSnapshot(Generic[Files]):
    """A store as it was."""

    account_id: str
    region: str
    groups: tuple[Kept[Files], ...]
    table_names: frozenset[str]
    denials: frozenset[tuple[str, str | None]]


def take(store: Store, files_of: Callable[[FeatureGroup], Files]) -> StoreSnapshot[Files]:
    """A store as it is now.

    :param files_of: what the offline store of a group holds; no rows are written to it meanwhile
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
    """Let a store hold what it held; the groups that it holds until then are no longer in it."""
    pending: set[FeatureGroup] = set()
    groups = {}
    for kept in snapshot.groups:
        group = kept.group.copy()
        group.pending = pending  # whoever still holds a group of before has the set of before
        if group.has_pending:
            pending.add(group)
        if kept.is_listed:
            groups[group.name] = group
    with store.lock:
        store.groups, store.pending = groups, pending
        store.table_names, store.denials = set(snapshot.table_names), set(snapshot.denials)


def of_nothing(store: Store) -> StoreSnapshot[Files]:
    """A store with nothing in it."""
    return StoreSnapshot(store.account_id, store.region, (), frozenset(), frozenset())
