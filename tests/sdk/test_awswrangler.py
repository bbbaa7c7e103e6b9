"""The unmodified AWS SDK for pandas (awswrangler) with Glue tables. Values are compared in all three query modes."""

import warnings
from datetime import date, datetime
from decimal import Decimal

import boto3
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    wr = pytest.importorskip("awswrangler", reason="awswrangler is not installed")
    import pandas as pd

pytestmark = [
    pytest.mark.sdk,
    # Warnings of awswrangler itself.
    pytest.mark.filterwarnings("ignore:No `s3_output` was provided:UserWarning"),
    pytest.mark.filterwarnings("ignore:The (copy|inplace) keyword:DeprecationWarning"),
]

ROLE = "arn:aws:iam::123456789012:role/feature-store"
MODES = {
    "ctas": {"ctas_approach": True},
    "csv": {"ctas_approach": False},
    "unload": {"ctas_approach": False, "unload_approach": True, "s3_output": "s3://lake/unloaded/"},
}
FRAME = pd.DataFrame(
    {
        "id": ["a", "b", 'c, "d"', None],
        "n": pd.array([1, 2, None, 4], "Int64"),
        "x": [1.5, None, 1e10, -0.25],
        "at": pd.to_datetime(["2026-01-01 00:00:00.000", "2026-01-02 03:04:05.678", None, "2026-01-03 00:00:00.000"]),
        "f": pd.array([True, False, None, True], "boolean"),
    }
)  # fmt: skip


@pytest.fixture
def lake(aws):
    """Create a bucket, and a table with the rows of ``FRAME``."""
    boto3.client("s3").create_bucket(Bucket="lake")
    wr.catalog.create_database("db")
    wr.s3.to_parquet(FRAME, path="s3://lake/t/", dataset=True, database="db", table="t")


def same(read, expected):
    pd.testing.assert_frame_equal(read.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False)


@pytest.fixture(params=MODES.values(), ids=MODES.keys())
def mode(request):
    return request.param


def test_read_sql_query_returns_the_written_rows(lake, mode):
    same(wr.athena.read_sql_query("SELECT * FROM t ORDER BY n", database="db", **mode), FRAME.sort_values("n"))


def test_read_sql_query_with_aggregates_matches_pandas(lake, mode):
    sql = "SELECT f, count(*) AS size, sum(n) AS total, avg(x) AS mean FROM t GROUP BY f ORDER BY f"
    expected = (
        FRAME.groupby("f", dropna=False).agg(size=("f", "size"), total=("n", "sum"), mean=("x", "mean")).reset_index()
    )
    read = wr.athena.read_sql_query(sql, database="db", **mode)
    assert list(read["size"]) == list(expected["size"])
    assert read["total"].fillna(0).tolist() == expected["total"].tolist()  # in SQL, the sum of no values is null
    assert read["mean"].fillna(0).tolist() == expected["mean"].fillna(0).tolist()


def test_read_sql_query_with_named_parameters_inserts_values(lake, mode):
    sql, parameters = "SELECT id FROM t WHERE n = :n AND id = :id", {"n": 1, "id": "a"}
    assert wr.athena.read_sql_query(sql, database="db", params=parameters, **mode)["id"].tolist() == ["a"]


def test_read_sql_query_with_question_mark_parameters_inserts_values(lake, mode):
    sql = "SELECT id FROM t WHERE n < ? ORDER BY n"
    read = wr.athena.read_sql_query(sql, database="db", params=["3"], paramstyle="qmark", **mode)
    assert read["id"].tolist() == ["a", "b"]


def test_read_sql_query_without_rows_returns_the_columns(lake, mode):
    read = wr.athena.read_sql_query("SELECT id, n FROM t WHERE n > 99", database="db", **mode)
    assert read.empty
    assert list(read.columns) == ["id", "n"]


def test_read_sql_query_that_fails_raises_an_error_with_the_reason(lake, mode):
    with pytest.raises(wr.exceptions.QueryFailed, match=r"COLUMN_NOT_FOUND: .*'nothing' cannot be resolved"):
        wr.athena.read_sql_query("SELECT nothing FROM t", database="db", **mode)


