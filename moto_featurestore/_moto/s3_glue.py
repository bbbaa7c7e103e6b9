"""The implementations of the interfaces to S3 and Glue (``aws.ports``) with moto's backends.

This module does not use boto3 clients. In the process of moto's server, boto3 clients would send requests to AWS.
"""

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.iam_roles import bucket_problem, role_problem
from moto_featurestore.aws.identifiers import Arn, S3Uri
from moto_featurestore.aws.ports import Dict
from moto_featurestore.offline.layout import location, table_names
from moto_featurestore.offline.optional_dependencies import MissingExtraError
from moto_featurestore.store.group import FeatureGroup

if TYPE_CHECKING:
    from datetime import datetime

    from moto.glue.models import FakeTable, GlueBackend
    from moto.s3.models import FakeBucket, FakeKey, S3Backend


_replacing = Lock()
"""The lock for commits to Iceberg tables.

No second commit may happen between the check of a table's version and the replacement of the table.
"""


def random_hex(digits: int) -> str:
    """Return random hexadecimal digits from moto's generator, which moto's API can seed."""
    from moto.moto_api._internal import mock_random

    return mock_random.get_random_hex(digits)


# S3.


class MotoObject:
    """An object in moto's S3. The object never changes, because a later put with the same key creates a new object."""

    def __init__(self, moto_key: "FakeKey") -> None:
        self._moto_key = moto_key
        self.key: str = moto_key.name
        self.size: int = moto_key.contentsize
        self.last_modified: datetime = moto_key.last_modified

    def read(self, start: int = 0, length: int = -1) -> bytes:
        """Return ``length`` bytes from position ``start``. If ``length`` is -1, return all bytes from ``start``.

        The method does not copy the whole object.
        """
        with self._moto_key.lock:
            self._moto_key._value_buffer.seek(start)
            return bytes(self._moto_key._value_buffer.read(length))


