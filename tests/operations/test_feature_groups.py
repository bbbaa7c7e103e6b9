"""Operations on feature groups, beyond the conformance cases."""

import pytest

CREATED = 1_790_000_000
OFFLINE = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket/prefix/"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}


def describe(service, name):
    return service.control("DescribeFeatureGroup", FeatureGroupName=name).body


def names(answer):
    return [summary["FeatureGroupName"] for summary in answer.body["FeatureGroupSummaries"]]


def test_create_feature_group_derives_path_and_table_name_from_name_and_creation_time(service):
    # As observed in October 2026: github.com/EasonZhuu/cs401r-easonzhu, docs/lab2-feature-store-verification.json.
    service.world.time = CREATED * 10**9 + 784_999_999
    service.create("My-Customers", **OFFLINE)
    described = describe(service, "My-Customers")
    assert described["CreationTime"] == 1_790_000_000.784
    assert described["OfflineStoreConfig"] == {
        "S3StorageConfig": {
            "S3Uri": "s3://bucket/prefix/",
            "ResolvedOutputS3Uri": "s3://bucket/prefix/123456789012/sagemaker/us-east-1/offline-store/"
            f"My-Customers-{CREATED}/data",
        },
        "DisableGlueTableCreation": False,
        "DataCatalogConfig": {
            "TableName": f"my_customers_{CREATED}",
            "Catalog": "AwsDataCatalog",
            "Database": "sagemaker_featurestore",
        },
    }


def test_create_feature_group_with_table_creation_disabled_derives_no_table_name(service):
    offline = OFFLINE["OfflineStoreConfig"] | {"DisableGlueTableCreation": True}
    service.create("customers", **OFFLINE | {"OfflineStoreConfig": offline})
    assert "DataCatalogConfig" not in describe(service, "customers")["OfflineStoreConfig"]


def test_describe_feature_group_returns_the_data_catalog_config(service):
    catalog = {"TableName": "mine", "Catalog": "AwsDataCatalog", "Database": "theirs"}
    offline = OFFLINE["OfflineStoreConfig"] | {"DataCatalogConfig": catalog}
    service.create("customers", **OFFLINE | {"OfflineStoreConfig": offline})
    assert describe(service, "customers")["OfflineStoreConfig"]["DataCatalogConfig"] == catalog


