"""What one account holds in one region: feature groups, their records, and the few primitives that change them."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any, Protocol

from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.store.online import OnlineRecords, Record
from moto_featurestore.values import IS_OF_TYPE, Value, Values, byte_size, format_event_time

CREATED, DELETED = "Created", "Deleted"
"""The status in which a group serves records, and the one in which it is gone: the latter is no status of the API."""


class Transition(Protocol):
    """A status on its way to another one: in calls or in seconds, as a user chose, or there at once."""

    last: str
    """Where it ends."""

    @property
    def status(self) -> str | None:
        """Where it is."""

    def advance(self) -> None:
        """Count a look at it."""


class GroupJournal(Protocol):
    """Keeps what happens to a feature group: it is told of each change before the change is made, under the lock."""

    def describe(self, group: "FeatureGroup") -> None:
        """Keep all of a group but its records and rows, as it has just become."""

    def put(self, record: "Record") -> None:
        """Keep a version of a record."""

    def remove(self, identifier: str) -> None:
        """Keep that a record leaves the online store."""

    def buffer_row(self, values: Values, event_time: int, now: int, *, is_deleted: bool) -> None:
        """Keep a row that is to wait for the offline store."""

    def intend(self, key: str, places: Sequence[int]) -> None:
        """Keep that rows are about to be written to an object."""

    def take_written(self, places: Sequence[int]) -> None:
        """Keep that rows are written."""

    def close(self) -> None:
        """Keep that the group is deleted."""


class StoreJournal(Protocol):
    """Keeps what a store holds beside its groups, and makes the journals of those."""

    def take_table_name(self, name: str) -> None:
        """Keep that a name is taken."""

    def of_group(self, group: "FeatureGroup") -> GroupJournal:
        """The journal of a group that is new."""


@dataclass(frozen=True, slots=True)
class FeatureDefinition:
    """A feature, and what is said of it; another one takes its place when that changes."""

    given: dict[str, Any]
    """The FeatureDefinition of the API."""
    name: str
    feature_type: str
    collection_type: str | None
    dimension: int | None
    admits: Callable[[str], bool]
    """Whether a text is a value of the feature's type."""
    position: int
    """Its place among the definitions."""
    creation_time: int
    """Nanoseconds since 1970, as last_modified_time is."""
    last_modified_time: int
    description: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_api(cls, given: dict[str, Any], position: int, now: int) -> "FeatureDefinition":
        """From a FeatureDefinition of the API."""
        return cls(
            given=given,
            name=given["FeatureName"],
            feature_type=given["FeatureType"],
            collection_type=given.get("CollectionType"),
            dimension=given.get("CollectionConfig", {}).get("VectorConfig", {}).get("Dimension"),
            admits=IS_OF_TYPE[given["FeatureType"]],
            position=position,
            creation_time=now,
            last_modified_time=now,
        )


