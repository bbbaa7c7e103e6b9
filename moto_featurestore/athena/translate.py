"""Athena's SQL to DuckDB's: what sqlglot does, and what it leaves undone or does differently."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import UnsupportedError

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


def _call(name: str, *arguments: Any) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _literal(node: exp.Expr | None, what: str, parent: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore needs {what} to be a literal", parent)


def _renamed(name: str) -> Rewrite:
    return lambda node, _: _call(name, *node.expressions)


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
    return _call("strptime", text, exp.Literal.string(_teradata_format(_literal(form, "a format", node), node)))


def _parse_datetime(node: exp.ParseDatetime, _: Translation) -> exp.Expr:
    form = strftime_of(_literal(node.args.get("format"), "a format", node), JODA, node)
    return exp.cast(
        _call("strptime", node.this, exp.Literal.string(form.replace("%-", "%"))), "TIMESTAMPTZ", dialect="duckdb"
    )


def _format_datetime(node: exp.Anonymous, _: Translation) -> exp.Expr:
    value, form = node.expressions
    return _call("strftime", value, exp.Literal.string(strftime_of(_literal(form, "a format", node), JODA, node)))


def _to_iso8601(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    [value] = node.expressions
    kind = translation.type_of(node)
    if kind is not None and kind.is_type("DATE"):
        return _call("strftime", value, exp.Literal.string("%Y-%m-%d"))
    zone = "Z" if kind is not None and kind.is_type("TIMESTAMPTZ") else ""
    return _call("strftime", value, exp.Literal.string(f"%Y-%m-%dT%H:%M:%S.%g{zone}"))


def _regexp_extract(node: exp.RegexpExtract, _: Translation) -> exp.Expr:
    group = node.args.get("group") or exp.Literal.number(0)
    return _call("athena_regexp_extract", node.this, node.expression, group)


def _regexp_replace(node: exp.RegexpReplace, _: Translation) -> exp.Expr:
    """What Java writes as ``$1`` is written with a backslash in DuckDB."""
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Literal):
        node.set("replacement", exp.Literal.string(_REFERENCE.sub(r"\\\1", replacement.this.replace("\\", "\\\\"))))
    return node


def _date_diff(node: exp.DateDiff, _: Translation) -> exp.Expr:
    """Whole units that have gone by; DuckDB's date_diff counts the borders between them."""
    unit = exp.Literal.string(node.text("unit").lower())
    return _call("date_sub", unit, node.expression, node.this)


def _division(node: exp.Div, translation: Translation) -> exp.Expr:
    """Of whole numbers it is whole, by the connection's setting, which would also let 1e0 / 0 fail."""
    kind = translation.type_of(node)
    if kind is not None and kind.is_type("DOUBLE", "FLOAT"):
        return _call('"/"', node.this, node.expression)
    return node


