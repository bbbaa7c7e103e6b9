"""The pytest plugin: options and markers. The module ``pytest_fixtures`` contains the plugin's fixtures.

The plugin imports moto only if a test or an option requires it.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest

from moto_featurestore import __version__, pytest_fixtures
from moto_featurestore.pytest_fixtures import (  # noqa: F401 - pytest registers the fixtures of this module
    featurestore,
    featurestore_account_id,
    featurestore_client,
    featurestore_config,
    featurestore_credentials,
    featurestore_faults,
    featurestore_region,
    featurestore_server,
    featurestore_server_account,
    sagemaker_client,
    sagemaker_execution_role,
)
from moto_featurestore.settings import NAMES, check_names, read_settings, settings_of_test, variable
from moto_featurestore.testing import fault_usage

if TYPE_CHECKING:
    from moto_featurestore.testing.client import FeatureStore
    from moto_featurestore.testing.faults import Fault

_MARKERS = {
    "fail": "(operation, error, **selection): return an error from calls in the test",
    "delay": "(operation, seconds, **selection): delay calls in the test",
    "drop": "(operation, **selection): close the connection before the response to calls in the test",
    "leave_unprocessed": "(operation, **selection): return records of batch operations in the test as unprocessed",
    "deny": "(operation, group=None): deny an operation to all callers in the test",
    "enforce_throughput": "(group=None): throttle calls in the test that exceed the provisioned throughput",
}
"""The markers that call a method of a FeatureStore object: a dict from method name to the marker's help text."""

_INI = "featurestore_"
"""The prefix of this plugin's options in pytest's configuration file."""
_stack = pytest.StashKey[ExitStack]()
"""The key in ``item.stash`` for the context managers of a test, which end after the teardown of the test."""
_watched = pytest.StashKey[list[fault_usage.WatchedFault]]()
"""The key in ``item.stash`` for the faults that a test and its function-scoped fixtures have armed."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options that the plugin reads from pytest's configuration file."""
    parser.addini(
        "featurestore_scope",
        f"scope of the featurestore fixtures: {', '.join(pytest_fixtures.SCOPES)}",
        default="function",
    )
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
        "fail a test, instead of printing a warning, if no call matched one of its faults",
        type="bool",
        default=False,
    )
    for name in NAMES:
        parser.addini(
            f"{_INI}{name}",
            f"setting {name} of moto_featurestore; the environment variable {variable(name)} overrides it",
        )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and apply the settings in the configuration file.

    If ``featurestore_server_shared`` is true, also register the plugin that starts one server for all xdist workers.
    """
    config.addinivalue_line("markers", "featurestore(**settings): settings of moto_featurestore for one test")
    for method, text in _MARKERS.items():
        config.addinivalue_line("markers", f"featurestore_{method}{text}")
    scope = config.getini("featurestore_scope")
    if scope not in pytest_fixtures.SCOPES:
        raise pytest.UsageError(
            f"featurestore_scope must be one of {', '.join(pytest_fixtures.SCOPES)}, not {scope!r}."
        )
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
        node.workerinput[pytest_fixtures.URL] = self._url

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

    The settings and the recording end after the last teardown of the test.
    """
    if message := pytest_fixtures.scope_error(item):
        pytest.fail(message, pytrace=False)
    stack = item.stash.setdefault(_stack, ExitStack())
    item.stash[_watched] = stack.enter_context(fault_usage.watch())
    marks = list(item.iter_markers("featurestore"))
    if not marks:
        return
    if any(mark.args for mark in marks):
        pytest.fail("The marker featurestore takes settings as keywords, such as offline_delay=300.", pytrace=False)
    if "featurestore_server" in getattr(item, "fixturenames", ()):
        pytest.fail(
            "The marker featurestore does not apply to the fixture featurestore_server, because the server is another"
            " process. Configure the server with environment variables or in pytest's configuration file.",
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

    The reason is that calls of later tests may still hit these faults.
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
        message = f"No call matched featurestore.{unused}. Check the arguments of the fault, and the calls of the test."
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
