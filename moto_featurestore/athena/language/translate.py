"""Athena's SQL to DuckDB's: what sqlglot does, and what it leaves undone or does differently."""

from datetime import datetime

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import UnsupportedError

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language import casts, collections, moments, patterns, values
from moto_featurestore.athena.language.recursion import unroll
from moto_featurestore.athena.language.rewriting import NUMBER, Rewrite, Translation, Types

_UNNAMED = "__moto_featurestore_unnamed"


def to_duckdb(tree: exp.Expr, types: Types, now: datetime) -> str:
    """DuckDB's SQL for a query of Athena's, whose tables are in place already.

    :param now: the moment that the query is of, aware of its zone
    """
    translation = Translation(types, now)
    _name_columns(tree)
    # Children first: what a part is rewritten to is not looked at again.
    for node in reversed(list(tree.walk(bfs=False))):
        rewritten = _rewrite(node, translation)
        if rewritten is not node:
            if NUMBER in node.meta:
                rewritten.meta[NUMBER] = node.meta[NUMBER]  # those around it ask for its type
            tree = rewritten if node is tree else tree
            node.replace(rewritten)
    unroll(tree)
    try:
        return tree.sql(dialect=DuckDB, copy=False, identify=True, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore: {str(error).partition(chr(10))[0]}") from None


def column_name(name: str, place: int) -> str:
    """A result's column name as Athena gives it: ``_col0`` where the query gives none."""
    return f"_col{place}" if name.startswith(_UNNAMED) else name


def _name_columns(tree: exp.Expr) -> None:
    """Name the columns of a query's result as the query writes them: DuckDB would name them as their table does.

    The case is kept: https://github.com/trinodb/trino, StatementAnalyzer, computeAndAssignOutputScope.
    """
    for select in list(tree.find_all(exp.Select)):
        for projection in select.expressions:
            if name := written_name(projection):
                projection.replace(exp.alias_(projection.copy(), name, quoted=True))
    _name_unnamed(tree)


def written_name(projection: exp.Expr) -> str | None:
    """Return the last name of a column, or of a field of one."""
    if isinstance(projection, exp.Column) and not projection.is_star:
        return projection.name
    inner = projection
    while isinstance(inner, exp.Dot):
        inner = inner.this
    return projection.name if isinstance(inner, exp.Column) and inner is not projection else None


def _name_unnamed(tree: exp.Expr) -> None:
    """Give columns without a name one by which they are known later: DuckDB's names would be its own."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    for place, projection in enumerate(select.expressions):
        if not isinstance(projection, exp.Alias | exp.Column | exp.Star | exp.Var) and not projection.is_star:
            select.expressions[place].replace(exp.alias_(projection.copy(), f"{_UNNAMED}{place}", quoted=True))


_BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    **casts.BY_CLASS,
    **collections.BY_CLASS,
    **moments.BY_CLASS,
    **patterns.BY_CLASS,
    **values.BY_CLASS,
}
_BY_NAME: dict[str, Rewrite] = {**collections.BY_NAME, **moments.BY_NAME, **values.BY_NAME}


def _rewrite(node: exp.Expr, translation: Translation) -> exp.Expr:
    """A part of the query as DuckDB has to see it."""
    rewrite = _BY_NAME.get(node.name.lower()) if isinstance(node, exp.Anonymous) else _BY_CLASS.get(type(node))
    return node if rewrite is None else rewrite(node, translation)
