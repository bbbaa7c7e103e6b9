"""Numbers, texts and casts, from Athena's SQL to DuckDB's."""

import re

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.decimals import decimal, digits_of, is_decimal
from moto_featurestore.athena.language.kinds import (
    BINARIES,
    BOOLEANS,
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
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, refused, renamed

_REFERENCE = re.compile(r"\$(\d)")


def _constant(sql: str) -> Rewrite:
    return lambda *_: exp.cast(exp.Literal.string(sql), "DOUBLE")


def _regexp_extract(node: exp.RegexpExtract, _: Translation) -> exp.Expr:
    group = node.args.get("group") or exp.Literal.number(0)
    return call("athena_regexp_extract", node.this, node.expression, group)


def _regexp_replace(node: exp.RegexpReplace, _: Translation) -> exp.Expr:
    """What Java writes as ``$1`` is written with a backslash in DuckDB."""
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Lambda):
        raise refused("regexp_replace() with a function", node)
    if isinstance(replacement, exp.Literal) and "${" in replacement.this:
        raise refused("named groups of regular expressions", node)
    if isinstance(replacement, exp.Literal):
        node.set("replacement", exp.Literal.string(_REFERENCE.sub(r"\\\1", replacement.this.replace("\\", "\\\\"))))
    return node


def _division(node: exp.Div, translation: Translation) -> exp.Expr:
    """Of whole numbers it is whole, by the connection's setting, which would also let 1e0 / 0 fail."""
    kinds = [translation.type_of(part) for part in (node.left, node.right)]
    if any(is_one_of(kind, FLOATS) for kind in kinds):
        return call('"/"', node.this, node.expression)
    if not any(map(is_decimal, kinds)):
        return node
    kind, (left, right) = translation.type_of(node), map(digits_of, kinds)
    if left is None or right is None or kind is None:
        reason = (
            "moto_featurestore does not know the type of this division: cast its operands to double or decimal(p, s)"
        )
        raise QueryFailed("NOT_SUPPORTED", reason, node)
    scale = max(left[1], right[1])
    shift = exp.Literal.number(10 ** (scale - left[1] + right[1]))
    dividend = exp.Mul(this=_unscaled(node.left, left[1]), expression=exp.cast(shift, "INT128", dialect="duckdb"))
    quotient = exp.cast(call("athena_quotient", dividend, _unscaled(node.right, right[1])), "VARCHAR")
    exact = exp.Cast(this=exp.DPipe(this=quotient, expression=exp.Literal.string(f"e-{scale}")), to=decimal(38, scale))
    return exp.Cast(this=exact, to=kind.copy())


def _unscaled(node: exp.Expr, scale: int) -> exp.Expr:
    """A decimal without its point: its digits."""
    return call("athena_unscaled", exp.Cast(this=node.copy(), to=decimal(38, scale)))


def _average(node: exp.Expr, translation: Translation) -> exp.Expr:
    """Of decimals, it is such a decimal again; DuckDB's is a double."""
    average: exp.Expr = node
    while isinstance(average, exp.Window | exp.Filter):
        average = average.this
    digits = digits_of(translation.type_of(average))
    is_inner = isinstance(node.parent, exp.Window | exp.Filter) and node.parent.this is node
    if is_inner or not isinstance(average, exp.Avg) or digits is None:
        return node
    # Through more digits than it will have: what is a half as a decimal is a bit less than that as a double.
    longer = exp.Cast(this=node.copy(), to=decimal(38, digits[1] + 6))
    return exp.Cast(this=longer, to=decimal(*digits))


def _is_composed(node: exp.Expr) -> bool:
    """Whether an aggregate of Athena's, map_agg or geometric_mean, is made of a function and aggregates here."""
    return isinstance(node, exp.Exp) or (isinstance(node, exp.Anonymous) and node.name == "map")


def _filter(node: exp.Filter, translation: Translation) -> exp.Expr:
    """FILTER belongs to the aggregates that the aggregate is made of."""
    made: exp.Expr = node.this
    if not _is_composed(made):
        return _average(node, translation)
    for part in made.expressions or [made.this]:
        part.replace(exp.Filter(this=part.copy(), expression=node.expression.copy()))
    return made


def _window(node: exp.Window, translation: Translation) -> exp.Expr:
    if isinstance(node.this.this, exp.Distinct):
        raise QueryFailed("NOT_SUPPORTED", "DISTINCT in window function parameters not yet supported", node)
    if _is_composed(node.this):
        raise refused("geometric_mean() and map_agg() as window functions", node)
    return _average(node, translation)


def _of_its_type(node: exp.Expr, translation: Translation) -> exp.Expr:
    """A decimal with as many digits as Trino gives it."""
    kind = translation.type_of(node)
    return exp.Cast(this=node.copy(), to=kind.copy()) if kind is not None and is_decimal(kind) else node


def _sign(node: exp.Sign, translation: Translation) -> exp.Expr:
    return exp.cast(node.copy(), "DOUBLE") if is_one_of(translation.type_of(node.this), FLOATS) else node


