"""Botocore's own service models: names, routes, shapes, constraints and error statuses come from here."""

import json
from functools import cache

from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel, StructureShape

from moto_featurestore.errors import ProtocolError, ServiceError

RUNTIME = "sagemaker-featurestore-runtime"
CONTROL_PLANE = "sagemaker"
_TAG_OPERATIONS = {"AddTags", "ListTags", "DeleteTags"}


@cache
def service_model(service: str) -> ServiceModel:
    """The newest API version of a service that the installed botocore knows."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def is_of_feature_store(operation: str, body: bytes) -> bool:
    """Whether a request to the control plane concerns the Feature Store: by its operation, or by whose tags it asks."""
    if operation in _TAG_OPERATIONS:
        try:
            return ":feature-group/" in json.loads(body)["ResourceArn"]
        except (KeyError, RecursionError, TypeError, ValueError):
            return False
    return "FeatureGroup" in operation or "FeatureMetadata" in operation


@cache
def is_control_plane(operation: str) -> bool:
    """Whether an operation is one of the control plane's, rather than the runtime's."""
    return operation in service_model(CONTROL_PLANE).operation_names


def status_of(service: str, error: ServiceError) -> int:
    """The HTTP status of an error: the model's where the service models it, else 400."""
    if isinstance(error, ProtocolError):
        return (error.rest_status if service == RUNTIME else None) or error.status
    shape = next((shape for shape in service_model(service).error_shapes if shape.name == error.code), None)
    return shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape else 400


def input_shape(operation: OperationModel) -> StructureShape:
    """The shape of an operation's parameters; each operation of the two services has one."""
    shape = operation.input_shape
    assert shape is not None
    return shape
