"""Lexical elements of Hive's DDL dialect that sqlglot does not parse: names, literals, column lists."""

import re
from collections.abc import Iterable

from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.dialect import parse_table

NAME = r'(?:`[^`]+`|"[^"]+"|[\w$-]+)'
TABLE = rf"(?P<table>{NAME}(?:\s*\.\s*{NAME}){{0,2}})"
TEXT = r"'(?:[^']|'')*'|\"[^\"]*\""
_PAIR = re.compile(rf"(?P<key>{TEXT}|{NAME})\s*=\s*(?P<value>{TEXT}|[\w.+-]+)")


def statement(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern in which each blank matches any white space."""
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


def names_of(qualified: str) -> list[str]:
    """Return the parts of a qualified name, without their quotes."""
    return [part.strip('`"') for part in re.findall(NAME, qualified)]


def text_of(literal: str) -> str:
    """Return the value of a literal, or of a quoted name."""
    if literal[:1] in ("'", '"', "`"):
        return literal[1:-1].replace(literal[0] * 2, literal[0])
    return literal


def pairs_of(text: str) -> dict[str, str]:
    """Return the keys and values of a property list."""
    return {text_of(match["key"]): text_of(match["value"]) for match in _PAIR.finditer(text)}


def columns_of(text: str) -> list[dict[str, str]]:
    """Return the columns of a column list, as Glue stores them.

    :raises QueryFailed: if the text is not a column list
    """
    try:
        tree = parse_table(f"CREATE EXTERNAL TABLE t ({text}) LOCATION 's3://bucket/'")
    except QueryFailed:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{text}'") from None
    return [glue_column(column) for column in tree.this.expressions]


def check_repeated(names: Iterable[str], known: Iterable[str] = ()) -> None:
    """Check that new columns do not repeat a name.

    The message is from https://github.com/apache/hive, ErrorMsg; that Athena returns it is assumed.

    :param names: the names of the new columns
    :param known: the names of the existing columns
    :raises QueryFailed: if a name is repeated
    """
    seen = set(known)
    for name in names:
        if name in seen:
            raise QueryFailed("", f"FAILED: SemanticException: Duplicate column name: {name}")
        seen.add(name)


def glue_column(column: exp.Expr) -> dict[str, str]:
    """Return the Glue column of a column definition.

    :raises QueryFailed: if the expression is not a column definition
    """
    if not isinstance(column, exp.ColumnDef) or column.kind is None:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{column.sql(dialect='athena')}'", column)
    kind = column.kind.sql(dialect="hive").lower().replace(": ", ":").replace(", ", ",")
    comment = column.find(exp.CommentColumnConstraint)
    return {"Name": column.name.lower(), "Type": kind} | ({"Comment": comment.name} if comment is not None else {})
