"""The settings of moto_featurestore: moto's way, a section of its configuration, or the environment for servers."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from math import inf
from typing import Any

_ENVIRONMENT = "MOTO_FEATURESTORE_"
_DENIED_CODES = ("AccessForbidden", "AccessDeniedException")
_ATHENAS = ("duckdb", "moto")


@dataclass(frozen=True)
class Settings:
    """What can be chosen, each with a default that works.

    ``mock_featurestore(config={"featurestore": {"name": value}})``, or ``MOTO_FEATURESTORE_<NAME>`` in the environment.
    """

    access_denied_code: str = "AccessForbidden"
    """The code by which the runtime denies: the API's documented one, or AccessDeniedException, as it was observed on
    the wire in 2022."""
    offline_delay: float = 0
    """Seconds between a write and the moment when the offline store shows it, as it takes minutes in the real service.
    Without it, whoever looks sees all that was written."""
    athena: str = "duckdb"
    """What runs Athena's queries: duckdb, or nothing, as moto alone has it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "offline_delay", _seconds(self.offline_delay))
        if self.access_denied_code not in _DENIED_CODES:
            raise ValueError(f"access_denied_code must be one of {_DENIED_CODES}, not {self.access_denied_code!r}")
        if self.athena not in _ATHENAS:
            raise ValueError(f"athena must be one of {_ATHENAS}, not {self.athena!r}")


def _seconds(value: float | str) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1
    if not 0 <= seconds < inf:
        raise ValueError(f"offline_delay must be a number of seconds, not {value!r}")
    return seconds


def read_settings(section: Mapping[str, Any]) -> Settings:
    """The settings of a section of moto's configuration, over those of the environment.

    :raises ValueError: where a name or a value is unknown
    """
    names = [field.name for field in fields(Settings)]
    for name in section:
        if name not in names:
            close = get_close_matches(name, names, 1) or names
            raise ValueError(f"moto_featurestore has no setting {name!r}; did you mean {close[0]!r}?")
    in_environment = {
        name: os.environ[_ENVIRONMENT + name.upper()] for name in names if _ENVIRONMENT + name.upper() in os.environ
    }
    return Settings(**{**in_environment, **section})
