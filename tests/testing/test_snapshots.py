"""FeatureStore.snapshot() and restore()."""

import gc

import boto3
import pytest
from support.groups import data_keys

from moto_featurestore import featurestore, mock_featurestore

TTL = {"Unit": "Hours", "Value": 1}
OFFLINE = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStore",
}


def names(stage):
    return sorted(
        group["FeatureGroupName"] for group in stage.clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"]
    )


def objects(stage):
    return data_keys(stage.clients("s3"), "bucket")


def tables(stage):
    return [
        table["Name"] for table in stage.clients("glue").get_tables(DatabaseName="sagemaker_featurestore")["TableList"]
    ]


def test_restore_resets_records_to_the_snapshot(customers):
    customers.put("1", age="10")
    customers.put("2")
    customers.put("3")
    identifiers = list(customers.featurestore.records("customers").online)
    size = customers.describe("customers")["OnlineStoreTotalSizeBytes"]
    snapshot = customers.featurestore.snapshot()

    customers.put("1", age="11")
    customers.put("4")
    later = {"EventTime": "2026-02-01T00:00:00Z", "FeatureGroupName": "customers"}
    customers.runtime.delete_record(RecordIdentifierValueAsString="2", **later)
    customers.runtime.delete_record(RecordIdentifierValueAsString="3", DeletionMode="HardDelete", **later)
    customers.featurestore.restore(snapshot)

    assert len(customers.featurestore.calls.of("PutRecord")) == 3
    assert customers.values("customers", "1")["age"] == "10"
    assert customers.get("4") is None
    assert list(customers.featurestore.records("customers").online) == identifiers
    assert customers.describe("customers")["OnlineStoreTotalSizeBytes"] == size


def test_restore_of_a_snapshot_can_be_called_repeatedly(customers):
    customers.put("1", age="1")
    snapshot = customers.featurestore.snapshot()
    for age in ("2", "3"):
        assert customers.values("customers", "1")["age"] == "1"
        customers.put("1", age=age)
        customers.featurestore.restore(snapshot)
    assert customers.values("customers", "1")["age"] == "1"


def test_snapshot_does_not_contain_changes_made_after_the_snapshot(customers):
    first = customers.featurestore.snapshot()
    customers.put("1")
    second = customers.featurestore.snapshot()
    customers.featurestore.restore(first)
    assert customers.get("1") is None
    customers.featurestore.restore(second)
    assert customers.get("1")


def test_restore_resets_groups(customers):
    client = customers.clients("sagemaker")
    customers.create("orders")
    snapshot = customers.featurestore.snapshot()

    client.delete_feature_group(FeatureGroupName="orders")
    customers.create("new")
    arn = customers.describe("customers")["FeatureGroupArn"]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    client.update_feature_group(
        FeatureGroupName="customers", FeatureAdditions=[{"FeatureName": "more", "FeatureType": "String"}]
    )
    client.update_feature_metadata(FeatureGroupName="customers", FeatureName="age", Description="years")
    customers.featurestore.set_status("customers", "Deleting")
    customers.featurestore.restore(snapshot)

    assert names(customers) == ["customers", "orders"]
    described = customers.describe("customers")
    assert [feature["FeatureName"] for feature in described["FeatureDefinitions"]] == ["id", "time", "age"]
    assert described["FeatureGroupStatus"] == "Created"
    assert "LastUpdateStatus" not in described
    assert client.list_tags(ResourceArn=arn)["Tags"] == []
    metadata = client.describe_feature_metadata(FeatureGroupName="customers", FeatureName="age")
    assert "Description" not in metadata
    customers.put("1")


