"""The parsers of json_exists(), json_query(), json_value(), json_array() and json_object().

https://trino.io/docs/current/functions/json.html

sqlglot cannot parse most clauses of these functions. Each parser returns an expression that calls a function of
``json_functions``, often inside a cast. The ``meta`` of this call contains the parsed clauses.
"""

import json
from collections.abc import Callable
from typing import Any, NoReturn

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import TokenType

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.language.json_functions import ENCODINGS
from moto_featurestore.athena.language.json_paths import PathSyntaxError, UnsupportedPathError, compile_path
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call
from moto_featurestore.athena.language.type_families import WHOLE_NUMBERS, is_one_of

_CLAUSES = "moto_featurestore_clauses"
"""The key in the ``meta`` of a call under which its clauses are stored."""
_RETURN_JSON = ("json_array", "json_object", "json_query")


def unexpected_token(parser: Any) -> NoReturn:
    """Raise the syntax error for the token at which the parser stopped."""
    token = parser._curr or parser._prev
    raise ParseError.new(
        "unexpected token",
        description="unexpected token",
        line=token.line,
        col=token.col,
        highlight=token.text if parser._curr else None,
    )


def _named(name: str, parse: Callable[[Any, str, Any], exp.Expr]) -> Callable[[Any], exp.Expr]:
    """Return a function that takes sqlglot's parser, and parses a call of the SQL function ``name``.

    :param parse: function that takes sqlglot's parser, the name, and the token of the name for the position in errors
    """
    return lambda parser: parse(parser, name, parser._tokens[parser._index - 2])


def _call(name: str, token: Any, arguments: list[Any], clauses: dict[str, Any]) -> exp.Anonymous:
    node = exp.Anonymous(this=name, expressions=arguments)
    node.update_positions(token)
    node.meta[_CLAUSES] = clauses
    return node


def _format(parser: Any, value: Any) -> str | None:
    """Parse an optional clause, such as ``FORMAT JSON ENCODING UTF16``. Return the encoding of the JSON value.

    If the clause is missing, return ``UTF8`` for a call of json_array(), json_object() or json_query(), otherwise None.

    :param value: the expression before the clause
    """
    if parser._match_text_seq("FORMAT", "JSON"):
        return _encoding(parser)
    is_json = isinstance(value, exp.Anonymous) and value.name.lower() in _RETURN_JSON
    return "UTF8" if is_json else None


def _encoding(parser: Any) -> str:
    if not parser._match_text_seq("ENCODING"):
        return "UTF8"
    name = parser._parse_var(any_token=True)
    if name is None or name.name.upper() not in ENCODINGS:
        unexpected_token(parser)
    return str(name.name.upper())


def _value(parser: Any) -> exp.Expr:
    value: exp.Expr | None = parser._parse_disjunction()
    return value if value is not None else unexpected_token(parser)


def _passed(parser: Any) -> tuple[exp.Expr, str | None, str]:
    """Parse ``value AS name`` in the clause PASSING. Return (value, encoding, name).

    Convert an unquoted name to upper case. The encoding is None if the value is not JSON.
    """
    value = _value(parser)
    form = _format(parser, value)
    if not parser._match(TokenType.ALIAS):
        unexpected_token(parser)
    name = parser._parse_id_var()
    return value, form, name.name if name.args.get("quoted") else name.name.upper()


def _with_path(parser: Any) -> tuple[list[exp.Expr], dict[str, Any]]:
    """Parse the JSON input, the path and the PASSING clause. Return the argument expressions and the clauses."""
    value = _value(parser)
    form = _format(parser, value) or "UTF8"
    if not parser._match(TokenType.COMMA):
        unexpected_token(parser)
    path = parser._parse_string() or unexpected_token(parser)
    passed = parser._parse_csv(lambda: _passed(parser)) if parser._match_text_seq("PASSING") else []
    clauses = {
        "path": path.name,
        "formats": [form, *(form for _, form, _ in passed)],
        "names": [name for _, _, name in passed],
    }
    _check_path(clauses, path)
    return [value, *(value for value, _, _ in passed)], clauses


