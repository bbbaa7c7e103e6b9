"""What a shell needs from a server that runs: the region of its seed, and the credentials of an execution role."""

import json
import os
import ssl
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from moto_featurestore.credentials import FAKE
from moto_featurestore.server.readiness import PATH
from moto_featurestore.testing import execution_role

_PATIENCE = 10
"""Seconds in which the server must answer."""
_SESSION = "SageMaker"
"""The name of a role's session in SageMaker's notebooks."""

_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Variables of a botocore session that ignores the user's configuration: a profile may not exist, or name another endpoint."""


class Session(NamedTuple):
    """A region, and credentials as environment variables."""

    region: str
    keys: dict[str, str]


def open_session(url: str, environ: Mapping[str, str]) -> Session:
    """Return the session of a shell: in the seed's region, or else the environment's, as SageMaker's execution role.

    Print the region. If the server does not answer, say so, and return a session without the role.
    """
    region = region_of(None, environ)
    keys: dict[str, str] = {}
    try:
        region = region_of(_seed_region(url, environ), environ)
        keys = _role_keys(url, region)
    except Exception as error:  # noqa: BLE001 - whatever botocore raises, a shell gets its variables
        _tell(f"warning: there is no execution role, as {url} does not answer as expected: {error}")
    _tell(f"{url}, region {region}")
    return Session(region, keys)


def region_of(seed_region: str | None, environ: Mapping[str, str]) -> str:
    """Return the seed's region, or else the environment's, or else moto's default."""
    return seed_region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _seed_region(url: str, environ: Mapping[str, str]) -> str | None:
    context = ssl.create_default_context(cafile=environ.get("AWS_CA_BUNDLE") or None)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    with opener.open(url.rstrip("/") + PATH, timeout=_PATIENCE) as answer:
        region: str | None = json.load(answer).get("region")
    return region


def _role_keys(url: str, region: str) -> dict[str, str]:
    """Make the execution role, unless the server has it, and return the credentials of a session."""
    iam, sts = _client("iam", url, region), _client("sts", url, region)
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(
            RoleName=execution_role.NAME, Path=execution_role.PATH, AssumeRolePolicyDocument=execution_role.TRUST
        )
    role = iam.get_role(RoleName=execution_role.NAME)["Role"]["Arn"]
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
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=_PATIENCE, read_timeout=_PATIENCE),
    )


def _tell(text: str) -> None:
    print(f"moto-featurestore: {text}", file=sys.stderr, flush=True)
