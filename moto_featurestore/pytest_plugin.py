"""The pytest plugin: fixtures, markers and options. The plugin imports moto only if a test or an option requires it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from moto_featurestore import __version__
from moto_featurestore.credentials import (
    CLIENT_VARIABLES,
    EXECUTION_ROLE_NAME,
    EXECUTION_ROLE_PATH,
    EXECUTION_ROLE_TRUST,
    FAKE,
)
from moto_featurestore.settings import NAMES, check_names, read_settings, settings_of_test, variable
from moto_featurestore.testing import fault_usage

if TYPE_CHECKING:
    # These modules come from boto3-stubs. If boto3-stubs is not installed, the clients have the type Any.
    from mypy_boto3_sagemaker import SageMakerClient  # type: ignore[import-not-found,unused-ignore]
    from mypy_boto3_sagemaker_featurestore_runtime import (  # type: ignore[import-not-found,unused-ignore]
        SageMakerFeatureStoreRuntimeClient,
    )

    from moto_featurestore.testing.client import FeatureStore
    from moto_featurestore.testing.faults import Fault

Scope = Literal["function", "class", "module", "package", "session"]

_SCOPES = ("function", "class", "module", "package", "session")

_MARKERS = {
    "fail": "(operation, error, **selection): make calls of the test fail",
    "delay": "(operation, seconds, **selection): make calls of the test slower",
    "drop": "(operation, **selection): close connections of the test before the response",
    "leave_unprocessed": "(operation, **selection): return records of the test's batches unprocessed",
    "deny": "(operation, group=None): deny an operation to all callers in the test",
    "enforce_throughput": "(group=None): throttle the test at the provisioned throughput",
}
"""The markers that call a method of a FeatureStore object: a dict from method name to the marker's help text."""

_INI = "featurestore_"
"""The prefix of this plugin's options in pytest's configuration file."""
_stack = pytest.StashKey[ExitStack]()
"""The key in ``item.stash`` for the context managers of a test, which end after the teardown of the test."""
_watched = pytest.StashKey[list[fault_usage.WatchedFault]]()
"""The key in ``item.stash`` for the faults that a test and its function-scoped fixtures have armed."""

