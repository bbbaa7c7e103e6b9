"""What moto holds of a group's offline store, the objects in S3 and the table in Glue, as it was at one moment."""

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from moto_featurestore._moto.s3_glue import find_bucket, find_table, glue_of, table_names
from moto_featurestore.offline.layout import location, table_uri
from moto_featurestore.store.group import FeatureGroup

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket


class _Versions(NamedTuple):
    """All versions of an object."""

    held: list[Any]
    """moto's own: as long as they are there, nothing has changed."""
    pickled: bytes


class _Home(NamedTuple):
    """Where a bucket is."""

    partition: str
    account_id: str
    region: str


@dataclass(frozen=True)
class OfflineFiles:
    """The offline store of a group, as it was."""

    home: _Home | None
    """None where there was no such bucket."""
    objects: dict[str, _Versions]
    """By key."""
    table: dict[str, Any] | None
    """What moto's table had in it; None where there was none."""


def files_of(group: FeatureGroup) -> OfflineFiles:
    """The offline store of a group, as it is now."""
    bucket, table = find_bucket(group), _table(group)
    home = _Home(bucket.partition, bucket.account_id, bucket.region_name) if bucket else None
    objects = {}
    for key in _keys(group, bucket):
        versions = [*bucket.keys.getlist(key)]  # type: ignore[union-attr]
        objects[key] = _Versions(versions, pickle.dumps(versions))
    return OfflineFiles(home, objects, _copied(vars(table)) if table else None)


def put_files_back(group: FeatureGroup, files: OfflineFiles) -> None:
    """Let a group have the offline store that it had; a bucket that is gone is made anew, as a plain one."""
    bucket = find_bucket(group) or _make_bucket(group, files.home)
    for key in _keys(group, bucket):
        if key not in files.objects:
            bucket.keys.pop(key)  # type: ignore[union-attr]
    for key, (held, pickled) in files.objects.items():
        versions = bucket.keys.getlist(key, [])  # type: ignore[union-attr]
        if len(versions) != len(held) or any(now is not then for now, then in zip(versions, held, strict=True)):
            bucket.keys.setlist(key, pickle.loads(pickled))  # type: ignore[union-attr]  # noqa: S301 - pickled above
    _put_table_back(group, files.table)


def take_files_away(group: FeatureGroup) -> None:
    """Leave nothing of a group's offline store."""
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
    prefix = table_uri(group).removeprefix(f"s3://{location(group).bucket}/") + "/"
    return [key for key in list(bucket.keys) if key.startswith(prefix)] if bucket else []


def _table(group: FeatureGroup) -> Any:
    assert group.offline_store is not None
    return find_table(group) if "DataCatalogConfig" in group.offline_store else None


def _put_table_back(group: FeatureGroup, state: dict[str, Any] | None) -> None:
    """Moto's own table is kept, and changed where it differs."""
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
