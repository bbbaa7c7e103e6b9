"""Unmodified PyAthena: its cursors, and SQLAlchemy with PyAthena."""

import asyncio
from functools import partial

import boto3
import pytest

from moto_featurestore import mock_featurestore

pyathena = pytest.importorskip("pyathena", reason="PyAthena is not installed")

pytestmark = pytest.mark.client

STAGING = "s3://results/staging/"


@pytest.fixture
def connect(environment):
    """Return a function that connects to Athena, in a mock with a database ``shop`` and a table ``orders``."""
    with mock_featurestore():
        boto3.client("s3").create_bucket(Bucket="results")
        boto3.client("glue").create_database(DatabaseInput={"Name": "shop"})

        def make(**options):
            given = {"s3_staging_dir": STAGING, "schema_name": "shop", "poll_interval": 0.01, **options}
            return pyathena.connect(**given)

        with make() as connection, connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE orders AS SELECT * FROM (VALUES (1, 'ann', 10.5), (2, 'bob', NULL)) AS t (Id, customer, amount)"
            )
        yield make


QUERY = "SELECT Id AS OrderId, customer, amount FROM orders WHERE id >= %(id)d ORDER BY 1"


def test_cursor_fetches_rows_and_column_descriptions(connect):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(QUERY, {"id": 1})
        assert cursor.fetchall() == [(1, "ann", 10.5), (2, "bob", None)]
        assert [(column[0], column[1]) for column in cursor.description] == [
            ("OrderId", "integer"),
            ("customer", "varchar"),
            ("amount", "double"),
        ]
        assert cursor.state == "SUCCEEDED"
        assert cursor.substatement_type == "SELECT"
        assert cursor.query_queue_time_in_millis > 0
        assert cursor.total_execution_time_in_millis > 0


def test_cursor_with_qmark_parameters_sends_execution_parameters(connect):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders WHERE customer = ?", ["'bob'"], paramstyle="qmark")
        assert cursor.fetchall() == [(2,)]


def test_cursor_counts_rows_of_create_table_as_and_insert(connect):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE copied AS SELECT * FROM orders")
        assert (cursor.substatement_type, cursor.rowcount) == ("CREATE_TABLE_AS_SELECT", 2)
        cursor.execute("INSERT INTO copied SELECT * FROM orders WHERE id = 1")
        assert (cursor.substatement_type, cursor.rowcount) == ("INSERT", 1)


def test_cursor_with_invalid_query_raises_operational_error(connect):
    with connect() as connection, connection.cursor() as cursor:
        with pytest.raises(pyathena.error.OperationalError, match="COLUMN_NOT_FOUND"):
            cursor.execute("SELECT nothing FROM orders")
        with pytest.raises(pyathena.error.DatabaseError, match="mismatched input 'SELEC'"):
            cursor.execute("SELEC 1")


def test_dict_cursor_uses_the_column_names_of_the_query(connect):
    from pyathena.cursor import DictCursor

    with connect() as connection, connection.cursor(DictCursor) as cursor:
        cursor.execute(QUERY, {"id": 2})
        assert cursor.fetchall() == [{"OrderId": 2, "customer": "bob", "amount": None}]


def test_pandas_cursor_returns_a_data_frame(connect):
    pytest.importorskip("pandas")
    from pyathena.pandas.cursor import PandasCursor

    with connect() as connection:
        frame = connection.cursor(PandasCursor).execute(QUERY, {"id": 1}).as_pandas()
        assert list(frame.columns) == ["OrderId", "customer", "amount"]
        assert frame["customer"].tolist() == ["ann", "bob"]
        unloaded = (
            connection.cursor(PandasCursor, unload=True, engine="pyarrow")
            .execute("SELECT * FROM orders ORDER BY id")
            .as_pandas()
        )
        assert unloaded["id"].tolist() == [1, 2]


def test_pandas_cursor_with_unload_returns_parquet_types(connect):
    pandas_cursor = pytest.importorskip("pyathena.pandas.cursor", reason="pandas is not installed")
    sql = "SELECT ARRAY[1, 2] AS list, DECIMAL '1.50' AS price, TIMESTAMP '2026-01-02 03:04:05' AS time"
    with (
        connect() as connection,
        connection.cursor(pandas_cursor.PandasCursor, unload=True, engine="pyarrow") as cursor,
    ):
        frame = cursor.execute(sql).as_pandas()
    assert [list(value) for value in frame["list"]] == [[1, 2]]
    assert [str(value) for value in frame["price"]] == ["1.50"]
    assert str(frame["time"][0]) == "2026-01-02 03:04:05"


