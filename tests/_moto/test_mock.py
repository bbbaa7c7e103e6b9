"""``mock_featurestore`` as a decorator of every kind of function and class, and as a context manager."""

import asyncio
import os
import subprocess
import sys
import unittest

import boto3
import moto
import pytest
from botocore.exceptions import ClientError
from moto.core.config import default_user_config

from moto_featurestore import featurestore, install, mock_featurestore

REGION = {"region_name": "us-east-1"}
DEFINITIONS = [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")]
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]


def create():
    boto3.client("sagemaker", **REGION).create_feature_group(
        FeatureGroupName="group",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=DEFINITIONS,
        OnlineStoreConfig={"EnableOnlineStore": True},
    )


def put():
    boto3.client("sagemaker-featurestore-runtime", **REGION).put_record(FeatureGroupName="group", Record=RECORD)


def is_mocked():
    """Return True if a Feature Store mock runs. If no mock runs, no request is sent."""
    if not moto.core.models.botocore_stubber.enabled:
        return False
    return boto3.client("sagemaker", **REGION).list_feature_groups()["FeatureGroupSummaries"] is not None


def surroundings():
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return dict(default_user_config), environment, boto3.DEFAULT_SESSION


@pytest.fixture(autouse=True)
def restored_surroundings(monkeypatch):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    before = surroundings()
    yield
    assert not moto.core.models.botocore_stubber.enabled
    assert surroundings() == before


def test_decorator_with_and_without_parentheses_mocks_a_function():
    @mock_featurestore
    def bare():
        """Docstring of bare."""
        return is_mocked()

    @mock_featurestore(config={"core": {"mock_credentials": False}})
    def called(argument, *, keyword):
        return is_mocked(), os.environ["AWS_ACCESS_KEY_ID"], argument, keyword

    assert bare()
    assert (bare.__name__, bare.__doc__) == ("bare", "Docstring of bare.")
    assert called(1, keyword=2) == (True, "testing", 1, 2)


def test_decorated_function_starts_each_call_with_empty_state():
    @mock_featurestore
    def function():
        create()
        put()
        return len(featurestore.records("group").online)

    assert (function(), function()) == (1, 1)


def test_decorated_function_that_raises_stops_the_mock():
    @mock_featurestore
    def function():
        raise KeyError

    with pytest.raises(KeyError):
        function()


def test_decorated_coroutine_function_runs_in_the_mock():
    @mock_featurestore
    async def function():
        await asyncio.sleep(0)
        return is_mocked()

    assert asyncio.iscoroutinefunction(function)
    assert asyncio.run(function())


def test_decorated_coroutines_that_run_concurrently_share_the_mock():
    @mock_featurestore
    async def function(begun, end):
        begun.set()
        await end.wait()
        return is_mocked()

    async def run():
        first, second = (asyncio.Event(), asyncio.Event()), (asyncio.Event(), asyncio.Event())
        tasks = [asyncio.create_task(function(*events)) for events in (first, second)]
        await asyncio.gather(first[0].wait(), second[0].wait())
        first[1].set()
        assert await tasks[0]
        assert is_mocked()
        second[1].set()
        return await tasks[1]

    assert asyncio.run(run())


def test_decorated_generator_runs_all_steps_in_the_same_mock():
    @mock_featurestore
    def function():
        received = yield is_mocked()
        try:
            yield received
        except ValueError:
            yield "handled"
        return "returned"

    generator = function()
    assert next(generator)
    assert is_mocked()
    assert generator.send("sent") == "sent"
    assert generator.throw(ValueError) == "handled"
    with pytest.raises(StopIteration, match="returned"):
        next(generator)
    left = function()
    next(left)
    left.close()


def test_decorated_asynchronous_generator_runs_all_steps_in_the_same_mock():
    closed = []

    @mock_featurestore
    async def function():
        try:
            received = yield is_mocked()
            try:
                yield received
            except ValueError:
                yield "handled"
        finally:
            closed.append(is_mocked())

    async def run():
        generator = function()
        assert await anext(generator)
        assert is_mocked()
        assert await generator.asend("sent") == "sent"
        assert await generator.athrow(ValueError) == "handled"
        assert [item async for item in generator] == []
        left = function()
        await anext(left)
        await left.aclose()

    asyncio.run(run())
    assert closed == [True, True]


def test_decorated_asynchronous_generator_propagates_errors():
    @mock_featurestore
    async def function():
        yield 1

    async def run():
        generator = function()
        await anext(generator)
        with pytest.raises(ValueError, match="mine"):
            await generator.athrow(ValueError("mine"))

    asyncio.run(run())


def test_mock_in_a_with_or_async_with_statement_returns_a_featurestore_object():
    with mock_featurestore() as handle:
        assert is_mocked()
        assert handle.groups == {}

    async def run():
        async with mock_featurestore() as handle:
            return is_mocked(), handle.groups

    assert asyncio.run(run()) == (True, {})


def test_second_mock_after_mock_aws_has_ended_restores_the_credentials():
    with moto.mock_aws(), mock_featurestore():
        pass
    with mock_featurestore():
        assert os.environ["AWS_ACCESS_KEY_ID"] != "testing"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"


def test_mock_object_starts_and_stops_outside_a_with_block():
    mock = mock_featurestore()
    with mock as handle:
        assert handle.records is not None
    mock.start()
    assert is_mocked()
    mock.stop()
    assert not is_mocked()


def test_mock_start_and_stop_can_be_called_repeatedly():
    mock = mock_featurestore()
    mock.start()
    create()
    mock.stop()
    mock.start()
    with pytest.raises(LookupError):
        featurestore.records("group")
    mock.stop()
    with pytest.raises(RuntimeError, match=r"stop\(\) was called before start\(\)"):
        mock.stop()


