"""JSON functions in Python. They read and write documents and numbers as Trino does with Java's Jackson library.

DuckDB's JSON functions would change the spelling of numbers and the order of keys.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from moto_featurestore.athena.language.json_paths import PathError, compile_path

_STEP = re.compile(r'\."((?:[^"\\]|\\.)*)"|\.([^.\[]+)|\[(\d+)\]')
_SMALLEST, _LARGEST = 1e-3, 1e7
"""The range of absolute values that Java writes without an exponent. The upper limit is exclusive."""


def scientific(text: str) -> str:
    """Write a double in Java's scientific notation, such as ``1.0E7``.

    Java uses this notation for absolute values below 1e-3, and from 1e7 on.

    https://docs.oracle.com/javase/8/docs/api/java/lang/Double.html#toString-double-

    :param text: the shortest decimal representation of the double
    """
    number = Decimal(text)
    if number.is_nan():  # the text can be nan or -nan
        return "NaN"
    if number.is_infinite():
        return "Infinity" if number > 0 else "-Infinity"
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    return f"{'-' if number < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{number.adjusted()}"


class _Number(str):
    """The text of a number in a JSON document, such as ``1.50``."""

    __slots__ = ()


def canonical(text: str) -> str:
    """Rewrite a JSON document as Trino's json_parse() does: sort the keys, and keep only the last of repeated keys.

    https://github.com/trinodb/trino, JsonTypeUtil: SORTED_MAPPER

    :param text: valid JSON document
    """
    return _dump(json.loads(text, parse_float=_Number), sort=True)


def _dump(value: Any, *, sort: bool = False) -> str:
    if isinstance(value, dict):
        keys = sorted(value) if sort else value
        return "{" + ",".join(f"{_dump(key)}:{_dump(value[key], sort=sort)}" for key in keys) + "}"
    if isinstance(value, list):
        return f"[{','.join(_dump(part, sort=sort) for part in value)}]"
    if isinstance(value, _Number | float):
        number = float(value)
        return repr(number) if number == 0 or _SMALLEST <= abs(number) < _LARGEST else scientific(repr(number))
    return json.dumps(value, ensure_ascii=False)


def number_at(text: str, path: str) -> str | None:
    """Return the number at a path in a JSON document, with the same digits as in the document, such as ``1.50``.

    :param text: valid JSON document
    :param path: path of a number in DuckDB's notation, such as ``$."a"[0]``
    """
    value = json.loads(text, parse_float=_Number, parse_int=_Number)
    for quoted, plain, index in _STEP.findall(path):
        value = value[int(index)] if index else value[quoted or plain]
    return str(value)


ENCODINGS = {"UTF8": "utf-8", "UTF16": "utf-16-le", "UTF32": "utf-32-le"}
"""A dict from the name of an encoding in the clause ENCODING to Python's name for this encoding."""


class _JSONError(ValueError):
    """The failure of an SQL/JSON function. The message starts with Athena's error name."""


def _parsed(value: Any, form: str) -> Any:
    """Parse a JSON text, or the bytes of a JSON text in the encoding ``form``."""
    try:
        return json.loads(value.decode(ENCODINGS[form]) if isinstance(value, bytes) else value)
    except ValueError as error:
        raise _JSONError(f"JSON_INPUT_CONVERSION_ERROR: conversion to JSON failed: {error}") from None


