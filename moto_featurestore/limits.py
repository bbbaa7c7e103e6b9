"""Limits that AWS documents, but that botocore's models do not contain.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html, and the API reference pages of
BatchGetRecord and UpdateRecord. The size of a record is the number of UTF-8 bytes in its feature names and values.
"""

FEATURES = 2500
CREATION_WORKFLOWS = 4
FEATURE_PARAMETERS = 25
TAGS = 50
RECORD_BYTES = 350 * 1024
RECORD_IDENTIFIER_BYTES = 2 * 1024
UPDATE_RECORD_FEATURES = 100
BATCH_GET_RECORD_RECORDS = 100
