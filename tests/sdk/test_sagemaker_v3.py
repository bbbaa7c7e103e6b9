"""Feature groups with the unmodified SageMaker Python SDK v3.

The expected results come from the SDK's integration tests, which run against AWS. A comment names the file and the test in
https://github.com/aws/sagemaker-python-sdk/tree/master/sagemaker-mlops/tests/integ
Tests without such a comment test how the SDK uses the responses.
"""

import datetime as dt
import warnings

import pytest
import time_machine
from botocore.exceptions import ClientError
from moto.moto_api import state_manager

with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
    warnings.simplefilter("ignore")  # the import of the SDK causes warnings
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # the import requires a region
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # the import looks for credentials
    pytest.importorskip("sagemaker.mlops.feature_store", reason="the SageMaker Python SDK v3 is not installed")
    import pandas as pd
    from sagemaker.core.helper.session_helper import Session, get_execution_role
    from sagemaker.core.resources import Tag
    from sagemaker.core.shapes import (
        BatchGetRecordIdentifier,
        BatchWriteRecordEntry,
        OnlineStoreConfigUpdate,
        ThroughputConfigUpdate,
    )
    from sagemaker.core.shapes import Tag as TagShape
    from sagemaker.core.utils.utils import SageMakerClient, Unassigned, serialize
    from sagemaker.mlops.feature_store import (
        DeletionModeEnum,
        FeatureGroup,
        FeatureGroupManager,
        FeatureMetadata,
        FeatureParameter,
        FeatureValue,
        Filter,
        FractionalFeatureDefinition,
        IngestionError,
        ListCollectionType,
        OfflineStoreConfig,
        OnlineStoreConfig,
        OnlineStoreStorageTypeEnum,
        S3StorageConfig,
        SearchExpression,
        StringFeatureDefinition,
        ThroughputConfig,
        ThroughputModeEnum,
        TtlDuration,
        VectorCollectionType,
        as_hive_ddl,
        ingest_dataframe,
        list_records,
        load_feature_definitions_from_dataframe,
        update_record,
    )

pytestmark = pytest.mark.sdk

NAME = "integ-test-fg"
NOW = 1767225600  # 2026-01-01T00:00:00Z
ONLINE = {"online_store_config": OnlineStoreConfig(enable_online_store=True)}


@pytest.fixture(autouse=True)
def new_clients(aws):
    """Remove the clients that the SDK caches for the process, so that each test creates new ones."""
    SageMakerClient.reset()
    yield
    SageMakerClient.reset()


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "record_id": [f"id-{number}" for number in range(10)],
            "feature_1": [number * 1.5 for number in range(10)],
            "feature_2": [number * 2 for number in range(10)],
            "event_time": [float(NOW + number) for number in range(10)],
        }
    )


@pytest.fixture
def create(frame):
    """Return a function that creates a group with the frame's features and, by default, only an online store."""

    def create(name=NAME, kind=FeatureGroup, **options):
        return kind.create(
            **{
                "feature_group_name": name,
                "record_identifier_feature_name": "record_id",
                "event_time_feature_name": "event_time",
                "feature_definitions": load_feature_definitions_from_dataframe(frame),
            }
            | ONLINE
            | options
        )

    return create


@pytest.fixture
def offline_store(offline_store_s3_uri, role):
    """Return the options of a group with an offline store."""
    storage = S3StorageConfig(s3_uri=f"{offline_store_s3_uri}/feature-store")
    return {"role_arn": role, "offline_store_config": OfflineStoreConfig(s3_storage_config=storage)}


def values(**features):
    return [
        FeatureValue(
            feature_name=name, **{"value_as_string_list" if isinstance(value, list) else "value_as_string": value}
        )
        for name, value in features.items()
    ]


def plain(record):
    return {
        one.feature_name: one.value_as_string if isinstance(one.value_as_string, str) else one.value_as_string_list
        for one in record
    }


ZERO = {"record_id": "id-0", "feature_1": "0.0", "feature_2": "0", "event_time": f"{NOW}.0"}


# Feature groups.


def test_create_group_with_both_stores_returns_both_in_describe(create, offline_store, role):
    # test_create_feature_group_with_both_stores in test_feature_store.py
    feature_group = create(**offline_store, description="of birds")
    feature_group.wait_for_status("Created")
    assert feature_group.feature_group_name == NAME
    assert feature_group.feature_group_arn.endswith(f"feature-group/{NAME}")
    assert feature_group.role_arn == role
    assert feature_group.description == "of birds"
    assert isinstance(feature_group.creation_time, dt.datetime)
    assert feature_group.online_store_config.enable_online_store is True
    assert feature_group.offline_store_config.data_catalog_config.database == "sagemaker_featurestore"
    assert feature_group.offline_store_config.s3_storage_config.resolved_output_s3_uri.endswith("/data")
    assert [(one.feature_name, one.feature_type) for one in feature_group.feature_definitions] == [
        ("record_id", "String"),
        ("feature_1", "Fractional"),
        ("feature_2", "Integral"),
        ("event_time", "Fractional"),
    ]
    assert FeatureGroup.get(feature_group_name=NAME) == feature_group


