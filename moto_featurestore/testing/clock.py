"""The service's clock, as tests control it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The service's clock: the system clock, or ahead of it.

    TTL expiry, write times, statuses and the offline delay follow this clock, in all accounts and regions.
    freezegun and time-machine move it too, if they run in the process of the service.

    ```python
    before = featurestore.clock.now()
    assert featurestore.clock.advance(hours=2) - before >= timedelta(hours=2)
    ```
    """

    def __init__(self, move: Callable[..., int]) -> None:
        self._move = move

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Move the clock forward in all accounts and regions, and return the new time in UTC.

        :param by: the timedelta to add
        :param parts: the parts of a timedelta, such as ``hours=1``, instead of ``by``
        :raises ValueError: if the clock would go back, or beyond the year 9999
        :raises TypeError: if neither ``by`` nor ``parts`` is given, or both are
        """
        if (by is None) is (not parts) or not isinstance(by, timedelta | None):
            raise TypeError("clock.advance() takes either a timedelta or its parts, such as clock.advance(hours=1).")
        return _datetime(self._move(seconds=(span(**parts) if by is None else by).total_seconds()))

    def reset(self) -> datetime:
        """Reset to the system clock, and return the new time in UTC."""
        return _datetime(self._move(reset=True))

    def now(self) -> datetime:
        """Return the service's current time in UTC."""
        return _datetime(self._move())


def span(**parts: float) -> timedelta:
    """Return the timedelta of the given parts.

    :raises ValueError: if it exceeds the longest timedelta
    """
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise ValueError(f"The clock cannot be moved that far: {error}") from None


def _datetime(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=nanoseconds // 1000)
