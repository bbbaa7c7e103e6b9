"""The SQLite database of a data directory: transactions, checksums, and reading a damaged file."""

import sqlite3
import subprocess
import sys

import pytest

from moto_featurestore._moto.persistence.database import Database, DataError, NotSavedError, decode, encode, salvage


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def database(folder):
    database = Database(folder)
    yield database
    database.close()


def fill(database, rows=300, length=100):
    with database.transaction():
        database.put("r", [encode("r", key, "x" * length) for key in range(rows)])
        database.put("w", [encode("w", 1, "waiting")])


def keys(database, letter="r"):
    return [key for key, _ in database.rows(letter, is_sound=database.is_sound())]


def overwrite(path, position, content):
    with path.open("r+b") as file:
        file.seek(position)
        file.write(content)


@pytest.mark.parametrize("body", [b"", b"00000000[]", b"xxxxxxxx", encode("w", 1, "a")[1], encode("r", 2, "a")[1]])
def test_decode_other_row_returns_none(body):
    assert decode("r", 1, body) is None


def test_decode_returns_the_members_of_encode():
    key, body = encode("r", 1 << 50, "ü\ud800", None, ["a"])
    assert decode("r", key, body) == ["ü\ud800", None, ["a"]]


def test_reopened_database_has_the_rows(database, folder):
    fill(database)
    with database.transaction():
        database.delete("r", [0, 1])
        database.delete_range("r", 10, 300)
    database.close()
    again = Database(folder)
    assert keys(again) == [*range(2, 10)]
    assert dict(again.rows("w", is_sound=True)) == {1: ["waiting"]}
    assert again.damage == []
    again.close()


def put_and_fail(database):
    database.put("r", [encode("r", 1000)])
    raise LookupError


def test_transaction_after_an_exception_changes_nothing(database):
    fill(database)
    with pytest.raises(LookupError), database.transaction():
        put_and_fail(database)
    assert len(keys(database)) == 300


def test_transaction_in_another_one_ends_with_it(database):
    with pytest.raises(LookupError), database.transaction(), database.transaction():
        put_and_fail(database)
    assert keys(database) == []


def test_transaction_on_a_full_disk_raises_not_saved_error(database):
    database._connection.execute("PRAGMA max_page_count = 10")
    with pytest.raises(NotSavedError, match="database or disk is full"):
        fill(database, rows=1000)
    assert keys(database) == []


def test_directory_is_readable_by_its_owner_only(database, folder):
    assert folder.stat().st_mode & 0o777 == 0o700


def test_removed_rows_are_overwritten(database, folder):
    fill(database)
    with database.transaction():
        database.delete_range("r", 0, 1000)
    assert b"xxxx" not in (folder / "featurestore.sqlite").read_bytes()


# A damaged file.


@pytest.mark.parametrize("length", [100, 5_000, 20_000])
def test_salvage_finds_all_rows(database, length):
    fill(database, rows=1000 if length == 100 else 30, length=length)
    assert list(salvage(database.path, "r")) == list(database._connection.execute("SELECT * FROM record ORDER BY key"))
    assert [decode("w", *row) for row in salvage(database.path, "w")] == [["waiting"]]


def test_salvage_integers_of_all_lengths(database):
    numbers = [1, 127, 128, 1 << 20, 1 << 55, 1 << 57, (1 << 62) + 1]
    with database.transaction():
        database.put("r", [encode("r", number) for number in numbers])
    assert [key for key, _ in salvage(database.path, "r")] == numbers


def test_rows_with_a_flipped_byte_are_left_out_and_noted(database, folder):
    fill(database)
    content = database.path.read_bytes()
    overwrite(database.path, content.index(b"xxx"), b"y")
    database.close()
    again = Database(folder)
    assert len(keys(again)) == 299
    assert again.damage == ["1 rows of the table record are damaged"]
    again.close()


@pytest.mark.parametrize(
    ("position", "content"),
    [(0, b"X" * 100), (100, b"\0" * 300), (40 * 4096, b"\0" * 4096)],
    ids=["header", "schema", "page"],
)
def test_rows_outside_of_a_damaged_page_are_read(database, folder, position, content):
    fill(database, rows=3000)
    database.close()
    overwrite(database.path, position, content)
    again = Database(folder)
    assert len(keys(again)) > 2900
    assert again.damage
    again.close()


def test_rows_of_a_damaged_interior_page_are_read(database, folder):
    fill(database, rows=3000)
    [root] = database._connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'record'").fetchone()
    database.close()
    overwrite(database.path, (root - 1) * 4096, b"\xff" * 64)
    again = Database(folder)
    assert keys(again) == [*range(3000)]
    assert again.damage
    again.close()


def test_damaged_cell_pointers_are_ignored(database):
    fill(database)
    content = bytearray(database.path.read_bytes())
    page = content.index(b"xxx") // 4096 * 4096
    content[page + 3 : page + 10] = b"\xff" * 7
    database.path.write_bytes(content)
    assert 200 < len(list(salvage(database.path, "r"))) < 300


def test_missing_database_is_noted(database, folder):
    database.close()
    database.path.write_bytes(b"")
    again = Database(folder)
    assert again.damage == ["it is missing or empty"]
    again.close()


def test_replace_keeps_the_damaged_files(database):
    fill(database)
    kept = database.replace()
    assert (kept / "featurestore.sqlite").is_file()
    assert keys(database) == []
    fill(database)
    assert len(keys(database)) == 300


# Access to the directory.


def test_directory_in_use_raises_data_error(database, folder):
    code = f"from pathlib import Path; from moto_featurestore._moto.persistence.database import Database; Database(Path({str(folder)!r}))"
    second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"DataError: another server uses {folder}" in second.stderr


@pytest.mark.parametrize("version", ['{"format": 1}', '{"format": 3}'])
def test_directory_of_another_format_raises_data_error(version, folder):
    folder.mkdir()
    (folder / "format.json").write_text(version)
    with pytest.raises(DataError, match=r"has format \d; this release reads format 2. Use another directory"):
        Database(folder)


def test_directory_with_journals_raises_data_error(folder):
    (folder / "groups").mkdir(parents=True)
    with pytest.raises(DataError, match="has format 1; this release reads format 2"):
        Database(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "x"])
def test_directory_with_a_damaged_format_file_is_read(content, database, folder):
    fill(database)
    database.close()
    (folder / "format.json").write_text(content)
    again = Database(folder)
    assert len(keys(again)) == 300
    again.close()


def test_directory_without_file_locks_raises_data_error(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(DataError, match="--data requires a POSIX system"):
        Database(folder)


def test_directory_below_a_file_raises_data_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot use"):
        Database(tmp_path / "file")


def test_directory_whose_database_cannot_be_opened_raises_data_error(folder, monkeypatch):
    (folder / "featurestore.sqlite").mkdir(parents=True)
    with pytest.raises(DataError, match="unable to open database file"):
        Database(folder)


def test_directory_whose_database_another_program_uses_raises_data_error(database, folder):
    database.close()
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DataError, match="database is locked"):
        Database(folder)
    other.close()


def test_reading_errors_of_sqlite_are_noted(database, monkeypatch):
    class Broken:
        def execute(self, *_):
            raise sqlite3.DatabaseError("malformed")

    fill(database)
    connection, database._connection = database._connection, Broken()
    assert not database.is_sound()
    assert database.damage == ["malformed"]
    database._connection = connection
