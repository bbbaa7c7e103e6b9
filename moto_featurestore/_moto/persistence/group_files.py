"""Snapshots of a group's offline store in moto: the objects in S3 and the table in Glue."""

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from moto_featurestore._moto.s3_glue import find_bucket, find_table, glue_of
from moto_featurestore.offline.layout import location, table_names, table_uri
from moto_featurestore.store.group import FeatureGroup

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket


class _Versions(NamedTuple):
    """All versions of an S3 object."""

    moto_keys: list[Any]
    """moto's FakeKey objects. If the bucket still contains the same FakeKey objects, the versions have not changed."""
    pickled: bytes


class _Home(NamedTuple):
    """The partition, account and region of a bucket."""

    partition: str
    account_id: str
    region: str


@dataclass(frozen=True)
class OfflineFiles:
    """A snapshot of a group's offline store."""

    home: _Home | None
    """The partition, account and region of the bucket, or None if the bucket did not exist."""
    objects: dict[str, _Versions]
    """A dict from key to S3 object, for all objects of the group's offline store."""
    table: dict[str, Any] | None
    """The attributes of the table object in moto's Glue, or None if the table did not exist."""


def files_of(group: FeatureGroup) -> OfflineFiles:
    """Return a snapshot of a group's offline store."""
    bucket, table = find_bucket(group), _table(group)
    home = _Home(bucket.partition, bucket.account_id, bucket.region_name) if bucket else None
    objects = {}
    for key in _keys(group, bucket):
        versions = [*bucket.keys.getlist(key)]  # type: ignore[union-attr]
        objects[key] = _Versions(versions, pickle.dumps(versions))
    return OfflineFiles(home, objects, _copied(vars(table)) if table else None)


def put_files_back(group: FeatureGroup, files: OfflineFiles) -> None:
    """Restore a group's offline store. If the bucket was deleted, create it again, without its former configuration."""
    bucket = find_bucket(group) or _make_bucket(group, files.home)
    for key in _keys(group, bucket):
        if key not in files.objects:
            bucket.keys.pop(key)  # type: ignore[union-attr]
    for key, (moto_keys, pickled) in files.objects.items():
        versions = bucket.keys.getlist(key, [])  # type: ignore[union-attr]
        if [id(version) for version in versions] != [id(moto_key) for moto_key in moto_keys]:
            bucket.keys.setlist(key, pickle.loads(pickled))  # type: ignore[union-attr]  # noqa: S301 - pickled above
    _put_table_back(group, files.table)


def take_files_away(group: FeatureGroup) -> None:
    """Delete all objects and the table of a group's offline store."""
    bucket = find_bucket(group)
    for key in _keys(group, bucket):
        bucket.keys.pop(key)  # type: ignore[union-attr]
    _put_table_back(group, None)


def _make_bucket(group: FeatureGroup, home: _Home | None) -> "FakeBucket | None":
    from moto.s3.models import s3_backends

    if home is None:
        return None
    return s3_backends[home.account_id][home.partition].create_bucket(location(group).bucket, home.region)


def _keys(group: FeatureGroup, bucket: "FakeBucket | None") -> list[str]:
    prefix = table_uri(group).folder.key
    return [key for key in list(bucket.keys) if key.startswith(prefix)] if bucket else []


def _table(group: FeatureGroup) -> Any:
    assert group.offline_store is not None
    return find_table(group) if "DataCatalogConfig" in group.offline_store else None


def _put_table_back(group: FeatureGroup, state: dict[str, Any] | None) -> None:
    """Restore the table of a group. Keep moto's table object, and change its attributes only if they differ.

    :param state: the saved attributes of moto's table object, or None to delete the table
    """
    table = _table(group)
    if state is None:
        if table:
            database, name = table_names(group)
            glue_of(group).delete_table(database, name)
        return
    if table is None:
        glue, (database, name) = glue_of(group), table_names(group)
        if database not in glue.databases:
            glue.create_database(database, {"Name": database})
        glue.create_table(database, name, {})
        table = _table(group)
    if vars(table) != state:
        table.__dict__ = _copied(state)


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = pickle.loads(pickle.dumps(state))  # noqa: S301 - pickled right here
    return copied
