"""HTTP and both protocols. Source of the SerializationException texts: github.com/aws/aws-sdk-js-v3 issues. Others: assumed."""

import json

import pytest
from support.memory import feature

from moto_featurestore.protocol.errors import UnknownOperationException
from moto_featurestore.protocol.http import Request, find_operation

RECORD = {"customer_id": "c-1", "event_time": "2026-01-01T00:00:00Z"}


@pytest.fixture
def customers(service):
    assert service.create("customers").status == 200
    return service


def put_record(service, body):
    return service.send("PUT", "/FeatureGroup/customers", body=body)


def test_put_record_response_has_the_headers_of_aws_and_an_empty_body(customers):
    response = customers.put("customers", RECORD).response
    assert response.body == b""
    assert set(response.headers) == {"x-amzn-requestid", "content-type", "content-length", "date"}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == "0"


def test_get_record_response_contains_null_for_absent_members(customers):
    customers.put("customers", {**RECORD, "city": "Bern"})
    answer = customers.get("customers", "c-1", FeatureName=["city"])
    assert json.loads(answer.response.body) == {
        "ExpiresAt": None,
        "Record": [{"FeatureName": "city", "ValueAsString": "Bern", "ValueAsStringList": None}],
    }
    assert b" " not in answer.response.body


def test_get_record_response_for_unknown_identifier_has_only_null_members(customers):
    assert customers.get("customers", "nobody").body == {"ExpiresAt": None, "Record": None}


def test_runtime_error_has_message_in_the_body_and_code_in_a_header(customers):
    answer = customers.get("nobody", "1")
    assert answer.body == {
        "Message": "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [nobody]."
    }
    assert answer.response.headers["x-amzn-errortype"] == "ValidationError"
    assert answer.response.headers["content-type"] == "application/json"


def test_control_plane_error_has_code_in_the_body(service):
    answer = service.control("DescribeFeatureGroup", FeatureGroupName="nobody")
    assert answer.body["__type"] == "ResourceNotFound"
    assert answer.status == 400
    assert answer.response.headers["content-type"] == "application/x-amz-json-1.1"


def test_get_record_returns_non_ascii_text_as_utf_8(customers):
    customers.put("customers", {**RECORD, "city": "東京 🙂\u2028\0"})
    answer = customers.get("customers", "c-1")
    assert "東京 🙂".encode() in answer.response.body
    assert answer.body["Record"][2]["ValueAsString"] == "東京 🙂\u2028\0"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "The request is not valid JSON in UTF-8: "),
        (b"\xff\xfe{}", "The request is not valid JSON in UTF-8: "),
        (b'{"Record":[NaN]}', "The request is not valid JSON in UTF-8: NaN is not a value of JSON"),
        (b'{"Record":["\\ud800"]}', "The request is not valid JSON in UTF-8: "),
        (b'{"Record":' + b"9" * 5000 + b"}", "The request is not valid JSON in UTF-8: "),
        (b"[" * 100_000, "The JSON of the request is nested too deeply"),
        (b'"text"', "STRING_VALUE can not be converted to a structure"),
        (b"[]", "Start of list found where not expected"),
        (b"null", "NULL_VALUE can not be converted to a structure"),
        (b'{"Record":"text"}', "STRING_VALUE can not be converted to a list (at 'Record')"),
        (b'{"Record":{}}', "Start of structure or map found where not expected (at 'Record')"),
        (b'{"Record":[[]]}', "Start of list found where not expected (at 'Record.1.member')"),
        (
            b'{"Record":[{"FeatureName":"a"},{"FeatureName":1.5}]}',
            "NUMBER_VALUE can not be converted to a String (at 'Record.2.member.FeatureName')",
        ),
        (
            b'{"Record":[{"ValueAsStringList":["a",true]}]}',
            "TRUE_VALUE can not be converted to a String (at 'Record.1.member.ValueAsStringList.2.member')",
        ),
        (
            b'{"TtlDuration":{"Value":"5"}}',
            "STRING_VALUE can not be converted to an Integer (at 'TtlDuration.Value')",
        ),
        (b'{"TtlDuration":{"Value":5.0}}', "NUMBER_VALUE can not be converted to an Integer (at 'TtlDuration.Value')"),
        (
            b'{"TtlDuration":{"Value":3000000000}}',
            "Numeric value (3000000000) out of range of int (-2147483648 - 2147483647) (at 'TtlDuration.Value')",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else "",
)
def test_put_record_with_malformed_body_returns_an_error_with_the_path_to_the_value(customers, body, message):
    answer = put_record(customers, body)
    assert (answer.status, answer.code) == (400, "SerializationException")
    assert answer.message.startswith(message)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"CreationTimeAfter": "yesterday"}, "STRING_VALUE can not be converted to a Timestamp"),
        ({"CreationTimeAfter": 1e300}, "Numeric value (1e+300) out of range of Timestamp"),
        ({"MaxResults": False}, "FALSE_VALUE can not be converted to an Integer"),
    ],
)
def test_control_plane_request_with_value_of_wrong_type_is_rejected(service, params, message):
    answer = service.control("ListFeatureGroups", **params)
    assert (answer.status, answer.code) == (400, "SerializationException")
    assert answer.message.startswith(message)


