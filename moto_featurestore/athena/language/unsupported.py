"""Checks that reject syntax and functions that sqlglot accepts, but Athena does not."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.expressions import DType

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.functions import SUPPORTED, UNSUPPORTED

_UNSUPPORTED_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|(?P<word>::|==|<=>|<<|[\^~{]|(?<![uU])&|!(?!=)|(?<!\|)\|(?!\|)"""
    r"""|(?<=[(,=])\s*\[|\bSELECT\s*\[|,(?=\s*FROM\b)|(?:\A|\()\s*FROM\b|\bLIMIT\s+\w+\s*(?:,|OFFSET\b)"""
    r"""|\bSAFE_CAST\s*\(|\bINTERVAL\s+(?:\d+|'\d+\s+[a-z]+'))""",
    re.DOTALL | re.IGNORECASE,
)
"""Matches syntax that Athena rejects, in the group ``word``. sqlglot's tree does not show whether a query uses it.

The pattern also matches strings, quoted names and comments, so that ``word`` does not match inside a string or comment.
"""

_UNSUPPORTED_NODES: dict[type[exp.Expr], str] = {
    exp.Cluster: "CLUSTER",
    exp.Command: "command",
    exp.Describe: "DESCRIBE",
    exp.Distribute: "DISTRIBUTE",
    exp.Glob: "GLOB",
    exp.HistoricalData: "AT",
    exp.ILike: "ILIKE",
    exp.IntDiv: "DIV",
    exp.Into: "INTO",
    exp.Parameter: "@",
    exp.Pivot: "PIVOT",
    exp.Placeholder: "?",
    exp.Qualify: "QUALIFY",
    exp.SessionParameter: "@@",
    exp.SimilarTo: "SIMILAR",
    exp.Sort: "SORT",
    exp.WithTableHint: "WITH",
}
"""A dict from a sqlglot class whose syntax Athena rejects to the keyword in the error message."""
_WITHOUT_NAME = (
    exp.All,
    exp.Any,
    exp.Array,
    exp.Case,
    exp.Cast,
    exp.Connector,
    exp.Exists,
    exp.Extract,
    exp.GroupConcat,
    exp.StrPosition,
)
"""sqlglot's classes that do not store which function name the query uses. Athena supports all these functions."""
_JOINS = ("SEMI", "ANTI", "ASOF", "POSITIONAL", "STRAIGHT_JOIN")

WRITTEN = "moto_featurestore_written"
"""The key in the ``meta`` of a function call under which the function's name in the query is stored."""


def check_syntax(tree: exp.Expr, text: str) -> None:
    """Check the syntax and the functions of a query.

    :param tree: the parsed query
    :param text: SQL text of the query
    :raises QueryFailed: if Athena or this package does not support the syntax or a function of the query
    """
    for match in _UNSUPPORTED_TOKEN.finditer(text):
        if word := match["word"]:
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{word.split()[0]}'")
    for node in tree.walk():
        word = _UNSUPPORTED_NODES.get(type(node)) or _unsupported_word(node)
        if word is not None:
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{word}'", node)
        if isinstance(node, exp.Func):
            _check_function(node, text)
        for check in _checks_of(type(node)):  # type: ignore[arg-type]  # classes are hashable
            check(node)


@cache
def _checks_of(kind: type[exp.Expr]) -> list[Callable[[Any], None]]:
    return [check for kinds, check in _CHECKS if issubclass(kind, kinds)]


def _check_limit(node: exp.LimitOptions) -> None:
    if node.args.get("with_ties"):
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support FETCH FIRST ... WITH TIES", node.parent)


def _check_join(node: exp.Join) -> None:
    if node.method == "NATURAL":
        raise QueryFailed("NOT_SUPPORTED", "Natural join not supported", node)


def _check_table(node: exp.Table) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Table function '{node.this.name.lower()}' not registered", node)


def _check_lateral(node: exp.Lateral) -> None:
    if not isinstance(node.this, exp.Subquery | exp.Unnest):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Table function '{node.this.key}' not registered", node)


_UNSUPPORTED_TYPES = frozenset(
    (
        *("bingtile", "classifier", "color", "geometry", "hyperloglog", "p4hyperloglog", "qdigest", "regressor"),
        *("setdigest", "sphericalgeography", "tdigest"),
    )
)
"""Trino's types that this package does not support: https://trino.io/docs/current/language/types.html."""


_NAMES = {DType.HLLSKETCH: "hyperloglog", DType.TEXT: "string"}
"""A dict from sqlglot type to the type's name in SQL, for types that sqlglot names differently."""


def _check_cast(node: exp.Cast) -> None:
    kind = node.to.this
    if not isinstance(kind, exp.Interval) and kind not in _TYPES:
        name = node.to.text("kind").lower() or _NAMES.get(kind, kind.value.lower())
        if name in _UNSUPPORTED_TYPES:
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the type '{name}'", node)
        raise QueryFailed("TYPE_NOT_FOUND", f"Unknown type: {name}", node)


def _check_lambda(node: exp.Lambda) -> None:
    """Check that a lambda contains no subquery, aggregate or window function.

    https://github.com/trinodb/trino, ExpressionAnalyzer
    """
    if node.find(exp.Query) is not None:
        raise QueryFailed("NOT_SUPPORTED", "Lambda expression cannot contain subqueries", node)
    if node.this.find(exp.AggFunc, exp.Window) is not None:
        reason = "Lambda expression cannot contain aggregations, window functions or grouping operations"
        raise QueryFailed("EXPRESSION_NOT_SCALAR", reason, node)


def _check_unnest(node: exp.Unnest) -> None:
    if not isinstance(node.parent, exp.From | exp.Join | exp.Lateral):
        raise QueryFailed("FUNCTION_NOT_FOUND", "Function 'unnest' not registered", node)


