"""Feature groups with the unmodified SageMaker Python SDK v2.

The expected results come from the SDK's integration tests, which run against AWS. A comment names the test in
https://github.com/aws/sagemaker-python-sdk/blob/master-v2/tests/integ/test_feature_store.py
Tests without such a comment test how the SDK uses the responses.
"""

import datetime as dt
import warnings

import pytest
import time_machine
from botocore.exceptions import ClientError

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the import of the SDK causes warnings
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import looks for credentials
    pytest.importorskip("sagemaker.feature_store", reason="the SageMaker Python SDK v2 is not installed")
    import numpy as np
    import pandas as pd
    from sagemaker.feature_store.feature_definition import (
        FractionalFeatureDefinition,
        ListCollectionType,
        SetCollectionType,
        StringFeatureDefinition,
        VectorCollectionType,
    )
    from sagemaker.feature_store.feature_group import FeatureGroup, IngestionError
    from sagemaker.feature_store.feature_store import FeatureStore
    from sagemaker.feature_store.inputs import (
        DataCatalogConfig,
        DeletionModeEnum,
        FeatureParameter,
        FeatureValue,
        Filter,
        FilterOperatorEnum,
        Identifier,
        OnlineStoreConfigUpdate,
        OnlineStoreStorageTypeEnum,
        ResourceEnum,
        SearchOperatorEnum,
        SortOrderEnum,
        TableFormatEnum,
        TargetStoreEnum,
        ThroughputConfig,
        ThroughputConfigUpdate,
        ThroughputModeEnum,
        TtlDuration,
    )
    from sagemaker.session import Session, get_execution_role

pytestmark = pytest.mark.sdk

NAME = "my-feature-group"
TIME = "2020-10-30T03:43:21Z"


@pytest.fixture
def session(aws):
    return Session()


@pytest.fixture
def feature_store(session):
    return FeatureStore(sagemaker_session=session)


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "feature1": pd.Series(np.arange(10.0), dtype="float64"),
            "feature2": pd.Series(np.arange(10), dtype="int64"),
            "feature3": pd.Series([TIME] * 10, dtype="string"),
            "feature4": pd.Series(np.arange(5.0), dtype="float64"),  # the second half is NaN
        }
    )


@pytest.fixture
def frame_with_collections(frame):
    return frame.assign(
        feature5=pd.Series([["a", "abc"], ["b", "c"], ["c", "f"], ["d"], []], dtype="object"),
        feature6=pd.Series([[1, 2], [1, 2, 3], [1, 5], [1], []], dtype="object"),
        feature7=pd.Series([[1.1, 2.3], [1.4, 2.5, 3.2, 25], [1.0, 5.3], [1.2], []], dtype="object"),
    )


@pytest.fixture
def create(session, frame, role):
    """Return a function that creates a group with the frame's features and, by default, only an online store."""

    def create(name=NAME, **options):
        feature_group = FeatureGroup(name=name, sagemaker_session=session)
        feature_group.load_feature_definitions(
            data_frame=frame, online_storage_type=options.get("online_store_storage_type")
        )
        feature_group.create(
            record_identifier_name="feature1",
            event_time_feature_name="feature3",
            **{"role_arn": role, "s3_uri": False, "enable_online_store": True} | options,
        )
        return feature_group

    return create


def record(**values):
    """Return a record as in a response. Lists are collections."""
    return [
        {"FeatureName": name, "ValueAsStringList" if isinstance(value, list) else "ValueAsString": value}
        for name, value in values.items()
    ]


def values(**features):
    """Return a record for PutRecord."""
    return [
        FeatureValue(
            feature_name=name,
            **{"value_as_string_list" if isinstance(value, list) else "value_as_string": value},
        )
        for name, value in features.items()
    ]


TEN = {"feature1": "10.0", "feature2": "10", "feature3": TIME}


# Feature groups.


