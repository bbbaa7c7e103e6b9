"""Feature groups in moto's Resource Groups Tagging API, in process and in the server.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html documents the filters.
"""

import pytest
from botocore.exceptions import ClientError
from support.groups import group_parameters

TYPE = "sagemaker:feature-group"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/{}"


def create(client, name, **tags):
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    client.create_feature_group(**group_parameters(name, {"id": "String"}, Tags=listed))


@pytest.fixture
def tagging(each_entry_point):
    """Return a client of the tagging API. Two groups with tags and one without exist."""
    create(each_entry_point("sagemaker"), "customers", team="risk", stage="prod")
    create(each_entry_point("sagemaker"), "orders", team="shop")
    create(each_entry_point("sagemaker"), "untagged")
    return each_entry_point("resourcegroupstaggingapi")


def tagged_resources(tagging, **filters):
    listed = tagging.get_resources(**filters)["ResourceTagMappingList"]
    return {resource["ResourceARN"].rpartition("/")[2]: resource["Tags"] for resource in listed}


FILTERS = [
    ("none", {}, {"customers", "orders"}),
    ("the type", {"ResourceTypeFilters": [TYPE]}, {"customers", "orders"}),
    ("the service", {"ResourceTypeFilters": ["sagemaker"]}, {"customers", "orders"}),
    ("one type of several", {"ResourceTypeFilters": ["sqs", TYPE]}, {"customers", "orders"}),
    ("another type", {"ResourceTypeFilters": ["sagemaker:endpoint"]}, set()),
    ("a key", {"TagFilters": [{"Key": "stage"}]}, {"customers"}),
    ("a value", {"TagFilters": [{"Key": "team", "Values": ["shop"]}]}, {"orders"}),
    ("one of some values", {"TagFilters": [{"Key": "team", "Values": ["shop", "risk"]}]}, {"customers", "orders"}),
    ("two tags", {"TagFilters": [{"Key": "team", "Values": ["risk"]}, {"Key": "stage"}]}, {"customers"}),
    ("two tags, one unmet", {"TagFilters": [{"Key": "team"}, {"Key": "nothing"}]}, set()),
    ("an ARN", {"ResourceARNList": [ARN.format("orders")]}, {"orders"}),
    ("an ARN of nothing", {"ResourceARNList": [ARN.format("nothing")]}, set()),
    ("an ARN of a group without tags", {"ResourceARNList": [ARN.format("untagged")]}, set()),
]


@pytest.mark.parametrize(("filters", "expected"), [row[1:] for row in FILTERS], ids=[row[0] for row in FILTERS])
def test_get_resources_filters_groups_by_tags_types_and_arns(tagging, filters, expected):
    assert set(tagged_resources(tagging, **filters)) == expected


def test_get_resources_returns_all_tags_of_a_group_that_matches_one_tag(tagging):
    tags = tagged_resources(tagging, ResourceARNList=[ARN.format("customers")])["customers"]
    assert tags == [{"Key": "team", "Value": "risk"}, {"Key": "stage", "Value": "prod"}]


def test_get_resources_pages_contain_groups_and_resources_of_other_services(each_entry_point, tagging):
    each_entry_point("sqs").create_queue(QueueName="queue", tags={"team": "risk"})
    pages = tagging.get_paginator("get_resources").paginate(ResourcesPerPage=1, TagFilters=[{"Key": "team"}])
    listed = [resource["ResourceARN"] for page in pages for resource in page["ResourceTagMappingList"]]
    assert sorted(listed) == [
        ARN.format("customers"),
        ARN.format("orders"),
        "arn:aws:sqs:us-east-1:123456789012:queue",
    ]


def test_get_tag_keys_and_values_include_groups(tagging):
    assert sorted(tagging.get_tag_keys()["TagKeys"]) == ["stage", "team", "team"]
    assert sorted(tagging.get_tag_values(Key="team")["TagValues"]) == ["risk", "shop"]
    assert tagging.get_tag_values(Key="stage")["TagValues"] == ["prod"]


def test_get_resources_after_tag_changes_returns_current_tags(each_entry_point, tagging):
    sagemaker = each_entry_point("sagemaker")
    sagemaker.add_tags(ResourceArn=ARN.format("untagged"), Tags=[{"Key": "team", "Value": "new"}])
    sagemaker.delete_tags(ResourceArn=ARN.format("orders"), TagKeys=["team"])
    assert set(tagged_resources(tagging)) == {"customers", "untagged"}
    sagemaker.delete_feature_group(FeatureGroupName="customers")
    assert set(tagged_resources(tagging)) == {"untagged"}


