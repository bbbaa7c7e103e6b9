"""FeatureStore.calls: the logged calls, and assertions about them."""

import re
from datetime import UTC, datetime

import boto3
import pytest
import requests
from botocore.exceptions import ClientError, ConnectionClosedError

from moto_featurestore import featurestore, mock_featurestore

RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]


def test_successful_call_has_request_and_response_in_the_call_log(customers):
    before = datetime.now(UTC)
    customers.put()
    call = customers.featurestore.calls[-1]
    assert (call.operation, call.params) == ("PutRecord", {"FeatureGroupName": "customers", "Record": RECORD})
    assert (call.account_id, call.region, call.identity) == ("123456789012", "us-east-1", None)
    assert (call.status, call.error_code, call.response) == (200, None, None)
    assert call.group == "customers"
    assert before <= call.time <= datetime.now(UTC)


def test_failed_call_has_error_code_and_response_in_the_call_log(customers):
    with pytest.raises(ClientError):
        customers.put(group="nobody")
    call = customers.featurestore.calls[-1]
    assert (call.status, call.error_code) == (400, "ValidationError")
    assert "can't find a FeatureGroup" in call.response["Message"]


def test_featurestore_calls_returns_the_calls_in_its_region_in_order(customers):
    customers.put()
    customers.get()
    assert [call.operation for call in customers.featurestore.calls] == ["CreateFeatureGroup", "PutRecord", "GetRecord"]
    assert customers.featurestore(region_name="eu-west-1").calls == []


def test_calls_of_filters_by_operation_and_error_code_and_parameters(customers):
    customers.put("1")
    customers.put("2")
    customers.get("2")
    with pytest.raises(ClientError):
        customers.get(group="nobody")
    calls = customers.featurestore.calls
    assert len(calls.of("PutRecord")) == len(calls.of("GetRecord")) == 2
    assert [call.group for call in calls.of(error_code="ValidationError")] == ["nobody"]
    assert len(calls.of("GetRecord", RecordIdentifierValueAsString="2")) == 1


def test_assert_called_passes_for_logged_calls_and_assert_not_called_for_others(customers):
    customers.put()
    calls = customers.featurestore.calls
    assert calls.assert_called("PutRecord", times=1, FeatureGroupName="customers")[0].status == 200
    calls.assert_called("PutRecord")
    calls.assert_not_called("GetRecord")
    calls.assert_not_called("PutRecord", FeatureGroupName="orders")


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        ("PutRecrd", {}, "Unknown operation 'PutRecrd'; did you mean 'PutRecord'?"),
        (
            "PutRecord",
            {"FeatureGroup": "x"},
            "PutRecord has no parameter 'FeatureGroup'; did you mean 'FeatureGroupName'?",
        ),
        ("ListTags", {"Resource": "x"}, "ListTags has no parameter 'Resource'; did you mean 'ResourceArn'?"),
    ],
)
def test_assert_not_called_with_misspelled_name_after_a_call_raises_value_error(customers, operation, params, message):
    customers.put()
    with pytest.raises(ValueError, match=re.escape(message)):
        customers.featurestore.calls.assert_not_called(operation, **params)


def test_assert_called_failure_lists_the_calls(customers):
    customers.put()
    with pytest.raises(AssertionError) as failed:
        customers.featurestore.calls.assert_called("GetRecord", times=2, FeatureGroupName="customers")
    summary, _, listing = str(failed.value).partition("\n")
    assert summary == (
        "Expected GetRecord(FeatureGroupName='customers') to be called 2 times, but it was called 0 times. The calls:"
    )
    assert re.search(r"  PutRecord\(.*FeatureGroupName='customers'\) -> 200$", listing)
    with pytest.raises(
        AssertionError, match="Expected GetRecord to be called at least once, but it was called 0 times"
    ):
        customers.featurestore.calls.assert_called("GetRecord")
    with pytest.raises(
        AssertionError, match=r"(?s)Expected PutRecord not to be called, but it was called 1 times:\n  PutRecord"
    ):
        customers.featurestore.calls.assert_not_called("PutRecord")


def test_repr_of_many_calls_lists_the_last_20_calls(customers):
    for _ in range(25):
        customers.get()
    lines = repr(customers.featurestore.calls).splitlines()
    assert lines[:2] == ["<Calls: 26", "  ... 6 earlier calls"]
    assert len(lines) == 22


