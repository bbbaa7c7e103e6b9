"""Athena's functions: those that are here, those that are refused by name, and what DuckDB lacks for the former.

The names are those of https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html, which are Trino's:
https://trino.io/docs/current/functions/list.html. What is on neither list is not Athena's.
"""

SUPPORTED = frozenset(
    """
    abs acos all_match any_match any_value approx_distinct approx_percentile arbitrary array_agg array_distinct
    array_except array_intersect array_join array_max array_min array_position array_remove array_sort array_union
    arrays_overlap asin atan atan2 avg bit_count bitwise_and bitwise_and_agg bitwise_not bitwise_or bitwise_or_agg
    bitwise_xor bool_and bool_or cardinality cbrt ceil ceiling chr coalesce codepoint concat concat_ws contains corr cos
    cosh count count_if covar_pop covar_samp cume_dist current_date current_timestamp date date_add date_diff
    date_format date_parse date_trunc day day_of_month day_of_week day_of_year degrees dense_rank dow doy e element_at
    ends_with every exp filter first_value flatten floor format_datetime from_base64 from_hex from_iso8601_date
    from_iso8601_timestamp from_unixtime from_utf8 geometric_mean greatest grouping histogram hour if infinity is_finite
    is_infinite is_nan json_array_length json_extract json_extract_scalar json_format json_parse kurtosis lag
    last_day_of_month last_value lead least length levenshtein_distance listagg ln localtimestamp log log10 log2 lower
    lpad ltrim map map_agg map_concat map_entries map_from_entries map_keys map_values max max_by md5 millisecond min
    min_by minute mod month nan none_match now nth_value ntile nullif parse_datetime percent_rank pi position pow power
    quarter radians rand random rank reduce regexp_extract regexp_extract_all regexp_like regexp_replace regexp_split
    regr_intercept regr_slope repeat replace reverse round row row_number rpad rtrim second sequence sha256 sign sin sinh
    slice split split_part sqrt starts_with stddev stddev_pop stddev_samp strpos substr substring sum tan tanh
    to_base64 to_hex to_iso8601 to_timestamp to_unixtime to_utf8 transform translate trim truncate try try_cast upper
    uuid unnest var_pop var_samp variance week week_of_year year year_of_week yow
    """.split()
)

REFUSED = frozenset(
    """
    approx_most_frequent approx_set array_first array_frequency array_last at_timezone bar beta_cdf bing_tile bing_tiles_around
    bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bitwise_left_shift
    bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor_agg char2hexint checksum classify color combinations
    contains_sequence convex_hull_agg cosine_similarity crc32 current_catalog current_groups current_schema current_time
    current_timezone current_user convert date_part decrypt detect_prompt embed empty_approx_set encrypt
    evaluate_classifier_predictions euclidean_distance dot_product features format format_number from_base
    from_base32 from_base64url from_big_endian_32 from_big_endian_64 from_encoded_polyline from_geojson_geometry
    from_ieee754_32 from_ieee754_64 from_iso8601_timestamp_nanos from_unixtime_nanos geometry_from_hadoop_shape
    geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union geometry_union_agg
    great_circle_distance hamming_distance hash_counts hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 human_readable_seconds
    index inverse_beta_cdf inverse_normal_cdf is_json_scalar json_array json_array_contains json_array_get json_exists
    json_object json_query json_size json_value jaccard_index learn_classifier learn_libsvm_classifier
    learn_libsvm_regressor learn_regressor line_interpolate_point line_interpolate_points line_locate_point
    listagg_distinct localtime luhn_check make_set_digest map_filter map_zip_with match_recognize merge merge_set_digest
    multimap_agg multimap_from_entries murmur3 ngrams normal_cdf normalize numeric_histogram objectid_timestamp
    parse_data_size parse_duration parse_presto_data_size qdigest_agg quantile_at_value quote_literal reduce_agg
    regexp_count regexp_position regress render rgb set_agg set_union sha1 sha512 shuffle simplify_geometry skewness soundex
    spatial_partitioning spatial_partitions split_to_map split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64
    st_area st_asbinary st_astext st_boundary st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses
    st_difference st_dimension st_disjoint st_distance st_endpoint st_envelope st_equals st_geometryfromtext st_geometrytype
    st_geomfrombinary st_interiorringn st_intersection st_intersects st_isclosed st_isempty st_isring st_issimple
    st_isvalid st_length st_linefromtext st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints
    st_overlaps st_point st_pointn st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union
    st_within st_x st_xmax st_xmin st_y st_ymax st_ymin tdigest_agg theta_sketch_estimate theta_sketch_union
    timestamp_objectid timezone_hour timezone_minute to_base to_base32 to_base64url to_big_endian_32 to_big_endian_64
    to_char to_date to_encoded_polyline to_geojson_geometry to_geometry to_ieee754_32 to_ieee754_64 to_milliseconds
    to_spherical_geography transform_keys transform_values trim_array typeof url_decode url_encode url_extract_fragment
    url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol url_extract_query
    value_at_quantile values_at_quantiles version width_bucket wilson_interval_lower wilson_interval_upper with_timezone
    word_stem xxhash64 zip zip_with entropy bitwise_left_shift regr_avgx entropy
    """.split()
)

