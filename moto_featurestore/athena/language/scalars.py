"""Translation of numbers, strings and aggregates from Athena SQL to DuckDB SQL."""

import re

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.casts import compared
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, not_supported, renamed
from moto_featurestore.athena.language.type_families import (
    BINARIES,
    FLOATS,
    INTERVALS,
    decimal,
    digits_of,
    is_decimal,
    is_known,
    is_one_of,
    trino_type,
)
from moto_featurestore.athena.language.unsupported import WRITTEN


def _constant(sql: str) -> Rewrite:
    return lambda *_: exp.cast(exp.Literal.string(sql), "DOUBLE")


def _literal(node: exp.Literal, _: Translation) -> exp.Expr:
    """Translate a decimal literal, such as ``1.5``, to a double. Athena reads it as a double, DuckDB as a decimal.

    https://docs.aws.amazon.com/athena/latest/ug/data-types.html (decimal) writes a decimal as ``DECIMAL '1.5'``.
    https://github.com/aoyagikouhei/athena-local measured that ``0.1 + 0.2`` is 0.30000000000000004.
    """
    text = node.name.lower()
    if node.is_string or "." not in text or "e" in text or isinstance(node.parent, exp.TableSample):
        return node
    return exp.Literal.number(f"{text}e0")


def _division(node: exp.Div, translation: Translation) -> exp.Expr:
    """Translate a division. The SQL depends on the types of the operands.

    The connection's ``integer_division`` setting makes the operator ``/`` return integers. Therefore the division of
    doubles calls the function ``"/"``, and the division of decimals is computed with integers.
    """
    kinds = [translation.type_of(part) for part in (node.left, node.right)]
    if any(is_one_of(kind, FLOATS) for kind in kinds):
        return call('"/"', node.this, node.expression)
    if not any(map(is_decimal, kinds)):
        return node
    kind, (left, right) = translation.type_of(node), map(digits_of, kinds)
    if left is None or right is None or kind is None:
        reason = (
            "moto_featurestore cannot infer the type of this division. Cast its operands to double or decimal(p, s)."
        )
        raise QueryFailed("NOT_SUPPORTED", reason, node)
    scale = max(left[1], right[1])
    shift = exp.Literal.number(10 ** (scale - left[1] + right[1]))
    dividend = exp.Mul(this=_unscaled(node.left, left[1]), expression=exp.cast(shift, "INT128", dialect="duckdb"))
    quotient = exp.cast(call("athena_quotient", dividend, _unscaled(node.right, right[1])), "VARCHAR")
    exact = exp.Cast(this=exp.DPipe(this=quotient, expression=exp.Literal.string(f"e-{scale}")), to=decimal(38, scale))
    return exp.Cast(this=exact, to=kind.copy())


def _unscaled(node: exp.Expr, scale: int) -> exp.Expr:
    """Return an expression for a decimal's digits as an integer, without the decimal point.

    :param scale: number of digits after the decimal point
    """
    return call("athena_unscaled", exp.Cast(this=node.copy(), to=decimal(38, scale)))


def _average(node: exp.Expr, translation: Translation) -> exp.Expr:
    """Translate avg(). Cast an average of decimals to the type of these decimals, because DuckDB returns a double."""
    average: exp.Expr = node
    while isinstance(average, exp.Window | exp.Filter):
        average = average.this
    digits = digits_of(translation.type_of(average))
    is_inner = isinstance(node.parent, exp.Window | exp.Filter) and node.parent.this is node
    if is_inner or not isinstance(average, exp.Avg) or digits is None:
        return node
    # Cast to more digits first: the double for a value such as 1.005 can be slightly less, and would be rounded down.
    longer = exp.Cast(this=node.copy(), to=decimal(38, digits[1] + 6))
    return exp.Cast(this=longer, to=decimal(*digits))


def _is_composed(node: exp.Expr) -> bool:
    """Return True if a translated aggregate is an expression that contains DuckDB aggregates, not one DuckDB aggregate."""
    return isinstance(node, exp.Exp) or (isinstance(node, exp.Anonymous) and node.name in _COMPOSED)


_COMPOSED = {
    "athena_interval_of_sums",
    "athena_map_of",
    "athena_map_union",
    "athena_multimap",
    "athena_skewness",
    "athena_values",
    "list_reduce",
}


def _filter(node: exp.Filter, translation: Translation) -> exp.Expr:
    if not _is_composed(node.this):
        return _average(node, translation)
    return _for_each_part(node, "FILTER of {}()")


def _window(node: exp.Window, translation: Translation) -> exp.Expr:
    if isinstance(node.this.this, exp.Distinct):
        raise QueryFailed("NOT_SUPPORTED", "DISTINCT in window function parameters not yet supported", node)
    if not _is_composed(node.this):
        return _average(node, translation)
    return _for_each_part(node, "{}() as a window function")


