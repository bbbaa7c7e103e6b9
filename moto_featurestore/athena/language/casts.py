"""Translation of casts, comparisons and array_join(). The translation depends on the types of the operands."""

from sqlglot import exp
from sqlglot.expressions import DType

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.conversions import (
    TEXT,
    canonical,
    converted,
    equal,
    has_map,
    leaf_calls,
    leaf_macro,
)
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, bound, call, not_supported, with_macros
from moto_featurestore.athena.language.time_zones import COMPARISONS, ZONE, instant, local, marked, split_zone, text
from moto_featurestore.athena.language.type_families import (
    ARRAYS,
    IP_ADDRESSES,
    JSON,
    NESTED,
    TEXTS,
    TIMES,
    TIMESTAMPS,
    ZONED,
    common_type,
    decimal,
    element_of,
    is_decimal,
    is_known,
    is_one_of,
    trino_type,
)
from moto_featurestore.athena.types import quoted_text

_NULL, _VARCHAR = exp.DataType(this=DType.NULL), exp.DataType(this=DType.VARCHAR)
_TIMESTAMP = exp.DataType.build("TIMESTAMP", dialect="duckdb")


def _known(node: exp.Expr, translation: Translation) -> exp.DataType | None:
    """Return the type of an expression, or None if the type, or the type of an element or field, is not known."""
    if isinstance(node.unnest(), exp.Null):
        return _NULL
    kind = translation.type_of(node)
    return kind if is_known(kind) else None


def _cast(node: exp.Cast, translation: Translation) -> exp.Expr:
    target, source = node.to, _known(node.this, translation)
    if is_one_of(target, IP_ADDRESSES):
        return call("athena_python", exp.Literal.string("ip_address"), node.this)
    if source is None:
        if is_one_of(target, TEXTS | JSON | NESTED):
            raise not_supported("a cast of a value whose type is only known when the query runs", node)
        return _plain_cast(node)
    if is_one_of(target, NESTED) or is_one_of(source, NESTED):
        result = bound([node.this], lambda value: converted(value, source, target))
        return call("TRY", result) if isinstance(node, exp.TryCast) else result
    if is_one_of(source, ZONED) and (zone := node.this.meta.get(ZONE)):
        return _cast_from_zone(node, zone)
    is_literal = isinstance(node.this, exp.Literal) and not isinstance(node, exp.TryCast)
    if is_one_of(target, ZONED) and is_literal and (parts := split_zone(node.this.name)):
        moment = exp.cast(call("athena_timestamp_text", exp.Literal.string(parts[0])), _TIMESTAMP)
        return instant(moment, parts[1])
    if is_one_of(target, ZONED) and is_one_of(source, TEXTS):
        node.set("this", call("athena_zoned_text", node.this, exp.Boolean(this=isinstance(node.parent, COMPARISONS))))
    node.set("this", with_macros(node.this, leaf_calls(source, target)))
    return _plain_cast(node)


def _cast_from_zone(node: exp.Cast, zone: str) -> exp.Expr:
    """Translate a cast of a timestamp with the time zone ``zone``.

    If the target type has no time zone, the result contains the date and time in this zone.
    """
    if is_one_of(node.to, ZONED):
        return marked(node, zone)
    if is_one_of(node.to, TEXTS):
        node.set("this", with_macros(text(node.this, zone), leaf_calls(_VARCHAR, node.to)))
    else:
        node.set("this", local(node.this, zone))
    return _plain_cast(node)


def _plain_cast(node: exp.Cast) -> exp.Expr:
    """Replace the target type of a cast by the corresponding DuckDB type, and return the cast."""
    if is_one_of(node.to, TEXTS):
        node.set("to", _VARCHAR.copy())
    elif is_one_of(node.to, TIMESTAMPS):
        node.set("to", _TIMESTAMP.copy())
    elif is_one_of(node.to, TIMES | ZONED):
        node.set("to", exp.DataType(this=node.to.this))
    elif is_decimal(node.to) and not node.to.expressions:
        node.set("to", decimal(38, 0))  # Trino's default; DuckDB's is decimal(18, 3)
    return node


def _array_join(node: exp.ArrayToString, translation: Translation) -> exp.Expr:
    """Translate array_join(), which joins the elements as text. If the call has no text for nulls, omit null elements.

    https://github.com/trinodb/trino, ArrayJoin
    """
    kind = element_of(_known(node.this, translation)) or _NULL
    if is_one_of(kind, NESTED):
        reason = f"Input type {trino_type(kind)} not supported"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", reason, node)
    replacement = node.args.get("null")
    [macro, *arguments] = leaf_macro(kind, TEXT)
    texts = call("list_transform", node.this, exp.Var(this=f"lambda e: {macro}({', '.join(['e', *arguments])})"))
    return call("athena_array_join", texts, node.expression, replacement or exp.null())


