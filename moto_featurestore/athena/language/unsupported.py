"""Checks that reject syntax and functions that sqlglot accepts, but Athena does not."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlglot import exp
from sqlglot.expressions import DType

from moto_featurestore.athena.errors import QueryFailed

SUPPORTED = frozenset(
    [
        "abs",
        "acos",
        "all_match",
        "any_match",
        "any_value",
        "approx_distinct",
        "approx_percentile",
        "arbitrary",
        "array_agg",
        "array_distinct",
        "array_except",
        "array_first",
        "array_intersect",
        "array_join",
        "array_last",
        "array_max",
        "array_min",
        "array_position",
        "array_remove",
        "array_sort",
        "array_union",
        "arrays_overlap",
        "asin",
        "at_timezone",
        "atan",
        "atan2",
        "avg",
        "bit_count",
        "bitwise_and",
        "bitwise_and_agg",
        "bitwise_left_shift",
        "bitwise_not",
        "bitwise_or",
        "bitwise_or_agg",
        "bitwise_right_shift",
        "bitwise_right_shift_arithmetic",
        "bitwise_xor",
        "bitwise_xor_agg",
        "bool_and",
        "bool_or",
        "cardinality",
        "cbrt",
        "ceil",
        "ceiling",
        "char2hexint",
        "chr",
        "coalesce",
        "codepoint",
        "combinations",
        "concat",
        "concat_ws",
        "contains",
        "contains_sequence",
        "corr",
        "cos",
        "cosh",
        "cosine_similarity",
        "count",
        "count_if",
        "covar_pop",
        "covar_samp",
        "crc32",
        "cume_dist",
        "current_date",
        "current_timestamp",
        "current_timezone",
        "date",
        "date_add",
        "date_diff",
        "date_format",
        "date_parse",
        "date_trunc",
        "day",
        "day_of_month",
        "day_of_week",
        "day_of_year",
        "degrees",
        "dense_rank",
        "dot_product",
        "dow",
        "doy",
        "e",
        "element_at",
        "ends_with",
        "euclidean_distance",
        "every",
        "exp",
        "filter",
        "first_value",
        "flatten",
        "floor",
        "format",
        "format_datetime",
        "format_number",
        "from_base",
        "from_base32",
        "from_base64",
        "from_base64url",
        "from_big_endian_32",
        "from_big_endian_64",
        "from_hex",
        "from_ieee754_32",
        "from_ieee754_64",
        "from_iso8601_date",
        "from_iso8601_timestamp",
        "from_unixtime",
        "from_utf8",
        "geometric_mean",
        "greatest",
        "grouping",
        "hamming_distance",
        "histogram",
        "hmac_md5",
        "hmac_sha1",
        "hmac_sha256",
        "hmac_sha512",
        "hour",
        "human_readable_seconds",
        "if",
        "index",
        "infinity",
        "inverse_normal_cdf",
        "is_finite",
        "is_infinite",
        "is_json_scalar",
        "is_nan",
        "json_array",
        "json_array_contains",
        "json_array_get",
        "json_array_length",
        "json_exists",
        "json_extract",
        "json_extract_scalar",
        "json_format",
        "json_object",
        "json_parse",
        "json_query",
        "json_size",
        "json_value",
        "kurtosis",
        "lag",
        "last_day_of_month",
        "last_value",
        "lead",
        "least",
        "length",
        "levenshtein_distance",
        "listagg",
        "ln",
        "localtimestamp",
        "log",
        "log10",
        "log2",
        "lower",
        "lpad",
        "ltrim",
        "luhn_check",
        "map",
        "map_agg",
        "map_concat",
        "map_entries",
        "map_filter",
        "map_from_entries",
        "map_keys",
        "map_union",
        "map_values",
        "map_zip_with",
        "max",
        "max_by",
        "md5",
        "millisecond",
        "min",
        "min_by",
        "minute",
        "mod",
        "month",
        "multimap_agg",
        "multimap_from_entries",
        "murmur3",
        "nan",
        "ngrams",
        "none_match",
        "normal_cdf",
        "normalize",
        "now",
        "nth_value",
        "ntile",
        "nullif",
        "parse_data_size",
        "parse_datetime",
        "parse_duration",
        "percent_rank",
        "pi",
        "position",
        "pow",
        "power",
        "quarter",
        "radians",
        "rand",
        "random",
        "rank",
        "reduce",
        "reduce_agg",
        "regexp_count",
        "regexp_extract",
        "regexp_extract_all",
        "regexp_like",
        "regexp_position",
        "regexp_replace",
        "regexp_split",
        "regr_intercept",
        "regr_slope",
        "repeat",
        "replace",
        "reverse",
        "round",
        "row",
        "row_number",
        "rpad",
        "rtrim",
        "second",
        "sequence",
        "sha1",
        "sha256",
        "sha512",
        "shuffle",
        "sign",
        "sin",
        "sinh",
        "skewness",
        "slice",
        "soundex",
        "split",
        "split_part",
        "split_to_map",
        "split_to_multimap",
        "sqrt",
        "starts_with",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "strpos",
        "substr",
        "substring",
        "sum",
        "tan",
        "tanh",
        "timezone_hour",
        "timezone_minute",
        "to_base",
        "to_base32",
        "to_base64",
        "to_base64url",
        "to_big_endian_32",
        "to_big_endian_64",
        "to_char",
        "to_date",
        "to_hex",
        "to_ieee754_32",
        "to_ieee754_64",
        "to_iso8601",
        "to_milliseconds",
        "to_timestamp",
        "to_unixtime",
        "to_utf8",
        "transform",
        "transform_keys",
        "transform_values",
        "translate",
        "trim",
        "trim_array",
        "truncate",
        "try",
        "try_cast",
        "typeof",
        "unnest",
        "upper",
        "url_decode",
        "url_encode",
        "url_extract_fragment",
        "url_extract_host",
        "url_extract_parameter",
        "url_extract_path",
        "url_extract_port",
        "url_extract_protocol",
        "url_extract_query",
        "uuid",
        "var_pop",
        "var_samp",
        "variance",
        "week",
        "week_of_year",
        "width_bucket",
        "wilson_interval_lower",
        "wilson_interval_upper",
        "with_timezone",
        "xxhash64",
        "year",
        "year_of_week",
        "yow",
        "zip",
        "zip_with",
    ]
)

REFUSED = frozenset(
    [
        "approx_most_frequent",
        "approx_set",
        "array_frequency",
        "bar",
        "beta_cdf",
        "bing_tile",
        "bing_tile_at",
        "bing_tile_coordinates",
        "bing_tile_polygon",
        "bing_tile_quadkey",
        "bing_tile_zoom_level",
        "bing_tiles_around",
        "checksum",
        "classify",
        "color",
        "convert",
        "convex_hull_agg",
        "current_catalog",
        "current_groups",
        "current_schema",
        "current_time",
        "current_user",
        "date_part",
        "decrypt",
        "detect_prompt",
        "embed",
        "empty_approx_set",
        "encrypt",
        "entropy",
        "evaluate_classifier_predictions",
        "features",
        "from_encoded_polyline",
        "from_geojson_geometry",
        "from_iso8601_timestamp_nanos",
        "from_unixtime_nanos",
        "geometry_from_hadoop_shape",
        "geometry_invalid_reason",
        "geometry_nearest_points",
        "geometry_to_bing_tiles",
        "geometry_union",
        "geometry_union_agg",
        "great_circle_distance",
        "hash_counts",
        "intersection_cardinality",
        "inverse_beta_cdf",
        "jaccard_index",
        "json_table",
        "learn_classifier",
        "learn_libsvm_classifier",
        "learn_libsvm_regressor",
        "learn_regressor",
        "line_interpolate_point",
        "line_interpolate_points",
        "line_locate_point",
        "listagg_distinct",
        "localtime",
        "make_set_digest",
        "match_recognize",
        "merge",
        "merge_set_digest",
        "numeric_histogram",
        "objectid_timestamp",
        "parse_presto_data_size",
        "qdigest_agg",
        "quantile_at_value",
        "quote_literal",
        "regr_avgx",
        "regress",
        "render",
        "rgb",
        "set_agg",
        "set_union",
        "simplify_geometry",
        "spatial_partitioning",
        "spatial_partitions",
        "spooky_hash_v2_32",
        "spooky_hash_v2_64",
        "st_area",
        "st_asbinary",
        "st_astext",
        "st_boundary",
        "st_buffer",
        "st_centroid",
        "st_contains",
        "st_convexhull",
        "st_coorddim",
        "st_crosses",
        "st_difference",
        "st_dimension",
        "st_disjoint",
        "st_distance",
        "st_endpoint",
        "st_envelope",
        "st_equals",
        "st_geometryfromtext",
        "st_geometrytype",
        "st_geomfrombinary",
        "st_interiorringn",
        "st_intersection",
        "st_intersects",
        "st_isclosed",
        "st_isempty",
        "st_isring",
        "st_issimple",
        "st_isvalid",
        "st_length",
        "st_linefromtext",
        "st_linestring",
        "st_multipoint",
        "st_numgeometries",
        "st_numinteriorring",
        "st_numpoints",
        "st_overlaps",
        "st_point",
        "st_pointn",
        "st_points",
        "st_polygon",
        "st_relate",
        "st_startpoint",
        "st_symdifference",
        "st_touches",
        "st_union",
        "st_within",
        "st_x",
        "st_xmax",
        "st_xmin",
        "st_y",
        "st_ymax",
        "st_ymin",
        "tdigest_agg",
        "theta_sketch_estimate",
        "theta_sketch_union",
        "timestamp_objectid",
        "to_encoded_polyline",
        "to_geojson_geometry",
        "to_geometry",
        "to_spherical_geography",
        "value_at_quantile",
        "values_at_quantiles",
        "version",
        "word_stem",
    ]
)


_UNSUPPORTED_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|(?P<word>::|==|<=>|<<|[\^~{]|(?<![uU])&|!(?!=)|(?<!\|)\|(?!\|)"""
    r"""|(?<=[(,=])\s*\[|\bSELECT\s*\[|,(?=\s*FROM\b)|(?:\A|\()\s*FROM\b|\bLIMIT\s+\w+\s*(?:,|OFFSET\b)"""
    r"""|\bSAFE_CAST\s*\(|\bINTERVAL\s+(?:\d+|'\d+\s+[a-z]+'))""",
    re.DOTALL | re.IGNORECASE,
)
"""Matches syntax that Athena rejects, in the group ``word``. sqlglot's tree does not show whether a query uses it.

The pattern also matches strings, quoted names and comments, so that ``word`` does not match inside a string or comment.
"""

