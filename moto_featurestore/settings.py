"""The settings of moto_featurestore: in the environment, in a section of moto's configuration, and of a single test."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from difflib import get_close_matches
from math import inf
from typing import Any

ENVIRONMENT = "MOTO_FEATURESTORE_"
"""How the names of their variables begin."""
OTHERS = ("MOTO_FEATURESTORE_OWNER",)
"""Variables that begin like that, and are no settings."""
SECTION = "featurestore"
"""Of moto's configuration."""
_CLOSE = 0.8
"""How like a section's name must be to ours, to be a misspelling of it."""
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

    athena_wait: float = 1
    """Seconds that StartQueryExecution waits for the end of a query. A query that takes longer goes on, and
    GetQueryExecution shows it RUNNING."""
    athena_memory: str = "auto"
    """The most memory that Athena's queries may use, such as 2GB; ``auto`` is a quarter of the machine's, divided by the
    number of pytest-xdist's workers."""

    def __post_init__(self) -> None:
        for name in ("offline_delay", "athena_wait"):
            object.__setattr__(self, name, _seconds(name, getattr(self, name)))
        if not isinstance(self.athena_memory, str) or not _MEMORY.fullmatch(self.athena_memory):
            raise ValueError(f"athena_memory must be auto or a size such as 512MB, not {self.athena_memory!r}")
        if self.access_denied_code not in _DENIED_CODES:
            raise ValueError(f"access_denied_code must be one of {_DENIED_CODES}, not {self.access_denied_code!r}")
        if self.athena not in _ATHENAS:
            raise ValueError(f"athena must be one of {_ATHENAS}, not {self.athena!r}")


_MEMORY = re.compile(r"auto|\d+(?:\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)
"""A size as DuckDB reads it."""


def _seconds(name: str, value: float | str) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1
    if not 0 <= seconds < inf:
        raise ValueError(f"{name} must be a number of seconds, not {value!r}")
    return seconds


NAMES = [field.name for field in fields(Settings)]
_of_test: dict[str, Any] = {}
"""What holds for the test that runs, before all else."""


def variable(name: str) -> str:
    """A setting's variable in the environment."""
    return ENVIRONMENT + name.upper()


def check_names(given: Iterable[str], known: Iterable[str] = NAMES, what: str = "setting") -> None:
    """Refuse an unknown name.

    :raises ValueError: which has the nearest name
    """
    known = list(known)
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, 1) or known
            raise ValueError(f"moto_featurestore has no {what} {name!r}; did you mean {close[0]!r}?")


def section_of(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Our section of moto's configuration, in which others have theirs.

    :raises ValueError: where one is named nearly so
    :raises TypeError: where it is no mapping
    """
    for name in config:
        if name != SECTION and get_close_matches(name, [SECTION], 1, _CLOSE):
            raise ValueError(f"moto's configuration has no section {name!r}; did you mean {SECTION!r}?")
    section = config.get(SECTION) or {}
    if not isinstance(section, Mapping):
        raise TypeError(f"The section {SECTION} of moto's configuration is a mapping of settings, not {section!r}.")
    return section


def check_settings(section: Mapping[str, Any]) -> None:
    """Refuse what is wrong in a section, or in the environment, before it is needed.

    :raises ValueError: where a name or a value is unknown
    """
    in_environment = (name for name in os.environ if name.startswith(ENVIRONMENT))
    check_names(in_environment, [*map(variable, NAMES), *OTHERS], "setting in the environment")
    read_settings(section)


def read_settings(section: Mapping[str, Any]) -> Settings:
    """The settings of the test that runs, over those of a section of moto's configuration, over the environment's.

    :raises ValueError: where a name or a value is unknown
    """
    check_names(section)
    in_environment = {name: os.environ[variable(name)] for name in NAMES if variable(name) in os.environ}
    return Settings(**{**in_environment, **section, **_of_test})


@contextmanager
def settings_of_test(settings: Mapping[str, Any]) -> Iterator[None]:
    """Let settings hold before all others.

    :raises ValueError: where a name or a value is unknown
    """
    check_names(settings)
    before = _of_test.copy()
    _of_test.update(settings)
    try:
        read_settings({})
        yield
    finally:
        _of_test.clear()
        _of_test.update(before)
