"""Iceberg tables in a user's pyiceberg."""

import os
import socket
import subprocess
import sys
from io import BytesIO

import boto3
import pyarrow as pa
import pyiceberg.io
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.glue.models import glue_backends
from pyarrow import parquet
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io.pyarrow import PyArrowFileIO

from moto_featurestore import install, mock_featurestore
from moto_featurestore._moto.s3_glue import MotoGlue
from moto_featurestore._moto.services.pyiceberg import file_io
from moto_featurestore.aws.iceberg_catalog import ObjectIO

GROUP = {
    "FeatureGroupName": "Customers",
    "RecordIdentifierFeatureName": "customer_id",
    "EventTimeFeatureName": "event_time",
    "FeatureDefinitions": [
        {"FeatureName": "customer_id", "FeatureType": "String"},
        {"FeatureName": "event_time", "FeatureType": "String"},
        {"FeatureName": "orders", "FeatureType": "Integral"},
    ],
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
    "OfflineStoreConfig": {
        "S3StorageConfig": {
            "S3Uri": "s3://bucket/prefix",
            "KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        },
        "TableFormat": "Iceberg",
        "DataCatalogConfig": {"Catalog": "AwsDataCatalog", "Database": "own", "TableName": "customers"},
    },
}
DAY = "2026-01-01T10:00:00Z"
SCHEMES = ("s3", "s3a", "s3n")


def create(client):
    client("s3").create_bucket(Bucket="bucket")
    client("sagemaker").create_feature_group(**GROUP)


def put(client, identifier="c-1"):
    record = {"customer_id": identifier, "event_time": DAY, "orders": "7"}
    client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName="Customers",
        Record=[{"FeatureName": name, "ValueAsString": value} for name, value in record.items()],
    )


def catalog():
    return load_catalog("glue", type="glue", **{"client.region": "us-east-1"})


@pytest.fixture
def no_connections(monkeypatch):
    """Let every network connection fail."""

    def fail(*args):
        raise AssertionError(f"a connection to {args[1:]}")

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(socket.socket, "connect_ex", fail)


def test_pyiceberg_reads_written_records(no_connections, clients):
    create(clients)
    put(clients)
    table = catalog().load_table("own.customers")
    # Arrow's S3 client does not use Python's sockets, so the fixture would not notice it. Check the type of the FileIO.
    assert isinstance(table.io, ObjectIO)
    [row] = table.scan().to_arrow().to_pylist()
    assert (row["customer_id"], row["event_time"], row["orders"], row["is_deleted"]) == ("c-1", DAY, 7, False)


def test_pyiceberg_sets_table_properties_and_appends_rows(no_connections, clients):
    create(clients)
    put(clients, "c-1")
    table = catalog().load_table("own.customers")
    with table.transaction() as transaction:
        transaction.set_properties({"write.target-file-size-bytes": "1048576"})
    table.append(table.scan().to_arrow().set_column(0, "customer_id", pa.array(["c-2"])))
    put(clients, "c-3")
    table = catalog().load_table("own.customers")
    assert table.properties == {"write.target-file-size-bytes": "1048576"}
    assert sorted(table.scan().to_arrow()["customer_id"].to_pylist()) == ["c-1", "c-2", "c-3"]


def test_pyiceberg_creates_a_table_that_is_not_a_feature_group(no_connections, clients):
    clients("s3").create_bucket(Bucket="bucket")
    catalog().create_namespace("own")
    data = pa.table({"number": [1, 2]})
    catalog().create_table("own.numbers", data.schema, location="s3a://bucket/numbers").append(data)
    assert catalog().load_table("own.numbers").scan().to_arrow() == data


