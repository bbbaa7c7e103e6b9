"""INSERT, DELETE, UPDATE and MERGE. DuckDB computes the changed rows. The module iceberg_write commits these rows.

The first part parses the row changes of a statement into ``Case`` objects. The second part runs the statements.

https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-updating-iceberg-table-data.html. The responses equal
those that https://github.com/aoyagikouhei/athena-local measured on Athena.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlglot import exp

from moto_featurestore.athena import write
from moto_featurestore.athena.catalog import Column, iceberg_module
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Columns, Run
from moto_featurestore.athena.failures import failure
from moto_featurestore.athena.language.analysis import column_not_found
from moto_featurestore.athena.language.conversions import converted
from moto_featurestore.athena.query import Plan, name_tables_alone, plan
from moto_featurestore.athena.type_compatibility import check_insert, fit, insert_names
from moto_featurestore.athena.types import athena_type, data_type, quoted_name, sqlglot_type

ROW = "file_row_number"
"""DuckDB's column that contains the number of a row in its file. In a MERGE, it is null if no target row matches."""
DELETE, UPDATE, INSERT = "DELETE", "UPDATE", "INSERT"


@dataclass
class Case:
    """A change of the rows for which a condition is true, such as a WHEN clause of a MERGE."""

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


TARGET = "moto_featurestore_target"
"""The table name under which a generated query reads the table that the statement changes."""
MERGE = "MERGE"
_CASE = "moto_featurestore_case"
_CHANGES = "moto_featurestore_changes"


def insert(running: Run, tree: exp.Insert, text: str) -> None:
    """Run an INSERT INTO statement, on an Iceberg table or a Hive table."""
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    table = running.catalog.existing_table([part.name for part in node.parts], node)
    if not table.is_iceberg:
        write.insert(running, table, tree, text)
        return
    target = iceberg_module("iceberg_write", node).Target(running.services, table)
    columns = target.reader.columns
    names = insert_names(tree, columns)
    planned = plan(running, tree.expression, text)
    check_insert(columns, names, planned.columns, node)
    sql = planned.over_files(running.catalog, running.session)
    places = {name: place for place, name in enumerate(names)}
    values = ", ".join(
        f"{_value(places[column.name], planned, column) if column.name in places else f'CAST(NULL AS {column.duckdb})'}"
        f" AS {quoted_name(column.name)}"
        for column in columns
    )
    data = _answer(running, planned, target, f"SELECT {values} FROM ({sql}) AS r({_places(len(planned.columns))})")
    target.append(data)
    running.answer_count(data.num_rows, "")


def delete(running: Run, tree: exp.Delete, text: str) -> None:
    """Run a DELETE statement on an Iceberg table."""
    name_tables_alone(running.catalog, tree)
    _refuse(tree, ("using", "cluster", "tables", "returning", "limit", "order", "with_"))
    target = _target(running, tree.this)
    _change(running, DELETE, target, _select_from(tree), [Case(DELETE, {}, exp.true())], text)


def update(running: Run, tree: exp.Update, text: str) -> None:
    """Run an UPDATE statement on an Iceberg table."""
    name_tables_alone(running.catalog, tree)
    _refuse(tree, ("from_", "returning", "limit", "order", "with_"))
    target = _target(running, tree.this)
    values = assignments(tree.expressions)
    for name, value in values.items():
        if name not in {column.name for column in target.reader.columns}:
            reason = f"The UPDATE SET target column {name} doesn't exist"
            raise QueryFailed("COLUMN_NOT_FOUND", reason, value.parent.args["this"] if value.parent else None)
    _change(running, UPDATE, target, _select_from(tree), [Case(UPDATE, values, exp.true())], text)


def _select_from(tree: Any) -> exp.Select:
    select = exp.Select().from_(_target_node(tree.this))
    if tree.args.get("where"):
        select.set("where", tree.args["where"])
    return select


def merge(running: Run, tree: exp.Merge, text: str) -> None:
    """Run a MERGE INTO statement on an Iceberg table."""
    name_tables_alone(running.catalog, tree)
    _refuse(tree, ("using_cond", "returning", "with_"))
    target = _target(running, tree.this)
    node = _target_node(tree.this)
    cases = [case_of(when, node.alias, target.reader.columns) for when in tree.args["whens"].expressions]
    select = exp.Select().from_(tree.args["using"]).join(node, on=tree.args["on"], join_type="left")
    _change(running, MERGE, target, select, cases, text)


