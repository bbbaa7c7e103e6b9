"""Search and GetSearchSuggestions: results, order, pages and other accounts. test_filters.py covers the filters."""

import pytest
from support.memory import Service

from moto_featurestore.world import Caller

CATALOG = "arn:aws:sagemaker:us-east-1:123456789012:sagemaker-catalog/DefaultFeatureGroupCatalog"
MINUTE = 60 * 10**9
TEAM = [{"Key": "team", "Value": "risk"}]


@pytest.fixture
def three_groups(service):
    for name in ("beta", "alpha", "gamma"):
        assert service.create(name, Tags=TEAM if name == "alpha" else []).status == 200
        service.world.time += MINUTE
    return service


def search(service, resource="FeatureGroup", **params):
    return service.control("Search", Resource=resource, **params)


def names(answer, resource="FeatureGroup"):
    member = "FeatureGroupName" if resource == "FeatureGroup" else "FeatureName"
    assert answer.status == 200, answer.message
    return [result[resource][member] for result in answer.body["Results"]]


def where(*filters, **more):
    return {"Filters": [dict(zip(("Name", "Operator", "Value"), item, strict=False)) for item in filters], **more}


def test_search_for_group_returns_group_description_and_tags(three_groups):
    described = three_groups.control("DescribeFeatureGroup", FeatureGroupName="alpha").body
    for member in ("ThroughputConfig", "OnlineStoreTotalSizeBytes"):  # the model's FeatureGroup lacks these members
        del described[member]
    answer = search(three_groups, SearchExpression=where(("FeatureGroupName", "Equals", "alpha")))
    assert answer.body["Results"] == [{"FeatureGroup": described | {"Tags": TEAM}}]


def test_search_for_feature_returns_feature_metadata(three_groups):
    three_groups.control(
        "UpdateFeatureMetadata",
        FeatureGroupName="alpha",
        FeatureName="city",
        Description="where",
        ParameterAdditions=[{"Key": "team", "Value": "risk"}],
    )
    described = three_groups.control("DescribeFeatureMetadata", FeatureGroupName="alpha", FeatureName="city").body
    for condition in (
        ("Parameters.team", "Equals", "risk"),
        ("AllParameters", "Contains", "eam"),
        ("Description", "Exists"),
        ("Parameters", "Exists"),
    ):
        answer = search(three_groups, "FeatureMetadata", SearchExpression=where(condition))
        assert answer.body["Results"] == [{"FeatureMetadata": described}]
    unknown = search(three_groups, "FeatureMetadata", SearchExpression=where(("Tags.team", "Equals", "risk")))
    assert unknown.message == "Unknown property name: Tags.team"


def test_search_examples_of_the_developer_guide_return_expected_groups(three_groups):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-feature-group-metadata.html
    three = [("FeatureGroupName", "Contains", "et"), ("RecordIdentifierFeatureName", "Contains", "stomer")]
    three.append(("AllTags", "Contains", "ris"))
    assert names(search(three_groups, SearchExpression=where(*three))) == []
    assert names(search(three_groups, SearchExpression=where(three[0], three[2], Operator="Or"))) == ["alpha", "beta"]
    offline_only = where(
        ("OnlineStoreConfig.EnableOnlineStore", "NotEquals", "true"),
        ("OfflineStoreConfig.S3StorageConfig.S3Uri", "Exists"),
    )
    assert names(search(three_groups, SearchExpression=offline_only)) == []
    three_groups.create(
        "archive",
        OnlineStoreConfig=None,
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://bucket/prefix"}},
        RoleArn="arn:aws:iam::123456789012:role/FeatureStoreRole",
    )
    assert names(search(three_groups, SearchExpression=offline_only)) == ["archive"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["beta", "gamma", "alpha"]),
        ({"SortOrder": "Ascending"}, ["alpha", "gamma", "beta"]),
        ({"SortBy": "LastModifiedTime"}, ["beta", "gamma", "alpha"]),
        ({"SortBy": "CreationTime"}, ["gamma", "alpha", "beta"]),
        ({"SortBy": "FeatureGroupName", "SortOrder": "Ascending"}, ["alpha", "beta", "gamma"]),
        ({"SortBy": "Tags.team"}, ["alpha", "gamma", "beta"]),
        ({"SortBy": "Tags.team", "SortOrder": "Ascending"}, ["beta", "gamma", "alpha"]),
        ({"SortBy": "OnlineStoreConfig.EnableOnlineStore"}, ["gamma", "alpha", "beta"]),
    ],
    ids=str,
)
def test_search_with_sort_by_and_sort_order_sorts_results(three_groups, params, expected):
    addition = [{"FeatureName": "more", "FeatureType": "String"}]
    assert three_groups.control("UpdateFeatureGroup", FeatureGroupName="beta", FeatureAdditions=addition).status == 200
    assert names(search(three_groups, **params)) == expected


