"""Rules that derive the types of expressions as Trino does, if sqlglot derives a different type or no type."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import DType

from moto_featurestore.athena.language.function_calls import TYPES
from moto_featurestore.athena.language.type_families import (
    ARRAYS,
    BINARIES,
    MAPS,
    MAX_DIGITS,
    ROWS,
    TIMES,
    Digits,
    array_of,
    common_decimal,
    common_type,
    decimal,
    digits_of,
    element_of,
    fields_of,
    is_decimal,
    is_known,
    is_one_of,
    map_of,
    row_of,
)

Kind = exp.DataType | DType | None
Derive = Callable[[Any], Kind]
"""A function that takes an expression whose operands already have types, and returns the type of the expression.

If the function returns None, sqlglot derives the type.
"""

_VARCHAR = exp.DataType.build("VARCHAR")

_TYPES: dict[DType, tuple[type[exp.Expr], ...]] = {
    DType.BIGINT: (exp.FromBase, exp.Grouping, exp.Minute, exp.RegexpCount, exp.Second),
    DType.DATE: (exp.FromISO8601Date,),
    DType.DOUBLE: (exp.Atan2, exp.RegrIntercept, exp.RegrSlope, exp.TimeToUnix),
    DType.JSON: (exp.JSONExtract,),
    DType.TIMESTAMP: (exp.Localtimestamp,),
    DType.TIMESTAMPTZ: (
        exp.AtTimeZone,
        exp.CurrentTimestamp,
        exp.FromISO8601Timestamp,
        exp.ParseDatetime,
        exp.UnixToTime,
    ),
    DType.UUID: (exp.Uuid,),
    DType.VARBINARY: (exp.Encode, exp.FromBase64, exp.SHA, exp.SHA2Digest, exp.Unhex),
    DType.VARCHAR: (
        *(exp.ArrayToString, exp.Decode, exp.Hex, exp.JSONExtractScalar, exp.JSONFormat),
        *(exp.RegexpExtract, exp.RegexpReplace, exp.Replace, exp.SplitPart, exp.UnicodeString),
    ),
}
"""A dict from a type to the sqlglot classes of the functions that always return this type."""

_NAMED: dict[DType, str] = {
    DType.BIGINT: """bit_count cardinality codepoint hamming_distance json_array_length millisecond url_extract_port
        year_of_week yow""",
    DType.BOOLEAN: "all_match any_match arrays_overlap every is_finite is_infinite json_array_contains none_match",
    DType.DOUBLE: "e geometric_mean infinity nan to_unixtime",
    DType.TIMESTAMP: "to_timestamp",
    DType.TIMESTAMPTZ: "at_timezone with_timezone",
    DType.VARCHAR: """format_datetime to_base to_iso8601 url_decode url_encode url_extract_fragment url_extract_host
        url_extract_path url_extract_protocol url_extract_query""",
}
"""A dict from a type to the names of functions that always return this type. sqlglot has no classes for them."""

_AS_FIRST = (
    *(
        exp.BitwiseAndAgg,
        exp.BitwiseOrAgg,
        exp.DateAdd,
        exp.Reverse,
        exp.TimestampTrunc,
        exp.Try,
    ),
    *(exp.ArrayDistinct, exp.ArrayExcept, exp.ArrayFilter, exp.ArrayRemove, exp.ArraySlice, exp.ArraySort),
)
_AS_FIRST_NAMED = ("array_union", "map_concat", "map_filter", "trim_array")
"""The names of functions that return the type of their first argument, and for which sqlglot has no class."""


@cache
def metadata() -> dict[Any, Any]:
    """Return the argument ``expression_metadata`` for sqlglot's ``annotate_types()``."""
    default = Dialect.get_or_raise("athena").EXPRESSION_METADATA
    return {
        **default,
        **{kind: {"annotator": _annotator(derive, default.get(kind) or {})} for kind, derive in _rules().items()},
    }


