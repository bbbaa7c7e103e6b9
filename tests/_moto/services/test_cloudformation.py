"""AWS::SageMaker::FeatureGroup in stacks, in process and in the server.

The resource's schema, which cfn-lint ships, says which properties can change and which require a new group. Texts are
assumed, unless a comment has a source.
"""

import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from freezegun import freeze_time
from moto.moto_api import state_manager

from moto_featurestore import mock_featurestore
from moto_featurestore._moto.backend import backends
from moto_featurestore._moto.services import cloudformation
from moto_featurestore.protocol.model import CONTROL_PLANE, service_model
from moto_featurestore.store.changes import Observer
from moto_featurestore.store.group import Store

TEMPLATES = Path(__file__).parent / "templates"
STACK = "shop"
PROPERTIES = {
    "FeatureGroupName": "customers",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "time",
    "FeatureDefinitions": [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
    "OnlineStoreConfig": {"EnableOnlineStore": True},
}
AGE = {"FeatureName": "age", "FeatureType": "Integral"}


def template(*, resource_attributes=None, outputs=None, **changes):
    """Return a template with one group. A change to None removes the property."""
    properties = {name: value for name, value in (PROPERTIES | changes).items() if value is not None}
    resource = {"Type": cloudformation.TYPE, "Properties": properties, **(resource_attributes or {})}
    return json.dumps({"Resources": {"Group": resource}, "Outputs": outputs or {}})


WITHOUT_GROUP = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


class Stack:
    """A stack and the state of its group."""

    def __init__(self, each_entry_point):
        self.cloudformation = each_entry_point("cloudformation")
        self.sagemaker = each_entry_point("sagemaker")

    def create(self, body=None, **changes):
        self.cloudformation.create_stack(StackName=STACK, TemplateBody=body or template(**changes))
        return self

    def update(self, body=None, **changes):
        self.cloudformation.update_stack(StackName=STACK, TemplateBody=body or template(**changes))

    def delete(self):
        self.cloudformation.delete_stack(StackName=STACK)

    def group(self, name="customers"):
        return self.sagemaker.describe_feature_group(FeatureGroupName=name)

    def groups(self):
        return sorted(
            group["FeatureGroupName"] for group in self.sagemaker.list_feature_groups()["FeatureGroupSummaries"]
        )

    def tags(self):
        listed = self.sagemaker.list_tags(ResourceArn=self.group()["FeatureGroupArn"])["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    def status(self):
        return self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]

    def outputs(self):
        outputs = self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}


@pytest.fixture
def stack(each_entry_point):
    return Stack(each_entry_point)


def error_message(call, *args, **kwargs):
    """Return the message of the ValidationError with which moto's CloudFormation reports a failure."""
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    return caught.value.response["Error"]["Message"]


def test_create_stack_with_every_property_creates_the_group(stack):
    with freeze_time("2026-09-21T14:13:20.5Z"):
        stack.create((TEMPLATES / "feature_group.yaml").read_text(encoding="utf-8"))
        group = stack.group()
    assert stack.status() == "CREATE_COMPLETE"
    assert group["Description"] == "Of the shop"
    assert [definition["FeatureName"] for definition in group["FeatureDefinitions"]] == ["id", "time", "age"]
    assert group["OnlineStoreConfig"] == {
        "EnableOnlineStore": True,
        "StorageType": "Standard",
        "SecurityConfig": {"KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        "TtlDuration": {"Unit": "Days", "Value": 30},
    }
    assert group["OfflineStoreConfig"]["DisableGlueTableCreation"] is True
    assert group["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"] == "s3://features/offline"
    assert group["RoleArn"] == "arn:aws:iam::123456789012:role/features"
    assert group["ThroughputConfig"] == {
        "ThroughputMode": "Provisioned",
        "ProvisionedReadCapacityUnits": 100,
        "ProvisionedWriteCapacityUnits": 200,
    }
    assert stack.tags()["since"] == "2026-01-01"
    assert stack.tags()["floor"] == "3"
    outputs = stack.outputs()
    assert (outputs["Name"], outputs["Status"]) == ("customers", "Created")
    assert outputs["Created"] == "2026-09-21T14:13:20.500Z"


def test_create_stack_omits_a_feature_that_refers_to_aws_no_value(stack):
    stack.cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=(TEMPLATES / "feature_group.yaml").read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": "WithAge", "ParameterValue": "false"}],
    )
    assert [definition["FeatureName"] for definition in stack.group()["FeatureDefinitions"]] == ["id", "time"]


