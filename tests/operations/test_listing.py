"""ListRecords, beyond the conformance cases and the state machine of the store's tests."""

from base64 import urlsafe_b64encode

import pytest
from support.memory import needs


@pytest.fixture
def listed(service):
    needs("ListRecords")
    service.create("customers")
    for number in range(101):
        service.put("customers", {"customer_id": str(number), "event_time": "2026-01-01T00:00:00Z"})
    return service


def test_a_page_has_a_hundred_identifiers_unless_asked_otherwise(listed):
    page = listed.list_records("customers").body
    assert len(page["RecordIdentifiers"]) == 100
    assert listed.list_records("customers", NextToken=page["NextToken"]).body == {
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
def test_a_token_of_another_making_is_refused(listed, token):
    answer = listed.list_records("customers", NextToken=token)
    assert (answer.status, answer.code) == (400, "ValidationError")
    assert "NextToken" in answer.message


def test_a_token_of_another_group_is_refused(listed):
    listed.world.time += 10**9
    listed.create("others")
    token = listed.list_records("customers", MaxResults=1).body["NextToken"]
    assert listed.list_records("others", NextToken=token).code == "ValidationError"
