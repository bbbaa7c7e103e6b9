"""Athena queries of Iceberg tables that pyiceberg creates in moto's Glue and S3."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.schema import Schema
from pyiceberg.types import (
    DoubleType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
)

ROWS = pa.schema([("id", pa.string()), ("n", pa.int64()), ("at", pa.timestamp("us", "UTC"))])


def moment(day):
    return datetime(2026, 1, day, tzinfo=UTC)


@pytest.fixture
def table_and_query(clients):
    """A table ``db.t`` with two snapshots, and a function that queries Athena."""
    clients("s3").create_bucket(Bucket="lake")
    catalog = load_catalog("glue", type="glue", **{"client.region": "us-east-1"})
    catalog.create_namespace("db")
    fields = [
        NestedField(1, "id", StringType()),
        NestedField(2, "n", LongType()),
        NestedField(3, "at", TimestamptzType()),
    ]
    table = catalog.create_table("db.t", Schema(*fields), location="s3://lake/t")
    for number in (1, 2):
        table.append(pa.Table.from_pylist([{"id": f"r{number}", "n": number, "at": moment(number)}], schema=ROWS))
    return table, lambda sql: ask(clients, sql)


def ask(clients, sql):
    """Return the rows of a result, or the reason of a failure."""
    athena = clients("athena")
    execution_id = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": "db"},
        ResultConfiguration={"OutputLocation": "s3://lake/results"},
    )["QueryExecutionId"]
    status = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]
    if status["State"] == "FAILED":
        return status["StateChangeReason"]
    rows = athena.get_query_results(QueryExecutionId=execution_id)["ResultSet"]["Rows"]
    return [[value.get("VarCharValue") for value in row["Data"]] for row in rows[1:]]


FIRST, SECOND = (["r1", "1", "2026-01-01 00:00:00.000 UTC"], ["r2", "2", "2026-01-02 00:00:00.000 UTC"])


def test_select_from_iceberg_table_reads_current_snapshot(table_and_query):
    table, query = table_and_query
    assert query("SELECT * FROM t ORDER BY id") == [FIRST, SECOND]
    table.delete("n = 1")
    assert query("SELECT * FROM t") == [SECOND]


def test_select_from_iceberg_table_without_snapshot_returns_no_rows(clients, table_and_query):
    catalog = load_catalog("glue", type="glue", **{"client.region": "us-east-1"})
    catalog.create_table("db.u", Schema(NestedField(1, "a", IntegerType())), location="s3://lake/u")
    assert table_and_query[1]("SELECT * FROM u") == []
    assert table_and_query[1]('SELECT count(*) FROM "u$snapshots"') == [["0"]]


def test_select_with_for_version_or_for_timestamp_clause_reads_earlier_snapshot(table_and_query):
    table, query = table_and_query
    first, second = table.metadata.snapshots
    assert query(f"SELECT * FROM t FOR VERSION AS OF {first.snapshot_id}") == [FIRST]
    assert query(f"SELECT a.id, b.id FROM t FOR VERSION AS OF {first.snapshot_id} a, t b ORDER BY 2") == [
        ["r1", "r1"],
        ["r1", "r2"],
    ]
    at = datetime.fromtimestamp(second.timestamp_ms / 1000, UTC)
    assert query(f"SELECT count(*) FROM t FOR TIMESTAMP AS OF TIMESTAMP '{at:%Y-%m-%d %H:%M:%S.%f} UTC'") == [["2"]]
    assert query("SELECT count(*) FROM t FOR TIMESTAMP AS OF current_timestamp + interval '1' day") == [["2"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM t FOR VERSION AS OF 1", "INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: 1"),
        ("SELECT * FROM t FOR VERSION AS OF 'x'", "INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: x"),
        ("SELECT * FROM t FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'", "INVALID_ARGUMENTS: No version history table at or before 2020-01-01 00:00:00 UTC"),
        ("SELECT * FROM t FOR TIMESTAMP AS OF (SELECT max(at) FROM t)", "NOT_SUPPORTED: "),
        ('SELECT * FROM "t$nothing"', "NOT_SUPPORTED: moto_featurestore does not support the metadata table '$nothing'"),
    ],
)  # fmt: skip
def test_select_with_invalid_for_version_clause_fails(table_and_query, sql, reason):
    assert table_and_query[1](sql).startswith(reason)


def test_select_after_a_column_was_renamed_finds_old_values_by_field_id(table_and_query):
    table, query = table_and_query
    first = table.metadata.snapshots[0].snapshot_id
    with table.update_schema() as update:
        update.rename_column("n", "Number")
        update.add_column("x", DoubleType())
        update.add_column(
            "nested", StructType(NestedField(9, "u", ListType(10, IntegerType(), element_required=False)))
        )
    assert query("SELECT id, number, x, nested FROM t ORDER BY id") == [
        ["r1", "1", None, None],
        ["r2", "2", None, None],
    ]
    assert query(f"SELECT n FROM t FOR VERSION AS OF {first}") == [["1"]]
    assert query("SELECT n FROM t").startswith("COLUMN_NOT_FOUND")


def test_select_from_metadata_tables_returns_expected_rows(table_and_query):
    table, query = table_and_query
    snapshots = table.metadata.snapshots
    assert query('SELECT snapshot_id, parent_id, operation FROM "db"."t$snapshots" ORDER BY committed_at') == [
        [str(snapshots[0].snapshot_id), None, "append"],
        [str(snapshots[1].snapshot_id), str(snapshots[0].snapshot_id), "append"],
    ]
    assert query("SELECT summary['added-records'] FROM \"t$snapshots\"") == [["1"], ["1"]]
    assert query('SELECT count(*), sum(record_count), min(file_format) FROM "t$files"') == [["2", "2", "PARQUET"]]
    assert query('SELECT record_count, file_count FROM "t$partitions"') == [["2", "2"]]
    assert query('SELECT is_current_ancestor FROM "t$history"') == [["true"], ["true"]]
    assert query('SELECT name, type FROM "t$refs"') == [["main", "BRANCH"]]


def test_select_from_files_metadata_table_returns_file_paths(table_and_query):
    table, query = table_and_query
    paths = query('SELECT "$path" FROM t ORDER BY id')
    assert [
        [task.file.file_path]
        for task in sorted(table.scan().plan_files(), key=lambda task: paths.index([task.file.file_path]))
    ] == paths


def test_select_from_table_without_its_metadata_file_fails_with_reason(clients, table_and_query):
    location = table_and_query[0].metadata_location.removeprefix("s3://lake/")
    clients("s3").delete_object(Bucket="lake", Key=location)
    assert (
        table_and_query[1]("SELECT * FROM t")
        == "ICEBERG_MISSING_METADATA: Metadata not found in metadata location for table db.t"
    )


def test_select_from_table_without_its_data_file_fails_with_reason(clients, table_and_query):
    [task, *_] = table_and_query[0].scan().plan_files()
    clients("s3").delete_object(Bucket="lake", Key=task.file.file_path.removeprefix("s3://lake/"))
    assert table_and_query[1]("SELECT * FROM t").startswith(
        "ICEBERG_CANNOT_OPEN_SPLIT: Error opening Iceberg split s3://lake/t/data/"
    )


def test_select_from_table_with_delete_files_is_not_supported(table_and_query, monkeypatch):
    """pyiceberg writes no delete files, so the scan is patched to report some."""
    from pyiceberg.table import DataScan

    plan = DataScan.plan_files

    def plan_files(scan):
        tasks = list(plan(scan))
        tasks[0].delete_files.add(tasks[1].file)
        return tasks

    monkeypatch.setattr(DataScan, "plan_files", plan_files)
    assert (
        table_and_query[1]("SELECT * FROM t")
        == "NOT_SUPPORTED: moto_featurestore does not read Iceberg tables with delete files"
    )


def test_select_from_metadata_table_of_hive_table_fails(clients, table_and_query):
    table_and_query[1]("CREATE EXTERNAL TABLE plain (a int) STORED AS PARQUET LOCATION 's3://lake/plain'")
    assert (
        table_and_query[1]('SELECT * FROM "plain$files"')
        == "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.db.plain$files' does not exist"
    )


def test_select_from_iceberg_table_without_pyiceberg_fails_and_names_the_pip_extra(table_and_query, monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "moto_featurestore.athena.iceberg", raising=False)
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog.noop", None)
    monkeypatch.delattr(sys.modules["moto_featurestore.athena"], "iceberg", raising=False)
    assert "pip install 'moto-featurestore[iceberg]'" in table_and_query[1]("SELECT * FROM t")


def test_drop_iceberg_table_deletes_files(clients, table_and_query):
    assert table_and_query[1]("DROP TABLE t") == []
    assert clients("s3").list_objects_v2(Bucket="lake", Prefix="t/")["KeyCount"] == 0
    assert clients("glue").get_tables(DatabaseName="db")["TableList"] == []
