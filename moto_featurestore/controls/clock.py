"""The service's clock: the system clock plus an offset that tests set. freezegun can change the system clock."""

import time
from datetime import timedelta

from moto_featurestore.values import NANOSECONDS

_MICROSECOND = 1000
_LAST = 253_402_300_799
"""9999-12-31T23:59:59Z in seconds since 1970, the last second that ISO 8601 and Python can represent."""


class Clock:
    """The system clock plus an offset."""

    def __init__(self) -> None:
        self.ahead = 0
        """The offset from the system clock in nanoseconds."""

    def now(self) -> int:
        """Return the time of this clock in nanoseconds since 1970."""
        return time.time_ns() + self.ahead

    def advance(self, by: timedelta) -> None:
        """Move the clock forward by a duration.

        The clock cannot move back, because existing records would then have times in the future.

        :raises ValueError: if the clock would move back, or beyond the year 9999
        """
        if by < timedelta(0):
            raise ValueError(
                f"The clock cannot move by {by}; it can only move forward."
                " To return to the system clock, call clock.reset()."
            )
        ahead = self.ahead + by // timedelta(microseconds=1) * _MICROSECOND
        if time.time_ns() + ahead > _LAST * NANOSECONDS:
            raise ValueError(f"The clock cannot move by {by}, because the result is later than the year 9999.")
        self.ahead = ahead

    def reset(self) -> None:
        """Reset to the system clock."""
        self.ahead = 0
