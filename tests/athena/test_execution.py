"""The translation of DuckDB errors to Athena errors, the file system of DuckDB, and the text of numbers."""

import io
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from support.ports import MemoryObject
from support.s3_and_glue import descriptor

from moto_featurestore.athena.execution import Database
from moto_featurestore.athena.failures import failure
from moto_featurestore.athena.filesystem import QueryFileSystem, Session
from moto_featurestore.athena.language.json_functions import scientific


def macro_count(connection):
    sql = "SELECT count(*) FROM duckdb_functions() WHERE function_name LIKE 'athena%'"
    return connection.execute(sql).fetchone()[0]


def test_database_creates_macros_at_their_first_use():
    database = Database()
    with database.session() as (_, connection):
        assert macro_count(connection) == 0
        assert connection.execute("SELECT ATHENA_JSON_DOUBLE(1e8)").fetchone() == ("1.0E8",)
        used = macro_count(connection)
        assert used > 1, "the macro uses other macros"
        connection.execute("SELECT athena_json_double(1e8)")
        assert macro_count(connection) == used


def test_database_creates_macros_once_for_concurrent_queries():
    database = Database()

    def query(number):
        with database.session(str(number)) as (_, connection):
            return connection.execute("SELECT athena_double(1e-9), athena_json_double(1e8)").fetchone()

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(query, range(16))) == {("1.0E-9", "1.0E8")}


def test_unknown_duckdb_error_becomes_failure_with_its_first_line():
    error = duckdb.IOException("IO Error: Cannot open query://7/bucket/key\nmore")
    assert failure(error, None).reason == "GENERIC_INTERNAL_ERROR: Cannot open s3://bucket/key"


def test_duckdb_error_for_incompatible_comparison_becomes_type_mismatch():
    error = duckdb.BinderException(
        "Cannot compare values of type INTEGER[] and type DATE - an explicit cast is required"
    )
    assert failure(error, None).reason == "TYPE_MISMATCH: Cannot apply operator: array(integer) = date"


def test_duckdb_error_for_column_that_is_not_in_the_query_has_no_position():
    error = duckdb.BinderException('Referenced column "Owner" not found in FROM clause!')
    reason = failure(error, None).reason
    assert reason.startswith("COLUMN_NOT_FOUND: Column 'owner' cannot be resolved")


@pytest.fixture
def files():
    return QueryFileSystem()


def test_duckdb_session_file_supports_read_and_seek(files):
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


def test_duckdb_session_can_write_only_to_registered_files_until_it_ends(files):
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


def test_query_run_interrupted_by_signal_raises_keyboard_interrupt(engine):
    engine.services.objects = lambda *_: (_ for _ in ()).throw(
        RuntimeError("Query interrupted")
    )  # DuckDB raises this after a signal
    engine.services.put_table("db", "t", {"StorageDescriptor": descriptor({"n": "int"}, "s3://bucket/t")})
    with pytest.raises(KeyboardInterrupt):
        engine.run("SELECT * FROM t")


def test_duckdb_error_for_unknown_column_without_query_has_the_column_name():
    error = duckdb.BinderException('Binder Error: Referenced column "A" not found in FROM clause!')
    assert failure(error, None).reason.startswith("COLUMN_NOT_FOUND: Column 'a' cannot be resolved")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e7", "1.0E7"),
        ("-1.25e-05", "-1.25E-5"),
        ("nan", "NaN"),
        ("-nan", "NaN"),
        ("inf", "Infinity"),
        ("-inf", "-Infinity"),
    ],
)
def test_select_formats_large_and_small_doubles_like_java(text, expected):
    """https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#toString-double-."""
    assert scientific(text) == expected


def test_select_of_double_and_real_columns_preserves_the_column_order(engine):
    """The engine formats all doubles and reals of a result together."""
    [row] = engine.rows(
        "SELECT CAST(1.5 AS real), 1e7, 'x', CAST(NULL AS double), CAST(NULL AS real), 0.25e0, 1, CAST(1e-5 AS real)"
    )
    assert row == ["1.5", "1.0E7", "x", None, None, "0.25", "1", "1.0E-5"]
