"""Translation of functions that DuckDB lacks into calls of DuckDB macros and of Python functions."""

from typing import Any

from sqlglot import exp
from sqlglot.expressions import DType

from moto_featurestore.athena.language import byte_functions, sql_json
from moto_featurestore.athena.language.collections import applied, zipped
from moto_featurestore.athena.language.datetimes import teradata_format
from moto_featurestore.athena.language.rewriting import Rewrite, Translation, call, literal, renamed
from moto_featurestore.athena.language.type_families import BINARIES, MAPS, WHOLE_NUMBERS, is_one_of

TYPES: dict[str, str] = {
    **dict.fromkeys(("crc32", "from_big_endian_64", "json_size", "to_milliseconds"), "BIGINT"),
    **dict.fromkeys(("url_extract_port", "width_bucket", "index", "hamming_distance", "from_base"), "BIGINT"),
    **dict.fromkeys(("from_big_endian_32", "regexp_position"), "INTEGER"),
    **dict.fromkeys(("cosine_similarity", "dot_product", "euclidean_distance", "from_ieee754_64"), "DOUBLE"),
    **dict.fromkeys(("inverse_normal_cdf", "normal_cdf", "skewness"), "DOUBLE"),
    **dict.fromkeys(("wilson_interval_lower", "wilson_interval_upper"), "DOUBLE"),
    "bitwise_xor_agg": "BIGINT",
    "contains_sequence": "BOOLEAN",
    "from_ieee754_32": "REAL",
    "is_json_scalar": "BOOLEAN",
    "json_array_get": "JSON",
    "luhn_check": "BOOLEAN",
    "parse_data_size": "DECIMAL(38, 0)",
    "parse_duration": "INTERVAL",
    "split_to_multimap": "MAP(VARCHAR, VARCHAR[])",
    **dict.fromkeys(("char2hexint", "format", "format_number", "human_readable_seconds", "soundex"), "VARCHAR"),
    **dict.fromkeys(("current_timezone", "to_base", "to_base32", "to_base64url", "to_char"), "VARCHAR"),
    **{f"url_extract_{name}": "VARCHAR" for name in ("fragment", "host", "parameter", "path", "protocol", "query")},
    **dict.fromkeys(("url_decode", "url_encode"), "VARCHAR"),
    **dict.fromkeys(set(byte_functions.BINARY), "VARBINARY"),
    **dict.fromkeys(("json_array", "json_object", "json_query", "json_value", "json_exists"), "VARCHAR"),
}
"""A dict from function name to result type, in DuckDB's notation, for functions that sqlglot does not know."""

_URL_PARTS = tuple(name for name in TYPES if name.startswith("url_extract_") and name != "url_extract_parameter")
PARAMETERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("char2hexint", "luhn_check", "parse_data_size", "parse_duration", "soundex"), ("text",)),
    **dict.fromkeys(("from_base32", "from_base64url", *_URL_PARTS), ("text",)),
    **dict.fromkeys(("crc32", "murmur3", "sha512", "to_base32", "to_base64url", "xxhash64"), ("binary",)),
    **dict.fromkeys((f"from_{form}_{size}" for form in ("big_endian", "ieee754") for size in (32, 64)), ("binary",)),
    **dict.fromkeys((f"to_{form}_{size}" for form in ("big_endian", "ieee754") for size in (32, 64)), ("number",)),
    **dict.fromkeys((f"hmac_{name}" for name in ("md5", "sha1", "sha256", "sha512")), ("binary", "binary")),
    **dict.fromkeys(("format_number", "human_readable_seconds"), ("number",)),
    **dict.fromkeys(("inverse_normal_cdf", "normal_cdf"), ("number", "number", "number")),
    "from_hex": ("text binary",),
    "regexp_position": ("text", "text", "number?", "number?"),
    "to_base": ("number", "number"),
    "url_extract_parameter": ("text", "text"),
}
"""A dict from the name of a Python function to the type families of its parameters.

``text binary`` means that the parameter accepts both families. A ``?`` at the end marks an optional parameter.
"""


