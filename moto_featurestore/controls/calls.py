"""The call log. It stores requests and responses as bytes, and parses them only when a test reads the log."""

from collections import deque
from collections.abc import Iterator
from threading import Lock
from typing import Any

from moto_featurestore.protocol.http import ERROR_CODE, Request, Response

_MOST_CALLS = 10_000
_MOST_BYTES = 8 * 1024 * 1024
"""The maximum memory of the log in bytes, without the latest call.

If the log exceeds this limit or _MOST_CALLS, it removes the oldest calls.
"""
_CALL_BYTES = 500
"""The approximate memory of a call without its bodies, on CPython 3.11."""

LoggedCall = tuple[int, Any, Request, int | None, str | None, bytes, int, int]
"""A call: the time of its end, the Caller, the request, the response's status, error code and body, the duration, the number.

The time is in nanoseconds since 1970, and the duration is in nanoseconds. The status is None if a fault dropped the
response. The type is a plain tuple, because every call creates one, and tuples are fast to create.
"""

_LOST: tuple[None, dict[str, str], bytes] = (None, {}, b"")
"""Status, headers and body if a fault dropped the response."""


class CallLog:
    """A log of the latest calls. It removes the oldest calls if their number or their total size exceeds a limit."""

    def __init__(self, most_calls: int = _MOST_CALLS, most_bytes: int = _MOST_BYTES) -> None:
        self._most_calls, self._most_bytes = most_calls, most_bytes
        self._calls: deque[LoggedCall] = deque()
        self._bytes = 0
        self.newest = 0
        """The number of the latest call."""
        self._lock = Lock()

    def add(self, time: int, caller: Any, request: Request, response: Response | None, duration: int = 0) -> None:
        """Append a call to the log.

        :param time: the time at the end of the call, in nanoseconds since 1970
        :param response: the response; None if a fault dropped the response
        :param duration: the duration of the call in nanoseconds
        """
        status, headers, body = response or _LOST
        with self._lock:
            self.newest += 1
            call = (time, caller, request, status, headers.get(ERROR_CODE), body, duration, self.newest)
            self._calls.append(call)
            self._bytes += _size(call)
            if len(self._calls) > self._most_calls or self._bytes > self._most_bytes:
                self._shrink()

    def _shrink(self) -> None:
        """Remove the oldest calls until number and size are at most 90 % of the limits. This makes removals rare.

        Keep the latest call, even if it alone exceeds the limit.
        """
        while len(self._calls) > 1 and (
            len(self._calls) > self._most_calls * 0.9 or self._bytes > self._most_bytes * 0.9
        ):
            self._bytes -= _size(self._calls.popleft())

    def of(self, account_id: str, region: str) -> list[LoggedCall]:
        """Return the calls of an account in a region, oldest first."""
        with self._lock:
            return [call for call in self._calls if _place(call) == (account_id, region)]

    def before(self, account_id: str, region: str, number: int | None = None) -> Iterator[LoggedCall]:
        """Yield the calls of an account in a region, newest first.

        :param number: the number of a call; yield only the calls before this call. By default, yield all calls.
        """
        with self._lock:
            calls = list(self._calls)
        for call in reversed(calls):
            if _place(call) == (account_id, region) and (number is None or call[-1] < number):
                yield call

    def forget(self, account_id: str, region: str) -> None:
        """Remove the calls of an account in a region."""
        with self._lock:
            self._calls = deque(call for call in self._calls if _place(call) != (account_id, region))
            self._bytes = sum(map(_size, self._calls))

    def copy(self) -> "CallLog":
        """Return a new CallLog that contains the calls of this log."""
        other = CallLog(self._most_calls, self._most_bytes)
        other.put_back(self)
        return other

    def put_back(self, other: "CallLog") -> None:
        """Replace the calls of this log with the calls of ``other``."""
        with other._lock:
            calls, size, newest = other._calls.copy(), other._bytes, other.newest
        with self._lock:
            self._calls, self._bytes = calls, size
            self.newest = max(self.newest, newest)

    def clear(self) -> None:
        """Remove all calls."""
        with self._lock:
            self._calls.clear()
            self._bytes = 0


def _place(call: LoggedCall) -> tuple[str, str]:
    return call[1].account_id, call[1].region


def _size(call: LoggedCall) -> int:
    """Return the approximate memory of a call in bytes."""
    return _CALL_BYTES + len(call[2].body) + len(call[5])