def test_iceberg_table_is_created_in_the_account_and_region_of_the_group(monkeypatch, clients):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
    boto3.client("s3", "eu-west-1").create_bucket(
        Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    boto3.client("sagemaker", "eu-west-1").create_feature_group(**GROUP)
    table = load_catalog("glue", type="glue", **{"client.region": "eu-west-1"}).load_table("own.customers")
    assert "/111122223333/sagemaker/eu-west-1/offline-store/Customers-" in table.location()


def test_iceberg_table_is_recreated_after_bucket_was_deleted_and_recreated(each_entry_point):
    create(each_entry_point)
    put(each_entry_point, "c-1")
    for listed in each_entry_point("s3").list_objects_v2(Bucket="bucket")["Contents"]:
        each_entry_point("s3").delete_object(Bucket="bucket", Key=listed["Key"])
    each_entry_point("s3").delete_bucket(Bucket="bucket")
    put(each_entry_point, "c-2")
    status = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="Customers")["OfflineStoreStatus"]
    assert status == {"Status": "Blocked", "BlockedReason": "The bucket [bucket] does not exist."}
    each_entry_point("s3").create_bucket(Bucket="bucket")
    status = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="Customers")["OfflineStoreStatus"]
    assert status == {"Status": "Active"}
    table = each_entry_point("glue").get_table(DatabaseName="own", Name="customers")["Table"]
    keys = [listed["Key"] for listed in each_entry_point("s3").list_objects_v2(Bucket="bucket")["Contents"]]
    assert table["Parameters"]["metadata_location"].removeprefix("s3://bucket/") in keys
    [data] = [key for key in keys if "/data/" in key]
    body = each_entry_point("s3").get_object(Bucket="bucket", Key=data)["Body"].read()
    assert parquet.read_table(BytesIO(body))["customer_id"].to_pylist() == ["c-2"]


def test_iceberg_files_are_encrypted_with_the_kms_key_of_the_group(clients):
    create(clients)
    put(clients)
    for listed in clients("s3").list_objects_v2(Bucket="bucket")["Contents"]:
        head = clients("s3").head_object(Bucket="bucket", Key=listed["Key"])
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == (
            "aws:kms",
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        )


def test_file_io_input_file_in_missing_bucket_does_not_exist(clients):
    io = file_io({})
    assert not io.new_input("s3://bucket/file").exists()
    with pytest.raises(FileNotFoundError, match=r"The bucket \[bucket\] does not exist"):
        io.new_output("s3://bucket/file").create(overwrite=True).close()


def test_file_io_delete_deletes_the_file(clients):
    clients("s3").create_bucket(Bucket="bucket")
    clients("s3").put_object(Bucket="bucket", Key="folder/file", Body=b"1")
    file_io({}).delete("s3n://bucket/folder/file")
    assert not file_io({}).new_input("s3://bucket/folder/file").exists()


# Registration of the FileIO.


def implementations():
    return {scheme: list(pyiceberg.io.SCHEMA_TO_FILE_IO[scheme]) for scheme in SCHEMES}


def loaded():
    return [type(pyiceberg.io.load_file_io({}, f"{scheme}://bucket/file")) for scheme in SCHEMES]


@pytest.mark.parametrize("mock", [mock_featurestore, mock_aws], ids=["mock_featurestore", "mock_aws"])
def test_file_io_is_registered_only_while_a_mock_runs(mock):
    install()
    before = implementations()
    with mock():
        with mock():
            assert loaded() == [ObjectIO] * 3
        assert loaded() == [ObjectIO] * 3
    assert implementations() == before
    assert loaded() == [PyArrowFileIO] * 3


def test_file_io_implementation_in_catalog_properties_is_used(clients):
    named = {"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO"}
    assert isinstance(pyiceberg.io.load_file_io(named, "s3://bucket/file"), PyArrowFileIO)


@pytest.mark.parametrize(
    ("endpoint", "implementation"),
    [
        ("http://localhost:9000", PyArrowFileIO),
        ("http://127.0.0.1:9000", PyArrowFileIO),
        ("https://s3.us-east-1.amazonaws.com", ObjectIO),
    ],
)
def test_file_io_for_loopback_endpoint_is_the_pyarrow_file_io(clients, endpoint, implementation):
    assert isinstance(file_io({"s3.endpoint": endpoint}), implementation)


def test_file_io_with_passthrough_of_s3_is_the_pyarrow_file_io():
    with mock_featurestore(config={"core": {"passthrough": {"services": ["s3"]}}}):
        assert isinstance(file_io({}), PyArrowFileIO)


def run(code, **environment):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_mock_does_not_import_pyiceberg():
    code = """
import sys
from moto_featurestore import mock_featurestore
with mock_featurestore():
    import boto3
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
    print("pyiceberg" in sys.modules)
    import pyiceberg.io
    first = [pyiceberg.io.SCHEMA_TO_FILE_IO[scheme][0] for scheme in ("s3", "s3a", "s3n")]
    print(*{name.split(".")[0] for name in first})
print(*{files[0].split(".")[0] for files in pyiceberg.io.SCHEMA_TO_FILE_IO.values()})
"""
    assert run(code) == ["False", "moto_featurestore", "pyiceberg"]


def test_pyiceberg_imported_outside_of_mocks_is_not_patched():
    code = """
from moto_featurestore import mock_featurestore
with mock_featurestore():
    pass
import pyiceberg.io
print(*{files[0].split(".")[0] for files in pyiceberg.io.SCHEMA_TO_FILE_IO.values()})
"""
    assert run(code) == ["pyiceberg"]


