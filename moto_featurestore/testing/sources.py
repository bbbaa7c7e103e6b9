"""Feature groups as others describe them: ``describe-feature-group`` and Terraform's state, as CreateFeatureGroup's parameters."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape

from moto_featurestore.protocol.model import CONTROL_PLANE, service_model
from moto_featurestore.testing.definitions import shape_of_creation

Params = dict[str, Any]

_STATE_VERSION = 4
_TERRAFORM_TYPE = "aws_sagemaker_feature_group"
#: Where they are not the API's in snake case: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/
#: service/sagemaker/feature_group.go. The merged tags are those that the provider gives.
_TERRAFORM_NAMES = {"FeatureDefinitions": "feature_definition", "Tags": "tags_all"}


def is_template(document: Mapping[str, Any]) -> bool:
    """Whether a document is a template of CloudFormation's."""
    return "Resources" in document


def groups_of(document: Mapping[str, Any]) -> list[Params]:
    """The parameters of CreateFeatureGroup of all groups that a document describes, but for a template.

    :raises ValueError: where it describes none
    """
    if "FeatureDefinitions" in document:
        return [_from_description(document)]
    if not {"values", "planned_values", "resources"} & document.keys():
        raise ValueError(
            "This is neither what describe-feature-group prints, nor a template of CloudFormation, nor Terraform's"
            f" state: its members are {', '.join(map(str, document)) or 'none'}."
        )
    try:
        found = [_from_terraform_resource(values) for values in _in_state(document)]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"This is no state as Terraform writes it: {type(error).__name__}: {error}.") from None
    if not found:
        raise ValueError(f"There is no {_TERRAFORM_TYPE} in this state of Terraform's.")
    return found


def _from_description(document: Mapping[str, Any]) -> Params:
    """A description without what only a description has; the names in Glue are kept, so that queries find their table."""
    output = service_model(CONTROL_PLANE).operation_model("DescribeFeatureGroup").output_shape
    assert isinstance(output, StructureShape)
    only_described = {"ResponseMetadata", *output.members} - {*shape_of_creation().members}
    return _unresolved({name: value for name, value in document.items() if name not in only_described})


def _unresolved(params: Params) -> Params:
    """Without ResolvedOutputS3Uri, which follows from the rest."""
    offline = params.get("OfflineStoreConfig")
    storage = offline.get("S3StorageConfig") if isinstance(offline, Mapping) else None
    if not isinstance(storage, Mapping):
        return params
    storage = {name: value for name, value in storage.items() if name != "ResolvedOutputS3Uri"}
    return params | {"OfflineStoreConfig": {**params["OfflineStoreConfig"], "S3StorageConfig": storage}}


# Terraform.


def _in_state(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The attributes of the feature groups in a state, of either form."""
    if "resources" in document:
        yield from _instances(document)
    else:
        shown = document.get("values") or document.get("planned_values") or {}
        yield from (resource["values"] for resource in _resources(shown.get("root_module", {})))


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The feature groups of a module and of those within it, as ``terraform show -json`` has them.

    https://developer.hashicorp.com/terraform/internals/json-format
    """
    yield from (resource for resource in module.get("resources", ()) if _is_group(resource))
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _instances(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The attributes of the feature groups in a ``terraform.tfstate``."""
    if state["version"] != _STATE_VERSION:
        raise ValueError(
            f"This is a state of Terraform's in version {state['version']}; version {_STATE_VERSION} is read, which"
            " Terraform has written since 0.12. What `terraform show -json` prints is read too."
        )
    for resource in state["resources"]:
        if _is_group(resource):
            # One that is deposed has been replaced, and is only still to be destroyed.
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
    """A value of Terraform's in a shape of the API: a block is a list of one, and what is not set is null or empty."""
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
