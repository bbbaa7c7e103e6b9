"""botocore's service models: the source of names, routes, shapes, constraints and error statuses."""

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
"""The resource types of the Search operation that belong to the Feature Store."""
DEEPEST = 64
"""The maximum depth of nested structures. Only SearchExpression can nest, and it is limited to 50 elements."""

_TAG_OPERATIONS = {"AddTags", "ListTags", "DeleteTags"}
_SEARCH_OPERATIONS = {"Search", "GetSearchSuggestions"}
_NAMES_SEARCHED = re.compile(rb'"Resource"\s*:\s*"(?:%s)"' % "|".join(SEARCHED).encode())


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, in the newest API version that the installed botocore contains."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def is_of_feature_store(operation: str, body: bytes) -> bool:
    """Return True if a request to ``sagemaker`` belongs to the Feature Store.

    For tag and search operations, the resource in ``body`` decides. For other operations, the name decides.
    """
    if operation in _TAG_OPERATIONS:
        return ":feature-group/" in str(_member(body, "ResourceArn"))
    if operation in _SEARCH_OPERATIONS:
        return _member(body, "Resource") in SEARCHED
    return "FeatureGroup" in operation or "FeatureMetadata" in operation


def _member(body: bytes, name: str) -> Any:
    """Return a member of a JSON body, or None if the body is invalid or does not contain the member.

    If an invalid body seems to name a Feature Store resource, return ``FeatureGroup`` for the member ``Resource``.
    """
    try:
        value = json.loads(body)
    except (RecursionError, ValueError):
        # The Feature Store itself rejects an invalid body that names one of its resources.
        return SEARCHED[0] if name == "Resource" and _NAMES_SEARCHED.search(body) else None
    return value.get(name) if isinstance(value, dict) else None


@cache
def is_control_plane(operation: str) -> bool:
    """Return True if an operation belongs to the control plane, False if it belongs to the runtime."""
    return operation in service_model(CONTROL_PLANE).operation_names


def status_of(service: str, error: ServiceError) -> int:
    """Return the HTTP status of an error: its own status if it is a ProtocolError, else the status in the models.

    If the service's model does not contain the error, use the runtime's model, else 400. The control plane also returns
    errors that its model does not contain. Their statuses are the same in both services:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html.
    """
    if isinstance(error, ProtocolError):
        return (error.rest_status if service == RUNTIME else None) or error.status
    error_shapes = chain(service_model(service).error_shapes, service_model(RUNTIME).error_shapes)
    shape = next((shape for shape in error_shapes if shape.name == error.code), None)
    return shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape else 400


def input_shape(operation: OperationModel) -> StructureShape:
    """Return the shape of an operation's parameters. Each operation of the two services has parameters."""
    shape = operation.input_shape
    assert shape is not None
    return shape
