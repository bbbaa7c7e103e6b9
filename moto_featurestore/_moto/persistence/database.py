"""The SQLite database of a data directory, and the search for rows in a damaged database file.

Each table has the columns ``key`` (an integer) and ``body``. A body is a CRC-32 in eight hexadecimal digits, and a JSON
array that begins with the table's letter and the key. Therefore this module can check each row alone, and can find rows
in a damaged file without SQLite.

SQLite uses a rollback journal (``journal_mode=PERSIST``), because a damaged write-ahead log loses more data: after a
damaged page, SQLite ignores all later transactions in the log, and reports no error. Both take the same time here.
``secure_delete`` overwrites deleted rows, so that a search of a damaged file does not find deleted rows.
"""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, TextIO
from zlib import crc32

FORMAT = 2
"""The version of the directory's format: see docs/internals/data_directory.md. Format 1 had no SQLite database."""
TABLES = {"d": "document", "c": "document_copy", "r": "record", "w": "waiting_row"}
"""A dict from letter to table name. Each document is in two tables, so that one damaged page does not lose a group."""
_PAGE = 4096
_LEAF = 0x0D
_INLINE = _PAGE - 35
"""The largest payload that SQLite stores in one page of a table."""
_PRAGMAS = (
    f"page_size = {_PAGE}",
    "locking_mode = EXCLUSIVE",  # the directory is locked already: SQLite need not lock the file for each transaction
    "journal_mode = PERSIST",
    "synchronous = OFF",
    "secure_delete = ON",
    "cache_size = -8000",
)

_encode = json.JSONEncoder(separators=(",", ":")).encode


class DataError(Exception):
    """A data directory cannot be used. The message gives the reason."""


class NotSavedError(OSError):
    """A change cannot be saved in the data directory. The message gives the reason."""


def encode(letter: str, key: int, *members: Any) -> tuple[int, bytes]:
    """Return a row of a table: the key, and the body with its checksum.

    :param letter: the table's letter in ``TABLES``
    :param members: JSON values
    """
    text = _encode((letter, key, *members)).encode()
    return key, b"%08x%s" % (crc32(text), text)


def decode(letter: str, key: int, body: bytes) -> list[Any] | None:
    """Return the JSON values in the body of a row. Return None if the row is damaged.

    :param letter: the letter of the table in which the row was found
    :param key: the key with which the row was found
    """
    text = body[8:]
    if body[:8] != b"%08x" % crc32(text):
        return None
    found_letter, found_key, *members = json.loads(text)
    return members if (found_letter, found_key) == (letter, key) else None


