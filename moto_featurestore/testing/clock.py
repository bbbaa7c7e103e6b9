"""The service's clock in the hands of testers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The clock of TTL expiry, write times, statuses and the offline delay: the machine's, or ahead of it.

    freezegun and time-machine move it where they run in the process of the service.
    """

    def __init__(self, move: Callable[..., int]) -> None:
        self._move = move

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Move the clock forward, of all accounts and regions; gives the time that it then is.

        :param parts: instead of a timedelta, its parts: ``hours=1``
        :raises ValueError: where it would go back, or beyond the year 9999
        :raises TypeError: where it is neither, or both
        """
        if (by is None) is (not parts) or not isinstance(by, timedelta | None):
            raise TypeError("The clock is moved by a timedelta, or by its parts, such as clock.advance(hours=1).")
        return _moment(self._move(seconds=(span(**parts) if by is None else by).total_seconds()))

    def reset(self) -> datetime:
        """Be the machine's clock again; gives the time that it then is."""
        return _moment(self._move(reset=True))

    def now(self) -> datetime:
        """The time, in UTC."""
        return _moment(self._move())


def span(**parts: float) -> timedelta:
    """A timedelta of its parts.

    :raises ValueError: where it is longer than any
    """
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise ValueError(f"The clock cannot be moved so far: {error}") from None


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=nanoseconds // 1000)
