"""DuckDB's errors in Athena's words, and the files that it can open."""

import io

import duckdb
import pytest
from support.lake import MemoryObject, descriptor

from moto_featurestore.athena.failures import failure
from moto_featurestore.athena.filesystem import LakeFileSystem, Session
from moto_featurestore.athena.language.macros import scientific


def test_what_is_not_known_is_told_as_it_is():
    error = duckdb.IOException("IO Error: Cannot open lake://7/bucket/key\nmore")
    assert failure(error, None).reason == "GENERIC_INTERNAL_ERROR: Cannot open s3://bucket/key"


def test_types_that_only_duckdb_knows_are_compared_by_it():
    error = duckdb.BinderException(
        "Cannot compare values of type INTEGER[] and type DATE - an explicit cast is required"
    )
    assert failure(error, None).reason == "TYPE_MISMATCH: Cannot apply operator: integer[] = date"


def test_a_column_that_is_nowhere_in_the_query_has_no_place():
    error = duckdb.BinderException('Referenced column "Owner" not found in FROM clause!')
    reason = failure(error, None).reason
    assert reason.startswith("COLUMN_NOT_FOUND: Column 'owner' cannot be resolved")


@pytest.fixture
def files():
    return LakeFileSystem()


def test_a_session_reads_its_objects_piece_by_piece(files):
    session = Session()
    path = session.admit("bucket", MemoryObject("key", b"0123456789"))
    files.begin(session)
    assert files.exists(path)
    assert files.glob(path) == [path]
    assert files.glob(f"{path}*") == []
    assert files.info(path)["size"] == 10
    source = files.open(path)
    assert (source.readable(), source.seekable(), source.tell()) == (True, True, 0)
    assert source.read(3) == b"012"
    assert source.seek(2, io.SEEK_CUR) == 5
    assert source.read(2) == b"56"
    assert source.seek(-1, io.SEEK_END) == 9
    assert source.read() == b"9"
    assert session.bytes_read == 6


def test_a_session_writes_where_it_was_let_and_ends(files):
    session = Session()
    files.begin(session)
    path = session.sink("out")
    with files.open(path, "wb") as sink:
        sink.write(b"written")
    assert session.written(path) == b"written"
    with pytest.raises(PermissionError):
        files.open(f"{path}2", "wb")
    with pytest.raises(FileNotFoundError):
        files.open(path)
    files.end(session)
    with pytest.raises(FileNotFoundError):
        files.exists(path)


def test_a_signal_interrupts_a_query_and_its_exception_goes_on(engine):
    engine.lake.objects = lambda *_: (_ for _ in ()).throw(RuntimeError("Query interrupted"))  # what DuckDB raises then
    engine.lake.put_table("db", "t", {"StorageDescriptor": descriptor({"n": "int"}, "s3://bucket/t")})
    with pytest.raises(KeyboardInterrupt):
        engine.run("SELECT * FROM t")


def test_a_column_that_is_none_is_told_without_the_query_too():
    error = duckdb.BinderException('Binder Error: Referenced column "A" not found in FROM clause!')
    assert failure(error, None).reason.startswith("COLUMN_NOT_FOUND: Column 'a' cannot be resolved")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1e7", "1.0E7"),
        ("-1.25e-05", "-1.25E-5"),
        ("nan", "NaN"),
        ("-nan", "NaN"),
        ("inf", "Infinity"),
        ("-inf", "-Infinity"),
    ],
)
def test_numbers_are_written_as_java_writes_them(text, told):
    """https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#toString-double-."""
    assert scientific(text) == told


def test_columns_of_one_type_are_told_apart(engine):
    """Doubles and reals, whose texts are made together."""
    [row] = engine.rows(
        "SELECT CAST(1.5 AS real), 1e7, 'x', CAST(NULL AS double), CAST(NULL AS real), 0.25e0, 1, CAST(1e-5 AS real)"
    )
    assert row == ["1.5", "1.0E7", "x", None, None, "0.25", "1", "1.0E-5"]
