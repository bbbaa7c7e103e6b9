"""Search and GetSearchSuggestions: results, order, pages, other accounts; the filters have their own tests."""

import pytest
from support.memory import Service

from moto_featurestore.world import Caller

CATALOG = "arn:aws:sagemaker:us-east-1:123456789012:sagemaker-catalog/DefaultFeatureGroupCatalog"
MINUTE = 60 * 10**9
TEAM = [{"Key": "team", "Value": "risk"}]


@pytest.fixture
def several(service):
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
    return {"Filters": [dict(zip(("Name", "Operator", "Value"), given, strict=False)) for given in filters], **more}


def test_a_group_is_found_as_it_is_described_with_its_tags(several):
    described = several.control("DescribeFeatureGroup", FeatureGroupName="alpha").body
    for member in ("ThroughputConfig", "OnlineStoreTotalSizeBytes"):  # no members of the model's FeatureGroup
        del described[member]
    answer = search(several, SearchExpression=where(("FeatureGroupName", "Equals", "alpha")))
    assert answer.body["Results"] == [{"FeatureGroup": described | {"Tags": TEAM}}]


def test_a_feature_is_found_as_it_is_described(several):
    several.control(
        "UpdateFeatureMetadata",
        FeatureGroupName="alpha",
        FeatureName="city",
        Description="where",
        ParameterAdditions=[{"Key": "team", "Value": "risk"}],
    )
    described = several.control("DescribeFeatureMetadata", FeatureGroupName="alpha", FeatureName="city").body
    for given in (
        ("Parameters.team", "Equals", "risk"),
        ("AllParameters", "Contains", "eam"),
        ("Description", "Exists"),
        ("Parameters", "Exists"),
    ):
        answer = search(several, "FeatureMetadata", SearchExpression=where(given))
        assert answer.body["Results"] == [{"FeatureMetadata": described}]
    unknown = search(several, "FeatureMetadata", SearchExpression=where(("Tags.team", "Equals", "risk")))
    assert unknown.message == "Unknown property name: Tags.team"


def test_both_operators_and_all_of_the_guide_s_examples(several):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-search-feature-group-metadata.html
    three = [("FeatureGroupName", "Contains", "et"), ("RecordIdentifierFeatureName", "Contains", "stomer")]
    three.append(("AllTags", "Contains", "ris"))
    assert names(search(several, SearchExpression=where(*three))) == []
    assert names(search(several, SearchExpression=where(three[0], three[2], Operator="Or"))) == ["alpha", "beta"]
    offline_only = where(
        ("OnlineStoreConfig.EnableOnlineStore", "NotEquals", "true"),
        ("OfflineStoreConfig.S3StorageConfig.S3Uri", "Exists"),
    )
    assert names(search(several, SearchExpression=offline_only)) == []
    several.create(
        "archive",
        OnlineStoreConfig=None,
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://bucket/prefix"}},
        RoleArn="arn:aws:iam::123456789012:role/FeatureStoreRole",
    )
    assert names(search(several, SearchExpression=offline_only)) == ["archive"]


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
def test_results_are_sorted(several, params, expected):
    addition = [{"FeatureName": "more", "FeatureType": "String"}]
    assert several.control("UpdateFeatureGroup", FeatureGroupName="beta", FeatureAdditions=addition).status == 200
    assert names(search(several, **params)) == expected


@pytest.mark.parametrize(
    "name", ["AllTags", "FeatureDefinitions", "FeatureDefinitions.FeatureName", "OnlineStoreConfig"]
)
def test_results_cannot_be_sorted_by_what_has_no_single_value(service, name):
    answer = search(service, SortBy=name)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert (
        answer.message
        == f"Validation Error: Results cannot be sorted by the property [{name}]: it has no single value."
    )


def test_results_cannot_be_sorted_by_what_is_unknown(service):
    assert search(service, SortBy="Size").message == "Unknown property name: Size"


def pages_of(service, resource, **params):
    found, token, sizes = [], None, []
    while True:
        answer = search(service, resource, **params, **({"NextToken": token} if token else {}))
        page = names(answer, resource)
        found += page
        sizes.append(len(page))
        token = answer.body.get("NextToken")
        if token is None:
            return found, sizes


@pytest.mark.parametrize(
    "params", [{}, {"SortOrder": "Ascending"}, {"SortBy": "Description"}, {"SortBy": "FeatureType"}]
)
def test_features_are_found_page_by_page(service, params):
    definitions = [{"FeatureName": f"feature-{n}", "FeatureType": "Integral"} for n in range(20)]
    definitions += [{"FeatureName": name, "FeatureType": "String"} for name in ("customer_id", "event_time")]
    service.create("customers", FeatureDefinitions=definitions)
    service.create("others")
    found, sizes = pages_of(service, "FeatureMetadata", **params)
    assert sizes == [10, 10, 7]  # ten a page unless asked otherwise: assumed
    others = ["customer_id", "event_time", "city", "orders", "spent"]
    assert sorted(found) == sorted([definition["FeatureName"] for definition in definitions] + others)


