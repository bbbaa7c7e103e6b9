"""The server with moto and the Feature Store: headers, paths, broken and rejected requests."""

import json
import socket

import pytest
import requests
from botocore.exceptions import ClientError
from moto.core import request

from moto_featurestore._moto.entry_points import wsgi


def raw(url, *lines):
    host, _, port = url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join((*lines, "Host: localhost", "Connection: close", "", "")).encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_header_name_with_underscores_does_not_replace_header_with_dashes(server_clients, server_url):
    answer = raw(server_url, "GET /FeatureGroup/nobody HTTP/1.1", "X_Amz_Target: SageMaker.ListFeatureGroups")
    assert "Value null at 'recordIdentifierValueAsString'" in answer


def test_s3_metadata_names_with_underscores_are_unchanged(server_clients):
    if not hasattr(request, "PRESERVED_HEADER_NAMES_ENVIRON_KEY"):
        pytest.skip("moto 5.2.4 does not keep them")
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Metadata={"my_key": "1"})
    assert s3.head_object(Bucket="bucket", Key="key")["Metadata"] == {"my_key": "1"}


def test_s3_metadata_name_with_dashes_overrides_the_name_with_underscores(server_clients, server_url):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    raw(server_url, "PUT /bucket/key HTTP/1.1", "Content-Length: 0", "x-amz-meta-my_key: 1", "x-amz-meta-my-key: 2")
    assert s3.head_object(Bucket="bucket", Key="key")["Metadata"] == {"my-key": "2"}


@pytest.mark.parametrize("key", ["a/b", "a%2Fb", "a b+c", "ü"])
def test_s3_object_key_with_special_characters_is_unchanged(key, server_clients):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key=key, Body=b"1")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="bucket")["Contents"]] == [key]


def cut_off(url, line, body):
    """Send a request whose body is shorter than its Content-Length."""
    host, _, port = url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body) + 1}\r\n\r\n"
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_incomplete_s3_upload_does_not_change_the_object(server_clients, server_url):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"old")
    assert b" 200 " not in cut_off(server_url, "PUT /bucket/key", b"new")
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"old"


def test_incomplete_put_record_request_does_not_write_the_record(server_clients, server_url):
    server_clients("sagemaker").create_feature_group(
        FeatureGroupName="a",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )
    values = {"id": "1", "time": "2026-01-01T00:00:00Z"}
    features = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    assert b" 200 " not in cut_off(server_url, "PUT /FeatureGroup/a", json.dumps({"Record": features}).encode())
    runtime = server_clients("sagemaker-featurestore-runtime")
    assert "Record" not in runtime.get_record(FeatureGroupName="a", RecordIdentifierValueAsString="1")


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}], ids=["origin", "host"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/moto-api/reset"),
        ("POST", "/moto-api/featurestore/fail"),
        ("GET", "/moto-api/data.json"),
        ("PUT", "/FeatureGroup/a"),
        ("OPTIONS", "/FeatureGroup/a"),
        ("PUT", "/bucket/key"),
        ("POST", "/"),
    ],
)
def test_request_from_foreign_web_page_is_rejected_on_all_paths(method, path, headers, server_url):
    answer = requests.request(method, server_url + path, headers={"Content-Type": "text/plain", **headers}, timeout=10)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "start the server with --" in answer.json()["Message"]


def test_response_to_rejected_head_request_has_no_body(server_url):
    answer = requests.head(server_url, headers={"Host": "evil.example"}, timeout=10)
    assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("s3", lambda client: client.list_buckets()),
        ("sqs", lambda client: client.list_queues()),
        ("iam", lambda client: client.list_users()),
        ("glue", lambda client: client.get_databases()),
        ("sagemaker", lambda client: client.list_feature_groups()),
        (
            "sagemaker-featurestore-runtime",
            lambda client: client.get_record(FeatureGroupName="a", RecordIdentifierValueAsString="1"),
        ),
    ],
)
def test_error_of_rejected_request_is_parsed_by_clients_of_every_protocol(service, call, server_clients):
    client = server_clients(service)

    def ask_another_host(request, **_):
        request.headers["Host"] = "evil.example"

    client.meta.events.register("before-send", ask_another_host)
    try:
        with pytest.raises(ClientError, match=r"\(AccessDeniedException\).*--allow-host evil\.example"):
            call(client)
    finally:
        client.meta.events.unregister("before-send", ask_another_host)


LARGE = 16 * 1024 * 1024 + 1


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PUT", "/FeatureGroup/a", {}),
        ("POST", "/BatchWriteRecord", {}),
        ("POST", "/", {"X-Amz-Target": "SageMaker.CreateFeatureGroup"}),
    ],
)
def test_feature_store_request_above_the_size_limit_is_rejected(method, path, headers, server_url):
    answer = requests.request(method, server_url + path, headers=headers, data=iter([b"a" * LARGE]), timeout=30)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")


def test_s3_object_above_the_feature_store_size_limit_is_accepted(server_clients):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="FeatureGroup/a", Body=b"a" * LARGE)
    assert s3.head_object(Bucket="bucket", Key="FeatureGroup/a")["ContentLength"] == LARGE


def test_add_header_names_stores_original_names_only_for_moto_releases_that_read_original_names(monkeypatch):
    """moto 5.2.4 does not look for them."""
    environ = {}
    monkeypatch.setattr(wsgi, "_ORIGINAL_NAMES", "names")
    monkeypatch.setattr(request, "environ_key_for_header", str.upper, raising=False)
    monkeypatch.setattr(request, "should_preserve_original_header_name", lambda _: True, raising=False)
    wsgi.add_header_names(environ, ["a_b"])
    assert environ == {"names": {"A_B": "a_b"}}
    assert wsgi.keeps_underscores("a_b")
    monkeypatch.setattr(wsgi, "_ORIGINAL_NAMES", "")
    wsgi.add_header_names({}, ["a_b"])
    assert not wsgi.keeps_underscores("a_b")
