"""What Athena rejects and DuckDB would accept: foreign syntax and functions, and values of types that do not fit."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from moto_featurestore.athena.catalog import PATH, Column
from moto_featurestore.athena.depends import type_it_depends_on, typed
from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.functions import REFUSED, SUPPORTED
from moto_featurestore.athena.translate import NUMBER, Types
from moto_featurestore.athena.types import data_type

_FOREIGN: dict[type[exp.Expr], str] = {
    exp.Command: "command",
    exp.Glob: "GLOB",
    exp.ILike: "ILIKE",
    exp.Into: "INTO",
    exp.Parameter: "@",
    exp.Pivot: "PIVOT",
    exp.Placeholder: "?",
    exp.Qualify: "QUALIFY",
    exp.SessionParameter: "@@",
    exp.SimilarTo: "SIMILAR",
}
"""Syntax that sqlglot reads and Athena does not."""
_WITHOUT_NAME = (
    exp.Array,
    exp.Case,
    exp.Cast,
    exp.Connector,
    exp.Exists,
    exp.Extract,
    exp.GroupConcat,
    exp.StrPosition,
)
"""What sqlglot counts among the functions, and does not say how it was written: syntax of Athena's, all of it."""
_WRITTEN = "moto_featurestore_written"
_JOINS = ("SEMI", "ANTI", "ASOF", "POSITIONAL", "STRAIGHT_JOIN")


def check_syntax(tree: exp.Expr, text: str) -> None:
    """Refuse what is no syntax, or no function, of Athena's.

    :raises QueryFailed: where there is any
    """
    for node in tree.walk():
        word = _FOREIGN.get(type(node)) or _foreign_word(node)
        if word is not None:
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{word}'", node)
        if isinstance(node, exp.Func):
            _check_function(node, text)
        if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
            raise QueryFailed("FUNCTION_NOT_FOUND", f"Table function '{node.this.name.lower()}' not registered", node)


def _foreign_word(node: exp.Expr) -> str | None:  # noqa: PLR0911 - a table
    if isinstance(node, exp.DDL | exp.DML):
        return node.key.upper()
    if isinstance(node, exp.Star) and (node.args.get("except_") or node.args.get("replace") or node.args.get("rename")):
        return "EXCLUDE"
    if isinstance(node, exp.Join):
        return next((word for word in _JOINS if word in (node.kind, node.side, node.method)), None)
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        return "ON"
    if isinstance(node, exp.Limit) and node.args.get("expressions"):
        return "BY"
    if isinstance(node, exp.Group) and node.args.get("all"):
        return "ALL"
    return None


def _check_function(node: exp.Func, text: str) -> None:
    if isinstance(node, exp.Anonymous):
        names = [node.name.lower()]
    elif "start" in node.meta:
        names = [text[node.meta["start"] : node.meta["end"] + 1].lower()]
    elif isinstance(node, _WITHOUT_NAME):
        return
    else:
        names = [name.lower() for name in node.sql_names()]
    node.meta[_WRITTEN] = names[0]
    if not SUPPORTED.isdisjoint(names):
        return
    if not REFUSED.isdisjoint(names):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the function '{names[0]}'", node)
    raise QueryFailed("FUNCTION_NOT_FOUND", f"Function '{names[0]}' not registered", node)


def check_types(tree: exp.Expr, tables: dict[str, list[Column]]) -> Types:
    """Refuse values of types that do not fit; gives the types that the translation depends on.

    :param tree: a query; it stays as it is
    :param tables: the columns of its tables, by their names there
    :raises QueryFailed: where types do not fit, or a column is none
    """
    for number, part in enumerate(typed(tree)):
        part.meta[NUMBER] = number
    annotated = _annotate(tree, tables)
    _check_aliases(annotated)
    for node in annotated.walk():
        for kind, check in _CHECKS:
            if isinstance(node, kind):
                check(node)
    return {
        node.meta[NUMBER]: kind
        for node in typed(annotated)
        if NUMBER in node.meta and (kind := type_it_depends_on(node)) is not None
    }


_UNKNOWN = re.compile("Unknown column: (.+)")


def find_column(tree: exp.Expr, name: str) -> exp.Expr | None:
    """The first column of a name in a query."""
    return next((column for column in tree.find_all(exp.Column) if column.name.lower() == name.lower()), None)


