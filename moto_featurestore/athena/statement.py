"""Classification of SQL statements by their first tokens. A kind of statement is, for example, QUERY or DDL.

https://docs.aws.amazon.com/athena/latest/ug/ddl-sql-reference.html lists the statements. The statement types were
measured on Athena by https://github.com/aoyagikouhei/athena-local. A type with the comment "assumed" was not measured.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from moto_featurestore.athena.errors import QueryFailed

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)|(?P<name>"(?:[^"]|"")*"|`[^`]*`)|(?P<text>'(?:[^']|'')*')|(?P<word>\w+)|(?P<other>.)""",
    re.DOTALL,
)
_QUERY_WORDS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "("})
"""The words with which a query can start."""


class Kind(Enum):
    """The kind of an SQL statement. It determines which function runs the statement."""

    QUERY = auto()
    EXPLAIN = auto()
    INSERT = auto()
    DELETE = auto()
    UPDATE = auto()
    MERGE = auto()
    CREATE_TABLE = auto()
    CREATE_TABLE_AS = auto()
    CREATE_VIEW = auto()
    UNLOAD = auto()
    PREPARE = auto()
    EXECUTE = auto()
    DEALLOCATE = auto()
    OPTIMIZE = auto()
    VACUUM = auto()
    DDL = auto()
    """A statement in Hive's dialect, such as SHOW TABLES. The package ddl parses it, not sqlglot."""
    UNKNOWN = auto()


class Token(NamedTuple):
    """A token of an SQL text. White space and comments are not tokens."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The token's text in upper case. Empty for a quoted name or a string, because these are never keywords."""
        return "" if self.kind in ("name", "text") else self.text.upper()

    @property
    def name(self) -> str:
        """The token's text. For a quoted name, the name without the quotes."""
        if self.kind != "name":
            return self.text
        quote = self.text[0]
        return self.text[1:-1].replace(quote * 2, quote)


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of an SQL text."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "blank":
            yield Token(match.lastgroup or "other", match[0], match.start(), match.end())


def without_comments(text: str) -> str:
    """Replace the comments in an SQL text by blanks, so that the positions of the other tokens do not change."""
    if "--" not in text and "/*" not in text:
        return text
    return _TOKEN.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0]) if match.lastgroup == "blank" else match[0]


@dataclass(frozen=True)
class Statement:
    """An SQL statement with its kind, and other data from its first tokens."""

    kind: Kind
    text: str
    """The SQL text with blanks in place of comments, and without the final semicolon."""
    name: str = ""
    """The name of the prepared statement, for PREPARE, EXECUTE and DEALLOCATE."""
    body: int = 0
    """The position of the query in CREATE and PREPARE, or of the values in EXECUTE. 0 for any other statement."""
    substatement_type: str | None = None
    """Athena's SubstatementType, or None if it is not known."""

    @property
    def statement_type(self) -> str:
        """Athena's StatementType: DML, DDL or UTILITY."""
        if self.kind in _DML:
            return "DML"
        if self.substatement_type and self.substatement_type.startswith(("SHOW_", "DESC")):
            return "UTILITY"
        return "DDL"


_DML = frozenset(
    {
        Kind.QUERY,
        Kind.EXPLAIN,
        Kind.INSERT,
        Kind.DELETE,
        Kind.UPDATE,
        Kind.MERGE,
        Kind.UNLOAD,
        Kind.VACUUM,
        Kind.UNKNOWN,
    }
)

_KINDS = {
    **dict.fromkeys(_QUERY_WORDS, Kind.QUERY),
    "EXPLAIN": Kind.EXPLAIN,
    "INSERT": Kind.INSERT,
    "DELETE": Kind.DELETE,
    "UPDATE": Kind.UPDATE,
    "MERGE": Kind.MERGE,
    "UNLOAD": Kind.UNLOAD,
    "OPTIMIZE": Kind.OPTIMIZE,
    "VACUUM": Kind.VACUUM,
}
_SUBSTATEMENT_TYPES = {
    Kind.QUERY: "SELECT",
    Kind.EXPLAIN: "EXPLAIN",
    Kind.INSERT: "INSERT",
    Kind.DELETE: "DELETE",
    Kind.UPDATE: "UPDATE",
    Kind.MERGE: "MERGE",
    Kind.UNLOAD: "UNLOAD",  # assumed
    Kind.OPTIMIZE: "OPTIMIZE",  # assumed
    Kind.VACUUM: "VACUUM",  # assumed
}
_DDL_TYPES = {
    "ALTER TABLE": None,
    "CREATE DATABASE": "CREATE_DATABASE",
    "CREATE SCHEMA": "CREATE_DATABASE",
    "DROP DATABASE": "DROP_DATABASE",
    "DROP SCHEMA": "DROP_DATABASE",
    "DROP TABLE": "DROP_TABLE",
    "DROP VIEW": "DROP_VIEW",  # assumed
    "MSCK REPAIR": "MSCK_REPAIR",
    "SHOW COLUMNS": "SHOW_COLUMNS",
    "SHOW CREATE TABLE": "SHOW_CREATE_TABLE",
    "SHOW CREATE VIEW": "SHOW_CREATE_VIEW",
    "SHOW DATABASES": "SHOW_DATABASES",
    "SHOW PARTITIONS": "SHOW_PARTITIONS",
    "SHOW SCHEMAS": "SHOW_DATABASES",
    "SHOW TABLES": "SHOW_TABLES",
    "SHOW TBLPROPERTIES": "SHOW_TABLE_PROPERTIES",
    "SHOW VIEWS": "SHOW_VIEWS",  # assumed
}
_DESCRIBE = frozenset({"DESCRIBE", "DESC"})


