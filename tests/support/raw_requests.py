"""To ask what a conformance case asks, and to compare the answer with the expected one."""

from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from support.cases import Case

from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, service_model

RUNTIME_OPERATIONS = {"BatchWriteRecord", "ListRecords", "UpdateRecord"} | set(service_model(RUNTIME).operation_names)
"""By name, as an older botocore lacks the newer ones."""


def service_of(operation: str) -> str:
    """The service that has an operation."""
    return RUNTIME if operation in RUNTIME_OPERATIONS else CONTROL_PLANE


def is_known(operation: str) -> bool:
    """Whether the installed botocore knows an operation."""
    return operation in service_model(service_of(operation)).operation_names


def call(clients: dict[str, Any], operation: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The status, and the result or the error."""
    try:
        answer = getattr(clients[service_of(operation)], xform_name(operation))(**params)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
    return answer.pop("ResponseMetadata")["HTTPStatusCode"], answer


def answer_of(case: Case, answer: dict[str, Any]) -> dict[str, Any]:
    """What of an answer a case says something about; a varying member that is missing stands there as such."""
    if case.code:
        return {member: answer.get(member) for member in ("Code", "Message")}
    missing = {member: "missing" for member in case.varying if _take(answer, member) is None}
    return answer | missing


def result_of(case: Case) -> dict[str, Any]:
    """What a case expects of an answer, as far as the installed botocore knows its members."""
    if case.code:
        return {"Code": case.code, "Message": case.message}
    output = service_model(service_of(case.operation)).operation_model(case.operation).output_shape
    return {member: value for member, value in case.result.items() if output and member in output.members}


def _take(answer: dict[str, Any], member: str) -> Any:
    """A member, which is taken out of the answer."""
    *path, last = member.split(".")
    for name in path:
        answer = answer.get(name, {})
    return answer.pop(last, None)
