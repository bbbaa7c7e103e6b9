"""The clock of the service: the machine's, which freezegun and time-machine move, and how far testers have moved it."""

import time
from datetime import timedelta

from moto_featurestore.values import NANOSECONDS

_MICROSECOND = 1000
_LAST = 253_402_300_799
"""9999-12-31T23:59:59Z, in seconds since 1970: the last that ISO 8601, and Python, can tell."""


class Clock:
    """Goes as the machine's clock does, ahead of it by what it was advanced."""

    def __init__(self) -> None:
        self.ahead = 0
        """Nanoseconds."""

    def now(self) -> int:
        """The time, in nanoseconds since 1970."""
        return time.time_ns() + self.ahead

    def advance(self, by: timedelta) -> None:
        """Move the clock forward.

        :raises ValueError: where it would go back: records would be younger than what came of them; or beyond 9999
        """
        if by < timedelta(0):
            raise ValueError(f"The clock goes forward only, not by {by}; clock.reset() takes it back to the machine's.")
        ahead = self.ahead + by // timedelta(microseconds=1) * _MICROSECOND
        if time.time_ns() + ahead > _LAST * NANOSECONDS:
            raise ValueError(f"The clock goes to the end of the year 9999, and not beyond it: {by} is too much.")
        self.ahead = ahead

    def reset(self) -> None:
        """Be the machine's clock again."""
        self.ahead = 0
