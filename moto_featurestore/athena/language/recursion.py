"""WITH RECURSIVE as Trino runs it: unrolled into ten steps, after which there must be no more rows.

The plan is that of Trino's QueryPlanner (github.com/trinodb/trino, core/trino-main): the steps are united, and made distinct at the
end only, so that rows in a circle come to no end. DuckDB's own recursion would go on for ever.
"""

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed

_DEPTH = 10
"""Trino's max_recursion_depth, which Athena does not let its users set."""

_EXCEEDED = (
    f"NOT_SUPPORTED: Recursion depth limit exceeded ({_DEPTH}). Use 'max_recursion_depth' session property to modify the"
    " limit."
)


def unroll(tree: exp.Expr) -> None:
    """Put the steps of each recursive query of WITH in its place.

    :raises QueryFailed: where one has no names for its columns, as Trino asks for them
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
    parts += [_step(union.expression, query.alias, before) for before in names[:-1]]
    parts[-1] = _failing(parts[-1])
    steps = [_named(part, name, columns) for part, name in zip(parts, names, strict=True)]
    united: exp.Query = exp.select("*").from_(exp.to_table(names[0]))
    for name in names[1:]:
        united = exp.union(united, exp.select("*").from_(exp.to_table(name)), distinct=False, copy=False)
    if union.args.get("distinct"):
        united = exp.select("*").from_(united.subquery("steps")).distinct()
    query.set("this", united)
    return [*steps, query]


def _references(step: exp.Expr, name: str) -> list[exp.Table]:
    return [table for table in step.find_all(exp.Table) if not table.db and table.name.lower() == name.lower()]


def _step(step: exp.Expr, name: str, before: str) -> exp.Expr:
    """The recursive part, over the rows of the step before."""
    copied = step.copy()
    for table in _references(copied, name):
        if not table.alias:
            table.set("alias", exp.TableAlias(this=table.this.copy()))
        table.set("this", exp.to_identifier(before, quoted=True))
    return copied


def _failing(step: exp.Expr) -> exp.Expr:
    """The step that has to be empty."""
    fails = exp.cast(exp.Anonymous(this="error", expressions=[exp.Literal.string(_EXCEEDED)]), "BOOLEAN")
    return (
        exp.select("*")
        .from_(exp.Subquery(this=step, alias=exp.TableAlias(this=exp.to_identifier("step"))))
        .where(fails)
    )


def _named(part: exp.Expr, name: str, columns: list[exp.Expr]) -> exp.CTE:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True), columns=[column.copy() for column in columns])
    return exp.CTE(this=part, alias=alias, materialized=True)
