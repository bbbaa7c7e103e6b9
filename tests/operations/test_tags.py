"""Tags of feature groups; those of other resources are moto's, which the doors' tests show."""

import pytest

ARN = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"


def tags(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def tagged(service):
    service.create("customers", Tags=tags(team="risk", stage="test"))
    return service


def test_tags_are_there_from_the_creation(tagged):
    assert tagged.control("ListTags", ResourceArn=ARN).body == {"Tags": tags(team="risk", stage="test")}


def test_tags_are_added_and_changed(tagged):
    answer = tagged.control("AddTags", ResourceArn=ARN, Tags=tags(stage="prod", owner="ada"))
    assert answer.body == {"Tags": tags(team="risk", stage="prod", owner="ada")}
    assert tagged.control("ListTags", ResourceArn=ARN).body == answer.body


def test_tags_are_deleted_and_what_is_not_there_is_passed_over(tagged):
    assert tagged.control("DeleteTags", ResourceArn=ARN, TagKeys=["team", "nothing"]).status == 200
    assert tagged.control("ListTags", ResourceArn=ARN).body == {"Tags": tags(stage="test")}


def test_tags_are_listed_page_by_page(tagged):
    tagged.control("AddTags", ResourceArn=ARN, Tags=tags(**{f"t{i}": "x" for i in range(48)}))
    page = tagged.control("ListTags", ResourceArn=ARN, MaxResults=50).body
    assert len(page["Tags"]) == 50
    assert "NextToken" not in page
    tagged.world.store("123456789012", "us-east-1").groups["customers"].tags["one"] = "more"
    page = tagged.control("ListTags", ResourceArn=ARN).body
    rest = tagged.control("ListTags", ResourceArn=ARN, NextToken=page["NextToken"]).body
    assert rest == {"Tags": tags(one="more")}


def test_a_group_has_fifty_tags_at_most(tagged):
    answer = tagged.control("AddTags", ResourceArn=ARN, Tags=tags(**{f"t{i}": "x" for i in range(49)}))
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert "51 tags; the limit is 50" in answer.message
    assert len(tagged.control("ListTags", ResourceArn=ARN).body["Tags"]) == 2


@pytest.mark.parametrize("operation", ["ListTags", "AddTags", "DeleteTags"])
def test_a_group_that_does_not_exist_has_no_tags(service, operation):
    answer = service.control(operation, ResourceArn=ARN, Tags=tags(a="b"), TagKeys=["a"])
    assert (answer.status, answer.code) == (400, "ResourceNotFound")


def test_a_token_of_another_list_is_refused(tagged):
    assert tagged.control("ListTags", ResourceArn=ARN, NextToken="x").code == "ValidationException"
