"""Families of types, and the names of types in Trino."""

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
"""Timestamp types without a time zone."""
ZONED = frozenset({DType.TIMESTAMPTZ, DType.TIMESTAMPLTZ})
DATES = frozenset({DType.DATE})
BINARIES = frozenset({DType.BINARY, DType.VARBINARY, DType.BLOB})
INTERVALS = frozenset({DType.INTERVAL})
BOOLEANS = frozenset({DType.BOOLEAN})
JSON = frozenset({DType.JSON})
ARRAYS = frozenset({DType.ARRAY, DType.LIST})
MAPS = frozenset({DType.MAP})
ROWS = frozenset({DType.STRUCT})

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
    """Return True if a type is known and one of ``types``. Unlike sqlglot's ``is_type``, it does not parse type names."""
    return kind is not None and kind.this in types


def family(node: exp.Expr | None) -> str | None:
    """Return the family of a value's type, or None if the type is not known or the value is null."""
    kind = node.type if node is not None else None
    if not isinstance(kind, exp.DataType):
        return None
    return "interval" if isinstance(kind.this, exp.Interval) else _FAMILIES.get(kind.this)


def type_name(node: exp.Expr | None) -> str:
    """Return the name of a value's type in Trino."""
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.this)})"
    return node.type.sql(dialect="trino").lower() if node is not None and node.type else "unknown"


def differ(*nodes: exp.Expr | None) -> bool:
    """Return True if the known types of the values are of different families."""
    return len({name for name in map(family, nodes) if name is not None}) > 1
