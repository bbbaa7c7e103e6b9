"""Feature groups, beyond the conformance cases."""

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


def test_names_are_derived_from_the_groups_and_one_epoch(service):
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


def test_without_a_table_no_names_are_derived(service):
    offline = OFFLINE["OfflineStoreConfig"] | {"DisableGlueTableCreation": True}
    service.create("customers", **OFFLINE | {"OfflineStoreConfig": offline})
    assert "DataCatalogConfig" not in describe(service, "customers")["OfflineStoreConfig"]


def test_a_catalog_that_is_given_is_kept(service):
    catalog = {"TableName": "mine", "Catalog": "AwsDataCatalog", "Database": "theirs"}
    offline = OFFLINE["OfflineStoreConfig"] | {"DataCatalogConfig": catalog}
    service.create("customers", **OFFLINE | {"OfflineStoreConfig": offline})
    assert describe(service, "customers")["OfflineStoreConfig"]["DataCatalogConfig"] == catalog


def test_every_member_is_kept(service):
    ttl = {"Unit": "Days", "Value": 3}
    online = {
        "EnableOnlineStore": True,
        "TtlDuration": ttl,
        "SecurityConfig": {"KmsKeyId": "key"},
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
        Description="of ours",
        Tags=[{"Key": "team", "Value": "risk"}],
    )
    described = describe(service, "customers")
    assert described["OnlineStoreConfig"] == online
    assert described["ThroughputConfig"] == throughput
    assert described["Description"] == "of ours"
    assert service.world.store("123456789012", "us-east-1").groups["customers"].tags == {"team": "risk"}


