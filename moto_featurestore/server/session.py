"""The environment variables that make the AWS clients of a shell use a running server.

The variables contain the region of the server's seed. The server's endpoint ``HEALTH_PATH`` returns this region.
"""

import json
import os
import shlex
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from moto_featurestore import __version__
from moto_featurestore.credentials import (
    CLIENT_VARIABLES,
    EXECUTION_ROLE_NAME,
    EXECUTION_ROLE_PATH,
    EXECUTION_ROLE_TRUST,
    FAKE,
)

_TIMEOUT = 10
"""Maximum time in seconds to wait for a response of the server."""
_SESSION = "SageMaker"
"""The role session name that SageMaker notebooks use."""

_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Session variables that make botocore ignore the user's configuration files.

The profile of the user may not exist, or may contain the endpoint of a different server.
"""


HEALTH_PATH = "/moto-api/featurestore/health"

HOOKS = Path(__file__).with_name("hooks")
"""A directory for PYTHONPATH. Its module sitecustomize redirects the SageMaker SDKs' STS clients to the server."""

_MISLEADING = (*CLIENT_VARIABLES, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Session(NamedTuple):
    """The region of a shell, and the environment variables with its credentials."""

    region: str
    keys: dict[str, str]


def open_session(url: str, environ: Mapping[str, str]) -> Session:
    """Create credentials of SageMaker's execution role on the server, and return them with the region for a shell.

    The region is that of the file of the option ``--seed`` of the server, or else the region in ``environ``. If the server
    does not respond, the function prints a warning, and the result contains no credentials.

    :param url: the URL of the server
    :param environ: the environment of the shell
    """
    region = region_of(None, environ)
    keys: dict[str, str] = {}
    try:
        region = region_of(_seed_region(url, environ), environ)
        keys = _role_keys(url, region)
    except Exception as error:  # noqa: BLE001 - the shell needs the other variables even if botocore fails
        _print_error(f"warning: cannot create an execution role with the server at {url}: {error}")
    _print_error(f"{url}, region {region}")
    return Session(region, keys)


def region_of(seed_region: str | None, environ: Mapping[str, str]) -> str:
    """Return ``seed_region``, or else the region in ``environ``, or else moto's default region."""
    return seed_region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _seed_region(url: str, environ: Mapping[str, str]) -> str | None:
    context = ssl.create_default_context(cafile=environ.get("AWS_CA_BUNDLE") or None)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    with opener.open(url.rstrip("/") + HEALTH_PATH, timeout=_TIMEOUT) as response:
        region: str | None = json.load(response).get("region")
    return region


def _role_keys(url: str, region: str) -> dict[str, str]:
    """Create SageMaker's execution role on the server, unless the role exists. Start a new session of the role.

    Return environment variables with the credentials of this session.
    """
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


# The variables of the shell.


def variables(url: str, session: Session, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the environment variables that make AWS clients use a server.

    A value of None means that the variable must be unset.

    :param url: the URL of the server
    :param environ: the current environment of the shell
    """
    unset: dict[str, str | None] = dict.fromkeys(name for name in environ if name.startswith(_MISLEADING))
    return {
        **unset,
        **FAKE,
        **session.keys,
        "AWS_DEFAULT_REGION": session.region,
        "AWS_REGION": session.region,
        "AWS_ENDPOINT_URL": url,
        "PYICEBERG_CATALOG__GLUE__S3__ENDPOINT": url,  # Arrow's C++ code may ignore AWS_ENDPOINT_URL
        "PYICEBERG_CATALOG__GLUE__S3__REGION": session.region,
        "TEST_SERVER_MODE": "true",  # makes moto's decorators reset the server and not intercept requests
        "TEST_SERVER_MODE_ENDPOINT": url,
        "PYTHONPATH": _with_hooks(environ.get("PYTHONPATH", "")),
    }


def exports(url: str, session: Session, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield POSIX shell commands (``export``, ``unset``) that make the AWS clients of a shell use a server."""
    for name, value in variables(url, session, environ).items():
        yield f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"


def changed(url: str, session: Session, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of ``environ``, changed so that AWS clients use a server."""
    merged = {**environ, **variables(url, session, environ)}
    return {name: value for name, value in merged.items() if value is not None}


def _with_hooks(path: str) -> str:
    others = [folder for folder in path.split(os.pathsep) if folder and folder != str(HOOKS)]
    return os.pathsep.join([str(HOOKS), *others])


# The readiness endpoint. The server loads its data and seed before it responds, so any response means that it is ready.


class Readiness:
    """A WSGI application that responds to requests for ``HEALTH_PATH``, and passes all other requests to ``app``.

    :param region: the region of the server's seed; the response contains this region
    """

    def __init__(self, app: App, region: str | None = None) -> None:
        self._app, self._region = app, region

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Respond to a request for ``HEALTH_PATH``, or pass a different request to the wrapped application."""
        if environ.get("PATH_INFO") != HEALTH_PATH:
            return self._app(environ, start_response)
        body = json.dumps({"status": "ready", "version": __version__, "region": self._region}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
