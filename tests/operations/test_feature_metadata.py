"""UpdateFeatureMetadata and DescribeFeatureMetadata. The order of parameters: asserted by the SageMaker Python SDK's
integration tests; texts assumed."""

import pytest


def update(service, feature="city", **changes):
    return service.control("UpdateFeatureMetadata", FeatureGroupName="customers", FeatureName=feature, **changes)


def describe(service, feature="city"):
    return service.control("DescribeFeatureMetadata", FeatureGroupName="customers", FeatureName=feature)


def parameters(**values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


@pytest.fixture
def customers(service):
    service.create("customers")
    return service


def test_a_feature_has_metadata_from_its_creation(customers):
    described = describe(customers).body
    times = described.pop("CreationTime"), described.pop("LastModifiedTime")
    assert times == (1_790_000_000.0, 1_790_000_000.0)
    assert described == {
        "FeatureGroupArn": "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers",
        "FeatureGroupName": "customers",
        "FeatureName": "city",
        "FeatureType": "String",
        "Parameters": [],
    }


def test_parameters_keep_the_order_of_their_addition(customers):
    customers.world.time += 10**9
    assert update(customers, Description="where", ParameterAdditions=parameters(b="1", a="2")).status == 200
    assert update(customers, ParameterAdditions=parameters(c="3"), ParameterRemovals=["b", "none"]).status == 200
    described = describe(customers).body
    assert described["Parameters"] == parameters(a="2", c="3")
    assert described["Description"] == "where"
    assert described["LastModifiedTime"] == described["CreationTime"] + 1


def test_empty_lists_are_accepted(customers):
    assert update(customers, ParameterAdditions=[], ParameterRemovals=[]).status == 200


def test_a_feature_has_25_parameters_at_most(customers):
    assert update(customers, ParameterAdditions=parameters(**{f"p{i}": "x" for i in range(25)})).status == 200
    answer = update(customers, ParameterAdditions=parameters(one="more"))
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert "26 parameters; the limit is 25" in answer.message
    assert update(customers, ParameterAdditions=parameters(one="more"), ParameterRemovals=["p0"]).status == 200


def test_a_parameter_has_a_key_and_a_value(customers):
    assert "needs both Key and Value" in update(customers, ParameterAdditions=[{"Key": "k"}]).message


def test_a_feature_that_is_not_there_is_not_found(customers):
    for answer in (describe(customers, "nothing"), update(customers, "nothing")):
        assert (answer.status, answer.code) == (400, "ResourceNotFound")
        assert "[nothing]" in answer.message