def test_create_feature_group_with_string_for_boolean_is_rejected(service):
    answer = service.create("customers", OnlineStoreConfig={"EnableOnlineStore": "true"})
    assert answer.message == "STRING_VALUE can not be converted to a Boolean (at 'OnlineStoreConfig.EnableOnlineStore')"


def test_put_record_ignores_null_values_and_unknown_members(customers):
    record = [
        feature("customer_id", "c-1") | {"ValueAsStringList": None, "Comment": 5},
        feature("event_time", "2026-01-01T00:00:00Z"),
    ]
    assert customers.put("customers", record, TargetStores=None, Comment=[]).status == 200


def test_put_record_with_empty_body_is_rejected_because_members_are_missing(customers):
    assert "Value null at 'record'" in put_record(customers, b"").message


def test_get_record_with_repeated_query_parameter_uses_the_last_value(customers):
    customers.put("customers", RECORD)
    query = "RecordIdentifierValueAsString=nobody&RecordIdentifierValueAsString=c-1&Unknown=1"
    assert customers.send("GET", "/FeatureGroup/customers", query).body["Record"]


@pytest.mark.parametrize("encode", [True, False], ids=["encoded", "decoded"])
@pytest.mark.parametrize("group", ["Record", "ListRecords", "invocations", "BatchPutMetrics"])
def test_request_path_with_encoded_or_decoded_arn_finds_the_group(service, group, encode):
    service.create(group)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:feature-group/{group}"
    path = f"/FeatureGroup/{arn.replace('/', '%2F') if encode else arn}"
    assert (
        service.send(
            "PUT", path, body=json.dumps({"Record": [feature(*item) for item in RECORD.items()]}).encode()
        ).status
        == 200
    )
    if service.send("POST", f"{path}/ListRecords", body=b"{}").code != "UnknownOperationException":  # an older botocore
        assert service.send("POST", f"{path}/ListRecords", body=b"{}").body["RecordIdentifiers"] == ["c-1"]


@pytest.mark.parametrize(
    ("method", "path", "target", "request_name"),
    [
        ("PATCH", "/FeatureGroup/a", None, "PATCH /FeatureGroup/a of sagemaker-featurestore-runtime"),
        ("POST", "/Other", None, "POST /Other of sagemaker-featurestore-runtime"),
        ("POST", "/", "SageMaker.RenameFeatureGroup", "RenameFeatureGroup of sagemaker"),
        ("POST", "/", "SageMaker.GetRecord", "GetRecord of sagemaker"),  # an operation of the other service
    ],
)
def test_error_for_unsupported_operation_names_the_operation(service, method, path, target, request_name):
    answer = service.send(method, path, target=target)
    assert (answer.status, answer.code) == (400, "UnknownOperationException")
    assert answer.message.startswith(f"moto_featurestore does not support {request_name}. It supports: ")
    assert answer.message.endswith("upgrade them.")


def test_find_operation_with_unsupported_name_raises_an_error_that_contains_the_name():
    with pytest.raises(UnknownOperationException, match="does not support GetRecord of sagemaker-featurestore-runtime"):
        find_operation(Request("GET", "/FeatureGroup/a", "", b""), {"PutRecord"})
