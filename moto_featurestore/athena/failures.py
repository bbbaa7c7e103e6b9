"""Translation of DuckDB's errors to Athena's errors."""

import re
from collections.abc import Callable

import duckdb
from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed, QueryStopped
from moto_featurestore.athena.filesystem import PROTOCOL
from moto_featurestore.athena.language.analysis import column_not_found, find_column
from moto_featurestore.athena.language.unsupported import WRITTEN

_AMBIGUOUS = re.compile('Ambiguous reference to column name "(.+?)"')
_NO_COLUMN = re.compile(
    r'Referenced column "(.+?)" not found|does not have a column named "(.+?)"|column "(.+?)" that exists'
    r'|Referenced column "(.+?)" was not found|Column "(.+?)" referenced that exists in the SELECT clause',
    re.DOTALL,
)
_NO_TABLE = re.compile('Referenced table "(.+?)" not found')
_NO_FIELD = re.compile('Could not find key "(.+?)" in struct')
_NOT_GROUPED = re.compile('column "(.+?)" must appear in the GROUP BY clause')
_NO_WINDOW = re.compile("Window functions are not supported here")
_IN_PARQUET = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "DATE"), "INT32"),
    **dict.fromkeys(("BIGINT", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), "INT64"),
    **dict.fromkeys(("VARCHAR", "BLOB"), "BINARY"),
}
_IN_HIVE = {"INTEGER": "int", "VARCHAR": "string", "BLOB": "binary"}
_TYPES = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "BOOL": "BOOLEAN"}
_INTEGERS = {"8": "tinyint", "16": "smallint", "32": "integer", "64": "bigint"}
_FUNCTIONS = {
    **dict.fromkeys(("arg_max", "arg_max_null"), "max_by"),
    **dict.fromkeys(("arg_min", "arg_min_null"), "min_by"),
    **dict.fromkeys(("array_extract", "list_extract"), "element_at"),
    **dict.fromkeys(("len", "octet_length"), "length"),
    "&": "bitwise_and",
    "|": "bitwise_or",
    "approx_quantile": "approx_percentile",
    "date_sub": "date_diff",
    "list": "array_agg",
    "str_split": "split",
    "strftime": "date_format",
    "strptime": "date_parse",
}
"""A dict from DuckDB's function names to Athena's."""
_TRINO = {
    "blob": "varbinary",
    "string_literal": "varchar",
    "integer_literal": "integer",
    "float": "real",
    "timestamp_ns": "timestamp",
}


def _types(types: str) -> str:
    """Translate a comma-separated list of DuckDB's type names to Trino's type names."""
    text = re.sub(r"[a-z_]+", lambda match: _TRINO.get(match[0], match[0]), types.lower())
    while (arrays := re.sub(r"([\w ]+(?:\([^()]*\))?)\[\d*\]", r"array(\1)", text)) != text:
        text = arrays
    return text.replace("struct(", "row(")


_Message = Callable[[re.Match[str]], tuple[str, str]]
"""A function that returns Athena's error name and message for a match of DuckDB's message."""


def _says(name: str, text: str) -> _Message:
    """Return a function that takes a match of DuckDB's message, and returns ``name`` and Athena's message.

    :param name: Athena's error name
    :param text: template of Athena's message: ``{0[1]}`` is the first group of the match, ``{types[1]}`` is the Trino
        type that the first group names, and ``{sentence}`` is DuckDB's message
    """

    def message(match: re.Match[str]) -> tuple[str, str]:
        types = [_types(group or "") for group in (match[0], *match.groups())]
        return name, text.format(match, types=types, sentence=_sentence(match.string))

    return message


def _bad_parquet(match: re.Match[str]) -> tuple[str, str]:
    stored, defined = _IN_PARQUET.get(match[2], match[2]), _IN_HIVE.get(match[3], match[3].lower())
    reason = f"Field {match[1]}'s type {stored} in parquet is incompatible with type {defined} defined in table schema"
    return "HIVE_BAD_DATA", reason


def _bad_arguments(match: re.Match[str]) -> tuple[str, str]:
    function = _FUNCTIONS.get(match[1], match[1].lower())
    return "FUNCTION_NOT_FOUND", f"Unexpected parameters ({_types(match[2])}) for function {function}"


def _overflow(match: re.Match[str]) -> tuple[str, str]:
    kind = _INTEGERS.get(match[2], "bigint")
    return "NUMERIC_VALUE_OUT_OF_RANGE", f"{kind} {match[1]} overflow: {match[3]}"


def _raised(match: re.Match[str]) -> tuple[str, str]:
    return "DIVISION_BY_ZERO" if match[2] == "Division by zero" else match[1], match[2]


def _bad_cast(match: re.Match[str]) -> tuple[str, str]:
    return "INVALID_CAST_ARGUMENT", f"Cannot cast '{match[1]}' to {_TYPES.get(match[2], match[2])}"


