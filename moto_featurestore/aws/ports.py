"""The interfaces through which the offline store and Athena use S3 and Glue. The package ``_moto`` implements both."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from moto_featurestore.aws.identifiers import S3Uri

Dict = dict[str, Any]
"""A structure of the Glue API, such as a Table or a TableInput."""

_READ_ONLY_MEMBERS = {
    "CatalogId",
    "CreateTime",
    "CreatedBy",
    "DatabaseName",
    "IsRegisteredWithLakeFormation",
    "UpdateTime",
    "VersionId",
}
"""Members of a Glue Table that a TableInput does not have."""


def table_input(table: Dict) -> Dict:
    """Convert a Glue Table structure to a TableInput: omit the members that only Glue can set."""
    return {name: value for name, value in table.items() if name not in _READ_ONLY_MEMBERS}


class StoredObject(Protocol):
    """One version of an S3 object. A later PutObject with the same key does not change this version."""

    key: str
    size: int
    last_modified: datetime

    def read(self, start: int = 0, length: int = -1) -> bytes:
        """Return bytes of the object.

        :param start: offset of the first byte
        :param length: maximum number of bytes; by default, read to the end of the object
        """


class S3(Protocol):
    """The S3 objects that an account can access, in all regions."""

    def has_bucket(self, bucket: str) -> bool:
        """Return True if the bucket exists and the account can access it."""

    def objects(self, bucket: str, prefix: str) -> Sequence[StoredObject]:
        """Return the objects whose keys start with a prefix, ordered by key.

        Return an empty list if the bucket does not exist.
        """

    def find(self, uri: S3Uri) -> StoredObject:
        """Return the object at an S3 URI.

        :raises FileNotFoundError: if the object or its bucket does not exist
        """

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object.

        :raises FileNotFoundError: if the bucket does not exist
        """

    def delete_objects(self, bucket: str, keys: list[str]) -> None:
        """Delete objects. Keys that do not exist are ignored."""


class Glue(Protocol):
    """The Glue catalog of one account in one region. Callers must pass names in lower case, as Glue stores them."""

    def databases(self) -> list[str]:
        """Return the names of the databases."""

    def database(self, name: str) -> Dict:
        """Return the Database structure of a database."""

    def create_database(self, name: str, database_input: Dict) -> None:
        """Create a database from a DatabaseInput."""

    def delete_database(self, name: str) -> None:
        """Delete a database and the tables in it."""

    def tables(self, database: str) -> list[str]:
        """Return the names of the tables of a database, or an empty list if the database does not exist."""

    def table(self, database: str, name: str) -> Dict:
        """Return the Table structure of a table."""

    def create_table(self, database: str, name: str, table_input: Dict) -> bool:
        """Create a table from a TableInput, and its database if necessary. Return False if the table already exists."""

    def put_table(self, database: str, name: str, table_input: Dict) -> None:
        """Create a table from a TableInput. If the table exists, update the table, and archive its old version."""

    def replace_table(self, database: str, name: str, table_input: Dict, version: str) -> bool:
        """Update a table if its VersionId is still ``version``. Return True if the table was updated.

        Glue does not archive the old version.
        """

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table."""

    def partitions(self, database: str, table: str) -> list[Dict]:
        """Return the Partition structures of a table."""

    def create_partition(self, database: str, table: str, partition_input: Dict) -> None:
        """Create a partition from a PartitionInput."""

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        """Delete the partition with these values."""
