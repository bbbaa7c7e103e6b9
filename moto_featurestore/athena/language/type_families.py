"""Families of types, such as number or text, Trino's type names, the types inside arrays, maps and rows, and decimals."""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, TypeGuard

from sqlglot import exp
from sqlglot.expressions import DType

TEXTS = frozenset(exp.DataType.TEXT_TYPES)
FLOATS = frozenset({DType.DOUBLE, DType.FLOAT})
WHOLE_NUMBERS = frozenset({DType.TINYINT, DType.SMALLINT, DType.INT, DType.BIGINT})
TIMESTAMPS = frozenset(
    {
        *(DType.TIMESTAMP, DType.TIMESTAMPNTZ, DType.DATETIME),
        *(DType.TIMESTAMP_S, DType.TIMESTAMP_MS, DType.TIMESTAMP_NS),
    }
)
"""The timestamp types without a time zone."""
ZONED = frozenset({DType.TIMESTAMPTZ, DType.TIMESTAMPLTZ})
DATES = frozenset({DType.DATE})
BINARIES = frozenset({DType.BINARY, DType.VARBINARY, DType.BLOB})
INTERVALS = frozenset({DType.INTERVAL})
BOOLEANS = frozenset({DType.BOOLEAN})
IP_ADDRESSES = frozenset({DType.IPADDRESS})
JSON = frozenset({DType.JSON})
ARRAYS = frozenset({DType.ARRAY, DType.LIST})
MAPS = frozenset({DType.MAP})
ROWS = frozenset({DType.STRUCT})
NESTED = ARRAYS | MAPS | ROWS
DECIMALS = frozenset({DType.DECIMAL})
NUMBERS = WHOLE_NUMBERS | FLOATS | DECIMALS
ZONED_TIMES = frozenset({DType.TIMETZ})
TIMES = ZONED_TIMES | {DType.TIME}
NULLS = frozenset({DType.NULL})

_FAMILIES: dict[DType, str] = {
    **dict.fromkeys((*exp.DataType.NUMERIC_TYPES, DType.DECIMAL), "number"),
    **dict.fromkeys(TEXTS, "text"),
    **dict.fromkeys((*DATES, *TIMESTAMPS, *ZONED), "moment"),
    **dict.fromkeys((DType.TIME, DType.TIMETZ), "time"),
    **dict.fromkeys(BINARIES, "binary"),
    **dict.fromkeys(ARRAYS, "array"),
    DType.BOOLEAN: "boolean",
    DType.INTERVAL: "interval",
    DType.MAP: "map",
    DType.STRUCT: "row",
}


def is_one_of(kind: exp.DataType | None, types: frozenset[DType]) -> bool:
    """Return True if a type is known and is one of ``types``.

    Unlike sqlglot's ``is_type()``, this function never parses a type name.
    """
    return kind is not None and (DType.INTERVAL if isinstance(kind.this, exp.Interval) else kind.this) in types


def family(node: exp.Expr | None) -> str | None:
    """Return the family of an expression's type, such as ``number``.

    Return None if the type is not known, is the type of NULL, or belongs to no family.
    """
    kind = node.type if node is not None else None
    if not isinstance(kind, exp.DataType):
        return None
    return "interval" if isinstance(kind.this, exp.Interval) else _FAMILIES.get(kind.this)


def trino_type(kind: exp.DataType) -> str:
    """Return Trino's name for a type."""
    name = kind.sql(dialect="trino").lower()
    name = re.sub(r"\bnull\b", "unknown", name)
    return re.sub(r"\b(timestamp|time)\b(?!\(| zone)", r"\1(3)", name)


def type_name(node: exp.Expr | None) -> str:
    """Return Trino's name for the type of an expression."""
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.this)})"
    return trino_type(node.type) if node is not None and node.type else "unknown"


def differ(*nodes: exp.Expr | None) -> bool:
    """Return True if the types of the expressions belong to different families. Ignore unknown types."""
    return len({name for name in map(family, nodes) if name is not None}) > 1


def is_known(kind: exp.DataType | None) -> TypeGuard[exp.DataType]:
    """Return True if a type, and the types of its elements and fields, are known. The type of NULL counts as known."""
    if kind is None or kind.this == DType.UNKNOWN:
        return False
    is_nested = is_one_of(kind, NESTED)
    return not is_nested or (bool(kind.expressions) and all(map(is_known, inner_types(kind))))


def inner_types(kind: exp.DataType) -> list[exp.DataType]:
    """Return the type of an array's elements, the types of a map's keys and values, or the types of a row's fields."""
    return [part.args["kind"] if isinstance(part, exp.ColumnDef) else part for part in kind.expressions]


def element_of(kind: exp.DataType | None) -> exp.DataType | None:
    """Return the type of an array's elements, or None if the type is not known or not an array."""
    return kind.expressions[0] if kind is not None and is_one_of(kind, ARRAYS) and kind.expressions else None


def fields_of(kind: exp.DataType | None) -> list[exp.DataType]:
    """Return the types of a row's fields, or an empty list if the type is not known or not a row."""
    return inner_types(kind) if kind is not None and is_one_of(kind, ROWS) else []


