"""Casts, from Athena's SQL to DuckDB's."""

from sqlglot import exp

from moto_featurestore.athena.language.decimals import decimal, is_decimal
from moto_featurestore.athena.language.kinds import (
    ARRAYS,
    BOOLEANS,
    DATES,
    FLOATS,
    INTERVALS,
    JSON,
    ROWS,
    TEXTS,
    TIMESTAMPS,
    WHOLE_NUMBERS,
    ZONED,
    is_one_of,
)
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, refused


def _cast(node: exp.Cast, translation: Translation) -> exp.Expr:  # noqa: C901 - a case for each kind of type
    target, source = node.to, translation.type_of(node.this)
    if is_one_of(target, JSON):
        return _json_cast(node, source)
    if is_one_of(target, TEXTS):
        return _text_cast(node, source)
    if isinstance(node.this, exp.Struct) and is_one_of(target, ROWS):
        for value, field in zip(node.this.expressions, target.expressions, strict=False):
            value.set("this", field.this.copy())
    if is_decimal(target) and not target.expressions:
        node.set("to", decimal(38, 0))  # it has no digits behind the point
    for targets, sources, macro in _READ_BY:
        if is_one_of(target, targets) and is_one_of(source, sources):
            node.set("this", call(macro, node.this))
    if is_one_of(target, ARRAYS) and is_one_of(source, ARRAYS):
        _elements_cast(node, source, translation)
    if is_decimal(target) and is_one_of(source, FLOATS):
        node.set("this", exp.cast(node.this, "VARCHAR"))  # by its shortest text, as Java's BigDecimal.valueOf()
    if is_one_of(target, TIMESTAMPS):
        node.set("to", exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    return node


_READ_BY = (
    (WHOLE_NUMBERS, FLOATS, "athena_rounded"),
    (WHOLE_NUMBERS, TEXTS, "athena_whole_text"),
    (BOOLEANS, TEXTS, "athena_boolean_text"),
    (DATES, TEXTS, "athena_date_text"),
    (TIMESTAMPS, TEXTS, "athena_timestamp_text"),
)
"""Casts that DuckDB has too, and does differently: to what, from what, and the macro that comes before."""


def _elements_cast(node: exp.Cast, source: exp.DataType | None, translation: Translation) -> None:
    """What comes before the cast of a value comes before that of each element."""
    if isinstance(node, exp.TryCast):  # the array is null if an element cannot be cast, not the element
        raise refused("TRY_CAST of an array", node)
    kinds = [kind.expressions[0] if kind is not None and kind.expressions else None for kind in (node.to, source)]
    for targets, sources, macro in (*_READ_BY, (TEXTS, FLOATS, "athena_double")):
        if is_one_of(kinds[0], targets) and is_one_of(kinds[1], sources):
            element = translation.fresh_name()
            made = exp.Lambda(this=call(macro, element), expressions=[element.copy()])
            node.set("this", call("list_transform", node.this, made))


def _json_cast(node: exp.Cast, source: exp.DataType | None) -> exp.Expr:
    """A text becomes one of JSON's; it is json_parse() that reads it."""
    if node.find(exp.Struct):
        raise refused("the cast of a row without names to JSON", node)
    if is_one_of(source, FLOATS):
        node.set("this", call("athena_double", node.this))
    return call("to_json", node.this) if is_one_of(source, TEXTS) else node


def _text_cast(node: exp.Cast, source: exp.DataType | None) -> exp.Expr:
    if is_one_of(source, FLOATS):
        node.set("this", call("athena_double", node.this))
    elif is_one_of(source, TIMESTAMPS | ZONED):
        zone = " UTC" if is_one_of(source, ZONED) else ""
        node.set("this", call("strftime", node.this, exp.Literal.string(f"%Y-%m-%d %H:%M:%S.%g{zone}")))
    elif is_one_of(source, INTERVALS):
        node.set("this", call("athena_interval", node.this))
    elif is_one_of(source, JSON):
        node.set("this", call("athena_json_text", node.this))
    length = node.to.expressions[0] if node.to.expressions else None
    if length is None:
        return node
    kind = node.to.this
    node.set("to", exp.DataType.build("VARCHAR"))
    fitting = call("left" if is_one_of(source, TEXTS) else "athena_fitting", node.copy(), length.this)
    return call("rpad", fitting, length.this.copy(), exp.Literal.string(" ")) if kind == exp.DType.CHAR else fitting


BY_CLASS: dict[type[exp.Expr], Rewrite] = {exp.Cast: _cast, exp.TryCast: _cast}
