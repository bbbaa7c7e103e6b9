"""Parameters of CreateFeatureGroup, for tests that need some feature group."""

from typing import Any

ROLE = "arn:aws:iam::123456789012:role/FeatureStoreRole"


def group_parameters(
    name: str | None = None,
    types: dict[str, str] | None = None,
    *,
    s3_uri: str | None = None,
    is_online: bool = True,
    **members: Any,
) -> dict[str, Any]:
    """Return the parameters of a group whose first two features are its record identifier and its event time.

    :param name: the group's name; without it, FeatureGroupName is missing
    :param types: the features' types by name: ``id`` and ``time``, both String, by default
    :param s3_uri: the location of the offline store; without it, the group has none
    :param is_online: True if the group has an online store
    :param members: further parameters, which override the others
    """
    types = types or {"id": "String", "time": "String"}
    identifier, time = list(types)[:2] if len(types) > 1 else [*types, *types]
    return {
        **({"FeatureGroupName": name} if name else {}),
        "RecordIdentifierFeatureName": identifier,
        "EventTimeFeatureName": time,
        "FeatureDefinitions": [{"FeatureName": name, "FeatureType": kind} for name, kind in types.items()],
        **({"OnlineStoreConfig": {"EnableOnlineStore": True}} if is_online else {}),
        **({"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": s3_uri}}, "RoleArn": ROLE} if s3_uri else {}),
        **members,
    }


def data_keys(s3: Any, bucket: str) -> list[str]:
    """Return the keys of the data files in a bucket, without the object that CreateFeatureGroup writes."""
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [item["Key"] for item in listed if item["Key"].endswith(".parquet")]
