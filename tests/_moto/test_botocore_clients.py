"""Clients of every age and with every kind of credentials are answered, and no request leaves the machine."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import boto3
import botocore.handlers
import pytest
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import EndpointConnectionError
from botocore.session import Session
from botocore.utils import InstanceMetadataFetcher
from moto.core.models import botocore_stubber

from moto_featurestore import mock_featurestore
from moto_featurestore._moto.botocore_clients import NetworkBlockedError

REGION = "us-east-1"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Fail the test if anything looks up a host or connects to one."""
    attempts = []

    def refuse(*args, **_):
        attempts.append(args)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield attempts
    assert attempts == []


@pytest.fixture
def old_session(monkeypatch):
    """Return a session as one that was created before moto was imported: it has no handler of moto's."""
    handlers = [entry for entry in botocore.handlers.BUILTIN_HANDLERS if entry[1] is not botocore_stubber]
    with monkeypatch.context() as patch:
        patch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)
        return boto3.Session(region_name=REGION)


# A program that creates its clients before it imports moto.

PROGRAM = """
import gc, os, socket, sys, threading

attempts = []
def refuse(*args, **_):
    attempts.append(args)
    raise OSError("no network in tests")
socket.getaddrinfo = socket.socket.connect = refuse

import boto3

profile = os.environ.get("TEST_PROFILE")
session = boto3.Session(region_name="us-east-1", profile_name=profile)
runtime = session.client("sagemaker-featurestore-runtime")
control = session.client("sagemaker")
bucket = session.resource("s3").Bucket("bucket")
unused = boto3.Session(region_name="us-east-1", profile_name=profile)
found_before = session.get_credentials()
assert not [name for name in sys.modules if name.partition(".")[0] == "moto"]
gc.collect()
gc.freeze()
attempts.clear()  # the look-up of credentials at import may have asked the instance metadata

from moto_featurestore import featurestore, mock_featurestore

signed = []
for client in (runtime, control, bucket.meta.client):
    client.meta.events.register("before-send", lambda request, **_: signed.append(str(request.headers["Authorization"])))

def use(number):
    record = [{"FeatureName": "id", "ValueAsString": str(number)}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]
    runtime.put_record(FeatureGroupName="group", Record=record)
    bucket.put_object(Key=str(number), Body=b"body")
    later = session.client("dynamodb")
    assert later.list_tables()["TableNames"] == []
    assert unused.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert unused.resource("dynamodb").meta.client.list_tables()["TableNames"] == []

for _ in range(2):
    with mock_featurestore():
        bucket.create()
        control.create_feature_group(
            FeatureGroupName="group", RecordIdentifierFeatureName="id", EventTimeFeatureName="time",
            FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
            OnlineStoreConfig={"EnableOnlineStore": True},
        )
        errors = []
        def in_thread():
            try:
                use(2)
            except BaseException as error:
                errors.append(error)
        thread = threading.Thread(target=in_thread)
        use(1)
        thread.start()
        thread.join()
        assert not errors, errors
        assert set(featurestore.records("group").online) == {"1", "2"}
assert attempts == [], attempts
assert signed and all("Credential=FOOBARKEY/" in header for header in signed), signed
assert session.get_credentials() is found_before
assert unused._session._credentials is None

try:
    runtime.get_record(FeatureGroupName="group", RecordIdentifierValueAsString="1")
except Exception as error:  # no connection, no credentials or no token of SSO
    assert "Resource Not Found" not in str(error), error
else:
    raise AssertionError("still answered after the mock")
print("done")
"""

REAL_KEYS = {"AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "real", "AWS_SESSION_TOKEN": "real"}
CONFIG = """
[profile production]
region = eu-west-1

[profile sso]
sso_session = company
sso_account_id = 123456789012
sso_role_name = role
region = eu-west-1

[sso-session company]
sso_region = us-east-1
sso_start_url = https://company.awsapps.com/start
sso_registration_scopes = sso:account:access
"""
SETUPS = {
    "real keys": REAL_KEYS,
    "a profile": {"TEST_PROFILE": "production"},
    "SSO": {"TEST_PROFILE": "sso"},
    "instance metadata only": {"AWS_METADATA_SERVICE_NUM_ATTEMPTS": "1"},
    "no credentials": {"AWS_EC2_METADATA_DISABLED": "true"},
}


@pytest.mark.process
@pytest.mark.parametrize("setup", SETUPS)
def test_client_created_before_moto_was_imported_is_mocked(tmp_path, setup):
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "credentials").write_text("[production]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        **SETUPS[setup],
    }
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.returncode) == ("done\n", 0), result.stderr