def python(name: str, *arguments: Any) -> exp.Expr:
    """Return SQL that calls a Python function and casts the returned text to the function's result type."""
    result = call("athena_python", exp.Literal.string(name), *arguments)
    kind = TYPES.get(name, "VARCHAR")
    if kind == "VARBINARY":
        return call("unhex", result)
    return result if kind == "VARCHAR" else exp.cast(result, kind, dialect="duckdb")


def _python(name: str) -> Rewrite:
    return lambda node, _: python(name, *node.expressions)


_BITS = {DType.TINYINT: 8, DType.SMALLINT: 16, DType.INT: 32}


def _whole_number(kind: exp.DataType | None) -> exp.DataType:
    return kind.copy() if kind is not None and is_one_of(kind, WHOLE_NUMBERS) else exp.DataType.build("BIGINT")


def _shift(name: str) -> Rewrite:
    """Return the rewrite for a bitwise shift, such as ``left_shift``. The result has the type of the shifted number."""

    def rewrite(node: exp.Anonymous, translation: Translation) -> exp.Expr:
        value, shift = node.expressions
        kind = translation.type_of(value)
        bits = _BITS.get(kind.this, 64) if kind is not None else 64
        shifted = call(f"athena_{name}", value, shift, exp.Literal.number(bits))
        return exp.Cast(this=shifted, to=_whole_number(kind))

    return rewrite


def _binary_or(name: str, text: Rewrite) -> Rewrite:
    """Return the rewrite for a string function that also accepts varbinary values.

    :param name: name of the function: pad, substr or reverse
    :param text: rewrite to use if the argument is not a varbinary
    """

    def rewrite(node: Any, translation: Translation) -> exp.Expr:
        if not is_one_of(translation.type_of(node.this), BINARIES):
            return text(node, translation)
        side = ("lpad" if node.args.get("is_left") else "rpad") if name == "pad" else name
        keys = {"pad": ("expression", "fill_pattern"), "substr": ("start", "length"), "reverse": ()}[name]
        return python(f"binary_{side}", node.this, *filter(None, map(node.args.get, keys)))

    return rewrite


def with_binaries(by_class: dict[type[exp.Expr], Rewrite]) -> dict[type[exp.Expr], Rewrite]:
    """Return the rewrites for the string functions that also accept varbinary values: lpad, rpad, substr, reverse.

    :param by_class: dict from expression class to the rewrite to use if the argument is not a varbinary
    """
    names = {exp.Pad: "pad", exp.Substring: "substr", exp.Reverse: "reverse"}
    return {kind: _binary_or(name, by_class[kind]) for kind, name in names.items()}


def _interval(node: exp.Anonymous, _: Translation) -> exp.Expr:
    milliseconds = call("athena_python", exp.Literal.string("parse_duration"), *node.expressions)
    return call("to_milliseconds", exp.cast(milliseconds, "BIGINT"))


def _random(node: exp.Rand, translation: Translation) -> exp.Expr:
    """Translate random(), random(n) and random(m, n). The argument ``n`` is an exclusive upper bound."""
    bounds = [part for part in (node.this, node.args.get("lower")) if part is not None]
    if not bounds:
        return call("random")
    low, high = (exp.Literal.number(0), bounds[0]) if len(bounds) == 1 else bounds
    kind = translation.type_of(high)
    number = call("athena_random", low, high)
    return exp.Cast(this=number, to=_whole_number(kind))


def _normalize(node: exp.Normalize, _: Translation) -> exp.Expr:
    form = node.args.get("form")
    return python("normalize", node.this, *([exp.Literal.string(form.name.upper())] if form else []))


def _strpos(node: exp.StrPosition, _: Translation) -> exp.Expr:
    instance = node.args.get("occurrence")
    if instance is None:
        return node
    return exp.cast(python("strpos", node.this, node.args["substr"], instance), "BIGINT")


def _from_utf8(node: exp.Decode, _: Translation) -> exp.Expr:
    replacement = node.args.get("replace")
    if replacement is None:
        return exp.func("coalesce", exp.Try(this=call("decode", node.this)), python("from_utf8", node.this.copy()))
    return python("from_utf8", node.this, replacement)


def _wilson(sign: int) -> Rewrite:
    return lambda node, _: call("athena_wilson", *node.expressions, exp.Literal.number(sign))


def _width_bucket(node: exp.Anonymous, _: Translation) -> exp.Expr:
    name = "athena_bucket_of" if len(node.expressions) == 2 else "athena_bucket"  # noqa: PLR2004 - a value and bins
    return call(name, *node.expressions)


