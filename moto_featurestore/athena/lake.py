"""The interface of the engine to the Glue catalog and the S3 objects of one account in one region."""

from collections.abc import MutableMapping, Sequence
from datetime import datetime
from typing import Any, Protocol

Dict = dict[str, Any]
"""A structure of the Glue API, such as a Table or a TableInput."""


class StoredObject(Protocol):
    """One version of an S3 object. A later PutObject with the same key does not change it."""

    key: str
    size: int
    last_modified: datetime

    def read(self, start: int, length: int) -> bytes:
        """Return bytes of the object.

        :param start: offset of the first byte
        :param length: number of bytes; fewer are returned at the end of the object
        """


class Lake(Protocol):
    """Glue and S3. Database and table names are in Glue's spelling; catalog.py ignores case."""

    @property
    def prepared_statements(self) -> MutableMapping[str, str]:
        """The text of the prepared statements by name."""

    def databases(self) -> list[str]:
        """Return the names of the databases."""

    def database(self, name: str) -> Dict:
        """Return the Database structure of a database."""

    def create_database(self, name: str, database_input: Dict) -> None:
        """Create a database from a DatabaseInput."""

    def delete_database(self, name: str) -> None:
        """Delete a database and the tables in it."""

    def tables(self, database: str) -> list[str]:
        """Return the names of the tables of a database."""

    def table(self, database: str, name: str) -> Dict:
        """Return the Table structure of a table."""

    def put_table(self, database: str, name: str, table_input: Dict) -> None:
        """Create a table from a TableInput, or update it if it exists."""

    def replace_table(self, database: str, name: str, table_input: Dict, version: str) -> bool:
        """Update a table if it is still at the VersionId. Return True if it was. No old version is archived."""

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table."""

    def partitions(self, database: str, table: str) -> list[Dict]:
        """Return the Partition structures of a table."""

    def create_partition(self, database: str, table: str, partition_input: Dict) -> None:
        """Create a partition from a PartitionInput."""

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        """Delete the partition with these values."""

    def has_bucket(self, bucket: str) -> bool:
        """Return True if the bucket exists and the account can access it."""

    def objects(self, bucket: str, prefix: str) -> Sequence[StoredObject]:
        """Return the objects whose keys start with a prefix, ordered by key; none if the bucket does not exist."""

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object."""

    def delete_objects(self, bucket: str, keys: list[str]) -> None:
        """Delete objects."""
