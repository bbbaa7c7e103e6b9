"""The entries and the formats of the request log."""

import json
from io import BytesIO

import pytest

from moto_featurestore.server.log import LOGS, RequestLog

SIGNED = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=x"


def entry_of(status="200 OK", headers=(), **environ):
    """Return the entry of a request."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.input": BytesIO(), **environ}
    entries = []

    def app(_, start_response):
        start_response(status, list(headers))
        return []

    RequestLog(app, entries.append)(environ, lambda *_: None)
    [entry] = entries
    return entry


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"REQUEST_METHOD": "PUT", "RAW_URI": "/FeatureGroup/a"}, ("PutRecord", "a")),
        ({"REQUEST_METHOD": "PUT", "RAW_URI": "/FeatureGroup/arn%3Aaws%2Fa"}, ("PutRecord", "arn:aws/a")),
        ({"RAW_URI": "/FeatureGroup/a?RecordIdentifierValueAsString=1"}, ("GetRecord", "a")),
        ({"REQUEST_METHOD": "DELETE", "RAW_URI": "/FeatureGroup/a"}, ("DeleteRecord", "a")),
        ({"REQUEST_METHOD": "POST", "RAW_URI": "/BatchGetRecord"}, ("BatchGetRecord", None)),
        (
            {"HTTP_X_AMZ_TARGET": "SageMaker.ListFeatureGroups", "wsgi.input": BytesIO(b"{}")},
            ("ListFeatureGroups", None),
        ),
        (
            {
                "HTTP_X_AMZ_TARGET": "SageMaker.DescribeFeatureGroup",
                "wsgi.input": BytesIO(b'{"FeatureGroupName": "a"}'),
            },
            ("DescribeFeatureGroup", "a"),
        ),
        ({"HTTP_X_AMZ_TARGET": "SageMaker.Search", "wsgi.input": None}, ("Search", None)),
        ({"HTTP_X_AMZ_TARGET": "SageMaker.Search", "wsgi.input": BytesIO(b"[]")}, ("Search", None)),
        ({"HTTP_X_AMZ_TARGET": "SageMaker.Search", "wsgi.input": BytesIO(b"{")}, ("Search", None)),
        (
            {"HTTP_X_AMZ_TARGET": "SageMaker.Search", "wsgi.input": BytesIO(b'{"FeatureGroupName": 1}')},
            ("Search", None),
        ),
        (
            {"HTTP_X_AMZ_TARGET": "AWSGlue.GetTable", "wsgi.input": BytesIO(b'{"FeatureGroupName": "a"}')},
            ("GetTable", None),
        ),
        ({"RAW_URI": "/", "QUERY_STRING": "Action=ListRoles"}, ("ListRoles", None)),
        ({"RAW_URI": "/bucket/key"}, (None, None)),
    ],
)
def test_log_entry_contains_operation_and_group_name(environ, expected):
    entry = entry_of(**environ)
    assert (entry["operation"], entry["group"]) == expected


def test_log_entry_contains_status_and_error_code_and_service():
    entry = entry_of(
        "404 Not Found", [("X-Amzn-ErrorType", "ResourceNotFound")], HTTP_AUTHORIZATION=SIGNED.format("sagemaker")
    )
    assert (entry["status"], entry["error"], entry["service"]) == (404, "ResourceNotFound", "sagemaker")
    assert entry["milliseconds"] >= 0


def test_log_contains_a_request_whose_application_raised_an_error():
    entries = []
    log = RequestLog(lambda *_: 1 / 0, entries.append)
    with pytest.raises(ZeroDivisionError):
        log({"REQUEST_METHOD": "GET", "PATH_INFO": "/a"}, None)
    assert (entries[0]["path"], entries[0]["status"]) == ("/a", None)


def test_log_in_json_format_writes_json(capsys):
    LOGS["json"](entry_of(RAW_URI="/bucket/key"))
    entry = json.loads(capsys.readouterr().err)
    assert entry["path"] == "/bucket/key"
    assert entry["time"].endswith("Z")


def test_log_in_text_format_writes_one_line_per_request(capsys):
    environ = {
        "REQUEST_METHOD": "PUT",
        "RAW_URI": "/FeatureGroup/a%0Ab",
        "HTTP_AUTHORIZATION": SIGNED.format("sagemaker"),
    }
    LOGS["text"](entry_of("400 Bad Request", [("x-amzn-errortype", "ValidationError")], **environ))
    time, *rest, _, unit = capsys.readouterr().err.split()
    assert time.endswith("Z")
    assert [*rest, unit] == ["sagemaker", "PutRecord", r"a\nb", "400", "ValidationError", "ms"]


def test_log_in_text_format_of_unknown_operation_contains_the_path(capsys):
    LOGS["text"](entry_of(RAW_URI="/bucket/key"))
    assert " GET /bucket/key 200 " in capsys.readouterr().err
