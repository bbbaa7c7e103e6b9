"""The handle that tests hold: what the Feature Store of this process has in it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto_featurestore.credentials import chosen_place
from moto_featurestore.store.group import FeatureGroup, Store
from moto_featurestore.testing.control_methods import Tester
from moto_featurestore.testing.dataframes import frame
from moto_featurestore.testing.faults import OF_NO_GROUP, check_operation, check_texts, group_at
from moto_featurestore.testing.remote import as_it_is, shared
from moto_featurestore.testing.setup_methods import Preparer
from moto_featurestore.values import Value, Values
from moto_featurestore.world import World

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Records:
    """The records of a feature group, each as a dict of its features' values; collections are lists."""

    online: dict[str, dict[str, Any]]
    """What readers can find in the online store, by record identifier."""
    offline: list[dict[str, Any]]
    """The rows that wait to be written to the offline store, in the order of their arrival, each with ``is_deleted``."""
    types: dict[str, str] = field(default_factory=dict, repr=False)
    """FeatureTypes by feature, in the order of the definitions."""

    @classmethod
    def read(cls, _: Any, told: dict[str, Any]) -> "Records":
        """Out of what a server tells."""
        return cls(**told)

    def to_dataframe(self) -> "pd.DataFrame":
        """The records of the online store, a row each, their values of the features' types.

        :raises ImportError: where pandas is missing; the message says what to install
        """
        return frame(list(self.online.values()), self.types)


class FeatureStore(Tester, Preparer):
    """The Feature Store of one account in one region, in this process or in a server's.

    :param account_id: else ``MOTO_ACCOUNT_ID``, else moto's default account
    :param region_name: else ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, else us-east-1
    :param url: of a server of this package, such as ``http://127.0.0.1:5000``; else the state of this process is meant
    """

    def __init__(self, account_id: str | None = None, region_name: str | None = None, url: str | None = None) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self.url = url

    def __call__(
        self, *, account_id: str | None = None, region_name: str | None = None, url: str | None = None
    ) -> "FeatureStore":
        """The Feature Store of another account, in another region, or in a server."""
        return FeatureStore(account_id or self._account_id, region_name or self._region_name, url or self.url)

    def place(self) -> dict[str, str | None]:
        """Account and region, where they are chosen, here or in the environment."""
        account_id, region_name = chosen_place(self._account_id, self._region_name)
        return {"account_id": account_id, "region_name": region_name}

    @shared(Records.read)
    def records(self, group: str) -> dict[str, Any]:
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
            types = {name: definition.feature_type for name, definition in found.definitions.items()}
        return {"online": online, "offline": offline, "types": types}

    @shared(as_it_is)
    def flush(self, group: str | None = None) -> None:
        """Write the rows that wait for the offline store, whatever ``offline_delay`` says.

        :param group: a feature group's name; else those of all groups, deleted ones included
        :raises LookupError: where there is no such group
        :raises RuntimeError: where rows cannot be written, and stay; DescribeFeatureGroup tells the same reason
        :raises ImportError: where a library is missing; the message says what to install
        """
        from moto_featurestore._moto.backend import MotoWorld
        from moto_featurestore.offline.flush import flush

        world = MotoWorld()
        refused = []
        for found in [self._group(world, group)] if group else list(self._store(world).pending):
            flush(world, found)
            if reason := (found.offline_store_status or {}).get("BlockedReason"):
                refused.append(f"Rows of the feature group {found.name!r} stay in the buffer: {reason}")
        if refused:
            raise RuntimeError("\n".join(sorted(refused)))

    @shared(as_it_is)
    def deny(self, operation: str, *, group: str | None = None) -> None:
        """Deny an operation to everybody until the mock ends, as IAM does with an explicit deny.

        It holds in the handle's account and region. As with IAM, who may not put may not update or write batches.

        :param operation: the API's name, such as ``PutRecord``
        :param group: a feature group's name or ARN; else the operation is denied on all of them
        :raises ValueError: where there is no such operation, or none that concerns a group
        """
        from moto_featurestore._moto.backend import MotoWorld

        check_operation(operation)
        if operation in OF_NO_GROUP and group is not None:
            raise ValueError(f"{operation} concerns no group in particular; deny it without one.")
        world = MotoWorld()
        own = self._store(world)
        account_id, region, name = group_at((own.account_id, own.region), group)
        world.store(account_id, region).denials.add((operation, name))

    @shared(as_it_is)
    def set_status(self, group: str, status: str, *, failure_reason: str | None = None) -> None:
        """Put a feature group into a status, for tests of what waits for one; only in Created does it serve records.

        :param group: a feature group's name
        :param status: a FeatureGroupStatus of the API, such as ``DeleteFailed``
        :param failure_reason: what DescribeFeatureGroup tells while the status is one of failure
        :raises LookupError: where there is no such group
        :raises ValueError: where there is no such status
        """
        from moto_featurestore._moto.backend import MotoWorld
        from moto_featurestore.protocol.model import CONTROL_PLANE, service_model

        statuses = service_model(CONTROL_PLANE).shape_for("FeatureGroupStatus").metadata["enum"]
        if status not in statuses:
            raise ValueError(f"There is no status {status!r}; these are: {', '.join(statuses)}.")
        found = self._group(MotoWorld(), group)
        found.transition, found.failure_reason = None, failure_reason
        found.settle(status)
        found.changed()

    def _here(self) -> tuple[World, Store]:
        from moto_featurestore._moto.backend import MotoWorld

        world = MotoWorld()
        return world, self._store(world)

    def _group(self, world: World, name: str) -> FeatureGroup:
        check_texts(group=name)
        store = self._store(world)
        group = store.find(name)
        if group is None:
            known = ", ".join(store.groups) or "none"
            raise LookupError(
                f"No feature group {name!r} in account {store.account_id}, region {store.region}. There: {known}."
            )
        return group

    def _store(self, world: World) -> Store:
        from moto_featurestore._moto.process_state import default_place, require_own_state

        require_own_state()
        return world.store(*default_place(self._account_id, self._region_name))


featurestore = FeatureStore()
"""The Feature Store of the default account, in the default region."""


def _features(group: FeatureGroup, values: Values) -> dict[str, Any]:
    return {name: _plain(value) for name, value in group.features(values)}


def _plain(value: Value) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
