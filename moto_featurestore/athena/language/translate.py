"""Translation of Athena SQL to DuckDB SQL. It completes and corrects sqlglot's translation."""

from datetime import datetime

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import UnsupportedError

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language import (
    casts,
    collections,
    datetimes,
    function_calls,
    patterns,
    scalars,
    time_zones,
)
from moto_featurestore.athena.language.conversions import leaf_calls
from moto_featurestore.athena.language.rewriting import NUMBER, Rewrite, Translation, Types, with_macros
from moto_featurestore.athena.language.type_families import TIMES, ZONED_TIMES, is_one_of
from moto_featurestore.athena.language.unsupported import WRITTEN

_UNNAMED = "__moto_featurestore_unnamed"


Kinds = dict[int, str]
"""A dict from the position of a result column to its Athena type, for columns that DuckDB returns as text."""


def to_duckdb(tree: exp.Expr, types: Types, now: datetime) -> tuple[str, Kinds]:
    """Translate an Athena query. Return the DuckDB SQL, and the types of the columns that the SQL returns as text.

    :param tree: the query, in which a generated name already replaces each table name
    :param types: the types of the query's expressions
    :param now: the time at which the query started, with a time zone
    :raises QueryFailed: if sqlglot cannot translate the query
    """
    translation = Translation(types, now)
    _name_columns(tree)
    # Rewrite children first, so that the result of a rewrite is not rewritten again.
    for node in reversed(list(tree.walk(bfs=False))):
        rewritten = time_zones.rewritten(node, lambda part: _rewrite(part, translation))
        if rewritten is not node:
            # the rewrites of enclosing expressions look up its type and its name in the query
            rewritten.meta.update({key: node.meta[key] for key in (NUMBER, WRITTEN) if key in node.meta})
            tree = rewritten if node is tree else tree
            node.replace(rewritten)
    kinds = _write_times(tree, translation)
    unroll(tree)
    try:
        return tree.sql(dialect=DuckDB, copy=False, identify=True, unsupported_level=ErrorLevel.RAISE), kinds
    except UnsupportedError as error:
        raise QueryFailed(
            "NOT_SUPPORTED",
            f"moto_featurestore cannot translate the query to DuckDB SQL: {str(error).partition(chr(10))[0]}",
        ) from None


def _write_times(tree: exp.Expr, translation: Translation) -> Kinds:
    """Convert result columns that are times or timestamps with time zone to text. Return the types of these columns.

    The reason is that DuckDB's types do not preserve the zone of a timestamp and the number of digits of a time.
    """
    kinds: Kinds = {}
    rows = [select.expressions for select in time_zones.root_selects(tree)]
    for place, column in enumerate(zip(*rows, strict=False)):
        if any(time_zones.ZONE in part.meta for part in column):
            kinds[place] = "timestamp with time zone"
            texts = [time_zones.text(part.unalias(), part.meta.get(time_zones.ZONE, "UTC")) for part in column]
        elif all(is_one_of(translation.type_of(part.unalias()), TIMES) for part in column):
            kind = translation.type_of(column[0].unalias()) or exp.DataType(this=exp.DType.TIME)
            kinds[place] = "time with time zone" if is_one_of(kind, ZONED_TIMES) else "time"
            texts = [
                with_macros(part.unalias().copy(), leaf_calls(kind, exp.DataType(this=exp.DType.VARCHAR)))
                for part in column
            ]
        else:
            continue
        for part, text in zip(column, texts, strict=True):
            (part.this if isinstance(part, exp.Alias) else part).replace(text)
    return kinds


def column_name(name: str, place: int) -> str:
    """Return Athena's name of a result column, such as ``_col0`` for the first column if the query does not name it.

    :param name: name of the column in DuckDB's result
    :param place: position of the column, from 0
    """
    return f"_col{place}" if name.startswith(_UNNAMED) else name


def _name_columns(tree: exp.Expr) -> None:
    """Add aliases, so that the names of result columns have the upper and lower case of the query, as in Athena.

    DuckDB would use the case of the table's columns. https://github.com/trinodb/trino, StatementAnalyzer,
    computeAndAssignOutputScope
    """
    for select in list(tree.find_all(exp.Select)):
        for projection in select.expressions:
            if name := written_name(projection):
                projection.replace(exp.alias_(projection.copy(), name, quoted=True))
    _name_unnamed(tree)
    for values in tree.find_all(exp.Values):
        alias, [row, *_] = values.args.get("alias") or exp.TableAlias(), values.expressions
        if isinstance(values.parent, exp.From | exp.Join) and not alias.columns:
            names = [exp.to_identifier(f"{_UNNAMED}{place}", quoted=True) for place in range(len(row.expressions))]
            values.set("alias", exp.TableAlias(this=alias.this or exp.to_identifier(_UNNAMED), columns=names))


