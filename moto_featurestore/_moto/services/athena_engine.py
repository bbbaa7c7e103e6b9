"""Functions that run queries in this process, for Athena's API operations and for ``FeatureStore.query``."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.services.athena_queries import queries
from moto_featurestore._moto.workers.process import reset_in_children
from moto_featurestore.athena.errors import QueryFailed, QueryStopped
from moto_featurestore.athena.results import Outcome, Query
from moto_featurestore.offline.flush import refresh

if TYPE_CHECKING:
    from moto_featurestore.athena.execution import Database

_log = logging.getLogger(__name__)
_this = sys.modules[__name__]

_EXTRA = {"duckdb", "fsspec", "numpy", "sqlglot"}
_NOT_INSTALLED = (
    "moto_featurestore needs {} to run queries: pip install 'moto-featurestore[athena]'. Without it, queue the"
    " results through moto's API, or change the setting athena to moto."
)


def import_engine() -> None:
    """Import the SQL engine before the first query, so that the time limit ``athena_wait`` does not include the import."""
    with suppress(ImportError):  # the query itself reports the error
        import moto_featurestore.athena.statements  # noqa: F401

        _database()


class _MissingLibrary(QueryFailed):
    """The failure of a query because a library of the extra ``athena`` is missing."""


def run(backend: Any, work_group: str, query: Query) -> Outcome:
    """Run a query, and return its Outcome. If the query fails, the Outcome contains the error.

    :param backend: moto's Athena backend of the account and region
    :param work_group: the name of the Athena work group
    """
    try:
        from moto_featurestore._moto.services.athena_s3_and_glue import MotoS3AndGlue
        from moto_featurestore.athena.statements import run as run_statement

        return run_statement(_database(), MotoS3AndGlue(backend, work_group), query)
    except ModuleNotFoundError as error:
        if error.name in _EXTRA:
            return Outcome(error=_MissingLibrary("", _NOT_INSTALLED.format(error.name)))
        return _unexpected(error)
    except Exception as error:  # noqa: BLE001 - an error of a query is part of its outcome
        return _unexpected(error)


def _unexpected(error: Exception) -> Outcome:
    _log.error("An Athena query failed because of an internal error", exc_info=error)
    return Outcome(error=QueryFailed("GENERIC_INTERNAL_ERROR", f"moto_featurestore: {type(error).__name__}: {error}"))


_databases = Lock()
reset_in_children(_this, "_databases", Lock)


def _database() -> "Database":
    with _databases:  # create only one Database, even if several threads call this function at the same time
        return _database_of(os.getpid())


@lru_cache(maxsize=1)
def _database_of(process: int) -> "Database":  # noqa: ARG001 - a cache key, so that a forked process gets a new Database
    """Return the DuckDB database of this process. All accounts share the database, because it does not store their data.

    :param process: the ID of this process
    """
    from moto_featurestore.athena.execution import Database

    return Database(memory=MotoWorld().settings().athena_memory)


def interrupt(execution_id: str) -> None:
    """Interrupt a query if DuckDB currently executes it."""
    if _database_of.cache_info().currsize:
        _database().interrupt(execution_id)


# Queries without an execution in moto's Athena.


def query(account_id: str, region: str, text: str) -> tuple[list[dict[str, Any]], list[list[str | None]]]:
    """Run a query without StartQueryExecution. Return the columns as ``ColumnInfo`` structures, and the rows.

    The values in the rows are strings as in Athena's results, and None for NULL. The query needs no output location.
    moto stores neither a query execution nor a result object. Like StartQueryExecution, this function first writes the
    buffered rows to the offline stores.

    :raises ImportError: if a library of the extra ``athena`` is missing
    :raises RuntimeError: if the query fails; the message is Athena's StateChangeReason
    """
    from moto.athena.models import athena_backends

    import_engine()
    world = MotoWorld()
    refresh(world, world.pending())
    backend = athena_backends[account_id][region]
    engine_query = Query(id=str(uuid4()), text=text, database="default", folder="")
    outcomes = [Outcome(error=QueryStopped())]

    def work(_: Callable[[], bool]) -> None:
        outcomes.append(run(backend, "primary", engine_query))

    queries.start(engine_query.id, work, lambda: interrupt(engine_query.id))
    queries.wait(engine_query.id, None)
    outcome = outcomes[-1]
    if error := outcome.error:
        raise (ImportError if isinstance(error, _MissingLibrary) else RuntimeError)(error.reason)
    return outcome.columns, _rows(outcome)


def _rows(outcome: Outcome) -> list[list[str | None]]:
    from moto_featurestore.athena.results import csv_page, text_page

    if not outcome.has_rows:
        return []
    stored: Any = outcome.managed_results[outcome.suffix]
    if outcome.suffix == ".csv":
        rows = csv_page(stored, 0, stored.size).rows
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]
    names = [column["Name"] for column in outcome.columns]
    lines = [row["Data"][0]["VarCharValue"] for row in text_page(stored, 0, stored.size).rows]
    if outcome.substatement_type == "EXPLAIN":
        lines = lines[1:]  # the plan has a header
    if len(names) == 1:
        return [[line] for line in lines]
    # DESCRIBE pads its cells with spaces.
    return [[cell.strip() for cell in line.split("\t", len(names) - 1)] for line in lines]
