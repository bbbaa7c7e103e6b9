"""A scenario of calls and expected responses that all kinds of clients run.

Each client only adds a function that makes a call. For the evidence of the expected responses, see the conformance cases of the
operation in tests/conformance.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from botocore.exceptions import ClientError
from support.memory import feature, is_modelled

from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, service_model

Call = Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""A function that makes a call. It takes the service, the operation and its parameters.

It returns the result without ResponseMetadata. It raises RejectedCall if the service returns an error, and UnknownOperation if the
client does not know the operation.
"""

GROUP = "customers"
NEWER = ("BatchWriteRecord", "ListRecords", "UpdateRecord")
"""The operations that older clients do not know."""
DESCRIBE_ATTEMPTS = 20
"""Maximum number of DescribeFeatureGroup calls until a group is Created."""


class RejectedCall(Exception):
    """An error response, as a client receives it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status_code_message = (status, code, message)


class UnknownOperation(Exception):
    """An operation that the client is too old for."""


def knows(client: Any, operation: str) -> bool:
    """Return True if a client based on botocore knows an operation."""
    return operation in client.meta.service_model.operation_names


def result_of(response: dict[str, Any]) -> dict[str, Any]:
    """Return the result in a response of a client based on botocore."""
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def rejection_of(error: ClientError) -> RejectedCall:
    """Convert an error of a client based on botocore."""
    details = error.response["Error"]
    return RejectedCall(error.response["ResponseMetadata"]["HTTPStatusCode"], details["Code"], details["Message"])


def _record(identifier: str, city: str, time: str = "2026-01-01T00:00:00Z") -> list[dict[str, Any]]:
    return [feature("id", identifier), feature("time", time), feature("city", city)]


_STORAGE = {"StorageType": "Standard_V2"} if is_modelled("UpdateRecord") else {}
"""UpdateRecord requires this storage type. botocore added both in the same version."""

_NAME = service_model(CONTROL_PLANE).shape_for("FeatureGroupName").metadata["pattern"]
"""The pattern of group names in the installed botocore. A newer version of it allows underscores."""

BATCH = [_record("c-2", "Zürich"), _record("c-3", "東京")]


async def run_scenario(call: Call) -> set[str]:
    """Create, use and delete a feature group with all operations, and check the responses.

    :return: the operations that were skipped because the client is too old for them
    """
    unknown = set()
    for step in (
        _create,
        _put_and_get,
        _write_batch,
        _read_batch,
        _list_records,
        _update_record,
        _update_group,
        _delete,
    ):
        try:
            await step(call)
        except UnknownOperation as error:
            unknown.add(str(error))
    return unknown


async def _create(call: Call) -> None:
    definitions = [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "time", "FeatureType": "String"},
        {"FeatureName": "city", "FeatureType": "String"},
    ]
    group = {
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "time",
        "FeatureDefinitions": definitions,
        "OnlineStoreConfig": {"EnableOnlineStore": True, **_STORAGE},
    }
    assert await _refusal(call, CONTROL_PLANE, "CreateFeatureGroup", FeatureGroupName="my_group!", **group) == (
        400,
        "ValidationException",
        "1 validation error detected: Value 'my_group!' at 'featureGroupName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {_NAME}",
    )
    created = await call(CONTROL_PLANE, "CreateFeatureGroup", {"FeatureGroupName": GROUP, **group})
    assert created == {"FeatureGroupArn": f"arn:aws:sagemaker:us-east-1:123456789012:feature-group/{GROUP}"}
    for _ in range(DESCRIBE_ATTEMPTS):
        described = await call(CONTROL_PLANE, "DescribeFeatureGroup", {"FeatureGroupName": GROUP})
        if described["FeatureGroupStatus"] == "Created":
            break
    assert described["FeatureGroupStatus"] == "Created"
    assert described["FeatureDefinitions"] == definitions
    listed = await call(CONTROL_PLANE, "ListFeatureGroups", {"NameContains": "custom"})
    assert [summary["FeatureGroupName"] for summary in listed["FeatureGroupSummaries"]] == [GROUP]
    assert await _refusal(call, CONTROL_PLANE, "CreateFeatureGroup", FeatureGroupName=GROUP, **group) == (
        400,
        "ResourceInUse",
        "Resource Already Exists: FeatureGroup with name customers already exists. Choose a different name.",
    )


async def _put_and_get(call: Call) -> None:
    record = _record("c-1", "Bern")
    assert await call(RUNTIME, "PutRecord", {"FeatureGroupName": GROUP, "Record": record}) == {}
    assert await _get(call, "c-1") == record
    later = _record("c-1", "Oslo", "2026-01-02T00:00:00Z")
    for stores, message in (
        (
            ["NearlineStore"],
            "1 validation error detected: Value '[NearlineStore]' at 'targetStores' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must satisfy enum value set: [OnlineStore, OfflineStore]]",
        ),
        (
            ["OfflineStore"],
            "Validation Error: The target store [OfflineStore] is not enabled for the FeatureGroup named [customers].",
        ),
    ):
        put = {"FeatureGroupName": GROUP, "Record": later, "TargetStores": stores}
        assert await _refusal(call, RUNTIME, "PutRecord", **put) == (400, "ValidationError", message)
    assert await _get(call, "c-1") == record
    assert await _refusal(call, RUNTIME, "PutRecord", FeatureGroupName="nobody", Record=record) == (
        400,
        "ValidationError",
        "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [nobody].",
    )


async def _write_batch(call: Call) -> None:
    # These records must exist even if the client does not know BatchWriteRecord.
    for record in BATCH:
        await call(RUNTIME, "PutRecord", {"FeatureGroupName": GROUP, "Record": record})
    renamed = [[*record[:2], feature("city", "Rom")] for record in BATCH]
    entries = [{"FeatureGroupName": GROUP, "Record": record} for record in renamed]
    unknown = {"FeatureGroupName": GROUP, "Record": [*BATCH[0], feature("age", "7")]}
    written = await call(RUNTIME, "BatchWriteRecord", {"Entries": [*entries, unknown]})
    assert [(error["Entry"], error["ErrorCode"]) for error in written["Errors"]] == [(unknown, "ValidationError")]
    assert written["UnprocessedEntries"] == []
    assert [await _get(call, identifier) for identifier in ("c-2", "c-3")] == renamed
    for record in BATCH:
        await call(RUNTIME, "PutRecord", {"FeatureGroupName": GROUP, "Record": record})


async def _read_batch(call: Call) -> None:
    identifiers = [
        {"FeatureGroupName": GROUP, "RecordIdentifiersValueAsString": ["c-1", "c-2", "c-3", "c-4"]},
        {"FeatureGroupName": "nobody", "RecordIdentifiersValueAsString": ["c-1"]},
    ]
    read = await call(RUNTIME, "BatchGetRecord", {"Identifiers": identifiers})
    records = {entry["RecordIdentifierValueAsString"]: entry["Record"] for entry in read["Records"]}
    assert records == {"c-1": _record("c-1", "Bern"), "c-2": BATCH[0], "c-3": BATCH[1]}
    errors = [(error["FeatureGroupName"], error["ErrorCode"]) for error in read["Errors"]]
    assert errors == [("nobody", "ValidationError")]


async def _list_records(call: Call) -> None:
    listed = await call(RUNTIME, "ListRecords", {"FeatureGroupName": GROUP})
    assert sorted(listed["RecordIdentifiers"]) == ["c-1", "c-2", "c-3"]


async def _update_record(call: Call) -> None:
    update = {"FeatureGroupName": GROUP, "RecordIdentifierValueAsString": "c-1", "Features": [feature("city", "Oslo")]}
    assert await call(RUNTIME, "UpdateRecord", update) == {}
    assert await _get(call, "c-1") == _record("c-1", "Oslo")
    older = {**update, "Features": [feature("city", "Rom"), feature("time", "2025-12-31T00:00:00Z")]}
    assert (await _refusal(call, RUNTIME, "UpdateRecord", **older))[:2] == (409, "ConflictException")
    missing = {**update, "RecordIdentifierValueAsString": "c-4"}
    assert (await _refusal(call, RUNTIME, "UpdateRecord", **missing))[:2] == (404, "ResourceNotFound")


async def _update_group(call: Call) -> None:
    addition = {"FeatureName": "orders", "FeatureType": "Integral"}
    await call(CONTROL_PLANE, "UpdateFeatureGroup", {"FeatureGroupName": GROUP, "FeatureAdditions": [addition]})
    described = await call(CONTROL_PLANE, "DescribeFeatureGroup", {"FeatureGroupName": GROUP})
    assert described["FeatureDefinitions"][-1] == addition


async def _delete(call: Call) -> None:
    delete = {
        "FeatureGroupName": GROUP,
        "RecordIdentifierValueAsString": "c-1",
        "EventTime": "2026-01-02T00:00:00Z",
        "TargetStores": ["OnlineStore"],
        "DeletionMode": "HardDelete",
    }
    assert await call(RUNTIME, "DeleteRecord", delete) == {}
    assert await _get(call, "c-1") is None
    assert await _get(call, "c-2") is not None
    await call(CONTROL_PLANE, "DeleteFeatureGroup", {"FeatureGroupName": GROUP})
    assert await _refusal(call, CONTROL_PLANE, "DescribeFeatureGroup", FeatureGroupName=GROUP) == (
        400,
        "ResourceNotFound",
        "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [customers].",
    )


async def _get(call: Call, identifier: str) -> list[dict[str, Any]] | None:
    """Return a record, or None if it does not exist."""
    key = {"FeatureGroupName": GROUP, "RecordIdentifierValueAsString": identifier}
    return (await call(RUNTIME, "GetRecord", key)).get("Record")


async def _refusal(call: Call, service: str, operation: str, **params: Any) -> tuple[int, str, str]:
    try:
        response = await call(service, operation, params)
    except RejectedCall as error:
        return error.status_code_message
    raise AssertionError(f"{operation} succeeded, expected an error: {response}")
