"""Flushes of the buffer to files: each row is written once, even after errors."""

import subprocess
import sys
import threading
from io import BytesIO

import pytest
from pyarrow import parquet
from support.memory import START

from moto_featurestore.offline.flush import flush, flush_due, refresh
from moto_featurestore.settings import Settings

BOTH = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket/prefix/"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}
EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-01T01:59:59.5Z"
DATA = f"prefix/123456789012/sagemaker/us-east-1/offline-store/customers-{START // 10**9}/data"
SECOND = 10**9


def record(identifier="c-1", event_time=EARLY, **features):
    return {"customer_id": identifier, "event_time": event_time, **features}


@pytest.fixture
def group(service):
    service.create("customers", **BOTH)
    return service.world.store("123456789012", "us-east-1").groups["customers"]


def files(service):
    """Return the data files by key, without the object that CreateFeatureGroup writes."""
    return {key: body for key, body in service.world.buckets["bucket"].items() if key.endswith(".parquet")}


def tables(service):
    return {key: parquet.read_table(BytesIO(body)) for key, body in files(service).items()}


def identifiers(service):
    return sorted(name for table in tables(service).values() for name in table["customer_id"].to_pylist())


def test_flush_writes_one_file_per_event_hour(service, group):
    for number, event_time in enumerate([EARLY, LATE, EARLY, "2025-12-31T23:59:59Z"]):
        service.put("customers", record(f"c-{number}", event_time))
    flush(service.world, group)
    by_file = {key.rpartition("_")[0]: table["customer_id"].to_pylist() for key, table in tables(service).items()}
    # Documented: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
    assert by_file == {
        f"{DATA}/year=2026/month=01/day=01/hour=00/20260101T000000Z": ["c-0", "c-2"],
        f"{DATA}/year=2026/month=01/day=01/hour=01/20260101T015959Z": ["c-1"],
        f"{DATA}/year=2025/month=12/day=31/hour=23/20251231T235959Z": ["c-3"],
    }


@pytest.mark.parametrize(("rows", "files"), [(1, 1), (2, 2), (3, 2)])
def test_flush_of_one_or_several_rows_of_one_hour_writes_one_or_two_files(service, group, rows, files):
    # Programs wait for more than one object; those on SDK v2 do so without a time limit. Two objects are assumed.
    for number in range(rows):
        service.put("customers", record(f"c-{number}", f"2026-01-01T00:00:0{number}Z"))
    flush(service.world, group)
    assert len(tables(service)) == files
    assert identifiers(service) == [f"c-{number}" for number in range(rows)]
    latest = max(key.rpartition("/")[2][:16] for key in tables(service))
    assert latest == f"20260101T00000{rows - 1}Z"


def test_flushed_file_matches_the_format_of_the_service(service, group):
    # Evidence, observed: https://github.com/EasonZhuu/cs401r-easonzhu (docs/lab2-parquet-audit.json). Event times have
    # the submitted text: https://github.com/marshmellow77/sm-feature-store-backfill
    # (s3-backfill_sync-with-online-store.ipynb).
    service.put("customers", record(event_time="2026-01-01T00:00:00.250Z", orders="7", spent="1.5"))
    service.world.time += 1_234_567_890
    flush(service.world, group)
    [(key, body)] = files(service).items()
    metadata = parquet.read_metadata(BytesIO(body))
    assert metadata.row_group(0).column(0).compression == "UNCOMPRESSED"
    assert metadata.metadata is None
    assert key.endswith(".parquet")
    [row] = parquet.read_table(BytesIO(body)).to_pylist()
    assert list(row)[5:] == ["write_time", "api_invocation_time", "is_deleted"]
    assert list(row.values())[:5] == ["c-1", "2026-01-01T00:00:00.250Z", None, 7, 1.5]
    assert (row["write_time"] - row["api_invocation_time"]).total_seconds() == 1.234
    assert row["is_deleted"] is False


def test_flush_writes_delete_markers_and_historic_records(service, group):
    service.put("customers", record(event_time=LATE, city="Bern"))
    service.put("customers", record(event_time=EARLY, city="Oslo"))
    service.delete("customers", "c-1", "2026-01-01T02:00:00Z")
    flush(service.world, group)
    rows = [row for table in tables(service).values() for row in table.to_pylist()]
    summaries = [(row["event_time"], row["city"], row["is_deleted"]) for row in rows]
    assert sorted(summaries) == [(EARLY, "Oslo", False), (LATE, "Bern", False), ("2026-01-01T02:00:00Z", None, True)]


