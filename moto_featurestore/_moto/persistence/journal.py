"""The journals of feature groups and stores: files to which each change is appended before it is made in memory.

docs/internals/data_directory.md describes the format. Times are in nanoseconds since 1970, except in rows of the offline
store: event times of rows are in seconds, and arrival times of rows are in microseconds.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from moto_featurestore._moto.persistence.journal_lines import Lines, encode
from moto_featurestore.store.changes import Change
from moto_featurestore.store.group import FeatureGroup, Store
from moto_featurestore.store.online import Record
from moto_featurestore.values import NANOSECONDS

_LEAST = 64 * 2**20
"""The minimum size in bytes at which a journal is rewritten. Reading a shorter journal takes little time."""


class KeptStore:
    """The journal file of a store, with the names of its Glue tables. The first entry creates the file."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path, self._store = path, store
        self._lines = Lines(path, self._snapshot()) if store.table_names else None

    def take_table_name(self, name: str) -> None:
        """Append an entry: the name of a Glue table is in use."""
        if self._lines is None:
            self._lines = Lines(self._path, self._snapshot())
        self._lines.append(encode("table", name))

    def end(self) -> None:
        """Delete the file. Later changes of the store are not recorded."""
        if self._lines is not None:
            self._lines.remove()

    def release(self) -> None:
        """Close the file without deleting it."""
        if self._lines is not None:
            self._lines.close()

    def _snapshot(self) -> Iterator[bytes]:
        yield encode("store", self._store.account_id, self._store.region)
        for name in sorted(self._store.table_names):
            yield encode("table", name)


class KeptGroup:
    """The journal file of a group. A file that has become too long is rewritten with the current state of the group.

    :param before_written: a function that saves the S3 objects of the offline store. It is called before an entry states
        that rows are in such an object.
    :param when_ended: a function that is called after the file is deleted
    :param is_deleted: True if the group is deleted, and still has buffered rows
    """

    def __init__(
        self,
        path: Path,
        group: FeatureGroup,
        before_written: Callable[[], None],
        when_ended: Callable[[], None],
        *,
        is_deleted: bool = False,
    ) -> None:
        self._group = group
        self._intents: dict[str, Sequence[int]] = {}
        self._is_deleted = is_deleted
        self._before_written, self._when_ended = before_written, when_ended
        self._lines = Lines(path, self._snapshot())
        self._limit = self._longest()

    def describe(self) -> None:
        """Append an entry with the definition and status of the group, without its records and rows."""
        self._lines.append(encode("group", describe(self._group)))

    def save(self, change: Change) -> None:
        """Append entries for all changes of records and rows, with one write system call."""
        if self._lines.size > self._limit:
            self.rewrite()
        lines = [encode("remove", identifier) for identifier in change.removed]
        lines += map(_put, change.records.values())
        lines += [
            encode("row", row.number, row.values, row.event_time // NANOSECONDS, row.now // 1000, row.is_deleted)
            for row in change.rows
        ]
        self._lines.append(b"".join(lines))

    def intend(self, key: str, numbers: Sequence[int]) -> None:
        """Append an entry: the rows with these numbers will be written to the S3 object with this key."""
        self._lines.append(encode("writing", key, numbers))
        self._intents[key] = numbers

    def take_written(self, numbers: Sequence[int]) -> None:
        """Append an entry: the rows with these numbers are in the offline store."""
        self._before_written()
        self._lines.append(encode("written", numbers))
        self._intents.clear()
        if self._is_deleted and len(numbers) == len(self._group.buffer):
            self.end()

    def close(self) -> None:
        """Append an entry: the group is deleted. Delete the file as soon as no buffered row is left."""
        self._lines.append(encode("deleted"))
        self._is_deleted = True
        if not self._group.buffer:
            self.end()

    def end(self) -> None:
        """Delete the file. Later changes of the group are not recorded."""
        self._lines.remove()
        self._when_ended()

    def release(self) -> None:
        """Close the file without deleting it."""
        self._lines.close()

    def rewrite(self) -> None:
        """Rewrite the file with the current state of the group. Call this method under the group's lock."""
        self._lines.replace(self._snapshot())
        self._limit = self._longest()

    def _snapshot(self) -> Iterator[bytes]:
        group = self._group
        yield encode("group", describe(group))
        for record in group.records:
            yield _put(record)
        for number, row, arrival in zip(group.buffer.numbers, group.buffer, group.buffer.arrivals, strict=True):
            yield encode("row", number, row.values, row.event_time, arrival, row.is_deleted)
        for key, numbers in self._intents.items():
            yield encode("writing", key, numbers)
        if self._is_deleted:
            yield encode("deleted")

    def _longest(self) -> int:
        return max(_LEAST, 2 * self._lines.size)


def _put(record: Record) -> bytes:
    times = record.event_time, record.expires_at, record.written_at
    return encode("put", record.identifier, record.sequence, *times, record.values, record.is_deleted)


def describe(group: FeatureGroup) -> dict[str, Any]:
    """Return the attributes of a group, without its records and rows, as a dict for JSON.

    If the status is in transition, the dict contains the final status.
    """
    return {
        "name": group.name,
        "arn": group.arn,
        "record_identifier": group.record_identifier,
        "event_time": group.event_time,
        "creation_time": group.creation_time,
        "description": group.description,
        "role_arn": group.role_arn,
        "throughput": group.throughput,
        "online_store": group.online_store,
        "offline_store": group.offline_store,
        "tags": group.tags,
        "failure_reason": group.failure_reason,
        "status": group.final_status,
        "update": group.update and group.update.last,
        "last_modified_time": group.last_modified_time,
        "on_demand_since": group.on_demand_since,
        "offline_store_status": group.offline_store_status,
        "next_sequence": group.records.next_sequence,
        "definitions": [
            {
                "given": definition.given,
                "creation_time": definition.creation_time,
                "last_modified_time": definition.last_modified_time,
                "description": definition.description,
                "parameters": definition.parameters,
            }
            for definition in group.definitions.values()
        ],
    }
