"""Feature groups of the table format Iceberg, read with pyiceberg."""

import re
import sys
from io import BytesIO

import pytest
from pyarrow import parquet
from pyiceberg.transforms import IdentityTransform, TruncateTransform
from pyiceberg.types import DoubleType, LongType, StringType, TimestamptzType
from support.memory import START

from moto_featurestore.offline import iceberg
from moto_featurestore.offline.flush import flush
from moto_featurestore.offline.iceberg import GroupCatalog

LOCATION = f"prefix/123456789012/sagemaker/us-east-1/offline-store/customers-{START // 10**9}"
NAME = ("sagemaker_featurestore", f"customers_{START // 10**9}")
ICEBERG = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket/prefix/"}, "TableFormat": "Iceberg"},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}
DAY, NEXT_DAY = "2026-01-01T10:00:00Z", "2026-01-02T00:00:00Z"


@pytest.fixture
def group(service):
    assert service.create("customers", **ICEBERG).status == 200
    return service.world.store("123456789012", "us-east-1").groups["customers"]


@pytest.fixture
def table(service, group):
    """Return a function that loads the current state of the group's table."""
    return lambda: GroupCatalog(service.world, group).load_table(NAME)


@pytest.fixture
def write(service, group):
    """Return a function that puts a record for each event time and flushes."""

    def write(*event_times, **features):
        for number, event_time in enumerate(event_times):
            record = {"customer_id": f"c-{number}", "event_time": event_time, **features}
            assert service.put("customers", record).status == 200
        flush(service.world, group)

    return write


def keys(service, part):
    return sorted(key for key in service.world.buckets["bucket"] if f"/{part}/" in key)


def rows(table):
    return sorted(table.scan().to_arrow().to_pylist(), key=str)


def test_create_feature_group_with_iceberg_format_creates_an_iceberg_table(service, table):
    # Documented: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html. Source of the location:
    # sagemaker-python-sdk (feature_group_manager.py). Source of the partitions: tests of sagemaker-feature-store-spark.
    metadata = table().metadata
    assert metadata.location == f"s3://bucket/{LOCATION}"
    assert rows(table()) == []
    [field] = metadata.spec().fields
    assert (field.name, field.transform) == ("event_time_trunc", TruncateTransform(10))
    assert metadata.schema().find_field(field.source_id).name == "event_time"
    types = {column.name: column.field_type for column in metadata.schema().columns}
    assert types == {
        "customer_id": StringType(),
        "event_time": StringType(),
        "city": StringType(),
        "orders": LongType(),
        "spent": DoubleType(),
        "write_time": TimestamptzType(),
        "api_invocation_time": TimestamptzType(),
        "is_deleted": types["is_deleted"],
    }
    assert not any(column.required for column in metadata.schema().columns)
    [key] = service.world.buckets["bucket"]
    assert re.fullmatch(rf"{LOCATION}/metadata/00000-[-0-9a-f]{{36}}\.metadata\.json", key)


def test_glue_table_of_iceberg_group_has_metadata_location(service, write):
    # https://iceberg.apache.org/docs/latest/aws/ describes the tables of Iceberg's Glue catalog.
    [first] = keys(service, "metadata")
    table = service.world.tables[NAME]
    assert table["Parameters"] == {"table_type": "ICEBERG", "metadata_location": f"s3://bucket/{first}"}
    assert table["StorageDescriptor"]["Location"] == f"s3://bucket/{LOCATION}"
    assert {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]} == {
        "customer_id": "string",
        "event_time": "string",
        "city": "string",
        "orders": "bigint",
        "spent": "double",
        "write_time": "timestamp",
        "api_invocation_time": "timestamp",
        "is_deleted": "boolean",
    }
    assert table["StorageDescriptor"]["Columns"][0]["Parameters"] == {
        "iceberg.field.id": "1",
        "iceberg.field.optional": "true",
        "iceberg.field.current": "true",
    }
    write(DAY)
    parameters = service.world.tables[NAME]["Parameters"]
    assert parameters["previous_metadata_location"] == f"s3://bucket/{first}"
    assert "/metadata/00001-" in parameters["metadata_location"]