def test_flush_after_feature_was_added_writes_the_new_column_in_all_files(service, group):
    service.put("customers", record("c-1"))
    addition = {"FeatureName": "age", "FeatureType": "Integral"}
    service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[addition])
    service.put("customers", record("c-2", LATE, age="42"))
    flush(service.world, group)
    ages = {table["customer_id"][0].as_py(): table["age"][0].as_py() for table in tables(service).values()}
    assert ages == {"c-1": None, "c-2": 42}


def test_flush_of_empty_buffer_writes_no_file_and_sets_no_status(service, group):
    flush(service.world, group)
    assert tables(service) == {}
    assert "OfflineStoreStatus" not in service.control("DescribeFeatureGroup", FeatureGroupName="customers").body


# OfflineStoreStatus.


def describe(service):
    return service.control("DescribeFeatureGroup", FeatureGroupName="customers").body


def test_describe_feature_group_flushes_rows_to_the_offline_store(service, group):
    # Observed: the status is absent until data has arrived, then Active (github.com/EasonZhuu/cs401r-easonzhu).
    service.put("customers", record())
    assert describe(service)["OfflineStoreStatus"] == {"Status": "Active"}
    assert identifiers(service) == ["c-1"]
    assert not service.world.store("123456789012", "us-east-1").pending


def test_list_feature_groups_flushes_rows_to_the_offline_store(service, group):
    service.put("customers", record())
    answer = service.control("ListFeatureGroups", OfflineStoreStatusEquals="Active")
    assert [summary["OfflineStoreStatus"] for summary in answer.body["FeatureGroupSummaries"]] == [{"Status": "Active"}]
    assert identifiers(service) == ["c-1"]


def test_search_flushes_rows_to_the_offline_store(service, group):
    service.put("customers", record())
    expression = {"Filters": [{"Name": "OfflineStoreStatus.Status", "Value": "Active"}]}
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression=expression)
    assert [result["FeatureGroup"]["FeatureGroupName"] for result in answer.body["Results"]] == ["customers"]
    assert identifiers(service) == ["c-1"]


def test_flush_to_missing_bucket_blocks_offline_store_until_bucket_exists(service, group):
    del service.world.buckets["bucket"]
    service.put("customers", record("c-1"))
    reason = "The bucket [bucket] does not exist."
    assert describe(service)["OfflineStoreStatus"] == {"Status": "Blocked", "BlockedReason": reason}
    service.put("customers", record("c-2"))
    assert service.get("customers", "c-2").body["Record"]
    service.world.buckets["bucket"] = {}
    assert describe(service)["OfflineStoreStatus"] == {"Status": "Active"}
    assert identifiers(service) == ["c-1", "c-2"]


def test_flush_without_pyarrow_does_not_lose_rows_and_names_the_pip_extra(service, group, monkeypatch):
    service.put("customers", record())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    message = "Writing rows to the offline store needs pyarrow: pip install 'moto-featurestore[offline]'"
    flush(service.world, group)
    assert describe(service)["OfflineStoreStatus"] == {"Status": "Blocked", "BlockedReason": message}
    monkeypatch.undo()
    assert describe(service)["OfflineStoreStatus"] == {"Status": "Active"}
    assert identifiers(service) == ["c-1"]


# No row is lost, and no row is written twice.


def test_flush_after_error_leaves_unwritten_rows_buffered_in_order(service, group, monkeypatch):
    hours = [1, 2, 1, 3, 2]
    for number, hour in enumerate(hours):
        service.put("customers", record(f"c-{number}", f"2026-01-01T0{hour}:00:00Z"))
    puts = iter([service.world.objects.put_object, service.world.objects.put_object])

    def put_twice(*args):
        try:
            put_object = next(puts)
        except StopIteration:
            raise OSError("the disk is full") from None
        put_object(*args)

    monkeypatch.setattr(service.world.objects, "put_object", put_twice)
    flush(service.world, group)
    # An unexpected error appears in OfflineStoreStatus: the request that caused the flush is about something else.
    assert group.offline_store_status == {"Status": "Blocked", "BlockedReason": "OSError: the disk is full"}
    assert identifiers(service) == ["c-0", "c-1", "c-2", "c-4"]
    assert [row.values[0] for row in group.buffer] == ["c-3"]
    monkeypatch.undo()
    flush(service.world, group)
    assert identifiers(service) == [f"c-{number}" for number in range(5)]


