"""The console's HTTP side: its files and their headers, the redirect of browsers, and the calls that it makes."""

import json
import re
from contextlib import contextmanager

import boto3
import pytest
import requests
from moto import settings
from moto.core.responses import ActionAuthenticatorMixin
from support.groups import group_parameters
from support.server_process import serving, serving_in_thread

from moto_featurestore import featurestore, install
from moto_featurestore._moto import identities
from moto_featurestore._moto.entry_points.wsgi import application
from moto_featurestore.server.console import application as console
from moto_featurestore.server.console.application import PATH, Console

ACCOUNT = "123456789012"
RUNTIME = "sagemaker-featurestore-runtime"
TIME = "2026-01-01T00:00:00Z"
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": TIME}]


@pytest.fixture(scope="module")
def server():
    with serving_in_thread(Console(application(), "eu-west-1")) as url:
        yield url


@pytest.fixture
def url(server):
    """The URL of a server with the console, in an empty state."""
    install()
    requests.post(f"{server}/moto-api/reset", timeout=10)
    yield server
    requests.post(f"{server}/moto-api/reset", timeout=10)


@pytest.fixture
def call(url):
    """A function that lets the console call an AWS operation."""

    def call(service, operation, params=None, region="us-east-1", **more):
        body = {"service": service, "operation": operation, "account_id": ACCOUNT, "region": region}
        return post(url, "call", body | {"params": params or {}} | more).json()

    return call


def post(url, name, body, **headers):
    return requests.post(
        f"{url}{PATH}{name}",
        data=body if isinstance(body, str) else json.dumps(body),
        headers={"Content-Type": "application/json", **headers},
        timeout=60,
    )


def get(url, path="/", **headers):
    return requests.get(f"{url}{path}", headers=headers, timeout=10, allow_redirects=False)


# The redirect.


@pytest.mark.parametrize("path", ["/", PATH.rstrip("/")])
def test_browser_request_to_root_is_redirected_to_the_console(url, path):
    response = get(url, path, Accept="text/html,application/xhtml+xml")
    assert (response.status_code, response.headers["Location"]) == (303, f"{PATH}?region=eu-west-1")


