"""Whoever looks at the offline store sees what was written; who looks elsewhere changes nothing."""

import sys
import threading
from contextlib import suppress
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
from support.groups import group_parameters

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


def waiting():
    """How many rows wait to be written."""
    return len(group().buffer)


def prepare(make):
    """A group with a row that waits; another bucket, with an object."""
    make("s3").create_bucket(Bucket=BUCKET)
    make("s3").create_bucket(Bucket="other-bucket")
    make("s3").put_object(Bucket="other-bucket", Key=f"{BUCKET}/object", Body=b"1")
    make("glue").create_database(DatabaseInput={"Name": "other"})
    make("sagemaker").create_feature_group(**GROUP)
    make("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("1"))
    assert waiting() == 1


COPY = {"Bucket": "other-bucket", "Key": "copy"}

SEEING = {
    "S3, a list": ("s3", "list_objects_v2", {"Bucket": BUCKET}),
    "S3, a missing key": ("s3", "head_object", {"Bucket": BUCKET, "Key": "nothing"}),
    "S3, the bucket": ("s3", "head_bucket", {"Bucket": BUCKET}),
    "S3, a copy from it": ("s3", "copy_object", {**COPY, "CopySource": f"{BUCKET}/nothing"}),
    "S3, its deletion": ("s3", "delete_bucket", {"Bucket": BUCKET}),
    "Glue, the database": ("glue", "get_database", {"Name": "sagemaker_featurestore"}),
    "Glue, its tables": ("glue", "get_tables", {"DatabaseName": "sagemaker_featurestore"}),
    "Athena, a query": ("athena", "start_query_execution", {"QueryString": "SELECT 1", "WorkGroup": "primary"}),
    "a description": ("sagemaker", "describe_feature_group", {"FeatureGroupName": "group"}),
    "a list of groups": ("sagemaker", "list_feature_groups", {}),
    "a search": ("sagemaker", "search", {"Resource": "FeatureGroup"}),
}

NOT_SEEING = {
    "S3, another bucket": ("s3", "list_objects_v2", {"Bucket": "other-bucket"}),
    "S3, a key like the bucket's name": ("s3", "get_object", {"Bucket": "other-bucket", "Key": f"{BUCKET}/object"}),
    "S3, the buckets": ("s3", "list_buckets", {}),
    "S3, a put into it": ("s3", "put_object", {"Bucket": BUCKET, "Key": "key", "Body": b"1"}),
    "S3, a put elsewhere": ("s3", "put_object", {"Bucket": "other-bucket", "Key": "key", "Body": b"1"}),
    "S3, a copy within another": ("s3", "copy_object", {**COPY, "CopySource": f"other-bucket/{BUCKET}/object"}),
    "Glue, another database": ("glue", "get_tables", {"DatabaseName": "other"}),
    "Athena, anything else": ("athena", "list_work_groups", {}),
    "a record": (
        "sagemaker-featurestore-runtime",
        "put_record",
        {"FeatureGroupName": "group", "Record": record("2")},
    ),
    "another service": ("sts", "get_caller_identity", {}),
}


def ask(make, service, operation, params):
    try:
        getattr(make(service), operation)(**params)
    except ClientError as error:
        assert error.response["Error"]["Code"] in {"404", "NoSuchKey", "BucketNotEmpty"}  # noqa: PT017 - some may fail


@pytest.mark.parametrize("asked", SEEING.values(), ids=SEEING)
def test_rows_are_written_before_who_could_see_them(border, asked):
    prepare(border)
    ask(border, *asked)
    assert waiting() == 0
    assert len(border("s3").list_objects_v2(Bucket=BUCKET)["Contents"]) == 1


@pytest.mark.parametrize("asked", NOT_SEEING.values(), ids=NOT_SEEING)
def test_rows_wait_while_others_look_elsewhere(border, asked):
    prepare(border)
    ask(border, *asked)
    assert waiting() >= 1


def test_a_loop_of_puts_mixed_with_calls_elsewhere_makes_few_files(border):
    prepare(border)
    for number in range(20):
        border("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record(str(number)))
        border("s3").list_objects_v2(Bucket="other-bucket")
        border("s3").put_object(Bucket=BUCKET, Key=f"own/{number}", Body=b"1")
    listed = border("s3").list_objects_v2(Bucket=BUCKET, Prefix="prefix/")
    assert listed["KeyCount"] == 2


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("way", ["boto3", "presigned", "stubber"])
def test_all_ways_to_s3_in_process_see_them(clients, style, way):
    prepare(clients)
    client = boto3.client("s3", config=Config(s3={"addressing_style": style}))
    url = client.generate_presigned_url("list_objects_v2", {"Bucket": BUCKET})
    if way == "boto3":
        client.list_objects_v2(Bucket=BUCKET)
    elif way == "presigned":
        assert "<KeyCount>1<" in requests.get(url, timeout=10).text
    else:  # as aiomoto calls it
        request = AWSPreparedRequest("GET", url, {"host": urlsplit(url).netloc}, None, stream_output=False)
        assert b"<KeyCount>1<" in botocore_stubber("before-send.s3.ListObjectsV2", request).content
    assert waiting() == 0


def test_an_access_point_sees_them(clients):
    prepare(clients)
    clients("s3control").create_access_point(AccountId=ACCOUNT, Name="point", Bucket=BUCKET)
    point = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/point"
    with pytest.raises(ClientError, match="NoSuchKey"):
        clients("s3").get_object(Bucket=point, Key="nothing")
    assert waiting() == 0


def test_a_server_s_hosts_and_unsigned_requests_see_them(server_clients, server_url):
    prepare(server_clients)
    host = f"{BUCKET}.localhost:{server_url.rpartition(':')[2]}"
    requests.get(server_url, headers={"Host": host}, timeout=10)
    assert waiting() == 0
    server_clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
    assert "year=2026" in requests.get(f"{server_url}/{BUCKET}", timeout=10).text
    assert waiting() == 0


def test_a_bucket_of_another_region_s_group_is_seen_too(clients):
    prepare(clients)
    clients("sagemaker", region_name="eu-west-1").create_feature_group(**GROUP)
    runtime = clients("sagemaker-featurestore-runtime", region_name="eu-west-1")
    runtime.put_record(FeatureGroupName="group", Record=record("1"))
    assert clients("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 2


def test_a_group_without_table_is_in_no_database(border):
    offline = GROUP["OfflineStoreConfig"] | {"DisableGlueTableCreation": True}
    border("s3").create_bucket(Bucket=BUCKET)
    border("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": offline})
    border("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("1"))
    border("glue").get_databases()
    assert waiting() == 1


def test_many_threads_of_a_server_s_clients_lose_nothing_and_wait_for_none_for_ever(server_clients):
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
    keys = [item["Key"] for page in pages for item in page["Contents"]]
    bodies = (s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys)
    return [name for body in bodies for name in parquet.read_table(BytesIO(body))["id"].to_pylist()]


# With a delay, and explicitly.


def test_with_a_delay_rows_are_seen_once_it_has_passed():
    config = {"featurestore": {"offline_delay": 300}}
    with mock_featurestore(config=config), freeze_time("2026-01-01T00:00:00Z") as clock:
        prepare(boto3.client)
        assert boto3.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
        clock.tick(299)
        assert boto3.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
        clock.tick(1)
        assert boto3.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def test_the_handle_flushes_whatever_the_delay():
    with mock_featurestore(config={"featurestore": {"offline_delay": 300}}):
        prepare(boto3.client)
        featurestore.flush("group")
        assert waiting() == 0
        boto3.client("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
        boto3.client("sagemaker").delete_feature_group(FeatureGroupName="group")
        featurestore.flush()
        assert boto3.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 2


def test_the_handle_says_why_rows_stay(clients):
    prepare(clients)
    clients("s3").create_bucket(Bucket="third-bucket")
    empty(clients("s3"))
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
    with pytest.raises(RuntimeError, match=r"'group' stay in the buffer: The bucket \[feature-bucket\] does not exist"):
        featurestore.flush()
    with pytest.raises(LookupError, match="No feature group 'nothing'"):
        featurestore.flush("nothing")


def empty(s3):
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)


def test_a_bucket_that_is_gone_blocks_the_store_until_it_is_back(border):
    prepare(border)
    empty(border("s3"))
    border("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2"))
    status = border("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreStatus"]
    assert status == {"Status": "Blocked", "BlockedReason": f"The bucket [{BUCKET}] does not exist."}
    border("s3").create_bucket(Bucket=BUCKET)
    assert border("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    status = border("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreStatus"]
    assert status == {"Status": "Active"}


# Without pyarrow.


@pytest.fixture
def no_pyarrow(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)


def test_without_pyarrow_the_exception_in_process_says_what_to_install(clients, no_pyarrow, monkeypatch):
    prepare(clients)
    for look in (lambda: clients("s3").list_objects_v2(Bucket=BUCKET), featurestore.flush):
        with pytest.raises(MissingExtraError, match=r"pip install 'moto-featurestore\[offline\]'"):
            look()
    assert waiting() == 1
    monkeypatch.undo()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert clients("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def folder():
    """What the keys of the group's files begin with."""
    return group().offline_store["S3StorageConfig"]["ResolvedOutputS3Uri"].split("/", 3)[3].removesuffix("data")


def table():
    return group().offline_store["DataCatalogConfig"]["TableName"]


OURS = {"DatabaseName": "sagemaker_featurestore"}

READING = {
    "S3, a list": ("s3", "list_objects_v2", lambda: {"Bucket": BUCKET}),
    "S3, an old list": ("s3", "list_objects", lambda: {"Bucket": BUCKET, "Delimiter": "/", "Marker": ""}),
    "S3, versions": ("s3", "list_object_versions", lambda: {"Bucket": BUCKET}),
    "S3, a list above": ("s3", "list_objects_v2", lambda: {"Bucket": BUCKET, "Prefix": "pre"}),
    "S3, a list below": ("s3", "list_objects_v2", lambda: {"Bucket": BUCKET, "Prefix": f"{folder()}data/year=2026"}),
    "S3, a key": ("s3", "get_object", lambda: {"Bucket": BUCKET, "Key": f"{folder()}data/nothing"}),
    "S3, a copy": ("s3", "copy_object", lambda: {**COPY, "CopySource": f"{BUCKET}/{folder()}data/nothing"}),
    "Glue, its tables": ("glue", "get_tables", lambda: OURS),
    "Glue, the table": ("glue", "get_table", lambda: {**OURS, "Name": table()}),
    "Glue, its partitions": ("glue", "get_partitions", lambda: {**OURS, "TableName": table()}),
}

OTHERS = {
    "S3, a list elsewhere": ("s3", "list_objects_v2", lambda: {"Bucket": BUCKET, "Prefix": "own/"}),
    "S3, a key elsewhere": ("s3", "get_object", lambda: {"Bucket": BUCKET, "Key": "own/object"}),
    "S3, a copy from elsewhere": ("s3", "copy_object", lambda: {**COPY, "CopySource": f"{BUCKET}/own/object"}),
    "S3, a deletion": ("s3", "delete_object", lambda: {"Bucket": BUCKET, "Key": f"{folder()}data/nothing"}),
    "S3, many deletions": (
        "s3",
        "delete_objects",
        lambda: {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "own/2"}]}},
    ),
    "S3, the bucket": ("s3", "head_bucket", lambda: {"Bucket": BUCKET}),
    "S3, the bucket's region": ("s3", "get_bucket_location", lambda: {"Bucket": BUCKET}),
    "S3, its uploads": ("s3", "list_multipart_uploads", lambda: {"Bucket": BUCKET}),
    "Glue, the database": ("glue", "get_database", lambda: {"Name": "sagemaker_featurestore"}),
    "Glue, another table": ("glue", "get_table", lambda: {**OURS, "Name": "other"}),
    "Glue, the table's deletion": ("glue", "delete_table", lambda: {**OURS, "Name": table()}),
    "Athena, a query": ("athena", "start_query_execution", lambda: {"QueryString": "SELECT 1", "WorkGroup": "primary"}),
}


@pytest.mark.parametrize("asked", READING.values(), ids=READING)
def test_without_pyarrow_who_reads_them_is_told_what_to_install(border, no_pyarrow, asked):
    prepare(border)
    service, operation, params = asked
    with pytest.raises((MissingExtraError, ClientError), match=r"pip install 'moto-featurestore\[offline\]'"):
        getattr(border(service), operation)(**params())
    assert waiting() == 1


@pytest.mark.parametrize("asked", OTHERS.values(), ids=OTHERS)
def test_without_pyarrow_all_others_are_answered(border, no_pyarrow, asked):
    prepare(border)
    border("glue").create_table(**OURS, TableInput={"Name": "other"})
    border("s3").put_object(Bucket=BUCKET, Key="own/object", Body=b"1")
    service, operation, params = asked
    getattr(border(service), operation)(**params())
    assert waiting() == 1


@pytest.mark.parametrize(("prefix", "is_told"), [("", True), ("own/", False)])
def test_without_pyarrow_hosts_that_hold_the_bucket_are_told_alike(clients, no_pyarrow, prefix, is_told):
    prepare(clients)
    clients("s3control").create_access_point(AccountId=ACCOUNT, Name="point", Bucket=BUCKET)
    virtual = boto3.client("s3", config=Config(s3={"addressing_style": "virtual"}))
    looks = {
        "virtual": lambda: virtual.list_objects_v2(Bucket=BUCKET, Prefix=prefix),
        "point": lambda: virtual.head_object(
            Bucket=f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/point", Key=f"{folder() if is_told else prefix}nothing"
        ),
    }
    for look in looks.values():
        with pytest.raises(MissingExtraError) if is_told else suppress(ClientError):
            look()
    assert waiting() == 1


def test_without_pyarrow_a_server_s_error_has_a_code(server_clients, no_pyarrow):
    prepare(server_clients)
    for service, operation, params in (READING["S3, a list"], READING["Glue, the table"]):
        with pytest.raises(ClientError) as caught:
            getattr(server_clients(service), operation)(**params())
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert caught.value.response["Error"]["Code"] == "MissingExtraError"


def test_without_pyarrow_only_a_query_of_the_files_fails(border, no_pyarrow):
    pytest.importorskip("duckdb")
    prepare(border)

    def run(sql):
        execution_id = border("athena").start_query_execution(
            QueryString=sql, ResultConfiguration={"OutputLocation": "s3://other-bucket/results"}
        )["QueryExecutionId"]
        return border("athena").get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]

    name = f'"sagemaker_featurestore"."{table()}"'
    assert run(f"CREATE VIEW other.seen AS SELECT id FROM {name}")["State"] == "SUCCEEDED"
    assert run("SELECT 1")["State"] == "SUCCEEDED"
    place = "external_location = 's3://other-bucket/mine'"
    assert run(f"CREATE TABLE other.mine WITH ({place}) AS SELECT 1 AS n")["State"] == "SUCCEEDED"
    assert run("SELECT n FROM other.mine")["State"] == "SUCCEEDED"
    for sql in (f"SELECT * FROM {name}", "SELECT * FROM other.seen"):
        status = run(sql)
        assert status["State"] == "FAILED"
        assert "pip install 'moto-featurestore[offline]'" in status["StateChangeReason"]
    assert waiting() == 1


