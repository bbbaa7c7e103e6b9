"""Translation of dates, times and time zones from Athena SQL to DuckDB SQL."""

import re

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, literal, not_supported, renamed
from moto_featurestore.athena.language.time_zones import (
    COMPARISONS,
    instant,
    local,
    marked,
    normalized,
    split_zone,
    zone_part,
)
from moto_featurestore.athena.language.type_families import DATES, TEXTS, TIMESTAMPS, ZONED, is_one_of

# Dicts from a format element, such as ``yyyy``, to the element of strftime, such as ``%Y``.
# Teradata's elements: https://trino.io/docs/current/functions/teradata.html. Joda's elements:
# https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html.
_TERADATA = {
    "yyyy": "%Y",
    "yy": "%y",
    "mm": "%m",
    "dd": "%d",
    "hh24": "%H",
    "hh12": "%I",
    "hh": "%I",
    "mi": "%M",
    "ss": "%S",
}
_JODA = {
    "yyyy": "%Y",
    "YYYY": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "EEEE": "%A",
    "EEE": "%a",
    "E": "%a",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "a": "%p",
    "ZZ": "+00:00",
    "Z": "+0000",
    "DDD": "%j",
}

_JODA_READ = {**_JODA, "Z": "%z", "ZZ": "%z"}
"""A dict from an element of Joda's formats to the element of strptime, for parsing.

It differs from ``_JODA`` in ``Z`` and ``ZZ``: a parsed text can have any UTC offset, but a formatted value is in UTC.
"""

_LETTERS = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")


def strftime_of(text: str, elements: dict[str, str], node: exp.Expr) -> str:
    """Translate a datetime format to strftime's notation.

    :param text: the format, such as ``yyyy-MM-dd``
    :param elements: dict from elements of the format, such as ``yyyy``, to elements of strftime, such as ``%Y``
    :param node: part of the query, for the position in the error
    :raises QueryFailed: if the format contains an unknown element
    """
    strftime = ""
    for match in _LETTERS.finditer(text):
        part = match[0]
        if part.startswith("'"):
            strftime += part[1:-1].replace("''", "'") or "'"
        elif not part[0].isalpha():
            strftime += part.replace("%", "%%")
        elif part in elements:
            strftime += elements[part]
        else:
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the format element {part!r}", node)
    return strftime


def teradata_format(text: str, node: exp.Expr) -> str:
    """Translate a Teradata datetime format, such as ``yyyy-mm-dd``, to strftime's notation.

    :raises QueryFailed: if the format contains an unknown element
    """
    strftime, rest = "", text.lower()
    while rest:
        element = next((element for element in _TERADATA if rest.startswith(element)), None)
        if element is None and rest[0].isalpha():
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Failed to tokenize string [{rest[0]}] at offset [0]", node)
        strftime += _TERADATA[element] if element else rest[0].replace("%", "%%")
        rest = rest[len(element) if element else 1 :]
    return strftime


def _to_timestamp(node: exp.Anonymous, _: Translation) -> exp.Expr:
    """Translate to_timestamp(), which uses Teradata formats. The SageMaker SDK's as_of() generates such SQL."""
    if len(node.expressions) != 2:  # noqa: PLR2004 - the text and the format
        raise QueryFailed(
            "FUNCTION_NOT_FOUND",
            "Unexpected parameters for function to_timestamp. Expected: to_timestamp(varchar, varchar)",
            node,
        )
    text, form = node.expressions
    return call("strptime", text, exp.Literal.string(teradata_format(literal(form, "a format", node), node)))


def _parse_datetime(node: exp.ParseDatetime, _: Translation) -> exp.Expr:
    form = strftime_of(literal(node.args.get("format"), "a format", node), _JODA_READ, node)
    return exp.cast(_parse(node.this, form.replace("%-", "%"), node), "TIMESTAMPTZ", dialect="duckdb")


def _format_datetime(node: exp.Anonymous, _: Translation) -> exp.Expr:
    value, form = node.expressions
    return call("strftime", value, exp.Literal.string(strftime_of(literal(form, "a format", node), _JODA, node)))


def _to_iso8601(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    [value] = node.expressions
    kind = translation.type_of(value)
    if is_one_of(kind, DATES):
        return call("strftime", value, exp.Literal.string("%Y-%m-%d"))
    zone = "Z" if is_one_of(kind, ZONED) else ""
    return call("strftime", value, exp.Literal.string(f"%Y-%m-%dT%H:%M:%S.%g{zone}"))


_DATE_UNITS = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_UNITS = frozenset({"MILLISECOND", "SECOND", "MINUTE", "HOUR"}) | _DATE_UNITS


def _check_unit(node: exp.Expr, translation: Translation, *moments: exp.Expr) -> None:
    """Check that the unit in a function call, such as ``hour``, is valid for the call's dates or timestamps.

    https://github.com/trinodb/trino, DateTimeFunctions: getDateField, getTimestampField

    :param moments: the arguments of the call that are dates or timestamps
    """
    are_dates = all(is_one_of(translation.type_of(part), DATES) for part in moments)
    unit = node.text("unit")
    if unit.upper() not in (_DATE_UNITS if are_dates else _UNITS):
        kind = "DATE" if are_dates else "TIMESTAMP"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"'{unit.lower()}' is not a valid {kind} field", node)


