"""Checks for incompatible types. Athena rejects some operations for which DuckDB would convert the values."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.expressions import DType

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.function_calls import PARAMETERS
from moto_featurestore.athena.language.type_families import (
    BINARIES,
    BOOLEANS,
    DATES,
    INTERVALS,
    IP_ADDRESSES,
    JSON,
    MAPS,
    NESTED,
    NULLS,
    NUMBERS,
    TEXTS,
    TIMES,
    TIMESTAMPS,
    ZONED,
    differ,
    family,
    inner_types,
    is_known,
    is_one_of,
    trino_type,
    type_name,
)
from moto_featurestore.athena.language.unsupported import WRITTEN


def check_values(tree: exp.Expr) -> None:
    """Check the types of all operands and arguments in a query.

    :param tree: query in which each expression has a type
    :raises QueryFailed: if types are incompatible
    """
    for node in tree.walk():
        for check in _checks_of(type(node)):  # type: ignore[arg-type]  # classes are hashable
            check(node)


@cache
def _checks_of(kind: type[exp.Expr]) -> list[Callable[[Any], None]]:
    return [check for kinds, check in _CHECKS if issubclass(kind, kinds)]


def _mismatch(text: str, node: exp.Expr) -> QueryFailed:
    return QueryFailed("TYPE_MISMATCH", text, node)


def _check_comparison(node: exp.Binary) -> None:
    if isinstance(node.right, exp.All | exp.Any):
        return
    is_map = family(node.left) == "map" and not isinstance(node, exp.EQ | exp.NEQ | exp.NullSafeEQ | exp.NullSafeNEQ)
    if is_map or differ(node.left, node.right):
        raise _mismatch(
            f"Cannot apply operator: {type_name(node.left)} {_OPERATORS[type(node)]} {type_name(node.right)}", node
        )


_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.NullSafeEQ: "IS DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}


def _check_arithmetic(node: exp.Binary) -> None:
    families = {family(node.left), family(node.right)}
    if None in families or families <= {"number", "interval"} or families <= {"moment", "interval", "time"}:
        return
    raise _mismatch(
        f"Cannot apply operator: {type_name(node.left)} {_OPERATORS[type(node)]} {type_name(node.right)}", node
    )


def _check_between(node: exp.Between) -> None:
    value, low, high = node.this, node.args["low"], node.args["high"]
    if differ(value, low, high):
        raise _mismatch(f"Cannot check if {type_name(value)} is BETWEEN {type_name(low)} and {type_name(high)}", node)


def _check_in(node: exp.In) -> None:
    query = node.args.get("query")
    items = (
        query.selects
        if isinstance(query, exp.Query)
        else (query.this.selects if query is not None else node.expressions)
    )
    if (
        query is not None and family(node.this) == "row"
    ):  # the columns of the subquery correspond to the fields of the row
        return
    for item in items:
        if differ(node.this, item):
            raise _mismatch(
                f"IN value and list items must be the same type or coercible to a common type. Cannot find common type between {type_name(node.this)} and {type_name(item)}",
                node,
            )


def _check_like(node: exp.Like) -> None:
    if family(node.this) not in (None, "text"):
        raise _mismatch(
            f"Left side of LIKE expression must evaluate to a varchar (actual: {type_name(node.this)})", node
        )


def _check_joined_texts(node: exp.DPipe | exp.Concat) -> None:
    parts = node.expressions if isinstance(node, exp.Concat) else [node.left, node.right]
    families = {family(part) for part in parts} - {None}
    if families <= {"text"} or families <= {"binary"} or "array" in families:
        return
    kinds = [type_name(part) for part in parts]
    if isinstance(node, exp.Concat):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Unexpected parameters ({', '.join(kinds)}) for function concat", node)
    raise _mismatch(f"Cannot apply operator: {' || '.join(kinds)}", node)


def _condition(clause: str) -> Callable[[Any], None]:
    def check(node: Any) -> None:
        if family(node.this) not in (None, "boolean"):
            raise _mismatch(f"{clause} clause must evaluate to a boolean: actual type {type_name(node.this)}", node)

    return check


def _check_join(node: exp.Join) -> None:
    condition = node.args.get("on")
    if condition is not None and family(condition) not in (None, "boolean"):
        raise _mismatch(f"JOIN ON clause must evaluate to a boolean: actual type {type_name(condition)}", condition)


def _check_logic(node: exp.Connector | exp.Not) -> None:
    for part in (node.this, node.args.get("expression")):
        if family(part) not in (None, "boolean"):
            raise _mismatch(f"Logical expression term must evaluate to a boolean (actual: {type_name(part)})", node)


def _check_case(node: exp.Case) -> None:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    if default := node.args.get("default"):
        results.append(default)
    if differ(*results):
        raise _mismatch(
            f"All CASE results must be the same type or coercible to a common type. Cannot find common type between {type_name(results[0])} and {type_name(results[-1])}",
            node,
        )


def _check_json_format(node: exp.JSONFormat) -> None:
    if family(node.this) == "text":
        raise QueryFailed(
            "FUNCTION_NOT_FOUND", f"Unexpected parameters ({type_name(node.this)}) for function json_format", node
        )


def _check_count(node: exp.Count) -> None:
    arguments = node.this.expressions if isinstance(node.this, exp.Distinct) else [node.this, *node.expressions]
    if len(arguments) > 1:
        kinds = ", ".join(map(type_name, arguments))
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Unexpected parameters ({kinds}) for function count", node)


def _check_coalesce(node: exp.Coalesce) -> None:
    operands = [node.this, *node.expressions]
    if differ(*operands):
        raise _mismatch("All COALESCE operands must be the same type or coercible to a common type", node)


def _check_if(node: exp.If) -> None:
    if family(node.this) not in (None, "boolean") and (not isinstance(node.parent, exp.Case) or not node.parent.this):
        clause = "CASE WHEN clause" if isinstance(node.parent, exp.Case) else "IF condition"
        raise _mismatch(f"{clause} must evaluate to a boolean (actual: {type_name(node.this)})", node.this)
    if not isinstance(node.parent, exp.Case) and differ(node.args["true"], node.args.get("false")):
        raise _mismatch("Result types for IF must be the same", node)


def _check_set(node: exp.SetOperation) -> None:
    left, right = node.left.selects, node.right.selects
    if any(part.is_star for part in [*left, *right]):
        return
    name = type(node).__name__.upper()
    if len(left) != len(right):
        raise _mismatch(f"{name} query has different number of fields: {len(left)}, {len(right)}", node)
    for position, pair in enumerate(zip(left, right, strict=True), 1):
        if differ(*pair):
            first, second = map(type_name, pair)
            raise _mismatch(f"column {position} in {name} query has incompatible types: {first}, {second}", node)


def _takes(*families: str) -> Callable[[Any], None]:
    def check(node: Any) -> None:
        argument = node.this if not isinstance(node.this, exp.Distinct) else node.this.expressions[0]
        if family(argument) not in (None, *families):
            name = node.meta.get(WRITTEN, node.sql_name().lower())
            raise QueryFailed(
                "FUNCTION_NOT_FOUND", f"Unexpected parameters ({type_name(argument)}) for function {name}", node
            )

    return check


_FROM_NUMBER = NUMBERS | BOOLEANS | TEXTS
_CASTS = (
    (NUMBERS | BOOLEANS, _FROM_NUMBER),
    (DATES, DATES | TIMESTAMPS | ZONED | TEXTS),
    (TIMESTAMPS | ZONED | TIMES, DATES | TIMESTAMPS | ZONED | TIMES | TEXTS),
    (BINARIES, BINARIES),
    (INTERVALS, INTERVALS | TEXTS),
    (IP_ADDRESSES, IP_ADDRESSES | TEXTS),
    (TEXTS, _FROM_NUMBER | IP_ADDRESSES | DATES | TIMESTAMPS | ZONED | TIMES | BINARIES | frozenset({DType.UUID})),
)
"""(source types, target types) of the casts that Trino supports: https://github.com/trinodb/trino, type operators."""
_JSON_KEYS = NUMBERS | BOOLEANS | TEXTS | NULLS
_TO_JSON = _JSON_KEYS | DATES | TIMESTAMPS | JSON
_FROM_JSON = NUMBERS | BOOLEANS | TEXTS | JSON
"""The scalar types that Trino casts from JSON: https://github.com/trinodb/trino, JsonUtil."""


