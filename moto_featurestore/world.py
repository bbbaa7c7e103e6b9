"""What is asked from outside a store: once over moto, once in memory for tests."""

from dataclasses import dataclass
from typing import Any, Protocol

from moto_featurestore.controls import Rehearsal
from moto_featurestore.iam import Identity
from moto_featurestore.settings import Settings
from moto_featurestore.store.group import FeatureGroup, Store, Transition


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and where: of one request."""

    account_id: str
    region: str
    partition: str
    identity: Identity | None = None
    """None while nobody's permissions are looked at."""
    is_secure: bool = True
    """Whether the request came over TLS."""

    @property
    def arn(self) -> str:
        """The caller's ARN; of nobody in particular, the one that moto's STS gives."""
        return self.identity.arn if self.identity else f"arn:{self.partition}:sts::{self.account_id}:user/moto"


class Files(Protocol):
    """The objects of S3, as files by their URI."""

    def read(self, uri: str) -> bytes:
        """The whole of a file.

        :raises FileNotFoundError: where there is no such object, or no such bucket
        """

    def write(self, uri: str, body: bytes) -> None:
        """Write a file as a whole, over the one that may be there.

        :raises FileNotFoundError: where there is no such bucket
        """

    def delete(self, uri: str) -> None:
        """Delete a file; one that is not there is gone already."""

    def has_any(self, start: str) -> bool:
        """Whether there is anything, be it only the mark of a deletion, whose URI begins so.

        :raises FileNotFoundError: where there is no such bucket
        """


class World(Protocol):
    """All that lies outside one account's store in one region."""

    rehearsal: Rehearsal
    """What testers ask of the service."""

    def store(self, account_id: str, region: str) -> Store:
        """The store of an account in a region."""

    def now(self) -> int:
        """The time, in nanoseconds since 1970: that of the clock of ``rehearsal``, where it goes as the machine's does."""

    def keys(self, group: FeatureGroup) -> list[str]:
        """The keys of the objects of a group's offline store, in their order."""

    def is_shared(self, arn: str, caller: Caller) -> bool:
        """Whether a resource of another account is shared with a caller."""

    def accounts(self, region: str) -> list[str]:
        """The accounts that have a store in a region."""

    def transition(self, *statuses: str) -> Transition:
        """A feature group's status on its way through some statuses."""

    def trusts_sagemaker(self, role_arn: str, caller: Caller) -> bool:
        """Whether a role exists that SageMaker may assume; any will do while nobody's permissions are looked at."""

    def settings(self) -> Settings:
        """The settings in force."""

    def random_hex(self, digits: int) -> str:
        """A random text of hexadecimal digits, in lower case."""

    def write_refusal(self, group: FeatureGroup) -> str | None:
        """Why the service cannot write to the bucket of a group's offline store; None where it can."""

    def table_refusal(self, group: FeatureGroup) -> str | None:
        """Why the service cannot read and change the table of a group of the format Iceberg; None where it can."""

    def put_object(self, group: FeatureGroup, key: str, body: bytes) -> None:
        """Put an object into the bucket of a group's offline store, encrypted as the group says."""

    def create_table(self, group: FeatureGroup, table: dict[str, Any]) -> bool:
        """Make the table of a group in Glue, and the database where there is none; says whether it was made.

        :param table: TableInput of Glue's API
        """

    def files(self, group: FeatureGroup) -> Files:
        """The files that the service reads and writes for a group, encrypted as the group says."""

    def table(self, group: FeatureGroup) -> dict[str, Any] | None:
        """The table of a group as Glue's GetTable shows it; None where there is none."""

    def replace_table(self, group: FeatureGroup, table: dict[str, Any], version: str) -> bool:
        """Give the table of a group in Glue another TableInput, of which no old version is archived.

        :param version: the VersionId that it must have: says whether it had, and so whether it was replaced
        """

    def update_columns(self, group: FeatureGroup, columns: list[dict[str, str]]) -> None:
        """Give the table of a group in Glue, where it is still there, other columns."""
