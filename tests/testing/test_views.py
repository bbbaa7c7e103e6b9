"""The commands that show feature groups and records to the console."""

import pytest
from support.groups import group_parameters
from support.memory import START, MemoryWorld, Service
from support.views import TIME, create, put

from moto_featurestore import featurestore
from moto_featurestore.testing import views
from moto_featurestore.testing.endpoint import call

NANOSECONDS = 10**9


# Changes.


def test_show_changes_version_differs_after_each_change(service, view):
    versions = [view("changes")["version"]]

    def expect_change():
        versions.append(view("changes")["version"])
        assert versions[-1] != versions[-2]

    create(service)
    expect_change()
    service.world.controls.calls.clear()  # a call alone is a change too: the rest must not depend on it
    put(service, "1")
    service.world.controls.calls.newest = 1
    expect_change()
    put(service, "1", age="7")
    service.world.controls.calls.newest = 1
    expect_change()
    service.world.controls.clock.ahead = NANOSECONDS
    expect_change()
    service.get("group", "1")
    expect_change()
    assert view("changes")["version"] == versions[-1]


def test_show_changes_returns_account_region_and_time(service, view):
    service.world.controls.clock.ahead = 5 * NANOSECONDS
    result = view("changes")
    assert (result["account_id"], result["region"]) == ("123456789012", "us-east-1")
    assert (result["time"], result["ahead"]) == (START // 1_000_000 + 5000, 5000)


# Groups.


def test_show_groups_lists_state_of_a_group(service, view):
    create(service, s3_uri="s3://bucket", Tags=[{"Key": "team", "Value": "ml"}])
    put(service, "1")
    put(service, "2")
    service.delete("group", "2", "2026-01-02T00:00:00Z")
    [group] = view("show_groups")["groups"]
    assert group == {
        "name": "group",
        "arn": "arn:aws:sagemaker:us-east-1:123456789012:feature-group/group",
        "status": "Created",
        "failure_reason": None,
        "stores": ["OnlineStore", "OfflineStore"],
        "records": 1,
        "deleted": 1,
        "online_bytes": 2 * len("id1time" + TIME),
        "rows_waiting": 3,
        "rows_written": 0,
        "creation_time": START // 1_000_000,
        "tags": {"team": "ml"},
    }


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["a-1", "b-1", "b-2"]),
        ({"name": "B"}, ["b-1", "b-2"]),
        ({"tag": "team"}, ["b-1", "b-2"]),
        ({"tag": "team=ML"}, ["b-2"]),
        ({"tag": "team=x"}, []),
        ({"name": "1", "tag": "team"}, ["b-1"]),
        ({"size": 1, "page": 2}, ["b-1"]),
        ({"size": 2, "page": 9}, ["b-2"]),
    ],
)
def test_show_groups_filters_groups_and_returns_pages(service, view, filters, names):
    create(service, "b-2", Tags=[{"Key": "team", "Value": "ml"}])
    create(service, "a-1")
    create(service, "b-1", Tags=[{"Key": "team", "Value": "web"}])
    result = view("show_groups", **filters)
    assert [group["name"] for group in result["groups"]] == names
    assert result["all"] == 3


def test_show_groups_counts_rows_written_by_a_flush(server_clients, server_url):
    server_clients("s3").create_bucket(Bucket="bucket")
    server_clients("sagemaker").create_feature_group(**group_parameters("group", s3_uri="s3://bucket"))
    handle = featurestore(url=server_url)
    handle.load("group", [{"id": "1", "time": TIME}, {"id": "2", "time": TIME}])
    [waiting] = call(server_url, "show_groups", {})["groups"]
    handle.flush()
    [written] = call(server_url, "show_groups", {})["groups"]
    assert (waiting["rows_waiting"], waiting["rows_written"]) == (2, 0)
    assert (written["rows_waiting"], written["rows_written"]) == (0, 2)


def test_show_group_returns_the_configuration_of_the_group(service, view):
    create(service, Description="who buys", OnlineStoreConfig={"EnableOnlineStore": True, "StorageType": "InMemory"})
    group = view("show_group", group="group")
    assert group["description"] == "who buys"
    assert group["online_store"] == {"EnableOnlineStore": True, "StorageType": "InMemory"}
    assert group["offline_store"] is None
    assert (group["record_identifier"], group["event_time"], group["features"]) == ("id", "time", 3)


