"""A statement's whole way through: whose it is, what it answers, and what it leaves in S3."""

import io
import re
import time
from dataclasses import replace

import duckdb
from sqlglot import exp

from moto_featurestore.athena import dml, extras, results
from moto_featurestore.athena.catalog import Catalog
from moto_featurestore.athena.ddl import create
from moto_featurestore.athena.ddl import statements as ddl
from moto_featurestore.athena.ddl.hive import bare
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.execute import Database, write_csv
from moto_featurestore.athena.failures import failure
from moto_featurestore.athena.lake import Lake
from moto_featurestore.athena.outcome import Outcome, Query, Shown
from moto_featurestore.athena.query import fill_in, parse, plan
from moto_featurestore.athena.run import Run
from moto_featurestore.athena.scan import bucket_and_prefix
from moto_featurestore.athena.types import column_info, column_info_of
from moto_featurestore.athena.write import create_table_as, unload

_INTERRUPTED = "Query interrupted"
"""What DuckDB makes of a signal's exception, such as KeyboardInterrupt."""


def run(database: Database, lake: Lake, query: Query) -> Outcome:
    """Run a query. It never raises what is wrong with the query: the outcome says it."""
    outcome = Outcome()
    began = time.perf_counter()
    with database.session(query.id) as (session, cursor):
        running = Run(query, Catalog(lake, query.database), session, cursor, outcome)
        try:
            _check_folder(lake, query.folder)
            _execute(running)
        except QueryFailed as failed:
            outcome.error = failed
        except duckdb.Error as error:
            outcome.error = failure(error, None)
        except Exception as error:  # it is told; a query is no reason for an error of the API
            if str(error) == _INTERRUPTED:
                raise KeyboardInterrupt from error
            outcome.error = QueryFailed("GENERIC_INTERNAL_ERROR", f"moto_featurestore: {type(error).__name__}: {error}")
        if outcome.error is not None:
            outcome.error.query = query.text
        outcome.statistics["DataScannedInBytes"] = session.bytes_read
    total = _milliseconds(began)
    outcome.statistics["TotalExecutionTimeInMillis"] = total
    outcome.statistics["EngineExecutionTimeInMillis"] = max(total - outcome.statistics["QueryPlanningTimeInMillis"], 0)
    return outcome


def _milliseconds(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _check_folder(lake: Lake, folder: str) -> None:
    """The results need a place: https://docs.aws.amazon.com/athena/latest/ug/querying.html."""
    if not folder:
        raise QueryFailed(
            "",
            "No output location provided. An output location is required either through the Workgroup result"
            " configuration setting or as an API input.",
        )
    bucket, _ = bucket_and_prefix(folder)
    if not lake.has_bucket(bucket):
        raise QueryFailed(
            "",
            f"Unable to verify/create output bucket {bucket}",
        )


def _execute(running: Run) -> None:
    text = running.query.text
    if _prepared(running, text) or unload(running, text):
        return
    if _MAINTENANCE.match(text) and extras.iceberg("iceberg_maintenance").maintain(running, bare(text)):
        return
    shown = ddl.run(running.catalog, text)
    if shown is not None:
        _show(running, shown)
        return
    tree = fill_in(parse(text), running.query.parameters)
    if isinstance(tree, exp.Create):
        _create(running, tree, text)
    elif isinstance(tree, exp.Insert):
        dml.insert(running, tree, text)
    elif isinstance(tree, exp.Delete):
        dml.delete(running, tree, text)
    elif isinstance(tree, exp.Update):
        dml.update(running, tree, text)
    elif isinstance(tree, exp.Merge):
        dml.merge(running, tree, text)
    elif isinstance(tree, exp.Query | exp.Values):
        select(running, tree, text)
    else:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support this statement: {tree.key.upper()}")


_MAINTENANCE = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:OPTIMIZE|VACUUM)\b", re.IGNORECASE | re.DOTALL)


def _create(running: Run, tree: exp.Create, text: str) -> None:
    if tree.kind == "VIEW":
        offset = text.upper().index("AS", text.lower().index(tree.this.name.lower()) + len(tree.this.name)) + len("AS")
        query = text[offset:].strip().rstrip(";")
        planned = plan(running.cursor, running.catalog, parse(query), query)
        _show(running, create.create_view(running.catalog, tree, planned, query))
    elif tree.expression is not None:
        create_table_as(running, tree, text)
    else:
        _show(running, create.create_table(running.catalog, tree))


def _show(running: Run, shown: Shown) -> None:
    """Answer with lines of text."""
    running.outcome.statement_type = "UTILITY" if shown.columns else "DDL"
    running.outcome.suffix = ".txt"
    running.outcome.columns = [column_info_of(name, "string") for name in shown.columns]
    running.put_result(".txt", "".join(f"{line}\n" for line in shown.lines).encode())
    running.put_result(".txt.metadata", results.metadata(running.outcome.columns))


_PREPARE = re.compile(r"\s*PREPARE\s+(?P<name>\w+)\s+FROM\s+(?P<statement>.+)", re.IGNORECASE | re.DOTALL)
_EXECUTE = re.compile(r"\s*EXECUTE\s+(?P<name>\w+)(?:\s+USING\s+(?P<values>.+?))?[\s;]*", re.IGNORECASE | re.DOTALL)
_DEALLOCATE = re.compile(r"\s*DEALLOCATE\s+PREPARE\s+(?P<name>\w+)[\s;]*", re.IGNORECASE)


def _prepared(running: Run, text: str) -> bool:
    """Run PREPARE, EXECUTE or DEALLOCATE PREPARE; whether the text is one of them.

    https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying.html
    """
    statements = running.lake.prepared_statements
    if found := _PREPARE.fullmatch(text):
        statements[found["name"]] = found["statement"]
        _show(running, Shown([]))
    elif found := _DEALLOCATE.fullmatch(text):
        _prepared_statement(running, found["name"])
        del statements[found["name"]]
        _show(running, Shown([]))
    elif found := _EXECUTE.fullmatch(text):
        statement = _prepared_statement(running, found["name"])
        values = found["values"] or ""
        parameters = [part.sql(dialect="athena") for part in parse(f"SELECT {values}").expressions] if values else []
        query = replace(running.query, text=statement, parameters=parameters or running.query.parameters)
        _execute(replace(running, query=query))
    else:
        return False
    return True


def _prepared_statement(running: Run, name: str) -> str:
    if name not in running.lake.prepared_statements:
        raise QueryFailed("NOT_FOUND", f"PreparedStatement {name} was not found")
    return running.lake.prepared_statements[name]


def select(running: Run, tree: exp.Expr, text: str) -> None:
    """Answer a query with a CSV file."""
    began = time.perf_counter()
    planned = plan(running.cursor, running.catalog, tree, text)
    sql = planned.over_files(running.catalog, running.session)
    running.outcome.columns = [column_info(name, kind) for name, kind in planned.columns]
    running.outcome.statistics["QueryPlanningTimeInMillis"] = _milliseconds(began)
    sink = io.BytesIO()
    sink.write(results.header([name for name, _ in planned.columns]))
    try:
        write_csv(running.cursor, sql, planned.columns, sink)
    except duckdb.Error as error:
        raise failure(error, tree) from None
    running.put_result(".csv", sink.getvalue())
    running.put_result(".csv.metadata", results.metadata(running.outcome.columns))
