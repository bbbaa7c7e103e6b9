"""Entry points: botocore, the requests library, moto's server and moto's proxy."""

import json
import logging
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64decode
from inspect import signature
from urllib.parse import urlsplit

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.core.exceptions import ServiceNotWhitelisted
from moto.core.models import botocore_stubber
from moto.moto_api import recorder
from moto.server import ThreadedMotoServer

from moto_featurestore import featurestore, mock_featurestore
from moto_featurestore._moto.backend import NAME
from moto_featurestore._moto.botocore_clients import NetworkBlockedError
from moto_featurestore._moto.entry_points.wsgi import _wsgi_body
from moto_featurestore.protocol.model import is_of_feature_store

RUNTIME_URL = "https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com"
CONTROL_URL = "https://api.sagemaker.us-east-1.amazonaws.com/"
GROUP = {
    "FeatureGroupName": "group",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "time",
    "FeatureDefinitions": [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
    "OnlineStoreConfig": {"EnableOnlineStore": True},
}
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]


def runtime(**options):
    return boto3.client("sagemaker-featurestore-runtime", **{"region_name": "us-east-1", **options})


def control(**options):
    return boto3.client("sagemaker", **{"region_name": "us-east-1", **options})


def record_exists(client, group="group"):
    return "Record" in client.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="1")


@pytest.fixture
def mock():
    with mock_featurestore():
        yield


@pytest.fixture
def group(mock):
    control().create_feature_group(**GROUP)
    runtime().put_record(FeatureGroupName="group", Record=RECORD)


@pytest.fixture
def no_network(monkeypatch):
    attempts = []

    def fail_lookup(host, *_, **__):
        attempts.append(host)
        raise socket.gaierror("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", fail_lookup)
    return attempts


# In process.


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint_url": "https://vpce-0123.featurestore-runtime.sagemaker.us-east-1.vpce.amazonaws.com"},
        {"endpoint_url": "http://feature-store.example:8080"},
        {"config": Config(use_fips_endpoint=True)},
        {"config": Config(use_dualstack_endpoint=True)},
        {"config": Config(signature_version=UNSIGNED)},
    ],
    ids=["VPC", "custom", "FIPS", "dual stack", "unsigned"],
)
def test_botocore_client_with_any_endpoint_option_is_mocked(group, no_network, options):
    assert record_exists(runtime(**options))
    assert no_network == []


def test_botocore_client_with_loopback_endpoint_is_not_mocked(mock):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0"):  # noqa: S104 - the test connects to it and does not bind it
        with pytest.raises(EndpointConnectionError):
            record_exists(runtime(endpoint_url=f"http://{host}:{port}", config=config))


def test_other_sagemaker_services_are_handled_by_moto(mock, no_network):
    client = boto3.client("sagemaker-runtime", region_name="us-east-1")
    assert client.invoke_endpoint(EndpointName="endpoint", Body="x")["Body"].read() == b"body"
    elsewhere = control(endpoint_url="https://sagemaker.example")
    with pytest.raises(
        NetworkBlockedError, match=r"ListModels of the service sagemaker, sent to the host sagemaker\.example"
    ):
        elsewhere.list_models()
    assert no_network == []


def test_passthrough_setting_for_sagemaker_sends_request_to_the_original_host(no_network):
    config = Config(use_fips_endpoint=True, retries={"total_max_attempts": 1})
    passthrough = {"core": {"passthrough": {"services": ["sagemaker"]}}}
    with mock_featurestore(config=passthrough), pytest.raises(EndpointConnectionError):
        control(config=config).list_models()
    assert no_network == ["api-fips.sagemaker.us-east-1.amazonaws.com"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[", b"[]", b"{}", b'{"ResourceArn": 5}'])
def test_function_is_of_feature_store_for_tag_request_without_arn_returns_false(body):
    assert not is_of_feature_store("AddTags", body)


DEEP = b'{"SubExpressions": [' * 50_000 + b"]}" * 50_000


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"Resource": "FeatureGroup"}', True),
        (b'{"Resource": "FeatureMetadata", "MaxResults": 5}', True),
        (b'{"Resource": "\\u0046eatureGroup"}', True),
        (b'{"Resource": "FeatureGroup", "SearchExpression": %s}' % DEEP, True),
        (b'{"SearchExpression": %s, "Resource" : "FeatureMetadata"}' % DEEP, True),
        (b'{"Resource": "FeatureGroup", ', True),
        (b'{"Resource": "TrainingJob"}', False),
        (b'{"Resource": "FeatureGroups"}', False),
        (b'{"Resource": ["FeatureGroup"]}', False),
        (b'{"Resource": "Model", "Other": "\\"Resource\\": \\"FeatureGroup\\""}', False),
        (b'{"Resource": "Model", "SearchExpression": %s}' % DEEP, False),
        (b"{}", False),
        (b"", False),
        (b"[", False),
        (b"[]", False),
    ],
    ids=lambda value: value[:60].decode() if isinstance(value, bytes) else "",
)
@pytest.mark.parametrize("operation", ["Search", "GetSearchSuggestions"])
def test_function_is_of_feature_store_for_search_request_is_true_only_for_feature_store_resources(
    operation, body, expected
):
    assert is_of_feature_store(operation, body) is expected


