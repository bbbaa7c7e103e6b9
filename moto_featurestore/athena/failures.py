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
_KINDS = {
    "blob": "varbinary",
    "string_literal": "varchar",
    "integer_literal": "integer",
    "float": "real",
    "timestamp_ns": "timestamp",
}


def _kinds(types: str) -> str:
    """Translate a comma-separated list of DuckDB's type names to Trino's type names."""
    text = re.sub(r"[a-z_]+", lambda match: _KINDS.get(match[0], match[0]), types.lower())
    while (arrays := re.sub(r"([\w ]+(?:\([^()]*\))?)\[\d*\]", r"array(\1)", text)) != text:
        text = arrays
    return text.replace("struct(", "row(")


_TRANSLATIONS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]]] = [
    (  # https://github.com/aws/aws-sdk-pandas/issues/57: Athena's error for a Parquet type that differs from Glue's
        re.compile('failed to cast column "(.+?)" from type (.+?) to (.+?): '),
        lambda match: (
            "HIVE_BAD_DATA",
            (
                f"Field {match[1]}'s type {_IN_PARQUET.get(match[2], match[2])} in parquet is incompatible with type"
                f" {_IN_HIVE.get(match[3], match[3].lower())} defined in table schema"
            ),
        ),
    ),
    (
        re.compile(r"Cannot compare values of type (.+?) and type (.+?) - an"),
        lambda match: ("TYPE_MISMATCH", f"Cannot apply operator: {match[1].lower()} = {match[2].lower()}"),
    ),
    (re.compile("Cannot mix values of type"), lambda match: ("TYPE_MISMATCH", _sentence(match.string))),
    (
        re.compile(r"arguments? types? '(.+?)\((.*?)\)'"),
        lambda match: (
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters ({_kinds(match[2])}) for function {_FUNCTIONS.get(match[1], match[1].lower())}",
        ),
    ),
    (  # https://github.com/trinodb/trino, BigintOperators and IntegerOperators
        re.compile(r"Overflow in (\w+) of INT(\d+) \((.+)\)!"),
        lambda match: (
            "NUMERIC_VALUE_OUT_OF_RANGE",
            f"{_INTEGERS.get(match[2], 'bigint')} {match[1]} overflow: {match[3]}",
        ),
    ),
    (  # the wording is assumed
        re.compile(r"""(?:Could not cast|Casting) value "?([^" ]+)"? to (?:type )?DECIMAL\((\d+),(\d+)\)"""),
        lambda match: ("INVALID_CAST_ARGUMENT", f"Cannot cast '{match[1]}' to DECIMAL({match[2]}, {match[3]})"),
    ),
    (
        re.compile(r"Unimplemented type for cast \((.+) -> (.+?)\)(?: when|$|\n)"),
        lambda match: ("TYPE_MISMATCH", f"Cannot cast {_kinds(match[1])} to {_kinds(match[2])}"),
    ),
    (
        re.compile(r"Type (\S+) with value '.*' can't be cast to the destination type (.+?)(?: when|$|\n)", re.DOTALL),
        lambda match: ("TYPE_MISMATCH", f"Cannot cast {_kinds(match[1])} to {_kinds(match[2])}"),
    ),
    (  # https://github.com/trinodb/trino, AnalyzerUtil and StatementAnalyzer
        re.compile("(WHERE|GROUP BY|HAVING) clause cannot contain (?:aggregates|window functions)"),
        lambda match: (
            "EXPRESSION_NOT_SCALAR",
            f"{match[1]} clause cannot contain aggregations, window functions or grouping operations",
        ),
    ),
    (
        re.compile("aggregate function calls cannot be nested"),
        lambda _: ("NESTED_AGGREGATION", "Cannot nest aggregations inside aggregation"),
    ),
    (
        re.compile("More than one row returned by a subquery"),
        lambda _: ("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"),
    ),
    (
        re.compile("Subquery returns \\d+ columns"),
        lambda _: ("NOT_SUPPORTED", "moto_featurestore does not support a scalar subquery of several columns"),
    ),
    (
        re.compile('Duplicate CTE name "(.+?)"'),
        lambda match: ("DUPLICATE_NAMED_QUERY", f"WITH query name '{match[1]}' specified more than once"),
    ),
    (
        re.compile(r"UNNEST\(\) can only be applied to .+, not (\S+)"),
        lambda match: ("TYPE_MISMATCH", f"Cannot unnest type: {_kinds(match[1])}"),
    ),
    (
        re.compile("Cannot extract field '(.+?)' from expression \"(.+?)\""),
        lambda match: ("TYPE_MISMATCH", f"Expression {match[2]} is not of type ROW"),
    ),
    (
        re.compile("Invalid escape string"),
        lambda _: ("INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character"),
    ),
    (
        re.compile("Like pattern must not end with escape character"),
        lambda _: (
            "INVALID_FUNCTION_ARGUMENT",
            "Escape character must be followed by '%', '_' or the escape character itself",
        ),
    ),
    (
        re.compile("Unknown TimeZone '(.+?)'"),
        lambda match: ("INVALID_FUNCTION_ARGUMENT", f"Time zone not supported: {match[1]}"),
    ),
    (
        re.compile(r"Could not parse string (\".*\") according to format specifier", re.DOTALL),
        lambda match: ("INVALID_FUNCTION_ARGUMENT", f"Invalid format: {match[1]}"),
    ),
    (
        re.compile("Could not decode string .* as base64|Invalid input for hex digit"),
        lambda match: ("INVALID_FUNCTION_ARGUMENT", _sentence(match.string)),
    ),
    (
        re.compile("could not convert blob to UTF8 string"),
        lambda _: ("NOT_SUPPORTED", "moto_featurestore does not read bytes that are no UTF-8"),
    ),
    (
        re.compile("Cardinality can only operate on"),
        lambda _: ("FUNCTION_NOT_FOUND", "Unexpected parameters for function cardinality"),
    ),
    (  # the error of the macro athena_failure, which uses a failing cast, because TRY does not catch DuckDB's error()
        re.compile(
            "Could not convert string '(INVALID_(?:CAST|FUNCTION)_ARGUMENT|NOT_SUPPORTED): (.+)' to INT64", re.DOTALL
        ),
        lambda match: (
            ("DIVISION_BY_ZERO" if match[2] == "Division by zero" else match[1]),
            match[2],
        ),
    ),
    (  # https://github.com/trinodb/trino, JsonFunctions
        re.compile(r'Malformed JSON at byte \d+ of input: .+?\.\s+Input: "(.*)"', re.DOTALL),
        lambda match: ("INVALID_FUNCTION_ARGUMENT", f"Cannot convert value to JSON: '{match[1]}'"),
    ),
    (  # the errors that the translated SQL raises, and the errors of the Python functions
        re.compile(
            "(HIVE_BAD_DATA|INVALID_CAST_ARGUMENT|INVALID_FUNCTION_ARGUMENT|JSON_[A-Z_]+_ERROR|NOT_SUPPORTED"
            "|PATH_EVALUATION_ERROR): ([^\n]+)"
        ),
        lambda match: (match[1], match[2]),
    ),
    (  # https://github.com/trinodb/trino, VarcharToTimestampCast and DateOperators
        re.compile(
            r"""(?:invalid )?(date|timestamp) field (?:format|value out of range): "(?:no \w+: )?(.*?)"(?:, expected|$|\n| when)""",
            re.DOTALL,
        ),
        lambda match: ("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {match[1]}: {match[2]}"),
    ),
    (
        re.compile(r"""Could not convert string ['"](?:no whole number: |no boolean: )?(.*)['"] to (\w+)""", re.DOTALL),
        lambda match: ("INVALID_CAST_ARGUMENT", f"Cannot cast '{match[1]}' to {_TYPES.get(match[2], match[2])}"),
    ),
    (
        re.compile("TRY can not be used"),
        lambda _: ("NOT_SUPPORTED", "moto_featurestore does not support what is within this TRY"),
    ),
    (  # features of Java's regular expressions that RE2 lacks: lookaheads, back references
        re.compile("invalid perl operator|invalid escape sequence"),
        lambda match: (
            "NOT_SUPPORTED",
            f"moto_featurestore's regular expressions are RE2's: {_sentence(match.string)}",
        ),
    ),
    (  # https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-service-level-considerations.html
        re.compile("^Out of Memory Error"),
        lambda _: ("", "Query exhausted resources at this scale factor"),
    ),
    (re.compile("Division by zero"), lambda _: ("DIVISION_BY_ZERO", "Division by zero")),
]
"""Patterns of DuckDB's messages, each with a function that returns Athena's error name and message."""
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
        if match := pattern.search(message):
            return QueryFailed(*translate(match))
    return QueryFailed(_kind(error, message), _sentence(message))


def _error_of_expression(message: str, tree: exp.Expr) -> QueryFailed | None:
    """Return Athena's error for a DuckDB message about a table, field or window function of the query, otherwise None.

    https://github.com/trinodb/trino, AggregationAnalyzer, StatementAnalyzer and ExpressionAnalyzer
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