def test_create_group_with_online_store_only_and_tags_succeeds(session, frame, role):
    # test_create_feature_store_online_only
    feature_group = FeatureGroup(name=NAME, sagemaker_session=session)
    feature_group.load_feature_definitions(data_frame=frame)
    output = feature_group.create(
        s3_uri=False,
        record_identifier_name="feature1",
        event_time_feature_name="feature3",
        role_arn=role,
        enable_online_store=True,
        tags=[{"Key": "key1", "Value": "value1"}],
    )
    assert output["FeatureGroupArn"].endswith(f"feature-group/{NAME}")
    assert feature_group.list_tags() == [{"Key": "key1", "Value": "value1"}]
    assert feature_group.describe()["FeatureDefinitions"] == [
        {"FeatureName": "feature1", "FeatureType": "Fractional"},
        {"FeatureName": "feature2", "FeatureType": "Integral"},
        {"FeatureName": "feature3", "FeatureType": "String"},
        {"FeatureName": "feature4", "FeatureType": "Fractional"},
    ]


def test_describe_group_with_both_stores_returns_its_configuration(create, offline_store_s3_uri, role):
    described = create(s3_uri=offline_store_s3_uri, description="of birds").describe()
    assert described["FeatureGroupStatus"] == "Created"
    assert isinstance(described["CreationTime"], dt.datetime)
    assert described["Description"] == "of birds"
    assert described["RoleArn"] == role
    assert described["RecordIdentifierFeatureName"] == "feature1"
    assert described["EventTimeFeatureName"] == "feature3"
    assert described["OnlineStoreConfig"]["EnableOnlineStore"] is True
    offline = described["OfflineStoreConfig"]
    assert offline["S3StorageConfig"]["S3Uri"] == offline_store_s3_uri
    assert offline["S3StorageConfig"]["ResolvedOutputS3Uri"].startswith(f"{offline_store_s3_uri}/123456789012/")
    assert offline["DataCatalogConfig"]["Catalog"] == "AwsDataCatalog"
    assert offline["DataCatalogConfig"]["Database"] == "sagemaker_featurestore"
    assert offline["DisableGlueTableCreation"] is False


def test_create_group_with_data_catalog_config_returns_the_config_in_describe(create, offline_store_s3_uri):
    table = DataCatalogConfig(table_name="birds", catalog="AwsDataCatalog", database="zoo")
    described = create(
        s3_uri=offline_store_s3_uri, data_catalog_config=table, disable_glue_table_creation=True
    ).describe()
    assert described["OfflineStoreConfig"]["DataCatalogConfig"] == {
        "TableName": "birds",
        "Catalog": "AwsDataCatalog",
        "Database": "zoo",
    }
    assert described["OfflineStoreConfig"]["DisableGlueTableCreation"] is True


@pytest.mark.parametrize("table_format", [TableFormatEnum.GLUE, TableFormatEnum.ICEBERG])
def test_create_group_with_table_format_returns_the_format_in_describe(create, offline_store_s3_uri, table_format):
    # test_create_feature_group_glue_table_format, test_create_feature_group_iceberg_table_format
    feature_group = create(s3_uri=offline_store_s3_uri, table_format=table_format)
    assert feature_group.describe()["OfflineStoreConfig"]["TableFormat"] == table_format.value


@pytest.mark.parametrize("storage_type", list(OnlineStoreStorageTypeEnum))
def test_create_group_with_storage_type_returns_the_type_in_describe(create, storage_type):
    # test_create_feature_group_in_memory_storage_type, test_create_feature_group_standard_storage_type
    feature_group = create(online_store_storage_type=storage_type)
    assert feature_group.describe()["OnlineStoreConfig"]["StorageType"] == storage_type.value


def test_create_group_with_in_memory_store_and_each_collection_type_succeeds(session, role):
    feature_group = FeatureGroup(
        name=NAME,
        sagemaker_session=session,
        feature_definitions=[
            StringFeatureDefinition(feature_name="id"),
            StringFeatureDefinition(feature_name="at"),
            StringFeatureDefinition(feature_name="list", collection_type=ListCollectionType()),
            StringFeatureDefinition(feature_name="set", collection_type=SetCollectionType()),
            FractionalFeatureDefinition(feature_name="vector", collection_type=VectorCollectionType(dimension=2)),
        ],
    )
    feature_group.create(
        s3_uri=False,
        record_identifier_name="id",
        event_time_feature_name="at",
        role_arn=role,
        enable_online_store=True,
        online_store_storage_type=OnlineStoreStorageTypeEnum.IN_MEMORY,
    )
    assert feature_group.describe()["FeatureDefinitions"][2:] == [
        {"FeatureName": "list", "FeatureType": "String", "CollectionType": "List"},
        {"FeatureName": "set", "FeatureType": "String", "CollectionType": "Set"},
        {
            "FeatureName": "vector",
            "FeatureType": "Fractional",
            "CollectionType": "Vector",
            "CollectionConfig": {"VectorConfig": {"Dimension": 2}},
        },
    ]
    feature_group.put_record(values(id="1", at=TIME, list=["a", "b"], vector=["0.5", "1"]))
    assert feature_group.get_record("1") == record(id="1", at=TIME, list=["a", "b"], vector=["0.5", "1"])


