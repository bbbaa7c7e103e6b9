"""The role of a process: owner of a mock, worker, or neither. A worker sends its requests to the owner.

==============================================  =======================================================================
a forked child, and the child's children        worker of the mock that ran in the parent at the fork
a child of multiprocessing (spawn, forkserver)  worker of the parent's mock; the child starts its own mock to connect
a process with MOTO_FEATURESTORE_OWNER          worker of the owner whose address is in the variable, while a mock runs
a worker that starts a second mock              the mock shares the owner's state, like a nested mock
a worker whose mock has ended                   independent, and so are all mocks that it starts later
a worker whose owner, or its mock, has ended    each request raises OwnerGoneError
a worker that is killed during a call           the owner executes the call completely or not at all
==============================================  =======================================================================

If the owner and a worker have different clocks, configurations or permissions, the owner's apply to all requests. A
process that never has workers creates neither a thread nor a socket.
"""

import os
import socket
from collections.abc import Callable, Iterable
from threading import Lock, RLock, get_ident
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws
from moto.core import base_backend
from moto.core.config import default_user_config
from moto.core.models import MockAWS, botocore_stubber, responses_mock
from moto.core.request import normalize_request

from moto_featurestore._moto.botocore_clients import make_response
from moto_featurestore._moto.workers.client import Owner
from moto_featurestore._moto.workers.connection import Head
from moto_featurestore._moto.workers.messages import pack_error, pack_reply, unpack_request

if TYPE_CHECKING:
    from moto_featurestore._moto.workers.server import Listener

OWNER = "MOTO_FEATURESTORE_OWNER"
"""The environment variable with an owner's address. If it is set, all mocks of the process use the owner's state."""


class _Process:
    """The role of this process: worker, owner of a mock with workers, or (for most processes) neither."""

    def __init__(self) -> None:
        self.owner: Owner | None = None
        self._listener: Listener | None = None
        self._lock = Lock()
        self._forking: dict[int, Listener | OSError] = {}
        """A dict from the ID of a thread that is forking to the paused listener.

        If no listener could be created, the value is the error.
        """
        self.is_active = False
        """True while the patches are active. Only then do child processes become workers."""
        self.in_children: list[Callable[[], None]] = []
        """The functions that each forked child process calls after the fork."""

    def address(self) -> str | None:
        """Return the address of the socket for workers of this process's mock, or None if no mock runs.

        :raises OSError: if the socket cannot be created
        """
        if self.owner is not None:
            return self.owner.address
        if not (self.is_active and botocore_stubber.enabled and hasattr(socket, "AF_UNIX")):
            return None
        return self._listen().address

    def _listen(self) -> "Listener":
        from moto_featurestore._moto.workers.server import Listener

        with self._lock:
            if self._listener is None:
                self._listener = Listener(_dispatch)
            return self._listener

    def before_fork(self) -> None:
        if self.owner is not None or not (self.is_active and botocore_stubber.enabled):
            return
        try:
            listener = self._listen()
        except OSError as error:
            self._forking[get_ident()] = error
        else:
            listener.pause()
            self._forking[get_ident()] = listener

    def after_in_parent(self) -> None:
        listener = self._forking.pop(get_ident(), None)
        if listener is not None and not isinstance(listener, OSError):
            listener.resume()

    def after_in_child(self) -> None:
        listener = self._forking.pop(get_ident(), None)
        if self.owner is not None:
            self.owner = self.owner.reconnect()
        elif isinstance(listener, OSError):
            self.owner = Owner("", listener)
        elif listener is not None:
            self.owner = Owner(listener.address)
            listener.abandon()
        self._listener, self._forking = None, {}
        for function in self.in_children:
            function()

    def mock_starts(self) -> None:
        self.mock_ends()  # a fork while the last mock was ending may have started a listener
        if address := os.environ.get(OWNER):
            self.owner = Owner(address)

    def mock_ends(self) -> None:
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.close()
        if os.environ.get(OWNER) == listener.address:  # set by a user; the next mock must not use the old address
            del os.environ[OWNER]


_process = _Process()


def call_in_children(function: Callable[[], None]) -> None:
    """Register a function that each forked child process calls right after the fork."""
    _process.in_children.append(function)


def reset_in_children(holder: Any, name: str, make: Callable[[], Any]) -> None:
    """Replace an attribute of an object in forked child processes, for example a lock.

    A thread of the parent process may have held the lock at the fork. This thread does not exist in the child process.

    :param holder: the object that has the attribute
    :param name: the name of the attribute
    :param make: a function that returns the new value
    """
    call_in_children(lambda: setattr(holder, name, make()))


reset_in_children(_process, "_lock", Lock)
reset_in_children(MockAWS, "_mock_init_lock", Lock)
reset_in_children(base_backend, "backend_lock", RLock)
reset_in_children(responses_mock, "_thread_lock", Lock)


