"""UpdateFeatureMetadata and DescribeFeatureMetadata.

The integration tests of the SageMaker Python SDK assert the order of parameters. The error texts are assumed.
"""

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


def test_describe_feature_metadata_of_new_feature_returns_no_parameters(customers):
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


def test_update_feature_metadata_stores_parameters_in_insertion_order(customers):
    customers.world.time += 10**9
    assert update(customers, Description="where", ParameterAdditions=parameters(b="1", a="2")).status == 200
    assert update(customers, ParameterAdditions=parameters(c="3"), ParameterRemovals=["b", "none"]).status == 200
    described = describe(customers).body
    assert described["Parameters"] == parameters(a="2", c="3")
    assert described["Description"] == "where"
    assert described["LastModifiedTime"] == described["CreationTime"] + 1


def test_update_feature_metadata_with_empty_lists_is_accepted(customers):
    assert update(customers, ParameterAdditions=[], ParameterRemovals=[]).status == 200


def test_update_feature_metadata_with_more_than_25_parameters_is_rejected(customers):
    assert update(customers, ParameterAdditions=parameters(**{f"p{i}": "x" for i in range(25)})).status == 200
    answer = update(customers, ParameterAdditions=parameters(one="more"))
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert "26 parameters; the limit is 25" in answer.message
    assert update(customers, ParameterAdditions=parameters(one="more"), ParameterRemovals=["p0"]).status == 200


def test_update_feature_metadata_with_parameter_without_value_is_rejected(customers):
    assert "must have both Key and Value" in update(customers, ParameterAdditions=[{"Key": "k"}]).message


def test_feature_metadata_operation_on_unknown_feature_returns_not_found(customers):
    for answer in (describe(customers, "nothing"), update(customers, "nothing")):
        assert (answer.status, answer.code) == (400, "ResourceNotFound")
        assert "[nothing]" in answer.message