def test_pyiceberg_scan_returns_the_values_of_put_record(service, table, write):
    write(DAY, NEXT_DAY, orders="7", spent="1.5")
    [first, second] = rows(table())
    assert list(first.values())[:5] == ["c-0", DAY, None, 7, 1.5]
    assert list(second.values())[:5] == ["c-1", NEXT_DAY, None, 7, 1.5]
    assert first["write_time"].isoformat() == "2026-09-21T14:13:20+00:00"
    assert first["is_deleted"] is False


def test_iceberg_files_have_the_paths_that_the_service_uses(service, write):
    # Documented: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html. Hexadecimal digits are assumed.
    write(DAY, "2026-01-01T23:59:59.9Z", NEXT_DAY)
    tails = [key.removeprefix(f"{LOCATION}/data/") for key in keys(service, "data")]
    assert all(re.match(r"[0-9a-f]{8}/", tail) for tail in tails)
    assert sorted(re.sub(r"_[0-9a-f]{16}\.", "_*.", tail[9:]) for tail in tails) == [
        "event_time_trunc=2026-01-01/20260101T235959Z_*.parquet",
        "event_time_trunc=2026-01-02/20260102T000000Z_*.parquet",
    ]


def test_flush_of_one_or_several_rows_of_one_day_writes_one_or_two_files(service, write):
    write(DAY, DAY, DAY)
    assert len(keys(service, "data")) == 2


def test_flushed_files_are_uncompressed_and_have_field_ids(service, write):
    write(DAY)
    [key] = keys(service, "data")
    file = parquet.ParquetFile(BytesIO(service.world.buckets["bucket"][key]))
    assert file.metadata.row_group(0).column(0).compression == "UNCOMPRESSED"
    assert [int(field.metadata[b"PARQUET:field_id"]) for field in file.schema_arrow] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_pyiceberg_scan_with_filter_skips_files_by_partition_and_statistics(table, write):
    write(DAY, NEXT_DAY)
    partitions = {row["partition"]["event_time_trunc"] for row in table().inspect.partitions().to_pylist()}
    assert partitions == {"2026-01-01", "2026-01-02"}
    [task] = table().scan("event_time >= '2026-01-02'").plan_files()
    assert task.file.record_count == 1
    assert task.file.value_counts[1] == 1


def test_delete_record_appends_delete_marker_row(service, group, table, write):
    # Documented: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_DeleteRecord.html
    write(DAY, orders="7")
    service.delete("customers", "c-0", NEXT_DAY)
    flush(service.world, group)
    [put, marker] = sorted(rows(table()), key=lambda row: row["is_deleted"])
    assert (put["orders"], put["is_deleted"]) == (7, False)
    assert (marker["customer_id"], marker["event_time"]) == ("c-0", NEXT_DAY)
    assert (marker["orders"], marker["is_deleted"]) == (None, True)


def test_flush_adds_one_snapshot_to_the_table(service, group, table, write):
    write(DAY)
    write(DAY)
    flush(service.world, group)  # there is nothing to write
    snapshots = table().metadata.snapshots
    assert [snapshot.summary["total-records"] for snapshot in snapshots] == ["1", "2"]
    assert snapshots[1].parent_snapshot_id == snapshots[0].snapshot_id
    assert table().scan(snapshot_id=snapshots[0].snapshot_id).to_arrow().num_rows == 1


def test_update_feature_group_adds_a_column_to_the_iceberg_table(service, table, write):
    write(DAY)
    addition = {"FeatureName": "Visits", "FeatureType": "Integral"}
    assert (
        service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[addition]).status == 200
    )
    assert table().schema().find_field("Visits").field_type == LongType()
    assert service.world.tables[NAME]["StorageDescriptor"]["Columns"][-1]["Name"] == "Visits"
    write(NEXT_DAY, Visits="3")
    assert sorted(row["Visits"] or 0 for row in rows(table())) == [0, 3]


