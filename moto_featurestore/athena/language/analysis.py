"""Analysis of a query before its translation: resolution of names, and types of expressions."""

from sqlglot import exp

from moto_featurestore.athena.catalog import Column
from moto_featurestore.athena.language.mismatches import check_values
from moto_featurestore.athena.language.names import resolve
from moto_featurestore.athena.language.rewriting import NUMBER, Types

Lengths = list[tuple[str, int] | None]
"""For each result column, ``varchar`` or ``char`` and its length. None for other types and for unbounded strings."""


def check_types(tree: exp.Expr, tables: dict[str, list[Column]]) -> tuple[Types, Lengths]:
    """Check the types of a query. Return the known types of its expressions, and the lengths of its columns.

    :param tree: the query; its expressions are numbered, otherwise it is unchanged
    :param tables: the columns of its tables, by the name of the table in the query
    :raises QueryFailed: if types do not match, or a column does not exist
    """
    for number, part in enumerate(tree.walk()):
        part.meta[NUMBER] = number
    annotated = resolve(tree, tables)
    check_values(annotated)
    types = {node.meta[NUMBER]: node.type for node in annotated.walk() if NUMBER in node.meta and node.type is not None}
    return types, _lengths(annotated)


def _lengths(tree: exp.Expr) -> Lengths:
    if isinstance(tree, exp.Subquery):
        return _lengths(tree.this)
    if isinstance(tree, exp.SetOperation):
        pairs = zip(_lengths(tree.left), _lengths(tree.right), strict=False)
        return [max(left, right) if left and right else None for left, right in pairs]
    return [_length(part.unalias()) for part in tree.selects] if isinstance(tree, exp.Query) else []


def _length(value: exp.Expr) -> tuple[str, int] | None:
    if isinstance(value, exp.Literal) and value.is_string:
        return "varchar", len(value.name)
    kind = value.type
    if kind is None or kind.this not in _NAMES or not kind.expressions:
        return None
    return _NAMES[kind.this], int(kind.expressions[0].name)


_NAMES = {exp.DType.CHAR: "char", exp.DType.VARCHAR: "varchar"}
