"""Athena that answers: moto's executions run in the SQL engine; its API stays the interface.

Results that a user queued through moto's own API win, and so does the setting ``athena: moto``.
"""

import json
import os
import time
from collections.abc import Callable
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from moto.core.utils import camelcase_to_underscores

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore.athena.errors import QueryFailed, QueryStopped
from moto_featurestore.athena.outcome import Outcome, Query

if TYPE_CHECKING:
    from moto_featurestore.athena.execute import Database

_EXTRA = {"duckdb", "fsspec", "sqlglot"}
_NOT_INSTALLED = (
    "moto_featurestore needs {} to run queries: pip install 'moto-featurestore[athena]' (DuckDB: on"
    " Python 3.11 or later). Results that are queued through"
    " moto's own API, and the setting athena: moto, work without it."
)
_TERMINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
_PAGE = 1000
"""The most rows of a page: https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html."""
_PRIMARY = "primary"
CATALOG = "awsdatacatalog"
"""Glue's, in lower case."""


def _is_plain() -> bool:
    """Return True if Athena is to behave exactly as moto's, by the setting ``athena: moto``."""
    return MotoWorld().settings().athena == "moto"


def unless_plain(operation: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return an operation that moto lacks, as a patch of its missing method."""

    def answer(original: Callable[[Any], Any] | None, response: Any) -> Any:
        if not _is_plain():
            return operation(response)
        if original is None:  # as moto says it: moto/core/responses.py, call_action
            action = camelcase_to_underscores(response._get_action())
            raise NotImplementedError(f"The {action} action has not been implemented")
        return original(response)

    return answer


def in_our_catalog(operation: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return an operation that answers from Glue if the request names Glue's catalog, as a patch of moto's method."""
    plain = unless_plain(operation)

    def answer(original: Callable[[Any], Any] | None, response: Any) -> Any:
        if original is not None and response._get_param("CatalogName", "").lower() != CATALOG:
            return original(response)
        return plain(original, response)

    return answer


# Executions.


def begin(init: Callable[..., None], execution: Any, **given: Any) -> None:
    """What others see of an execution before it has ended: it runs, and has no results."""
    init(execution, **given)
    if not _is_plain():
        execution.moto_featurestore_outcome = Outcome()
        _let_move_to(execution, "RUNNING")


def start(  # noqa: PLR0913, PLR0917 - moto's signature
    original: Callable[..., str],
    backend: Any,
    query: str,
    context: dict[str, str] | None,
    config: dict[str, Any] | None,
    workgroup: str | None,
    execution_parameters: list[str] | None,
) -> str:
    if _is_plain():
        return original(backend, query, context, config, workgroup, execution_parameters)
    folder = _folder(backend, config, workgroup or _PRIMARY)
    execution_id = original(
        backend,
        query=query,
        context=context,
        config={**(config or {}), **({"OutputLocation": folder} if folder else {})},
        workgroup=workgroup or _PRIMARY,
        execution_parameters=execution_parameters,
    )
    execution = backend.executions[execution_id]
    if _outcome(execution) is None or execution_id in backend.query_results:
        execution.moto_featurestore_outcome = None
        _let_move_to(execution, "SUCCEEDED")
        return execution_id
    outcome = _run(backend, execution, folder)
    execution.end_time = time.time()
    execution.moto_featurestore_outcome = outcome
    if folder:
        execution.config["OutputLocation"] = execution.config["OutputLocation"].removesuffix(".csv") + outcome.suffix
    if isinstance(outcome.error, QueryStopped):
        execution.status = "CANCELLED"
    _let_move_to(execution, "SUCCEEDED" if outcome.error is None else "FAILED")
    return execution_id


def _folder(backend: Any, config: dict[str, Any] | None, workgroup: str) -> str:
    """Where the results go: https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html."""
    given: str = (config or {}).get("OutputLocation") or ""
    held = backend.work_groups.get(workgroup)
    settings = (held.configuration or {}) if held else {}
    of_group: str = (settings.get("ResultConfiguration") or {}).get("OutputLocation") or ""
    if settings.get("EnforceWorkGroupConfiguration") and of_group:
        return of_group
    return given or of_group


def _run(backend: Any, execution: Any, folder: str) -> Outcome:
    try:
        from moto_featurestore.athena.statements import run
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        return Outcome(error=QueryFailed("", _NOT_INSTALLED.format(error.name)))
    from moto_featurestore._moto.services.athena_lake import MotoLake

    query = Query(
        id=execution.id,
        text=execution.query,
        database=(execution.context or {}).get("Database") or "default",
        folder=folder,
        parameters=execution.execution_parameters or [],
    )
    return run(
        _database(os.getpid()), MotoLake(backend, execution.workgroup.name if execution.workgroup else _PRIMARY), query
    )


@lru_cache(maxsize=1)
def _database(process: int) -> "Database":  # noqa: ARG001 - a forked process has none of its threads
    """The one DuckDB: it holds nothing of any account's."""
    from moto_featurestore.athena.execute import Database

    return Database()


def _let_move_to(execution: Any, state: str) -> None:
    """Let an execution come to a state, once its time has come by moto's state manager."""
    execution._transitions = [("QUEUED", "RUNNING"), ("RUNNING", state)]


def stop(original: Callable[..., None], backend: Any, exec_id: str) -> None:
    """What has ended is not stopped; what runs has ended when this comes back."""
    execution = backend.executions.get(exec_id)
    if _outcome(execution):
        if execution.status in _TERMINAL:
            return
        _database(os.getpid()).stop(exec_id)
    original(backend, exec_id)


def _outcome(execution: Any) -> Outcome | None:
    return getattr(execution, "moto_featurestore_outcome", None)


# Answers.


def _get_query_execution(get: Callable[..., str], response: Any) -> Any:
    execution_id = response._get_param("QueryExecutionId")
    execution = response.athena_backend.executions.get(execution_id)
    if _is_plain():
        return get(response)
    if execution is None:
        return response.error(_not_found(execution_id), 400)
    answer = json.loads(get(response))
    if (outcome := _outcome(execution)) is not None:
        _describe(answer["QueryExecution"], outcome)
    return json.dumps(answer)


def _describe(described: dict[str, Any], outcome: Outcome) -> None:
    """Add what the engine knows to what moto says of an execution."""
    described["StatementType"] = outcome.statement_type
    if outcome.substatement_type:
        described["SubstatementType"] = outcome.substatement_type
    status = described["Status"]
    if status["State"] not in _TERMINAL:
        status.pop("CompletionDateTime", None)
        return
    described["Statistics"] |= outcome.statistics
    if outcome.manifest:
        described["Statistics"]["DataManifestLocation"] = outcome.manifest
    if status["State"] == "FAILED" and outcome.error is not None:
        status["StateChangeReason"] = outcome.error.reason
        status["AthenaError"] = outcome.error.athena_error


def _batch_get_query_execution(response: Any) -> str:
    """BatchGetQueryExecution, which moto lacks."""
    found, missing = [], []
    for execution_id in response._get_param("QueryExecutionIds"):
        single = copy(response)
        single._get_param = {"QueryExecutionId": execution_id}.get
        if execution_id in response.athena_backend.executions:
            found.append(json.loads(single.get_query_execution())["QueryExecution"])
        else:
            reason = {"ErrorCode": "INVALID_QUERY_EXECUTION_ID", "ErrorMessage": _not_found(execution_id)}
            missing.append({"QueryExecutionId": execution_id, **reason})
    return json.dumps({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing})


def _not_found(execution_id: str) -> str:
    return f"QueryExecution {execution_id} was not found"


def _get_query_results(get: Callable[..., str], response: Any) -> Any:
    backend, execution_id = response.athena_backend, response._get_param("QueryExecutionId")
    execution = backend.executions.get(execution_id)
    outcome = _outcome(execution)
    if outcome is None or execution_id in backend.query_results or backend.query_results_queue:
        return get(response)
    if execution.status not in _TERMINAL:
        return response.error(f"Query has not yet finished. Current state: {execution.status}", 400)
    if execution.status != "SUCCEEDED":
        return response.error(f"Query did not finish successfully. Final query state: {execution.status}", 400)
    limit = response._get_param("MaxResults") or _PAGE
    if limit > _PAGE:
        return response.error(f"MaxResults is more than maximum allowed length {_PAGE}.", 400)
    page = _page(backend, execution, int(response._get_param("NextToken") or 0), limit)
    if page is None:
        return response.error(f"Could not find results: {execution.config['OutputLocation']}", 400)
    result_set = {"Rows": page.rows, "ResultSetMetadata": {"ColumnInfo": outcome.columns}}
    answer = {"UpdateCount": outcome.update_count, "ResultSet": result_set}
    return json.dumps(answer if page.next_position is None else {**answer, "NextToken": str(page.next_position)})


def _page(backend: Any, execution: Any, position: int, limit: int) -> Any:
    """A page of results, from the object in S3; None where it is gone."""
    from moto_featurestore._moto.services.athena_lake import MotoLake
    from moto_featurestore.athena.results import Page, csv_page, text_page

    suffix = execution.moto_featurestore_outcome.suffix
    if not suffix or not execution.moto_featurestore_outcome.has_rows:
        return Page([], None)
    bucket, _, key = execution.config["OutputLocation"].removeprefix("s3://").partition("/")
    found = MotoLake(backend).objects(bucket, key)
    stored = next((stored for stored in found if stored.key == key), None)
    if stored is None:
        return None
    return (text_page if suffix == ".txt" else csv_page)(stored, position, limit)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "batch_get_query_execution": unless_plain(_batch_get_query_execution),
    "get_query_execution": _get_query_execution,
    "get_query_results": _get_query_results,
}
"""By the method of moto's AthenaResponse that each one takes the place of."""
