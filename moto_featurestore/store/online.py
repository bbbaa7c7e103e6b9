"""The records of the online store."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from operator import attrgetter

from moto_featurestore.values import Values

_SEQUENCE = attrgetter("sequence")
_MIN_HEAP_ENTRIES = 64
"""The number of entries up to which the heap of expiry times is never cleaned up, because a clean-up would save little memory."""


@dataclass(frozen=True, slots=True)
class Record:
    """The latest version of a record in the online store. It is immutable, so snapshots can share it."""

    identifier: str
    sequence: int
    """A number that defines the order of ListRecords. Each new record identifier gets a higher number."""
    event_time: int
    """Nanoseconds since 1970."""
    values: Values
    """The values in the order of the feature definitions. Empty for a placeholder of a removed record."""
    expires_at: int | None
    """Nanoseconds since 1970; None if the record does not expire."""
    is_deleted: bool = False
    """True if the record is soft-deleted. A soft-deleted record has only the record identifier and the event time."""
    written_at: int = 0
    """Time of the write in nanoseconds since 1970, which only the expiry uses. 0 if the record does not expire."""


@dataclass(slots=True)
class OnlineRecords:
    """The records of a feature group, with access by identifier, in the order of ListRecords, and in the order of expiry."""

    next_sequence: int = 0
    """Sequence number that the next new record gets."""
    by_identifier: dict[str, Record] = field(default_factory=dict)
    order: list[Record] = field(default_factory=list)
    """All records in the order of their sequence numbers, with placeholders for removed records.

    When more than half of the entries are placeholders, the placeholders are removed.
    """
    expiring: list[tuple[int, str]] = field(default_factory=list)
    """A heap of pairs: time of expiry and record identifier. Some entries may belong to older versions of a record."""
    placeholders: int = 0
    """Number of placeholders in ``order``."""
    deleted: int = 0
    """Number of soft-deleted records."""
    changes: int = 0
    """Number of changes in this process. A reader compares this number with an earlier value to detect changes."""

    @property
    def live(self) -> int:
        """The number of records that are not soft-deleted."""
        return len(self.by_identifier) - self.deleted

    def copy(self) -> "OnlineRecords":
        """Return a copy of the collections. The copy contains the same Record objects, which are immutable."""
        return replace(self, by_identifier=self.by_identifier.copy(), order=self.order[:], expiring=self.expiring[:])

    def store(self, version: Record) -> None:
        """Store a version of a record, without comparing event times. A new record becomes the last record in ``order``."""
        record = self.by_identifier.get(version.identifier)
        if record is None:
            self.next_sequence = max(self.next_sequence, version.sequence + 1)
            self.order.append(version)
        else:
            self.order[self._position(version)] = version
            self.deleted -= record.is_deleted
        self.deleted += version.is_deleted
        self.changes += 1
        self.by_identifier[version.identifier] = version
        if version.expires_at is not None and (record is None or record.expires_at != version.expires_at):
            heappush(self.expiring, (version.expires_at, version.identifier))
            if len(self.expiring) > 2 * len(self.by_identifier) + _MIN_HEAP_ENTRIES:
                self._remove_outdated_expiries()

    def remove(self, record: Record) -> None:
        """Remove a record."""
        del self.by_identifier[record.identifier]
        self.order[self._position(record)] = replace(record, values=())
        self.placeholders += 1
        self.deleted -= record.is_deleted
        self.changes += 1
        if self.placeholders * 2 > len(self.order):
            self.remove_placeholders()

    def is_due(self, now: int) -> bool:
        """Return True if the expiry of a record, or of an older version of a record, has passed.

        :param now: nanoseconds since 1970
        """
        return bool(self.expiring) and self.expiring[0][0] <= now

    def take_due(self, now: int) -> list[Record]:
        """Remove the expired entries from the heap. Return the expired records in the order of expiry.

        :param now: nanoseconds since 1970
        """
        due: dict[str, Record] = {}
        while self.is_due(now):
            expires_at, identifier = heappop(self.expiring)
            record = self.by_identifier.get(identifier)
            if record is not None and record.expires_at == expires_at:
                due[identifier] = record
        return list(due.values())

    def schedule_expiry(self, records: Iterable[Record]) -> None:
        """Add expired records to the heap again. The caller uses this method if the removal of the records has failed."""
        for record in records:
            assert record.expires_at is not None
            heappush(self.expiring, (record.expires_at, record.identifier))

    def since(self, sequence: int) -> Iterator[Record]:
        """Yield the records whose sequence number is at least ``sequence``."""
        order = self.order
        for position in range(bisect_left(order, sequence, key=_SEQUENCE), len(order)):
            record = order[position]
            if record.values:
                yield record

    def __iter__(self) -> Iterator[Record]:
        return (record for record in self.order if record.values)

    def _position(self, record: Record) -> int:
        return bisect_left(self.order, record.sequence, key=_SEQUENCE)

    def remove_placeholders(self) -> None:
        """Remove the placeholders from ``order``."""
        self.order = list(self)
        self.placeholders = 0

    def _remove_outdated_expiries(self) -> None:
        self.expiring = [
            (record.expires_at, record.identifier)
            for record in self.by_identifier.values()
            if record.expires_at is not None
        ]
        heapify(self.expiring)
