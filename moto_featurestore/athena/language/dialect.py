"""Athena's two SQL dialects, as subclasses of sqlglot's: Trino for queries, Hive for CREATE TABLE.

The subclasses are stricter than sqlglot's dialects. For a statement that a dialect cannot parse, sqlglot returns a
``Command`` expression and logs a warning. The subclasses raise a syntax error with the position instead.
"""

import re
from typing import Any, NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.dialects.hive import Hive
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.expressions import DType

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.function_calls import UNKNOWN_TO_SQLGLOT
from moto_featurestore.athena.language.sql_json import PARSERS, unexpected_token
from moto_featurestore.athena.language.type_families import decimal


def _decimal_literal(parser: Any, literal: exp.Expr, _data_type: exp.DataType) -> exp.Expr:
    """Translate a literal, such as ``DECIMAL '1.50'``, to a cast to ``decimal(3, 2)``.

    The number of digits in the literal determines the precision and the scale. Leading zeros count as digits.

    https://trino.io/docs/current/functions/decimal.html#decimal-literals
    """
    text = literal.name.strip().lstrip("+-")
    whole, _, fraction = text.partition(".")
    if not (whole + fraction).isdecimal():
        unexpected_token(parser)
    return exp.Cast(this=literal, to=decimal(len(whole) + len(fraction), len(fraction)))


_NAME_IN_BRACKETS = re.compile(r"\[([A-Za-z_]\w*)\]")


class AthenaTrino(Trino):
    """The SQL dialect of queries."""

    SUPPORTS_USER_DEFINED_TYPES = True  # parse an unknown type name; check_syntax() then raises TYPE_NOT_FOUND

    NUMBERS_CAN_BE_UNDERSCORE_SEPARATED = True
    """True, because numbers can contain underscores: ``10_000``, https://trino.io/docs/current/language/types.html."""

    def to_json_path(self, path: exp.Expr | None) -> exp.Expr | None:
        """Parse a JSON path. Unlike sqlglot, also accept a name in brackets without quotes, such as ``$[a]``."""
        if isinstance(path, exp.Literal) and path.is_string:
            path = exp.Literal.string(_NAME_IN_BRACKETS.sub(r'["\1"]', path.name))
        return super().to_json_path(path)

    class Tokenizer(Trino.Tokenizer):  # noqa: D106
        COMMANDS = set()  # noqa: RUF012 - as in sqlglot

    class Parser(Trino.Parser):  # type: ignore[misc, valid-type]  # noqa: D106
        TYPE_LITERAL_PARSERS = {**Trino.Parser.TYPE_LITERAL_PARSERS, DType.DECIMAL: _decimal_literal}  # noqa: RUF012
        FUNCTIONS = {name: make for name, make in Trino.Parser.FUNCTIONS.items() if name not in UNKNOWN_TO_SQLGLOT}  # noqa: RUF012
        FUNCTION_PARSERS = {**{k: v for k, v in Trino.Parser.FUNCTION_PARSERS.items() if k != "CHAR"}, **PARSERS}  # noqa: RUF012

        def _parse_as_command(self, _: Any) -> NoReturn:
            unexpected_token(self)


class AthenaHive(Hive):
    """The SQL dialect of CREATE TABLE."""

    class Tokenizer(Hive.Tokenizer):  # noqa: D106
        COMMANDS = set()  # noqa: RUF012

    class Parser(Hive.Parser):  # type: ignore[misc, valid-type]  # noqa: D106
        def _parse_as_command(self, _: Any) -> NoReturn:
            unexpected_token(self)


_TRINO, _HIVE = AthenaTrino(), AthenaHive()


def parse_query(text: str) -> exp.Expr:
    """Parse an SQL text that contains one statement.

    :raises QueryFailed: if the text is not valid SQL, or does not contain exactly one statement
    """
    tree = _parse(text, _TRINO)
    return _balanced(tree) if len(text) > _LONG else tree


_LONG, _CHAIN = 4000, 64


def _balanced(tree: exp.Expr) -> exp.Expr:
    """Convert long chains of AND or OR in a query to balanced trees. Return the query.

    sqlglot's tree for a chain is as deep as the chain is long, and sqlglot searches the ancestors of each operand.
    Without this conversion, a chain of thousands of operands takes minutes.
    """
    for node in list(tree.find_all(exp.And, exp.Or)):
        kind = type(node)
        if type(node.parent) is kind and node.arg_key == "this":
            continue
        operands: list[exp.Expr] = []
        part: exp.Expr = node
        while type(part) is kind:
            operands.append(part.args["expression"])
            part = part.this
        operands.append(part)
        if len(operands) > _CHAIN:
            balanced = _tree_of(kind, [operand.pop() for operand in reversed(operands)])
            node.set("this", balanced.this)
            node.set("expression", balanced.args["expression"])
    return tree


def _tree_of(kind: type[exp.Expr], operands: list[exp.Expr]) -> exp.Expr:
    if len(operands) == 1:
        return operands[0]
    middle = len(operands) // 2
    return kind(this=_tree_of(kind, operands[:middle]), expression=_tree_of(kind, operands[middle:]))


def parse_table(text: str) -> exp.Expr:
    """Parse a CREATE TABLE statement in Hive's dialect.

    :raises QueryFailed: if the text is not valid SQL
    """
    return _parse(text, _HIVE)


def _parse(text: str, dialect: Any) -> exp.Expr:
    try:
        trees = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    except ParseError as error:
        raise _syntax_error(error, text) from None
    except SqlglotError as error:
        raise QueryFailed("SYNTAX_ERROR", str(error).partition("\n")[0]) from None
    except RecursionError:
        # https://github.com/trinodb/trino, SqlParser: Trino's message if the stack overflows during parsing.
        raise QueryFailed("STACK_OVERFLOW", "statement is too large (stack overflow while parsing)") from None
    if len(trees) != 1:
        raise QueryFailed("", f"Only one sql statement is allowed. Got: {text}")
    return trees[0]


def _syntax_error(error: ParseError, text: str) -> QueryFailed:
    [first, *_] = error.errors
    highlight = first["highlight"]
    if first.get("line") and highlight:
        place = f"line {first['line']}:{max(first['col'] - len(highlight) + 1, 1)}"
    else:
        end = text.rstrip()
        place = f"line {end.count(chr(10)) + 1}:{len(end) - end.rfind(chr(10))}"
    return QueryFailed("SYNTAX_ERROR", f"{place}: mismatched input '{highlight or '<EOF>'}'")
