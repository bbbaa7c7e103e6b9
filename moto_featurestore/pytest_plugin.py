"""The pytest plugin: fixtures that mock AWS with the Feature Store in it; without them, no run imports moto."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from moto_featurestore import __version__
from moto_featurestore.credentials import FAKE, NOT_OURS

if TYPE_CHECKING:
    # Of boto3-stubs; without them the clients are Any.
    from mypy_boto3_sagemaker import SageMakerClient  # type: ignore[import-not-found,unused-ignore]
    from mypy_boto3_sagemaker_featurestore_runtime import (  # type: ignore[import-not-found,unused-ignore]
        SageMakerFeatureStoreRuntimeClient,
    )

    from moto_featurestore.handle import FeatureStore

Scope = Literal["function", "class", "module", "package", "session"]

_SCOPES = ("function", "class", "module", "package", "session")

_ROLE = "AmazonSageMaker-ExecutionRole"
_TRUST = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"""

_PATIENCE = 60
"""For how many seconds a server may be about to start."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the configuration file."""
    parser.addini("featurestore_scope", f"scope of the featurestore fixtures: {', '.join(_SCOPES)}", default="function")
    parser.addini("featurestore_install", "let moto's own mock_aws serve the Feature Store", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what is no scope."""
    scope = config.getini("featurestore_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"featurestore_scope = {scope!r} is no scope; these are: {', '.join(_SCOPES)}")


def pytest_report_header() -> str:
    """The versions that matter."""
    versions = []
    for name in ("moto", "moto-ext", "botocore"):
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    return f"moto-featurestore: {__version__} ({', '.join(versions)})"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Install the Feature Store in moto, where the configuration says so."""
    if session.config.getini("featurestore_install"):
        from moto_featurestore import install

        install()


def _scope(fixture_name: str, config: pytest.Config) -> Scope:  # noqa: ARG001 - pytest's own signature
    scope: Scope = config.getini("featurestore_scope")
    return scope


# What a suite overrides.


@pytest.fixture(scope=_scope)
def featurestore_region() -> str:
    """The region of the featurestore fixtures: AWS_DEFAULT_REGION, else us-east-1. Override it for another one."""
    return os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@pytest.fixture(scope=_scope)
def featurestore_account_id() -> str | None:
    """The account of the featurestore fixtures: None for moto's default. Override it for another one."""
    return None


@pytest.fixture(scope=_scope)
def featurestore_config() -> dict[str, Any]:
    """The config of moto for the featurestore fixtures: empty. Override it to set something."""
    return {}


# What a test asks for.


@pytest.fixture(scope=_scope)
def featurestore_credentials(featurestore_region: str) -> Iterator[None]:
    """An environment with a region and fake credentials, and no way to real ones; afterwards it is as it was.

    The other featurestore fixtures use it, but for the server, which has a process of its own: clients of the server
    need credentials, and these will do.
    """
    with _fake_credentials() as patch:
        patch.setenv("AWS_DEFAULT_REGION", featurestore_region)
        patch.setenv("AWS_REGION", featurestore_region)
        yield


@pytest.fixture(scope=_scope)
def featurestore(
    featurestore_credentials: None,  # noqa: ARG001 - the mock runs within it
    featurestore_region: str,
    featurestore_account_id: str | None,
    featurestore_config: dict[str, Any],
) -> Iterator["FeatureStore"]:
    """A mock of AWS that runs, with the Feature Store in it; the handle shows what is stored there."""
    from moto_featurestore import featurestore as handle
    from moto_featurestore import mock_featurestore

    with pytest.MonkeyPatch.context() as patch:
        if featurestore_account_id is not None:
            patch.setenv("MOTO_ACCOUNT_ID", featurestore_account_id)
        with mock_featurestore(config=featurestore_config):
            yield handle(account_id=featurestore_account_id, region_name=featurestore_region)


@pytest.fixture(scope=_scope)
def featurestore_client(
    featurestore: "FeatureStore",  # noqa: ARG001 - the client is made within its mock
    featurestore_region: str,
) -> "SageMakerFeatureStoreRuntimeClient":
    """A boto3 client of sagemaker-featurestore-runtime, in the mock of the fixture featurestore: records."""
    client: SageMakerFeatureStoreRuntimeClient = _client("sagemaker-featurestore-runtime", featurestore_region)
    return client


@pytest.fixture(scope=_scope)
def sagemaker_client(
    featurestore: "FeatureStore",  # noqa: ARG001 - the client is made within its mock
    featurestore_region: str,
) -> "SageMakerClient":
    """A boto3 client of sagemaker, in the mock of the fixture featurestore: feature groups."""
    client: SageMakerClient = _client("sagemaker", featurestore_region)
    return client


@pytest.fixture(scope=_scope)
def sagemaker_execution_role(
    featurestore: "FeatureStore",  # noqa: ARG001 - the role is made within its mock
    featurestore_region: str,
) -> Iterator[str]:
    """The ARN of a role that SageMaker may assume, and whose session the environment's credentials are.

    So get_execution_role() of the SageMaker SDK answers as it does in a notebook.
    """
    import boto3

    iam, sts = _client("iam", featurestore_region), _client("sts", featurestore_region)
    with suppress(iam.exceptions.EntityAlreadyExistsException):  # a mock around this one keeps it from test to test
        iam.create_role(RoleName=_ROLE, Path="/service-role/", AssumeRolePolicyDocument=_TRUST)
    role: str = iam.get_role(RoleName=_ROLE)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName="SageMaker")["Credentials"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
        patch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
        # A session keeps the credentials that it finds first: not those before, nor those that a mock within this one sets.
        session = boto3.Session()
        session.get_credentials()
        patch.setattr(boto3, "DEFAULT_SESSION", session)
        yield role


@pytest.fixture(scope="session")
def featurestore_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of moto with the Feature Store in it, which runs until the session ends.

    It has a process of its own, also per worker of pytest-xdist, and so a state of its own: mocks in process neither
    see nor reset it. A POST to /moto-api/reset empties it.
    """
    home = tmp_path_factory.mktemp("featurestore_server")
    output, errors = home / "stdout", home / "stderr"
    # The pipe closes when this process dies, however it dies: then the server stops too.
    command = [sys.executable, "-m", "moto_featurestore", "serve", "--port", "0", "--until-stdin-closes"]
    with output.open("wb") as stdout, errors.open("wb") as stderr:
        with _fake_credentials():
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr)  # noqa: S603 - our own
        with process:
            try:
                yield _address(process, output, errors)
            finally:
                process.terminate()


@contextmanager
def _fake_credentials() -> Iterator[pytest.MonkeyPatch]:
    import boto3

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials that it found first
        for name in [name for name in os.environ if name.startswith(NOT_OURS)]:
            patch.delenv(name)
        for name, value in FAKE.items():
            patch.setenv(name, value)
        yield patch


def _client(service: str, region: str) -> Any:
    """A client as boto3 makes them, of a session of its own."""
    from botocore.session import Session

    session = Session()
    session.register_component("data_loader", _loader())
    return session.create_client(service, region_name=region)


@cache
def _loader() -> Any:
    """What botocore knows of the services, kept: reading it takes longer than most tests."""
    from botocore.loaders import create_loader

    return create_loader(os.environ.get("AWS_DATA_PATH"))


def _address(process: "subprocess.Popen[bytes]", output: Path, errors: Path) -> str:
    """Where a server serves, once it tells."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        told = re.search(r"(http\S+)\n", output.read_text())
        if told:
            return told[1]
        time.sleep(0.05)
    problem = f"nothing within {_PATIENCE} s" if process.poll() is None else f"exit status {process.returncode}"
    pytest.fail(f"The server of featurestore_server did not start: {problem}.\n{errors.read_text()}", pytrace=False)