def test_show_group_for_unknown_group_raises_lookup_error(view):
    with pytest.raises(LookupError, match="The feature group 'group' does not exist"):
        view("show_group", group="group")


def test_show_features_lists_definitions_with_metadata(service, view):
    storage = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    vector = {"CollectionType": "Vector", "CollectionConfig": {"VectorConfig": {"Dimension": 3}}}
    definitions = [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "time", "FeatureType": "String"},
        {"FeatureName": "embedding", "FeatureType": "Fractional", **vector},
    ]
    create(service, OnlineStoreConfig=storage, FeatureDefinitions=definitions)
    metadata = {"FeatureGroupName": "group", "FeatureName": "embedding", "Description": "of the text"}
    service.control("UpdateFeatureMetadata", **metadata, ParameterAdditions=[{"Key": "unit", "Value": "none"}])
    assert [feature["role"] for feature in view("show_features", group="group")["features"]] == [
        "record identifier",
        "event time",
        None,
    ]
    [feature] = view("show_features", group="group", name="EMB")["features"]
    assert feature == {
        "name": "embedding",
        "type": "Fractional",
        "collection": "Vector",
        "dimension": 3,
        "role": None,
        "description": "of the text",
        "parameters": {"unit": "none"},
    }


# Records.


def test_show_records_returns_pages_in_the_order_of_list_records(service, view):
    create(service)
    for number in range(7):
        put(service, str(number), age=str(number))
    result = view("show_records", group="group", page=2, size=3)
    assert [row["cells"] for row in result["rows"]] == [[str(number), TIME, str(number)] for number in (3, 4, 5)]
    assert [column["name"] for column in result["columns"]] == ["id", "time", "age"]
    assert (result["page"], result["pages"], result["total"]) == (2, 3, 7)


def test_show_records_after_removals_has_full_pages(service, view):
    create(service)
    for number in range(6):
        put(service, str(number))
    for number in (0, 2):
        service.delete("group", str(number), "2026-01-02T00:00:00Z", DeletionMode="HardDelete")
    pages = [view("show_records", group="group", page=page, size=2)["rows"] for page in (1, 2)]
    assert [[row["identifier"] for row in rows] for rows in pages] == [["1", "3"], ["4", "5"]]


def test_show_records_with_option_soft_deleted_includes_soft_deleted_records(service, view):
    create(service)
    put(service, "1")
    put(service, "2")
    service.delete("group", "1", "2026-01-02T00:00:00Z")
    hidden = view("show_records", group="group")
    shown = view("show_records", group="group", deleted=True)
    assert ([row["identifier"] for row in hidden["rows"]], hidden["hidden"]) == (["2"], 1)
    assert [(row["identifier"], row["is_deleted"]) for row in shown["rows"]] == [("1", True), ("2", False)]


def test_show_records_shows_expiry_and_omits_expired_records(service, view):
    create(service, OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": {"Unit": "Hours", "Value": 1}})
    put(service, "1", time="2026-09-21T14:00:00Z")  # the world's time is 14:13:20
    [row] = view("show_records", group="group")["rows"]
    assert row["expires_at"] == 1_790_002_800_000  # 15:00:00
    service.world.time += 3600 * NANOSECONDS
    assert view("show_records", group="group")["rows"] == []


def test_show_records_with_columns_option_returns_only_that_number_of_features(service, view):
    create(service, types={"id": "String", "time": "String"} | {f"f{number}": "String" for number in range(10)})
    put(service, "1", f4="x")
    result = view("show_records", group="group", first=3, columns=2)
    assert [column["name"] for column in result["columns"]] == ["id", "time", "f3", "f4"]
    assert (result["rows"][0]["cells"], result["features"]) == (["1", TIME, None, "x"], 10)


def test_show_records_shortens_long_values_and_joins_collections(service, view):
    storage = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    definitions = [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "time", "FeatureType": "String"},
        {"FeatureName": "text", "FeatureType": "String"},
        {"FeatureName": "tags", "FeatureType": "String", "CollectionType": "List"},
    ]
    create(service, OnlineStoreConfig=storage, FeatureDefinitions=definitions)
    put(service, "1", text="x" * 201, tags=["a", "b"])
    [row] = view("show_records", group="group")["rows"]
    assert row["cells"][2:] == ["x" * 200 + "…", "[a, b]"]
    record = view("show_record", group="group", record_identifier="1")
    assert record["values"] == {"id": "1", "time": TIME, "text": "x" * 201, "tags": ["a", "b"]}


