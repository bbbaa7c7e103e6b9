"""The rows in the buffer of the offline store."""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from moto_featurestore.values import NANOSECONDS, Values


class OfflineRow(NamedTuple):
    """A row that is not yet in the offline store."""

    values: Values
    event_time: int
    """Whole seconds since 1970."""
    api_invocation_time: int
    """Whole seconds since 1970."""
    is_deleted: bool


class NewRow(NamedTuple):
    """A row that arrives in the buffer."""

    number: int
    """The number that identifies the row in the group. Each new row gets a higher number."""
    values: Values
    event_time: int
    """Nanoseconds since 1970."""
    now: int
    """Time of arrival, in nanoseconds since 1970."""
    is_deleted: bool


@dataclass(slots=True)
class OfflineRows:
    """The rows that are not yet in the offline store, in order of arrival. Each column is a separate array, to save memory."""

    values: list[Values] = field(default_factory=list)
    event_times: "array[int]" = field(default_factory=lambda: array("q"))
    """Whole seconds since 1970. The partitions and file names of the service do not need fractions."""
    api_invocation_times: "array[int]" = field(default_factory=lambda: array("q"))
    """Whole seconds since 1970. On AWS, the times were observed to be whole seconds."""
    is_deleted: bytearray = field(default_factory=bytearray)
    arrivals: "array[int]" = field(default_factory=lambda: array("q"))
    """Time of each row's arrival, in microseconds since 1970."""
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    """The numbers of the rows, in ascending order."""
    next_number: int = 0
    """The number that the next new row gets."""

    def append(self, row: NewRow) -> None:
        """Append a row."""
        self.values.append(row.values)
        self.event_times.append(row.event_time // NANOSECONDS)
        self.api_invocation_times.append(row.now // NANOSECONDS)
        self.is_deleted.append(row.is_deleted)
        self.arrivals.append(row.now // 1000)
        self.numbers.append(row.number)
        self.next_number = row.number + 1

    def numbers_at(self, positions: Iterable[int]) -> list[int]:
        """Return the numbers of the rows at the given positions."""
        return [self.numbers[position] for position in positions]

    def copy(self) -> "OfflineRows":
        """Return a copy of the rows."""
        return OfflineRows(
            self.values[:],
            self.event_times[:],
            self.api_invocation_times[:],
            self.is_deleted[:],
            self.arrivals[:],
            self.numbers[:],
            self.next_number,
        )

    def select(self, positions: Sequence[int]) -> "OfflineRows":
        """Return the rows at the given positions."""
        if positions == range(len(self)):  # faster, and the most common selection
            return self.copy()
        return OfflineRows(
            [self.values[position] for position in positions],
            array("q", (self.event_times[position] for position in positions)),
            array("q", (self.api_invocation_times[position] for position in positions)),
            bytearray(self.is_deleted[position] for position in positions),
            array("q", (self.arrivals[position] for position in positions)),
            array("q", (self.numbers[position] for position in positions)),
            self.next_number,
        )

    def without(self, positions: Collection[int]) -> "OfflineRows":
        """Return all rows except the rows at the given positions, which are distinct."""
        if len(positions) == len(self):
            return self.select(())
        excluded = set(positions)
        return self.select([position for position in range(len(self)) if position not in excluded])

    def arrived_by(self, latest: float) -> list[int]:
        """Return the positions of the rows that arrived at or before a time.

        :param latest: the time in microseconds since 1970
        """
        return [position for position, arrival in enumerate(self.arrivals) if arrival <= latest]

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[OfflineRow]:
        columns = self.values, self.event_times, self.api_invocation_times, map(bool, self.is_deleted)
        return map(OfflineRow._make, zip(*columns, strict=True))