_UNSUPPORTED_NODES: dict[type[exp.Expr], str] = {
    exp.Cluster: "CLUSTER",
    exp.Command: "command",
    exp.Describe: "DESCRIBE",
    exp.Distribute: "DISTRIBUTE",
    exp.Glob: "GLOB",
    exp.HistoricalData: "AT",
    exp.ILike: "ILIKE",
    exp.IntDiv: "DIV",
    exp.Into: "INTO",
    exp.Parameter: "@",
    exp.Pivot: "PIVOT",
    exp.Placeholder: "?",
    exp.Qualify: "QUALIFY",
    exp.SessionParameter: "@@",
    exp.SimilarTo: "SIMILAR",
    exp.Sort: "SORT",
    exp.WithTableHint: "WITH",
}
"""A dict from a sqlglot class whose syntax Athena rejects to the keyword in the error message."""
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
"""sqlglot's classes that do not store the function name that the query uses. Athena supports the syntax of all of these."""
_JOINS = ("SEMI", "ANTI", "ASOF", "POSITIONAL", "STRAIGHT_JOIN")

WRITTEN = "moto_featurestore_written"
"""The key in the ``meta`` of a function call under which the function's name in the query is stored."""


def check_syntax(tree: exp.Expr, text: str) -> None:
    """Check the syntax and the functions of a query.

    :param tree: the parsed query
    :param text: SQL text of the query
    :raises QueryFailed: if Athena or this package does not support the syntax or a function of the query
    """
    for match in _UNSUPPORTED_TOKEN.finditer(text):
        if word := match["word"]:
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{word.split()[0]}'")
    for node in tree.walk():
        word = _UNSUPPORTED_NODES.get(type(node)) or _unsupported_word(node)
        if word is not None:
            raise QueryFailed("SYNTAX_ERROR", f"mismatched input '{word}'", node)
        if isinstance(node, exp.Func):
            _check_function(node, text)
        for check in _checks_of(type(node)):  # type: ignore[arg-type]  # classes are hashable
            check(node)


