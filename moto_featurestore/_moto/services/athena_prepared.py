"""The prepared statements of a work group in Athena's API. moto creates them, but lacks the other operations."""

import json
from collections.abc import Callable
from typing import Any

from moto_featurestore._moto.services.athena_metadata import page


def _find(response: Any, name: str) -> Any:
    """Return a statement of the request's work group, or None."""
    return response.athena_backend.get_prepared_statement(
        statement_name=name, work_group=response._get_param("WorkGroup")
    )


def _not_found(response: Any, name: str) -> str:
    """Return the message for a missing statement (assumed: no response of the service is publicly known)."""
    return f"PreparedStatement {name} was not found in workGroup {response._get_param('WorkGroup')}"


def _of_one(answer: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Return an operation on the statement that the request names."""

    def operation(response: Any) -> Any:
        name = response._get_param("StatementName")
        held = _find(response, name)
        if held is None:
            error = {"__type": "ResourceNotFoundException", "Message": _not_found(response, name)}
            return json.dumps(error), {"status": 400}
        return json.dumps(answer(response, held))

    return operation


def _get(response: Any, held: Any) -> dict[str, Any]:  # noqa: ARG001 - as the others
    return {"PreparedStatement": _described(held)}


def _update(response: Any, held: Any) -> dict[str, Any]:
    response.athena_backend.create_prepared_statement(
        statement_name=held.statement_name,
        workgroup=held.workgroup,
        query_statement=response._get_param("QueryStatement"),
        description=response._get_param("Description"),
    )
    return {}


def _delete(response: Any, held: Any) -> dict[str, Any]:
    del response.athena_backend.prepared_statements[held.statement_name]
    return {}


def _list(response: Any) -> str:
    work_group, statements = response._get_param("WorkGroup"), response.athena_backend.prepared_statements
    held = [statement for _, statement in sorted(statements.items()) if statement.workgroup == work_group]
    summaries = [{"StatementName": one.statement_name, "LastModifiedTime": _modified(one)} for one in held]
    return page(response, "PreparedStatements", summaries)


def _batch_get(response: Any) -> str:
    found, missing = [], []
    for name in response._get_param("PreparedStatementNames"):
        held = _find(response, name)
        if held is None:
            reason = {"ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": _not_found(response, name)}  # both assumed
            missing.append({"StatementName": name, **reason})
        else:
            found.append(_described(held))
    return json.dumps({"PreparedStatements": found, "UnprocessedPreparedStatementNames": missing})


def _described(held: Any) -> dict[str, Any]:
    shown = {
        "StatementName": held.statement_name,
        "QueryStatement": held.query_statement,
        "WorkGroupName": held.workgroup,
        "Description": held.description,
        "LastModifiedTime": _modified(held),
    }
    return {member: value for member, value in shown.items() if value is not None}


def _modified(held: Any) -> float:
    modified: float = held.last_modified_time.timestamp()
    return modified


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "batch_get_prepared_statement": _batch_get,
    "delete_prepared_statement": _of_one(_delete),
    "get_prepared_statement": _of_one(_get),
    "list_prepared_statements": _list,
    "update_prepared_statement": _of_one(_update),
}
"""The operations by the name of moto's method."""
