"""The types of expressions in Trino, where sqlglot derives another type or none."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import DType

from moto_featurestore.athena.language.decimals import RULES
from moto_featurestore.athena.language.type_families import ARRAYS, BINARIES, is_one_of

Derive = Callable[[Any], exp.DataType | DType | None]
"""A function that derives the type of an expression from its parts. It returns None to use sqlglot's type."""

_BY_NAME = {
    **dict.fromkeys(("e", "geometric_mean", "infinity", "nan", "to_unixtime"), DType.DOUBLE),
    **dict.fromkeys(("cardinality", "codepoint", "json_array_length", "millisecond"), DType.BIGINT),
}
_ZONED = (exp.AtTimeZone, exp.CurrentTimestamp, exp.FromISO8601Timestamp, exp.ParseDatetime, exp.UnixToTime)
_BINARY = (exp.Encode, exp.FromBase64, exp.SHA, exp.SHA2Digest, exp.Unhex)
_VARCHAR = (exp.Decode, exp.Hex, exp.JSONExtractScalar, exp.JSONFormat, exp.Pad, exp.Replace)
_DOUBLES = (exp.Atan2, exp.RegrIntercept, exp.RegrSlope, exp.TimeToUnix)
_AS_FIRST = (
    *(exp.ArgMax, exp.ArgMin, exp.Try, exp.DateAdd, exp.TimestampTrunc),
    *(exp.ArrayDistinct, exp.ArrayExcept, exp.ArrayRemove, exp.ArraySlice, exp.ArraySort),
)
_TEXTS = (exp.RegexpExtractAll, exp.RegexpSplit, exp.Split)
_ELEMENTS = (exp.ArrayMax, exp.ArrayMin)


@cache
def metadata() -> dict[Any, Any]:
    """Return the ``expression_metadata`` for ``annotate_types``."""
    default = Dialect.get_or_raise("athena").EXPRESSION_METADATA
    rules: dict[Any, Derive] = {
        **dict.fromkeys(_DOUBLES, lambda _: DType.DOUBLE),
        **dict.fromkeys(_AS_FIRST, lambda node: node.this.type),
        **dict.fromkeys(_ELEMENTS, lambda node: _inner(node.this, DType.ARRAY, 0)),
        exp.Anonymous: lambda node: _BY_NAME.get(node.name.lower()),
        exp.Bracket: lambda node: _inner(node.this, DType.MAP, 1),
        **dict.fromkeys(_VARCHAR, lambda _: DType.VARCHAR),
        **dict.fromkeys(_BINARY, lambda _: DType.VARBINARY),
        **dict.fromkeys(_ZONED, lambda _: DType.TIMESTAMPTZ),
        exp.JSONExtract: lambda _: DType.JSON,
        exp.DPipe: _joined,
        exp.GenerateSeries: lambda node: _array_of(node.args["start"].type),
        **dict.fromkeys(_TEXTS, lambda _: _array_of(exp.DataType.build("VARCHAR"))),
        exp.ArrayAgg: lambda node: _array_of(node.this.type),
    }
    all_rules = [*rules.items(), *RULES.items()]
    return {
        **default,
        **{kind: {"annotator": _annotator(derive, default.get(kind) or {})} for kind, derive in all_rules},
    }


def _annotator(derive: Derive, default: dict[str, Any]) -> Callable[[Any, Any], None]:
    def annotate(annotator: Any, node: Any) -> None:
        kind = derive(node)
        if kind is not None or "annotator" not in default:
            annotator._set_type(node, kind or default.get("returns", DType.UNKNOWN))
        else:
            default["annotator"](annotator, node)

    return annotate


def _joined(node: exp.DPipe) -> exp.DataType | DType | None:
    """Return the type of ``a || b``. An array joined with another one, or with an element, is an array."""
    if is_one_of(node.left.type, BINARIES):
        return DType.VARBINARY
    return next((part.type for part in (node.left, node.right) if is_one_of(part.type, ARRAYS)), None)


def _inner(node: exp.Expr, kind: DType, index: int) -> exp.DataType | None:
    """Return the type of the elements, keys or values of a collection, or None if it is not known."""
    outer = node.type
    if outer is None or outer.this != kind or len(outer.expressions) <= index:
        return None
    inner: exp.DataType = outer.expressions[index]
    return inner


def _array_of(kind: exp.DataType | None) -> exp.DataType:
    is_known = kind is not None and kind.this not in (DType.UNKNOWN, DType.NULL)
    return exp.DataType(
        this=DType.ARRAY, expressions=[kind.copy()] if kind is not None and is_known else [], nested=True
    )
