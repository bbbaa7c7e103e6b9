"""What the engine asks from outside: Glue's catalog and S3's objects, as an account has them in a region."""

from collections.abc import MutableMapping, Sequence
from datetime import datetime
from typing import Any, Protocol

Dict = dict[str, Any]
"""A structure of Glue's API, such as a Table or a TableInput."""


class StoredObject(Protocol):
    """An object of S3 at one moment; what is put under its key later is another one."""

    key: str
    size: int
    last_modified: datetime

    def read(self, start: int, length: int) -> bytes:
        """Bytes from a position on; fewer at the end."""


class Lake(Protocol):
    """Glue and S3. Names of databases and tables are as Glue holds them; catalog.py folds them."""

    @property
    def prepared_statements(self) -> MutableMapping[str, str]:
        """The prepared statements by their names."""

    def databases(self) -> list[str]:
        """The names of the databases."""

    def database(self, name: str) -> Dict:
        """A Database of Glue's."""

    def create_database(self, name: str, given: Dict) -> None:
        """Create a database from a DatabaseInput."""

    def delete_database(self, name: str) -> None:
        """Delete a database and the tables in it."""

    def tables(self, database: str) -> list[str]:
        """The names of a database's tables."""

    def table(self, database: str, name: str) -> Dict:
        """A Table of Glue's."""

    def put_table(self, database: str, name: str, given: Dict) -> None:
        """Create a table from a TableInput, or update it."""

    def replace_table(self, database: str, name: str, given: Dict, version: str) -> bool:
        """Update a table that has a VersionId; says whether it had. No old version is archived."""

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table."""

    def partitions(self, database: str, table: str) -> list[Dict]:
        """The Partitions of a table."""

    def create_partition(self, database: str, table: str, given: Dict) -> None:
        """Create a partition from a PartitionInput."""

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        """Delete the partition of some values."""

    def has_bucket(self, bucket: str) -> bool:
        """Whether there is a bucket, and the account may use it."""

    def objects(self, bucket: str, prefix: str) -> Sequence[StoredObject]:
        """The objects whose keys begin with a prefix, by key; none where there is no such bucket."""

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Put an object."""

    def delete_objects(self, bucket: str, keys: list[str]) -> None:
        """Delete objects."""
