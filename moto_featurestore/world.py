"""Interfaces to everything outside a store. One implementation uses moto; another is in memory, for tests."""

from dataclasses import dataclass
from typing import Any, Protocol

from moto_featurestore.aws.identifiers import Arn
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


class Files(Protocol):
    """S3 objects as files, by URI."""

    def read(self, uri: str) -> bytes:
        """Return the contents of a file.

        :raises FileNotFoundError: if the object or its bucket does not exist
        """

    def write(self, uri: str, body: bytes) -> None:
        """Write a whole file. Overwrite an existing one.

        :raises FileNotFoundError: if the bucket does not exist
        """

    def delete(self, uri: str) -> None:
        """Delete a file. Do nothing if it does not exist."""

    def has_any(self, start: str) -> bool:
        """Return True if an object or a delete marker has a URI that begins with ``start``.

        :raises FileNotFoundError: if the bucket does not exist
        """


class World(Protocol):
    """Everything outside one account's store in one region."""

    controls: Controls
    """Faults, throughput limits, clock and call log that tests configure."""

    def store(self, account_id: str, region: str) -> Store:
        """Return the store of an account in a region."""

    def now(self) -> int:
        """Return the current time in nanoseconds since 1970, from the clock of ``controls``."""

    def keys(self, group: FeatureGroup) -> list[str]:
        """Return the keys of the objects in a group's offline store, in order."""

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

    def put_object(self, group: FeatureGroup, key: str, body: bytes) -> None:
        """Put an object into the bucket of a group's offline store, with the group's encryption."""

    def create_table(self, group: FeatureGroup, table: dict[str, Any]) -> bool:
        """Create a group's table in Glue, and its database if necessary. Return False if the table exists.

        :param table: TableInput of Glue's API
        """

    def files(self, group: FeatureGroup) -> Files:
        """Return the files that the service reads and writes for a group, with the group's encryption."""

    def table(self, group: FeatureGroup) -> dict[str, Any] | None:
        """Return a group's table as Glue's GetTable shows it, or None if it does not exist."""

    def replace_table(self, group: FeatureGroup, table: dict[str, Any], version: str) -> bool:
        """Replace a group's TableInput in Glue if the table is still at ``version``. Return True if it was.

        Glue does not archive the old version.

        :param table: TableInput of Glue's API
        :param version: VersionId of the table to replace
        """

    def update_columns(self, group: FeatureGroup, columns: list[dict[str, str]]) -> None:
        """Replace the columns of a group's table in Glue, if the table exists."""