def test_group_created_by_create_stack_accepts_records(each_entry_point, stack):
    stack.create()
    runtime = each_entry_point("sagemaker-featurestore-runtime")
    record = [
        {"FeatureName": "id", "ValueAsString": "1"},
        {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"},
    ]
    runtime.put_record(FeatureGroupName="customers", Record=record)
    assert runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")["Record"] == record


def test_list_stack_resources_returns_the_group_name_as_physical_id(stack):
    stack.create()
    [resource] = stack.cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    assert resource["PhysicalResourceId"] == "customers"
    assert (resource["LogicalResourceId"], resource["ResourceType"]) == ("Group", "AWS::SageMaker::FeatureGroup")
    [resource] = stack.cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    assert resource["PhysicalResourceId"] == "customers"


def test_resource_tags_override_stack_tags_in_create_stack(stack):
    body = template(Tags=[{"Key": "team", "Value": "risk"}])
    stack.cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=body,
        Tags=[{"Key": "team", "Value": "all"}, {"Key": "stage", "Value": "test"}],
    )
    tags = stack.tags()
    assert tags.pop("aws:cloudformation:stack-id").startswith(
        "arn:aws:cloudformation:us-east-1:123456789012:stack/shop"
    )
    assert tags == {
        "team": "risk",
        "stage": "test",
        "aws:cloudformation:stack-name": "shop",
        "aws:cloudformation:logical-id": "Group",
    }


class TagsObserver(Observer):
    """An observer that remembers the tags of the group that was saved last."""

    def save_group(self, group):
        self.tags = group.tags


def test_create_stack_adds_cloudformation_tags_to_the_group_before_the_group_is_saved(clients):
    observer = backends["123456789012"]["us-east-1"].store.observer = TagsObserver()
    tags = Stack(clients).create().tags()
    assert len(tags) == 3
    assert observer.tags == tags


def test_system_tags_are_not_counted_in_the_tag_limit_and_cannot_be_deleted(stack):
    # Documented: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
    stack.create(template(Tags=[{"Key": f"t{number}", "Value": "x"} for number in range(49)]))
    arn = stack.group()["FeatureGroupArn"]
    stack.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "risk"}])
    with pytest.raises(ClientError, match="would have 51 tags; the limit is 50"):
        stack.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    with pytest.raises(ClientError, match="System prefix 'aws:' reserved"):
        stack.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["aws:cloudformation:stack-name"])
    pages = stack.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    assert [len(page["Tags"]) for page in pages] == [50, 3]