def _distance(name: str) -> Rewrite:
    def rewrite(node: exp.Anonymous, translation: Translation) -> exp.Expr:
        are_maps = is_one_of(translation.type_of(node.expressions[0]), MAPS)
        return call(f"athena_{name}_of_maps" if are_maps else f"athena_{name}", *node.expressions)

    return rewrite


def _to_char(node: exp.Anonymous, _: Translation) -> exp.Expr:
    value, form = node.expressions
    return call("strftime", value, exp.Literal.string(teradata_format(literal(form, "a format", node), node)))


def _to_date(node: exp.Anonymous, _: Translation) -> exp.Expr:
    value, form = node.expressions
    text = exp.Literal.string(teradata_format(literal(form, "a format", node), node))
    return exp.cast(call("strptime", value, text), "DATE")


def _multimap_from_entries(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    [entries] = node.expressions
    sides = []
    for place in (1, 2):
        entry = translation.fresh_name()
        part = call("struct_extract_at", entry, exp.Literal.number(place))
        sides.append(call("list_transform", entries.copy(), exp.Lambda(this=part, expressions=[entry.copy()])))
    return call("athena_multimap", *sides)


def _map_zip_with(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    left, right, function = node.expressions
    key = translation.fresh_name()
    values = [call("map_extract_value", side.copy(), key.copy()) for side in (left, right)]
    pair = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part)
            for name, part in (("k", key.copy()), ("v", applied(function, [key, *values])))
        ]
    )
    keys = call("athena_array_distinct", call("list_concat", *(call("map_keys", side) for side in (left, right))))
    return call("map_from_entries", call("list_transform", keys, exp.Lambda(this=pair, expressions=[key.copy()])))


def _map_union(node: exp.Anonymous, _: Translation) -> exp.Expr:
    sides = (call("list", call(f"map_{side}", *node.expressions)) for side in ("keys", "values"))
    return call("athena_map_union", *sides)


