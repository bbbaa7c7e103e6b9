"""Analysis of a query before its translation: resolution of names, and types of expressions."""

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
from moto_featurestore.athena.language.mismatches import check_values
from moto_featurestore.athena.language.rewriting import NUMBER, Types
from moto_featurestore.athena.types import data_type

Lengths = list[tuple[str, int] | None]
"""For each result column, (``varchar`` or ``char``, length). None if the column has another type or no length."""


def check_types(tree: exp.Expr, tables: dict[str, list[Column]]) -> tuple[Types, Lengths]:
    """Check the types of a query. Return the known types of its expressions, and the lengths of its result columns.

    :param tree: the parsed query; this function stores a number in the ``meta`` of each expression
    :param tables: dict from the name of a table in the query to the table's columns
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


_UNKNOWN = re.compile("Unknown column: (.+)")


def resolve(tree: exp.Expr, tables: dict[str, list[Column]]) -> exp.Expr:
    """Return a copy of a query in which each column is qualified by its table, and each expression has a type.

    :param tree: the query, which is not modified
    :param tables: dict from the name of a table in the query to the table's columns
    :raises QueryFailed: if a column does not exist or is ambiguous
    """
    if tree.find(exp.Column, exp.Table, exp.Star) is None:  # a query without columns needs no table schema
        return annotate_types(tree.copy(), expression_metadata=metadata(), dialect="athena")
    # Add the hidden column $path only if the query names it, because sqlglot would add it to the columns of ``*``.
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
        raise _resolution_error(str(error).partition("\n")[0], tree) from None
    annotated = annotate_types(qualified, schema=schema, expression_metadata=metadata(), dialect="athena")
    _check_aliases(annotated)
    return annotated


_UNKNOWN_POSITION = re.compile(r"Unknown output column: (\d+)")
_NOT_JOINED = re.compile("Cannot automatically join: (.+)")
_REPEATED = re.compile("Alias already used: (.+)")


def _resolution_error(message: str, tree: exp.Expr) -> QueryFailed:
    """Return the error with Trino's message that corresponds to an error message of sqlglot.

    Trino's messages: https://github.com/trinodb/trino, StatementAnalyzer.
    """
    if match := _UNKNOWN_POSITION.match(message):
        grouped = [part.name for group in tree.find_all(exp.Group) for part in group.expressions]
        clause = "GROUP BY" if match[1] in grouped else "ORDER BY"
        return QueryFailed("INVALID_COLUMN_REFERENCE", f"{clause} position {match[1]} is not in select list")
    if match := _NOT_JOINED.match(message):
        return QueryFailed("COLUMN_NOT_FOUND", f"Column '{match[1].lower()}' is missing from left side of join")
    if match := _REPEATED.match(message):
        return QueryFailed(
            "NOT_SUPPORTED",
            f"The name '{match[1]}' occurs more than once in FROM."
            " moto_featurestore requires an alias for one of the tables",
        )
    return QueryFailed(
        "SYNTAX_ERROR", message
    )  # pragma: no cover - only for messages of newer or older sqlglot releases


def _check_aliases(tree: exp.Expr) -> None:
    """Check that each SELECT uses its own column aliases only in ORDER BY, and that no column name is ambiguous.

    Also check that ORDER BY uses only selected expressions if the SELECT has DISTINCT.
    """
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
            if not column.table and (column.name.lower() in aliases or column.name.lower() in _DUCKDB_KEYWORDS):
                raise column_not_found(column.name, column)


_DUCKDB_KEYWORDS = frozenset(
    {"current_catalog", "current_role", "current_schema", "current_user", "session_user", "user"}
)
"""Names that DuckDB evaluates to a built-in value, such as the current user, if no column has the name."""


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
    """Check that the query does not write a table name before a column of USING, such as ``t.id`` after ``USING (id)``.

    In Trino, a column of USING belongs to no table after the join.

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
    """Return the first reference to a column name in a query, or None if there is no reference."""
    return next((column for column in tree.find_all(exp.Column) if column.name.lower() == name.lower()), None)


def column_not_found(name: str, node: Any) -> QueryFailed:
    """Return the error for an unknown column. The message contains the table's name if the query qualifies the column.

    https://github.com/awslabs/aws-well-architected-labs/issues/908: ``Column 'region_names.regionname' cannot be resolved``.

    :param name: name of the column, which the message contains if ``node`` is not a column
    :param node: the column or another part of the query, for the position in the error
    """
    if isinstance(node, exp.Column):
        name = ".".join(part.name for part in node.parts)
    return QueryFailed(
        "COLUMN_NOT_FOUND",
        f"Column '{name.lower()}' cannot be resolved or requester is not authorized to access requested resources",
        node,
    )
