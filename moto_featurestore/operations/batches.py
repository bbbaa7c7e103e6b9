"""BatchGetRecord and BatchWriteRecord. An error in one entry does not affect the other entries."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from zlib import crc32

from moto_featurestore.limits import BATCH_GET_RECORD_RECORDS
from moto_featurestore.operations.locate import check_permission, find, online
from moto_featurestore.operations.records import Write, apply_write, check_write, read, requested_features
from moto_featurestore.protocol.errors import ServiceError, ValidationError
from moto_featurestore.world import Caller, World

if TYPE_CHECKING:
    from moto_featurestore.store.group import FeatureGroup

Params = dict[str, Any]


class UnprocessedItem(Exception):
    """Raised by a ``Check`` function if the service leaves an item of a batch unprocessed. The client may retry the item."""


Check = Callable[[Params, str | None], None]
"""A check that runs before an item is processed.

If the check raises ServiceError, the response lists the item in ``Errors``. If the check raises UnprocessedItem, the
response lists the item as unprocessed. For BatchWriteRecord, the arguments are an entry and None. For BatchGetRecord,
they are an element of ``Identifiers`` and one record identifier in this element.
"""


def no_check(item: Params, record_identifier: str | None) -> None:
    """Accept every item."""


def batch_get_record(world: World, caller: Caller, params: Params, check: Check = no_check) -> Params:
    """Read records of several feature groups.

    The result omits records that do not exist. ``Errors`` lists the records that cannot be read.

    :param check: the check to run for each record
    :raises ValidationError: if the request names too many records
    """
    identifiers = params["Identifiers"]
    count = sum(len(identifier["RecordIdentifiersValueAsString"]) for identifier in identifiers)
    if count > BATCH_GET_RECORD_RECORDS:
        raise ValidationError(
            f"Validation Error: BatchGetRecord accepts at most {BATCH_GET_RECORD_RECORDS} records, not {count}."
        )
    _permit_all(world, caller, "BatchGetRecord", identifiers)
    records: list[Params] = []
    errors: list[Params] = []
    unprocessed: list[Params] = []
    for identifier in identifiers:
        readable = _checked(identifier, check, errors, unprocessed)
        try:
            records.extend(_read_all(world, caller, readable, params.get("ExpirationTimeResponse")))
        except ServiceError as error:
            errors.extend(_failure(readable, text, error) for text in readable["RecordIdentifiersValueAsString"])
    # AWS does not return the records in the order of the request. This was observed in
    # https://github.com/aws-samples/amazon-sagemaker-feature-store-end-to-end-workshop (m5_nb6, 2024-01-25)
    records.sort(key=lambda record: crc32(record["RecordIdentifierValueAsString"].encode()))
    return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": unprocessed}


def _checked(identifier: Params, check: Check, errors: list[Params], unprocessed: list[Params]) -> Params:
    """Run the check for each record of an element of ``Identifiers``. Return the element with only the accepted records.

    Add each rejected record to ``errors``, and each postponed record to ``unprocessed``.

    :param identifier: an element of ``Identifiers`` in a BatchGetRecord request
    """
    accepted: list[str] = []
    postponed: list[str] = []
    for text in identifier["RecordIdentifiersValueAsString"]:
        try:
            check(identifier, text)
        except UnprocessedItem:
            postponed.append(text)
        except ServiceError as error:
            errors.append(_failure(identifier, text, error))
        else:
            accepted.append(text)
    if postponed:
        unprocessed.append(identifier | {"RecordIdentifiersValueAsString": postponed})
    return identifier | {"RecordIdentifiersValueAsString": accepted}


def _read_all(world: World, caller: Caller, identifier: Params, show_expiry: str | None) -> Iterator[Params]:
    name = identifier["FeatureGroupName"]
    group = online(find(world, caller, "BatchGetRecord", name, absent=ValidationError))
    names = requested_features(group, identifier.get("FeatureNames"))
    for text in identifier["RecordIdentifiersValueAsString"]:
        if record := read(world, group, text, names, show_expiry):
            yield {"FeatureGroupName": name, "RecordIdentifierValueAsString": text, **record}


def _failure(identifier: Params, text: str, error: ServiceError) -> Params:
    return {
        "FeatureGroupName": identifier["FeatureGroupName"],
        "RecordIdentifierValueAsString": text,
        "ErrorCode": error.code,
        "ErrorMessage": str(error),
    }


def batch_write_record(world: World, caller: Caller, params: Params, check: Check = no_check) -> Params:
    """Write records of several feature groups. Each entry is written like a PutRecord request.

    The request's TtlDuration applies to entries that have no TtlDuration.

    :param check: the check to run for each entry
    """
    _permit_all(world, caller, "BatchWriteRecord", params["Entries"])
    errors: list[Params] = []
    unprocessed: list[Params] = []
    writes: dict[FeatureGroup, list[Write]] = {}
    ttl = {"TtlDuration": params["TtlDuration"]} if "TtlDuration" in params else {}
    for entry in params["Entries"]:
        try:
            check(entry, None)
            group = find(world, caller, "BatchWriteRecord", entry["FeatureGroupName"], absent=ValidationError)
            writes.setdefault(group, []).append(check_write(group, ttl | entry))
        except UnprocessedItem:
            unprocessed.append(entry)
        except ServiceError as error:
            # Return the entry exactly as submitted, because the SageMaker Python SDK compares it with its own entries.
            errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": str(error)})
    for group, valid_writes in writes.items():
        with group.change(world.now) as change:
            for valid_write in valid_writes:
                apply_write(change, valid_write)
    return {"Errors": errors, "UnprocessedEntries": unprocessed}


def _permit_all(world: World, caller: Caller, operation: str, items: list[Params]) -> None:
    """Check the caller's permission for each group of a batch.

    If IAM denies one group, the whole request fails. AWS does not document this; it is an assumption.
    """
    for name in dict.fromkeys(item["FeatureGroupName"] for item in items):
        check_permission(world, caller, operation, name)