@cache
def _checks_of(kind: type[exp.Expr]) -> list[Callable[[Any], None]]:
    return [check for kinds, check in _CHECKS if issubclass(kind, kinds)]


def _check_limit(node: exp.LimitOptions) -> None:
    if node.args.get("with_ties"):
        raise QueryFailed("NOT_SUPPORTED", "moto_featurestore does not support FETCH FIRST ... WITH TIES", node.parent)


def _check_join(node: exp.Join) -> None:
    if node.method == "NATURAL":
        raise QueryFailed("NOT_SUPPORTED", "Natural join not supported", node)


def _check_table(node: exp.Table) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Table function '{node.this.name.lower()}' not registered", node)


def _check_lateral(node: exp.Lateral) -> None:
    if not isinstance(node.this, exp.Subquery | exp.Unnest):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Table function '{node.this.key}' not registered", node)


_UNSUPPORTED_TYPES = frozenset(
    (
        *("bingtile", "classifier", "color", "geometry", "hyperloglog", "p4hyperloglog", "qdigest", "regressor"),
        *("setdigest", "sphericalgeography", "tdigest"),
    )
)
"""Trino's types that this package does not support: https://trino.io/docs/current/language/types.html."""


_NAMES = {DType.HLLSKETCH: "hyperloglog", DType.TEXT: "string"}
"""A dict from sqlglot type to the type's name in SQL, for types that sqlglot names differently."""


