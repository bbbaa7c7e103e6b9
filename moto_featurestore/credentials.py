"""Fake credentials, variables that select real credentials, the execution role, and the default account and region."""

import os

CLIENT_VARIABLES = (
    "AWS_ACCOUNT_ID",
    "AWS_BEARER_TOKEN",
    "AWS_CONTAINER_",
    "AWS_CREDENTIAL_",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL",  # requests would bypass an in-process mock, or reach another server
    "AWS_PROFILE",
    "AWS_ROLE_",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_",
)
"""Prefixes of environment variables that tests and servers must not inherit.

SDKs would read real credentials, or the endpoint of a different server, from these variables.
"""

HIDDEN_VARIABLES = (
    "AWS_ACCOUNT_ID",
    "AWS_BEARER_TOKEN",
    "AWS_CREDENTIAL_",
    "AWS_ENDPOINT_URL",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
)
"""Prefixes of the environment variables that a mock removes while it runs, because moto does not replace them."""

FAKE = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


EXECUTION_ROLE_NAME = "AmazonSageMaker-ExecutionRole"
EXECUTION_ROLE_PATH = "/service-role/"
"""The path of SageMaker's default execution role, which the AWS console creates. The role's name is EXECUTION_ROLE_NAME."""
EXECUTION_ROLE_TRUST = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"""


def account_and_region(account_id: str | None, region_name: str | None) -> tuple[str | None, str | None]:
    """Return an account ID and a region. Replace an argument that is None by the value from the environment.

    A returned None means that moto's default account or region applies.
    """
    in_environment = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return account_id or os.environ.get("MOTO_ACCOUNT_ID"), region_name or in_environment
