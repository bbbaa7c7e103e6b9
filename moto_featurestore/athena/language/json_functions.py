"""JSON documents and numbers as Java's Jackson reads and writes them. DuckDB's functions change numbers and keys."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

_STEP = re.compile(r'\."((?:[^"\\]|\\.)*)"|\.([^.\[]+)|\[(\d+)\]')
_SMALLEST, _LARGEST = 1e-3, 1e7
"""Java writes numbers from the first to below the second without an exponent."""


def scientific(text: str) -> str:
    """Return a double as Java writes it outside the range from 1e-3 to 1e7, such as ``1.0E7``.

    https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#toString-double-

    :param text: the shortest decimal representation of the double
    """
    number = Decimal(text)
    if number.is_nan():  # with or without a sign
        return "NaN"
    if number.is_infinite():
        return "Infinity" if number > 0 else "-Infinity"
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    return f"{'-' if number < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{number.adjusted()}"


class _Number(str):
    """A number in the spelling of the document."""

    __slots__ = ()


def canonical(text: str) -> str:
    """Return a document in the form of Trino's json_parse(): keys are sorted, and the last of repeated keys wins.

    https://github.com/trinodb/trino, JsonTypeUtil: SORTED_MAPPER

    :param text: valid JSON document
    """
    return _dump(json.loads(text, parse_float=_Number))


def _dump(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_dump(key)}:{_dump(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(_dump, value))}]"
    if isinstance(value, _Number):
        number = float(value)
        return repr(number) if number == 0 or _SMALLEST <= abs(number) < _LARGEST else scientific(repr(number))
    return json.dumps(value, ensure_ascii=False)


def number_at(text: str, path: str) -> str | None:
    """Return the number at a path in the spelling of the document.

    :param text: valid JSON document
    :param path: path of a number in DuckDB's notation, such as ``$."a"[0]``
    """
    value = json.loads(text, parse_float=_Number, parse_int=_Number)
    for quoted, plain, index in _STEP.findall(path):
        value = value[int(index)] if index else value[quoted or plain]
    return str(value)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "athena_scientific": (scientific, 1),
    "athena_canonical": (canonical, 1),
    "athena_number_at": (number_at, 2),
}
"""Functions from texts to a text, by name in DuckDB, with the number of parameters."""
