"""Faults: rules that make calls fail, deny or delay calls, or drop responses."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from moto_featurestore.protocol.errors import ServiceError

ANY = "*"
"""The operation name that matches every operation."""

LOST = "ConnectionClosed"
"""The error code that the call log shows if a fault has dropped the response."""

_MOST_PERCENT = 100
_MOST_LIFTED = 10_000
"""The number of lifted faults for which ``Faults`` remembers the number of hits."""


class LostResponseError(Exception):
    """An exception that makes the server close the connection without sending a response."""


class Target(NamedTuple):
    """The record, the group, or only the account and region that a call affects."""

    account_id: str
    region: str
    group: str | None
    """The group's name, or None if the call does not affect a single group."""
    record_identifier: str | None = None


class Latency:
    """A random delay in seconds. Percentiles define its distribution, with linear interpolation between percentiles.

    :param percentiles: a dict from percentile (0 to 100) to delay in seconds
    """

    def __init__(self, percentiles: dict[float, float]) -> None:
        self._points = sorted(percentiles.items())

    def draw(self, random: Random) -> float:
        """Return a random delay in seconds for one call.

        The delay is never shorter than the delay of the lowest percentile in ``percentiles``, and never longer than the
        delay of the highest.
        """
        percent = random.uniform(0, _MOST_PERCENT)
        for (low, fast), (high, slow) in pairwise(self._points):
            if low <= percent <= high:
                return fast + (slow - fast) * (percent - low) / (high - low)
        return self._points[0 if percent < self._points[0][0] else -1][1]


@dataclass(eq=False)
class Fault:
    """A rule that changes the result or the duration of matching calls, and counts the affected calls."""

    operation: str
    """The name of the API operation, or ANY."""
    account_id: str
    region: str
    group: str | None = None
    record_identifier: str | None = None
    error: Callable[[], Exception] | None = None
    """A function that creates the error of the call: a ServiceError or a LostResponseError.

    Without an error function, the fault only delays the call, or leaves records of a batch unprocessed.
    """
    latency: Latency | None = None
    is_denial: bool = False
    """True if the fault denies the permission for the operation to all callers."""
    is_per_item: bool = False
    """True if the fault affects single records of BatchGetRecord and BatchWriteRecord.

    If ``error`` is None, the service leaves these records unprocessed.
    """
    when_done: bool = False
    """True if the service performs the operation before it returns the error."""
    after: int = 0
    times: int | None = None
    probability: float = 1
    seed: int | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    hits: int = 0
    """The number of calls or records that the fault has affected."""
    _met: int = 0
    _random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - not used for security

    def applies_to(self, operation: str, targets: Iterable[Target]) -> bool:
        """Return True if the fault affects a call, or a record of a batch. Count the matching and the affected calls.

        ``after``, ``times`` and ``probability`` define which of the matching calls the fault affects.
        """
        if self.operation not in (operation, ANY) or not any(map(self._matches, targets)):
            return False
        self._met += 1
        if self._met <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def seconds(self) -> float:
        """Return the delay in seconds that the fault adds to one call."""
        return self.latency.draw(self._random) if self.latency else 0

    def _matches(self, target: Target) -> bool:
        return (
            (target.account_id, target.region) == (self.account_id, self.region)
            and self.group in (None, target.group)
            and self.record_identifier in (None, target.record_identifier)
        )


class Decision(NamedTuple):
    """The combined effect of all faults on one call."""

    seconds: float
    """The delay in seconds, before the service performs the operation or returns the error."""
    error: Exception | None = None
    """The error of the call, or None if the service responds normally."""
    when_done: bool = False
    """True if the service performs the operation before it returns the error."""


class Faults:
    """The armed (active) faults, in the order in which tests armed these faults.

    If several faults with an error match a call, the call gets the error of the first fault.
    """

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self._lifted: dict[str, int] = {}
        """A dict from fault ID to number of hits, for the most recently lifted (disarmed) faults."""
        self._lock = Lock()

    def arm(self, fault: Fault) -> None:
        """Add a fault to the armed faults."""
        with self._lock:
            self.armed.append(fault)

    def lift(self, account_id: str, region: str, fault_id: str | None = None) -> None:
        """Disarm faults.

        :param fault_id: the ID of a fault in any account and region; if None, disarm all faults of the account in the
            region
        """
        location = (account_id, region)
        self._disarm(lambda fault: fault.id == fault_id if fault_id else (fault.account_id, fault.region) == location)

    def lift_everywhere(self) -> None:
        """Disarm all faults in all accounts and regions."""
        self._disarm(lambda _: True)

    def _disarm(self, is_lifted: Callable[[Fault], bool]) -> None:
        with self._lock:
            self._lifted |= {fault.id: fault.hits for fault in self.armed if is_lifted(fault)}
            self.armed = [fault for fault in self.armed if not is_lifted(fault)]
            for fault_id in list(self._lifted)[:-_MOST_LIFTED]:
                del self._lifted[fault_id]

    def hits(self, fault_id: str) -> int | None:
        """Return the number of hits of an armed or recently lifted fault, or None if the ID is unknown."""
        with self._lock:
            armed = (fault.hits for fault in self.armed if fault.id == fault_id)
            return next(armed, self._lifted.get(fault_id))

    def denies(self, operation: str, target: Target) -> bool:
        """Return True if an armed fault denies an operation on the target to all callers. Count a hit of the fault."""
        with self._lock:
            return any(fault.is_denial and fault.applies_to(operation, [target]) for fault in self.armed)

    def decide(self, operation: str, targets: Sequence[Target]) -> Decision:
        """Return the combined effect of all armed faults on a call: the sum of the delays, and at most one error."""
        seconds = 0.0
        with self._lock:
            for fault in self.armed:
                if fault.is_per_item or fault.is_denial or not fault.applies_to(operation, targets):
                    continue
                if fault.error is not None:
                    return Decision(seconds, fault.error(), fault.when_done)
                seconds += fault.seconds()
        return Decision(seconds)

    def decide_item(self, operation: str, target: Target) -> Fault | None:
        """Return the first armed fault that affects a single record of a batch, or None if there is no such fault."""
        with self._lock:
            return next(
                (fault for fault in self.armed if fault.is_per_item and fault.applies_to(operation, [target])), None
            )


def as_service_error(error: type[ServiceError], message: str) -> Callable[[], ServiceError]:
    """Return a function without parameters. Each call of this function returns a new error with the message."""
    return lambda: error(message)


def as_latency(seconds: Any) -> Latency:
    """Convert the argument ``seconds`` of a test to a Latency.

    :param seconds: a number, or a dict from percentile to seconds; in JSON, the percentiles are strings
    :raises ValueError: if ``seconds`` has a different type, or if a number is out of range
    """
    points = seconds if isinstance(seconds, dict) else {_MOST_PERCENT: seconds}
    try:
        percentiles = {float(percent): float(value) for percent, value in points.items()}
    except (TypeError, ValueError):
        percentiles = {}
    if not percentiles or not all(0 <= p <= _MOST_PERCENT and 0 <= s < float("inf") for p, s in percentiles.items()):
        raise ValueError(
            "A delay must be a number of seconds, or a mapping from percentile to seconds, such as {50: 0.02, 99: 0.4},"
            f" not {seconds!r}."
        )
    return Latency(percentiles)