def test_redirect_to_the_console_without_a_seed_file_contains_no_region(url):
    app = Console(application())
    started = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_ACCEPT": "text/html"}
    app(environ, lambda status, headers: started.append((status, dict(headers))))
    assert (started[0][0], started[0][1]["Location"]) == ("303 See Other", PATH)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Accept": "*/*"}),
        ("/?x-id=ListBuckets", {"Accept": "text/html"}),
        ("/", {"Accept": "text/html", "Host": "bucket.s3.localhost"}),
        (
            "/",
            {
                "Accept": "text/html",
                "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request",
            },
        ),
    ],
)
def test_s3_client_request_to_root_reaches_s3(url, path, headers):
    response = get(url, path, **headers)
    assert response.status_code != 303
    assert "xml" in response.headers["Content-Type"]


def test_console_does_not_affect_list_buckets_of_boto3(url):
    boto3.client("s3", endpoint_url=url).create_bucket(Bucket="bucket")
    assert boto3.client("s3", endpoint_url=url).list_buckets()["Buckets"][0]["Name"] == "bucket"


def test_dashboard_of_moto_has_a_link_to_the_console(url):
    assert f'<a href="{PATH}">Feature Store console</a></p></body>' in get(url, "/moto-api/").text


# Files.


def test_content_security_policy_of_console_allows_only_files_of_the_server(url):
    response = get(url, PATH)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert policy.pop("default-src") == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}
    assert (policy["trusted-types"], policy["require-trusted-types-for"]) == ("'none'", "'script'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_console_files_contain_no_foreign_host_and_no_unescaped_markup():
    """Nothing is loaded from elsewhere. No script parses a text as HTML, runs one, or sets inline styles."""
    for name, file in console._files().items():
        text = file.body.decode()
        urls = set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}", text)) - {"http://www.w3.org"}
        assert urls == set(), name
        forbidden = (
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|<script>|\son\w+=\"|style=\""
        )
        assert re.search(forbidden, text) is None, name


def test_every_file_that_the_console_links_to_is_served(url):
    names = set(console._files())
    for name, file in console._files().items():
        folder = name.rpartition("/")[0]
        for other in re.findall(r"(?:from |import\()\"\./([^\"]+)\"", file.body.decode()):
            assert f"{folder}/{other}" in names
    page = get(url, PATH).text
    for other in re.findall(r"(?:src|href)=\"([a-z][^\"]+)\"", page):
        assert get(url, PATH + other).status_code == 200


def test_request_for_unchanged_console_file_returns_304(url):
    first = get(url, f"{PATH}console.css")
    second = get(url, f"{PATH}console.css", **{"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.content) == (304, b"")


@pytest.mark.parametrize("path", ["nothing.js", "../application.py", "..%2fapplication.py", "js/"])
def test_unknown_path_of_console_is_not_found(url, path):
    prepared = requests.Request("GET", url).prepare()
    prepared.url = f"{url}{PATH}{path}"  # requests would resolve the dots
    response = requests.Session().send(prepared, timeout=10)
    assert response.status_code == 404


def test_response_to_head_request_for_console_file_has_no_body(url):
    response = requests.head(url + PATH, timeout=10)
    assert (response.status_code, response.content) == (200, b"")


def test_post_request_to_console_file_is_not_allowed(url):
    assert requests.post(f"{url}{PATH}console.css", timeout=10).status_code == 405


# Endpoints.


@pytest.mark.parametrize("name", ["call", "session"])
def test_console_endpoint_accepts_only_json_post_requests(url, name):
    assert get(url, f"{PATH}{name}").status_code == 415
    assert post(url, name, "{}", **{"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[", "Expecting value"),
        ("3", "must be a mapping"),
        ({"service": "s3"}, "missing"),
        ({"service": 3, "operation": "x", "account_id": "1", "region": "x", "params": {}}, "must be strings"),
        (
            {"service": "s3", "operation": "x", "account_id": "1", "region": "x", "params": []},
            "params must be a JSON object",
        ),
    ],
)
def test_console_call_with_invalid_body_is_rejected(url, body, message):
    response = post(url, "call", body)
    assert response.status_code == 400
    assert message in response.json()["message"]


def test_console_call_from_page_of_another_origin_is_rejected(url):
    response = post(url, "session", {"account_id": ACCOUNT, "region": "us-east-1"}, Origin="http://evil.example")
    assert response.status_code == 403


def test_console_call_performs_operations_of_each_service(url, call):
    assert call("s3", "CreateBucket", {"Bucket": "bucket"})["result"]["Location"] == "/bucket"
    group = group_parameters("group", s3_uri="s3://bucket/features")
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:feature-group/group"
    assert call("sagemaker", "CreateFeatureGroup", group)["result"] == {"FeatureGroupArn": arn}
    answer = call(RUNTIME, "PutRecord", {"FeatureGroupName": "group", "Record": RECORD})
    assert answer["result"] == {}
    assert answer["milliseconds"] > 0
    read = {"FeatureGroupName": "group", "RecordIdentifierValueAsString": "1"}
    assert call(RUNTIME, "GetRecord", read)["result"]["Record"] == RECORD
    objects = call("s3", "ListObjectsV2", {"Bucket": "bucket", "Prefix": "features/"})["result"]["Contents"]
    [item] = [item for item in objects if item["Key"].endswith(".parquet")]
    assert call("s3", "GetObject", {"Bucket": "bucket", "Key": item["Key"]})["result"]["Body"].startswith("PAR1")
    tables = call("glue", "GetTables", {"DatabaseName": "sagemaker_featurestore"})["result"]["TableList"]
    query = {"QueryString": f'SELECT id FROM "{tables[0]["Name"]}"'}
    place = {"OutputLocation": "s3://bucket/results/"}
    context = {"Database": "sagemaker_featurestore"}
    started = call(
        "athena", "StartQueryExecution", {**query, "ResultConfiguration": place, "QueryExecutionContext": context}
    )["result"]
    rows = call("athena", "GetQueryResults", started)["result"]["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["id", "1"]


def test_console_call_is_recorded_in_the_call_log(url, call):
    call("sagemaker", "ListFeatureGroups")
    [logged] = featurestore(url=url).calls
    assert (logged.operation, logged.account_id, logged.region) == ("ListFeatureGroups", ACCOUNT, "us-east-1")
    assert logged.milliseconds > 0


def test_console_call_with_account_and_region_uses_the_store_of_this_account_and_region(url, call):
    group = group_parameters("group")
    call("sagemaker", "CreateFeatureGroup", group, region="eu-west-1", account_id="210987654321")
    session = post(url, "session", {"account_id": ACCOUNT, "region": "us-east-1"}).json()
    assert session["places"] == [{"account_id": "210987654321", "region": "eu-west-1", "groups": 1}]


def test_console_call_error_has_code_and_message_of_the_service(call):
    answer = call(RUNTIME, "PutRecord", {"FeatureGroupName": "group", "Record": RECORD})
    assert answer["error"] == {
        "code": "ValidationError",
        "message": "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [group].",
    }


@pytest.mark.parametrize(
    ("service", "operation", "message"),
    [
        ("ec2", "RunInstances", "does not support the service 'ec2'"),
        ("s3", "EatBucket", "s3 has no operation 'EatBucket'"),
    ],
)
def test_console_call_of_an_unknown_operation_is_rejected(call, service, operation, message):
    assert message in call(service, operation)["message"]


def test_console_call_with_invalid_parameters_returns_validation_errors(call):
    answer = call(RUNTIME, "PutRecord", {"FeatureGroupName": "group", "Record": 7})
    assert answer["error"]["code"] == "ParamValidationError"


def test_console_call_with_drop_fault_returns_a_connection_closed_error(url, call):
    featurestore(url=url).drop("ListFeatureGroups")
    assert call("sagemaker", "ListFeatureGroups")["error"]["code"] == "ConnectionClosed"


# Identities.


@contextmanager
def enforced():
    """Enforce IAM in moto from now on."""
    before = settings.INITIAL_NO_AUTH_ACTION_COUNT, ActionAuthenticatorMixin.request_count
    settings.INITIAL_NO_AUTH_ACTION_COUNT, ActionAuthenticatorMixin.request_count = 0, 0
    try:
        yield
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT, ActionAuthenticatorMixin.request_count = before


@pytest.fixture
def iam(url):
    """A client of IAM, with a user and a role that may list groups, and a user without access keys."""
    client = boto3.client("iam", endpoint_url=url)
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "sagemaker:ListFeatureGroups", "Resource": "*"},
        }
    )
    client.create_user(UserName="reader")
    client.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
    client.create_access_key(UserName="reader")
    client.create_user(UserName="keyless")
    client.create_role(RoleName="readers", AssumeRolePolicyDocument=policy)
    client.put_role_policy(RoleName="readers", PolicyName="read", PolicyDocument=policy)
    return client


def test_console_session_lists_identities_with_credentials(url, iam):
    body = {"account_id": ACCOUNT, "region": "us-east-1"}
    session = post(url, "session", body).json()
    assert session["is_enforced"] is False
    assert session["identities"] == [f"arn:aws:iam::{ACCOUNT}:user/reader", f"arn:aws:iam::{ACCOUNT}:role/readers"]
    with enforced():
        assert post(url, "session", body).json()["is_enforced"] is True


@pytest.mark.parametrize("identity", ["user/reader", "role/readers"])
def test_console_call_has_the_permissions_of_the_selected_identity(call, iam, identity):
    arn = f"arn:aws:iam::{ACCOUNT}:{identity}"
    group = group_parameters("group")
    with enforced():
        assert call("sagemaker", "ListFeatureGroups", identity=arn)["result"] == {"FeatureGroupSummaries": []}
        assert call("sagemaker", "ListFeatureGroups", identity=arn)["result"]  # with the same session
        answer = call("sagemaker", "CreateFeatureGroup", group, identity=arn)
        assert answer["error"]["code"] == "AccessDeniedException"
        assert identity.split("/")[1] in answer["error"]["message"]
        # Other services of moto check the same signature.
        assert call("s3", "CreateBucket", {"Bucket": "bucket"}, identity=arn)["error"]["code"] == "AccessDenied"


def test_console_call_without_identity_is_denied_while_iam_is_enforced(call, iam):
    with enforced():
        assert call("sagemaker", "ListFeatureGroups")["error"]["code"] == "UnrecognizedClientException"


@pytest.mark.parametrize("identity", ["user/keyless", "user/nobody", "role/nothing"])
def test_console_call_with_identity_without_credentials_is_rejected(call, iam, identity):
    assert (
        "neither a role"
        in call("sagemaker", "ListFeatureGroups", identity=f"arn:aws:iam::{ACCOUNT}:{identity}")["message"]
    )


def test_console_call_with_expired_session_uses_a_new_session(call, iam, monkeypatch):
    arn = f"arn:aws:iam::{ACCOUNT}:role/readers"
    monkeypatch.setattr(identities, "_SESSION_SECONDS", -1)
    first = identities.keys_of(arn, "us-east-1")
    monkeypatch.setattr(identities, "_SESSION_SECONDS", 3600)
    second = identities.keys_of(arn, "us-east-1")
    assert first != second == identities.keys_of(arn, "us-east-1")


# The command line.


def test_serve_with_default_options_serves_the_console():
    with serving() as (_, url):
        assert get(url, Accept="text/html").headers["Location"] == PATH
        assert "Feature Store console" in get(url, PATH).text
