"""CreateFeatureGroup, DescribeFeatureGroup, DeleteFeatureGroup, ListFeatureGroups."""

from collections.abc import Callable
from typing import Any

from moto_featurestore.limits import CREATION_WORKFLOWS, FEATURES
from moto_featurestore.offline.flush import refresh
from moto_featurestore.offline.glue_table import create_table
from moto_featurestore.offline.layout import creation_object
from moto_featurestore.operations.group_definition import check_definition, shown_throughput
from moto_featurestore.operations.locate import (
    arn_of,
    check_pass_role,
    check_permission,
    check_permission_on_all,
    find,
    locate,
)
from moto_featurestore.operations.pages import PAGE, Pages, list_scope
from moto_featurestore.operations.tags import check_tag_keys, tag_context
from moto_featurestore.protocol.errors import ResourceInUse, ResourceLimitExceeded, ValidationException
from moto_featurestore.store.group import CREATED, DELETED, FeatureGroup, Store
from moto_featurestore.values import NANOSECONDS
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_MILLISECOND = 1_000_000
_CREATING, _CREATE_FAILED, _DELETING = "Creating", "CreateFailed", "Deleting"


def create_feature_group(world: World, caller: Caller, params: Params) -> Params:
    """Create a feature group. The status is Created immediately, unless a test configures a delay in moto."""
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}
    check_permission(world, caller, "CreateFeatureGroup", params["FeatureGroupName"], tag_context(tags))
    check_tag_keys(tags)
    check_definition(params)
    if "RoleArn" in params:
        _check_role(world, caller, params["RoleArn"])
    store = world.store(caller.account_id, caller.region)
    _check_workflows(store)
    with store.lock:
        group = _feature_group(world, caller, params, tags, _creation_time(world, store, params))
        if group.offline_store is not None and (problem := world.write_problem(group)):
            # The text begins as in https://github.com/hashicorp/terraform-provider-aws (internal/service/sagemaker/
            # feature_group.go); the rest is assumed.
            raise ValidationException(f"Validation Error: Invalid S3Uri provided. {problem}")
        if not store.put_group(group):
            raise ResourceInUse(
                f"Resource Already Exists: FeatureGroup with name {group.name} already exists. Choose a different name."
            )
        if group.offline_store is not None:
            _create_table(world, store, group)
    return {"FeatureGroupArn": group.arn}


def _check_role(world: World, caller: Caller, role_arn: str) -> None:
    check_pass_role(world, caller, "CreateFeatureGroup", role_arn)
    if not world.trusts_sagemaker(role_arn, caller):
        # Source of the text:
        # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/feature_group.go
        raise ValidationException("Validation Error: The execution role ARN is invalid.")


def _creation_time(world: World, store: Store, params: Params) -> int:
    """Return the creation time of a new group, in nanoseconds since 1970.

    The names of an offline store's path and table contain this time, in seconds. If an existing or deleted group has
    the same names, return the next second for which the names are not in use. On AWS, such conflicts do not happen,
    because creating or deleting a group takes longer than one second.
    """
    now = world.now() // _MILLISECOND * _MILLISECOND
    if "OfflineStoreConfig" in params:
        while table_name(params["FeatureGroupName"], now) in store.table_names:
            now = (now // NANOSECONDS + 1) * NANOSECONDS
    return now


def _create_table(world: World, store: Store, group: FeatureGroup) -> None:
    try:
        store.reserve_table_name(table_name(group.name, group.creation_time))
        failure = create_table(world, group)
        if not failure and not group.is_iceberg:  # an Iceberg table already has objects in S3
            world.s3(group).put_object(*creation_object(group), b"")
    except Exception:
        store.remove_group(group)  # a group must not exist without its table
        raise
    if failure:
        group.begin(world.transition(_CREATING, _CREATE_FAILED), failure_reason=failure)


def _check_workflows(store: Store) -> None:
    """Check that the account can create one more group. AWS limits the number of groups in status Creating.

    The error text is verbatim from
    https://github.com/SuperCowPowers/workbench/blob/main/docs/admin/aws_service_limits.md.

    :raises ResourceLimitExceeded: if the limit is reached
    """
    creating = sum(group.status == _CREATING for group in store.all_groups())
    if creating >= CREATION_WORKFLOWS:
        raise ResourceLimitExceeded(
            "The account-level service limit 'Maximum number of feature group creation workflows executing in"
            f" parallel' is {CREATION_WORKFLOWS} FeatureGroups, with current utilization of {creating} FeatureGroups"
            " and a request delta of 1 FeatureGroups. Please use AWS Service Quotas to request an increase for this"
            " quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota."
        )


def _feature_group(world: World, caller: Caller, params: Params, tags: dict[str, str], now: int) -> FeatureGroup:
    name = params["FeatureGroupName"]
    online_store = params.get("OnlineStoreConfig", {})
    offline_store = params.get("OfflineStoreConfig")
    group = FeatureGroup(
        name=name,
        arn=arn_of(caller, name),
        record_identifier=params["RecordIdentifierFeatureName"],
        event_time=params["EventTimeFeatureName"],
        definitions={},
        creation_time=now,
        description=params.get("Description"),
        role_arn=params.get("RoleArn"),
        throughput=shown_throughput(params.get("ThroughputConfig", {"ThroughputMode": "OnDemand"})),
        online_store=online_store if online_store.get("EnableOnlineStore") else None,
        offline_store=_resolve(caller, name, offline_store, now) if offline_store else None,
        tags=tags,
    )
    group.definitions = group.with_features(params["FeatureDefinitions"], now)
    group.begin(world.transition(_CREATING, CREATED))
    return group


def _resolve(caller: Caller, name: str, config: Params, creation_time: int) -> Params:
    """Return OfflineStoreConfig as DescribeFeatureGroup returns it, with the path and table that the service chooses.

    Evidence for the path and the table name, observed in October 2026: https://github.com/EasonZhuu/cs401r-easonzhu
    (docs/lab2-feature-store-verification.json).

    :param config: OfflineStoreConfig of the request
    :param creation_time: nanoseconds since 1970
    """
    uri, epoch = config["S3StorageConfig"]["S3Uri"].rstrip("/"), creation_time // NANOSECONDS
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
                "TableName": table_name(name, creation_time),
                "Catalog": "AwsDataCatalog",
                "Database": "sagemaker_featurestore",
            },
        )
    return resolved


