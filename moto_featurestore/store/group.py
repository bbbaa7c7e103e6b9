"""The state of one account in one region: feature groups, and methods that change feature groups."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Protocol

from moto_featurestore.store.changes import NO_OBSERVER, Change, Observer
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.store.online import OnlineRecords, Record
from moto_featurestore.values import IS_OF_TYPE, Value, Values, byte_size

CREATED, DELETED = "Created", "Deleted"
"""The status of a group that serves records, and an internal status, unknown to the API, of a deleted group."""


class Transition(Protocol):
    """A change from one status to another, which ends immediately, or after a configured number of calls or seconds."""

    last: str
    """The final status."""

    @property
    def status(self) -> str | None:
        """The current status."""

    def advance(self) -> None:
        """Count a request whose response shows the status. Some transitions end after a number of such requests."""


@dataclass(frozen=True, slots=True)
class FeatureDefinition:
    """A feature and its metadata. The object is immutable; a change creates a new object."""

    given: dict[str, Any]
    """The FeatureDefinition of the API, as submitted."""
    name: str
    feature_type: str
    collection_type: str | None
    dimension: int | None
    admits: Callable[[str], bool]
    """A function that returns True if a string is a valid value of the feature's type."""
    position: int
    """Index of the feature in the group's list of definitions."""
    creation_time: int
    """Nanoseconds since 1970."""
    last_modified_time: int
    """Nanoseconds since 1970."""
    description: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_api(cls, definition: dict[str, Any], position: int, now: int) -> "FeatureDefinition":
        """Create a definition from a FeatureDefinition of the API.

        :param position: index of the feature in the group's list of definitions
        :param now: nanoseconds since 1970
        """
        return cls(
            given=definition,
            name=definition["FeatureName"],
            feature_type=definition["FeatureType"],
            collection_type=definition.get("CollectionType"),
            dimension=definition.get("CollectionConfig", {}).get("VectorConfig", {}).get("Dimension"),
            admits=IS_OF_TYPE[definition["FeatureType"]],
            position=position,
            creation_time=now,
            last_modified_time=now,
        )