def _rules() -> dict[Any, Derive]:
    return {
        **{node: _constant(kind) for kind, nodes in _TYPES.items() for node in nodes},
        **dict.fromkeys(_AS_FIRST, lambda node: node.this.type),
        **dict.fromkeys((exp.ArrayMax, exp.ArrayMin, exp.Flatten), lambda node: element_of(node.this.type)),
        **dict.fromkeys((exp.RegexpExtractAll, exp.RegexpSplit, exp.Split), lambda _: array_of(_VARCHAR)),
        **_DECIMAL_RULES,
        **{node: _common(parts) for node, parts in _COMMON.items()},
        **{node: _moved(_DECIMAL_RULES[node]) for node in (exp.Add, exp.Sub)},
        **dict.fromkeys((exp.ArgMax, exp.ArgMin), lambda node: _largest(node, node.args.get("count"))),
        **dict.fromkeys((exp.Max, exp.Min), lambda node: _largest(node, node.expressions)),
        exp.Anonymous: lambda node: _BY_NAME.get(node.name.lower(), _unknown)(node),
        exp.Array: lambda node: array_of(common_type([part.type for part in node.expressions])),
        exp.ArrayAgg: lambda node: array_of(node.this.type),
        exp.ArrayIntersect: lambda node: node.expressions[0].type,
        exp.Bracket: _subscript,
        exp.Concat: lambda node: _text_or_binary(node.expressions[0]),
        exp.DPipe: _joined,
        exp.GenerateSeries: lambda node: array_of(node.args["start"].type),
        **dict.fromkeys((exp.Pad, exp.Substring), lambda node: _text_or_binary(node.this)),
        exp.Map: _map,
        exp.MapFromEntries: lambda node: map_of(*[*fields_of(element_of(node.this.type)), None, None][:2]),
        exp.MapKeys: lambda node: array_of(_side(node.this, 0)),
        exp.Reduce: lambda node: node.args["finish"].type,
        exp.StrToMap: lambda _: map_of(_VARCHAR, _VARCHAR),
        exp.Struct: lambda node: row_of([part.type for part in node.expressions]),
        exp.Transform: lambda node: array_of(node.expression.type),
        exp.Tuple: lambda node: row_of([part.type for part in node.expressions]),
        exp.Unnest: _unnested,
    }


def _largest(node: Any, count: object) -> Kind:
    """Return the type of max(), min(), max_by() or min_by().

    :param count: the call's argument ``n``; if the call has this argument, the result is an array
    """
    return array_of(node.this.type) if count else node.this.type


def _multimap(fields: list[exp.DataType]) -> Kind:
    return map_of(fields[0], array_of(fields[1])) if fields else None


def _moved(otherwise: Derive) -> Derive:
    """Return the rule for the type of ``a + b`` and ``a - b``. If only one operand is a time, the result is a time.

    :param otherwise: rule for all other operands
    """

    def derive(node: exp.Binary) -> Kind:
        times = [part.type for part in (node.left, node.right) if is_one_of(part.type, TIMES)]
        return times[0].this if len(times) == 1 and times[0] is not None else otherwise(node)

    return derive


def _constant(kind: exp.DataType | DType) -> Derive:
    return lambda _: kind


def _unknown(_: exp.Expr) -> Kind:
    return None


def _first(node: exp.Anonymous) -> Kind:
    kind: exp.DataType | None = node.expressions[0].type
    return kind


def _text_or_binary(value: exp.Expr) -> Kind:
    """Return the type of ``value`` if it is a varbinary or an array, otherwise varchar."""
    return value.type if is_one_of(value.type, BINARIES | ARRAYS) else DType.VARCHAR


@cache
def _parsed_type(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="duckdb")


_BY_NAME: dict[str, Derive] = {
    **{name: _constant(_parsed_type(kind)) for name, kind in TYPES.items()},
    **dict.fromkeys(("bitwise_left_shift", "bitwise_right_shift", "bitwise_right_shift_arithmetic"), _first),
    **dict.fromkeys(("array_first", "array_last"), lambda node: element_of(node.expressions[0].type)),
    **dict.fromkeys(("combinations", "ngrams"), lambda node: array_of(node.expressions[0].type)),
    **dict.fromkeys(("map_union", "shuffle"), _first),
    "map_zip_with": lambda node: map_of(_side(node.expressions[0], 0), node.expressions[2].type),
    "multimap_agg": lambda node: map_of(node.expressions[0].type, array_of(node.expressions[1].type)),
    "multimap_from_entries": lambda node: _multimap(fields_of(element_of(node.expressions[0].type))),
    "reduce_agg": lambda node: node.expressions[1].type,
    "zip": lambda node: array_of(row_of([element_of(part.type) for part in node.expressions])),
    **{name: _constant(kind) for kind, names in _NAMED.items() for name in names.split()},
    **dict.fromkeys(_AS_FIRST_NAMED, lambda node: node.expressions[0].type),
    "histogram": lambda node: map_of(node.expressions[0].type, exp.DataType.build("BIGINT")),
    "map_agg": lambda node: map_of(*(part.type for part in node.expressions)),
    "map_entries": lambda node: array_of(row_of([_side(node.expressions[0], side) for side in (0, 1)])),
    "map_values": lambda node: array_of(_side(node.expressions[0], 1)),
    "transform_keys": lambda node: map_of(node.expressions[1].type, _side(node.expressions[0], 1)),
    "transform_values": lambda node: map_of(_side(node.expressions[0], 0), node.expressions[1].type),
    "zip_with": lambda node: array_of(node.expressions[2].type),
}

