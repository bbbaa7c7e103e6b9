"""Feature groups in moto's Resource Groups Tagging API, in process and in the server.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html says which filters there are.
"""

import pytest
from botocore.exceptions import ClientError

TYPE = "sagemaker:feature-group"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/{}"


def create(client, name, **tags):
    client.create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="id",
        FeatureDefinitions=[{"FeatureName": "id", "FeatureType": "String"}],
        OnlineStoreConfig={"EnableOnlineStore": True},
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


@pytest.fixture
def tagging(border):
    """The tagging API, over two groups with tags and one without."""
    create(border("sagemaker"), "customers", team="risk", stage="prod")
    create(border("sagemaker"), "orders", team="shop")
    create(border("sagemaker"), "untagged")
    return border("resourcegroupstaggingapi")


def found(tagging, **filters):
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
def test_groups_are_found_by(tagging, filters, expected):
    assert set(found(tagging, **filters)) == expected


def test_a_resource_comes_with_all_its_tags(tagging):
    tags = found(tagging, ResourceARNList=[ARN.format("customers")])["customers"]
    assert tags == [{"Key": "team", "Value": "risk"}, {"Key": "stage", "Value": "prod"}]


def test_groups_are_found_beside_other_resources_and_page_by_page(border, tagging):
    border("sqs").create_queue(QueueName="queue", tags={"team": "risk"})
    pages = tagging.get_paginator("get_resources").paginate(ResourcesPerPage=1, TagFilters=[{"Key": "team"}])
    listed = [resource["ResourceARN"] for page in pages for resource in page["ResourceTagMappingList"]]
    assert sorted(listed) == [
        ARN.format("customers"),
        ARN.format("orders"),
        "arn:aws:sqs:us-east-1:123456789012:queue",
    ]


def test_keys_and_values_are_listed(tagging):
    assert sorted(tagging.get_tag_keys()["TagKeys"]) == ["stage", "team", "team"]
    assert sorted(tagging.get_tag_values(Key="team")["TagValues"]) == ["risk", "shop"]
    assert tagging.get_tag_values(Key="stage")["TagValues"] == ["prod"]


def test_the_view_is_live(border, tagging):
    sagemaker = border("sagemaker")
    sagemaker.add_tags(ResourceArn=ARN.format("untagged"), Tags=[{"Key": "team", "Value": "new"}])
    sagemaker.delete_tags(ResourceArn=ARN.format("orders"), TagKeys=["team"])
    assert set(found(tagging)) == {"customers", "untagged"}
    sagemaker.delete_feature_group(FeatureGroupName="customers")
    assert set(found(tagging)) == {"untagged"}


def test_groups_of_another_region_are_not_found(border, tagging):
    from boto3 import client

    url = tagging.meta.endpoint_url
    options = {"endpoint_url": url} if "amazonaws" not in url else {}
    elsewhere = client("resourcegroupstaggingapi", "eu-west-1", **options)
    assert elsewhere.get_resources()["ResourceTagMappingList"] == []


# Changes.


def tags_of(border, name):
    listed = border("sagemaker").list_tags(ResourceArn=ARN.format(name))["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def test_groups_are_tagged_and_untagged(border, tagging):
    arns = [ARN.format("customers"), ARN.format("untagged")]
    assert tagging.tag_resources(ResourceARNList=arns, Tags={"team": "all", "cost": "7"})["FailedResourcesMap"] == {}
    assert tags_of(border, "customers") == {"team": "all", "stage": "prod", "cost": "7"}
    assert tags_of(border, "untagged") == {"team": "all", "cost": "7"}
    assert tagging.untag_resources(ResourceARNList=arns, TagKeys=["team", "nothing"])["FailedResourcesMap"] == {}
    assert tags_of(border, "customers") == {"stage": "prod", "cost": "7"}


def test_what_fails_is_told_and_the_rest_is_done(border, tagging):
    arns = [ARN.format("customers"), ARN.format("nothing"), "arn:aws:nothing:us-east-1:123456789012:thing"]
    failed = tagging.tag_resources(ResourceARNList=arns, Tags={"cost": "7"})["FailedResourcesMap"]
    assert failed[ARN.format("nothing")] == {
        "StatusCode": 400,
        "ErrorCode": "InvalidParameterException",
        "ErrorMessage": "ResourceNotFound: Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name"
        f" [{ARN.format('nothing')}].",
    }
    assert set(failed) == set(arns[1:])
    assert tags_of(border, "customers")["cost"] == "7"
    failed = tagging.untag_resources(ResourceARNList=arns, TagKeys=["cost"])["FailedResourcesMap"]
    assert set(failed) == set(arns[1:])
    assert "cost" not in tags_of(border, "customers")


def test_the_limit_of_tags_holds(border, tagging):
    tags = {f"t{number}": "x" for number in range(50)}
    failed = tagging.tag_resources(ResourceARNList=[ARN.format("customers")], Tags=tags)["FailedResourcesMap"]
    assert "52 tags; the limit is 50" in failed[ARN.format("customers")]["ErrorMessage"]
    assert tags_of(border, "customers") == {"team": "risk", "stage": "prod"}


def test_other_resources_are_moto_s(border, tagging):
    table = border("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = table["TableDescription"]["TableArn"]
    assert tagging.tag_resources(ResourceARNList=[arn], Tags={"cost": "7"})["FailedResourcesMap"] == {}
    assert set(found(tagging, TagFilters=[{"Key": "cost"}])) == {"table"}


def test_a_token_that_moto_does_not_know_is_refused(tagging):
    with pytest.raises(ClientError, match="PaginationTokenExpiredException"):
        tagging.get_resources(PaginationToken="x")


@pytest.mark.parametrize(
    ("operation", "params"),
    [("list_tags", {}), ("add_tags", {"Tags": [{"Key": "a", "Value": "b"}]}), ("delete_tags", {"TagKeys": ["a"]})],
)
def test_arn_with_a_colon_in_the_name_is_not_found(operation, params, border):
    """The model's pattern of ResourceArn allows it. No group can have that name. The error is assumed."""
    with pytest.raises(ClientError, match=r"\(ResourceNotFound\).*can't find a FeatureGroup"):
        getattr(border("sagemaker"), operation)(ResourceArn=ARN.format("g:x"), **params)
