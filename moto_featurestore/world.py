"""The interface through which operations use S3, Glue, IAM, the clock and all stores: the protocol ``World``.

One implementation uses moto. The tests of this package use a second implementation, in memory.
"""

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
    """The identity whose permissions apply. If the value is None, the operations check no permissions."""
    is_secure: bool = True
    """True if the client sent the request over TLS."""

    @property
    def arn(self) -> str:
        """The caller's ARN. A caller without an identity has the default ARN of moto's STS."""
        return self.identity.arn if self.identity else str(Arn(self.partition, "sts", "", self.account_id, "user/moto"))


class World(Protocol):
    """The interface to S3, Glue, IAM, the clock, the settings, and the stores of all accounts and regions."""

    controls: Controls
    """The faults, throughput limits, clock and call log. Tests configure these controls."""

    def store(self, account_id: str, region: str) -> Store:
        """Return the Store that contains the feature groups of an account in a region."""

    def all_stores(self) -> list[Store]:
        """Return the Stores of all accounts and regions."""

    def now(self) -> int:
        """Return the current time in nanoseconds since 1970, from the clock of ``controls``."""

    def is_shared(self, arn: str, caller: Caller) -> bool:
        """Return True if the account that owns the resource with this ARN has shared the resource with the caller."""

    def accounts(self, region: str) -> list[str]:
        """Return the IDs of the accounts that have a Store in a region."""

    def transition(self, *statuses: str) -> Transition:
        """Return an object that changes the status of a feature group, for example from Creating to Created.

        :param statuses: two or more statuses, in the order in which the group gets these statuses
        """

    def trusts_sagemaker(self, role_arn: str, caller: Caller) -> bool:
        """Return True if a role exists and SageMaker may assume it, or if permissions are not checked."""

    def settings(self) -> Settings:
        """Return the current settings."""

    def random_hex(self, digits: int) -> str:
        """Return random hexadecimal digits in lower case."""

    def write_problem(self, group: FeatureGroup) -> str | None:
        """Return the reason why the Feature Store cannot write to the S3 bucket of a group, or None if it can."""

    def table_problem(self, group: FeatureGroup) -> str | None:
        """Return the reason why the Feature Store cannot read and change a group's Iceberg table, or None if it can."""

    def s3(self, group: FeatureGroup) -> S3:
        """Return the interface to S3 for a group's offline store.

        The interface can access the buckets of all accounts, and encrypts objects with the group's KMS key.
        """

    def glue(self, group: FeatureGroup) -> Glue:
        """Return the interface to Glue in a group's account and region."""
