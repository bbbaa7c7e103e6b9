"""The session of a shell that uses a running server: the region of its seed, and an execution role's credentials."""

import json
import os
import ssl
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from moto_featurestore.credentials import EXECUTION_ROLE_NAME, EXECUTION_ROLE_PATH, EXECUTION_ROLE_TRUST, FAKE
from moto_featurestore.server.readiness import PATH

_TIMEOUT = 10
"""Maximum time in seconds for a response of the server."""
_SESSION = "SageMaker"
"""The session name of a role in SageMaker notebooks."""

_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""The variables of a botocore session that ignores the user's configuration. A profile may not exist, or may set
another endpoint."""


class Session(NamedTuple):
    """A region, and credentials as environment variables."""

    region: str
    keys: dict[str, str]


def open_session(url: str, environ: Mapping[str, str]) -> Session:
    """Return the session of a shell, in the seed's region or else the environment's, as SageMaker's execution role.

    Print the region. If the server does not respond, print a warning, and return a session without the role.

    :param url: the URL of the server
    :param environ: the environment of the shell
    """
    region = region_of(None, environ)
    keys: dict[str, str] = {}
    try:
        region = region_of(_seed_region(url, environ), environ)
        keys = _role_keys(url, region)
    except Exception as error:  # noqa: BLE001 - a shell gets its variables even if botocore fails
        _print_error(f"warning: there is no execution role because {url} does not respond as expected: {error}")
    _print_error(f"{url}, region {region}")
    return Session(region, keys)


def region_of(seed_region: str | None, environ: Mapping[str, str]) -> str:
    """Return the seed's region, or else the environment's, or else moto's default."""
    return seed_region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _seed_region(url: str, environ: Mapping[str, str]) -> str | None:
    context = ssl.create_default_context(cafile=environ.get("AWS_CA_BUNDLE") or None)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    with opener.open(url.rstrip("/") + PATH, timeout=_TIMEOUT) as answer:
        region: str | None = json.load(answer).get("region")
    return region


def _role_keys(url: str, region: str) -> dict[str, str]:
    """Create the execution role, unless it exists. Return the credentials of a session."""
    iam, sts = _client("iam", url, region), _client("sts", url, region)
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(
            RoleName=EXECUTION_ROLE_NAME, Path=EXECUTION_ROLE_PATH, AssumeRolePolicyDocument=EXECUTION_ROLE_TRUST
        )
    role = iam.get_role(RoleName=EXECUTION_ROLE_NAME)["Role"]["Arn"]
    keys = sts.assume_role(RoleArn=role, RoleSessionName=_SESSION)["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }


def _client(service: str, url: str, region: str) -> Any:
    from botocore.config import Config
    from botocore.session import Session as BotocoreSession

    return BotocoreSession(session_vars=_NO_FILES).create_client(
        service,
        region,
        endpoint_url=url,
        aws_access_key_id=FAKE["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=FAKE["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT),
    )


def _print_error(text: str) -> None:
    print(f"moto-featurestore: {text}", file=sys.stderr, flush=True)