def test_create_group_with_online_store_only_needs_no_role(create):
    feature_group = create()
    assert isinstance(feature_group.role_arn, Unassigned)
    assert isinstance(feature_group.offline_store_config, Unassigned)


def test_get_of_unknown_group_raises_client_error():
    with pytest.raises(ClientError) as error:
        FeatureGroup.get(feature_group_name=NAME)
    assert error.value.response["Error"]["Code"] == "ResourceNotFound"


def test_wait_for_delete_after_delete_returns_without_error(create):
    # test_delete_feature_group in test_feature_store.py
    feature_group = create()
    feature_group.delete()
    feature_group.wait_for_delete(timeout=120)
    with pytest.raises(ClientError):
        FeatureGroup.get(feature_group_name=NAME)


def test_wait_for_status_and_wait_for_delete_return_after_delayed_transitions(create):
    state_manager.set_transition("sagemaker::feature_group", {"progression": "manual", "times": 3})
    try:
        feature_group = create()
        assert feature_group.feature_group_status == "Creating"
        feature_group.wait_for_status("Created", poll=0, timeout=60)
        feature_group.delete()
        assert feature_group.refresh().feature_group_status == "Deleting"
        feature_group.wait_for_delete(poll=0, timeout=60)
    finally:
        state_manager.unset_transition("sagemaker::feature_group")


def test_get_all_returns_described_groups(create):
    for name in ("a-swift", "b-owl", "c-owl"):
        create(name)
    groups = FeatureGroup.get_all(name_contains="owl", sort_by="Name", sort_order="Ascending")
    assert [(group.feature_group_name, group.record_identifier_feature_name) for group in groups] == [
        ("b-owl", "record_id"),
        ("c-owl", "record_id"),
    ]
    assert list(FeatureGroup.get_all(name_contains="swallow")) == []


def test_refresh_after_update_through_another_object_returns_changes(create):
    feature_group = create()
    other = FeatureGroup.get(feature_group_name=NAME)
    other.update(feature_additions=[StringFeatureDefinition("city")])
    assert len(feature_group.feature_definitions) == 4
    assert len(feature_group.refresh().feature_definitions) == 5


def test_update_of_group_appends_features(create):
    feature_group = create()
    feature_group.update(feature_additions=[FractionalFeatureDefinition("new_feature")])
    assert feature_group.last_update_status.status == "Successful"
    assert feature_group.feature_definitions[-1].feature_name == "new_feature"


def test_update_of_group_sets_the_ttl(create):
    feature_group = create()
    hour = TtlDuration(unit="Hours", value=1)
    feature_group.update(online_store_config=OnlineStoreConfigUpdate(ttl_duration=hour))
    assert feature_group.online_store_config.ttl_duration == hour


def test_update_of_group_changes_storage_type_from_standard_to_standard_v2(create):
    feature_group = create()
    feature_group.update(
        online_store_config=OnlineStoreConfigUpdate(storage_type=OnlineStoreStorageTypeEnum.STANDARD_V2.value)
    )
    assert feature_group.online_store_config.storage_type == "Standard_V2"


def test_update_of_group_changes_throughput_from_on_demand_to_provisioned(create):
    feature_group = create(throughput_config=ThroughputConfig(throughput_mode=ThroughputModeEnum.ON_DEMAND.value))
    assert feature_group.throughput_config.throughput_mode == "OnDemand"
    feature_group.update(
        throughput_config=ThroughputConfigUpdate(
            throughput_mode=ThroughputModeEnum.PROVISIONED.value,
            provisioned_read_capacity_units=100,
            provisioned_write_capacity_units=200,
        )
    )
    throughput = feature_group.throughput_config
    assert throughput.throughput_mode == "Provisioned"
    assert (throughput.provisioned_read_capacity_units, throughput.provisioned_write_capacity_units) == (100, 200)


