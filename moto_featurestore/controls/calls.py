"""The log of calls: what was asked last, kept as it came over the wire, and read only when somebody looks."""

from collections import deque
from threading import Lock
from typing import Any

from moto_featurestore.protocol.http import Request, Response

_MOST_CALLS = 10_000
_MOST_BYTES = 32 * 1024 * 1024
"""Of the bodies of requests and answers. What is oldest goes first, whichever bound is met."""

LoggedCall = tuple[int, Any, Request, Response | None]
"""When it was answered, in nanoseconds since 1970, the Caller, the request, and the answer, unless that was lost.

A plain tuple, as one is made for each call, whether anybody will look or not.
"""


class CallLog:
    """The last calls, as many as the bounds admit."""

    def __init__(self, most_calls: int = _MOST_CALLS, most_bytes: int = _MOST_BYTES) -> None:
        self._most_calls, self._most_bytes = most_calls, most_bytes
        self._calls: deque[LoggedCall] = deque()
        self._bytes = 0
        self._lock = Lock()

    def add(self, call: LoggedCall) -> None:
        """Add a call."""
        size = _size(call)
        with self._lock:
            self._calls.append(call)
            self._bytes += size
            if len(self._calls) > self._most_calls or self._bytes > self._most_bytes:
                self._shrink()

    def _shrink(self) -> None:
        """Forget the oldest calls, some more than need be: so it is seldom done."""
        while len(self._calls) > self._most_calls * 0.9 or self._bytes > self._most_bytes * 0.9:
            self._bytes -= _size(self._calls.popleft())

    def of(self, account_id: str, region: str) -> list[LoggedCall]:
        """The calls of an account in a region, in their order."""
        with self._lock:
            return [call for call in self._calls if _place(call) == (account_id, region)]

    def forget(self, account_id: str, region: str) -> None:
        """Forget the calls of an account in a region; those of others stay."""
        with self._lock:
            self._calls = deque(call for call in self._calls if _place(call) != (account_id, region))
            self._bytes = sum(map(_size, self._calls))

    def copy(self) -> "CallLog":
        """The same calls."""
        other = CallLog(self._most_calls, self._most_bytes)
        other.put_back(self)
        return other

    def put_back(self, other: "CallLog") -> None:
        """Have the calls of another log."""
        with other._lock:
            calls, size = other._calls.copy(), other._bytes
        with self._lock:
            self._calls, self._bytes = calls, size

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
            self._bytes = 0


def _place(call: LoggedCall) -> tuple[str, str]:
    return call[1].account_id, call[1].region


def _size(call: LoggedCall) -> int:
    """Bytes of the bodies."""
    return len(call[2].body) + (len(call[3].body) if call[3] else 0)