def test_the_size_of_the_online_store_is_shown(service):
    service.create("customers")
    service.put("customers", {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"})
    assert describe(service, "customers")["OnlineStoreTotalSizeBytes"] == len(
        "customer_id1event_time2026-01-01T00:00:00Z"
    )


def test_a_group_that_is_deleted_is_gone_with_its_records(service):
    service.create("customers")
    service.put("customers", {"customer_id": "1", "event_time": "2026-01-01T00:00:00Z"})
    assert service.control("DeleteFeatureGroup", FeatureGroupName="customers").status == 200
    assert service.control("DescribeFeatureGroup", FeatureGroupName="customers").code == "ResourceNotFound"
    assert service.control("DeleteFeatureGroup", FeatureGroupName="customers").code == "ResourceNotFound"
    service.create("customers")
    assert service.get("customers", "1").body["Record"] is None


def test_a_name_that_is_taken_is_refused_and_the_group_stays(service):
    service.create("customers", Description="the first")
    answer = service.create("customers", Description="the second")
    assert (answer.status, answer.code) == (400, "ResourceInUse")
    assert describe(service, "customers")["Description"] == "the first"


def test_a_token_for_describe_that_is_not_ours_is_refused(service):
    service.create("customers")
    answer = service.control("DescribeFeatureGroup", FeatureGroupName="customers", NextToken="x")
    assert answer.code == "ValidationException"


def test_definitions_that_a_page_cannot_hold_are_on_the_next_one(service, monkeypatch):
    service.create("customers")
    monkeypatch.setattr("moto_featurestore.operations.feature_groups.FEATURES", 3)
    first = describe(service, "customers")
    second = service.control("DescribeFeatureGroup", FeatureGroupName="customers", NextToken=first["NextToken"]).body
    shown = [definition["FeatureName"] for page in (first, second) for definition in page["FeatureDefinitions"]]
    assert shown == ["customer_id", "event_time", "city", "orders", "spent"]
    assert "NextToken" not in second


@pytest.fixture
def several(service):
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
def test_groups_are_filtered_and_sorted(several, params, expected):
    assert names(several.control("ListFeatureGroups", **params)) == expected


def test_groups_are_listed_page_by_page(several):
    first = several.control("ListFeatureGroups", MaxResults=2)
    second = several.control("ListFeatureGroups", MaxResults=2, NextToken=first.body["NextToken"])
    assert (names(first), names(second)) == (["gamma", "alpha"], ["beta"])
    assert "NextToken" not in second.body


@pytest.mark.parametrize(
    "order", [{}, {"SortBy": "Name", "SortOrder": "Ascending"}, {"SortBy": "OfflineStoreStatus"}], ids=str
)
def test_what_comes_and_goes_between_two_pages_neither_repeats_nor_skips_others(several, order):
    before = names(several.control("ListFeatureGroups", **order))
    first = several.control("ListFeatureGroups", MaxResults=2, **order)
    assert several.control("DeleteFeatureGroup", FeatureGroupName=before[1]).status == 200
    several.create("aaa")
    several.create("zzz")
    second = several.control("ListFeatureGroups", NextToken=first.body["NextToken"], **order)
    assert [name for name in names(first) + names(second) if name in before] == before


@pytest.mark.parametrize("other", [{"SortBy": "Name"}, {"NameContains": "a"}, {"SortOrder": "Ascending"}], ids=str)
def test_a_token_of_another_list_is_refused(several, other):
    token = several.control("ListFeatureGroups", MaxResults=1).body["NextToken"]
    answer = several.control("ListFeatureGroups", NextToken=token, **other)
    assert (answer.status, answer.code) == (400, "ValidationException")


def test_a_page_has_ten_groups_unless_asked_otherwise(service):
    for number in range(11):
        service.create(f"group-{number}")
    page = service.control("ListFeatureGroups")
    assert len(names(page)) == 10
    assert names(service.control("ListFeatureGroups", NextToken=page.body["NextToken"])) == ["group-0"]


@pytest.mark.parametrize("token", ["x", "", "cmVjb3JkczoxOjE=", "Z3JvdXBzOng=", "/w=="])
def test_a_token_of_another_making_is_refused(several, token):
    answer = several.control("ListFeatureGroups", NextToken=token)
    assert (answer.status, answer.code) == (400, "ValidationException")


@pytest.mark.parametrize("names", [["customers", "customers"], ["Foo", "foo"], ["a-b", "a_b"]], ids=str)
@pytest.mark.parametrize("disabled", [False, True])
def test_paths_and_tables_of_one_second_have_names_of_their_own(service, names, disabled):
    # On AWS a creation and a deletion take longer than the second that both are named by.
    offline = OFFLINE | {"OfflineStoreConfig": OFFLINE["OfflineStoreConfig"] | {"DisableGlueTableCreation": disabled}}
    found = []
    for name in names:
        service.create(name, **offline)
        found.append(describe(service, name))
        if names[0] == names[1]:
            service.control("DeleteFeatureGroup", FeatureGroupName=name)
    assert [group["FeatureGroupStatus"] for group in found] == ["Created", "Created"]
    assert [group["CreationTime"] for group in found] == [CREATED, CREATED + 1]
    paths = {group["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"] for group in found}
    assert len(paths) == 2
    assert all(f"-{CREATED}/data" in path or f"-{CREATED + 1}/data" in path for path in paths)


def test_a_group_whose_table_cannot_be_made_is_not_made(service, monkeypatch):
    monkeypatch.setattr(service.world, "create_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        service.create("customers", **OFFLINE)
    monkeypatch.undo()
    assert service.create("customers", **OFFLINE).status == 200


ICEBERG = OFFLINE | {"OfflineStoreConfig": OFFLINE["OfflineStoreConfig"] | {"TableFormat": "Iceberg"}}
TRUNCATED = {"FeatureName": "event_time_trunc", "FeatureType": "String"}


def test_the_name_of_iceberg_s_partitions_is_no_feature_s(service):
    # Assumed: a table of Iceberg cannot have a column of that name.
    from support.cases import load_groups

    definitions = load_groups()["customers"]["FeatureDefinitions"]
    text = "The feature name [event_time_trunc] is that of the partitions in the table format Iceberg."
    assert text in service.create("customers", **ICEBERG, FeatureDefinitions=[*definitions, TRUNCATED]).message
    assert service.create("customers", **ICEBERG).status == 200
    answer = service.control("UpdateFeatureGroup", FeatureGroupName="customers", FeatureAdditions=[TRUNCATED])
    assert text in answer.message