def test_feature_group_manager_can_create_and_update_and_delete_a_group(create, offline_store):
    feature_group = create(kind=FeatureGroupManager, **offline_store)
    feature_group.wait_for_status("Created")
    other = FeatureGroupManager.get(feature_group_name=NAME)
    assert isinstance(other, FeatureGroupManager)
    other.update(feature_additions=[StringFeatureDefinition("city")])
    assert [one.feature_name for one in feature_group.refresh().feature_definitions][-1] == "city"
    other.delete()
    other.wait_for_delete(timeout=120)


def test_update_of_feature_metadata_changes_the_metadata_that_get_returns(create):
    create()
    metadata = FeatureMetadata.get(feature_group_name=NAME, feature_name="feature_1")
    assert metadata.feature_type == "Fractional"
    metadata.update(
        description="test description",
        parameter_additions=[
            FeatureParameter(key="key1", value="value1"),
            FeatureParameter(key="key2", value="value2"),
        ],
    )
    metadata.update(parameter_removals=["key1"])
    updated = FeatureMetadata.get(feature_group_name=NAME, feature_name="feature_1")
    assert updated.description == "test description"
    assert updated.parameters == [FeatureParameter(key="key2", value="value2")]


def test_tags_of_a_group_can_be_created_and_added_and_listed_and_deleted(create):
    arn = create(tags=[TagShape(key="key1", value="value1")]).feature_group_arn
    Tag.add_tags(resource_arn=arn, tags=[TagShape(key="key2", value="value2")])
    assert {tag.key: tag.value for tag in Tag.get_all(resource_arn=arn)} == {"key1": "value1", "key2": "value2"}
    Tag.delete_tags(resource_arn=arn, tag_keys=["key1"])
    assert [tag.key for tag in Tag.get_all(resource_arn=arn)] == ["key2"]


def test_as_hive_ddl_contains_the_resolved_uri(create, offline_store):
    feature_group = create(**offline_store)
    uri = feature_group.offline_store_config.s3_storage_config.resolved_output_s3_uri
    lines = as_hive_ddl(NAME).splitlines()
    assert lines[1:5] == ["  record_id STRING", "  feature_1 FLOAT", "  feature_2 INT", "  event_time FLOAT"]
    assert lines[-1] == f"LOCATION '{uri}'"


# No class of the SDK searches for feature groups. Its shapes and its client support the operation.


def search(resource, **arguments):
    client = SageMakerClient().get_client("sagemaker")
    return client.search(Resource=resource, **serialize(arguments))["Results"]


def test_search_with_filter_objects_of_the_sdk_returns_matches(create):
    for name in ("a-swift", "b-owl"):
        create(name)
    FeatureMetadata.get(feature_group_name="b-owl", feature_name="feature_2").update(description="a number")
    expression = SearchExpression(filters=[Filter(name="FeatureGroupName", operator="Contains", value="owl")])
    groups = search("FeatureGroup", SearchExpression=expression)
    assert [result["FeatureGroup"]["FeatureGroupName"] for result in groups] == ["b-owl"]
    expression = SearchExpression(filters=[Filter(name="Description", value="a number")])
    features = search("FeatureMetadata", SearchExpression=expression)
    assert [result["FeatureMetadata"]["FeatureName"] for result in features] == ["feature_2"]


# Records.


def test_get_record_returns_the_state_after_each_put_and_delete(create):
    feature_group = create()
    feature_group.put_record(record=values(**ZERO))
    response = feature_group.get_record(record_identifier_value_as_string="id-0")
    assert plain(response.record) == ZERO
    assert isinstance(response.expires_at, Unassigned)
    some = feature_group.get_record(record_identifier_value_as_string="id-0", feature_names=["feature_2"])
    assert plain(some.record) == {"feature_2": "0"}
    feature_group.delete_record(record_identifier_value_as_string="id-0", event_time=f"{NOW + 1}.0")
    assert isinstance(feature_group.get_record(record_identifier_value_as_string="id-0").record, Unassigned)


def test_put_record_after_hard_delete_accepts_an_older_event_time(create):
    feature_group = create()
    feature_group.put_record(record=values(**ZERO))
    feature_group.delete_record(
        record_identifier_value_as_string="id-0",
        event_time=f"{NOW + 1}.0",
        deletion_mode=DeletionModeEnum.HARD_DELETE.value,
    )
    older = ZERO | {"event_time": f"{NOW - 1}.0"}
    feature_group.put_record(record=values(**older))
    assert plain(feature_group.get_record(record_identifier_value_as_string="id-0").record) == older


