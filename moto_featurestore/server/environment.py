"""The environment in which AWS is a server of ours: for a shell, and for a command that is run in it."""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from moto_featurestore.credentials import FAKE, NOT_OURS

HOOKS = Path(__file__).with_name("hooks")
"""A folder for PYTHONPATH: its sitecustomize leads to the server what names an endpoint of its own."""

_MISLEADING = (*NOT_OURS, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")


def variables(url: str, environ: Mapping[str, str]) -> dict[str, str | None]:
    """The variables that differ from those of an environment; those that have to go are None."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    gone: dict[str, str | None] = dict.fromkeys(name for name in environ if name.startswith(_MISLEADING))
    return {
        **gone,
        **FAKE,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL": url,
        "PYICEBERG_CATALOG__GLUE__S3__ENDPOINT": url,  # its C++ reads none of AWS's variables but credentials
        "PYICEBERG_CATALOG__GLUE__S3__REGION": region,
        "TEST_SERVER_MODE": "true",  # then moto's decorators leave the requests alone, and reset the server
        "TEST_SERVER_MODE_ENDPOINT": url,
        "PYTHONPATH": _with_hooks(environ.get("PYTHONPATH", "")),
    }


def exports(url: str, environ: Mapping[str, str]) -> Iterator[str]:
    """The lines that a POSIX shell evaluates."""
    for name, value in variables(url, environ).items():
        yield f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"


def changed(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """An environment, changed."""
    merged = {**environ, **variables(url, environ)}
    return {name: value for name, value in merged.items() if value is not None}


def _with_hooks(path: str) -> str:
    others = [folder for folder in path.split(os.pathsep) if folder and folder != str(HOOKS)]
    return os.pathsep.join([str(HOOKS), *others])
