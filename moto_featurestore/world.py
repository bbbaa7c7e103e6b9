"""Interfaces to everything outside a store. One implementation uses moto. The tests use another one, in memory."""

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
    """The identity whose permissions apply. If it is None, the operations check no permissions."""
    is_secure: bool = True
    """True if the client sent the request over TLS."""

    @property
    def arn(self) -> str:
        """The caller's ARN. For a caller without an identity, it is the default ARN of moto's STS."""
        return self.identity.arn if self.identity else str(Arn(self.partition, "sts", "", self.account_id, "user/moto"))


class World(Protocol):
    """Everything outside one account's store in one region."""

    controls: Controls
    """Faults, throughput limits, clock and call log that tests configure."""

    def store(self, account_id: str, region: str) -> Store:
        """Return the store of an account in a region."""

    def all_stores(self) -> list[Store]:
        """Return the stores of all accounts and regions."""

    def now(self) -> int:
        """Return the current time in nanoseconds since 1970, from the clock of ``controls``."""

    def is_shared(self, arn: str, caller: Caller) -> bool:
        """Return True if another account has shared its resource with the caller."""

    def accounts(self, region: str) -> list[str]:
        """Return the IDs of the accounts that have a store in a region."""

    def transition(self, *statuses: str) -> Transition:
        """Return a transition that gives a feature group the statuses one after another."""

    def trusts_sagemaker(self, role_arn: str, caller: Caller) -> bool:
        """Return True if a role exists and trusts SageMaker, or if permissions are not checked."""

    def settings(self) -> Settings:
        """Return the current settings."""

    def random_hex(self, digits: int) -> str:
        """Return random hexadecimal digits in lower case."""

    def write_refusal(self, group: FeatureGroup) -> str | None:
        """Return the reason why the service cannot write to the bucket of an offline store, or None if it can."""

    def table_refusal(self, group: FeatureGroup) -> str | None:
        """Return the reason why the service cannot read and change a group's Iceberg table, or None if it can."""

    def s3(self, group: FeatureGroup) -> S3:
        """Return the S3 interface for a group's offline store.

        It can access the buckets of all accounts, and encrypts objects with the group's KMS key.
        """

    def glue(self, group: FeatureGroup) -> Glue:
        """Return the Glue catalog of a group's account and region."""