def test_get_record_after_expiry_returns_no_record(create):
    with time_machine.travel(NOW, tick=False) as clock:
        feature_group = create()
        feature_group.put_record(record=values(**ZERO), ttl_duration=TtlDuration(unit="Seconds", value=30))
        response = feature_group.get_record(
            record_identifier_value_as_string="id-0", expiration_time_response="Enabled"
        )
        expires_at = dt.datetime.fromisoformat(response.expires_at)
        assert expires_at.timestamp() == NOW + 30
        clock.shift(30)
        assert isinstance(feature_group.get_record(record_identifier_value_as_string="id-0").record, Unassigned)


def test_get_record_from_in_memory_store_returns_collections(create):
    feature_group = create(
        feature_definitions=[
            StringFeatureDefinition("record_id"),
            FractionalFeatureDefinition("event_time"),
            StringFeatureDefinition("list", ListCollectionType()),
            FractionalFeatureDefinition("vector", VectorCollectionType(2)),
        ],
        online_store_config=OnlineStoreConfig(
            enable_online_store=True, storage_type=OnlineStoreStorageTypeEnum.IN_MEMORY.value
        ),
    )
    assert feature_group.feature_definitions[3].collection_config.vector_config.dimension == 2
    record = {"record_id": "id-0", "event_time": f"{NOW}.0", "list": ["a", "b"], "vector": ["0.5", "1"]}
    feature_group.put_record(record=values(**record))
    assert plain(feature_group.get_record(record_identifier_value_as_string="id-0").record) == record


def test_batch_get_record_returns_records_and_errors(create):
    feature_group = create()
    feature_group.put_record(record=values(**ZERO))
    identifier = BatchGetRecordIdentifier(
        feature_group_name=NAME, record_identifiers_value_as_string=["id-0", "id-1"], feature_names=["feature_2"]
    )
    response = feature_group.batch_get_record(identifiers=[identifier])
    assert [(one.record_identifier_value_as_string, plain(one.record)) for one in response.records] == [
        ("id-0", {"feature_2": "0"})
    ]
    assert (response.errors, response.unprocessed_identifiers) == ([], [])


def test_batch_write_record_returns_the_failed_entry(create):
    feature_group = create()
    entries = [
        BatchWriteRecordEntry(feature_group_name=NAME, record=values(**ZERO)),
        BatchWriteRecordEntry(feature_group_name=NAME, record=values(**ZERO | {"feature_2": "two"})),
    ]
    written = feature_group.batch_write_record(entries=entries)
    assert [entries.index(error.entry) for error in written.errors] == [1]
    assert written.unprocessed_entries == []
    assert plain(feature_group.get_record(record_identifier_value_as_string="id-0").record) == ZERO


# test_feature_store_list_records.py


def test_list_records_with_next_token_returns_the_next_page(create, frame):
    feature_group = create()
    ingest_dataframe(feature_group_name=NAME, data_frame=frame)
    listed, token, pages = [], None, 0
    while pages == 0 or isinstance(token, str):
        page = list_records(feature_group_name=NAME, max_results=3, next_token=token)
        listed += page.record_identifiers
        token, pages = page.next_token, pages + 1
    assert sorted(listed) == list(frame["record_id"])
    assert pages == 4
    assert sorted(feature_group.list_records().record_identifiers) == list(frame["record_id"])


def test_list_records_with_soft_deleted_option_includes_soft_deleted_records(create, frame):
    feature_group = create()
    ingest_dataframe(feature_group_name=NAME, data_frame=frame[:2])
    feature_group.delete_record(record_identifier_value_as_string="id-0", event_time=f"{NOW + 1}.0")
    assert list_records(feature_group_name=NAME).record_identifiers == ["id-1"]
    everything = list_records(feature_group_name=NAME, include_soft_deleted_records=True)
    assert sorted(everything.record_identifiers) == ["id-0", "id-1"]


def test_list_records_of_unknown_group_raises_client_error():
    with pytest.raises(ClientError):
        list_records(feature_group_name="non-existent-fg-xyz")


# test_feature_store_update_record.py


@pytest.fixture
def standard_v2(create, frame):
    storage = OnlineStoreConfig(enable_online_store=True, storage_type=OnlineStoreStorageTypeEnum.STANDARD_V2.value)
    feature_group = create(online_store_config=storage)
    ingest_dataframe(feature_group_name=NAME, data_frame=frame)
    return feature_group


def test_update_record_preserves_unlisted_features(standard_v2):
    update_record(
        feature_group_name=NAME,
        record_identifier_value_as_string="id-0",
        features=[
            {"feature_name": "feature_2", "value_as_string": "7"},
            {"feature_name": "event_time", "value_as_string": f"{NOW + 100}.0"},
        ],
    )
    response = standard_v2.get_record(record_identifier_value_as_string="id-0")
    assert plain(response.record) == ZERO | {"feature_2": "7", "event_time": f"{NOW + 100}.0"}


