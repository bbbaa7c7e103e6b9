"""UpdateFeatureGroup. AWS documents the rules; the error texts are assumed."""

import pytest

from moto_featurestore.protocol.model import CONTROL_PLANE, service_model

ADDED = {"FeatureName": "added", "FeatureType": "Integral"}
OFFLINE = {
    "OnlineStoreConfig": {},
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}
PROVISIONED = {
    "ThroughputMode": "Provisioned",
    "ProvisionedReadCapacityUnits": 1,
    "ProvisionedWriteCapacityUnits": 2,
}
RECORD = {"customer_id": "c-1", "event_time": "2099-01-01T00:00:00Z"}


def update(service, **changes):
    return service.control("UpdateFeatureGroup", FeatureGroupName="customers", **changes)


def describe(service):
    return service.control("DescribeFeatureGroup", FeatureGroupName="customers").body


def needs_storage_type():
    if "StorageType" not in service_model(CONTROL_PLANE).shape_for("OnlineStoreConfigUpdate").members:
        pytest.skip("OnlineStoreConfigUpdate of the installed botocore has no StorageType")


@pytest.fixture
def customers(service):
    service.create("customers")
    return service


def test_update_feature_group_sets_successful_status_and_modification_time(customers):
    assert "LastModifiedTime" not in describe(customers)
    customers.world.time += 60 * 10**9
    arn = describe(customers)["FeatureGroupArn"]
    assert update(customers, FeatureAdditions=[ADDED]).body == {"FeatureGroupArn": arn}
    described = describe(customers)
    assert described["LastUpdateStatus"] == {"Status": "Successful"}
    assert described["LastModifiedTime"] == described["CreationTime"] + 60


def test_feature_added_by_update_feature_group_is_usable_immediately(customers):
    customers.put("customers", RECORD)
    assert customers.put("customers", RECORD | {"added": "1"}).status == 400
    assert update(customers, FeatureAdditions=[ADDED]).status == 200
    assert describe(customers)["FeatureDefinitions"][-1] == ADDED
    assert [f["FeatureName"] for f in customers.get("customers", "c-1").body["Record"]] == list(RECORD)
    assert customers.put("customers", RECORD | {"added": "1"}).status == 200
    assert [f["FeatureName"] for f in customers.get("customers", "c-1").body["Record"]] == [*RECORD, "added"]


@pytest.mark.parametrize(
    ("additions", "text"),
    [
        ([ADDED, ADDED], "The feature named [added] is defined more than once."),
        ([ADDED | {"FeatureName": "city"}], "The feature named [city] is defined more than once."),
        ([ADDED | {"FeatureName": "is_deleted"}], "The feature name [is_deleted] is reserved."),
        ([ADDED | {"CollectionType": "List"}], "collections need the storage type InMemory."),
    ],
)
def test_update_feature_group_with_invalid_new_feature_is_rejected(customers, additions, text):
    before = describe(customers)
    answer = update(customers, FeatureAdditions=additions)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert text in answer.message
    assert describe(customers) == before


def test_update_feature_group_to_more_than_2500_features_is_rejected(service):
    definitions = [{"FeatureName": f"f{i}", "FeatureType": "String"} for i in range(2500)]
    created = service.create(
        "customers", FeatureDefinitions=definitions, RecordIdentifierFeatureName="f0", EventTimeFeatureName="f1"
    )
    assert created.status == 200
    assert update(service, FeatureAdditions=[ADDED]).code == "ResourceLimitExceeded"


def test_ttl_set_by_update_feature_group_applies_to_later_writes(customers):
    def expiry():
        customers.put("customers", RECORD)
        return customers.get("customers", "c-1", ExpirationTimeResponse="Enabled").body["ExpiresAt"]

    def ttl(**duration):
        assert update(customers, OnlineStoreConfig={"TtlDuration": duration}).status == 200
        return describe(customers)["OnlineStoreConfig"]

    assert expiry() is None
    assert ttl(Unit="Days", Value=1)["TtlDuration"] == {"Unit": "Days", "Value": 1}
    assert expiry() == "2099-01-02T00:00:00Z"
    ttl(Unit="Days", Value=2)
    assert expiry() == "2099-01-03T00:00:00Z"
    assert "TtlDuration" not in ttl(Unit=None, Value=None)
    assert expiry() is None
    ttl(Unit="Days", Value=2)
    assert "TtlDuration" not in ttl()


