"""The words of Hive's dialect, that Athena's DDL is of and sqlglot does not read: names, texts, columns."""

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
    """A pattern whose blanks stand for any blanks."""
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


def names_of(qualified: str) -> list[str]:
    """The parts of a name, without their quotes."""
    return [part.strip('`"') for part in re.findall(NAME, qualified)]


def text_of(literal: str) -> str:
    """What a literal, or a quoted name, says."""
    if literal[:1] in ("'", '"', "`"):
        return literal[1:-1].replace(literal[0] * 2, literal[0])
    return literal


def pairs_of(text: str) -> dict[str, str]:
    """Keys and values."""
    return {text_of(found["key"]): text_of(found["value"]) for found in _PAIR.finditer(text)}


def columns_of(text: str) -> list[dict[str, str]]:
    """Columns, as Glue has them.

    :raises QueryFailed: where they cannot be read
    """
    try:
        tree = parse_table(f"CREATE EXTERNAL TABLE t ({text}) LOCATION 's3://bucket/'")
    except QueryFailed:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{text}'") from None
    return [glue_column(column) for column in tree.this.expressions]


def check_repeated(names: Iterable[str], known: Iterable[str] = ()) -> None:
    """Refuse a new column that has the name of another.

    https://github.com/apache/hive, ErrorMsg, has the sentence; that Athena tells it so is assumed.
    """
    seen = set(known)
    for name in names:
        if name in seen:
            raise QueryFailed("", f"FAILED: SemanticException: Duplicate column name: {name}")
        seen.add(name)


def glue_column(column: exp.Expr) -> dict[str, str]:
    """A column as Glue has it, of its definition.

    :raises QueryFailed: where it is none
    """
    if not isinstance(column, exp.ColumnDef) or column.kind is None:
        raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{column.sql(dialect='athena')}'", column)
    kind = column.kind.sql(dialect="hive").lower().replace(": ", ":").replace(", ", ",")
    comment = column.find(exp.CommentColumnConstraint)
    return {"Name": column.name.lower(), "Type": kind} | ({"Comment": comment.name} if comment is not None else {})