INVALID_PROPERTIES = [
    (
        "invalid parameters of the operation",
        {"OnlineStoreConfig": None},
        "OnlineStore and OfflineStore cannot be both disabled.",
    ),
    ("error code of the handler", {"OnlineStoreConfig": None}, "(HandlerErrorCode: InvalidRequest)"),
    ("invalid by the model", {"FeatureGroupName": "-"}, "at 'featureGroupName' failed to satisfy constraint"),
    ("missing property", {"EventTimeFeatureName": None}, "Value null at 'eventTimeFeatureName'"),
    ("name with XML characters", {"FeatureGroupName": "<&>"}, "Value '<&>' at 'featureGroupName'"),
    ("unknown property", {"Color": "red"}, "(#: extraneous key [Color] is not permitted)"),
    ("read-only property", {"CreationTime": "now"}, "(#: extraneous key [CreationTime] is not permitted)"),
    (
        "member that is not in the schema",
        {"FeatureDefinitions": [*PROPERTIES["FeatureDefinitions"], AGE | {"CollectionType": "List"}]},
        "(#/FeatureDefinitions/2: extraneous key [CollectionType] is not permitted)",
    ),
    (
        "string instead of number",
        {"OnlineStoreConfig": {"TtlDuration": {"Unit": "Days", "Value": "many"}}},
        "(#/OnlineStoreConfig/TtlDuration/Value: expected type: integer, found: 'many')",
    ),
    (
        "string instead of Boolean",
        {"OnlineStoreConfig": {"EnableOnlineStore": "yes"}},
        "(#/OnlineStoreConfig/EnableOnlineStore: expected type: boolean, found: 'yes')",
    ),
    (
        "string instead of list",
        {"FeatureDefinitions": "id"},
        "(#/FeatureDefinitions: expected type: list, found: 'id')",
    ),
    (
        "list instead of structure",
        {"OnlineStoreConfig": []},
        "(#/OnlineStoreConfig: expected type: structure, found: [])",
    ),
]


@pytest.mark.parametrize(
    ("changes", "message"), [row[1:] for row in INVALID_PROPERTIES], ids=[row[0] for row in INVALID_PROPERTIES]
)
def test_create_stack_with_invalid_properties_fails(stack, changes, message):
    assert message in error_message(stack.create, **changes)
    assert stack.groups() == []


def test_create_stack_with_resource_without_properties_fails(stack):
    message = error_message(stack.create, json.dumps({"Resources": {"Group": {"Type": cloudformation.TYPE}}}))
    assert message.startswith("4 validation errors detected: Value null at 'featureGroupName'")


def test_create_stack_with_existing_group_name_fails(stack):
    stack.sagemaker.create_feature_group(**PROPERTIES)
    assert error_message(stack.create) == (
        'Resource handler returned message: "Resource Already Exists: FeatureGroup with name customers already exists.'
        ' Choose a different name." (HandlerErrorCode: AlreadyExists)'
    )


def test_create_stack_with_group_that_cannot_be_created_fails(stack, each_entry_point):
    each_entry_point("s3").create_bucket(Bucket="features")
    catalog = {"Catalog": "AwsDataCatalog", "Database": "shop", "TableName": "customers"}
    each_entry_point("glue").create_database(DatabaseInput={"Name": "shop"})
    each_entry_point("glue").create_table(DatabaseName="shop", TableInput={"Name": "customers"})
    offline = {"S3StorageConfig": {"S3Uri": "s3://features"}, "DataCatalogConfig": catalog}
    message = error_message(stack.create, OfflineStoreConfig=offline, RoleArn="arn:aws:iam::123456789012:role/features")
    assert message.startswith(
        "Resource of type 'AWS::SageMaker::FeatureGroup' with identifier 'customers' did not stabilize."
        " (HandlerErrorCode: NotStabilized): Table already exists."
    )
    assert stack.groups() == []


def test_failed_stack_can_be_deleted_and_recreated(stack):
    error_message(stack.create, OnlineStoreConfig=None)
    stack.delete()
    stack.create()
    assert stack.groups() == ["customers"]


@pytest.mark.parametrize("attribute", ["FeatureGroupArn", "Nothing"])
def test_get_att_of_unsupported_attribute_fails(stack, attribute):
    outputs = {"Value": {"Value": {"Fn::GetAtt": ["Group", attribute]}}}
    expected = f"Template error: resource FeatureGroup does not support attribute type {attribute} in Fn::GetAtt"
    assert error_message(stack.create, outputs=outputs) == expected
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["Group", attribute]}}}
    body = json.loads(template())
    body["Resources"]["Topic"] = topic | {"DependsOn": "Group"}
    stack.cloudformation.delete_stack(StackName=STACK)
    assert f"does not support attribute type {attribute} in Fn::GetAtt" in error_message(stack.create, json.dumps(body))


