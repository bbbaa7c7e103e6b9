"""The server in the owner of a mock, which processes the requests of workers. Each connection has its own thread.

Only processes of the same user can open the server's socket.
"""

import select
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from multiprocessing.util import Finalize
from pathlib import Path
from shutil import rmtree
from time import monotonic, sleep

from moto_featurestore._moto.workers.connection import Head, Line, LostError

GRACE = 1.0
"""Maximum time in seconds that a fork, or the end of a mock, waits for requests in progress."""

_LONGEST_DIRECTORY = 60
"""The maximum length of the path of the socket's directory. Systems limit socket paths to about a hundred characters."""

_AFTER_CHILDREN = -100
"""A priority of finalizers. multiprocessing runs finalizers with this priority after it has joined child processes."""

Dispatch = Callable[[Head, bytes], tuple[Head, Iterable[bytes]]]


class Listener:
    """A server that processes requests of workers until ``close()``.

    The server's threads end before each fork, and start again after the fork. Therefore Python does not warn of a fork
    with threads. A child process inherits neither locks of these threads, nor incomplete changes that they make.

    ``close()`` and the end of the process stop the server and delete the socket.

    :raises OSError: if the socket cannot be created
    """

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._lock = threading.Lock()
        self._pauses = 0
        self._threads: dict[socket.socket | Line, threading.Thread] = {}
        self._lines: set[Line] = set()
        with ExitStack() as resources:
            directory = Path(tempfile.mkdtemp(prefix="moto-", dir=_parent()))  # mode 0700
            resources.callback(rmtree, directory)
            self.address = str(directory / "owner")
            self._server = resources.enter_context(socket.socket(socket.AF_UNIX))
            self._server.bind(self.address)
            Path(self.address).chmod(0o600)
            self._server.listen(socket.SOMAXCONN)
            # A byte in this socket pair wakes all threads.
            self._wake_sender, self._wake_receiver = map(resources.enter_context, socket.socketpair())
            self._resources = resources.pop_all()
        self.close = Finalize(None, self._close, exitpriority=_AFTER_CHILDREN)
        self._start_threads()

    def pause(self) -> None:
        """End the threads. Wait until they have finished the requests in progress, but not longer than GRACE."""
        with self._lock:
            self._pauses += 1
            if self._pauses == 1:
                self._wake_sender.send(b"!")
            threads = list(self._threads.values())
        deadline = monotonic() + GRACE
        for thread in threads:
            _await_end(thread, deadline - monotonic())

    def resume(self) -> None:
        """Undo one call of ``pause()``. If all calls of ``pause()`` are undone, start the threads again."""
        with self._lock:
            self._pauses -= 1
            if not self._pauses:
                self._wake_receiver.recv(1)
                self._start_threads()

    def abandon(self) -> None:
        """Close the sockets in a forked child process. The parent process continues to use its own copies."""
        for inherited in (*self._sources(), self._wake_sender, self._wake_receiver):
            inherited.close()

    def _close(self) -> None:
        self.pause()
        with self._lock:
            for line in self._lines:
                line.cut()
                if line not in self._threads:  # a thread that is still busy closes its own connection
                    line.close()
        self._resources.close()

    def _start_threads(self) -> None:
        for source in self._sources():
            if source not in self._threads:
                self._start_thread(source)

    def _sources(self) -> list[socket.socket | Line]:
        return [self._server, *self._lines]

    def _start_thread(self, source: socket.socket | Line) -> None:
        thread = threading.Thread(target=self._run, args=(source,), name="moto-workers", daemon=True)
        self._threads[source] = thread
        thread.start()

    def _run(self, source: socket.socket | Line) -> None:
        descriptor = source.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.register(self._wake_receiver, select.POLLIN)
        while True:
            ready = [ready for ready, _ in poll.poll()]
            with self._lock:
                if self._pauses:
                    del self._threads[source]
                    return
            if descriptor in ready and not self._serve(source):
                break
        with self._lock:
            del self._threads[source]
            self._lines.discard(source)
        source.close()

    def _serve(self, source: socket.socket | Line) -> bool:
        """Accept one connection or process one request. Return False if the connection has ended.

        :param source: the socket on which the server listens, or a connection to a worker
        """
        if isinstance(source, Line):
            return self._reply(source)
        connection, _ = source.accept()
        line = Line(connection)
        with self._lock:
            self._lines.add(line)
            if self._pauses:
                return True
            try:
                self._start_thread(line)
            except RuntimeError:  # Python starts no threads while the process ends: use this thread for all connections
                self._threads[line] = threading.current_thread()
            else:
                return True
        self._run(line)
        return True

    def _reply(self, line: Line) -> bool:
        try:
            line.send(*self._dispatch(*line.receive()))
        except LostError:  # the worker has ended: drop the response
            return False
        return True


def _parent() -> str:
    directory = tempfile.gettempdir()
    return directory if len(directory) <= _LONGEST_DIRECTORY else "/tmp"  # noqa: S108 - mkdtemp creates a private directory there


def _await_end(thread: threading.Thread, seconds: float) -> None:
    """Wait until the operating system has removed a thread. Python reports the end of a thread a little earlier.

    :param seconds: the maximum time to wait for Python's report
    """
    if thread is threading.current_thread():
        return
    thread.join(max(seconds, 0))
    while not thread.is_alive() and Path(f"/proc/self/task/{thread.native_id}").exists():
        sleep(0)
