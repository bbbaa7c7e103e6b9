"""The threads that run Athena queries. A query runs until it ends, a client stops it, or the mock ends.

Each query belongs to the process that started it. moto's backend contains the state of the query's execution, without
threads, so that the state can be pickled at any time. If an execution has the state RUNNING but no thread, the query
was lost: its process has ended, or a snapshot was taken while the query ran.
"""

import atexit
import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Lock, Thread

from moto_featurestore._moto.workers.process import reset_in_children

_INTERRUPT_INTERVAL = 0.02
"""The time in seconds between two attempts to interrupt a query."""

_log = logging.getLogger(__name__)


class _Running:
    """A query that a thread runs."""

    def __init__(self, work: Callable[[], None], interrupt: Callable[[], None]) -> None:
        self.work, self._interrupt = work, interrupt
        self.has_begun, self.has_ended = Event(), Event()
        self.is_stopped = False

    def stop(self) -> None:
        """Interrupt the query repeatedly until the query has ended."""
        self.is_stopped = True
        while not self.has_ended.is_set():
            self._interrupt()
            self.has_ended.wait(_INTERRUPT_INTERVAL)


class _Worker:
    """A thread that runs one query after another.

    Threads are reused, because DuckDB takes three times as long for a small query in a new thread.
    """

    def __init__(self, on_idle: Callable[["_Worker"], None]) -> None:
        self._queue: SimpleQueue[_Running | None] = SimpleQueue()
        self._on_idle = on_idle
        self._thread = Thread(target=self._run, name="moto_featurestore: Athena queries", daemon=True)
        self._thread.start()

    def run(self, running: _Running) -> None:
        """Start a query in the thread, and return when the query has begun."""
        self._queue.put(running)
        running.has_begun.wait()

    def _run(self) -> None:
        while (running := self._queue.get()) is not None:
            running.has_begun.set()
            try:
                running.work()
            except BaseException:  # noqa: BLE001 - no caller can receive the exception
                _log.exception("The thread that ran an Athena query raised an exception")
            finally:
                self._on_idle(self)
                running.has_ended.set()

    def end(self) -> None:
        """Wait until the query of this thread has ended, and end the thread."""
        self._queue.put(None)
        self._thread.join()


class Queries:
    """The running queries of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[str, _Running] = {}
        self._expected: set[str] = set()
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []

    def expect(self, query_id: str) -> None:
        """Mark a query as running before its start, because other threads may already see its execution."""
        self._expected.add(query_id)

    def dismiss(self, query_id: str) -> None:
        """Remove the mark that ``expect`` has set."""
        self._expected.discard(query_id)

    def start(self, query_id: str, work: Callable[[Callable[[], bool]], None], interrupt: Callable[[], None]) -> None:
        """Run a query in a thread, and return when the query has begun. Queries therefore start in the order of calls.

        :param query_id: the ID of the execution
        :param work: a function that runs the query. Its argument is a function that returns True if the query must stop
        :param interrupt: a function that tries to interrupt the query; ``stop`` calls it until the query has ended
        """

        def run() -> None:
            try:
                work(lambda: running.is_stopped)
            finally:
                self._running.pop(query_id, None)

        running = _Running(run, interrupt)
        with self._lock:
            self._running[query_id] = running
            self.dismiss(query_id)
            worker = self._idle.pop() if self._idle else self._new_worker()
            try:
                worker.run(running)
            except BaseException:  # such as KeyboardInterrupt
                running.is_stopped = True
                if running.has_begun.is_set():
                    running.stop()
                raise

    def _new_worker(self) -> _Worker:
        worker = _Worker(self._add_idle)
        self._workers.append(worker)
        return worker

    def _add_idle(self, worker: _Worker) -> None:
        self._idle.append(worker)

    def wait(self, query_id: str, seconds: float | None) -> bool:
        """Wait for at most ``seconds`` until a query has ended. Return True if the query has ended.

        If an exception such as KeyboardInterrupt ends the wait, stop the query.

        :param query_id: the ID of the execution
        :param seconds: the maximum time to wait, in seconds; None to wait without a limit
        """
        running = self._running.get(query_id)
        if running is None:
            return True
        try:
            return running.has_ended.wait(seconds)
        except BaseException:  # such as KeyboardInterrupt
            running.stop()
            raise

    def is_running(self, query_id: str) -> bool:
        """Return True if this process runs the query, or is about to start the query."""
        return query_id in self._expected or query_id in self._running

    def stop(self, query_id: str) -> None:
        """Stop a query, and wait until it has ended."""
        if running := self._running.get(query_id):
            running.stop()

    def stop_all(self) -> None:
        """Stop all queries, and wait until all queries have ended."""
        for running in list(self._running.values()):
            running.stop()

    def end(self) -> None:
        """Stop all queries, and end all threads."""
        with self._lock:
            self.stop_all()
            while self._workers:
                self._workers.pop().end()
            self._idle.clear()


queries = Queries()
reset_in_children(queries, "_lock", Lock)
reset_in_children(queries, "_running", dict)
reset_in_children(queries, "_expected", set)
reset_in_children(queries, "_workers", list)
reset_in_children(queries, "_idle", list)
atexit.register(queries.end)