def _check_cast(node: exp.Cast) -> None:
    source, target = node.this.type, node.to
    if is_known(source) and not _is_castable(source, target):
        # The error has no position, because sqlglot does not store the position of a cast.
        raise QueryFailed("TYPE_MISMATCH", f"Cannot cast {type_name(node.this)} to {trino_type(target)}")


def _is_castable(source: exp.DataType, target: exp.DataType) -> bool:
    if is_one_of(source, NULLS):
        return True
    if is_one_of(target, JSON):
        return _has_leaves(source, _TO_JSON)
    if is_one_of(source, JSON):
        return _has_leaves(target, _FROM_JSON)
    if is_one_of(source, NESTED) or is_one_of(target, NESTED):
        parts = [inner_types(kind) if is_one_of(kind, NESTED) else [] for kind in (source, target)]
        are_alike = source.this == target.this and len(parts[0]) == len(parts[1])
        return are_alike and all(_is_castable(*pair) for pair in zip(*parts, strict=True))
    targets = [targets for sources, targets in _CASTS if is_one_of(source, sources)]
    return not targets or any(is_one_of(target, kinds) for kinds in targets)


def _has_leaves(kind: exp.DataType, leaves: frozenset[DType]) -> bool:
    if is_one_of(kind, MAPS) and not is_one_of(kind.expressions[0], _JSON_KEYS):
        return False
    if is_one_of(kind, NESTED):
        return all(_has_leaves(inner, leaves) for inner in inner_types(kind))
    return is_one_of(kind, leaves)


