"""Feature groups and records on moto's dashboard."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

from moto_featurestore._moto.backend import MotoWorld, backends
from moto_featurestore.store.group import FeatureGroup

_MOST_RECORDS = 100
"""The maximum number of records of a group on moto's dashboard. The dashboard loads all its data at once.

The console of this package shows all records.
"""


class _View:
    """A replacement for a model class of moto. moto's dashboard uses only the attribute ``instances_tracked`` of such a class."""

    def __init__(self, rows: Callable[[], Iterator[SimpleNamespace]]) -> None:
        self._rows = rows

    @property
    def instances_tracked(self) -> list[SimpleNamespace]:
        """The current rows. moto's dashboard shows the attributes of each row."""
        return list(self._rows())

    @instances_tracked.setter
    def instances_tracked(self, _: object) -> None:
        """Ignore the empty list that moto assigns at a reset. This object computes the rows at each read."""


def _groups() -> Iterator[tuple[str, str, FeatureGroup]]:
    for account_id, region, backend in backends.iter_backends():
        for group in backend.store.all_groups():  # type: ignore[attr-defined]
            yield account_id, region, group


def _feature_groups() -> Iterator[SimpleNamespace]:
    for account_id, region, group in _groups():
        yield SimpleNamespace(
            account_id=account_id,
            region=region,
            feature_group_name=group.name,
            feature_group_arn=group.arn,
            feature_group_status=group.status,
            stores=group.stores,
            tags=group.tags,
        )


def _records() -> Iterator[SimpleNamespace]:
    now = MotoWorld().now()
    for account_id, region, group in _groups():
        with group.lock:
            records = [(record.values, record.is_deleted) for record in group.record_page(0, _MOST_RECORDS, now)]
        for values, is_deleted in records:
            yield SimpleNamespace(
                account_id=account_id,
                region=region,
                feature_group_name=group.name,
                record=dict(group.features(values)),
                is_deleted=is_deleted,
            )


VIEWS = {"FeatureGroup": _View(_feature_groups), "Record": _View(_records)}
"""A dict from the name of a table on moto's dashboard to the object that returns the rows of the table."""