# Updates.


def test_update_stack_adds_features(stack):
    stack.create().update(FeatureDefinitions=[*PROPERTIES["FeatureDefinitions"], AGE])
    assert stack.group()["FeatureDefinitions"][-1] == AGE
    assert stack.status() == "UPDATE_COMPLETE"


def test_update_stack_can_set_and_change_and_remove_the_time_to_live(stack):
    def online(**time_to_live):
        return {"OnlineStoreConfig": {"EnableOnlineStore": True, **time_to_live}}

    stack.create(**online())
    stack.update(**online(TtlDuration={"Unit": "Days", "Value": "1"}))
    assert stack.group()["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Days", "Value": 1}
    stack.update(**online(TtlDuration={"Unit": "Hours", "Value": 2}))
    assert stack.group()["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Hours", "Value": 2}
    stack.update(**online())
    assert "TtlDuration" not in stack.group()["OnlineStoreConfig"]


def test_update_stack_that_changes_or_removes_throughput_sets_the_throughput_mode(stack):
    units = {"ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 2}
    stack.create()
    stack.update(ThroughputConfig={"ThroughputMode": "Provisioned", **units})
    assert stack.group()["ThroughputConfig"] == {"ThroughputMode": "Provisioned", **units}
    stack.update()
    assert stack.group()["ThroughputConfig"] == {"ThroughputMode": "OnDemand"}


def test_update_stack_with_several_kinds_of_changes_applies_all(stack):
    throughput = {
        "ThroughputMode": "Provisioned",
        "ProvisionedReadCapacityUnits": 1,
        "ProvisionedWriteCapacityUnits": 2,
    }
    online_store = {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 1}}
    stack.create()
    stack.update(
        FeatureDefinitions=[*PROPERTIES["FeatureDefinitions"], AGE],
        OnlineStoreConfig=online_store,
        ThroughputConfig=throughput,
    )
    group = stack.group()
    assert (group["OnlineStoreConfig"], group["ThroughputConfig"]) == (online_store, throughput)
    assert group["FeatureDefinitions"][-1] == AGE


def test_update_stack_whose_second_change_fails_reports_the_failure(stack):
    """moto retries an update several times. Features that were added in an earlier try are not added again."""
    message = error_message(
        stack.create().update,
        FeatureDefinitions=[*PROPERTIES["FeatureDefinitions"], AGE],
        ThroughputConfig={"ThroughputMode": "Provisioned"},
    )
    assert "The throughput mode Provisioned needs" in message


UNCHANGEABLE = [
    ("removed feature", {"FeatureDefinitions": PROPERTIES["FeatureDefinitions"]}, "[age] cannot be removed"),
    (
        "feature of another type",
        {"FeatureDefinitions": [*PROPERTIES["FeatureDefinitions"], AGE | {"FeatureType": "String"}]},
        "The feature named [age] is defined more than once.",
    ),
    ("unknown property", {"Color": "red"}, "extraneous key [Color]"),
]


@pytest.mark.parametrize(
    ("changes", "message"), [row[1:] for row in UNCHANGEABLE], ids=[row[0] for row in UNCHANGEABLE]
)
def test_update_stack_with_invalid_change_changes_nothing(stack, changes, message):
    definitions = [*PROPERTIES["FeatureDefinitions"], AGE]
    stack.create(FeatureDefinitions=definitions)
    assert message in error_message(stack.update, **changes)
    assert stack.group()["FeatureDefinitions"] == definitions


CREATE_ONLY = {
    "RecordIdentifierFeatureName": "time",
    "EventTimeFeatureName": "id",
    "OnlineStoreConfig": {"EnableOnlineStore": True, "StorageType": "InMemory"},
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://features"}},
    "RoleArn": "arn:aws:iam::123456789012:role/other",
    "Description": "Another",
    "Tags": [{"Key": "team", "Value": "risk"}],
}
ROLE = "arn:aws:iam::123456789012:role/features"


