"""Run these tests with a server: ``moto-featurestore run -- python -m pytest``."""

import os

import boto3
import pytest
from job import session, write

from moto_featurestore import featurestore

BUCKET = "orders-lake"
COLUMNS = {"id": "String", "time": "String", "total": "Fractional"}
ROWS = [(f"o-{number}", "2026-01-01T12:00:00Z", number * 2.5) for number in range(40)]


@pytest.fixture(scope="module")
def spark():
    with session(BUCKET) as spark:
        yield spark


@pytest.fixture
def store():
    return featurestore(url=os.environ["AWS_ENDPOINT_URL"])


def create(store, name, table_format):
    """Create a group, and return its location in S3 and the name of its table."""
    offline = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}"}, "TableFormat": table_format}
    stores = {"OnlineStoreConfig": {"EnableOnlineStore": True}, "OfflineStoreConfig": offline}
    store.create_group(name, COLUMNS, record_identifier="id", event_time="time", **stores)
    described = boto3.client("sagemaker").describe_feature_group(FeatureGroupName=name)["OfflineStoreConfig"]
    catalog = described["DataCatalogConfig"]
    return described["S3StorageConfig"]["ResolvedOutputS3Uri"], f"{catalog['Database']}.{catalog['TableName']}"


def athena(sql):
    """Return the last row of a query's result."""
    client = boto3.client("athena")
    query = client.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results"}
    )
    rows = client.get_query_results(QueryExecutionId=query["QueryExecutionId"])["ResultSet"]["Rows"]
    return [value["VarCharValue"] for value in rows[-1]["Data"]]


def test_glue_table_is_written_by_s3a(spark, store):
    location, table = create(store, "orders", "Glue")
    write(spark.createDataFrame(ROWS, list(COLUMNS)), "orders")
    assert len(store.records("orders").online) == 40
    assert store.calls.of("PutRecord")
    assert athena(f"SELECT count(*), sum(total) FROM {table} WHERE NOT is_deleted") == ["40", "1950.0"]
    assert spark.read.parquet(location.replace("s3://", "s3a://")).count() == 40


def test_iceberg_table_is_written_and_read(spark, store):
    _, table = create(store, "orders-iceberg", "Iceberg")
    write(spark.createDataFrame(ROWS, list(COLUMNS)), "orders-iceberg", batches=True)
    assert len(store.records("orders-iceberg").online) == 40
    assert len(store.calls.of("BatchWriteRecord")) >= 2
    assert athena(f"SELECT count(*), sum(total) FROM {table}") == ["40", "1950.0"]
    assert spark.table(f"awsdatacatalog.{table}").count() == 40


def test_spark_reads_rows_that_the_service_wrote(spark, store):
    _, table = create(store, "orders-service", "Iceberg")
    write(spark.createDataFrame(ROWS, list(COLUMNS)), "orders-service", batches=True)
    store.load("orders-service", [{"id": "o-40", "time": "2026-01-02T00:00:00Z", "total": 1.5}])
    store.flush()
    spark.sql(f"REFRESH TABLE awsdatacatalog.{table}")
    assert spark.table(f"awsdatacatalog.{table}").count() == 41