def test_assert_called_with_empty_call_log_reports_that_no_calls_were_logged(clients):
    with pytest.raises(AssertionError, match="The calls:\n  none"):
        featurestore.calls.assert_called("PutRecord")


def test_calls_clear_empties_the_list_and_the_call_log(customers):
    calls = customers.featurestore.calls
    calls.clear()
    assert calls == customers.featurestore.calls == []


def test_calls_clear_does_not_remove_the_calls_of_another_region(stage):
    elsewhere = stage.featurestore(region_name="eu-west-1")
    for handle in (stage.featurestore, elsewhere):
        handle.create_group("group", {"id": "String", "time": "String"}, record_identifier="id", event_time="time")
    stage.featurestore.calls.clear()
    assert stage.featurestore.calls == []
    elsewhere.calls.assert_called("CreateFeatureGroup", times=1)


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        ("PutRecrd", {}, "Unknown operation 'PutRecrd'; did you mean 'PutRecord'?"),
        ("PutRecord", {"FeatureGroupname": "g"}, "PutRecord has no parameter 'FeatureGroupname'; did you mean 'Feat"),
    ],
)
def test_call_filter_with_misspelled_name_raises_value_error(customers, operation, params, message):
    calls = customers.featurestore.calls
    for assertion in (calls.of, calls.assert_called, calls.assert_not_called):
        with pytest.raises(ValueError, match=re.escape(message)):
            assertion(operation, **params)


def test_assert_called_with_zero_times_fails_after_a_call(customers):
    assert customers.featurestore.calls.assert_called("PutRecord", times=0) == []
    customers.put()
    with pytest.raises(AssertionError, match="Expected PutRecord to be called 0 times, but it was called 1 times"):
        customers.featurestore.calls.assert_called("PutRecord", times=0)


def test_dataframe_of_calls_has_one_row_per_call(customers):
    customers.put()
    data = customers.featurestore.calls.to_dataframe()
    assert list(data["operation"]) == ["CreateFeatureGroup", "PutRecord"]
    assert list(data["status"]) == [200, 200]


def test_dataframe_of_calls_with_a_lost_response_has_integer_statuses(customers):
    customers.put()
    with customers.featurestore.drop("PutRecord"), pytest.raises(ConnectionClosedError):
        customers.retrying("standard", 1).put_record(FeatureGroupName="customers", Record=RECORD)
    assert list(map(str, customers.featurestore.calls.to_dataframe()["status"])) == ["200", "200", "<NA>"]


def test_calls_include_requests_that_cannot_be_parsed(server_clients, server_url):
    put = f"{server_url}/FeatureGroup/customers"
    requests.put(put, b"{", timeout=10)
    requests.patch(put, b"", timeout=10)
    requests.post(server_url, b"{}", headers={"X-Amz-Target": "SageMaker.MergeFeatureGroups"}, timeout=10)
    calls = featurestore(url=server_url).calls
    assert [(call.operation, call.params, call.error_code) for call in calls] == [
        ("PutRecord", {}, "SerializationException"),
        ("PATCH /FeatureGroup/customers", {}, "UnknownOperationException"),
        ("MergeFeatureGroups", {}, "UnknownOperationException"),
    ]
    calls.assert_called("MergeFeatureGroups", times=1)


def test_calls_contain_the_arn_of_the_caller_if_iam_is_enforced(monkeypatch):
    from moto.core import set_initial_no_auth_action_count

    @set_initial_no_auth_action_count(2)
    def run():
        iam = boto3.client("iam")
        iam.create_user(UserName="someone")
        key = iam.create_access_key(UserName="someone")["AccessKey"]
        client = boto3.client(
            "sagemaker-featurestore-runtime",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )
        with pytest.raises(ClientError, match="not authorized"):
            client.put_record(FeatureGroupName="customers", Record=RECORD)
        [call] = featurestore.calls
        assert call.identity == "arn:aws:iam::123456789012:user/someone"
        assert call.error_code == "AccessForbidden"

    with mock_featurestore():
        run()


def test_calls_of_new_mock_are_empty_after_an_unknown_operation_in_the_previous_mock():
    with mock_featurestore():
        requests.patch("https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com/FeatureGroup/a", b"", timeout=10)
    with mock_featurestore():
        assert featurestore.calls == []
