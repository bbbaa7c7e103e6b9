"""Requests that could see the offline store write buffered rows first. Other requests leave them in the buffer."""

import sys
import threading
from io import BytesIO
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import Config
from botocore.exceptions import ClientError
from freezegun import freeze_time
from moto.core.models import botocore_stubber
from support.groups import data_keys, group_parameters

from moto_featurestore import featurestore, mock_featurestore
from moto_featurestore._moto.backend import backends
from moto_featurestore.offline.optional_dependencies import MissingExtraError

ACCOUNT = "123456789012"
BUCKET = "feature-bucket"
GROUP = group_parameters(
    "group",
    {"id": "String", "time": "String", "value": "Fractional"},
    s3_uri=f"s3://{BUCKET}/prefix",
    is_online=False,
)


def record(identifier, hour=0):
    values = {"id": identifier, "time": f"2026-01-01T{hour:02}:00:00Z", "value": "0.5"}
    return [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]


def group():
    return backends[ACCOUNT]["us-east-1"].store.groups["group"]


def buffered_rows():
    """Return the number of rows in the buffer."""
    return len(group().buffer)


def prepare(make):
    """Create a group with a buffered row, and another bucket with an object."""
    make("s3").create_bucket(Bucket=BUCKET)
    make("s3").create_bucket(Bucket="other-bucket")
    make("s3").put_object(Bucket="other-bucket", Key=f"{BUCKET}/object", Body=b"1")
    make("glue").create_database(DatabaseInput={"Name": "other"})
    make("sagemaker").create_feature_group(**GROUP)
    make("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("1"))
    assert buffered_rows() == 1


QUERY = {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": "s3://other-bucket/results/"}}
COPY = {"Bucket": "other-bucket", "Key": "copy"}

VISIBLE = {
    "S3, list": ("s3", "list_objects_v2", {"Bucket": BUCKET}),
    "S3, missing key": ("s3", "head_object", {"Bucket": BUCKET, "Key": "nothing"}),
    "S3, head bucket": ("s3", "head_bucket", {"Bucket": BUCKET}),
    "S3, copy from the bucket": ("s3", "copy_object", {**COPY, "CopySource": f"{BUCKET}/nothing"}),
    "S3, delete the bucket": ("s3", "delete_bucket", {"Bucket": BUCKET}),
    "Glue, get database": ("glue", "get_database", {"Name": "sagemaker_featurestore"}),
    "Glue, list tables": ("glue", "get_tables", {"DatabaseName": "sagemaker_featurestore"}),
    "Athena, start query": ("athena", "start_query_execution", QUERY),
    "DescribeFeatureGroup": ("sagemaker", "describe_feature_group", {"FeatureGroupName": "group"}),
    "ListFeatureGroups": ("sagemaker", "list_feature_groups", {}),
    "Search": ("sagemaker", "search", {"Resource": "FeatureGroup"}),
}

NOT_VISIBLE = {
    "S3, another bucket": ("s3", "list_objects_v2", {"Bucket": "other-bucket"}),
    "S3, key with the name of the bucket": ("s3", "get_object", {"Bucket": "other-bucket", "Key": f"{BUCKET}/object"}),
    "S3, list buckets": ("s3", "list_buckets", {}),
    "S3, put into the bucket": ("s3", "put_object", {"Bucket": BUCKET, "Key": "key", "Body": b"1"}),
    "S3, put into another bucket": ("s3", "put_object", {"Bucket": "other-bucket", "Key": "key", "Body": b"1"}),
    "S3, copy within another bucket": ("s3", "copy_object", {**COPY, "CopySource": f"other-bucket/{BUCKET}/object"}),
    "Glue, another database": ("glue", "get_tables", {"DatabaseName": "other"}),
    "Athena, other operation": ("athena", "list_work_groups", {}),
    "PutRecord": (
        "sagemaker-featurestore-runtime",
        "put_record",
        {"FeatureGroupName": "group", "Record": record("2")},
    ),
    "another service": ("sts", "get_caller_identity", {}),
}


def send(make, service, operation, params):
    try:
        getattr(make(service), operation)(**params)
    except ClientError as error:
        assert error.response["Error"]["Code"] in {"404", "NoSuchKey", "BucketNotEmpty"}  # noqa: PT017 - some requests fail and others do not


@pytest.mark.parametrize("request_to_send", VISIBLE.values(), ids=VISIBLE)
def test_request_that_reads_the_offline_store_flushes_buffered_rows_first(each_entry_point, request_to_send):
    prepare(each_entry_point)
    send(each_entry_point, *request_to_send)
    assert buffered_rows() == 0
    assert len(data_keys(each_entry_point("s3"), BUCKET)) == 1


@pytest.mark.parametrize("request_to_send", NOT_VISIBLE.values(), ids=NOT_VISIBLE)
def test_request_that_does_not_read_the_offline_store_does_not_flush_rows(each_entry_point, request_to_send):
    prepare(each_entry_point)
    send(each_entry_point, *request_to_send)
    assert buffered_rows() >= 1


def test_records_put_between_unrelated_calls_are_flushed_together_to_one_file(each_entry_point):
    prepare(each_entry_point)
    for number in range(20):
        each_entry_point("sagemaker-featurestore-runtime").put_record(
            FeatureGroupName="group", Record=record(str(number))
        )
        each_entry_point("s3").list_objects_v2(Bucket="other-bucket")
        each_entry_point("s3").put_object(Bucket=BUCKET, Key=f"own/{number}", Body=b"1")
    listed = each_entry_point("s3").list_objects_v2(Bucket=BUCKET, Prefix="prefix/")
    assert listed["KeyCount"] == 3  # with the object of CreateFeatureGroup


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("client_kind", ["boto3", "presigned", "stubber"])
def test_s3_read_operation_flushes_rows_first(clients, style, client_kind):
    prepare(clients)
    client = boto3.client("s3", config=Config(s3={"addressing_style": style}))
    url = client.generate_presigned_url("list_objects_v2", {"Bucket": BUCKET})
    if client_kind == "boto3":
        client.list_objects_v2(Bucket=BUCKET)
    elif client_kind == "presigned":
        assert "<KeyCount>2<" in requests.get(url, timeout=10).text
    else:  # aiomoto calls the stubber directly
        request = AWSPreparedRequest("GET", url, {"host": urlsplit(url).netloc}, None, stream_output=False)
        assert b"<KeyCount>2<" in botocore_stubber("before-send.s3.ListObjectsV2", request).content
    assert buffered_rows() == 0


def test_s3_read_through_access_point_flushes_rows_first(clients):
    prepare(clients)
    clients("s3control").create_access_point(AccountId=ACCOUNT, Name="point", Bucket=BUCKET)
    point = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/point"
    with pytest.raises(ClientError, match="NoSuchKey"):
        clients("s3").get_object(Bucket=point, Key="nothing")
    assert buffered_rows() == 0


def test_s3_read_from_server_by_virtual_host_or_unsigned_flushes_rows_first(server_clients, server_url):
    prepare(server_clients)
    host = f"{BUCKET}.localhost:{server_url.rpartition(':')[2]}"
    requests.get(server_url, headers={"Host": host}, timeout=10)
    assert buffered_rows() == 0
    server_clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
    assert "year=2026" in requests.get(f"{server_url}/{BUCKET}", timeout=10).text
    assert buffered_rows() == 0


def test_s3_read_flushes_rows_of_groups_in_other_regions(clients):
    prepare(clients)
    clients("sagemaker", region_name="eu-west-1").create_feature_group(**GROUP)
    runtime = clients("sagemaker-featurestore-runtime", region_name="eu-west-1")
    runtime.put_record(FeatureGroupName="group", Record=record("1"))
    assert len(data_keys(clients("s3"), BUCKET)) == 2


def test_glue_read_does_not_flush_groups_without_a_table(each_entry_point):
    offline = GROUP["OfflineStoreConfig"] | {"DisableGlueTableCreation": True}
    each_entry_point("s3").create_bucket(Bucket=BUCKET)
    each_entry_point("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": offline})
    each_entry_point("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("1"))
    each_entry_point("glue").get_databases()
    assert buffered_rows() == 1


def test_concurrent_puts_and_reads_on_a_server_lose_no_rows(server_clients):
    prepare(server_clients)
    runtime, s3 = server_clients("sagemaker-featurestore-runtime"), server_clients("s3")

    def work(worker):
        for number in range(10):
            runtime.put_record(FeatureGroupName="group", Record=record(f"{worker}-{number}", hour=number))
            if number % 3 == 0:
                s3.list_objects_v2(Bucket=BUCKET)

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(rows(s3)) == sorted(["1", *(f"{worker}-{number}" for worker in range(8) for number in range(10))])


def rows(s3):
    from pyarrow import parquet

    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="prefix/")
    keys = [item["Key"] for page in pages for item in page["Contents"] if item["Key"].endswith(".parquet")]
    bodies = (s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys)
    return [name for body in bodies for name in parquet.read_table(BytesIO(body))["id"].to_pylist()]


# The offline delay, and explicit flushes.


def test_rows_with_offline_delay_are_not_readable_before_the_delay():
    config = {"featurestore": {"offline_delay": 300}}
    with mock_featurestore(config=config), freeze_time("2026-01-01T00:00:00Z") as clock:
        prepare(boto3.client)
        assert len(data_keys(boto3.client("s3"), BUCKET)) == 0
        clock.tick(299)
        assert len(data_keys(boto3.client("s3"), BUCKET)) == 0
        clock.tick(1)
        assert len(data_keys(boto3.client("s3"), BUCKET)) == 1


def test_flush_ignores_the_offline_delay():
    with mock_featurestore(config={"featurestore": {"offline_delay": 300}}):
        prepare(boto3.client)
        featurestore.flush("group")
        assert buffered_rows() == 0
        boto3.client("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
        boto3.client("sagemaker").delete_feature_group(FeatureGroupName="group")
        featurestore.flush()
        assert len(data_keys(boto3.client("s3"), BUCKET)) == 2


def test_error_of_failed_flush_contains_the_reason(clients):
    prepare(clients)
    clients("s3").create_bucket(Bucket="third-bucket")
    delete_bucket(clients("s3"))
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
    with pytest.raises(
        RuntimeError, match=r"'group' to the offline store: The bucket \[feature-bucket\] does not exist"
    ):
        featurestore.flush()
    with pytest.raises(LookupError, match="The feature group 'nothing' does not exist"):
        featurestore.flush("nothing")


def delete_bucket(s3):
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)


def test_flush_to_deleted_bucket_blocks_offline_store_until_bucket_is_recreated(each_entry_point):
    prepare(each_entry_point)
    delete_bucket(each_entry_point("s3"))
    each_entry_point("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
    status = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreStatus"]
    assert status == {"Status": "Blocked", "BlockedReason": f"The bucket [{BUCKET}] does not exist."}
    each_entry_point("s3").create_bucket(Bucket=BUCKET)
    assert len(data_keys(each_entry_point("s3"), BUCKET)) == 1
    status = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreStatus"]
    assert status == {"Status": "Active"}


# Without pyarrow.


def test_create_feature_group_with_offline_store_without_pyarrow_fails_and_names_the_pip_extra(
    each_entry_point, monkeypatch
):
    each_entry_point("s3").create_bucket(Bucket=BUCKET)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ClientError, match=r"pip install 'moto-featurestore\[offline\]'"):
        each_entry_point("sagemaker").create_feature_group(**GROUP)
    assert each_entry_point("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []
    online_only = {name: value for name, value in GROUP.items() if name != "OfflineStoreConfig"}
    each_entry_point("sagemaker").create_feature_group(**online_only, OnlineStoreConfig={"EnableOnlineStore": True})


# Contents of S3 and Glue.


def test_flushed_objects_are_encrypted_with_the_kms_key_of_the_group(each_entry_point):
    each_entry_point("s3").create_bucket(Bucket=BUCKET)
    storage = GROUP["OfflineStoreConfig"]["S3StorageConfig"] | {
        "KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }
    each_entry_point("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": {"S3StorageConfig": storage}})
    each_entry_point("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("1"))
    [key] = data_keys(each_entry_point("s3"), BUCKET)
    head = each_entry_point("s3").head_object(Bucket=BUCKET, Key=key)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == (
        "aws:kms",
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    )


def test_flushed_file_names_are_equal_for_equal_moto_seeds(clients):
    keys = []
    for _ in range(2):
        requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=10)
        requests.post("http://motoapi.amazonaws.com/moto-api/seed?a=42", timeout=10)
        prepare(clients)
        [key] = data_keys(clients("s3"), BUCKET)
        keys.append(key.rpartition("_")[2])
    assert keys[0] == keys[1]


def test_features_added_by_update_feature_group_become_glue_table_columns(each_entry_point):
    prepare(each_entry_point)
    name = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreConfig"][
        "DataCatalogConfig"
    ]["TableName"]

    def table():
        return each_entry_point("glue").get_table(DatabaseName="sagemaker_featurestore", Name=name)["Table"]

    each_entry_point("glue").update_table(
        DatabaseName="sagemaker_featurestore",
        TableInput={"Name": name, "Description": "mine", "StorageDescriptor": table()["StorageDescriptor"]},
    )
    addition = {"FeatureName": "age", "FeatureType": "Integral"}
    each_entry_point("sagemaker").update_feature_group(FeatureGroupName="group", FeatureAdditions=[addition])
    columns = [(column["Name"], column["Type"]) for column in table()["StorageDescriptor"]["Columns"]]
    assert columns[2:5] == [("value", "double"), ("age", "bigint"), ("write_time", "timestamp")]
    assert table()["Description"] == "mine"
    each_entry_point("glue").delete_table(DatabaseName="sagemaker_featurestore", Name=name)
    addition = {"FeatureName": "height", "FeatureType": "Integral"}
    each_entry_point("sagemaker").update_feature_group(FeatureGroupName="group", FeatureAdditions=[addition])
    assert each_entry_point("glue").get_tables(DatabaseName="sagemaker_featurestore")["TableList"] == []


def test_create_feature_group_with_existing_glue_table_fails(each_entry_point):
    each_entry_point("s3").create_bucket(Bucket=BUCKET)
    each_entry_point("glue").create_database(DatabaseInput={"Name": "features"})
    each_entry_point("glue").create_table(DatabaseName="features", TableInput={"Name": "mine"})
    catalog = {"Catalog": "AwsDataCatalog", "Database": "features", "TableName": "mine"}
    offline = GROUP["OfflineStoreConfig"] | {"DataCatalogConfig": catalog}
    each_entry_point("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": offline})
    described = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="group")
    assert described["FeatureGroupStatus"] == "CreateFailed"