def _cast(node: exp.Cast, translation: Translation) -> exp.Expr:
    target, source = node.to, translation.type_of(node)
    if target.is_type("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS") and target.expressions:
        node.set("to", exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    elif isinstance(node.this, exp.Struct) and target.is_type("STRUCT"):
        for value, field in zip(node.this.expressions, target.expressions, strict=False):
            value.set("this", field.this.copy())
    elif source is None:
        return node
    elif target.is_type(*exp.DataType.TEXT_TYPES):
        return _text_cast(node, source)
    elif target.is_type("TINYINT", "SMALLINT", "INT", "BIGINT"):
        if source.is_type("DOUBLE", "FLOAT"):
            node.set("this", _call("athena_rounded", node.this))
        elif source.is_type(*exp.DataType.TEXT_TYPES) and not isinstance(node, exp.TryCast):
            node.set("this", _call("athena_whole_text", node.this))
    return node


def _text_cast(node: exp.Cast, source: exp.DataType) -> exp.Expr:
    if source.is_type("DOUBLE", "FLOAT"):
        node.set("this", _call("athena_double", node.this))
    elif source.is_type("TIMESTAMP", "TIMESTAMPTZ"):
        zone = " UTC" if source.is_type("TIMESTAMPTZ") else ""
        node.set("this", _call("strftime", node.this, exp.Literal.string(f"%Y-%m-%d %H:%M:%S.%g{zone}")))
    return node


def _plus(node: exp.Expr, translation: Translation) -> exp.Expr:
    """A date and days, or a date cut off, are a date; DuckDB makes a timestamp of them."""
    kind = translation.type_of(node)
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
    if node.name.upper() in ("DAYOFWEEK", "DOW", "DAY_OF_WEEK"):
        node.set("this", exp.Var(this="ISODOW"))
    return node


def _array_slice(node: exp.ArraySlice, _: Translation) -> exp.Expr:
    """``slice(list, start, length)``."""
    start, length = node.args["start"], node.args["end"]
    return _call("list_slice", node.this, start, exp.paren(start.copy()) + exp.paren(length) - exp.Literal.number(1))


def _reduce(node: exp.Reduce, _: Translation) -> exp.Expr:
    finish = node.args.get("finish")
    is_identity = (
        isinstance(finish, exp.Lambda)
        and isinstance(finish.this, exp.Column | exp.Identifier)
        and finish.this.name == finish.expressions[0].name
    )
    if not is_identity:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore supports reduce() with the output function s -> s", node)
    node.set("finish", None)
    return node


def _match(condition: Callable[[exp.Expr, exp.Expr], exp.Expr]) -> Rewrite:
    def rewrite(node: Any, _: Translation) -> exp.Expr:
        array, test = node.expressions
        return exp.paren(condition(_call("len", _call("list_filter", array, test)), _call("len", array.copy())))

    return rewrite


def _struct(node: exp.Struct, _: Translation) -> exp.Expr:
    """ROW: fields without a name are shown as ``field0``."""
    named = [
        part
        if isinstance(part, exp.PropertyEQ)
        else exp.PropertyEQ(this=exp.to_identifier(f"field{place}"), expression=part)
        for place, part in enumerate(node.expressions)
    ]
    return exp.Struct(expressions=named)


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
    exp.Add: _plus,
    exp.ArrayDistinct: lambda node, _: _call("athena_array_distinct", node.this),
    exp.ArrayPosition: lambda node, _: exp.func("coalesce", _call("list_position", node.this, node.expression), 0),
    exp.ArraySize: lambda node, _: exp.cast(_call("cardinality", node.this), "BIGINT"),
    exp.ArraySlice: _array_slice,
    exp.AtTimeZone: _at_time_zone,
    exp.Cast: _cast,
    exp.CurrentDate: lambda _, translation: exp.cast(translation.moment("TIMESTAMP"), "DATE"),
    exp.CurrentTimestamp: lambda _, translation: translation.moment("TIMESTAMPTZ"),
    exp.DateAdd: _unit,
    exp.DateDiff: _date_diff,
    exp.Div: _division,
    exp.Extract: _extract,
    exp.FromISO8601Timestamp: lambda node, _: _call("athena_from_iso8601_timestamp", node.this),
    exp.JSONExtract: lambda node, _: _call("athena_json_extract", node.this, node.expression),
    exp.JSONExtractScalar: lambda node, _: _call("athena_json_extract_scalar", node.this, node.expression),
    exp.Localtimestamp: lambda _, translation: translation.moment("TIMESTAMP"),
    exp.ParseDatetime: _parse_datetime,
    exp.Reduce: _reduce,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: _regexp_replace,
    exp.SplitPart: lambda node, _: _call(
        "list_extract", _call("str_split", node.this, node.args["delimiter"]), node.args["part_index"]
    ),
    exp.Struct: _struct,
    exp.Sub: _plus,
    exp.TimestampTrunc: _plus,
    exp.TryCast: _cast,
}

_BY_NAME: dict[str, Rewrite] = {
    "all_match": _match(lambda matches, all_of_them: exp.EQ(this=matches, expression=all_of_them)),
    "any_match": _match(lambda matches, _: exp.GT(this=matches, expression=exp.Literal.number(0))),
    "array_union": lambda node, _: _call("athena_array_distinct", _call("list_concat", *node.expressions)),
    "arrays_overlap": _renamed("list_has_any"),
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
    "map_agg": lambda node, _: _call("map", *(_call("list", part) for part in node.expressions)),
    "millisecond": lambda node, _: exp.paren(
        exp.Mod(this=_call("millisecond", *node.expressions), expression=exp.Literal.number(1000))
    ),
    "nan": _constant("NaN"),
    "none_match": _match(lambda matches, _: exp.EQ(this=matches, expression=exp.Literal.number(0))),
    "to_iso8601": _to_iso8601,
    "to_timestamp": _to_timestamp,
    "year_of_week": _renamed("isoyear"),
    "yow": _renamed("isoyear"),
}
