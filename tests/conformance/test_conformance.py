"""Tests of all conformance cases, in process and through the server; with ``--live``, against an AWS account instead."""

from itertools import chain
from typing import Any

import pytest
from support.cases import KINDS, Case, bucket_of, load_cases, load_groups, parse_cases
from support.documents import run_by
from support.raw_requests import actual_result, call, expected_result, is_known

from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME

CASES = load_cases()
GROUPS = load_groups()
[EXAMPLE] = run_by("conformance/test_conformance.py", "toml")
"""The case that the page about contributing shows."""


def _name(case: Case) -> str:
    return f"{case.subject}: {case.id}"


@pytest.mark.parametrize("case", [*CASES, *parse_cases("Documentation", EXAMPLE.code)], ids=_name)
def test_response_of_local_service_matches_the_conformance_case(case: Case, each_entry_point: Any) -> None:
    for operation in (case.operation, *(step["operation"] for step in case.calls)):
        if not is_known(operation):
            pytest.skip(f"the installed botocore does not know {operation}")
    clients = {RUNTIME: each_entry_point(RUNTIME), CONTROL_PLANE: each_entry_point(CONTROL_PLANE)}
    for bucket in dict.fromkeys([*case.buckets, *chain(*(bucket_of(GROUPS[group]) for group in case.groups))]):
        each_entry_point("s3").create_bucket(Bucket=bucket)
    for group in case.groups:
        call(clients, "CreateFeatureGroup", GROUPS[group])
    for step in case.calls:
        status, response = call(clients, step["operation"], step["params"])
        assert status == 200, response

    status, response = call(clients, case.operation, case.params)

    assert actual_result(case, response) == expected_result(case)
    assert status == case.status


@pytest.mark.live
@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[*map(_name, CASES)])
def test_response_of_aws_account_matches_the_conformance_case(number: int, case: Case, live: Any) -> None:
    outcome = live.face(number, case)
    if outcome.verdict == "not tried":
        pytest.skip(outcome.detail)
    assert outcome.verdict == "confirmed", outcome.detail


def test_every_conformance_case_names_its_evidence() -> None:
    assert {case.kind for case in CASES} <= set(KINDS)
    assert [case.id for case in CASES if case.kind != "assumed" and not case.source] == []


def test_conformance_cases_have_unique_ids() -> None:
    names = [(case.subject, case.id) for case in CASES]
    assert len(set(names)) == len(names)
