"""The enforcement of provisioned throughput. The remaining capacity of a group depends on the clock that tests advance.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html document the minimum consumption of a request.
The service also consumes an undocumented amount for metadata, historic records and TTL, which this module ignores.
"""

from threading import Lock
from uuid import uuid4

from moto_featurestore.aws.identifiers import Arn
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import NANOSECONDS

READ, WRITE = "ProvisionedReadCapacityUnits", "ProvisionedWriteCapacityUnits"
_READ_UNIT, _WRITE_UNIT = 4 * 1024, 1024
"""The number of record bytes that one read capacity unit and one write capacity unit cover."""


def read_units(size: int) -> int:
    """Return the number of capacity units that a read of a record consumes.

    :param size: the size of the whole record in bytes, even if the client requests only some features; 0 if the record
        does not exist
    """
    return -(-size // _READ_UNIT)


def write_units(size: int) -> int:
    """Return the number of capacity units that a write or deletion of a record consumes.

    :param size: the size of the features in the request, in bytes
    """
    return max(1, -(-size // _WRITE_UNIT))


class Throughput:
    """The groups whose provisioned throughput is enforced, and their remaining capacity.

    A group starts with the capacity of one second, which refills continuously. A request is admitted if any capacity
    remains. Therefore a large record can consume more units than the group gets per second. Later requests are then
    rejected for a longer time. AWS does not document these rules; they are assumptions.
    """

    def __init__(self) -> None:
        self.enforced: dict[str, tuple[str, str, str | None]] = {}
        """A dict from the ID of a limit to its account, region and group name.

        The group name is None if the limit applies to all groups of the account in the region.
        """
        self._left: dict[tuple[str, str], tuple[float, int]] = {}
        """A dict from a group's ARN and READ or WRITE to the remaining units and the time of their calculation."""
        self._lock = Lock()

    def enforce(self, account_id: str, region: str, group: str | None) -> str:
        """Enforce the provisioned throughput of a group, or of all groups in the region if ``group`` is None.

        Return an ID, which ``lift`` accepts as ``key``.
        """
        key = uuid4().hex
        with self._lock:
            self.enforced = {**self.enforced, key: (account_id, region, group)}
        return key

    def lift(self, account_id: str, region: str, key: str | None = None) -> None:
        """Lift (remove) throughput limits.

        :param key: the ID of a limit in any account and region; if None, lift all limits of the account in the region
        """
        with self._lock:
            self.enforced = {
                limit_id: limit
                for limit_id, limit in self.enforced.items()
                if (limit_id != key if key else limit[:2] != (account_id, region))
            }
            if not self.enforced:
                self._left.clear()

    def admits(self, group: FeatureGroup, kind: str, units: int, now: int) -> bool:
        """Return True if the group has capacity left for a request, or if its throughput is not enforced.

        If the throughput is enforced and capacity is left, consume the units of the request.

        :param kind: READ or WRITE
        :param units: the number of capacity units that the request consumes
        :param now: the current time in nanoseconds since 1970
        """
        if group.throughput["ThroughputMode"] != "Provisioned" or not self._is_enforced(group):
            return True
        capacity = group.throughput[kind]
        with self._lock:
            left, before = self._left.get((group.arn, kind), (capacity, now))
            left = min(capacity, left + capacity * max(0, now - before) / NANOSECONDS)
            is_admitted = left > 0 or not units
            self._left[group.arn, kind] = (left - units if is_admitted else left), now
        return is_admitted

    def _is_enforced(self, group: FeatureGroup) -> bool:
        arn = Arn.parse(group.arn)
        limits = self.enforced.values()
        return any((arn.account_id, arn.region, name) in limits for name in (None, group.name))