MACROS = r"""
CREATE MACRO athena_double_of(x, text) AS CASE
    WHEN x = 0 OR (abs(x) >= 1e-3 AND abs(x) < 1e7) THEN text
    WHEN NOT isfinite(x) THEN CASE WHEN contains(text, 'nan') THEN 'NaN' WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN contains(text, 'e') THEN regexp_replace(split_part(text, 'e', 1), '^(-?\d)$', '\1.0')
        || 'E' || CAST(CAST(split_part(text, 'e', 2) AS INTEGER) AS VARCHAR)
    WHEN abs(x) >= 1e7 THEN regexp_replace(replace(text, '.', ''), '^(-?\d)(\d(?:\d*[1-9])?)0*$', '\1.\2')
        || 'E' || CAST(strpos(text, '.') - CASE WHEN x < 0 THEN 3 ELSE 2 END AS VARCHAR)
    ELSE regexp_replace(regexp_replace(text, '^(-?)0\.000(\d)(\d*)$', '\1\2.\3'), '\.$', '.0') || 'E-4'
END;

CREATE MACRO athena_double(x) AS athena_double_of(x, CAST(x AS VARCHAR));

CREATE MACRO athena_regexp_extract(text, pattern, part) AS
    CASE WHEN regexp_matches(text, pattern) THEN regexp_extract(text, pattern, part) END;

CREATE MACRO athena_json_extract(value, path) AS
    CASE WHEN json_valid(CAST(value AS VARCHAR)) THEN json_extract(value, path) END;

CREATE MACRO athena_json_extract_scalar(value, path) AS CASE
    WHEN json_valid(CAST(value AS VARCHAR)) AND json_type(value, path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
    THEN json_extract_string(value, path)
END;

CREATE MACRO athena_array_distinct(list) AS
    list_filter(list, lambda value, place: list_position(list, value) = place);

CREATE MACRO athena_failure(sentence) AS CAST('INVALID_FUNCTION_ARGUMENT: ' || sentence AS BIGINT);

CREATE MACRO athena_quotient(x, y, scale) AS
    CASE WHEN y = 0 THEN athena_failure('Division by zero') ELSE round("/"(x, y), scale) END;

CREATE MACRO athena_contains(list, value) AS CASE
    WHEN list IS NULL OR list_contains(list, value) THEN list_contains(list, value)
    WHEN list_count(list) < len(list) THEN NULL
    ELSE list_contains(list, value)
END;

CREATE MACRO athena_array_except(list, others) AS
    athena_array_distinct(list_filter(list, lambda value: list_position(others, value) IS NULL));

CREATE MACRO athena_array_max(list) AS CASE WHEN list_count(list) = len(list) THEN list_max(list) END;

CREATE MACRO athena_array_min(list) AS CASE WHEN list_count(list) = len(list) THEN list_min(list) END;

CREATE MACRO athena_repeat(value, times) AS list_transform(generate_series(1, times), lambda place: value);

CREATE MACRO athena_sequence(first, last) AS generate_series(first, last, CASE WHEN first <= last THEN 1 ELSE -1 END);

CREATE MACRO athena_days(first, last) AS
    generate_series(first, last, CASE WHEN first <= last THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END);

CREATE MACRO athena_element_at(list, place) AS
    list_extract(list, CASE WHEN place = 0 THEN athena_failure('SQL array indices start at 1') ELSE place END);

CREATE MACRO athena_subscript(list, place) AS list_extract(list, CASE
    WHEN place = 0 THEN athena_failure('SQL array indices start at 1')
    WHEN place < 0 THEN athena_failure('Array subscript is negative: ' || place)
    WHEN place > len(list)
    THEN athena_failure('Array subscript must be less than or equal to array length: ' || place || ' > ' || len(list))
    ELSE place
END);

CREATE MACRO athena_slice(list, first, length) AS CASE
    WHEN first = 0 THEN list_slice(list, 1, athena_failure('SQL array indices start at 1'))
    WHEN length < 0 THEN list_slice(list, 1, athena_failure('length must be greater than or equal to 0'))
    WHEN first < -len(list) THEN list_slice(list, 1, 0)
    WHEN first < 0 THEN list_slice(list, len(list) + first + 1, len(list) + first + length)
    ELSE list_slice(list, first, first + length - 1)
END;

CREATE MACRO athena_map_value(map, key) AS list_extract([map_extract_value(map, key)], CASE
    WHEN NOT list_contains(map_keys(map), key) THEN athena_failure('Key not present in map: ' || key) ELSE 1
END);

CREATE MACRO athena_map_entries(map) AS
    list_transform(map_entries(map), lambda entry: {'field0': entry.key, 'field1': entry.value});

CREATE MACRO athena_part(parts, place) AS
    list_extract(parts, CASE WHEN place <= 0 THEN athena_failure('Index must be greater than zero') ELSE place END);

CREATE MACRO athena_substring(text, first, length) AS CASE
    WHEN first = 0 OR first < -len(text) OR length <= 0 THEN ''
    ELSE substring(text, first, length)
END;

CREATE MACRO athena_bit_count(value, bits) AS CAST(bit_count(CASE bits
    WHEN 64 THEN CAST(value AS BIGINT)
    ELSE CAST(value AS BIGINT) & ((CAST(1 AS BIGINT) << bits) - 1)
END) AS BIGINT);

CREATE MACRO athena_interval_of(months, milliseconds) AS CASE
    WHEN months <> 0
    THEN CASE WHEN months < 0 THEN '-' ELSE '' END || abs(months) // 12 || '-' || abs(months) % 12
    ELSE CASE WHEN milliseconds < 0 THEN '-' ELSE '' END || abs(milliseconds) // 86400000
        || strftime(epoch_ms(abs(milliseconds) % 86400000), ' %H:%M:%S.%g')
END;

CREATE MACRO athena_interval(x) AS
    athena_interval_of(datepart('year', x) * 12 + datepart('month', x), epoch_ms(x));

CREATE MACRO athena_from_iso8601_timestamp(text) AS CASE
    WHEN contains(text, ' ') THEN make_timestamptz(athena_failure('Invalid format: "' || text || '"'))
    ELSE CAST(text AS TIMESTAMPTZ)
END;

CREATE MACRO athena_rounded(x) AS CASE WHEN x < 0 THEN -floor(0.5 - x) ELSE floor(x + 0.5) END;

CREATE MACRO athena_whole_text(text) AS CASE
    WHEN regexp_full_match(text, '[+-]?[0-9]+') THEN text
    ELSE CAST(athena_failure('Cannot cast ''' || text || ''' to a whole number') AS VARCHAR)
END;
"""
"""What Athena's functions are made of where DuckDB has none that is the same."""

# Format elements. Teradata's: https://trino.io/docs/current/functions/teradata.html; Joda's:
# https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html.
TERADATA = {
    "yyyy": "%Y",
    "yy": "%y",
    "mm": "%m",
    "dd": "%d",
    "hh24": "%H",
    "hh12": "%I",
    "hh": "%I",
    "mi": "%M",
    "ss": "%S",
}
JODA = {
    "yyyy": "%Y",
    "YYYY": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "dd": "%d",
    "d": "%-d",
    "EEEE": "%A",
    "EEE": "%a",
    "E": "%a",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "a": "%p",
    "ZZ": "%z",
    "Z": "%z",
    "DDD": "%j",
}