def test_column_names_of_iceberg_table_preserve_case(service, table):
    definitions = [
        {"FeatureName": name, "FeatureType": column_type}
        for name, column_type in {"ID": "String", "Event-Time": "String", "value": "Integral", "TEXT": "String"}.items()
    ]
    names = {"RecordIdentifierFeatureName": "ID", "EventTimeFeatureName": "Event-Time"}
    service.create("Case", FeatureDefinitions=definitions, **names, **ICEBERG)
    group = service.world.store("123456789012", "us-east-1").groups["Case"]
    service.put("Case", {"ID": "1", "Event-Time": DAY, "value": "7", "TEXT": "seven"})
    flush(service.world, group)
    loaded = GroupCatalog(service.world, group).load_table((NAME[0], f"case_{START // 10**9}"))
    assert [field.name for field in loaded.spec().fields] == ["Event-Time_trunc"]
    [row] = rows(loaded)
    assert (row["ID"], row["Event-Time"], row["value"], row["TEXT"]) == ("1", DAY, 7, "seven")
    assert any("/Event-Time_trunc=2026-01-01/" in key for key in keys(service, "data"))


# Changes by users and other writers.


def test_flush_preserves_properties_and_columns_and_rows_that_a_user_added(service, table, write):
    write(DAY)
    with table().transaction() as transaction:
        transaction.set_properties({"write.target-file-size-bytes": "1048576"})
    with table().update_schema() as update:
        update.add_column("note", StringType())
    table().append(table().scan().to_arrow())
    write(NEXT_DAY)
    assert table().properties == {"write.target-file-size-bytes": "1048576"}
    assert sorted(row["event_time"] for row in rows(table())) == [DAY, DAY, NEXT_DAY]
    assert {row["note"] for row in rows(table())} == {None}


def test_flush_after_user_dropped_a_column_adds_the_column_again(table, write):
    with table().update_schema() as update:
        update.delete_column("orders")
    write(DAY, orders="7")
    assert [row["orders"] for row in rows(table())] == [7]


def test_flush_after_user_added_a_feature_column_of_another_type_is_blocked(service, group, table, write):
    with table().update_schema() as update:
        update.add_column("visits", DoubleType())
    addition = {"FeatureName": "visits", "FeatureType": "Integral"}
    assert (
        service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[addition]).status == 200
    )
    write(DAY, visits="3")
    assert "the column [visits] has the type double" in group.offline_store_status["BlockedReason"]
    with table().update_schema() as update:
        update.delete_column("visits")
    flush(service.world, group)
    assert [row["visits"] for row in rows(table())] == [3]


@pytest.mark.parametrize("conflicts", [1, 4])
def test_flush_after_concurrent_commit_is_retried(monkeypatch, service, table, write, conflicts):
    replace, others = service.world.catalog.replace_table, list(range(conflicts))

    def interrupted(*args):
        monkeypatch.setattr(service.world.catalog, "replace_table", replace)
        with table().transaction() as transaction:
            transaction.set_properties({f"other-{others.pop()}": "1"})
        if others:
            monkeypatch.setattr(service.world.catalog, "replace_table", interrupted)
        return replace(*args)

    monkeypatch.setattr(service.world.catalog, "replace_table", interrupted)
    write(DAY, orders="7")
    assert [row["orders"] for row in rows(table())] == [7]
    assert sorted(table().properties) == [f"other-{number}" for number in range(conflicts)]


def test_update_feature_group_after_concurrent_commit_is_retried(monkeypatch, service, table):
    replace = service.world.catalog.replace_table
    answers = iter([False])
    monkeypatch.setattr(
        service.world.catalog, "replace_table", lambda *args: next(answers, None) is None and replace(*args)
    )
    addition = {"FeatureName": "visits", "FeatureType": "Integral"}
    service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[addition])
    assert "visits" in table().schema().column_names


def test_read_of_table_without_files_returns_no_rows(service, group, write):
    write(DAY)
    assert [table.num_rows for table in iceberg.read(service.world, group)] == [1]
    service.world.buckets["bucket"].clear()
    assert iceberg.read(service.world, group) == []


def drop_table(service, table):
    del service.world.tables[NAME]


def set_other_format(service, table):
    service.world.tables[NAME]["Parameters"] = {"table_type": "HUDI"}


def remove_table_type(service, table):
    service.world.tables[NAME]["Parameters"] = {}


def lose_metadata(service, table):
    table()  # fills the cache of the metadata
    service.world.buckets["bucket"] = {f"{LOCATION}/data/other-file": b""}