def test_the_hits_are_counted_on_every_page(several):
    first = search(several, MaxResults=2)
    second = search(several, MaxResults=2, NextToken=first.body["NextToken"])
    if "TotalHits" in first.body:  # the installed botocore knows them
        assert first.body["TotalHits"] == second.body["TotalHits"] == {"Value": 3, "Relation": "EqualTo"}
    assert (names(first), names(second)) == (["gamma", "alpha"], ["beta"])


def test_a_token_of_another_search_is_refused(several):
    token = search(several, MaxResults=1).body["NextToken"]
    answer = search(several, "FeatureMetadata", NextToken=token)
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.message == "Validation Error: NextToken is not one that Search has returned for this list."


@pytest.mark.parametrize("operation", ["Search", "GetSearchSuggestions"])
def test_other_resources_are_not_searched_here(service, operation):
    answer = service.control(operation, Resource="TrainingJob")
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.message == (
        "moto_featurestore cannot search the Resource [TrainingJob]; it supports FeatureGroup and FeatureMetadata."
    )


# Other accounts.


@pytest.fixture
def consumer(several):
    service = Service(several.world)
    service.caller = Caller("210987654321", "us-east-1", "aws")
    service.create("own")
    return service


def test_groups_of_an_account_that_shares_its_catalog_are_found_without_their_tags(consumer):
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


def test_a_group_that_is_shared_alone_is_not_found(consumer):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-access-online-store-share-feature-group.html
    consumer.world.shares.add(("arn:aws:sagemaker:us-east-1:123456789012:feature-group/beta", "210987654321"))
    assert names(search(consumer, CrossAccountFilterOption="CrossAccount")) == []


@pytest.mark.parametrize("name", ["Tags", "AllTags", "Tags.team"])
def test_tags_of_other_accounts_cannot_be_asked_for(consumer, name):
    expression = where((name, "Exists"))
    answer = search(consumer, CrossAccountFilterOption="CrossAccount", SearchExpression=expression)
    assert (answer.status, answer.message) == (400, f"Unknown property name: {name}")


# VisibilityConditions.


def test_what_has_a_tag_of_another_value_is_not_visible(several):
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VisibilityConditions.html
    several.create("delta", Tags=[{"Key": "team", "Value": "sales"}])
    visible = search(several, VisibilityConditions=[{"Key": "Tags.team", "Value": "risk"}])
    assert names(visible) == ["gamma", "alpha", "beta"]
    expression = where(("Tags.team", "Exists"))
    both = search(several, VisibilityConditions=[{"Key": "Tags.team", "Value": "risk"}], SearchExpression=expression)
    assert names(both) == ["alpha"]


@pytest.mark.parametrize("condition", [{}, {"Key": "team", "Value": "risk"}, {"Key": "Tags.team"}], ids=str)
def test_a_visibility_condition_needs_a_tag_and_a_value(service, condition):
    answer = search(service, VisibilityConditions=[condition])
    assert (answer.status, answer.code) == (400, "ValidationException")
    assert answer.message == (
        "Validation Error: Each of the VisibilityConditions needs a Key of the form Tags.<key> and a Value."
    )


def test_features_have_no_tags_to_be_visible_by(service):
    answer = search(service, "FeatureMetadata", VisibilityConditions=[{"Key": "Tags.team", "Value": "risk"}])
    assert answer.message == "Unknown property name: Tags.team"


# GetSearchSuggestions.


def suggested(service, hint=None, resource="FeatureGroup"):
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
def test_names_that_begin_with_a_hint_are_suggested(several, resource, hint, expected):
    assert suggested(several, hint, resource) == expected


def test_parameters_in_use_are_suggested(several):
    several.control(
        "UpdateFeatureMetadata",
        FeatureGroupName="alpha",
        FeatureName="city",
        ParameterAdditions=[{"Key": "team", "Value": "risk"}],
    )
    assert suggested(several, "Parameters", "FeatureMetadata") == ["Parameters", "Parameters.team"]


def test_all_names_are_suggested_without_a_hint_and_each_can_be_asked_for(several):
    every = suggested(several)
    assert len(every) == len(set(every)) > 20
    assert suggested(several, "") == every
    for name in every:
        assert search(several, SearchExpression=where((name, "Exists"))).status == 200
