"""What CreateFeatureGroup is asked for, from what a tester has at hand: a DataFrame, or names and types."""

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
"""Values of a column: as many as the SageMaker SDK looks at to find lists."""


def creation(  # noqa: PLR0913 - as many as the operation has
    name: str,
    features: "pd.DataFrame | Mapping[str, str | Mapping[str, Any]]",
    *,
    record_identifier: str,
    event_time: str,
    offline: bool | str,
    options: Params,
) -> Params:
    """The parameters of CreateFeatureGroup.

    :param offline: an S3Uri, or True for one that is chosen when the group is made
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
    """Refuse what boto3 refuses, in its words, such as members that do not exist; and then what the service does.

    :raises ValueError: which names all that is wrong
    """
    report = ParamValidator().validate(params, shape_of_creation())
    if report.has_errors():
        raise ValueError(
            f"CreateFeatureGroup does not take {params.get('FeatureGroupName')!r}.\n{report.generate_report()}"
        )
    if broken := violations(shape_of_creation(), params):
        raise ValueError(f"The feature group {params['FeatureGroupName']!r} is refused: {describe(broken)}")


def shape_of_creation() -> StructureShape:
    """What CreateFeatureGroup takes."""
    return input_shape(service_model(CONTROL_PLANE).operation_model("CreateFeatureGroup"))


def is_dataframe(value: Any) -> bool:
    """Whether a value is a DataFrame of pandas, which is imported then."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _definitions(features: Any, *, in_memory: bool) -> list[Params]:
    if is_dataframe(features):
        columns = ((name, features.iloc[:, place]) for place, name in enumerate(features.columns))
        return [{"FeatureName": name, **_inferred(name, column, in_memory=in_memory)} for name, column in columns]
    if not isinstance(features, Mapping):
        raise TypeError(f"features must be a DataFrame, or a mapping of names to types, not {type(features).__name__}.")
    return [{"FeatureName": name, **_given(name, given)} for name, given in features.items()]


def _given(name: Any, given: Any) -> Params:
    if isinstance(given, str):
        return {"FeatureType": given}
    if isinstance(given, Mapping):
        return dict(given)
    raise TypeError(
        f"Give the feature {name!r} Integral, Fractional or String, or the other members of a FeatureDefinition,"
        f" not {given!r}."
    )


def _inferred(name: Any, column: "pd.Series[Any]", *, in_memory: bool) -> Params:
    """A column's type, by its dtype as the SageMaker SDKs do it; moments besides, which are loaded as Strings.

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
        f"Failed to infer Feature type based on dtype {dtype} for column {name}. Give it one of the dtypes of"
        " integers, floats, strings or moments; or give a mapping of names to types."
    )


def _lists(column: "pd.Series[Any]") -> list[list[Any]]:
    """The values of a column of lists; none where there is anything else in it, but for what is missing."""
    sample = column.head(_SAMPLE).dropna().tolist()
    return sample if all(isinstance(value, list) for value in sample) else []


def _type_of(values: Iterable[Any]) -> str:
    """The type of the values in lists: the narrowest that takes all of them."""
    kinds = {type(value) for value in values}
    if kinds <= {int}:
        return "Integral"
    return "Fractional" if kinds <= {int, float} else "String"