def test_regions_and_accounts_have_separate_stores(group, monkeypatch):
    assert record_exists(runtime())
    elsewhere = runtime(region_name="eu-west-1")
    with pytest.raises(ClientError, match="Resource Not Found"):
        record_exists(elsewhere)
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "210987654321")
    with pytest.raises(ClientError, match="Resource Not Found"):
        record_exists(runtime())
    arn = control().create_feature_group(**GROUP)["FeatureGroupArn"]
    assert ":210987654321:" in arn


def test_account_of_a_request_comes_from_the_header_or_the_assumed_role(mock):
    client = control()
    client.meta.events.register(
        "before-sign", lambda request, **_: request.headers.add_header("x-moto-account-id", "111111111111")
    )
    assert ":111111111111:" in client.create_feature_group(**GROUP)["FeatureGroupArn"]
    role = "arn:aws:iam::222222222222:role/role"
    keys = boto3.client("sts", region_name="us-east-1").assume_role(RoleArn=role, RoleSessionName="session")[
        "Credentials"
    ]
    assumed = control(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert ":222222222222:" in assumed.create_feature_group(**GROUP)["FeatureGroupArn"]


def test_group_arn_has_the_partition_of_the_region(mock):
    arn = control(region_name="cn-north-1").create_feature_group(**GROUP)["FeatureGroupArn"]
    assert arn.startswith("arn:aws-cn:sagemaker:cn-north-1:")


def test_request_to_unknown_region_is_rejected_unless_moto_allows_unknown_regions(mock, monkeypatch):
    with pytest.raises(
        ClientError, match=r"moto does not know the region \[mars-1\].*MOTO_ALLOW_NONEXISTENT_REGION=true"
    ):
        control(region_name="mars-1").create_feature_group(**GROUP)
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    assert control(region_name="mars-1").create_feature_group(**GROUP)["FeatureGroupArn"]


def test_botocore_stubber_outside_of_mocks_returns_none():
    with mock_featurestore():
        pass
    request = AWSPreparedRequest("GET", f"{RUNTIME_URL}/FeatureGroup/group", {}, b"", stream_output=False)
    assert botocore_stubber("before-send.sagemaker-featurestore-runtime.GetRecord", request) is None


def test_passthrough_setting_for_the_runtime_sends_request_to_the_network(no_network):
    config = Config(retries={"total_max_attempts": 1})
    for passthrough in ({"services": [NAME]}, {"urls": [r".*featurestore-runtime.*"]}):
        with mock_featurestore(config={"core": {"passthrough": passthrough}}), pytest.raises(EndpointConnectionError):
            record_exists(runtime(config=config))
    assert len(no_network) >= 2


def test_moto_service_whitelist_without_feature_store_raises_service_not_whitelisted():
    with mock_featurestore(config={"core": {"service_whitelist": ["s3"]}}), pytest.raises(ServiceNotWhitelisted):
        record_exists(runtime())
    with mock_featurestore(config={"core": {"service_whitelist": ["sagemaker", NAME]}}):
        control().create_feature_group(**GROUP)
        assert not record_exists(runtime())


def test_moto_recorder_records_requests_inside_the_process(mock, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    recorder.start_recording()
    control().create_feature_group(**GROUP)
    recorder.stop_recording()
    [entry] = [json.loads(line) for line in (tmp_path / "recording").read_text().splitlines()]
    assert entry["method"] == "POST"
    assert entry["headers"]["X-Amz-Target"] == "SageMaker.CreateFeatureGroup"


def test_request_body_of_any_python_type_is_accepted(group):
    def send(body):
        url = f"{RUNTIME_URL}/FeatureGroup/group"
        request = AWSPreparedRequest("PUT", url, {}, body, stream_output=False)
        response = botocore_stubber("before-send.sagemaker-featurestore-runtime.PutRecord", request)
        assert isinstance(response, AWSResponse)
        return response.status_code

    from io import BytesIO

    text = json.dumps({"Record": RECORD})
    assert [send(body) for body in (text, text.encode(), bytearray(text.encode()), BytesIO(text.encode()))] == [200] * 4
    assert send(iter([text[:5].encode(), text[5:].encode()])) == 200
    assert send(None) == 400


# The library ``requests``.


def test_requests_library_request_is_mocked(group, no_network):
    url = f"{RUNTIME_URL}/FeatureGroup/group"
    answer = requests.get(url, params={"RecordIdentifierValueAsString": "1"}, timeout=5)
    assert answer.json()["Record"][0] == {"FeatureName": "id", "ValueAsString": "1", "ValueAsStringList": None}
    assert requests.put(url, json={"Record": RECORD}, timeout=5).status_code == 200
    listed = requests.post(CONTROL_URL, headers={"X-Amz-Target": "SageMaker.ListFeatureGroups"}, json={}, timeout=5)
    assert listed.json()["FeatureGroupSummaries"][0]["FeatureGroupName"] == "group"
    search = {"X-Amz-Target": "SageMaker.Search", "Content-Type": "application/x-amz-json-1.1"}
    for resource, hits in (("FeatureGroup", 1), ("FeatureMetadata", 2), ("TrainingJob", 0)):
        answer = requests.post(CONTROL_URL, headers=search, json={"Resource": resource}, timeout=5)
        assert len(answer.json()["Results"]) == hits
    headers = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    models = requests.post(CONTROL_URL, headers=headers, data="{}", timeout=5)
    assert models.json()["Models"] == []
    assert no_network == []


# moto's server.


def post(url, path, body, **headers):
    request = urllib.request.Request(f"{url}{path}", data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_server_accepts_unsigned_requests(server_clients, server_url):
    body = json.dumps(GROUP).encode()
    assert post(server_url, "/", body, **{"X-Amz-Target": "SageMaker.CreateFeatureGroup"})[0] == 200
    identifiers = [{"FeatureGroupName": "group", "RecordIdentifiersValueAsString": ["1"]}]
    status, answer = post(server_url, "/BatchGetRecord", json.dumps({"Identifiers": identifiers}).encode())
    assert (status, answer["Records"]) == (200, [])


def test_server_response_has_one_date_header(server_clients, server_url):
    response = requests.get(f"{server_url}/FeatureGroup/a", timeout=10)
    assert "," not in response.headers["date"].partition(", ")[2]
    assert response.headers["x-amzn-errortype"] == "ValidationError"


def test_server_requests_to_other_services_are_handled_by_moto(server_clients):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    assert s3.list_buckets()["Buckets"][0]["Name"] == "bucket"
    assert server_clients("sagemaker").list_models()["Models"] == []


def test_tag_operations_are_routed_by_resource_arn(each_entry_point):
    client = each_entry_point("sagemaker")
    group = client.create_feature_group(**GROUP)["FeatureGroupArn"]
    role = "arn:aws:iam::123456789012:role/role"
    model = client.create_model(ModelName="model", ExecutionRoleArn=role, Tags=[{"Key": "of", "Value": "model"}])
    client.add_tags(ResourceArn=group, Tags=[{"Key": "of", "Value": "group"}])
    assert client.list_tags(ResourceArn=group)["Tags"] == [{"Key": "of", "Value": "group"}]
    assert client.list_tags(ResourceArn=model["ModelArn"])["Tags"] == [{"Key": "of", "Value": "model"}]
    client.delete_tags(ResourceArn=group, TagKeys=["of"])
    assert client.list_tags(ResourceArn=group)["Tags"] == []


def test_search_is_routed_by_resource_parameter(each_entry_point):
    client = each_entry_point("sagemaker")
    for name in ("one", "two", "three"):
        client.create_feature_group(**GROUP | {"FeatureGroupName": name})
    client.create_experiment(ExperimentName="experiment")
    pages = list(client.get_paginator("search").paginate(Resource="FeatureGroup", PaginationConfig={"PageSize": 2}))
    record_exists = [result["FeatureGroup"]["FeatureGroupName"] for page in pages for result in page["Results"]]
    assert (len(pages), sorted(record_exists)) == (2, ["one", "three", "two"])
    [result] = client.search(Resource="Experiment")["Results"]
    assert result["Experiment"]["ExperimentName"] == "experiment"
    features = client.get_paginator("search").paginate(Resource="FeatureMetadata", PaginationConfig={"PageSize": 5})
    assert len(features.build_full_result()["Results"]) == 6
    names = client.get_paginator("list_feature_groups").paginate(PaginationConfig={"PageSize": 2})
    assert len(names.build_full_result()["FeatureGroupSummaries"]) == 3
    query = {"PropertyNameQuery": {"PropertyNameHint": "FeatureN"}}
    suggestions = client.get_search_suggestions(Resource="FeatureMetadata", SuggestionQuery=query)
    assert suggestions["PropertyNameSuggestions"] == [{"PropertyName": "FeatureName"}]


def test_server_rejects_a_deeply_nested_search(server_clients, server_url):
    body = b'{"Resource": "FeatureGroup", "SearchExpression": %s}' % DEEP
    status, answer = post(server_url, "/", body, **{"X-Amz-Target": "SageMaker.Search"})
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("name", ["my-invocations", "invocations", "BatchPutMetrics", "Record"])
def test_server_accepts_a_group_name_that_equals_part_of_a_url_path(server_clients, name):
    server_clients("sagemaker").create_feature_group(**GROUP | {"FeatureGroupName": name})
    client = server_clients("sagemaker-featurestore-runtime")
    client.put_record(FeatureGroupName=name, Record=RECORD)
    assert record_exists(client, name)


def test_moto_recorder_records_requests_to_the_server(server_clients, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    recorder.start_recording()
    server_clients("sagemaker").create_feature_group(**GROUP)
    recorder.stop_recording()
    [entry] = [json.loads(line) for line in (tmp_path / "recording").read_text().splitlines()]
    assert entry["headers"]["X-Amz-Target"] == "SageMaker.CreateFeatureGroup"
    body = b64decode(entry["body"]) if entry["body_encoded"] else entry["body"]
    assert json.loads(body)["FeatureGroupName"] == "group"
    assert server_clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"]


def test_moto_reset_deletes_feature_groups(server_clients, server_url):
    server_clients("sagemaker").create_feature_group(**GROUP)
    requests.post(f"{server_url}/moto-api/reset", timeout=10)
    assert server_clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []


def test_threaded_moto_server_serves_the_feature_store(server_clients, caplog):
    caplog.set_level(logging.CRITICAL, "werkzeug")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        client = control(endpoint_url=f"http://{host}:{port}")
        assert client.create_feature_group(**GROUP)["FeatureGroupArn"]
        assert record_exists(runtime(endpoint_url=f"http://{host}:{port}")) is False
    finally:
        server.stop()


def test_wsgi_body_without_content_length_is_read_only_if_input_is_terminated():
    from io import BytesIO

    assert _wsgi_body({"wsgi.input": BytesIO(b"{}"), "wsgi.input_terminated": True}) == b"{}"
    assert _wsgi_body({"wsgi.input": BytesIO(b"never read")}) == b""


def send_raw(url, *lines):
    host, _, port = url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join((*lines, "Host: localhost", "Connection: close", "", "")).encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_server_handles_absolute_urls_and_invalid_content_lengths_and_options_and_head_requests(
    server_clients, server_url
):
    missing = "can't find a FeatureGroup with name [nobody]"
    path = "/FeatureGroup/nobody?RecordIdentifierValueAsString=1"
    assert missing in send_raw(server_url, f"GET http://localhost{path} HTTP/1.1")
    for length in ("abc", "-1"):
        answer = send_raw(server_url, "PUT /FeatureGroup/nobody HTTP/1.1", f"Content-Length: {length}")
        assert answer.startswith(("HTTP/1.0 400 Bad Request", "HTTP/1.1 400 Bad Request"))
    assert "AccessForbidden" not in send_raw(server_url, f"OPTIONS {path} HTTP/1.1")
    assert missing not in send_raw(server_url, f"HEAD {path} HTTP/1.1")


def test_server_requests_for_s3_keys_that_resemble_feature_store_paths_are_handled_by_moto(server_clients):
    s3 = server_clients("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("FeatureGroup/data.csv", "BatchGetRecord", "BatchWriteRecord-results.json"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"content")
        url = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": key})
        assert requests.get(url, timeout=10).content == b"content"
        virtual = urlsplit(s3.meta.endpoint_url)
        headers = {"Host": f"bucket.localhost:{virtual.port}"}
        assert b"FeatureGroup" not in requests.get(f"{s3.meta.endpoint_url}/{key}", headers=headers, timeout=10).content


# moto's proxy, at the level of its handlers.


def send_to_proxy(method, host, path, headers, body):
    proxy = pytest.importorskip("moto.moto_proxy.proxy3", exc_type=ImportError)  # older releases need an extra for it
    more = {"form_data": {}} if "form_data" in signature(proxy.MotoRequestHandler.parse_request).parameters else {}
    handler = proxy.MotoRequestHandler(5005)
    return handler.parse_request(method=method, host=host, path=path, headers=headers, body=body, **more)


def test_moto_proxy_handles_feature_store_requests(group):
    path = "/FeatureGroup/group?RecordIdentifierValueAsString=1"
    status, _, body = send_to_proxy("GET", RUNTIME_URL, path, {}, b"")
    assert (status, json.loads(body)["Record"][0]["ValueAsString"]) == (200, "1")
    target = {"X-Amz-Target": "SageMaker.ListFeatureGroups"}
    status, _, body = send_to_proxy("POST", CONTROL_URL.rstrip("/"), "/", target, b"{}")
    assert (status, len(json.loads(body)["FeatureGroupSummaries"])) == (200, 1)


def test_moto_proxy_requests_to_other_services_are_handled_by_moto(group):
    search = {"X-Amz-Target": "SageMaker.Search", "Content-Type": "application/x-amz-json-1.1"}
    for resource, hits in (("FeatureGroup", 1), ("TrainingJob", 0)):
        body = json.dumps({"Resource": resource}).encode()
        status, _, body = send_to_proxy("POST", CONTROL_URL.rstrip("/"), "/", search, body)
        assert (status, len(json.loads(body)["Results"])) == (200, hits)
    headers = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    status, _, body = send_to_proxy("POST", CONTROL_URL.rstrip("/"), "/", headers, b"{}")
    assert (status, json.loads(body)["Models"]) == (200, [])


# TEST_SERVER_MODE, and clients that are older than the mock.


def run(code, **environment):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout


def test_setting_moto_test_server_mode_sends_requests_to_the_server(server_clients, server_url):
    code = f"""
import boto3
from moto_featurestore import featurestore, mock_featurestore
with mock_featurestore():
    boto3.client("sagemaker", region_name="us-east-1").create_feature_group(**{GROUP})
    print(boto3.client("sagemaker", region_name="us-east-1").list_feature_groups()["FeatureGroupSummaries"][0]["FeatureGroupName"])
    try:
        featurestore.records("group")
    except RuntimeError as error:
        print(error)
"""
    output = run(code, TEST_SERVER_MODE="true", TEST_SERVER_MODE_ENDPOINT=server_url).splitlines()
    assert output == [
        "group",
        "TEST_SERVER_MODE is set, so this process has no Feature Store state. Create the FeatureStore object with the URL of the server: featurestore(url=...).",
    ]


def test_patch_client_mocks_a_client_that_was_created_before_the_mock():
    code = """
import boto3
client = boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1")
from moto_featurestore import mock_featurestore
with mock_featurestore():
    import moto.core
    moto.core.patch_client(client)
    try:
        client.get_record(FeatureGroupName="nobody", RecordIdentifierValueAsString="1")
    except client.exceptions.ValidationError as error:
        print(error)
"""
    assert "can't find a FeatureGroup with name [nobody]" in run(code)


def test_get_backend_returns_the_feature_store_backend(group):
    from moto.backends import get_backend

    backend = get_backend(NAME)["123456789012"]["us-east-1"]
    assert list(backend.store.groups) == ["group"]
    assert featurestore.records("group").online["1"]["time"] == "2026-01-01T00:00:00Z"
