"""FeatureStore.history(), from the offline store or the call log, and DataFrames."""

import sys
from datetime import UTC, datetime

import pytest
from support.memory import needs

OFFLINE = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}
ICEBERG = {**OFFLINE, "OfflineStoreConfig": OFFLINE["OfflineStoreConfig"] | {"TableFormat": "Iceberg"}}


def summary(history):
    return [(row["id"], row["time"], row["age"], row["is_deleted"]) for row in history]


def delete(stage, identifier, time):
    stage.runtime.delete_record(FeatureGroupName="customers", RecordIdentifierValueAsString=identifier, EventTime=time)


@pytest.mark.parametrize("config", [{}, OFFLINE, ICEBERG], ids=["calls", "Glue", "Iceberg"])
def test_history_returns_all_versions_with_offline_store_types(stage, config):
    stage.clients("s3").create_bucket(Bucket="bucket")
    stage.create(**config)
    stage.put("1", age="30")
    stage.put("2", age="40")
    if config:
        stage.featurestore.flush()
    stage.put("1", time="2026-01-03T00:00:00Z", age="31")
    delete(stage, "1", "2026-01-04T00:00:00Z")
    history = stage.featurestore.history("customers", "1")
    assert summary(history) == [
        ("1", "2026-01-01T00:00:00Z", 30, False),
        ("1", "2026-01-03T00:00:00Z", 31, False),
        ("1", "2026-01-04T00:00:00Z", None, True),
    ]
    assert [row["write_time"] is not None for row in history] == [bool(config), False, False]
    assert all(row["api_invocation_time"] <= datetime.now(UTC) for row in history)
    assert stage.featurestore.history("customers", "3") == []


@pytest.mark.parametrize("config", [OFFLINE, ICEBERG], ids=["Glue", "Iceberg"])
def test_history_after_deletion_of_the_offline_bucket_uses_the_call_log(stage, config):
    stage.clients("s3").create_bucket(Bucket="bucket")
    stage.create(**config)
    stage.put("1", age="30")
    stage.featurestore.flush()
    for item in stage.clients("s3").list_objects_v2(Bucket="bucket")["Contents"]:
        stage.clients("s3").delete_object(Bucket="bucket", Key=item["Key"])
    stage.clients("s3").delete_bucket(Bucket="bucket")
    stage.clients("glue").delete_table(DatabaseName="sagemaker_featurestore", Name=table_of(stage))
    assert summary(stage.featurestore.history("customers", "1")) == [("1", "2026-01-01T00:00:00Z", 30, False)]


def table_of(stage):
    described = stage.clients("sagemaker").describe_feature_group(FeatureGroupName="customers")
    return described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]


@pytest.mark.parametrize("identifier", ["7", "x"])
def test_history_matches_an_integral_record_identifier_as_a_string(stage, identifier):
    stage.clients("s3").create_bucket(Bucket="bucket")
    definitions = [{"FeatureName": "id", "FeatureType": "Integral"}, {"FeatureName": "time", "FeatureType": "String"}]
    stage.create(**OFFLINE, FeatureDefinitions=definitions)
    stage.put("7")
    assert [row["id"] for row in stage.featurestore.history("customers", identifier)] == [7] * (identifier == "7")


@pytest.mark.parametrize("identifier", ["7", "007", "+7"])
def test_history_from_calls_compares_identifiers_as_strings(stage, identifier):
    definitions = [{"FeatureName": "id", "FeatureType": "Integral"}, {"FeatureName": "time", "FeatureType": "String"}]
    stage.create(FeatureDefinitions=definitions)
    for text in ("7", "007", "+7"):
        stage.put(text, time=f"2026-01-0{len(text)}T00:00:00Z")
    versions = stage.featurestore.history("customers", identifier)
    assert [(row["id"], row["time"]) for row in versions] == [(7, f"2026-01-0{len(identifier)}T00:00:00Z")]