def _reduce_agg(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    """Translate reduce_agg() to list_reduce() over a list of all values. Ignore the lambda that combines two states."""
    value, state, function, _ = node.expressions
    names = [translation.fresh_name() for _ in range(2)]
    body = exp.Lambda(this=applied(function, list(names)), expressions=[name.copy() for name in names])
    return call("list_reduce", call("athena_without_nulls", call("list", value)), body, state)


def _array_sort(node: exp.ArraySort, translation: Translation) -> exp.Expr:
    """Translate array_sort() with a comparator. DuckDB has no comparators. Therefore the SQL does an insertion sort."""
    function = node.args.get("expression")
    if function is None:
        return node
    ordered, element, other = (translation.fresh_name() for _ in range(3))
    value = call("list_extract", element, exp.Literal.number(1))
    compared = call("athena_compared", applied(function, [value, other]))
    before = exp.Lambda(this=exp.GTE(this=compared, expression=exp.Literal.number(0)), expressions=[other.copy()])
    inserted = call(
        "athena_inserted", ordered, call("len", call("list_filter", ordered.copy(), before)), element.copy()
    )
    single = translation.fresh_name()
    singles = exp.Lambda(this=exp.Array(expressions=[single]), expressions=[single.copy()])
    return call(
        "list_reduce",
        call("list_transform", node.this.copy(), singles),
        exp.Lambda(this=inserted, expressions=[ordered.copy(), element.copy()]),
        call("list_slice", node.this.copy(), exp.Literal.number(1), exp.Literal.number(0)),
    )


def _combinations(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    array, length = node.expressions
    places, place = translation.fresh_name(), translation.fresh_name()
    chosen = exp.cast(python("combinations", call("len", array.copy()), length), "BIGINT[][]", dialect="duckdb")
    element = exp.Lambda(this=call("list_extract", array, place), expressions=[place.copy()])
    inner = exp.Lambda(this=call("list_transform", places, element), expressions=[places.copy()])
    return call("list_transform", chosen, inner)


def _zip(node: exp.Anonymous, translation: Translation) -> exp.Expr:
    entry = translation.fresh_name()
    fields = [
        exp.PropertyEQ(
            this=exp.to_identifier(f"field{place}"),
            expression=call("struct_extract_at", entry.copy(), exp.Literal.number(place + 1)),
        )
        for place in range(len(node.expressions))
    ]
    row = exp.Lambda(this=exp.Struct(expressions=fields), expressions=[entry.copy()])
    return call("list_transform", zipped(*node.expressions), row)


def _json_size(node: exp.Anonymous, _: Translation) -> exp.Expr:
    value, path = node.expressions
    return call("athena_json_size", value, path)


_PYTHON = (
    *("char2hexint", "format", "format_number", "human_readable_seconds", "inverse_normal_cdf", "luhn_check"),
    *("normal_cdf", "parse_data_size", "regexp_position", "soundex", "to_base"),
    *(name for name in TYPES if name.startswith("url_extract_")),
)
_COMBINED = {
    "multimap_agg": lambda node, _: call("athena_multimap", *(call("list", part) for part in node.expressions)),
    "skewness": lambda node, _: call(
        "athena_skewness", *(call(part, *node.copy().expressions) for part in ("skewness", "count"))
    ),
}


def _contains(node: exp.ArrayContains, translation: Translation) -> exp.Expr:
    kind = translation.type_of(node.expression)
    if kind is not None and kind.this == DType.IPADDRESS:
        return exp.cast(python("contains", node.this, node.expression), "BOOLEAN")
    return call("athena_contains", node.this, node.expression)


BY_CLASS: dict[type[exp.Expr], Rewrite] = {
    exp.ApproxDistinct: lambda node, _: exp.ApproxDistinct(this=node.this),  # DuckDB has no maximum error
    exp.ArrayContains: _contains,
    exp.ArraySort: _array_sort,
    exp.Decode: _from_utf8,
    exp.FromBase64: lambda node, _: call("athena_from_base64", node.this),
    exp.FromISO8601Date: lambda node, _: call("athena_from_iso8601_date", node.this),
    exp.Normalize: _normalize,
    exp.Rand: _random,
    exp.StrPosition: _strpos,
}

BY_NAME: dict[str, Rewrite] = {
    **{name: _python(name) for name in byte_functions.TABLE if not name.startswith("binary_") and name != "from_utf8"},
    **{name: _python(name) for name in _PYTHON},
    **sql_json.BY_NAME,
    **_COMBINED,
    "array_first": lambda node, _: call("list_extract", *node.expressions, exp.Literal.number(1)),
    "array_last": lambda node, _: call("list_extract", *node.expressions, exp.Literal.number(-1)),
    "bitwise_left_shift": _shift("left_shift"),
    "bitwise_right_shift": _shift("right_shift"),
    "bitwise_right_shift_arithmetic": _shift("right_shift_arithmetic"),
    "bitwise_xor_agg": renamed("bit_xor"),
    "combinations": _combinations,
    "contains_sequence": renamed("athena_contains_sequence"),
    "cosine_similarity": _distance("cosine_similarity"),
    "current_timezone": lambda *_: exp.Literal.string("UTC"),
    "dot_product": renamed("athena_dot_product"),
    "euclidean_distance": renamed("athena_euclidean_distance"),
    "index": renamed("strpos"),
    "is_json_scalar": renamed("athena_is_json_scalar"),
    "json_array_get": renamed("athena_json_array_get"),
    "json_size": _json_size,
    "map_union": _map_union,
    "map_zip_with": _map_zip_with,
    "multimap_from_entries": _multimap_from_entries,
    "ngrams": renamed("athena_ngrams"),
    "parse_duration": _interval,
    "reduce_agg": _reduce_agg,
    "shuffle": renamed("athena_shuffle"),
    "split_to_multimap": renamed("athena_split_to_multimap"),
    "to_char": _to_char,
    "to_date": _to_date,
    "to_milliseconds": renamed("epoch_ms"),
    "width_bucket": _width_bucket,
    "wilson_interval_lower": _wilson(-1),
    "wilson_interval_upper": _wilson(1),
    "zip": _zip,
}

UNKNOWN_TO_SQLGLOT = frozenset(map(str.upper, BY_NAME))
"""Names of functions that the parser must not convert to sqlglot's classes. The rewrites in BY_NAME handle the calls.

A sqlglot class with such a name can have the meaning of another dialect.
"""