def test_update_feature_group_from_standard_v2_to_standard_storage_is_rejected(customers):
    needs_storage_type()
    assert update(customers, OnlineStoreConfig={"StorageType": "Standard_V2"}).status == 200
    assert describe(customers)["OnlineStoreConfig"] == {"EnableOnlineStore": True, "StorageType": "Standard_V2"}
    for storage_type in ("Standard", "InMemory"):
        answer = update(customers, OnlineStoreConfig={"StorageType": storage_type})
        assert f"[Standard_V2] cannot change to [{storage_type}]" in answer.message


def test_update_feature_group_from_standard_to_in_memory_storage_is_rejected(customers):
    needs_storage_type()
    answer = update(customers, OnlineStoreConfig={"StorageType": "InMemory"})
    assert (answer.code, "[Standard] cannot change to [InMemory]" in answer.message) == ("ValidationException", True)


def test_update_feature_group_changes_the_throughput(customers):
    assert update(customers, ThroughputConfig=PROVISIONED).status == 200
    assert update(customers, ThroughputConfig={"ProvisionedReadCapacityUnits": 9}).status == 200
    assert describe(customers)["ThroughputConfig"] == PROVISIONED | {"ProvisionedReadCapacityUnits": 9}


def test_second_update_feature_group_to_on_demand_within_24_hours_is_rejected(customers):
    hour = 3600 * 10**9
    on_demand = {"ThroughputMode": "OnDemand"}

    def switch_to_provisioned_and_back():
        assert update(customers, ThroughputConfig=PROVISIONED).status == 200
        return update(customers, ThroughputConfig=on_demand)

    assert switch_to_provisioned_and_back().status == 200
    customers.world.time += 23 * hour
    answer = switch_to_provisioned_and_back()
    assert "once in 24 hours" in answer.message
    customers.world.time += hour
    assert update(customers, ThroughputConfig=on_demand).status == 200


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "ThroughputConfig, not 0."),
        ({"FeatureAdditions": [ADDED], "ThroughputConfig": PROVISIONED}, "ThroughputConfig, not 2."),
        ({"OnlineStoreConfig": {"TtlDuration": {"Unit": "Days"}}}, "both Unit and Value"),
        ({"ThroughputConfig": {"ThroughputMode": "Provisioned"}}, "Provisioned needs"),
    ],
    ids=str,
)
def test_update_feature_group_with_invalid_change_is_rejected(customers, changes, text):
    answer = update(customers, **changes)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert text in answer.message
    assert "LastUpdateStatus" not in describe(customers)


def test_update_feature_group_without_online_store_rejects_online_store_changes(service):
    service.create("customers", **OFFLINE)
    assert "is not enabled" in update(service, OnlineStoreConfig={"TtlDuration": {"Unit": "Days", "Value": 1}}).message
    assert update(service, FeatureAdditions=[ADDED]).status == 200
    assert update(service, ThroughputConfig=PROVISIONED).status == 200


def test_update_feature_group_for_unknown_group_returns_not_found(service):
    assert update(service, FeatureAdditions=[ADDED]).code == "ResourceNotFound"


def test_update_feature_group_to_on_demand_with_zero_units_is_accepted(customers):
    # Terraform's provider sends zeros: github.com/hashicorp/terraform-provider-aws, expandThroughputConfigUpdate.
    # It is assumed that the service accepts them.
    zeros = {"ProvisionedReadCapacityUnits": 0, "ProvisionedWriteCapacityUnits": 0}
    assert update(customers, ThroughputConfig=PROVISIONED).status == 200
    assert update(customers, ThroughputConfig={"ThroughputMode": "OnDemand"} | zeros).status == 200
    assert describe(customers)["ThroughputConfig"] == {"ThroughputMode": "OnDemand"}
