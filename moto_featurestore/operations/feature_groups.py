"""CreateFeatureGroup, DescribeFeatureGroup, DeleteFeatureGroup, ListFeatureGroups."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any

from moto_featurestore.errors import ResourceInUse, ValidationException
from moto_featurestore.operations.definition import check_definition
from moto_featurestore.operations.locate import arn_of, locate, permit, permit_everywhere
from moto_featurestore.store import FeatureDefinition, FeatureGroup
from moto_featurestore.values import NANOSECONDS
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_MILLISECOND = 1_000_000
_PAGE = 10
_TOKEN = re.compile(r"groups:([0-9]{1,9})")

#: Members of CreateFeatureGroup that nothing here looks at: DescribeFeatureGroup shows them as they were given.
_SHOWN = ("RoleArn", "Description")


def create_feature_group(world: World, caller: Caller, params: Params) -> Params:
    """Make a feature group; it is Created at once."""
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}
    of_request = {f"aws:RequestTag/{key}": value for key, value in tags.items()} | {"aws:TagKeys": list(tags)}
    permit(world, caller, "CreateFeatureGroup", params["FeatureGroupName"], of_request if tags else None)
    check_definition(params)
    store = world.store(caller.account_id, caller.region)
    group = _feature_group(caller, params, tags, world.now() // _MILLISECOND * _MILLISECOND)
    if not store.put_group(group):
        raise ResourceInUse(
            f"Resource Already Exists: FeatureGroup with name {group.name} already exists. Choose a different name."
        )
    return {"FeatureGroupArn": group.arn}


def _feature_group(caller: Caller, params: Params, tags: dict[str, str], now: int) -> FeatureGroup:
    name = params["FeatureGroupName"]
    online_store = params.get("OnlineStoreConfig", {})
    definitions = (FeatureDefinition.from_api(given, i) for i, given in enumerate(params["FeatureDefinitions"]))
    return FeatureGroup(
        name=name,
        arn=arn_of(caller, name),
        record_identifier=params["RecordIdentifierFeatureName"],
        event_time=params["EventTimeFeatureName"],
        definitions={definition.name: definition for definition in definitions},
        creation_time=now,
        description={member: params[member] for member in _SHOWN if member in params}
        | {"FeatureDefinitions": params["FeatureDefinitions"]}
        | {"ThroughputConfig": params.get("ThroughputConfig", {"ThroughputMode": "OnDemand"})},
        online_store=online_store if online_store.get("EnableOnlineStore") else None,
        offline_store=_resolve(caller, name, params["OfflineStoreConfig"], now // NANOSECONDS)
        if "OfflineStoreConfig" in params
        else None,
        tags=tags,
    )


def _resolve(caller: Caller, name: str, config: Params, epoch: int) -> Params:
    """OfflineStoreConfig as DescribeFeatureGroup shows it: with the names that the service derives.

    Path and table name as observed in October 2026: https://github.com/EasonZhuu/cs401r-easonzhu
    (docs/lab2-feature-store-verification.json).
    """
    uri = config["S3StorageConfig"]["S3Uri"].rstrip("/")
    resolved_uri = f"{uri}/{caller.account_id}/sagemaker/{caller.region}/offline-store/{name}-{epoch}/data"
    disabled = config.get("DisableGlueTableCreation", False)
    resolved = config | {
        "S3StorageConfig": config["S3StorageConfig"] | {"ResolvedOutputS3Uri": resolved_uri},
        "DisableGlueTableCreation": disabled,
    }
    if not disabled:
        resolved.setdefault(
            "DataCatalogConfig",
            {
                "TableName": f"{name.replace('-', '_').lower()}_{epoch}",
                "Catalog": "AwsDataCatalog",
                "Database": "sagemaker_featurestore",
            },
        )
    return resolved


def describe_feature_group(world: World, caller: Caller, params: Params) -> Params:
    """All that there is to know of a group; members that the service leaves out are left out."""
    group = locate(world, caller, "DescribeFeatureGroup", params["FeatureGroupName"])
    if "NextToken" in params:
        raise ValidationException("Validation Error: NextToken is not one that DescribeFeatureGroup has returned.")
    return group.description | {
        "FeatureGroupArn": group.arn,
        "FeatureGroupName": group.name,
        "RecordIdentifierFeatureName": group.record_identifier,
        "EventTimeFeatureName": group.event_time,
        "CreationTime": group.creation_time,
        "OnlineStoreConfig": group.online_store,
        "OfflineStoreConfig": group.offline_store,
        "FeatureGroupStatus": group.status,
        "OnlineStoreTotalSizeBytes": group.online_bytes,
    }


def delete_feature_group(world: World, caller: Caller, params: Params) -> None:
    """Delete a group and its online store; what the offline store holds stays."""
    group = locate(world, caller, "DeleteFeatureGroup", params["FeatureGroupName"])
    world.store(caller.account_id, caller.region).remove_group(group)


def list_feature_groups(world: World, caller: Caller, params: Params) -> Params:
    """Summaries of the groups, the newest first unless asked otherwise."""
    permit_everywhere(world, caller, "ListFeatureGroups")
    groups = [group for group in world.store(caller.account_id, caller.region).all_groups() if _selected(group, params)]
    groups.sort(key=_SORT_KEYS[params.get("SortBy", "CreationTime")])
    if params.get("SortOrder", "Descending") == "Descending":
        groups.reverse()
    start, wanted = _read_token(params.get("NextToken")), params.get("MaxResults", _PAGE)
    result: Params = {"FeatureGroupSummaries": [_summary(group) for group in groups[start : start + wanted]]}
    if start + wanted < len(groups):
        result["NextToken"] = urlsafe_b64encode(f"groups:{start + wanted}".encode()).decode()
    return result


_SORT_KEYS = {
    "Name": lambda group: group.name,
    "FeatureGroupStatus": lambda group: group.status,
    "OfflineStoreStatus": lambda group: group.offline_store is None,
    "CreationTime": lambda group: group.creation_time,
}


def _selected(group: FeatureGroup, params: Params) -> bool:
    return (
        params.get("NameContains", "") in group.name
        and params.get("FeatureGroupStatusEquals", group.status) == group.status
        and "OfflineStoreStatusEquals" not in params
        and group.creation_time > params.get("CreationTimeAfter", -1)
        and group.creation_time < params.get("CreationTimeBefore", group.creation_time + 1)
    )


def _summary(group: FeatureGroup) -> Params:
    return {
        "FeatureGroupName": group.name,
        "FeatureGroupArn": group.arn,
        "CreationTime": group.creation_time,
        "FeatureGroupStatus": group.status,
    }


def _read_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        match = _TOKEN.fullmatch(urlsafe_b64decode(token).decode())
    except (Base64Error, ValueError):
        match = None
    if match is None:
        raise ValidationException("Validation Error: NextToken is not one that ListFeatureGroups has returned.")
    return int(match[1])