def set_other_metadata_location(service, table):
    service.world.tables[NAME]["Parameters"]["metadata_location"] = "s3://bucket/elsewhere/metadata/00000.metadata.json"
    service.world.buckets["bucket"].clear()


def add_partition_field(service, table):
    with table().update_spec() as update:
        update.add_field("city", IdentityTransform(), "city")


def remove_partition_field(service, table):
    with table().update_spec() as update:
        update.remove_field("event_time_trunc")


def change_column_type(service, table):
    with table().update_schema() as update:
        update.delete_column("orders")
    with table().update_schema() as update:
        update.add_column("orders", StringType())


def set_invalid_property(service, table):
    with table().transaction() as transaction:
        transaction.set_properties({"history.expire.min-snapshots-to-keep": "few"})


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (drop_table, r"Table does not exist: sagemaker_featurestore\.customers_1790000000"),
        (set_other_format, "Property table_type is HUDI, expected iceberg"),
        (remove_table_type, "Property table_type missing"),
        (lose_metadata, r"The object \[s3://bucket/.*\.metadata\.json\] does not exist\."),
        (
            set_other_metadata_location,
            r"The object \[s3://bucket/elsewhere/metadata/00000\.metadata\.json\] does not exist\.",
        ),
        (
            add_partition_field,
            r"the table must be partitioned only by the day of the event time, not by event_time_trunc, city\.",
        ),
        (remove_partition_field, r"the table must be partitioned only by the day of the event time, not by nothing\."),
        (
            change_column_type,
            r"the column \[orders\] has the type string, but moto_featurestore writes the type long\.",
        ),
        (
            set_invalid_property,
            "Could not parse table property history.expire.min-snapshots-to-keep to an integer: few",
        ),
    ],
)
def test_flush_to_damaged_table_buffers_rows_and_sets_reason(service, group, table, write, damage, reason):  # noqa: PLR0913, PLR0917 - fixtures
    damage(service, table)
    write(DAY)
    status = service.control("DescribeFeatureGroup", FeatureGroupName="customers").body["OfflineStoreStatus"]
    assert status["Status"] == "Blocked"
    prefix = r"The Iceberg table \[sagemaker_featurestore\.customers_1790000000\] cannot be written to: "
    assert re.match(prefix + reason, status["BlockedReason"])
    assert len(group.buffer) == 1


def test_flush_after_table_was_restored_writes_buffered_rows(service, group, table, write):
    removed_table = service.world.tables.pop(NAME)
    write(DAY)
    service.world.tables[NAME] = removed_table
    flush(service.world, group)
    assert [row["event_time"] for row in rows(table())] == [DAY]
    assert group.offline_store_status == {"Status": "Active"}


@pytest.fixture
def lost_bucket(service, table, write):
    """Delete the bucket of a table with a row, then add a feature and a row that cannot be flushed."""
    write(DAY)
    service.world.buckets["elsewhere"] = service.world.buckets.pop("bucket")
    addition = {"FeatureName": "visits", "FeatureType": "Integral"}
    service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[addition])
    write(NEXT_DAY, visits="3")


def test_flush_after_bucket_was_recreated_empty_recreates_table(lost_bucket, service, group, table, write):
    assert group.offline_store_status == {"Status": "Blocked", "BlockedReason": "The bucket [bucket] does not exist."}
    service.world.buckets["bucket"] = {}
    flush(service.world, group)
    assert group.offline_store_status == {"Status": "Active"}
    write(DAY)
    assert [(row["event_time"], row["visits"]) for row in rows(table())] == [(DAY, None), (NEXT_DAY, 3)]
    assert table().location() == f"s3://bucket/{LOCATION}"


def test_flush_after_bucket_was_restored_preserves_old_rows(lost_bucket, service, group, table):
    service.world.buckets["bucket"] = service.world.buckets["elsewhere"]
    flush(service.world, group)
    assert [(row["event_time"], row["visits"]) for row in rows(table())] == [(DAY, None), (NEXT_DAY, 3)]


