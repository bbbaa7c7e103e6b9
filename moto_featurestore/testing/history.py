"""A record's versions, out of the calls that wrote it: for groups of which the offline store has no rows."""

from collections.abc import Iterable, Iterator
from typing import Any

from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.testing.calls import Call

_PARSE = {"Integral": int, "Fractional": float}
_OK = 200


def versions(group: FeatureGroup, identifier: str, calls: Iterable[Call]) -> list[dict[str, Any]]:
    """What calls that went well wrote to a record, in their order, in the form of the offline store's rows.

    Of an update there is what it changed. What was written to an earlier group of the same name is not of this one.
    """
    names = {group.name, group.arn}
    went_well = [call for call in calls if call.status == _OK]
    made = [place for place, call in enumerate(went_well) if _makes(call, group.name)]
    return [
        version
        for call in went_well[made[-1] if made else 0 :]
        for written in _writes(call)
        if written["FeatureGroupName"] in names
        for version in [_version(group, call, written)]
        if str(version[group.record_identifier]) == identifier
    ]


def _makes(call: Call, name: str) -> bool:
    return call.operation == "CreateFeatureGroup" and call.group == name


def _writes(call: Call) -> Iterator[dict[str, Any]]:
    if call.operation in ("PutRecord", "UpdateRecord", "DeleteRecord"):
        yield call.params
    elif call.operation == "BatchWriteRecord":
        failed = [error["Entry"] for error in call.answer["Errors"]] + call.answer["UnprocessedEntries"]
        left_out = [_without_nulls(entry) for entry in failed]
        for entry in call.params["Entries"]:
            if entry in left_out:
                left_out.remove(entry)  # one of those that are alike
            else:
                yield entry


def _version(group: FeatureGroup, call: Call, written: dict[str, Any]) -> dict[str, Any]:
    version: dict[str, Any] = dict.fromkeys(group.definitions)
    version[group.record_identifier] = _value(
        group, group.record_identifier, written.get("RecordIdentifierValueAsString")
    )
    if "EventTime" in written:
        version[group.event_time] = _value(group, group.event_time, written["EventTime"])
    for feature in written.get("Record") or written.get("Features") or ():
        value = feature.get("ValueAsString", feature.get("ValueAsStringList"))
        version[feature["FeatureName"]] = _value(group, feature["FeatureName"], value)
    return version | {
        "write_time": None,
        "api_invocation_time": call.time.replace(microsecond=0),
        "is_deleted": call.operation == "DeleteRecord",
    }


def _value(group: FeatureGroup, name: str, value: Any) -> Any:
    parse: Any = _PARSE.get(group.definitions[name].feature_type, str)
    return list(map(parse, value)) if isinstance(value, list) else None if value is None else parse(value)


def _without_nulls(value: Any) -> Any:
    """A value of an answer, as it was among the parameters."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return list(map(_without_nulls, value)) if isinstance(value, list) else value