def _date_diff(node: exp.DateDiff, translation: Translation) -> exp.Expr:
    """Translate Athena's date_diff() to DuckDB's date_sub(), which also counts complete units.

    DuckDB's own date_diff() counts the boundaries of units: two years between 2024-12-31 and 2026-01-01.
    """
    _check_unit(node, translation, node.this, node.expression)
    unit = exp.Literal.string(node.text("unit").lower())
    return call("date_sub", unit, node.expression, node.this)


def _plus(node: exp.Binary | exp.DateAdd, translation: Translation) -> exp.Expr:
    """Translate + and - with dates. A date plus days is a date in Trino, but a timestamp in DuckDB."""
    operands = [node.this, node.expression]
    dates = [is_one_of(translation.type_of(part), DATES) for part in operands]
    if all(dates):
        return call("to_days", exp.cast(exp.paren(node), "INT"))
    if any(dates) and any(part.text("unit").upper() in ("HOUR", "MINUTE", "SECOND") for part in operands):
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", "Cannot add hour, minutes or seconds to a date", node)
    is_date = any(dates) and not any(is_one_of(translation.type_of(part), TIMESTAMPS | ZONED) for part in operands)
    return exp.cast(exp.paren(node), "DATE") if is_date else node


def _truncated(node: exp.TimestampTrunc | exp.DateTrunc, translation: Translation) -> exp.Expr:
    """Translate date_trunc(). If the argument is a date, cast DuckDB's result, which is a timestamp, to a date."""
    _check_unit(node, translation, node.this)
    return exp.cast(node, "DATE") if is_one_of(translation.type_of(node.this), DATES) else node


def _from_unixtime(node: exp.UnixToTime, _: Translation) -> exp.Expr:
    if node.args.get("zone") or node.args.get("hours"):
        raise not_supported("from_unixtime() with a time zone", node)
    return node


_ELEMENT = re.compile("%(-?.)", re.DOTALL)
_WEEKS = {"v": "%V", "x": "%G"}


def _mysql_format(node: exp.TimeToStr | exp.StrToTime, _: Translation) -> exp.Expr:
    """Translate date_format() and date_parse(), which use MySQL's date formats.

    sqlglot already converts the format to strftime's notation, except for week elements and unsupported elements.

    https://trino.io/docs/current/functions/datetime.html#mysql-date-functions
    """
    form = literal(node.args["format"], "a format", node)
    for element in _ELEMENT.findall(form):
        if element in "DUVWXw":
            mysql_element = "u" if element == "W" else element
            raise QueryFailed(
                "INVALID_FUNCTION_ARGUMENT", f"%{mysql_element} not supported in date format string", node
            )
    form = _ELEMENT.sub(lambda match: _WEEKS.get(match[1], match[0]), form)
    if isinstance(node, exp.StrToTime):
        return _parse(node.this, form, node)
    node.set("format", exp.Literal.string(form))
    return node


def _parse(text: exp.Expr, form: str, node: exp.Expr) -> exp.Expr:
    """Return SQL that parses a date and time. If the format contains no year, use Joda's default year.

    Joda's default year is 2000, or 1970 if the format also contains no month and no day. DuckDB's default year is 1900.

    https://github.com/JodaOrg/joda-time/blob/main/src/main/java/org/joda/time/format/DateTimeParserBucket.java

    :param form: format in strptime's notation
    :param node: the call that parses the text
    """
    elements = {element.lstrip("-") for element in _ELEMENT.findall(form)}
    if "y" in elements and isinstance(node, exp.ParseDatetime):  # the century depends on the current year
        raise not_supported("two-digit years in parse_datetime()", node)
    if elements.isdisjoint("YGcsx"):
        year = "1970" if elements.isdisjoint("mbBdj") else "2000"
        text, form = exp.DPipe(this=exp.Literal.string(f"{year} "), expression=exp.paren(text)), f"%Y {form}"
    moment = call("strptime", text, exp.Literal.string(form))
    return call("athena_of_two_digits", moment) if "y" in elements else moment


def _at_time_zone(node: exp.AtTimeZone, _: Translation) -> exp.Expr:
    """Translate AT TIME ZONE. A zone that is not a literal is supported only in a cast to a timestamp or date."""
    zone, value = node.args["zone"], exp.cast(node.this, "TIMESTAMPTZ", dialect="duckdb")
    if isinstance(zone, exp.Literal) and zone.is_string:
        return marked(value, normalized(zone.name))
    if isinstance(node.parent, exp.Cast) and is_one_of(node.parent.to, TIMESTAMPS | DATES):
        node.set("this", value)
        return node
    raise not_supported("AT TIME ZONE with a zone that is not a literal, except in a cast to timestamp or date", node)


