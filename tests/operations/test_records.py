"""Operations on one record: stored state and edge cases. The conformance cases cover what a client sees."""

import threading
from random import Random

import pytest
from support.memory import START, feature, needs

EARLY, LATE, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"
BOTH = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}
V2 = {"OnlineStoreConfig": {"EnableOnlineStore": True, "StorageType": "Standard_V2"}}
SECOND = 10**9


def record(identifier="c-1", event_time=EARLY, **features):
    return {"customer_id": identifier, "event_time": event_time, **features}


def values(answer):
    return {item["FeatureName"]: item["ValueAsString"] for item in answer.body["Record"] or ()}


@pytest.fixture
def group(service):
    service.create("customers", **BOTH)
    return service.world.store("123456789012", "us-east-1").groups["customers"]


# Each accepted write adds a row to the buffer, even a historic one (documented: API_feature_store_PutRecord.html).


def test_put_record_of_valid_record_adds_an_offline_row(service, group):
    service.put("customers", record(event_time=LATE, city="Bern"))
    service.put("customers", record(event_time=EARLY, city="Oslo"))
    service.put("customers", record(event_time=EARLY, orders="many"))
    assert [row.values[2] for row in group.buffer] == ["Bern", "Oslo"]
    assert [row.api_invocation_time for row in group.buffer] == [START // 10**9] * 2
    assert [row.is_deleted for row in group.buffer] == [False, False]


def test_put_record_with_target_stores_writes_only_to_these_stores(service, group):
    service.put("customers", record("online"), TargetStores=["OnlineStore"])
    service.put("customers", record("offline"), TargetStores=["OfflineStore"])
    assert [row.values[0] for row in group.buffer] == ["offline"]
    assert list(group.records.by_identifier) == ["online"]


def test_delete_record_adds_an_offline_delete_marker_unless_it_is_rejected(service, group):
    service.put("customers", record(event_time=LATE, city="Bern"), TargetStores=["OnlineStore"])
    assert service.delete("customers", "c-1", EARLY).status == 200
    assert service.delete("customers", "c-1", LATE, DeletionMode="HardDelete").status == 400
    assert service.delete("customers", "c-1", LATER, DeletionMode="HardDelete").status == 200
    assert [row.is_deleted for row in group.buffer] == [True, True]
    assert [row.values for row in group.buffer] == [("c-1", EARLY, None, None, None), ("c-1", LATER, None, None, None)]


def test_delete_record_from_offline_store_only_does_not_delete_the_online_record(service, group):
    service.put("customers", record())
    service.delete("customers", "c-1", LATER, TargetStores=["OfflineStore"], DeletionMode="HardDelete")
    service.delete("customers", "c-2", LATER, TargetStores=["OnlineStore"])
    assert values(service.get("customers", "c-1"))
    assert len(group.buffer) == 2


def test_rejected_put_record_changes_nothing(service, group):
    service.put("customers", record(city="Bern"))
    before = (service.get("customers", "c-1").body, len(group.buffer), group.online_bytes)
    assert service.put("customers", record(event_time=LATE, city="Oslo", orders="1.0")).status == 400
    assert service.put("customers", record(event_time=LATE, unknown="x")).status == 400
    assert (service.get("customers", "c-1").body, len(group.buffer), group.online_bytes) == before


# ExpiresAt is EventTime plus the TtlDuration of the record, or else of the group (feature-store-time-to-live.html).


def test_record_put_with_ttl_expires_by_this_ttl_instead_of_the_group_ttl(service):
    ttl = {"Unit": "Hours", "Value": 1}
    service.create("customers", OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": ttl})
    service.world.time = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z
    service.put("customers", record("group"))
    service.put("customers", record("own"), TtlDuration={"Unit": "Days", "Value": 2})

    def expiry(identifier):
        return service.get("customers", identifier, ExpirationTimeResponse="Enabled").body["ExpiresAt"]

    assert (expiry("group"), expiry("own")) == ("2026-01-01T01:00:00Z", "2026-01-03T00:00:00Z")
    service.world.time += 3600 * SECOND - 1
    assert values(service.get("customers", "group"))
    service.world.time += 1
    assert service.get("customers", "group").body == {"Record": None, "ExpiresAt": None}
    assert values(service.get("customers", "own"))


def test_get_record_returns_expires_at_only_if_requested(service):
    service.create("customers")
    service.put("customers", record(event_time="2099-01-01T00:00:00.250Z"), TtlDuration={"Unit": "Weeks", "Value": 1})
    assert service.get("customers", "c-1").body["ExpiresAt"] is None
    assert service.get("customers", "c-1", ExpirationTimeResponse="Disabled").body["ExpiresAt"] is None
    shown = service.get("customers", "c-1", ExpirationTimeResponse="Enabled").body["ExpiresAt"]
    assert shown == "2099-01-08T00:00:00.250Z"


def test_put_record_with_older_event_time_than_an_expired_record_writes_the_online_record(service):
    service.create("customers")
    service.put("customers", record(event_time=LATE), TtlDuration={"Unit": "Seconds", "Value": 1})
    assert service.put("customers", record(event_time=EARLY, city="Bern")).status == 200
    assert values(service.get("customers", "c-1"))["city"] == "Bern"


def test_put_record_with_ttl_in_group_without_online_store_is_rejected(service):
    service.create("customers", OnlineStoreConfig={}, **BOTH)
    assert service.put("customers", record()).status == 200
    answer = service.put("customers", record(), TtlDuration={"Unit": "Days", "Value": 1})
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert "TtlDuration needs an OnlineStore" in answer.message


def test_put_record_with_expiry_after_year_9999_is_rejected(service):
    service.create("customers")
    answer = service.put("customers", record(), TtlDuration={"Unit": "Weeks", "Value": 2**31 - 1})
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert "later than the year 9999" in answer.message


# UpdateRecord (documented: API_feature_store_UpdateRecord.html).


@pytest.fixture
def updatable(service):
    needs("UpdateRecord")
    service.create("customers", **V2, **BOTH)
    service.put("customers", record(city="Bern", orders="1"))
    return service


def test_update_record_changes_listed_features_and_writes_whole_record_offline(updatable):
    assert updatable.update("customers", "c-1", {"orders": "2"}).status == 200
    assert values(updatable.get("customers", "c-1")) == record(city="Bern", orders="2")
    group = updatable.world.store("123456789012", "us-east-1").groups["customers"]
    assert group.buffer.values[-1] == ("c-1", EARLY, "Bern", "2", None)


def test_update_record_in_online_store_only_adds_no_offline_row(updatable):
    updatable.update("customers", "c-1", {"orders": "2"}, TargetStores=["OnlineStore"])
    group = updatable.world.store("123456789012", "us-east-1").groups["customers"]
    assert len(group.buffer) == 1


def test_update_record_with_new_event_time_and_without_ttl_does_not_change_the_ttl(updatable):
    def expiry():
        return updatable.get("customers", "c-1", ExpirationTimeResponse="Enabled").body["ExpiresAt"]

    updatable.update("customers", "c-1", {"event_time": LATE})
    assert expiry() is None
    updatable.update(
        "customers", "c-1", {"event_time": "2098-12-31T00:00:00Z"}, TtlDuration={"Unit": "Days", "Value": 2}
    )
    assert expiry() == "2099-01-02T00:00:00Z"
    updatable.update("customers", "c-1", {"city": "Oslo"})
    assert expiry() == "2099-01-02T00:00:00Z"
    updatable.update("customers", "c-1", {"event_time": "2099-01-01T00:00:00Z"})
    assert expiry() == "2099-01-03T00:00:00Z"


@pytest.mark.parametrize(
    ("features", "params", "status", "text"),
    [
        ({"customer_id": "c-2"}, {}, 400, "The record identifier, the feature named [customer_id], cannot change."),
        ({"nothing": "1"}, {}, 400, "The feature named [nothing] is not defined"),
        ({f"f{i}": "1" for i in range(101)}, {}, 400, "UpdateRecord accepts at most 100 features, not 101."),
        (
            {"city": "x"},
            {"TargetStores": ["OfflineStore"]},
            400,
            "UpdateRecord requires OnlineStore in TargetStores, not only [OfflineStore].",
        ),
        (
            {"city": "x"},
            {"TtlDuration": {"Unit": "Days", "Value": 1}},
            400,
            "TtlDuration requires a value for the event time",
        ),
        ({"city": "x" * 358_400}, {}, 400, "The record has "),
        ({"event_time": "2025-12-31T23:59:59.999999999Z"}, {}, 409, "older than the record's current `EventTime`"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_rejected_update_record_changes_nothing(updatable, features, params, status, text):
    answer = updatable.update("customers", "c-1", features, **params)
    assert answer.status == status
    assert text in answer.message
    assert values(updatable.get("customers", "c-1")) == record(city="Bern", orders="1")


def test_update_record_with_the_same_record_identifier_is_accepted(updatable):
    assert updatable.update("customers", "c-1", {"customer_id": "c-1", "city": "Oslo"}).status == 200


@pytest.mark.parametrize("identifier", ["nobody", "deleted"])
def test_update_record_of_missing_record_returns_not_found(updatable, identifier):
    updatable.put("customers", record("deleted"))
    updatable.delete("customers", "deleted", LATE)
    answer = updatable.update("customers", identifier, {"city": "x"})
    assert (answer.status, answer.code) == (404, "ResourceNotFound")


def test_update_record_in_group_with_standard_storage_is_rejected(updatable):
    updatable.create("standard")
    answer = updatable.update("standard", "c-1", {"city": "x"})
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert "[Standard]" in answer.message


# Concurrency: servers and the ingestion of the SDK use threads.


def test_put_record_in_16_threads_loses_no_write_and_stores_the_latest_event_time(updatable):
    seconds = range(200)
    errors = []

    def work(seed):
        random = Random(seed)
        for second in random.sample(seconds, len(seconds)):
            identifier = f"shared-{second % 5}"
            time = f"2026-02-01T00:{second // 60:02}:{second % 60:02}Z"
            answers = [
                updatable.put("customers", record(identifier, time, city=f"{second}-{seed}", orders=str(second))),
                updatable.put("customers", record(f"own-{seed}-{second}", time)),
                updatable.get("customers", identifier),
                updatable.update("customers", f"own-{seed}-{second}", {"city": "x"}),
                updatable.delete("customers", f"own-{seed}-{second}", "2026-03-01T00:00:00Z", DeletionMode="HardDelete")
                if second % 2
                else updatable.list_records("customers"),
            ]
            errors.extend(answer.message for answer in answers if answer.status != 200)
            read = values(answers[2])
            if read["orders"] != read["city"].partition("-")[0]:
                errors.append(f"a torn read: {read}")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    newest = {f"shared-{n}": str(max(second for second in seconds if second % 5 == n)) for n in range(5)}
    assert {name: values(updatable.get("customers", name))["orders"] for name in newest} == newest
    group = updatable.world.store("123456789012", "us-east-1").groups["customers"]
    assert len(group.records.by_identifier) == 1 + 5 + 16 * 100
    assert len(group.buffer) == 1 + 16 * (200 + 200 + 200 + 100)


# Collections.


def test_put_record_preserves_the_order_of_collections_and_removes_duplicates_from_sets(service):
    definitions = [
        {"FeatureName": "customer_id", "FeatureType": "String"},
        {"FeatureName": "event_time", "FeatureType": "String"},
        {"FeatureName": "seen", "FeatureType": "Integral", "CollectionType": "List"},
        {"FeatureName": "tags", "FeatureType": "String", "CollectionType": "Set"},
    ]
    online = {"EnableOnlineStore": True, "StorageType": "InMemory"}
    assert service.create("customers", FeatureDefinitions=definitions, OnlineStoreConfig=online).status == 200
    answer = service.put("customers", record(seen=["2", "1", "2"], tags=["b", "a", "b"]))
    assert answer.status == 200
    assert service.get("customers", "c-1", FeatureName=["seen", "tags"]).body["Record"] == [
        {"FeatureName": "seen", "ValueAsString": None, "ValueAsStringList": ["2", "1", "2"]},
        {"FeatureName": "tags", "ValueAsString": None, "ValueAsStringList": ["b", "a"]},
    ]
    answer = service.put("customers", [*[feature(*item) for item in record().items()], feature("seen", ["1", "x"])])
    assert "for the feature named [seen]" in answer.message


# Groups in which one feature is both record identifier and event time, as in Terraform's acceptance test "basic".


def test_delete_record_in_group_with_event_time_as_identifier_deletes_only_that_record(service):
    service.create("visits", RecordIdentifierFeatureName="event_time", **BOTH)
    for time in (EARLY, LATE):
        assert service.put("visits", {"event_time": time}).status == 200
    assert service.delete("visits", EARLY, LATE).status == 200
    group = service.world.store("123456789012", "us-east-1").groups["visits"]
    assert list(group.records.by_identifier) == [EARLY, LATE]
    assert service.delete("visits", EARLY, LATER, DeletionMode="HardDelete").status == 200
    assert service.delete("visits", EARLY, LATER, DeletionMode="HardDelete").status == 200
    assert list(group.records.by_identifier) == [LATE]
    assert values(service.get("visits", LATE)) == {"event_time": LATE}
    assert [row.values[1] for row in group.buffer if row.is_deleted] == [EARLY] * 3


def test_update_record_with_expiry_after_year_9999_is_rejected(updatable):
    ttl = {"Unit": "Weeks", "Value": 1}
    updatable.put("customers", record("late", "9999-12-20T00:00:00Z"), TtlDuration=ttl)
    answer = updatable.update("customers", "late", {"event_time": "9999-12-31T00:00:00Z"})
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert "later than the year 9999" in answer.message
