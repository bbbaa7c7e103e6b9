"""Validation of a record against its feature group, beyond the constraints in botocore's model.

AWS does not document the error texts, so this module uses its own texts. Only the text about invalid numbers was
observed: https://github.com/aws-samples/amazon-sagemaker-feature-store-end-to-end-workshop/pull/13
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from moto_featurestore.limits import RECORD_BYTES, RECORD_IDENTIFIER_BYTES
from moto_featurestore.protocol.errors import ValidationError
from moto_featurestore.store.group import FeatureDefinition, FeatureGroup
from moto_featurestore.values import LATEST, NANOSECONDS, Value, Values, byte_size, parse_event_time

_RANGES = {
    "Integral": "must be within the range of a signed 64-bit integer.",
    "Fractional": (
        "must be within the range of a double precision floating point number defined by the IEEE 754 standard."
        " The input format can be in either decimal form or scientific notation."
    ),
}
_EVENT_TIME_FORMS = {
    "String": "an ISO-8601 time in UTC, such as 2026-01-31T12:00:00Z, with at most nine fractional digits",
    "Fractional": "Unix seconds, such as 1769860800.0",
}
_SECONDS = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Days": 86_400, "Weeks": 7 * 86_400}

Features = Sequence[dict[str, Any]]


def target_stores(group: FeatureGroup, requested: Sequence[str] | None) -> Sequence[str]:
    """Return the stores to write to: the requested stores, or by default all enabled stores.

    :param requested: TargetStores of the request
    :raises ValidationError: if a requested store is not enabled, or occurs twice
    """
    enabled = group.stores
    if requested is None:
        return enabled
    for store in requested:
        if store not in enabled:
            raise _validation_error(
                f"The target store [{store}] is not enabled for the FeatureGroup named [{group.name}]."
            )
    if len(set(requested)) < len(requested):
        raise _validation_error(f"The target store [{requested[0]}] occurs more than once in the request.")
    return requested


def expiry(group: FeatureGroup, event_time: int, ttl: dict[str, Any] | None) -> int | None:
    """Return ExpiresAt, which is EventTime plus TtlDuration, or None if the record does not expire.

    :param event_time: nanoseconds since 1970; the result has the same unit
    :param ttl: TtlDuration of the record; None for the TtlDuration of the group
    :raises ValidationError: if ``ttl`` is given for a group without an online store, or if the result is later than the
        year 9999
    """
    if group.online_store is None:
        if ttl is not None:
            raise _validation_error(
                f"TtlDuration needs an OnlineStore; the FeatureGroup named [{group.name}] has none."
            )
        return None
    ttl = ttl or group.online_store.get("TtlDuration")
    if not ttl:
        return None
    return expiry_after(event_time, int(ttl["Value"]) * _SECONDS[ttl["Unit"]] * NANOSECONDS)


def expiry_after(event_time: int, duration: int) -> int:
    """Return an event time plus a duration, both in nanoseconds.

    :raises ValidationError: if the sum is later than the year 9999, which the format of ExpiresAt cannot express
    """
    if event_time + duration > LATEST:
        raise _validation_error(
            f"EventTime plus a TtlDuration of {duration // NANOSECONDS} seconds is later than the year 9999."
        )
    return event_time + duration


def feature_values(group: FeatureGroup, features: Features) -> Values:
    """Check features in the order of the request, and return their values in the order of the definitions.

    :raises ValidationError: if a feature is undefined, occurs twice, or has an invalid value
    """
    definitions = group.definitions
    values: list[Value | None] = [None] * len(definitions)
    for feature in features:
        name = feature["FeatureName"]
        definition = definitions.get(name)
        if definition is None:
            raise undefined(group, name)
        if values[definition.position] is not None:
            raise _validation_error(f"The feature named [{name}] occurs more than once in the request.")
        values[definition.position] = _value(definition, feature)
    return tuple(values)


def undefined(group: FeatureGroup, name: str) -> ValidationError:
    """Return the error for a write or read of a feature that the group does not define."""
    return _validation_error(f"The feature named [{name}] is not defined in the FeatureGroup named [{group.name}].")


def merge(values: Values, changes: Values) -> Values:
    """Return a copy of ``values`` with the changes. A None in ``changes`` keeps the old value."""
    return tuple(old if new is None else new for old, new in zip_longest(values, changes))


def check_size(group: FeatureGroup, values: Values) -> int:
    """Check and return the size of a record in bytes.

    :raises ValidationError: if the record identifier, or the whole record, exceeds its size limit
    """
    identifier = values[group.identifier_definition.position]
    assert identifier is not None
    if (size := byte_size(identifier)) > RECORD_IDENTIFIER_BYTES:
        raise _validation_error(
            f"The record identifier, the feature named [{group.record_identifier}], has {size} bytes;"
            f" the limit is {RECORD_IDENTIFIER_BYTES} bytes."
        )
    if (size := group.size(values)) > RECORD_BYTES:
        raise _validation_error(f"The record has {size} bytes; the limit is {RECORD_BYTES} bytes.")
    return size


def check_identifier(group: FeatureGroup, identifier: str | None) -> None:
    """Check the record identifier of a write.

    :raises ValidationError: if the identifier is missing or empty, or does not have the type of its feature
    """
    name = group.record_identifier
    if not identifier:
        raise _validation_error(f"The record has no value for its record identifier, the feature named [{name}].")
    if not group.identifier_definition.admits(identifier):
        raise _parse_error(group.identifier_definition)


def event_time_of(group: FeatureGroup, text: str | None) -> int:
    """Return the event time of a write, in nanoseconds since 1970.

    :raises ValidationError: if the event time is missing or malformed
    """
    definition = group.event_time_definition
    if not text:
        raise _validation_error(f"The record has no value for its event time, the feature named [{definition.name}].")
    nanoseconds = parse_event_time(text, definition.feature_type)
    if nanoseconds is None:
        raise _validation_error(
            f"The event time, the feature named [{definition.name}], must be"
            f" {_EVENT_TIME_FORMS[definition.feature_type]}."
        )
    return nanoseconds


def value_of(record: Features, name: str) -> str | None:
    """Return the ValueAsString of a feature in a record, or None if the feature has no ValueAsString."""
    for feature in record:
        if feature["FeatureName"] == name:
            return feature.get("ValueAsString")
    return None


def _value(definition: FeatureDefinition, feature: dict[str, Any]) -> Value:
    text, texts = feature.get("ValueAsString"), feature.get("ValueAsStringList")
    if (text is None) == (texts is None):
        count = "neither" if text is None else "both"
        raise _validation_error(
            f"The feature named [{definition.name}] must have either ValueAsString or ValueAsStringList, not {count}."
        )
    if definition.collection_type is None:
        if text is None:
            raise _validation_error(f"The feature named [{definition.name}] is not a collection; use ValueAsString.")
        if not definition.admits(text):
            raise _parse_error(definition)
        return text  # type: ignore[no-any-return]
    if texts is None:
        raise _validation_error(
            f"The feature named [{definition.name}] is a {definition.collection_type}; use ValueAsStringList."
        )
    return _collection(definition, texts)


def _collection(definition: FeatureDefinition, texts: list[str]) -> Value:
    if not all(map(definition.admits, texts)):
        raise _parse_error(definition)
    if definition.collection_type == "Vector" and len(texts) != definition.dimension:
        raise _validation_error(
            f"The feature named [{definition.name}] is a Vector and must have {definition.dimension} values,"
            f" not {len(texts)}."
        )
    if definition.collection_type == "Set":
        # A Set has no duplicates: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-collection-types.html
        return tuple(dict.fromkeys(texts))
    return tuple(texts)


def _parse_error(definition: FeatureDefinition) -> ValidationError:
    return ValidationError(
        f"Attempted to parse the feature value for the feature named [{definition.name}] into a FeatureValue of"
        f" type {definition.feature_type}. The provided value {_RANGES[definition.feature_type]}"
    )


def _validation_error(text: str) -> ValidationError:
    return ValidationError(f"Validation Error: {text}")
