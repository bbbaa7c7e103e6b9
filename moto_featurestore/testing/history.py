"""The versions of a record, derived from the logged calls, for groups without rows in the offline store."""

from collections.abc import Iterable, Iterator
from typing import Any

from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.testing.calls import Call

_PARSE = {"Integral": int, "Fractional": float}
_OK = 200


def versions(group: FeatureGroup, identifier: str, calls: Iterable[Call]) -> list[dict[str, Any]]:
    """Return what successful calls wrote to a record, in call order, with the columns of the offline store.

    An update contains only the features that it changed. Writes to an earlier group of the same name are left out.
    """
    names = {group.name, group.arn}
    successes = [call for call in calls if call.status == _OK]
    creations = [index for index, call in enumerate(successes) if _creates(call, group.name)]
    start = creations[-1] if creations else 0
    record_versions = []
    for call in successes[start:]:
        for params in _writes(call):
            if params["FeatureGroupName"] in names:
                version = _version(group, call, params)
                if str(version[group.record_identifier]) == identifier:
                    record_versions.append(version)
    return record_versions


def _creates(call: Call, name: str) -> bool:
    return call.operation == "CreateFeatureGroup" and call.group == name


def _writes(call: Call) -> Iterator[dict[str, Any]]:
    if call.operation in ("PutRecord", "UpdateRecord", "DeleteRecord"):
        yield call.params
    elif call.operation == "BatchWriteRecord":
        failed = [error["Entry"] for error in call.answer["Errors"]] + call.answer["UnprocessedEntries"]
        not_written = [_without_nulls(entry) for entry in failed]
        for entry in call.params["Entries"]:
            if entry in not_written:
                not_written.remove(entry)  # only one, because entries can be equal
            else:
                yield entry


def _version(group: FeatureGroup, call: Call, params: dict[str, Any]) -> dict[str, Any]:
    version: dict[str, Any] = dict.fromkeys(group.definitions)
    version[group.record_identifier] = _value(
        group, group.record_identifier, params.get("RecordIdentifierValueAsString")
    )
    if "EventTime" in params:
        version[group.event_time] = _value(group, group.event_time, params["EventTime"])
    for feature in params.get("Record") or params.get("Features") or ():
        value = feature.get("ValueAsString", feature.get("ValueAsStringList"))
        version[feature["FeatureName"]] = _value(group, feature["FeatureName"], value)
    return version | {
        "write_time": None,
        "api_invocation_time": call.time.replace(microsecond=0),
        "is_deleted": call.operation == "DeleteRecord",
    }


def _value(group: FeatureGroup, name: str, value: Any) -> Any:
    parse: Any = _PARSE.get(group.definitions[name].feature_type, str)
    if value is None:
        return None
    return [parse(item) for item in value] if isinstance(value, list) else parse(value)


def _without_nulls(value: Any) -> Any:
    """Return a value of a response as it was in the request: the response has null for missing members."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return list(map(_without_nulls, value)) if isinstance(value, list) else value