def _check_path(clauses: dict[str, Any], node: exp.Expr) -> None:
    try:
        path = compile_path(clauses["path"])
    except UnsupportedPathError as error:
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support {error}", node) from None
    except PathSyntaxError as error:
        raise QueryFailed("SYNTAX_ERROR", f"Invalid JSON path: {error}", node) from None
    for name in sorted(path.variables - set(clauses["names"])):
        raise QueryFailed("INVALID_PATH", f"no value passed for parameter {name}", node)


def _on(parser: Any, event: str, choices: tuple[str, ...]) -> tuple[str | None, exp.Expr | None]:
    """Parse an optional clause, such as ``NULL ON EMPTY``. Return the choice, and the expression after DEFAULT if any.

    Return (None, None) if the clause is missing.

    :param event: last word of the clause, such as ``EMPTY``
    :param choices: allowed words before ON, such as ``NULL``
    """
    for choice in choices:
        if parser._match_text_seq(*choice.split(), "ON", event):
            return choice, None
    start = parser._index
    if "DEFAULT" in choices and parser._match_text_seq("DEFAULT"):
        value = _value(parser)
        if parser._match_text_seq("ON", event):
            return "DEFAULT", value
        parser._retreat(start)
    return None, None


def _json_exists(parser: Any, name: str, token: Any) -> exp.Expr:
    arguments, clauses = _with_path(parser)
    clauses["on_error"] = _on(parser, "ERROR", ("TRUE", "FALSE", "UNKNOWN", "ERROR"))[0] or "FALSE"
    return exp.cast(_call(name, token, arguments, clauses), "BOOLEAN")


def _json_query(parser: Any, name: str, token: Any) -> exp.Expr:
    arguments, clauses = _with_path(parser)
    returned = _returned(parser)
    clauses["wrapper"] = _wrapper(parser)
    if parser._match_text_seq("OMIT", "QUOTES"):
        clauses["quotes"] = "OMIT"
    elif parser._match_text_seq("KEEP", "QUOTES"):
        clauses["quotes"] = "KEEP"
    if "quotes" in clauses:
        parser._match_text_seq("ON", "SCALAR", "STRING")
    choices = ("ERROR", "NULL", "EMPTY ARRAY", "EMPTY OBJECT")
    clauses["on_empty"] = _on(parser, "EMPTY", choices)[0] or "NULL"
    clauses["on_error"] = _on(parser, "ERROR", choices)[0] or "NULL"
    return _returning(_call(name, token, arguments, clauses), returned)


def _wrapper(parser: Any) -> str:
    wrapper = "WITHOUT"
    if parser._match_text_seq("WITHOUT"):
        pass
    elif parser._match_text_seq("WITH"):
        wrapper = "CONDITIONAL" if parser._match_text_seq("CONDITIONAL") else "UNCONDITIONAL"
        parser._match_text_seq("UNCONDITIONAL")
    else:
        return wrapper
    parser._match_text_seq("ARRAY")
    if not parser._match_text_seq("WRAPPER"):
        unexpected_token(parser)
    return wrapper


def _returned(parser: Any) -> tuple[exp.DataType | None, str]:
    """Parse an optional clause ``RETURNING type FORMAT JSON ENCODING ...``. Return the type and the encoding.

    If the clause is missing, the type is None. The default encoding is ``UTF8``.
    """
    if not parser._match_text_seq("RETURNING"):
        return None, "UTF8"
    kind = parser._parse_types() or unexpected_token(parser)
    return kind, _encoding(parser) if parser._match_text_seq("FORMAT", "JSON") else "UTF8"


def _returning(node: exp.Anonymous, returned: tuple[exp.DataType | None, str]) -> exp.Expr:
    kind, encoding = returned
    if kind is None:
        return node
    if kind.this == exp.DType.VARBINARY:
        node.meta[_CLAUSES]["encoding"] = encoding
        return exp.Anonymous(this="from_hex", expressions=[node])
    return exp.Cast(this=node, to=kind)