def _length(node: exp.Length, translation: Translation) -> exp.Expr:
    return call("octet_length", node.this) if is_one_of(translation.type_of(node.this), BINARIES) else node


# Casts.


def _cast(node: exp.Cast, translation: Translation) -> exp.Expr:
    target, source = node.to, translation.type_of(node.this)
    if is_one_of(target, TIMESTAMPS) and target.expressions:
        node.set("to", exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    elif isinstance(node.this, exp.Struct) and is_one_of(target, ROWS):
        for value, field in zip(node.this.expressions, target.expressions, strict=False):
            value.set("this", field.this.copy())
    elif is_decimal(target) and not target.expressions:
        _whole_decimal(node)
    elif is_one_of(target, JSON):
        return _json_cast(node, source)
    elif is_one_of(target, TEXTS):
        return _text_cast(node, source)
    elif is_one_of(target, WHOLE_NUMBERS) and is_one_of(source, FLOATS):
        node.set("this", call("athena_rounded", node.this))
    elif is_one_of(target, WHOLE_NUMBERS) and is_one_of(source, TEXTS):
        node.set("this", call("athena_whole_text", node.this))
    elif is_one_of(target, BOOLEANS) and is_one_of(source, TEXTS):
        node.set("this", call("athena_boolean_text", node.this))
    return node


def _whole_decimal(node: exp.Cast) -> None:
    """``CAST(... AS decimal)`` has no digits behind the point; ``DECIMAL '1.5'`` looks the same, once it is read."""
    if isinstance(node.this, exp.Literal) and node.this.is_string:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore needs decimal(precision, scale) for a text", node)
    node.set("to", decimal(38, 0))


def _json_cast(node: exp.Cast, source: exp.DataType | None) -> exp.Expr:
    """A text becomes one of JSON's; it is json_parse() that reads it."""
    if node.find(exp.Struct):
        raise refused("the cast of a row without names to JSON", node)
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


def _substring(node: exp.Substring, _: Translation) -> exp.Expr:
    length = node.args.get("length")
    return call("athena_substr", node.this, node.args["start"], length or call("len", node.this.copy()))


def _approx_percentile(node: exp.ApproxQuantile, _: Translation) -> exp.Expr:
    if node.args.get("weight") or node.args.get("accuracy"):
        raise refused("approx_percentile() with weights or an accuracy", node)
    quantile = node.args["quantile"]
    kind = "FLOAT[]" if isinstance(quantile, exp.Array) else "FLOAT"
    return call("approx_quantile", node.this, exp.cast(quantile, kind, dialect="duckdb"))


def _given(node: exp.Expr, argument: str) -> list[exp.Expr]:
    value = node.args.get(argument)
    return [] if value is None else [value]


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.ApproxQuantile: _approx_percentile,
    exp.Avg: _average,
    exp.Cast: _cast,
    exp.Cbrt: lambda node, _: call("athena_cbrt", node.this),
    exp.Div: _division,
    exp.Filter: _filter,
    exp.JSONExtract: lambda node, _: call("athena_json_extract", node.this, node.expression),
    exp.JSONExtractScalar: lambda node, _: call("athena_json_extract_scalar", node.this, node.expression),
    exp.Length: _length,
    exp.RegexpCount: lambda node, _: call("len", call("regexp_extract_all", node.this, node.expression)),
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: _regexp_replace,
    exp.Round: _of_its_type,
    exp.Sign: _sign,
    exp.Split: lambda node, _: call("athena_split", node.this, node.expression, *_given(node, "limit")),
    exp.SplitPart: lambda node, _: call(
        "athena_split_part", node.this, node.args["delimiter"], node.args["part_index"]
    ),
    exp.StrToMap: lambda node, _: call(
        "athena_split_to_map", node.this, node.args["pair_delim"], node.args["key_value_delim"]
    ),
    exp.Substring: _substring,
    exp.Trunc: _of_its_type,
    exp.TryCast: _cast,
    exp.Window: _window,
}

BY_NAME: dict[str, Rewrite] = {
    "all": lambda node, _: exp.All(this=exp.Subquery(this=node.expressions[0])),
    "bit_count": renamed("athena_bit_count"),
    "bitwise_and_agg": renamed("bit_and"),
    "bitwise_or_agg": renamed("bit_or"),
    "codepoint": renamed("unicode"),
    "e": _constant("2.718281828459045"),
    "every": renamed("bool_and"),
    "geometric_mean": lambda node, _: exp.func("exp", exp.func("avg", exp.func("ln", *node.expressions))),
    "infinity": _constant("Infinity"),
    "is_finite": renamed("isfinite"),
    "is_infinite": renamed("isinf"),
    "json_array_length": renamed("athena_json_array_length"),
    "nan": _constant("NaN"),
    "some": lambda node, _: exp.Any(this=exp.Subquery(this=node.expressions[0])),
}
