"""Environment variables that direct AWS clients in a shell or a command to a server."""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from moto_featurestore.credentials import FAKE, NOT_OURS
from moto_featurestore.server.session import Session

HOOKS = Path(__file__).with_name("hooks")
"""A folder for PYTHONPATH. Its sitecustomize redirects clients with an explicit endpoint to the server."""

_MISLEADING = (*NOT_OURS, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")


def variables(url: str, session: Session, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables to change in an environment. A variable with the value None must be unset."""
    unset: dict[str, str | None] = dict.fromkeys(name for name in environ if name.startswith(_MISLEADING))
    return {
        **unset,
        **FAKE,
        **session.keys,
        "AWS_DEFAULT_REGION": session.region,
        "AWS_REGION": session.region,
        "AWS_ENDPOINT_URL": url,
        "PYICEBERG_CATALOG__GLUE__S3__ENDPOINT": url,  # its C++ code reads no AWS variables except credentials
        "PYICEBERG_CATALOG__GLUE__S3__REGION": session.region,
        "TEST_SERVER_MODE": "true",  # moto's decorators then do not intercept requests, and they reset the server
        "TEST_SERVER_MODE_ENDPOINT": url,
        "PYTHONPATH": _with_hooks(environ.get("PYTHONPATH", "")),
    }


def exports(url: str, session: Session, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that a POSIX shell evaluates."""
    for name, value in variables(url, session, environ).items():
        yield f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"


def changed(url: str, session: Session, environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which AWS clients use a server."""
    merged = {**environ, **variables(url, session, environ)}
    return {name: value for name, value in merged.items() if value is not None}


def _with_hooks(path: str) -> str:
    others = [folder for folder in path.split(os.pathsep) if folder and folder != str(HOOKS)]
    return os.pathsep.join([str(HOOKS), *others])
