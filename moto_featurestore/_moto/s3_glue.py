"""What the offline store needs of AWS, over moto's own backends: a client would go out to the network in a server."""

from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.utilities.utils import get_partition

from moto_featurestore._moto.iam_roles import bucket_refusal, role_refusal
from moto_featurestore.offline.layout import location
from moto_featurestore.offline.optional_dependencies import MissingExtraError
from moto_featurestore.store.group import FeatureGroup

if TYPE_CHECKING:
    from moto.glue.models import FakeTable, GlueBackend
    from moto.s3.models import FakeBucket, S3Backend


_replacing = Lock()
"""Who commits to a table of Iceberg has seen no version but the one that is replaced."""


class _Place(NamedTuple):
    partition: str
    region: str
    account_id: str


def random_hex(digits: int) -> str:
    """Hexadecimal digits of moto's own source of randomness, which its API can seed."""
    from moto.moto_api._internal import mock_random

    return mock_random.get_random_hex(digits)


def make_bucket(account_id: str, region: str, name: str) -> None:
    """Make a bucket of an account, unless there is one of that name, whosever it is."""
    from moto.s3.models import s3_backends

    if name not in s3_backends.bucket_accounts:
        s3_backends[account_id][get_partition(region)].create_bucket(name, region)


def find_bucket(group: FeatureGroup) -> "FakeBucket | None":
    """Moto's own bucket of a group's offline store, in whichever account it is."""
    from moto.s3.models import s3_backends

    name = location(group).bucket
    return _s3(group).get_bucket(name) if name in s3_backends.bucket_accounts else None


def write_refusal(group: FeatureGroup) -> str | None:
    """Why the service cannot write to the bucket of a group's offline store; None where it can."""
    from moto.s3.models import s3_backends

    name, place = location(group).bucket, _place(group)
    partition, owner = s3_backends.bucket_accounts.get(name, (None, None))
    if partition != place.partition:
        return f"The bucket [{name}] does not exist."
    if owner != place.account_id and (refusal := bucket_refusal(group, _s3(group).get_bucket(name).policy)):
        return refusal
    return role_refusal(group)


def put_object(group: FeatureGroup, key: str, body: bytes) -> None:
    """Put an object, encrypted with the group's key of KMS, or else with the one that AWS manages for S3.

    https://github.com/aws/sagemaker-feature-store-spark (SparkSessionInitializer.scala)
    """
    _s3(group).put_object(location(group).bucket, key, body, **_encryption(group))


def keys(group: FeatureGroup) -> list[str]:
    """The keys of the objects of a group's offline store, in their order; none where its bucket is gone."""
    bucket, start = find_bucket(group), f"{location(group).prefix}/"
    held = bucket.keys if bucket else {}
    return sorted(key for key in list(held) if key.startswith(start) and hasattr(held.get(key), "contentsize"))


def _encryption(group: FeatureGroup) -> dict[str, Any]:
    assert group.offline_store is not None
    return {"encryption": "aws:kms", "kms_key_id": group.offline_store["S3StorageConfig"].get("KmsKeyId")}


def files(group: FeatureGroup) -> "S3Files":
    """The files that the service reads and writes for a group, encrypted as its data is (assumed)."""
    return S3Files(**_encryption(group))


class S3Files:
    """The objects of moto's S3 as files: in whichever account their bucket is."""

    def __init__(self, **encryption: Any) -> None:
        self._encryption = encryption

    def read(self, uri: str) -> bytes:
        """The whole of a file."""
        backend, bucket, key = self._find(uri)
        found = backend.get_object(bucket, key)
        if found is None:
            raise FileNotFoundError(uri)
        return found.value

    def write(self, uri: str, body: bytes) -> None:
        """Write a file as a whole."""
        backend, bucket, key = self._find(uri)
        backend.put_object(bucket, key, body, **self._encryption)

    def delete(self, uri: str) -> None:
        """Delete a file."""
        backend, bucket, key = self._find(uri)
        backend.delete_object(bucket, key)

    def has_any(self, start: str) -> bool:
        """Whether there is anything whose URI begins so."""
        backend, bucket, prefix = self._find(start)
        return any(key.startswith(prefix) for key in list(backend.get_bucket(bucket).keys))

    @staticmethod
    def _find(uri: str) -> tuple["S3Backend", str, str]:
        from moto.s3.models import s3_backends

        bucket, _, key = uri.partition("://")[2].partition("/")
        if bucket not in s3_backends.bucket_accounts:
            raise FileNotFoundError(f"There is no bucket [{bucket}].")
        partition, account_id = s3_backends.bucket_accounts[bucket]
        return s3_backends[account_id][partition], bucket, key


def create_table(group: FeatureGroup, table: dict[str, Any]) -> bool:
    """Make the table of a group, and the database where there is none; says whether it was made."""
    glue, (database, name) = glue_of(group), table_names(group)
    if database not in glue.databases:
        glue.create_database(database, {"Name": database})
    if name in glue.databases[database].tables:
        return False
    glue.create_table(database, name, table)
    return True


def table(group: FeatureGroup) -> dict[str, Any] | None:
    """The table of a group as Glue's GetTable shows it; None where there is none."""
    found = find_table(group)
    return found.as_dict() if found else None


def replace_table(group: FeatureGroup, table: dict[str, Any], version: str) -> bool:
    """Give the table of a group another TableInput, where it has a version; says whether it had."""
    found = find_table(group)
    return found is not None and replace_version(found, table, version)


def replace_version(table: "FakeTable", given: dict[str, Any], version: str) -> bool:
    """Give a table of Glue's another TableInput, where it has a version; says whether it had."""
    with _replacing:
        if str(table._current_version) != version:
            return False
        table.update(given)
        table.delete_version(version)
        return True


def update_columns(group: FeatureGroup, columns: list[dict[str, str]]) -> None:
    """Give the table of a group, where it is still there, other columns; all else of it stays as it is."""
    if found := find_table(group):
        current = found.get_version(str(found._current_version))
        storage = current["StorageDescriptor"] | {"Columns": columns}
        found.update(current | {"StorageDescriptor": storage})


def find_table(group: FeatureGroup) -> "FakeTable | None":
    """Moto's own table of a group."""
    glue, (database, name) = glue_of(group), table_names(group)
    return glue.databases[database].tables.get(name) if database in glue.databases else None


def _place(group: FeatureGroup) -> _Place:
    _, partition, _, region, account_id, _ = group.arn.split(":", 5)
    return _Place(partition, region, account_id)


def _s3(group: FeatureGroup) -> "S3Backend":
    from moto.s3.models import s3_backends

    # The bucket's own account's: whether another one may use it is looked at before.
    partition, account_id = s3_backends.bucket_accounts[location(group).bucket]
    return s3_backends[account_id][partition]


def glue_of(group: FeatureGroup) -> "GlueBackend":
    """Moto's Glue, where the table of a group is.

    :raises MissingExtraError: where a library is missing that moto's Glue needs and moto alone does not bring
    """
    try:
        from moto.glue.models import glue_backends
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "moto[glue]", "offline", "An offline store with its table") from None

    place = _place(group)
    return glue_backends[place.account_id][place.region]


def table_names(group: FeatureGroup) -> tuple[str, str]:
    """The names of a group's database and table."""
    assert group.offline_store is not None
    catalog = group.offline_store["DataCatalogConfig"]
    return catalog["Database"], catalog["TableName"]
