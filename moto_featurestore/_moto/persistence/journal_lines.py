"""Text files in which each line has a checksum. One write system call appends one or more complete lines.

A line contains an entry: the CRC-32 of the rest of the line in eight hexadecimal digits, a space, and a JSON array.
docs/internals/data_directory.md describes the format. If a line is damaged, all other lines remain valid.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import RLock
from typing import Any
from zlib import crc32

Entry = list[Any]

_encode = json.JSONEncoder(separators=(",", ":")).encode


def encode(*entry: Any) -> bytes:
    """Return the line that contains an entry, as bytes."""
    text = _encode(entry).encode()
    return b"%08x %s\n" % (crc32(text), text)


def decode(line: bytes) -> Entry | None:
    """Return the entry in a line, or None if the line is damaged."""
    if line[8:9] != b" " or not line.endswith(b"\n") or line[:8] != b"%08x" % crc32(line[9:-1]):
        return None
    entry: Entry = json.loads(line[9:-1])
    return entry


def read(path: Path) -> Iterator[tuple[int, Entry | None, str]]:
    """Yield for each line of a file its number, its entry (None if the line is damaged), and a description of the damage."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            damage = "damaged" if line.endswith(b"\n") else "incomplete: its change was never acknowledged"
            yield number, decode(line), f"line {number} is {damage}"


class NotKeptError(OSError):
    """An error for a change that cannot be written to the data directory. The message contains the reason."""


class Lines:
    """A file to which only this process appends lines.

    :param lines: the first lines; the previous content of the file is discarded
    """

    def __init__(self, path: Path, lines: Iterable[bytes]) -> None:
        self.path = path
        self.lock = RLock()
        """The lock for writes. Callers also acquire it if other state must change together with the file."""
        self.size = 0
        """Size of the file in bytes."""
        self._file = -1
        self.replace(lines)

    def replace(self, lines: Iterable[bytes]) -> None:
        """Replace the content of the file. The old file remains until the new file is complete.

        :raises NotKeptError: if the file cannot be written
        """
        replacement = self.path.with_suffix(".new")
        with self.lock:
            try:
                with replacement.open("wb") as file:
                    file.writelines(lines)
                    file.flush()
                    os.fsync(file.fileno())
                replacement.replace(self.path)
            except OSError as error:
                raise NotKeptError(f"{self.path}: {error.strerror}") from error
            self.close()
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            self.size = os.fstat(self._file).st_size

    def append(self, line: bytes) -> None:
        """Append a line completely or not at all. Do nothing if the file is closed.

        :raises NotKeptError: if the line cannot be written
        """
        with self.lock:
            if self._file < 0:
                return
            try:
                written = os.write(self._file, line)
            except OSError as error:
                raise NotKeptError(f"{self.path}: {error.strerror}") from error
            if written != len(line):
                os.ftruncate(self._file, self.size)
                raise NotKeptError(f"{self.path}: {written} of {len(line)} bytes were written")
            self.size += written

    def close(self) -> None:
        """Close the file without deleting it."""
        with self.lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """Close and delete the file."""
        with self.lock:
            self.close()
            self.path.unlink(missing_ok=True)
