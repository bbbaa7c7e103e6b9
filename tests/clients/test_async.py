"""Unmodified aiobotocore and aioboto3: with the server, in process, and in process through aiomoto."""

import asyncio
import io

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from moto.core.models import botocore_stubber
from support.clients import NEWER, UnknownOperation, knows, rejection_of, result_of, run_scenario
from support.documents import run_by
from support.groups import group_parameters
from support.memory import is_modelled

import moto_featurestore
from moto_featurestore import NetworkBlockedError, featurestore, mock_featurestore
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


def test_async_client_runs_the_scenario_in_process(make_client, clients):
    asyncio.run(run_client(make_client))


def test_async_client_without_event_handler_of_moto_runs_in_process(make_client, clients):
    """Sessions that were created before the import of moto have no such handler."""

    async def call():
        async with make_client(CONTROL_PLANE) as client:
            client.meta.events.unregister("before-send", botocore_stubber)
            return await client.list_feature_groups()

    assert asyncio.run(call())["FeatureGroupSummaries"] == []


def test_async_client_reads_and_writes_objects_of_s3_in_parts(make_client, clients):
    class Upload:
        """A body like those of asynchronous files."""

        def __init__(self):
            self._file = io.BytesIO(b"some bytes")

        async def read(self, size=-1):
            return self._file.read(size)

    async def call():
        async with make_client("s3") as client:
            await client.create_bucket(Bucket="bucket")
            await client.put_object(Bucket="bucket", Key="key", Body=Upload(), ContentLength=10)
            body = (await client.get_object(Bucket="bucket", Key="key"))["Body"]
            async with body:
                return [chunk async for chunk in body.iter_chunks(4)]

    assert asyncio.run(call()) == [b"some", b" byt", b"es"]


def test_async_client_whose_response_is_lost_gets_connection_closed_error(make_client, clients):
    async def call():
        async with make_client(CONTROL_PLANE, config=Config(retries={"total_max_attempts": 1})) as client:
            await client.list_feature_groups()

    with featurestore.drop("ListFeatureGroups"), pytest.raises(ConnectionClosedError):
        asyncio.run(call())


def test_async_client_with_a_host_that_moto_does_not_mock_raises_network_blocked_error(make_client, clients):
    async def call():
        async with make_client("s3", endpoint_url="https://example.com") as client:
            await client.list_buckets()

    with pytest.raises(NetworkBlockedError, match=r"ListBuckets of the service s3, sent to the host example\.com"):
        asyncio.run(call())


def test_async_client_uses_fake_credentials_unless_the_test_has_set_some(clients, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)  # aiobotocore would ask the instance metadata service

    async def key(session):
        async with session.create_client("sts", region_name="us-east-1") as client:
            credentials = await client._request_signer._credentials.get_frozen_credentials()
            assert (await client.get_caller_identity())["Account"]
            return credentials.access_key

    assert asyncio.run(key(aiobotocore_session.get_session())) == "testing"
    session = aiobotocore_session.get_session()
    session.set_credentials("own", "secret")
    assert asyncio.run(key(session)) == "own"


@pytest.mark.parametrize("has_handler", [True, False])
def test_async_client_inside_mock_featurestore_can_use_a_local_server(
    make_client, server_clients, server_url, has_handler
):
    async def call():
        async with make_client(CONTROL_PLANE, endpoint_url=server_url) as client:
            if not has_handler:
                client.meta.events.unregister("before-send", botocore_stubber)
            return await client.list_feature_groups()

    with mock_featurestore():
        assert asyncio.run(call())["FeatureGroupSummaries"] == []


# The code of the documentation.


@pytest.mark.parametrize("block", run_by("clients/test_async.py", "python"), ids=str)
def test_async_code_in_documentation_runs_with_the_server(block, server_clients, server_url, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", server_url)
    exec(compile(block.code, str(block), "exec"), {})  # noqa: S102 - the code of the documentation


@pytest.mark.parametrize("block", run_by("clients/test_async.py: in process", "python"), ids=str)
def test_async_code_in_documentation_runs_in_process(block):
    exec(compile(block.code, str(block), "exec"), {})  # noqa: S102 - the code of the documentation
