"""Where the owner of a mock listens to its workers: a socket of the user's alone, and a thread for each line."""

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
"""Seconds that a fork, or the end of a mock, waits for the requests at hand."""

_LONGEST_DIRECTORY = 60
"""Of a socket's path, systems take about a hundred characters."""

_AFTER_CHILDREN = -100
"""When multiprocessing, as the process ends, has waited for its children."""

Dispatch = Callable[[Head, bytes], tuple[Head, Iterable[bytes]]]


class Listener:
    """Answers workers until it is closed.

    Its threads end before a fork and start again after it. So the process has no more threads in a fork than it had
    without them (Python warns where it has), and a child inherits neither a lock of theirs nor a change half made.

    ``close()`` ends it, as the end of the process does: nothing is left of the socket.

    :raises OSError: where the socket cannot be made
    """

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._lock = threading.Lock()
        self._rests = 0
        self._threads: dict[socket.socket | Line, threading.Thread] = {}
        self._lines: set[Line] = set()
        with ExitStack() as made:
            directory = Path(tempfile.mkdtemp(prefix="moto-", dir=_parent()))  # for its user alone: mode 0700
            made.callback(rmtree, directory)
            self.address = str(directory / "owner")
            self._server = made.enter_context(socket.socket(socket.AF_UNIX))
            self._server.bind(self.address)
            Path(self.address).chmod(0o600)
            self._server.listen(socket.SOMAXCONN)
            self._bell, self._ear = map(made.enter_context, socket.socketpair())
            self._made = made.pop_all()
        self.close = Finalize(None, self._close, exitpriority=_AFTER_CHILDREN)
        self._start_threads()

    def rest(self) -> None:
        """Let the threads finish the requests at hand, and end."""
        with self._lock:
            self._rests += 1
            if self._rests == 1:
                self._bell.send(b"!")
            threads = list(self._threads.values())
        deadline = monotonic() + GRACE
        for thread in threads:
            _await_end(thread, deadline - monotonic())

    def resume(self) -> None:
        """Go on, once all who let it rest are through."""
        with self._lock:
            self._rests -= 1
            if not self._rests:
                self._ear.recv(1)
                self._start_threads()

    def abandon(self) -> None:
        """In a forked child: what it inherited is the parent's."""
        for inherited in (*self._attended(), self._bell, self._ear):
            inherited.close()

    def _close(self) -> None:
        self.rest()
        with self._lock:
            for line in self._lines:
                line.cut()
                if line not in self._threads:  # the thread of one that is busy beyond all grace closes it
                    line.close()
        self._made.close()

    def _start_threads(self) -> None:
        for attended in self._attended():
            if attended not in self._threads:
                self._start_thread(attended)

    def _attended(self) -> list[socket.socket | Line]:
        return [self._server, *self._lines]

    def _start_thread(self, attended: socket.socket | Line) -> None:
        thread = threading.Thread(target=self._attend, args=(attended,), name="moto-workers", daemon=True)
        self._threads[attended] = thread
        thread.start()

    def _attend(self, attended: socket.socket | Line) -> None:
        number = attended.fileno()
        waiting = select.poll()
        waiting.register(number, select.POLLIN)
        waiting.register(self._ear, select.POLLIN)
        while True:
            ready = [ready for ready, _ in waiting.poll()]
            with self._lock:
                if self._rests:
                    del self._threads[attended]
                    return
            if number in ready and not self._serve(attended):
                break
        with self._lock:
            del self._threads[attended]
            self._lines.discard(attended)
        attended.close()

    def _serve(self, attended: socket.socket | Line) -> bool:
        """Serve who rings, once; whether there is more to come."""
        if isinstance(attended, Line):
            return self._answer(attended)
        connection, _ = attended.accept()
        line = Line(connection)
        with self._lock:
            self._lines.add(line)
            if self._rests:
                return True
            try:
                self._start_thread(line)
            except RuntimeError:  # the process ends, and no thread can start any more: this one serves line after line
                self._threads[line] = threading.current_thread()
            else:
                return True
        self._attend(line)
        return True

    def _answer(self, line: Line) -> bool:
        try:
            line.send(*self._dispatch(*line.receive()))
        except LostError:  # a worker that ended, be it in the middle of a call: that is made whole, or not at all
            return False
        return True


def _parent() -> str:
    directory = tempfile.gettempdir()
    return directory if len(directory) <= _LONGEST_DIRECTORY else "/tmp"  # noqa: S108 - what is made there is private


def _await_end(thread: threading.Thread, seconds: float) -> None:
    """Wait for a thread, until the system counts it no more: to Python, it is gone a little earlier."""
    if thread is threading.current_thread():
        return
    thread.join(max(seconds, 0))
    while not thread.is_alive() and Path(f"/proc/self/task/{thread.native_id}").exists():
        sleep(0)
