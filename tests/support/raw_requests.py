"""Helpers that make the calls of conformance cases and compare the responses."""

from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from support.cases import Case

from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, service_model

RUNTIME_OPERATIONS = {"BatchWriteRecord", "ListRecords", "UpdateRecord"} | set(service_model(RUNTIME).operation_names)
"""The newer operations are listed by name, because an older botocore does not know them."""


def service_of(operation: str) -> str:
    """Return the service of an operation."""
    return RUNTIME if operation in RUNTIME_OPERATIONS else CONTROL_PLANE


def is_known(operation: str) -> bool:
    """Return True if the installed botocore knows an operation."""
    return operation in service_model(service_of(operation)).operation_names


def call(clients: dict[str, Any], operation: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Call an operation, and return the status with the result or the error."""
    try:
        response = getattr(clients[service_of(operation)], xform_name(operation))(**params)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
    return response.pop("ResponseMetadata")["HTTPStatusCode"], response


def actual_result(case: Case, response: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a response that a case describes, without varying ones.

    A varying member that is missing has the value ``missing``.
    """
    if case.code:
        return {member: response.get(member) for member in ("Code", "Message")}
    missing = {member: "missing" for member in case.varying if _take(response, member) is None}
    return response | missing


def expected_result(case: Case) -> dict[str, Any]:
    """Return the members that a case expects, without those that the installed botocore does not know."""
    if case.code:
        return {"Code": case.code, "Message": case.message}
    output = service_model(service_of(case.operation)).operation_model(case.operation).output_shape
    return {member: value for member, value in case.result.items() if output and member in output.members}


def _take(response: dict[str, Any], member: str) -> Any:
    """Remove a member from a response, and return it."""
    *path, last = member.split(".")
    for name in path:
        response = response.get(name, {})
    return response.pop(last, None)
