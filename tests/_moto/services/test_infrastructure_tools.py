"""The calls of infrastructure tools for a feature group, in their order, in process and through a server.

Terraform: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/feature_group.go, with
wait.go and tags_gen.go in the same directory, and the groups of its acceptance tests (feature_group_test.go), which run on AWS.
CloudFormation, which the CDK uses too: https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-sagemaker
(aws-sagemaker-featuregroup: CreateHandler, ReadHandler, DeleteHandler, ListHandler).
"""

import pytest
from moto.moto_api import state_manager

NAME = "tf-acc-test-123"
ROLE = "arn:aws:iam::123456789012:role/tf-acc-test-123"
MODEL = "sagemaker::feature_group"


def group(**members):
    """Return a group's parameters as Terraform sends them, with its defaults for omitted arguments."""
    return {
        "FeatureGroupName": NAME,
        "EventTimeFeatureName": NAME,
        "RecordIdentifierFeatureName": NAME,
        "RoleArn": ROLE,
        "FeatureDefinitions": [{"FeatureName": NAME, "FeatureType": "String"}, *members.pop("more", [])],
        **members,
    }


def online(**members):
    return {"OnlineStoreConfig": {"EnableOnlineStore": True, **members}}


def offline(**members):
    config = {"S3StorageConfig": {"S3Uri": f"s3://{NAME}/prefix/"}, "TableFormat": "Glue", **members}
    return {"OfflineStoreConfig": config}


LIST = {"FeatureName": f"{NAME}-1", "FeatureType": "String", "CollectionType": "List"}
VECTOR = {
    "FeatureName": f"{NAME}-1",
    "FeatureType": "Fractional",
    "CollectionType": "Vector",
    "CollectionConfig": {"VectorConfig": {"Dimension": 2}},
}
GROUPS = {
    "basic": group(**online()),
    "storageType": group(**online(StorageType="InMemory")),
    "TTLDuration": group(**online(TtlDuration={"Unit": "Seconds", "Value": 1})),
    "description": group(**online(), Description=NAME),
    "multi": group(**online(), more=[{"FeatureName": f"{NAME}-2", "FeatureType": "Integral"}]),
    "onlineSecurity": group(**online(SecurityConfig={"KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k"})),
    "offlineBasic": group(**offline(DisableGlueTableCreation=True)),
    "offlineTableFormat, Glue": group(**offline(DisableGlueTableCreation=False)),
    "offlineTableFormat, Iceberg": group(**offline(DisableGlueTableCreation=False, TableFormat="Iceberg")),
    "tags2": group(**online(), Tags=[{"Key": "key1", "Value": "value1"}, {"Key": "key2", "Value": "value2"}]),
    "featureDefinition_collectionType": group(**online(StorageType="InMemory"), more=[LIST]),
    "featureDefinition_collectionConfig": group(**online(StorageType="InMemory"), more=[VECTOR]),
    "throughputConfigOnDemand": group(
        **offline(DisableGlueTableCreation=True), ThroughputConfig={"ThroughputMode": "OnDemand"}
    ),
}


@pytest.fixture(params=[None, 3], ids=["immediately", "after three calls"])
def calls(request):
    """The number of calls until a status changes."""
    if request.param:
        state_manager.set_transition(MODEL, {"progression": "manual", "times": request.param})
    yield request.param or 1
    state_manager.unset_transition(MODEL)


@pytest.fixture
def sagemaker(each_entry_point):
    each_entry_point("s3").create_bucket(Bucket=NAME)
    return each_entry_point("sagemaker")


def wait(sagemaker, pending, target, read):
    """Wait like the tools: a status that is neither pending nor the target is an error. Return the number of calls."""
    for count in range(1, 10):
        status = read(sagemaker.describe_feature_group(FeatureGroupName=NAME))
        if status == target:
            return count
        assert status == pending
    pytest.fail(f"The status stays {pending}.")


def feature_group_status(described):
    return described["FeatureGroupStatus"]


def last_update_status(described):
    return described["LastUpdateStatus"]["Status"]


def create(sagemaker, params):
    sagemaker.create_feature_group(**params)
    return wait(sagemaker, "Creating", "Created", feature_group_status)


def update(sagemaker, **change):
    sagemaker.update_feature_group(FeatureGroupName=NAME, **change)
    return wait(sagemaker, "InProgress", "Successful", last_update_status)


def delete(sagemaker):
    sagemaker.delete_feature_group(FeatureGroupName=NAME)
    for count in range(1, 10):
        try:
            described = sagemaker.describe_feature_group(FeatureGroupName=NAME)
        except sagemaker.exceptions.ResourceNotFound:
            return count
        assert described["FeatureGroupStatus"] == "Deleting"
    pytest.fail("The group stays.")


def tags(sagemaker):
    arn = sagemaker.describe_feature_group(FeatureGroupName=NAME)["FeatureGroupArn"]
    return {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}


@pytest.mark.parametrize("params", GROUPS.values(), ids=GROUPS)
def test_terraform_can_create_and_read_and_delete_a_group(sagemaker, params, calls):
    assert create(sagemaker, params) == calls
    described = sagemaker.describe_feature_group(FeatureGroupName=NAME)
    for member, value in params.items():
        if member == "OfflineStoreConfig":
            assert value["TableFormat"] == described[member]["TableFormat"]
            assert value["S3StorageConfig"].items() <= described[member]["S3StorageConfig"].items()
        elif member != "Tags":
            assert described[member] == value
    assert tags(sagemaker) == {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
    assert delete(sagemaker) == calls


def test_terraform_update_changes_the_time_to_live(sagemaker, calls):
    create(sagemaker, GROUPS["TTLDuration"])
    assert update(sagemaker, OnlineStoreConfig={"TtlDuration": {"Unit": "Minutes", "Value": 1}}) == calls
    described = sagemaker.describe_feature_group(FeatureGroupName=NAME)
    assert described["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Minutes", "Value": 1}


def test_terraform_update_changes_the_throughput(sagemaker, calls):
    """Terraform sends omitted units as zero."""
    create(sagemaker, GROUPS["throughputConfigOnDemand"])
    throughput = {
        "ThroughputMode": "Provisioned",
        "ProvisionedReadCapacityUnits": 0,
        "ProvisionedWriteCapacityUnits": 1,
    }
    assert update(sagemaker, ThroughputConfig=throughput) == calls
    assert sagemaker.describe_feature_group(FeatureGroupName=NAME)["ThroughputConfig"] == throughput


def test_terraform_update_changes_tags(sagemaker, calls):
    create(sagemaker, GROUPS["tags2"])
    arn = sagemaker.describe_feature_group(FeatureGroupName=NAME)["FeatureGroupArn"]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["key1"])
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "key2", "Value": "value2updated"}])
    assert tags(sagemaker) == {"key2": "value2updated"}


def test_terraform_delete_of_missing_group_raises_resource_not_found(sagemaker):
    create(sagemaker, GROUPS["basic"])
    delete(sagemaker)
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.delete_feature_group(FeatureGroupName=NAME)


def test_cloudformation_provider_can_create_and_read_and_list_and_delete_a_group(sagemaker, calls):
    assert create(sagemaker, GROUPS["tags2"]) == calls
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_feature_group(**GROUPS["tags2"])
    assert tags(sagemaker) == {"key1": "value1", "key2": "value2"}
    [summary] = sagemaker.list_feature_groups()["FeatureGroupSummaries"]
    assert summary["FeatureGroupName"] == NAME
    assert delete(sagemaker) == calls
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.delete_feature_group(FeatureGroupName=NAME)
