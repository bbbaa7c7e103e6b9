"""Glue and S3 as the SQL engine asks for them, straight from moto's backends: a client would go out of a server."""

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.aws import replace_version
from moto_featurestore._moto.sight import require_rows

if TYPE_CHECKING:
    from datetime import datetime


DEFAULT = "default"
"""The database of queries that name none: https://docs.aws.amazon.com/athena/latest/ug/creating-databases.html."""


class MotoObject:
    """An object in moto's S3, as it is now: what is put under its key later is another one of moto's too."""

    def __init__(self, held: Any) -> None:
        self._held = held
        self.key: str = held.name
        self.size: int = held.contentsize
        self.last_modified: datetime = held.last_modified

    def read(self, start: int, length: int) -> bytes:
        """Bytes from a position on, without a copy of all of them."""
        with self._held.lock:
            self._held._value_buffer.seek(start)
            return bytes(self._held._value_buffer.read(length))


class PreparedStatements(MutableMapping[str, str]):
    """The prepared statements of a work group, as moto's Athena has them."""

    def __init__(self, athena: Any, work_group: str) -> None:
        self._athena, self._work_group = athena, work_group

    def _held(self) -> dict[str, str]:
        statements = self._athena.prepared_statements.items()
        return {name: held.query_statement for name, held in statements if held.workgroup == self._work_group}

    def __getitem__(self, name: str) -> str:
        return self._held()[name]

    def __setitem__(self, name: str, statement: str) -> None:
        self._athena.create_prepared_statement(
            statement_name=name, workgroup=self._work_group, query_statement=statement, description=""
        )

    def __delitem__(self, name: str) -> None:
        del self._athena.prepared_statements[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held())

    def __len__(self) -> int:
        return len(self._held())


class MotoLake:
    """Glue and S3 of an account in a region, and what a work group of Athena's holds."""

    def __init__(self, athena: Any, work_group: str = "primary") -> None:
        from moto.glue.models import glue_backends
        from moto.s3.models import s3_backends

        account_id, region = athena.account_id, athena.region_name
        self.prepared_statements: MutableMapping[str, str] = PreparedStatements(athena, work_group)
        self._glue = glue_backends[account_id][region]
        self._s3 = s3_backends[account_id][get_partition(region)]

    def databases(self) -> list[str]:
        """Return the names of the databases: ``default`` is always there, as in an account that has used Athena."""
        return list(dict.fromkeys([*self._glue.databases, DEFAULT]))

    def database(self, name: str) -> dict[str, Any]:
        """A Database of Glue's."""
        if self._is_missing_default(name):
            return {"Name": DEFAULT}
        return dict(self._glue.get_database(name).as_dict())

    def _is_missing_default(self, name: str) -> bool:
        return name == DEFAULT and name not in self._glue.databases

    def create_database(self, name: str, given: dict[str, Any]) -> None:
        """Create a database from a DatabaseInput."""
        self._glue.create_database(name, {"Name": name, **given})

    def delete_database(self, name: str) -> None:
        """Delete a database and the tables in it."""
        self._glue.delete_database(name)

    def tables(self, database: str) -> list[str]:
        """The names of a database's tables."""
        if self._is_missing_default(database):
            return []
        return list(self._glue.get_database(database).tables)

    def table(self, database: str, name: str) -> dict[str, Any]:
        """A Table of Glue's."""
        return dict(self._glue.get_table(database, name).as_dict())

    def put_table(self, database: str, name: str, given: dict[str, Any]) -> None:
        """Create a table from a TableInput, or update it."""
        if self._is_missing_default(database):
            self.create_database(database, {})
        put = self._glue.update_table if name in self.tables(database) else self._glue.create_table
        put(database, name, {"Name": name, **given})

    def replace_table(self, database: str, name: str, given: dict[str, Any], version: str) -> bool:
        """Update a table that has a VersionId; says whether it had. No old version is archived."""
        return name in self.tables(database) and replace_version(self._glue.get_table(database, name), given, version)

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table."""
        self._glue.delete_table(database, name)

    def partitions(self, database: str, table: str) -> list[dict[str, Any]]:
        """The Partitions of a table."""
        return [partition.as_dict() for partition in list(self._glue.get_table(database, table).partitions.values())]

    def create_partition(self, database: str, table: str, given: dict[str, Any]) -> None:
        """Create a partition from a PartitionInput."""
        self._glue.create_partition(database, table, given)

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        """Delete the partition of some values."""
        self._glue.get_table(database, table).delete_partition(values)  # type: ignore[arg-type]  # it takes the list

    def has_bucket(self, bucket: str) -> bool:
        """Whether there is a bucket, and the account may use it."""
        return self._bucket(bucket) is not None

    def objects(self, bucket: str, prefix: str) -> list[MotoObject]:
        """The objects whose keys begin with a prefix, by key; none where there is no such bucket.

        :raises MissingExtraError: where rows of an offline store would be among them, and cannot be written
        """
        require_rows(bucket, prefix)
        found = self._bucket(bucket)
        if found is None:
            return []
        held = (found.keys.get(key) for key in sorted(key for key in list(found.keys) if key.startswith(prefix)))
        return [MotoObject(key) for key in held if hasattr(key, "contentsize")]  # the others mark deletions

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Put an object."""
        self._s3.put_object(bucket, key, body)

    def delete_objects(self, bucket: str, keys: list[str]) -> None:
        """Delete objects."""
        for key in keys:
            self._s3.delete_object(bucket, key)

    def _bucket(self, name: str) -> Any:
        from moto.s3.exceptions import S3ClientError

        try:
            return self._s3.get_bucket(name)
        except S3ClientError:
            return None
