"""Execution of an operation with the controls that tests set: delays, errors, lost responses, throughput limits."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from moto_featurestore.controls.faults import LostResponseError, Target
from moto_featurestore.controls.throughput import READ, WRITE, read_units, write_units
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.operations.batches import UnprocessedItem, batch_get_record, batch_write_record
from moto_featurestore.operations.locate import resolve_name
from moto_featurestore.operations.schema import value_of
from moto_featurestore.protocol.errors import ServiceError, ThrottlingException
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import byte_size
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_NAME_MEMBERS = ("FeatureGroupName", "ResourceArn")
_WRITES = ("PutRecord", "DeleteRecord", "UpdateRecord")


def perform(world: World, caller: Caller, operation: str, params: Params) -> Params | None:
    """Perform an operation, unless an armed fault prevents it. Return the operation's result, or None for an empty response.

    :raises ServiceError: if the operation fails, or if a fault makes the operation fail
    :raises LostResponseError: if a fault drops the response
    """
    decision = world.controls.faults.decide(operation, _targets(world, caller, params))
    if decision.seconds:
        time.sleep(decision.seconds)
    if decision.error is None:
        return _throttled(world, caller, operation, params)
    if decision.when_done:
        try:
            _throttled(world, caller, operation, params)
        except ServiceError:
            # If the response is dropped, the client must not get the operation's own error either.
            if not isinstance(decision.error, LostResponseError):
                raise
    raise decision.error


def _throttled(world: World, caller: Caller, operation: str, params: Params) -> Params | None:
    check = partial(_check_item, world, caller, operation)
    if operation == "BatchWriteRecord":
        return batch_write_record(world, caller, params, check)
    if operation == "BatchGetRecord":
        return batch_get_record(world, caller, params, check)
    is_read = operation == "GetRecord"
    if (is_read or operation in _WRITES) and not _admits(
        world, _target(world, caller, params), params, is_read=is_read
    ):
        raise ThrottlingException("Rate exceeded")  # assumed: other AWS services return this text
    return OPERATIONS[operation](world, caller, params)


def _check_item(world: World, caller: Caller, operation: str, item: Params, record_identifier: str | None) -> None:
    """Check one item of a batch against the faults and the provisioned throughput.

    AWS documents that clients can retry unprocessed items. Therefore this function assumes that AWS returns throttled
    items as unprocessed.

    :param item: an entry of BatchWriteRecord, or an element of ``Identifiers`` of BatchGetRecord
    :param record_identifier: one of the record identifiers in ``item`` for BatchGetRecord, None for BatchWriteRecord

    :raises ServiceError: if a fault makes the item fail
    :raises UnprocessedItem: if a fault or the throughput limit leaves the item unprocessed
    """
    is_read = record_identifier is not None
    target = (
        Target(*resolve_name(caller, item["FeatureGroupName"]), record_identifier)
        if is_read
        else _target(world, caller, item)
    )
    fault = world.controls.faults.decide_item(operation, target)
    if fault and fault.error:
        raise fault.error()
    if fault or not _admits(world, target, item, is_read=is_read):
        raise UnprocessedItem


# Provisioned throughput.


def _admits(world: World, target: Target, params: Params, *, is_read: bool) -> bool:
    throughput = world.controls.throughput
    group = (
        world.store(target.account_id, target.region).find(target.group)
        if throughput.enforced and target.group
        else None
    )
    if group is None:
        return True
    if is_read:
        return throughput.admits(group, READ, read_units(_stored_size(world, group, target)), world.now())
    return throughput.admits(group, WRITE, write_units(_request_size(params)), world.now())


def _stored_size(world: World, group: FeatureGroup, target: Target) -> int:
    with group.lock:
        record = group.find(target.record_identifier or "", world.now())
        return group.size(record.values) if record and not record.is_deleted else 0


def _request_size(params: Params) -> int:
    """Return the size of the feature names and values in a request, in UTF-8 bytes. For DeleteRecord, return 0."""
    features = params.get("Record") or params.get("Features") or ()
    return sum(
        byte_size(feature["FeatureName"])
        + byte_size(feature.get("ValueAsString") or tuple(feature.get("ValueAsStringList") or ()))
        for feature in features
    )


# The targets of a call: the groups and records that its parameters name. These groups and records may not exist.


def _targets(world: World, caller: Caller, params: Params) -> list[Target]:
    """Return the groups or records that the parameters of a call name.

    If the parameters do not name a group, return one Target that contains only the caller's account and region.
    """
    if "Entries" in params:
        return [_target(world, caller, entry) for entry in params["Entries"]]
    if "Identifiers" in params:
        return [record for identifier in params["Identifiers"] for record in _named_records(caller, identifier)]
    return [_target(world, caller, params)]


def _named_records(caller: Caller, identifier: Params) -> Iterator[Target]:
    """Yield a Target for each record in one element of ``Identifiers`` in a BatchGetRecord request."""
    target = resolve_name(caller, identifier["FeatureGroupName"])
    return (Target(*target, text) for text in identifier["RecordIdentifiersValueAsString"])


def _target(world: World, caller: Caller, params: Params) -> Target:
    """Return the group or record that ``params`` names.

    If ``params`` does not name a group, return a Target that contains only the caller's account and region.

    :param params: the parameters of a call, or an entry of BatchWriteRecord
    """
    name_or_arn = next((params[member] for member in _NAME_MEMBERS if member in params), None)
    if name_or_arn is None:
        return Target(caller.account_id, caller.region, None)
    target = resolve_name(caller, name_or_arn)
    return Target(*target, params.get("RecordIdentifierValueAsString") or _submitted_identifier(world, target, params))


def _submitted_identifier(world: World, target: tuple[str, str, str], params: Params) -> str | None:
    """Return the record identifier in the parameter ``Record`` of a request.

    Return None if the request has no ``Record``, if the group does not exist, or if ``Record`` lacks the feature that
    identifies a record.

    :param target: the group's account, region and name
    """
    account_id, region, name = target
    group = world.store(account_id, region).find(name) if "Record" in params else None
    return value_of(params["Record"], group.record_identifier) if group else None
