"""The translation of casts from Athena SQL to DuckDB SQL."""

from sqlglot import exp

from moto_featurestore.athena.language.decimals import decimal, is_decimal
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, refused
from moto_featurestore.athena.language.type_families import (
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
    for targets, sources, macro in _MACROS:
        if is_one_of(target, targets) and is_one_of(source, sources):
            node.set("this", call(macro, node.this))
    if is_one_of(target, ARRAYS) and is_one_of(source, ARRAYS):
        _elements_cast(node, source, translation)
    if is_decimal(target) and is_one_of(source, FLOATS):
        node.set("this", exp.cast(node.this, "VARCHAR"))  # by the shortest text, like Java's BigDecimal.valueOf()
    if is_one_of(target, TIMESTAMPS):
        node.set("to", exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    return node


_MACROS = (
    (WHOLE_NUMBERS, FLOATS, "athena_rounded"),
    (WHOLE_NUMBERS, TEXTS, "athena_whole_text"),
    (BOOLEANS, TEXTS, "athena_boolean_text"),
    (DATES, TEXTS, "athena_date_text"),
    (TIMESTAMPS, TEXTS, "athena_timestamp_text"),
)
"""Casts with different results in DuckDB: target types, source types, and the macro to apply before the cast."""


def _elements_cast(node: exp.Cast, source: exp.DataType | None, translation: Translation) -> None:
    """Apply the macro of a cast to each element of an array."""
    if isinstance(node, exp.TryCast):  # Trino returns null for the array, DuckDB for the element
        raise refused("TRY_CAST of an array", node)
    kinds = [kind.expressions[0] if kind is not None and kind.expressions else None for kind in (node.to, source)]
    for targets, sources, macro in (*_MACROS, (TEXTS, FLOATS, "athena_double")):
        if is_one_of(kinds[0], targets) and is_one_of(kinds[1], sources):
            element = translation.fresh_name()
            function = exp.Lambda(this=call(macro, element), expressions=[element.copy()])
            node.set("this", call("list_transform", node.this, function))


def _json_cast(node: exp.Cast, source: exp.DataType | None) -> exp.Expr:
    """Cast a value to JSON. A text becomes a JSON string; only json_parse() parses it."""
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
    shortened = call("left" if is_one_of(source, TEXTS) else "athena_fitting", node.copy(), length.this)
    return call("rpad", shortened, length.this.copy(), exp.Literal.string(" ")) if kind == exp.DType.CHAR else shortened


BY_CLASS: dict[type[exp.Expr], Rewrite] = {exp.Cast: _cast, exp.TryCast: _cast}
