"""The types of expressions as Trino derives them, where sqlglot derives others, or none."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import DType

from moto_featurestore.athena.language.decimals import RULES
from moto_featurestore.athena.language.kinds import ARRAYS, BINARIES, is_one_of

Derive = Callable[[Any], exp.DataType | DType | None]
"""Gives an expression's type, of those of its parts; None where it is sqlglot's."""

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
    """What ``annotate_types`` goes by."""
    given = Dialect.get_or_raise("athena").EXPRESSION_METADATA
    ours: dict[Any, Derive] = {
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
    derived = [*ours.items(), *RULES.items()]
    return {**given, **{kind: {"annotator": _annotator(derive, given.get(kind) or {})} for kind, derive in derived}}


def _annotator(derive: Derive, otherwise: dict[str, Any]) -> Callable[[Any, Any], None]:
    def annotate(annotator: Any, node: Any) -> None:
        kind = derive(node)
        if kind is not None or "annotator" not in otherwise:
            annotator._set_type(node, kind or otherwise.get("returns", DType.UNKNOWN))
        else:
            otherwise["annotator"](annotator, node)

    return annotate


def _joined(node: exp.DPipe) -> exp.DataType | DType | None:
    """An array joined with another one, or with an element, is an array."""
    if is_one_of(node.left.type, BINARIES):
        return DType.VARBINARY
    return next((part.type for part in (node.left, node.right) if is_one_of(part.type, ARRAYS)), None)


def _inner(node: exp.Expr, kind: DType, place: int) -> exp.DataType | None:
    """The type of what is in a collection."""
    held = node.type
    if held is None or held.this != kind or len(held.expressions) <= place:
        return None
    inner: exp.DataType = held.expressions[place]
    return inner


def _array_of(kind: exp.DataType | None) -> exp.DataType:
    is_known = kind is not None and kind.this not in (DType.UNKNOWN, DType.NULL)
    return exp.DataType(
        this=DType.ARRAY, expressions=[kind.copy()] if kind is not None and is_known else [], nested=True
    )