def compared(node: exp.Binary, translation: Translation) -> exp.Expr | None:
    """Translate a comparison of arrays, maps or rows. Return None for values of other types.

    As in Trino, ``<``, ``<=``, ``>`` and ``>=`` fail if an element or field is null.
    https://github.com/trinodb/trino, ArrayType, RowType
    """
    left, right = (_known(part, translation) for part in (node.left, node.right))
    if not is_one_of(left, NESTED) or not is_one_of(right, NESTED):
        return None
    kind = common_type([left, right])
    if isinstance(node, exp.EQ | exp.NEQ):
        result = bound([node.left, node.right], lambda first, second: equal(first, second, kind))
        return exp.Not(this=result) if isinstance(node, exp.NEQ) else result
    what = "ARRAY comparison not supported for arrays"
    if not is_one_of(kind, ARRAYS):
        what = "ROW comparison not supported for fields"
    failure = f"CAST(CAST({quoted_text(f'NOT_SUPPORTED: {what} with null elements')} AS BIGINT) AS BOOLEAN)"

    def ordered(*values: str) -> str:
        has_null = " OR ".join(f"({value} IS NOT NULL AND {equal(value, value, kind)} IS NULL)" for value in values)
        return f"CASE WHEN {has_null} THEN {failure} ELSE {f' {_SIGNS[type(node)]} '.join(values)} END"

    return bound([node.left, node.right], ordered)


_SIGNS: dict[type[exp.Expr], str] = {
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}


def _distinct(node: exp.NullSafeEQ | exp.NullSafeNEQ, translation: Translation) -> exp.Expr:
    """Translate IS [NOT] DISTINCT FROM for maps. In DuckDB, unlike Athena, the order of a map's entries matters."""
    kind = common_type([_known(part, translation) for part in (node.left, node.right)])
    if not has_map(kind):
        return node
    sign = _SIGNS[type(node)]
    return bound([node.left, node.right], lambda *values: f" {sign} ".join(canonical(value, kind) for value in values))


def _in(node: exp.In, translation: Translation) -> exp.Expr:
    """Translate IN. If the operands are arrays, maps or rows, compare the left operand with each item of the list.

    If an item contains a division, evaluate all items. DuckDB's IN would skip a division by zero after a matching item.
    """
    if any(item.find(exp.Div, exp.Mod) for item in node.expressions):
        return call("athena_contains", exp.Array(expressions=node.expressions), node.this)
    if not all(is_one_of(_known(part, translation), NESTED) for part in [node.this, *node.expressions]):
        return node
    tests = [compared(exp.EQ(this=node.this.copy(), expression=item), translation) for item in node.expressions]
    return exp.paren(exp.or_(*filter(None, tests), copy=False)) if tests else node


def _canonical(node: exp.Expr, kind: exp.DataType) -> exp.Expr:
    return bound([node.copy()], lambda value: canonical(value, kind))


def _with_map_keys(node: exp.Select, translation: Translation) -> exp.Select:
    """Translate GROUP BY and DISTINCT for maps. In DuckDB, unlike Athena, the order of a map's entries matters.

    The query compares the maps with sorted entries, and returns the first map of each group unchanged.
    """
    group = node.args.get("group")
    for key in group.expressions if group is not None else ():
        is_position = isinstance(key, exp.Literal) and not key.is_string
        value = node.expressions[int(key.name) - 1].unalias() if is_position else key
        kind = _known(value, translation)
        if kind is not None and has_map(kind):
            _replace_outside_aggregates(node, value.copy())
            key.replace(_canonical(value, kind))
    kinds = [_known(part.unalias(), translation) for part in node.expressions]
    if node.args.get("distinct") and any(kind is not None and has_map(kind) for kind in kinds):
        keys = [
            part.unalias().copy() if kind is None else _canonical(part.unalias(), kind)
            for part, kind in zip(node.expressions, kinds, strict=True)
        ]
        node.set("distinct", exp.Distinct(on=exp.Tuple(expressions=keys)))
    return node


def _replace_outside_aggregates(select: exp.Select, key: exp.Expr) -> None:
    """Replace a key of GROUP BY by ``first(key)``, its first value in the group, except inside aggregates."""
    for clause in [*select.expressions, *filter(None, map(select.args.get, ("having", "order")))]:
        for part in list(clause.walk(prune=lambda part: isinstance(part, exp.AggFunc | exp.Query) or part == key)):
            if part == key:
                part.replace(call("first", key.copy()))


def _count(node: exp.Count, translation: Translation) -> exp.Count:
    """Translate count(DISTINCT x). If ``x`` contains maps, sort the entries, so that equal maps count once."""
    for value in node.this.expressions if isinstance(node.this, exp.Distinct) else ():
        kind = _known(value, translation)
        if kind is not None and has_map(kind):
            value.replace(_canonical(value, kind))
    return node


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.ArrayToString: _array_join,
    exp.Cast: _cast,
    exp.Count: _count,
    exp.In: _in,
    exp.NullSafeEQ: _distinct,
    exp.NullSafeNEQ: _distinct,
    exp.Select: _with_map_keys,
    exp.TryCast: _cast,
}
