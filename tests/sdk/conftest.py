"""What the tests of the SageMaker Python SDKs have in common: AWS, where each finds it by itself."""

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
    """The SDKs' own switch: they would report each call to an address outside."""
    config = tmp_path_factory.mktemp("sagemaker") / "config.yaml"
    config.write_text(_OPT_OUT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(config))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_waste_of_time() -> Iterator[None]:
    """What the SDKs do again and again with the same result, and what takes longer than the tests themselves.

    Each look into their config checks the schema of that config, and each session reads what botocore knows.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jsonschema.validate", lambda config, schema: None)
        patch.setattr("botocore.session.create_loader", _create_loader)
        yield


_create_loader = cache(botocore.loaders.create_loader)


@pytest.fixture(params=["in process", "server"])
def aws(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mock in process, or a server that the environment names: the SDKs make their clients as ever.

    A server does not serve what the SDKs do at STS, whose URL is written into both: get_execution_role(),
    Session.account_id(). No test with this fixture calls them.
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
    """A role for the offline store."""
    return ROLE


@pytest.fixture
def offline_store_s3_uri(aws: None) -> str:
    """A bucket for the offline store."""
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    return f"s3://{BUCKET}"
