"""Time zones of timestamps. DuckDB's timestamps have no zone, so the translation stores the zone of each expression.

A literal or AT TIME ZONE determines the zone. The translation uses the zone if the query formats, truncates or casts a
timestamp. If the zone would be lost, such as in an array or a subquery, the query fails with NOT_SUPPORTED.

https://trino.io/docs/current/language/types.html#timestamp-p-with-time-zone
"""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from moto_featurestore.athena.language.rewriting import call, not_supported

ZONE = "moto_featurestore_zone"
"""The key in the ``meta`` of an expression under which its zone is stored, if the zone is not UTC."""

_TEXT = re.compile(r"(?P<local>\s*\d+-\d+-\d+(?:[ T][\d:.]+)?)\s*(?P<zone>[+-]\d{1,2}(?::?\d{2})?|[A-Za-z][\w/+-]*)\s*")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?")
_UTC = frozenset({"UTC", "Z", "ETC/UTC", "GMT", "+00:00", "-00:00"})

COMPARISONS = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.Between, exp.In, exp.Is, exp.Ordered, exp.TimeToUnix),
)
"""Expression classes whose result depends only on the instant of a timestamp, not on its zone."""
_LOCAL = (
    *(exp.Date, exp.DateDiff, exp.Day, exp.DayOfMonth, exp.DayOfWeekIso, exp.DayOfYear, exp.Extract, exp.Hour),
    *(exp.LastDay, exp.Minute, exp.Month, exp.Quarter, exp.Second, exp.TimeToStr, exp.WeekOfYear, exp.Year),
)
_LOCAL_NAMED = frozenset({"millisecond", "year_of_week", "yow"})
"""Names of functions whose result depends on the date and time in the zone. sqlglot has no classes for them."""
_KEEPING = (exp.Add, exp.DateAdd, exp.DateTrunc, exp.Sub, exp.TimestampTrunc)
"""Expression classes whose result has the same zone as the argument."""


def split_zone(text: str) -> tuple[str, str] | None:
    """Split the text of a timestamp into (date and time, zone). Return None if the text contains no zone."""
    match = _TEXT.fullmatch(text)
    return None if match is None else (match["local"], normalized(match["zone"]))


def normalized(zone: str) -> str:
    """Return the name of a zone as Trino writes it, such as ``+01:00`` for ``+1``."""
    if offset := _OFFSET.fullmatch(zone):
        zone = f"{offset[1]}{int(offset[2]):02}:{offset[3] or '00'}"
    return "UTC" if zone.upper() in _UTC else zone


def marked(node: exp.Expr, zone: str) -> exp.Expr:
    """Store the zone of a timestamp in the ``meta`` of the expression, unless it is UTC. Return the expression."""
    if zone != "UTC":
        node.meta[ZONE] = zone
    return node


def _minutes(zone: str) -> int | None:
    offset = _OFFSET.fullmatch(zone)
    return None if offset is None else int(f"{offset[1]}1") * (60 * int(offset[2]) + int(offset[3] or 0))


def local(node: exp.Expr, zone: str) -> exp.Expr:
    """Return an expression that converts an instant (a TIMESTAMPTZ) to the date and time in a zone (a TIMESTAMP)."""
    minutes = _minutes(zone)
    if minutes is not None:
        return call("athena_shifted", node.copy(), exp.Literal.number(minutes))
    return call("timezone", exp.Literal.string(zone), node.copy())


def instant(node: exp.Expr, zone: str) -> exp.Expr:
    """Return an expression that converts a date and time in a zone to an instant. Store the zone in its ``meta``."""
    minutes = _minutes(zone)
    if minutes is not None:
        shifted = call("athena_shifted", exp.cast(node, "TIMESTAMPTZ", dialect="duckdb"), exp.Literal.number(-minutes))
        return marked(exp.cast(shifted, "TIMESTAMPTZ", dialect="duckdb"), zone)
    return marked(call("timezone", exp.Literal.string(zone), node.copy()), zone)


def text(node: exp.Expr, zone: str) -> exp.Expr:
    """Return an expression that converts an instant to text: the date and time in a zone, and the zone's name."""
    return exp.DPipe(this=call("athena_timestamp", local(node, zone)), expression=exp.Literal.string(f" {zone}"))


def rewritten(node: exp.Expr, rewrite: Callable[[Any], exp.Expr]) -> exp.Expr:
    """Rewrite an expression so that the result is correct for the time zone of the arguments.

    :param node: the expression, whose arguments are already rewritten
    :param rewrite: function that rewrites the expression without regard to time zones
    :raises QueryFailed: if the time zone would be lost
    """
    arguments = [part for part in node.iter_expressions() if ZONE in part.meta]
    if not arguments:
        return rewrite(node)
    zone = arguments[0].meta[ZONE]
    if isinstance(node, exp.Paren | exp.Alias):
        return marked(node, zone)
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if isinstance(node, (*COMPARISONS, exp.AtTimeZone, exp.Cast)) or _is_root(node) or name == "at_timezone":
        return rewrite(node)
    if name == "to_iso8601":
        return call("athena_iso_zoned", arguments[0].copy(), local(arguments[0], zone))
    if unit := zone_part(node):
        return call("athena_zone_part", arguments[0].copy(), local(arguments[0], zone), exp.Literal.string(unit))
    has_zone = name == "format_datetime" and "z" in node.expressions[1].name.lower()
    is_local = isinstance(node, _LOCAL) or name in _LOCAL_NAMED or (name == "format_datetime" and not has_zone)
    if len({part.meta[ZONE] for part in arguments}) > 1 or not (is_local or isinstance(node, _KEEPING)):
        raise not_supported("a timestamp with time zone as an argument of this expression", node)
    for part in arguments:
        part.replace(local(part, zone))
    result = rewrite(node)
    return instant(result, zone) if isinstance(node, _KEEPING) else result


def zone_part(node: exp.Expr) -> str:
    """Return the field ``TIMEZONE_HOUR`` or ``TIMEZONE_MINUTE`` if an expression extracts it, or an empty string."""
    name = node.name.upper() if isinstance(node, exp.Anonymous | exp.Extract) else ""
    return name if name in ("TIMEZONE_HOUR", "TIMEZONE_MINUTE") else ""


def root_selects(tree: exp.Expr) -> list[exp.Select]:
    """Return the SELECTs that return the rows of the query: one, or several for UNION, INTERSECT and EXCEPT."""
    if isinstance(tree, exp.SetOperation):
        return [*root_selects(tree.left), *root_selects(tree.right)]
    if isinstance(tree, exp.Subquery):
        return root_selects(tree.this)
    return [tree] if isinstance(tree, exp.Select) else []


def _is_root(node: exp.Expr) -> bool:
    root = node
    while isinstance(root.parent, exp.SetOperation | exp.Subquery):
        root = root.parent
    return isinstance(node, exp.Select) and root.parent is None
