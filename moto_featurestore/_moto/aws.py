"""What the offline store needs of AWS, over moto's own backends: a client would go out to the network in a server."""

from typing import TYPE_CHECKING, Any, NamedTuple

from moto_featurestore._moto.roles import bucket_refusal, role_refusal
from moto_featurestore.offline.layout import location
from moto_featurestore.store import FeatureGroup

if TYPE_CHECKING:
    from moto.glue.models import GlueBackend
    from moto.s3.models import S3Backend


class _Place(NamedTuple):
    partition: str
    region: str
    account_id: str


def random_hex(digits: int) -> str:
    """Hexadecimal digits of moto's own source of randomness, which its API can seed."""
    from moto.moto_api._internal import mock_random

    return mock_random.get_random_hex(digits)


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
    assert group.offline_store is not None
    _s3(group).put_object(
        location(group).bucket,
        key,
        body,
        encryption="aws:kms",
        kms_key_id=group.offline_store["S3StorageConfig"].get("KmsKeyId"),
    )


def create_table(group: FeatureGroup, table: dict[str, Any]) -> bool:
    """Make the table of a group, and the database where there is none; says whether it was made."""
    glue, (database, name) = _glue(group), _table_names(group)
    if database not in glue.databases:
        glue.create_database(database, {"Name": database})
    if name in glue.databases[database].tables:
        return False
    glue.create_table(database, name, table)
    return True


def update_columns(group: FeatureGroup, columns: list[dict[str, str]]) -> None:
    """Give the table of a group, where it is still there, other columns; all else of it stays as it is."""
    glue, (database, name) = _glue(group), _table_names(group)
    if database in glue.databases and (table := glue.databases[database].tables.get(name)):
        current = table.get_version(str(table._current_version))
        storage = current["StorageDescriptor"] | {"Columns": columns}
        glue.update_table(database, name, current | {"StorageDescriptor": storage})


def _place(group: FeatureGroup) -> _Place:
    _, partition, _, region, account_id, _ = group.arn.split(":", 5)
    return _Place(partition, region, account_id)


def _s3(group: FeatureGroup) -> "S3Backend":
    from moto.s3.models import s3_backends

    # The bucket's own account's: whether another one may use it is looked at before.
    partition, account_id = s3_backends.bucket_accounts[location(group).bucket]
    return s3_backends[account_id][partition]


def _glue(group: FeatureGroup) -> "GlueBackend":
    from moto.glue.models import glue_backends

    place = _place(group)
    return glue_backends[place.account_id][place.region]


def _table_names(group: FeatureGroup) -> tuple[str, str]:
    assert group.offline_store is not None
    catalog = group.offline_store["DataCatalogConfig"]
    return catalog["Database"], catalog["TableName"]
