"""Replacements for operations of moto's Athena. The replacements run queries in the SQL engine of this package.

If a test has queued results through moto's own API, or uses the setting ``athena: moto``, moto handles the query.
"""

import json
import sys
import time
from collections.abc import Callable
from copy import copy
from threading import Lock
from typing import Any

from moto.core.utils import camelcase_to_underscores

from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore._moto.services import athena_engine, athena_metadata
from moto_featurestore._moto.services.athena_queries import queries
from moto_featurestore._moto.workers.process import reset_in_children
from moto_featurestore.athena.errors import QueryFailed, QueryStopped
from moto_featurestore.athena.results import Outcome, Query
from moto_featurestore.aws.identifiers import S3Uri, is_s3_uri

_TERMINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
_PAGE = 1000
"""The maximum number of rows in a response of GetQueryResults:
https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html."""
_PRIMARY = "primary"
CATALOG = "awsdatacatalog"
"""The name of Glue's catalog in Athena (AwsDataCatalog), in lower case."""


def _is_plain() -> bool:
    """Return True if the setting is ``athena: moto``. moto's own Athena then handles all requests."""
    return MotoWorld().settings().athena == "moto"


def unless_disabled(operation: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a function that replaces a method of moto's AthenaResponse, and calls ``operation`` instead.

    With the setting ``athena: moto``, the function calls moto's own method.
    """

    def answer(original: Callable[[Any], Any] | None, response: Any) -> Any:
        if not _is_plain():
            return operation(response)
        if original is None:  # the same error as in moto/core/responses.py, call_action
            action = camelcase_to_underscores(response._get_action())
            raise NotImplementedError(f"The {action} action has not been implemented")
        return original(response)

    return answer


def in_our_catalog(operation: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a function that replaces a method of moto's AthenaResponse.

    If the request names Glue's catalog, the function calls ``operation``. Otherwise, it calls moto's own method.
    """
    plain = unless_disabled(operation)

    def answer(original: Callable[[Any], Any] | None, response: Any) -> Any:
        if original is not None and response._get_param("CatalogName", "").lower() != CATALOG:
            return original(response)
        return plain(original, response)

    return answer


# Executions.

_lock = Lock()
"""The lock for the creation of executions.

Two requests of StartQueryExecution with the same ClientRequestToken must create only one execution.
"""
_this = sys.modules[__name__]
reset_in_children(_this, "_lock", Lock)

_COMPARED = ("QueryString", "QueryExecutionContext", "ResultConfiguration")
"""The parameters of StartQueryExecution that must be equal in requests with the same ClientRequestToken.

AWS does not compare ExecutionParameters and WorkGroup, as measured in https://github.com/aoyagikouhei/athena-local.
"""


def begin(original: Callable[..., None], execution: Any, **kwargs: Any) -> None:
    """Initialize a query execution of moto, and mark it as running. Other threads cannot see the execution yet."""
    original(execution, **kwargs)
    if not _is_plain():
        execution.moto_featurestore_outcome = Outcome(is_pending=True)
        queries.expect(execution.id)
        _schedule_state(execution, "RUNNING")


def _start_query_execution(original: Callable[[Any], Any], response: Any) -> Any:
    """Handle StartQueryExecution.

    Respond when the query has ended, or after the number of seconds in the setting ``athena_wait``.
    """
    settings, backend = MotoWorld().settings(), response.athena_backend
    if settings.athena == "moto":
        return original(response)
    athena_engine.import_engine()
    token = response._get_param("ClientRequestToken")
    request = json.dumps([response._get_param(name) for name in _COMPARED], sort_keys=True)
    with _lock:
        tokens: dict[str, tuple[str, str]] = vars(backend).setdefault("moto_featurestore_tokens", {})
        if token in tokens:
            execution_id, before = tokens[token]
            if request == before:
                return json.dumps({"QueryExecutionId": execution_id})
            return error_response("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
        if not backend.query_results_queue and (reason := _rejection_reason(response)):
            return error_response(reason)
        answer = original(response)
        if isinstance(answer, tuple):
            return answer
        execution_id = json.loads(answer)["QueryExecutionId"]
        if token:
            tokens[token] = execution_id, request
    if queries.wait(execution_id, settings.athena_wait):
        backend.executions[execution_id].end_time = time.time()  # freezegun is active only in this thread
    return answer


def error_response(message: str, code: str = "INVALID_INPUT") -> tuple[str, dict[str, int]]:
    """Return the response to a request that Athena rejects.

    Source of the response's members: https://github.com/aoyagikouhei/athena-local.
    """
    error = {"__type": "InvalidRequestException", "AthenaErrorCode": code, "ErrorCode": code, "Message": message}
    return json.dumps(error), {"status": 400}


def _rejection_reason(response: Any) -> str | None:
    """Return an error message if a request of StartQueryExecution has no valid output location, else None.

    Sources of the error messages: https://github.com/boto/boto3/issues/1194,
    https://github.com/pyathena-dev/PyAthena/issues/67 and
    https://github.com/aws-solutions-library-samples/cloud-intelligence-dashboards-framework/issues/72
    """
    from moto_featurestore._moto.services.athena_s3_and_glue import MotoS3AndGlue

    backend, work_group = response.athena_backend, response._get_param("WorkGroup") or _PRIMARY
    if _is_managed(backend, work_group):
        return None
    folder = _folder(backend, response._get_param("ResultConfiguration"), work_group)
    if not folder:
        return (
            "No output location provided. An output location is required either through the Workgroup result"
            " configuration setting or as an API input."
        )
    if not is_s3_uri(folder):
        return f"outputLocation is not a valid S3 path. Provided {folder}"
    bucket = S3Uri.parse(folder).bucket
    if not MotoS3AndGlue(backend).has_bucket(bucket):
        return f"Unable to verify/create output bucket {bucket}"
    return None


def start(  # noqa: PLR0913, PLR0917 - moto's signature
    original: Callable[..., str],
    backend: Any,
    query: str,
    context: dict[str, str] | None,
    config: dict[str, Any] | None,
    workgroup: str | None,
    execution_parameters: list[str] | None,
) -> str:
    """Create a query execution, run its query in a thread, and return the ID of the execution.

    If a test has queued results through moto's own API, do not run the query. moto then returns these results.
    """
    if _is_plain():
        return original(backend, query, context, config, workgroup, execution_parameters)
    work_group = workgroup or _PRIMARY
    folder = "" if _is_managed(backend, work_group) else _folder(backend, config, work_group)
    execution_id = original(
        backend,
        query=query,
        context=context,
        config={**(config or {}), **({"OutputLocation": folder} if folder else {})},
        workgroup=work_group,
        execution_parameters=execution_parameters,
    )
    execution = backend.executions[execution_id]
    if _outcome(execution) is None or execution_id in backend.query_results:
        execution.moto_featurestore_outcome = None
        queries.dismiss(execution_id)
        _schedule_state(execution, "SUCCEEDED")
        return execution_id
    engine_query = Query(
        id=execution.id,
        text=query,
        database=(context or {}).get("Database") or "default",
        folder=folder,
        parameters=execution_parameters or [],
    )

    def work(is_stopped: Callable[[], bool]) -> None:
        outcome = (
            Outcome(error=QueryStopped()) if is_stopped() else athena_engine.run(backend, work_group, engine_query)
        )
        _end(execution, outcome)

    queries.start(execution_id, work, lambda: athena_engine.interrupt(execution_id))
    return execution_id


def _end(execution: Any, outcome: Outcome) -> None:
    execution.end_time = time.time()
    if "OutputLocation" in execution.config:
        location = execution.config["OutputLocation"].removesuffix(".csv")
        folder, _, name = location.rpartition("/")
        execution.config["OutputLocation"] = f"{folder}/{outcome.folder}{name}{outcome.suffix}"
    execution.moto_featurestore_outcome = outcome
    if isinstance(outcome.error, QueryStopped):
        execution.status = "CANCELLED"
    _schedule_state(execution, "SUCCEEDED" if outcome.error is None else "FAILED")


def _settings_of(backend: Any, work_group: str) -> dict[str, Any]:
    group = backend.work_groups.get(work_group)
    return (group.configuration or {}) if group else {}


def _is_managed(backend: Any, work_group: str) -> bool:
    """Return True if the work group uses managed results, which Athena stores itself and not in the user's bucket.

    https://docs.aws.amazon.com/athena/latest/ug/managed-results.html
    """
    managed = _settings_of(backend, work_group).get("ManagedQueryResultsConfiguration") or {}
    return bool(managed.get("Enabled"))


def _folder(backend: Any, config: dict[str, Any] | None, work_group: str) -> str:
    """Return the S3 location for query results, or an empty string if request and work group contain no location.

    A setting of the work group can override the location in the request:
    https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html

    :param config: ResultConfiguration of the request
    """
    location: str = (config or {}).get("OutputLocation") or ""
    settings = _settings_of(backend, work_group)
    group_location: str = (settings.get("ResultConfiguration") or {}).get("OutputLocation") or ""
    if settings.get("EnforceWorkGroupConfiguration") and group_location:
        return group_location
    return location or group_location


def _schedule_state(execution: Any, state: str) -> None:
    """Set the state to which an execution changes after RUNNING. moto's state manager defines when this change happens."""
    execution._transitions = [("QUEUED", "RUNNING"), ("RUNNING", state)]


def stop(original: Callable[..., None], backend: Any, exec_id: str) -> None:
    """Stop a running query. If the query has already ended, do not change its execution."""
    execution = backend.executions.get(exec_id)
    if _outcome(execution):
        queries.stop(exec_id)
        if execution.status in _TERMINAL:
            return
    original(backend, exec_id)


def _outcome(execution: Any) -> Outcome | None:
    """Return the Outcome of an execution, or None if moto handles the execution.

    If no thread runs a query that has not ended, as after a restart, first end the execution with an error.
    """
    outcome: Outcome | None = getattr(execution, "moto_featurestore_outcome", None)
    if outcome is not None and outcome.is_pending and not queries.is_running(execution.id):
        outcome = execution.moto_featurestore_outcome  # the query may have ended since the first read
        if outcome.is_pending:
            _end(execution, Outcome(error=QueryFailed("GENERIC_INTERNAL_ERROR", _LOST)))
    return getattr(execution, "moto_featurestore_outcome", None)


_LOST = (
    "moto_featurestore: the query did not finish, because the process that ran it ended, or a snapshot with the running"
    " query was restored"
)


# Responses.


def _list_query_executions(list_executions: Callable[..., str], response: Any) -> Any:
    """Handle ListQueryExecutions. Return the newest execution first.

    AWS does not document this order; it is an assumption.
    """
    if _is_plain():
        return list_executions(response)
    answer = json.loads(list_executions(response))
    return athena_metadata.page(response, "QueryExecutionIds", answer["QueryExecutionIds"][::-1])


def _get_query_execution(get: Callable[..., str], response: Any) -> Any:
    execution_id = response._get_param("QueryExecutionId")
    execution = response.athena_backend.executions.get(execution_id)
    if _is_plain():
        return get(response)
    if execution is None:
        return error_response(_not_found(execution_id), "QUERY_EXECUTION_NOT_FOUND")
    outcome = _outcome(execution)
    answer = json.loads(get(response))
    if outcome is not None:
        _describe(answer["QueryExecution"], outcome)
    return json.dumps(answer)


def _describe(described: dict[str, Any], outcome: Outcome) -> None:
    """Add the SQL engine's results, such as statistics, to moto's description of an execution."""
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
    if status["State"] == "CANCELLED":
        status["StateChangeReason"] = QueryStopped().reason


def _batch_get_query_execution(response: Any) -> str:
    """Handle BatchGetQueryExecution, which moto lacks."""
    executions, missing = [], []
    for execution_id in response._get_param("QueryExecutionIds"):
        if execution_id in response.athena_backend.executions:
            request = copy(response)
            request.body = json.dumps({"QueryExecutionId": execution_id})
            executions.append(json.loads(request.get_query_execution())["QueryExecution"])
        else:
            reason = {"ErrorCode": "INVALID_QUERY_EXECUTION_ID", "ErrorMessage": _not_found(execution_id)}
            missing.append({"QueryExecutionId": execution_id, **reason})
    return json.dumps({"QueryExecutions": executions, "UnprocessedQueryExecutionIds": missing})


def _not_found(execution_id: str) -> str:
    return f"QueryExecution {execution_id} was not found"


def _get_query_results(get: Callable[..., str], response: Any) -> Any:
    backend, execution_id = response.athena_backend, response._get_param("QueryExecutionId")
    execution = backend.executions.get(execution_id)
    outcome = _outcome(execution)
    if outcome is None or execution_id in backend.query_results or backend.query_results_queue:
        return get(response)
    limit = response._get_param("MaxResults") or _PAGE
    if limit > _PAGE:
        return error_response(f"MaxResults is more than maximum allowed length {_PAGE}")
    if refusal := _WITHOUT_RESULTS.get(execution.status):
        return error_response(refusal[0].format(execution.status), refusal[1])
    page = _page(backend, execution, int(response._get_param("NextToken") or 0), limit)
    if page is None:
        return error_response(f"Could not find results: {execution.config['OutputLocation']}", "RESULT_NOT_FOUND")
    result_set = {"Rows": page.rows, "ResultSetMetadata": {"ColumnInfo": outcome.columns}}
    answer = {"UpdateCount": outcome.update_count, "ResultSet": result_set}
    return json.dumps(answer if page.next_position is None else {**answer, "NextToken": str(page.next_position)})


_UNFINISHED = "Query has not yet finished. Current state: {}", "INVALID_QUERY_EXECUTION_STATE"
_WITHOUT_RESULTS = {
    "QUEUED": _UNFINISHED,
    "RUNNING": _UNFINISHED,
    "FAILED": ("Query did not finish successfully. Final query state: {}", "INVALID_QUERY_EXECUTION_STATE"),
    "CANCELLED": ("Could not find results", "RESULT_NOT_FOUND"),
}
"""A dict from the state of an execution to the message and code of the error that GetQueryResults returns.

Source: https://github.com/aoyagikouhei/athena-local.
"""


def _page(backend: Any, execution: Any, position: int, limit: int) -> Any:
    """Return a page of a query's results. Read the results from S3. Return None if the object in S3 no longer exists.

    :param position: the NextToken of the previous page; 0 for the first page
    :param limit: the maximum number of rows
    """
    from moto_featurestore._moto.services.athena_s3_and_glue import MotoS3AndGlue
    from moto_featurestore.athena.results import Page, csv_page, text_page

    outcome = execution.moto_featurestore_outcome
    suffix = outcome.suffix
    if not suffix or not outcome.has_rows:
        return Page([], None)
    if "OutputLocation" not in execution.config:
        return (text_page if suffix == ".txt" else csv_page)(outcome.managed_results[suffix], position, limit)
    try:
        stored = MotoS3AndGlue(backend).find(S3Uri.parse(execution.config["OutputLocation"]))
    except FileNotFoundError:
        return None
    return (text_page if suffix == ".txt" else csv_page)(stored, position, limit)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "batch_get_query_execution": unless_disabled(_batch_get_query_execution),
    "get_query_execution": _get_query_execution,
    "get_query_results": _get_query_results,
    "list_query_executions": _list_query_executions,
    "start_query_execution": _start_query_execution,
}
"""A dict from the name of a method of moto's AthenaResponse to the function that replaces the method."""
