"""One class an AWS error code: the class's name is the code, its status comes from the service's model."""


class ServiceError(Exception):
    """An error that the service answers with; ``str(error)`` is the message."""

    @property
    def code(self) -> str:
        """The AWS error code, as the client reads it."""
        return type(self).__name__


# Modelled by sagemaker-featurestore-runtime.
class ValidationError(ServiceError): ...


class AccessForbidden(ServiceError): ...


class ConflictException(ServiceError): ...


class InternalFailure(ServiceError): ...


class ServiceUnavailable(ServiceError): ...


# Modelled by both services.
class ResourceNotFound(ServiceError): ...


# Modelled by sagemaker.
class ResourceInUse(ServiceError): ...


class ResourceLimitExceeded(ServiceError): ...


# Modelled by neither: what the protocol's front end, or IAM, answers.
class ProtocolError(ServiceError):
    """An error that AWS answers with and models nowhere; its status is 400 unless it says otherwise."""

    status = 400
    rest_status: int | None = None
    """The status in the runtime's protocol, where it is another one."""


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