def is_worker() -> bool:
    """Return True if this process is a worker. The state of its mock is then in a different process, the owner."""
    return _process.owner is not None


def worker_environment() -> dict[str, str]:
    """Return the environment variables that make the mock of a new process use the state of this process's mock.

    Example: ``subprocess.run(command, env=os.environ | worker_environment())``, if the command starts a mock. Forked
    children and children of multiprocessing do not need the variables.

    :raises RuntimeError: if no mock runs in this process, or if Python has no Unix sockets on this system (Windows)
    :raises OSError: if the socket cannot be created
    """
    if not hasattr(socket, "AF_UNIX"):
        raise RuntimeError(
            "Sharing a mock between processes requires Unix sockets, which Python does not support on this system. Use a"
            " moto server instead."
        )
    address = _process.address()
    if address is None:
        raise RuntimeError("No mock is running in this process. Start a mock before you call worker_environment().")
    return {OWNER: address}


def accept_workers() -> None:
    """From now on, make new child processes workers, which use the state of this process's mock."""
    _process.is_active = True


def dismiss_workers() -> None:
    """From now on, make new child processes independent of this process. Close the connections to existing workers.

    If this process is a worker itself, make it independent of its owner.
    """
    _process.is_active = False
    _process.mock_ends()
    _process.owner = None


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(
        before=_process.before_fork,
        after_in_parent=_process.after_in_parent,
        after_in_child=_process.after_in_child,
    )


# Functions that run in a worker.


def forward_to_owner(event_name: str | None, request: Any) -> Any:
    """Send a request of this worker to the process that owns the mock, and return the response.

    Return None if moto's settings let the request leave the machine.

    :param event_name: the name of botocore's event, or None for a request of the ``requests`` library
    :raises OwnerGoneError: if the owner or its mock has ended
    """
    assert _process.owner
    response = _process.owner.send(event_name, request)
    if response is None or event_name is None:
        return response
    return make_response(request.url, response.status, response.headers, response.body)


def start_with_mock(original: Callable[..., None], mock: MockAWS, *args: Any, **kwargs: Any) -> None:
    """Start moto's outermost mock.

    If MOTO_FEATURESTORE_OWNER contains the address of an owner, make this process a worker of this owner.
    """
    _process.mock_starts()
    original(mock, *args, **kwargs)


def end_with_mock(original: Callable[..., None], mock: MockAWS, *args: Any, **kwargs: Any) -> None:
    """End moto's outermost mock. If this process is a worker, make it independent of its owner."""
    _process.mock_ends()
    original(mock, *args, **kwargs)
    _process.owner = None  # last, because the owner must process all requests up to this point


class _WorkerSetup:
    """An object in the data for a spawned child process. When the child unpickles this object, the child becomes a worker."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __reduce__(self) -> tuple[Any, ...]:
        return _join, (self._address,)


def add_worker_setup(original: Callable[..., dict[str, Any]], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Add a _WorkerSetup to the data that ``multiprocessing`` sends to a spawned child, so that the child becomes a worker."""
    data = original(*args, **kwargs)
    if address := _process.address():
        data["moto_featurestore"] = _WorkerSetup(address)
    return data


def _join(address: str) -> None:
    """Make this process a worker of the owner at an address. Start a mock that runs until the process ends."""
    from moto_featurestore._moto.patches import install

    install()
    os.environ[OWNER] = address
    if botocore_stubber.enabled:  # a mock already runs, for example in a forkserver whose main module started it
        _process.owner = Owner(address)
        return
    core = {**default_user_config.get("core", {}), "mock_credentials": False}
    mock_aws(config={"core": core}).start(reset=False)  # type: ignore[call-overload]


# Functions that run in the owner.


def _as_moto_expects(request: AWSPreparedRequest) -> Any:
    """Return a request in the form that moto's ``process_request`` expects. moto 5.2.4 expects a normalized request."""
    if hasattr(botocore_stubber, "process_prepared_request"):  # pragma: no branch
        return request
    return normalize_request(request)  # pragma: no cover - moto 5.2.4 only


def _dispatch(head: Head, body: bytes) -> tuple[Head, Iterable[bytes]]:
    """Process a worker's request with the method of moto that also processes the owner's own requests.

    Return the message with the response or the error.
    """
    event_name, request = unpack_request(head, body)
    try:
        if event_name is None:
            return pack_reply(botocore_stubber.process_request(_as_moto_expects(request)))
        response = botocore_stubber(event_name, request)
        return pack_reply(None if response is None else (response.status_code, response.headers, response.raw.read()))
    except Exception as error:  # noqa: BLE001 - the worker raises it
        return pack_error(error)