def _json_value(parser: Any, name: str, token: Any) -> exp.Expr:
    """Parse json_value(). Return an expression that converts the result of ``json_functions.json_value()`` to SQL.

    The Python function returns ``0`` and the value's text, ``1`` if the path finds no item, or ``2`` for an error.
    """
    arguments, clauses = _with_path(parser)
    kind, _ = _returned(parser)
    choices = ("ERROR", "NULL", "DEFAULT")
    clauses["on_empty"], if_empty = _on(parser, "EMPTY", choices)
    clauses["on_error"], if_error = _on(parser, "ERROR", choices)
    kind = kind or exp.DataType.build("VARCHAR")
    clauses["is_whole"] = is_one_of(kind, WHOLE_NUMBERS)
    node = _call(name, token, arguments, clauses)
    text = exp.Substring(this=node.copy(), start=exp.Literal.number(2))
    to = exp.Cast if clauses["on_error"] == "ERROR" else exp.TryCast
    value: exp.Expr = to(this=text, to=kind)
    if if_error is not None:
        value = exp.Coalesce(this=value, expressions=[if_error.copy()])
    digit = exp.Substring(this=node.copy(), start=exp.Literal.number(1), length=exp.Literal.number(1))
    branches = [
        exp.If(this=digit.eq(exp.Literal.string(mark)), true=exp.Cast(this=other or exp.null(), to=kind.copy()))
        for mark, other in (("1", if_empty), ("2", if_error))
    ]
    missing = exp.If(this=node.is_(exp.null()), true=exp.Cast(this=exp.null(), to=kind.copy()))
    return exp.Case(ifs=[missing, *branches], default=value)


def _element(parser: Any) -> tuple[exp.Expr, str | None]:
    value = _value(parser)
    return value, _format(parser, value)


def _entry(parser: Any) -> tuple[exp.Expr, exp.Expr, str | None]:
    parser._match_text_seq("KEY")
    key = parser._parse_bitwise() or unexpected_token(parser)
    if not parser._match(TokenType.COLON) and not parser._match_text_seq("VALUE"):
        unexpected_token(parser)
    return key, *_element(parser)


def _is_end(parser: Any) -> bool:
    return parser._curr is not None and parser._curr.token_type == TokenType.R_PAREN


def _json_array(parser: Any, name: str, token: Any) -> exp.Expr:
    elements = [] if _is_end(parser) else parser._parse_csv(lambda: _element(parser))
    clauses = {
        "formats": [form for _, form in elements],
        "on_null": _on(parser, "NULL", ("NULL", "ABSENT"))[0] or "ABSENT",
    }
    returned = _returned(parser)
    return _returning(_call(name, token, [value for value, _ in elements], clauses), returned)


def _json_object(parser: Any, name: str, token: Any) -> exp.Expr:
    entries = [] if _is_end(parser) else parser._parse_csv(lambda: _entry(parser))
    clauses: dict[str, Any] = {
        "formats": [form for *_, form in entries],
        "on_null": _on(parser, "NULL", ("NULL", "ABSENT"))[0] or "NULL",
    }
    clauses["unique"] = parser._match_text_seq("WITH", "UNIQUE")
    if clauses["unique"] or parser._match_text_seq("WITHOUT", "UNIQUE"):
        parser._match_text_seq("KEYS")
    returned = _returned(parser)
    arguments = [part for key, value, _ in entries for part in (key, value)]
    return _returning(_call(name, token, arguments, clauses), returned)


def _json_table(_parser: Any, _name: str, _token: Any) -> exp.Expr:
    raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support the function 'json_table'")


PARSERS = {
    "JSON_ARRAY": _named("json_array", _json_array),
    "JSON_EXISTS": _named("json_exists", _json_exists),
    "JSON_OBJECT": _named("json_object", _json_object),
    "JSON_QUERY": _named("json_query", _json_query),
    "JSON_TABLE": _named("json_table", _json_table),
    "JSON_VALUE": _named("json_value", _json_value),
}
"""A dict from function name to parser, for the attribute FUNCTION_PARSERS of the dialect's parser."""


def _python_call(node: exp.Anonymous, _: Translation) -> exp.Expr:
    clauses = exp.Literal.string(json.dumps(node.meta[_CLAUSES]))
    return call("athena_python", exp.Literal.string(node.name), clauses, *node.expressions)


BY_NAME: dict[str, Rewrite] = dict.fromkeys(
    ("json_array", "json_exists", "json_object", "json_query", "json_value"), _python_call
)
