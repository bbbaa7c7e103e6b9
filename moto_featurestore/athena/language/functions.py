"""The names of Athena's functions. This package supports only the functions in SUPPORTED, not those in UNSUPPORTED.

The names are from https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html, which are Trino's names:
https://trino.io/docs/current/functions/list.html. A name in neither set is not a function of Athena.
"""

SUPPORTED = frozenset(
    """
    abs acos all_match any_match any_value approx_distinct approx_percentile arbitrary array_agg array_distinct
    array_except array_first array_intersect array_join array_last array_max array_min array_position array_remove
    array_sort array_union arrays_overlap asin at_timezone atan atan2 avg bit_count bitwise_and bitwise_and_agg
    bitwise_left_shift bitwise_not bitwise_or bitwise_or_agg bitwise_right_shift bitwise_right_shift_arithmetic
    bitwise_xor bitwise_xor_agg bool_and bool_or cardinality cbrt ceil ceiling char2hexint chr coalesce codepoint
    combinations concat concat_ws contains contains_sequence corr cos cosh cosine_similarity count count_if
    covar_pop covar_samp crc32 cume_dist current_date current_timestamp current_timezone date date_add date_diff
    date_format date_parse date_trunc day day_of_month day_of_week day_of_year degrees dense_rank dot_product dow
    doy e element_at ends_with euclidean_distance every exp filter first_value flatten floor format format_datetime
    format_number from_base from_base32 from_base64 from_base64url from_big_endian_32 from_big_endian_64 from_hex
    from_ieee754_32 from_ieee754_64 from_iso8601_date from_iso8601_timestamp from_unixtime from_utf8 geometric_mean
    greatest grouping hamming_distance histogram hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 hour
    human_readable_seconds if index infinity inverse_normal_cdf is_finite is_infinite is_json_scalar is_nan
    json_array json_array_contains json_array_get json_array_length json_exists json_extract json_extract_scalar
    json_format json_object json_parse json_query json_size json_value kurtosis lag last_day_of_month last_value
    lead least length levenshtein_distance listagg ln localtimestamp log log10 log2 lower lpad ltrim luhn_check map
    map_agg map_concat map_entries map_filter map_from_entries map_keys map_union map_values map_zip_with max max_by
    md5 millisecond min min_by minute mod month multimap_agg multimap_from_entries murmur3 nan ngrams none_match
    normal_cdf normalize now nth_value ntile nullif parse_data_size parse_datetime parse_duration percent_rank pi
    position pow power quarter radians rand random rank reduce reduce_agg regexp_count regexp_extract
    regexp_extract_all regexp_like regexp_position regexp_replace regexp_split regr_intercept regr_slope repeat
    replace reverse round row row_number rpad rtrim second sequence sha1 sha256 sha512 shuffle sign sin sinh
    skewness slice soundex split split_part split_to_map split_to_multimap sqrt starts_with stddev stddev_pop
    stddev_samp strpos substr substring sum tan tanh timezone_hour timezone_minute to_base to_base32 to_base64 to_base64url to_big_endian_32
    to_big_endian_64 to_char to_date to_hex to_ieee754_32 to_ieee754_64 to_iso8601 to_milliseconds to_timestamp
    to_unixtime to_utf8 transform transform_keys transform_values translate trim trim_array truncate try try_cast
    typeof unnest upper url_decode url_encode url_extract_fragment url_extract_host url_extract_parameter
    url_extract_path url_extract_port url_extract_protocol url_extract_query uuid var_pop var_samp variance week
    week_of_year width_bucket wilson_interval_lower wilson_interval_upper with_timezone xxhash64 year year_of_week yow zip
    zip_with
    """.split()
)

UNSUPPORTED = frozenset(
    """
    approx_most_frequent approx_set array_frequency bar beta_cdf bing_tile bing_tile_at
    bing_tile_coordinates bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bing_tiles_around checksum
    classify color convert convex_hull_agg current_catalog current_groups current_schema current_time current_user
    date_part decrypt detect_prompt embed empty_approx_set encrypt entropy evaluate_classifier_predictions features
    from_encoded_polyline from_geojson_geometry from_iso8601_timestamp_nanos from_unixtime_nanos
    geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union
    geometry_union_agg great_circle_distance hash_counts intersection_cardinality inverse_beta_cdf jaccard_index
    json_table learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor
    line_interpolate_point line_interpolate_points line_locate_point listagg_distinct localtime make_set_digest
    match_recognize merge merge_set_digest numeric_histogram objectid_timestamp parse_presto_data_size qdigest_agg
    quantile_at_value quote_literal regr_avgx regress render rgb set_agg set_union simplify_geometry
    spatial_partitioning spatial_partitions spooky_hash_v2_32 spooky_hash_v2_64 st_area st_asbinary st_astext
    st_boundary st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses st_difference st_dimension
    st_disjoint st_distance st_endpoint st_envelope st_equals st_geometryfromtext st_geometrytype st_geomfrombinary
    st_interiorringn st_intersection st_intersects st_isclosed st_isempty st_isring st_issimple st_isvalid st_length
    st_linefromtext st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints st_overlaps
    st_point st_pointn st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union st_within
    st_x st_xmax st_xmin st_y st_ymax st_ymin tdigest_agg theta_sketch_estimate theta_sketch_union
    timestamp_objectid to_encoded_polyline to_geojson_geometry to_geometry
    to_spherical_geography value_at_quantile values_at_quantiles version word_stem
    """.split()
)
