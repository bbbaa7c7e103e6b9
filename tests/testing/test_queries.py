"""FeatureStore.query(): placeholders, values and errors."""

import datetime as dt
import sys
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from moto_featurestore import featurestore
from moto_featurestore.testing.queries import QueryRows

TYPES = {"id": "String", "time": "String", "age": "Integral", "score": "Fractional"}
NAMES = {"record_identifier": "id", "event_time": "time"}
TIME = "2026-01-01T12:00:00Z"


def create(stage, name="customers", **options):
    stage.featurestore.create_group(name, TYPES, **NAMES, **options)


def load(stage, name="customers"):
    rows = [{"id": "1", "time": TIME, "age": 2**53 + 1, "score": 0.5}, {"id": "2", "time": TIME}]
    stage.featurestore.load(name, rows)


def test_query_with_group_name_in_braces_returns_typed_rows_of_the_group(stage):
    create(stage, "cus-tomers", offline=True)
    load(stage, "cus-tomers")
    rows = stage.featurestore.query("SELECT id, age, score, is_deleted FROM {cus-tomers} ORDER BY id")
    assert rows == [
        {"id": "1", "age": 2**53 + 1, "score": 0.5, "is_deleted": False},
        {"id": "2", "age": None, "score": None, "is_deleted": False},
    ]
    assert rows.columns == {"id": "varchar", "age": "bigint", "score": "double", "is_deleted": "boolean"}
    frame = rows.to_dataframe()
    assert [str(dtype) for dtype in frame.dtypes] == ["string", "Int64", "Float64", "bool"]
    assert frame["age"][0] == 2**53 + 1


def test_query_with_two_groups_and_doubled_braces_returns_joined_rows(stage):
    for name in ("customers", "orders"):
        create(stage, name, offline=True)
        load(stage, name)
    sql = "SELECT count(*) AS n, '{{}}' AS braces FROM {customers} c JOIN {orders} o ON c.id = o.id"
    assert stage.featurestore.query(sql) == [{"n": 2, "braces": "{}"}]


def test_query_without_rows_returns_a_dataframe_with_the_columns(stage):
    create(stage, offline=True)
    rows = stage.featurestore.query("SELECT id, write_time, age FROM {customers}")
    assert rows == []
    assert list(rows.to_dataframe().columns) == ["id", "write_time", "age"]


def test_query_does_not_leave_a_query_execution_or_result_object(stage):
    create(stage, offline=True)
    stage.featurestore.query("SELECT * FROM {customers}")
    assert stage.clients("athena").list_query_executions()["QueryExecutionIds"] == []
    bucket = "sagemaker-us-east-1-123456789012"
    keys = [item["Key"] for item in stage.clients("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert [key for key in keys if key.endswith((".csv", ".metadata"))] == []


def test_query_uses_the_region_of_the_featurestore_object(stage):
    other = stage.featurestore(region_name="eu-west-1")
    other.create_group("customers", TYPES, **NAMES, offline=True)
    other.load("customers", [{"id": "1", "time": TIME}])
    assert other.query("SELECT id FROM {customers}") == [{"id": "1"}]
    with pytest.raises(LookupError, match="eu-west-1"):
        stage.featurestore.query("SELECT id FROM {customers}")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SHOW DATABASES", [{"database_name": "default"}, {"database_name": "sagemaker_featurestore"}]),
        (
            "DESCRIBE sagemaker_featurestore.visits",
            [
                {"col_name": "id", "data_type": "string", "comment": ""},
                {"col_name": "day", "data_type": "string", "comment": ""},
                {"col_name": "", "data_type": "", "comment": ""},
                {"col_name": "# Partition Information", "data_type": "", "comment": ""},
                {"col_name": "# col_name", "data_type": "data_type", "comment": "comment"},
                {"col_name": "", "data_type": "", "comment": ""},
                {"col_name": "day", "data_type": "string", "comment": ""},
            ],
        ),
        ("DROP TABLE sagemaker_featurestore.visits", []),
    ],
)
def test_query_of_ddl_statement_returns_its_rows(stage, sql, rows):
    create(stage, offline=True)
    stage.featurestore.query(
        "CREATE EXTERNAL TABLE sagemaker_featurestore.visits (id string) PARTITIONED BY (day string)"
        " STORED AS PARQUET LOCATION 's3://sagemaker-us-east-1-123456789012/visits/'"
    )
    assert stage.featurestore.query(sql) == rows


def test_query_of_explain_statement_returns_the_plan_without_a_header(stage):
    plan = stage.featurestore.query("EXPLAIN SELECT 1")
    assert plan.columns == {"Query Plan": "varchar"}
    assert "Query Plan" not in [row["Query Plan"] for row in plan]
    assert plan


def test_query_show_views_returns_a_view_with_the_name_of_the_column(stage):
    create(stage, offline=True)
    stage.featurestore.query("CREATE VIEW sagemaker_featurestore.views AS SELECT 1 AS a")
    assert [[*row.values()] for row in stage.featurestore.query("SHOW VIEWS IN sagemaker_featurestore")] == [["views"]]


