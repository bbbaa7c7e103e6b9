"""The names of Athena's functions: the supported and the unsupported ones.

The names are those of https://docs.aws.amazon.com/athena/latest/ug/functions-env3.html, which are Trino's:
https://trino.io/docs/current/functions/list.html. Names on neither list are not functions of Athena.
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
    hamming_distance from_base to_base json_array_contains sha1 typeof
    url_decode url_encode url_extract_fragment url_extract_host url_extract_path url_extract_port url_extract_protocol url_extract_query
    map_filter regexp_count split_to_map transform_keys transform_values trim_array zip_with uuid unnest var_pop var_samp variance week week_of_year year year_of_week yow
    """.split()
)

REFUSED = frozenset(
    """
    approx_most_frequent approx_set array_first array_frequency array_last at_timezone bar beta_cdf bing_tile bing_tiles_around
    bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bitwise_left_shift
    bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor_agg char2hexint checksum classify color combinations
    contains_sequence convex_hull_agg cosine_similarity crc32 current_catalog current_groups current_schema current_time
    current_timezone current_user convert date_part decrypt detect_prompt embed empty_approx_set encrypt
    evaluate_classifier_predictions euclidean_distance dot_product features format format_number
    from_base32 from_base64url from_big_endian_32 from_big_endian_64 from_encoded_polyline from_geojson_geometry
    from_ieee754_32 from_ieee754_64 from_iso8601_timestamp_nanos from_unixtime_nanos geometry_from_hadoop_shape
    geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union geometry_union_agg
    great_circle_distance hash_counts hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 human_readable_seconds
    index inverse_beta_cdf inverse_normal_cdf is_json_scalar json_array json_array_get json_exists
    json_object json_query json_size json_value jaccard_index learn_classifier learn_libsvm_classifier
    learn_libsvm_regressor learn_regressor line_interpolate_point line_interpolate_points line_locate_point
    listagg_distinct localtime luhn_check make_set_digest map_union map_zip_with match_recognize merge merge_set_digest
    multimap_agg multimap_from_entries murmur3 ngrams normal_cdf normalize numeric_histogram objectid_timestamp
    parse_data_size parse_duration parse_presto_data_size qdigest_agg quantile_at_value quote_literal reduce_agg
    regexp_position regress render rgb set_agg set_union sha512 shuffle simplify_geometry skewness soundex
    spatial_partitioning spatial_partitions split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64
    st_area st_asbinary st_astext st_boundary st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses
    st_difference st_dimension st_disjoint st_distance st_endpoint st_envelope st_equals st_geometryfromtext st_geometrytype
    st_geomfrombinary st_interiorringn st_intersection st_intersects st_isclosed st_isempty st_isring st_issimple
    st_isvalid st_length st_linefromtext st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints
    st_overlaps st_point st_pointn st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union
    st_within st_x st_xmax st_xmin st_y st_ymax st_ymin tdigest_agg theta_sketch_estimate theta_sketch_union
    timestamp_objectid timezone_hour timezone_minute to_base32 to_base64url to_big_endian_32 to_big_endian_64
    to_char to_date to_encoded_polyline to_geojson_geometry to_geometry to_ieee754_32 to_ieee754_64 to_milliseconds
    to_spherical_geography
    url_extract_parameter
    value_at_quantile values_at_quantiles version width_bucket wilson_interval_lower wilson_interval_upper with_timezone
    word_stem xxhash64 zip entropy regr_avgx
    """.split()
)