def field_names(kind: exp.DataType) -> list[str | None]:
    """Return the names of a row's fields, with None for an unnamed field."""
    return [part.name if isinstance(part, exp.ColumnDef) else None for part in kind.expressions]


_UNKNOWN = exp.DataType(this=DType.UNKNOWN)


def array_of(kind: exp.DataType | None) -> exp.DataType:
    """Return an array type.

    :param kind: type of the elements, or None if it is not known
    """
    return exp.DataType(this=DType.ARRAY, expressions=[(kind or _UNKNOWN).copy()], nested=True)


def map_of(key: exp.DataType | None, value: exp.DataType | None) -> exp.DataType:
    """Return a map type.

    :param key: type of the keys, or None if it is not known
    :param value: type of the values, or None if it is not known
    """
    return exp.DataType(this=DType.MAP, expressions=[(part or _UNKNOWN).copy() for part in (key, value)], nested=True)


def row_of(kinds: Sequence[exp.DataType | None], names: Sequence[str | None] = ()) -> exp.DataType:
    """Return a row type.

    :param kinds: types of the fields, with None for an unknown type
    :param names: names of the fields, with None for an unnamed field; by default, all fields are unnamed
    """
    fields: list[exp.Expr] = []
    for kind, name in zip_longest(kinds, names[: len(kinds)]):
        field = (kind or _UNKNOWN).copy()
        fields.append(field if name is None else exp.ColumnDef(this=exp.to_identifier(name), kind=field))
    return exp.DataType(this=DType.STRUCT, expressions=fields, nested=True)


_NUMBERS = (DType.TINYINT, DType.SMALLINT, DType.INT, DType.BIGINT, DType.DECIMAL, DType.FLOAT, DType.DOUBLE)
_MOMENTS = (DType.DATE, DType.TIMESTAMP, DType.TIMESTAMPTZ)


def common_type(kinds: Sequence[exp.DataType | None]) -> exp.DataType:
    """Return the type to which Trino converts values of several types to compare or combine these values.

    Return the type UNKNOWN if one of the types is not known.

    https://github.com/trinodb/trino, TypeCoercion
    """
    known = [kind for kind in kinds if kind is not None and kind.this != DType.NULL]
    if None in kinds or any(kind.this == DType.UNKNOWN for kind in known):
        return _UNKNOWN
    if not known:
        return exp.DataType(this=DType.NULL)
    first = known[0]
    if is_one_of(first, NESTED):
        return _common_collection(first, known)
    for series in (_NUMBERS, _MOMENTS):
        if all(kind.this in series for kind in known):
            return common_decimal(known) or max(known, key=lambda kind: series.index(kind.this))
    return first


def _common_collection(first: exp.DataType, kinds: Sequence[exp.DataType]) -> exp.DataType:
    if len({(kind.this, len(kind.expressions)) for kind in kinds}) > 1:
        return _UNKNOWN
    parts = [common_type(part) for part in zip(*map(inner_types, kinds), strict=True)]
    if is_one_of(first, ROWS):
        return row_of(parts, field_names(first))
    return exp.DataType(this=first.this, expressions=parts, nested=True)


# Decimals: https://trino.io/docs/current/functions/decimal.html.

MAX_DIGITS = 38
"""The maximum number of digits of a decimal."""


_INTEGER_DIGITS = {DType.TINYINT: 3, DType.SMALLINT: 5, DType.INT: 10, DType.BIGINT: 19}
"""The number of digits of each integer type. Trino converts an integer to a decimal to combine it with a decimal."""


Digits = tuple[int, int]
"""The precision and the scale of a decimal."""


def digits_of(kind: Any) -> Digits | None:
    """Return precision and scale of a decimal or integer type, or None for any other type."""
    if not isinstance(kind, exp.DataType):
        return None
    if kind.this in _INTEGER_DIGITS:
        return _INTEGER_DIGITS[kind.this], 0
    if kind.this != DType.DECIMAL or not kind.expressions:
        return None
    precision, scale = ([int(part.name) for part in kind.expressions] + [0])[:2]
    return precision, scale


def is_decimal(kind: exp.DataType | None) -> bool:
    """Return True if a type is a decimal."""
    return kind is not None and kind.this == DType.DECIMAL


def decimal(precision: int, scale: int) -> exp.DataType:
    """Return the decimal type with a precision and a scale. Replace a precision above 38 by 38."""
    parts = [exp.DataTypeParam(this=exp.Literal.number(number)) for number in (min(precision, MAX_DIGITS), scale)]
    return exp.DataType(this=DType.DECIMAL, expressions=parts)


def common_decimal(kinds: Sequence[exp.DataType | None]) -> exp.DataType | None:
    """Return the decimal type to which Trino converts values of the given types to compare or combine these values.

    Return None if no type is a decimal, or if a type is neither a decimal nor an integer.
    """
    digits = [digits_of(kind) for kind in kinds]
    if not any(map(is_decimal, kinds)) or None in digits:
        return None
    scale = max(pair[1] for pair in digits if pair)
    return decimal(max(pair[0] - pair[1] for pair in digits if pair) + scale, scale)