@pytest.mark.parametrize("name", CREATE_ONLY)
def test_update_stack_that_changes_a_create_only_property_requires_a_new_group_name(each_entry_point, stack, name):
    each_entry_point("s3").create_bucket(Bucket="features")
    stack.create(RoleArn=ROLE)
    changes = {"RoleArn": ROLE, name: CREATE_ONLY[name]}
    # Verbatim: https://github.com/convox/rack/issues/2941
    assert error_message(stack.update, **changes) == (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing."
        " Rename customers and update the stack again."
    )
    stack.update(FeatureGroupName="clients", **changes)
    assert stack.groups() == ["clients"]
    if name in ("RecordIdentifierFeatureName", "EventTimeFeatureName", "RoleArn", "Description"):
        assert stack.group("clients")[name] == CREATE_ONLY[name]


def test_update_stack_with_changed_group_name_replaces_the_group(stack):
    stack.create(outputs={"Name": {"Value": {"Ref": "Group"}}})
    stack.update(FeatureGroupName="clients", outputs={"Name": {"Value": {"Ref": "Group"}}})
    assert stack.groups() == ["clients"]
    assert stack.outputs() == {"Name": "clients"}


def test_update_stack_whose_replacement_fails_does_not_delete_the_old_group(stack):
    stack.create()
    assert "cannot be both disabled" in error_message(stack.update, FeatureGroupName="clients", OnlineStoreConfig=None)
    assert stack.groups() == ["customers"]


def test_update_stack_with_reordered_tags_changes_nothing(stack):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    stack.create(Tags=tags)
    stack.update(Tags=tags[::-1], FeatureDefinitions=[*PROPERTIES["FeatureDefinitions"], AGE])
    assert stack.group()["FeatureDefinitions"][-1] == AGE


def test_update_stack_with_update_replace_policy_retains_the_old_group(stack):
    policy = {"UpdateReplacePolicy": "Retain"}
    stack.create(resource_attributes=policy)
    stack.update(resource_attributes=policy, FeatureGroupName="clients")
    assert stack.groups() == ["clients", "customers"]


def test_update_stack_reverts_changes_made_outside_the_stack(stack):
    online_store = {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 1}}
    stack.create(OnlineStoreConfig=online_store)
    stack.sagemaker.update_feature_group(
        FeatureGroupName="customers", OnlineStoreConfig={"TtlDuration": {"Unit": "Days", "Value": 9}}
    )
    stack.update(OnlineStoreConfig=online_store, FeatureDefinitions=[*PROPERTIES["FeatureDefinitions"], AGE])
    assert stack.group()["OnlineStoreConfig"] == online_store


def test_update_stack_after_group_was_deleted_outside_the_stack_fails(stack):
    stack.create()
    stack.sagemaker.delete_feature_group(FeatureGroupName="customers")
    message = error_message(stack.update, FeatureDefinitions=[*PROPERTIES["FeatureDefinitions"], AGE])
    assert message == (
        "Resource handler returned message: \"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name"
        ' [customers]." (HandlerErrorCode: NotFound)'
    )


# Deletion.


def test_delete_stack_deletes_the_group(stack):
    stack.create().delete()
    assert stack.groups() == []


def test_update_stack_without_the_group_in_the_template_deletes_the_group(stack):
    stack.create().update(WITHOUT_GROUP)
    assert stack.groups() == []


def test_update_stack_that_restores_a_removed_group_in_the_template_recreates_the_group(stack):
    """This is how users replace a group under its name: https://github.com/seed-run/homepage/issues/17."""
    both = {"Topic": {"Type": "AWS::SNS::Topic"}}
    stack.create(json.dumps({"Resources": json.loads(template())["Resources"] | both}))
    stack.update(WITHOUT_GROUP)
    stack.update(Description="Another")
    assert stack.group()["Description"] == "Another"
    stack.delete()
    assert stack.groups() == []


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
@pytest.mark.parametrize("leave", [Stack.delete, lambda stack: stack.update(WITHOUT_GROUP)], ids=["stack", "resource"])
def test_delete_stack_with_deletion_policy_retain_does_not_delete_the_group(stack, policy, leave):
    stack.create(resource_attributes={"DeletionPolicy": policy})
    leave(stack)
    assert stack.groups() == ["customers"]