@pytest.mark.parametrize("config", [OFFLINE, ICEBERG], ids=["Glue", "Iceberg"])
def test_history_from_offline_store_compares_identifiers_as_strings(stage, config):
    stage.clients("s3").create_bucket(Bucket="bucket")
    definitions = [{"FeatureName": "id", "FeatureType": "Integral"}, {"FeatureName": "time", "FeatureType": "String"}]
    stage.create(**config, FeatureDefinitions=definitions)
    for texts in (("7", "007"), ("7", "+7")):
        for text in texts:
            stage.put(text, time=f"2026-01-0{len(text)}T00:00:00Z")
        versions = {text: [row["time"] for row in stage.featurestore.history("customers", text)] for text in texts}
        stage.featurestore.flush()
        assert versions == {
            text: [row["time"] for row in stage.featurestore.history("customers", text)] for text in texts
        }
        assert {time[9] for time in versions[texts[1]]} == {str(len(texts[1]))}
    assert stage.featurestore.history("customers", "0007") == []


def test_history_from_calls_parses_an_integral_of_5001_digits(customers):
    customers.put("1", age="0" * 5000 + "7")
    assert [row["age"] for row in customers.featurestore.history("customers", "1")] == [7]


def test_history_from_calls_shows_a_deletion(customers):
    delete(customers, "1", "2026-01-02T00:00:00Z")
    assert summary(customers.featurestore.history("customers", "1")) == [("1", "2026-01-02T00:00:00Z", None, True)]


def test_history_from_calls_skips_failed_writes(customers):
    needs("BatchWriteRecord")
    customers.featurestore.fail("BatchWriteRecord", "InternalFailure", partial=True, times=1)
    customers.featurestore.leave_unprocessed("BatchWriteRecord", after=1, times=1)
    entries = [
        {
            "FeatureGroupName": "customers",
            "Record": [
                {"FeatureName": "id", "ValueAsString": "1"},
                {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"},
                {"FeatureName": "age", "ValueAsString": age},
            ],
        }
        for age in ("1", "2", "3", "4")
    ]
    answer = customers.runtime.batch_write_record(Entries=entries)
    assert (len(answer["Errors"]), len(answer["UnprocessedEntries"])) == (1, 1)
    with (
        customers.featurestore.fail("PutRecord", "InternalFailure"),
        pytest.raises(customers.runtime.exceptions.InternalFailure),
    ):
        customers.put("1", age="5")
    expected = [
        entry["Record"][2]["ValueAsString"]
        for entry in entries
        if entry not in [error["Entry"] for error in answer["Errors"]] + answer["UnprocessedEntries"]
    ]
    assert [str(row["age"]) for row in customers.featurestore.history("customers", "1")] == expected


def test_history_from_calls_with_equal_batch_entries_contains_only_the_written_entries(customers):
    needs("BatchWriteRecord")
    customers.featurestore.leave_unprocessed("BatchWriteRecord", times=1)
    values = {"id": "1", "time": "2026-01-01T00:00:00Z"}
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    entry = {"FeatureGroupName": "customers", "Record": record}
    assert len(customers.runtime.batch_write_record(Entries=[entry, entry])["UnprocessedEntries"]) == 1
    assert len(customers.featurestore.history("customers", "1")) == 1


def test_history_from_calls_skips_calls_of_a_deleted_group_with_the_same_name(customers):
    customers.put("1", age="30")
    customers.clients("sagemaker").delete_feature_group(FeatureGroupName="customers")
    types = {"id": "String", "zeit": "String"}
    customers.featurestore.create_group("customers", types, record_identifier="id", event_time="zeit")
    assert customers.featurestore.history("customers", "1") == []


def test_history_with_record_identifier_of_wrong_type_raises_type_error(customers):
    with pytest.raises(TypeError, match="record_identifier must be a string, not 1"):
        customers.featurestore.history("customers", 1)


def test_history_from_calls_includes_collections_and_updates(stage):
    needs("UpdateRecord")
    definitions = [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "time", "FeatureType": "String"},
        {"FeatureName": "age", "FeatureType": "Integral"},
        {"FeatureName": "seen", "FeatureType": "Integral", "CollectionType": "List"},
    ]
    stage.create(
        FeatureDefinitions=definitions, OnlineStoreConfig={"EnableOnlineStore": True, "StorageType": "InMemory"}
    )
    stage.put("1", age="1")
    stage.runtime.update_record(
        FeatureGroupName="customers",
        RecordIdentifierValueAsString="1",
        Features=[{"FeatureName": "seen", "ValueAsStringList": ["1", "2"]}],
    )
    assert [(row["id"], row["age"], row["seen"]) for row in stage.featurestore.history("customers", "1")] == [
        ("1", 1, None),
        ("1", None, [1, 2]),
    ]