def test_read_sql_table_returns_the_written_rows(lake):
    same(wr.athena.read_sql_table("t", database="db").sort_values("n"), FRAME.sort_values("n"))


def test_describe_table_and_show_create_table_and_repair_table_succeed(lake):
    described = wr.athena.describe_table(table="t", database="db")
    assert described["Column Name"].tolist() == list(FRAME.columns)
    assert described["Type"].tolist() == ["string", "bigint", "double", "timestamp", "boolean"]
    assert wr.athena.show_create_table(table="t", database="db").startswith("CREATE EXTERNAL TABLE `db.t`(")
    assert wr.athena.repair_table(table="t", database="db") == "SUCCEEDED"


def test_read_sql_query_of_a_partitioned_table_returns_partition_columns(lake):
    wr.s3.to_parquet(FRAME.dropna(), path="s3://lake/p/", dataset=True, database="db", table="p", partition_cols=["id"])
    read = wr.athena.read_sql_query("SELECT id, n FROM p ORDER BY n", database="db", ctas_approach=False)
    assert list(zip(read["id"], read["n"], strict=True)) == [(row.id, row.n) for row in FRAME.dropna().itertuples()]


def test_create_ctas_table_writes_the_rows_of_the_query(lake):
    wr.athena.create_ctas_table(
        sql="SELECT id, n, f FROM t",
        database="db",
        ctas_table="u",
        partitioning_info=["f"],
        s3_output="s3://lake/u",
        wait=True,
    )
    read = wr.athena.read_sql_query("SELECT * FROM u ORDER BY n", database="db", ctas_approach=False)
    same(read, FRAME[["id", "n", "f"]].sort_values("n"))


def test_read_sql_query_with_chunksize_number_yields_chunks_of_rows(lake, mode):
    chunks = list(wr.athena.read_sql_query("SELECT * FROM t ORDER BY n", database="db", chunksize=3, **mode))
    assert [len(chunk) for chunk in chunks] == [3, 1]
    same(pd.concat(chunks), FRAME.sort_values("n"))


def test_read_sql_query_with_chunksize_true_yields_chunks_by_file(lake, mode):
    chunks = list(wr.athena.read_sql_query("SELECT * FROM t ORDER BY n", database="db", chunksize=True, **mode))
    same(pd.concat(chunks), FRAME.sort_values("n"))


def test_read_sql_query_with_categories_returns_categorical_columns(
    lake,
):  # with pandas 3, awswrangler ignores categories for Parquet
    sql, options = "SELECT id, n FROM t WHERE id IS NOT NULL ORDER BY n", {"database": "db", "ctas_approach": False}
    read = wr.athena.read_sql_query(sql, categories=["id"], **options)
    assert isinstance(read["id"].dtype, pd.CategoricalDtype)
    assert read["id"].tolist() == ["a", "b", 'c, "d"']


@pytest.mark.parametrize(("mode", "bytes_of_a"), [("ctas", b"a"), ("unload", b"a"), ("csv", b"61")])
def test_read_sql_query_of_types_without_pandas_dtype_returns_python_objects(lake, mode, bytes_of_a):
    sql = """
        SELECT CAST(n AS decimal(10, 2)) / 4 AS quarter, CAST(at AS date) AS day, n AS whole,
            CAST(n AS smallint) AS small, CAST(x AS real) AS single, to_utf8(id) AS bytes
        FROM t WHERE id = 'a'
    """
    [row] = wr.athena.read_sql_query(sql, database="db", **MODES[mode]).to_dict("records")
    assert row == {
        "quarter": Decimal("0.25"),
        "day": date(2026, 1, 1),
        "whole": 1,
        "small": 1,
        "single": 1.5,
        "bytes": bytes_of_a,
    }


