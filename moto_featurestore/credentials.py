"""Credentials of nobody's, and no way to real ones: for processes that talk to a mock or to a server."""

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

FAKE = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
