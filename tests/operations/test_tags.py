"""Tags of feature groups. The tests of the entry points cover the tags of other resources, which moto handles."""

import pytest

ARN = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"


def tags(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def with_tags(service):
    service.create("customers", Tags=tags(team="risk", stage="test"))
    return service


def test_list_tags_after_create_feature_group_with_tags_returns_the_tags(with_tags):
    assert with_tags.control("ListTags", ResourceArn=ARN).body == {"Tags": tags(team="risk", stage="test")}


def test_add_tags_adds_and_changes_tags(with_tags):
    answer = with_tags.control("AddTags", ResourceArn=ARN, Tags=tags(stage="prod", owner="ada"))
    assert answer.body == {"Tags": tags(team="risk", stage="prod", owner="ada")}
    assert with_tags.control("ListTags", ResourceArn=ARN).body == answer.body


def test_delete_tags_ignores_missing_keys(with_tags):
    assert with_tags.control("DeleteTags", ResourceArn=ARN, TagKeys=["team", "nothing"]).status == 200
    assert with_tags.control("ListTags", ResourceArn=ARN).body == {"Tags": tags(stage="test")}


def test_list_tags_returns_tags_in_pages(with_tags):
    with_tags.control("AddTags", ResourceArn=ARN, Tags=tags(**{f"t{i}": "x" for i in range(48)}))
    page = with_tags.control("ListTags", ResourceArn=ARN, MaxResults=50).body
    assert len(page["Tags"]) == 50
    assert "NextToken" not in page
    with_tags.world.store("123456789012", "us-east-1").groups["customers"].tags["one"] = "more"
    page = with_tags.control("ListTags", ResourceArn=ARN).body
    rest = with_tags.control("ListTags", ResourceArn=ARN, NextToken=page["NextToken"]).body
    assert rest == {"Tags": tags(one="more")}


def test_add_tags_with_more_than_50_tags_is_rejected(with_tags):
    answer = with_tags.control("AddTags", ResourceArn=ARN, Tags=tags(**{f"t{i}": "x" for i in range(49)}))
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert "51 tags; the limit is 50" in answer.message
    assert len(with_tags.control("ListTags", ResourceArn=ARN).body["Tags"]) == 2


@pytest.mark.parametrize("operation", ["ListTags", "AddTags", "DeleteTags"])
def test_tag_operations_on_unknown_group_return_resource_not_found(service, operation):
    answer = service.control(operation, ResourceArn=ARN, Tags=tags(a="b"), TagKeys=["a"])
    assert (answer.status, answer.code) == (400, "ResourceNotFound")


def test_list_tags_with_malformed_next_token_is_rejected(with_tags):
    assert with_tags.control("ListTags", ResourceArn=ARN, NextToken="x").code == "ValidationException"
