"""Results: their texts, compared with pandas and pyarrow, and their pages."""

import io
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine import Engine
from support.ports import MemoryObject
from support.s3_and_glue import MemoryS3AndGlue, add_table

from moto_featurestore.athena.results import csv_page, text_page

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.none() | texts,
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
            "x": st.none() | st.floats(),
            "f": st.none() | st.booleans(),
            "at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - of no zone
        }
    ),
    max_size=20,
)
SCHEMA = pa.schema(
    [("id", pa.string()), ("n", pa.int64()), ("x", pa.float64()), ("f", pa.bool_()), ("at", pa.timestamp("ms"))]
)
TYPES = {"id": "string", "n": "bigint", "x": "double", "f": "boolean", "at": "timestamp"}


def whole_milliseconds(moment):
    return moment and moment.replace(microsecond=moment.microsecond // 1000 * 1000, fold=0)


def test_select_with_is_nan_condition_ignores_file_statistics(database):
    """DuckDB assumes that isnan() is false if the Parquet file's minimum and maximum are numbers."""
    engine = Engine(database, MemoryS3AndGlue())
    add_table(engine.services, "t", {"x": "double"}, pa.table({"x": [0.0, float("nan"), float("inf"), float("-inf")]}))
    add_table(engine.services, "u", {"x": "double"}, pa.table({"x": [0.0, float("nan")]}))
    assert engine.rows("SELECT * FROM t") == [["0.0"], ["NaN"], ["Infinity"], ["-Infinity"]]
    assert engine.rows("SELECT * FROM u") == [["0.0"], ["NaN"]]
    add_table(engine.services, "v", {"x": "double"}, pa.table({"x": [1e7, -float("nan")]}))
    assert engine.rows("SELECT x, is_nan(x) FROM v") == [["1.0E7", "false"], ["NaN", "true"]]


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, split=st.integers(0, 20))
def test_select_returns_the_values_written_by_put_record(database, rows, split):
    rows = [row | {"at": whole_milliseconds(row["at"])} for row in rows]
    parts = [pa.Table.from_pylist(part, schema=SCHEMA) for part in (rows[:split], rows[split:])]
    engine = Engine(database, MemoryS3AndGlue())
    add_table(engine.services, "t", TYPES, *parts)
    read = [
        {
            "id": row[0],
            "n": row[1] and int(row[1]),
            "x": row[2] and float(row[2]),
            "f": row[3] and row[3] == "true",
            "at": row[4] and datetime.fromisoformat(row[4]),
        }
        for row in engine.rows("SELECT * FROM t")
    ]
    assert sorted(map(repr, read)) == sorted(repr({name: row[name] for name in SCHEMA.names}) for row in rows)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS)
def test_select_with_aggregates_equals_pandas_result(database, rows):
    for row in rows:
        row["x"] = row["x"] if row["x"] is not None and abs(row["x"]) < 1e100 else None  # neither infinite nor NaN
        row["at"] = None
    frame = pd.DataFrame(rows, columns=SCHEMA.names).astype({"x": float})
    groups = frame.groupby(frame["f"].map({True: "true", False: "false", None: "none"}))["x"]
    expected = [
        [f, str(len(xs)), str(xs.count()), *(None if xs.count() == 0 else value for value in (xs.min(), xs.max()))]
        for f, xs in groups
    ]
    engine = Engine(database, MemoryS3AndGlue())
    add_table(engine.services, "t", TYPES, pa.Table.from_pylist(rows, schema=SCHEMA))
    answer = engine.rows(
        "SELECT f, count(*), count(x), min(x), max(x) FROM t GROUP BY f ORDER BY coalesce(cast(f AS varchar), 'none')"
    )
    read = [[row[0] or "none", *row[1:3], *(value and float(value) for value in row[3:])] for row in answer]
    assert read == expected


@settings(max_examples=200, deadline=None)
@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_in_results_have_the_format_of_java(database, number):
    """https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#toString-double-"""
    with database.session() as (_, cursor):
        text = cursor.execute("SELECT athena_double(?::DOUBLE)", [number]).fetchone()[0]
    assert float(text) == number
    mantissa, _, exponent = text.lstrip("-").partition("E")
    whole, _, fraction = mantissa.partition(".")
    assert fraction
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        assert not exponent
    else:
        assert len(whole) == 1
        assert whole != "0"
        assert fraction == "0" or not fraction.endswith("0")
        assert str(int(exponent)) == exponent


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.lists(st.none() | texts, min_size=2, max_size=2), max_size=30), limit=st.integers(1, 7))
def test_get_query_results_pages_contain_each_row_exactly_once(rows, limit):
    def field(value):
        return "" if value is None else '"' + value.replace('"', '""') + '"'

    body = "".join(",".join(map(field, row)) + "\n" for row in rows).encode()
    stored, position, read = MemoryObject("key", body), 0, []
    while position is not None:
        page = csv_page(stored, position, limit)
        assert len(page.rows) <= limit
        read += [[value.get("VarCharValue") for value in row["Data"]] for row in page.rows]
        position = page.next_position
    assert read == rows


def test_get_query_results_returns_a_row_longer_than_the_read_size():
    body = b'"' + b"x" * 2_000_000 + b'"\n"y"\n'
    page = csv_page(MemoryObject("key", body), 0, 10)
    assert [len(row["Data"][0]["VarCharValue"]) for row in page.rows] == [2_000_000, 1]


def test_get_query_results_pages_of_a_txt_result_contain_all_lines():
    stored = MemoryObject("key", b"a\nb\nc\n")
    first, second = text_page(stored, 0, 2), text_page(stored, 2, 2)
    assert [row["Data"][0]["VarCharValue"] for row in [*first.rows, *second.rows]] == ["a", "b", "c"]
    assert (first.next_position, second.next_position) == (2, None)


def test_select_of_many_rows_with_order_by_returns_sorted_rows(engine):
    add_table(engine.services, "t", {"n": "bigint"}, pa.table({"n": range(30_000)}))
    assert engine.rows("SELECT n FROM t ORDER BY n DESC") == [[str(n)] for n in reversed(range(30_000))]


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("SELECT 'a' AS a, 1 AS b, cast(1 AS bigint) AS c, 1e0 AS d, true AS e", ["varchar", "integer", "bigint", "double", "boolean"]),
        ("SELECT DATE '2026-01-01' AS a, now() AS b, localtimestamp AS c", ["date", "timestamp with time zone", "timestamp"]),
        ("SELECT DECIMAL '1.25' AS a, ARRAY[1] AS b, MAP() AS c, ROW(1) AS d, to_utf8('a') AS e, NULL AS f", ["decimal", "array", "map", "row", "varbinary", "unknown"]),
        ("SELECT cast(1 AS tinyint) AS a, cast(1 AS smallint) AS b, cast(1 AS real) AS c, sum(1) AS d", ["tinyint", "smallint", "float", "bigint"]),
    ],
)  # fmt: skip
def test_column_info_has_athena_types(engine, sql, kinds):
    assert [column["Type"] for column in engine.run(sql).columns] == kinds


def test_column_info_of_decimal_has_precision(engine):
    [column] = engine.run("SELECT cast(1.25 AS decimal(10,2)) AS a").columns
    assert (column["Precision"], column["Scale"]) == (10, 2)


def test_values_in_the_header_line_of_a_result_are_quoted(engine):
    outcome = engine.run('SELECT 1 AS "a ""b"", c"')
    assert io.BytesIO(engine.services.bodies[f"results/{outcome.id}.csv"]).readline() == b'"a ""b"", c"\n'