def test_history_of_unknown_group_raises_lookup_error(stage):
    with pytest.raises(LookupError, match="The feature group 'nobody' does not exist"):
        stage.featurestore.history("nobody", "1")


# DataFrames.


def test_dataframe_of_history_has_one_row_per_version(customers):
    customers.put("1", age="30")
    data = customers.featurestore.history("customers", "1").to_dataframe()
    assert list(data.columns) == ["id", "time", "age", "write_time", "api_invocation_time", "is_deleted"]
    assert list(data["age"]) == [30]


def test_dataframe_of_history_with_a_missing_value_preserves_large_integers(customers):
    large = 2**53 + 1  # a float cannot represent it
    customers.put("1", age=str(large))
    delete(customers, "1", "2026-01-02T00:00:00Z")
    data = customers.featurestore.history("customers", "1").to_dataframe()
    assert (data["age"][0], str(data["age"].dtype)) == (large, "Int64")
    assert [str(data[name].dtype) for name in ("id", "is_deleted")] == ["string", "bool"]


def test_dataframe_of_history_without_versions_has_no_rows(customers):
    data = customers.featurestore.history("customers", "1").to_dataframe()
    assert (list(data.columns), len(data)) == (["id", "time", "age"], 0)


def test_dataframe_of_records_has_the_dtypes_of_the_features(customers):
    customers.put("1", age="30")
    customers.put("2")
    data = customers.featurestore.records("customers").to_dataframe()
    assert list(data["age"].dropna()) == [30]
    assert [str(data[name].dtype) for name in data.columns] == ["string", "string", "Int64"]


def test_dataframe_of_empty_records_has_no_rows(customers):
    data = customers.featurestore.records("customers").to_dataframe()
    assert (list(data.columns), len(data)) == (["id", "time", "age"], 0)


def test_dataframe_of_records_contains_collections_as_lists(stage):
    definitions = [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "time", "FeatureType": "Fractional"},
        {"FeatureName": "seen", "FeatureType": "Integral", "CollectionType": "List"},
    ]
    stage.create(
        FeatureDefinitions=definitions, OnlineStoreConfig={"EnableOnlineStore": True, "StorageType": "InMemory"}
    )
    stage.runtime.put_record(
        FeatureGroupName="customers",
        Record=[
            {"FeatureName": "id", "ValueAsString": "1"},
            {"FeatureName": "time", "ValueAsString": "1.5"},
            {"FeatureName": "seen", "ValueAsStringList": ["1"]},
        ],
    )
    data = stage.featurestore.records("customers").to_dataframe()
    assert (data["seen"][0], data["time"][0]) == (["1"], 1.5)


def test_to_dataframe_without_pandas_raises_import_error_that_names_the_package(customers, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="A DataFrame needs pandas: pip install pandas"):
        customers.featurestore.calls.to_dataframe()


def test_history_from_calls_skips_writes_to_other_groups(customers):
    customers.create("orders")
    customers.put("1", age="30")
    customers.put("1", group="orders", age="99")
    assert summary(customers.featurestore.history("customers", "1")) == [("1", "2026-01-01T00:00:00Z", 30, False)]
