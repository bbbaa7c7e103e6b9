"""Provisioned throughput: how much of a group's capacity is left, by the clock.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html say what a request consumes at least; what the
service adds for its own metadata, historic records and TTL they do not say, and it is left out here.
"""

from threading import Lock
from uuid import uuid4

from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.values import NANOSECONDS

READ, WRITE = "ProvisionedReadCapacityUnits", "ProvisionedWriteCapacityUnits"
_READ_UNIT, _WRITE_UNIT = 4 * 1024, 1024
"""Bytes, of a record that is read and of one that is written."""


def read_units(size: int) -> int:
    """What reading a record consumes, the whole of it, whatever features are asked for; nothing where there is none."""
    return -(-size // _READ_UNIT)


def write_units(size: int) -> int:
    """What writing or deleting a record consumes."""
    return max(1, -(-size // _WRITE_UNIT))


class Throughput:
    """The groups whose provisioned throughput holds, and what is left of it.

    A second's capacity is there at first, and comes back evenly (assumed). A request is let in while anything is left,
    so that a record of more units than a second has can be written; what follows waits the longer (assumed).
    """

    def __init__(self) -> None:
        self.enforced: dict[str, tuple[str, str, str | None]] = {}
        """Account, region and name of the group, or None for all of them, by an id."""
        self._left: dict[tuple[str, str], tuple[float, int]] = {}
        """Units, and when there were that many, by the group's ARN and the kind of unit."""
        self._lock = Lock()

    def enforce(self, account_id: str, region: str, group: str | None) -> str:
        """Let the throughput of a group hold, or those of all groups; gives what that is lifted by."""
        key = uuid4().hex
        with self._lock:
            self.enforced = {**self.enforced, key: (account_id, region, group)}
        return key

    def lift(self, account_id: str, region: str, key: str | None = None) -> None:
        """Let what was enforced hold no more, wherever it does, or nothing of an account in a region."""
        with self._lock:
            self.enforced = {
                held: place
                for held, place in self.enforced.items()
                if (held != key if key else place[:2] != (account_id, region))
            }
            if not self.enforced:
                self._left.clear()

    def admits(self, group: FeatureGroup, kind: str, units: int, now: int) -> bool:
        """Whether a request is let in; what it consumes is taken."""
        if group.throughput["ThroughputMode"] != "Provisioned" or not self._holds(group):
            return True
        capacity = group.throughput[kind]
        with self._lock:
            left, then = self._left.get((group.arn, kind), (capacity, now))
            left = min(capacity, left + capacity * max(0, now - then) / NANOSECONDS)
            is_let_in = left > 0 or not units
            self._left[group.arn, kind] = (left - units if is_let_in else left), now
        return is_let_in

    def _holds(self, group: FeatureGroup) -> bool:
        _, _, _, region, account_id, _ = group.arn.split(":", 5)
        places = self.enforced.values()
        return (account_id, region, None) in places or (account_id, region, group.name) in places
