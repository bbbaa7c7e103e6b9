"""Translation of WITH RECURSIVE to a sequence of queries: the first query, ten recursion steps, and a last step.

If the last step returns rows, the query fails, because it exceeds Trino's limit of ten steps. Trino's QueryPlanner
(github.com/trinodb/trino, core/trino-main) plans the query in the same way. Trino removes duplicates only after the
union of all steps. Therefore a cycle in the data exceeds the limit, while DuckDB's recursion would never end.
"""

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed

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
    """Return a copy of the recursive query in which each reference to ``name``, its own name, refers to ``previous``."""
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
