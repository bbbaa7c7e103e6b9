"""The handle that tests hold: what the Feature Store of this process has in it."""

import os
from dataclasses import dataclass
from typing import Any

from moto_featurestore.store import FeatureGroup, Value, Values


@dataclass(frozen=True)
class Records:
    """The records of a feature group, each as a dict of its features' values; collections are lists."""

    online: dict[str, dict[str, Any]]
    """What readers can find in the online store, by record identifier."""
    offline: list[dict[str, Any]]
    """The rows that wait to be written to the offline store, in the order of their arrival, each with ``is_deleted``."""


class FeatureStore:
    """The Feature Store of one account in one region, in this process.

    :param account_id: else ``MOTO_ACCOUNT_ID``, else moto's default account
    :param region_name: else ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, else us-east-1
    """

    def __init__(self, account_id: str | None = None, region_name: str | None = None) -> None:
        self._account_id = account_id
        self._region_name = region_name

    def __call__(self, *, account_id: str | None = None, region_name: str | None = None) -> "FeatureStore":
        """The Feature Store of another account, or in another region."""
        return FeatureStore(account_id or self._account_id, region_name or self._region_name)

    def records(self, group: str) -> Records:
        """What a feature group has in it, by its name.

        :raises LookupError: where there is no such group
        """
        from moto_featurestore._moto.backend import MotoWorld

        world = MotoWorld()
        found = self._group(world, group)
        with found.lock:
            live = [record for record in found.records_from(0, world.now()) if not record.is_deleted]
            features = (_features(found, record.values) for record in live)
            online = {values[found.record_identifier]: values for values in features}
            offline = [_features(found, row.values) | {"is_deleted": row.is_deleted} for row in found.buffer]
        return Records(online, offline)

    def _group(self, world: Any, name: str) -> FeatureGroup:
        from moto.core import DEFAULT_ACCOUNT_ID

        account_id = self._account_id or os.environ.get("MOTO_ACCOUNT_ID") or DEFAULT_ACCOUNT_ID
        in_environment = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        region = self._region_name or in_environment or "us-east-1"
        store = world.store(account_id, region)
        if name not in store.groups:
            known = ", ".join(store.groups) or "none"
            raise LookupError(f"No feature group {name!r} in account {account_id}, region {region}. There: {known}.")
        group: FeatureGroup = store.groups[name]
        return group


featurestore = FeatureStore()
"""The Feature Store of the default account, in the default region."""


def _features(group: FeatureGroup, values: Values) -> dict[str, Any]:
    return {name: _plain(value) for name, value in group.features(values)}


def _plain(value: Value) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