def test_delete_stack_with_deletion_policy_retain_added_by_update_does_not_delete_the_group(stack):
    stack.create().update(resource_attributes={"DeletionPolicy": "Retain"})
    stack.update(WITHOUT_GROUP)
    assert stack.groups() == ["customers"]


def test_delete_stack_after_group_was_deleted_outside_the_stack_succeeds(stack):
    stack.create()
    stack.sagemaker.delete_feature_group(FeatureGroupName="customers")
    stack.delete()
    assert stack.cloudformation.describe_stacks()["Stacks"] == []


# Change sets: the CDK deploys with them.


def deploy(stack, kind, body):
    stack.cloudformation.create_change_set(StackName=STACK, ChangeSetName=kind, ChangeSetType=kind, TemplateBody=body)
    described = stack.cloudformation.describe_change_set(StackName=STACK, ChangeSetName=kind)
    stack.cloudformation.execute_change_set(StackName=STACK, ChangeSetName=kind)
    return [change["ResourceChange"]["Action"] for change in described["Changes"]]


def test_execute_change_set_creates_and_updates_the_group(stack):
    cdk_metadata = {"Metadata": {"aws:cdk:path": "Shop/Group"}}
    assert deploy(stack, "CREATE", template(resource_attributes=cdk_metadata)) == ["Add"]
    assert (stack.status(), stack.groups()) == ("CREATE_COMPLETE", ["customers"])
    definitions = [*PROPERTIES["FeatureDefinitions"], AGE]
    assert deploy(stack, "UPDATE", template(resource_attributes=cdk_metadata, FeatureDefinitions=definitions)) == [
        "Modify"
    ]
    assert stack.group()["FeatureDefinitions"] == definitions
    assert stack.status() == "UPDATE_COMPLETE"


# Groups whose transitions take time.


@pytest.fixture
def transition():
    """Return a function that sets how many calls a transition takes. Undo it after the test."""
    yield lambda times: state_manager.set_transition(
        "sagemaker::feature_group", {"progression": "manual", "times": times}
    )
    state_manager.unset_transition("sagemaker::feature_group")


def test_create_stack_while_group_is_in_status_creating_returns_create_complete(stack, transition):
    """moto creates a stack within the call and cannot wait."""
    transition(times=2)
    stack.create()
    assert stack.status() == "CREATE_COMPLETE"
    assert [stack.group()["FeatureGroupStatus"] for _ in range(2)] == ["Creating", "Created"]


def test_update_stack_and_delete_stack_while_group_is_in_status_creating_fail(stack, transition):
    transition(times=99)
    stack.create()
    time_to_live = {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 1}}
    message = error_message(stack.update, OnlineStoreConfig=time_to_live)
    assert "is [Creating]; it can be updated while it is [Created]" in message
    assert "[customers] is [Creating]; it cannot be deleted." in error_message(stack.delete)
    assert stack.groups() == ["customers"]


def test_delete_stack_while_group_is_in_status_deleting_returns_delete_complete(stack, transition):
    stack.create()
    transition(times=2)
    stack.delete()
    assert stack.cloudformation.describe_stacks()["Stacks"] == []
    assert stack.sagemaker.list_feature_groups()["FeatureGroupSummaries"][0]["FeatureGroupStatus"] == "Deleting"


