"""Changes of a feature group's online records and offline rows, and the observer that can save changes to disk.

First, the observer saves all changes of a request. Then the store makes the changes in memory. If the observer raises
an error, the store makes no change.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from moto_featurestore.store.offline_buffer import NewRow
from moto_featurestore.store.online import Record
from moto_featurestore.values import Values, format_event_time

if TYPE_CHECKING:
    from moto_featurestore.store.group import FeatureGroup, Store


class Observer:
    """The interface of an object that saves a store's changes. This base class saves nothing.

    A server with ``--data`` uses a subclass that writes the changes to disk. The store calls each method before the
    store makes the change. If the change concerns a group, the store holds the group's lock. If a method raises an
    exception, the change is not made.
    """

    def reserve_table_name(self, store: "Store", name: str) -> None:
        """Save that the name of a Glue table is in use."""

    def add_group(self, group: "FeatureGroup") -> None:
        """Save a new group."""

    def save_group(self, group: "FeatureGroup") -> None:
        """Save the definition and status of a group, without its records and rows."""

    def save_change(self, group: "FeatureGroup", change: "Change") -> None:
        """Save all changes that a request makes to a group's records and rows. If a change cannot be saved, save no change."""

    def flushing(self, timeout: float) -> AbstractContextManager[bool]:  # noqa: ARG002
        """Return a context in which a flush writes rows. Its value is False if another flush does not end in time.

        :param timeout: seconds
        """
        return nullcontext(True)  # noqa: FBT003

    def save_written_rows(self, group: "FeatureGroup", numbers: Sequence[int]) -> None:
        """Record that the rows with these numbers have been written to the offline store."""

    def close_group(self, group: "FeatureGroup") -> None:
        """Save that a group is deleted. Its buffered rows remain, because they must still be written to the offline store."""


NO_OBSERVER = Observer()


@dataclass(slots=True)
class Change:
    """The changes that one request makes to a group's records and rows. The object is a context manager.

    The ``with`` block runs under the group's lock. At the end of the block, the observer saves all changes, and then the
    group makes the changes. If the block raises an exception, the group makes no change.
    """

    group: "FeatureGroup"
    clock: Callable[[], int]
    """A function that returns the time in nanoseconds since 1970."""
    now: int = 0
    """The time at which the ``with`` block began, in nanoseconds since 1970."""
    next_sequence: int = 0
    next_number: int = 0
    """The number that the next buffered row gets."""
    online_bytes: int = 0
    """The number of bytes by which the online store grows. Negative if the online store shrinks."""
    records: dict[str, Record] = field(default_factory=dict)
    """A dict from record identifier to the record's new version. New records are in the order of their sequence numbers."""
    removed: dict[str, Record] = field(default_factory=dict)
    """A dict from record identifier to stored record, for the records that the change removes from the online store."""
    rows: list[NewRow] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.group.lock.acquire()
        try:
            now = self.clock()
            self.group.expire(now)
        except BaseException:
            self.group.lock.release()
            raise
        self.begin(now)
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        try:
            if kind is None:
                self.group.apply(self)
        finally:
            self.group.lock.release()

    def begin(self, now: int) -> None:
        """Begin the change. Call this method under the group's lock."""
        self.now = now
        self.next_sequence, self.next_number = self.group.records.next_sequence, self.group.buffer.next_number

    def find(self, identifier: str) -> Record | None:
        """Return the record with this identifier, or None. Include the effects of this change, and soft-deleted records."""
        record = self.records.get(identifier)
        if record is None:
            return None if identifier in self.removed else self.group.records.by_identifier.get(identifier)
        if record.expires_at is not None and record.expires_at <= self.now:
            self.expire(record)
            return None
        return record

    def write(self, values: Values, size: int, event_time: int, expires_at: int | None) -> None:
        """Write a record to the online store, unless the event time of the stored record is later.

        :param size: the size of the record, as ``FeatureGroup.size`` returns it
        :param event_time: nanoseconds since 1970
        :param expires_at: nanoseconds since 1970
        """
        identifier = values[self.group.identifier_definition.position]
        assert isinstance(identifier, str)
        record = self.find(identifier)
        if record is not None and event_time < record.event_time:
            return
        sequence = self.next_sequence if record is None else record.sequence
        self.next_sequence = max(self.next_sequence, sequence + 1)
        written_at = 0 if expires_at is None else self.now
        self._store(Record(identifier, sequence, event_time, values, expires_at, written_at=written_at), size, record)

    def soft_delete(self, record: Record, marker: Values, event_time: int) -> None:
        """Replace a record by a soft-deleted version, which contains only the record identifier and the event time.

        :param marker: the values of the version, as ``FeatureGroup.marker`` returns them
        :param event_time: nanoseconds since 1970
        """
        version = replace(record, event_time=event_time, values=marker, is_deleted=True)
        self._store(version, self.group.size(marker), record)

    def _store(self, version: Record, size: int, replaced: Record | None) -> None:
        self.online_bytes += size - (0 if replaced is None else self.group.size(replaced.values))
        self.records[version.identifier] = version

    def remove(self, record: Record) -> None:
        """Remove a record from the online store."""
        self.online_bytes -= self.group.size(record.values)
        self.records.pop(record.identifier, None)
        stored = self.group.records.by_identifier.get(record.identifier)
        if stored is not None:
            self.removed[record.identifier] = stored

    def buffer_row(self, values: Values, event_time: int, *, is_deleted: bool = False, now: int | None = None) -> None:
        """Append a row to the buffer of the offline store.

        :param event_time: nanoseconds since 1970
        :param is_deleted: if True, the row is a delete marker
        :param now: the time of the row's arrival, in nanoseconds since 1970; by default, the time of the change
        """
        self.rows.append(NewRow(self.next_number, values, event_time, self.now if now is None else now, is_deleted))
        self.next_number += 1

    def expire(self, record: Record) -> None:
        """Remove an expired record, and add a delete marker for it to the offline store.

        The event time of the marker is the time of the expiry:
        https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-time-to-live.html. The marker's API invocation
        time is the expiry or the write of the record, whichever is later. AWS does not document this; it is an
        assumption.
        """
        assert record.expires_at is not None
        if self.group.offline_store is not None and not record.is_deleted:
            event_time = format_event_time(record.expires_at, self.group.event_time_definition.feature_type)
            marker = self.group.marker(record.identifier, event_time)
            removal_time = max(record.expires_at, record.written_at)
            self.buffer_row(marker, record.expires_at, is_deleted=True, now=removal_time)
        self.remove(record)