def table_name(name: str, creation_time: int) -> str:
    """Return the name that the service gives to a group's table.

    :param creation_time: nanoseconds since 1970
    """
    return f"{name.replace('-', '_').lower()}_{creation_time // NANOSECONDS}"


def describe_feature_group(world: World, caller: Caller, params: Params) -> Params:
    """Return the definition and status of a feature group. The response omits members without a value, as on AWS."""
    group = locate(world, caller, "DescribeFeatureGroup", params["FeatureGroupName"])
    pages = Pages(
        "DescribeFeatureGroup", [group.arn, group.creation_time], params.get("NextToken"), ValidationException
    )
    group.count_status_request()
    group = find(world, caller, "DescribeFeatureGroup", params["FeatureGroupName"])
    refresh(world, [group])
    description = described(group)
    definitions, token = pages.of_sequence(description["FeatureDefinitions"], FEATURES)
    return description | {"FeatureDefinitions": definitions, "NextToken": token}


def described(group: FeatureGroup) -> Params:
    """Return the members of a DescribeFeatureGroup response, with all features. Members without a value are None."""
    return {
        "FeatureGroupArn": group.arn,
        "FeatureGroupName": group.name,
        "RecordIdentifierFeatureName": group.record_identifier,
        "EventTimeFeatureName": group.event_time,
        "FeatureDefinitions": [definition.given for definition in group.definitions.values()],
        "CreationTime": group.creation_time,
        "LastModifiedTime": group.last_modified_time,
        "OnlineStoreConfig": group.online_store,
        "OfflineStoreConfig": group.offline_store,
        "OfflineStoreStatus": group.offline_store_status,
        "ThroughputConfig": group.throughput,
        "RoleArn": group.role_arn,
        "FeatureGroupStatus": group.status,
        "LastUpdateStatus": {"Status": group.update.status} if group.update else None,
        "FailureReason": group.failure_reason if group.status.endswith("Failed") else None,
        "Description": group.description,
        "OnlineStoreTotalSizeBytes": group.online_bytes,
    }


def delete_feature_group(world: World, caller: Caller, params: Params) -> None:
    """Delete a group and its online store. The data of the offline store remains."""
    group = locate(world, caller, "DeleteFeatureGroup", params["FeatureGroupName"])
    if group.status == _CREATING:
        raise ValidationException(
            f"Validation Error: The FeatureGroup named [{group.name}] is [{_CREATING}]; it cannot be deleted."
        )
    if group.status != _DELETING:  # a second request while the group is being deleted changes nothing
        group.begin(world.transition(_DELETING, DELETED))
        world.store(caller.account_id, caller.region).find(group.name)  # removes the group if the deletion has ended


def list_feature_groups(world: World, caller: Caller, params: Params) -> Params:
    """List summaries of the groups. By default, the newest group comes first."""
    check_permission_on_all(world, caller, "ListFeatureGroups")
    store = world.store(caller.account_id, caller.region)
    refresh(world, store.pending)
    for group in store.all_groups():
        group.count_status_request()
    groups = [group for group in store.all_groups() if _matches(group, params)]
    pages = Pages("ListFeatureGroups", list_scope(caller, params), params.get("NextToken"), ValidationException)
    sort_value = _SORT_VALUES[params.get("SortBy", "CreationTime")]
    page, token = pages.of_sorted(
        groups,
        key=lambda group: [sort_value(group), group.creation_time, group.name],
        wanted=params.get("MaxResults", PAGE),
        descending=params.get("SortOrder", "Descending") == "Descending",
    )
    return {"FeatureGroupSummaries": [_summary(group) for group in page], "NextToken": token}


def _offline_store_status(group: FeatureGroup) -> str:
    """Return the OfflineStoreStatus that DescribeFeatureGroup shows, or an empty string before the first flush."""
    return (group.offline_store_status or {}).get("Status", "")


_SORT_VALUES: dict[str, Callable[[FeatureGroup], Any]] = {
    "Name": lambda group: group.name,
    "FeatureGroupStatus": lambda group: group.status,
    "OfflineStoreStatus": _offline_store_status,
    "CreationTime": lambda group: group.creation_time,
}


def _matches(group: FeatureGroup, params: Params) -> bool:
    return (
        params.get("NameContains", "") in group.name
        and params.get("FeatureGroupStatusEquals", group.status) == group.status
        and (
            "OfflineStoreStatusEquals" not in params
            or _offline_store_status(group) == params["OfflineStoreStatusEquals"]
        )
        and group.creation_time > params.get("CreationTimeAfter", -1)
        and ("CreationTimeBefore" not in params or group.creation_time < params["CreationTimeBefore"])
    )


def _summary(group: FeatureGroup) -> Params:
    members = ("FeatureGroupName", "FeatureGroupArn", "CreationTime", "FeatureGroupStatus", "OfflineStoreStatus")
    description = described(group)
    return {member: description.get(member) for member in members}
