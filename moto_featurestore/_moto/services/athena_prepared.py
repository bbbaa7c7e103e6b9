"""Athena's operations on prepared statements. moto itself supports only CreatePreparedStatement."""

import json
from collections.abc import Callable
from typing import Any

from moto_featurestore._moto.services.athena_metadata import page


def _find(response: Any, name: str) -> Any:
    """Return a prepared statement of the request's work group, or None if the statement does not exist."""
    return response.athena_backend.get_prepared_statement(
        statement_name=name, work_group=response._get_param("WorkGroup")
    )


def _not_found(response: Any, name: str) -> str:
    """Return the error message for a prepared statement that does not exist.

    No public source shows AWS's message, so this text is an assumption.
    """
    return f"PreparedStatement {name} was not found in workGroup {response._get_param('WorkGroup')}"


def _of_one(answer: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Return a function that handles a request for one prepared statement.

    The function finds the statement that the request names, and returns the result of ``answer``. If the statement does
    not exist, the function returns the error ResourceNotFoundException.

    :param answer: a function that takes moto's AthenaResponse and the statement, and returns the response as a dict
    """

    def operation(response: Any) -> Any:
        name = response._get_param("StatementName")
        statement = _find(response, name)
        if statement is None:
            error = {"__type": "ResourceNotFoundException", "Message": _not_found(response, name)}
            return json.dumps(error), {"status": 400}
        return json.dumps(answer(response, statement))

    return operation


def _get(response: Any, statement: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature that _of_one calls
    return {"PreparedStatement": _description(statement)}


def _update(response: Any, statement: Any) -> dict[str, Any]:
    response.athena_backend.create_prepared_statement(
        statement_name=statement.statement_name,
        workgroup=statement.workgroup,
        query_statement=response._get_param("QueryStatement"),
        description=response._get_param("Description"),
    )
    return {}


def _delete(response: Any, statement: Any) -> dict[str, Any]:
    del response.athena_backend.prepared_statements[statement.statement_name]
    return {}


def _list(response: Any) -> str:
    work_group, statements = response._get_param("WorkGroup"), response.athena_backend.prepared_statements
    selected = [statement for _, statement in sorted(statements.items()) if statement.workgroup == work_group]
    summaries = [{"StatementName": one.statement_name, "LastModifiedTime": _modified(one)} for one in selected]
    return page(response, "PreparedStatements", summaries)


def _batch_get(response: Any) -> str:
    descriptions, missing = [], []
    for name in response._get_param("PreparedStatementNames"):
        statement = _find(response, name)
        if statement is None:
            reason = {"ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": _not_found(response, name)}  # both assumed
            missing.append({"StatementName": name, **reason})
        else:
            descriptions.append(_description(statement))
    return json.dumps({"PreparedStatements": descriptions, "UnprocessedPreparedStatementNames": missing})


def _description(statement: Any) -> dict[str, Any]:
    shown = {
        "StatementName": statement.statement_name,
        "QueryStatement": statement.query_statement,
        "WorkGroupName": statement.workgroup,
        "Description": statement.description,
        "LastModifiedTime": _modified(statement),
    }
    return {member: value for member, value in shown.items() if value is not None}


def _modified(statement: Any) -> float:
    modified: float = statement.last_modified_time.timestamp()
    return modified


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "batch_get_prepared_statement": _batch_get,
    "delete_prepared_statement": _of_one(_delete),
    "get_prepared_statement": _of_one(_get),
    "list_prepared_statements": _list,
    "update_prepared_statement": _of_one(_update),
}
"""A dict from the name of a method of moto's AthenaResponse to the function that replaces the method."""
