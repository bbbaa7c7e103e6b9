"""Athena functions in Python that take strings or numbers: formats, units, URLs, regular expressions, statistics."""

import ipaddress
import json
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from itertools import combinations
from statistics import NormalDist
from typing import Any
from urllib.parse import unquote, unquote_plus

from moto_featurestore.athena.language.json_functions import scientific
from moto_featurestore.athena.language.patterns import python_pattern


def _failure(text: str) -> ValueError:
    return ValueError(f"INVALID_FUNCTION_ARGUMENT: {text}")


def _unsupported(text: str) -> ValueError:
    return ValueError(f"NOT_SUPPORTED: moto_featurestore does not support {text}")


_SPECIFIER = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([tT]?)([a-zA-Z%])")
"""Matches a format specifier of Java's Formatter: index, flags, width, precision, date prefix and conversion.

https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Formatter.html#syntax
"""
_DATE_PARTS = {
    **{letter: f"%{letter}" for letter in "aAbBdHIjmMSyY"},
    "D": "%m/%d/%y",
    "e": "%-d",
    "F": "%Y-%m-%d",
    "h": "%b",
    "k": "%-H",
    "l": "%-I",
    "R": "%H:%M",
    "T": "%H:%M:%S",
}


def _format(template: str, *arguments: Any) -> str:
    """Format values like Java's ``String.format()``."""
    ordinary, parts, end = iter(arguments), [], 0
    for match in re.finditer("%", template):
        if match.start() < end:
            continue
        specifier = _SPECIFIER.match(template, match.start())
        if specifier is None:
            raise _failure(f"Invalid format string: {template} (UnknownFormatConversion: Conversion = '%')")
        parts += [template[end : match.start()], _formatted(template, specifier, arguments, ordinary)]
        end = specifier.end()
    return "".join([*parts, template[end:]])


def _formatted(template: str, specifier: re.Match[str], arguments: tuple[Any, ...], ordinary: Any) -> str:
    index, flags, width, _, prefix, conversion = specifier.groups()
    if conversion in "n%" and not prefix:
        text = "\n" if conversion == "n" else "%"
    else:
        try:
            value = arguments[int(index) - 1] if index else next(ordinary)
        except (IndexError, StopIteration):
            name = f"Format specifier '{specifier[0]}'"
            raise _failure(f"Invalid format string: {template} (MissingFormatArgument: {name})") from None
        text = _converted(value, specifier)
    if "0" in flags and width and "-" not in flags:
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        return sign + digits.rjust(int(width) - len(sign), "0")
    return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))


def _converted(value: Any, specifier: re.Match[str]) -> str:
    _, flags, _, digits, prefix, conversion = specifier.groups()
    precision = None if digits is None else int(digits)
    kind = conversion.lower()
    if prefix and isinstance(value, date) and conversion in _DATE_PARTS:
        text = value.strftime(_DATE_PARTS[conversion])
    elif not prefix and kind == "s":
        text = _java_text(value)[:precision]
    elif not prefix and kind == "b":
        text = "true" if value is True or not isinstance(value, bool) else "false"
    elif not prefix and _is_number(value) and (kind in "fe" or (kind in "dx" and isinstance(value, int))):
        text = _number(value, kind, flags, 6 if precision is None else precision)
    elif prefix or kind in "aceghot":
        raise _unsupported(f"{specifier[0]} in format() for a value of this type")
    else:
        raise _failure(f"Invalid format string: {specifier[0]} (IllegalFormatConversion: {specifier[0]})")
    return text.upper() if prefix == "T" or (conversion.isupper() and not prefix) else text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number(value: Any, kind: str, flags: str, precision: int) -> str:
    grouping = "," if "," in flags else ""
    if kind == "x":
        return f"{value & 2**64 - 1:x}"
    if isinstance(value, float) and not math.isfinite(value):
        text = scientific(repr(value))
    elif kind == "e":
        text = f"{value:.{precision}e}"
    elif kind == "d":
        text = f"{value:{grouping}}"
    else:
        text = f"{_half_up(value, precision):{grouping}f}"
    if text.startswith("-"):
        return f"({text[1:]})" if "(" in flags else text
    return ("+" if "+" in flags else " " if " " in flags else "") + text


def _half_up(value: Any, digits: int) -> Decimal:
    with localcontext(prec=400):
        return Decimal(repr(value) if isinstance(value, float) else value).quantize(
            Decimal(1).scaleb(-digits), ROUND_HALF_UP
        )