@dataclass(eq=False)
class FeatureGroup:
    """A feature group with its records. Attributes that the API only stores and returns contain the values from the request."""

    name: str
    arn: str
    record_identifier: str
    """Name of the feature that identifies a record."""
    event_time: str
    """Name of the feature that contains the event time."""
    definitions: dict[str, FeatureDefinition]
    creation_time: int
    """Nanoseconds since 1970, rounded to milliseconds."""
    description: str | None
    role_arn: str | None
    throughput: dict[str, Any]
    """ThroughputConfig."""
    online_store: dict[str, Any] | None
    """OnlineStoreConfig; None without an online store."""
    offline_store: dict[str, Any] | None
    """OfflineStoreConfig with the derived S3 location and table name; None without an offline store."""
    tags: dict[str, str] = field(default_factory=dict)
    failure_reason: str | None = None
    """Reason of a failed creation or deletion."""
    transition: Transition | None = None
    """The transition of the status; None after it has ended."""
    update: Transition | None = None
    """The transition of the last update's status; None until the first update."""
    last_modified_time: int | None = None
    """Nanoseconds since 1970; None until the first update."""
    on_demand_since: int | None = None
    """Time of the last update that changed the throughput mode to OnDemand, in nanoseconds since 1970."""
    records: OnlineRecords = field(default_factory=OnlineRecords, repr=False)
    """Contents of the online store, including soft-deleted records."""
    buffer: OfflineRows = field(default_factory=OfflineRows)
    """Rows that are not yet in the offline store."""
    rows_written: int = 0
    """Number of rows that this process has written to the offline store."""
    offline_store_status: dict[str, str] | None = None
    """OfflineStoreStatus; None until the first flush."""
    online_bytes: int = 0
    """UTF-8 bytes of the names and values in the online store."""
    lock: RLock = field(default_factory=RLock, repr=False)
    """Lock for each change, and for each read that precedes a change."""
    flush_lock: RLock = field(default_factory=RLock, repr=False)
    """Lock for flushes to the offline store. A thread that holds ``lock`` must not wait for ``flush_lock``."""
    pending: "set[FeatureGroup]" = field(default_factory=set, repr=False)
    """The set ``Store.pending`` of the group's store, or an empty set if the group is in no store."""
    observer: Observer = field(default=NO_OBSERVER, repr=False)
    """The observer of the group's store. It saves each change before the group makes it."""

    is_closed: bool = False
    """True after the group has left its store. Rows may still be pending."""
    _status: str = CREATED
    _is_shared: bool = False
    """True if a copy of this group shares the records and rows. The group then copies these before a change."""

    def copy(self) -> "FeatureGroup":
        """Return a copy of the group that is in no store. The copy is fast, because it shares the records and rows."""
        with self.lock:
            self._is_shared = True
            twin = copy.copy(self)
        twin.lock, twin.flush_lock, twin.pending, twin.observer = RLock(), RLock(), set(), NO_OBSERVER
        twin.transition, twin.update = copy.copy(self.transition), copy.copy(self.update)
        return twin

    def _copy_if_shared(self) -> None:
        """Copy the records and rows if a copy of the group shares them. Call this before each change of records or rows."""
        if self._is_shared:
            self.records, self.buffer = self.records.copy(), self.buffer.copy()
            self._is_shared = False

    @property
    def status(self) -> str:
        """The FeatureGroupStatus of the API, or DELETED after a deletion."""
        if self.transition is not None:
            self.apply_status(self.transition.status or self._status)
        return self._status

    @property
    def final_status(self) -> str:
        """The status at the end of the current transition, or the current status if there is no transition."""
        return self._status if self.transition is None else self.transition.last

    def begin(self, transition: Transition, failure_reason: str | None = None) -> str:
        """Begin a transition. Return the current status, which is the final status if the transition ends immediately.

        :param failure_reason: the reason, if the transition ends with a failure; by default, the reason stays unchanged
        """
        self.update_members(transition=transition, failure_reason=failure_reason or self.failure_reason)
        return self.status

    def apply_status(self, status: str) -> None:
        """Set the status. End the transition if ``status`` is the transition's final status.

        The observer is not called, because it has already saved the group with the final status.
        """
        self._status = status
        if self.transition is not None and self.transition.last == status:
            self.transition = None

    def set_status(self, status: str, failure_reason: str | None) -> None:
        """Set the status and the failure reason, and end any transition."""
        self.update_members(_status=status, transition=None, failure_reason=failure_reason)

    def update_members(self, **members: Any) -> None:
        """Set attributes of the group, and save the group. If saving fails, the attributes stay unchanged.

        To change records and rows, use ``change``.
        """
        with self.lock:
            before = {name: getattr(self, name) for name in members}
            vars(self).update(members)
            try:
                self.observer.save_group(self)
            except BaseException:
                vars(self).update(before)
                raise

    def count_status_request(self) -> None:
        """Count a request whose response shows the group's status. Some transitions end after a number of such requests."""
        for transition in (self.transition, self.update):
            if transition is not None:
                transition.advance()

    @property
    def stores(self) -> list[str]:
        """The enabled stores, as values of TargetStores."""
        online = [] if self.online_store is None else ["OnlineStore"]
        return online if self.offline_store is None else [*online, "OfflineStore"]

    @property
    def is_iceberg(self) -> bool:
        """True if the offline store has the table format Iceberg."""
        return self.offline_store is not None and self.offline_store.get("TableFormat") == "Iceberg"

    @property
    def identifier_definition(self) -> FeatureDefinition:
        """The definition of the feature that identifies a record."""
        return self.definitions[self.record_identifier]

    @property
    def event_time_definition(self) -> FeatureDefinition:
        """The definition of the feature that contains the event time."""
        return self.definitions[self.event_time]

    def with_features(self, additions: list[dict[str, Any]], now: int) -> dict[str, FeatureDefinition]:
        """Return the group's definitions together with new definitions. Existing records have no values for the new features.

        :param additions: the new FeatureDefinitions of the API
        :param now: nanoseconds since 1970
        """
        start = len(self.definitions)
        definitions = (FeatureDefinition.from_api(addition, start + i, now) for i, addition in enumerate(additions))
        # Replace the dict instead of changing it: a concurrent reader sees the old or the new definitions.
        return self.definitions | {definition.name: definition for definition in definitions}

    def put_definition(self, definition: FeatureDefinition) -> None:
        """Replace the definition of the feature that has the same name."""
        self.update_members(definitions=self.definitions | {definition.name: definition})

    def features(self, values: Values) -> Iterator[tuple[str, Value]]:
        """Yield the name and value of each feature that has a value, in the order of the definitions."""
        return ((name, value) for name, value in zip(self.definitions, values, strict=False) if value is not None)

    def find(self, identifier: str, now: int) -> Record | None:
        """Return the record with this identifier, even if it is soft-deleted, or None.

        :param now: nanoseconds since 1970
        """
        self.expire(now)
        return self.records.by_identifier.get(identifier)

    def expire(self, now: int) -> None:
        """Remove expired records. Call this method under the lock, before each read of the online store.

        :param now: nanoseconds since 1970
        """
        if not self.records.is_due(now):
            return
        self._copy_if_shared()
        due = self.records.take_due(now)
        change = self.change(lambda: now)
        change.begin(now)
        try:
            for record in due:
                change.expire(record)
            self.apply(change)
        except BaseException:
            self.records.schedule_expiry(due)
            raise

    def change(self, clock: Callable[[], int]) -> Change:
        """Return a context manager that changes records and rows.

        :param clock: a function that returns the time in nanoseconds since 1970
        """
        return Change(self, clock)

    def apply(self, change: Change) -> None:
        """Make the observer save a change, then make the change in memory. Call this method under the lock.

        :raises OSError: if the change cannot be saved; in that case, the change is not made
        """
        if not (change.records or change.removed or change.rows):
            return
        self.observer.save_change(self, change)
        self._copy_if_shared()
        for record in change.removed.values():
            self.records.remove(record)
        for version in change.records.values():
            self.records.store(version)
        for row in change.rows:
            self.buffer.append(row)
        self.records.next_sequence = change.next_sequence
        self.online_bytes += change.online_bytes
        if self.has_pending:
            self.pending.add(self)

    def records_from(self, sequence: int, now: int) -> Iterator[Record]:
        """Yield the records whose sequence number is at least ``sequence``, including soft-deleted records.

        The method first removes expired records. Call this method and iterate under the lock.

        :param now: nanoseconds since 1970
        """
        self.expire(now)
        return self.records.since(sequence)

    def record_page(self, start: int, count: int, now: int) -> list[Record]:
        """Return ``count`` records in the order of ListRecords, from position ``start``. Include soft-deleted records.

        The method first removes expired records. The time does not depend on the number of records, except for the
        first page after a removal. Call this method under the lock.

        :param now: nanoseconds since 1970
        """
        self.expire(now)
        if self.records.placeholders:
            self._copy_if_shared()
            self.records.remove_placeholders()
        return self.records.order[start : start + count]

    def marker(self, identifier: str, event_time: str) -> Values:
        """Return the values of a delete marker: the record identifier, and the event time of the deletion.

        If the group uses the same feature as record identifier and event time, the value of this feature is the record
        identifier.
        """
        values: list[Value | None] = [None] * len(self.definitions)
        values[self.event_time_definition.position] = event_time
        values[self.identifier_definition.position] = identifier
        return tuple(values)

    def due(self, now: int, delay: float) -> Sequence[int]:
        """Return the positions of the rows that have been in the buffer for at least ``delay`` seconds.

        :param now: nanoseconds since 1970
        """
        self.expire(now)
        if not delay:
            return range(len(self.buffer))
        return self.buffer.arrived_by(now // 1000 - delay * 1_000_000)

    def remove_written_rows(self, written: Sequence[int]) -> None:
        """Remove written rows from the buffer. The remaining rows keep their order.

        :param written: positions of the rows in the buffer
        """
        with self.lock:
            try:
                if written and self.observer is not NO_OBSERVER:
                    self.observer.save_written_rows(self, self.buffer.numbers_at(written))
            finally:  # even if they cannot be saved now: the rows are in the offline store
                self.buffer = self.buffer.without(written)
                self.rows_written += len(written)
                self._update_pending()

    def close(self) -> None:
        """Mark the group as deleted. Its records no longer expire. Its buffered rows can still be written."""
        with self.lock:
            self.observer.close_group(self)
            self.is_closed = True
            self._copy_if_shared()
            self.records.expiring = []
            self._update_pending()

    @property
    def has_pending(self) -> bool:
        """True if the buffer contains rows, or if the expiry of records will add delete markers to the buffer."""
        return self.offline_store is not None and bool(self.buffer or self.records.expiring)

    def _update_pending(self) -> None:
        if not self.has_pending:
            self.pending.discard(self)

    def size(self, values: Values) -> int:
        """Return the size of a record: the UTF-8 bytes of its names and values."""
        total = 0
        for name, value in zip(self.definitions, values, strict=False):
            if value is not None:
                total += len(name) + (len(value) if type(value) is str and value.isascii() else byte_size(value))
        return total


@dataclass
class Store:
    """The Feature Store of one account in one region."""

    account_id: str
    region: str
    groups: dict[str, FeatureGroup] = field(default_factory=dict)
    pending: set[FeatureGroup] = field(default_factory=set)
    """Groups with rows in the buffer, or with records whose expiry will add rows. Includes deleted groups."""
    observer: Observer = field(default=NO_OBSERVER, repr=False)
    """An object that saves each change before the store makes it. By default, changes are not saved."""
    table_names: set[str] = field(default_factory=set)
    """Glue table names of existing and deleted groups. No table name is used twice."""
    lock: RLock = field(default_factory=RLock, repr=False)

    def put_group(self, group: FeatureGroup) -> bool:
        """Add a group. Return False if a group with the same name already exists."""
        with self.lock:
            if group.name in self.groups:
                return False
            self.observer.add_group(group)
            group.observer, group.pending = self.observer, self.pending
            self.groups[group.name] = group
            return True

    def reserve_table_name(self, name: str) -> None:
        """Reserve a Glue table name permanently."""
        self.observer.reserve_table_name(self, name)
        self.table_names.add(name)

    def restore_group(self, group: FeatureGroup, *, is_deleted: bool) -> None:
        """Add a saved group to the store.

        :param is_deleted: if True, restore only the group's buffered rows
        """
        group.pending = self.pending
        if is_deleted:
            group.close()  # before the group gets an observer, because the deletion is already saved
        else:
            self.groups[group.name] = group
        group.observer = self.observer
        if group.has_pending:
            self.pending.add(group)

    def find(self, name: str) -> FeatureGroup | None:
        """Return the group with this name, in any status, or None."""
        group = self.groups.get(name)
        if group is not None and group.status == DELETED:
            self.remove_group(group)
            return None
        return group

    def all_groups(self) -> list[FeatureGroup]:
        """Return the current groups, in any status."""
        with self.lock:
            return [group for name in list(self.groups) if (group := self.find(name))]

    def remove_group(self, group: FeatureGroup) -> None:
        """Remove a group and its online store."""
        with self.lock:
            if self.groups.get(group.name) is group:
                del self.groups[group.name]
                group.close()