def _item(value: Any, form: str | None) -> Any:
    """Convert an SQL value to a JSON value.

    Dates, timestamps and values of other types without a JSON type become text, as if cast to varchar.

    :param form: encoding if the value is a JSON document, otherwise None
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value if value is None or form is None else _parsed(value, form)
    if isinstance(value, bytes):
        return _parsed(value, form or "UTF8")
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat(" ", "milliseconds") if isinstance(value, datetime) else str(value)


def _items(clauses: dict[str, Any], arguments: tuple[Any, ...]) -> list[Any]:
    """Evaluate the JSON path in the clauses. Return the JSON items that the path finds in the first argument.

    :param clauses: clauses of the call, including the path
    :param arguments: the JSON input, then the values of the path's variables
    """
    value, *passed = arguments
    form, *forms = clauses["formats"]
    variables = dict(zip(clauses["names"], map(_item, passed, forms), strict=True))
    try:
        return compile_path(clauses["path"]).evaluate(_parsed(value, form), variables)
    except PathError as error:
        raise _JSONError(f"PATH_EVALUATION_ERROR: path evaluation failed: {error}") from None


def json_exists(text: str, *arguments: Any) -> str | None:
    """Return ``true`` if the path finds an item in the first argument, otherwise ``false``.

    Return None if the first argument is null. If the path fails, the clause ON ERROR determines the result.

    :param text: clauses of the call as JSON, including the path
    :param arguments: the JSON input, then the values of the path's variables
    """
    clauses = json.loads(text)
    if arguments[0] is None:
        return None
    try:
        return "true" if _items(clauses, arguments) else "false"
    except _JSONError:
        if clauses["on_error"] == "ERROR":
            raise
        return None if clauses["on_error"] == "UNKNOWN" else str(clauses["on_error"].lower())


def json_query(text: str, *arguments: Any) -> str | None:
    """Return the items that the path finds in the first argument, as JSON text. Return None for null.

    If the path fails or finds no item, the clause ON ERROR or ON EMPTY determines the result.

    :param text: clauses of the call as JSON, including the path
    :param arguments: the JSON input, then the values of the path's variables
    """
    clauses = json.loads(text)
    if arguments[0] is None:
        return None
    try:
        items = _items(clauses, arguments)
        result = _query_result(clauses, items) if items else None
    except _JSONError:
        if clauses["on_error"] == "ERROR":
            raise
        return _instead(clauses, "on_error")
    if result is not None:
        return _encoded(result, clauses)
    if clauses["on_empty"] == "ERROR":
        raise _JSONError("JSON_OUTPUT_CONVERSION_ERROR: conversion from JSON failed: JSON path found no items")
    return _instead(clauses, "on_empty")


def _query_result(clauses: dict[str, Any], items: list[Any]) -> str:
    is_single = len(items) == 1
    if clauses["wrapper"] == "UNCONDITIONAL" or (
        clauses["wrapper"] == "CONDITIONAL" and not (is_single and isinstance(items[0], list | dict))
    ):
        return _dump(items)
    if not is_single:
        raise _JSONError("JSON_OUTPUT_CONVERSION_ERROR: conversion from JSON failed: JSON path found multiple items")
    if clauses.get("quotes") == "OMIT" and isinstance(items[0], str):
        return items[0]
    return _dump(items[0])


def _instead(clauses: dict[str, Any], clause: str) -> str | None:
    """Return the result that a clause of the call specifies, such as ``[]`` for EMPTY ARRAY ON ERROR.

    :param clauses: all clauses of the call
    :param clause: ``on_empty`` if the path found no item, ``on_error`` if the path failed
    """
    result = {"NULL": None, "EMPTY ARRAY": "[]", "EMPTY OBJECT": "{}"}[clauses[clause]]
    return None if result is None else _encoded(result, clauses)


def _encoded(text: str, clauses: dict[str, Any]) -> str:
    """Return the text. If the clauses contain an encoding, return the hex digits of the encoded text instead."""
    return text.encode(ENCODINGS[clauses["encoding"]]).hex() if "encoding" in clauses else text


_VALUE, _EMPTY, _ERROR = "012"


def json_value(text: str, *arguments: Any) -> str | None:
    """Return ``0`` and the text of the scalar that the path finds in the first argument, such as ``0abc`` for ``abc``.

    Return ``1`` if the path finds no item, and ``2`` for an error. Return None if the first argument or the scalar is
    null.

    :param text: clauses of the call as JSON, including the path
    :param arguments: the JSON input, then the values of the path's variables
    """
    clauses = json.loads(text)
    if arguments[0] is None:
        return None
    try:
        items = _items(clauses, arguments)
        _check_scalar(items)
    except _JSONError:
        if clauses["on_error"] == "ERROR":
            raise
        return _ERROR
    if items:
        return None if items[0] is None else _VALUE + _scalar(items[0], is_whole=clauses["is_whole"])
    if clauses["on_empty"] == "ERROR":
        raise _JSONError("JSON_VALUE_RESULT_ERROR: cannot extract SQL scalar from JSON: JSON path found no items")
    return _EMPTY


def _check_scalar(items: list[Any]) -> None:
    if len(items) > 1 or isinstance(next(iter(items), None), list | dict):
        what = "multiple items" if len(items) > 1 else "an item that cannot be converted to an SQL value"
        raise _JSONError(f"JSON_VALUE_RESULT_ERROR: cannot extract SQL scalar from JSON: JSON path found {what}")


def _scalar(item: Any, *, is_whole: bool) -> str:
    if isinstance(item, float) and is_whole:
        return str(math.floor(abs(item) + 0.5) * (1 if item > 0 else -1))
    return item if isinstance(item, str) else _dump(item)


def json_array(text: str, *arguments: Any) -> str:
    """Return a JSON array of the arguments.

    :param text: clauses of the call as JSON; for example, ABSENT ON NULL omits nulls
    """
    clauses = json.loads(text)
    items = list(map(_item, arguments, clauses["formats"]))
    if clauses["on_null"] == "ABSENT":
        items = [item for item in items if item is not None]
    return _encoded(_dump(items), clauses)


def json_object(text: str, *arguments: Any) -> str:
    """Return a JSON object of the arguments, which are alternately keys and values.

    Keep repeated keys, unless the call contains the clause WITH UNIQUE KEYS. With the clause, raise an error.

    :param text: clauses of the call as JSON
    """
    clauses = json.loads(text)
    keys, values = arguments[::2], list(map(_item, arguments[1::2], clauses["formats"]))
    if None in keys:
        raise _JSONError("INVALID_FUNCTION_ARGUMENT: null value passed for JSON object key to JSON_OBJECT function")
    if clauses["unique"] and len(set(keys)) < len(keys):
        raise _JSONError("INVALID_FUNCTION_ARGUMENT: duplicate key passed to JSON_OBJECT function")
    entries = [
        f"{_dump(key)}:{_dump(value)}"
        for key, value in zip(keys, values, strict=True)
        if value is not None or clauses["on_null"] == "NULL"
    ]
    return _encoded("{" + ",".join(entries) + "}", clauses)


WITH_CLAUSES: dict[str, Callable[..., str | None]] = {
    function.__name__: function for function in (json_array, json_exists, json_object, json_query, json_value)
}
"""A dict from name to SQL/JSON function. Each function takes the call's clauses as JSON, then the call's arguments."""

FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "athena_scientific": (scientific, 1),
    "athena_canonical": (canonical, 1),
    "athena_number_at": (number_at, 2),
}
"""A dict from name in DuckDB to (function, number of its parameters). All parameters and results are strings."""
