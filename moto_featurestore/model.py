"""Botocore's own service models: names, routes, shapes, constraints and error statuses come from here."""

from functools import cache

from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel, StructureShape

from moto_featurestore.errors import ProtocolError, ServiceError

RUNTIME = "sagemaker-featurestore-runtime"
CONTROL_PLANE = "sagemaker"


@cache
def service_model(service: str) -> ServiceModel:
    """The newest API version of a service that the installed botocore knows."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def is_feature_store_operation(operation: str) -> bool:
    """Whether an operation of the control plane belongs to the Feature Store."""
    return "FeatureGroup" in operation or "FeatureMetadata" in operation


@cache
def supported_operations(service: str) -> dict[str, OperationModel]:
    """The service's operations that this package answers, as the installed botocore models them."""
    from moto_featurestore.operations import OPERATIONS

    model = service_model(service)
    return {name: model.operation_model(name) for name in model.operation_names if name in OPERATIONS}


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