def test_update_of_group_appends_features(create, offline_store_s3_uri):
    # test_update_feature_group
    feature_group = create(s3_uri=offline_store_s3_uri)
    feature_group.update([FractionalFeatureDefinition(feature_name="new_feature")])
    described = feature_group.describe()
    assert described["LastUpdateStatus"]["Status"] == "Successful"
    assert described["FeatureDefinitions"][-1] == {"FeatureName": "new_feature", "FeatureType": "Fractional"}


def test_update_of_group_changes_throughput_from_provisioned_to_on_demand(create):
    # test_throughput_create_as_provisioned_and_update_to_ondemand
    feature_group = create(throughput_config=ThroughputConfig(ThroughputModeEnum.PROVISIONED, 4000, 4000))
    assert feature_group.describe()["ThroughputConfig"] == {
        "ThroughputMode": "Provisioned",
        "ProvisionedReadCapacityUnits": 4000,
        "ProvisionedWriteCapacityUnits": 4000,
    }
    feature_group.update(throughput_config=ThroughputConfigUpdate(ThroughputModeEnum.ON_DEMAND))
    assert feature_group.describe()["LastUpdateStatus"]["Status"] == "Successful"
    assert feature_group.describe()["ThroughputConfig"]["ThroughputMode"] == "OnDemand"


def test_update_of_group_changes_throughput_from_on_demand_to_provisioned(create):
    # test_throughput_create_as_ondemand_and_update_to_provisioned
    feature_group = create(throughput_config=ThroughputConfig(ThroughputModeEnum.ON_DEMAND))
    assert feature_group.describe()["ThroughputConfig"]["ThroughputMode"] == "OnDemand"
    feature_group.update(throughput_config=ThroughputConfigUpdate(ThroughputModeEnum.PROVISIONED, 100, 200))
    assert feature_group.describe()["LastUpdateStatus"]["Status"] == "Successful"
    assert feature_group.describe()["ThroughputConfig"] == {
        "ThroughputMode": "Provisioned",
        "ProvisionedReadCapacityUnits": 100,
        "ProvisionedWriteCapacityUnits": 200,
    }


def test_describe_after_delete_raises_resource_not_found(create):
    feature_group = create()
    feature_group.delete()
    with pytest.raises(ClientError) as error:
        feature_group.describe()
    assert error.value.response["Error"]["Code"] == "ResourceNotFound"


def test_update_of_feature_metadata_changes_the_metadata_that_describe_returns(create):
    # test_feature_metadata
    feature_group = create()
    feature_group.update_feature_metadata(
        feature_name="feature1",
        description="test description",
        parameter_additions=[
            FeatureParameter(key="key1", value="value1"),
            FeatureParameter(key="key2", value="value2"),
        ],
    )
    assert feature_group.describe_feature_metadata("feature1")["Description"] == "test description"
    assert feature_group.list_parameters_for_feature_metadata("feature1") == [
        {"Key": "key1", "Value": "value1"},
        {"Key": "key2", "Value": "value2"},
    ]
    feature_group.update_feature_metadata(feature_name="feature1", parameter_removals=["key1"])
    assert feature_group.describe_feature_metadata("feature1")["Description"] == "test description"
    assert feature_group.list_parameters_for_feature_metadata("feature1") == [{"Key": "key2", "Value": "value2"}]


