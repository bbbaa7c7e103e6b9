"""The pytest plugin: fixtures that mock AWS with the Feature Store in it; without them, no run imports moto."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from moto_featurestore import __version__
from moto_featurestore.credentials import FAKE, NOT_OURS
from moto_featurestore.settings import NAMES, check_names, read_settings, settings_of_test, variable
from moto_featurestore.testing import execution_role

if TYPE_CHECKING:
    # Of boto3-stubs; without them the clients are Any.
    from mypy_boto3_sagemaker import SageMakerClient  # type: ignore[import-not-found,unused-ignore]
    from mypy_boto3_sagemaker_featurestore_runtime import (  # type: ignore[import-not-found,unused-ignore]
        SageMakerFeatureStoreRuntimeClient,
    )

    from moto_featurestore.testing.client import FeatureStore

Scope = Literal["function", "class", "module", "package", "session"]

_SCOPES = ("function", "class", "module", "package", "session")

_MARKERS = {
    "fail": "(operation, error, **selection): let calls of the test fail",
    "delay": "(operation, seconds, **selection): let calls of the test take longer",
    "drop": "(operation, **selection): let calls of the test lose their answer",
    "leave_unprocessed": "(operation, **selection): let records of the test's batches be left unprocessed",
    "enforce_throughput": "(group=None): hold the test to the provisioned throughput",
}
"""By the handle's method that each calls."""

_INI = "featurestore_"
"""How the options of the configuration file begin."""
_stack = pytest.StashKey[ExitStack]()
"""Of a test: what ends after it."""

_URL = "featurestore_server"
"""Under what name workers of pytest-xdist find the server that they share."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the configuration file."""
    parser.addini("featurestore_scope", f"scope of the featurestore fixtures: {', '.join(_SCOPES)}", default="function")
    parser.addini(
        "featurestore_server_shared", "one server for all workers of pytest-xdist", type="bool", default=False
    )
    parser.addini("featurestore_install", "let moto's own mock_aws serve the Feature Store", type="bool", default=False)
    for name in NAMES:
        parser.addini(f"{_INI}{name}", f"the setting {name} of moto_featurestore, where the environment has none")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, take over the settings, and have the server that pytest-xdist's workers share, if they do."""
    config.addinivalue_line("markers", "featurestore(**settings): settings of moto_featurestore for one test")
    for method, text in _MARKERS.items():
        config.addinivalue_line("markers", f"featurestore_{method}{text}")
    scope = config.getini("featurestore_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"featurestore_scope = {scope!r} is no scope; these are: {', '.join(_SCOPES)}")
    try:
        _take_over_settings(config)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if config.getini("featurestore_server_shared"):
        config.pluginmanager.register(_SharedServer())


def _take_over_settings(config: pytest.Config) -> None:
    """Have the settings of the configuration file in the environment, until the run ends: so servers have them too."""
    known = [f"{_INI}{name}" for name in ("scope", "server_shared", "install", *NAMES)]
    written: Iterable[str] = config._inicfg if hasattr(config, "_inicfg") else config.inicfg  # pytest 9 has hidden it
    strange = [name for name in written if name.startswith(_INI) and not _is_option(config, name)]
    check_names(strange, known, "option of pytest's configuration file")
    given = {name: config.getini(f"{_INI}{name}") for name in NAMES}
    given = {name: value for name, value in given.items() if value and variable(name) not in os.environ}
    read_settings(given)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    for name, value in given.items():
        patch.setenv(variable(name), value)


def _is_option(config: pytest.Config, name: str) -> bool:
    """Whether some plugin, this or another one, has an option of a name."""
    try:
        config.getini(name)
    except (KeyError, ValueError):
        return False
    return True


class _SharedServer:
    """Of the process that has pytest-xdist's workers: a server, from the first worker on until the session ends."""

    def __init__(self) -> None:
        self._url = ""
        self._stack = ExitStack()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the server is."""
        from moto_featurestore.server.process import NoServerError, server_process

        if not self._url:
            home = Path(self._stack.enter_context(TemporaryDirectory(prefix="featurestore_server-")))
            try:
                self._url = self._stack.enter_context(server_process(home))
            except NoServerError as error:
                raise pytest.UsageError(str(error)) from None
        node.workerinput[_URL] = self._url

    def pytest_unconfigure(self) -> None:
        """Stop the server."""
        self._stack.close()


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


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the settings of a test's marker hold, from its set-up to its last clean-up."""
    marks = list(item.iter_markers("featurestore"))
    if not marks:
        return
    if any(mark.args for mark in marks):
        pytest.fail("The marker featurestore takes settings by name, such as offline_delay=300.", pytrace=False)
    if "featurestore_server" in getattr(item, "fixturenames", ()):
        pytest.fail(
            "The marker featurestore holds in this process; the settings of the fixture featurestore_server are those"
            " of the environment, or of the configuration file.",
            pytrace=False,
        )
    settings = {name: value for mark in reversed(marks) for name, value in mark.kwargs.items()}
    stack = item.stash.setdefault(_stack, ExitStack())
    try:
        stack.enter_context(settings_of_test(settings))
    except ValueError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """End the settings of a test's marker, after all else of the test has ended."""
    yield
    item.stash.get(_stack, ExitStack()).close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Arm the faults of a test's markers for as long as the test itself runs: its fixtures are set up without them."""
    marks = [(method, mark) for method in _MARKERS for mark in item.iter_markers(f"featurestore_{method}")]
    with ExitStack() as faults:
        # The nearest one first, as with decorators: of those that end a call the first that is armed does.
        for method, mark in marks:
            try:
                fault = getattr(_handle(item), method)(*mark.args, **mark.kwargs)
            except (TypeError, ValueError) as error:
                taken = _MARKERS[method].partition(":")[0]
                pytest.fail(f"The marker featurestore_{method}{taken} is refused: {error}", pytrace=False)
            faults.enter_context(fault)
        yield


def _handle(item: pytest.Item) -> "FeatureStore":
    """The handle of the test's own fixtures, else that of this process."""
    from moto_featurestore import featurestore as handle

    fixtures: dict[str, Any] = getattr(item, "funcargs", {})
    if "featurestore" in fixtures or "featurestore_server" not in fixtures:
        return cast("FeatureStore", fixtures.get("featurestore", handle))
    return handle(url=fixtures["featurestore_server"])


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


@pytest.fixture
def featurestore_faults(featurestore: "FeatureStore") -> Iterator["FeatureStore"]:
    """The handle of the fixture featurestore, whatever its scope: faults end with the test, and so does a moved clock."""
    yield featurestore
    featurestore.lift(everywhere=True)
    featurestore.clock.reset()


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
        iam.create_role(
            RoleName=execution_role.NAME, Path=execution_role.PATH, AssumeRolePolicyDocument=execution_role.TRUST
        )
    role: str = iam.get_role(RoleName=execution_role.NAME)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName="SageMaker")["Credentials"]
    with pytest.MonkeyPatch.context() as patch:
        _set_keys(patch, keys)
        # A session keeps the credentials that it finds first: not those before, nor those that a mock within this one sets.
        session = boto3.Session()
        session.get_credentials()
        patch.setattr(boto3, "DEFAULT_SESSION", session)
        yield role