# Requests that would leave the machine.


def test_request_to_unmocked_host_raises_error_that_names_service_and_host_and_remedy():
    with mock_featurestore():
        client = boto3.client("s3", region_name=REGION, endpoint_url="https://storage.example:9000")
        with pytest.raises(NetworkBlockedError) as caught:
            client.list_buckets()
    assert str(caught.value) == (
        "The mock blocked a request to a real host: ListBuckets of the service s3, sent to the host"
        " storage.example, which moto does not mock. To allow the request, start the mock with"
        " config={'core': {'passthrough': {'urls': ['https://storage.example:9000/.*']}}}"
    )


def test_request_to_passthrough_url_is_sent(no_network):
    config = {"core": {"passthrough": {"urls": ["https://storage.example:9000/.*"], "services": ["dynamodb"]}}}
    with mock_featurestore(config=config):
        once = Config(retries={"total_max_attempts": 1})
        storage = boto3.client("s3", region_name=REGION, endpoint_url="https://storage.example:9000", config=once)
        with pytest.raises(EndpointConnectionError):
            storage.list_buckets()
        with pytest.raises(EndpointConnectionError):
            boto3.client("dynamodb", region_name=REGION, config=once).list_tables()
    assert [host for host, *_ in no_network] == ["storage.example", "dynamodb.us-east-1.amazonaws.com"]
    no_network.clear()


def test_client_without_credentials_sends_no_request_to_instance_metadata(monkeypatch):
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
    with mock_featurestore(), pytest.raises(NetworkBlockedError, match=r"EC2 instance metadata service at 169\.254"):
        InstanceMetadataFetcher().retrieve_iam_role_credentials()


def test_client_of_service_with_bearer_token_does_not_fetch_a_token():
    """CodeCatalyst signs with a token of SSO: https://docs.aws.amazon.com/codecatalyst/latest/userguide."""
    with mock_featurestore(), pytest.raises(NetworkBlockedError, match="ListSpaces of the service codecatalyst"):
        boto3.client("codecatalyst", region_name="us-west-2").list_spaces()


# Credentials.


def key_of(client, call="list_buckets"):
    """Return the access key with which a client signs."""
    headers = []
    client.meta.events.register("before-send", lambda request, **_: headers.append(request.headers))
    getattr(client, call)()
    key, token = (headers[0].get(name) or b"" for name in ("Authorization", "X-Amz-Security-Token"))
    text, token = (value.decode() if isinstance(value, bytes) else value for value in (key, token))
    return text.partition("Credential=")[2].partition("/")[0], token or None


def test_client_created_in_the_mock_with_explicit_credentials_uses_those_credentials():
    with mock_featurestore():
        client = boto3.client("s3", region_name=REGION, aws_access_key_id="mine", aws_secret_access_key="x")
        assert key_of(client) == ("mine", None)
        session = boto3.Session("of-session", "x", "token", REGION)
        assert key_of(session.client("s3")) == ("of-session", "token")


def test_credentials_of_role_assumed_in_the_mock_are_used_and_refreshed():
    refreshed = []

    def assume():
        refreshed.append(1)
        keys = boto3.client("sts", region_name=REGION).assume_role(
            RoleArn="arn:aws:iam::111122223333:role/other", RoleSessionName="session"
        )["Credentials"]
        return {
            "access_key": keys["AccessKeyId"],
            "secret_key": keys["SecretAccessKey"],
            "token": keys["SessionToken"],
            "expiry_time": keys["Expiration"].isoformat(),
        }

    with mock_featurestore():
        session = Session()
        session._credentials = RefreshableCredentials.create_from_metadata(assume(), assume, "test")
        session._credentials._expiry_time = datetime.now(UTC) - timedelta(hours=1)
        client = boto3.Session(botocore_session=session, region_name=REGION).client("sts")
        assert client.get_caller_identity()["Account"] == "111122223333"
    assert len(refreshed) == 2


def test_refreshable_credentials_created_before_the_mock_are_not_refreshed(old_session):
    def refresh():
        raise AssertionError("refreshed")

    past = datetime.now(UTC) - timedelta(hours=1)
    old_session._session._credentials = RefreshableCredentials("AKIAREAL", "x", "real", past, refresh, "sso")
    credentials = old_session._session._credentials
    client = old_session.client("s3")
    with mock_featurestore():
        assert key_of(client) == ("FOOBARKEY", None)
        assert key_of(old_session.client("s3")) == ("FOOBARKEY", None)
        assert credentials.access_key == "AKIAREAL"  # as it was, without a look at the clock
    assert old_session.get_credentials() is credentials


