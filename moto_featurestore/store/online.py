"""Records that the online store holds."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from operator import attrgetter

from moto_featurestore.values import Values

_SEQUENCE = attrgetter("sequence")
_ENTRIES = 64
"""Of a heap: fewer are not worth tidying up."""


@dataclass(frozen=True, slots=True)
class Record:
    """The latest version of a record in the online store; it never changes, so that snapshots can share it."""

    identifier: str
    sequence: int
    """Grows with each identifier that is new to the group: the order of ListRecords."""
    event_time: int
    """Nanoseconds since 1970."""
    values: Values
    """Empty where it keeps the place of a record that has left the store."""
    expires_at: int | None
    """Nanoseconds since 1970."""
    is_deleted: bool = False
    """Soft-deleted: only the record identifier and the event time are kept."""
    written_at: int = 0
    """Nanoseconds since 1970; 0 where it does not expire, as then nobody asks."""


@dataclass(slots=True)
class OnlineRecords:
    """The records of a feature group: by their identifiers, in the order of ListRecords, and by when they expire."""

    next_sequence: int = 0
    """Of the next record whose identifier is new; more than that of any record there ever was."""
    by_identifier: dict[str, Record] = field(default_factory=dict)
    order: list[Record] = field(default_factory=list)
    """All records by sequence, and those that have left until they outnumber the rest."""
    expiring: list[tuple[int, str]] = field(default_factory=list)
    """A heap of ExpiresAt and record identifier; also of what has another ExpiresAt by now."""
    left: int = 0

    def copy(self) -> "OnlineRecords":
        """The same records."""
        return OnlineRecords(self.next_sequence, self.by_identifier.copy(), self.order[:], self.expiring[:], self.left)

    def hold(self, version: Record) -> Record | None:
        """Have a version of a record; a new one comes last in their order. Gives the version that it replaces."""
        record = self.by_identifier.get(version.identifier)
        if record is None:
            self.next_sequence = max(self.next_sequence, version.sequence + 1)
            self.order.append(version)
        else:
            self.order[self._place(version)] = version
        self.by_identifier[version.identifier] = version
        if version.expires_at is not None and (record is None or record.expires_at != version.expires_at):
            heappush(self.expiring, (version.expires_at, version.identifier))
            if len(self.expiring) > 2 * len(self.by_identifier) + _ENTRIES:
                self._tidy_expiring()
        return record

    def remove(self, record: Record) -> None:
        """Have a record no more."""
        del self.by_identifier[record.identifier]
        self.order[self._place(record)] = replace(record, values=())
        self.left += 1
        if self.left * 2 > len(self.order):
            self.order = list(self)
            self.left = 0

    def is_due(self, now: int) -> bool:
        """Whether a record's time has come, or that of a version that there is no more."""
        return bool(self.expiring) and self.expiring[0][0] <= now

    def take_due(self) -> Record | None:
        """The record whose time comes first, which is still there; None where another version is."""
        expires_at, identifier = heappop(self.expiring)
        record = self.by_identifier.get(identifier)
        return record if record is not None and record.expires_at == expires_at else None

    def since(self, sequence: int) -> Iterator[Record]:
        """The records from a sequence on, in their order."""
        order = self.order
        for place in range(bisect_left(order, sequence, key=_SEQUENCE), len(order)):
            record = order[place]
            if record.values:
                yield record

    def __iter__(self) -> Iterator[Record]:
        return (record for record in self.order if record.values)

    def _place(self, record: Record) -> int:
        return bisect_left(self.order, record.sequence, key=_SEQUENCE)

    def _tidy_expiring(self) -> None:
        self.expiring = [
            (record.expires_at, record.identifier)
            for record in self.by_identifier.values()
            if record.expires_at is not None
        ]
        heapify(self.expiring)