class Database:
    """The SQLite database of a data directory. The object locks the directory until ``close()``.

    :param folder: the directory
    :raises DataError: if the directory cannot be used
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "featurestore.sqlite"
        self.lock = RLock()
        """Held during a transaction."""
        self.damage: list[str] = []
        """Descriptions of the damage found so far, for a message to the user."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock_file = _lock(folder)
            folder.chmod(0o700)
            is_new = _is_new(folder)
            if not is_new and not self._has_content():
                self.damage.append("it is missing or empty")
            self._open()
            if is_new:
                (folder / "format.json").write_text(json.dumps({"format": FORMAT}) + "\n")
        except (OSError, sqlite3.OperationalError) as error:
            raise DataError(f"cannot use {folder}: {error}") from error

    def _has_content(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def _open(self) -> None:
        has_content = self._has_content()
        self._connection = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            if not has_content:
                self._create_tables()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self.damage.append("it is not a database")

    def _create_tables(self) -> None:
        with self.transaction():
            for table in TABLES.values():
                self._connection.execute(f"CREATE TABLE {table} (key INTEGER PRIMARY KEY, body BLOB)")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes of the ``with`` block, or none if the block raises an exception.

        An inner transaction becomes part of the outer transaction.

        :raises NotSavedError: if SQLite cannot save the changes
        """
        with self.lock:
            if self._connection.in_transaction:  # this block is part of an outer transaction
                yield
                return
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.DatabaseError):
                    raise NotSavedError(f"{self.path}: {error}") from error
                raise

    def put(self, letter: str, rows: Iterable[tuple[int, bytes]]) -> None:
        """Insert rows into a table. A new row replaces an old row with the same key.

        :param rows: results of ``encode``
        """
        self._connection.executemany(f"INSERT OR REPLACE INTO {TABLES[letter]} VALUES (?, ?)", rows)  # noqa: S608

    def delete(self, letter: str, keys: Iterable[int]) -> None:
        """Delete the rows of a table that have one of these keys."""
        self._connection.executemany(f"DELETE FROM {TABLES[letter]} WHERE key = ?", ((key,) for key in keys))  # noqa: S608

    def delete_range(self, letter: str, start: int, end: int) -> None:
        """Delete the rows of a table with ``start <= key < end``."""
        self._connection.execute(f"DELETE FROM {TABLES[letter]} WHERE key >= ? AND key < ?", (start, end))  # noqa: S608

    def is_sound(self) -> bool:
        """Return True if SQLite finds no damage in the file. Otherwise, describe the damage in ``damage``."""
        try:
            [(result,), *_] = self._connection.execute("PRAGMA quick_check(1)").fetchall()
            for table in TABLES.values():
                self._connection.execute(f"SELECT key, body FROM {table} LIMIT 0")  # noqa: S608
        except sqlite3.DatabaseError as error:
            result = str(error)
        if result != "ok":
            self.damage.append(" ".join(result.split()))
        return bool(result == "ok")

    def rows(self, letter: str, *, is_sound: bool) -> Iterator[tuple[int, list[Any]]]:
        """Yield the key and the JSON values of each undamaged row of a table.

        If rows are damaged, add their number to ``damage``.

        :param is_sound: the result of ``is_sound()``. If it is false, search all pages of the file without SQLite.
        """
        damaged = 0
        found = self._connection.execute(f"SELECT key, body FROM {TABLES[letter]} ORDER BY key") if is_sound else None  # noqa: S608
        for key, body in found or salvage(self.path, letter):
            members = decode(letter, key, body) if isinstance(body, bytes) else None
            if members is None:
                damaged += 1
            else:
                yield key, members
        if damaged:
            self.damage.append(f"{damaged} rows of the table {TABLES[letter]} are damaged")

    def replace(self) -> Path:
        """Move the database files to a new folder in ``damaged``, and return this folder. Create an empty database."""
        self._connection.close()
        damaged = self.folder / "damaged" / str(time.time_ns())
        damaged.mkdir(parents=True)
        for path in self.folder.glob(f"{self.path.name}*"):
            shutil.move(path, damaged)
        self._open()
        return damaged

    def close(self) -> None:
        """Close the database, and unlock the directory."""
        with self.lock:
            self._connection.close()
        self._lock_file.close()


def _lock(folder: Path) -> TextIO:
    try:
        import fcntl
    except ImportError:
        raise DataError(f"cannot lock {folder}: --data requires a POSIX system") from None
    file = (folder / "lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise DataError(f"another server uses {folder}") from None
    return file


def _is_new(folder: Path) -> bool:
    """Return True if a folder is not yet a data directory.

    :raises DataError: if the data directory has a format that this release does not read
    """
    try:
        version = json.loads((folder / "format.json").read_text())["format"]
    except FileNotFoundError:
        if (folder / "groups").is_dir():
            version = 1
        else:
            return True
    except (LookupError, TypeError, ValueError):
        version = FORMAT  # the file is damaged; the rows of the database have checksums
    if version != FORMAT:
        raise DataError(f"{folder} has format {version}; this release reads format {FORMAT}. Use another directory")
    return False


# Reading a damaged file.


def salvage(path: Path, letter: str) -> Iterator[tuple[int, bytes]]:
    """Search all pages of a database file for rows of a table. Yield their keys and bodies, in ascending order of keys.

    The rows can be damaged. https://www.sqlite.org/fileformat2.html describes the pages. SQLite itself finds a page only
    by a reference in another page. If that page is damaged, SQLite does not find the rows.
    """
    data = path.read_bytes()
    found: dict[int, bytes] = {}
    mark = f'["{letter}",'.encode()
    for start in range(0, len(data), _PAGE):
        header = start + (100 if start == 0 else 0)
        if data[header : header + 1] != bytes([_LEAF]):
            continue
        for number in range(int.from_bytes(data[header + 3 : header + 5])):
            place = header + 8 + 2 * number
            cell = start + int.from_bytes(data[place : place + 2])
            with suppress(IndexError):
                key, body = _cell(data, cell)
                if body[8:].startswith(mark) and (key not in found or decode(letter, key, body)):
                    found[key] = body
    yield from sorted(found.items())


def _cell(data: bytes, cell: int) -> tuple[int, bytes]:
    """Return the key and the body of a row.

    :param data: the content of the database file
    :param cell: the offset of the row in ``data``
    """
    size, place = _varint(data, cell)
    key, place = _varint(data, place)
    local = size
    if size > _INLINE:
        least = (_PAGE - 12) * 32 // 255 - 23
        local = least + (size - least) % (_PAGE - 4)
        local = local if local <= _INLINE else least
    payload = data[place : place + local]
    page = int.from_bytes(data[place + local : place + local + 4]) if size > local else 0
    while page and len(payload) < size:
        start = (page - 1) * _PAGE
        payload += data[start + 4 : start + min(_PAGE, 4 + size - len(payload))]
        page = int.from_bytes(data[start : start + 4])
    return key, payload[payload[0] :]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return the variable-length integer at the offset ``place``, and the offset after it."""
    value = 0
    for length in range(8):
        byte = data[place + length]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the last byte
            return value, place + length + 1
    return value << 8 | data[place + 8], place + 9
