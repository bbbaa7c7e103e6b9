"""Decimals: the scale of a quotient, which DuckDB makes a double of.

https://trino.io/docs/current/functions/decimal.html: of products the sum of the scales, of others the greater one.
"""

from typing import NamedTuple

from sqlglot import exp


class Exact(NamedTuple):
    """A number that is no double: a decimal, or a whole number."""

    is_decimal: bool
    scale: int


def exact(node: exp.Expr) -> Exact | None:
    """What a value is, where it is exact; its types, and those of its parts, are known."""
    if isinstance(node, exp.Literal) and not node.is_string:
        return None if "e" in node.this.lower() else Exact("." in node.this, len(node.this.partition(".")[2]))
    if isinstance(node, _SAME):
        return exact(node.this)
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
        left, right = exact(node.left), exact(node.right)
        if left is None or right is None:
            return None
        scale = left.scale + right.scale if isinstance(node, exp.Mul) else max(left.scale, right.scale)
        return Exact(left.is_decimal or right.is_decimal, scale)
    return _of_type(node.type)


_SAME = (exp.Abs, exp.Filter, exp.Max, exp.Min, exp.Neg, exp.Paren, exp.Sum, exp.Window)
"""What is of the scale of what it is applied to."""


def _of_type(kind: exp.DataType | None) -> Exact | None:
    if kind is not None and kind.is_type(*exp.DataType.INTEGER_TYPES):
        return Exact(is_decimal=False, scale=0)
    if kind is not None and kind.is_type("DECIMAL"):
        parameters = kind.expressions
        return Exact(is_decimal=True, scale=int(parameters[1].name) if len(parameters) > 1 else 0)
    return None
