"""An operation as testers want it done: late, in vain, without an answer, or within its group's throughput."""

import time
from contextlib import suppress
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
    """Do an operation, unless a fault is to end it.

    :raises ServiceError: what the operation, or a fault, answers with
    :raises LostAnswerError: where the client is to have no answer
    """
    decision = world.rehearsal.faults.decide(operation, targets(world, caller, params))
    if decision.seconds:
        time.sleep(decision.seconds)
    if decision.error is None:
        return _throttled(world, caller, operation, params)
    if decision.when_done:
        # A client that loses the answer does not get to know that the operation itself has failed either.
        with suppress(*[ServiceError] * isinstance(decision.error, LostAnswerError)):
            _throttled(world, caller, operation, params)
    raise decision.error


def _throttled(world: World, caller: Caller, operation: str, params: Params) -> Params | None:
    if operation == "BatchWriteRecord":
        return _batch_write_record(world, caller, params)
    if operation == "BatchGetRecord":
        return _batch_get_record(world, caller, params)
    is_read = operation == "GetRecord"
    if (is_read or operation in _WRITES) and not _admits(world, target(world, caller, params), params, is_read=is_read):
        raise ThrottlingException("Rate exceeded")  # assumed: real_service.md, X.18
    return OPERATIONS[operation](world, caller, params)


def _batch_write_record(world: World, caller: Caller, params: Params) -> Params | None:
    """What is throttled is among the entries that "can be retried", as the API says of UnprocessedEntries (assumed)."""
    done: list[Params] = []
    errors: list[Params] = []
    unprocessed: list[Params] = []
    for entry in params["Entries"]:
        place = target(world, caller, entry)
        fault = world.rehearsal.faults.decide_item("BatchWriteRecord", place)
        if fault and fault.error:
            errors.append({"Entry": entry, **_told(fault)})
        elif fault or not _admits(world, place, entry, is_read=False):
            unprocessed.append(entry)
        else:
            done.append(entry)
    result = OPERATIONS["BatchWriteRecord"](world, caller, params | {"Entries": done}) or {}
    return {"Errors": [*result["Errors"], *errors], "UnprocessedEntries": unprocessed}


def _batch_get_record(world: World, caller: Caller, params: Params) -> Params | None:
    """As for writes: what is throttled comes back among the UnprocessedIdentifiers (assumed)."""
    done: list[Params] = []
    errors: list[Params] = []
    unprocessed: list[Params] = []
    for identifier in params["Identifiers"]:
        kept, left = [], []
        for place in records(caller, identifier):
            fault = world.rehearsal.faults.decide_item("BatchGetRecord", place)
            if fault and fault.error:
                name, text = identifier["FeatureGroupName"], place.record_identifier
                errors.append({"FeatureGroupName": name, "RecordIdentifierValueAsString": text, **_told(fault)})
            elif fault or not _admits(world, place, {}, is_read=True):
                left.append(place.record_identifier)
            else:
                kept.append(place.record_identifier)
        done += _with_records(identifier, kept)
        unprocessed += _with_records(identifier, left)
    result = OPERATIONS["BatchGetRecord"](world, caller, params | {"Identifiers": done}) or {}
    return result | {"Errors": [*result["Errors"], *errors], "UnprocessedIdentifiers": unprocessed}


def _with_records(identifier: Params, texts: list[str | None]) -> list[Params]:
    return [identifier | {"RecordIdentifiersValueAsString": texts}] if texts else []


def _told(fault: Fault) -> Params:
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
        return throughput.admits(group, READ, read_units(_held_size(world, group, place)), world.now())
    return throughput.admits(group, WRITE, write_units(_sent_size(params)), world.now())


def _held_size(world: World, group: FeatureGroup, place: Target) -> int:
    with group.lock:
        record = group.find(place.record_identifier or "", world.now())
        return group.size(record.values) if record and not record.is_deleted else 0


def _sent_size(params: Params) -> int:
    """UTF-8 bytes of the names and values that are sent; of a delete, which sends a marker, they are few."""
    features = params.get("Record") or params.get("Features") or ()
    return sum(
        byte_size(feature["FeatureName"])
        + byte_size(feature.get("ValueAsString") or tuple(feature.get("ValueAsStringList") or ()))
        for feature in features
    )
