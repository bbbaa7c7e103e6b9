"""Documented limits that botocore's models lack.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html, and the API reference pages of
BatchGetRecord and UpdateRecord. Sizes are bytes of UTF-8, of names and values together.
"""

FEATURES = 2500
CREATION_WORKFLOWS = 4
FEATURE_PARAMETERS = 25
TAGS = 50
RECORD_BYTES = 350 * 1024
RECORD_IDENTIFIER_BYTES = 2 * 1024
UPDATE_RECORD_FEATURES = 100
BATCH_GET_RECORD_RECORDS = 100