def test_as_hive_ddl_contains_the_resolved_uri(create, offline_store_s3_uri):
    # test_create_feature_store
    feature_group = create(s3_uri=offline_store_s3_uri)
    uri = feature_group.describe()["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    assert feature_group.as_hive_ddl() == (
        f"CREATE EXTERNAL TABLE IF NOT EXISTS sagemaker_featurestore.{NAME} (\n"
        "  feature1 FLOAT\n"
        "  feature2 INT\n"
        "  feature3 STRING\n"
        "  feature4 FLOAT\n"
        "  write_time TIMESTAMP\n"
        "  event_time TIMESTAMP\n"
        "  is_deleted BOOLEAN\n"
        ")\n"
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'\n"
        "  STORED AS\n"
        "  INPUTFORMAT 'parquet.hive.DeprecatedParquetInputFormat'\n"
        "  OUTPUTFORMAT 'parquet.hive.DeprecatedParquetOutputFormat'\n"
        f"LOCATION '{uri}'"
    )


# Records.


def test_get_record_returns_the_put_record(create):
    # test_get_and_batch_get_record
    feature_group = create()
    feature_group.put_record(record=values(**TEN))
    assert feature_group.get_record("10.0") == record(**TEN)
    assert feature_group.get_record("10.0", feature_names=["feature1", "feature2"]) == record(
        feature1="10.0", feature2="10"
    )
    assert feature_group.get_record("1.0") is None


def test_get_record_returns_the_put_collection(session, role):
    # test_put_and_get_collection_type_record
    names = ["feature1", "feature2", "feature3"]
    feature_group = FeatureGroup(name=NAME, sagemaker_session=session)
    feature_group.feature_definitions = [
        *(StringFeatureDefinition(feature_name=name) for name in names),
        StringFeatureDefinition(feature_name="feature4", collection_type=ListCollectionType()),
    ]
    feature_group.create(
        s3_uri=False,
        record_identifier_name="feature1",
        event_time_feature_name="feature3",
        role_arn=role,
        enable_online_store=True,
        online_store_storage_type=OnlineStoreStorageTypeEnum.IN_MEMORY,
    )
    feature_group.put_record(record=values(**TEN, feature4=["val1", "val2"]))
    assert feature_group.get_record("10.0") == record(**TEN, feature4=["val1", "val2"])


def test_put_record_writes_only_to_the_target_stores(create, offline_store_s3_uri):
    # test_put_record_with_target_stores
    feature_group = create(s3_uri=offline_store_s3_uri)
    hundred = {"feature1": "100.0", "feature2": "100", "feature3": TIME, "feature4": "100.0"}
    feature_group.put_record(record=values(**hundred), target_stores=[TargetStoreEnum.OFFLINE_STORE])
    assert feature_group.get_record("100.0") is None
    feature_group.put_record(record=values(**hundred), target_stores=[TargetStoreEnum.ONLINE_STORE])
    assert feature_group.get_record("100.0") == record(**hundred)


def test_batch_get_record_returns_records(create, feature_store):
    # test_get_and_batch_get_record
    create().put_record(record=values(**TEN))
    identifier = Identifier(
        feature_group_name=NAME,
        record_identifiers_value_as_string=["10.0", "11.0"],
        feature_names=["feature1", "feature2"],
    )
    assert feature_store.batch_get_record(identifiers=[identifier])["Records"] == [
        {
            "FeatureGroupName": NAME,
            "RecordIdentifierValueAsString": "10.0",
            "Record": record(feature1="10.0", feature2="10"),
        }
    ]


def test_delete_record_in_soft_mode_hides_the_record(create):
    # test_soft_delete_record
    feature_group = create()
    feature_group.put_record(record=values(**TEN))
    feature_group.delete_record("10.0", event_time="2024-01-01T00:00:00Z")
    assert feature_group.get_record("10.0") is None
    feature_group.put_record(record=values(**TEN))
    assert feature_group.get_record("10.0") is None


def test_delete_record_in_hard_mode_removes_the_record(create):
    # test_hard_delete_record
    feature_group = create()
    feature_group.put_record(record=values(**TEN))
    feature_group.delete_record("10.0", event_time="2024-01-01T00:00:00Z", deletion_mode=DeletionModeEnum.HARD_DELETE)
    assert feature_group.get_record("10.0") is None
    historic = TEN | {"feature3": "2020-10-29T03:43:21Z"}
    feature_group.put_record(values(**historic))
    assert feature_group.get_record("10.0") == record(**historic)


