"""Credentials of nobody's, and no way to real ones, and the account and region that the environment chooses."""

import os

NOT_OURS = (
    "AWS_ACCOUNT_ID",
    "AWS_BEARER_TOKEN",
    "AWS_CONTAINER_",
    "AWS_CREDENTIAL_",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL",  # it would lead past a mock in process, or to another server
    "AWS_PROFILE",
    "AWS_ROLE_",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_",
)
"""How the variables begin by which SDKs find credentials, or an endpoint."""

HIDDEN = (
    "AWS_ACCOUNT_ID",
    "AWS_BEARER_TOKEN",
    "AWS_CREDENTIAL_",
    "AWS_ENDPOINT_URL",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
)
"""Prefixes of the variables that a running mock hides: those that moto does not replace."""

FAKE = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def chosen_place(account_id: str | None, region_name: str | None) -> tuple[str | None, str | None]:
    """Account and region, as far as they are chosen, here or in the environment."""
    in_environment = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return account_id or os.environ.get("MOTO_ACCOUNT_ID"), region_name or in_environment
