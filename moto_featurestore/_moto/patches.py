"""The table of all patches: functions and attributes of moto, botocore and other packages that this package replaces.

The patches are active while at least one Feature Store mock runs in this process, and from ``install()`` to
``uninstall()``. At all other times, the original functions are in place.

- Nested mocks: the patches are active until the outermost Feature Store mock ends. If a plain ``mock_aws`` is still
  running then, this ``mock_aws`` no longer serves the Feature Store.
- Threads: the patches affect all threads of the process, like moto's mocks.
- Forked children inherit the patches. If a mock runs at the fork, the children are workers of this mock.
- Spawned children of a process with a running mock apply the patches when they start.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from moto.core.models import MockAWS

from moto_featurestore._moto import admin_api, aiobotocore_clients, backend, botocore_clients, entry_points, iam_roles
from moto_featurestore._moto.entry_points import botocore as botocore_entry
from moto_featurestore._moto.entry_points import wsgi as wsgi_entry
from moto_featurestore._moto.patching import Patch, PatchSet, add_item, add_key, wrap_function
from moto_featurestore._moto.services import (
    athena,
    athena_metadata,
    athena_prepared,
    cloudformation,
    dashboard,
    pyiceberg,
    tagging,
)
from moto_featurestore._moto.services.athena_queries import queries
from moto_featurestore._moto.workers import process


def table() -> Iterator[Patch]:
    """Return all patches, in the order in which they are applied."""
    yield from _registrations()
    yield from _requests()
    yield from _clients()
    yield from _asynchronous_clients()
    yield from _processes()
    yield from _services()


def _registrations() -> Iterator[Patch]:
    yield Patch(
        "sys:modules",
        add_key(backend.MODULE, backend.module),
        "let moto.backends.get_backend find the Feature Store backend",
    )
    yield Patch(
        "moto.backend_index:backend_url_patterns",
        add_item(entry_points.RUNTIME_PATTERN, first=True),
        "let moto handle requests to the hosts of sagemaker-featurestore-runtime",
    )
    yield Patch(
        "moto.backend_index:backend_url_patterns",
        add_item(entry_points.CONTROL_PLANE_PATTERN),
        "let moto handle requests to the FIPS and dual-stack hosts of sagemaker, which moto's pattern lacks",
    )
    yield Patch(
        "moto.core.model_instances:model_data",
        add_key(backend.NAME, dashboard.VIEWS),
        "show feature groups and records on moto's dashboard",
    )
    yield Patch(
        "moto.moto_api._internal.urls:url_paths",
        add_key(admin_api.URL, admin_api.handle_request),
        "serve /moto-api/featurestore/, the HTTP API of the FeatureStore object",
    )
    yield Patch(
        "moto.core.base_backend:BackendDict.reset",
        wrap_function(backend.reset_controls),
        "clear faults, clock, throughput and the call log when moto resets its state",
    )


def _requests() -> Iterator[Patch]:
    stubber = "moto.core.botocore_stubber:BotocoreStubber"
    yield Patch(
        f"{stubber}.__call__",
        wrap_function(botocore_entry.handle_event),
        "respond to Feature Store calls before moto's URL matching; forward calls of child processes to their parent",
    )
    yield Patch(
        f"{stubber}.process_request",
        wrap_function(botocore_entry.handle_prepared_request),
        "respond to Feature Store requests sent by the requests library; flush rows before reads of S3, Glue and Athena",
    )
    yield Patch(
        "moto.moto_server.werkzeug_app:DomainDispatcherApplication.__call__",
        wrap_function(wsgi_entry.handle_wsgi),
        "respond to Feature Store requests in moto's server",
    )
    yield Patch(
        "moto.moto_server.werkzeug_app:DomainDispatcherApplication.__init__",
        wrap_function(wsgi_entry.add_application),
        "record that a moto server runs in this process",
    )
    yield Patch(
        "moto.moto_proxy.proxy3:MotoRequestHandler.parse_request",
        wrap_function(botocore_entry.handle_proxied_request),
        "respond to Feature Store requests in moto's proxy",
    )


def _clients() -> Iterator[Patch]:
    endpoint = "botocore.endpoint:Endpoint"
    yield Patch(
        f"{endpoint}._do_get_response",
        wrap_function(botocore_clients.note_operation),
        "store the operation's name in the request, because _send needs the name",
    )
    yield Patch(
        f"{endpoint}._send",
        wrap_function(botocore_clients.send),
        "respond to clients whose session was created before moto was imported",
    )
    yield Patch(
        "botocore.httpsession:URLLib3Session.send",
        wrap_function(botocore_clients.send_to_network),
        "block requests that would leave this machine",
    )
    for name in ("get_auth_instance", "get_auth"):
        yield Patch(
            f"botocore.signers:RequestSigner.{name}",
            wrap_function(botocore_clients.get_auth_instance),
            "sign with fake credentials instead of real or missing ones",
        )
    yield Patch(
        "botocore.session:Session.get_credentials",
        wrap_function(botocore_clients.get_credentials),
        "do not look for credentials in profiles, SSO, containers or instance metadata",
    )
    for name in ("Credentials", "RefreshableCredentials", "DeferredRefreshableCredentials"):
        yield Patch(
            f"botocore.credentials:{name}.__init__",
            wrap_function(botocore_clients.note_credentials),
            "record which credentials were created inside the mock: only these are used to sign requests",
        )
    yield Patch(
        "botocore.credentials:RefreshableCredentials._refresh",
        wrap_function(botocore_clients.refresh),
        "do not refresh credentials that were created before the mock, because a refresh sends requests",
    )
    for name, change in botocore_clients.SHARED_LOADS.items():
        yield Patch(
            f"botocore.loaders:Loader.{name}",
            wrap_function(change),
            "parse each of botocore's models once, not once per mock",
        )


def _asynchronous_clients() -> Iterator[Patch]:
    endpoint = "aiobotocore.endpoint:AioEndpoint"
    yield Patch(
        f"{endpoint}._do_get_response",
        wrap_function(aiobotocore_clients.get_response),
        "mark requests of asynchronous clients, which need responses of another class",
    )
    yield Patch(
        f"{endpoint}._send",
        wrap_function(aiobotocore_clients.send),
        "respond to clients whose session was created before moto was imported",
    )
    for session in ("httpsession:AIOHTTPSession", "httpxsession:HttpxSession"):
        yield Patch(
            f"aiobotocore.{session}.send",
            wrap_function(botocore_clients.send_to_network),
            "block requests that would leave this machine",
        )
    yield Patch(
        "aiobotocore.session:AioSession.get_credentials",
        wrap_function(aiobotocore_clients.get_credentials),
        "do not look for credentials in profiles, SSO, containers or instance metadata",
    )
    yield Patch(
        "pandas.io.parquet:_get_path_or_handle",
        wrap_function(aiobotocore_clients.use_fsspec),
        "let pandas use s3fs, because a Python mock cannot intercept Arrow's C++ S3 client",
    )
    for module in ("pyarrow.fs", "pyarrow.parquet.core", "pyarrow.orc"):
        yield Patch(
            f"{module}:_resolve_filesystem_and_path",
            wrap_function(aiobotocore_clients.resolve_filesystem),
            "block Arrow's C++ S3 client",
        )


def _processes() -> Iterator[Patch]:
    mock = "moto.core.models:MockAWS"
    yield Patch(
        f"{mock}._enable_patching",
        wrap_function(_start_with_mock),
        "connect a child process to the process that owns the mock, if MOTO_FEATURESTORE_OWNER is set",
    )
    yield Patch(
        f"{mock}._disable_patching",
        wrap_function(_end_with_mock),
        "disconnect a child process, or stop the listener for child processes",
    )
    for name in ("multiprocessing.spawn", "multiprocess.spawn"):  # pathos uses multiprocess
        yield Patch(
            f"{name}:get_preparation_data",
            wrap_function(process.add_worker_setup),
            "let spawned children connect to the process that owns the mock",
        )


def _services() -> Iterator[Patch]:
    yield Patch(
        "moto.athena.models:Execution.__init__",
        wrap_function(athena.begin),
        "mark new query executions as running, because moto creates them as finished",
    )
    yield Patch(
        "moto.athena.models:AthenaBackend.start_query_execution",
        wrap_function(athena.start),
        "run queries in the SQL engine",
    )
    yield Patch(
        "moto.athena.models:AthenaBackend.stop_query_execution", wrap_function(athena.stop), "stop running queries"
    )
    for name, function in athena.OPERATIONS.items():
        yield Patch(
            f"moto.athena.responses:AthenaResponse.{name}",
            wrap_function(function),
            "return the state, statistics and results of the SQL engine",
        )
    for name, function in athena_metadata.OPERATIONS.items():
        yield Patch(
            f"moto.athena.responses:AthenaResponse.{name}",
            wrap_function(athena.in_our_catalog(function)),
            "show Glue's databases and tables in the catalog AwsDataCatalog",
        )
    for name, function in athena_prepared.OPERATIONS.items():
        yield Patch(
            f"moto.athena.responses:AthenaResponse.{name}",
            wrap_function(athena.unless_disabled(function)),
            "add the operations on prepared statements that moto lacks",
        )
    yield Patch(
        "moto.cloudformation.parsing:get_model_list",
        cloudformation.add_resource,
        "support AWS::SageMaker::FeatureGroup",
    )
    yield Patch(
        "moto.cloudformation.parsing:ResourceMap.update",
        wrap_function(cloudformation.forget_removed),
        "forget groups that were removed from a template, so that a new group can use the name",
    )
    yield Patch(
        "moto.glue.responses:GlueResponse.update_table",
        wrap_function(pyiceberg.check_version),
        "reject a concurrent change of an Iceberg table",
    )
    yield Patch(
        "moto.lakeformation.models:LakeFormationBackend.register_resource",
        wrap_function(iam_roles.check_registered_role),
        "reject a role that does not exist, as AWS does",
    )
    for kind in ("feature-group", "sagemaker-catalog"):
        yield Patch(
            "moto.ram.models:ResourceShare.SHAREABLE_RESOURCES",
            add_item(kind),
            "let RAM share feature groups between accounts",
        )
    for name, function in tagging.FUNCTIONS.items():
        yield Patch(
            f"moto.resourcegroupstaggingapi.models:ResourceGroupsTaggingAPIBackend.{name}",
            wrap_function(function),
            "let the Resource Groups Tagging API find and tag feature groups",
        )
    for scheme in pyiceberg.SCHEMES:
        yield Patch(
            "pyiceberg.io:SCHEMA_TO_FILE_IO",
            pyiceberg.prefer_moto(scheme),
            "let pyiceberg use moto's S3, because a Python mock cannot intercept Arrow's C++ S3 client",
        )


def _start_with_mock(original: Callable[..., None], mock: MockAWS, *args: Any, **kwargs: Any) -> None:
    """Start moto's outermost mock. If ``install()`` was called, call the listeners of ``on_mock_start``."""
    process.start_with_mock(original, mock, *args, **kwargs)
    _activity.plain_mock_started()