def test_without_pyarrow_a_description_tells_it(border, no_pyarrow):
    prepare(border)
    status = border("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreStatus"]
    assert status["Status"] == "Blocked"
    assert "pip install 'moto-featurestore[offline]'" in status["BlockedReason"]


# What is in S3 and Glue.


def test_objects_are_encrypted_and_of_the_key_that_was_given(border):
    border("s3").create_bucket(Bucket=BUCKET)
    storage = GROUP["OfflineStoreConfig"]["S3StorageConfig"] | {"KmsKeyId": "alias/features"}
    border("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": {"S3StorageConfig": storage}})
    border("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("1"))
    [item] = border("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    head = border("s3").head_object(Bucket=BUCKET, Key=item["Key"])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/features")


def test_file_names_follow_the_seed_of_moto(clients):
    keys = []
    for _ in range(2):
        requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=10)
        requests.post("http://motoapi.amazonaws.com/moto-api/seed?a=42", timeout=10)
        prepare(clients)
        [item] = clients("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
        keys.append(item["Key"].rpartition("_")[2])
    assert keys[0] == keys[1]


def test_the_table_is_in_glue_and_gets_the_columns_of_new_features(border):
    prepare(border)
    name = border("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreConfig"][
        "DataCatalogConfig"
    ]["TableName"]

    def table():
        return border("glue").get_table(DatabaseName="sagemaker_featurestore", Name=name)["Table"]

    border("glue").update_table(
        DatabaseName="sagemaker_featurestore",
        TableInput={"Name": name, "Description": "mine", "StorageDescriptor": table()["StorageDescriptor"]},
    )
    addition = {"FeatureName": "age", "FeatureType": "Integral"}
    border("sagemaker").update_feature_group(FeatureGroupName="group", FeatureAdditions=[addition])
    columns = [(column["Name"], column["Type"]) for column in table()["StorageDescriptor"]["Columns"]]
    assert columns[2:5] == [("value", "double"), ("age", "bigint"), ("write_time", "timestamp")]
    assert table()["Description"] == "mine"
    border("glue").delete_table(DatabaseName="sagemaker_featurestore", Name=name)
    addition = {"FeatureName": "height", "FeatureType": "Integral"}
    border("sagemaker").update_feature_group(FeatureGroupName="group", FeatureAdditions=[addition])
    assert border("glue").get_tables(DatabaseName="sagemaker_featurestore")["TableList"] == []


def test_a_table_that_is_there_fails_the_creation(border):
    border("s3").create_bucket(Bucket=BUCKET)
    border("glue").create_database(DatabaseInput={"Name": "features"})
    border("glue").create_table(DatabaseName="features", TableInput={"Name": "mine"})
    catalog = {"Catalog": "AwsDataCatalog", "Database": "features", "TableName": "mine"}
    offline = GROUP["OfflineStoreConfig"] | {"DataCatalogConfig": catalog}
    border("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": offline})
    described = border("sagemaker").describe_feature_group(FeatureGroupName="group")
    assert described["FeatureGroupStatus"] == "CreateFailed"


