"""Workers: what forked and spawned processes ask of moto is answered by the process whose mock they belong to.

==============================================  =======================================================================
a forked child, and its own children            belongs to the mock that ran in its parent when it was forked
a child of multiprocessing's spawn, forkserver  the same: it gets to know the owner as it starts, and a mock
any other process                               its mocks belong to the owner that MOTO_FEATURESTORE_OWNER names
a worker within a mock of its own               shares the owner's state, as nested mocks do
a worker that has left the owner's mock         stands alone, and so do the mocks that it starts from then on
an owner that has ended, or has ended its mock  its workers get OwnerGoneError, never an answer out of a copy
a worker that is killed in the middle of a call the call is made whole, or not at all
==============================================  =======================================================================

Where an owner and its worker differ, the owner's word holds: its clock, its configuration, its permissions. Nothing is
started, no thread and no socket, before there is a worker.
"""

import os
import socket
from collections.abc import Callable, Iterable
from threading import Lock, RLock, get_ident
from typing import TYPE_CHECKING, Any

from moto import mock_aws
from moto.core import base_backend
from moto.core.config import default_user_config
from moto.core.models import MockAWS, botocore_stubber, responses_mock

from moto_featurestore._moto.botocore_response import make_answer
from moto_featurestore._moto.workers.client import Owner
from moto_featurestore._moto.workers.connection import Head
from moto_featurestore._moto.workers.messages import pack_answer, pack_error, unpack_request

if TYPE_CHECKING:
    from moto_featurestore._moto.workers.server import Listener

OWNER = "MOTO_FEATURESTORE_OWNER"
"""The variable of the environment that tells a process the owner of its mocks."""


class _Process:
    """What this process is to others: a worker, or the owner of a mock that may have some; mostly neither."""

    def __init__(self) -> None:
        self.owner: Owner | None = None
        self._listener: Listener | None = None
        self._lock = Lock()
        self._forking: dict[int, Listener | OSError] = {}
        """By thread: who rests during its fork, or why nobody listens."""
        self.is_active = False
        """Whether the patches act: only then do children join."""
        self.in_children: list[Callable[[], None]] = []
        """Called in each forked child."""

    def address(self) -> str | None:
        """Where workers of this process's mock reach its owner; None, where no mock runs.

        :raises OSError: where it cannot listen
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
        except OSError as problem:
            self._forking[get_ident()] = problem
        else:
            listener.rest()
            self._forking[get_ident()] = listener

    def after_in_parent(self) -> None:
        found = self._forking.pop(get_ident(), None)
        if found is not None and not isinstance(found, OSError):
            found.resume()

    def after_in_child(self) -> None:
        found = self._forking.pop(get_ident(), None)
        if self.owner is not None:
            self.owner = self.owner.anew()
        elif isinstance(found, OSError):
            self.owner = Owner("", found)
        elif found is not None:
            self.owner = Owner(found.address)
            found.abandon()
        self._listener, self._forking = None, {}
        for function in self.in_children:
            function()

    def mock_starts(self) -> None:
        self.mock_ends()  # for a fork of just when the last one ended
        if address := os.environ.get(OWNER):
            self.owner = Owner(address)

    def mock_ends(self) -> None:
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.close()
        if os.environ.get(OWNER) == listener.address:  # a user's own doing: the next mock would seek its owner there
            del os.environ[OWNER]


_process = _Process()


def call_in_children(function: Callable[[], None]) -> None:
    """Call a function in each forked child, right after the fork."""
    _process.in_children.append(function)


def renew_in_children(holder: Any, name: str, make: Callable[[], Any]) -> None:
    """Have a lock made anew in forked children: a thread that is not there may have held it."""
    call_in_children(lambda: setattr(holder, name, make()))


renew_in_children(_process, "_lock", Lock)
renew_in_children(MockAWS, "_mock_init_lock", Lock)
renew_in_children(base_backend, "backend_lock", RLock)
renew_in_children(responses_mock, "_thread_lock", Lock)


def is_worker() -> bool:
    """Whether the state is in another process, which owns the mock of this one."""
    return _process.owner is not None


def worker_environment() -> dict[str, str]:
    """What the environment of another process must have for its mocks to share the state of the mock that runs here.

    ``subprocess.run(command, env=os.environ | worker_environment())``, where the command starts a mock. Forked children
    and those of multiprocessing need no such thing.

    :raises RuntimeError: where no mock runs in this process, or on a system without Unix sockets in Python (Windows)
    :raises OSError: where the socket cannot be made
    """
    if not hasattr(socket, "AF_UNIX"):
        raise RuntimeError("Workers need Unix sockets, which Python lacks here: run a server of moto instead.")
    address = _process.address()
    if address is None:
        raise RuntimeError("No mock runs in this process, so there is no state to share.")
    return {OWNER: address}


def accept_workers() -> None:
    """Let children of this process join its mock from now on."""
    _process.is_active = True


def dismiss_workers() -> None:
    """Let children of this process be on their own again."""
    _process.is_active = False
    _process.mock_ends()
    _process.owner = None


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(
        before=_process.before_fork,
        after_in_parent=_process.after_in_parent,
        after_in_child=_process.after_in_child,
    )


# The worker's side.


def ask_owner(event_name: str | None, request: Any) -> Any:
    """Ask the process that owns the mock for the answer to a request.

    :param event_name: the name of botocore's event; None for a request of the ``requests`` library
    """
    assert _process.owner
    answer = _process.owner.ask(event_name, request)
    if answer is None or event_name is None:
        return answer
    return make_answer(request.url, answer.status, answer.headers, answer.body)


def start_with_mock(original: Callable[..., None], mock: MockAWS, *args: Any, **kwargs: Any) -> None:
    """Start moto's outermost mock; it is the owner's if the environment names one."""
    _process.mock_starts()
    original(mock, *args, **kwargs)


def end_with_mock(original: Callable[..., None], mock: MockAWS, *args: Any, **kwargs: Any) -> None:
    """End moto's outermost mock."""
    _process.mock_ends()
    original(mock, *args, **kwargs)
    _process.owner = None  # not before: requests until then are the owner's to answer


class _Ticket:
    """What a spawned child is given: as it is unpickled there, the child joins the owner."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __reduce__(self) -> tuple[Any, ...]:
        return _join, (self._address,)


def add_ticket(original: Callable[..., dict[str, Any]], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Add a ticket to the data that ``multiprocessing`` sends to a spawned child."""
    data = original(*args, **kwargs)
    if address := _process.address():
        data["moto_featurestore"] = _Ticket(address)
    return data


def _join(address: str) -> None:
    """Be a worker from now on, in a mock that runs as long as the process does, with the credentials of the parent."""
    from moto_featurestore._moto.patches import install

    install()
    os.environ[OWNER] = address
    if botocore_stubber.enabled:  # as in a forkserver whose main module started one
        _process.owner = Owner(address)
        return
    core = {**default_user_config.get("core", {}), "mock_credentials": False}
    mock_aws(config={"core": core}).start(reset=False)  # type: ignore[call-overload]


# The owner's side.


def _dispatch(head: Head, body: bytes) -> tuple[Head, Iterable[bytes]]:
    """What moto answers to a worker, through the doors that the owner's own requests take."""
    event_name, request = unpack_request(head, body)
    try:
        if event_name is None:
            return pack_answer(botocore_stubber.process_request(request))
        response = botocore_stubber(event_name, request)
        return pack_answer(None if response is None else (response.status_code, response.headers, response.raw.read()))
    except Exception as error:  # noqa: BLE001 - it is the worker's to handle
        return pack_error(error)
