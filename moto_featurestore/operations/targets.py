"""The groups and records that a call names in its parameters, whether they exist or not."""

from collections.abc import Iterator
from typing import Any

from moto_featurestore.controls.faults import Target
from moto_featurestore.operations.locate import place_of
from moto_featurestore.operations.schema import text_of
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_NAME_MEMBERS = ("FeatureGroupName", "ResourceArn")


def targets(world: World, caller: Caller, params: Params) -> list[Target]:
    """Return the targets of a call. A call that names no group has the caller's account and region as its target."""
    if "Entries" in params:
        return [target(world, caller, entry) for entry in params["Entries"]]
    if "Identifiers" in params:
        return [record for identifier in params["Identifiers"] for record in records(caller, identifier)]
    return [target(world, caller, params)]


def records(caller: Caller, identifier: Params) -> Iterator[Target]:
    """Yield the records that an identifier of BatchGetRecord names."""
    place = place_of(caller, identifier["FeatureGroupName"])
    return (Target(*place, text) for text in identifier["RecordIdentifiersValueAsString"])


def target(world: World, caller: Caller, params: Params) -> Target:
    """Return the target of a call for one group or record, or of an entry of BatchWriteRecord."""
    name_or_arn = next((params[member] for member in _NAME_MEMBERS if member in params), None)
    if name_or_arn is None:
        return Target(caller.account_id, caller.region, None)
    place = place_of(caller, name_or_arn)
    return Target(*place, params.get("RecordIdentifierValueAsString") or _submitted_identifier(world, place, params))


def _submitted_identifier(world: World, place: tuple[str, str, str], params: Params) -> str | None:
    """Return the record identifier in a submitted record, or None. The group defines which feature it is."""
    account_id, region, name = place
    group = world.store(account_id, region).find(name) if "Record" in params else None
    return text_of(params["Record"], group.record_identifier) if group else None