def test_conflict_while_a_flush_recreates_the_table_is_resolved_by_the_next_flush(
    lost_bucket, monkeypatch, service, group, table
):
    service.world.buckets["bucket"] = {}
    monkeypatch.setattr(service.world.catalog, "replace_table", lambda *_: False)
    flush(service.world, group)
    assert "already exists" in group.offline_store_status["BlockedReason"]
    assert service.world.buckets["bucket"] == {}
    monkeypatch.undo()
    flush(service.world, group)
    assert [row["visits"] for row in rows(table())] == [3]


def test_flush_whose_every_commit_conflicts_sets_blocked_reason(monkeypatch, service, group, write):
    monkeypatch.setattr(service.world.catalog, "replace_table", lambda *_: False)
    write(DAY)
    assert "concurrent update" in group.offline_store_status["BlockedReason"]
    assert len(group.buffer) == 1


def test_update_feature_group_with_missing_table_adds_the_feature(service, group):
    drop_table(service, None)
    addition = {"FeatureName": "visits", "FeatureType": "Integral"}
    assert (
        service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[addition]).status == 200
    )
    assert "visits" in group.definitions


def test_group_created_with_existing_iceberg_table_has_status_create_failed(service):
    # Documented: https://github.com/aws/sagemaker-python-sdk/pull/5927
    catalog = {"Catalog": "AwsDataCatalog", "Database": "own", "TableName": "taken"}
    service.world.tables["own", "taken"] = {"Name": "taken"}
    config = ICEBERG["OfflineStoreConfig"] | {"DataCatalogConfig": catalog}
    assert service.create("customers", **ICEBERG | {"OfflineStoreConfig": config}).status == 200
    described = service.control("DescribeFeatureGroup", FeatureGroupName="customers").body
    assert described["FeatureGroupStatus"] == "CreateFailed"
    assert "already exists" in described["FailureReason"]
    assert service.world.buckets["bucket"] == {}


def test_group_whose_table_is_created_concurrently_has_status_create_failed(monkeypatch, service):
    service.world.tables[NAME] = {"Name": "taken"}
    monkeypatch.setattr(iceberg, "find_table", lambda *_: None)
    service.create("customers", **ICEBERG)
    described = service.control("DescribeFeatureGroup", FeatureGroupName="customers").body
    assert described["FeatureGroupStatus"] == "CreateFailed"
    assert service.world.tables[NAME] == {"Name": "taken"}


# History.


@pytest.fixture
def low_limits(monkeypatch):
    """Keep three snapshots, and merge from four manifests on."""
    monkeypatch.setattr(iceberg, "_SNAPSHOTS", 3)
    monkeypatch.setattr(iceberg, "_MANIFESTS", 4)


def test_flush_removes_old_snapshots_and_their_files(low_limits, service, table, write):
    for _ in range(6):
        write(DAY)
    metadata = table().metadata
    assert [snapshot.summary["total-records"] for snapshot in metadata.snapshots] == ["4", "5", "6"]
    assert len(rows(table())) == 6
    lists = {key for key in keys(service, "metadata") if "/snap-" in key}
    assert {f"s3://bucket/{key}" for key in lists} == {snapshot.manifest_list for snapshot in metadata.snapshots}


def test_flush_with_min_snapshots_table_property_retains_more_snapshots(low_limits, table, write):
    with table().transaction() as transaction:
        transaction.set_properties({"history.expire.min-snapshots-to-keep": "5"})
    for _ in range(6):
        write(DAY)
    assert len(table().metadata.snapshots) == 5


def test_flush_does_not_remove_tagged_snapshots(low_limits, table, write):
    write(DAY)
    table().manage_snapshots().create_tag(table().metadata.current_snapshot_id, "first").commit()
    for _ in range(4):
        write(DAY)
    assert [snapshot.summary["total-records"] for snapshot in table().metadata.snapshots] == ["1", "3", "4", "5"]
    assert table().scan(snapshot_id=table().metadata.refs["first"].snapshot_id).to_arrow().num_rows == 1


@pytest.mark.parametrize(
    ("properties", "left"), [({}, 3), ({"write.metadata.delete-after-commit.enabled": "false"}, 6)]
)
def test_flush_deletes_old_metadata_files_unless_a_table_property_disables_this(
    service, table, write, properties, left
):
    with table().transaction() as transaction:
        transaction.set_properties({"write.metadata.previous-versions-max": "2", **properties})
    for _ in range(4):
        write(DAY)
    assert len([key for key in keys(service, "metadata") if key.endswith(".json")]) == left