def test_rows_written_during_a_flush_remain_in_the_buffer(service, group, monkeypatch):
    service.put("customers", record("c-1"))
    put_object = service.world.objects.put_object

    def put_during_flush(*args):
        service.put("customers", record("c-2"))
        flush(service.world, group)  # a request of a flush starts no flush
        put_object(*args)

    monkeypatch.setattr(service.world.objects, "put_object", put_during_flush)
    flush(service.world, group)
    assert identifiers(service) == ["c-1"]
    assert [row.values[0] for row in group.buffer] == ["c-2"]
    assert group in group.pending


def test_flush_while_16_threads_put_and_describe_writes_each_row_once(service, group):
    def work(worker):
        for number in range(20):
            service.put("customers", record(f"c-{worker:02}-{number:02}", f"2026-01-01T{number:02}:00:00Z"))
            if number % 7 == 0:
                describe(service)

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    describe(service)
    assert identifiers(service) == sorted(f"c-{worker:02}-{number:02}" for worker in range(16) for number in range(20))


# The delay.


def test_flush_due_with_offline_delay_writes_each_row_after_its_delay(service, group):
    service.world.chosen = Settings(offline_delay=300)
    service.put("customers", record("c-1"))
    service.world.time += 200 * SECOND
    service.put("customers", record("c-2"))
    service.world.time += 99 * SECOND
    flush_due(service.world, group)
    assert tables(service) == {}
    service.world.time += SECOND
    flush_due(service.world, group)
    assert identifiers(service) == ["c-1"]
    service.world.time += 200 * SECOND
    flush_due(service.world, group)
    assert identifiers(service) == ["c-1", "c-2"]


def test_flush_due_one_microsecond_before_the_delay_writes_nothing(service, group):
    service.world.chosen = Settings(offline_delay=1)
    service.world.time += 9 * SECOND // 10
    service.put("customers", record("c-1"))
    service.world.time += SECOND - 1000
    flush_due(service.world, group)
    assert tables(service) == {}
    service.world.time += 1000
    flush_due(service.world, group)
    assert identifiers(service) == ["c-1"]


def test_row_with_future_write_time_does_not_delay_other_rows_in_flush_due(service, group):
    service.world.chosen = Settings(offline_delay=1)
    service.world.time += 3600 * SECOND
    service.put("customers", record("later"))
    service.world.time -= 3600 * SECOND
    service.put("customers", record("now"))
    service.world.time += SECOND
    flush_due(service.world, group)
    assert identifiers(service) == ["now"]