_COMMON: dict[type[exp.Expr], Callable[[Any], list[exp.Expr | None]]] = {
    **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), lambda node: [node.this, *node.expressions]),
    exp.Case: lambda node: [*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")],
    exp.If: lambda node: [node.args["true"], node.args.get("false")],
}
"""A dict from expression class to a function that returns the operands. Their common type is the result type."""


def _common(parts: Callable[[Any], list[exp.Expr | None]]) -> Derive:
    """Return a rule that derives the common type of an expression's operands: arrays, maps, rows or decimals.

    :param parts: function that takes the expression, and returns the operands
    """

    def derive(node: Any) -> Kind:
        kinds = [part.type for part in parts(node) if part is not None and not isinstance(part, exp.Null)]
        if kinds and all(is_one_of(kind, ARRAYS | MAPS | ROWS) for kind in kinds):
            return common_type(kinds)
        return common_decimal(kinds)

    return derive


def _annotator(derive: Derive, default: dict[str, Any]) -> Callable[[Any, Any], None]:
    def annotate(annotator: Any, node: Any) -> None:
        for function, kinds in _lambdas(node):
            _type_parameters(annotator, function, kinds)
        kind = derive(node)
        if kind is not None or "annotator" not in default:
            annotator._set_type(node, kind or default.get("returns", DType.UNKNOWN))
        else:
            default["annotator"](annotator, node)

    return annotate


_Lambdas = Iterator[tuple[Any, list[exp.DataType | None]]]


def _lambdas(node: Any) -> _Lambdas:
    """Yield (lambda, types of its parameters) for each lambda among the arguments of a function call."""
    if isinstance(node, exp.Transform | exp.ArrayFilter | exp.ArraySort):
        yield node.expression, [element_of(node.this.type)] * 2
    elif isinstance(node, exp.Reduce):
        state = node.args["initial"].type
        yield node.args["merge"], [state, element_of(node.this.type)]
        yield node.args["finish"], [state]
    elif isinstance(node, exp.RegexpReplace):
        yield node.args.get("replacement"), [array_of(_VARCHAR)]
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "reduce_agg":
        value, state, *functions = node.expressions
        yield from (
            (function, [state.type, kind]) for function, kind in zip(functions, (value.type, state.type), strict=True)
        )
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "map_zip_with":
        left, right, function = node.expressions
        yield function, [_side(left, 0), _side(left, 1), _side(right, 1)]
    elif isinstance(node, exp.Anonymous) and node.expressions:
        *arguments, function = node.expressions
        kinds = [part.type for part in arguments]
        is_map = bool(kinds) and is_one_of(kinds[0], MAPS)
        yield function, [_side(arguments[0], 0), _side(arguments[0], 1)] if is_map else [*map(element_of, kinds)]


def _type_parameters(annotator: Any, function: Any, kinds: list[exp.DataType | None]) -> None:
    """Set the types of a lambda's parameters to ``kinds``. Then derive the types of the expressions in its body.

    :param annotator: sqlglot's TypeAnnotator
    :param function: the lambda; any other expression is ignored
    """
    if not isinstance(function, exp.Lambda):
        return
    types = dict(zip((name.name for name in function.expressions), kinds, strict=False))
    for part in function.walk():
        is_field = isinstance(part.parent, exp.Dot) and part.arg_key == "expression"
        if isinstance(part, exp.Identifier) and not isinstance(part.parent, exp.Column) and not is_field:
            if part.name in types:
                annotator._set_type(part, types[part.name])
        elif not isinstance(part, exp.Column):
            annotator._visited.pop(id(part), None)
    annotator.annotate_expression(function.this)
    annotator._set_type(function, function.this.type)


def _joined(node: exp.DPipe) -> Kind:
    """Return the type of ``a || b``: varbinary if ``a`` is binary, an array if one operand is an array, otherwise None."""
    if is_one_of(node.left.type, BINARIES):
        return DType.VARBINARY
    arrays = [part.type for part in (node.left, node.right) if is_one_of(part.type, ARRAYS)]
    return common_type(arrays) if arrays else None


