"""BatchGetRecord and BatchWriteRecord, beyond the conformance cases."""

import pytest
from support.memory import feature, needs

RECORD = [feature("customer_id", "c-1"), feature("event_time", "2026-01-01T00:00:00Z")]


def test_batch_get_record_with_invalid_identifiers_returns_errors_and_readable_records(service):
    service.create("customers")
    service.put("customers", RECORD)
    answer = service.post(
        "/BatchGetRecord",
        Identifiers=[
            {"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": ["c-1", "c-2", "c-1"]},
            {"FeatureGroupName": "nobody", "RecordIdentifiersValueAsString": ["x", "y"]},
            {"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": ["c-1"], "FeatureNames": ["no"]},
        ],
    )
    assert answer.status == 200
    assert [record["RecordIdentifierValueAsString"] for record in answer.body["Records"]] == ["c-1", "c-1"]
    failed = [
        (e["FeatureGroupName"], e["RecordIdentifierValueAsString"], e["ErrorCode"]) for e in answer.body["Errors"]
    ]
    assert failed == [
        ("nobody", "x", "ValidationError"),
        ("nobody", "y", "ValidationError"),
        ("customers", "c-1", "ValidationError"),
    ]
    assert answer.body["UnprocessedIdentifiers"] == []


def test_batch_get_record_with_more_than_100_records_is_rejected(service):
    service.create("customers")
    half = {"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": ["x"] * 50}
    one = {"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": ["x"]}
    assert service.post("/BatchGetRecord", Identifiers=[half, half]).status == 200
    answer = service.post("/BatchGetRecord", Identifiers=[half, half, one])
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert "at most 100 records, not 101" in answer.message


@pytest.fixture
def batch_write(service):
    needs("BatchWriteRecord")
    service.create("customers")
    return lambda **params: service.post("/BatchWriteRecord", **params)


def test_batch_write_record_with_invalid_entry_returns_that_entry_and_writes_valid_entries(service, batch_write):
    bad = {"FeatureGroupName": "customers", "Record": [feature("event_time", "2026-01-01T00:00:00Z")]}
    answer = batch_write(Entries=[bad, {"FeatureGroupName": "customers", "Record": RECORD}])
    assert answer.status == 200
    [error] = answer.body["Errors"]
    assert error["ErrorCode"] == "ValidationError"
    assert "[customer_id]" in error["ErrorMessage"]
    echoed = {name: value for name, value in error["Entry"].items() if value is not None}
    assert echoed["FeatureGroupName"] == "customers"
    assert [{k: v for k, v in item.items() if v is not None} for item in echoed["Record"]] == bad["Record"]
    assert set(echoed) == set(bad)
    assert service.get("customers", "c-1").body["Record"]


def test_ttl_of_batch_write_record_applies_to_entries_without_ttl(service, batch_write):
    def entry(identifier, **more):
        features = [feature("customer_id", identifier), feature("event_time", "2099-01-01T00:00:00Z")]
        return {"FeatureGroupName": "customers", "Record": features, **more}

    batch_write(
        Entries=[entry("batch"), entry("own", TtlDuration={"Unit": "Days", "Value": 2})],
        TtlDuration={"Unit": "Days", "Value": 1},
    )
    shown = [service.get("customers", i, ExpirationTimeResponse="Enabled").body["ExpiresAt"] for i in ("batch", "own")]
    assert shown == ["2099-01-02T00:00:00Z", "2099-01-03T00:00:00Z"]
