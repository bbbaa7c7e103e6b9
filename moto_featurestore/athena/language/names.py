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
        raise QueryFailed("SYNTAX_ERROR", str(error).partition("\n")[0]) from None
    annotated = annotate_types(qualified, schema=schema, expression_metadata=metadata(), dialect="athena")
    _check_aliases(annotated)
    return annotated


def _check_aliases(tree: exp.Expr) -> None:
    """A column of the SELECT is no name for its own WHERE, GROUP BY and HAVING."""
    for select in tree.find_all(exp.Select):
        aliases = {
            projection.alias.lower()
            for projection in select.expressions
            if isinstance(projection, exp.Alias) and projection.this.name.lower() != projection.alias.lower()
        }
        clauses = [select.args.get(clause) for clause in ("where", "group", "having")]
        for column in _own_columns([clause for clause in [*clauses, *select.expressions] if clause is not None]):
            if not column.table and column.name.lower() in aliases:
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
