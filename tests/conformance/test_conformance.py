"""Every conformance case, in process and through the server; with ``--live``, facing an account of AWS instead."""

from itertools import chain
from typing import Any

import pytest
from support.cases import KINDS, Case, bucket_of, load_cases, load_groups
from support.raw_requests import answer_of, call, is_known, result_of

from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME

CASES = load_cases()
GROUPS = load_groups()


def _name(case: Case) -> str:
    return f"{case.subject}: {case.id}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_the_service_answers_as_the_case_says(case: Case, border: Any) -> None:
    for operation in (case.operation, *(asked["operation"] for asked in case.calls)):
        if not is_known(operation):
            pytest.skip(f"the installed botocore does not know {operation}")
    clients = {RUNTIME: border(RUNTIME), CONTROL_PLANE: border(CONTROL_PLANE)}
    for bucket in dict.fromkeys([*case.buckets, *chain(*(bucket_of(GROUPS[group]) for group in case.groups))]):
        border("s3").create_bucket(Bucket=bucket)
    for group in case.groups:
        call(clients, "CreateFeatureGroup", GROUPS[group])
    for asked in case.calls:
        status, answer = call(clients, asked["operation"], asked["params"])
        assert status == 200, answer

    status, answer = call(clients, case.operation, case.params)

    assert answer_of(case, answer) == result_of(case)
    assert status == case.status


@pytest.mark.live
@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[*map(_name, CASES)])
def test_an_account_of_aws_answers_as_the_case_says(number: int, case: Case, live: Any) -> None:
    outcome = live.face(number, case)
    if outcome.verdict == "not tried":
        pytest.skip(outcome.detail)
    assert outcome.verdict == "confirmed", outcome.detail


def test_every_case_names_its_evidence() -> None:
    assert {case.kind for case in CASES} <= set(KINDS)
    assert [case.id for case in CASES if case.kind != "assumed" and not case.source] == []


def test_every_case_has_an_id_of_its_own() -> None:
    names = [(case.subject, case.id) for case in CASES]
    assert len(set(names)) == len(names)
