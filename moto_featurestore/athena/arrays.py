"""Arrays, maps and rows: Athena's functions of them and UNNEST, in DuckDB's SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto_featurestore.athena.translate import Rewrite, Translation


def call(name: str, *arguments: Any) -> exp.Anonymous:
    """A call of a function or macro of DuckDB's."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def _slice(node: exp.ArraySlice, _: Translation) -> exp.Expr:
    """``slice(list, start, length)``."""
    return call("athena_slice", node.this, node.args["start"], node.args["end"])


def _reduce(node: exp.Reduce, _: Translation) -> exp.Expr:
    finish = node.args.get("finish")
    is_identity = (
        isinstance(finish, exp.Lambda)
        and isinstance(finish.this, exp.Column | exp.Identifier)
        and finish.this.name == finish.expressions[0].name
    )
    if not is_identity:
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore supports reduce() with the output function s -> s", node)
    node.set("finish", None)
    return node


def _match(*, sought: bool, found: bool) -> Rewrite:
    """Whether a test has an answer for any element; NULL where only tests that are NULL could say so."""

    def rewrite(node: Any, _: Translation) -> exp.Expr:
        array, test = node.expressions
        answer = call("athena_contains", call("list_transform", array, test), exp.Boolean(this=sought))
        return answer if found else exp.paren(exp.not_(answer))

    return rewrite


def _struct(node: exp.Struct, _: Translation) -> exp.Expr:
    """ROW: fields without a name are shown as ``field0``."""
    named = [
        part
        if isinstance(part, exp.PropertyEQ)
        else exp.PropertyEQ(this=exp.to_identifier(f"field{place}"), expression=part)
        for place, part in enumerate(node.expressions)
    ]
    return exp.Struct(expressions=named)


def _subscript(node: exp.Bracket, translation: Translation) -> exp.Expr:
    """``a[1]`` fails where there is no such element, ``element_at(a, 1)`` does not."""
    kind, is_safe = translation.type_of(node), node.args.get("safe")
    [index] = exp.apply_index_offset(node.this, node.expressions, 1 - (node.args.get("offset") or 0), dialect="duckdb")
    if kind is not None and kind.is_type("ARRAY"):
        return call("athena_element_at" if is_safe else "athena_subscript", node.this, index)
    if kind is not None and kind.is_type("STRUCT"):
        return _field(node, kind, index)
    is_map = kind is not None and kind.is_type("MAP")
    return call("athena_map_value", node.this, index) if is_map and not is_safe else node


def _field(node: exp.Bracket, row: exp.DataType, index: exp.Expr) -> exp.Expr:
    place = int(index.name) if isinstance(index, exp.Literal) and not index.is_string else 0
    if not 1 <= place <= len(row.expressions):
        raise QueryFailed("TYPE_MISMATCH", f"ROW index out of bounds: {index.sql()}", node)
    return call("struct_extract", node.this, exp.Literal.string(row.expressions[place - 1].name))


def _sequence(node: exp.GenerateSeries, translation: Translation) -> exp.Expr:
    kind, step = translation.type_of(node), node.args.get("step")
    start, end = node.args["start"], node.args["end"]
    is_date = kind is not None and kind.is_type("DATE")
    if step is None:
        series = call("athena_days" if is_date else "athena_sequence", start, end)
    else:
        series = call("generate_series", start, end, step)
    return exp.cast(series, "DATE[]", dialect="duckdb") if is_date else series


def _reverse(node: exp.Reverse, translation: Translation) -> exp.Expr:
    kind = translation.type_of(node)
    return call("list_reverse", node.this) if kind is not None and kind.is_type("ARRAY") else node


