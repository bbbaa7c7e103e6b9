"""Lookup of feature groups by name and by ARN."""

ARN = "arn:aws:sagemaker:eu-west-1:210987654321:feature-group/customers"


def test_function_locate_with_arn_of_another_account_and_region_returns_that_group(service):
    home = service.caller
    service.caller = type(home)("210987654321", "eu-west-1", "aws")
    assert service.create("customers").body == {"FeatureGroupArn": ARN}
    service.caller = home
    assert service.control("DescribeFeatureGroup", FeatureGroupName=ARN).body["FeatureGroupArn"] == ARN
    assert service.control("DescribeFeatureGroup", FeatureGroupName="customers").code == "ResourceNotFound"
    assert service.get(ARN, "1").status == 200
    assert service.get("customers", "1").code == "ValidationError"


def test_function_locate_with_group_name_is_case_sensitive(service):
    service.create("customers")
    service.create("Customers")
    service.put("Customers", {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"})
    assert service.get("customers", "1").body["Record"] is None
    arn = service.control("DescribeFeatureGroup", FeatureGroupName="Customers").body["FeatureGroupArn"]
    assert arn.endswith(":feature-group/Customers")
