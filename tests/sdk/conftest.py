"""Fixtures for the tests of the SageMaker Python SDKs: a mock or a server that the SDKs use without changes."""

from collections.abc import Iterator
from functools import cache

import boto3
import botocore.loaders
import pytest
import requests

_OPT_OUT = "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n"

ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole"
BUCKET = "sagemaker-test-featurestore"


@pytest.fixture(autouse=True, scope="session")
def no_telemetry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set the opt-out of the SDKs. Otherwise they report each call to an external address."""
    config = tmp_path_factory.mktemp("sagemaker") / "config.yaml"
    config.write_text(_OPT_OUT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(config))
        yield


@pytest.fixture(autouse=True, scope="session")
def fast_sdk() -> Iterator[None]:
    """Skip repeated work of the SDKs that takes longer than the tests.

    The SDKs validate the schema of their configuration at each access, and each session loads botocore's models.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jsonschema.validate", lambda config, schema: None)
        patch.setattr("botocore.session.create_loader", _create_loader)
        yield


_create_loader = cache(botocore.loaders.create_loader)


@pytest.fixture(params=["in process", "server"])
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start a mock in process, or set the environment for a server. The SDKs create their clients as usual.

    With a server, get_execution_role() and Session.account_id() do not work, because both SDKs contain a fixed URL of STS. No test
    with this fixture calls them.
    """
    if request.param == "in process":
        request.getfixturevalue("featurestore")
        yield
        return
    url = request.getfixturevalue("server_url")
    requests.post(f"{url}/moto-api/reset", timeout=10)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    yield
    requests.post(f"{url}/moto-api/reset", timeout=10)


@pytest.fixture
def role() -> str:
    """Return a role for the offline store."""
    return ROLE


@pytest.fixture
def offline_store_s3_uri(aws: None) -> str:
    """Create a bucket for the offline store, and return its S3 URI."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    return f"s3://{BUCKET}"
