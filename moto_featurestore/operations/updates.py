"""UpdateFeatureGroup: one kind of change at a time.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html; the texts are assumed.
"""

from collections.abc import Callable, Iterator
from typing import Any

from moto_featurestore.offline.glue_table import update_columns
from moto_featurestore.operations.definition import check_additions, shown_throughput, throughput_refusals
from moto_featurestore.operations.locate import locate, updatable
from moto_featurestore.protocol.errors import ValidationException
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_DAY = 86_400 * 10**9
_IN_PROGRESS = "InProgress"


def update_feature_group(world: World, caller: Caller, params: Params) -> Params:
    """Add features, change the online store, or its throughput; what is written later obeys the change."""
    group = updatable(locate(world, caller, "UpdateFeatureGroup", params["FeatureGroupName"]))
    kinds = [kind for kind in _CHANGES if kind in params]
    if len(kinds) != 1:
        raise ValidationException(f"Validation Error: Give one of {', '.join(_CHANGES)}; {len(kinds)} were given.")
    with group.flush_lock:  # no rows are written between a change of the features and that of their table
        with group.lock:
            _check_last_update(group)
            now = world.now()
            _CHANGES[kinds[0]](group, params[kinds[0]], now)
            group.last_modified_time = now
            group.update = world.transition(_IN_PROGRESS, "Successful")
            group.changed()
        if "FeatureAdditions" in params:
            update_columns(world, group)
    return {"FeatureGroupArn": group.arn}


def _check_last_update(group: FeatureGroup) -> None:
    """One update at a time, as with endpoints, whose UpdateEndpoint refuses likewise (assumed)."""
    if group.update is not None and group.update.status == _IN_PROGRESS:
        raise ValidationException(
            f"Validation Error: The last update of the FeatureGroup named [{group.name}] is [{_IN_PROGRESS}];"
            " it can be updated again once that has ended."
        )


def _add_features(group: FeatureGroup, additions: list[Params], now: int) -> None:
    check_additions(group, additions)
    group.add_features(additions, now)


def _change_online_store(group: FeatureGroup, change: Params, _: int) -> None:
    for refusal in _online_store_refusals(group, change):
        raise ValidationException(f"Validation Error: {refusal}")
    assert group.online_store is not None
    changed = group.online_store | change
    if not changed.get("TtlDuration", True):  # no members, or members that are null, take the TTL away
        del changed["TtlDuration"]
    group.online_store = changed


def _online_store_refusals(group: FeatureGroup, change: Params) -> Iterator[str]:
    if group.online_store is None:
        yield f"The OnlineStore of the FeatureGroup named [{group.name}] is not enabled."
    if len(change.get("TtlDuration", {})) == 1:
        yield "TtlDuration needs both Unit and Value."
    current = (group.online_store or {}).get("StorageType", "Standard")
    wanted = change.get("StorageType", current)
    if (current, wanted) != ("Standard", "Standard_V2") and current != wanted:
        yield f"The storage type [{current}] cannot become [{wanted}]; only Standard can become Standard_V2."


def _change_throughput(group: FeatureGroup, change: Params, now: int) -> None:
    current = group.throughput
    wanted = change if "ThroughputMode" in change else current | change
    for refusal in throughput_refusals(wanted, group.online_store or {}):
        raise ValidationException(f"Validation Error: {refusal}")
    if wanted["ThroughputMode"] == "OnDemand" and current["ThroughputMode"] == "Provisioned":
        # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html: once in 24 hours
        if group.on_demand_since is not None and now - group.on_demand_since < _DAY:
            raise ValidationException(
                "Validation Error: The throughput mode can become OnDemand once in 24 hours; it did less than that ago."
            )
        group.on_demand_since = now
    group.throughput = shown_throughput(wanted)


_CHANGES: dict[str, Callable[[FeatureGroup, Any, int], None]] = {
    "FeatureAdditions": _add_features,
    "OnlineStoreConfig": _change_online_store,
    "ThroughputConfig": _change_throughput,
}
