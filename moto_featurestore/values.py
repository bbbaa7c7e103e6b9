"""Functions that check, parse and format feature values: strings, numbers and event times."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal
from math import isfinite

NANOSECONDS = 1_000_000_000

Value = str | tuple[str, ...]
"""A feature's value as the client submitted it: a string, or the strings of a collection."""

Values = tuple[Value | None, ...]
"""A record's values in the order of the group's feature definitions. None means that the record lacks the feature.

If features were added to the group after the record was written, the tuple is shorter than the list of definitions.
"""

# These patterns accept ASCII digits only. Python's int() and float() would also accept "1_000", " 5 ", digits of other
# scripts and "inf". A value may have 358,400 characters, so matching must take linear time. Therefore each character of
# a value can match only one position in a pattern.
_INTEGRAL = re.compile(r"[+-]?[0-9]+")
_FRACTIONAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PLAIN_SECONDS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{0,9}))?")
_INT64_DIGITS = 19
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

# Format: yyyy-MM-dd'T'HH:mm:ssZ, with up to nine decimals of a second.
# Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html.
_EVENT_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_YEARS_IN_CYCLE, _DAYS_IN_CYCLE = 400, 146_097
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1 = -62_135_596_800

#: The documented range of event times: years 0000 to 9999, in nanoseconds since 1970.
EARLIEST = -62_167_219_200 * NANOSECONDS
LATEST = 253_402_300_800 * NANOSECONDS - 1
_FLOOR = Context(prec=40, rounding=ROUND_FLOOR)


def is_string(text: str) -> bool:  # noqa: ARG001 - every string is valid
    """Return True, because every string is a valid value of type String."""
    return True


def is_integral(text: str) -> bool:
    """Return True if a string is a valid value of type Integral: a signed 64-bit integer in decimal notation."""
    if _INTEGRAL.fullmatch(text) is None or len(text.lstrip("+-").lstrip("0")) > _INT64_DIGITS:
        return False
    return _INT64_MIN <= integral(text) <= _INT64_MAX


def integral(text: str) -> int:
    """Convert a valid value of type Integral to a Python int.

    The function removes leading zeros first, because Python's int() limits the number of digits.
    """
    magnitude = int(text.lstrip("+-").lstrip("0") or "0")
    return -magnitude if text[0] == "-" else magnitude


def is_fractional(text: str) -> bool:
    """Return True if a string is a valid value of type Fractional.

    The string must be a number in decimal or scientific notation, and the number as a double must be finite.
    """
    return _FRACTIONAL.fullmatch(text) is not None and isfinite(float(text))


IS_OF_TYPE: dict[str, Callable[[str], bool]] = {
    "String": is_string,
    "Integral": is_integral,
    "Fractional": is_fractional,
}


def parse_event_time(text: str, feature_type: str) -> int | None:
    """Convert the value of an event time feature to nanoseconds since 1970.

    Return None if the value is malformed or outside the documented range. A Fractional event time is rounded down to
    nanoseconds.

    :param feature_type: FeatureType of the event time feature
    """
    nanoseconds = _parse_epoch_seconds(text) if feature_type == "Fractional" else _parse_iso(text)
    return nanoseconds if nanoseconds is not None and EARLIEST <= nanoseconds <= LATEST else None


def _parse_epoch_seconds(text: str) -> int | None:
    if match := _PLAIN_SECONDS.fullmatch(text):  # most times; the general case takes several times as long
        return int(match[1]) * NANOSECONDS + int((match[2] or "").ljust(9, "0"))
    if not is_fractional(text) or abs(float(text)) * NANOSECONDS > 2 * LATEST:
        return None
    if float(text) == 0:  # also for an exponent that is too small for Decimal
        return 0
    return int(_FLOOR.to_integral_value(_FLOOR.scaleb(_FLOOR.create_decimal(Decimal(text)), 9)))


def _parse_iso(text: str) -> int | None:
    match = _EVENT_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - limits of a clock time
        return None
    try:
        # Python's calendar starts in year 1, so calculate year 0 as year 400: the calendar repeats after 400 years.
        days = date(year or _YEARS_IN_CYCLE, month, day).toordinal() - (0 if year else _DAYS_IN_CYCLE) - _EPOCH_DAY
    except ValueError:
        return None
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return seconds * NANOSECONDS + int((match[7] or "").ljust(9, "0"))


def format_event_time(nanoseconds: int, feature_type: str) -> str:
    """Convert an event time to the value of an event time feature.

    For the type Fractional, return the seconds since 1970. For the type String, return ISO 8601 in UTC.

    :param nanoseconds: nanoseconds since 1970
    :param feature_type: FeatureType of the event time feature
    """
    return str(nanoseconds / NANOSECONDS) if feature_type == "Fractional" else format_iso(nanoseconds)


def format_iso(nanoseconds: int) -> str:
    """Format a time as ISO 8601 in UTC. The result has milliseconds only if they are not zero.

    AWS does not document when the milliseconds are omitted; this is an assumption.

    :param nanoseconds: nanoseconds since 1970
    """
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    milliseconds = rest // 1_000_000
    fraction = f".{milliseconds:03}" if milliseconds else ""
    year, time = calendar(seconds)
    return f"{year:04}-{time:%m-%dT%H:%M:%S}{fraction}Z"


def calendar(seconds: int) -> tuple[int, datetime]:
    """Return the year of a time, and a datetime that has the correct month, day and time of day.

    The function returns the year separately, because a Python datetime cannot have the year 0.

    :param seconds: seconds since 1970
    """
    if seconds >= _YEAR_1:
        time = _EPOCH + timedelta(seconds=seconds)
        return time.year, time
    time = _EPOCH + timedelta(seconds=seconds, days=_DAYS_IN_CYCLE)
    return time.year - _YEARS_IN_CYCLE, time


def byte_size(value: Value) -> int:
    """Return the size of a feature's value in UTF-8 bytes."""
    if isinstance(value, tuple):
        return sum(map(byte_size, value))
    return len(value) if value.isascii() else len(value.encode())
