"""What DELETE, UPDATE and the WHENs of a MERGE do with rows, as their text has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from moto_featurestore.athena.catalog import Column
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.names import column_not_found

ROW = "file_row_number"
"""The column of a table's rows that none of them has null: DuckDB's own name."""
DELETE, UPDATE, INSERT = "DELETE", "UPDATE", "INSERT"


@dataclass
class Case:
    """What is to be done with rows, if a condition holds."""

    kind: str
    values: dict[str, exp.Expr]
    """What columns become, by their names."""
    condition: exp.Expr


def case_of(when: exp.When, alias: str, columns: list[Column]) -> Case:
    """A WHEN of a MERGE, whose target goes by an alias: https://docs.aws.amazon.com/athena/latest/ug/merge-into-statement.html."""
    then, is_matched = when.args["then"], bool(when.args["matched"])
    row = exp.column(ROW, table=alias, quoted=True)
    matched: exp.Expr = row.is_(exp.null()).not_() if is_matched else row.is_(exp.null())
    condition = exp.and_(matched, when.args["condition"]) if when.args.get("condition") else matched
    if when.args.get("source"):
        raise QueryFailed("SYNTAX_ERROR", "mismatched input 'BY'. Expecting: 'AND', 'THEN'", when)
    if isinstance(then, exp.Update) and is_matched:
        return Case(UPDATE, assignments(then.expressions), condition)
    if isinstance(then, exp.Insert) and not is_matched:
        values = _inserted(then, columns)
        for column in (part for value in values.values() for part in value.find_all(exp.Column)):
            if column.table.lower() == alias.lower():
                raise column_not_found(f"{column.table}.{column.name}", column)
        return Case(INSERT, values, condition)
    if isinstance(then, exp.Var) and then.name.upper() == DELETE and is_matched:
        return Case(DELETE, {}, condition)
    raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{when.sql(dialect='athena')}'", when)


def _inserted(then: exp.Insert, columns: list[Column]) -> dict[str, exp.Expr]:
    if not isinstance(then.expression, exp.Tuple):
        raise QueryFailed("SYNTAX_ERROR", "mismatched input '*'. Expecting: '(', 'VALUES'", then)
    names = [_name_alone(part) for part in then.this.expressions] if then.this else [column.name for column in columns]
    values = then.expression.expressions
    if len(names) != len(values):
        reason = f"Insert query has mismatched column types: Table: {len(names)} columns, Query: {len(values)}"
        raise QueryFailed("TYPE_MISMATCH", reason, then)
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Insert column name is specified more than once: {repeated}", then)
    return dict(zip(names, values, strict=True))


def assignments(parts: Sequence[exp.Expr]) -> dict[str, exp.Expr]:
    """What follows SET: values by the names of columns.

    :raises QueryFailed: where it is none, or has a column twice
    """
    values: dict[str, exp.Expr] = {}
    for part in parts:
        if not isinstance(part, exp.EQ):
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{part.sql(dialect='athena')}'", part)
        name = _name_alone(part.left)
        if name in values:
            raise QueryFailed("SYNTAX_ERROR", f"Multiple assignments for same column: {name}", part.left)
        values[name] = part.right
    return values


def _name_alone(node: exp.Expr) -> str:
    """The name of a column that is assigned to: the grammar has nothing before it."""
    if isinstance(node, exp.Column) and node.table:
        raise QueryFailed("SYNTAX_ERROR", "mismatched input '.'. Expecting: '='", node)
    return node.name.lower()