_URL = "featurestore_server"
"""The key under which a pytest-xdist worker receives the URL of the shared server."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options that the plugin reads from pytest's configuration file."""
    parser.addini("featurestore_scope", f"scope of the featurestore fixtures: {', '.join(_SCOPES)}", default="function")
    parser.addini(
        "featurestore_server_shared",
        "share one featurestore_server between all workers of pytest-xdist",
        type="bool",
        default=False,
    )
    parser.addini(
        "featurestore_install", "make moto's own mock_aws include the Feature Store", type="bool", default=False
    )
    parser.addini(
        "featurestore_strict_faults",
        "fail tests with a fault that no call hits, instead of warning",
        type="bool",
        default=False,
    )
    for name in NAMES:
        parser.addini(f"{_INI}{name}", f"setting {name} of moto_featurestore, unless the environment sets it")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and apply the settings in the configuration file.

    If ``featurestore_server_shared`` is true, also register the plugin that starts one server for all xdist workers.
    """
    config.addinivalue_line("markers", "featurestore(**settings): settings of moto_featurestore for one test")
    for method, text in _MARKERS.items():
        config.addinivalue_line("markers", f"featurestore_{method}{text}")
    scope = config.getini("featurestore_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"featurestore_scope = {scope!r} is not a scope. The scopes are {', '.join(_SCOPES)}.")
    try:
        _export_settings(config)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    if config.getini("featurestore_server_shared"):
        config.pluginmanager.register(_SharedServer())


def _export_settings(config: pytest.Config) -> None:
    """Copy the settings in pytest's configuration file to environment variables until the test run ends.

    Servers that the tests start inherit these variables. Therefore the settings also apply to these servers.

    :raises ValueError: if the name or the value of an option is unknown
    """
    known = [f"{_INI}{name}" for name in ("scope", "server_shared", "install", "strict_faults", *NAMES)]
    options: Iterable[str] = config._inicfg if hasattr(config, "_inicfg") else config.inicfg  # private since pytest 9
    unknown = [name for name in options if name.startswith(_INI) and not _is_option(config, name)]
    check_names(unknown, known, "option of pytest's configuration file")
    options_by_name = {name: config.getini(f"{_INI}{name}") for name in NAMES}
    settings = {name: value for name, value in options_by_name.items() if value and variable(name) not in os.environ}
    read_settings(settings)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    for name, value in settings.items():
        patch.setenv(variable(name), value)


def _is_option(config: pytest.Config, name: str) -> bool:
    """Return True if a pytest plugin has registered a configuration option with this name."""
    try:
        config.getini(name)
    except (KeyError, ValueError):
        return False
    return True


class _SharedServer:
    """A pytest plugin that runs one server for all pytest-xdist workers until the session ends.

    The process that controls the workers (xdist's controller) starts the server for the first worker.
    """

    def __init__(self) -> None:
        self._url = ""
        self._stack = ExitStack()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Start the server if it is not running yet, and pass its URL to a pytest-xdist worker."""
        from moto_featurestore.server.process import NoServerError, server_process

        if not self._url:
            home = Path(self._stack.enter_context(TemporaryDirectory(prefix="featurestore_server-")))
            try:
                self._url = self._stack.enter_context(server_process(home))
            except NoServerError as error:
                raise pytest.UsageError(str(error)) from None
        node.workerinput[_URL] = self._url

    def pytest_unconfigure(self) -> None:
        """Stop the server at the end of the session."""
        self._stack.close()


def pytest_report_header() -> str:
    """Return the versions of this package, moto and botocore, for the header of pytest's output."""
    versions = []
    for name in ("moto", "moto-ext", "botocore"):
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    return f"moto-featurestore: {__version__} ({', '.join(versions)})"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Call ``moto_featurestore.install()`` if the option ``featurestore_install`` is true."""
    if session.config.getini("featurestore_install"):
        from moto_featurestore import install

        install()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Apply the settings in a test's ``featurestore`` markers, and record the faults that the test arms.

    Both continue until the last teardown of the test.
    """
    stack = item.stash.setdefault(_stack, ExitStack())
    item.stash[_watched] = stack.enter_context(fault_usage.watch())
    marks = list(item.iter_markers("featurestore"))
    if not marks:
        return
    if any(mark.args for mark in marks):
        pytest.fail("The marker featurestore takes settings as keywords, such as offline_delay=300.", pytrace=False)
    if "featurestore_server" in getattr(item, "fixturenames", ()):
        pytest.fail(
            "The marker featurestore applies only to this process. Configure the fixture featurestore_server in the"
            " environment or in the configuration file.",
            pytrace=False,
        )
    settings = {name: value for mark in reversed(marks) for name, value in mark.kwargs.items()}
    try:
        stack.enter_context(settings_of_test(settings))
    except ValueError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """After the teardown of all fixtures, remove the settings of a test's marker, and stop recording its faults."""
    yield
    item.stash.get(_stack, ExitStack()).close()


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[None]:
    """If the scope of a fixture is wider than one test, exclude its faults from the check for unused faults.

    Calls of later tests may still hit such faults.
    """
    with fault_usage.watch() if fixturedef.scope != "function" else nullcontext():
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Arm the faults of a test's markers while the test function runs. Then check that the test has no unused faults.

    Faults of markers do not affect calls of fixtures. If no mock is running yet, arm the faults when the test starts a
    mock.
    """
    # A marker of the function has priority over a marker of its class or module. A call gets the error of the fault
    # that was armed first. Therefore arm the faults of the function's markers first.
    marks = [(method, mark) for method in _MARKERS for mark in item.iter_markers(f"featurestore_{method}")]
    with ExitStack() as stack:
        faults = [(method, _fault(item, method, mark)) for method, mark in marks]
        for _, fault in faults:
            stack.callback(fault.lift)
        late = [fault for _, fault in faults if fault.needs_mock]
        if late:
            from moto_featurestore._moto.patches import on_mock_start

            stack.enter_context(on_mock_start(lambda: _arm_again(late)))
        outcome = yield
        if outcome.excinfo is None:  # type: ignore[attr-defined]
            try:
                _check_faults(item, faults)
            except (pytest.fail.Exception, fault_usage.FeatureStoreUnusedFaultWarning) as error:
                outcome.force_exception(error)  # type: ignore[attr-defined]
        for fault in late:
            fault.retire()


def _fault(item: pytest.Item, method: str, mark: pytest.Mark) -> "Fault":
    """Arm the fault that a marker describes, and return the fault. If the marker is invalid, fail the test."""
    try:
        fault: Fault = getattr(_handle(item), method)(*mark.args, **mark.kwargs)
    except (TypeError, ValueError) as error:
        signature = _MARKERS[method].partition(":")[0]
        pytest.fail(f"The marker featurestore_{method}{signature} is invalid: {error}", pytrace=False)
    return fault


def _arm_again(faults: list["Fault"]) -> None:
    """Disarm faults, and arm them again in a mock that has just started."""
    for fault in faults:
        fault.lift()
        fault.__enter__()


def _check_faults(item: pytest.Item, faults: list[tuple[str, "Fault"]]) -> None:
    """Fail a test if a fault of its markers was not armed, because no mock was running.

    If no call has hit a fault of the test, warn. If the option ``featurestore_strict_faults`` is true, fail the test.
    """
    for method, fault in faults:
        if fault.needs_mock:
            pytest.fail(
                f"The marker featurestore_{method} had no effect, because no mock was running during the test. Use the"
                " fixture featurestore, or start mock_featurestore in the test.",
                pytrace=False,
            )
    for unused in [fault for fault in item.stash[_watched] if fault.is_unused]:
        message = f"No call hit featurestore.{unused}. Check its operation and its selection of calls."
        if item.config.getini("featurestore_strict_faults"):
            pytest.fail(message, pytrace=False)
        item.warn(fault_usage.FeatureStoreUnusedFaultWarning(message))


def _handle(item: pytest.Item) -> "FeatureStore":
    """Return a FeatureStore object that controls the test's fixture ``featurestore`` or ``featurestore_server``.

    If the test uses neither fixture, return the FeatureStore object for the mock of this process.
    """
    from moto_featurestore import featurestore as handle

    fixtures: dict[str, Any] = getattr(item, "funcargs", {})
    if "featurestore" in fixtures or "featurestore_server" not in fixtures:
        return cast("FeatureStore", fixtures.get("featurestore", handle))
    return handle(url=fixtures["featurestore_server"])


def _scope(fixture_name: str, config: pytest.Config) -> Scope:  # noqa: ARG001 - pytest requires this signature
    scope: Scope = config.getini("featurestore_scope")
    return scope


# Fixtures that users can override.


@pytest.fixture(scope=_scope)
def featurestore_region() -> str:
    """Return the region of the featurestore fixtures: the value of ``AWS_DEFAULT_REGION``, or else us-east-1.

    To use a different region, override this fixture.
    """
    return os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@pytest.fixture(scope=_scope)
def featurestore_account_id() -> str | None:
    """Return the account ID of the featurestore fixtures: None, which means moto's default account.

    To use a different account, override this fixture.
    """
    return None


@pytest.fixture(scope=_scope)
def featurestore_config() -> dict[str, Any]:
    """Return the argument ``config`` of ``mock_featurestore`` for the featurestore fixtures: an empty dict.

    To configure the mock, override this fixture.
    """
    return {}


# Fixtures for tests.


@pytest.fixture(scope=_scope)
def featurestore_credentials(featurestore_region: str) -> Iterator[None]:
    """Set a region and fake credentials in the environment, and hide all real credentials.

    The fixture restores the environment at its teardown. ``featurestore`` uses this fixture. Clients of
    ``featurestore_server`` also need credentials: request this fixture or ``featurestore_server_account``.
    """
    with _fake_credentials() as patch:
        patch.setenv("AWS_DEFAULT_REGION", featurestore_region)
        patch.setenv("AWS_REGION", featurestore_region)
        yield


@pytest.fixture(scope=_scope)
def featurestore(
    featurestore_credentials: None,  # noqa: ARG001 - must be set up before the mock
    featurestore_region: str,
    featurestore_account_id: str | None,
    featurestore_config: dict[str, Any],
) -> Iterator["FeatureStore"]:
    """Run a mock of AWS with the Feature Store, and return a FeatureStore object for the mock.

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

    Use this fixture if ``featurestore_scope`` is wider than one test. Without it, faults would affect later tests.
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

    shared: str | None = getattr(request.config, "workerinput", {}).get(_URL)
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
    with _fake_credentials() as patch:
        patch.setenv("AWS_DEFAULT_REGION", featurestore_region)
        patch.setenv("AWS_REGION", featurestore_region)
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
def _fake_credentials() -> Iterator[pytest.MonkeyPatch]:
    import boto3

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)  # a session caches the first credentials that it finds
        for name in [name for name in os.environ if name.startswith(CLIENT_VARIABLES)]:
            patch.delenv(name)
        for name, value in FAKE.items():
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