@dataclass(eq=False)
class FeatureGroup:
    """A feature group with all that it holds. Members that the API only keeps and shows are kept as they were sent."""

    name: str
    arn: str
    record_identifier: str
    """The name of the feature, as event_time is."""
    event_time: str
    definitions: dict[str, FeatureDefinition]
    creation_time: int
    """Nanoseconds since 1970, whole milliseconds."""
    description: str | None
    role_arn: str | None
    throughput: dict[str, Any]
    """ThroughputConfig."""
    online_store: dict[str, Any] | None
    """OnlineStoreConfig, where the group has an online store."""
    offline_store: dict[str, Any] | None
    """OfflineStoreConfig as resolved, where the group has an offline store."""
    tags: dict[str, str] = field(default_factory=dict)
    failure_reason: str | None = None
    """Why the creation or the deletion fails, where it does."""
    transition: Transition | None = None
    """Of the status, until it has ended."""
    update: Transition | None = None
    """Of the last update's status; None until the first update."""
    last_modified_time: int | None = None
    """Nanoseconds since 1970; None until the first update."""
    on_demand_since: int | None = None
    """When an update made the throughput mode OnDemand, in nanoseconds since 1970."""
    records: OnlineRecords = field(default_factory=OnlineRecords, repr=False)
    """What the online store holds, soft-deleted records included."""
    buffer: OfflineRows = field(default_factory=OfflineRows)
    """Rows that are not written to the offline store yet."""
    offline_store_status: dict[str, str] | None = None
    """OfflineStoreStatus; None until rows are written for the first time."""
    online_bytes: int = 0
    """UTF-8 bytes of the names and values in the online store."""
    lock: RLock = field(default_factory=RLock, repr=False)
    """Held around every change, and around what reads a record before it changes it."""
    flush_lock: RLock = field(default_factory=RLock, repr=False)
    """Held while rows are written to the offline store; never waited for by who holds the other lock."""
    pending: "set[FeatureGroup]" = field(default_factory=set, repr=False)
    """The store's set of that name, once the group is in a store."""
    journal: GroupJournal | None = field(default=None, repr=False)
    """Of a group in a store that is kept; every change of records and rows goes through the methods that tell it."""

    _status: str = CREATED
    _is_shared: bool = False
    """Whether records and rows are also those of a copy: then they are copied before they change."""

    def copy(self) -> "FeatureGroup":
        """The group as it is now, in no store. It costs the same however many records there are."""
        with self.lock:
            self._is_shared = True
            twin = copy.copy(self)
        twin.lock, twin.flush_lock, twin.pending = RLock(), RLock(), set()
        twin.transition, twin.update = copy.copy(self.transition), copy.copy(self.update)
        return twin

    def _part(self) -> None:
        """Have records and rows that are no copy's, as they are about to change."""
        if self._is_shared:
            self.records, self.buffer = self.records.copy(), self.buffer.copy()
            self._is_shared = False

    @property
    def status(self) -> str:
        """FeatureGroupStatus, and DELETED at the end of a deletion."""
        if self.transition is not None:
            self.settle(self.transition.status or self._status)
        return self._status

    @property
    def final_status(self) -> str:
        """Where the status ends that is on its way; else the status."""
        return self._status if self.transition is None else self.transition.last

    def begin(self, transition: Transition) -> str:
        """Let the status begin to change; says where it is, which is at the end where that takes no time."""
        self.transition = transition
        self.changed()
        return self.status

    def settle(self, status: str) -> None:
        """Have a status; a transition that ends with it has ended."""
        self._status = status
        if self.transition is not None and self.transition.last == status:
            self.transition = None
            self.changed()

    def changed(self) -> None:
        """Keep, where the store is kept, what has just changed other than records and rows."""
        if self.journal is not None:
            self.journal.describe(self)

    def look(self) -> None:
        """Count a look at what is on its way."""
        for transition in (self.transition, self.update):
            if transition is not None:
                transition.advance()

    @property
    def stores(self) -> list[str]:
        """The enabled stores, in the API's words."""
        enabled = {"OnlineStore": self.online_store, "OfflineStore": self.offline_store}
        return [store for store, config in enabled.items() if config is not None]

    @property
    def is_iceberg(self) -> bool:
        """Whether the offline store has the table format Iceberg."""
        return self.offline_store is not None and self.offline_store.get("TableFormat") == "Iceberg"

    @property
    def identifier_definition(self) -> FeatureDefinition:
        """The definition of the record identifier."""
        return self.definitions[self.record_identifier]

    @property
    def event_time_definition(self) -> FeatureDefinition:
        """The definition of the event time."""
        return self.definitions[self.event_time]

    def add_features(self, given: list[dict[str, Any]], now: int) -> None:
        """Append feature definitions of the API; records that are there already have no value for them."""
        start = len(self.definitions)
        added = (FeatureDefinition.from_api(definition, start + i, now) for i, definition in enumerate(given))
        # Replaced, not changed: who reads the definitions meanwhile sees them as they were, or as they are.
        self.definitions = self.definitions | {definition.name: definition for definition in added}

    def put_definition(self, definition: FeatureDefinition) -> None:
        """Let a definition take the place of the one of its name."""
        self.definitions = self.definitions | {definition.name: definition}
        self.changed()

    def features(self, values: Values) -> Iterator[tuple[str, Value]]:
        """The features that have a value, in the order of the definitions."""
        return ((name, value) for name, value in zip(self.definitions, values, strict=False) if value is not None)

    def find(self, identifier: str, now: int) -> Record | None:
        """The record of an identifier, soft-deleted ones included."""
        self.expire(now)
        return self.records.by_identifier.get(identifier)

    def expire(self, now: int) -> None:
        """Let records leave the store whose time has come; each leaves a delete marker for the offline store.

        https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-time-to-live.html; the marker's times are those of
        the expiry, or of the write, where that came later (assumed). Who reads the store calls this first, under the lock.
        """
        while self.records.is_due(now):
            self._part()
            record = self.records.take_due()
            if record is None:
                continue
            assert record.expires_at is not None
            if self.offline_store is not None and not record.is_deleted:
                event_time = format_event_time(record.expires_at, self.event_time_definition.feature_type)
                moment = max(record.expires_at, record.written_at)
                self.buffer_row(self.marker(record.identifier, event_time), record.expires_at, moment, is_deleted=True)
            self.remove(record)

    def write(self, values: Values, size: int, event_time: int, expires_at: int | None, now: int) -> None:
        """Put a record, unless it is historic: older than what the store holds. An equal event time overwrites.

        :param size: the record's, as ``size`` gives it: who writes has it already, from checking it
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
        """Let the online store hold a version of a record, whatever it held before; a new one comes last in their order."""
        self._part()
        replaced = self.records.hold(version)
        self.online_bytes += size - (0 if replaced is None else self.size(replaced.values))
        if version.expires_at is not None and self.offline_store is not None:
            self.pending.add(self)

    def soft_delete(self, record: Record, marker: Values, event_time: int) -> None:
        """Leave of a record its identifier and event time."""
        version = replace(record, event_time=event_time, values=marker, is_deleted=True)
        if self.journal is not None:
            self.journal.put(version)
        self.hold(version, self.size(marker))

    def remove(self, record: Record) -> None:
        """Take a record out of the online store."""
        if self.journal is not None:
            self.journal.remove(record.identifier)
        self._part()
        self.online_bytes -= self.size(record.values)
        self.records.remove(record)

    def records_from(self, sequence: int, now: int) -> Iterator[Record]:
        """The records from a sequence on, in their order, soft-deleted ones included; to be read under the lock."""
        self.expire(now)
        return self.records.since(sequence)

    def marker(self, identifier: str, event_time: str) -> Values:
        """What stays of a deleted record: its identifier and the event time of its deletion.

        Where one feature is both, it stays the identifier.
        """
        values: list[Value | None] = [None] * len(self.definitions)
        values[self.event_time_definition.position] = event_time
        values[self.identifier_definition.position] = identifier
        return tuple(values)

    def buffer_row(self, values: Values, event_time: int, now: int, *, is_deleted: bool = False) -> None:
        """Append a row for the offline store."""
        if self.journal is not None:
            self.journal.buffer_row(values, event_time, now, is_deleted=is_deleted)
        self._part()
        self.buffer.append(values, event_time, now, is_deleted=is_deleted)
        self.pending.add(self)

    def due(self, now: int, delay: float) -> Sequence[int]:
        """The places of the rows that have waited for the offline store for some seconds at least."""
        self.expire(now)
        if not delay:
            return range(len(self.buffer))
        return self.buffer.arrived_by(now // 1000 - delay * 1_000_000)

    def intend(self, key: str, places: Sequence[int]) -> None:
        """Say that rows, by their places in the buffer, are about to be written to an object of the bucket."""
        if self.journal is not None:
            with self.lock:
                self.journal.intend(key, places)

    def take_written(self, written: Sequence[int]) -> None:
        """Take rows that are written out of the buffer, by their places in it; all others stay, in their order."""
        with self.lock:
            try:
                if self.journal is not None:
                    self.journal.take_written(written)
            finally:  # what is written is so, be it kept or not
                self.buffer = self.buffer.without(written)
                self._settle()

    def close(self) -> None:
        """Nothing expires any more: the group is deleted. Rows that are pending stay so."""
        with self.lock:
            if self.journal is not None:
                self.journal.close()
            self.records.expiring = []
            self._settle()

    @property
    def has_pending(self) -> bool:
        """Whether rows wait for the offline store, or records whose expiry will make some."""
        return self.offline_store is not None and bool(self.buffer or self.records.expiring)

    def _settle(self) -> None:
        if not self.has_pending:
            self.pending.discard(self)

    def size(self, values: Values) -> int:
        """UTF-8 bytes of the names and values of a record."""
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
    """Groups with rows for the offline store, or with records whose expiry will make some; deleted groups included."""
    journal: StoreJournal | None = field(default=None, repr=False)
    """Where the store is kept."""
    table_names: set[str] = field(default_factory=set)
    """The names that were made for tables, those of deleted groups too: none is made twice."""
    denials: set[tuple[str, str | None]] = field(default_factory=set)
    """What is denied to everybody: an operation on the group of a name, or on all (None)."""
    lock: RLock = field(default_factory=RLock, repr=False)

    def put_group(self, group: FeatureGroup) -> bool:
        """Add a group, unless its name is taken; says whether it was added."""
        with self.lock:
            if group.name in self.groups:
                return False
            if self.journal is not None:
                group.journal = self.journal.of_group(group)
            group.pending = self.pending
            self.groups[group.name] = group
            return True

    def take_table_name(self, name: str) -> None:
        """Have a table's name taken for good."""
        if self.journal is not None:
            self.journal.take_table_name(name)
        self.table_names.add(name)

    def bring_back(self, group: FeatureGroup, *, is_deleted: bool) -> None:
        """Take in a group as it was kept; of one that was deleted, the rows that are pending."""
        group.pending = self.pending
        if is_deleted:
            group.close()
        else:
            self.groups[group.name] = group
        if group.has_pending:
            self.pending.add(group)

    def find(self, name: str) -> FeatureGroup | None:
        """The group of a name, in whatever status."""
        group = self.groups.get(name)
        if group is not None and group.status == DELETED:
            self.remove_group(group)
            return None
        return group

    def is_denied(self, operation: str, group: str | None) -> bool:
        """Whether an operation is denied to everybody, on a group or on all."""
        return not self.denials.isdisjoint({(operation, None), (operation, group)})

    def all_groups(self) -> list[FeatureGroup]:
        """The groups at this moment, in whatever status."""
        with self.lock:
            return [group for name in list(self.groups) if (group := self.find(name))]

    def remove_group(self, group: FeatureGroup) -> None:
        """Take a group, and its online store, away."""
        with self.lock:
            if self.groups.get(group.name) is group:
                del self.groups[group.name]
                group.close()
