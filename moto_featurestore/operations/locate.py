"""From a feature group's name or ARN to the group: the only place that knows about ARNs and existence."""

from moto_featurestore.errors import ResourceNotFound, ServiceError, ValidationError
from moto_featurestore.store import FeatureGroup
from moto_featurestore.world import Caller, World


def locate(
    world: World, caller: Caller, name_or_arn: str, absent: type[ServiceError] = ResourceNotFound
) -> FeatureGroup:
    """The group of a name, or of an ARN: the one of the ARN's account and region.

    :param absent: the error that the operation answers with where there is no such group
    """
    account_id, region, name = caller.account_id, caller.region, name_or_arn
    if name_or_arn.startswith("arn:"):
        _, _, _, region, account_id, resource = name_or_arn.split(":")
        name = resource.partition("/")[2]
    group = world.store(account_id, region).groups.get(name)
    if group is None:
        # Brackets and full stop as observed: https://github.com/aws/sagemaker-python-sdk/issues/2606
        raise absent(f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [{name_or_arn}].")
    return group


def locate_online(
    world: World, caller: Caller, name_or_arn: str, absent: type[ServiceError] = ValidationError
) -> FeatureGroup:
    """The same, for what needs the online store.

    :raises ValidationError: where the group has none
    """
    group = locate(world, caller, name_or_arn, absent)
    if group.online_store is None:
        raise ValidationError(
            f"Validation Error: The OnlineStore of the FeatureGroup named [{group.name}] is not enabled."
        )
    return group
