"""The fixtures of the pytest plugin. The fixtures import moto only if a test uses them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Literal

import pytest

from moto_featurestore.credentials import (
    CLIENT_VARIABLES,
    EXECUTION_ROLE_NAME,
    EXECUTION_ROLE_PATH,
    EXECUTION_ROLE_TRUST,
    FAKE,
)

if TYPE_CHECKING:
    # These modules come from boto3-stubs. If boto3-stubs is not installed, the clients have the type Any.
    from mypy_boto3_sagemaker import SageMakerClient  # type: ignore[import-not-found,unused-ignore]
    from mypy_boto3_sagemaker_featurestore_runtime import (  # type: ignore[import-not-found,unused-ignore]
        SageMakerFeatureStoreRuntimeClient,
    )

    from moto_featurestore.testing.client import FeatureStore

Scope = Literal["function", "class", "module", "package", "session"]

SCOPES = ("function", "class", "module", "package", "session")
"""The scopes, from the narrowest to the widest."""
URL = "featurestore_server"
"""The key under which a pytest-xdist worker receives the URL of the shared server."""


def _scope(fixture_name: str, config: pytest.Config) -> Scope:  # noqa: ARG001 - pytest requires this signature
    scope: Scope = config.getini("featurestore_scope")
    return scope


def scope_error(item: pytest.Item) -> str | None:
    """Return an error message if a fixture of this module uses an override with a narrower scope, else None.

    pytest rejects this too, but pytest's message does not mention the option ``featurestore_scope``. An override has
    the scope function by default.
    """
    fixtures = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    effective = {name: definitions[-1] for name, definitions in fixtures.items()}
    for definition in effective.values():
        if definition.func.__module__ != __name__:
            continue
        for name in definition.argnames:
            used = effective.get(name)  # None for the fixture "request"
            if used and SCOPES.index(used.scope) < SCOPES.index(definition.scope):
                return (
                    f"The fixture {name} has the scope {used.scope}, but the fixture {definition.argname} has the scope"
                    f' {definition.scope}, by the option featurestore_scope. Define {name} with scope="{definition.scope}":'
                    f' @pytest.fixture(scope="{definition.scope}") or pytest.mark.parametrize(..., scope="{definition.scope}").'
                )
    return None


# Fixtures that users can override.


@pytest.fixture(scope=_scope)
def featurestore_region() -> str:
    """Return the region, ``AWS_DEFAULT_REGION`` or us-east-1. Override this fixture to use a different region.

    The override must have the scope in the option ``featurestore_scope``, or a wider scope. This rule also applies to
    overrides of ``featurestore_account_id`` and ``featurestore_config``.
    """
    return os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@pytest.fixture(scope=_scope)
def featurestore_account_id() -> str | None:
    """Return the account ID: None, which means moto's default account. Override this fixture to use a different account."""
    return None


@pytest.fixture(scope=_scope)
def featurestore_config() -> dict[str, Any]:
    """Return the argument ``config`` of ``mock_featurestore``: an empty dict. Override this fixture to configure the mock."""
    return {}


# Fixtures for tests.


@pytest.fixture(scope=_scope)
def featurestore_credentials(featurestore_region: str) -> Iterator[None]:
    """Set a region and fake credentials in the environment, and hide all real credentials.

    The fixture restores the environment at its teardown. ``featurestore`` uses this fixture. Clients of
    ``featurestore_server`` also need credentials: request this fixture or ``featurestore_server_account``.
    """
    with _fake_credentials(featurestore_region):
        yield


@pytest.fixture(scope=_scope)
def featurestore(
    featurestore_credentials: None,  # noqa: ARG001 - must be set up before the mock
    featurestore_region: str,
    featurestore_account_id: str | None,
    featurestore_config: dict[str, Any],
) -> Iterator["FeatureStore"]:
    """Run a mock of AWS with the Feature Store. Return the FeatureStore object of the mock.

    All boto3 clients in the process use the mock. The FeatureStore object reads stored records, and controls faults, the
    clock and snapshots.
    """
    from moto_featurestore import featurestore as handle
    from moto_featurestore import mock_featurestore

    with pytest.MonkeyPatch.context() as patch:
        if featurestore_account_id is not None:
            patch.setenv("MOTO_ACCOUNT_ID", featurestore_account_id)
        with mock_featurestore(config=featurestore_config):
            yield handle(account_id=featurestore_account_id, region_name=featurestore_region)


@pytest.fixture
def featurestore_faults(featurestore: "FeatureStore") -> Iterator["FeatureStore"]:
    """Return the object of the fixture ``featurestore``. After the test, lift (remove) all faults and reset the clock.

    Use this fixture if ``featurestore_scope`` is wider than one test. Otherwise, faults would affect later tests.
    """
    yield featurestore
    featurestore.lift(everywhere=True)
    featurestore.clock.reset()


@pytest.fixture(scope=_scope)
def featurestore_client(
    featurestore: "FeatureStore",  # noqa: ARG001 - the mock must run before the client is created
    featurestore_region: str,
) -> "SageMakerFeatureStoreRuntimeClient":
    """Return a boto3 client for records (``sagemaker-featurestore-runtime``) in the mock of ``featurestore``."""
    client: SageMakerFeatureStoreRuntimeClient = _client("sagemaker-featurestore-runtime", featurestore_region)
    return client


