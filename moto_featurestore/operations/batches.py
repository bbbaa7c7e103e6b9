"""BatchGetRecord and BatchWriteRecord. An error in one entry does not affect the other entries."""

from collections.abc import Iterator
from typing import Any
from zlib import crc32

from moto_featurestore.limits import BATCH_GET_RECORD_RECORDS
from moto_featurestore.operations.locate import find, online, permit
from moto_featurestore.operations.records import read, requested_features, write
from moto_featurestore.protocol.errors import ServiceError, ValidationError
from moto_featurestore.world import Caller, World

Params = dict[str, Any]


def batch_get_record(world: World, caller: Caller, params: Params) -> Params:
    """Read records of several feature groups.

    The result omits records that do not exist. Its ``Errors`` list the records that cannot be read.

    :raises ValidationError: if the request names too many records
    """
    identifiers = params["Identifiers"]
    count = sum(len(identifier["RecordIdentifiersValueAsString"]) for identifier in identifiers)
    if count > BATCH_GET_RECORD_RECORDS:
        raise ValidationError(
            f"Validation Error: BatchGetRecord takes {BATCH_GET_RECORD_RECORDS} records; {count} were asked for."
        )
    _permit_all(world, caller, "BatchGetRecord", identifiers)
    records: list[Params] = []
    errors: list[Params] = []
    for identifier in identifiers:
        try:
            records.extend(_read_all(world, caller, identifier, params.get("ExpirationTimeResponse")))
        except ServiceError as error:
            errors.extend(_failures(identifier, error))
    # The response does not have the order of the request, as observed:
    # https://github.com/aws-samples/amazon-sagemaker-feature-store-end-to-end-workshop (m5_nb6, 2024-01-25)
    records.sort(key=lambda record: crc32(record["RecordIdentifierValueAsString"].encode()))
    return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}


def _read_all(world: World, caller: Caller, identifier: Params, show_expiry: str | None) -> Iterator[Params]:
    name = identifier["FeatureGroupName"]
    group = online(find(world, caller, "BatchGetRecord", name, absent=ValidationError))
    names = requested_features(group, identifier.get("FeatureNames"))
    for text in identifier["RecordIdentifiersValueAsString"]:
        if record := read(world, group, text, names, show_expiry):
            yield {"FeatureGroupName": name, "RecordIdentifierValueAsString": text, **record}


def _failures(identifier: Params, error: ServiceError) -> list[Params]:
    return [
        {
            "FeatureGroupName": identifier["FeatureGroupName"],
            "RecordIdentifierValueAsString": text,
            "ErrorCode": error.code,
            "ErrorMessage": str(error),
        }
        for text in identifier["RecordIdentifiersValueAsString"]
    ]


def batch_write_record(world: World, caller: Caller, params: Params) -> Params:
    """Write records of several feature groups, each as PutRecord does.

    The request's TtlDuration applies to entries without their own.
    """
    _permit_all(world, caller, "BatchWriteRecord", params["Entries"])
    errors = []
    for entry in params["Entries"]:
        ttl = {"TtlDuration": params["TtlDuration"]} if "TtlDuration" in params else {}
        try:
            group = find(world, caller, "BatchWriteRecord", entry["FeatureGroupName"], absent=ValidationError)
            write(world, group, ttl | entry)
        except ServiceError as error:
            # Return the entry exactly as submitted: the SageMaker Python SDK looks it up by equality.
            errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": str(error)})
    return {"Errors": errors, "UnprocessedEntries": []}


def _permit_all(world: World, caller: Caller, operation: str, items: list[Params]) -> None:
    """Check the caller's permission for each group of a batch. One denial denies the whole request (assumed)."""
    for name in dict.fromkeys(item["FeatureGroupName"] for item in items):
        permit(world, caller, operation, name)