def test_update_stack_with_several_group_updates_does_not_wait_between_the_updates(stack, transition):
    """moto's CloudFormation cannot wait. The resource's own UpdateHandler.java waits for each update."""
    stack.create()
    transition(times=2)
    time_to_live = {"Unit": "Days", "Value": 1}
    units = {"ProvisionedReadCapacityUnits": 10, "ProvisionedWriteCapacityUnits": 20}
    stack.update(
        OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": time_to_live},
        ThroughputConfig={"ThroughputMode": "Provisioned", **units},
    )
    group = stack.group()
    assert group["OnlineStoreConfig"]["TtlDuration"] == time_to_live
    assert group["ThroughputConfig"]["ThroughputMode"] == "Provisioned"
    assert group["LastUpdateStatus"] == {"Status": "InProgress"}


def test_create_stack_whose_group_is_deleted_during_creation_fails(monkeypatch, clients):
    monkeypatch.setattr(Store, "find", lambda *_: None)
    message = error_message(Stack(clients).create)
    assert message == "The FeatureGroup named [customers] was deleted during the operation."


# Stacks of stack sets, accounts and regions.


def test_stack_set_creates_a_group_in_each_region(each_entry_point):
    client = each_entry_point("cloudformation")
    client.create_stack_set(StackSetName="shops", TemplateBody=template())
    client.create_stack_instances(StackSetName="shops", Accounts=["123456789012"], Regions=["us-east-1", "eu-west-1"])
    arn = "arn:aws:sagemaker:{}:123456789012:feature-group/customers"
    for region in ("us-east-1", "eu-west-1"):
        described = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName=arn.format(region))
        assert described["FeatureGroupArn"] == arn.format(region)


def test_group_of_a_stack_unknown_to_describe_stacks_has_no_stack_tags():
    """moto hides the stacks of stack sets that an organization manages."""
    with mock_featurestore():
        resource = cloudformation.FeatureGroupResource.create_from_cloudformation_json(
            "",
            json.loads(template())["Resources"]["Group"],
            "123456789012",
            "us-east-1",
            LogicalId="Group",
            StackId="?",
        )
        client = boto3.client("sagemaker", "us-east-1")
        arn = client.describe_feature_group(FeatureGroupName=resource.physical_resource_id)["FeatureGroupArn"]
        assert client.list_tags(ResourceArn=arn)["Tags"] == []


# The resource and its schema.


def test_supported_cloudformation_properties_match_the_resource_schema():
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # takes a second

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", cloudformation.TYPE).schema
    shape = service_model(CONTROL_PLANE).operation_model("CreateFeatureGroup").input_shape

    def members(shape):
        for name, member in getattr(shape, "members", {}).items():
            if name not in cloudformation._LACKING:
                yield name
                yield from members(getattr(member, "member", member))

    def properties(part):
        for name, value in part.get("properties", {}).items():
            yield name
            yield from properties(resolved(value.get("items", value)))

    def resolved(part):
        return schema["definitions"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part

    read_only = {path.rpartition("/")[2] for path in schema["readOnlyProperties"]}
    assert set(members(shape)) == set(properties(schema)) - read_only
    assert read_only == cloudformation._READ_ONLY
    create_only = {path.removeprefix("/properties/").partition("/")[0] for path in schema["createOnlyProperties"]}
    assert create_only == {*CREATE_ONLY, "FeatureGroupName"}


def test_create_stack_with_group_and_bucket_creates_both(stack):
    stack.create(WITHOUT_GROUP)
    assert len(stack.cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]) == 1


def test_create_stack_after_moto_cloudformation_was_imported_early_creates_the_group():
    code = f"""
import boto3
from moto import mock_aws
with mock_aws():
    client = boto3.client("cloudformation", "us-east-1")
    client.create_stack(StackName="first", TemplateBody='{WITHOUT_GROUP}')
    from moto_featurestore import mock_featurestore
    with mock_featurestore():
        client.create_stack(StackName="second", TemplateBody='{template()}')
        print(boto3.client("sagemaker", "us-east-1").list_feature_groups()["FeatureGroupSummaries"][0]["FeatureGroupName"])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["customers"]
