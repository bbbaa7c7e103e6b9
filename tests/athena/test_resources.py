"""Queries that would take all of a machine's time or memory are refused or stopped."""

import time

import duckdb
import pytest

from moto_featurestore.athena.execution import Database

LIMIT = 5
"""Seconds."""


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT lpad('x', 2147483647, 'y')", "INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..1048576]"),
        ("SELECT rpad('x', 2147483647, 'y')", "INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..1048576]"),
        # https://github.com/trinodb/trino, RepeatFunction
        ("SELECT repeat('x', 1000000000)", "INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be less than or equal to 10000"),
        ("SELECT repeat('x', -1)", "INVALID_FUNCTION_ARGUMENT: count argument of repeat function must be greater than or equal to 0"),
        # https://github.com/trinodb/trino, SqlParser
        (f"SELECT {'(' * 3000}1{')' * 3000}", "STACK_OVERFLOW: statement is too large (stack overflow while parsing)"),
    ],
)  # fmt: skip
def test_query_that_exceeds_the_size_limit_fails_quickly(engine, sql, reason):
    began = time.monotonic()
    assert engine.reason(sql) == reason
    assert time.monotonic() - began < LIMIT


@pytest.mark.parametrize("word", ["OR", "AND"])
def test_query_with_long_chain_of_conditions_succeeds(engine, word):
    comparison = "<>" if word == "AND" else "="
    terms = f" {word} ".join(f"s {comparison} 'x{number}'" for number in range(5000))
    sql = f"SELECT s FROM (VALUES 'x4999', 'y') AS t (s) WHERE ({terms}) AND s IS NOT NULL"
    began = time.process_time()
    assert engine.rows(sql) == [["y" if word == "AND" else "x4999"]]
    assert time.process_time() - began < 2 * LIMIT


def test_query_engine_has_the_configured_memory_limit(monkeypatch):
    def limit(database):
        with database.session() as (_, cursor):
            return cursor.execute("SELECT current_setting('memory_limit')").fetchone()[0]

    assert limit(Database(memory="512MiB")) == "512.0 MiB"
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "1")
    one = limit(Database())
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "4")
    assert limit(Database()) != one


def test_query_above_the_memory_limit_fails():
    with Database(memory="64MiB").session() as (_, cursor), pytest.raises(duckdb.OutOfMemoryException):
        cursor.execute("SELECT count(DISTINCT a.range || b.range) FROM range(20000) a, range(1000) b").fetchall()
