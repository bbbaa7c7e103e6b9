"""Bulk loading of records: all records are checked as in PutRecord before the first record is written."""

from collections.abc import Iterable
from typing import Any

from botocore.model import StructureShape
from botocore.validate import ParamValidator

from moto_featurestore.operations.records import Write, apply_write, check_write
from moto_featurestore.protocol.constraints import Checker, checker, describe
from moto_featurestore.protocol.errors import ServiceError, ValidationError
from moto_featurestore.protocol.model import RUNTIME, input_shape, service_model
from moto_featurestore.settings import check_names
from moto_featurestore.store.group import CREATED, FeatureGroup
from moto_featurestore.testing.record_files import BOOLEANS, NO_BOOLEANS
from moto_featurestore.testing.record_sources import Row, RowError, event_time_advice
from moto_featurestore.world import World

_MANY = 10_000
"""The minimum number of rows for a progress bar, which appears if loading takes longer than a second."""

_RECORD = [{"FeatureName": "any", "ValueAsString": ""}]
"""A placeholder for the parameter Record when only the options are checked."""


def load(world: World, group: FeatureGroup, rows: list[Row], options: dict[str, Any]) -> int:
    """Write records, and return the number of records.

    :param options: other parameters of PutRecord, which apply to all records
    :raises ValueError: if an option or a record is invalid; in that case, no record is written
    """
    _check_options(options)
    if group.status != CREATED:
        raise ValueError(
            f"The feature group {group.name!r} has the status {group.status}. Loading requires the status {CREATED}."
        )
    violations = checker(_shape())
    writes = [_checked_write(group, row, options, violations) for row in _with_progress(rows, group.name)]
    with group.change(world.now) as change:
        for write in writes:
            apply_write(change, write)
    return len(writes)


def _check_options(options: dict[str, Any]) -> None:
    """Raise ValueError if an option is not an optional parameter of PutRecord, or if botocore finds a wrong type."""
    required = {"FeatureGroupName": "any", "Record": _RECORD}
    check_names(options, [name for name in _shape().members if name not in required], "parameter of load()")
    report = ParamValidator().validate(required | options, _shape())
    if report.has_errors():
        raise ValueError(f"The parameters of load() are invalid.\n{report.generate_report()}")


def _shape() -> StructureShape:
    return input_shape(service_model(RUNTIME).operation_model("PutRecord"))


def _checked_write(group: FeatureGroup, row: Row, options: dict[str, Any], violations: Checker) -> Write:
    label, record = row
    params = {"FeatureGroupName": group.name, "Record": record, **options}
    try:
        if broken := violations(params):
            raise ValidationError(describe(broken))
        return check_write(group, params)
    except ServiceError as error:
        raise RowError(label, f"{error.code}: {error}{_advice(group, record, str(error))}") from None


def _advice(group: FeatureGroup, record: list[dict[str, Any]], message: str) -> str:
    """Return a sentence that says how to correct an invalid record. Return an empty string if there is no advice.

    :param message: the error message, which names a feature
    """
    for feature in record:
        name, text = feature["FeatureName"], feature.get("ValueAsString") or ""
        definition = group.definitions.get(name)
        if definition is None or f"[{name}]" not in message:
            continue
        if name == group.event_time and text and definition.feature_type == "String":
            return f" {event_time_advice(text)}"
        if text.lower() in BOOLEANS and definition.feature_type != "String":
            return f" {text!r} is a Boolean. {NO_BOOLEANS} Or define the feature as String."
    return ""


def _with_progress(rows: list[Row], name: str) -> Iterable[Row]:
    if len(rows) < _MANY:
        return rows
    try:
        from tqdm import tqdm
    except ImportError:
        return rows
    progress: Iterable[Row] = tqdm(rows, name, unit=" records", delay=1, disable=None)
    return progress


def check_rows(rows: Any) -> None:
    """Check rows that were received over HTTP.

    :raises TypeError: if ``rows`` is not a list of rows
    """
    for row in rows if isinstance(rows, list) else [rows]:
        match row:
            case [_, [*record]] if all(map(_is_feature_value, record)):
                continue
        raise TypeError(f"rows must be a list of pairs [label, list of FeatureValues], not {row!r}.")


def _is_feature_value(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("FeatureName"), str)
