"""Files of lines, each with its checksum, that grow by one write to the kernel at a time.

A line is an entry: the CRC-32 of the rest in eight hexadecimal digits, a space, a JSON array. docs/server.md has the
format. Each entry holds by itself: where one is damaged, the others still do.
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
    """The line of an entry."""
    text = _encode(entry).encode()
    return b"%08x %s\n" % (crc32(text), text)


def decode(line: bytes) -> Entry | None:
    """The entry of a line; None where the line is damaged."""
    if line[8:9] != b" " or not line.endswith(b"\n") or line[:8] != b"%08x" % crc32(line[9:-1]):
        return None
    entry: Entry = json.loads(line[9:-1])
    return entry


def read(path: Path) -> Iterator[tuple[int, Entry | None, str]]:
    """The lines of a file: number, entry (None where the line is damaged), and what is wrong where it is."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            wrong = "damaged" if line.endswith(b"\n") else "incomplete: whatever it tells was never answered"
            yield number, decode(line), f"line {number} is {wrong}"


class NotKeptError(OSError):
    """Why a change cannot be kept."""


class Lines:
    """A file to append lines to; nobody else writes it.

    :param lines: what the file begins with, whatever it held before
    """

    def __init__(self, path: Path, lines: Iterable[bytes]) -> None:
        self.path = path
        self.lock = RLock()
        """Held while a line is written; to be held around what a line must be in step with."""
        self.size = 0
        """Bytes."""
        self._file = -1
        self.replace(lines)

    def replace(self, lines: Iterable[bytes]) -> None:
        """Write the file anew: until it is whole, the one before stays.

        :raises NotKeptError: where it cannot be written
        """
        anew = self.path.with_suffix(".new")
        with self.lock:
            try:
                with anew.open("wb") as file:
                    file.writelines(lines)
                    file.flush()
                    os.fsync(file.fileno())
                anew.replace(self.path)
            except OSError as error:
                raise NotKeptError(f"{self.path}: {error.strerror}") from error
            self.close()
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            self.size = os.fstat(self._file).st_size

    def append(self, line: bytes) -> None:
        """Append a line, whole or not at all; nothing, once the file is closed.

        :raises NotKeptError: where the line cannot be written
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
                raise NotKeptError(f"{self.path}: {written} of {len(line)} bytes could be written")
            self.size += written

    def close(self) -> None:
        """Let go of the file, which stays."""
        with self.lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """Close the file, and remove it."""
        with self.lock:
            self.close()
            self.path.unlink(missing_ok=True)
