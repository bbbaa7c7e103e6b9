"""Execution of an SQL statement: choose the function for its kind, run it, and record the outcome."""

import io
import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
from sqlglot import exp

from moto_featurestore.athena import dml, results
from moto_featurestore.athena.catalog import Catalog, S3AndGlue, iceberg_module
from moto_featurestore.athena.ddl import create
from moto_featurestore.athena.ddl import statements as ddl
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execution import Database, Run, write_csv
from moto_featurestore.athena.failures import failure, without_paths
from moto_featurestore.athena.language.analysis import column_not_found
from moto_featurestore.athena.language.dialect import parse_query, parse_table
from moto_featurestore.athena.query import fill_in, parameter, plan, values_of
from moto_featurestore.athena.results import Outcome, Query, TextResult
from moto_featurestore.athena.statement import Kind, Statement, read, tokens_of
from moto_featurestore.athena.types import column_info_of
from moto_featurestore.athena.write import create_table_as, unload

Handler = Callable[[Run, Statement], None]

_log = logging.getLogger(__name__)
_INTERRUPTED = "Query interrupted"
"""DuckDB's error message if a Python signal handler raises an exception, such as KeyboardInterrupt."""


def run(database: Database, services: S3AndGlue, query: Query) -> Outcome:
    """Run a query and return its outcome. If the query fails, do not raise the error, but add it to the outcome."""
    outcome = Outcome()
    began = time.perf_counter()
    with database.session(query.id) as (session, cursor):
        running = Run(query, Catalog(services, query.database), session, cursor, outcome)
        try:
            _execute(running)
        except QueryFailed as failed:
            outcome.error = failed
        except duckdb.Error as error:
            outcome.error = failure(error, None)
        except Exception as error:
            if str(error) == _INTERRUPTED:
                raise KeyboardInterrupt from error
            _log.exception("An Athena query failed because of an internal error: %s", query.text)
            outcome.error = QueryFailed("GENERIC_INTERNAL_ERROR", f"moto_featurestore: {type(error).__name__}: {error}")
        if outcome.error is not None and not outcome.error.query:
            outcome.error.query = query.text
        outcome.statistics["DataScannedInBytes"] = session.bytes_read
    queued, engine = round((began - query.submitted) * 1000), _milliseconds(began)
    outcome.statistics |= {  # at least 1, because clients treat 0 as a missing time
        "QueryQueueTimeInMillis": max(queued, 1),
        "ServicePreProcessingTimeInMillis": 1,
        "EngineExecutionTimeInMillis": max(engine, 1),
        "ServiceProcessingTimeInMillis": 1,
        "TotalExecutionTimeInMillis": max(queued, 1) + max(engine, 1) + 2,
    }
    return outcome