def _java_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, datetime):
        is_short = not value.second and not value.microsecond
        milliseconds = "milliseconds" if value.microsecond else "seconds"
        return value.isoformat(timespec="minutes" if is_short else milliseconds)
    if isinstance(value, str | int | Decimal | date):
        return str(value)
    raise _unsupported("arrays, maps and rows in format()")


def double_text(value: float) -> str:
    """Return the text of a double as Java writes it, such as ``1.0E7``."""
    text = repr(value)
    return text if value == 0 or 1e-3 <= abs(value) < 1e7 else scientific(text)  # noqa: PLR2004 - the limits of Java


def _format_number(value: float) -> str:
    """Format a number with a unit, such as ``1.23K``. https://github.com/trinodb/trino, FormatNumberFunction."""
    number, units = float(int(value)), iter("KMBTQ")
    unit = ""
    while abs(number) >= 1000 and (larger := next(units, "")):  # noqa: PLR2004 - the step between units
        number, unit = number / 1000, larger
    digits = 2 if number < 10 else 1 if number < 100 else 0  # noqa: PLR2004 - three significant digits
    text = f"{_half_up(number, digits):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + unit


_SIZES = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86400 * 10**9,
}


def _quantity(text: str, units: dict[str, int], what: str) -> Decimal:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if match is None or match[2] not in units:
        raise _failure(f"Invalid {what}: '{text}'")
    return Decimal(match[1]) * units[match[2]]


def _milliseconds(text: str) -> str:
    return str(int((_quantity(text, _NANOSECONDS, "duration") / 10**6).quantize(Decimal(1), ROUND_HALF_UP)))


_PERIODS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def _human_readable_seconds(value: float) -> str:
    if not math.isfinite(value):
        raise _failure(f"Invalid argument found: {double_text(value)}")
    rest, parts = math.floor(abs(value) + 0.5), []
    for name, size in _PERIODS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {name}{'s' if number != 1 else ''}")
    return ", ".join(parts) or "0 seconds"


def _luhn_check(text: str) -> str:
    if not re.fullmatch("[0-9]*", text):
        raise _failure("Input contains non-numeric characters")
    digits = [int(digit) for digit in reversed(text)]
    total = sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return str(bool(text) and total % 10 == 0).lower()


_SOUNDEX = {
    letter: code for code, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters
}


def _soundex(text: str) -> str:
    """Return the Soundex code of a text.

    Two letters with the same digit add only one digit if they are adjacent, or if only H or W is between them.
    """
    letters = [letter for letter in text.lower() if letter.isalpha()]
    if any(not letter.isascii() for letter in letters):
        raise _failure(f"The character is not mapped: {text}")
    if not letters:
        return ""
    digits, previous = "", _SOUNDEX.get(letters[0])
    for letter in letters[1:]:
        digit = _SOUNDEX.get(letter)
        if digit is not None and digit != previous:
            digits += str(digit)
        if letter not in "hw":
            previous = digit
    return (letters[0].upper() + digits + "000")[:4]


_ILLEGAL = re.compile(r"""[\x00-\x20\x7f"<>\\^`{|}]|%(?![0-9a-fA-F]{2})""")
"""Matches a character or a percent sign that is illegal in a URI."""
_URL = re.compile(
    r"(?:(?P<protocol>[a-zA-Z][a-zA-Z0-9+.-]*):)?"
    r"(?://(?:[^/?#@]*@)?(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?::(?P<port>\d*))?(?=[/?#]|$))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>[^#]*))?"
)


def _url(text: str) -> re.Match[str] | None:
    """Parse a URL. Return a match whose groups are the parts of the URL, or None if the URL is not valid.

    Source: https://github.com/trinodb/trino, UrlFunctions.
    """
    return None if _ILLEGAL.search(text) else _URL.fullmatch(text)


def _url_part(name: str) -> Callable[[str], str | None]:
    def part(text: str) -> str | None:
        match = _url(text)
        return None if match is None else unquote(match[name] or "")

    return part


def _url_port(text: str) -> str | None:
    match = _url(text)
    return (match["port"] or None) if match else None


def _url_parameter(text: str, parameter: str) -> str | None:
    match = _url(text)
    for argument in (match["query"] or "").split("&") if match else ():
        name, _, value = argument.partition("=")
        if name == parameter:
            return unquote_plus(value)
    return None