def test_query_that_writes_files_returns_no_rows(stage):
    create(stage, offline=True)
    load(stage)
    target = "s3://sagemaker-us-east-1-123456789012/unload/"
    sql = f"UNLOAD (SELECT id FROM {{customers}}) TO '{target}' WITH (format = 'PARQUET')"
    assert stage.featurestore.query(sql) == []


@pytest.mark.parametrize(
    ("sql", "error", "message"),
    [
        ("SELECT nothing", RuntimeError, r"^COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved"),
        ("SELECT id FROM {customers} WHERE id = 1", RuntimeError, r"^TYPE_MISMATCH: .* varchar = integer"),
        ("SELECT 1 FROM {orders}", LookupError, r"The feature group 'orders' does not exist .*: customers, online\. .*\{\{"),
        ("SELECT '{2,3}'", LookupError, r"'2,3' does not exist .* To write a brace in the SQL text, double it: \{\{ or \}\}\."),
        ("SELECT '{a:b}'", LookupError, "The feature group 'a:b' does not exist"),
        ("SELECT '{a!r}'", LookupError, "The feature group 'a!r' does not exist"),
        ("SELECT '{'", ValueError, "The SQL text has an invalid placeholder: .* double it"),
        ("SELECT '}'", ValueError, "The SQL text has an invalid placeholder: .* double it"),
        ("SELECT 1 FROM {online}", ValueError, r"'online' has no offline store, .* Create it with offline=True\."),
        ("SELECT 1 AS a, 2 AS a", ValueError, "Several columns have the name a. Use AS"),
        (7, TypeError, "sql must be a string, not 7"),
    ],
)  # fmt: skip
def test_query_with_invalid_sql_raises_an_error(stage, sql, error, message):
    create(stage, offline=True)
    create(stage, "online")
    with pytest.raises(error, match=message):
        stage.featurestore.query(sql)


def test_query_of_group_without_glue_table_raises_value_error(stage):
    create(stage, offline=True, OfflineStoreConfig={"S3StorageConfig": {}, "DisableGlueTableCreation": True})
    with pytest.raises(
        ValueError, match="The feature group 'customers' has no table, because DisableGlueTableCreation"
    ):
        stage.featurestore.query("SELECT 1 FROM {customers}")


def test_query_without_the_athena_extra_raises_import_error_that_names_the_pip_extra(clients, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("moto_featurestore.athena.") or name == "sqlglot"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(ImportError, match=r"needs sqlglot to run queries: pip install 'moto-featurestore\[athena\]'"):
        featurestore.query("SELECT 1")


NOON = dt.datetime(2026, 1, 1, 12)  # noqa: DTZ001 - a timestamp of Athena has no zone


@pytest.mark.parametrize(
    ("sql", "kind", "value"),
    [
        ("CAST(7 AS tinyint)", "tinyint", 7),
        ("DECIMAL '1.50'", "decimal", Decimal("1.50")),
        ("CAST(1.5 AS real)", "float", 1.5),
        ("infinity()", "double", float("inf")),
        ("true", "boolean", True),
        ("DATE '2026-01-01'", "date", dt.date(2026, 1, 1)),
        ("DATE '10000-01-01'", "date", "10000-01-01"),
        ("TIME '12:00:00'", "time", dt.time(12)),
        ("TIMESTAMP '2026-01-01 12:00:00'", "timestamp", NOON),
        (
            "TIMESTAMP '2026-01-01 12:00:00 Europe/Berlin'",
            "timestamp with time zone",
            NOON.replace(tzinfo=ZoneInfo("Europe/Berlin")),
        ),
        (
            "TIMESTAMP '2026-01-01 12:00:00 -02:30'",
            "timestamp with time zone",
            NOON.replace(tzinfo=dt.timezone(-dt.timedelta(hours=2, minutes=30))),
        ),
        ("X'68656c'", "varbinary", b"hel"),
        ("ARRAY[1, 2]", "array", "[1, 2]"),
        ("ROW(1, 'a')", "row", "{field0=1, field1=a}"),
        ("JSON '[1]'", "json", "[1]"),
        ("CAST(NULL AS bigint)", "bigint", None),
    ],
)
def test_query_result_value_has_the_python_type_for_its_athena_type(clients, sql, kind, value):
    rows = featurestore.query(f"SELECT {sql} AS x")
    assert (rows, rows.columns) == ([{"x": value}], {"x": kind})
    assert type(rows[0]["x"]) is type(value)


def test_dataframe_of_query_has_pandas_dtypes_for_unmapped_types():
    rows = QueryRows([("at", "timestamp"), ("d", "decimal")], [["2026-01-01 12:00:00.000", "1.5"], [None, None]])
    frame = rows.to_dataframe()
    assert frame["at"].dtype.kind == "M"
    assert list(frame["d"]) == [Decimal("1.5"), None]