def _annotate(tree: exp.Expr, tables: dict[str, list[Column]]) -> exp.Expr:
    if tree.find(exp.Column, exp.Table, exp.Star) is None:  # nothing whose type is not in the text
        return annotate_types(tree.copy(), dialect="athena")
    # Only where it is asked for, as it would be one of a star's columns here.
    path = {PATH: exp.DataType.build("VARCHAR")} if any(node.name == PATH for node in tree.find_all(exp.Column)) else {}
    schema = MappingSchema(
        {name: {column.name: data_type(column.hive) for column in columns} | path for name, columns in tables.items()},
        dialect="athena",
        normalize=False,
    )
    try:
        qualified = qualify(
            tree.copy(),
            dialect="athena",
            schema=schema,
            expand_alias_refs=False,
            expand_stars=True,
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
    except OptimizeError as error:
        if unknown := _UNKNOWN.match(str(error)):
            raise column_not_found(unknown[1], find_column(tree, unknown[1])) from None
        raise QueryFailed("SYNTAX_ERROR", str(error).partition("\n")[0]) from None
    return annotate_types(qualified, schema=schema, dialect="athena")


def _check_aliases(tree: exp.Expr) -> None:
    """A column of the SELECT is no name for its own WHERE, GROUP BY and HAVING."""
    for select in tree.find_all(exp.Select):
        aliases = {
            projection.alias.lower()
            for projection in select.expressions
            if isinstance(projection, exp.Alias) and projection.this.name.lower() != projection.alias.lower()
        }
        clauses = [select.args.get(clause) for clause in ("where", "group", "having")]
        for column in _own_columns([clause for clause in [*clauses, *select.expressions] if clause is not None]):
            if not column.table and column.name.lower() in aliases:
                raise column_not_found(column.name, column)


def _own_columns(clauses: list[exp.Expr]) -> Iterator[exp.Column]:
    for clause in clauses:
        for node in clause.walk(prune=lambda part: isinstance(part, exp.Query)):
            if isinstance(node, exp.Column):
                yield node


def column_not_found(name: str, node: Any) -> QueryFailed:
    """The failure of a name that is no column; it is told with the table's, where that stands before it.

    https://github.com/awslabs/aws-well-architected-labs/issues/908: ``Column 'region_names.regionname' cannot be resolved``.
    """
    if isinstance(node, exp.Column):
        name = ".".join(part.name for part in node.parts)
    return QueryFailed(
        "COLUMN_NOT_FOUND",
        f"Column '{name.lower()}' cannot be resolved or requester is not authorized to access requested resources",
        node,
    )


# Types.

_FAMILIES: dict[str, tuple[Any, ...]] = {
    "number": (*exp.DataType.NUMERIC_TYPES, "DECIMAL"),
    "text": (*exp.DataType.TEXT_TYPES,),
    "boolean": ("BOOLEAN",),
    "moment": (
        "DATE",
        "TIMESTAMP",
        "TIMESTAMPTZ",
        "TIMESTAMPNTZ",
        "TIMESTAMPLTZ",
        "DATETIME",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
    ),
    "time": ("TIME", "TIMETZ"),
    "interval": ("INTERVAL",),
    "binary": ("BINARY", "VARBINARY", "BLOB"),
    "array": ("ARRAY", "LIST"),
    "map": ("MAP",),
    "row": ("STRUCT",),
}


def _family(node: exp.Expr | None) -> str | None:
    """What kind of type a value has; None where it is not known, or null."""
    kind = node.type if node is not None and not isinstance(node, exp.All | exp.Any) else None
    if kind is None or not isinstance(kind, exp.DataType):
        return None
    return next((family for family, types in _FAMILIES.items() if kind.is_type(*types)), None)


def type_name(node: exp.Expr | None) -> str:
    """A value's type, as Trino calls it."""
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.this)})"
    return node.type.sql(dialect="trino").lower() if node is not None and node.type else "unknown"


def _differ(*nodes: exp.Expr | None) -> bool:
    """Whether values are of different kinds, as far as these are known."""
    return len({family for family in map(_family, nodes) if family is not None}) > 1


def _mismatch(text: str, node: exp.Expr) -> QueryFailed:
    return QueryFailed("TYPE_MISMATCH", text, node)


def _check_comparison(node: exp.Binary) -> None:
    if _differ(node.left, node.right):
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
    families = {_family(node.left), _family(node.right)}
    if None in families or families <= {"number", "interval"} or families <= {"moment", "interval", "time"}:
        return
    raise _mismatch(
        f"Cannot apply operator: {type_name(node.left)} {_OPERATORS[type(node)]} {type_name(node.right)}", node
    )


def _check_between(node: exp.Between) -> None:
    value, low, high = node.this, node.args["low"], node.args["high"]
    if _differ(value, low, high):
        raise _mismatch(f"Cannot check if {type_name(value)} is BETWEEN {type_name(low)} and {type_name(high)}", node)


def _check_in(node: exp.In) -> None:
    query = node.args.get("query")
    items = (
        query.selects
        if isinstance(query, exp.Query)
        else (query.this.selects if query is not None else node.expressions)
    )
    for item in items:
        if _differ(node.this, item):
            raise _mismatch(
                f"IN value and list items must be the same type or coercible to a common type. Cannot find common type between {type_name(node.this)} and {type_name(item)}",
                node,
            )