def test_record_expires_by_the_ttl_of_its_group_or_of_the_record_or_of_the_updated_group(
    create, session, feature_store
):
    # test_ttl_duration, which sleeps; this test moves the clock
    def put(**options):
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        event_time = now.isoformat().split("+")[0] + "Z"
        feature_group.put_record(record=values(**TEN | {"feature3": event_time}), **options)
        return now

    def get(response=None):
        identifier = Identifier(feature_group_name=NAME, record_identifiers_value_as_string=["10.0"])
        records = feature_store.batch_get_record([identifier], expiration_time_response=response)["Records"]
        single = session.get_record("10.0", NAME, None, expiration_time_response=response)
        assert feature_group.get_record("10.0") == single.get("Record")
        assert [(one["Record"], one.get("ExpiresAt")) for one in records] == (
            [(single["Record"], single.get("ExpiresAt"))] if "Record" in single else []
        )
        return single

    def expires(single):
        return dt.datetime.fromisoformat(single["ExpiresAt"])

    with time_machine.travel(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), tick=False) as clock:
        feature_group = create(ttl_duration=TtlDuration(unit="Seconds", value=30))
        assert feature_group.describe()["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Seconds", "Value": 30}
        now = put()
        assert expires(get("Enabled")) == now + dt.timedelta(seconds=30)
        assert "ExpiresAt" not in get()
        assert "ExpiresAt" not in get("Disabled")
        clock.shift(35)
        assert "Record" not in get("Enabled")

        now = put(ttl_duration=TtlDuration(unit="Seconds", value=15))
        assert expires(get("Enabled")) == now + dt.timedelta(seconds=15)
        clock.shift(15)
        assert "Record" not in get()

        longer = OnlineStoreConfigUpdate(ttl_duration=TtlDuration(unit="Seconds", value=40))
        feature_group.update(online_store_config=longer)
        assert feature_group.describe()["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Seconds", "Value": 40}
        now = put()
        assert expires(get("Enabled")) == now + dt.timedelta(seconds=40)
        clock.shift(40)
        assert "Record" not in get()


# Ingestion in a single process.


def test_ingest_of_nan_value_omits_the_feature(create, frame):
    # test_create_feature_store_ingest_with_online_target_stores
    feature_group = create()
    assert feature_group.ingest(data_frame=frame, max_workers=1, max_processes=1).failed_rows == []
    for number in range(5):
        assert feature_group.get_record(f"{number}.0") == record(
            feature1=f"{number}.0", feature2=f"{number}", feature3=TIME, feature4=f"{number}.0"
        )
    for number in range(5, 10):
        assert feature_group.get_record(f"{number}.0") == record(
            feature1=f"{number}.0", feature2=f"{number}", feature3=TIME
        )


def test_ingest_of_none_value_omits_the_feature(create, frame):
    feature_group = create()
    frame["feature4"] = frame["feature4"].astype("object").where(frame["feature4"] < 3, None)
    feature_group.ingest(data_frame=frame)
    assert feature_group.get_record("2.0") == record(feature1="2.0", feature2="2", feature3=TIME, feature4="2.0")
    assert feature_group.get_record("3.0") == record(feature1="3.0", feature2="3", feature3=TIME)


def test_ingest_into_group_without_string_features_writes_all_rows(session, role):
    # test_ingest_without_string_feature
    frame = pd.DataFrame({"feature1": range(10), "feature2": [3141592.6535897] * 10})
    feature_group = FeatureGroup(name=NAME, sagemaker_session=session)
    feature_group.load_feature_definitions(data_frame=frame)
    feature_group.create(
        s3_uri=False,
        record_identifier_name="feature1",
        event_time_feature_name="feature2",
        role_arn=role,
        enable_online_store=True,
    )
    assert feature_group.ingest(data_frame=frame).failed_rows == []
    assert feature_group.get_record("9") == record(feature1="9", feature2="3141592.6535897")


@pytest.mark.parametrize(
    ("stores", "is_online"),
    [
        ([TargetStoreEnum.OFFLINE_STORE], False),
        ([TargetStoreEnum.ONLINE_STORE], True),
        ([TargetStoreEnum.ONLINE_STORE, TargetStoreEnum.OFFLINE_STORE], True),
    ],
)
def test_ingest_writes_only_to_the_target_stores(create, frame, offline_store_s3_uri, stores, is_online):
    # test_create_feature_store_ingest_with_offline_target_stores, and the tests with online and with both stores
    feature_group = create(s3_uri=offline_store_s3_uri)
    assert feature_group.ingest(data_frame=frame, target_stores=stores).failed_rows == []
    exists = [feature_group.get_record(str(number)) is not None for number in frame["feature1"]]
    assert exists == [is_online] * 10