def _check_cast(node: exp.Cast) -> None:
    kind = node.to.this
    if not isinstance(kind, exp.Interval) and kind not in _TYPES:
        name = node.to.text("kind").lower() or _NAMES.get(kind, kind.value.lower())
        if name in _UNSUPPORTED_TYPES:
            raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the type '{name}'", node)
        raise QueryFailed("TYPE_NOT_FOUND", f"Unknown type: {name}", node)


def _check_lambda(node: exp.Lambda) -> None:
    """Check that a lambda contains no subquery, aggregate or window function.

    https://github.com/trinodb/trino, ExpressionAnalyzer
    """
    if node.find(exp.Query) is not None:
        raise QueryFailed("NOT_SUPPORTED", "Lambda expression cannot contain subqueries", node)
    if node.this.find(exp.AggFunc, exp.Window) is not None:
        reason = "Lambda expression cannot contain aggregations, window functions or grouping operations"
        raise QueryFailed("EXPRESSION_NOT_SCALAR", reason, node)


def _check_unnest(node: exp.Unnest) -> None:
    if not isinstance(node.parent, exp.From | exp.Join | exp.Lateral):
        raise QueryFailed("FUNCTION_NOT_FOUND", "Function 'unnest' not registered", node)


def _check_path(node: exp.JSONExtract | exp.JSONExtractScalar) -> None:
    """Check that a JSON path contains only keys, such as ``.a``, and subscripts, such as ``["a"]`` and ``[0]``.

    https://github.com/trinodb/trino, JsonPathTokenizer
    """
    path = node.expression
    parts = path.expressions[1:] if isinstance(path, exp.JSONPath) else []
    is_known = all(isinstance(part, exp.JSONPathKey | exp.JSONPathSubscript) and _is_step(part.this) for part in parts)
    if isinstance(path, exp.Literal) or not is_known:
        # If sqlglot parsed the path, it dropped the path's text. Then the message cannot contain the path.
        text = f": '{path.name}'" if isinstance(path, exp.Literal) else ""
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path{text}", node)


def _is_step(step: object) -> bool:
    return isinstance(step, str) or (isinstance(step, int) and step >= 0)


