"""The context and the helper functions of rewrites, which translate an Athena expression to a DuckDB expression."""

from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed

Types = dict[int, exp.DataType]
"""A dict from an expression's number, stored in its ``meta`` under NUMBER, to the expression's type."""

Rewrite = Callable[[Any, "Translation"], exp.Expr]
"""A function that takes an expression of an Athena query and the context, and returns an expression for DuckDB."""

NUMBER = "moto_featurestore_number"
"""The key in the ``meta`` of an expression under which its number is stored."""


class Translation:
    """The context of rewrites: data about the query that is being translated.

    :param types: types of the query's expressions
    :param now: time at which the query started
    """

    def __init__(self, types: Types, now: datetime) -> None:
        self._types, self._now, self._names = types, now, count()

    def type_of(self, node: exp.Expr | None) -> exp.DataType | None:
        """Return the type of an expression, or None if it is not known."""
        return None if node is None else self._types.get(node.meta.get(NUMBER, -1))

    def fresh_name(self) -> exp.Identifier:
        """Return a new identifier that does not occur elsewhere in the query."""
        return exp.to_identifier(f"moto_featurestore_{next(self._names)}")

    def moment(self, kind: str) -> exp.Expr:
        """Return the time at which the query started, as a literal.

        :param kind: DuckDB type of the literal, ``TIMESTAMP`` or ``TIMESTAMPTZ``
        """
        form = "%Y-%m-%d %H:%M:%S.%f"
        text = f"{self._now:{form}}"[:-3] + (" UTC" if kind == "TIMESTAMPTZ" else "")
        return exp.cast(exp.Literal.string(text), kind, dialect="duckdb")


def not_supported(what: str, node: exp.Expr) -> QueryFailed:
    """Return the error for a feature of Athena that this package does not support."""
    return QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support {what}", node)


def call(name: str, *arguments: Any) -> exp.Anonymous:
    """Return an expression that calls a DuckDB function or macro."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def literal(node: exp.Expr | None, what: str, parent: exp.Expr) -> str:
    """Return the text of a string literal.

    :param node: expression that must be a literal
    :param what: description of the expression for the error message, such as ``a format``
    :param parent: part of the query, for the position in the error
    :raises QueryFailed: if the expression is not a string literal
    """
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore supports {what} only as a literal", parent)


def renamed(name: str) -> Rewrite:
    """Return a rewrite that changes only the name of a function, to ``name``."""
    return lambda node, _: call(name, *node.expressions)


def with_macros(node: exp.Expr, macros: list[list[str]]) -> exp.Expr:
    """Return an expression that applies macros to ``node``, in order.

    :param macros: for each macro, its name and the SQL of its arguments after the value
    """
    for macro, *arguments in macros:
        node = call(macro, node, *(exp.Var(this=argument) for argument in arguments))
    return node


def bound(values: list[exp.Expr], body: Callable[..., str]) -> exp.Expr:
    """Return an expression that computes each value once, even if its SQL uses the value several times.

    :param values: expressions for the values
    :param body: a function that returns the SQL of the expression. Its arguments are the names of the computed values
        in this SQL.
    """
    row = call("row", *values)
    names = [f"struct_extract_at(athena_values, {place})" for place in range(1, len(values) + 1)]
    function = exp.Var(this=f"lambda athena_values: {body(*names)}")
    return call("list_extract", call("list_transform", exp.Array(expressions=[row]), function), exp.Literal.number(1))