def _end_with_mock(original: Callable[..., None], mock: MockAWS, *args: Any, **kwargs: Any) -> None:
    """End moto's outermost mock.

    Stop running Athena queries first. Otherwise, they would continue with the state of the next mock.
    """
    queries.end()
    process.end_with_mock(original, mock, *args, **kwargs)


class _Activity:
    """The number of Feature Store mocks that run in this process, and whether ``install()`` was called."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._patches = PatchSet(table)
        self._mocks = 0
        self._is_installed = False
        self.start_listeners: list[Callable[[], None]] = []

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self._lock:
            was_active = self._is_active()
            yield
            if self._is_active() and not was_active:
                self._activate()
            elif was_active and not self._is_active():
                self._deactivate()

    def _is_active(self) -> bool:
        return self._is_installed or self._mocks > 0

    def _activate(self) -> None:
        self._patches.apply()
        aiobotocore_clients.forget_filesystems()
        process.accept_workers()
        if MockAWS._mocks_active:
            botocore_entry.register_in_running_mock()

    def _deactivate(self) -> None:
        queries.end()
        self._patches.undo()
        process.dismiss_workers()
        botocore_clients.forget_sessions()
        aiobotocore_clients.forget_filesystems()
        if MockAWS._mocks_active:
            botocore_entry.remove_from_running_mock()

    def is_running(self) -> bool:
        return self._mocks > 0 or (self._is_installed and (bool(MockAWS._mocks_active) or wsgi_entry.has_application()))

    def install(self) -> None:
        with self._change():
            self._is_installed = True

    def uninstall(self) -> None:
        with self._change():
            self._is_installed = False

    def begin_mock(self) -> None:
        with self._change():
            self._mocks += 1

    def mock_started(self) -> None:
        if self._mocks == 1:
            self._notify()

    def plain_mock_started(self) -> None:
        if self._mocks == 0:
            self._notify()

    def _notify(self) -> None:
        for listener in list(self.start_listeners):
            listener()

    def end_mock(self) -> None:
        with self._change():
            self._mocks -= 1

    def renew_locks(self) -> None:
        self._lock = RLock()
        self._patches.renew_lock()


_activity = _Activity()
process.call_in_children(_activity.renew_locks)


def install() -> None:
    """Make moto's own ``mock_aws`` serve the Feature Store until ``uninstall()``, including mocks that already run.

    While no mock runs, requests still go to AWS. A second call of ``install()`` does nothing.
    """
    _activity.install()


def uninstall() -> None:
    """Undo ``install()``, so that ``mock_aws`` no longer serves the Feature Store.

    Feature Store mocks continue to run.
    """
    _activity.uninstall()


def is_running() -> bool:
    """Return True if a mock or a server with the Feature Store is running in this process."""
    return _activity.is_running()


def begin_mock() -> None:
    """Add 1 to the number of running Feature Store mocks before a mock starts.

    Before the first mock starts, apply the patches.
    """
    _activity.begin_mock()


def mock_started() -> None:
    """Call the listeners of ``on_mock_start`` after the outermost Feature Store mock has started."""
    _activity.mock_started()


@contextmanager
def on_mock_start(listener: Callable[[], None]) -> Iterator[None]:
    """In the ``with`` block, call ``listener`` whenever an outermost mock with the Feature Store has started."""
    _activity.start_listeners.append(listener)
    try:
        yield
    finally:
        _activity.start_listeners.remove(listener)


def end_mock() -> None:
    """Subtract 1 from the number of running Feature Store mocks after a mock has ended.

    After the last mock, undo the patches, unless ``install()`` was called.
    """
    _activity.end_mock()
