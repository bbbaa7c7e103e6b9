"""Translation of arrays, maps and rows from Athena SQL to DuckDB SQL."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.expressions import apply_index_offset

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, bound, call, renamed
from moto_featurestore.athena.language.type_families import ARRAYS, DATES, INTERVALS, MAPS, ROWS, element_of, is_one_of


def _array_slice(node: exp.ArraySlice, _: Translation) -> exp.Expr:
    """Translate ``slice(list, start, length)`` to DuckDB SQL."""
    return call("athena_slice", node.this, node.args["start"], node.args["end"])


def _reduce(node: exp.Reduce, _: Translation) -> exp.Expr:
    """Translate reduce(). DuckDB's reduce() has no output lambda. Therefore apply the output lambda to its result."""
    finish = node.args.get("finish")
    if not isinstance(finish, exp.Lambda):
        raise QueryFailed(
            "NOT_SUPPORTED",
            "moto_featurestore supports only a lambda expression as the last argument of reduce()",
            node,
        )
    reduced = node.copy()
    reduced.set("finish", None)
    return applied(finish, [reduced])


def applied(function: Any, arguments: list[exp.Expr]) -> exp.Expr:
    """Return the body of a lambda, with its parameters replaced by the arguments.

    :raises QueryFailed: if ``function`` is not a lambda, or does not have one parameter for each argument
    """
    if not isinstance(function, exp.Lambda) or len(function.expressions) != len(arguments):
        raise QueryFailed(
            "NOT_SUPPORTED",
            f"moto_featurestore supports only a lambda expression with {len(arguments)}"
            f" parameter{'s' * (len(arguments) > 1)} here",
            function,
        )
    values = dict(zip((name.name for name in function.expressions), arguments, strict=True))
    body = exp.paren(function.this)
    for name in [name for name in body.find_all(exp.Identifier) if name.name in values]:
        is_field = isinstance(name.parent, exp.Dot) and name.arg_key == "expression"
        if not is_field:
            name.replace(values[name.name].copy())
    return body


def _map_function(makes: Callable[[exp.Expr, exp.Expr, exp.Expr], exp.Expr], around: str) -> Rewrite:
    """Return the rewrite for a function that takes a map and a lambda with the parameters key and value.

    :param makes: function that takes the key, the value and the lambda's result for a map entry, and returns the new
        entry or condition
    :param around: DuckDB function to apply to the list of the map's entries, such as ``list_filter``
    """

    def rewrite(node: Any, translation: Translation) -> exp.Expr:
        map_value, function = node.expressions
        pair = translation.fresh_name()
        key, value = (exp.Dot(this=pair.copy(), expression=exp.to_identifier(part)) for part in ("key", "value"))
        result = exp.Lambda(this=makes(key, value, applied(function, [key, value])), expressions=[pair])
        return call("map_from_entries", call(around, call("map_entries", map_value), result))

    return rewrite


def _pair(key: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
            for name, part in (("k", key), ("v", value))
        ]
    )


def zipped(*arrays: exp.Expr) -> exp.Expr:
    """Return an expression that combines arrays to one array of rows.

    The result is null if one of the arrays is null. DuckDB's list_zip() would treat null as an empty array.
    """
    missing = exp.or_(*(array.copy().is_(exp.null()) for array in arrays))
    return exp.Case(ifs=[exp.If(this=missing, true=exp.null())], default=call("list_zip", *arrays))


