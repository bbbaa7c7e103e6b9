"""Unmodified aiobotocore and aioboto3: with the server, in process through aiomoto, and the hint without aiomoto."""

import asyncio

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from support.clients import NEWER, UnknownOperation, knows, rejection_of, result_of, run_scenario
from support.documents import run_by
from support.groups import group_parameters
from support.memory import is_modelled

import moto_featurestore
from moto_featurestore import mock_featurestore
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME

aiobotocore_session = pytest.importorskip("aiobotocore.session", reason="aiobotocore is not installed")

pytestmark = pytest.mark.client

GROUP = group_parameters("customers", {"id": "String"})
RECORD = [{"FeatureName": "id", "ValueAsString": "2026-01-01T00:00:00Z"}]


@pytest.fixture(params=["aiobotocore", "aioboto3"])
def make_client(request):
    """Return a function that creates an asynchronous context manager of a client."""
    if request.param == "aiobotocore":
        return aiobotocore_session.get_session().create_client
    aioboto3 = pytest.importorskip("aioboto3", reason="aioboto3 is not installed")
    return aioboto3.Session().client


@pytest.fixture
def aiomoto():
    """Return aiomoto, with the Feature Store installed in its mocks."""
    module = pytest.importorskip("aiomoto", reason="aiomoto is not installed: it needs moto<=5.2.4 and Python>=3.11")
    moto_featurestore.install()
    return module


async def run_client(make_client, **options):
    async with make_client(CONTROL_PLANE, **options) as control, make_client(RUNTIME, **options) as runtime:
        clients = {CONTROL_PLANE: control, RUNTIME: runtime}

        async def call(service, operation, params):
            client = clients[service]
            if not knows(client, operation):
                raise UnknownOperation(operation)
            try:
                return result_of(await getattr(client, xform_name(operation))(**params))
            except ClientError as error:
                raise rejection_of(error) from None

        unknown = await run_scenario(call)
    # aioboto3 requires a certain version of botocore, which may not know these operations.
    assert unknown == {name for name in NEWER if not is_modelled(name)}


def test_async_client_with_the_server_passes_the_client_scenario(make_client, server_clients, server_url):
    asyncio.run(run_client(make_client, endpoint_url=server_url))


def test_async_client_uses_aws_endpoint_url_of_the_environment(make_client, server_clients, server_url, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", server_url)
    asyncio.run(run_client(make_client))


def test_async_client_in_process_through_aiomoto_passes_the_client_scenario(make_client, aiomoto):
    with aiomoto.mock_aws():
        asyncio.run(run_client(make_client))


def test_aiomoto_inside_mock_featurestore_shares_its_state(make_client, aiomoto):
    async def put():
        async with make_client(RUNTIME) as runtime:
            await runtime.put_record(FeatureGroupName="customers", Record=RECORD)

    with mock_featurestore(), aiomoto.mock_aws(reset=False):
        boto3.client(CONTROL_PLANE).create_feature_group(**GROUP)
        asyncio.run(put())
        assert list(moto_featurestore.featurestore.records("customers").online) == [RECORD[0]["ValueAsString"]]


HINT = r"mock_featurestore.*aiomoto.*moto_featurestore\.install\(\).*moto-featurestore serve.*AWS_ENDPOINT_URL"


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        (CONTROL_PLANE, "list_feature_groups", {}),
        (RUNTIME, "get_record", {"FeatureGroupName": "nobody", "RecordIdentifierValueAsString": "1"}),
        (RUNTIME, "put_record", {"FeatureGroupName": "customers", "Record": RECORD}),
    ],
)
def test_async_client_without_aiomoto_raises_an_error_with_instructions(make_client, service, operation, params):
    async def call():
        async with make_client(service) as client:
            await getattr(client, operation)(**params)

    with mock_featurestore():
        boto3.client(CONTROL_PLANE).create_feature_group(**GROUP)
        with pytest.raises(RuntimeError, match=HINT):
            asyncio.run(call())


def test_async_client_inside_mock_featurestore_can_use_a_local_server(make_client, server_clients, server_url):
    async def call():
        async with make_client(CONTROL_PLANE, endpoint_url=server_url) as client:
            return await client.list_feature_groups()

    with mock_featurestore():
        assert asyncio.run(call())["FeatureGroupSummaries"] == []


# The code of the documentation.


@pytest.mark.parametrize("block", run_by("clients/test_async.py", "python"), ids=str)
def test_async_code_in_documentation_runs_with_the_server(block, server_clients, server_url, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", server_url)
    exec(compile(block.code, str(block), "exec"), {})  # noqa: S102 - the code of the documentation


@pytest.mark.parametrize("block", run_by("clients/test_async.py: in process", "python"), ids=str)
def test_async_code_in_documentation_runs_in_process(block, aiomoto):
    exec(compile(block.code, str(block), "exec"), {})  # noqa: S102 - the code of the documentation
