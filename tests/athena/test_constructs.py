"""The constructs of Athena SQL in constructs.toml, and the edges of functions in functions.toml."""

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from support.s3_and_glue import add_table

CONSTRUCTS = [
    construct
    for name in ("constructs.toml", "functions.toml")
    for construct in tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))["construct"]
]

TYPES = {
    "id": "string",
    "n": "int",
    "b": "bigint",
    "x": "double",
    "f": "boolean",
    "s": "string",
    "ts": "timestamp",
    "d": "date",
    "a": "array<int>",
    "m": "map<string,int>",
    "r": "struct<u:int,v:string>",
    "dec": "decimal(10,2)",
}


def table():
    moments = [
        datetime(2026, 1, 1, 10, 20, 30, 456000, UTC),
        datetime(2026, 1, 2, 23, 30, tzinfo=UTC),
        None,
    ]
    return pa.table(
        {
            "id": ["a", "b", "c"],
            "n": pa.array([1, 2, None], pa.int32()),
            "b": pa.array([10, 20, None], pa.int64()),
            "x": [1.5, 2.5, None],
            "f": [True, False, None],
            "s": ["hello", "", None],
            "ts": pa.array(moments, pa.timestamp("ms", "UTC")),
            "d": pa.array([date(2026, 1, 1), date(2026, 1, 2), None]),
            "a": pa.array([[1, 2, 3], [], None], pa.list_(pa.int32())),
            "m": pa.array([[("k", 7)], [], None], pa.map_(pa.string(), pa.int32())),
            "r": pa.array(
                [{"u": 1, "v": "z"}, {"u": None, "v": None}, None], pa.struct({"u": pa.int32(), "v": pa.string()})
            ),
            "dec": pa.array([Decimal("12.34"), Decimal("0.50"), None], pa.decimal128(10, 2)),
        }
    )


ICEBERG = (
    "CREATE TABLE i (id string, n int, x double, d date) PARTITIONED BY (id) LOCATION 's3://bucket/i'"
    " TBLPROPERTIES ('table_type'='ICEBERG')",
    "INSERT INTO i SELECT id, n, x, d FROM t",
)
"""The statements that create the Iceberg table for constructs with "changes"."""


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda construct: construct["sql"][:60])
def test_query_with_sql_construct_returns_expected_rows_or_failure_reason(engine, construct):
    add_table(engine.services, "t", TYPES, table())
    for statement in [*ICEBERG, *construct["changes"]] if "changes" in construct else ():
        outcome = engine.run(statement)
        assert outcome.error is None, outcome.error.reason
    if "reason" in construct:
        position = -1
        reason = engine.reason(construct["sql"])
        for part in construct["reason"].split("..."):
            position = reason.find(part, position + 1)
            assert position >= 0, reason
        return
    rows = [["null" if value is None else value for value in row] for row in engine.rows(construct["sql"])]
    if "rows" in construct:
        assert rows == construct["rows"]
    else:
        assert rows[0] == construct["row"]