def test_static_credentials_created_before_the_mock_are_replaced_by_fake_credentials(old_session):
    old_session._session._credentials = Credentials("AKIAREAL", "real", "token")
    client, late = old_session.client("s3"), boto3.Session("AKIAREAL", "real", None, REGION)
    with mock_featurestore():
        assert {key_of(client)[0], key_of(late.client("s3"))[0]} == {"FOOBARKEY"}
        assert "FOOBARKEY" in client.generate_presigned_url("list_buckets")


def test_client_with_credentials_in_environment_uses_credentials_of_the_mock(monkeypatch):
    for name, value in REAL_KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")
    before = dict(os.environ)
    with mock_featurestore():
        assert key_of(boto3.client("s3", region_name=REGION)) == ("FOOBARKEY", None)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "set-in-test")
        assert key_of(boto3.Session(region_name=REGION).client("s3")) == ("set-in-test", None)
    assert dict(os.environ) == before


def test_session_credentials_of_a_mock_are_not_used_after_the_mock(old_session):
    with mock_featurestore():
        assert old_session.get_credentials() is old_session.get_credentials()
        assert old_session.get_credentials().access_key == "FOOBARKEY"
    assert old_session._session._credentials is None


def test_request_to_passthrough_url_uses_the_real_credentials(old_session):
    old_session._session._credentials = Credentials("AKIAREAL", "real")
    with mock_featurestore(config={"core": {"passthrough": {"urls": ["https://storage.example/.*"], "services": []}}}):
        assert key_of(old_session.client("s3"))[0] == "AKIAREAL"


# The endpoint in the environment.


def test_client_with_endpoint_in_environment_is_mocked(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")

    @mock_featurestore
    def decorated():
        return boto3.client("s3", region_name=REGION).list_buckets()["Buckets"]

    assert decorated() == []
    with mock_featurestore():
        assert boto3.client("sagemaker", region_name=REGION).list_feature_groups()["FeatureGroupSummaries"] == []
    assert os.environ["AWS_ENDPOINT_URL"] == os.environ["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:1"


# The shared loader.


def test_botocore_models_are_loaded_once_and_sessions_share_no_mutable_state(tmp_path, monkeypatch):
    with mock_featurestore():
        first, second = boto3.Session(region_name=REGION), boto3.Session(region_name="eu-west-1")
        loaded = [session._session.get_service_data("sagemaker-featurestore-runtime") for session in (first, second)]
        assert loaded[0] is loaded[1]
        first.events.register("before-send", lambda **_: pytest.fail("a handler of the other session"))
        client = second.client("s3")
        assert client.meta.region_name == "eu-west-1"
        client.list_buckets()
        assert first._loader is not second._loader

        model = tmp_path / "sagemaker-featurestore-runtime" / "2020-07-01" / "service-2.sdk-extras.json"
        model.parent.mkdir(parents=True)
        model.write_text('{"version": 1.0, "merge": {"metadata": {"serviceFullName": "Changed"}}}')
        monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
        changed = Session().get_service_data("sagemaker-featurestore-runtime")
        assert changed["metadata"]["serviceFullName"] == "Changed"
        monkeypatch.delenv("AWS_DATA_PATH")
        own = boto3.Session()._session.get_service_data("sagemaker-featurestore-runtime")
        assert own is loaded[0]
        assert own["metadata"]["serviceFullName"] != "Changed"
    assert Session().get_service_data("sagemaker-featurestore-runtime") is not loaded[0]


# Details of the patches.


def test_client_created_before_the_mock_with_loopback_endpoint_reaches_the_server(old_session, no_network):
    once = Config(retries={"total_max_attempts": 1})
    client = old_session.client("s3", endpoint_url="http://127.0.0.1:1", config=once)
    with mock_featurestore(), pytest.raises(EndpointConnectionError):
        client.list_buckets()
    assert len(no_network) == 1
    no_network.clear()


def test_request_signer_with_positional_credentials_uses_those_credentials(old_session):
    old_session._session._credentials = Credentials("AKIAREAL", "real")
    signer = old_session.client("s3")._request_signer
    with mock_featurestore():
        given = Credentials("given", "x")
        assert signer.get_auth("s3", REGION, "s3v4", given).credentials.access_key == "given"
        assert signer.get_auth("s3", REGION, "s3v4").credentials.access_key == "FOOBARKEY"


def test_mock_credentials_false_preserves_session_token_and_hides_endpoint_url(monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with mock_featurestore(config={"core": {"mock_credentials": False}}):
        assert os.environ["AWS_SESSION_TOKEN"] == "token"
        assert "AWS_ENDPOINT_URL" not in os.environ
