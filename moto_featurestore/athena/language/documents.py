"""JSON's texts, as Java's Jackson reads and writes them: what DuckDB's functions do not keep."""

import json
import re
from collections.abc import Callable
from typing import Any

from moto_featurestore.athena.language.macros import scientific

_STEP = re.compile(r'\."((?:[^"\\]|\\.)*)"|\.([^.\[]+)|\[(\d+)\]')
_SMALLEST, _LARGEST = 1e-3, 1e7
"""Java writes numbers between these without an exponent."""


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def canonical(text: str) -> str:
    """A valid document as Trino's json_parse() makes it: keys in order, and the last of those that are repeated.

    https://github.com/trinodb/trino, JsonTypeUtil: SORTED_MAPPER
    """
    return _written(json.loads(text, parse_float=_Number))


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(key)}:{_written(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, _Number):
        number = float(value)
        return repr(number) if number == 0 or _SMALLEST <= abs(number) < _LARGEST else scientific(repr(number))
    return json.dumps(value, ensure_ascii=False)


def number_at(text: str, path: str) -> str | None:
    """The number at a path of a valid document, as it is written there.

    :param path: that of a number, as DuckDB writes it, such as ``$."a"[0]``
    """
    value = json.loads(text, parse_float=_Number, parse_int=_Number)
    for quoted, plain, place in _STEP.findall(path):
        value = value[int(place)] if place else value[quoted or plain]
    return str(value)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "athena_canonical": (canonical, 1),
    "athena_number_at": (number_at, 2),
}
"""Functions of texts that give a text, by their names in DuckDB, and how many of them they take."""
