"""Which groups and records a call concerns, whether they exist or not: by its parameters alone."""

from collections.abc import Iterator
from typing import Any

from moto_featurestore.controls.faults import Target
from moto_featurestore.operations.locate import place_of
from moto_featurestore.operations.schema import text_of
from moto_featurestore.world import Caller, World

Params = dict[str, Any]

_PLACES = ("FeatureGroupName", "ResourceArn")


def targets(world: World, caller: Caller, params: Params) -> list[Target]:
    """What a call concerns; of one that concerns no group in particular, the caller's account and region."""
    if "Entries" in params:
        return [target(world, caller, entry) for entry in params["Entries"]]
    if "Identifiers" in params:
        return [found for identifier in params["Identifiers"] for found in records(caller, identifier)]
    return [target(world, caller, params)]


def records(caller: Caller, identifier: Params) -> Iterator[Target]:
    """The records that an identifier of BatchGetRecord names."""
    place = place_of(caller, identifier["FeatureGroupName"])
    return (Target(*place, text) for text in identifier["RecordIdentifiersValueAsString"])


def target(world: World, caller: Caller, params: Params) -> Target:
    """What a call for one record concerns, or an entry of BatchWriteRecord."""
    name_or_arn = next((params[member] for member in _PLACES if member in params), None)
    if name_or_arn is None:
        return Target(caller.account_id, caller.region, None)
    place = place_of(caller, name_or_arn)
    return Target(*place, params.get("RecordIdentifierValueAsString") or _identifier_within(world, place, params))


def _identifier_within(world: World, place: tuple[str, str, str], params: Params) -> str | None:
    """The record identifier of a record that is put: which of the features it is, the group says."""
    account_id, region, name = place
    group = world.store(account_id, region).find(name) if "Record" in params else None
    return text_of(params["Record"], group.record_identifier) if group else None