@pytest.fixture
def create_with_collections(session, frame_with_collections, role):
    def create(storage_type):
        feature_group = FeatureGroup(NAME, sagemaker_session=session)
        feature_group.load_feature_definitions(data_frame=frame_with_collections, online_storage_type=storage_type)
        feature_group.create(
            record_identifier_name="feature1",
            event_time_feature_name="feature3",
            role_arn=role,
            enable_online_store=True,
            online_store_storage_type=storage_type,
            s3_uri=False,
        )
        return feature_group

    return create


def test_ingest_of_collections_into_an_in_memory_store_writes_lists(create_with_collections, frame_with_collections):
    # test_ingest_in_memory_single_process_with_collection_types
    feature_group = create_with_collections(OnlineStoreStorageTypeEnum.IN_MEMORY)
    kinds = {
        one["FeatureName"]: (one["FeatureType"], one.get("CollectionType"))
        for one in feature_group.describe()["FeatureDefinitions"]
    }
    assert kinds["feature5"] == ("String", "List")
    assert kinds["feature6"] == ("Integral", "List")
    assert kinds["feature7"] == ("Fractional", "List")
    assert feature_group.ingest(data_frame=frame_with_collections).failed_rows == []
    assert feature_group.get_record("1.0") == record(
        feature1="1.0",
        feature2="1",
        feature3=TIME,
        feature4="1.0",
        feature5=["b", "c"],
        feature6=["1", "2", "3"],
        feature7=["1.4", "2.5", "3.2", "25"],
    )
    assert feature_group.get_record("4.0") == record(feature1="4.0", feature2="4", feature3=TIME, feature4="4.0")
    assert feature_group.get_record("5.0") == record(feature1="5.0", feature2="5", feature3=TIME)


def test_ingest_of_none_in_a_collection_fails_only_for_that_row(create_with_collections, frame_with_collections):
    # test_ingest_in_memory_single_process_with_collection_types
    feature_group = create_with_collections(OnlineStoreStorageTypeEnum.IN_MEMORY)
    frame_with_collections.loc[10] = [10.0, 10, TIME, 5.0, ["a", "b"], [1, 2, None], [3.0, 4.0]]
    with pytest.raises(IngestionError) as error:
        feature_group.ingest(data_frame=frame_with_collections)
    assert error.value.failed_rows == [10]
    assert feature_group.get_record("9.0") is not None


def test_ingest_of_lists_into_a_standard_store_writes_the_lists_as_strings(
    create_with_collections, frame_with_collections
):
    # test_ingest_standard_multi_process_with_collection_types
    feature_group = create_with_collections(OnlineStoreStorageTypeEnum.STANDARD)
    frame_with_collections.loc[10] = [10.0, 10, TIME, 5.0, ["a", "b"], [1, 2, None], [3.0, 4.0]]
    assert feature_group.ingest(data_frame=frame_with_collections).failed_rows == []
    assert feature_group.get_record("10.0") == record(
        feature1="10.0",
        feature2="10",
        feature3=TIME,
        feature4="5.0",
        feature5="['a', 'b']",
        feature6="[1, 2, None]",
        feature7="[3.0, 4.0]",
    )


def test_ingest_with_invalid_rows_reports_these_rows_and_writes_valid_rows(create, frame):
    feature_group = create()
    frame["feature2"] = frame["feature2"].astype("object")
    frame.loc[3, "feature2"] = "three"  # not an Integral
    frame.loc[7, "feature3"] = "yesterday"  # not an event time
    with pytest.raises(IngestionError) as error:
        feature_group.ingest(data_frame=frame)
    assert error.value.failed_rows == [3, 7]
    written = [str(number) for number in frame["feature1"] if feature_group.get_record(str(number))]
    assert written == ["0.0", "1.0", "2.0", "4.0", "5.0", "6.0", "8.0", "9.0"]


# List and search.


@pytest.fixture
def three_groups(create, offline_store_s3_uri):
    """Create three groups at intervals of one second. The last one has an offline store with a row."""
    with time_machine.travel(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), tick=False) as clock:
        for name, options in [("a-swift", {}), ("c-owl", {}), ("b-owl", {"s3_uri": offline_store_s3_uri})]:
            created = create(name, **options)
            clock.shift(1)
        created.put_record([FeatureValue("feature1", "1.0"), FeatureValue("feature3", TIME)])