def _check_like(node: exp.Like) -> None:
    if _family(node.this) not in (None, "text"):
        raise _mismatch(
            f"Left side of LIKE expression must evaluate to a varchar (actual: {type_name(node.this)})", node
        )


def _check_joined_texts(node: exp.DPipe | exp.Concat) -> None:
    parts = node.expressions if isinstance(node, exp.Concat) else [node.left, node.right]
    families = {_family(part) for part in parts} - {None}
    if families <= {"text"} or families <= {"binary"} or "array" in families:
        return
    kinds = [type_name(part) for part in parts]
    if isinstance(node, exp.Concat):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Unexpected parameters ({', '.join(kinds)}) for function concat", node)
    raise _mismatch(f"Cannot apply operator: {' || '.join(kinds)}", node)


def _condition(clause: str) -> Callable[[Any], None]:
    def check(node: Any) -> None:
        if _family(node.this) not in (None, "boolean"):
            raise _mismatch(f"{clause} clause must evaluate to a boolean: actual type {type_name(node.this)}", node)

    return check


def _check_join(node: exp.Join) -> None:
    condition = node.args.get("on")
    if condition is not None and _family(condition) not in (None, "boolean"):
        raise _mismatch(f"JOIN ON clause must evaluate to a boolean: actual type {type_name(condition)}", condition)


def _check_logic(node: exp.Connector | exp.Not) -> None:
    for part in (node.this, node.args.get("expression")):
        if _family(part) not in (None, "boolean"):
            raise _mismatch(f"Logical expression term must evaluate to a boolean (actual: {type_name(part)})", node)


def _check_case(node: exp.Case) -> None:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    if default := node.args.get("default"):
        results.append(default)
    if _differ(*results):
        raise _mismatch(
            f"All CASE results must be the same type or coercible to a common type. Cannot find common type between {type_name(results[0])} and {type_name(results[-1])}",
            node,
        )


def _check_coalesce(node: exp.Coalesce) -> None:
    operands = [node.this, *node.expressions]
    if _differ(*operands):
        raise _mismatch("All COALESCE operands must be the same type or coercible to a common type", node)


def _check_if(node: exp.If) -> None:
    if not isinstance(node.parent, exp.Case) and _differ(node.args["true"], node.args.get("false")):
        raise _mismatch("Result types for IF must be the same", node)


def _check_set(node: exp.SetOperation) -> None:
    left, right = node.left.selects, node.right.selects
    if any(part.is_star for part in [*left, *right]):
        return
    name = type(node).__name__.upper()
    if len(left) != len(right):
        raise _mismatch(f"{name} query has different number of fields: {len(left)}, {len(right)}", node)
    for place, pair in enumerate(zip(left, right, strict=True), 1):
        if _differ(*pair):
            first, second = map(type_name, pair)
            raise _mismatch(f"column {place} in {name} query has incompatible types: {first}, {second}", node)


def _takes(family: str) -> Callable[[Any], None]:
    def check(node: Any) -> None:
        argument = node.this if not isinstance(node.this, exp.Distinct) else node.this.expressions[0]
        if _family(argument) not in (None, family):
            name = node.meta.get(_WRITTEN, node.sql_name().lower())
            raise QueryFailed(
                "FUNCTION_NOT_FOUND", f"Unexpected parameters ({type_name(argument)}) for function {name}", node
            )

    return check


_CHECKS: list[tuple[Any, Callable[[Any], None]]] = [
    ((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ), _check_comparison),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _check_arithmetic),
    (exp.Between, _check_between),
    (exp.In, _check_in),
    (exp.Like, _check_like),
    ((exp.DPipe, exp.Concat), _check_joined_texts),
    (exp.Where, _condition("WHERE")),
    (exp.Having, _condition("HAVING")),
    (exp.Join, _check_join),
    ((exp.Connector, exp.Not), _check_logic),
    (exp.Case, _check_case),
    (exp.Coalesce, _check_coalesce),
    (exp.If, _check_if),
    (exp.SetOperation, _check_set),
    (
        (
            exp.Abs,
            exp.Avg,
            exp.Sum,
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
            exp.Length,
            exp.Lower,
            exp.RegexpLike,
            exp.Split,
            exp.StrPosition,
            exp.StrToTime,
            exp.Upper,
            exp.FromISO8601Timestamp,
        ),
        _takes("text"),
    ),
    ((exp.Year, exp.Month, exp.Day, exp.TimestampTrunc, exp.TimeToStr, exp.TimeToUnix), _takes("moment")),
    ((exp.LogicalAnd, exp.LogicalOr, exp.CountIf), _takes("boolean")),
]
