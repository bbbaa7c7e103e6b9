"""Interfaces to everything outside a store. One implementation uses moto; another is in memory, for tests."""

from dataclasses import dataclass
from typing import Protocol

from moto_featurestore.aws.identifiers import Arn
from moto_featurestore.aws.ports import S3, Glue
from moto_featurestore.controls import Controls
from moto_featurestore.iam import Identity
from moto_featurestore.settings import Settings
from moto_featurestore.store.group import FeatureGroup, Store, Transition


@dataclass(frozen=True, slots=True)
class Caller:
    """The account, region and identity of one request."""

    account_id: str
    region: str
    partition: str
    identity: Identity | None = None
    """None if permissions are not checked."""
    is_secure: bool = True
    """True if the request came over TLS."""

    @property
    def arn(self) -> str:
        """The caller's ARN. Without an identity, it is the default ARN of moto's STS."""
        return self.identity.arn if self.identity else str(Arn(self.partition, "sts", "", self.account_id, "user/moto"))


class World(Protocol):
    """Everything outside one account's store in one region."""

    controls: Controls
    """Faults, throughput limits, clock and call log that tests configure."""

    def store(self, account_id: str, region: str) -> Store:
        """Return the store of an account in a region."""

    def now(self) -> int:
        """Return the current time in nanoseconds since 1970, from the clock of ``controls``."""

    def is_shared(self, arn: str, caller: Caller) -> bool:
        """Return True if a resource of another account is shared with the caller."""

    def accounts(self, region: str) -> list[str]:
        """Return the ids of the accounts that have a store in a region."""

    def transition(self, *statuses: str) -> Transition:
        """Return a transition of a feature group through some statuses."""

    def trusts_sagemaker(self, role_arn: str, caller: Caller) -> bool:
        """Return True if a role exists and trusts SageMaker, or if permissions are not checked."""

    def settings(self) -> Settings:
        """Return the current settings."""

    def random_hex(self, digits: int) -> str:
        """Return random hexadecimal digits in lower case."""

    def write_refusal(self, group: FeatureGroup) -> str | None:
        """Return the reason why the service cannot write to the bucket of a group's offline store, or None."""

    def table_refusal(self, group: FeatureGroup) -> str | None:
        """Return the reason why the service cannot read and change a group's Iceberg table, or None."""

    def s3(self, group: FeatureGroup) -> S3:
        """Return S3 as the service uses it for a group: with access to the buckets of all accounts, and the group's key."""

    def glue(self, group: FeatureGroup) -> Glue:
        """Return the Glue catalog of a group's account and region."""
