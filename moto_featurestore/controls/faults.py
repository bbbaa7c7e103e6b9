"""Faults: which calls are to fail, to be slow, or to lose their answer, and how often."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from moto_featurestore.protocol.errors import ServiceError

ANY = "*"
"""Stands for every operation."""

LOST = "ConnectionClosed"
"""Stands for the error code of a call whose answer is lost."""

_MOST_PERCENT = 100


class LostAnswerError(Exception):
    """The connection breaks before the client has an answer."""


class Target(NamedTuple):
    """A record, or a whole group, that a call concerns."""

    account_id: str
    region: str
    group: str | None
    """Its name; None where the call concerns no group in particular."""
    record_identifier: str | None = None


class Latency:
    """Seconds that a call takes: always the same, or by the percentiles of a distribution, linear between them."""

    def __init__(self, percentiles: dict[float, float]) -> None:
        self._points = sorted(percentiles.items())

    def draw(self, random: Random) -> float:
        """The seconds of one call; below the least percentile, and above the last, they are those of that one."""
        percent = random.uniform(0, _MOST_PERCENT)
        for (low, fast), (high, slow) in pairwise(self._points):
            if low <= percent <= high:
                return fast + (slow - fast) * (percent - low) / (high - low)
        return self._points[0 if percent < self._points[0][0] else -1][1]


@dataclass(eq=False)
class Fault:
    """What happens to some calls; counts those that it has met."""

    operation: str
    """The API's name, or ANY."""
    account_id: str
    region: str
    group: str | None = None
    record_identifier: str | None = None
    error: Callable[[], Exception] | None = None
    """What the call ends with: a ServiceError, or the loss of its answer; else it is only slow, or left unprocessed."""
    latency: Latency | None = None
    of_items: bool = False
    """Whether it is single records of a batch that fail, or, without an error, are left unprocessed."""
    when_done: bool = False
    """Whether the operation is done before it fails."""
    after: int = 0
    times: int | None = None
    probability: float = 1
    seed: int | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    hits: int = 0
    """How often it has happened."""
    _met: int = 0
    _random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - it keeps no secret

    def strikes(self, operation: str, targets: Iterable[Target]) -> bool:
        """Count a call, or a record of a batch, that it may concern, and say whether it happens to it."""
        if self.operation not in (operation, ANY) or not any(map(self._concerns, targets)):
            return False
        self._met += 1
        if self._met <= self.after or (self.times is not None and self.hits >= self.times):
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def seconds(self) -> float:
        """How long it holds a call up."""
        return self.latency.draw(self._random) if self.latency else 0

    def _concerns(self, target: Target) -> bool:
        return (
            (target.account_id, target.region) == (self.account_id, self.region)
            and self.group in (None, target.group)
            and self.record_identifier in (None, target.record_identifier)
        )


class Decision(NamedTuple):
    """What happens to one call."""

    seconds: float
    """For how long it is held up first."""
    error: Exception | None = None
    """What it ends with, if not with its own answer."""
    when_done: bool = False
    """Whether the operation is done before."""


class Faults:
    """The faults that are armed, in the order of their arming. Of those that end a call the first one does."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self._lock = Lock()

    def arm(self, fault: Fault) -> None:
        """Let a fault happen from now on."""
        with self._lock:
            self.armed.append(fault)

    def lift(self, account_id: str, region: str, fault_id: str | None = None) -> None:
        """Let a fault happen no more, wherever it does, or none of an account in a region; one that is lifted stays so."""
        with self._lock:
            self.armed = [
                fault
                for fault in self.armed
                if (fault.id != fault_id if fault_id else (fault.account_id, fault.region) != (account_id, region))
            ]

    def hits(self, fault_id: str) -> int | None:
        """How often a fault has happened; None where it is not armed."""
        return next((fault.hits for fault in self.armed if fault.id == fault_id), None)

    def decide(self, operation: str, targets: Sequence[Target]) -> Decision:
        """What happens to a call: all delays add up, and then one fault at most."""
        seconds = 0.0
        with self._lock:
            for fault in self.armed:
                if fault.of_items or not fault.strikes(operation, targets):
                    continue
                if fault.error is not None:
                    return Decision(seconds, fault.error(), fault.when_done)
                seconds += fault.seconds()
        return Decision(seconds)

    def decide_item(self, operation: str, target: Target) -> Fault | None:
        """What happens to a single record of a batch."""
        with self._lock:
            return next((fault for fault in self.armed if fault.of_items and fault.strikes(operation, [target])), None)


def as_service_error(error: type[ServiceError], message: str) -> Callable[[], ServiceError]:
    """Makes an error, a new one for each call."""
    return lambda: error(message)


def as_latency(seconds: Any) -> Latency:
    """A latency as users give it: seconds, or a mapping of percentiles to seconds; JSON has texts for percentiles.

    :raises ValueError: where it is none
    """
    given = seconds if isinstance(seconds, dict) else {_MOST_PERCENT: seconds}
    try:
        percentiles = {float(percent): float(value) for percent, value in given.items()}
    except (TypeError, ValueError):
        percentiles = {}
    if not percentiles or not all(0 <= p <= _MOST_PERCENT and 0 <= s < float("inf") for p, s in percentiles.items()):
        raise ValueError(
            "A delay is a number of seconds, or percentiles and their seconds, such as {50: 0.02, 99: 0.4};"
            f" not {seconds!r}."
        )
    return Latency(percentiles)