_TYPES = frozenset(
    {
        *(
            DType.BOOLEAN,
            DType.TINYINT,
            DType.SMALLINT,
            DType.INT,
            DType.BIGINT,
            DType.FLOAT,
            DType.DOUBLE,
            DType.DECIMAL,
        ),
        *(
            DType.CHAR,
            DType.VARCHAR,
            DType.BINARY,
            DType.VARBINARY,
            DType.UUID,
            DType.JSON,
            DType.INTERVAL,
            DType.IPADDRESS,
        ),
        *(
            DType.DATE,
            DType.TIME,
            DType.TIMETZ,
            DType.TIMESTAMP,
            DType.TIMESTAMPTZ,
            DType.ARRAY,
            DType.MAP,
            DType.STRUCT,
        ),
    }
)


def _check_column_aliases(node: exp.CTE | exp.Subquery) -> None:
    """Check that a list of column aliases has one alias per column. DuckDB would accept a shorter list."""
    names = node.args["alias"].columns if node.args.get("alias") else []
    query = node.this
    if not names or not isinstance(query, exp.Query) or any(part.is_star for part in query.selects):
        return
    if len(names) != len(query.selects):
        reason = (
            f"Column alias list has {len(names)} entries but '{node.alias}' has {len(query.selects)} columns available"
        )
        raise QueryFailed("MISMATCHED_COLUMN_ALIASES", reason, node)


def _unsupported_word(node: exp.Expr) -> str | None:  # noqa: C901, PLR0911 - a list of cases
    """Return the keyword that makes Athena reject an expression, or None if Athena accepts the expression."""
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
    if isinstance(node, exp.Between) and node.args.get("symmetric"):
        return "SYMMETRIC"
    if isinstance(node, exp.RegexpLike) and "start" not in node.meta:
        return "RLIKE"
    if isinstance(node, exp.TableSample) and node.text("method").upper() not in ("BERNOULLI", "SYSTEM"):
        return "SAMPLE"
    if isinstance(node, exp.Lateral) and node.args.get("view"):
        return "VIEW"
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
        if isinstance(node, exp.GroupConcat) and not isinstance(node.this, exp.Order):
            raise QueryFailed("SYNTAX_ERROR", "mismatched input. Expecting: 'WITHIN'", node)
        return
    else:
        names = [name.lower().replace("j_s_o_n", "json") for name in node.sql_names()]
    node.meta[WRITTEN] = names[0]
    if _has_wrong_arguments(node):
        raise QueryFailed("FUNCTION_NOT_FOUND", f"Unexpected parameters for function {names[0]}", node)
    if not SUPPORTED.isdisjoint(names):
        return
    if not REFUSED.isdisjoint(names):
        raise QueryFailed("NOT_SUPPORTED", f"moto_featurestore does not support the function '{names[0]}'", node)
    raise QueryFailed("FUNCTION_NOT_FOUND", f"Function '{names[0]}' not registered", node)


def _has_wrong_arguments(node: exp.Func) -> bool:
    """Return True if a call has arguments that only other dialects accept, such as substring() without a start."""
    if isinstance(node, exp.Substring):
        return node.args.get("start") is None
    return isinstance(node, exp.Length) and node.args.get("binary") is not None


def _is_quantifier(node: exp.Expr) -> bool:
    """Return True for ALL or SOME with a subquery, as in ``> ALL (VALUES ...)``, which sqlglot parses as a function call."""
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in ("all", "some"):
        return False
    return len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query | exp.Values)


def _hidden_name(node: exp.Expr, text: str) -> str | None:
    """Return the function name that the query uses if sqlglot replaced the call by another function, otherwise None."""
    if isinstance(node, exp.GroupConcat) and not _LISTAGG.search(text):
        return "string_agg"
    return None


_LISTAGG = re.compile(r"\blistagg\s*\(", re.IGNORECASE)

_CHECKS: list[tuple[Any, Callable[[Any], None]]] = [
    (exp.Cast, _check_cast),
    ((exp.CTE, exp.Subquery), _check_column_aliases),
    (exp.Join, _check_join),
    ((exp.JSONExtract, exp.JSONExtractScalar), _check_path),
    (exp.Lateral, _check_lateral),
    (exp.Lambda, _check_lambda),
    (exp.LimitOptions, _check_limit),
    (exp.Table, _check_table),
    (exp.Unnest, _check_unnest),
]
