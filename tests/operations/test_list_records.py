"""ListRecords, beyond the conformance cases and the state machine in the tests of the store."""

from base64 import urlsafe_b64encode

import pytest
from support.memory import needs


@pytest.fixture
def with_records(service):
    needs("ListRecords")
    service.create("customers")
    for number in range(101):
        service.put("customers", {"customer_id": str(number), "event_time": "2026-01-01T00:00:00Z"})
    return service


def test_list_records_returns_100_identifiers_per_page_by_default(with_records):
    page = with_records.list_records("customers").body
    assert len(page["RecordIdentifiers"]) == 100
    assert with_records.list_records("customers", NextToken=page["NextToken"]).body == {
        "RecordIdentifiers": ["100"],
        "NextToken": None,
    }


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "records:0:0",
        urlsafe_b64encode(b"records:0:0").decode(),
        urlsafe_b64encode(b"\xff").decode(),
        "A" * 8192,
    ],
)
def test_list_records_with_malformed_next_token_is_rejected(with_records, token):
    answer = with_records.list_records("customers", NextToken=token)
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert "NextToken" in answer.message


def test_list_records_with_next_token_of_another_group_is_rejected(with_records):
    with_records.world.time += 10**9
    with_records.create("others")
    token = with_records.list_records("customers", MaxResults=1).body["NextToken"]
    assert with_records.list_records("others", NextToken=token).code == "ValidationError"