def _side(node: exp.Expr, side: int) -> exp.DataType | None:
    """Return the type of a map's keys if ``side`` is 0, or of its values if ``side`` is 1. None if it is not known."""
    kind = node.type
    return kind.expressions[side] if kind is not None and is_one_of(kind, MAPS) and kind.expressions else None


def _map(node: exp.Map) -> Kind:
    sides = [node.args.get("keys"), node.args.get("values")]
    nothing = exp.DataType.build("NULL")
    return map_of(*(nothing if side is None else element_of(side.type) for side in sides))


def _subscript(node: exp.Bracket) -> Kind:
    kind, place = node.this.type, node.expressions[0]
    if is_one_of(kind, ROWS) and isinstance(place, exp.Literal) and not place.is_string:
        fields = fields_of(kind)
        number = int(place.name) - (node.args.get("offset") or 0)
        return fields[number] if 0 <= number < len(fields) else None
    return _side(node.this, 1)


def _unnested(node: exp.Unnest) -> Kind:
    """Return a row type whose fields are the columns of an UNNEST. Return None if the columns are not all known.

    UNNEST has one column for an array, one column per field for an array of rows, and two columns for a map.
    """
    columns: list[exp.DataType | None] = []
    for value in node.expressions:
        element = element_of(value.type)
        if is_one_of(value.type, MAPS):
            columns += [_side(value, 0), _side(value, 1)]
        else:
            columns += fields_of(element) if is_one_of(element, ROWS) else [element]
    names = node.alias_column_names
    if not names or not all(map(is_known, columns)):
        return None
    return row_of(columns, names)


# Decimals: https://trino.io/docs/current/functions/decimal.html documents the rules for operators.


def _sum(a: Digits, b: Digits) -> Digits:
    scale = max(a[1], b[1])
    return max(a[0] - a[1], b[0] - b[1]) + scale + 1, scale


def _binary(rule: Callable[[Digits, Digits], Digits]) -> Callable[[Any], exp.DataType | None]:
    def derive(node: exp.Binary) -> exp.DataType | None:
        left, right = digits_of(node.left.type), digits_of(node.right.type)
        if left is None or right is None or not (is_decimal(node.left.type) or is_decimal(node.right.type)):
            return None
        return decimal(*rule(left, right))

    return derive


def _unary(rule: Callable[[Digits], Digits]) -> Callable[[Any], exp.DataType | None]:
    def derive(node: Any) -> exp.DataType | None:
        kind = (node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this).type
        digits = digits_of(kind)
        return decimal(*rule(digits)) if is_decimal(kind) and digits is not None else None

    return derive


def _round(node: exp.Round) -> exp.DataType | None:
    if node.args.get("decimals") is None:
        return _unary(_whole)(node)
    return _unary(lambda a: (a[0] + (a[1] > 0), a[1]))(node)


def _truncated(node: exp.Trunc) -> exp.DataType | DType | None:
    rule = _unary((lambda a: (max(a[0] - a[1], 1), 0)) if node.args.get("decimals") is None else (lambda a: a))
    return rule(node) or node.this.type


def _whole(a: Digits) -> Digits:
    return a[0] - a[1] + (a[1] > 0), 0


def _cast(node: exp.Cast) -> exp.DataType | None:
    return decimal(MAX_DIGITS, 0) if is_decimal(node.to) and not node.to.expressions else None


_DECIMAL_RULES: dict[Any, Callable[[Any], exp.DataType | DType | None]] = {
    **dict.fromkeys((exp.Cast, exp.TryCast), _cast),
    **dict.fromkeys((exp.Add, exp.Sub), _binary(_sum)),
    exp.Mul: _binary(lambda a, b: (a[0] + b[0], a[1] + b[1])),
    exp.Div: _binary(lambda a, b: (a[0] + b[1] + max(b[1] - a[1], 0), max(a[1], b[1]))),
    exp.Mod: _binary(lambda a, b: (min(a[0] - a[1], b[0] - b[1]) + max(a[1], b[1]), max(a[1], b[1]))),
    exp.Sum: _unary(lambda a: (MAX_DIGITS, a[1])),
    exp.Avg: _unary(lambda a: a),
    **dict.fromkeys((exp.Ceil, exp.Floor), _unary(_whole)),
    exp.Round: _round,
    exp.Trunc: _truncated,
}
"""A dict from expression class to a function that returns the type of such an expression.

The function returns None if the rules for decimals do not apply, because the operands are not decimals.
"""