def test_restore_resets_the_expiry_of_records(stage):
    stage.create(OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": TTL})
    now = stage.featurestore.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    stage.put("1", time=now)
    snapshot = stage.featurestore.snapshot()
    stage.featurestore.clock.advance(hours=2)
    assert stage.get("1") is None
    stage.featurestore.clock.reset()
    stage.featurestore.restore(snapshot)
    assert stage.get("1")
    stage.featurestore.clock.advance(hours=2)
    assert stage.get("1") is None


def test_restore_does_not_rewrite_unchanged_s3_objects(stage):
    stage.clients("s3").create_bucket(Bucket="bucket")
    stage.create(**OFFLINE)
    stage.put("1")
    [key] = objects(stage)
    before = stage.clients("s3").head_object(Bucket="bucket", Key=key)["ETag"]
    stage.featurestore.restore(stage.featurestore.snapshot())
    assert objects(stage) == [key]
    assert stage.clients("s3").head_object(Bucket="bucket", Key=key)["ETag"] == before


def test_restore_resets_the_offline_store(stage):
    stage.clients("s3").create_bucket(Bucket="bucket")
    stage.create(**OFFLINE)
    stage.put("1")
    stage.featurestore.flush()
    before = objects(stage)
    stage.put("2")
    snapshot = stage.featurestore.snapshot()

    stage.put("3")
    stage.featurestore.flush()
    stage.clients("s3").delete_object(Bucket="bucket", Key=before[0])
    stage.clients("s3").put_object(Bucket="bucket", Key="mine.parquet", Body=b"")
    stage.clients("glue").delete_table(DatabaseName="sagemaker_featurestore", Name=tables(stage)[0])
    stage.create("orders", **OFFLINE)
    stage.put("1", "orders")
    stage.featurestore.flush()
    stage.featurestore.restore(snapshot)

    assert [row["id"] for row in stage.featurestore.records("customers").waiting] == ["2"]
    after = stage.featurestore.history("customers", "1")
    assert [row["id"] for row in after] == ["1"]
    assert stage.featurestore.history("customers", "3") == []
    assert [table.rpartition("_")[0] for table in tables(stage)] == ["customers"]
    assert [key for key in objects(stage) if key == "mine.parquet" or "/orders-" in key] == ["mine.parquet"]


def test_restore_resets_an_overwritten_s3_object(stage):
    stage.clients("s3").create_bucket(Bucket="bucket")
    stage.create(**OFFLINE)
    stage.put("1")
    stage.featurestore.flush()
    [key] = objects(stage)
    s3 = stage.clients("s3")
    body = s3.get_object(Bucket="bucket", Key=key)["Body"].read()
    snapshot = stage.featurestore.snapshot()
    s3.put_object(Bucket="bucket", Key=key, Body=b"other")
    stage.featurestore.restore(snapshot)
    assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == body


def test_restore_resets_buffered_rows_of_a_deleted_group(stage):
    stage.clients("s3").create_bucket(Bucket="bucket")
    stage.create(**OFFLINE)
    stage.put("1")
    stage.clients("sagemaker").delete_feature_group(FeatureGroupName="customers")
    snapshot = stage.featurestore.snapshot()
    stage.featurestore.flush()
    stage.featurestore.restore(snapshot)
    assert names(stage) == []
    stage.featurestore.flush()
    assert len(objects(stage)) == 1


def test_restore_of_group_without_bucket_removes_objects_written_after_the_snapshot(stage):
    s3 = stage.clients("s3")
    s3.create_bucket(Bucket="bucket")
    stage.create(**OFFLINE, OnlineStoreConfig={"EnableOnlineStore": False})
    [item] = s3.list_objects_v2(Bucket="bucket")["Contents"]
    s3.delete_object(Bucket="bucket", Key=item["Key"])
    s3.delete_bucket(Bucket="bucket")
    snapshot = stage.featurestore.snapshot()
    s3.create_bucket(Bucket="bucket")
    stage.put("1")
    assert len(objects(stage)) == 1
    stage.featurestore.restore(snapshot)
    assert objects(stage) == []
    s3.delete_bucket(Bucket="bucket")
    stage.featurestore.restore(snapshot)
    assert stage.clients("s3").list_buckets()["Buckets"] == []


def test_restore_of_group_without_glue_table_resets_its_s3_objects(stage):
    stage.clients("s3").create_bucket(Bucket="bucket")
    storage = OFFLINE["OfflineStoreConfig"] | {"DisableGlueTableCreation": True}
    stage.create(**OFFLINE | {"OfflineStoreConfig": storage})
    snapshot = stage.featurestore.snapshot()
    stage.put("1")
    stage.featurestore.flush()
    stage.featurestore.restore(snapshot)
    assert objects(stage) == []


def test_restore_allows_reuse_of_names_of_removed_groups_and_tables(stage):
    stage.clients("s3").create_bucket(Bucket="bucket")
    snapshot = stage.featurestore.snapshot()
    for _ in range(2):
        stage.create(**OFFLINE)
        stage.featurestore.restore(snapshot)
    assert names(stage) == []
    stage.create(**OFFLINE)
    assert stage.describe("customers")["FeatureGroupStatus"] == "Created"


def test_restore_resets_all_accounts_and_regions(clients):
    europe = clients("sagemaker", region_name="eu-west-1")
    group = {"features": {"id": "String", "time": "String"}, "record_identifier": "id", "event_time": "time"}
    featurestore(region_name="eu-west-1").create_group("here", **group)
    snapshot = featurestore.snapshot()
    europe.delete_feature_group(FeatureGroupName="here")
    featurestore(account_id="111111111111", region_name="us-west-2").create_group("there", **group)
    featurestore.restore(snapshot)
    assert [item["FeatureGroupName"] for item in europe.list_feature_groups()["FeatureGroupSummaries"]] == ["here"]
    with pytest.raises(LookupError):
        featurestore(account_id="111111111111", region_name="us-west-2").records("there")


def test_restore_in_a_later_mock_loads_the_snapshot():
    with mock_featurestore():
        featurestore.create_group(
            "customers", {"id": "String", "time": "String"}, record_identifier="id", event_time="time", offline=True
        )
        featurestore.load("customers", [{"id": "1", "time": "2026-01-01T00:00:00Z"}])
        featurestore.flush()
        [bucket] = boto3.client("s3").list_buckets()["Buckets"]
        snapshot = featurestore.snapshot()
    with mock_featurestore():
        featurestore.restore(snapshot)
        assert list(featurestore.records("customers").online) == ["1"]
        assert len(data_keys(boto3.client("s3"), bucket["Name"])) == 1
        [table] = boto3.client("glue").get_tables(DatabaseName="sagemaker_featurestore")["TableList"]
        assert table["Name"].startswith("customers_")
        assert [row["id"] for row in featurestore.history("customers", "1")] == ["1"]


def test_restore_of_deleted_snapshot_raises_lookup_error(customers):
    snapshot = customers.featurestore.snapshot()
    snapshot.forget()
    with pytest.raises(
        LookupError, match=r"The snapshot '.*' does not exist\. It was deleted, or it belongs to another process"
    ):
        customers.featurestore.restore(snapshot)


def test_restore_with_argument_that_is_not_a_snapshot_raises_type_error(customers):
    with pytest.raises(TypeError, match=r"snapshot must be the result of snapshot\(\), not 'latest'"):
        customers.featurestore.restore("latest")


def test_snapshot_is_deleted_with_its_last_reference(clients):
    from moto_featurestore._moto.persistence import snapshots

    before = len(snapshots._kept)
    snapshot = featurestore.snapshot()
    assert len(snapshots._kept) == before + 1
    del snapshot
    gc.collect()
    assert len(snapshots._kept) == before
