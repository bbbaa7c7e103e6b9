"""Feature values, and their grammar: numbers and event times, as the service reads them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal
from math import isfinite

NANOSECONDS = 1_000_000_000

Value = str | tuple[str, ...]
"""A feature's value as it was sent: a text, or those of a collection."""

Values = tuple[Value | None, ...]
"""A record's values in the order of the feature definitions; shorter where features were added later."""

# ASCII digits only: Python's own int() and float() also take "1_000", " 5 ", other scripts' digits and "inf".
# Each character can match in one place only: a value may have 358,400 of them.
_INTEGRAL = re.compile(r"[+-]?[0-9]+")
_FRACTIONAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INT64_DIGITS = 19
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

# https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html: yyyy-MM-dd'T'HH:mm:ssZ, to nanoseconds.
_EVENT_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_YEARS_IN_CYCLE, _DAYS_IN_CYCLE = 400, 146_097
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1 = -62_135_596_800

#: The documented range of event times: years 0000 to 9999, in nanoseconds since 1970.
EARLIEST = -62_167_219_200 * NANOSECONDS
LATEST = 253_402_300_800 * NANOSECONDS - 1
_FLOOR = Context(prec=40, rounding=ROUND_FLOOR)


def is_string(text: str) -> bool:  # noqa: ARG001 - every text is a String
    """Whether a text is a value of type String."""
    return True


def is_integral(text: str) -> bool:
    """Whether a text is a value of type Integral: a signed 64-bit integer in decimal."""
    if _INTEGRAL.fullmatch(text) is None or len(text.lstrip("+-").lstrip("0")) > _INT64_DIGITS:
        return False
    return _INT64_MIN <= integral(text) <= _INT64_MAX


def integral(text: str) -> int:
    """The number that a value of type Integral is; leading zeros are more than Python's own int() may take."""
    magnitude = int(text.lstrip("+-").lstrip("0") or "0")
    return -magnitude if text[0] == "-" else magnitude


def is_fractional(text: str) -> bool:
    """Whether a text is a value of type Fractional: decimal or scientific, and finite as a double."""
    return _FRACTIONAL.fullmatch(text) is not None and isfinite(float(text))


IS_OF_TYPE: dict[str, Callable[[str], bool]] = {
    "String": is_string,
    "Integral": is_integral,
    "Fractional": is_fractional,
}


def parse_event_time(text: str, feature_type: str) -> int | None:
    """Nanoseconds since 1970 of an event time; None where it is malformed or out of the documented range.

    Digits of a Fractional beyond nanoseconds are cut off.
    """
    nanoseconds = _parse_epoch_seconds(text) if feature_type == "Fractional" else _parse_iso(text)
    return nanoseconds if nanoseconds is not None and EARLIEST <= nanoseconds <= LATEST else None


def _parse_epoch_seconds(text: str) -> int | None:
    if not is_fractional(text) or abs(float(text)) * NANOSECONDS > 2 * LATEST:
        return None
    if float(text) == 0:  # an exponent below what Decimal can hold included
        return 0
    return int(_FLOOR.to_integral_value(_FLOOR.scaleb(_FLOOR.create_decimal(Decimal(text)), 9)))


def _parse_iso(text: str) -> int | None:
    match = _EVENT_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - the clock's own numbers
        return None
    try:
        # Python's calendar starts in year 1: year 0 is counted one cycle of the Gregorian calendar later.
        days = date(year or _YEARS_IN_CYCLE, month, day).toordinal() - (0 if year else _DAYS_IN_CYCLE) - _EPOCH_DAY
    except ValueError:
        return None
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return seconds * NANOSECONDS + int((match[7] or "").ljust(9, "0"))


def format_event_time(nanoseconds: int, feature_type: str) -> str:
    """An event time in the form of its feature's type: to the millisecond, or as a number of seconds."""
    return str(nanoseconds / NANOSECONDS) if feature_type == "Fractional" else format_iso(nanoseconds)


def format_iso(nanoseconds: int) -> str:
    """ISO-8601 in UTC, to the second; with milliseconds only where they are not zero (assumed)."""
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    milliseconds = rest // 1_000_000
    fraction = f".{milliseconds:03}" if milliseconds else ""
    year, moment = calendar(seconds)
    return f"{year:04}-{moment:%m-%dT%H:%M:%S}{fraction}Z"


def calendar(seconds: int) -> tuple[int, datetime]:
    """The year, and a moment with all the rest, of seconds since 1970: Python's calendar has no year 0."""
    if seconds >= _YEAR_1:
        moment = _EPOCH + timedelta(seconds=seconds)
        return moment.year, moment
    moment = _EPOCH + timedelta(seconds=seconds, days=_DAYS_IN_CYCLE)
    return moment.year - _YEARS_IN_CYCLE, moment


def byte_size(value: Value) -> int:
    """UTF-8 bytes of a feature's value."""
    if isinstance(value, tuple):
        return sum(map(byte_size, value))
    return len(value) if value.isascii() else len(value.encode())