@pytest.mark.parametrize(
    "name", ["AllTags", "FeatureDefinitions", "FeatureDefinitions.FeatureName", "OnlineStoreConfig"]
)
def test_search_with_sort_by_property_that_has_several_values_is_rejected(service, name):
    answer = search(service, SortBy=name)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert (
        answer.message == f"Validation Error: Results cannot be sorted by the property [{name}],"
        " because a result can have several values of it."
    )


def test_search_with_sort_by_unknown_property_is_rejected(service):
    assert search(service, SortBy="Size").message == "Unknown property name: Size"


def search_all_pages(service, resource, **params):
    results, token, sizes = [], None, []
    while True:
        answer = search(service, resource, **params, **({"NextToken": token} if token else {}))
        page = names(answer, resource)
        results += page
        sizes.append(len(page))
        token = answer.body.get("NextToken")
        if token is None:
            return results, sizes


@pytest.mark.parametrize(
    "params", [{}, {"SortOrder": "Ascending"}, {"SortBy": "Description"}, {"SortBy": "FeatureType"}]
)
def test_pages_of_a_search_return_all_features(service, params):
    definitions = [{"FeatureName": f"feature-{n}", "FeatureType": "Integral"} for n in range(20)]
    definitions += [{"FeatureName": name, "FeatureType": "String"} for name in ("customer_id", "event_time")]
    service.create("customers", FeatureDefinitions=definitions)
    service.create("others")
    results, sizes = search_all_pages(service, "FeatureMetadata", **params)
    assert sizes == [10, 10, 7]  # the default of 10 per page is assumed
    others = ["customer_id", "event_time", "city", "orders", "spent"]
    assert sorted(results) == sorted([definition["FeatureName"] for definition in definitions] + others)


def test_total_hits_of_a_search_are_equal_on_every_page(three_groups):
    first = search(three_groups, MaxResults=2)
    second = search(three_groups, MaxResults=2, NextToken=first.body["NextToken"])
    if "TotalHits" in first.body:  # an older botocore does not have this member
        assert first.body["TotalHits"] == second.body["TotalHits"] == {"Value": 3, "Relation": "EqualTo"}
    assert (names(first), names(second)) == (["gamma", "alpha"], ["beta"])


def test_search_with_next_token_of_another_search_is_rejected(three_groups):
    token = search(three_groups, MaxResults=1).body["NextToken"]
    answer = search(three_groups, "FeatureMetadata", NextToken=token)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert (
        answer.message
        == "Validation Error: Search did not return this NextToken for this list. Use the NextToken of the previous page."
    )


@pytest.mark.parametrize("operation", ["Search", "GetSearchSuggestions"])
def test_search_for_unsupported_resource_is_rejected(service, operation):
    answer = service.control(operation, Resource="TrainingJob")
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.message == (
        "moto_featurestore cannot search the Resource [TrainingJob]; it supports FeatureGroup and FeatureMetadata."
    )


# Other accounts.


@pytest.fixture
def consumer(three_groups):
    service = Service(three_groups.world)
    service.caller = Caller("210987654321", "us-east-1", "aws")
    service.create("own")
    return service


def test_search_of_catalog_shared_by_another_account_returns_groups_without_tags(consumer):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-discoverability-share-sagemaker-catalog.html
    assert names(search(consumer, CrossAccountFilterOption="CrossAccount")) == []
    consumer.world.shares.add((CATALOG, "210987654321"))
    answer = search(consumer, CrossAccountFilterOption="CrossAccount")
    assert names(answer) == ["gamma", "alpha", "beta"]
    assert not any("Tags" in result["FeatureGroup"] for result in answer.body["Results"])
    for option in ({}, {"CrossAccountFilterOption": "SameAccount"}):
        assert names(search(consumer, **option)) == ["own"]
    features = search(consumer, "FeatureMetadata", CrossAccountFilterOption="CrossAccount", MaxResults=100)
    assert len(features.body["Results"]) == 15


