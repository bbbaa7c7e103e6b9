"""Execution of an operation with the controls that tests set: delays, errors, lost responses, throughput limits."""

import time
from typing import Any

from moto_featurestore.controls.faults import Fault, LostAnswerError, Target
from moto_featurestore.controls.throughput import READ, WRITE, read_units, write_units
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.operations.targets import records, target, targets
from moto_featurestore.protocol.errors import ServiceError, ThrottlingException
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import byte_size
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_WRITES = ("PutRecord", "DeleteRecord", "UpdateRecord")


def perform(world: World, caller: Caller, operation: str, params: Params) -> Params | None:
    """Perform an operation, unless a fault prevents it.

    :raises ServiceError: if the operation fails, or a fault makes it fail
    :raises LostAnswerError: if a fault drops the response
    """
    decision = world.rehearsal.faults.decide(operation, targets(world, caller, params))
    if decision.seconds:
        time.sleep(decision.seconds)
    if decision.error is None:
        return _throttled(world, caller, operation, params)
    if decision.when_done:
        try:
            _throttled(world, caller, operation, params)
        except ServiceError:
            # A client that gets no response does not see the operation's own error either.
            if not isinstance(decision.error, LostAnswerError):
                raise
    raise decision.error


def _throttled(world: World, caller: Caller, operation: str, params: Params) -> Params | None:
    if operation == "BatchWriteRecord":
        return _batch_write_record(world, caller, params)
    if operation == "BatchGetRecord":
        return _batch_get_record(world, caller, params)
    is_read = operation == "GetRecord"
    if (is_read or operation in _WRITES) and not _admits(world, target(world, caller, params), params, is_read=is_read):
        raise ThrottlingException("Rate exceeded")  # assumed: AWS services answer throttled calls with this text
    return OPERATIONS[operation](world, caller, params)


def _batch_write_record(world: World, caller: Caller, params: Params) -> Params | None:
    """Write a batch. Throttled entries are returned in UnprocessedEntries.

    That is assumed: the API documents that UnprocessedEntries "can be retried".
    """
    done: list[Params] = []
    errors: list[Params] = []
    unprocessed: list[Params] = []
    for entry in params["Entries"]:
        place = target(world, caller, entry)
        fault = world.rehearsal.faults.decide_item("BatchWriteRecord", place)
        if fault and fault.error:
            errors.append({"Entry": entry, **_error_members(fault)})
        elif fault or not _admits(world, place, entry, is_read=False):
            unprocessed.append(entry)
        else:
            done.append(entry)
    result = OPERATIONS["BatchWriteRecord"](world, caller, params | {"Entries": done}) or {}
    return {"Errors": [*result["Errors"], *errors], "UnprocessedEntries": unprocessed}


def _batch_get_record(world: World, caller: Caller, params: Params) -> Params | None:
    """Read a batch. Throttled records are returned in UnprocessedIdentifiers (assumed, as for writes)."""
    done: list[Params] = []
    errors: list[Params] = []
    unprocessed: list[Params] = []
    for identifier in params["Identifiers"]:
        readable, unreadable = [], []
        for place in records(caller, identifier):
            fault = world.rehearsal.faults.decide_item("BatchGetRecord", place)
            if fault and fault.error:
                name, text = identifier["FeatureGroupName"], place.record_identifier
                errors.append(
                    {"FeatureGroupName": name, "RecordIdentifierValueAsString": text, **_error_members(fault)}
                )
            elif fault or not _admits(world, place, {}, is_read=True):
                unreadable.append(place.record_identifier)
            else:
                readable.append(place.record_identifier)
        done += _with_records(identifier, readable)
        unprocessed += _with_records(identifier, unreadable)
    result = OPERATIONS["BatchGetRecord"](world, caller, params | {"Identifiers": done}) or {}
    return result | {"Errors": [*result["Errors"], *errors], "UnprocessedIdentifiers": unprocessed}


def _with_records(identifier: Params, texts: list[str | None]) -> list[Params]:
    return [identifier | {"RecordIdentifiersValueAsString": texts}] if texts else []


def _error_members(fault: Fault) -> Params:
    assert fault.error
    error = fault.error()
    return {"ErrorCode": type(error).__name__, "ErrorMessage": str(error)}


# Provisioned throughput.


def _admits(world: World, place: Target, params: Params, *, is_read: bool) -> bool:
    throughput = world.rehearsal.throughput
    group = (
        world.store(place.account_id, place.region).find(place.group) if throughput.enforced and place.group else None
    )
    if group is None:
        return True
    if is_read:
        return throughput.admits(group, READ, read_units(_stored_size(world, group, place)), world.now())
    return throughput.admits(group, WRITE, write_units(_request_size(params)), world.now())


def _stored_size(world: World, group: FeatureGroup, place: Target) -> int:
    with group.lock:
        record = group.find(place.record_identifier or "", world.now())
        return group.size(record.values) if record and not record.is_deleted else 0


def _request_size(params: Params) -> int:
    """Return the size of the names and values in a request, in UTF-8 bytes. A delete has none."""
    features = params.get("Record") or params.get("Features") or ()
    return sum(
        byte_size(feature["FeatureName"])
        + byte_size(feature.get("ValueAsString") or tuple(feature.get("ValueAsStringList") or ()))
        for feature in features
    )