def test_update_record_called_on_feature_group_changes_the_record(standard_v2):
    standard_v2.update_record(record_identifier_value_as_string="id-0", features=values(feature_2="7"))
    response = standard_v2.get_record(record_identifier_value_as_string="id-0")
    assert plain(response.record) == ZERO | {"feature_2": "7"}


def test_update_record_with_an_older_event_time_raises_conflict(standard_v2):
    with pytest.raises(ClientError) as error:
        update_record(
            feature_group_name=NAME,
            record_identifier_value_as_string="id-0",
            features=[
                {"feature_name": "feature_2", "value_as_string": "7"},
                {"feature_name": "event_time", "value_as_string": "1.0"},
            ],
        )
    assert error.value.response["Error"]["Code"] in ("ConflictException", "ValidationError")


# Ingestion in a single process: test_feature_store.py, test_feature_store_batch_write_record.py


@pytest.fixture(params=[False, True], ids=["PutRecord", "BatchWriteRecord"])
def ingest(request):
    """Return a function that ingests a frame into the group, with one record or 25 records per request."""
    return lambda frame: ingest_dataframe(
        feature_group_name=NAME,
        data_frame=frame,
        max_workers=1,
        max_processes=1,
        use_batch_write_record=request.param,
    )


@pytest.fixture
def rows():
    """Return a function that creates a frame with a number of rows."""
    return lambda count: pd.DataFrame(
        {
            "record_id": [f"id-{number}" for number in range(count)],
            "feature_1": [0.5] * count,
            "feature_2": [1] * count,
            "event_time": [float(NOW)] * count,
        }
    )


def test_ingested_rows_can_be_read_by_get_record(create, frame, ingest):
    # test_ingest_and_retrieve_from_online_store, test_batch_write_verify_with_get_record
    feature_group = create()
    assert ingest(frame).failed_rows == []
    for number in range(10):
        response = feature_group.get_record(record_identifier_value_as_string=f"id-{number}")
        assert plain(response.record) == {
            "record_id": f"id-{number}",
            "feature_1": f"{number * 1.5}",
            "feature_2": f"{number * 2}",
            "event_time": f"{NOW + number}.0",
        }


def test_ingest_to_both_stores_writes_online_and_offline_rows(create, frame, offline_store, ingest):
    # test_ingest_to_both_stores
    feature_group = create(**offline_store)
    assert ingest(frame).failed_rows == []
    assert plain(feature_group.get_record(record_identifier_value_as_string="id-0").record) == ZERO


@pytest.mark.parametrize("count", [5, 25, 26])
def test_ingest_of_row_count_at_the_batch_boundary_writes_all_rows(create, rows, ingest, count):
    # test_batch_write_basic, test_batch_write_25_boundary, test_batch_write_26_two_batches, test_putrecord_same_result
    feature_group = create()
    assert ingest(rows(count)).failed_rows == []
    assert len(feature_group.list_records().record_identifiers) == count


def test_ingest_of_none_value_omits_the_feature(create, rows, ingest):
    # test_batch_write_null_skipped
    feature_group = create()
    assert ingest(rows(1).assign(feature_1=[None])).failed_rows == []
    response = feature_group.get_record(record_identifier_value_as_string="id-0")
    assert plain(response.record) == {"record_id": "id-0", "feature_2": "1", "event_time": f"{NOW}.0"}


def test_ingest_with_invalid_row_reports_that_row_and_writes_valid_rows(create, rows, ingest):
    # test_batch_write_partial_failure, test_putrecord_partial_failure_same
    feature_group = create()
    frame = rows(10)
    frame.loc[5, "record_id"] = None
    with pytest.raises(IngestionError) as error:
        ingest(frame)
    assert error.value.failed_rows == [5]
    assert len(feature_group.list_records().record_identifiers) == 9


def test_ingest_into_unknown_group_raises_client_error(rows, ingest):
    # test_batch_write_invalid_fg
    with pytest.raises(ClientError):
        ingest(rows(1))


# Identity: STS works only in process, because the SDK contains a fixed URL of it.


@pytest.mark.parametrize("aws", ["in process"], indirect=True)
def test_get_execution_role_returns_the_role_of_fixture_sagemaker_execution_role(sagemaker_execution_role):
    assert get_execution_role() == sagemaker_execution_role


@pytest.mark.parametrize("aws", ["in process"], indirect=True)
def test_sdk_account_id_and_default_bucket_come_from_the_mock(sagemaker_execution_role):
    assert Session().account_id() == "123456789012"
    assert Session().default_bucket() == "sagemaker-us-east-1-123456789012"
