"""UpdateFeatureGroup. A request can make only one kind of change.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html. AWS does not document the
error texts, so this module uses its own texts.
"""

from collections.abc import Callable, Iterator
from typing import Any

from moto_featurestore.offline.glue_table import update_columns
from moto_featurestore.operations.group_definition import check_additions, shown_throughput, throughput_violations
from moto_featurestore.operations.locate import locate, updatable
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.world import Caller, World

Params = dict[str, Any]
Members = dict[str, Any]
"""Attributes of a group with their new values."""

_DAY = 86_400 * 10**9
_IN_PROGRESS = "InProgress"


def update_feature_group(world: World, caller: Caller, params: Params) -> Params:
    """Add features, or change the online store or the throughput. The change affects only later writes.

    :raises ValidationException: if the group cannot be updated, or the change is invalid
    :raises ResourceLimitExceeded: if the group would have too many features
    """
    group = updatable(locate(world, caller, "UpdateFeatureGroup", params["FeatureGroupName"]))
    kinds = [kind for kind in _CHANGES if kind in params]
    if len(kinds) != 1:
        raise ValidationException(
            f"Validation Error: The request must have exactly one of {', '.join(_CHANGES)}, not {len(kinds)}."
        )
    with group.flush_lock:  # a flush must not run between the change of the features and that of the table
        with group.lock:
            _check_last_update(group)
            now = world.now()
            members = _CHANGES[kinds[0]](group, params[kinds[0]], now)
            update = world.transition(_IN_PROGRESS, "Successful")
            group.update_members(**members, last_modified_time=now, update=update)
        if "FeatureAdditions" in params:
            update_columns(world, group)
    return {"FeatureGroupArn": group.arn}


def _check_last_update(group: FeatureGroup) -> None:
    """Check that no update of the group is in progress.

    AWS does not document this rule for feature groups. It is an assumption, because UpdateEndpoint has this
    rule for endpoints.

    :raises ValidationException: if an update is in progress
    """
    if group.update is not None and group.update.status == _IN_PROGRESS:
        raise ValidationException(
            f"Validation Error: The last update of the FeatureGroup named [{group.name}] is [{_IN_PROGRESS}];"
            " wait until that update has ended, and retry."
        )


def _add_features(group: FeatureGroup, additions: list[Params], now: int) -> Members:
    check_additions(group, additions)
    return {"definitions": group.with_features(additions, now)}


def _change_online_store(group: FeatureGroup, change: Params, _: int) -> Members:
    violation = next(_online_store_violations(group, change), None)
    if violation is not None:
        raise ValidationException(f"Validation Error: {violation}")
    assert group.online_store is not None
    config = group.online_store | change
    if "TtlDuration" in config and not config["TtlDuration"]:  # a TtlDuration without values removes the TTL
        del config["TtlDuration"]
    return {"online_store": config}


def _online_store_violations(group: FeatureGroup, change: Params) -> Iterator[str]:
    if group.online_store is None:
        yield f"The OnlineStore of the FeatureGroup named [{group.name}] is not enabled."
    if len(change.get("TtlDuration", {})) == 1:
        yield "TtlDuration needs both Unit and Value."
    current = (group.online_store or {}).get("StorageType", "Standard")
    wanted = change.get("StorageType", current)
    if (current, wanted) != ("Standard", "Standard_V2") and current != wanted:
        yield f"The storage type [{current}] cannot change to [{wanted}]; only Standard can change to Standard_V2."


def _change_throughput(group: FeatureGroup, change: Params, now: int) -> Members:
    current, on_demand_since = group.throughput, group.on_demand_since
    wanted = change if "ThroughputMode" in change else current | change
    violation = next(throughput_violations(wanted, group.online_store or {}), None)
    if violation is not None:
        raise ValidationException(f"Validation Error: {violation}")
    if wanted["ThroughputMode"] == "OnDemand" and current["ThroughputMode"] == "Provisioned":
        # AWS allows one such change in 24 hours:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html
        if on_demand_since is not None and now - on_demand_since < _DAY:
            raise ValidationException(
                "Validation Error: The throughput mode can change to OnDemand once in 24 hours, and the last change was less than 24 hours ago."
            )
        on_demand_since = now
    return {"throughput": shown_throughput(wanted), "on_demand_since": on_demand_since}


_CHANGES: dict[str, Callable[[FeatureGroup, Any, int], Members]] = {
    "FeatureAdditions": _add_features,
    "OnlineStoreConfig": _change_online_store,
    "ThroughputConfig": _change_throughput,
}