def test_flush_merges_manifests_when_their_number_reaches_the_limit(low_limits, service, table, write):
    for count in range(1, 20):
        write(DAY, NEXT_DAY)
        manifests = table().metadata.current_snapshot().manifests(table().io)
        assert len(manifests) <= 4
        assert sum(manifest.added_files_count + manifest.existing_files_count for manifest in manifests) == 2 * count
    assert len(rows(table())) == 38


def test_flush_does_not_merge_large_manifests(low_limits, table, write):
    sizes = []
    for _ in range(9):
        write(DAY)
        manifests = table().metadata.current_snapshot().manifests(table().io)
        sizes.append([manifest.added_files_count + manifest.existing_files_count for manifest in manifests])
    assert sizes == [[1], [1] * 2, [1] * 3, [1] * 4, [1, 4], [1, 1, 4], [1, 1, 1, 4], [1, 3, 4], [1, 1, 3, 4]]


def test_flush_does_not_merge_manifests_of_deletes(low_limits, service, table, write):
    write(DAY, NEXT_DAY)
    table().delete("event_time = '2026-01-01T10:00:00Z'")
    for _ in range(8):
        write(NEXT_DAY)
    assert {row["event_time"] for row in rows(table())} == {NEXT_DAY}
    assert len(rows(table())) == 9


def test_flush_updates_the_table_metadata_once(monkeypatch, table, write):
    # pyiceberg makes a deep copy of the metadata at each update. The metadata grows with each snapshot.
    import pyiceberg.catalog

    update, calls = pyiceberg.catalog.update_table_metadata, []
    monkeypatch.setattr(
        pyiceberg.catalog, "update_table_metadata", lambda *a, **kw: calls.append(1) or update(*a, **kw)
    )
    monkeypatch.setattr("pyiceberg.table.update_table_metadata", lambda *a, **kw: calls.append(1) or update(*a, **kw))
    write(DAY)
    assert len(calls) == 1


# Without pyiceberg.


def test_create_feature_group_without_pyiceberg_is_rejected(monkeypatch, service):
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog.glue", None)
    answer = service.create("customers", **ICEBERG)
    assert (answer.status, answer.code) == (400, "ValidationException")
    # The text is this project's own.
    assert answer.message == (
        "Validation Error: The table format Iceberg needs pyiceberg: pip install 'moto-featurestore[iceberg]'"
    )
    assert service.world.store("123456789012", "us-east-1").groups == {}
    assert service.world.buckets["bucket"] == {}


def test_flush_without_pyiceberg_does_not_lose_rows(monkeypatch, service, group):
    service.put("customers", {"customer_id": "c-1", "event_time": DAY})
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog.glue", None)
    flush(service.world, group)
    assert len(group.buffer) == 1
    message = "The table format Iceberg needs pyiceberg: pip install 'moto-featurestore[iceberg]'"
    assert group.offline_store_status == {"Status": "Blocked", "BlockedReason": message}


def test_flush_of_delete_marker_in_group_with_event_time_as_identifier_succeeds(service):
    service.create("visits", **ICEBERG | {"RecordIdentifierFeatureName": "event_time"})
    group = service.world.store("123456789012", "us-east-1").groups["visits"]
    service.put("visits", {"event_time": "2026-01-01T00:00:00Z"})
    service.delete("visits", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    for minute in range(4):
        service.put("visits", {"event_time": f"2026-02-01T00:0{minute}:00Z"})
    flush(service.world, group)
    assert group.offline_store_status == {"Status": "Active"}
    assert len(group.buffer) == 0


def test_flush_whose_commit_fails_deletes_the_written_files(service, group, table, monkeypatch):
    service.put("customers", {"customer_id": "c-1", "event_time": DAY})
    monkeypatch.setattr(iceberg, "_commit", lambda *_: 1 / 0)
    flush(service.world, group)
    assert group.offline_store_status["BlockedReason"] == "ZeroDivisionError: division by zero"
    assert keys(service, "data") == []
    monkeypatch.undo()
    flush(service.world, group)
    assert [row["customer_id"] for row in rows(table())] == ["c-1"]
