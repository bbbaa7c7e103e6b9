"""Parameters of CreateFeatureGroup, built from a DataFrame or from feature names and types."""

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.model import StructureShape
from botocore.validate import ParamValidator

from moto_featurestore.protocol.constraints import describe, violations
from moto_featurestore.protocol.model import CONTROL_PLANE, input_shape, service_model

if TYPE_CHECKING:
    import pandas as pd

Params = dict[str, Any]

_SAMPLE = 1000
"""The number of values of a column that are checked for lists, as in the SageMaker SDK."""


def creation(  # noqa: PLR0913 - one for each parameter of create_group
    name: str,
    features: "pd.DataFrame | Mapping[str, str | Mapping[str, Any]]",
    *,
    record_identifier: str,
    event_time: str,
    offline: bool | str,
    options: Params,
) -> Params:
    """Return the parameters of CreateFeatureGroup.

    :param offline: an S3Uri, True for one that is chosen when the group is created, or False
    :param options: parameters of CreateFeatureGroup that override the others
    :raises TypeError: if ``offline`` or ``features`` has the wrong type
    :raises ValueError: if no feature type can be inferred from a column's dtype
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
    if offline or "OfflineStoreConfig" not in options:
        params["OnlineStoreConfig"] = {"EnableOnlineStore": True}
    online = options.get("OnlineStoreConfig")
    in_memory = isinstance(online, Mapping) and online.get("StorageType") == "InMemory"
    params["FeatureDefinitions"] = _definitions(features, in_memory=in_memory)
    return params | options


def check(params: Params) -> None:
    """Check the parameters of CreateFeatureGroup.

    The first check is boto3's own, with its messages, for example about unknown members. The second check is the
    service's.

    :raises ValueError: if they are invalid; the message lists all violations
    """
    report = ParamValidator().validate(params, shape_of_creation())
    if report.has_errors():
        raise ValueError(
            f"The parameters of the feature group {params.get('FeatureGroupName')!r} are invalid.\n{report.generate_report()}"
        )
    if broken := violations(shape_of_creation(), params):
        raise ValueError(f"The feature group {params['FeatureGroupName']!r} was rejected: {describe(broken)}")


def shape_of_creation() -> StructureShape:
    """Return the input shape of CreateFeatureGroup."""
    return input_shape(service_model(CONTROL_PLANE).operation_model("CreateFeatureGroup"))


def is_dataframe(value: Any) -> bool:
    """Return True if a value is a pandas DataFrame. This does not import pandas: with a DataFrame it is imported already."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _definitions(features: Any, *, in_memory: bool) -> list[Params]:
    if is_dataframe(features):
        columns = ((name, features.iloc[:, index]) for index, name in enumerate(features.columns))
        return [{"FeatureName": name, **_inferred_type(name, column, in_memory=in_memory)} for name, column in columns]
    if not isinstance(features, Mapping):
        raise TypeError(f"features must be a DataFrame, or a mapping of names to types, not {type(features).__name__}.")
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
    """Return a column's feature type by its dtype, as the SageMaker SDKs do. Datetimes are supported too, as Strings.

    https://github.com/aws/sagemaker-python-sdk (feature_group.py, load_feature_definitions)
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
    """Return the values of a column of lists. Return none if the column has other values; missing values are ignored."""
    sample = column.head(_SAMPLE).dropna().tolist()
    return sample if all(isinstance(value, list) for value in sample) else []


def _type_of(values: Iterable[Any]) -> str:
    """Return the narrowest feature type that fits all values."""
    kinds = {type(value) for value in values}
    if kinds <= {int}:
        return "Integral"
    return "Fractional" if kinds <= {int, float} else "String"