_TRANSLATIONS: list[tuple[str, _Message]] = [
    # https://github.com/aws/aws-sdk-pandas/issues/57: Athena's error for a Parquet type that differs from Glue's
    ('failed to cast column "(.+?)" from type (.+?) to (.+?): ', _bad_parquet),
    (
        "Cannot compare values of type (.+?) and type (.+?) - an",
        _says("TYPE_MISMATCH", "Cannot apply operator: {types[1]} = {types[2]}"),
    ),
    ("Cannot mix values of type", _says("TYPE_MISMATCH", "{sentence}")),
    (r"arguments? types? '(.+?)\((.*?)\)'", _bad_arguments),
    # https://github.com/trinodb/trino, BigintOperators and IntegerOperators
    (r"Overflow in (\w+) of INT(\d+) \((.+)\)!", _overflow),
    (  # the wording is assumed
        r"""(?:Could not cast|Casting) value "?([^" ]+)"? to (?:type )?DECIMAL\((\d+),(\d+)\)""",
        _says("INVALID_CAST_ARGUMENT", "Cannot cast '{0[1]}' to DECIMAL({0[2]}, {0[3]})"),
    ),
    (
        r"Unimplemented type for cast \((.+) -> (.+?)\)(?: when|$|\n)",
        _says("TYPE_MISMATCH", "Cannot cast {types[1]} to {types[2]}"),
    ),
    (
        r"Type (\S+) with value '.*' can't be cast to the destination type (.+?)(?: when|$|\n)",
        _says("TYPE_MISMATCH", "Cannot cast {types[1]} to {types[2]}"),
    ),
    (  # https://github.com/trinodb/trino, AnalyzerUtil and StatementAnalyzer
        "(WHERE|GROUP BY|HAVING) clause cannot contain (?:aggregates|window functions)",
        _says(
            "EXPRESSION_NOT_SCALAR",
            "{0[1]} clause cannot contain aggregations, window functions or grouping operations",
        ),
    ),
    (
        "aggregate function calls cannot be nested",
        _says("NESTED_AGGREGATION", "Cannot nest aggregations inside aggregation"),
    ),
    (
        "More than one row returned by a subquery",
        _says("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"),
    ),
    (
        r"Subquery returns \d+ columns",
        _says("NOT_SUPPORTED", "moto_featurestore does not support a scalar subquery of several columns"),
    ),
    (
        'Duplicate CTE name "(.+?)"',
        _says("DUPLICATE_NAMED_QUERY", "WITH query name '{0[1]}' specified more than once"),
    ),
    (
        r"UNNEST\(\) can only be applied to .+, not (\S+)",
        _says("TYPE_MISMATCH", "Cannot unnest type: {types[1]}"),
    ),
    (
        "Cannot extract field '(.+?)' from expression \"(.+?)\"",
        _says("TYPE_MISMATCH", "Expression {0[2]} is not of type ROW"),
    ),
    ("Invalid escape string", _says("INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character")),
    (
        "Like pattern must not end with escape character",
        _says(
            "INVALID_FUNCTION_ARGUMENT",
            "Escape character must be followed by '%', '_' or the escape character itself",
        ),
    ),
    ("Unknown TimeZone '(.+?)'", _says("INVALID_FUNCTION_ARGUMENT", "Time zone not supported: {0[1]}")),
    (
        r"Could not parse string (\".*\") according to format specifier",
        _says("INVALID_FUNCTION_ARGUMENT", "Invalid format: {0[1]}"),
    ),
    (
        "Could not decode string .* as base64|Invalid input for hex digit",
        _says("INVALID_FUNCTION_ARGUMENT", "{sentence}"),
    ),
    (
        "could not convert blob to UTF8 string",
        _says("NOT_SUPPORTED", "moto_featurestore supports only bytes that are valid UTF-8 here"),
    ),
    (
        "Cardinality can only operate on",
        _says("FUNCTION_NOT_FOUND", "Unexpected parameters for function cardinality"),
    ),
    # the error of the macro athena_failure, which uses a failing cast, because TRY does not catch DuckDB's error()
    ("Could not convert string '(INVALID_(?:CAST|FUNCTION)_ARGUMENT|NOT_SUPPORTED): (.+)' to INT64", _raised),
    (  # https://github.com/trinodb/trino, JsonFunctions
        r'Malformed JSON at byte \d+ of input: .+?\.\s+Input: "(.*)"',
        _says("INVALID_FUNCTION_ARGUMENT", "Cannot convert value to JSON: '{0[1]}'"),
    ),
    (  # the errors that the translated SQL raises, and the errors of the Python functions
        (
            "(HIVE_BAD_DATA|INVALID_CAST_ARGUMENT|INVALID_FUNCTION_ARGUMENT|JSON_[A-Z_]+_ERROR|NOT_SUPPORTED"
            "|PATH_EVALUATION_ERROR): ([^\n]+)"
        ),
        _raised,
    ),
    (  # https://github.com/trinodb/trino, VarcharToTimestampCast and DateOperators
        r"""(?:invalid )?(date|timestamp) field (?:format|value out of range): "(?:no \w+: )?(.*?)"(?:, expected|$|\n| when)""",
        _says("INVALID_CAST_ARGUMENT", "Value cannot be cast to {0[1]}: {0[2]}"),
    ),
    (r"""Could not convert string ['"](?:no whole number: |no boolean: )?(.*)['"] to (\w+)""", _bad_cast),
    ("TRY can not be used", _says("NOT_SUPPORTED", "moto_featurestore does not support this expression inside TRY")),
    (  # features of Java's regular expressions that RE2 lacks: lookaheads, back references
        "invalid perl operator|invalid escape sequence",
        _says("NOT_SUPPORTED", "moto_featurestore supports only RE2's regular expressions, not Java's: {sentence}"),
    ),
    # https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-service-level-considerations.html
    ("^Out of Memory Error", _says("", "Query exhausted resources at this scale factor")),
    ("Division by zero", _says("DIVISION_BY_ZERO", "Division by zero")),
]
"""Patterns of DuckDB's messages, each with a function that returns Athena's error name and message.

The patterns are strings, so that Python compiles them only when a query fails.
"""
_SENTENCE = re.compile(r"^(?:\w+ )+Error: (.+?)(?:\n|$)", re.DOTALL)


