"""Reading of journals: restore a feature group from its journal. Damaged lines are skipped and reported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from moto_featurestore._moto.persistence.journal_lines import read
from moto_featurestore.store.group import DELETED, FeatureDefinition, FeatureGroup
from moto_featurestore.store.offline_buffer import NewRow
from moto_featurestore.store.online import Record
from moto_featurestore.values import NANOSECONDS, Value, Values

Row = tuple[Values, int, int, bool]
"""A row: values, event time in seconds, arrival time in microseconds, and True if the row is a delete marker."""


@dataclass
class EndedTransition:
    """A transition that has reached its final status."""

    last: str

    @property
    def status(self) -> str:
        """The final status."""
        return self.last

    def advance(self) -> None:
        """Do nothing, since the transition has ended."""


@dataclass
class StoreReplay:
    """The content of a store's journal. Call ``read`` only once."""

    place: tuple[str, str] | None = None
    """Account and region."""
    table_names: set[str] = field(default_factory=set)
    damage: list[str] = field(default_factory=list)
    """Descriptions of damaged lines."""

    def read(self, path: Path) -> None:
        """Read a journal."""
        for _, entry, damage in read(path):
            if entry is None:
                self.damage.append(damage)
            elif entry[0] == "store":
                self.place = entry[1], entry[2]
            else:
                self.table_names.add(entry[1])
        if self.place is None:
            self.damage.append("it does not name the account and region of its store")


@dataclass
class Replay:
    """The content of a group's journal. Call ``read`` only once."""

    group: FeatureGroup | None = None
    records: dict[str, Record] = field(default_factory=dict)
    """A dict from record identifier to record."""
    rows: dict[int, Row] = field(default_factory=dict)
    """A dict from row number to row, for the rows that are not yet in the offline store."""
    intents: dict[str, list[int]] = field(default_factory=dict)
    """A dict from the key of an S3 object to the numbers of the rows that may have been written to this object."""
    is_deleted: bool = False
    damage: list[str] = field(default_factory=list)
    """Descriptions of damaged lines."""

    def read(self, path: Path) -> None:
        """Read a journal."""
        for number, entry, damage in read(path):
            if entry is None:
                self.damage.append(damage)
            elif self.group is None and entry[0] != "group":
                self.damage.append(f"line {number} comes before any description of the group")
            else:
                _APPLY[entry[0]](self, *entry[1:])
        if self.group is not None:
            for record in sorted(self.records.values(), key=attrgetter("sequence")):
                self.group.records.store(record)
                self.group.online_bytes += self.group.size(record.values)

    def settle(self, has_object: Callable[[str], bool]) -> None:
        """Drop the rows that an existing S3 object contains, and add the remaining rows to the group's buffer.

        :param has_object: a function that returns True if the bucket of the offline store has an object with the given key
        """
        assert self.group is not None
        for key, numbers in self.intents.items():
            if has_object(key):
                self._written(numbers)
        for number, (values, event_time, arrival, is_deleted) in sorted(self.rows.items()):
            self.group.buffer.append(NewRow(number, values, event_time * NANOSECONDS, arrival * 1000, is_deleted))

    def _describe(self, description: dict[str, Any]) -> None:
        self.group = restored(description, self.group)
        self.is_deleted = self.is_deleted or description["status"] == DELETED

    def _put(self, identifier: str, sequence: int, event_time: int, expires_at: int | None, *rest: Any) -> None:
        assert self.group is not None
        written_at, values, is_deleted = rest
        self.group.records.next_sequence = max(self.group.records.next_sequence, sequence + 1)
        self.records[identifier] = Record(
            identifier, sequence, event_time, _values(values), expires_at, is_deleted, written_at
        )

    def _remove(self, identifier: str) -> None:
        self.records.pop(identifier, None)

    def _row(self, number: int, values: Any, event_time: int, arrival: int, is_deleted: bool) -> None:  # noqa: FBT001
        self.rows[number] = _values(values), event_time, arrival, is_deleted

    def _writing(self, key: str, numbers: list[int]) -> None:
        self.intents[key] = numbers

    def _written(self, numbers: list[int]) -> None:
        for number in numbers:
            self.rows.pop(number, None)

    def _deleted(self) -> None:
        self.is_deleted = True


_APPLY: dict[str, Callable[..., None]] = {
    "group": Replay._describe,
    "put": Replay._put,
    "remove": Replay._remove,
    "row": Replay._row,
    "writing": Replay._writing,
    "written": Replay._written,
    "deleted": Replay._deleted,
}


def restored(description: dict[str, Any], known: FeatureGroup | None) -> FeatureGroup:
    """Create a group from a description, or apply the description to an existing group. Return the group.

    :param description: the result of ``journal.describe``
    :param known: the existing group, or None to create a group
    """
    members = description.copy()
    status, update, next_sequence = (members.pop(name) for name in ("status", "update", "next_sequence"))
    definitions = {definition.name: definition for definition in _definitions(members.pop("definitions"))}
    if known is None:
        known = FeatureGroup(**members, definitions=definitions)
    else:
        for name, value in members.items():
            setattr(known, name, value)
        known.definitions = definitions
    known.records.next_sequence = next_sequence
    known.apply_status(status)
    known.update = EndedTransition(update) if update else None
    return known


def _definitions(described: list[dict[str, Any]]) -> Iterator[FeatureDefinition]:
    for position, members in enumerate(described):
        definition = FeatureDefinition.from_api(members["given"], position, members["creation_time"])
        metadata = {name: members[name] for name in ("last_modified_time", "description", "parameters")}
        yield replace(definition, **metadata)


def _values(values: list[Any]) -> Values:
    return tuple(map(_value, values))


def _value(value: Any) -> Value | None:
    return tuple(value) if isinstance(value, list) else value
