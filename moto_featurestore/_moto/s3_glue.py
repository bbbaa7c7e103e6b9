"""Access of the offline store to S3 and Glue, over moto's backends. In a server, a client would call the real AWS."""

from threading import Lock
from typing import TYPE_CHECKING, Any

from moto.utilities.utils import get_partition

from moto_featurestore._moto.iam_roles import bucket_refusal, role_refusal
from moto_featurestore.aws.identifiers import Arn, S3Uri
from moto_featurestore.offline.layout import location
from moto_featurestore.offline.optional_dependencies import MissingExtraError
from moto_featurestore.store.group import FeatureGroup

if TYPE_CHECKING:
    from moto.glue.models import FakeTable, GlueBackend
    from moto.s3.models import FakeBucket, S3Backend


_replacing = Lock()
"""The lock for commits to Iceberg tables: the check of the version and the replacement are one step."""


def random_hex(digits: int) -> str:
    """Return random hexadecimal digits from moto's generator, which moto's API can seed."""
    from moto.moto_api._internal import mock_random

    return mock_random.get_random_hex(digits)


def make_bucket(account_id: str, region: str, name: str) -> None:
    """Create a bucket, unless one of that name exists in any account."""
    from moto.s3.models import s3_backends

    if name not in s3_backends.bucket_accounts:
        s3_backends[account_id][get_partition(region)].create_bucket(name, region)


def find_bucket(group: FeatureGroup) -> "FakeBucket | None":
    """Return moto's bucket of a group's offline store, in any account, or None if it does not exist."""
    from moto.s3.models import s3_backends

    name = location(group).bucket
    return _s3(group).get_bucket(name) if name in s3_backends.bucket_accounts else None


def write_refusal(group: FeatureGroup) -> str | None:
    """Return the reason why the service cannot write to the bucket of a group's offline store, or None if it can."""
    from moto.s3.models import s3_backends

    name, place = location(group).bucket, Arn.parse(group.arn)
    partition, owner = s3_backends.bucket_accounts.get(name, (None, None))
    if partition != place.partition:
        return f"The bucket [{name}] does not exist."
    if owner != place.account_id and (refusal := bucket_refusal(group, _s3(group).get_bucket(name).policy)):
        return refusal
    return role_refusal(group)


def put_object(group: FeatureGroup, key: str, body: bytes) -> None:
    """Put an object, encrypted with the group's KMS key, or else with the key that AWS manages for S3.

    https://github.com/aws/sagemaker-feature-store-spark (SparkSessionInitializer.scala)
    """
    _s3(group).put_object(location(group).bucket, key, body, **_encryption(group))


def keys(group: FeatureGroup) -> list[str]:
    """Return the sorted keys of the objects of a group's offline store. The list is empty if the bucket does not exist."""
    bucket, start = find_bucket(group), f"{location(group).key}/"
    objects = bucket.keys if bucket else {}
    return sorted(key for key in list(objects) if key.startswith(start) and hasattr(objects.get(key), "contentsize"))


def _encryption(group: FeatureGroup) -> dict[str, Any]:
    assert group.offline_store is not None
    return {"encryption": "aws:kms", "kms_key_id": group.offline_store["S3StorageConfig"].get("KmsKeyId")}


def files(group: FeatureGroup) -> "S3Files":
    """Return the files that the service reads and writes for a group, encrypted like its data (assumed)."""
    return S3Files(**_encryption(group))