def _unnest(node: exp.Unnest, translation: Translation) -> exp.Expr:
    """An array gives a column, one of rows a column for each field, and a map two; the shorter ones are filled with NULL.

    https://trino.io/docs/current/sql/select.html#unnest
    """
    columns: list[exp.Expr] = []
    width = 0
    for part in node.expressions:
        kind = part.to if isinstance(part, exp.Cast) else translation.type_of(part)
        selected, wide = _unnested(part, kind)
        columns, width = [*columns, *selected], width + wide
    alias, ordinality = node.args.get("alias"), node.args.get("offset")
    if ordinality:
        lengths = [call("cardinality", part.copy()) for part in node.expressions]
        longest = exp.cast(call("greatest", *lengths), "BIGINT")
        columns.append(call("unnest", call("generate_series", exp.Literal.number(1), longest)))
        width += 1
    if alias is not None and isinstance(ordinality, exp.Identifier):
        alias.append("columns", ordinality)
    names = len(alias.columns) if alias is not None else 0
    if names not in (0, width):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore finds {width} columns in UNNEST, not {names}", node)
    return exp.Lateral(this=exp.Subquery(this=exp.Select(expressions=columns)), alias=alias)


def _unnested(part: exp.Expr, kind: exp.DataType | None) -> tuple[list[exp.Expr], int]:
    """What is selected for a part of UNNEST, and how many columns that makes."""
    if kind is not None and kind.is_type("MAP"):
        return [call("unnest", call(f"map_{side}", part.copy())) for side in ("keys", "values")], 2
    row = kind.expressions[0] if kind is not None and kind.is_type("ARRAY") and kind.expressions else None
    if isinstance(row, exp.DataType) and row.is_type("STRUCT"):
        depth = exp.Kwarg(this=exp.Var(this="max_depth"), expression=exp.Literal.number(2))
        return [call("unnest", part.copy(), depth)], len(row.expressions)
    return [call("unnest", part.copy())], 1


def _joined(node: exp.DPipe, translation: Translation) -> exp.Expr:
    """An array and one more element: the type is that of what stands on the left."""
    kind = translation.type_of(node)
    if kind is None:
        return node
    return call("list_append" if kind.is_type("ARRAY") else "list_prepend", node.left, node.right)


def is_composed(node: exp.Expr) -> bool:
    """Whether an aggregate of Athena's, map_agg or geometric_mean, is made of a function and aggregates here."""
    return isinstance(node, exp.Exp) or (isinstance(node, exp.Anonymous) and node.name == "map")


def _filter(node: exp.Filter, _: Translation) -> exp.Expr:
    """FILTER belongs to the aggregates that the aggregate is made of."""
    made = node.this
    if not is_composed(made):
        return node
    for part in made.expressions or [made.this]:
        part.replace(exp.Filter(this=part.copy(), expression=node.expression.copy()))
    return made  # type: ignore[no-any-return]


def _renamed(name: str) -> Callable[[Any, Translation], exp.Expr]:
    """The same, of an expression of one or two operands."""
    return lambda node, _: call(name, *filter(None, (node.this, node.args.get("expression"))))


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.ArrayContains: _renamed("athena_contains"),
    exp.ArrayDistinct: _renamed("athena_array_distinct"),
    exp.ArrayExcept: _renamed("athena_array_except"),
    exp.ArrayMax: _renamed("athena_array_max"),
    exp.ArrayMin: _renamed("athena_array_min"),
    exp.ArrayPosition: lambda node, _: exp.func("coalesce", call("list_position", node.this, node.expression), 0),
    exp.ArraySize: lambda node, _: exp.cast(call("cardinality", node.this), "BIGINT"),
    exp.ArraySlice: _slice,
    exp.Bracket: _subscript,
    exp.DPipe: _joined,
    exp.Filter: _filter,
    exp.GenerateSeries: _sequence,
    exp.Reduce: _reduce,
    exp.Repeat: lambda node, _: call("athena_repeat", node.this, node.args["times"]),
    exp.Reverse: _reverse,
    exp.Struct: _struct,
    exp.Unnest: _unnest,
}

BY_NAME: dict[str, Rewrite] = {
    "all_match": _match(sought=False, found=False),
    "any_match": _match(sought=True, found=True),
    "array_union": lambda node, _: call("athena_array_distinct", call("list_concat", *node.expressions)),
    "arrays_overlap": lambda node, _: call("list_has_any", *node.expressions),
    "map_agg": lambda node, _: call("map", *(call("list", part) for part in node.expressions)),
    "map_entries": lambda node, _: call("athena_map_entries", *node.expressions),
    "none_match": _match(sought=True, found=False),
}