class MotoS3:
    """The interface to moto's S3, for calls by one account or by the Feature Store service.

    :param backend: the S3 backend of the account that makes the calls. By default, the Feature Store makes the calls,
        and has access to the buckets of all accounts.
    :param encryption: encryption parameters for moto's PutObject, for all objects that this instance writes
    """

    def __init__(self, backend: "S3Backend | None" = None, **encryption: Any) -> None:
        self._backend, self._encryption = backend, encryption

    def has_bucket(self, bucket: str) -> bool:
        """Return True if the bucket exists in the account that makes the calls.

        If this object has no such account, return True if the bucket exists in any account.
        """
        return self._bucket(bucket) is not None

    def objects(self, bucket: str, prefix: str) -> Sequence[MotoObject]:
        """Return the objects whose keys begin with a prefix, sorted by key.

        Return an empty list if the bucket does not exist.
        """
        moto_bucket = self._bucket(bucket)
        if moto_bucket is None:
            return []
        names = sorted(name for name in list(moto_bucket.keys) if name.startswith(prefix))
        moto_keys = [moto_bucket.keys.get(name) for name in names]
        return [MotoObject(key) for key in moto_keys if _has_content(key)]

    def find(self, uri: S3Uri) -> MotoObject:
        """Return the object with this URI.

        :raises FileNotFoundError: if the object or its bucket does not exist
        """
        moto_bucket = self._bucket(uri.bucket)
        moto_key: Any = moto_bucket.keys.get(uri.key) if moto_bucket else None
        if not _has_content(moto_key):
            raise FileNotFoundError(f"The object [{uri}] does not exist.")
        return MotoObject(moto_key)

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Store an object in a bucket.

        :raises FileNotFoundError: if the bucket does not exist
        """
        backend = self._backend or _backend_of(bucket)
        if backend is None:
            raise FileNotFoundError(f"The bucket [{bucket}] does not exist.")
        backend.put_object(bucket, key, body, **self._encryption)

    def delete_objects(self, bucket: str, keys: list[str]) -> None:
        """Delete objects. Keys that do not exist are ignored."""
        if backend := self._backend or _backend_of(bucket):
            for key in keys:
                backend.delete_object(bucket, key)

    def _bucket(self, name: str) -> "FakeBucket | None":
        from moto.s3.exceptions import S3ClientError

        backend = self._backend or _backend_of(name)
        try:
            return backend.get_bucket(name) if backend else None
        except S3ClientError:
            return None


def _has_content(moto_key: Any) -> bool:
    """Return True if an entry of a bucket in moto is an object. Return False for a delete marker, and for None."""
    return hasattr(moto_key, "contentsize")


def _backend_of(bucket: str) -> "S3Backend | None":
    """Return the backend of the account that owns a bucket, or None if the bucket does not exist."""
    from moto.s3.models import s3_backends

    if bucket not in s3_backends.bucket_accounts:
        return None
    partition, account_id = s3_backends.bucket_accounts[bucket]
    return s3_backends[account_id][partition]


def make_bucket(account_id: str, region: str, name: str) -> None:
    """Create a bucket, unless a bucket with the same name exists in any account."""
    from moto.s3.models import s3_backends

    if name not in s3_backends.bucket_accounts:
        s3_backends[account_id][get_partition(region)].create_bucket(name, region)


def s3_of(group: FeatureGroup) -> MotoS3:
    """Return the interface to S3 for a group's offline store.

    The interface encrypts objects with the group's KMS key, or with AWS's managed key for S3.

    Source: https://github.com/aws/sagemaker-feature-store-spark (SparkSessionInitializer.scala)
    """
    assert group.offline_store is not None
    return MotoS3(encryption="aws:kms", kms_key_id=group.offline_store["S3StorageConfig"].get("KmsKeyId"))


def find_bucket(group: FeatureGroup) -> "FakeBucket | None":
    """Return the S3 bucket of a group, or None if the bucket does not exist. Any account may own the bucket."""
    return MotoS3()._bucket(location(group).bucket)


def write_problem(group: FeatureGroup) -> str | None:
    """Return the reason why the Feature Store cannot write to the S3 bucket of a group, or None if it can."""
    from moto.s3.models import s3_backends

    name, arn = location(group).bucket, Arn.parse(group.arn)
    partition, owner = s3_backends.bucket_accounts.get(name, (None, None))
    if partition != arn.partition:
        return f"The bucket [{name}] does not exist."
    bucket = find_bucket(group)
    if owner != arn.account_id and (problem := bucket_problem(group, bucket.policy if bucket else None)):
        return problem
    return role_problem(group)


# Glue.


class MotoGlue:
    """The interface to moto's Glue, for an account in a region."""

    def __init__(self, backend: "GlueBackend") -> None:
        self._glue = backend

    def databases(self) -> list[str]:
        """Return the names of the databases."""
        return list(self._glue.databases)

    def database(self, name: str) -> Dict:
        """Return a database in the form of Glue's Database structure."""
        return dict(self._glue.get_database(name).as_dict())

    def create_database(self, name: str, database_input: Dict) -> None:
        """Create a database from a DatabaseInput."""
        self._glue.create_database(name, {"Name": name, **database_input})

    def delete_database(self, name: str) -> None:
        """Delete a database and the tables in it."""
        self._glue.delete_database(name)

    def tables(self, database: str) -> list[str]:
        """Return the names of a database's tables, or an empty list if the database does not exist."""
        return list(self._glue.databases[database].tables) if database in self._glue.databases else []

    def table(self, database: str, name: str) -> Dict:
        """Return a table in the form of Glue's Table structure."""
        return dict(self._glue.get_table(database, name).as_dict())

    def create_table(self, database: str, name: str, table_input: Dict) -> bool:
        """Create a table from a TableInput, and its database if necessary. Return False if the table already exists."""
        if database not in self._glue.databases:
            self.create_database(database, {})
        if name in self._glue.databases[database].tables:
            return False
        self._glue.create_table(database, name, {"Name": name, **table_input})
        return True

    def put_table(self, database: str, name: str, table_input: Dict) -> None:
        """Create or update a table from a TableInput."""
        if not self.create_table(database, name, table_input):
            self._glue.update_table(database, name, {"Name": name, **table_input})

    def replace_table(self, database: str, name: str, table_input: Dict, version: str) -> bool:
        """Update a table if its VersionId is still ``version``. Return True if the table was updated.

        Do not archive the old version.
        """
        return name in self.tables(database) and _replace_version(
            self._glue.get_table(database, name), table_input, version
        )

    def delete_table(self, database: str, name: str) -> None:
        """Delete a table."""
        self._glue.delete_table(database, name)

    def partitions(self, database: str, table: str) -> list[Dict]:
        """Return the partitions of a table in the form of Glue's Partition structure."""
        return [partition.as_dict() for partition in list(self._glue.get_table(database, table).partitions.values())]

    def create_partition(self, database: str, table: str, partition_input: Dict) -> None:
        """Create a partition from a PartitionInput."""
        self._glue.create_partition(database, table, partition_input)

    def delete_partition(self, database: str, table: str, values: list[str]) -> None:
        """Delete the partition with these values of the partition keys."""
        self._glue.get_table(database, table).delete_partition(values)  # type: ignore[arg-type]  # moto accepts the list


def _replace_version(table: "FakeTable", table_input: Dict, version: str) -> bool:
    with _replacing:
        if str(table._current_version) != version:
            return False
        table.update(table_input)
        table.delete_version(version)
        return True


def glue_of(group: FeatureGroup) -> "GlueBackend":
    """Return moto's Glue backend for the account and region of a group.

    :raises MissingExtraError: if a library is missing that moto installs only with its extra ``glue``
    """
    try:
        from moto.glue.models import glue_backends
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "moto[glue]", "offline", "An offline store with a Glue table") from None

    arn = Arn.parse(group.arn)
    return glue_backends[arn.account_id][arn.region]


def find_table(group: FeatureGroup) -> "FakeTable | None":
    """Return the table of a group in moto's Glue, or None if the table does not exist."""
    glue, (database, name) = glue_of(group), table_names(group)
    return glue.databases[database].tables.get(name) if database in glue.databases else None