@lru_cache(64)
def _pattern(text: str) -> re.Pattern[str]:
    """Compile a Java pattern with Python's ``re``. Raise ValueError for syntax that Python does not support."""
    if re.search(r"\\[pPQEGzZR]|\\x\{|&&|\[\[|\(\?<[=!]", text):
        raise _unsupported(f"the regular expression {text}")
    try:
        return re.compile(python_pattern(text))
    except re.error as error:
        raise _failure(str(error)) from None


def _regexp_position(text: str, pattern: str, start: int = 1, occurrence: int = 1) -> str:
    if start < 1:
        raise _failure("start position cannot be smaller than 1")
    if occurrence < 1:
        raise _failure("occurrence cannot be smaller than 1")
    for number, match in enumerate(_pattern(pattern).finditer(text, start - 1), 1):
        if number == occurrence:
            return str(match.start() + 1)
    return "-1"


def _regexp_replace(text: str, pattern: str, replacement: str) -> str:
    return _pattern(pattern).sub(replacement, text)


def _position(text: str, part: str, instance: int) -> str:
    """Return the position of the n-th occurrence of ``part``, or 0 if there are fewer. Occurrences can overlap.

    :param instance: n; if negative, count the occurrences from the end of the text
    """
    if instance == 0:
        raise _failure("'instance' must be a positive or negative number.")
    if not part:
        return "1"
    places = [place for place in range(len(text)) if text.startswith(part, place)]
    ordered = places if instance > 0 else places[::-1]
    return str(ordered[abs(instance) - 1] + 1 if len(ordered) >= abs(instance) else 0)


def _to_base(value: int, radix: int) -> str:
    if not 2 <= radix <= 36:  # noqa: PLR2004 - the bases that have digits
        raise _failure("Radix must be between 2 and 36")
    rest, digits = abs(value), ""
    while rest:
        rest, digit = divmod(rest, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return ("-" if value < 0 else "") + (digits or "0")


_MAX_COMBINED, _MAX_ELEMENTS = 5, 100_000


def _combinations(size: int, length: int) -> str:
    """Return all combinations of ``length`` numbers from 1 to ``size``, as a JSON array of arrays, in Trino's order.

    https://github.com/trinodb/trino, ArrayCombinationsFunction
    """
    if length < 0:
        raise _failure(f"combination size must not be negative: {length}")
    if length > _MAX_COMBINED:
        raise _failure(f"combination size must not exceed {_MAX_COMBINED}: {length}")
    if math.comb(size, length) * length > _MAX_ELEMENTS:
        raise _failure("combinations exceed max size")
    places = sorted(combinations(range(1, size + 1), length), key=lambda places: places[::-1])
    return json.dumps(places)


def _network_contains(network: str, address: str) -> str:
    try:
        return str(ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)).lower()
    except ValueError:
        raise _failure("Invalid network IP or address") from None


def _ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast value to IPADDRESS: {text}") from None


def _normal_distribution(mean: float, deviation: float) -> NormalDist:
    if not deviation > 0:
        raise _failure("standardDeviation must be > 0")
    return NormalDist(mean, deviation)


def _inverse_normal(mean: float, deviation: float, probability: float) -> str:
    if not 0 < probability < 1:
        raise _failure("p must be 0 > p > 1")
    return repr(_normal_distribution(mean, deviation).inv_cdf(probability))


TABLE: dict[str, Callable[..., str | None]] = {
    "char2hexint": lambda text: text.encode("utf-16-be").hex().upper(),
    "combinations": _combinations,
    "contains": _network_contains,
    "format": _format,
    "format_number": _format_number,
    "human_readable_seconds": _human_readable_seconds,
    "inverse_normal_cdf": _inverse_normal,
    "ip_address": _ip_address,
    "luhn_check": _luhn_check,
    "normal_cdf": lambda mean, deviation, value: repr(_normal_distribution(mean, deviation).cdf(value)),
    "normalize": lambda text, form="NFC": unicodedata.normalize(form, text),
    "parse_data_size": lambda text: str(int(_quantity(text, _SIZES, "data size"))),
    "parse_duration": _milliseconds,
    "regexp_position": _regexp_position,
    "regexp_replace": _regexp_replace,
    "soundex": _soundex,
    "strpos": _position,
    "to_base": _to_base,
    **{f"url_extract_{name}": _url_part(name) for name in ("fragment", "host", "path", "protocol", "query")},
    "url_extract_parameter": _url_parameter,
    "url_extract_port": _url_port,
}
"""A dict from name to Python function. If an argument is null, the result is null, without a call of the function."""
