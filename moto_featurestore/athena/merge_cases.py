"""The parser of the row changes that a DELETE, an UPDATE or a MERGE statement contains."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from moto_featurestore.athena.catalog import Column
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.analysis import column_not_found

ROW = "file_row_number"
"""DuckDB's column for the number of a row in its file. It is null only if a join found no row of the table."""
DELETE, UPDATE, INSERT = "DELETE", "UPDATE", "INSERT"


@dataclass
class Case:
    """A DELETE, UPDATE or INSERT of the rows for which a condition is true."""

    kind: str
    values: dict[str, exp.Expr]
    """A dict from column name to the expression of the new value."""
    condition: exp.Expr


def case_of(when: exp.When, alias: str, columns: list[Column]) -> Case:
    """Parse a WHEN clause of a MERGE.

    https://docs.aws.amazon.com/athena/latest/ug/merge-into-statement.html

    :param when: the WHEN clause
    :param alias: alias of the target table
    :param columns: columns of the target table
    :raises QueryFailed: if the clause is not valid in Athena
    """
    then, is_matched = when.args["then"], bool(when.args["matched"])
    row = exp.column(ROW, table=alias, quoted=True)
    matched: exp.Expr = row.is_(exp.null()).not_() if is_matched else row.is_(exp.null())
    condition = exp.and_(matched, when.args["condition"]) if when.args.get("condition") else matched
    if when.args.get("source"):
        raise QueryFailed("SYNTAX_ERROR", "mismatched input 'BY'. Expecting: 'AND', 'THEN'", when)
    if isinstance(then, exp.Update) and is_matched:
        return Case(UPDATE, assignments(then.expressions), condition)
    if isinstance(then, exp.Insert) and not is_matched:
        values = _insert_values(then, columns)
        for column in (part for value in values.values() for part in value.find_all(exp.Column)):
            if column.table.lower() == alias.lower():
                raise column_not_found(f"{column.table}.{column.name}", column)
        return Case(INSERT, values, condition)
    if isinstance(then, exp.Var) and then.name.upper() == DELETE and is_matched:
        return Case(DELETE, {}, condition)
    raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{when.sql(dialect='athena')}'", when)


def _insert_values(then: exp.Insert, columns: list[Column]) -> dict[str, exp.Expr]:
    if not isinstance(then.expression, exp.Tuple):
        raise QueryFailed("SYNTAX_ERROR", "mismatched input '*'. Expecting: '(', 'VALUES'", then)
    names = [_column_name(part) for part in then.this.expressions] if then.this else [column.name for column in columns]
    values = then.expression.expressions
    if len(names) != len(values):
        reason = f"Insert query has mismatched column types: Table: {len(names)} columns, Query: {len(values)}"
        raise QueryFailed("TYPE_MISMATCH", reason, then)
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Insert column name is specified more than once: {repeated}", then)
    return dict(zip(names, values, strict=True))


def assignments(parts: Sequence[exp.Expr]) -> dict[str, exp.Expr]:
    """Parse the assignments of a SET clause. Return a dict from column name to the expression of the value.

    :param parts: the assignments
    :raises QueryFailed: if a part is not an assignment, or a column occurs twice
    """
    values: dict[str, exp.Expr] = {}
    for part in parts:
        if not isinstance(part, exp.EQ):
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{part.sql(dialect='athena')}'", part)
        name = _column_name(part.left)
        if name in values:
            raise QueryFailed("SYNTAX_ERROR", f"Multiple assignments for same column: {name}", part.left)
        values[name] = part.right
    return values


def _column_name(node: exp.Expr) -> str:
    """Return the lower-case name of a column that receives a value. Raise QueryFailed for a name such as ``t.a``."""
    if isinstance(node, exp.Column) and node.table:
        raise QueryFailed("SYNTAX_ERROR", "mismatched input '.'. Expecting: '='", node)
    return node.name.lower()