def written_name(projection: exp.Expr) -> str | None:
    """Return the last part of the name of a column or field, such as ``b`` for ``a.b``. Return None otherwise."""
    if isinstance(projection, exp.Column) and not projection.is_star:
        return projection.name
    inner = projection
    while isinstance(inner, exp.Dot):
        inner = inner.this
    return projection.name if isinstance(inner, exp.Column) and inner is not projection else None


def _name_unnamed(tree: exp.Expr) -> None:
    """Add a generated alias to each result column without a name. ``column_name()`` converts it to Athena's name."""
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
    """Return the DuckDB expression for an expression of the query, whose arguments are already rewritten."""
    rewrite = _BY_NAME.get(node.name.lower()) if isinstance(node, exp.Anonymous) else _BY_CLASS.get(type(node))
    return node if rewrite is None else rewrite(node, translation)


# WITH RECURSIVE.


_DEPTH = 10
"""Trino's default for max_recursion_depth. Users of Athena cannot change it."""

_EXCEEDED = (
    f"NOT_SUPPORTED: Recursion depth limit exceeded ({_DEPTH}). Use 'max_recursion_depth' session property to modify the"
    " limit."
)


def unroll(tree: exp.Expr) -> None:
    """Replace each recursive query of a WITH clause by a sequence of queries, one per recursion step.

    :param tree: the query, which is modified
    :raises QueryFailed: if a recursive query has no column names, which Trino requires
    """
    for clause in tree.find_all(exp.With):
        if clause.args.get("recursive"):
            clause.set("recursive", None)
            clause.set("expressions", [part for query in clause.expressions for part in _steps(query)])


def _steps(query: exp.CTE) -> list[exp.CTE]:
    union = query.this
    if not isinstance(union, exp.Union) or not _references(union.expression, query.alias):
        return [query]
    columns = query.args["alias"].columns
    if not columns:
        raise QueryFailed("MISSING_COLUMN_ALIASES", "missing column aliases in recursive WITH query", query)
    names = [f"moto_featurestore_{query.alias}_{depth}" for depth in range(_DEPTH + 2)]
    parts = [union.this]
    parts += [_step(union.expression, query.alias, previous) for previous in names[:-1]]
    parts[-1] = _fail_if_rows(parts[-1])
    steps = [_cte(part, name, columns) for part, name in zip(parts, names, strict=True)]
    union_of_steps: exp.Query = exp.select("*").from_(exp.to_table(names[0]))
    for name in names[1:]:
        union_of_steps = exp.union(
            union_of_steps, exp.select("*").from_(exp.to_table(name)), distinct=False, copy=False
        )
    if union.args.get("distinct"):
        union_of_steps = exp.select("*").from_(union_of_steps.subquery("steps")).distinct()
    query.set("this", union_of_steps)
    return [*steps, query]


def _references(step: exp.Expr, name: str) -> list[exp.Table]:
    return [table for table in step.find_all(exp.Table) if not table.db and table.name.lower() == name.lower()]


def _step(step: exp.Expr, name: str, previous: str) -> exp.Expr:
    """Return a copy of the query ``step`` in which each reference to ``name`` refers to ``previous`` instead."""
    copied = step.copy()
    for table in _references(copied, name):
        if not table.alias:
            table.set("alias", exp.TableAlias(this=table.this.copy()))
        table.set("this", exp.to_identifier(previous, quoted=True))
    return copied


def _fail_if_rows(step: exp.Expr) -> exp.Expr:
    """Return a query that returns no rows, or fails if the query ``step`` returns rows."""
    fails = exp.cast(exp.Anonymous(this="error", expressions=[exp.Literal.string(_EXCEEDED)]), "BOOLEAN")
    return (
        exp.select("*")
        .from_(exp.Subquery(this=step, alias=exp.TableAlias(this=exp.to_identifier("step"))))
        .where(fails)
    )


def _cte(part: exp.Expr, name: str, columns: list[exp.Expr]) -> exp.CTE:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True), columns=[column.copy() for column in columns])
    return exp.CTE(this=part, alias=alias, materialized=True)
