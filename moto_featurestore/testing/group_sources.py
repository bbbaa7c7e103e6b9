"""Functions that make parameters of CreateFeatureGroup from a DataFrame, a file, a dict of feature types, or a document.

A document is the output of ``describe-feature-group`` or a Terraform state.
"""

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape
from botocore.validate import ParamValidator

from moto_featurestore.protocol.constraints import describe, violations
from moto_featurestore.protocol.model import CONTROL_PLANE, input_shape, service_model
from moto_featurestore.testing.record_files import definitions_of_file
from moto_featurestore.testing.record_sources import is_dataframe

if TYPE_CHECKING:
    import pandas as pd

Params = dict[str, Any]

_SAMPLE = 1000
"""The maximum number of a column's values that are checked for lists, as in the SageMaker SDK."""
_STATE_VERSION = 4
_TERRAFORM_TYPE = "aws_sagemaker_feature_group"
#: Terraform attributes whose names are not the API's names in snake case: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/
#: service/sagemaker/feature_group.go. tags_all includes the provider's default tags.
_TERRAFORM_NAMES = {"FeatureDefinitions": "feature_definition", "Tags": "tags_all"}


def creation(  # noqa: PLR0913 - one for each parameter of create_group
    name: str,
    features: "pd.DataFrame | str | PathLike[str] | Mapping[str, str | Mapping[str, Any]]",
    *,
    record_identifier: str,
    event_time: str,
    offline: bool | str,
    options: Params,
) -> Params:
    """Return the parameters of CreateFeatureGroup from the arguments of ``FeatureStore.create_group``.

    :param offline: an S3Uri, True for a default S3Uri that is chosen when the group is created, or False
    :param options: parameters of CreateFeatureGroup that override the other arguments
    :raises TypeError: if ``offline`` or ``features`` has the wrong type
    :raises ValueError: if no feature type can be inferred from a column
    :raises OSError: if a file cannot be read
    """
    params: Params = {
        "FeatureGroupName": name,
        "RecordIdentifierFeatureName": record_identifier,
        "EventTimeFeatureName": event_time,
    }
    if not isinstance(offline, bool | str):
        raise TypeError(f"offline must be True, False or an S3Uri, not {offline!r}.")
    if offline:
        params["OfflineStoreConfig"] = {"S3StorageConfig": {"S3Uri": offline if isinstance(offline, str) else ""}}
    params["OnlineStoreConfig"] = {"EnableOnlineStore": True}
    online = options.get("OnlineStoreConfig")
    in_memory = isinstance(online, Mapping) and online.get("StorageType") == "InMemory"
    event_time = options.get("EventTimeFeatureName", event_time)
    params["FeatureDefinitions"] = _definitions(features, event_time=event_time, in_memory=in_memory)
    return params | options


def check(params: Params) -> None:
    """Check the parameters of CreateFeatureGroup.

    First apply botocore's client-side validation, which finds unknown members, for example. Then apply the service's
    constraints.

    :raises ValueError: if the parameters are invalid; the message lists all violations
    """
    report = ParamValidator().validate(params, shape_of_creation())
    if report.has_errors():
        raise ValueError(
            f"The parameters of the feature group {params.get('FeatureGroupName')!r} are invalid.\n{report.generate_report()}"
        )
    if broken := violations(shape_of_creation(), params):
        raise ValueError(
            f"The parameters of the feature group {params['FeatureGroupName']!r} are invalid: {describe(broken)}"
        )


def shape_of_creation() -> StructureShape:
    """Return the input shape of CreateFeatureGroup in botocore's model."""
    return input_shape(service_model(CONTROL_PLANE).operation_model("CreateFeatureGroup"))


