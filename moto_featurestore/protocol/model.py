"""Botocore's own service models: names, routes, shapes, constraints and error statuses come from here."""

import json
import re
from functools import cache
from itertools import chain
from typing import Any

from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel, StructureShape

from moto_featurestore.protocol.errors import ProtocolError, ServiceError

RUNTIME = "sagemaker-featurestore-runtime"
CONTROL_PLANE = "sagemaker"
SEARCHED = ("FeatureGroup", "FeatureMetadata")
"""The resources of Search that are the Feature Store's."""
DEEPEST = 64
"""How many structures within structures are looked at: beyond a SearchExpression's 50 elements, the only recursion."""

_TAG_OPERATIONS = {"AddTags", "ListTags", "DeleteTags"}
_SEARCH_OPERATIONS = {"Search", "GetSearchSuggestions"}
_NAMES_SEARCHED = re.compile(rb'"Resource"\s*:\s*"(?:%s)"' % "|".join(SEARCHED).encode())


@cache
def service_model(service: str) -> ServiceModel:
    """The newest API version of a service that the installed botocore knows."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def is_of_feature_store(operation: str, body: bytes) -> bool:
    """Whether a request to the control plane concerns the Feature Store: by its operation, or by what it asks about."""
    if operation in _TAG_OPERATIONS:
        return ":feature-group/" in str(_member(body, "ResourceArn"))
    if operation in _SEARCH_OPERATIONS:
        return _member(body, "Resource") in SEARCHED
    return "FeatureGroup" in operation or "FeatureMetadata" in operation


def _member(body: bytes, name: str) -> Any:
    """A member of a body, which may be anything."""
    try:
        value = json.loads(body)
    except (RecursionError, ValueError):
        # Who asks for the Feature Store in what nobody can read is told so by the Feature Store.
        return SEARCHED[0] if name == "Resource" and _NAMES_SEARCHED.search(body) else None
    return value.get(name) if isinstance(value, dict) else None


@cache
def is_control_plane(operation: str) -> bool:
    """Whether an operation is one of the control plane's, rather than the runtime's."""
    return operation in service_model(CONTROL_PLANE).operation_names


def status_of(service: str, error: ServiceError) -> int:
    """The HTTP status of an error: the model's where the service models it, else the runtime's model's, else 400.

    What the control plane answers with and does not model has the same statuses there:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html.
    """
    if isinstance(error, ProtocolError):
        return (error.rest_status if service == RUNTIME else None) or error.status
    modelled = chain(service_model(service).error_shapes, service_model(RUNTIME).error_shapes)
    shape = next((shape for shape in modelled if shape.name == error.code), None)
    return shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape else 400


def input_shape(operation: OperationModel) -> StructureShape:
    """The shape of an operation's parameters; each operation of the two services has one."""
    shape = operation.input_shape
    assert shape is not None
    return shape