class S3Files:
    """The objects of moto's S3 as files, in buckets of all accounts."""

    def __init__(self, **encryption: Any) -> None:
        self._encryption = encryption

    def read(self, uri: str) -> bytes:
        """Return the content of a file.

        :raises FileNotFoundError: if the object or its bucket does not exist
        """
        backend, bucket, key = self._find(uri)
        s3_object = backend.get_object(bucket, key)
        if s3_object is None:
            raise FileNotFoundError(uri)
        return s3_object.value

    def write(self, uri: str, body: bytes) -> None:
        """Write a file in one step."""
        backend, bucket, key = self._find(uri)
        backend.put_object(bucket, key, body, **self._encryption)

    def delete(self, uri: str) -> None:
        """Delete a file."""
        backend, bucket, key = self._find(uri)
        backend.delete_object(bucket, key)

    def has_any(self, start: str) -> bool:
        """Return True if an object's URI begins with ``start``."""
        backend, bucket, prefix = self._find(start)
        return any(key.startswith(prefix) for key in list(backend.get_bucket(bucket).keys))

    @staticmethod
    def _find(uri: str) -> tuple["S3Backend", str, str]:
        from moto.s3.models import s3_backends

        bucket, key = S3Uri.parse(uri)
        if bucket not in s3_backends.bucket_accounts:
            raise FileNotFoundError(f"The bucket [{bucket}] does not exist.")
        partition, account_id = s3_backends.bucket_accounts[bucket]
        return s3_backends[account_id][partition], bucket, key


def create_table(group: FeatureGroup, table: dict[str, Any]) -> bool:
    """Create the table of a group, and its database if it is missing. Return False if the table exists already."""
    glue, (database, name) = glue_of(group), table_names(group)
    if database not in glue.databases:
        glue.create_database(database, {"Name": database})
    if name in glue.databases[database].tables:
        return False
    glue.create_table(database, name, table)
    return True


def table(group: FeatureGroup) -> dict[str, Any] | None:
    """Return the table of a group in the form of Glue's GetTable, or None if it does not exist."""
    glue_table = find_table(group)
    return glue_table.as_dict() if glue_table else None


def replace_table(group: FeatureGroup, table: dict[str, Any], version: str) -> bool:
    """Replace a group's TableInput if the table is still at ``version``. Return True if it was."""
    glue_table = find_table(group)
    return glue_table is not None and replace_version(glue_table, table, version)


def replace_version(table: "FakeTable", table_input: dict[str, Any], version: str) -> bool:
    """Replace the TableInput of a table in Glue if it is still at ``version``. Return True if it was."""
    with _replacing:
        if str(table._current_version) != version:
            return False
        table.update(table_input)
        table.delete_version(version)
        return True


def update_columns(group: FeatureGroup, columns: list[dict[str, str]]) -> None:
    """Replace the columns of a group's table, if it still exists. Everything else in the table stays unchanged."""
    if glue_table := find_table(group):
        current = glue_table.get_version(str(glue_table._current_version))
        storage = current["StorageDescriptor"] | {"Columns": columns}
        glue_table.update(current | {"StorageDescriptor": storage})


def find_table(group: FeatureGroup) -> "FakeTable | None":
    """Return moto's table of a group, or None if it does not exist."""
    glue, (database, name) = glue_of(group), table_names(group)
    return glue.databases[database].tables.get(name) if database in glue.databases else None


def _s3(group: FeatureGroup) -> "S3Backend":
    from moto.s3.models import s3_backends

    # The backend of the account that owns the bucket. The caller has checked whether another account may use the bucket.
    partition, account_id = s3_backends.bucket_accounts[location(group).bucket]
    return s3_backends[account_id][partition]


def glue_of(group: FeatureGroup) -> "GlueBackend":
    """Return moto's Glue backend of the account and region of a group's table.

    :raises MissingExtraError: if a library is missing that moto's Glue requires and moto alone does not install
    """
    try:
        from moto.glue.models import glue_backends
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "moto[glue]", "offline", "An offline store with its table") from None

    place = Arn.parse(group.arn)
    return glue_backends[place.account_id][place.region]


def table_names(group: FeatureGroup) -> tuple[str, str]:
    """Return the names of a group's database and table."""
    assert group.offline_store is not None
    catalog = group.offline_store["DataCatalogConfig"]
    return catalog["Database"], catalog["TableName"]
