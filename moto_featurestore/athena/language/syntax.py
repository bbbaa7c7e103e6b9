"""What is no SQL of Athena's, though sqlglot reads it: foreign words and foreign functions."""

import re

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.functions import REFUSED, SUPPORTED

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
"""What sqlglot counts among the functions, and does not say how it was written: syntax of Athena's, all of it."""
_JOINS = ("SEMI", "ANTI", "ASOF", "POSITIONAL", "STRAIGHT_JOIN")

WRITTEN = "moto_featurestore_written"
"""Where a function's meta tell how it was written."""


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
        if isinstance(node, exp.JSONValue):
            raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support the function 'json_value'", node)
        if isinstance(node, exp.LimitOptions) and node.args.get("with_ties"):
            raise QueryFailed(
                "NOT_SUPPORTED", "moto_featurestore does not support FETCH FIRST ... WITH TIES", node.parent
            )
        if isinstance(node, exp.Join) and node.method == "NATURAL":
            raise QueryFailed("NOT_SUPPORTED", "Natural join not supported", node)
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
    if _is_quantifier(node):
        return
    if isinstance(node, exp.Anonymous):
        names = [node.name.lower()]
    elif (name := _hidden_name(node, text)) is not None:
        names = [name]
    elif "start" in node.meta:
        names = [text[node.meta["start"] : node.meta["end"] + 1].lower()]
    elif isinstance(node, _WITHOUT_NAME):
        return
    else:
        names = [name.lower().replace("j_s_o_n", "json") for name in node.sql_names()]
    node.meta[WRITTEN] = names[0]
    if not SUPPORTED.isdisjoint(names):
        return
    if not REFUSED.isdisjoint(names):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the function '{names[0]}'", node)
    raise QueryFailed("FUNCTION_NOT_FOUND", f"Function '{names[0]}' not registered", node)


def _is_quantifier(node: exp.Expr) -> bool:
    """``> ALL (VALUES ...)``, which sqlglot reads as a function."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in ("all", "some"):
        return False
    return len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query | exp.Values)


def _hidden_name(node: exp.Expr, text: str) -> str | None:
    """How a function is written that sqlglot takes for another, without a trace of its name."""
    if isinstance(node, exp.JSONExtract) and node.args.get("json_query"):
        return "json_query"
    if isinstance(node, exp.GroupConcat) and not _LISTAGG.search(text):
        return "string_agg"
    return None


_LISTAGG = re.compile(r"\blistagg\s*\(", re.IGNORECASE)