@pytest.fixture(scope="session")
def featurestore_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of moto with the Feature Store in it, which runs until the session ends.

    It has a process of its own, and so a state of its own: mocks in process neither see nor reset it. Each worker of
    pytest-xdist has one, unless the configuration has ``featurestore_server_shared = true``: then it is the same for all.
    A POST to /moto-api/reset empties it, for all who share it.
    """
    from moto_featurestore.server.process import NoServerError, server_process

    shared: str | None = getattr(request.config, "workerinput", {}).get(_URL)
    with ExitStack() as stack:
        try:
            url = shared or stack.enter_context(server_process(tmp_path_factory.mktemp("featurestore_server")))
        except NoServerError as error:
            pytest.fail(str(error), pytrace=False)
        yield url


@pytest.fixture(scope=_scope)
def featurestore_server_account(featurestore_server: str, featurestore_region: str) -> Iterator[str]:
    """The ID of an account of the fixture featurestore_server's that is empty, and nobody else's: no reset is needed.

    The credentials of the environment are of it, for every client of the server. Names of S3's buckets are everybody's, as
    on AWS: let them have the ID in them.
    """
    account_id = str(SystemRandom().randrange(10**12)).zfill(12)
    role = f"arn:aws:iam::{account_id}:role{execution_role.PATH}{execution_role.NAME}"
    with _fake_credentials() as patch:
        patch.setenv("AWS_DEFAULT_REGION", featurestore_region)
        patch.setenv("AWS_REGION", featurestore_region)
        sts = _client("sts", featurestore_region, featurestore_server)
        keys = sts.assume_role(RoleArn=role, RoleSessionName="SageMaker")["Credentials"]
        _set_keys(patch, keys)
        found = _client("sts", featurestore_region, featurestore_server).get_caller_identity()["Account"]
        if found != account_id:
            pytest.fail(f"The account at the server is always {found}, as MOTO_ACCOUNT_ID says.", pytrace=False)
        yield account_id


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


def _set_keys(patch: pytest.MonkeyPatch, keys: dict[str, Any]) -> None:
    patch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    patch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])


def _client(service: str, region: str, endpoint_url: str | None = None) -> Any:
    """A client as boto3 makes them, of a session of its own."""
    from botocore.session import Session

    session = Session()
    session.register_component("data_loader", _loader())
    return session.create_client(service, region_name=region, endpoint_url=endpoint_url)


@cache
def _loader() -> Any:
    """What botocore knows of the services, kept: reading it takes longer than most tests."""
    from botocore.loaders import create_loader

    return create_loader(os.environ.get("AWS_DATA_PATH"))
