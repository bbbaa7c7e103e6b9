"""Athena's SQL to DuckDB's: what sqlglot does, and what it leaves undone or does differently."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import UnsupportedError

from moto_featurestore.athena import arrays
from moto_featurestore.athena.arrays import call
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.functions import JODA, TERADATA
from moto_featurestore.athena.recursion import unroll

Types = dict[int, exp.DataType]
"""The types of expressions that depend on them, by the number in their meta."""

Rewrite = Callable[[Any, "Translation"], exp.Expr]

NUMBER = "moto_featurestore_number"
_UNNAMED = "__moto_featurestore_unnamed"
_REFERENCE = re.compile(r"\$(\d)")
_LETTERS = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")


def to_duckdb(tree: exp.Expr, types: Types, now: datetime) -> str:
    """DuckDB's SQL for a query of Athena's, whose tables are in place already.

    :param now: the moment that the query is of, aware of its zone
    """
    translation = Translation(types, now)
    _name_unnamed(tree)
    # Children first: what a part is rewritten to is not looked at again.
    for node in reversed(list(tree.walk(bfs=False))):
        rewritten = translation.rewrite(node)
        if rewritten is not node:
            tree = rewritten if node is tree else tree
            node.replace(rewritten)
    unroll(tree)
    try:
        return tree.sql(dialect=DuckDB, identify=True, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore: {error}") from None


def column_name(name: str, place: int) -> str:
    """A result's column name as Athena gives it: ``_col0`` where the query gives none."""
    return f"_col{place}" if name.startswith(_UNNAMED) else name


def _name_unnamed(tree: exp.Expr) -> None:
    """Give columns without a name one by which they are known later: DuckDB's names would be its own."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    for place, projection in enumerate(select.expressions):
        if not isinstance(projection, exp.Alias | exp.Column | exp.Star | exp.Var) and not projection.is_star:
            select.expressions[place].replace(exp.alias_(projection.copy(), f"{_UNNAMED}{place}", quoted=True))


class Translation:
    """What the rewriting of a query's parts depends on."""

    def __init__(self, types: Types, now: datetime) -> None:
        self._types, self._now = types, now

    def type_of(self, node: exp.Expr) -> exp.DataType | None:
        """The type of a part of the query, where it is known."""
        return self._types.get(node.meta.get(NUMBER, -1))

    def rewrite(self, node: exp.Expr) -> exp.Expr:
        """A part of the query as DuckDB has to see it."""
        if isinstance(node, exp.Anonymous):
            by_name = _BY_NAME.get(node.name.lower())
            return node if by_name is None else by_name(node, self)
        by_class = _BY_CLASS.get(type(node))
        return node if by_class is None else by_class(node, self)

    def moment(self, kind: str) -> exp.Expr:
        """The moment that the query is of, as a literal."""
        form = "%Y-%m-%d %H:%M:%S.%f"
        text = f"{self._now:{form}}"[:-3] + (" UTC" if kind == "TIMESTAMPTZ" else "")
        return exp.cast(exp.Literal.string(text), kind, dialect="duckdb")