def test_inner_mock_shares_the_state_and_restores_the_configuration():
    with mock_featurestore(config={"iam": {"load_aws_managed_policies": True}}):
        create()
        outer = dict(default_user_config)
        with mock_featurestore(config={"iam": {"load_aws_managed_policies": False}}):
            put()
            assert default_user_config["iam"] == {"load_aws_managed_policies": False}
        assert dict(default_user_config) == outer
        assert len(featurestore.records("group").online) == 1


def test_mock_object_can_be_entered_twice():
    mock = mock_featurestore()
    with mock, mock:
        assert is_mocked()


def test_mock_restores_missing_and_empty_credentials():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ACCESS_KEY_ID")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "")
        before = dict(os.environ)
        with mock_featurestore(), mock_featurestore():
            assert os.environ["AWS_ACCESS_KEY_ID"]
        assert dict(os.environ) == before


def test_mock_restores_the_default_session():
    boto3.setup_default_session(region_name="eu-west-1")
    session = boto3.DEFAULT_SESSION
    with mock_featurestore():
        boto3.client("sagemaker", **REGION)
        assert boto3.DEFAULT_SESSION is not session
    assert boto3.DEFAULT_SESSION is session
    boto3.DEFAULT_SESSION = None


def test_mock_featurestore_also_mocks_s3():
    with mock_featurestore():
        boto3.client("s3", **REGION).create_bucket(Bucket="bucket")
        assert boto3.client("s3", **REGION).list_buckets()["Buckets"][0]["Name"] == "bucket"
        assert boto3.client("sagemaker", **REGION).list_models()["Models"] == []


def test_mock_aws_after_install_serves_the_feature_store():
    install()
    install()
    with moto.mock_aws():
        create()
        put()
        assert len(featurestore.records("group").online) == 1


def test_install_during_a_running_mock_aws_adds_the_feature_store():
    code = """
import boto3, moto, requests
with moto.mock_aws():
    from moto_featurestore import install
    install()
    client = boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1")
    try:
        client.get_record(FeatureGroupName="nobody", RecordIdentifierValueAsString="1")
    except client.exceptions.ValidationError as error:
        print(error)
    url = "https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com/FeatureGroup/nobody"
    print(requests.get(url, params={"RecordIdentifierValueAsString": "1"}).json()["Message"])
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.count("can't find a FeatureGroup with name [nobody]") == 2


def test_end_of_mock_preserves_credentials_of_an_overlapping_mock_aws():
    install()
    feature_store_mock, plain_mock = mock_featurestore(), moto.mock_aws()
    feature_store_mock.start()
    plain_mock.start()
    feature_store_mock.stop()
    assert is_mocked()
    assert os.environ["AWS_ACCESS_KEY_ID"] == "FOOBARKEY"
    plain_mock.stop()
    with mock_featurestore():  # moto alone leaves FOOBARKEY behind; the next Feature Store mock removes it
        pass


def test_decorated_object_with_asynchronous_call_method_runs_in_the_mock():
    class Called:
        async def __call__(self):
            return is_mocked()

    assert asyncio.run(mock_featurestore(Called())())


@pytest.mark.parametrize("target", [{"core": {}}, staticmethod(len).__func__.__name__])
def test_decorator_on_a_non_callable_raises_type_error(target):
    with pytest.raises(TypeError, match="can decorate functions and classes"):
        mock_featurestore(target)


# Classes.


@mock_featurestore
class TestPytestClass:
    attribute = "unchanged"

    def setup_method(self):
        create()

    def test_state_created_in_set_up_is_visible(self):
        put()
        assert len(featurestore.records("group").online) == 1

    def test_state_changed_by_another_test_is_not_visible(self):
        assert featurestore.records("group").online == {}

    @staticmethod
    def test_static_method_of_decorated_class_is_not_mocked():
        assert not is_mocked()

    @pytest.mark.asyncio
    async def test_asynchronous_test_method_runs_in_the_mock(self):
        await asyncio.sleep(0)
        assert is_mocked()
        assert self.attribute == "unchanged"


@mock_featurestore
class TestPytestClassWithMethodArgument:
    def setup_method(self, method):
        assert method.__name__.startswith("test_")

    def test_subclass_without_set_up_starts_with_empty_state(self):
        assert boto3.client("sagemaker", **REGION).list_feature_groups()["FeatureGroupSummaries"] == []

    class TestInnerClass:
        def setup_method(self):
            assert is_mocked()

        def test_inner_class_of_decorated_class_is_mocked(self):
            assert is_mocked()


@mock_featurestore(config={"core": {"mock_credentials": False}})
class TestUnittestClass(unittest.TestCase):
    def setUp(self):
        create()
        self.addCleanup(lambda: self.assertTrue(is_mocked()))

    def tearDown(self):
        self.assertTrue(is_mocked())

    def test_state_created_in_set_up_is_visible(self):
        put()
        self.assertEqual(len(featurestore.records("group").online), 1)

    def test_state_changed_by_another_test_is_not_visible(self):
        self.assertEqual(featurestore.records("group").online, {})


@mock_featurestore
class TestAsynchronousUnittestClass(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        create()

    async def test_state_created_in_asynchronous_set_up_is_visible(self):
        put()
        self.assertEqual(len(featurestore.records("group").online), 1)


def test_put_record_to_missing_group_raises_client_error():
    with mock_featurestore(), pytest.raises(ClientError, match="Resource Not Found"):
        put()