def test_pandas_cursor_with_chunksize_returns_chunks(connect):
    pandas_cursor = pytest.importorskip("pyathena.pandas.cursor", reason="pandas is not installed")
    with connect() as connection, connection.cursor(pandas_cursor.PandasCursor) as cursor:
        result = cursor.execute("SELECT * FROM UNNEST(sequence(1, 5)) AS t (n)", chunksize=2)
        assert [len(chunk) for chunk in result.as_pandas()] == [2, 2, 1]


@pytest.mark.parametrize("unload", [False, True])
def test_arrow_cursor_with_a_server_returns_an_arrow_table(server_url, monkeypatch, unload):
    """The S3 client of pyarrow is written in C++, so only a server can answer it."""
    arrow_cursor = pytest.importorskip("pyathena.arrow.cursor", reason="pyarrow is not installed")
    from pyarrow import fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", server_url)
    # https://github.com/apache/arrow/issues/49643: S3FileSystem() ignores AWS_ENDPOINT_URL.
    monkeypatch.setattr(fs, "S3FileSystem", partial(fs.S3FileSystem, endpoint_override=server_url))
    boto3.client("s3").create_bucket(Bucket="arrow")
    with (
        pyathena.connect(s3_staging_dir="s3://arrow/", poll_interval=0.01) as connection,
        connection.cursor(arrow_cursor.ArrowCursor, unload=unload) as cursor,
    ):
        table = cursor.execute("SELECT 1 AS id, 'ann' AS name, 10.5 AS amount").as_arrow()
    assert table.to_pylist() == [{"id": 1, "name": "ann", "amount": 10.5}]


def test_async_dict_cursor_returns_rows_as_dictionaries(connect):
    from pyathena.async_cursor import AsyncDictCursor

    with connect() as connection, connection.cursor(AsyncDictCursor) as cursor:
        _, future = cursor.execute("SELECT Id, json_value('{\"a\": 1}', 'lax $.a') AS a FROM orders ORDER BY Id")
        assert future.result().fetchall() == [{"Id": 1, "a": "1"}, {"Id": 2, "a": "1"}]


def test_cursor_fetches_more_rows_than_a_page(connect):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM UNNEST(sequence(1, 2500)) AS t (n)")
        assert len(cursor.fetchmany(1001)) == 1001
        assert len(cursor.fetchall()) == 1499


def test_async_cursor_execute_returns_future_with_result(connect):
    from pyathena.async_cursor import AsyncCursor

    with connect() as connection:
        cursor = connection.cursor(AsyncCursor)
        query_id, future = cursor.execute(QUERY, {"id": 1})
        assert future.result().fetchall() == [(1, "ann", 10.5), (2, "bob", None)]
        assert cursor.description(query_id).result()[0][0] == "OrderId"
        cursor.close()


def test_aio_cursor_execute_can_be_awaited(connect):
    aio = pytest.importorskip("pyathena.aio.cursor")

    async def ask(connection):
        async with connection.cursor(aio.AioCursor) as cursor:
            await cursor.execute(QUERY, {"id": 1})
            return await cursor.fetchall()

    with connect() as connection:
        assert asyncio.run(ask(connection)) == [(1, "ann", 10.5), (2, "bob", None)]


@pytest.fixture
def engine(connect):
    sqlalchemy = pytest.importorskip("sqlalchemy")
    url = f"awsathena+rest://:@athena.us-east-1.amazonaws.com:443/shop?s3_staging_dir={STAGING}&poll_interval=0.01"
    engine = sqlalchemy.create_engine(url)
    yield engine
    engine.dispose()


def test_sqlalchemy_engine_reflects_and_selects_from_a_table(engine):
    import sqlalchemy as sa

    orders = sa.Table("orders", sa.MetaData(schema="shop"), autoload_with=engine)
    assert [(column.name, str(column.type)) for column in orders.columns] == [
        ("id", "INTEGER"),
        ("customer", "VARCHAR"),
        ("amount", "DOUBLE"),
    ]
    with engine.connect() as connection:
        query = sa.select(orders.c.id, sa.func.upper(orders.c.customer)).where(orders.c.amount > 1.5)
        assert connection.execute(query).fetchall() == [(1, "ANN")]
        assert connection.execute(sa.select(sa.func.count()).select_from(orders)).scalar() == 2
    assert sa.inspect(engine).get_table_names(schema="shop") == ["orders"]


def test_sqlalchemy_engine_creates_a_table_and_inserts_rows(engine):
    import sqlalchemy as sa

    table = sa.Table(
        "made",
        sa.MetaData(schema="shop"),
        sa.Column("id", sa.Integer),
        sa.Column("name", sa.String),
        awsathena_location="s3://results/made/",
        awsathena_file_format="PARQUET",
    )
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": 1, "name": "x"}])
        assert connection.execute(sa.select(table)).fetchall() == [(1, "x")]
        table.drop(connection)