def test_describe_feature_group_returns_every_member_of_the_create_request(service):
    ttl = {"Unit": "Days", "Value": 3}
    online = {
        "EnableOnlineStore": True,
        "TtlDuration": ttl,
        "SecurityConfig": {"KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
        "StorageType": "Standard",
    }
    throughput = {
        "ThroughputMode": "Provisioned",
        "ProvisionedReadCapacityUnits": 5,
        "ProvisionedWriteCapacityUnits": 6,
    }
    service.create(
        "customers",
        OnlineStoreConfig=online,
        ThroughputConfig=throughput,
        Description="Our customers",
        Tags=[{"Key": "team", "Value": "risk"}],
    )
    described = describe(service, "customers")
    assert described["OnlineStoreConfig"] == online
    assert described["ThroughputConfig"] == throughput
    assert described["Description"] == "Our customers"
    assert service.world.store("123456789012", "us-east-1").groups["customers"].tags == {"team": "risk"}


def test_describe_feature_group_returns_size_of_online_store(service):
    service.create("customers")
    service.put("customers", {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"})
    assert describe(service, "customers")["OnlineStoreTotalSizeBytes"] == len(
        "customer_id1event_time2026-01-01T00:00:00Z"
    )


def test_delete_feature_group_removes_group_and_records(service):
    service.create("customers")
    service.put("customers", {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"})
    assert service.control("DeleteFeatureGroup", FeatureGroupName="customers").status == 200
    assert service.control("DescribeFeatureGroup", FeatureGroupName="customers").code == "ResourceNotFound"
    assert service.control("DeleteFeatureGroup", FeatureGroupName="customers").code == "ResourceNotFound"
    service.create("customers")
    assert service.get("customers", "1").body["Record"] is None


def test_create_feature_group_with_existing_name_is_rejected_and_changes_nothing(service):
    service.create("customers", Description="the first")
    answer = service.create("customers", Description="the second")
    assert (answer.status, answer.code) == (400, "ResourceInUse")
    assert describe(service, "customers")["Description"] == "the first"


def test_describe_feature_group_with_invalid_next_token_is_rejected(service):
    service.create("customers")
    answer = service.control("DescribeFeatureGroup", FeatureGroupName="customers", NextToken="x")
    assert answer.code == "ValidationException"


def test_describe_feature_group_with_a_full_page_of_features_returns_next_token(service, monkeypatch):
    service.create("customers")
    monkeypatch.setattr("moto_featurestore.operations.feature_groups.FEATURES", 3)
    first = describe(service, "customers")
    second = service.control("DescribeFeatureGroup", FeatureGroupName="customers", NextToken=first["NextToken"]).body
    shown = [definition["FeatureName"] for page in (first, second) for definition in page["FeatureDefinitions"]]
    assert shown == ["customer_id", "event_time", "city", "orders", "spent"]
    assert "NextToken" not in second


@pytest.fixture
def three_groups(service):
    for name in ("beta", "alpha", "gamma"):
        assert service.create(name, **(OFFLINE if name == "beta" else {})).status == 200
        service.world.time += 60 * 10**9
    return service


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["gamma", "alpha", "beta"]),
        ({"SortOrder": "Ascending"}, ["beta", "alpha", "gamma"]),
        ({"SortBy": "Name", "SortOrder": "Ascending"}, ["alpha", "beta", "gamma"]),
        ({"SortBy": "Name"}, ["gamma", "beta", "alpha"]),
        ({"SortBy": "FeatureGroupStatus"}, ["gamma", "alpha", "beta"]),
        ({"SortBy": "OfflineStoreStatus", "SortOrder": "Ascending"}, ["beta", "alpha", "gamma"]),
        ({"NameContains": "m"}, ["gamma"]),
        ({"FeatureGroupStatusEquals": "Created"}, ["gamma", "alpha", "beta"]),
        ({"FeatureGroupStatusEquals": "Deleting"}, []),
        ({"OfflineStoreStatusEquals": "Blocked"}, []),
        ({"CreationTimeAfter": CREATED}, ["gamma", "alpha"]),
        ({"CreationTimeBefore": CREATED + 120.0}, ["alpha", "beta"]),
    ],
    ids=str,
)
def test_list_feature_groups_filters_and_sorts_groups(three_groups, params, expected):
    assert names(three_groups.control("ListFeatureGroups", **params)) == expected


def test_list_feature_groups_with_max_results_returns_pages(three_groups):
    first = three_groups.control("ListFeatureGroups", MaxResults=2)
    second = three_groups.control("ListFeatureGroups", MaxResults=2, NextToken=first.body["NextToken"])
    assert (names(first), names(second)) == (["gamma", "alpha"], ["beta"])
    assert "NextToken" not in second.body


@pytest.mark.parametrize(
    "order", [{}, {"SortBy": "Name", "SortOrder": "Ascending"}, {"SortBy": "OfflineStoreStatus"}], ids=str
)
def test_list_feature_groups_with_changes_between_pages_repeats_and_skips_no_groups(three_groups, order):
    before = names(three_groups.control("ListFeatureGroups", **order))
    first = three_groups.control("ListFeatureGroups", MaxResults=2, **order)
    assert three_groups.control("DeleteFeatureGroup", FeatureGroupName=before[1]).status == 200
    three_groups.create("aaa")
    three_groups.create("zzz")
    second = three_groups.control("ListFeatureGroups", NextToken=first.body["NextToken"], **order)
    assert [name for name in names(first) + names(second) if name in before] == before


@pytest.mark.parametrize("other", [{"SortBy": "Name"}, {"NameContains": "a"}, {"SortOrder": "Ascending"}], ids=str)
def test_list_feature_groups_with_next_token_of_another_list_is_rejected(three_groups, other):
    token = three_groups.control("ListFeatureGroups", MaxResults=1).body["NextToken"]
    answer = three_groups.control("ListFeatureGroups", NextToken=token, **other)
    assert (answer.status, answer.code) == (400, "ValidationException")


def test_list_feature_groups_returns_10_groups_per_page_by_default(service):
    for number in range(11):
        service.create(f"group-{number}")
    page = service.control("ListFeatureGroups")
    assert len(names(page)) == 10
    assert names(service.control("ListFeatureGroups", NextToken=page.body["NextToken"])) == ["group-0"]


@pytest.mark.parametrize("token", ["x", "", "cmVjb3JkczoxOjE=", "Z3JvdXBzOng=", "/w=="])
def test_list_feature_groups_with_malformed_next_token_is_rejected(three_groups, token):
    answer = three_groups.control("ListFeatureGroups", NextToken=token)
    assert (answer.status, answer.code) == (400, "ValidationException")


@pytest.mark.parametrize("names", [["customers", "customers"], ["Foo", "foo"], ["a-b", "a_b"]], ids=str)
@pytest.mark.parametrize("disabled", [False, True])
def test_create_feature_group_twice_in_one_second_creates_different_paths_and_tables(service, names, disabled):
    # Paths and tables are named after the second of creation. On AWS, a creation and a deletion take longer.
    offline = OFFLINE | {"OfflineStoreConfig": OFFLINE["OfflineStoreConfig"] | {"DisableGlueTableCreation": disabled}}
    groups = []
    for name in names:
        service.create(name, **offline)
        groups.append(describe(service, name))
        if names[0] == names[1]:
            service.control("DeleteFeatureGroup", FeatureGroupName=name)
    assert [group["FeatureGroupStatus"] for group in groups] == ["Created", "Created"]
    assert [group["CreationTime"] for group in groups] == [CREATED, CREATED + 1]
    paths = {group["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"] for group in groups}
    assert len(paths) == 2
    assert all(f"-{CREATED}/data" in path or f"-{CREATED + 1}/data" in path for path in paths)


def test_create_feature_group_whose_table_creation_fails_creates_no_group(service, monkeypatch):
    monkeypatch.setattr(service.world.catalog, "create_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        service.create("customers", **OFFLINE)
    monkeypatch.undo()
    assert service.create("customers", **OFFLINE).status == 200


ICEBERG = OFFLINE | {"OfflineStoreConfig": OFFLINE["OfflineStoreConfig"] | {"TableFormat": "Iceberg"}}
PARTITION_FEATURE = {"FeatureName": "event_time_trunc", "FeatureType": "String"}


def test_create_feature_group_with_iceberg_feature_named_like_partition_field_is_rejected(service):
    # Assumed: an Iceberg table cannot have a column with the name of its partition field.
    from support.cases import load_groups

    definitions = load_groups()["customers"]["FeatureDefinitions"]
    text = "The feature name [event_time_trunc] is reserved for the partition field of the table format Iceberg."
    assert text in service.create("customers", **ICEBERG, FeatureDefinitions=[*definitions, PARTITION_FEATURE]).message
    assert service.create("customers", **ICEBERG).status == 200
    answer = service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[PARTITION_FEATURE])
    assert text in answer.message