SECOND = dt.datetime(2026, 1, 1, 0, 0, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"sort_by": "Name", "sort_order": "Ascending"}, ["a-swift", "b-owl", "c-owl"]),
        ({"sort_by": "Name", "sort_order": "Descending"}, ["c-owl", "b-owl", "a-swift"]),
        ({"sort_by": "CreationTime", "sort_order": "Ascending"}, ["a-swift", "c-owl", "b-owl"]),
        ({"name_contains": "swift"}, ["a-swift"]),
        ({"feature_group_status_equals": "Created", "sort_by": "Name"}, {"a-swift", "b-owl", "c-owl"}),
        ({"feature_group_status_equals": "CreateFailed"}, []),
        ({"offline_store_status_equals": "Active"}, ["b-owl"]),
        ({"creation_time_after": SECOND + dt.timedelta(seconds=0.5)}, ["b-owl"]),
        ({"creation_time_before": SECOND - dt.timedelta(seconds=0.5)}, ["a-swift"]),
        ({"sort_by": "Name", "sort_order": "Ascending", "max_results": 2}, ["a-swift", "b-owl"]),
    ],
)
def test_list_feature_groups_returns_created_groups(feature_store, three_groups, filters, names):
    # test_list_feature_groups, which only uses the filter name_contains
    summaries = feature_store.list_feature_groups(**filters)["FeatureGroupSummaries"]
    listed = [summary["FeatureGroupName"] for summary in summaries]
    assert type(names)(listed) == names


def test_list_feature_groups_with_next_token_returns_the_next_page(feature_store, three_groups):
    order = {"sort_by": "Name", "sort_order": "Ascending", "max_results": 2}
    token = feature_store.list_feature_groups(**order)["NextToken"]
    page = feature_store.list_feature_groups(**order, next_token=token)
    assert [summary["FeatureGroupName"] for summary in page["FeatureGroupSummaries"]] == ["c-owl"]
    assert "NextToken" not in page


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        # test_search: a filter without operator
        ({"filters": [Filter(name="FeatureGroupName", value="c-owl")]}, ["c-owl"]),
        (
            {"filters": [Filter(name="FeatureGroupName", value="owl", operator=FilterOperatorEnum.CONTAINS)]},
            {"b-owl", "c-owl"},
        ),
        (
            {
                "filters": [
                    Filter(name="FeatureGroupName", value="a-swift"),
                    Filter(name="FeatureGroupName", value="b-owl"),
                ],
                "operator": SearchOperatorEnum.OR,
            },
            {"a-swift", "b-owl"},
        ),
        ({"sort_by": "FeatureGroupName", "sort_order": SortOrderEnum.DESCENDING}, ["c-owl", "b-owl", "a-swift"]),
        (
            {"sort_by": "FeatureGroupName", "sort_order": SortOrderEnum.ASCENDING, "max_results": 2},
            ["a-swift", "b-owl"],
        ),
    ],
)
def test_search_for_feature_groups_returns_matching_groups(feature_store, three_groups, arguments, names):
    results = feature_store.search(resource=ResourceEnum.FEATURE_GROUP, **arguments)["Results"]
    matches = [result["FeatureGroup"]["FeatureGroupName"] for result in results]
    assert type(names)(matches) == names


def test_search_for_feature_metadata_returns_matching_features(feature_store, create):
    create().update_feature_metadata("feature2", description="a number")
    results = feature_store.search(
        resource=ResourceEnum.FEATURE_METADATA, filters=[Filter(name="Description", value="a number")]
    )["Results"]
    assert [result["FeatureMetadata"]["FeatureName"] for result in results] == ["feature2"]


# Identity: STS works only in process, because the SDK contains a fixed URL of it.


def test_get_execution_role_returns_the_role_of_fixture_sagemaker_execution_role(sagemaker_execution_role):
    assert get_execution_role(Session()) == sagemaker_execution_role


def test_sdk_account_id_and_default_bucket_come_from_the_mock(sagemaker_execution_role):
    assert Session().account_id() == "123456789012"
    assert Session().default_bucket() == "sagemaker-us-east-1-123456789012"
