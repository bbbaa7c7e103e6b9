"""The journal of a feature group: a file to which each change is appended before the change is answered.

A line is an entry: the CRC-32 of the rest in eight hexadecimal digits, a space, a JSON array. docs/server.md has the
format. Times are in nanoseconds since 1970, but those of rows: event times in seconds, arrivals in microseconds. Each
entry holds by itself: where one is damaged, the others still do.
"""

import json
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from zlib import crc32

from moto_featurestore.store import FeatureGroup, Record, Values
from moto_featurestore.values import NANOSECONDS

Entry = list[Any]

_encode = json.JSONEncoder(separators=(",", ":")).encode
_LEAST = 64 * 2**20
"""Bytes that a journal may have before it is written anew: shorter ones are read in a moment."""


def encode(*entry: Any) -> bytes:
    """The line of an entry."""
    text = _encode(entry).encode()
    return b"%08x %s\n" % (crc32(text), text)


def decode(line: bytes) -> Entry | None:
    """The entry of a line; None where the line is damaged."""
    if line[8:9] != b" " or not line.endswith(b"\n") or line[:8] != b"%08x" % crc32(line[9:-1]):
        return None
    entry: Entry = json.loads(line[9:-1])
    return entry


class GroupJournal:
    """Appends a group's entries to a file, which is written anew now and then, so that it does not outgrow the group.

    A row has a number from its arrival until it is written.

    :param before_written: called before rows are said to be written: what they were written to is safe by then
    :param when_ended: called when the file is gone
    """

    def __init__(
        self,
        path: Path,
        group: FeatureGroup,
        before_written: Callable[[], None],
        when_ended: Callable[["GroupJournal"], None],
        *,
        is_deleted: bool = False,
    ) -> None:
        self._path, self._group = path, group
        self._numbers = array("q", range(len(group.buffer)))
        self._next_number = len(self._numbers)
        self._intents: dict[str, list[int]] = {}
        self._is_deleted = is_deleted
        self._before_written, self._when_ended = before_written, when_ended
        self._lock = Lock()
        self._file = -1
        self._size = self._limit = 0
        self.rewrite()

    def describe(self, group: FeatureGroup) -> None:
        """Keep all of a group but its records and rows."""
        self._append(encode("group", describe(group)))

    def put(self, record: Record) -> None:
        """Keep a version of a record."""
        self._rewrite_if_long()
        self._append(_put(record))

    def remove(self, identifier: str) -> None:
        """Keep that a record leaves the online store."""
        self._append(encode("remove", identifier))

    def buffer_row(self, values: Values, event_time: int, now: int, *, is_deleted: bool) -> None:
        """Keep a row that is to wait for the offline store."""
        self._rewrite_if_long()
        row = self._next_number, values, event_time // NANOSECONDS, now // 1000, is_deleted
        self._append(encode("row", *row))
        self._numbers.append(self._next_number)
        self._next_number += 1

    def intend(self, key: str, places: Sequence[int]) -> None:
        """Keep that rows are about to be written to an object."""
        numbers = [self._numbers[place] for place in places]
        self._append(encode("writing", key, numbers))
        self._intents[key] = numbers

    def take_written(self, places: Sequence[int]) -> None:
        """Keep that rows are written."""
        if not places:
            return
        self._before_written()
        done = set(places)
        self._append(encode("written", [self._numbers[place] for place in places]))
        self._numbers = array("q", (number for place, number in enumerate(self._numbers) if place not in done))
        self._intents.clear()
        self._end_if_empty()

    def close(self) -> None:
        """Keep that the group is deleted: once its last row is written, the file goes."""
        self._append(encode("deleted"))
        self._is_deleted = True
        self._end_if_empty()

    def end(self) -> None:
        """Forget the group: the file goes, and what still comes is not kept."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._path.unlink(missing_ok=True)
            self._file = -1
        self._when_ended(self)

    def release(self) -> None:
        """Let go of the file, which stays."""
        with self._lock:
            os.close(self._file)
            self._file = -1

    def rewrite(self) -> None:
        """Write the file anew, with what there is now: under the group's lock."""
        anew = self._path.with_suffix(".new")
        with self._lock:
            with anew.open("wb") as file:
                file.writelines(self._snapshot())
                file.flush()
                os.fsync(file.fileno())
            anew.replace(self._path)
            if self._file >= 0:
                os.close(self._file)
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            self._size = os.fstat(self._file).st_size
            self._limit = max(_LEAST, 2 * self._size)

    def _snapshot(self) -> Iterator[bytes]:
        group = self._group
        yield encode("group", describe(group))
        for record in group.held():
            yield _put(record)
        for number, row, arrival in zip(self._numbers, group.buffer, group.buffer.arrivals, strict=True):
            yield encode("row", number, row.values, row.event_time, arrival, row.is_deleted)
        for key, numbers in self._intents.items():
            yield encode("writing", key, numbers)
        if self._is_deleted:
            yield encode("deleted")

    def _rewrite_if_long(self) -> None:
        if self._size > self._limit:
            self.rewrite()

    def _append(self, line: bytes) -> None:
        """One write to the kernel, whole or not at all.

        :raises OSError: where the line cannot be written; then the change is not made
        """
        with self._lock:
            if self._file < 0:
                return
            written = os.write(self._file, line)
            if written != len(line):
                os.ftruncate(self._file, self._size)
                raise OSError(f"{self._path}: {written} of {len(line)} bytes could be written")
            self._size += written

    def _end_if_empty(self) -> None:
        if self._is_deleted and not self._numbers:
            self.end()


def _put(record: Record) -> bytes:
    of_record = record.identifier, record.sequence, record.event_time, record.expires_at, record.values
    return encode("put", *of_record, record.is_deleted)


def describe(group: FeatureGroup) -> dict[str, Any]:
    """All of a group but its records and rows; a status that is on its way is the one at its end."""
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
