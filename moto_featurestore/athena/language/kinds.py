"""The kinds of types that values have, as far as they are known, and how Trino calls them."""

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
"""Those without a zone."""
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
    """Whether a type is known, and one of some; sqlglot's own ``is_type`` parses the names that it is given."""
    return kind is not None and kind.this in types


def family(node: exp.Expr | None) -> str | None:
    """What kind of type a value has; None where it is not known, or null."""
    kind = node.type if node is not None else None
    if not isinstance(kind, exp.DataType):
        return None
    return "interval" if isinstance(kind.this, exp.Interval) else _FAMILIES.get(kind.this)


def type_name(node: exp.Expr | None) -> str:
    """A value's type, as Trino calls it."""
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.this)})"
    return node.type.sql(dialect="trino").lower() if node is not None and node.type else "unknown"


def differ(*nodes: exp.Expr | None) -> bool:
    """Whether values are of different kinds, as far as these are known."""
    return len({found for found in map(family, nodes) if found is not None}) > 1