def _check_codepoint(node: exp.Anonymous) -> None:
    """Check that the argument of codepoint() has the type varchar(1)."""
    if node.name.lower() != "codepoint" or len(node.expressions) != 1:
        return
    [argument] = node.expressions
    if family(argument) not in (None, "text"):
        length = None
    elif isinstance(argument, exp.Literal):
        length = len(argument.name)
    else:
        kind = argument.type
        if kind is None or kind.this not in TEXTS:
            return
        length = int(kind.expressions[0].name) if kind.expressions else None
    if length is None or length > 1:
        reason = (
            f"Unexpected parameters ({type_name(argument)}) for function codepoint. Expected: codepoint(varchar(1))"
        )
        raise QueryFailed("FUNCTION_NOT_FOUND", reason, node)


def _check_parameters(node: exp.Anonymous) -> None:
    """Check the number and types of the arguments of a Python function. DuckDB does not check these arguments."""
    name = node.name.lower()
    parameters = PARAMETERS.get(name)
    if parameters is None:
        return
    required = [parameter for parameter in parameters if not parameter.endswith("?")]
    families = [family(argument) for argument in node.expressions]
    if not len(required) <= len(families) <= len(parameters) or any(
        found is not None and found not in parameter.rstrip("?").split()
        for found, parameter in zip(families, parameters, strict=False)
    ):
        kinds = ", ".join(map(type_name, node.expressions))
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Unexpected parameters ({kinds}) for function {name}", node)


def _check_field(node: exp.Dot) -> None:
    """Raise QueryFailed if ``a`` in ``a.b`` is JSON. DuckDB would select a member of the JSON object, but Athena does not."""
    if is_one_of(node.this.type, JSON):
        raise _mismatch(f"Expression {node.this.sql(dialect='trino')} is not of type ROW", node.this)


_CHECKS: list[tuple[Any, Callable[[Any], None]]] = [
    ((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ), _check_comparison),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _check_arithmetic),
    (exp.Anonymous, _check_codepoint),
    (exp.Anonymous, _check_parameters),
    (exp.Between, _check_between),
    (exp.Dot, _check_field),
    (exp.In, _check_in),
    (exp.Like, _check_like),
    ((exp.DPipe, exp.Concat), _check_joined_texts),
    (exp.Where, _condition("WHERE")),
    (exp.Having, _condition("HAVING")),
    (exp.Join, _check_join),
    ((exp.Connector, exp.Not), _check_logic),
    (exp.Case, _check_case),
    (exp.Cast, _check_cast),
    (exp.Coalesce, _check_coalesce),
    (exp.Count, _check_count),
    (exp.If, _check_if),
    (exp.SetOperation, _check_set),
    (
        (
            exp.Abs,
            exp.Ceil,
            exp.Exp,
            exp.Floor,
            exp.Ln,
            exp.Round,
            exp.Sqrt,
            exp.Stddev,
            exp.UnixToTime,
        ),
        _takes("number"),
    ),
    (
        (
            exp.JSONExtract,
            exp.JSONExtractScalar,
            exp.Lower,
            exp.ParseJSON,
            exp.RegexpExtract,
            exp.RegexpExtractAll,
            exp.RegexpLike,
            exp.RegexpReplace,
            exp.RegexpSplit,
            exp.Replace,
            exp.Trim,
            exp.Split,
            exp.StrPosition,
            exp.StrToTime,
            exp.Upper,
            exp.FromISO8601Timestamp,
        ),
        _takes("text"),
    ),
    ((exp.MD5Digest, exp.SHA2Digest, exp.Hex, exp.ToBase64, exp.Decode), _takes("binary")),
    ((exp.FromBase64, exp.Length, exp.Pad, exp.Substring, exp.Unhex), _takes("text", "binary")),
    ((exp.Avg, exp.Sum), _takes("number", "interval")),
    (exp.JSONFormat, _check_json_format),
    ((exp.Year, exp.Month, exp.Day, exp.TimestampTrunc, exp.TimeToStr, exp.TimeToUnix), _takes("moment")),
    ((exp.LogicalAnd, exp.LogicalOr, exp.CountIf), _takes("boolean")),
]
