"""The AWS SDK for pandas (awswrangler), unmodified, over tables of Glue: by value, in all of its three modes."""

import warnings

import boto3
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    wr = pytest.importorskip("awswrangler", reason="awswrangler is not installed")
    import pandas as pd

pytestmark = [
    pytest.mark.sdk,
    # awswrangler's own
    pytest.mark.filterwarnings("ignore:No `s3_output` was provided:UserWarning"),
    pytest.mark.filterwarnings("ignore:The (copy|inplace) keyword:DeprecationWarning"),
]

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
    """A bucket, and a table of the frame."""
    boto3.client("s3").create_bucket(Bucket="lake")
    wr.catalog.create_database("db")
    wr.s3.to_parquet(FRAME, path="s3://lake/t/", dataset=True, database="db", table="t")


def same(read, expected):
    pd.testing.assert_frame_equal(read.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False)


@pytest.fixture(params=MODES.values(), ids=MODES.keys())
def mode(request):
    return request.param


def test_a_table_is_read_as_it_was_written(lake, mode):
    same(wr.athena.read_sql_query("SELECT * FROM t ORDER BY n", database="db", **mode), FRAME.sort_values("n"))


def test_an_aggregate_is_that_of_pandas(lake, mode):
    sql = "SELECT f, count(*) AS size, sum(n) AS total, avg(x) AS mean FROM t GROUP BY f ORDER BY f"
    expected = (
        FRAME.groupby("f", dropna=False).agg(size=("f", "size"), total=("n", "sum"), mean=("x", "mean")).reset_index()
    )
    read = wr.athena.read_sql_query(sql, database="db", **mode)
    assert list(read["size"]) == list(expected["size"])
    assert read["total"].fillna(0).tolist() == expected["total"].tolist()  # the sum of nothing is null in SQL
    assert read["mean"].fillna(0).tolist() == expected["mean"].fillna(0).tolist()


def test_named_parameters(lake, mode):
    sql, parameters = "SELECT id FROM t WHERE n = :n AND id = :id", {"n": 1, "id": "a"}
    assert wr.athena.read_sql_query(sql, database="db", params=parameters, **mode)["id"].tolist() == ["a"]


def test_question_marks(lake, mode):
    sql = "SELECT id FROM t WHERE n < ? ORDER BY n"
    read = wr.athena.read_sql_query(sql, database="db", params=["3"], paramstyle="qmark", **mode)
    assert read["id"].tolist() == ["a", "b"]


def test_nothing_has_columns_too(lake, mode):
    read = wr.athena.read_sql_query("SELECT id, n FROM t WHERE n > 99", database="db", **mode)
    assert read.empty
    assert list(read.columns) == ["id", "n"]


def test_a_query_that_fails_says_why(lake, mode):
    with pytest.raises(wr.exceptions.QueryFailed, match=r"COLUMN_NOT_FOUND: .*'nothing' cannot be resolved"):
        wr.athena.read_sql_query("SELECT nothing FROM t", database="db", **mode)


def test_a_whole_table(lake):
    same(wr.athena.read_sql_table("t", database="db").sort_values("n"), FRAME.sort_values("n"))


def test_a_table_is_described_shown_and_repaired(lake):
    described = wr.athena.describe_table(table="t", database="db")
    assert described["Column Name"].tolist() == list(FRAME.columns)
    assert described["Type"].tolist() == ["string", "bigint", "double", "timestamp", "boolean"]
    assert wr.athena.show_create_table(table="t", database="db").startswith("CREATE EXTERNAL TABLE `db.t`(")
    assert wr.athena.repair_table(table="t", database="db") == "SUCCEEDED"


def test_a_table_of_partitions(lake):
    wr.s3.to_parquet(FRAME.dropna(), path="s3://lake/p/", dataset=True, database="db", table="p", partition_cols=["id"])
    read = wr.athena.read_sql_query("SELECT id, n FROM p ORDER BY n", database="db", ctas_approach=False)
    assert list(zip(read["id"], read["n"], strict=True)) == [(row.id, row.n) for row in FRAME.dropna().itertuples()]


def test_a_table_is_made_of_a_query(lake):
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
