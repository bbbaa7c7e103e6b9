"""The operations on records of one group: PutRecord, GetRecord, DeleteRecord, UpdateRecord and ListRecords."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from moto_featurestore.limits import UPDATE_RECORD_FEATURES
from moto_featurestore.operations.locate import check_permission, find, locate, online
from moto_featurestore.operations.pages import Pages
from moto_featurestore.operations.schema import (
    check_identifier,
    check_size,
    event_time_of,
    expiry,
    expiry_after,
    feature_values,
    merge,
    target_stores,
    undefined,
    value_of,
)
from moto_featurestore.protocol.errors import ConflictException, ResourceNotFound, ValidationError
from moto_featurestore.store.changes import Change
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.store.online import Record
from moto_featurestore.values import Values, format_iso
from moto_featurestore.world import Caller, World

Params = dict[str, Any]


def put_record(world: World, caller: Caller, params: Params) -> None:
    """Write a record. If the online store has a newer record, write only to the offline store."""
    group = locate(world, caller, "PutRecord", params["FeatureGroupName"], absent=ValidationError)
    valid_write = check_write(group, params)
    with group.change(world.now) as change:
        apply_write(change, valid_write)


class Write(NamedTuple):
    """The data of a record that has passed all checks, and the stores to which the record is written."""

    stores: Sequence[str]
    values: Values
    size: int
    event_time: int
    expires_at: int | None


def check_write(group: FeatureGroup, params: Params) -> Write:
    """Check a record, and return the data to write.

    :param params: the parameters of PutRecord, or an entry of BatchWriteRecord
    :raises ValidationError: if the record breaks a rule; the message describes the first broken rule
    """
    stores, record = target_stores(group, params.get("TargetStores")), params["Record"]
    check_identifier(group, value_of(record, group.record_identifier))
    event_time = event_time_of(group, value_of(record, group.event_time))
    expires_at = expiry(group, event_time, params.get("TtlDuration"))
    values = feature_values(group, record)
    return Write(stores, values, check_size(group, values), event_time, expires_at)


def apply_write(change: Change, valid_write: Write) -> None:
    """Add the write of a valid record to ``change``: to the online records, the offline rows or both, as in TargetStores."""
    stores, values, size, event_time, expires_at = valid_write
    if "OnlineStore" in stores:
        change.write(values, size, event_time, expires_at)
    if "OfflineStore" in stores:
        change.buffer_row(values, event_time)


def get_record(world: World, caller: Caller, params: Params) -> Params:
    """Read a record from the online store. The result is empty if the record is missing, deleted or expired."""
    group = online(locate(world, caller, "GetRecord", params["FeatureGroupName"], absent=ValidationError))
    names = requested_features(group, params.get("FeatureNames"))
    return read(world, group, params["RecordIdentifierValueAsString"], names, params.get("ExpirationTimeResponse"))


def read(world: World, group: FeatureGroup, identifier: str, names: set[str] | None, show_expiry: str | None) -> Params:
    """Return a record's features and ExpiresAt, or an empty dict if the record is missing, deleted or expired.

    :param names: the features to return; None for all features
    :param show_expiry: ExpirationTimeResponse of the request
    """
    with group.lock:
        record = group.find(identifier, world.now())
        if record is None or record.is_deleted:
            return {}
        values, expires_at = record.values, record.expires_at
    return {
        "Record": _api_features(group, values, names),
        "ExpiresAt": format_iso(expires_at) if expires_at and show_expiry == "Enabled" else None,
    }


def requested_features(group: FeatureGroup, names: Sequence[str] | None) -> set[str] | None:
    """Return the features that a read requests, or None for all features.

    :param names: FeatureNames of the request
    :raises ValidationError: if the group does not define a requested feature
    """
    for name in names or ():
        if name not in group.definitions:
            raise undefined(group, name)
    return set(names) if names else None


def _api_features(group: FeatureGroup, values: Values, names: set[str] | None) -> list[Params]:
    """Return FeatureValue structures in the order of the feature definitions. Omit features without a value."""
    return [
        {"FeatureName": name, "ValueAsString": value}
        if isinstance(value, str)
        else {"FeatureName": name, "ValueAsStringList": list(value)}
        for name, value in zip(group.definitions, values, strict=False)
        if value is not None and (names is None or name in names)
    ]


def delete_record(world: World, caller: Caller, params: Params) -> None:
    """Delete a record (soft or hard delete), and write a delete marker to the offline store.

    The request's event time must be later than the record's. Otherwise, a soft delete changes nothing, and a hard
    delete is rejected: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_DeleteRecord.html
    """
    group = locate(world, caller, "DeleteRecord", params["FeatureGroupName"], absent=ValidationError)
    stores = target_stores(group, params.get("TargetStores"))
    identifier = params["RecordIdentifierValueAsString"]
    check_identifier(group, identifier)
    event_time = event_time_of(group, params["EventTime"])
    marker = group.marker(identifier, params["EventTime"])
    check_size(group, marker)
    with group.change(world.now) as change:
        if "OnlineStore" in stores and (record := change.find(identifier)):
            later = event_time > record.event_time
            if params.get("DeletionMode") == "HardDelete":
                if not later:
                    raise ValidationError(
                        f"Validation Error: EventTime [{params['EventTime']}] is not later than the event time"
                        " of the record."
                    )
                change.remove(record)
            elif later:
                change.soft_delete(record, marker, event_time)
        if "OfflineStore" in stores:
            change.buffer_row(marker, event_time, is_deleted=True)


def update_record(world: World, caller: Caller, params: Params) -> None:
    """Change some features of an existing record. The group's storage type must be Standard_V2 or InMemory.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_UpdateRecord.html
    """
    features = {"sagemaker:UpdatableFeatures": [feature["FeatureName"] for feature in params["Features"]]}
    check_permission(world, caller, "UpdateRecord", params["FeatureGroupName"], features)
    group = online(find(world, caller, "UpdateRecord", params["FeatureGroupName"]))
    stores = _update_stores(group, params.get("TargetStores"))
    identifier = params["RecordIdentifierValueAsString"]
    check_identifier(group, identifier)
    event_time = _update_event_time(group, params)
    changes = _changes(group, params)
    with group.change(world.now) as change:
        record = _updatable_record(group, change.find(identifier), identifier, event_time)
        expires_at = _update_expiry(group, record, event_time, params.get("TtlDuration"))
        values = merge(record.values, changes)
        size = check_size(group, values)
        event_time = record.event_time if event_time is None else event_time
        change.write(values, size, event_time, expires_at)
        if "OfflineStore" in stores:
            change.buffer_row(values, event_time)


def _update_stores(group: FeatureGroup, requested: Sequence[str] | None) -> Sequence[str]:
    storage_type = (group.online_store or {}).get("StorageType", "Standard")
    if storage_type == "Standard":
        raise ValidationError(
            f"Validation Error: UpdateRecord needs the storage type Standard_V2 or InMemory;"
            f" the FeatureGroup named [{group.name}] is [{storage_type}]."
        )
    stores = target_stores(group, requested)
    if "OnlineStore" not in stores:
        raise ValidationError(
            "Validation Error: UpdateRecord requires OnlineStore in TargetStores, not only [OfflineStore]."
        )
    return stores


def _update_event_time(group: FeatureGroup, params: Params) -> int | None:
    """Return the event time of an update in nanoseconds since 1970, or None if the request does not contain it."""
    text = value_of(params["Features"], group.event_time)
    if text is not None:
        return event_time_of(group, text)
    if "TtlDuration" in params:
        raise ValidationError(
            f"Validation Error: TtlDuration requires a value for the event time feature [{group.event_time}]."
        )
    return None


def _changes(group: FeatureGroup, params: Params) -> Values:
    features, identifier = params["Features"], params["RecordIdentifierValueAsString"]
    if len(features) > UPDATE_RECORD_FEATURES:
        raise ValidationError(
            f"Validation Error: UpdateRecord accepts at most {UPDATE_RECORD_FEATURES} features, not {len(features)}."
        )
    changes = feature_values(group, features)
    if value_of(features, group.record_identifier) not in (None, identifier):
        raise ValidationError(
            f"Validation Error: The record identifier, the feature named [{group.record_identifier}], cannot change."
        )
    return changes


def _updatable_record(group: FeatureGroup, record: Record | None, identifier: str, event_time: int | None) -> Record:
    if record is None or record.is_deleted:
        raise ResourceNotFound(
            f"Resource Not Found: The FeatureGroup named [{group.name}] has no record [{identifier}]."
        )
    if event_time is not None and event_time < record.event_time:
        # Source of the text: the documentation of ConflictException in the model.
        raise ConflictException(
            "The service rejected the update because the provided `EventTime` is older than the record's current"
            " `EventTime`. To persist the update, retrieve the record's latest `EventTime` and resubmit the request"
            " with an `EventTime` that is equal to or newer than the current value."
        )
    return record


def _update_expiry(group: FeatureGroup, record: Record, event_time: int | None, ttl: Params | None) -> int | None:
    """Return ExpiresAt after an update, or None if the record does not expire.

    If the request has an event time but no TTL, the old TTL starts at the new event time. AWS does not document this;
    it is an assumption.

    :param event_time: the event time in the request, in nanoseconds since 1970; without it, ExpiresAt does not change
    :param ttl: TtlDuration of the request
    """
    if event_time is None:
        return record.expires_at
    if ttl:
        return expiry(group, event_time, ttl)
    return None if record.expires_at is None else expiry_after(event_time, record.expires_at - record.event_time)


# ListRecords.

_PAGE = 100


def list_records(world: World, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
    """List record identifiers in the order of their first write.

    The time for a page does not depend on its position. Concurrent writes and deletions do not cause skipped or
    repeated records.
    """
    group = online(locate(world, caller, "ListRecords", params["FeatureGroupName"]))
    pages = Pages("ListRecords", [group.arn, group.creation_time], params.get("NextToken"), ValidationError)
    start = pages.after[0] + 1 if pages.after else 0
    page: list[Record] = []
    wanted = params.get("MaxResults", _PAGE)
    with group.lock:
        for record in group.records_from(start, world.now()):
            if record.is_deleted and not params.get("IncludeSoftDeletedRecords"):
                continue
            if len(page) == wanted:
                token = pages.token([page[-1].sequence])
                break
            page.append(record)
        else:
            token = None
    return {"RecordIdentifiers": [record.identifier for record in page], "NextToken": token}
