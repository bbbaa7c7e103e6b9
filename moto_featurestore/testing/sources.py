"""Conversion of ``describe-feature-group`` output and Terraform state to parameters of CreateFeatureGroup."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore.protocol.model import CONTROL_PLANE, service_model
from moto_featurestore.testing.definitions import shape_of_creation

Params = dict[str, Any]

_STATE_VERSION = 4
_TERRAFORM_TYPE = "aws_sagemaker_feature_group"
#: Attributes whose names are not the API's names in snake case: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/
#: service/sagemaker/feature_group.go. tags_all includes the provider's default tags.
_TERRAFORM_NAMES = {"FeatureDefinitions": "feature_definition", "Tags": "tags_all"}


def is_template(document: Mapping[str, Any]) -> bool:
    """Return True if a document is a CloudFormation template."""
    return "Resources" in document


def groups_of(document: Mapping[str, Any]) -> list[Params]:
    """Return the parameters of CreateFeatureGroup for each group in a document that is not a template.

    :raises ValueError: if it describes no group, or has another format
    """
    if "FeatureDefinitions" in document:
        return [_from_description(document)]
    if not {"values", "planned_values", "resources"} & document.keys():
        raise ValueError(
            "The document must be the output of describe-feature-group, a CloudFormation template or a Terraform state."
            f" Its members are: {', '.join(map(str, document)) or 'none'}."
        )
    try:
        groups = [_from_terraform_resource(values) for values in _in_state(document)]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"The document is not a valid Terraform state: {type(error).__name__}: {error}.") from None
    if not groups:
        raise ValueError(f"The Terraform state contains no {_TERRAFORM_TYPE}.")
    return groups


def _from_description(document: Mapping[str, Any]) -> Params:
    """Return a description without its output-only members. It keeps the names in Glue, so that queries find the table."""
    output = service_model(CONTROL_PLANE).operation_model("DescribeFeatureGroup").output_shape
    assert isinstance(output, StructureShape)
    only_described = {"ResponseMetadata", *output.members} - {*shape_of_creation().members}
    return _unresolved({name: value for name, value in document.items() if name not in only_described})


def _unresolved(params: Params) -> Params:
    """Return parameters without ResolvedOutputS3Uri, which the service derives."""
    offline = params.get("OfflineStoreConfig")
    storage = offline.get("S3StorageConfig") if isinstance(offline, Mapping) else None
    if not isinstance(storage, Mapping):
        return params
    storage = {name: value for name, value in storage.items() if name != "ResolvedOutputS3Uri"}
    return params | {"OfflineStoreConfig": {**params["OfflineStoreConfig"], "S3StorageConfig": storage}}


# Terraform.


def _in_state(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the attributes of the feature groups in a state, of either format."""
    if "resources" in document:
        yield from _instances(document)
    else:
        values = document.get("values") or document.get("planned_values") or {}
        yield from (resource["values"] for resource in _resources(values.get("root_module", {})))


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the feature groups of a module and of its child modules, in the format of ``terraform show -json``.

    https://developer.hashicorp.com/terraform/internals/json-format
    """
    yield from (resource for resource in module.get("resources", ()) if _is_group(resource))
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _instances(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the attributes of the feature groups in a ``terraform.tfstate``."""
    if state["version"] != _STATE_VERSION:
        raise ValueError(
            f"The Terraform state has version {state['version']}. Only version {_STATE_VERSION} is supported, which"
            " Terraform has written since 0.12. Alternatively, pass the output of `terraform show -json`."
        )
    for resource in state["resources"]:
        if _is_group(resource):
            # A deposed instance has been replaced, and will be destroyed.
            yield from (item["attributes"] for item in resource["instances"] if not item.get("deposed"))


def _is_group(resource: Mapping[str, Any]) -> bool:
    return resource.get("type") == _TERRAFORM_TYPE and resource.get("mode") == "managed"


def _from_terraform_resource(values: Mapping[str, Any]) -> Params:
    params: Params = _from_terraform(shape_of_creation(), values)
    tags = values.get("tags_all") or values.get("tags") or {}
    if tags:
        params["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return _unresolved(params)


def _from_terraform(shape: Shape, value: Any) -> Any:
    """Convert a Terraform value to an API shape: a block is a list of one, and unset values are null or empty."""
    if isinstance(shape, StructureShape):
        [block] = value if isinstance(value, list) else [value]
        named = ((name, block.get(_TERRAFORM_NAMES.get(name, xform_name(name)))) for name in shape.members)
        return {
            name: _from_terraform(shape.members[name], item)
            for name, item in named
            if item not in (None, "", [], {}) and name != "Tags"
        }
    if isinstance(shape, ListShape):
        return [_from_terraform(shape.member, item) for item in value]
    return value
