"""Rules for the types of expressions with decimals, as in Trino. sqlglot would treat decimals as doubles.

https://trino.io/docs/current/functions/decimal.html documents the rules for operators.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp
from sqlglot.expressions import DType

_MAX_DIGITS = 38
"""The maximum number of digits of a decimal."""
_INTEGER_DIGITS = {DType.TINYINT: 3, DType.SMALLINT: 5, DType.INT: 10, DType.BIGINT: 19}
"""The number of digits of each integer type. Trino converts an integer to a decimal to combine it with a decimal."""

Digits = tuple[int, int]
"""The precision and the scale of a decimal."""


def digits_of(kind: Any) -> Digits | None:
    """Return precision and scale of a decimal or integer type, or None for any other type."""
    if not isinstance(kind, exp.DataType):
        return None
    if kind.this in _INTEGER_DIGITS:
        return _INTEGER_DIGITS[kind.this], 0
    if kind.this != DType.DECIMAL or not kind.expressions:
        return None
    precision, scale = ([int(part.name) for part in kind.expressions] + [0])[:2]
    return precision, scale


def is_decimal(kind: exp.DataType | None) -> bool:
    """Return True if a type is a decimal."""
    return kind is not None and kind.this == DType.DECIMAL


def decimal(precision: int, scale: int) -> exp.DataType:
    """Return the decimal type with a precision and a scale. Replace a precision above 38 by 38."""
    parts = [exp.DataTypeParam(this=exp.Literal.number(number)) for number in (min(precision, _MAX_DIGITS), scale)]
    return exp.DataType(this=DType.DECIMAL, expressions=parts)


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


def common_decimal(kinds: Sequence[exp.DataType | None]) -> exp.DataType | None:
    """Return the decimal type to which Trino converts values of several decimal and integer types to compare the values.

    Return None if no type is a decimal, or if a type is neither a decimal nor an integer.
    """
    digits = [digits_of(kind) for kind in kinds]
    if not any(map(is_decimal, kinds)) or None in digits:
        return None
    scale = max(pair[1] for pair in digits if pair)
    return decimal(max(pair[0] - pair[1] for pair in digits if pair) + scale, scale)


def _common(parts: Callable[[Any], list[Any]]) -> Callable[[Any], exp.DataType | None]:
    """Return a rule that derives the type of an expression: the common decimal type of some parts of the expression.

    :param parts: takes the expression, and returns these parts
    """
    return lambda node: common_decimal(
        [part.type for part in parts(node) if part is not None and not isinstance(part, exp.Null)]
    )


def _truncated(node: exp.Trunc) -> exp.DataType | DType | None:
    rule = _unary((lambda a: (max(a[0] - a[1], 1), 0)) if node.args.get("decimals") is None else (lambda a: a))
    return rule(node) or node.this.type


def _whole(a: Digits) -> Digits:
    return a[0] - a[1] + (a[1] > 0), 0


def _cast(node: exp.Cast) -> exp.DataType | None:
    return decimal(_MAX_DIGITS, 0) if is_decimal(node.to) and not node.to.expressions else None


RULES: dict[Any, Callable[[Any], exp.DataType | DType | None]] = {
    **dict.fromkeys((exp.Cast, exp.TryCast), _cast),
    **dict.fromkeys((exp.Add, exp.Sub), _binary(_sum)),
    exp.Mul: _binary(lambda a, b: (a[0] + b[0], a[1] + b[1])),
    exp.Div: _binary(lambda a, b: (a[0] + b[1] + max(b[1] - a[1], 0), max(a[1], b[1]))),
    exp.Mod: _binary(lambda a, b: (min(a[0] - a[1], b[0] - b[1]) + max(a[1], b[1]), max(a[1], b[1]))),
    exp.Sum: _unary(lambda a: (_MAX_DIGITS, a[1])),
    exp.Avg: _unary(lambda a: a),
    **dict.fromkeys((exp.Ceil, exp.Floor), _unary(_whole)),
    exp.Round: _round,
    exp.Trunc: _truncated,
    **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), _common(lambda node: [node.this, *node.expressions])),
    exp.Case: _common(lambda node: [*(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default")]),
    exp.If: _common(lambda node: [node.args["true"], node.args.get("false")]),
}
"""A dict from expression class to a function that returns the type of such an expression.

The function returns None if the rules for decimals do not apply, because the operands are not decimals.
"""