def failure(error: duckdb.Error, tree: exp.Expr | None) -> QueryFailed:
    """Return Athena's error for an error of DuckDB.

    If Athena's message is not known, keep DuckDB's message.

    :param tree: the parsed query, or None if it was not parsed
    """
    message = str(error)
    if isinstance(error, duckdb.InterruptException):
        return QueryStopped()
    if match := _AMBIGUOUS.search(message):
        node = find_column(tree, match[1]) if tree is not None else None
        return QueryFailed("AMBIGUOUS_NAME", f"Column '{match[1].lower()}' is ambiguous", node)
    if match := _NO_COLUMN.search(message):
        name = next(filter(None, match.groups()))
        return column_not_found(name, find_column(tree, name) if tree is not None else None)
    if tree is not None and (failed := _error_of_expression(message, tree)):
        return failed
    for pattern, translate in _TRANSLATIONS:
        if match := re.search(pattern, message, re.DOTALL):
            return QueryFailed(*translate(match))
    return QueryFailed(_kind(error, message), _sentence(message))


def _error_of_expression(message: str, tree: exp.Expr) -> QueryFailed | None:
    """Return Athena's error if DuckDB's message is about a table, field or window function of the query, else None.

    Source: https://github.com/trinodb/trino, AggregationAnalyzer, StatementAnalyzer and ExpressionAnalyzer
    """
    if match := _NO_TABLE.search(message):
        table = match[1].rpartition(".")[2].lower()
        column = next((column for column in tree.find_all(exp.Column) if column.table.lower() == table), None)
        return column_not_found(match[1], column)
    if match := _NO_FIELD.search(message):
        return column_not_found(match[1], find_column(tree, match[1]))
    if match := _NOT_GROUPED.search(message):
        reason = f"'{match[1]}' must be an aggregate expression or appear in GROUP BY clause"
        return QueryFailed("EXPRESSION_NOT_AGGREGATE", reason, find_column(tree, match[1]))
    if _NO_WINDOW.search(message):
        function = next((node for node in tree.find_all(exp.Func) if node.meta.get(WRITTEN) in _OF_WINDOWS), None)
        name = function.meta[WRITTEN] if function is not None else ""
        return QueryFailed("MISSING_OVER", f"Window function {name} requires an OVER clause", function)
    return None


_OF_WINDOWS = frozenset(
    [
        "cume_dist",
        "dense_rank",
        "first_value",
        "lag",
        "last_value",
        "lead",
        "nth_value",
        "ntile",
        "percent_rank",
        "rank",
        "row_number",
    ]
)


def _kind(error: duckdb.Error, message: str) -> str:
    if isinstance(error, duckdb.ConversionException):
        return "INVALID_CAST_ARGUMENT"
    if isinstance(error, duckdb.OutOfRangeException):
        return "NUMERIC_VALUE_OUT_OF_RANGE"
    if isinstance(error, duckdb.InvalidInputException):
        return "HIVE_BAD_DATA" if f"{PROTOCOL}://" in message else "INVALID_FUNCTION_ARGUMENT"
    if isinstance(error, duckdb.BinderException | duckdb.ParserException | duckdb.CatalogException):
        return "SYNTAX_ERROR"
    return "GENERIC_INTERNAL_ERROR"


def _sentence(message: str) -> str:
    match = _SENTENCE.match(message)
    text = match[1] if match else message.partition("\n")[0]
    return without_paths(text).strip()


def without_paths(text: str) -> str:
    """Replace the internal file paths in a DuckDB message by S3 URIs."""
    return re.sub(rf"{PROTOCOL}://\d+/", "s3://", text)
