import json

import pytest
from app import handler


@pytest.fixture(autouse=True)
def customers(featurestore):
    features = {"id": "String", "time": "String", "orders": "Integral"}
    featurestore.create_group("customers", features, record_identifier="id", event_time="time")


def event(*customers):
    bodies = [json.dumps({"time": "2026-01-01T00:00:00Z", **customer}) for customer in customers]
    return {"Records": [{"messageId": f"m-{number}", "body": body} for number, body in enumerate(bodies)]}


def test_customers_of_all_messages_are_written(featurestore):
    assert handler(event({"id": "c-1", "orders": 3}, {"id": "c-2"}), None) == {"batchItemFailures": []}
    assert featurestore.records("customers").online["c-1"]["orders"] == "3"


def test_invalid_customer_is_dropped(featurestore, capsys):
    assert handler(event({"id": "c-1", "orders": "many"}, {"id": "c-2"}), None) == {"batchItemFailures": []}
    assert list(featurestore.records("customers").online) == ["c-2"]
    assert "ValidationError" in capsys.readouterr().out


def test_message_is_delivered_again_after_an_outage(featurestore):
    with featurestore.fail("PutRecord", "InternalFailure", record_identifier="c-1"):
        answer = handler(event({"id": "c-1"}, {"id": "c-2"}), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
