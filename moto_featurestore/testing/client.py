"""The handle that tests use to inspect and control a Feature Store."""

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
    """The records of a feature group. Each record is a dict from feature name to value: a string or a list of strings."""

    online: dict[str, dict[str, Any]]
    """The records that GetRecord can read, by record identifier."""
    offline: list[dict[str, Any]]
    """The rows that are not yet written to the offline store, in order of arrival. Each one also has ``is_deleted``."""
    types: dict[str, str] = field(default_factory=dict, repr=False)
    """The feature types by feature name, in the order of the definitions."""

    @classmethod
    def read(cls, _: Any, members: dict[str, Any]) -> "Records":
        """Build the object from JSON values."""
        return cls(**members)

    def to_dataframe(self) -> "pd.DataFrame":
        """Return the records of the online store as a pandas DataFrame, with dtypes that match the feature types.

        :raises ImportError: if pandas is not installed; the message says how to install it
        """
        return frame(list(self.online.values()), self.types)


class FeatureStore(Tester, Preparer):
    """A handle to the Feature Store of one account in one region, in this process or on a server.

    ```python
    with mock_featurestore():
        types = {"id": "String", "time": "String", "total": "Fractional"}
        featurestore.create_group("orders", types, record_identifier="id", event_time="time")
        featurestore.load("orders", [{"id": "1", "time": "2026-01-01T00:00:00Z", "total": 9.5}])
        assert featurestore.records("orders").online["1"]["total"] == "9.5"
    ```

    :param account_id: the account; by default ``MOTO_ACCOUNT_ID``, or moto's default account
    :param region_name: the region; by default ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or us-east-1
    :param url: the URL of a server of this package, such as ``http://127.0.0.1:5000``; by default, the handle uses the
        state of this process
    """

    def __init__(self, account_id: str | None = None, region_name: str | None = None, url: str | None = None) -> None:
        self._account_id = account_id
        self._region_name = region_name
        self.url = url

    def __call__(
        self, *, account_id: str | None = None, region_name: str | None = None, url: str | None = None
    ) -> "FeatureStore":
        """Return a handle to another account, region or server. Parameters that are left out stay the same.

        :param account_id: the account
        :param region_name: the region
        :param url: the URL of a server
        """
        return FeatureStore(account_id or self._account_id, region_name or self._region_name, url or self.url)

    def place(self) -> dict[str, str | None]:
        """Return the account and region that are set in the handle or in the environment; None means the default."""
        account_id, region_name = chosen_place(self._account_id, self._region_name)
        return {"account_id": account_id, "region_name": region_name}

    @shared(Records.read)
    def records(self, group: str) -> dict[str, Any]:
        """Return the records of a feature group: the online records and the rows that wait for the offline store.

        :param group: a feature group's name
        :raises LookupError: if there is no such group
        """
        from moto_featurestore._moto.backend import MotoWorld

        world = MotoWorld()
        feature_group = self._group(world, group)
        with feature_group.lock:
            live = [record for record in feature_group.records_from(0, world.now()) if not record.is_deleted]
            features = (_features(feature_group, record.values) for record in live)
            online = {values[feature_group.record_identifier]: values for values in features}
            offline = [
                _features(feature_group, row.values) | {"is_deleted": row.is_deleted} for row in feature_group.buffer
            ]
            types = {name: definition.feature_type for name, definition in feature_group.definitions.items()}
        return {"online": online, "offline": offline, "types": types}

    @shared(as_it_is)
    def flush(self, group: str | None = None) -> None:
        """Write all buffered rows to the offline store now, regardless of ``offline_delay``.

        :param group: a feature group's name; by default, all groups of the account and region, including deleted ones
        :raises LookupError: if there is no such group
        :raises RuntimeError: if rows cannot be written; they stay in the buffer, and DescribeFeatureGroup shows the
            same reason
        """
        from moto_featurestore._moto.backend import MotoWorld
        from moto_featurestore.offline.flush import flush

        world = MotoWorld()
        messages = []
        for feature_group in [self._group(world, group)] if group else list(self._store(world).pending):
            flush(world, feature_group)
            if reason := (feature_group.offline_store_status or {}).get("BlockedReason"):
                messages.append(f"Rows of the feature group {feature_group.name!r} stay in the buffer: {reason}")
        if messages:
            raise RuntimeError("\n".join(sorted(messages)))

    @shared(as_it_is)
    def deny(self, operation: str, *, group: str | None = None) -> None:
        """Deny an operation to all callers until the mock ends, like an explicit deny in IAM.

        ```python
        featurestore.deny("PutRecord", group="customers")
        with pytest.raises(runtime.exceptions.AccessForbidden):
            write_customer()
        ```

        The denial applies in the handle's account and region. As with IAM, denying ``PutRecord`` also denies
        ``UpdateRecord`` and ``BatchWriteRecord``.

        :param operation: the operation's API name, such as ``PutRecord``
        :param group: a feature group's name or ARN; by default, the operation is denied on all groups
        :raises ValueError: if there is no such operation, or it takes no group although ``group`` is given
        :raises TypeError: if a parameter is not a string
        """
        from moto_featurestore._moto.backend import MotoWorld

        check_operation(operation)
        if operation in OF_NO_GROUP and group is not None:
            raise ValueError(f"{operation} does not concern a single feature group. Leave out the parameter group.")
        world = MotoWorld()
        store = self._store(world)
        account_id, region, name = group_at((store.account_id, store.region), group)
        world.store(account_id, region).denials.add((operation, name))

    @shared(as_it_is)
    def set_status(self, group: str, status: str, *, failure_reason: str | None = None) -> None:
        """Set the status of a feature group, to test code that waits for one.

        A group serves records only in the status ``Created``.

        :param group: a feature group's name
        :param status: a ``FeatureGroupStatus`` of the API, such as ``DeleteFailed``
        :param failure_reason: the ``FailureReason`` that DescribeFeatureGroup returns while the status is a failure
        :raises LookupError: if there is no such group
        :raises ValueError: if there is no such status
        """
        from moto_featurestore._moto.backend import MotoWorld
        from moto_featurestore.protocol.model import CONTROL_PLANE, service_model

        statuses = service_model(CONTROL_PLANE).shape_for("FeatureGroupStatus").metadata["enum"]
        if status not in statuses:
            raise ValueError(f"There is no status {status!r}. The statuses are {', '.join(statuses)}.")
        self._group(MotoWorld(), group).set_status(status, failure_reason)

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
                f"No feature group {name!r} in account {store.account_id}, region {store.region}. Groups there: {known}."
            )
        return group

    def _store(self, world: World) -> Store:
        from moto_featurestore._moto.process_state import default_place, require_own_state

        require_own_state()
        return world.store(*default_place(self._account_id, self._region_name))


featurestore = FeatureStore()
"""The handle to the Feature Store of the default account in the default region."""


def _features(group: FeatureGroup, values: Values) -> dict[str, Any]:
    return {name: _plain(value) for name, value in group.features(values)}


def _plain(value: Value) -> str | list[str]:
    return value if isinstance(value, str) else list(value)