def _refuse(tree: exp.Expr, clauses: tuple[str, ...]) -> None:
    for clause in clauses:
        if tree.args.get(clause):
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{clause.rstrip('_').upper()}'")


def _target(running: Run, node: exp.Table) -> Any:
    """Return the ``Target`` of iceberg_write for the table that a statement changes.

    :raises QueryFailed: if the table is not an Iceberg table
    """
    table = running.catalog.existing_table([part.name for part in node.parts], node)
    if not table.is_iceberg:
        # https://github.com/aoyagikouhei/athena-local measured this message on Athena.
        reason = "Modifying Hive table rows is only supported for transactional tables"
        raise QueryFailed("NOT_SUPPORTED", reason)
    return iceberg_module("iceberg_write", node).Target(running.services, table)


def _target_node(node: exp.Table) -> exp.Table:
    """Return a table expression with the name TARGET, and with the alias or name of the changed table as its alias.

    The statement may also read the table, for example in a subquery. TARGET distinguishes the two references.
    """
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name.lower(), quoted=True))
    return exp.Table(this=exp.to_identifier(TARGET), alias=alias)


def _change(  # noqa: PLR0913, PLR0917 - the parts of a statement
    running: Run, statement: str, target: Any, select: exp.Select, cases: list[Case], text: str
) -> None:
    """Compute the changed rows, commit them, and set the number of changed rows as the result of the query.

    :param running: the running statement
    :param statement: DELETE, UPDATE or MERGE, for the error messages
    :param target: the changed table, as a ``Target`` of iceberg_write
    :param select: query with FROM and WHERE over the changed table and the joined tables; this function adds the
        result columns
    :param cases: possible changes of a row; a row gets the change of the first case whose condition is true
    :param text: SQL text of the statement
    """
    columns = target.reader.columns
    alias = next(table.alias for table in select.find_all(exp.Table) if table.name == TARGET)
    has_old = any(case.kind == UPDATE for case in cases)
    places = _project(select, target, alias, cases, has_old=has_old)
    planned = plan(running, select, text, {TARGET: target})
    _check_values(statement, planned, columns, cases, places)
    new_values = [
        _new_value(column, place if has_old else None, cases, planned, places)
        for place, column in enumerate(columns, _FIRST)
    ]
    sql = planned.over_files(running.catalog, running.session)
    file, row = (column.name for column in target.columns[-2:])
    projections = ", ".join([f"c0 AS {file}", f"c1 AS {row}", f"c2 AS {_CASE}", *new_values])
    try:
        running.cursor.execute(
            f"CREATE TEMP TABLE {_CHANGES} AS SELECT {projections}"
            f" FROM ({sql}) AS r({_places(len(planned.columns))}) WHERE c2 IS NOT NULL"
        )
    except duckdb.Error as error:
        raise failure(error, planned.tree) from None
    running.answer_count(_commit(running, target, cases), ".csv")


_FIRST = 3
"""The number of result columns before the values: the row's file, its position in the file, and its case's index."""


def _project(select: exp.Select, target: Any, alias: str, cases: list[Case], *, has_old: bool) -> dict[Any, int]:
    """Set the result columns of ``select``, the query that computes the changes of an UPDATE, DELETE or MERGE.

    The result columns are, in this order:

    - the data file of the row, the position of the row in this file, and the index in ``cases`` of the row's case
    - the old values of the row, if ``has_old`` is true
    - the new values of all cases

    Return a dict from (index of a case, column name) to the index of the result column with the new value.
    """
    hidden = [exp.column(column.name, table=alias, quoted=True) for column in target.columns[-2:]]
    chosen = exp.Case(
        ifs=[exp.If(this=case.condition.copy(), true=exp.Literal.number(number)) for number, case in enumerate(cases)]
    )
    projections: list[exp.Expr] = [*hidden, exp.alias_(chosen, _CASE, quoted=True)]
    if has_old:
        projections += [exp.column(column.name, table=alias, quoted=True) for column in target.reader.columns]
    places: dict[Any, int] = {}
    for number, case in enumerate(cases):
        # A Var, because sqlglot does not resolve it as a column of a table. DuckDB resolves it to the projection _CASE.
        is_chosen = exp.EQ(this=exp.Var(this=_CASE), expression=exp.Literal.number(number))
        for name, value in case.values.items():
            places[number, name] = len(projections)
            projections.append(exp.Case(ifs=[exp.If(this=is_chosen.copy(), true=value)]))
    select.set("expressions", projections)
    return places


