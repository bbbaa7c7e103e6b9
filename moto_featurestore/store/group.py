"""The state of one account in one region: feature groups, their records, and the methods that change them."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, Protocol

from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.store.online import OnlineRecords, Record
from moto_featurestore.values import IS_OF_TYPE, Value, Values, byte_size, format_event_time

CREATED, DELETED = "Created", "Deleted"
"""The status of a group that serves records, and an internal status, unknown to the API, of a deleted group."""


class Transition(Protocol):
    """A change from one status to another: after calls or seconds, as configured, or immediately."""

    last: str
    """The final status."""

    @property
    def status(self) -> str | None:
        """The current status."""

    def advance(self) -> None:
        """Count a call that shows the status."""


class GroupJournal(Protocol):
    """The persistent journal of a feature group. A group reports record and row changes to it first, under its lock."""

    def describe(self, group: "FeatureGroup") -> None:
        """Write the current state of a group, except its records and rows."""

    def put(self, record: "Record") -> None:
        """Write a version of a record."""

    def remove(self, identifier: str) -> None:
        """Write the removal of a record from the online store."""

    def buffer_row(self, values: Values, event_time: int, now: int, *, is_deleted: bool) -> None:
        """Write a row for the offline store."""

    def intend(self, key: str, places: Sequence[int]) -> None:
        """Write the intent to write rows to an object."""

    def take_written(self, places: Sequence[int]) -> None:
        """Write that rows are in the offline store."""

    def close(self) -> None:
        """Write the deletion of the group."""


class StoreJournal(Protocol):
    """The persistent journal of a store. It creates the journals of the groups."""

    def take_table_name(self, name: str) -> None:
        """Write that a table name is used."""

    def of_group(self, group: "FeatureGroup") -> GroupJournal:
        """Create the journal of a new group."""


@dataclass(frozen=True, slots=True)
class FeatureDefinition:
    """A feature and its metadata. The object is immutable; a change replaces it."""

    given: dict[str, Any]
    """The FeatureDefinition of the API, as submitted."""
    name: str
    feature_type: str
    collection_type: str | None
    dimension: int | None
    admits: Callable[[str], bool]
    """A predicate that is true if a text is a value of the feature's type."""
    position: int
    """Index among the definitions of the group."""
    creation_time: int
    """Nanoseconds since 1970, like last_modified_time."""
    last_modified_time: int
    description: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_api(cls, definition: dict[str, Any], position: int, now: int) -> "FeatureDefinition":
        """Create a definition from a FeatureDefinition of the API.

        :param position: index among the definitions of the group
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
    """A feature group with its records. Members that the API only stores and returns keep their submitted form."""

    name: str
    arn: str
    record_identifier: str
    """Name of the feature, like event_time."""
    event_time: str
    definitions: dict[str, FeatureDefinition]
    creation_time: int
    """Nanoseconds since 1970, whole milliseconds."""
    description: str | None
    role_arn: str | None
    throughput: dict[str, Any]
    """ThroughputConfig."""
    online_store: dict[str, Any] | None
    """OnlineStoreConfig; None without an online store."""
    offline_store: dict[str, Any] | None
    """OfflineStoreConfig with the derived names; None without an offline store."""
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
    offline_store_status: dict[str, str] | None = None
    """OfflineStoreStatus; None until the first flush."""
    online_bytes: int = 0
    """UTF-8 bytes of the names and values in the online store."""
    lock: RLock = field(default_factory=RLock, repr=False)
    """Lock for each change, and for each read that precedes a change."""
    flush_lock: RLock = field(default_factory=RLock, repr=False)
    """Lock for flushes to the offline store. A thread that holds ``lock`` must not wait for it."""
    pending: "set[FeatureGroup]" = field(default_factory=set, repr=False)
    """The attribute ``pending`` of the group's store, if the group is in a store."""
    journal: GroupJournal | None = field(default=None, repr=False)
    """Journal of a group in a persistent store. All methods that change records and rows report to it."""

    _status: str = CREATED
    _is_shared: bool = False
    """True if a copy of the group shares its records and rows. They are then copied before a change."""

    def copy(self) -> "FeatureGroup":
        """Return a copy of the group that is in no store. The time does not depend on the number of records."""
        with self.lock:
            self._is_shared = True
            twin = copy.copy(self)
        twin.lock, twin.flush_lock, twin.pending = RLock(), RLock(), set()
        twin.transition, twin.update = copy.copy(self.transition), copy.copy(self.update)
        return twin

    def _copy_if_shared(self) -> None:
        """Copy records and rows that a copy of the group shares. Call this before each change of them."""
        if self._is_shared:
            self.records, self.buffer = self.records.copy(), self.buffer.copy()
            self._is_shared = False

    @property
    def status(self) -> str:
        """FeatureGroupStatus, or DELETED after a deletion."""
        if self.transition is not None:
            self.settle(self.transition.status or self._status)
        return self._status

    @property
    def final_status(self) -> str:
        """The status after the current transition, if any."""
        return self._status if self.transition is None else self.transition.last

    def begin(self, transition: Transition) -> str:
        """Begin a transition. Return the current status, which is the final one if the transition takes no time."""
        self.transition = transition
        self.changed()
        return self.status

    def settle(self, status: str) -> None:
        """Set the status. End the transition if this is its final status."""
        self._status = status
        if self.transition is not None and self.transition.last == status:
            self.transition = None
            self.changed()

    def changed(self) -> None:
        """Report a change to the journal, if the store is persistent. Other methods report changes of records and rows."""
        if self.journal is not None:
            self.journal.describe(self)

    def look(self) -> None:
        """Advance the transitions of the group by one call that shows their status."""
        for transition in (self.transition, self.update):
            if transition is not None:
                transition.advance()

    @property
    def stores(self) -> list[str]:
        """The enabled stores, as values of TargetStores."""
        enabled = {"OnlineStore": self.online_store, "OfflineStore": self.offline_store}
        return [store for store, config in enabled.items() if config is not None]

    @property
    def is_iceberg(self) -> bool:
        """True if the offline store has the table format Iceberg."""
        return self.offline_store is not None and self.offline_store.get("TableFormat") == "Iceberg"

    @property
    def identifier_definition(self) -> FeatureDefinition:
        """The definition of the record identifier."""
        return self.definitions[self.record_identifier]

    @property
    def event_time_definition(self) -> FeatureDefinition:
        """The definition of the event time."""
        return self.definitions[self.event_time]

    def add_features(self, additions: list[dict[str, Any]], now: int) -> None:
        """Append features. Existing records have no value for them.

        :param additions: FeatureDefinitions of the API
        :param now: nanoseconds since 1970
        """
        start = len(self.definitions)
        definitions = (FeatureDefinition.from_api(addition, start + i, now) for i, addition in enumerate(additions))
        # Replace the dict instead of changing it: a concurrent reader sees the old or the new definitions.
        self.definitions = self.definitions | {definition.name: definition for definition in definitions}

    def put_definition(self, definition: FeatureDefinition) -> None:
        """Replace the definition with the same name."""
        self.definitions = self.definitions | {definition.name: definition}
        self.changed()

    def features(self, values: Values) -> Iterator[tuple[str, Value]]:
        """Yield the names and values of the features that have a value, in the order of the definitions."""
        return ((name, value) for name, value in zip(self.definitions, values, strict=False) if value is not None)

    def find(self, identifier: str, now: int) -> Record | None:
        """Return the record with this identifier, even if it is soft-deleted, or None.

        :param now: nanoseconds since 1970
        """
        self.expire(now)
        return self.records.by_identifier.get(identifier)

    def expire(self, now: int) -> None:
        """Remove expired records, and add a delete marker for each to the offline store.

        https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-time-to-live.html. The event time of the marker is
        that of the expiry. Its API invocation time is the later of the expiry and the write (assumed). Call this under
        the lock before each read of the store.

        :param now: nanoseconds since 1970
        """
        while self.records.is_due(now):
            self._copy_if_shared()
            record = self.records.take_due()
            if record is None:
                continue
            assert record.expires_at is not None
            if self.offline_store is not None and not record.is_deleted:
                event_time = format_event_time(record.expires_at, self.event_time_definition.feature_type)
                removal_time = max(record.expires_at, record.written_at)
                marker = self.marker(record.identifier, event_time)
                self.buffer_row(marker, record.expires_at, removal_time, is_deleted=True)
            self.remove(record)

    def write(self, values: Values, size: int, event_time: int, expires_at: int | None, now: int) -> None:
        """Write a record to the online store, unless the stored record is newer. An equal event time overwrites.

        :param size: the size of the record, as the method ``size`` returns it; the caller has it from a check
        :param event_time: nanoseconds since 1970, like ``expires_at`` and ``now``
        """
        identifier = values[self.identifier_definition.position]
        assert isinstance(identifier, str)
        record = self.find(identifier, now)
        if record is not None and event_time < record.event_time:
            return
        sequence = self.records.next_sequence if record is None else record.sequence
        written_at = 0 if expires_at is None else now
        version = Record(identifier, sequence, event_time, values, expires_at, written_at=written_at)
        if self.journal is not None:
            self.journal.put(version)
        self.hold(version, size)

    def hold(self, version: Record, size: int) -> None:
        """Store a version of a record, whatever its event time. A new record becomes the last one of the order.

        :param size: the size of the version, as the method ``size`` returns it
        """
        self._copy_if_shared()
        replaced = self.records.hold(version)
        self.online_bytes += size - (0 if replaced is None else self.size(replaced.values))
        if version.expires_at is not None and self.offline_store is not None:
            self.pending.add(self)

    def soft_delete(self, record: Record, marker: Values, event_time: int) -> None:
        """Replace a record by a soft-deleted version, with its identifier and event time only."""
        version = replace(record, event_time=event_time, values=marker, is_deleted=True)
        if self.journal is not None:
            self.journal.put(version)
        self.hold(version, self.size(marker))

    def remove(self, record: Record) -> None:
        """Remove a record from the online store."""
        if self.journal is not None:
            self.journal.remove(record.identifier)
        self._copy_if_shared()
        self.online_bytes -= self.size(record.values)
        self.records.remove(record)

    def records_from(self, sequence: int, now: int) -> Iterator[Record]:
        """Yield the records from a sequence number on, including soft-deleted ones. Call and iterate under the lock."""
        self.expire(now)
        return self.records.since(sequence)

    def marker(self, identifier: str, event_time: str) -> Values:
        """Return the values of a delete marker: the record identifier, and the event time of the deletion.

        If the same feature is record identifier and event time, its value is the record identifier.
        """
        values: list[Value | None] = [None] * len(self.definitions)
        values[self.event_time_definition.position] = event_time
        values[self.identifier_definition.position] = identifier
        return tuple(values)

    def buffer_row(self, values: Values, event_time: int, now: int, *, is_deleted: bool = False) -> None:
        """Append a row to the buffer of the offline store.

        :param event_time: nanoseconds since 1970, like ``now``
        """
        if self.journal is not None:
            self.journal.buffer_row(values, event_time, now, is_deleted=is_deleted)
        self._copy_if_shared()
        self.buffer.append(values, event_time, now, is_deleted=is_deleted)
        self.pending.add(self)

    def due(self, now: int, delay: float) -> Sequence[int]:
        """Return the positions of the rows that have been in the buffer for at least ``delay`` seconds.

        :param now: nanoseconds since 1970
        """
        self.expire(now)
        if not delay:
            return range(len(self.buffer))
        return self.buffer.arrived_by(now // 1000 - delay * 1_000_000)

    def intend(self, key: str, positions: Sequence[int]) -> None:
        """Report to the journal that rows are about to be written to an object.

        :param key: key of the object in the bucket
        :param positions: positions of the rows in the buffer
        """
        if self.journal is not None:
            with self.lock:
                self.journal.intend(key, positions)

    def take_written(self, written: Sequence[int]) -> None:
        """Remove written rows from the buffer. The others keep their order.

        :param written: positions of the rows in the buffer
        """
        with self.lock:
            try:
                if self.journal is not None:
                    self.journal.take_written(written)
            finally:  # even if the journal fails: the rows are in the offline store
                self.buffer = self.buffer.without(written)
                self._update_pending()

    def close(self) -> None:
        """Mark the group as deleted. Its records do not expire. Rows in the buffer remain pending."""
        with self.lock:
            if self.journal is not None:
                self.journal.close()
            self.records.expiring = []
            self._update_pending()

    @property
    def has_pending(self) -> bool:
        """True if the buffer contains rows, or if records will add rows when they expire."""
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
    journal: StoreJournal | None = field(default=None, repr=False)
    """Journal of a persistent store; otherwise None."""
    table_names: set[str] = field(default_factory=set)
    """Table names that were derived for existing and deleted groups. No name is derived twice."""
    denials: set[tuple[str, str | None]] = field(default_factory=set)
    """Operations that are denied to every caller, on the group of a name or on all groups (None)."""
    lock: RLock = field(default_factory=RLock, repr=False)

    def put_group(self, group: FeatureGroup) -> bool:
        """Add a group. Return False if a group with its name exists."""
        with self.lock:
            if group.name in self.groups:
                return False
            if self.journal is not None:
                group.journal = self.journal.of_group(group)
            group.pending = self.pending
            self.groups[group.name] = group
            return True

    def take_table_name(self, name: str) -> None:
        """Reserve a table name permanently."""
        if self.journal is not None:
            self.journal.take_table_name(name)
        self.table_names.add(name)

    def bring_back(self, group: FeatureGroup, *, is_deleted: bool) -> None:
        """Restore a group from the journal. Of a deleted group, restore only its pending rows."""
        group.pending = self.pending
        if is_deleted:
            group.close()
        else:
            self.groups[group.name] = group
        if group.has_pending:
            self.pending.add(group)

    def find(self, name: str) -> FeatureGroup | None:
        """Return the group with this name, in any status, or None."""
        group = self.groups.get(name)
        if group is not None and group.status == DELETED:
            self.remove_group(group)
            return None
        return group

    def is_denied(self, operation: str, group: str | None) -> bool:
        """Return True if an operation is denied to every caller, on this group or on all groups."""
        return not self.denials.isdisjoint({(operation, None), (operation, group)})

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
