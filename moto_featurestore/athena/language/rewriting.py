"""What the rewriting of a query's parts depends on, and what rewrites are made of."""

from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed

Types = dict[int, exp.DataType]
"""The types of a query's parts, by the number in their meta."""

Rewrite = Callable[[Any, "Translation"], exp.Expr]

NUMBER = "moto_featurestore_number"


class Translation:
    """What the rewriting of a query's parts depends on."""

    def __init__(self, types: Types, now: datetime) -> None:
        self._types, self._now, self._names = types, now, count()

    def type_of(self, node: exp.Expr | None) -> exp.DataType | None:
        """The type of a part of the query, where it is known."""
        return None if node is None else self._types.get(node.meta.get(NUMBER, -1))

    def fresh_name(self) -> exp.Identifier:
        """A name that no other part of the query has."""
        return exp.to_identifier(f"moto_featurestore_{next(self._names)}")

    def moment(self, kind: str) -> exp.Expr:
        """The moment that the query is of, as a literal."""
        form = "%Y-%m-%d %H:%M:%S.%f"
        text = f"{self._now:{form}}"[:-3] + (" UTC" if kind == "TIMESTAMPTZ" else "")
        return exp.cast(exp.Literal.string(text), kind, dialect="duckdb")


def refused(what: str, node: exp.Expr) -> QueryFailed:
    """The failure of something that Athena has, and this does not."""
    return QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support {what}", node)


def call(name: str, *arguments: Any) -> exp.Anonymous:
    """A call of a function of DuckDB's."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def literal(node: exp.Expr | None, what: str, parent: exp.Expr) -> str:
    """The text of a literal.

    :raises QueryFailed: where it is none
    """
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore needs {what} to be a literal", parent)


def renamed(name: str) -> Rewrite:
    """Only the name differs."""
    return lambda node, _: call(name, *node.expressions)
