"""The SQL engine's ports of Glue and S3, over moto's backends. In a server, a client would call the real AWS."""

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.s3_glue import replace_version

if TYPE_CHECKING:
    from datetime import datetime


DEFAULT = "default"
"""The database of queries that name none: https://docs.aws.amazon.com/athena/latest/ug/creating-databases.html."""


class MotoObject:
    """An object in moto's S3. It never changes: a later put to its key creates another object in moto."""

    def __init__(self, moto_key: Any) -> None:
        self._moto_key = moto_key
        self.key: str = moto_key.name
        self.size: int = moto_key.contentsize
        self.last_modified: datetime = moto_key.last_modified

    def read(self, start: int, length: int) -> bytes:
        """Return ``length`` bytes from position ``start``, without a copy of the whole object."""
        with self._moto_key.lock:
            self._moto_key._value_buffer.seek(start)
            return bytes(self._moto_key._value_buffer.read(length))


class PreparedStatements(MutableMapping[str, str]):
    """The prepared statements of a work group in moto's Athena."""

    def __init__(self, athena: Any, work_group: str) -> None:
        self._athena, self._work_group = athena, work_group

    def _statements(self) -> dict[str, str]:
        statements = self._athena.prepared_statements.items()
        return {
            name: prepared.query_statement for name, prepared in statements if prepared.workgroup == self._work_group
        }

    def __getitem__(self, name: str) -> str:
        return self._statements()[name]

    def __setitem__(self, name: str, statement: str) -> None:
        self._athena.create_prepared_statement(
            statement_name=name, workgroup=self._work_group, query_statement=statement, description=""
        )

    def __delitem__(self, name: str) -> None:
        del self._athena.prepared_statements[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements())

    def __len__(self) -> int:
        return len(self._statements())


class MotoLake:
    """Glue and S3 of an account in a region, and the prepared statements of an Athena work group."""

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
        """Return a database in the form of Glue's Database structure."""
        if self._is_missing_default(name):
            return {"Name": DEFAULT}
        return dict(self._glue.get_database(name).as_dict())

    def _is_missing_default(self, name: str) -> bool:
        return name == DEFAULT and name not in self._glue.databases

    def create_database(self, name: str, database_input: dict[str, Any]) -> None:
        """Create a database from a DatabaseInput."""
        self._glue.create_database(name, {"Name": name, **database_input})

    def delete_database(self, name: str) -> None:
        """Delete a database and the tables in it."""
        self._glue.delete_database(name)

    def tables(self, database: str) -> list[str]:
        """Return the names of a database's tables."""
        if self._is_missing_default(database):
            return []
        return list(self._glue.get_database(database).tables)

    def table(self, database: str, name: str) -> dict[str, Any]:
        """Return a table in the form of Glue's Table structure."""
        return dict(self._glue.get_table(database, name).as_dict())

    def put_table(self, database: str, name: str, table_input: dict[str, Any]) -> None:
        """Create or update a table from a TableInput."""
        if self._is_missing_default(database):
            self.create_database(database, {})
        put = self._glue.update_table if name in self.tables(database) else self._glue.create_table
        put(database, name, {"Name": name, **table_input})

    def replace_table(self, database: str, name: str, table_input: dict[str, Any], version: str) -> bool:
        """Update a table if its VersionId is still ``version``. Return True if it was. No old version is archived."""
        exists = name in self.tables(database)
        return exists and replace_version(self._glue.get_table(database, name), table_input, version)

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table."""
        self._glue.delete_table(database, name)

    def partitions(self, database: str, table: str) -> list[dict[str, Any]]:
        """Return the partitions of a table in the form of Glue's Partition structure."""
        return [partition.as_dict() for partition in list(self._glue.get_table(database, table).partitions.values())]

    def create_partition(self, database: str, table: str, partition_input: dict[str, Any]) -> None:
        """Create a partition from a PartitionInput."""
        self._glue.create_partition(database, table, partition_input)

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        """Delete the partition with the given values."""
        self._glue.get_table(database, table).delete_partition(values)  # type: ignore[arg-type]  # moto accepts the list

    def has_bucket(self, bucket: str) -> bool:
        """Return True if a bucket exists and the account may use it."""
        return self._bucket(bucket) is not None

    def objects(self, bucket: str, prefix: str) -> list[MotoObject]:
        """Return the objects whose keys begin with a prefix, sorted by key. Return none if the bucket does not exist."""
        moto_bucket = self._bucket(bucket)
        if moto_bucket is None:
            return []
        names = sorted(name for name in list(moto_bucket.keys) if name.startswith(prefix))
        moto_keys = [moto_bucket.keys.get(name) for name in names]
        return [MotoObject(key) for key in moto_keys if hasattr(key, "contentsize")]  # the others are delete markers

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