# Reading back.


def test_pandas_reads_the_flushed_files(each_entry_point):
    pandas = pytest.importorskip("pandas")
    prepare(each_entry_point)
    [key] = data_keys(each_entry_point("s3"), BUCKET)
    body = each_entry_point("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    frame = pandas.read_parquet(BytesIO(body))
    assert list(frame.columns) == ["id", "time", "value", "write_time", "api_invocation_time", "is_deleted"]
    assert frame["value"].tolist() == [0.5]
    assert str(frame["write_time"].dtype) == "datetime64[ms, UTC]"


def test_duckdb_reads_downloaded_flushed_files(each_entry_point, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    prepare(each_entry_point)
    each_entry_point("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2", hour=1))
    for number, key in enumerate(data_keys(each_entry_point("s3"), BUCKET)):
        each_entry_point("s3").download_file(BUCKET, key, str(tmp_path / f"{number}.parquet"))
    query = f"SELECT id, value, is_deleted FROM read_parquet('{tmp_path}/*.parquet') ORDER BY id"
    assert duckdb.sql(query).fetchall() == [("1", 0.5, False), ("2", 0.5, False)]


@pytest.mark.filterwarnings("default")  # awswrangler causes a warning of pandas
def test_awswrangler_reads_all_flushed_files_of_a_prefix(clients):
    wrangler = pytest.importorskip("awswrangler")
    prepare(clients)
    offline = clients("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreConfig"]
    frame = wrangler.s3.read_parquet(offline["S3StorageConfig"]["ResolvedOutputS3Uri"], dataset=False)
    assert frame["id"].tolist() == ["1"]


# Without pyparsing: moto's Glue imports it, and only moto's extra "glue" installs it.


def test_create_feature_group_without_pyparsing_fails_and_names_the_pip_extra(clients, monkeypatch):
    clients("s3").create_bucket(Bucket=BUCKET)
    for name in [name for name in sys.modules if name.startswith("moto.glue")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyparsing", None)
    with pytest.raises(MissingExtraError, match=r"needs pyparsing: pip install 'moto-featurestore\[offline\]'"):
        clients("sagemaker").create_feature_group(**GROUP)
    assert clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []


def test_create_feature_group_writes_one_object_next_to_the_data_folder(each_entry_point):
    # The clean-up in aws/sagemaker-python-sdk (test_feature_processor_integ.py) expects an object. Its key is assumed.
    each_entry_point("s3").create_bucket(Bucket=BUCKET)
    each_entry_point("sagemaker").create_feature_group(**GROUP)
    [item] = each_entry_point("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    described = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="group")
    resolved = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    assert f"s3://{BUCKET}/{item['Key']}" == f"{resolved.removesuffix('data')}_created"
    assert item["Size"] == 0
