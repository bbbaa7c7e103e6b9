"""The types that a query's translation depends on: what they are of, and which type of theirs it is."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp

from moto_featurestore.athena.decimals import exact

Kind = exp.DataType | None


def typed(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Parts whose translation depends on a type: also what UNNEST is applied to."""
    for node in tree.walk():
        if type(node) in _KINDS or isinstance(node.parent, exp.Unnest):
            yield node


def type_it_depends_on(node: exp.Expr) -> Kind:
    """The type that decides how a part is translated."""
    kind_of = _KINDS.get(type(node))
    return node.type if kind_of is None else kind_of(node)


def _of_operand(node: Any) -> Kind:
    kind: Kind = node.this.type
    return kind


def _of_argument(node: Any) -> Kind:
    return node.expressions[0].type if node.expressions else None


def _of_date(node: Any) -> Kind:
    """DATE, where one of the operands is."""
    return next((part.type for part in (node.this, node.args.get("expression")) if _is(part, "DATE")), None)


def _of_difference(node: Any) -> Kind:
    both = _is(node.left, "DATE") and _is(node.right, "DATE")
    return exp.DataType.build("INTERVAL") if both else _of_date(node)


def _of_quotient(node: Any) -> Kind:
    """The decimal that it is, or the double that an operand is."""
    quotient = exact(node)
    if quotient is not None and quotient.is_decimal:
        return exp.DataType.build(f"DECIMAL(28, {quotient.scale})")
    return next((part.type for part in (node.left, node.right) if _is(part, "DOUBLE", "FLOAT")), None)


def _of_joined(node: Any) -> Kind:
    """The left one's, where the one is an array and the other is none."""
    known = not any(part.type is None or _is(part, "UNKNOWN", "NULL") for part in (node.left, node.right))
    kind: Kind = node.left.type if known and _is(node.left, "ARRAY") != _is(node.right, "ARRAY") else None
    return kind


def _of_collection(node: Any) -> Kind:
    return exp.DataType.build("ARRAY") if isinstance(node.this, _MAKES_ARRAYS) else _of_operand(node)


_MAKES_ARRAYS = (exp.ArrayAgg, exp.GenerateSeries, exp.RegexpExtractAll, exp.RegexpSplit, exp.Split)
"""What gives arrays without sqlglot's knowing."""


def _is(node: Any, *names: str) -> bool:
    return node is not None and node.type is not None and bool(node.type.is_type(*names))


_KINDS: dict[type[exp.Expr], Callable[[Any], Kind]] = {
    exp.Add: _of_date,
    exp.Anonymous: _of_argument,
    exp.Bracket: _of_collection,
    exp.Cast: _of_operand,
    exp.DateAdd: _of_date,
    exp.DateTrunc: _of_date,
    exp.Div: _of_quotient,
    exp.DPipe: _of_joined,
    exp.GenerateSeries: lambda node: node.args["start"].type,
    exp.Reverse: _of_operand,
    exp.Sign: _of_operand,
    exp.Sub: _of_difference,
    exp.TimestampTrunc: _of_date,
    exp.TryCast: _of_operand,
}