# Reading back.


def test_pandas_reads_what_was_written(border):
    pandas = pytest.importorskip("pandas")
    prepare(border)
    [item] = border("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    body = border("s3").get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
    frame = pandas.read_parquet(BytesIO(body))
    assert list(frame.columns) == ["id", "time", "value", "write_time", "api_invocation_time", "is_deleted"]
    assert frame["value"].tolist() == [0.5]
    assert str(frame["write_time"].dtype) == "datetime64[ms, UTC]"


def test_duckdb_reads_downloaded_files(border, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    prepare(border)
    border("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=record("2", hour=1))
    for number, item in enumerate(border("s3").list_objects_v2(Bucket=BUCKET)["Contents"]):
        border("s3").download_file(BUCKET, item["Key"], str(tmp_path / f"{number}.parquet"))
    query = f"SELECT id, value, is_deleted FROM read_parquet('{tmp_path}/*.parquet') ORDER BY id"
    assert duckdb.sql(query).fetchall() == [("1", 0.5, False), ("2", 0.5, False)]


@pytest.mark.filterwarnings("default")  # pandas warns awswrangler
def test_awswrangler_reads_a_prefix_as_one_table(clients):
    wrangler = pytest.importorskip("awswrangler")
    prepare(clients)
    offline = clients("sagemaker").describe_feature_group(FeatureGroupName="group")["OfflineStoreConfig"]
    frame = wrangler.s3.read_parquet(offline["S3StorageConfig"]["ResolvedOutputS3Uri"], dataset=False)
    assert frame["id"].tolist() == ["1"]


# Without pyparsing, which moto's Glue imports and moto alone does not bring (moto's own extra "glue").


def test_without_pyparsing_a_group_with_a_table_says_what_to_install_and_is_not_made(clients, monkeypatch):
    clients("s3").create_bucket(Bucket=BUCKET)
    for name in [name for name in sys.modules if name.startswith("moto.glue")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyparsing", None)
    with pytest.raises(MissingExtraError, match=r"needs pyparsing: pip install 'moto-featurestore\[offline\]'"):
        clients("sagemaker").create_feature_group(**GROUP)
    assert clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []
