"""Translation of DuckDB's errors to Athena's errors."""

import re
from collections.abc import Callable

import duckdb
from sqlglot import exp

from moto_featurestore.athena.errors import QueryFailed, QueryStopped
from moto_featurestore.athena.filesystem import PROTOCOL
from moto_featurestore.athena.language.names import column_not_found, find_column
from moto_featurestore.athena.language.syntax import WRITTEN

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
_WHOLE_NUMBERS = {"8": "tinyint", "16": "smallint", "32": "integer", "64": "bigint"}
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
"""DuckDB's function names, to Athena's."""
_KINDS = {
    "blob": "varbinary",
    "string_literal": "varchar",
    "integer_literal": "integer",
    "float": "real",
    "timestamp_ns": "timestamp",
}


def _kinds(types: str) -> str:
    """Return a list of DuckDB's type names as Trino's."""
    text = re.sub(r"[a-z_]+", lambda found: _KINDS.get(found[0], found[0]), types.lower())
    while (arrays := re.sub(r"([\w ]+(?:\([^()]*\))?)\[\d*\]", r"array(\1)", text)) != text:
        text = arrays
    return text.replace("struct(", "row(")


_TOLD: list[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]]] = [
    (  # https://github.com/aws/aws-sdk-pandas/issues/57, for values that cannot be read; Athena rejects others too
        re.compile('failed to cast column "(.+?)" from type (.+?) to (.+?): '),
        lambda found: (
            "HIVE_BAD_DATA",
            (
                f"Field {found[1]}'s type {_IN_PARQUET.get(found[2], found[2])} in parquet is incompatible with type"
                f" {_IN_HIVE.get(found[3], found[3].lower())} defined in table schema"
            ),
        ),
    ),
    (
        re.compile(r"Cannot compare values of type (.+?) and type (.+?) - an"),
        lambda found: ("TYPE_MISMATCH", f"Cannot apply operator: {found[1].lower()} = {found[2].lower()}"),
    ),
    (re.compile("Cannot mix values of type"), lambda found: ("TYPE_MISMATCH", _sentence(found.string))),
    (
        re.compile(r"arguments? types? '(.+?)\((.*?)\)'"),
        lambda found: (
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters ({_kinds(found[2])}) for function {_FUNCTIONS.get(found[1], found[1].lower())}",
        ),
    ),
    (  # https://github.com/trinodb/trino, BigintOperators and IntegerOperators
        re.compile(r"Overflow in (\w+) of INT(\d+) \((.+)\)!"),
        lambda found: (
            "NUMERIC_VALUE_OUT_OF_RANGE",
            f"{_WHOLE_NUMBERS.get(found[2], 'bigint')} {found[1]} overflow: {found[3]}",
        ),
    ),
    (  # the wording is assumed
        re.compile(r"""(?:Could not cast|Casting) value "?([^" ]+)"? to (?:type )?DECIMAL\((\d+),(\d+)\)"""),
        lambda found: ("INVALID_CAST_ARGUMENT", f"Cannot cast '{found[1]}' to DECIMAL({found[2]}, {found[3]})"),
    ),
    (
        re.compile(r"Unimplemented type for cast \((.+) -> (.+?)\)(?: when|$|\n)"),
        lambda found: ("TYPE_MISMATCH", f"Cannot cast {_kinds(found[1])} to {_kinds(found[2])}"),
    ),
    (
        re.compile(r"Type (\S+) with value '.*' can't be cast to the destination type (.+?)(?: when|$|\n)", re.DOTALL),
        lambda found: ("TYPE_MISMATCH", f"Cannot cast {_kinds(found[1])} to {_kinds(found[2])}"),
    ),
    (  # https://github.com/trinodb/trino, AnalyzerUtil and StatementAnalyzer
        re.compile("(WHERE|GROUP BY|HAVING) clause cannot contain (?:aggregates|window functions)"),
        lambda found: (
            "EXPRESSION_NOT_SCALAR",
            f"{found[1]} clause cannot contain aggregations, window functions or grouping operations",
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
        lambda found: ("DUPLICATE_NAMED_QUERY", f"WITH query name '{found[1]}' specified more than once"),
    ),
    (
        re.compile(r"UNNEST\(\) can only be applied to .+, not (\S+)"),
        lambda found: ("TYPE_MISMATCH", f"Cannot unnest type: {_kinds(found[1])}"),
    ),
    (
        re.compile("Cannot extract field '(.+?)' from expression \"(.+?)\""),
        lambda found: ("TYPE_MISMATCH", f"Expression {found[2]} is not of type ROW"),
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
        lambda found: ("INVALID_FUNCTION_ARGUMENT", f"Time zone not supported: {found[1]}"),
    ),
    (
        re.compile(r"Could not parse string (\".*\") according to format specifier", re.DOTALL),
        lambda found: ("INVALID_FUNCTION_ARGUMENT", f"Invalid format: {found[1]}"),
    ),
    (
        re.compile("Could not decode string .* as base64|Invalid input for hex digit"),
        lambda found: ("INVALID_FUNCTION_ARGUMENT", _sentence(found.string)),
    ),
    (
        re.compile("could not convert blob to UTF8 string"),
        lambda _: ("NOT_SUPPORTED", "moto_featurestore does not read bytes that are no UTF-8"),
    ),
    (
        re.compile("Cardinality can only operate on"),
        lambda _: ("FUNCTION_NOT_FOUND", "Unexpected parameters for function cardinality"),
    ),
    (  # the macro athena_failure: it uses a cast, because TRY does not catch DuckDB's error()
        re.compile("Could not convert string '(INVALID_FUNCTION_ARGUMENT|NOT_SUPPORTED): (.+)' to INT64", re.DOTALL),
        lambda found: (
            ("DIVISION_BY_ZERO" if found[2] == "Division by zero" else found[1]),
            found[2],
        ),
    ),
    (  # the errors that the translated SQL itself raises
        re.compile("(HIVE_BAD_DATA|INVALID_CAST_ARGUMENT|INVALID_FUNCTION_ARGUMENT|NOT_SUPPORTED): (.+)"),
        lambda found: (found[1], found[2]),
    ),
    (  # https://github.com/trinodb/trino, VarcharToTimestampCast and DateOperators
        re.compile(
            r"""(?:invalid )?(date|timestamp) field (?:format|value out of range): "(?:no \w+: )?(.*?)"(?:, expected|$|\n| when)""",
            re.DOTALL,
        ),
        lambda found: ("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {found[1]}: {found[2]}"),
    ),
    (
        re.compile(r"""Could not convert string ['"](?:no whole number: |no boolean: )?(.*)['"] to (\w+)""", re.DOTALL),
        lambda found: ("INVALID_CAST_ARGUMENT", f"Cannot cast '{found[1]}' to {_TYPES.get(found[2], found[2])}"),
    ),
    (
        re.compile("TRY can not be used"),
        lambda _: ("NOT_SUPPORTED", "moto_featurestore does not support what is within this TRY"),
    ),
    (  # features of Java's regular expressions that RE2 lacks: lookaheads, back references
        re.compile("invalid perl operator|invalid escape sequence"),
        lambda found: (
            "NOT_SUPPORTED",
            f"moto_featurestore's regular expressions are RE2's: {_sentence(found.string)}",
        ),
    ),
    (  # https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-service-level-considerations.html
        re.compile("^Out of Memory Error"),
        lambda _: ("", "Query exhausted resources at this scale factor"),
    ),
    (re.compile("Division by zero"), lambda _: ("DIVISION_BY_ZERO", "Division by zero")),
]
"""Athena's error code and message for patterns of DuckDB's messages."""
_SENTENCE = re.compile(r"^(?:\w+ )+Error: (.+?)(?:\n|$)", re.DOTALL)


def failure(error: duckdb.Error, tree: exp.Expr | None) -> QueryFailed:
    """Return Athena's error for an error of DuckDB.

    If Athena's message is not known, the message is DuckDB's.

    :param tree: the query, if it was parsed
    """
    message = str(error)
    if isinstance(error, duckdb.InterruptException):
        return QueryStopped()
    if found := _AMBIGUOUS.search(message):
        node = find_column(tree, found[1]) if tree is not None else None
        return QueryFailed("AMBIGUOUS_NAME", f"Column '{found[1].lower()}' is ambiguous", node)
    if found := _NO_COLUMN.search(message):
        name = next(filter(None, found.groups()))
        return column_not_found(name, find_column(tree, name) if tree is not None else None)
    if tree is not None and (failed := _of_tree(message, tree)):
        return failed
    for pattern, told in _TOLD:
        if found := pattern.search(message):
            return QueryFailed(*told(found))
    return QueryFailed(_kind(error, message), _sentence(message))


def _of_tree(message: str, tree: exp.Expr) -> QueryFailed | None:
    """Return the error whose message quotes a part of the query, if there is one.

    https://github.com/trinodb/trino, AggregationAnalyzer, StatementAnalyzer and ExpressionAnalyzer
    """
    if found := _NO_TABLE.search(message):
        table = found[1].rpartition(".")[2].lower()
        column = next((column for column in tree.find_all(exp.Column) if column.table.lower() == table), None)
        return column_not_found(found[1], column)
    if found := _NO_FIELD.search(message):
        return column_not_found(found[1], find_column(tree, found[1]))
    if found := _NOT_GROUPED.search(message):
        reason = f"'{found[1]}' must be an aggregate expression or appear in GROUP BY clause"
        return QueryFailed("EXPRESSION_NOT_AGGREGATE", reason, find_column(tree, found[1]))
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
    found = _SENTENCE.match(message)
    text = found[1] if found else message.partition("\n")[0]
    return without_paths(text).strip()


def without_paths(text: str) -> str:
    """Return a DuckDB text with S3 URIs in place of the paths that DuckDB reads."""
    return re.sub(rf"{PROTOCOL}://\d+/", "s3://", text)