def test_show_records_returns_no_value_for_a_feature_added_after_the_record(service, view):
    create(service)
    put(service, "1")
    addition = {"FeatureName": "city", "FeatureType": "String"}
    service.control("UpdateFeatureGroup", FeatureGroupName="group", FeatureAdditions=[addition])
    [row] = view("show_records", group="group")["rows"]
    assert row["cells"] == ["1", TIME, None, None]
    assert view("show_statistics", group="group")["features"][3]["missing"] == 1


def test_find_records_puts_the_exact_identifier_first(service, view):
    create(service)
    for identifier in ("a-10", "b-1", "a-1", "a-11"):
        put(service, identifier)
    result = view("find_records", group="group", text="a-1")
    assert [row["identifier"] for row in result["rows"]] == ["a-1", "a-10", "a-11"]
    assert result["is_complete"]
    result = view("find_records", group="group", text="-1", size=2)
    assert [row["identifier"] for row in result["rows"]] == ["a-10", "b-1"]
    assert not result["is_complete"]


def test_show_record_for_missing_record_returns_none(service, view):
    create(service)
    assert view("show_record", group="group", record_identifier="1") is None


# Statistics.


def test_show_statistics_counts_values_of_each_feature(service, view):
    create(service, types={"id": "String", "time": "String", "age": "Integral", "city": "String"})
    for number, city in enumerate(["Bern", "Bern", "Basel", None]):
        put(service, str(number), age=str(number * 10), **({"city": city} if city else {}))
    put(service, "9", age="7")
    service.delete("group", "9", "2026-01-02T00:00:00Z")
    result = view("show_statistics", group="group")
    _, time, age, city = result["features"]
    assert (result["sample"], result["records"]) == (4, 4)
    assert (city["common"], city["missing"], city["distinct"]) == ([["Bern", 2], ["Basel", 1]], 1, 2)
    assert (age["low"], age["high"], age["mean"]) == (0, 30, 15)
    assert (sum(age["bins"]), age["bins"][0], age["bins"][-1]) == (4, 1, 1)
    assert (time["is_time"], time["low"], time["bins"]) == (True, 1_767_225_600_000, [4])


def test_show_statistics_of_many_records_uses_an_even_sample(service, view, monkeypatch):
    monkeypatch.setattr(views.statistics, "SAMPLE", 10)
    create(service)
    for number in range(25):
        put(service, str(number), age=str(number))
    result = view("show_statistics", group="group")
    assert (result["sample"], result["records"]) == (9, 25)
    assert result["features"][2]["high"] == 24


def test_show_statistics_counts_items_of_collections(service, view):
    storage = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    definitions = [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "time", "FeatureType": "Fractional"},
        {"FeatureName": "seen", "FeatureType": "Fractional", "CollectionType": "List"},
    ]
    create(service, OnlineStoreConfig=storage, FeatureDefinitions=definitions)
    put(service, "1", time="1e9", seen=["1", "1", "-1e308", "1e308"])
    seen = view("show_statistics", group="group")["features"][2]
    assert seen["common"][0] == ["1", 2]
    assert (seen["low"], seen["high"], sum(seen["bins"])) == (-1e308, 1e308, 4)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("show_groups", {"name": 7}),
        ("show_features", {"group": "group", "name": 7}),
        ("find_records", {"group": "group", "text": 7}),
        ("show_record", {"group": "group", "record_identifier": 7}),
        ("show_group", {"group": 7}),
    ],
)
def test_view_with_non_string_argument_raises_type_error(service, view, name, params):
    create(service)
    with pytest.raises(TypeError, match="must be a string, not 7"):
        view(name, **params)


def test_show_records_duration_does_not_grow_with_record_count():
    """A page reads its own records only: the list of records is sliced, not iterated."""
    world = MemoryWorld()
    service = Service(world)
    create(service)
    put(service, "1")
    group = world.store("123456789012", "us-east-1").groups["group"]

    class Counted(list):
        def __iter__(self):
            raise AssertionError("all records were read")

    group.records.order = Counted(group.records.order)
    assert views.show_records(world, world.store("123456789012", "us-east-1"), group="group")["total"] == 1
