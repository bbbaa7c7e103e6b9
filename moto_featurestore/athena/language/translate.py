"""Translation of Athena's SQL to DuckDB's: sqlglot's translation, completed and corrected."""

from datetime import datetime

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import UnsupportedError

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language import casts, collections, datetimes, function_calls, patterns, scalars
from moto_featurestore.athena.language.recursion import unroll
from moto_featurestore.athena.language.rewriting import NUMBER, Rewrite, Translation, Types

_UNNAMED = "__moto_featurestore_unnamed"


def to_duckdb(tree: exp.Expr, types: Types, now: datetime) -> str:
    """Return the DuckDB SQL for an Athena query whose table names are already replaced.

    :param types: the types of the query's expressions
    :param now: the time of the query, with a time zone
    :raises QueryFailed: if sqlglot cannot translate the query
    """
    translation = Translation(types, now)
    _name_columns(tree)
    # Children first, so that the result of a rewrite is not rewritten again.
    for node in reversed(list(tree.walk(bfs=False))):
        rewritten = _rewrite(node, translation)
        if rewritten is not node:
            if NUMBER in node.meta:
                rewritten.meta[NUMBER] = node.meta[NUMBER]  # the enclosing expressions need its type
            tree = rewritten if node is tree else tree
            node.replace(rewritten)
    unroll(tree)
    try:
        return tree.sql(dialect=DuckDB, copy=False, identify=True, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore: {str(error).partition(chr(10))[0]}") from None


def column_name(name: str, place: int) -> str:
    """Return the name of a result column as Athena returns it: ``_col0`` if the query names none."""
    return f"_col{place}" if name.startswith(_UNNAMED) else name


def _name_columns(tree: exp.Expr) -> None:
    """Name the result's columns as the query writes them. DuckDB would use the names from the table.

    The case is preserved: https://github.com/trinodb/trino, StatementAnalyzer, computeAndAssignOutputScope.
    """
    for select in list(tree.find_all(exp.Select)):
        for projection in select.expressions:
            if name := written_name(projection):
                projection.replace(exp.alias_(projection.copy(), name, quoted=True))
    _name_unnamed(tree)


def written_name(projection: exp.Expr) -> str | None:
    """Return the last part of the name of a column or a field."""
    if isinstance(projection, exp.Column) and not projection.is_star:
        return projection.name
    inner = projection
    while isinstance(inner, exp.Dot):
        inner = inner.this
    return projection.name if isinstance(inner, exp.Column) and inner is not projection else None


def _name_unnamed(tree: exp.Expr) -> None:
    """Give unnamed columns a predictable name. DuckDB would choose its own."""
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
    **datetimes.BY_CLASS,
    **patterns.BY_CLASS,
    **scalars.BY_CLASS,
    **function_calls.BY_CLASS,
    **function_calls.with_binaries({**collections.BY_CLASS, **scalars.BY_CLASS}),
}
_BY_NAME: dict[str, Rewrite] = {
    **collections.BY_NAME,
    **datetimes.BY_NAME,
    **scalars.BY_NAME,
    **function_calls.BY_NAME,
}


def _rewrite(node: exp.Expr, translation: Translation) -> exp.Expr:
    """Return the DuckDB expression for an expression of the query."""
    rewrite = _BY_NAME.get(node.name.lower()) if isinstance(node, exp.Anonymous) else _BY_CLASS.get(type(node))
    return node if rewrite is None else rewrite(node, translation)
