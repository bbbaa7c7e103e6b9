"""Speed of Athena queries, as ratios: ``python benchmarks/athena.py``. For the method, see ``figures.py``.

Queries over tables are compared with DuckDB alone. DuckDB gets the same query in its dialect, the same Parquet files on the local disk,
all threads of the machine and no restrictions. It writes the result to the local disk as CSV with all values quoted. The Athena
query begins with boto3's StartQueryExecution, and ends with the result in moto's S3.

A trivial query is compared with the work of sqlglot and DuckDB alone: parse the query, translate it, run it and fetch the row. The
Athena query consists of StartQueryExecution, GetQueryExecution and GetQueryResults. The floor is the cost of these calls with moto's
Athena, which runs no query (the setting ``athena: moto``). sqlglot and DuckDB run right after the calls of the floor, and both sides
are compared by the time that they add to the floor. In a separate loop, DuckDB's code and data would stay in the processor's caches,
which does not happen to a user's query.

The 22 queries of TPC-H are compared with DuckDB alone in the same way, as one figure. They need ``pip install tpchgen-cli``.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any, cast

import boto3
import duckdb
import pyarrow as pa
import sqlglot
from figures import LEAST_ROUNDS, Figure, Turns, report
from moto.core.config import default_user_config
from pyarrow import parquet

from moto_featurestore import mock_featurestore

REGION, BUCKET, DATABASE = "us-east-1", "feature-bucket", "features"
OUTPUT = {"OutputLocation": f"s3://{BUCKET}/results"}
MOMENT = pa.timestamp("ms", tz="UTC")
_config = cast("dict[str, Any]", default_user_config)
TYPES = {
    "id": "string",
    "et": "double",
    **{f"f{number}": "double" for number in range(6)},
    "write_time": "timestamp",
    "api_invocation_time": "timestamp",
    "is_deleted": "boolean",
}
FILES = (24, 720)
LEAST_TURNS = 5

AGGREGATE = "SELECT count(*) AS n, avg(f1) AS mean, max(et) AS latest FROM {table} WHERE NOT is_deleted"

# What create_dataset(...).point_in_time_accurate_join() of the SageMaker SDK sends, for a base and one group.
JOIN = """
WITH fg_base AS (WITH table_base AS (
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY origin_base."id", origin_base."et"
ORDER BY origin_base."api_invocation_time" DESC, origin_base."write_time" DESC) AS dedup_row_base
FROM {table} origin_base) WHERE dedup_row_base = 1),
deleted_base AS (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY origin_base."id"
ORDER BY origin_base."et" DESC, origin_base."api_invocation_time" DESC, origin_base."write_time" DESC) AS deleted_row_base
FROM {table} origin_base WHERE is_deleted) WHERE deleted_row_base = 1)
SELECT table_base."id", table_base."et", table_base."f0" FROM table_base LEFT JOIN deleted_base
ON table_base."id" = deleted_base."id" WHERE deleted_base."id" IS NULL
UNION ALL
SELECT table_base."id", table_base."et", table_base."f0" FROM deleted_base JOIN table_base
ON table_base."id" = deleted_base."id" AND (table_base."et" > deleted_base."et" OR (table_base."et" = deleted_base."et"
AND table_base."api_invocation_time" > deleted_base."api_invocation_time"))),
fg_0 AS (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY origin_0."id", origin_0."et"
ORDER BY origin_0."api_invocation_time" DESC, origin_0."write_time" DESC) AS dedup_row_0
FROM {table} origin_0) WHERE dedup_row_0 = 1)
SELECT id, et, f0, "id.1", "et.1", "f1.1" FROM (
SELECT fg_base.id, fg_base.et, fg_base.f0, fg_0."id" AS "id.1", fg_0."et" AS "et.1", fg_0."f1" AS "f1.1",
row_number() OVER (PARTITION BY fg_base."id", fg_base."et" ORDER BY fg_0."et" DESC, fg_0."id" DESC) AS row_recent
FROM fg_base JOIN fg_0 ON fg_base."id" = fg_0."id" AND from_unixtime(fg_base."et") >= from_unixtime(fg_0."et"))
WHERE row_recent <= 1"""


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of a table (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=9, help="turns of each query over tables (default: %(default)s)")
    parser.add_argument("--scale", type=float, default=0.1, help="scale factor of TPC-H (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=50, help="turns of the trivial query (default: %(default)s)")
    options = parser.parse_args()
    figures, notes = [], []
    # StartQueryExecution must not return before the query has ended.
    with mock_featurestore(config={"featurestore": {"athena_wait": 60}}), tempfile.TemporaryDirectory() as folder:
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
        boto3.client("glue", region_name=REGION).create_database(DatabaseInput={"Name": DATABASE})
        for files in FILES:
            _make_table(Path(folder), files, options.rows)
        queries = [
            ("point-in-time join", JOIN, FILES[0], 1.3),
            ("aggregate", AGGREGATE, FILES[0], 1.5),
            ("aggregate", AGGREGATE, FILES[1], 2),
        ]
        for name, sql, files, target in queries:
            figure, note = _query(name, sql, Path(folder), files, max(LEAST_TURNS, options.turns), target)
            figures.append(figure)
            notes.append(note)
        if generator := shutil.which("tpchgen-cli"):
            figure, note = _tpch(generator, options.scale, Path(folder), max(LEAST_TURNS, options.turns))
            figures.append(figure)
            notes.append(note)
        else:
            notes.append("TPC-H: not measured, because tpchgen-cli is not installed")
        figure, note = _trivial(max(LEAST_ROUNDS, options.rounds))
    return report([*figures, figure], [*notes, note])


# Tables.


def _make_table(folder: Path, files: int, rows: int) -> None:
    s3 = boto3.client("s3", region_name=REGION)
    (folder / str(files)).mkdir()
    for number in range(files):
        sink = io.BytesIO()
        parquet.write_table(_rows(number, rows // files), sink, compression="NONE")
        (folder / str(files) / f"{number}.parquet").write_bytes(sink.getvalue())
        s3.put_object(Bucket=BUCKET, Key=f"t{files}/{number}.parquet", Body=sink.getvalue())
    _create_table(DATABASE, f"t{files}", TYPES, f"s3://{BUCKET}/t{files}")


def _create_table(database: str, name: str, types: dict[str, str], location: str) -> None:
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
    columns = [{"Name": column, "Type": of_type} for column, of_type in types.items()]
    storage = {"Columns": columns, "Location": location, "SerdeInfo": serde}
    glue = boto3.client("glue", region_name=REGION)
    glue.create_table(DatabaseName=database, TableInput={"Name": name, "StorageDescriptor": storage})


def _rows(file: int, count: int) -> pa.Table:
    random = Random(file)  # noqa: S311 - data, not secrets
    start = 1_767_225_600 + file * 3600
    moments = pa.array([start * 1000 + number for number in range(count)], MOMENT)
    return pa.table(
        {
            "id": [f"record-{number:07}" for number in range(count)],
            "et": [start + number * 3600 / count for number in range(count)],
            **{f"f{column}": [random.random() for _ in range(count)] for column in range(6)},
            "write_time": moments,
            "api_invocation_time": moments,
            "is_deleted": [random.random() < 0.01 for _ in range(count)],  # noqa: PLR2004 - one in a hundred
        }
    )


# Queries over tables.


def _query(  # noqa: PLR0913, PLR0917 - the query and its figure
    name: str, sql: str, folder: Path, files: int, turns: int, target: float
) -> tuple[Figure, str]:
    athena_query = partial(
        _ask, boto3.client("athena", region_name=REGION), sql.format(table=f'"{DATABASE}"."t{files}"')
    )
    duckdb_query = partial(_run_alone, _alone(folder / str(files)), sql, folder / "answer.csv")
    _check_same(athena_query, duckdb_query, folder / "answer.csv")
    measured = Turns({"athena": lambda _: athena_query, "duckdb": lambda _: duckdb_query}, turns, 1)
    figure = measured.compare("athena", "duckdb", f"{name}, {files} files / DuckDB alone", target)
    return figure, f"{name}, {files} files: {measured}"


def _ask(athena: Any, sql: str, database: str = DATABASE) -> str:
    """Run a query, and return its id."""
    response = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": database}, ResultConfiguration=OUTPUT
    )
    execution_id: str = response["QueryExecutionId"]
    return execution_id


def _alone(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet('{folder}/*.parquet', union_by_name = true)")  # noqa: S608
    return connection


def _run_alone(connection: duckdb.DuckDBPyConnection, sql: str, answer: Path) -> None:
    translated = sqlglot.transpile(sql.format(table="t"), read="athena", write="duckdb")[0]
    connection.execute(f"COPY ({translated}) TO '{answer}' (FORMAT csv, HEADER, FORCE_QUOTE *)")


def _check_same(athena_query: Callable[[], str], duckdb_query: Callable[[], None], answer: Path) -> None:
    """Check that both results have the same number of rows."""
    s3, athena = (boto3.client(service, region_name=REGION) for service in ("s3", "athena"))
    _check_succeeded(athena, execution_id := athena_query())
    duckdb_query()
    lines = s3.get_object(Bucket=BUCKET, Key=f"results/{execution_id}.csv")["Body"].read().count(b"\n")
    assert lines == answer.read_bytes().count(b"\n") > 1, f"{lines} lines"


def _check_succeeded(athena: Any, execution_id: str) -> None:
    status = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]
    assert status["State"] == "SUCCEEDED", status


# TPC-H.

_TPCH = Path(__file__).parents[1] / "tests" / "athena" / "tpch.sql"
_TPCH_TYPES = {"int32": "int", "int64": "bigint", "date32[day]": "date", "decimal128(15, 2)": "decimal(15,2)"}


def _tpch(generator: str, scale: float, folder: Path, turns: int) -> tuple[Figure, str]:
    data = folder / "tpch"
    command = [generator, "parquet", "--scale-factor", str(scale), "--output-dir", str(data)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - its own arguments
    boto3.client("glue", region_name=REGION).create_database(DatabaseInput={"Name": "tpch"})
    alone = duckdb.connect()
    for file in data.glob("*.parquet"):
        types = {field.name: _TPCH_TYPES.get(str(field.type), "string") for field in parquet.read_schema(file)}
        boto3.client("s3", region_name=REGION).put_object(
            Bucket=BUCKET, Key=f"tpch/{file.stem}/0.parquet", Body=file.read_bytes()
        )
        _create_table("tpch", file.stem, types, f"s3://{BUCKET}/tpch/{file.stem}")
        alone.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM '{file}'")  # noqa: S608 - names of the generator
    queries = [
        sql.strip().rstrip(";") for sql in re.findall(r"^-- Q\d+\n((?:(?!--).*\n)+)", _TPCH.read_text(), re.MULTILINE)
    ]
    athena = boto3.client("athena", region_name=REGION)

    def run_all() -> None:
        for sql in queries:
            _check_succeeded(athena, _ask(athena, sql, "tpch"))

    def run_all_alone() -> None:
        for sql in queries:
            _run_alone(alone, sql, folder / "answer.csv")

    measured = Turns({"athena": lambda _: run_all, "duckdb": lambda _: run_all_alone}, turns, 1)
    name = f"TPC-H at scale {scale}, {len(queries)} queries"
    return measured.compare("athena", "duckdb", f"{name} / DuckDB alone", 1.5), f"{name}: {measured}"


# A trivial query.


def _trivial(rounds: int) -> tuple[Figure, str]:
    sql = "SELECT 1 AS a"
    athena, connection = boto3.client("athena", region_name=REGION), duckdb.connect()
    measured = Turns(
        {
            "athena": lambda _: _three_calls(athena, sql, "duckdb"),
            "floor": lambda _: _three_calls(athena, sql, "moto"),
            "alone": lambda _: _then(_three_calls(athena, sql, "moto"), partial(_fetch_alone, connection, sql)),
        },
        rounds,
        10,
    )
    turns = zip(*(measured.times[name] for name in ("athena", "floor", "alone")), strict=True)
    ratios = [
        (median(athena_query) - median(least)) / (median(alone) - median(least)) for athena_query, least, alone in turns
    ]
    lower, _, upper = quantiles(ratios, n=4)
    floor = measured.median("floor")
    ratio = (measured.median("athena") - floor) / (measured.median("alone") - floor)
    name = "trivial query / sqlglot and DuckDB alone, above the floor of the calls"
    return Figure(name, ratio, 3, spread=f"{lower:.2f} to {upper:.2f}"), f"trivial query: {measured}"


def _three_calls(athena: Any, sql: str, runs: str) -> Callable[[], Any]:
    """Prepare the calls with a value of the setting ``athena``."""
    _config["featurestore"] = {"athena": runs}

    def call() -> Any:
        execution_id = _ask(athena, sql)
        athena.get_query_execution(QueryExecutionId=execution_id)
        return athena.get_query_results(QueryExecutionId=execution_id)["ResultSet"]["Rows"]

    return call


def _then(first: Callable[[], Any], second: Callable[[], Any]) -> Callable[[], Any]:
    def call() -> Any:
        first()
        return second()

    return call


def _fetch_alone(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    translated = sqlglot.transpile(sql, read="athena", write="duckdb")[0]
    return connection.cursor().execute(translated).fetchall()


if __name__ == "__main__":
    sys.exit(main())