def _check_values(
    statement: str, planned: Plan, columns: list[Column], cases: list[Case], places: dict[Any, int]
) -> None:
    by_name = {column.name: column for column in columns}
    for number, case in enumerate(cases):
        for name, value in case.values.items():
            if name not in by_name:
                raise QueryFailed(
                    "COLUMN_NOT_FOUND", f"Merge column name does not exist in target table: {name}", value
                )
        message = "UPDATE table column types don't match"
        if statement == MERGE:
            message = f"MERGE table column types don't match for MERGE case {number},"
        expected = [by_name[name] for name in case.values]
        actual = [planned.columns[places[number, name]] for name in case.values]
        if not fit(expected, actual):
            raise _mismatch(message, expected, actual)


def _mismatch(text: str, expected: list[Column], actual: Columns) -> QueryFailed:
    """Return the error for values whose types do not match the types of the columns.

    The message for UPDATE is from the tests of transactional tables in https://github.com/trinodb/trino. The message
    for MERGE is an assumption.

    :param text: start of the message
    :param expected: the columns of the table
    :param actual: names and types of the values
    """
    table = ", ".join(athena_type(duckdb.sqltype(column.duckdb)) for column in expected)
    values = ", ".join(athena_type(kind) for _, kind in actual)
    return QueryFailed("TYPE_MISMATCH", f"{text} SET expressions: Table: [{table}], Expressions: [{values}]")


def _new_value(column: Column, old: int | None, cases: list[Case], planned: Plan, places: dict[Any, int]) -> str:
    """Return the SQL for a column's new value in the changed rows.

    :param old: index of the result column with the old value, or None if the query does not return old values
    :param planned: the query that computes the changes
    :param places: the dict that ``_project()`` returned
    """
    branches = [
        f" WHEN {number} THEN {_value(places[number, column.name], planned, column)}"
        for number, case in enumerate(cases)
        if column.name in case.values
    ]
    unchanged = [number for number, case in enumerate(cases) if case.kind == UPDATE and column.name not in case.values]
    branches += [f" WHEN {number} THEN c{old}" for number in unchanged]
    value = f"CASE c2{''.join(branches)} END" if branches else "NULL"
    return f"CAST({value} AS {column.duckdb}) AS {quoted_name(column.name)}"


def _commit(running: Run, target: Any, cases: list[Case]) -> int:
    cursor, (file, row) = running.cursor, (column.name for column in target.columns[-2:])
    old = f"FROM {_CHANGES} WHERE {file} IS NOT NULL"
    if cursor.execute(f"SELECT 1 {old} GROUP BY {file}, {row} HAVING count(*) > 1").fetchone():
        # https://dev.classmethod.jp/articles/athena-iceberg-merge-into-duplicate-source-behavior shows Athena's message.
        reason = "One MERGE target table row matched more than one source row"
        raise QueryFailed("MERGE_TARGET_ROW_MULTIPLE_MATCHES", reason)
    paths = [path for (path,) in cursor.execute(f"SELECT DISTINCT {file} {old}").fetchall()]
    names = ", ".join(quoted_name(column.name) for column in target.reader.columns)
    kinds = ", ".join(str(number) for number, case in enumerate(cases) if case.kind != DELETE)
    parts = [f"SELECT {names} FROM {_CHANGES} WHERE {_CASE} IN ({kinds or 'NULL'})"]
    if paths:
        same = " AND ".join(f"{_CHANGES}.{name} = {TARGET}.{name}" for name in (file, row))
        unchanged = (
            f"SELECT {names} FROM ({target.read(paths)}) AS {TARGET} WHERE NOT EXISTS (FROM {_CHANGES} WHERE {same})"
        )
        parts.insert(0, unchanged)
    target.replace(paths, target.rows(cursor, " UNION ALL ".join(parts)))
    count_row = cursor.execute(f"SELECT count(*) FROM {_CHANGES}").fetchone()
    assert count_row is not None
    return int(count_row[0])


def _answer(running: Run, planned: Plan, target: Any, sql: str) -> Any:
    try:
        return target.rows(running.cursor, sql)
    except duckdb.Error as error:
        raise failure(error, planned.tree) from None


def _value(place: int, planned: Plan, column: Column) -> str:
    """Return the SQL that casts a query's result column to the type of a table's column.

    Fields of ROW types are matched by position.

    :param place: index of the result column
    :param planned: the query
    :param column: the column of the table
    """
    return converted(f"c{place}", sqlglot_type(planned.columns[place][1]), data_type(column.hive))


def _places(count: int) -> str:
    return ", ".join(f"c{place}" for place in range(count))