def _definitions(features: Any, *, event_time: str, in_memory: bool) -> list[Params]:
    if isinstance(features, str | PathLike):
        return definitions_of_file(Path(features), event_time=event_time, in_memory=in_memory)
    if is_dataframe(features):
        columns = ((name, features.iloc[:, index]) for index, name in enumerate(features.columns))
        return [{"FeatureName": name, **_inferred_type(name, column, in_memory=in_memory)} for name, column in columns]
    if not isinstance(features, Mapping):
        raise TypeError(
            f"features must be a DataFrame, a path, or a mapping of names to types, not {type(features).__name__}."
        )
    return [{"FeatureName": name, **_definition(name, feature)} for name, feature in features.items()]


def _definition(name: Any, feature: Any) -> Params:
    if isinstance(feature, str):
        return {"FeatureType": feature}
    if isinstance(feature, Mapping):
        return dict(feature)
    raise TypeError(
        f"The feature {name!r} must be Integral, Fractional or String, or a mapping of the other members of a"
        f" FeatureDefinition, not {feature!r}."
    )


def _inferred_type(name: Any, column: "pd.Series[Any]", *, in_memory: bool) -> Params:
    """Return a column's FeatureType, inferred from its dtype as in the SageMaker SDKs. For a datetime dtype, return String.

    https://github.com/aws/sagemaker-python-sdk (feature_group.py, load_feature_definitions)

    :param in_memory: if True, a column of lists becomes a collection. The FeatureType is then the type of the items.
    :raises ValueError: if no FeatureType fits the dtype
    """
    from pandas.api import types

    dtype, is_object = column.dtype, types.is_object_dtype(column.dtype)
    if in_memory and is_object and (lists := _lists(column)):
        return {"FeatureType": _type_of(value for values in lists for value in values), "CollectionType": "List"}
    if types.is_integer_dtype(dtype):
        return {"FeatureType": "Integral"}
    if types.is_float_dtype(dtype):
        return {"FeatureType": "Fractional"}
    if is_object or dtype.type is str or types.is_datetime64_any_dtype(dtype):
        return {"FeatureType": "String"}
    raise ValueError(
        f"Failed to infer Feature type based on dtype {dtype} for column {name}. Convert the column to"
        " an integer, float, string or datetime dtype, or pass a mapping of feature names to types."
    )


def _lists(column: "pd.Series[Any]") -> list[list[Any]]:
    """Return the lists in the first ``_SAMPLE`` values of a column, without missing values.

    If one of these values is neither a list nor missing, return an empty list.
    """
    sample = column.head(_SAMPLE).dropna().tolist()
    return sample if all(isinstance(value, list) for value in sample) else []


def _type_of(values: Iterable[Any]) -> str:
    """Return the most specific feature type that fits all values: Integral, Fractional or String."""
    kinds = {type(value) for value in values}
    if kinds <= {int}:
        return "Integral"
    return "Fractional" if kinds <= {int, float} else "String"


# Descriptions of groups.


def is_template(document: Mapping[str, Any]) -> bool:
    """Return True if a document is a CloudFormation template."""
    return "Resources" in document


def groups_of(document: Mapping[str, Any]) -> list[Params]:
    """Return the parameters of CreateFeatureGroup for each group in a document that is not a template.

    :raises ValueError: if the document describes no group, or has an unsupported format
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
    """Convert the output of ``describe-feature-group`` to parameters of CreateFeatureGroup: remove output-only members.

    The Glue database and table keep their names, so that existing queries find the table.
    """
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
    """Yield the Terraform attributes of each feature group in a state.

    The state is the output of ``terraform show -json``, or the content of a ``terraform.tfstate``.
    """
    if "resources" in document:
        yield from _instances(document)
    else:
        values = document.get("values") or document.get("planned_values") or {}
        yield from (resource["values"] for resource in _resources(values.get("root_module", {})))


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the feature group resources of a Terraform module and its child modules, as in ``terraform show -json``.

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
    """Convert a Terraform value to an API value.

    Replace each Terraform block, which is a list with one element, by this element. Remove null and empty values.

    :param shape: the shape of the value in botocore's model
    """
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
