"""Exceptions for AWS errors. The name of a class is the error code."""


class ServiceError(Exception):
    """An error that the service returns to the client. ``str(error)`` is the message."""

    @property
    def code(self) -> str:
        """The AWS error code that the client receives."""
        return type(self).__name__


# Errors in the model of sagemaker-featurestore-runtime.
class ValidationError(ServiceError): ...


class AccessForbidden(ServiceError): ...


class ConflictException(ServiceError): ...


class InternalFailure(ServiceError): ...


class ServiceUnavailable(ServiceError): ...


# Errors in the models of both services.
class ResourceNotFound(ServiceError): ...


# Errors in the model of sagemaker.
class ResourceInUse(ServiceError): ...


class ResourceLimitExceeded(ServiceError): ...


# Errors in neither model. On AWS, the protocol layer or IAM returns these errors.
class ProtocolError(ServiceError):
    """An AWS error that no service model contains. The HTTP status is 400 unless a subclass sets another status."""

    status = 400
    rest_status: int | None = None
    """The HTTP status in the runtime's REST protocol, or None if this status equals ``status``."""


class ValidationException(ProtocolError): ...


class AccessDeniedException(ProtocolError):
    rest_status = 403


class UnrecognizedClientException(ProtocolError):
    status = 403


class InvalidSignatureException(ProtocolError):
    status = 403


class ExpiredTokenException(ProtocolError):
    status = 403


class MissingAuthenticationTokenException(ProtocolError):
    status = 403


class SerializationException(ProtocolError): ...


class ThrottlingException(ProtocolError): ...


class UnknownOperationException(ProtocolError): ...
