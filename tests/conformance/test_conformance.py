"""Every conformance case, in process and through the server."""

from itertools import chain
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from support.cases import KINDS, Case, bucket_of, load_cases, load_groups

from moto_featurestore.model import CONTROL_PLANE, RUNTIME, service_model

CASES = load_cases()
GROUPS = load_groups()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.subject}: {case.id}")
def test_the_service_answers_as_the_case_says(case: Case, border: Any) -> None:
    clients = {RUNTIME: border(RUNTIME), CONTROL_PLANE: border(CONTROL_PLANE)}
    for bucket in dict.fromkeys([*case.buckets, *chain(*(bucket_of(GROUPS[group]) for group in case.groups))]):
        border("s3").create_bucket(Bucket=bucket)
    for group in case.groups:
        _call(clients, "CreateFeatureGroup", GROUPS[group])
    for call in case.calls:
        status, answer = _call(clients, call["operation"], call["params"])
        assert status == 200, answer

    status, answer = _call(clients, case.operation, case.params)

    if case.code:
        expected = {"Code": case.code, "Message": case.message}
        assert {member: answer[member] for member in expected} == expected
    else:
        assert None not in [_take(answer, member) for member in case.varying]
        assert answer == _known(case, case.result)
    assert status == case.status


def _known(case: Case, result: dict[str, Any]) -> dict[str, Any]:
    """What of a result the installed botocore knows."""
    service = RUNTIME if case.operation in _runtime_operations() else CONTROL_PLANE
    output = service_model(service).operation_model(case.operation).output_shape
    return {member: value for member, value in result.items() if output and member in output.members}


def test_every_case_names_its_evidence() -> None:
    assert {case.kind for case in CASES} <= set(KINDS)
    assert [case.id for case in CASES if case.kind != "assumed" and not case.source] == []


def test_every_case_has_an_id_of_its_own() -> None:
    names = [(case.subject, case.id) for case in CASES]
    assert len(set(names)) == len(names)


def _take(answer: dict[str, Any], member: str) -> Any:
    """A member, which is taken out of the answer."""
    *path, last = member.split(".")
    for name in path:
        answer = answer[name]
    return answer.pop(last, None)


def _call(clients: dict[str, Any], operation: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    service = RUNTIME if operation in _runtime_operations() else CONTROL_PLANE
    if operation not in service_model(service).operation_names:
        pytest.skip(f"the installed botocore does not know {operation}")
    try:
        answer = getattr(clients[service], xform_name(operation))(**params)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
    return answer.pop("ResponseMetadata")["HTTPStatusCode"], answer


def _runtime_operations() -> set[str]:
    """By name, as an older botocore lacks the newer ones."""
    return {"BatchWriteRecord", "ListRecords", "UpdateRecord"} | set(service_model(RUNTIME).operation_names)
