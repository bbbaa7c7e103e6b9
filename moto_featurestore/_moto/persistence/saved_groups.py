"""Functions that convert feature groups, records and waiting rows to rows of the database, and back.

A waiting row is a row that is not yet written to the offline store.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from moto_featurestore._moto.persistence.database import encode
from moto_featurestore.store.group import FeatureDefinition, FeatureGroup
from moto_featurestore.store.offline_buffer import NewRow
from moto_featurestore.store.online import Record
from moto_featurestore.values import NANOSECONDS, Value, Values

_NOT_SAVED = {
    *("definitions", "transition", "update", "_status"),  # ``describe`` adds them in another form
    *("records", "buffer"),  # in other tables
    *("online_bytes", "rows_written", "is_closed", "lock", "flush_lock", "pending", "observer", "_is_shared"),
}
_MEMBERS = [member.name for member in fields(FeatureGroup) if member.name not in _NOT_SAVED]
"""The names of the fields of FeatureGroup that are saved unchanged."""
BITS = 40
"""The number of low bits of a key that contain a record's sequence number, or the number of a waiting row.

The higher bits contain the key of the group's document.
"""


@dataclass
class EndedTransition:
    """A transition of a restored group, which has already reached its final status."""

    last: str

    @property
    def status(self) -> str:
        """The final status."""
        return self.last

    def advance(self) -> None:
        """Do nothing, since the transition has ended."""


def describe(group: FeatureGroup) -> dict[str, Any]:
    """Return a group without its records and rows as a JSON object.

    If a transition of the group's status has not ended, the JSON object contains the final status.
    """
    return {name: getattr(group, name) for name in _MEMBERS} | {
        "status": group.final_status,
        "update": group.update and group.update.last,
        "next_sequence": group.records.next_sequence,
        "definitions": [
            [
                definition.given,
                definition.creation_time,
                definition.last_modified_time,
                definition.description,
                definition.parameters,
            ]
            for definition in group.definitions.values()
        ],
    }


def restored(description: dict[str, Any]) -> FeatureGroup:
    """Return the group that ``describe`` has converted to the JSON object ``description``.

    :raises KeyError, TypeError, ValueError: if another build saved the group with other fields
    """
    status, update, next_sequence, definitions = (
        description.pop(name, None) for name in ("status", "update", "next_sequence", "definitions")
    )
    by_name = {definition.name: definition for definition in _definitions(definitions or [])}
    group = FeatureGroup(**description, definitions=by_name)
    group.records.next_sequence = next_sequence or 0
    group.apply_status(status)
    group.update = EndedTransition(update) if update else None
    return group


def _definitions(described: list[list[Any]]) -> Iterator[FeatureDefinition]:
    for position, (given, creation_time, last_modified_time, description, parameters) in enumerate(described):
        definition = FeatureDefinition.from_api(given, position, creation_time)
        yield replace(definition, last_modified_time=last_modified_time, description=description, parameters=parameters)


def key_of(group_key: int, number: int) -> int:
    """Return the key of the database row for a record or a waiting row.

    :param group_key: the key of the group's document
    :param number: the sequence number of the record, or the number of the waiting row
    """
    return group_key << BITS | number


def record_row(group_key: int, record: Record) -> tuple[int, bytes]:
    """Convert a record to a row of the database table ``record``."""
    times = record.event_time, record.expires_at, record.written_at
    return encode("r", key_of(group_key, record.sequence), *times, record.is_deleted, record.values)


def waiting_row(group_key: int, row: NewRow) -> tuple[int, bytes]:
    """Convert a waiting row to a row of the database table ``waiting_row``."""
    event_time, arrival = row.event_time // NANOSECONDS, row.now // 1000
    return encode("w", key_of(group_key, row.number), event_time, arrival, row.is_deleted, row.values)


def all_rows(group: FeatureGroup) -> Iterator[NewRow]:
    """Yield the waiting rows of a group."""
    for number, arrival, row in zip(group.buffer.numbers, group.buffer.arrivals, group.buffer, strict=True):
        yield NewRow(number, row.values, row.event_time * NANOSECONDS, arrival * 1000, row.is_deleted)


def add_record(group: FeatureGroup, sequence: int, members: list[Any]) -> None:
    """Add a saved record to a group. Call this function in the order of the sequence numbers.

    :param members: the JSON values of the database row
    """
    event_time, expires_at, written_at, is_deleted, values = members
    record = Record(
        values[group.identifier_definition.position],
        sequence,
        event_time,
        _values(values),
        expires_at,
        is_deleted,
        written_at,
    )
    group.records.store(record)
    group.online_bytes += group.size(record.values)


def add_row(group: FeatureGroup, number: int, members: list[Any]) -> None:
    """Append a saved waiting row to a group's buffer.

    :param members: the JSON values of the database row
    """
    event_time, arrival, is_deleted, values = members
    group.buffer.append(NewRow(number, _values(values), event_time * NANOSECONDS, arrival * 1000, is_deleted))


def _values(values: list[Any]) -> Values:
    return tuple(map(_value, values))


def _value(value: Any) -> Value | None:
    return tuple(value) if isinstance(value, list) else value