def read(text: str) -> Statement:
    """Read the first tokens of an SQL text, and return the statement with its kind.

    :raises QueryFailed: if the text is empty, or a PREPARE, EXECUTE or DEALLOCATE statement is malformed
    """
    original, text = text.rstrip(), without_comments(text).rstrip("; \t\r\n")
    tokens = tokens_of(text)
    first = next(tokens, None)
    if first is None:
        raise _unexpected(None, original)
    if reader := _READERS.get(first.word):
        return reader(text, tokens)
    if kind := _KINDS.get(first.word):
        return Statement(kind, text, substatement_type=_SUBSTATEMENT_TYPES.get(kind))
    return _ddl(text, first, tokens)


def _ddl(text: str, first: Token, tokens: Iterator[Token]) -> Statement:
    if first.word in _DESCRIBE:
        return Statement(Kind.DDL, text, substatement_type="DESCRIBE_TABLE")
    words = [first.word, *(token.word for token, _ in zip(tokens, range(2), strict=False))]
    for count in (3, 2):
        if (head := " ".join(words[:count])) in _DDL_TYPES:
            return Statement(Kind.DDL, text, substatement_type=_DDL_TYPES[head])
    return Statement(Kind.UNKNOWN, text)


def _create(text: str, tokens: Iterator[Token]) -> Statement:
    what = next(tokens, None)
    while what is not None and what.word in ("OR", "REPLACE", "EXTERNAL"):
        what = next(tokens, None)
    word = what.word if what is not None else ""
    if word == "VIEW":
        return Statement(Kind.CREATE_VIEW, text, body=_after_as(tokens), substatement_type="CREATE_VIEW")  # assumed
    if word == "TABLE":
        if body := _after_as(tokens):
            return Statement(Kind.CREATE_TABLE_AS, text, body=body, substatement_type="CREATE_TABLE_AS_SELECT")
        return Statement(Kind.CREATE_TABLE, text, substatement_type="CREATE_TABLE")
    if word in ("DATABASE", "SCHEMA"):
        return Statement(Kind.DDL, text, substatement_type="CREATE_DATABASE")
    return Statement(Kind.UNKNOWN, text)


def _after_as(tokens: Iterator[Token]) -> int:
    """Return the position of the query after the keyword AS, or 0 if no query follows AS."""
    depth, end = 0, 0
    for token in tokens:
        if end and token.word in _QUERY_WORDS:
            return end
        depth += (token.text == "(") - (token.text == ")")
        end = token.end if token.word == "AS" and depth == 0 else 0
    return 0


def _prepare(text: str, tokens: Iterator[Token]) -> Statement:
    name, keyword = next(tokens, None), next(tokens, None)
    if name is None or keyword is None or keyword.word != "FROM":
        raise _unexpected(keyword or name, text, "FROM" if name else "<identifier>")
    return Statement(Kind.PREPARE, text, name.name, keyword.end)


def _execute(text: str, tokens: Iterator[Token]) -> Statement:
    name, keyword = next(tokens, None), next(tokens, None)
    if name is None:
        raise _unexpected(None, text, "<identifier>")
    if keyword is None:
        return Statement(Kind.EXECUTE, text, name.name)
    if keyword.word != "USING":
        raise _unexpected(keyword, text, "USING")
    return Statement(Kind.EXECUTE, text, name.name, keyword.end)


def _deallocate(text: str, tokens: Iterator[Token]) -> Statement:
    keyword, name, more = next(tokens, None), next(tokens, None), next(tokens, None)
    if keyword is None or keyword.word != "PREPARE" or name is None:
        raise _unexpected(keyword, text, "PREPARE")
    if more is not None:
        raise _unexpected(more, text, "<EOF>")
    return Statement(Kind.DEALLOCATE, text, name.name)


def _unexpected(token: Token | None, text: str, expected: str = "") -> QueryFailed:
    start = len(text) if token is None else token.start
    place = f"line {text.count(chr(10), 0, start) + 1}:{start - text.rfind(chr(10), 0, start)}"
    actual = "<EOF>" if token is None else token.text
    if expected:
        actual = f"{actual}'. Expecting: {expected if expected.startswith('<') else repr(expected)}"
        return QueryFailed("SYNTAX_ERROR", f"{place}: mismatched input '{actual}")
    return QueryFailed("SYNTAX_ERROR", f"{place}: mismatched input '{actual}'")


_READERS = {"CREATE": _create, "PREPARE": _prepare, "EXECUTE": _execute, "DEALLOCATE": _deallocate}
