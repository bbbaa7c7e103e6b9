import pytest
from botocore.exceptions import ClientError
from scores import read


@pytest.fixture(autouse=True)
def customers(featurestore):
    features = {"id": "String", "time": "String", "score": "Fractional"}
    featurestore.create_group("customers", features, record_identifier="id", event_time="time")
    rows = [{"id": f"c-{number}", "time": "2026-01-01T00:00:00Z", "score": number / 10} for number in range(3)]
    featurestore.load("customers", rows)


def test_unknown_customers_are_absent():
    assert read(["c-1", "c-9"]) == {"c-1": 0.1}


def test_short_outage_is_retried_by_botocore(featurestore):
    outage = featurestore.fail("BatchGetRecord", "ServiceUnavailable", times=2)
    assert read(["c-1"]) == {"c-1": 0.1}
    assert outage.hits == 2


def test_long_outage_raises_client_error(featurestore):
    featurestore.fail("BatchGetRecord", "ServiceUnavailable")
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        read(["c-1"])


def test_unprocessed_customer_is_requested_again(featurestore):
    featurestore.leave_unprocessed("BatchGetRecord", record_identifier="c-2", times=1)
    assert read(["c-1", "c-2"]) == {"c-1": 0.1, "c-2": 0.2}
    featurestore.calls.assert_called("BatchGetRecord", times=2)


def test_denied_caller_gets_a_permission_error(featurestore):
    featurestore.deny("BatchGetRecord", group="customers")
    with pytest.raises(PermissionError, match="not authorized to perform: sagemaker:BatchGetRecord"):
        read(["c-1"])