def _literal(node: exp.Expr | None, what: str, parent: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore needs {what} to be a literal", parent)


def _renamed(name: str) -> Rewrite:
    return lambda node, _: call(name, *node.expressions)


def _constant(sql: str) -> Rewrite:
    return lambda *_: exp.cast(exp.Literal.string(sql), "DOUBLE")


def strftime_of(text: str, elements: dict[str, str], node: exp.Expr) -> str:
    """A format of another kind as strftime's.

    :raises QueryFailed: where it has an element that is not known
    """
    done = ""
    for match in _LETTERS.finditer(text):
        part = match[0]
        if part.startswith("'"):
            done += part[1:-1].replace("''", "'") or "'"
        elif not part[0].isalpha():
            done += part.replace("%", "%%")
        elif part in elements:
            done += elements[part]
        else:
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not know the format element {part!r}", node)
    return done


def _teradata_format(text: str, node: exp.Expr) -> str:
    done, rest = "", text.lower()
    while rest:
        element = next((element for element in TERADATA if rest.startswith(element)), None)
        if element is None and rest[0].isalpha():
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Failed to tokenize string [{rest[0]}] at offset [0]", node)
        done += TERADATA[element] if element else rest[0].replace("%", "%%")
        rest = rest[len(element) if element else 1 :]
    return done


def _to_timestamp(node: exp.Anonymous, _: Translation) -> exp.Expr:
    """Teradata's, of which the SageMaker SDK's as_of() makes use."""
    if len(node.expressions) != 2:  # noqa: PLR2004 - a text and its format
        raise QueryFailed(
            "FUNCTION_NOT_FOUND",
            "Unexpected parameters for function to_timestamp. Expected: to_timestamp(varchar, varchar)",
            node,
        )
    text, form = node.expressions
    return call("strptime", text, exp.Literal.string(_teradata_format(_literal(form, "a format", node), node)))


def _parse_datetime(node: exp.ParseDatetime, _: Translation) -> exp.Expr:
    form = strftime_of(_literal(node.args.get("format"), "a format", node), JODA, node)
    return exp.cast(
        call("strptime", node.this, exp.Literal.string(form.replace("%-", "%"))), "TIMESTAMPTZ", dialect="duckdb"
    )


def _format_datetime(node: exp.Anonymous, _: Translation) -> exp.Expr:
    value, form = node.expressions
    return call("strftime", value, exp.Literal.string(strftime_of(_literal(form, "a format", node), JODA, node)))


def _to_iso8601(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    [value] = node.expressions
    kind = translation.type_of(node)
    if kind is not None and kind.is_type("DATE"):
        return call("strftime", value, exp.Literal.string("%Y-%m-%d"))
    zone = "Z" if kind is not None and kind.is_type("TIMESTAMPTZ") else ""
    return call("strftime", value, exp.Literal.string(f"%Y-%m-%dT%H:%M:%S.%g{zone}"))


def _regexp_extract(node: exp.RegexpExtract, _: Translation) -> exp.Expr:
    group = node.args.get("group") or exp.Literal.number(0)
    return call("athena_regexp_extract", node.this, node.expression, group)


def _regexp_replace(node: exp.RegexpReplace, _: Translation) -> exp.Expr:
    """What Java writes as ``$1`` is written with a backslash in DuckDB."""
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Lambda):
        raise _refused("regexp_replace() with a function", node)
    if isinstance(replacement, exp.Literal) and "${" in replacement.this:
        raise _refused("named groups of regular expressions", node)
    if isinstance(replacement, exp.Literal):
        node.set("replacement", exp.Literal.string(_REFERENCE.sub(r"\\\1", replacement.this.replace("\\", "\\\\"))))
    return node


def _date_diff(node: exp.DateDiff, _: Translation) -> exp.Expr:
    """Whole units that have gone by; DuckDB's date_diff counts the borders between them."""
    unit = exp.Literal.string(node.text("unit").lower())
    return call("date_sub", unit, node.expression, node.this)


def _division(node: exp.Div, translation: Translation) -> exp.Expr:
    """Of whole numbers it is whole, by the connection's setting, which would also let 1e0 / 0 fail."""
    kind = translation.type_of(node)
    if kind is not None and kind.is_type("DECIMAL"):
        quotient = call("athena_quotient", node.this, node.expression, exp.Literal.number(kind.expressions[1].name))
        return exp.cast(quotient, kind)
    if kind is not None and kind.is_type("DOUBLE", "FLOAT"):
        return call('"/"', node.this, node.expression)
    return node


def _cast(node: exp.Cast, translation: Translation) -> exp.Expr:
    target, source = node.to, translation.type_of(node)
    if target.is_type("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS") and target.expressions:
        node.set("to", exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    elif isinstance(node.this, exp.Struct) and target.is_type("STRUCT"):
        for value, field in zip(node.this.expressions, target.expressions, strict=False):
            value.set("this", field.this.copy())
    elif target.is_type("JSON"):
        return _json_cast(node, source)
    elif source is None:
        return node
    elif target.is_type(*exp.DataType.TEXT_TYPES):
        return _text_cast(node, source)
    elif target.is_type("TINYINT", "SMALLINT", "INT", "BIGINT"):
        if source.is_type("DOUBLE", "FLOAT"):
            node.set("this", call("athena_rounded", node.this))
        elif source.is_type(*exp.DataType.TEXT_TYPES) and not isinstance(node, exp.TryCast):
            node.set("this", call("athena_whole_text", node.this))
    return node


def _json_cast(node: exp.Cast, source: exp.DataType | None) -> exp.Expr:
    """A text becomes one of JSON's; it is json_parse() that reads it."""
    if node.find(exp.Struct):
        raise _refused("the cast of a row without names to JSON", node)
    return call("to_json", node.this) if source is not None and source.is_type(*exp.DataType.TEXT_TYPES) else node


def _text_cast(node: exp.Cast, source: exp.DataType) -> exp.Expr:
    if source.is_type("DOUBLE", "FLOAT"):
        node.set("this", call("athena_double", node.this))
    elif source.is_type("INTERVAL"):
        node.set("this", call("athena_interval", node.this))
    elif source.is_type("TIMESTAMP", "TIMESTAMPTZ"):
        zone = " UTC" if source.is_type("TIMESTAMPTZ") else ""
        node.set("this", call("strftime", node.this, exp.Literal.string(f"%Y-%m-%d %H:%M:%S.%g{zone}")))
    return node


def _plus(node: exp.Expr, translation: Translation) -> exp.Expr:
    """A date and days, or a date cut off, are a date, and two dates an interval; DuckDB makes others of them."""
    kind = translation.type_of(node)
    if kind is not None and kind.is_type("INTERVAL"):
        return exp.paren(exp.Sub(this=exp.cast(node.this, "TIMESTAMP"), expression=node.expression))
    return exp.cast(exp.paren(node), "DATE") if kind is not None and kind.is_type("DATE") else node


def _at_time_zone(node: exp.AtTimeZone, _: Translation) -> exp.Expr:
    """DuckDB's timestamps know no zone: what is at UTC stays as it is, another one is good where it is cast away."""
    zone = node.args["zone"]
    if isinstance(zone, exp.Literal) and zone.this.upper() in ("UTC", "Z", "ETC/UTC"):
        return exp.cast(node.this, "TIMESTAMPTZ", dialect="duckdb")
    if isinstance(node.parent, exp.Cast) and node.parent.to.is_type("TIMESTAMP", "DATE"):
        node.set("this", exp.cast(node.this, "TIMESTAMPTZ", dialect="duckdb"))
        return node
    raise QueryFailed(
        "NOT_SUPPORTED", "moto_featurestore supports AT TIME ZONE within CAST(... AS timestamp) or date", node
    )


def _extract(node: exp.Extract, _: Translation) -> exp.Expr:
    name = node.name.upper()
    node.set("this", exp.Var(this=_FIELDS.get(name, name)))
    return node


_FIELDS = {
    "DAYOFWEEK": "ISODOW",
    "DAY_OF_MONTH": "DAY",
    "DAY_OF_WEEK": "ISODOW",
    "DAY_OF_YEAR": "DOY",
    "DOW": "ISODOW",
    "YEAR_OF_WEEK": "ISOYEAR",
    "YOW": "ISOYEAR",
}
"""Those of EXTRACT whose names are others in DuckDB."""


def _mysql_format(node: exp.TimeToStr | exp.StrToTime, _: Translation) -> exp.Expr:
    """What sqlglot has made of a format of MySQL's is strftime's, but for the week; some elements are not Trino's.

    https://trino.io/docs/current/functions/datetime.html#mysql-date-functions
    """
    form = _literal(node.args["format"], "a format", node)
    for element in _ELEMENT.findall(form):
        if element in "DUVWXw":
            written = "u" if element == "W" else element
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"%{written} not supported in date format string", node)
    node.set("format", exp.Literal.string(_ELEMENT.sub(lambda match: "%V" if match[1] == "v" else match[0], form)))
    return node


_ELEMENT = re.compile(r"%(-?.)")


def _approx_percentile(node: exp.ApproxQuantile, _: Translation) -> exp.Expr:
    if node.args.get("weight") or node.args.get("accuracy"):
        raise _refused("approx_percentile() with weights or an accuracy", node)
    quantile = node.args["quantile"]
    kind = "FLOAT[]" if isinstance(quantile, exp.Array) else "FLOAT"
    return call("approx_quantile", node.this, exp.cast(quantile, kind, dialect="duckdb"))


def _substring(node: exp.Substring, _: Translation) -> exp.Expr:
    start, length = node.args["start"], node.args.get("length")
    return call("athena_substring", node.this, start, length or call("len", node.this.copy()))


def _sign(node: exp.Sign, translation: Translation) -> exp.Expr:
    kind = translation.type_of(node)
    return exp.cast(node, "DOUBLE") if kind is not None and kind.is_type("DOUBLE", "FLOAT") else node


def _window(node: exp.Window, _: Translation) -> exp.Expr:
    if isinstance(node.this.this, exp.Distinct):
        raise QueryFailed("NOT_SUPPORTED", "DISTINCT in window function parameters not yet supported", node)
    if arrays.is_composed(node.this):
        raise _refused("geometric_mean() and map_agg() as window functions", node)
    return node


def _join(node: exp.Join, _: Translation) -> exp.Expr:
    if node.method == "NATURAL":
        raise QueryFailed("NOT_SUPPORTED", "Natural join not supported", node)
    return node


def _fetch(node: exp.Fetch, _: Translation) -> exp.Expr:
    options = node.args.get("limit_options")
    if options is not None and options.args.get("with_ties"):
        raise _refused("FETCH FIRST ... WITH TIES", node)
    return node


def _refused(what: str, node: exp.Expr) -> QueryFailed:
    return QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support {what}", node)


def _only(what: str, *arguments: str) -> Rewrite:
    """Refuse a function where it has any of these arguments, which sqlglot would leave out."""

    def rewrite(node: Any, _: Translation) -> exp.Expr:
        if any(node.args.get(argument) is not None for argument in arguments):
            raise _refused(what, node)
        return node  # type: ignore[no-any-return]

    return rewrite


def _unit(node: exp.DateAdd, translation: Translation) -> exp.Expr:
    amount = node.expression
    if not isinstance(amount, exp.Literal):
        unit = exp.Var(this=node.text("unit").upper())
        node.set("expression", exp.paren(amount))
        added = exp.Add(
            this=exp.paren(node.this),
            expression=exp.Mul(this=exp.paren(amount), expression=exp.Interval(this=exp.Literal.number(1), unit=unit)),
        )
        kind = translation.type_of(node)
        return exp.cast(exp.paren(added), "DATE") if kind is not None and kind.is_type("DATE") else exp.paren(added)
    return _plus(node, translation)


_BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    **arrays.BY_CLASS,
    exp.Add: _plus,
    exp.ApproxQuantile: _approx_percentile,
    exp.AtTimeZone: _at_time_zone,
    exp.Cast: _cast,
    exp.CurrentDate: lambda _, translation: exp.cast(translation.moment("TIMESTAMP"), "DATE"),
    exp.CurrentTimestamp: lambda _, translation: translation.moment("TIMESTAMPTZ"),
    exp.DateAdd: _unit,
    exp.DateDiff: _date_diff,
    exp.DateTrunc: _plus,
    exp.Div: _division,
    exp.Extract: _extract,
    exp.Fetch: _fetch,
    exp.FromISO8601Timestamp: lambda node, _: call("athena_from_iso8601_timestamp", node.this),
    exp.Join: _join,
    exp.JSONExtract: lambda node, _: call("athena_json_extract", node.this, node.expression),
    exp.JSONExtractScalar: lambda node, _: call("athena_json_extract_scalar", node.this, node.expression),
    exp.Localtimestamp: lambda _, translation: translation.moment("TIMESTAMP"),
    exp.ParseDatetime: _parse_datetime,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: _regexp_replace,
    exp.Sign: _sign,
    exp.Split: _only("split() with a limit", "limit"),
    exp.SplitPart: lambda node, _: call(
        "athena_part", call("str_split", node.this, node.args["delimiter"]), node.args["part_index"]
    ),
    exp.StrToTime: _mysql_format,
    exp.Sub: _plus,
    exp.Substring: _substring,
    exp.TimeToStr: _mysql_format,
    exp.TimestampTrunc: _plus,
    exp.TryCast: _cast,
    exp.UnixToTime: _only("from_unixtime() with a time zone", "zone", "hours", "minutes"),
    exp.Window: _window,
}

_BY_NAME: dict[str, Rewrite] = {
    **arrays.BY_NAME,
    "bit_count": _renamed("athena_bit_count"),
    "bitwise_and_agg": _renamed("bit_and"),
    "bitwise_or_agg": _renamed("bit_or"),
    "codepoint": _renamed("unicode"),
    "e": _constant("2.718281828459045"),
    "every": _renamed("bool_and"),
    "format_datetime": _format_datetime,
    "geometric_mean": lambda node, _: exp.func("exp", exp.func("avg", exp.func("ln", *node.expressions))),
    "infinity": _constant("Infinity"),
    "is_finite": _renamed("isfinite"),
    "is_infinite": _renamed("isinf"),
    "millisecond": lambda node, _: exp.paren(
        exp.Mod(this=call("millisecond", *node.expressions), expression=exp.Literal.number(1000))
    ),
    "nan": _constant("NaN"),
    "to_iso8601": _to_iso8601,
    "to_timestamp": _to_timestamp,
    "year_of_week": _renamed("isoyear"),
    "yow": _renamed("isoyear"),
}