def test_search_does_not_return_a_group_that_is_shared_without_its_catalog(consumer):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access-online-store-share-feature-group.html
    consumer.world.shares.add(("arn:aws:sagemaker:us-east-1:123456789012:feature-group/beta", "210987654321"))
    assert names(search(consumer, CrossAccountFilterOption="CrossAccount")) == []


@pytest.mark.parametrize("name", ["Tags", "AllTags", "Tags.team"])
def test_search_across_accounts_with_filter_on_tags_is_rejected(consumer, name):
    expression = where((name, "Exists"))
    answer = search(consumer, CrossAccountFilterOption="CrossAccount", SearchExpression=expression)
    assert (answer.status, answer.message) == (400, f"Unknown property name: {name}")


# VisibilityConditions.


def test_visibility_condition_of_search_hides_groups_with_another_tag_value(three_groups):
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VisibilityConditions.html
    three_groups.create("delta", Tags=[{"Key": "team", "Value": "sales"}])
    visible = search(three_groups, VisibilityConditions=[{"Key": "Tags.team", "Value": "risk"}])
    assert names(visible) == ["gamma", "alpha", "beta"]
    expression = where(("Tags.team", "Exists"))
    both = search(
        three_groups, VisibilityConditions=[{"Key": "Tags.team", "Value": "risk"}], SearchExpression=expression
    )
    assert names(both) == ["alpha"]


@pytest.mark.parametrize("condition", [{}, {"Key": "team", "Value": "risk"}, {"Key": "Tags.team"}], ids=str)
def test_search_with_incomplete_visibility_condition_is_rejected(service, condition):
    answer = search(service, VisibilityConditions=[condition])
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.message == (
        "Validation Error: Each of the VisibilityConditions needs a Key of the form Tags.<key> and a Value."
    )


def test_search_for_features_with_visibility_condition_is_rejected(service):
    answer = search(service, "FeatureMetadata", VisibilityConditions=[{"Key": "Tags.team", "Value": "risk"}])
    assert answer.message == "Unknown property name: Tags.team"


# GetSearchSuggestions.


def suggestions(service, hint=None, resource="FeatureGroup"):
    query = {} if hint is None else {"SuggestionQuery": {"PropertyNameQuery": {"PropertyNameHint": hint}}}
    answer = service.control("GetSearchSuggestions", Resource=resource, **query)
    return [suggestion["PropertyName"] for suggestion in answer.body["PropertyNameSuggestions"]]


@pytest.mark.parametrize(
    ("resource", "hint", "expected"),
    [
        ("FeatureGroup", "FeatureGroup", ["FeatureGroupArn", "FeatureGroupName", "FeatureGroupStatus"]),
        ("FeatureGroup", "Tags", ["Tags", "Tags.team"]),
        ("FeatureGroup", "All", ["AllTags"]),
        ("FeatureGroup", "tags", []),
        ("FeatureMetadata", "All", ["AllParameters"]),
        ("FeatureMetadata", "Feature", ["FeatureGroupArn", "FeatureGroupName", "FeatureName", "FeatureType"]),
    ],
)
def test_search_suggestions_for_a_hint_begin_with_the_hint(three_groups, resource, hint, expected):
    assert suggestions(three_groups, hint, resource) == expected


def test_search_suggestions_include_existing_feature_parameters(three_groups):
    three_groups.control(
        "UpdateFeatureMetadata",
        FeatureGroupName="alpha",
        FeatureName="city",
        ParameterAdditions=[{"Key": "team", "Value": "risk"}],
    )
    assert suggestions(three_groups, "Parameters", "FeatureMetadata") == ["Parameters", "Parameters.team"]


def test_search_suggestions_without_hint_are_all_valid_in_a_search(three_groups):
    every = suggestions(three_groups)
    assert len(every) == len(set(every)) > 20
    assert suggestions(three_groups, "") == every
    for name in every:
        assert search(three_groups, SearchExpression=where((name, "Exists"))).status == 200