def _zip_with(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    left, right, function = node.expressions
    pair = translation.fresh_name()
    parts = [call("struct_extract", pair.copy(), exp.Literal.number(place)) for place in (1, 2)]
    return call(
        "list_transform",
        zipped(left, right),
        exp.Lambda(this=applied(function, list(parts)), expressions=[pair]),
    )


def _map_entries(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    """Translate map_entries(). It returns the entries of a map as rows with unnamed fields."""
    pair = translation.fresh_name()
    parts = [exp.Dot(this=pair.copy(), expression=exp.to_identifier(part)) for part in ("key", "value")]
    row = _struct(exp.Struct(expressions=list(parts)), translation)
    return call("list_transform", call("map_entries", *node.expressions), exp.Lambda(this=row, expressions=[pair]))


def _match(test: str, *, negated: bool = False) -> Rewrite:
    def rewrite(node: Any, _: Translation) -> exp.Expr:
        tested = call(test, call("list_transform", *node.expressions))
        return exp.Not(this=exp.paren(tested)) if negated else tested

    return rewrite


def _bracket(node: exp.Bracket, translation: Translation) -> exp.Expr:
    """Translate a subscript, such as ``a[1]``, and element_at().

    If the element does not exist, element_at() returns null, and the query with a subscript fails.
    """
    kind, is_safe = translation.type_of(node.this), node.args.get("safe")
    [place] = apply_index_offset(node.this, node.expressions, 1 - (node.args.get("offset") or 0), dialect="duckdb")
    if isinstance(node.this, exp.Array) and not node.this.expressions and not is_safe:
        reason = f"Array subscript must be less than or equal to array length: {place.sql(dialect='trino')} > 0"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", reason, node)
    if is_one_of(kind, ARRAYS):
        return call("athena_element_at" if is_safe else "athena_element", node.this, place)
    if is_one_of(kind, MAPS) and not is_safe:
        return call("athena_value", node.this, place)
    if kind is not None and is_one_of(kind, ROWS):
        return _field(node, kind, place)
    return node


def _field(node: exp.Bracket, kind: exp.DataType, place: exp.Expr) -> exp.Expr:
    number = int(place.name) if isinstance(place, exp.Literal) and not place.is_string else 0
    if not 0 < number <= len(kind.expressions):
        raise QueryFailed("TYPE_MISMATCH", f"ROW index out of bounds: {place.sql(dialect='trino')}", node)
    field = kind.expressions[number - 1]
    name = field.name if isinstance(field, exp.ColumnDef) else f"field{number - 1}"
    return call("struct_extract", node.this, exp.Literal.string(name))


def _joined(node: exp.DPipe, translation: Translation) -> exp.Expr:
    """Translate ``a || b`` for two arrays, or for an array and an element."""
    left, right = (_dimensions(translation.type_of(part)) for part in (node.left, node.right))
    if left > right:
        return call("list_append", node.left, node.right)
    if right > left:
        return call("list_prepend", node.left, node.right)
    return call("list_concat", node.left, node.right) if left else node


def _dimensions(kind: exp.DataType | None) -> int:
    return 1 + _dimensions(element_of(kind)) if is_one_of(kind, ARRAYS) else 0


def _reverse(node: exp.Reverse, translation: Translation) -> exp.Expr:
    return call("list_reverse", node.this) if is_one_of(translation.type_of(node.this), ARRAYS) else node


def _sequence(node: exp.GenerateSeries, translation: Translation) -> exp.Expr:
    """Translate sequence(). The default step is 1 or -1 for integers, and one day for dates.

    If the arguments are dates, cast the result to dates, because DuckDB returns timestamps.
    """
    first, last, step = node.args["start"], node.args["end"], node.args.get("step")
    if not is_one_of(translation.type_of(first), DATES):
        if step is None:
            return call("athena_sequence", first, last)
        if is_one_of(translation.type_of(step), INTERVALS):
            return call("athena_entries", call("athena_series", first, last, step))
        return call("athena_sequence", first, last, step)
    series = call("athena_days", first, last) if step is None else call("athena_series", first, last, step)
    return exp.cast(call("athena_entries", series), "DATE[]", dialect="duckdb")


def _trim_array(node: exp.Anonymous, _: Translation) -> exp.Expr:
    array, size = node.expressions
    left = call("len", array.copy()) - exp.paren(size)
    return call("list_slice", array, exp.Literal.number(1), left)


def _unnest(node: exp.Unnest, translation: Translation) -> exp.Expr:
    """Translate UNNEST, which returns the elements of arrays and maps as columns.

    An array is one column, an array of rows is one column per field, and a map is two columns. UNNEST fills shorter
    columns with nulls: https://trino.io/docs/current/sql/select.html#unnest
    """
    columns = [part for value in node.expressions for part in _columns_of(value, translation)]
    alias, offset = node.args.get("alias") or exp.TableAlias(), node.args.get("offset")
    if offset:
        longest = call("greatest", *(call("cardinality", value.copy()) for value in node.expressions))
        last = exp.cast(longest, "BIGINT")
        columns.append(call("unnest", call("generate_series", exp.Literal.number(1), last)))
    names = [*alias.columns, *([offset] if isinstance(offset, exp.Identifier) and alias.columns else [])]
    if len(names) not in (0, len(columns)):
        reason = f"UNNEST returns {len(columns)} columns in moto_featurestore, but the table alias names {len(names)}"
        raise QueryFailed("NOT_SUPPORTED", reason, node)
    table = exp.TableAlias(this=alias.this or translation.fresh_name(), columns=names)
    return exp.Lateral(this=exp.Subquery(this=exp.select(*columns)), alias=table)


def _columns_of(value: exp.Expr, translation: Translation) -> list[exp.Expr]:
    kind = translation.type_of(value)
    if is_one_of(kind, MAPS):
        return [call("unnest", call(f"map_{side}", value.copy())) for side in ("keys", "values")]
    inner = kind.expressions[0] if kind is not None and is_one_of(kind, ARRAYS) and kind.expressions else None
    if not isinstance(inner, exp.DataType) or not is_one_of(inner, ROWS):
        return [call("unnest", value.copy())]
    row = translation.fresh_name()
    columns = []
    for place, field in enumerate(inner.expressions):
        name = field.name if isinstance(field, exp.ColumnDef) else f"field{place}"
        part = exp.Lambda(this=call("struct_extract", row.copy(), exp.Literal.string(name)), expressions=[row.copy()])
        columns.append(exp.alias_(call("unnest", call("list_transform", value.copy(), part)), name, quoted=True))
    return columns


def _struct(node: exp.Struct, _: Translation) -> exp.Expr:
    """Translate a ROW expression. Name unnamed fields ``field0``, ``field1``, ..., as in Athena's results."""
    named = [
        part
        if isinstance(part, exp.PropertyEQ)
        else exp.PropertyEQ(this=exp.to_identifier(f"field{place}"), expression=part)
        for place, part in enumerate(node.expressions)
    ]
    return exp.Struct(expressions=named)


def _null_if_any_is(body: Callable[..., str]) -> Rewrite:
    """Return the rewrite for a function that returns null if an argument is null. DuckDB would ignore null arguments.

    :param body: function that takes SQL for each argument, and returns SQL that calls the translated function
    """

    def guarded(*values: str) -> str:
        return f"CASE WHEN {' AND '.join(f'{value} IS NOT NULL' for value in values)} THEN {body(*values)} END"

    return lambda node, _: bound(node.expressions, guarded)


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.ArrayDistinct: lambda node, _: call("athena_array_distinct", node.this),
    exp.ArrayExcept: lambda node, _: call("athena_array_except", node.this, node.expression),
    exp.ArrayIntersect: lambda node, _: call("athena_array_intersect", *node.expressions),
    exp.ArrayMax: lambda node, _: call("athena_array_max", node.this),
    exp.ArrayMin: lambda node, _: call("athena_array_min", node.this),
    exp.ArrayPosition: lambda node, _: call("athena_array_position", node.this, node.expression),
    exp.ArrayRemove: lambda node, _: call("athena_array_remove", node.this, node.expression),
    exp.ArraySize: lambda node, _: exp.cast(call("cardinality", node.this), "BIGINT"),
    exp.ArraySlice: _array_slice,
    exp.Bracket: _bracket,
    exp.DPipe: _joined,
    exp.GenerateSeries: _sequence,
    exp.Reduce: _reduce,
    exp.Repeat: lambda node, _: call(
        "list_resize",
        exp.Array(expressions=[node.this]),
        call("athena_repetitions", node.args["times"]),
        node.this.copy(),
    ),
    exp.Reverse: _reverse,
    exp.Struct: _struct,
    exp.Unnest: _unnest,
}

BY_NAME: dict[str, Rewrite] = {
    "all_match": _match("athena_all"),
    "any_match": _match("athena_any"),
    "array_union": _null_if_any_is(lambda *arrays: f"athena_array_distinct(list_concat({', '.join(arrays)}))"),
    "arrays_overlap": renamed("athena_overlap"),
    "map_agg": lambda node, _: call("athena_map_of", *(call("list", part) for part in node.expressions)),
    "map_concat": _null_if_any_is(lambda *maps: f"map_concat({', '.join(maps)})"),
    "map_entries": _map_entries,
    "map_filter": _map_function(lambda _key, _value, result: result, "list_filter"),
    "none_match": _match("athena_any", negated=True),
    "transform_keys": _map_function(lambda _, value, result: _pair(result, value), "list_transform"),
    "transform_values": _map_function(lambda key, _, result: _pair(key, result), "list_transform"),
    "trim_array": _trim_array,
    "zip_with": _zip_with,
}
