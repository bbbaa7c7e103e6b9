"""Literal types for the names of operations and errors, generated from botocore's model by tests/support/names.py."""

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
"""The name of an operation of the Feature Store."""
BatchOperation = Literal[
    "BatchGetRecord",
    "BatchWriteRecord",
]
"""The name of an operation that reads or writes several records."""
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