@pytest.fixture(scope=_scope)
def sagemaker_client(
    featurestore: "FeatureStore",  # noqa: ARG001 - the mock must run before the client is created
    featurestore_region: str,
) -> "SageMakerClient":
    """Return a boto3 client for feature groups (``sagemaker``) in the mock of ``featurestore``."""
    client: SageMakerClient = _client("sagemaker", featurestore_region)
    return client


@pytest.fixture(scope=_scope)
def sagemaker_execution_role(
    featurestore: "FeatureStore",  # noqa: ARG001 - the mock must run before the role is created
    featurestore_region: str,
) -> Iterator[str]:
    """Create and assume a SageMaker execution role in the mock of ``featurestore``, and return its ARN.

    The fixture sets the credentials of the role's session in the environment. Therefore ``get_execution_role()`` of the
    SageMaker SDK returns the role, as in a notebook.
    """
    import boto3

    iam, sts = _client("iam", featurestore_region), _client("sts", featurestore_region)
    # If an outer mock runs longer than the test, an earlier test may have created the role.
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(
            RoleName=EXECUTION_ROLE_NAME, Path=EXECUTION_ROLE_PATH, AssumeRolePolicyDocument=EXECUTION_ROLE_TRUST
        )
    role: str = iam.get_role(RoleName=EXECUTION_ROLE_NAME)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName="SageMaker")["Credentials"]
    with pytest.MonkeyPatch.context() as patch:
        _set_keys(patch, keys)
        # A session caches its first credentials. Load the role's credentials now, before an inner mock can change them.
        session = boto3.Session()
        session.get_credentials()
        patch.setattr(boto3, "DEFAULT_SESSION", session)
        yield role


@pytest.fixture(scope="session")
def featurestore_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a moto server with the Feature Store, and return its URL. The server runs until the session ends.

    The server has its own process and its own state, which in-process mocks do not change. A POST to
    ``/moto-api/reset`` resets the state. With pytest-xdist, each worker has its own server. If the configuration file
    contains ``featurestore_server_shared = true``, all workers share one server, and a reset affects all of them.
    """
    from moto_featurestore.server.process import NoServerError, server_process

    shared: str | None = getattr(request.config, "workerinput", {}).get(URL)
    with ExitStack() as stack:
        try:
            url = shared or stack.enter_context(server_process(tmp_path_factory.mktemp("featurestore_server")))
        except NoServerError as error:
            pytest.fail(str(error), pytrace=False)
        yield url


@pytest.fixture(scope=_scope)
def featurestore_server_account(featurestore_server: str, featurestore_region: str) -> Iterator[str]:
    """Return the ID of a new, empty account on ``featurestore_server``.

    A test that uses this account does not need to reset the server. The fixture sets credentials of the account in the
    environment, for all clients of the server. Bucket names are global, as on AWS. Include the account ID in bucket
    names to avoid conflicts between tests.
    """
    account_id = str(SystemRandom().randrange(10**12)).zfill(12)
    role = f"arn:aws:iam::{account_id}:role{EXECUTION_ROLE_PATH}{EXECUTION_ROLE_NAME}"
    with _fake_credentials(featurestore_region) as patch:
        sts = _client("sts", featurestore_region, featurestore_server)
        keys = sts.assume_role(RoleArn=role, RoleSessionName="SageMaker")["Credentials"]
        _set_keys(patch, keys)
        actual = _client("sts", featurestore_region, featurestore_server).get_caller_identity()["Account"]
        if actual != account_id:
            pytest.fail(
                f"The server always uses the account {actual}, because MOTO_ACCOUNT_ID is set. Unset MOTO_ACCOUNT_ID.",
                pytrace=False,
            )
        yield account_id


@contextmanager
def _fake_credentials(region: str) -> Iterator[pytest.MonkeyPatch]:
    import boto3

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)  # a session caches the first credentials that it finds
        for name in [name for name in os.environ if name.startswith(CLIENT_VARIABLES)]:
            patch.delenv(name)
        for name, value in (FAKE | {"AWS_DEFAULT_REGION": region, "AWS_REGION": region}).items():
            patch.setenv(name, value)
        yield patch


def _set_keys(patch: pytest.MonkeyPatch, keys: dict[str, Any]) -> None:
    patch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    patch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])


def _client(service: str, region: str, endpoint_url: str | None = None) -> Any:
    """Return a client like ``boto3.client``, but create it in a new botocore session."""
    from botocore.session import Session

    session = Session()
    session.register_component("data_loader", _loader())
    return session.create_client(service, region_name=region, endpoint_url=endpoint_url)


@cache
def _loader() -> Any:
    """Return the loader of botocore's models that all clients of the fixtures share.

    Without a shared loader, each client would load the models again, which takes longer than most tests.
    """
    from botocore.loaders import create_loader

    return create_loader(os.environ.get("AWS_DATA_PATH"))
