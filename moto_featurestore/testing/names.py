"""Names of operations and errors as types, generated from botocore's model by tests/support/names.py."""

from typing import Literal

Operation = Literal[
    "AddTags",
    "BatchGetRecord",
    "BatchWriteRecord",
    "CreateFeatureGroup",
    "DeleteFeatureGroup",
    "DeleteRecord",
    "DeleteTags",
    "DescribeFeatureGroup",
    "DescribeFeatureMetadata",
    "GetRecord",
    "GetSearchSuggestions",
    "ListFeatureGroups",
    "ListRecords",
    "ListTags",
    "PutRecord",
    "Search",
    "UpdateFeatureGroup",
    "UpdateFeatureMetadata",
    "UpdateRecord",
]
"""An operation of the Feature Store."""
BatchOperation = Literal[
    "BatchGetRecord",
    "BatchWriteRecord",
]
"""An operation on several records."""
ErrorCode = Literal[
    "AccessDeniedException",
    "AccessForbidden",
    "ConflictException",
    "ExpiredTokenException",
    "InternalFailure",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ResourceInUse",
    "ResourceLimitExceeded",
    "ResourceNotFound",
    "SerializationException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
]
"""An error code that an operation can return."""