def _at_timezone(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    value, zone = node.expressions
    return _at_time_zone(exp.AtTimeZone(this=value, zone=zone), translation)


def _with_timezone(node: exp.Anonymous, _: Translation) -> exp.Expr:
    value, zone = node.expressions
    return instant(value, normalized(literal(zone, "a time zone", node)))


def _from_iso8601_timestamp(node: exp.FromISO8601Timestamp, _: Translation) -> exp.Expr:
    """Translate from_iso8601_timestamp().

    If the argument is not a literal, its zone is not known before the query runs. The SQL then fails for a zone other
    than UTC, except in a comparison, which does not depend on the zone.
    """
    parts = split_zone(node.this.name) if isinstance(node.this, exp.Literal) else None
    is_instant = parts is not None or isinstance(node.parent, COMPARISONS)
    result = call("athena_from_iso8601_timestamp", node.this, exp.Boolean(this=is_instant))
    return result if parts is None else marked(result, parts[1])


_FIELDS = {
    **dict.fromkeys(("DAYOFWEEK", "DOW", "DAY_OF_WEEK"), "ISODOW"),
    "DAY_OF_MONTH": "DAY",
    "DAY_OF_YEAR": "DOY",
    **dict.fromkeys(("YEAR_OF_WEEK", "YOW"), "ISOYEAR"),
}


def _zone_part(node: exp.Anonymous | exp.Extract, _: Translation) -> exp.Expr:
    """Translate timezone_hour() and timezone_minute() for a timestamp whose time zone is UTC."""
    value = node.expression if isinstance(node, exp.Extract) else node.expressions[0]
    moment = exp.cast(value, "TIMESTAMPTZ", dialect="duckdb")
    return call("athena_zone_part", moment, local(moment, "UTC"), exp.Literal.string(node.name.upper()))


def _extract(node: exp.Extract, translation: Translation) -> exp.Expr:
    if zone_part(node):
        return _zone_part(node, translation)
    name = node.name.upper()
    return call("datepart", exp.Literal.string(_FIELDS.get(name, name)), node.expression)


def _date_add(node: exp.DateAdd, translation: Translation) -> exp.Expr:
    _check_unit(node, translation, node.this)
    amount = node.expression
    if isinstance(amount, exp.Literal):
        return _plus(node, translation)
    unit = exp.Var(this=node.text("unit").upper())
    added = exp.Add(
        this=exp.paren(node.this),
        expression=exp.Mul(this=exp.paren(amount), expression=exp.Interval(this=exp.Literal.number(1), unit=unit)),
    )
    is_date = is_one_of(translation.type_of(node.this), DATES)
    return exp.cast(exp.paren(added), "DATE") if is_date else exp.paren(added)


def _date(node: exp.Date, translation: Translation) -> exp.Expr:
    """Translate ``date(x)`` to the SQL of ``CAST(x AS date)``."""
    if not is_one_of(translation.type_of(node.this), TEXTS):
        return node
    return exp.cast(call("athena_date_text", node.this), "DATE")


def _now(kind: str) -> Rewrite:
    """Return a rewrite that replaces current_timestamp or localtimestamp by a literal with the query's start time.

    The rewrite raises QueryFailed if the query specifies a precision other than 3 (milliseconds).

    :param kind: DuckDB type of the literal
    """

    def rewrite(node: exp.CurrentTimestamp | exp.Localtimestamp, translation: Translation) -> exp.Expr:
        if node.this is not None and node.this.name != "3":
            raise not_supported("timestamps with a precision other than 3", node)
        return translation.moment(kind)

    return rewrite


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.Add: _plus,
    exp.AtTimeZone: _at_time_zone,
    exp.CurrentDate: lambda _, translation: exp.cast(translation.moment("TIMESTAMP"), "DATE"),
    exp.CurrentTimestamp: _now("TIMESTAMPTZ"),
    exp.Date: _date,
    exp.DateAdd: _date_add,
    exp.DateDiff: _date_diff,
    exp.DateTrunc: _truncated,
    exp.Extract: _extract,
    exp.FromISO8601Timestamp: _from_iso8601_timestamp,
    exp.Localtimestamp: _now("TIMESTAMP"),
    exp.ParseDatetime: _parse_datetime,
    exp.Sub: _plus,
    exp.StrToTime: _mysql_format,
    exp.TimeToStr: _mysql_format,
    exp.TimestampTrunc: _truncated,
    exp.UnixToTime: _from_unixtime,
}

BY_NAME: dict[str, Rewrite] = {
    "at_timezone": _at_timezone,
    "format_datetime": _format_datetime,
    "millisecond": lambda node, _: exp.paren(
        exp.Mod(this=call("millisecond", *node.expressions), expression=exp.Literal.number(1000))
    ),
    "timezone_hour": _zone_part,
    "timezone_minute": _zone_part,
    "to_iso8601": _to_iso8601,
    "to_timestamp": _to_timestamp,
    "with_timezone": _with_timezone,
    "year_of_week": renamed("isoyear"),
    "yow": renamed("isoyear"),
}