def _for_each_part(node: exp.Filter | exp.Window, what: str) -> exp.Expr:
    """Apply FILTER or OVER to each DuckDB aggregate of an Athena aggregate that was translated to several aggregates.

    :param what: description of the clause for the error message, with ``{}`` for the name of the aggregate
    """
    aggregate: exp.Expr = node.this
    if aggregate.name == "list_reduce":
        raise not_supported(what.format(aggregate.meta[WRITTEN]), node)
    for part in aggregate.expressions or [aggregate.this]:
        applied = node.copy()
        applied.set("this", part.copy())
        part.replace(applied)
    return aggregate


def _cast_to_decimal(node: exp.Expr, translation: Translation) -> exp.Expr:
    """If the expression is a decimal, cast it to the precision and scale that its type has in Trino."""
    kind = translation.type_of(node)
    return exp.Cast(this=node.copy(), to=kind.copy()) if kind is not None and is_decimal(kind) else node


def _may_be_nan(node: exp.Expr, translation: Translation) -> bool:
    return is_one_of(translation.type_of(node), FLOATS) and not isinstance(node.unnest(), exp.Literal | exp.Neg)


def _comparison(node: exp.Binary, translation: Translation) -> exp.Expr:
    """Translate a comparison. In Trino, each comparison with NaN is false, except ``<>``. In DuckDB, NaN equals NaN."""
    if (collections := compared(node, translation)) is not None:
        return collections
    left, right = (_may_be_nan(part, translation) for part in (node.left, node.right))
    if isinstance(node, exp.EQ | exp.NEQ):
        guarded = node.left if left and right else None
    elif isinstance(node, exp.GT | exp.GTE):
        guarded = node.left if left else None
    else:
        guarded = node.right if right else None
    if guarded is None:
        return node
    if isinstance(node, exp.NEQ):
        return exp.paren(exp.or_(node.copy(), call("isnan", guarded.copy())))
    return exp.paren(exp.and_(node.copy(), exp.not_(call("isnan", guarded.copy()))))


def _sign(node: exp.Sign, translation: Translation) -> exp.Expr:
    return call("athena_sign", node.this) if is_one_of(translation.type_of(node.this), FLOATS) else node


def _offset(least: int) -> Rewrite:
    """Return the rewrite for lag(), lead() or nth_value(). The SQL checks that the offset is at least ``least``."""

    def rewrite(node: exp.Lag | exp.Lead | exp.NthValue, _: Translation) -> exp.Expr:
        offset = node.args.get("offset")
        if offset is not None:
            node.set("offset", call("athena_offset", exp.cast(offset, "BIGINT"), exp.Literal.number(least)))
        return node

    return rewrite


def _sum(node: exp.Sum, translation: Translation) -> exp.Expr:
    """Translate sum() of intervals to a sum of months and a sum of milliseconds, because DuckDB sums only numbers."""
    if not is_one_of(translation.type_of(node.this), INTERVALS):
        return node
    parts = [call(name, node.this.copy()) for name in ("athena_months", "athena_milliseconds")]
    return call("athena_interval_of_sums", *(exp.Sum(this=part) for part in parts))


def _length(node: exp.Length, translation: Translation) -> exp.Expr:
    return call("octet_length", node.this) if is_one_of(translation.type_of(node.this), BINARIES) else node


def _substring(node: exp.Substring, _: Translation) -> exp.Expr:
    length = node.args.get("length")
    return call("athena_substr", node.this, node.args["start"], length or call("len", node.this.copy()))


def _approx_percentile(node: exp.ApproxQuantile, _: Translation) -> exp.Expr:
    if node.args.get("weight") or node.args.get("accuracy"):
        raise not_supported("approx_percentile() with weights or an accuracy", node)
    quantile = node.args["quantile"]
    kind = "FLOAT[]" if isinstance(quantile, exp.Array) else "FLOAT"
    return call("approx_quantile", node.this, exp.cast(quantile, kind, dialect="duckdb"))


def _optional_argument(node: exp.Expr, argument: str) -> list[exp.Expr]:
    value = node.args.get(argument)
    return [] if value is None else [value]


_BLANKS = "".join(
    map(chr, (*range(0x09, 0x0E), *range(0x1C, 0x21), 0x1680, *range(0x2000, 0x2007), *range(0x2008, 0x200B)))
)
_BLANKS += "\u2028\u2029\u205f\u3000"
"""The characters that Trino's trim() removes: Java's Character.isWhitespace(), io.airlift.slice.SliceUtf8."""