def _milliseconds(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _execute(running: Run) -> None:
    statement = read(running.query.text)
    running.outcome.statement_type = statement.statement_type
    running.outcome.substatement_type = statement.substatement_type
    _HANDLERS[statement.kind](running, statement)


def _query(running: Run, statement: Statement) -> None:
    select(running, _tree(running, statement), statement.text)


def _tree(running: Run, statement: Statement) -> exp.Expr:
    """Parse a statement, and replace its question marks by the values of the execution parameters."""
    values = running.query.values
    if values is None:
        values = [parameter(text) for text in running.query.parameters]
    return fill_in(parse_query(statement.text), values)


def _change(change: Callable[[Run, Any, str], None]) -> Handler:
    return lambda running, statement: change(running, _tree(running, statement), statement.text)


def _maintain(running: Run, statement: Statement) -> None:
    if not iceberg_module("iceberg_maintenance").maintain(running, statement.text.strip()):
        _ddl(running, statement)


def _ddl(running: Run, statement: Statement) -> None:
    result = ddl.run(running.catalog, statement.text)
    if result is None:
        first = next(tokens_of(statement.text))
        line = statement.text.count("\n", 0, first.start) + 1
        column = first.start - statement.text.rfind("\n", 0, first.start)
        raise QueryFailed("SYNTAX_ERROR", f"line {line}:{column}: mismatched input '{first.text}'")
    _write_text(running, result)


def _create_view(running: Run, statement: Statement) -> None:
    tree = parse_query(statement.text)
    assert isinstance(tree, exp.Create)
    head = statement.text[: statement.body]
    query = running.query.text[statement.body : len(statement.text)]
    padded = re.sub(r"[^\n]", " ", head) + statement.text[statement.body :]  # keeps the positions of errors
    planned = plan(running, parse_query(padded), padded)
    _write_text(running, create.create_view(running.catalog, tree, planned, query.strip()))


def _create_table(running: Run, statement: Statement) -> None:
    tree = parse_table(statement.text.strip())
    assert isinstance(tree, exp.Create)
    _write_text(running, create.create_table(running.catalog, tree))


def _write_text(running: Run, result: TextResult) -> None:
    """Write the lines of a DDL, SHOW or DESCRIBE statement to the result object."""
    running.outcome.suffix = ".txt"
    running.outcome.columns = [column_info_of(name, "string") for name in result.columns]
    running.put_result(".txt", "".join(f"{line}\n" for line in result.lines).encode())
    running.put_result(".txt.metadata", results.metadata(running.outcome.columns))


# Prepared statements: https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying.html.


def _prepare(running: Run, statement: Statement) -> None:
    text = running.query.text[statement.body : len(statement.text)].strip()
    running.services.prepared_statements[statement.name] = text
    _write_text(running, TextResult([]))


def _deallocate(running: Run, statement: Statement) -> None:
    _prepared(running, statement.name)
    del running.services.prepared_statements[statement.name]
    _write_text(running, TextResult([]))


def _execute_prepared(running: Run, statement: Statement) -> None:
    text = _prepared(running, statement.name)
    values = None
    if statement.body:
        values = values_of(statement.text[statement.body :])
        for value in values:
            if column := value.find(exp.Column):
                raise column_not_found(column.name, column)
    query = replace(running.query, text=text, values=values)
    try:
        _execute(replace(running, query=query))
    except QueryFailed as failed:
        failed.query = text
        raise


def _prepared(running: Run, name: str) -> str:
    if name not in running.services.prepared_statements:
        raise QueryFailed("NOT_FOUND", f"PreparedStatement {name} was not found")
    return running.services.prepared_statements[name]


def select(running: Run, tree: exp.Expr, text: str) -> None:
    """Run a SELECT, and write its rows and metadata to the result objects in S3."""
    began = time.perf_counter()
    planned = plan(running, tree, text)
    sql = planned.over_files(running.catalog, running.session)
    running.outcome.columns = planned.column_info
    running.outcome.statistics["QueryPlanningTimeInMillis"] = _milliseconds(began)
    sink = io.BytesIO()
    sink.write(results.header([name for name, _ in planned.columns]))
    try:
        write_csv(running.cursor, sql, planned.columns, sink)
    except duckdb.Error as error:
        raise failure(error, tree) from None
    running.put_result(".csv", sink.getvalue())
    running.put_result(".csv.metadata", results.metadata(running.outcome.columns))


_EXPLAIN = re.compile(
    r"\s*EXPLAIN(?P<analyze>\s+ANALYZE(?:\s+VERBOSE)?)?(?:\s*\((?P<options>[^()]*(?:TYPE|FORMAT)[^()]*)\))?",
    re.IGNORECASE,
)


def _explain(running: Run, statement: Statement) -> None:
    """Run an EXPLAIN. Write DuckDB's plan, one row per line, as the result. Athena would return Trino's plan instead.

    https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html. The name of the column and the shape of
    the rows are those that https://github.com/aoyagikouhei/athena-local measured.
    """
    match = _EXPLAIN.match(statement.text)
    assert match is not None
    options = (match["options"] or "").upper()
    text = " " * match.end() + statement.text[match.end() :]
    inner = read(text)
    if inner.kind is not Kind.QUERY:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore supports EXPLAIN only for queries")
    planned = plan(running, _tree(running, inner), text)
    sql = planned.over_files(running.catalog, running.session)
    if "VALIDATE" in options:
        name, lines = "Valid", ["true"]
    else:
        name = "Query Plan"
        how = ", ".join(
            filter(None, ["ANALYZE" if match["analyze"] else "", "FORMAT JSON" if "JSON" in options else ""])
        )
        try:
            rows = running.cursor.execute(f"EXPLAIN {f'({how})' if how else ''} {sql}").fetchall()
        except duckdb.Error as error:
            raise failure(error, planned.tree) from None
        lines = [line for _, plan_text in rows for line in without_paths(plan_text).split("\n")]
    running.outcome.suffix = ".txt"
    running.outcome.columns = [column_info_of(name, "varchar", sum(len(line) + 1 for line in lines))]
    running.put_result(".txt", "".join(f"{line}\n" for line in [name, *lines, ""]).encode())
    running.put_result(".txt.metadata", results.metadata(running.outcome.columns))


_HANDLERS: dict[Kind, Handler] = {
    Kind.QUERY: _query,
    Kind.EXPLAIN: _explain,
    Kind.INSERT: _change(dml.insert),
    Kind.DELETE: _change(dml.delete),
    Kind.UPDATE: _change(dml.update),
    Kind.MERGE: _change(dml.merge),
    Kind.CREATE_TABLE: _create_table,
    Kind.CREATE_TABLE_AS: _change(create_table_as),
    Kind.CREATE_VIEW: _create_view,
    Kind.UNLOAD: unload,
    Kind.PREPARE: _prepare,
    Kind.EXECUTE: _execute_prepared,
    Kind.DEALLOCATE: _deallocate,
    Kind.OPTIMIZE: _maintain,
    Kind.VACUUM: _maintain,
    Kind.DDL: _ddl,
    Kind.UNKNOWN: _ddl,
}
