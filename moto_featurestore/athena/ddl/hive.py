"""Regular expressions and parsers for parts of Hive's DDL: names, literals, property lists and column lists."""

import re
from collections.abc import Iterable

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.dialect import parse_table

NAME = r'(?:`[^`]+`|"[^"]+"|[\w$-]+)'
TABLE = rf"(?P<table>{NAME}(?:\s*\.\s*{NAME}){{0,2}})"
TEXT = r"'(?:[^']|'')*'|\"[^\"]*\""
_PAIR = re.compile(rf"(?P<key>{TEXT}|{NAME})\s*=\s*(?P<value>{TEXT}|[\w.+-]+)")


def match_statement(pattern: str, text: str) -> re.Match[str] | None:
    """Match a whole DDL statement, ignoring case. Return None if it does not match.

    Each blank in the pattern matches any white space. Patterns are strings, so that Python compiles only the patterns
    that a statement needs.
    """
    return re.fullmatch(pattern.replace(" ", r"\s+"), text, re.IGNORECASE | re.DOTALL)


def names_of(qualified: str) -> list[str]:
    """Split a qualified name, such as ``db.t``, into its parts, without quotes."""
    return [part.strip('`"') for part in re.findall(NAME, qualified)]


def text_of(literal: str) -> str:
    """Return the text of a string literal or a quoted name, without quotes. Return other text unchanged."""
    if literal[:1] in ("'", '"', "`"):
        return literal[1:-1].replace(literal[0] * 2, literal[0])
    return literal


def pairs_of(text: str) -> dict[str, str]:
    """Parse a property list, such as ``'a'='1', 'b'='2'``, to a dict."""
    return {text_of(match["key"]): text_of(match["value"]) for match in _PAIR.finditer(text)}


def columns_of(text: str) -> list[dict[str, str]]:
    """Parse a column list, such as ``a int, b string``, to Glue Column structures.

    :raises QueryFailed: if the text is not a column list
    """
    try:
        tree = parse_table(f"CREATE EXTERNAL TABLE t ({text}) LOCATION 's3://bucket/'")
    except QueryFailed:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{text}'") from None
    return [glue_column(column) for column in tree.this.expressions]


def check_repeated(names: Iterable[str], known: Iterable[str] = ()) -> None:
    """Check that the name of each new column is unique.

    The message is from https://github.com/apache/hive, ErrorMsg. It is an assumption that Athena returns this message.

    :param names: the names of the new columns
    :param known: the names of the existing columns
    :raises QueryFailed: if two columns have the same name
    """
    seen = set(known)
    for name in names:
        if name in seen:
            raise QueryFailed("", f"FAILED: SemanticException: Duplicate column name: {name}")
        seen.add(name)


def glue_column(column: exp.Expr) -> dict[str, str]:
    """Convert a parsed column definition to a Glue Column structure.

    :raises QueryFailed: if the expression is not a column definition
    """
    if not isinstance(column, exp.ColumnDef) or column.kind is None:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{column.sql(dialect='athena')}'", column)
    kind = column.kind.sql(dialect="hive").lower().replace(": ", ":").replace(", ", ",")
    comment = column.find(exp.CommentColumnConstraint)
    return {"Name": column.name.lower(), "Type": kind} | ({"Comment": comment.name} if comment is not None else {})