def test_get_resources_in_region_without_groups_returns_an_empty_list(each_entry_point, tagging):
    from boto3 import client

    url = tagging.meta.endpoint_url
    options = {"endpoint_url": url} if "amazonaws" not in url else {}
    elsewhere = client("resourcegroupstaggingapi", "eu-west-1", **options)
    assert elsewhere.get_resources()["ResourceTagMappingList"] == []


# Changes.


def tags_of(each_entry_point, name):
    listed = each_entry_point("sagemaker").list_tags(ResourceArn=ARN.format(name))["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def test_tag_resources_and_untag_resources_change_the_tags_of_groups(each_entry_point, tagging):
    arns = [ARN.format("customers"), ARN.format("untagged")]
    assert tagging.tag_resources(ResourceARNList=arns, Tags={"team": "all", "cost": "7"})["FailedResourcesMap"] == {}
    assert tags_of(each_entry_point, "customers") == {"team": "all", "stage": "prod", "cost": "7"}
    assert tags_of(each_entry_point, "untagged") == {"team": "all", "cost": "7"}
    assert tagging.untag_resources(ResourceARNList=arns, TagKeys=["team", "nothing"])["FailedResourcesMap"] == {}
    assert tags_of(each_entry_point, "customers") == {"stage": "prod", "cost": "7"}


def test_tag_resources_with_missing_group_reports_failure_and_tags_existing_groups(each_entry_point, tagging):
    arns = [ARN.format("customers"), ARN.format("nothing"), "arn:aws:nothing:us-east-1:123456789012:thing"]
    failed = tagging.tag_resources(ResourceARNList=arns, Tags={"cost": "7"})["FailedResourcesMap"]
    assert failed[ARN.format("nothing")] == {
        "StatusCode": 400,
        "ErrorCode": "InvalidParameterException",
        "ErrorMessage": "ResourceNotFound: Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name"
        f" [{ARN.format('nothing')}].",
    }
    assert set(failed) == set(arns[1:])
    assert tags_of(each_entry_point, "customers")["cost"] == "7"
    failed = tagging.untag_resources(ResourceARNList=arns, TagKeys=["cost"])["FailedResourcesMap"]
    assert set(failed) == set(arns[1:])
    assert "cost" not in tags_of(each_entry_point, "customers")


def test_tag_resources_with_more_tags_than_the_limit_fails(each_entry_point, tagging):
    tags = {f"t{number}": "x" for number in range(50)}
    failed = tagging.tag_resources(ResourceARNList=[ARN.format("customers")], Tags=tags)["FailedResourcesMap"]
    assert "52 tags; the limit is 50" in failed[ARN.format("customers")]["ErrorMessage"]
    assert tags_of(each_entry_point, "customers") == {"team": "risk", "stage": "prod"}


def test_tag_resources_for_another_service_is_handled_by_moto(each_entry_point, tagging):
    table = each_entry_point("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = table["TableDescription"]["TableArn"]
    assert tagging.tag_resources(ResourceARNList=[arn], Tags={"cost": "7"})["FailedResourcesMap"] == {}
    assert set(tagged_resources(tagging, TagFilters=[{"Key": "cost"}])) == {"table"}


def test_get_resources_with_unknown_pagination_token_is_rejected(tagging):
    with pytest.raises(ClientError, match="PaginationTokenExpiredException"):
        tagging.get_resources(PaginationToken="x")


@pytest.mark.parametrize(
    ("operation", "params"),
    [("list_tags", {}), ("add_tags", {"Tags": [{"Key": "a", "Value": "b"}]}), ("delete_tags", {"TagKeys": ["a"]})],
)
def test_tag_operations_for_arn_with_colon_in_group_name_return_resource_not_found(operation, params, each_entry_point):
    """The model's pattern of ResourceArn allows it. No group can have that name. The error is assumed."""
    with pytest.raises(ClientError, match=r"\(ResourceNotFound\).*can't find a FeatureGroup"):
        getattr(each_entry_point("sagemaker"), operation)(ResourceArn=ARN.format("g:x"), **params)