def test_read_sql_query_of_arrays_maps_and_rows_returns_collections(lake):
    sql = "SELECT ARRAY[n, 7] AS listed, MAP(ARRAY['k'], ARRAY[n]) AS mapped, CAST(ROW(n, id) AS ROW(u bigint, v varchar)) AS pair FROM t WHERE id = 'a'"
    for mode in ("ctas", "unload"):  # CSV contains their texts instead
        [row] = wr.athena.read_sql_query(sql, database="db", **MODES[mode]).to_dict("records")
        assert list(row["listed"]) == [1, 7]
        assert dict(row["mapped"]) == {"k": 1}
        assert row["pair"] == {"u": 1, "v": "a"}


def test_read_sql_query_with_named_parameters_of_all_types_inserts_values(lake, mode):
    sql = "SELECT id FROM t WHERE n = :n AND x = :x AND f = :f AND at = :at AND CAST(at AS date) = :day AND id <> :id"
    parameters = {
        "n": 1,
        "x": 1.5,
        "f": True,
        "at": datetime(2026, 1, 1),  # noqa: DTZ001 - the column has no time zone
        "day": date(2026, 1, 1),
        "id": "it's",
    }
    read = wr.athena.read_sql_query(sql, database="db", params=parameters, **mode)
    assert read["id"].tolist() == ["a"]


def test_get_query_results_by_query_id_returns_rows(lake):
    execution_id = wr.athena.start_query_execution("SELECT id, n FROM t ORDER BY n", database="db")
    assert wr.athena.wait_query(execution_id)["Status"]["State"] == "SUCCEEDED"
    same(wr.athena.get_query_results(execution_id), FRAME.sort_values("n")[["id", "n"]])
    assert wr.athena.get_query_columns_types(execution_id) == {"id": "varchar", "n": "bigint"}


def test_read_sql_query_with_cache_reuses_the_result(lake):
    sql, options = "SELECT count(*) AS n FROM t", {"database": "db", "ctas_approach": False}
    wr.athena.read_sql_query(sql, **options)
    read = wr.athena.read_sql_query(sql, athena_cache_settings={"max_cache_seconds": 900}, **options)
    assert read["n"].tolist() == [len(FRAME)]
    assert read.query_metadata["Query"] == sql


def test_prepared_statement_can_be_created_and_listed_and_run_and_deleted(lake):
    wr.athena.create_prepared_statement("SELECT id FROM t WHERE n = ?", statement_name="by_n")
    assert [statement["StatementName"] for statement in wr.athena.list_prepared_statements()] == ["by_n"]
    read = wr.athena.read_sql_query("EXECUTE by_n USING 2", database="db", ctas_approach=False)
    assert read["id"].tolist() == ["b"]
    wr.athena.delete_prepared_statement("by_n")
    assert wr.athena.list_prepared_statements() == []


@pytest.mark.parametrize("table_format", ["Glue", "Iceberg"])
def test_read_sql_query_of_a_feature_group_returns_the_put_records(lake, mode, table_format):
    boto3.client("sagemaker").create_feature_group(
        FeatureGroupName="orders",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="et",
        FeatureDefinitions=[
            {"FeatureName": name, "FeatureType": kind}
            for name, kind in (("id", "String"), ("et", "String"), ("amount", "Fractional"), ("size", "Integral"))
        ],
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://lake/store"}, "TableFormat": table_format},
        RoleArn=ROLE,
    )
    frame = pd.DataFrame(
        {
            "id": ["o1", "o2", "o3"],
            "et": [f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3)],
            "amount": [1.5, None, -2.25],
            "size": pd.array([1, None, 3], "Int64"),
        }
    )
    runtime = boto3.client("sagemaker-featurestore-runtime")
    for row in frame.to_dict("records"):
        record = [{"FeatureName": name, "ValueAsString": str(value)} for name, value in row.items() if pd.notna(value)]
        runtime.put_record(FeatureGroupName="orders", Record=record)
    [table] = wr.catalog.get_tables(database="sagemaker_featurestore")
    sql = f'SELECT id, et, amount, size FROM "{table["Name"]}" WHERE NOT is_deleted ORDER BY et'
    same(wr.athena.read_sql_query(sql, database="sagemaker_featurestore", **mode), frame)
