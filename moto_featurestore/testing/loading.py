"""Many records at once: all are checked as PutRecord checks them before the first is written."""

from collections.abc import Iterable, Sequence
from typing import Any

from botocore.model import StructureShape

from moto_featurestore.constraints import describe, violations
from moto_featurestore.errors import ServiceError, ValidationError
from moto_featurestore.model import RUNTIME, input_shape, service_model
from moto_featurestore.operations.records import Write, apply_write, check_write
from moto_featurestore.store import CREATED, FeatureGroup
from moto_featurestore.testing.rows import Row
from moto_featurestore.world import World

_MANY = 10_000
"""Rows from which on progress is shown, once it takes longer than a second."""


def load(world: World, group: FeatureGroup, rows: Sequence[Row], options: dict[str, Any]) -> int:
    """Put records; gives their number.

    :param options: PutRecord's other parameters, which hold for all of them
    :raises ValueError: where one is refused, which it names, or an option is none; then none is written
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


def _put_shape() -> StructureShape:
    return input_shape(service_model(RUNTIME).operation_model("PutRecord"))


def _check_options(options: dict[str, Any]) -> None:
    known = [name for name in _put_shape().members if name not in ("FeatureGroupName", "Record")]
    for name in options:
        if name not in known:
            raise ValueError(f"PutRecord's other parameters are {', '.join(known)}; {name!r} is none of them.")


def _checked(group: FeatureGroup, row: Row, options: dict[str, Any]) -> Write:
    label, record = row
    params = {"FeatureGroupName": group.name, "Record": record, **options}
    try:
        if broken := violations(_put_shape(), params):
            raise ValidationError(describe(broken))
        return check_write(group, params)
    except ServiceError as error:
        raise ValueError(f"Row {label} is refused, and none is written: {error.code}: {error}") from None


def _with_progress(rows: Sequence[Row], name: str) -> Iterable[Row]:
    if len(rows) < _MANY:
        return rows
    try:
        from tqdm import tqdm
    except ImportError:
        return rows
    progress: Iterable[Row] = tqdm(rows, name, unit=" records", delay=1, disable=None)
    return progress
