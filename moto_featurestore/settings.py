"""The settings of moto_featurestore: from environment variables, moto's configuration and a pytest marker."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from difflib import get_close_matches
from math import inf
from typing import Any

ENVIRONMENT = "MOTO_FEATURESTORE_"
"""The prefix of the environment variables that contain settings."""
OTHER_VARIABLES = ("MOTO_FEATURESTORE_OWNER",)
"""Environment variables that begin with the prefix ``MOTO_FEATURESTORE_``, but are not settings."""
SECTION = "featurestore"
"""The name of the section of moto's configuration that contains the settings."""
_SIMILARITY = 0.8
"""The smallest similarity ratio (difflib) at which a section's name counts as a misspelling of SECTION."""
_DENIED_CODES = ("AccessForbidden", "AccessDeniedException")
_ATHENA_ENGINES = ("duckdb", "moto")


@dataclass(frozen=True)
class Settings:
    """The settings, each with a working default.

    Set them with ``mock_featurestore(config={"featurestore": {"name": value}})``, or with
    ``MOTO_FEATURESTORE_<NAME>`` in the environment.
    """

    access_denied_code: str = "AccessForbidden"
    """The error code of the runtime API for a denied request.

    AWS documents ``AccessForbidden``. ``AccessDeniedException`` was observed in a response of AWS in 2022.
    """
    offline_delay: float = 0
    """The seconds until a write is visible in the offline store. On AWS, the delay is several minutes. With the default
    of 0, reads of the offline store see all earlier writes."""
    athena: str = "duckdb"
    """The engine of Athena queries. With ``duckdb``, DuckDB executes the queries. With ``moto``, moto's own Athena
    handles the queries, and does not execute them."""

    athena_wait: float = 1
    """Seconds that StartQueryExecution waits for the end of a query. A longer query continues after the response, and
    GetQueryExecution returns the state RUNNING."""
    athena_memory: str = "auto"
    """The maximum memory of Athena queries, such as 2GB. ``auto`` is a quarter of the machine's memory, divided by the
    number of pytest-xdist workers."""

    def __post_init__(self) -> None:
        for name in ("offline_delay", "athena_wait"):
            object.__setattr__(self, name, _seconds(name, getattr(self, name)))
        if not isinstance(self.athena_memory, str) or not _MEMORY.fullmatch(self.athena_memory):
            raise ValueError(f"athena_memory must be auto or a size such as 512MB, not {self.athena_memory!r}")
        if self.access_denied_code not in _DENIED_CODES:
            raise ValueError(f"access_denied_code must be one of {_DENIED_CODES}, not {self.access_denied_code!r}")
        if self.athena not in _ATHENA_ENGINES:
            raise ValueError(f"athena must be one of {_ATHENA_ENGINES}, not {self.athena!r}")


_MEMORY = re.compile(r"auto|\d+(?:\.\d+)?\s*[KMGT]i?B", re.IGNORECASE)
"""The syntax of the setting ``athena_memory``: ``auto``, or a size as DuckDB accepts it."""


def _seconds(name: str, value: float | str) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1
    if not 0 <= seconds < inf:
        raise ValueError(f"{name} must be a number of seconds, not {value!r}")
    return seconds


NAMES = [field.name for field in fields(Settings)]
_test_settings: dict[str, Any] = {}
"""The settings of the running test. They override all other settings."""


def variable(name: str) -> str:
    """Return the name of a setting's environment variable."""
    return ENVIRONMENT + name.upper()


def check_names(names: Iterable[str], known: Iterable[str] = NAMES, what: str = "moto_featurestore setting") -> None:
    """Check that all names are known.

    :param what: what the names are, for the error message, such as ``setting``
    :raises ValueError: if a name is unknown; the message suggests a similar known name
    """
    known = list(known)
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1) or known
            raise ValueError(f"Unknown {what} {name!r}; did you mean {close[0]!r}?")


def section_of(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the section ``featurestore`` of moto's configuration, or an empty dict if there is no such section.

    :raises ValueError: if the name of a section is a misspelling of ``featurestore``
    :raises TypeError: if the section is not a mapping
    """
    for name in config:
        if name != SECTION and get_close_matches(name, [SECTION], 1, _SIMILARITY):
            raise ValueError(f"Unknown section {name!r} in moto's configuration; did you mean {SECTION!r}?")
    section = config.get(SECTION) or {}
    if not isinstance(section, Mapping):
        raise TypeError(
            f"The section {SECTION} of moto's configuration must be a mapping of settings, not {section!r}."
        )
    return section


def check_settings(section: Mapping[str, Any]) -> None:
    """Check all settings in the environment and in a section of moto's configuration.

    Mocks and servers call this function at the start, to report invalid settings before the first request.

    :raises ValueError: if a name or a value is unknown
    """
    if in_environment := [name for name in os.environ if name.startswith(ENVIRONMENT)]:
        check_names(in_environment, [*map(variable, NAMES), *OTHER_VARIABLES], "environment variable")
    read_settings(section)


def read_settings(section: Mapping[str, Any]) -> Settings:
    """Return the current settings.

    A setting of the running test overrides the setting in ``section``, which overrides the environment variable.

    :param section: the section ``featurestore`` of moto's configuration
    :raises ValueError: if a name or a value is unknown
    """
    check_names(section)
    in_environment = {name: os.environ[variable(name)] for name in NAMES if variable(name) in os.environ}
    return Settings(**{**in_environment, **section, **_test_settings})


@contextmanager
def settings_of_test(settings: Mapping[str, Any]) -> Iterator[None]:
    """Apply the settings of a test until the ``with`` block ends. They override all other settings.

    :raises ValueError: if a name or a value is unknown
    """
    check_names(settings)
    before = _test_settings.copy()
    _test_settings.update(settings)
    try:
        read_settings({})
        yield
    finally:
        _test_settings.clear()
        _test_settings.update(before)