def _trim(node: exp.Trim, _: Translation) -> exp.Expr:
    if node.args.get("expression") is None:
        node.set("expression", exp.Literal.string(_BLANKS))
    return node


def _pad(node: exp.Pad, _: Translation) -> exp.Expr:
    padding = node.args["fill_pattern"]
    size = exp.cast(call("athena_padding", node.expression, padding), "INT")
    return call("lpad" if node.args["is_left"] else "rpad", node.this, size, padding.copy())


def _max_or_min_by(name: str) -> Rewrite:
    """Return the rewrite for max_by(x, y) or min_by(x, y).

    Both functions ignore rows in which ``y`` is null, but not rows in which ``x`` is null.

    :param name: DuckDB function, ``arg_max`` or ``arg_min``
    """

    def rewrite(node: exp.ArgMax | exp.ArgMin, _: Translation) -> exp.Expr:
        count = node.args.get("count")
        if count is None:
            return call(f"{name}_null", node.this, node.expression)
        value = exp.Struct(expressions=[exp.PropertyEQ(this=exp.to_identifier("v"), expression=node.this)])
        return call("athena_values", call(name, value, node.expression, count))

    return rewrite


def _typeof(node: exp.Anonymous | exp.Typeof, translation: Translation) -> exp.Expr:
    """Translate typeof() to a literal. Raise QueryFailed if the type is known only when the query runs.

    https://trino.io/docs/current/functions/conversion.html#typeof
    """
    value = node.this if isinstance(node, exp.Typeof) else node.expressions[0]
    if isinstance(value, exp.Literal) and value.is_string:
        return exp.Literal.string(f"varchar({len(value.name)})")
    kind = translation.type_of(value)
    if isinstance(value.unnest(), exp.Null):
        return exp.Literal.string("unknown")
    if not is_known(kind) or is_one_of(kind, INTERVALS):
        raise not_supported("typeof() of a value whose type is only known when the query runs", node)
    return exp.Literal.string(re.sub(r"(\d), (\d)", r"\1,\2", trino_type(kind)))


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _comparison),
    exp.ApproxQuantile: _approx_percentile,
    exp.ArgMax: _max_or_min_by("arg_max"),
    exp.ArgMin: _max_or_min_by("arg_min"),
    exp.Avg: _average,
    exp.Cbrt: lambda node, _: call("athena_cbrt", node.this),
    exp.Div: _division,
    exp.Filter: _filter,
    exp.FromBase: lambda node, _: call("athena_from_base", node.this, node.expression),
    exp.JSONArrayContains: lambda node, _: call("athena_json_array_contains", node.this, node.expression),
    exp.JSONExtract: lambda node, _: call("athena_json_extract", node.this, node.expression),
    exp.JSONExtractScalar: lambda node, _: call("athena_json_extract_scalar", node.this, node.expression),
    exp.Length: _length,
    exp.Lag: _offset(0),
    exp.Lead: _offset(0),
    exp.Literal: _literal,
    exp.NthValue: _offset(1),
    exp.Pad: _pad,
    exp.ParseJSON: lambda node, _: call("athena_json_parse", node.this),
    exp.Replace: lambda node, _: call("athena_replace", node.this, node.expression, node.args["replacement"]),
    exp.Round: _cast_to_decimal,
    exp.SHA: lambda node, _: call("unhex", call("sha1", node.this)),
    exp.Sign: _sign,
    exp.Sum: _sum,
    exp.Typeof: _typeof,
    exp.Upper: lambda node, _: call("athena_upper", node.this),
    exp.Split: lambda node, _: call("athena_split", node.this, node.expression, *_optional_argument(node, "limit")),
    exp.SplitPart: lambda node, _: call(
        "athena_split_part", node.this, node.args["delimiter"], node.args["part_index"]
    ),
    exp.StrToMap: lambda node, _: call(
        "athena_split_to_map", node.this, node.args["pair_delim"], node.args["key_value_delim"]
    ),
    exp.Substring: _substring,
    exp.Trim: _trim,
    exp.Trunc: _cast_to_decimal,
    exp.Window: _window,
}


BY_NAME: dict[str, Rewrite] = {
    "hamming_distance": renamed("athena_hamming"),
    "typeof": _typeof,
    "url_decode": renamed("athena_url_decode"),
    "url_encode": renamed("athena_url_encode"),
    "all": lambda node, _: exp.All(this=exp.Subquery(this=node.expressions[0])),
    "bit_count": renamed("athena_bit_count"),
    "bitwise_and_agg": renamed("bit_and"),
    "bitwise_or_agg": renamed("bit_or"),
    "codepoint": renamed("athena_codepoint"),
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
