"""What the names in a query stand for: the columns that they are of, and those that are none."""

import re
from collections.abc import Iterator
from typing import Any

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from moto_featurestore.athena.catalog import PATH, Column
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.inference import metadata
from moto_featurestore.athena.types import data_type

_UNKNOWN = re.compile("Unknown column: (.+)")


def resolve(tree: exp.Expr, tables: dict[str, list[Column]]) -> exp.Expr:
    """A query, once more, with the table of each column and the type of each value.

    :param tree: a query; it stays as it is
    :param tables: the columns of its tables, by their names there
    :raises QueryFailed: where a column is none
    """
    if tree.find(exp.Column, exp.Table, exp.Star) is None:  # nothing whose type is not in the text
        return annotate_types(tree.copy(), expression_metadata=metadata(), dialect="athena")
    # Only where it is asked for, as it would be one of a star's columns here.
    path = {PATH: exp.DataType.build("VARCHAR")} if any(node.name == PATH for node in tree.find_all(exp.Column)) else {}
    schema = MappingSchema(
        {name: {column.name: data_type(column.hive) for column in columns} | path for name, columns in tables.items()},
        dialect="athena",
        normalize=False,
    )
    _check_joined_columns(tree)
    try:
        qualified = qualify(
            tree.copy(),
            dialect="athena",
            schema=schema,
            expand_alias_refs=False,
            expand_stars=True,
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
    except OptimizeError as error:
        if unknown := _UNKNOWN.match(str(error)):
            raise column_not_found(unknown[1], find_column(tree, unknown[1])) from None
        raise _unresolved(str(error).partition("\n")[0], tree) from None
    annotated = annotate_types(qualified, schema=schema, expression_metadata=metadata(), dialect="athena")
    _check_aliases(annotated)
    return annotated


_NO_PLACE = re.compile(r"Unknown output column: (\d+)")
_NOT_JOINED = re.compile("Cannot automatically join: (.+)")
_REPEATED = re.compile("Alias already used: (.+)")


def _unresolved(message: str, tree: exp.Expr) -> QueryFailed:
    """https://github.com/trinodb/trino, StatementAnalyzer: what it says of names that stand for nothing."""
    if found := _NO_PLACE.match(message):
        grouped = [part.name for group in tree.find_all(exp.Group) for part in group.expressions]
        clause = "GROUP BY" if found[1] in grouped else "ORDER BY"
        return QueryFailed("INVALID_COLUMN_REFERENCE", f"{clause} position {found[1]} is not in select list")
    if found := _NOT_JOINED.match(message):
        return QueryFailed("COLUMN_NOT_FOUND", f"Column '{found[1].lower()}' is missing from left side of join")
    if found := _REPEATED.match(message):
        return QueryFailed("NOT_SUPPORTED", f"moto_featurestore needs an alias for one of the tables '{found[1]}'")
    return QueryFailed("SYNTAX_ERROR", message)  # pragma: no cover - what other releases of sqlglot say


def _check_aliases(tree: exp.Expr) -> None:
    """A column of the SELECT is no name for its own WHERE, GROUP BY and HAVING; two of a name are none around it."""
    for select in tree.find_all(exp.Select):
        _check_repeated(tree, select)
        _check_distinct(select)
        aliases = {
            projection.alias.lower()
            for projection in select.expressions
            if isinstance(projection, exp.Alias) and projection.this.name.lower() != projection.alias.lower()
        }
        clauses = [select.args.get(clause) for clause in ("where", "group", "having")]
        for column in _own_columns([clause for clause in [*clauses, *select.expressions] if clause is not None]):
            if not column.table and (column.name.lower() in aliases or column.name.lower() in _OF_DUCKDB):
                raise column_not_found(column.name, column)


_OF_DUCKDB = frozenset({"current_catalog", "current_role", "current_schema", "current_user", "session_user", "user"})
"""What DuckDB takes for something else where it is no column."""


def _check_repeated(tree: exp.Expr, select: exp.Select) -> None:
    table, names = select.parent, [name.lower() for name in select.named_selects]
    if len(set(names)) == len(names) or not isinstance(table, exp.CTE | exp.Subquery):
        return
    for column in tree.find_all(exp.Column):
        if column.table == table.alias and names.count(column.name.lower()) > 1:
            raise QueryFailed("AMBIGUOUS_NAME", f"Column '{column.name.lower()}' is ambiguous", column)


def _check_distinct(select: exp.Select) -> None:
    order = select.args.get("order")
    if order is None or not select.args.get("distinct"):
        return
    known = [part.unalias() for part in select.expressions] + [exp.column(name) for name in select.named_selects]
    for part in order.expressions:
        if not isinstance(part.this, exp.Literal) and part.this not in known:
            reason = "For SELECT DISTINCT, ORDER BY expressions must appear in select list"
            raise QueryFailed("EXPRESSION_NOT_IN_DISTINCT", reason, part)


def _check_joined_columns(tree: exp.Expr) -> None:
    """A column that USING joins by is none of its tables any more.

    https://trino.io/docs/current/sql/select.html#using
    """
    for select in (join.parent for join in tree.find_all(exp.Join) if join.args.get("using")):
        if not isinstance(select, exp.Select) or select.args.get("from_") is None:
            continue
        tables, hidden = [select.args["from_"].this.alias_or_name], set()
        for join in select.args["joins"]:
            tables.append(join.alias_or_name)
            hidden |= {(table.lower(), name.name.lower()) for name in join.args.get("using") or () for table in tables}
        for column in _own_columns(
            [*select.expressions, *filter(None, map(select.args.get, ("where", "group", "having")))]
        ):
            if (column.table.lower(), column.name.lower()) in hidden:
                raise column_not_found(column.name, column)


def _own_columns(clauses: list[exp.Expr]) -> Iterator[exp.Column]:
    for clause in clauses:
        for node in clause.walk(prune=lambda part: isinstance(part, exp.Query)):
            if isinstance(node, exp.Column):
                yield node


def find_column(tree: exp.Expr, name: str) -> exp.Expr | None:
    """The first column of a name in a query."""
    return next((column for column in tree.find_all(exp.Column) if column.name.lower() == name.lower()), None)


def column_not_found(name: str, node: Any) -> QueryFailed:
    """The failure of a name that is no column; it is told with the table's, where that stands before it.

    https://github.com/awslabs/aws-well-architected-labs/issues/908: ``Column 'region_names.regionname' cannot be resolved``.
    """
    if isinstance(node, exp.Column):
        name = ".".join(part.name for part in node.parts)
    return QueryFailed(
        "COLUMN_NOT_FOUND",
        f"Column '{name.lower()}' cannot be resolved or requester is not authorized to access requested resources",
        node,
    )
