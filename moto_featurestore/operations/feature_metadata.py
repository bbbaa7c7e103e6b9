"""UpdateFeatureMetadata and DescribeFeatureMetadata: the description and parameters of a feature.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureMetadata.html. AWS does not document
the error texts, so this module uses its own texts.
"""

from dataclasses import replace
from typing import Any

from moto_featurestore.limits import FEATURE_PARAMETERS
from moto_featurestore.operations.locate import locate, updatable
from moto_featurestore.protocol.errors import ResourceNotFound, ValidationException
from moto_featurestore.store.group import FeatureDefinition, FeatureGroup
from moto_featurestore.world import Caller, World

Params = dict[str, Any]


def update_feature_metadata(world: World, caller: Caller, params: Params) -> None:
    """Set a feature's description, and remove and add parameters. New parameters come after existing parameters."""
    group = updatable(locate(world, caller, "UpdateFeatureMetadata", params["FeatureGroupName"]))
    name = _definition(group, params["FeatureName"]).name
    additions = params.get("ParameterAdditions", [])
    for addition in additions:
        if len(addition) < 2:  # noqa: PLR2004 - Key and Value; in the model, both are optional
            raise ValidationException(
                "Validation Error: Each element of ParameterAdditions must have both Key and Value."
            )
    with group.lock:
        definition = group.definitions[name]
        removals = params.get("ParameterRemovals", [])
        parameters = {key: value for key, value in definition.parameters.items() if key not in removals}
        parameters |= {addition["Key"]: addition["Value"] for addition in additions}
        if len(parameters) > FEATURE_PARAMETERS:
            raise ValidationException(
                f"Validation Error: The feature named [{definition.name}] would have {len(parameters)} parameters;"
                f" the limit is {FEATURE_PARAMETERS}."
            )
        description = params.get("Description", definition.description)
        group.put_definition(
            replace(definition, parameters=parameters, description=description, last_modified_time=world.now())
        )


def describe_feature_metadata(world: World, caller: Caller, params: Params) -> Params:
    """Return the type, description, parameters and times of a feature."""
    group = locate(world, caller, "DescribeFeatureMetadata", params["FeatureGroupName"])
    return metadata(group, _definition(group, params["FeatureName"]))


def metadata(group: FeatureGroup, definition: FeatureDefinition) -> Params:
    """Return the members with which the responses of DescribeFeatureMetadata and Search describe a feature."""
    return {
        "FeatureGroupArn": group.arn,
        "FeatureGroupName": group.name,
        "FeatureName": definition.name,
        "FeatureType": definition.feature_type,
        "CreationTime": definition.creation_time,
        "LastModifiedTime": definition.last_modified_time,
        "Description": definition.description,
        "Parameters": [{"Key": key, "Value": value} for key, value in definition.parameters.items()],
    }


def _definition(group: FeatureGroup, name: str) -> FeatureDefinition:
    if name not in group.definitions:
        raise ResourceNotFound(
            f"Resource Not Found: The FeatureGroup named [{group.name}] has no feature named [{name}]."
        )
    return group.definitions[name]
