"""Many records at once: all are checked as PutRecord checks them before the first is written."""

from collections.abc import Iterable
from typing import Any

from botocore.model import StructureShape
from botocore.validate import ParamValidator

from moto_featurestore.operations.records import Write, apply_write, check_write
from moto_featurestore.protocol.constraints import describe, violations
from moto_featurestore.protocol.errors import ServiceError, ValidationError
from moto_featurestore.protocol.model import RUNTIME, input_shape, service_model
from moto_featurestore.settings import check_names
from moto_featurestore.store.group import CREATED, FeatureGroup
from moto_featurestore.testing.rows import Row, refused
from moto_featurestore.world import World

_MANY = 10_000
"""Rows from which on progress is shown, once it takes longer than a second."""


_RECORD = [{"FeatureName": "any", "ValueAsString": ""}]
"""Stands for those that are checked later."""


def load(world: World, group: FeatureGroup, rows: list[Row], options: dict[str, Any]) -> int:
    """Put records; gives their number.

    :param options: PutRecord's other parameters, which hold for all of them
    :raises ValueError: where one is refused, which it names; then none is written
    """
    _check_options(options)
    if group.status != CREATED:
        raise ValueError(
            f"The feature group {group.name!r} is {group.status}; records are taken while it is {CREATED}."
        )
    checked = [_checked(group, row, options) for row in _with_progress(rows, group.name)]
    with group.lock:
        for write in checked:
            apply_write(world, group, write)
    return len(checked)


def _check_options(options: dict[str, Any]) -> None:
    """Refuse what is no other parameter of PutRecord; and, in boto3's words, what is of another type."""
    own = {"FeatureGroupName": "any", "Record": _RECORD}
    check_names(options, [name for name in _shape().members if name not in own], "parameter of load")
    report = ParamValidator().validate(own | options, _shape())
    if report.has_errors():
        raise ValueError(f"load does not take this.\n{report.generate_report()}")


def _shape() -> StructureShape:
    return input_shape(service_model(RUNTIME).operation_model("PutRecord"))


def _checked(group: FeatureGroup, row: Row, options: dict[str, Any]) -> Write:
    label, record = row
    params = {"FeatureGroupName": group.name, "Record": record, **options}
    try:
        if broken := violations(_shape(), params):
            raise ValidationError(describe(broken))
        return check_write(group, params)
    except ServiceError as error:
        raise refused(label, f"{error.code}: {error}") from None


def _with_progress(rows: list[Row], name: str) -> Iterable[Row]:
    if len(rows) < _MANY:
        return rows
    try:
        from tqdm import tqdm
    except ImportError:
        return rows
    progress: Iterable[Row] = tqdm(rows, name, unit=" records", delay=1, disable=None)
    return progress
