"""Every host that botocore's endpoint rules can produce is answered without a DNS lookup."""

import socket

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import ClientError, EndpointVariantError
from botocore.loaders import create_loader

from moto_featurestore import mock_featurestore

LOADER = create_loader()
PARTITIONS = LOADER.load_data("partitions")
REGIONS = {
    partition["id"]: next(region for region in partition["regions"] if "global" not in region)
    for partition in PARTITIONS["partitions"]
    if any("global" not in region for region in partition["regions"])
}
SERVICES = {"sagemaker-featurestore-runtime": "ListRecords", "sagemaker": "ListFeatureGroups"}


def endpoints():
    for service in SERVICES:
        rules = EndpointProvider(LOADER.load_service_model(service, "endpoint-rule-set-1"), PARTITIONS)
        for partition, region in REGIONS.items():
            for fips in (False, True):
                for dual_stack in (False, True):
                    try:
                        endpoint = rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual_stack)
                    except Exception:  # noqa: BLE001, S112 - older rules reject some combinations
                        continue
                    options = {"use_fips_endpoint": fips, "use_dualstack_endpoint": dual_stack}
                    yield pytest.param(service, region, options, endpoint.url, id=f"{partition} {endpoint.url}")


ENDPOINTS = list(endpoints())


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """Let every DNS lookup and connection fail, and check that the test makes none."""
    attempts = []

    def refuse(*address, **_):
        attempts.append(address)
        raise socket.gaierror("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    assert attempts == []


@pytest.fixture(autouse=True)
def mock(monkeypatch):
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    with mock_featurestore():
        yield


def create_client(service, region, options):
    return boto3.client(service, region_name=region, config=Config(**options))


def read(service, client):
    if service == "sagemaker":
        return client.list_feature_groups()
    return client.get_record(FeatureGroupName="nobody", RecordIdentifierValueAsString="1")


@pytest.mark.parametrize(("service", "region", "options", "url"), ENDPOINTS)
def test_botocore_client_at_every_endpoint_host_is_mocked(service, region, options, url):
    try:
        client, sent_to = create_client(service, region, options), []
    except EndpointVariantError:
        pytest.skip("botocore cannot create a client for it")
    client.meta.events.register_first("before-send", lambda request, **_: sent_to.append(request.url))
    if service == "sagemaker":
        assert read(service, client)["FeatureGroupSummaries"] == []
        assert client.list_models()["Models"] == []
    else:
        with pytest.raises(ClientError, match="can't find a FeatureGroup"):
            read(service, client)
    assert sent_to[0].startswith(f"{url}/")


@pytest.mark.parametrize(("service", "region", "options", "url"), ENDPOINTS)
def test_requests_library_at_every_endpoint_host_is_mocked(service, region, options, url):
    if service == "sagemaker":
        headers = {"X-Amz-Target": "SageMaker.ListFeatureGroups"}
        assert requests.post(f"{url}/", headers=headers, data="{}", timeout=5).json() == {"FeatureGroupSummaries": []}
    else:
        answer = requests.get(f"{url}/FeatureGroup/nobody?RecordIdentifierValueAsString=1", timeout=5)
        assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "ValidationError")


@pytest.mark.parametrize(
    "host", ["vpce-1.featurestore-runtime.sagemaker.us-east-1.vpce.amazonaws.com", "feature.store"]
)
def test_botocore_client_with_custom_endpoint_is_mocked(host):
    client = boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1", endpoint_url=f"https://{host}")
    with pytest.raises(ClientError, match="can't find a FeatureGroup"):
        read("", client)


def test_endpoint_list_includes_sagemaker_and_feature_store_runtime():
    assert {endpoint.values[0] for endpoint in ENDPOINTS} == set(SERVICES)