def test_delete_marker_of_already_expired_record_is_written_after_the_offline_delay(service, group):
    service.world.chosen = Settings(offline_delay=300)
    service.put("customers", record("c-1", "2020-01-01T00:00:00Z"), **TTL, TargetStores=["OnlineStore"])
    flush_due(service.world, group)
    assert tables(service) == {}
    [row] = group.buffer
    assert (row.is_deleted, row.api_invocation_time) == (True, START // SECOND)


def test_flush_ignores_the_configured_offline_delay(service, group):
    service.world.chosen = Settings(offline_delay=300)
    service.put("customers", record("c-1"))
    flush(service.world, group)
    assert identifiers(service) == ["c-1"]


# Expiry: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-time-to-live.html. The times in its rows are assumed.

TTL = {"TtlDuration": {"Unit": "Seconds", "Value": 60}}


def test_expiry_of_a_record_adds_a_delete_marker(service, group):
    service.put("customers", record(event_time="2026-09-21T14:13:20.5Z", city="Bern"), **TTL)
    flush(service.world, group)
    assert group in group.pending
    service.world.time += 3600 * SECOND
    describe(service)
    [marker] = [row for table in tables(service).values() for row in table.to_pylist() if row["is_deleted"]]
    assert marker["event_time"] == "2026-09-21T14:14:20.500Z"
    assert marker["api_invocation_time"].isoformat() == "2026-09-21T14:14:20+00:00"
    assert (marker["customer_id"], marker["city"]) == ("c-1", None)
    assert group not in group.pending
    assert service.get("customers", "c-1").body["Record"] is None


def test_event_time_in_delete_marker_of_expired_record_has_the_type_of_the_feature(service):
    definitions = [
        {"FeatureName": "customer_id", "FeatureType": "String"},
        {"FeatureName": "event_time", "FeatureType": "Fractional"},
    ]
    service.create("customers", FeatureDefinitions=definitions, **BOTH)
    service.put("customers", record(event_time=f"{START // SECOND}.5"), **TTL)
    service.world.time += 3600 * SECOND
    describe(service)
    times = [row["event_time"] for table in tables(service).values() for row in table.to_pylist()]
    assert sorted(times) == [START // SECOND + 0.5, START // SECOND + 60.5]


@pytest.mark.parametrize("change", ["delete", "soft delete", "overwrite", "delete the group"])
def test_put_record_before_the_previous_version_expires_adds_no_delete_marker(service, group, change):
    now = "2026-09-21T14:13:20Z"
    service.put("customers", record(event_time=now), **TTL)
    if change == "delete":
        service.delete("customers", "c-1", "2026-09-21T14:13:21Z", DeletionMode="HardDelete")
    elif change == "soft delete":
        service.delete("customers", "c-1", "2026-09-21T14:13:21Z")
    elif change == "overwrite":
        service.put("customers", record(event_time=now))
    else:
        service.control("DeleteFeatureGroup", FeatureGroupName="customers")
    before = len(group.buffer)
    service.world.time += 3600 * SECOND
    refresh(service.world, [group])
    assert sum(table.num_rows for table in tables(service).values()) == before
    assert group not in group.pending


def test_flush_writes_buffered_rows_of_deleted_group(service, group):
    service.put("customers", record())
    service.control("DeleteFeatureGroup", FeatureGroupName="customers")
    service.control("ListFeatureGroups")
    assert identifiers(service) == ["c-1"]


def test_online_store_size_excludes_expired_records(service, group):
    service.put("customers", record(event_time="2026-09-21T14:13:20Z"), **TTL)
    assert describe(service)["OnlineStoreTotalSizeBytes"] > 0
    service.world.time += 3600 * SECOND
    assert describe(service)["OnlineStoreTotalSizeBytes"] == 0


def test_expiry_heap_does_not_grow_with_overwrites(service, group):
    for second in range(1000):
        service.put("customers", record(event_time=f"2026-09-21T14:{13 + second // 60}:{second % 60:02}Z"), **TTL)
    assert len(group.records.expiring) < 200
    service.world.time += 2 * 3600 * SECOND
    assert service.get("customers", "c-1").body["Record"] is None
    assert sum(row.is_deleted for row in group.buffer) == 1


def test_first_flush_under_freezegun_does_not_crash():
    # A C extension that is imported while freezegun is active reads the sizes of freezegun's classes. A new process is
    # necessary, because this one has imported the extensions already.
    code = """
import boto3
from freezegun import freeze_time
from moto_featurestore import mock_featurestore

group = {
    "FeatureGroupName": "customers",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "id",
    "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}],
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket"}},
    "RoleArn": "arn:aws:iam::123456789012:role/store",
}
with freeze_time("2026-01-01"), mock_featurestore():
    s3 = boto3.client("s3", "us-east-1")
    s3.create_bucket(Bucket="bucket")
    boto3.client("sagemaker", "us-east-1").create_feature_group(**group)
    record = [{"FeatureName": "id", "ValueAsString": "2026-01-01T00:00:00Z"}]
    boto3.client("sagemaker-featurestore-runtime", "us-east-1").put_record(FeatureGroupName="customers", Record=record)
    print(len(s3.list_objects_v2(Bucket="bucket")["Contents"]) - 1)  # without the object of CreateFeatureGroup
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"


def test_flush_in_s3_subscriber_does_not_deadlock(service, group, monkeypatch):
    # moto notifies subscribers during put_object. A subscriber that reads the bucket would wait for the flush, which waits
    # for the subscriber.
    monkeypatch.setattr("moto_featurestore.offline.flush._LOCK_TIMEOUT", 0.01)
    put_object, counts = service.world.objects.put_object, []

    def count_objects():
        flush(service.world, group)
        counts.append(len(tables(service)))

    def put_and_notify(*args):
        put_object(*args)
        subscriber = threading.Thread(target=count_objects)
        subscriber.start()
        subscriber.join(10)

    monkeypatch.setattr(service.world.objects, "put_object", put_and_notify)
    service.put("customers", record("c-1"))
    flush(service.world, group)
    assert counts == [1]
    assert identifiers(service) == ["c-1"]