def _check_path(node: exp.JSONExtract | exp.JSONExtractScalar) -> None:
    """Check that a JSON path contains only keys, such as ``.a``, and subscripts, such as ``["a"]`` and ``[0]``.

    https://github.com/trinodb/trino, JsonPathTokenizer
    """
    path = node.expression
    parts = path.expressions[1:] if isinstance(path, exp.JSONPath) else []
    is_known = all(isinstance(part, exp.JSONPathKey | exp.JSONPathSubscript) and _is_step(part.this) for part in parts)
    if isinstance(path, exp.Literal) or not is_known:
        # If sqlglot parsed the path, it dropped the path's text. Then the message cannot contain the path.
        text = f": '{path.name}'" if isinstance(path, exp.Literal) else ""
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path{text}", node)


def _is_step(step: object) -> bool:
    return isinstance(step, str) or (isinstance(step, int) and step >= 0)


_TYPES = frozenset(
    {
        *(
            DType.BOOLEAN,
            DType.TINYINT,
            DType.SMALLINT,
            DType.INT,
            DType.BIGINT,
            DType.FLOAT,
            DType.DOUBLE,
            DType.DECIMAL,
        ),
        *(
            DType.CHAR,
            DType.VARCHAR,
            DType.BINARY,
            DType.VARBINARY,
            DType.UUID,
            DType.JSON,
            DType.INTERVAL,
            DType.IPADDRESS,
        ),
        *(
            DType.DATE,
            DType.TIME,
            DType.TIMETZ,
            DType.TIMESTAMP,
            DType.TIMESTAMPTZ,
            DType.ARRAY,
            DType.MAP,
            DType.STRUCT,
        ),
    }
)


def _check_column_aliases(node: exp.CTE | exp.Subquery) -> None:
    """Check that a list of column aliases has one alias per column. DuckDB would accept a shorter list."""
    names = node.args["alias"].columns if node.args.get("alias") else []
    query = node.this
    if not names or not isinstance(query, exp.Query) or any(part.is_star for part in query.selects):
        return
    if len(names) != len(query.selects):
        reason = (
            f"Column alias list has {len(names)} entries but '{node.alias}' has {len(query.selects)} columns available"
        )
        raise QueryFailed("MISMATCHED_COLUMN_ALIASES", reason, node)


def _unsupported_word(node: exp.Expr) -> str | None:  # noqa: C901, PLR0911 - a list of cases
    """Return the keyword that makes Athena reject an expression, or None if Athena accepts the expression."""
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
    if isinstance(node, exp.Between) and node.args.get("symmetric"):
        return "SYMMETRIC"
    if isinstance(node, exp.RegexpLike) and "start" not in node.meta:
        return "RLIKE"
    if isinstance(node, exp.TableSample) and node.text("method").upper() not in ("BERNOULLI", "SYSTEM"):
        return "SAMPLE"
    if isinstance(node, exp.Lateral) and node.args.get("view"):
        return "VIEW"
    if isinstance(node, exp.Group) and node.args.get("all"):
        return "ALL"
    return None


def _check_function(node: exp.Func, text: str) -> None:
    if _is_quantifier(node):
        return
    if isinstance(node, exp.Anonymous):
        names = [node.name.lower()]
    elif (name := _hidden_name(node, text)) is not None:
        names = [name]
    elif "start" in node.meta:
        names = [text[node.meta["start"] : node.meta["end"] + 1].lower()]
    elif isinstance(node, _WITHOUT_NAME):
        if isinstance(node, exp.GroupConcat) and not isinstance(node.this, exp.Order):
            raise QueryFailed("SYNTAX_ERROR", "mismatched input. Expecting: 'WITHIN'", node)
        return
    else:
        names = [name.lower().replace("j_s_o_n", "json") for name in node.sql_names()]
    node.meta[WRITTEN] = names[0]
    if _has_wrong_arguments(node):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Unexpected parameters for function {names[0]}", node)
    if not SUPPORTED.isdisjoint(names):
        return
    if not UNSUPPORTED.isdisjoint(names):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the function '{names[0]}'", node)
    raise QueryFailed("FUNCTION_NOT_FOUND", f"Function '{names[0]}' not registered", node)


def _has_wrong_arguments(node: exp.Func) -> bool:
    """Return True if a call has arguments that only other dialects accept, such as substring() without a start."""
    if isinstance(node, exp.Substring):
        return node.args.get("start") is None
    return isinstance(node, exp.Length) and node.args.get("binary") is not None


def _is_quantifier(node: exp.Expr) -> bool:
    """Return True for ALL or SOME with a subquery, as in ``> ALL (VALUES ...)``. sqlglot parses these as calls."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in ("all", "some"):
        return False
    return len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query | exp.Values)


def _hidden_name(node: exp.Expr, text: str) -> str | None:
    """Return the function name that the query uses if sqlglot replaced the call by another function, otherwise None."""
    if isinstance(node, exp.GroupConcat) and not _LISTAGG.search(text):
        return "string_agg"
    return None


_LISTAGG = re.compile(r"\blistagg\s*\(", re.IGNORECASE)

_CHECKS: list[tuple[Any, Callable[[Any], None]]] = [
    (exp.Cast, _check_cast),
    ((exp.CTE, exp.Subquery), _check_column_aliases),
    (exp.Join, _check_join),
    ((exp.JSONExtract, exp.JSONExtractScalar), _check_path),
    (exp.Lateral, _check_lateral),
    (exp.Lambda, _check_lambda),
    (exp.LimitOptions, _check_limit),
    (exp.Table, _check_table),
    (exp.Unnest, _check_unnest),
]