def test_pyiceberg_with_a_server_sets_properties_and_appends_rows(server_url, server_clients):
    create(server_clients)
    put(server_clients, "c-1")
    code = """
import pyarrow as pa
from pyiceberg.catalog import load_catalog
catalog = load_catalog("glue", type="glue", **{"client.region": "us-east-1"})
table = catalog.load_table("own.customers")
with table.transaction() as transaction:
    transaction.set_properties({"write.target-file-size-bytes": "1048576"})
table.append(table.scan().to_arrow().set_column(0, "customer_id", pa.array(["c-2"])))
table = catalog.load_table("own.customers")
print(*sorted(table.scan().to_arrow()["customer_id"].to_pylist()), *table.properties)
"""
    settings = {"AWS_ENDPOINT_URL": server_url, "PYICEBERG_CATALOG__GLUE__S3__ENDPOINT": server_url}
    assert run(code, **settings) == ["c-1", "c-2", "write.target-file-size-bytes"]


# Writes between a client's read of a table and its commit.


@pytest.fixture
def update(each_entry_point):
    """Return a function that updates a table in Glue, with the given ``table_type`` and version."""
    each_entry_point("glue").create_database(DatabaseInput={"Name": "own"})

    def update(table_type, **params):
        table = {"Name": "numbers", "Parameters": {"table_type": table_type}}
        return each_entry_point("glue").update_table(DatabaseName="own", TableInput=table, **params)

    each_entry_point("glue").create_table(DatabaseName="own", TableInput={"Name": "numbers"})
    return update


def test_glue_update_table_with_current_version_succeeds(each_entry_point, update):
    update("ICEBERG", VersionId="1")
    update("ICEBERG", VersionId="2")
    update("ICEBERG")  # without a version
    assert each_entry_point("glue").get_table(DatabaseName="own", Name="numbers")["Table"]["VersionId"] == "4"


def test_glue_update_table_with_old_version_is_rejected(each_entry_point, update):
    # Documented: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html; the text is assumed.
    update("ICEBERG", VersionId="1")
    with pytest.raises(ClientError) as caught:
        update("ICEBERG", VersionId="1")
    assert caught.value.response["Error"] == {
        "Code": "ConcurrentModificationException",
        "Message": "The table numbers has version 2, but the update requires version 1.",
    }


def test_glue_update_table_of_table_without_iceberg_ignores_the_version(each_entry_point, update):
    update("HIVE", VersionId="1")
    update("HIVE", VersionId="1")
    assert each_entry_point("glue").get_table(DatabaseName="own", Name="numbers")["Table"]["VersionId"] == "3"


def test_flush_does_not_add_archived_glue_table_versions(clients):
    # Documented: SkipArchive, https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html. Assumed: the service
    # sets it, like pyiceberg.
    create(clients)
    put(clients)
    versions = clients("glue").get_table_versions(DatabaseName="own", TableName="customers")["TableVersions"]
    assert [version["VersionId"] for version in versions] == ["2"]


def test_flush_after_concurrent_table_update_is_retried_on_the_new_version(monkeypatch, clients):
    create(clients)
    put(clients)
    replace = MotoGlue.replace_table

    def replace_after_another(*args):
        monkeypatch.setattr(MotoGlue, "replace_table", replace)
        table = glue_backends["123456789012"]["us-east-1"].get_table("own", "customers")
        table.update(table.get_version("1") | {"Description": "another's"})
        return replace(*args)

    monkeypatch.setattr(MotoGlue, "replace_table", replace_after_another)
    assert catalog().load_table("own.customers").scan().to_arrow().num_rows == 1
    assert clients("glue").get_table(DatabaseName="own", Name="customers")["Table"]["VersionId"] == "3"


def test_pyiceberg_commit_during_a_flush_fails_without_loss_of_flushed_rows(monkeypatch, clients):
    create(clients)
    users = catalog()
    table, read = users.load_table("own.customers"), users.glue.get_table

    def read_and_put(**params):
        answer = read(**params)
        put(clients)
        return answer

    monkeypatch.setattr(users.glue, "get_table", read_and_put)
    with pytest.raises(CommitFailedException), table.transaction() as transaction:
        transaction.set_properties({"write.target-file-size-bytes": "1048576"})
    assert catalog().load_table("own.customers").scan().to_arrow()["customer_id"].to_pylist() == ["c-1"]
