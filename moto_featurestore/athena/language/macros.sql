-- DuckDB macros for the Athena functions that DuckDB lacks or defines differently.

CREATE MACRO athena_double(x) AS CASE
    WHEN x = 0 OR (abs(x) >= 1e-3 AND abs(x) < 1e7) THEN CAST(x AS VARCHAR)
    WHEN x >= 1e7 AND x < 1e15  -- in SQL, not Python, because such doubles (epoch seconds) are frequent
        THEN regexp_replace(replace(CAST(x AS VARCHAR), '.', ''), '^(\d)(\d(?:\d*[1-9])?)0*$', '\1.\2E')
            || CAST(strpos(CAST(x AS VARCHAR), '.') - 2 AS VARCHAR)
    ELSE athena_scientific(CAST(x AS VARCHAR))
END;

CREATE MACRO athena_text(x) AS CAST(x AS VARCHAR);

CREATE MACRO athena_fraction(x) AS
    regexp_replace(CAST(x AS VARCHAR), '^-?[.]', CASE WHEN x < 0 THEN '-0.' ELSE '0.' END);

CREATE MACRO athena_timestamp(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g');

CREATE MACRO athena_zoned(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g UTC');

CREATE MACRO athena_binary(x) AS rtrim(regexp_replace(lower(hex(x)), '(..)', '\1 ', 'g'));

CREATE MACRO athena_padded(text, size) AS rpad(text, size, ' ');

CREATE MACRO athena_array_join(texts, delimiter, replacement) AS CASE WHEN texts IS NOT NULL THEN coalesce(
    array_to_string(list_transform(texts, lambda text: coalesce(text, replacement)), delimiter), ''
) END;

CREATE MACRO athena_json_string(x) AS CAST(to_json(CAST(x AS VARCHAR)) AS VARCHAR);

CREATE MACRO athena_json_double(x) AS CASE WHEN isfinite(x) THEN athena_double(x) ELSE '"' || athena_double(x) || '"' END;

CREATE MACRO athena_json_timestamp(x) AS '"' || athena_timestamp(x) || '"';

CREATE MACRO athena_cast_failure(value, kind) AS
    CAST('INVALID_CAST_ARGUMENT: Cannot cast ''' || value || ''' to ' || kind AS BIGINT);

CREATE MACRO athena_json_failure(value, kind) AS CAST(CAST(athena_cast_failure(value, kind) AS VARCHAR) AS JSON);

CREATE MACRO athena_json_elements(value, kind) AS CASE coalesce(json_type(value), 'NULL')
    WHEN 'NULL' THEN NULL
    WHEN 'ARRAY' THEN json_extract(value, '$[*]')
    ELSE [athena_json_failure(value, kind)]
END;

CREATE MACRO athena_json_entries(value, kind) AS CASE coalesce(json_type(value), 'NULL')
    WHEN 'NULL' THEN NULL
    WHEN 'OBJECT' THEN CAST(value AS MAP(VARCHAR, JSON))
    ELSE map(['x'], [athena_json_failure(value, kind)])
END;

CREATE MACRO athena_json_fields(value, names, kind) AS CASE
    WHEN coalesce(json_type(value), 'NULL') = 'NULL' THEN NULL
    WHEN json_type(value) = 'ARRAY' AND json_array_length(value) = len(names) THEN json_extract(value, '$[*]')
    WHEN json_type(value) = 'OBJECT' THEN list_transform(names, lambda field: list_extract(list_transform(list_filter(
        map_entries(CAST(value AS MAP(VARCHAR, JSON))), lambda entry: lower(entry.key) = field
    ), lambda entry: entry.value), 1))
    ELSE [athena_json_failure(value, kind)]
END;

CREATE MACRO athena_json_scalar(value, kind) AS CASE
    WHEN json_type(value) IN ('OBJECT', 'ARRAY') THEN CAST(athena_cast_failure(value, kind) AS VARCHAR)
    WHEN json_type(value) = 'DOUBLE' THEN CAST(value AS VARCHAR)  -- with all digits of the number
    ELSE json_extract_string(value, '$')
END;

CREATE MACRO athena_json_whole(value, kind) AS CASE
    WHEN json_type(value) = 'BOOLEAN' THEN CAST(CAST(json_extract_string(value, '$') AS BOOLEAN) AS HUGEINT)
    WHEN json_type(value) = 'DOUBLE' AND regexp_matches(CAST(value AS VARCHAR), '[.eE]')
        THEN CAST(athena_rounded(CAST(CAST(value AS VARCHAR) AS DOUBLE)) AS HUGEINT)
    ELSE coalesce(
        TRY_CAST(athena_whole_text(athena_json_scalar(value, kind)) AS HUGEINT),
        CASE WHEN json_type(value) <> 'NULL' THEN athena_cast_failure(value, kind) END
    )
END;

CREATE MACRO athena_json_boolean(value, kind) AS CASE
    WHEN json_type(value) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(CAST(value AS VARCHAR) AS DOUBLE) <> 0
    ELSE coalesce(
        TRY_CAST(athena_boolean_text(athena_json_scalar(value, kind)) AS BOOLEAN),
        CASE WHEN json_type(value) <> 'NULL' THEN CAST(athena_cast_failure(value, kind) AS BOOLEAN) END
    )
END;

CREATE MACRO athena_json_number(value, kind) AS CASE
    WHEN json_type(value) = 'BOOLEAN' THEN CAST(CAST(CAST(json_extract_string(value, '$') AS BOOLEAN) AS INT) AS VARCHAR)
    ELSE athena_json_scalar(value, kind)
END;

CREATE MACRO athena_other_keys(map, other) AS
    cardinality(map) <> cardinality(other) OR NOT list_has_all(map_keys(map), map_keys(other));

CREATE MACRO athena_failure(sentence) AS CAST('INVALID_FUNCTION_ARGUMENT: ' || sentence AS BIGINT);

CREATE MACRO athena_time_digits(text, digits) AS left(text, 8)
    || CASE WHEN digits > 0 THEN '.' || left(rpad(regexp_extract(text, '[.](\d+)', 1), 9, '0'), digits) ELSE '' END
    || regexp_replace(regexp_extract(text, '[+-].*'), '^(...)$', '\1:00');

CREATE MACRO athena_time(x) AS athena_time_digits(CAST(x AS VARCHAR), 3),
    (x, digits) AS athena_time_digits(CAST(x AS VARCHAR), digits);

CREATE MACRO athena_shifted(x, minutes) AS timezone('UTC', x) + to_minutes(minutes);

CREATE MACRO athena_zone_offset(minutes) AS CASE WHEN minutes = 0 THEN 'Z' ELSE CASE WHEN minutes < 0 THEN '-' ELSE '+' END
    || lpad(CAST(abs(minutes) // 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(minutes) % 60 AS VARCHAR), 2, '0') END;

CREATE MACRO athena_iso_zoned(x, local) AS strftime(local, '%Y-%m-%dT%H:%M:%S.%g')
    || athena_zone_offset(date_sub('minute', timezone('UTC', x), local));

CREATE MACRO athena_zone_part(x, local, part) AS CASE part
    WHEN 'TIMEZONE_HOUR' THEN CAST(date_sub('minute', timezone('UTC', x), local) // 60 AS BIGINT)
    ELSE date_sub('minute', timezone('UTC', x), local) % 60
END;

CREATE MACRO athena_zoned_text(text, is_instant) AS CASE
    WHEN NOT is_instant AND regexp_matches(text, '\d\s*([+-]\d+:|[A-Za-z])')
        AND NOT regexp_matches(text, '(UTC|Z|[+-]00:00)\s*$')
        THEN CAST(CAST(
            'NOT_SUPPORTED: moto_featurestore does not support the time zone of ' || text || ', except in comparisons' AS BIGINT
        ) AS VARCHAR)
    ELSE text
END;

CREATE MACRO athena_interval_of(months, milliseconds) AS CASE
    WHEN months <> 0
        THEN CASE WHEN months < 0 THEN '-' ELSE '' END || abs(months) // 12 || '-' || abs(months) % 12
    ELSE CASE WHEN milliseconds < 0 THEN '-' ELSE '' END || abs(milliseconds) // 86400000
        || strftime(epoch_ms(abs(milliseconds) % 86400000), ' %H:%M:%S.%g')
END;

CREATE MACRO athena_months(x) AS datepart('year', x) * 12 + datepart('month', x);

CREATE MACRO athena_milliseconds(x) AS epoch_ms(x) - epoch_ms(to_months(CAST(athena_months(x) AS INTEGER)));

CREATE MACRO athena_interval_of_sums(months, milliseconds) AS
    to_months(CAST(months AS INTEGER)) + to_milliseconds(CAST(milliseconds AS DOUBLE));

CREATE MACRO athena_interval(x) AS athena_interval_of(athena_months(x), epoch_ms(x));

CREATE MACRO athena_part(part, is_unsure) AS CASE
    WHEN is_unsure AND part = ''
        THEN error('NOT_SUPPORTED: moto_featurestore cannot distinguish an unmatched group of a regular expression from an empty match')
    ELSE part
END;

CREATE MACRO athena_regexp_extract(text, pattern, part) AS
    CASE WHEN regexp_matches(text, pattern) THEN regexp_extract(text, pattern, part) END,
    (text, pattern, part, is_unsure) AS CASE
        WHEN regexp_matches(text, pattern) THEN athena_part(regexp_extract(text, pattern, part), is_unsure)
    END;

CREATE MACRO athena_regexp_extract_all(text, pattern, part, is_unsure) AS list_transform(
    regexp_extract_all(text, pattern, part), lambda item: athena_part(item, is_unsure)
);

CREATE MACRO athena_replacement(text) AS CASE
    WHEN contains(text, '$') OR contains(text, '\')
        THEN error('NOT_SUPPORTED: moto_featurestore supports a replacement that contains a dollar sign or a backslash only as a literal')
    ELSE text
END;

CREATE MACRO athena_json_extract(value, path) AS
    CASE WHEN json_valid(CAST(value AS VARCHAR)) THEN json_extract(value, path) END;

CREATE MACRO athena_json_parse(value) AS
    CASE WHEN regexp_matches(value, '[{.eE]') THEN CAST(athena_canonical(json(value)) AS JSON) ELSE json(value) END;

CREATE MACRO athena_json_extract_scalar(value, path) AS CASE
    WHEN json_valid(CAST(value AS VARCHAR)) AND json_type(value, path) = 'DOUBLE'
    THEN athena_number_at(CAST(value AS VARCHAR), path)
    WHEN json_valid(CAST(value AS VARCHAR)) AND json_type(value, path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
    THEN json_extract_string(value, path)
END;

CREATE MACRO athena_json_text(value) AS CASE
    WHEN json_type(value) = 'DOUBLE' AND regexp_matches(CAST(value AS VARCHAR), '[.eE]')
        THEN athena_double(CAST(CAST(value AS VARCHAR) AS DOUBLE))
    ELSE athena_json_scalar(value, 'varchar')
END;

CREATE MACRO athena_json_array_length(value) AS CASE
    WHEN json_valid(CAST(value AS VARCHAR)) AND json_type(value) = 'ARRAY' THEN json_array_length(value)
END;

CREATE MACRO athena_split(text, delimiter) AS CASE
        WHEN delimiter = '' THEN [CAST(athena_failure('The delimiter may not be the empty string') AS VARCHAR)]
        ELSE str_split(text, delimiter)
    END,
    (text, delimiter, most) AS CASE
        WHEN most < 1 THEN [CAST(athena_failure('Limit must be positive') AS VARCHAR)]
        WHEN delimiter = '' THEN [CAST(athena_failure('The delimiter may not be the empty string') AS VARCHAR)]
        WHEN len(str_split(text, delimiter)) <= most THEN str_split(text, delimiter)
        ELSE list_append(
            list_slice(str_split(text, delimiter), 1, most - 1),
            array_to_string(list_slice(str_split(text, delimiter), most, len(str_split(text, delimiter))), delimiter)
        )
    END;

CREATE MACRO athena_split_part(text, delimiter, place) AS list_extract(
    str_split(text, delimiter), CASE WHEN place < 1 THEN athena_failure('Index must be greater than zero') ELSE place END
);

CREATE MACRO athena_pairs(text, between_pairs, within_pairs) AS list_transform(
    CASE
        WHEN text = '' THEN []
        WHEN ends_with(text, between_pairs) THEN str_split(left(text, len(text) - len(between_pairs)), between_pairs)
        ELSE str_split(text, between_pairs)
    END,
    lambda pair: struct_pack(
        k := CASE
            WHEN len(str_split(pair, within_pairs)) <> 2 THEN CAST(athena_failure(
                'Key-value delimiter must appear exactly once in each entry. Bad input: ''' || pair || ''''
            ) AS VARCHAR)
            ELSE str_split(pair, within_pairs)[1]
        END,
        v := str_split(pair, within_pairs)[2]
    )
);

CREATE MACRO athena_split_to_map(text, between_pairs, within_pairs) AS
    map_from_entries(athena_pairs(text, between_pairs, within_pairs));

CREATE MACRO athena_replace(text, old, new) AS CASE
    WHEN old <> '' THEN replace(text, old, new)
    WHEN text = '' THEN new
    ELSE new || array_to_string(str_split(text, ''), new) || new
END;

CREATE MACRO athena_padding(size, padding) AS CASE
    WHEN size < 0 THEN athena_failure('Target length must be in the range [0..2147483647]')
    WHEN padding = '' THEN athena_failure('Padding string must not be empty')
    WHEN size > 1048576 THEN athena_failure('Target length must be in the range [0..1048576]')
    ELSE size
END;

CREATE MACRO athena_digit(c) AS strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1;

CREATE MACRO athena_from_base(text, radix) AS CASE
    WHEN radix NOT BETWEEN 2 AND 36 THEN athena_failure('Radix must be between 2 and 36')
    WHEN text NOT SIMILAR TO '[+-]?[0-9a-zA-Z]+'
        OR list_max(list_transform(str_split(lower(ltrim(text, '+-')), ''), lambda c: athena_digit(c))) >= radix
        THEN athena_failure('Not a valid base-' || radix || ' number: ' || text)
    ELSE CAST(CASE WHEN starts_with(text, '-') THEN -1 ELSE 1 END * list_reduce(
        list_transform(str_split(lower(ltrim(text, '+-')), ''), lambda c: CAST(athena_digit(c) AS HUGEINT)),
        lambda a, b: a * radix + b
    ) AS BIGINT)
END;

CREATE MACRO athena_hamming(a, b) AS CASE
    WHEN len(a) <> len(b)
        THEN athena_failure('The input strings to hamming_distance function must have the same length')
    WHEN a = '' THEN 0
    ELSE hamming(a, b)
END;

CREATE MACRO athena_json_array_contains(value, item) AS CASE
    WHEN json_valid(CAST(value AS VARCHAR)) AND json_type(value) = 'ARRAY'
        THEN coalesce(list_contains(json_extract(value, '$[*]'), to_json(item)), false)
END;

CREATE MACRO athena_url_decode(text) AS url_decode(replace(text, '+', '%20'));

CREATE MACRO athena_url_encode(text) AS replace(replace(replace(url_encode(text), '%20', '+'), '%2A', '*'), '~', '%7E');

CREATE MACRO athena_repetitions(count) AS CASE
    WHEN count < 0 THEN athena_failure('count argument of repeat function must be greater than or equal to 0')
    WHEN count > 10000 THEN athena_failure('count argument of repeat function must be less than or equal to 10000')
    ELSE count
END;

CREATE MACRO athena_substr(text, start, size) AS CASE
    WHEN start = 0 OR start < -len(text) OR size <= 0 THEN ''
    ELSE substring(text, start, size)
END;

CREATE MACRO athena_fitting(text, size) AS CASE
    WHEN length(text) > size THEN CAST(CAST(
        'INVALID_CAST_ARGUMENT: Value ' || text || ' cannot be represented as varchar(' || size || ')' AS BIGINT
    ) AS VARCHAR)
    ELSE text
END;

CREATE MACRO athena_array_distinct(list) AS
    list_filter(list, lambda value, place: list_position(list, value) = place);

CREATE MACRO athena_array_except(list, others) AS CASE WHEN others IS NOT NULL THEN
    list_filter(athena_array_distinct(list), lambda value: list_position(others, value) IS NULL) END;

CREATE MACRO athena_array_intersect(list, others) AS CASE WHEN others IS NOT NULL THEN
    list_filter(athena_array_distinct(list), lambda value: list_position(others, value) IS NOT NULL) END;

CREATE MACRO athena_has_null(list) AS len(list) > list_count(list);

CREATE MACRO athena_contains(list, value) AS
    CASE WHEN value IS NULL THEN NULL WHEN list_contains(list, value) THEN true WHEN athena_has_null(list) THEN NULL ELSE list_contains(list, value) END;

CREATE MACRO athena_overlap(list, others) AS CASE
    WHEN list_has_any(list, others) THEN true
    WHEN athena_has_null(list) OR athena_has_null(others) THEN NULL
    ELSE list_has_any(list, others)
END;

CREATE MACRO athena_any(tests) AS
    CASE WHEN list_contains(tests, true) THEN true WHEN athena_has_null(tests) THEN NULL ELSE list_contains(tests, true) END;

CREATE MACRO athena_all(tests) AS
    CASE WHEN list_contains(tests, false) THEN false WHEN athena_has_null(tests) THEN NULL ELSE NOT list_contains(tests, false) END;

CREATE MACRO athena_values(rows) AS list_transform(rows, lambda entry: entry.v);

CREATE MACRO athena_map_of(keys, items) AS CASE
    WHEN len(list_distinct(keys)) = len(keys) THEN map(keys, items)
    ELSE map_from_entries(list_filter(
        list_zip(keys, items), lambda pair, place: pair[1] IS NOT NULL AND list_position(keys, pair[1]) = place
    ))
END;

CREATE MACRO athena_array_position(list, value) AS
    CASE WHEN value IS NOT NULL THEN coalesce(list_position(list, value), CASE WHEN list IS NOT NULL THEN 0 END) END;

CREATE MACRO athena_array_remove(list, value) AS
    CASE WHEN value IS NOT NULL THEN list_filter(list, lambda item: item IS NULL OR item <> value) END;

CREATE MACRO athena_array_max(list) AS CASE WHEN athena_has_null(list) THEN NULL ELSE list_max(list) END;

CREATE MACRO athena_array_min(list) AS CASE WHEN athena_has_null(list) THEN NULL ELSE list_min(list) END;

CREATE MACRO athena_element_at(list, place) AS
    list_extract(list, CASE WHEN place = 0 THEN athena_failure('SQL array indices start at 1') ELSE place END);

CREATE MACRO athena_element(list, place) AS list_extract(list, CASE
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

CREATE MACRO athena_value(map, k) AS list_extract(map_values(map), CASE
    WHEN NOT list_contains(map_keys(map), k) THEN athena_failure('Key not present in map: ' || k)
    ELSE list_position(map_keys(map), k)
END);

CREATE MACRO athena_entries(series) AS CASE
    WHEN len(series) > 10000
        THEN list_slice(series, 1, athena_failure('result of sequence function must not have more than 10000 entries'))
    WHEN len(series) = 0 THEN list_slice(series, 1, athena_failure(
        'sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop'
        || ' should be less than or equal to start'
    ))
    ELSE series
END;

CREATE MACRO athena_step(step) AS CASE WHEN step = 0 THEN athena_failure('step must not be zero') ELSE step END;

CREATE MACRO athena_sequence(first, last) AS
    athena_entries(generate_series(first, last, CASE WHEN first <= last THEN 1 ELSE -1 END)),
    (first, last, step) AS athena_entries(generate_series(first, last, athena_step(step)));

CREATE MACRO athena_days(first, last) AS
    generate_series(first, last, CASE WHEN first <= last THEN INTERVAL 1 DAY ELSE INTERVAL (-1) DAY END);

CREATE MACRO athena_bit_count(value, bits) AS CAST(bit_count(CASE
    WHEN bits = 64 THEN CAST(value AS BIGINT)
    WHEN bits NOT BETWEEN 2 AND 64
        THEN athena_failure('Bits specified in bit_count must be between 2 and 64, got ' || bits)
    WHEN value NOT BETWEEN -(CAST(1 AS HUGEINT) << (bits - 1)) AND (CAST(1 AS HUGEINT) << (bits - 1)) - 1
        THEN athena_failure(
            'Number must be representable with the bits specified. ' || value || ' cannot be represented with ' || bits
            || ' bits'
        )
    ELSE CAST(value AS BIGINT) & ((CAST(1 AS BIGINT) << bits) - 1)
END) AS BIGINT);

CREATE MACRO athena_from_iso8601_timestamp(text, is_instant) AS CASE
    WHEN NOT regexp_full_match(
        text, '[+-]?\d{4,}-\d{1,2}-\d{1,2}(T(\d{1,2}(:\d{1,2}(:\d{1,2}([.,]\d+)?)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?'
    ) THEN make_timestamptz(athena_failure('Invalid format: "' || text || '"'))
    WHEN NOT is_instant AND regexp_matches(text, 'T.*[+-]') AND NOT regexp_matches(text, 'T.*[+-]00(:?00)?$')
        THEN make_timestamptz(CAST(
            'NOT_SUPPORTED: moto_featurestore does not support the time zone of ' || text || ', except in comparisons' AS BIGINT
        ))
    ELSE CAST(text AS TIMESTAMPTZ)
END;

CREATE MACRO athena_of_two_digits(moment) AS
    CASE WHEN year(moment) = 1969 THEN moment + INTERVAL 100 YEAR ELSE moment END;

CREATE MACRO athena_rounded(x) AS CASE WHEN x < 0 THEN -floor(0.5 - x) ELSE floor(x + 0.5) END;

CREATE MACRO athena_cbrt(x) AS CASE WHEN round(cbrt(x)) ** 3 = x THEN round(cbrt(x)) ELSE cbrt(x) END;

CREATE MACRO athena_unscaled(x) AS CAST(replace(CAST(x AS VARCHAR), '.', '') AS HUGEINT);

CREATE MACRO athena_quotient(a, b) AS CASE
    WHEN b = 0 THEN athena_failure('Division by zero')
    WHEN (a < 0) <> (b < 0) THEN -((2 * abs(a) + abs(b)) // (2 * abs(b)))
    ELSE (2 * abs(a) + abs(b)) // (2 * abs(b))
END;

CREATE MACRO athena_whole_text(text) AS
    CASE WHEN regexp_full_match(text, '[+-]?[0-9]+') THEN text ELSE 'no whole number: ' || text END;

CREATE MACRO athena_date_text(text) AS
    CASE WHEN regexp_full_match(text, '\s*\d+-\d{1,2}-\d{1,2}\s*') THEN text ELSE 'no date: ' || text END;

CREATE MACRO athena_timestamp_text(text) AS CASE
    WHEN regexp_full_match(text, '\s*\d{4,}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*') THEN text
    ELSE 'no timestamp: ' || text
END;

CREATE MACRO athena_boolean_text(text) AS
    CASE WHEN lower(text) IN ('t', 'true', '1', 'f', 'false', '0') THEN text ELSE 'no boolean: ' || text END;

CREATE MACRO athena_wrapped(number, bits) AS CASE
    WHEN number & (CAST(1 AS HUGEINT) << (bits - 1)) = 0 THEN number & ((CAST(1 AS HUGEINT) << (bits - 1)) - 1)
    ELSE (number & ((CAST(1 AS HUGEINT) << (bits - 1)) - 1)) - (CAST(1 AS HUGEINT) << (bits - 1))
END;

CREATE MACRO athena_left_shift(value, shift, bits) AS CASE
    WHEN shift >= 64 THEN 0
    ELSE athena_wrapped(CAST(value AS HUGEINT) * (CAST(1 AS HUGEINT) << shift), bits)
END;

CREATE MACRO athena_right_shift(value, shift, bits) AS CASE
    WHEN shift >= 64 THEN 0
    WHEN shift = 0 THEN value
    ELSE (CAST(value AS HUGEINT) & ((CAST(1 AS HUGEINT) << bits) - 1)) // (CAST(1 AS HUGEINT) << shift)
END;

CREATE MACRO athena_right_shift_arithmetic(value, shift, bits) AS CASE
    WHEN shift >= 64 THEN CASE WHEN value < 0 THEN -1 ELSE 0 END
    ELSE CAST(floor("/"(CAST(value AS HUGEINT), CAST(1 AS HUGEINT) << shift)) AS HUGEINT)
END;

CREATE MACRO athena_sign(x) AS CASE WHEN isnan(x) OR x = 0 THEN x ELSE CAST(sign(x) AS DOUBLE) END;

CREATE MACRO athena_offset(value, least) AS CASE
    WHEN value < least THEN athena_failure('Offset must be at least ' || least)
    WHEN value IS NULL AND least = 0 THEN athena_failure('Offset must not be null')
    ELSE value
END;

CREATE MACRO athena_random(low, high) AS CASE
    WHEN high <= low THEN athena_failure('bound must be positive')
    ELSE low + CAST(floor(random() * (high - low)) AS BIGINT)
END;

CREATE MACRO athena_upper(text) AS CASE
    WHEN contains(text, 'ß') THEN array_to_string(list_transform(str_split(text, 'ß'), lambda part: upper(part)), 'ß')
    ELSE upper(text)
END;

CREATE MACRO athena_bucket(x, low, high, count) AS CASE
    WHEN count <= 0 THEN athena_failure('bucketCount must be greater than 0')
    WHEN isnan(CAST(x AS DOUBLE)) THEN athena_failure('operand must not be NaN')
    WHEN NOT isfinite(CAST(low AS DOUBLE)) THEN athena_failure('first bound must be finite')
    WHEN NOT isfinite(CAST(high AS DOUBLE)) THEN athena_failure('second bound must be finite')
    WHEN low = high THEN athena_failure('bounds cannot equal each other')
    WHEN low < high AND x < low OR low > high AND x > low THEN 0
    WHEN low < high AND x >= high OR low > high AND x <= high THEN CAST(count AS BIGINT) + 1
    ELSE CAST(floor(count * "/"(abs(CAST(x AS DOUBLE) - low), abs(CAST(high AS DOUBLE) - low))) AS BIGINT) + 1
END;

CREATE MACRO athena_bucket_of(x, bins) AS CASE
    WHEN len(bins) = 0 THEN athena_failure('Bins cannot be an empty array')
    WHEN isnan(CAST(x AS DOUBLE)) THEN athena_failure('Operand cannot be NaN')
    ELSE CAST(len(list_filter(bins, lambda bin: bin <= x)) AS BIGINT)
END;

CREATE MACRO athena_wilson(successes, trials, z, sign) AS CASE
    WHEN successes < 0 THEN CAST(athena_failure('number of successes must not be negative') AS DOUBLE)
    WHEN trials <= 0 THEN CAST(athena_failure('number of trials must be positive') AS DOUBLE)
    WHEN successes > trials THEN CAST(athena_failure('number of successes must not be larger than number of trials') AS DOUBLE)
    WHEN z < 0 THEN CAST(athena_failure('z-score must not be negative') AS DOUBLE)
    ELSE "/"(
        "/"(successes, CAST(trials AS DOUBLE)) + "/"(z * z, 2e0 * trials) + sign * z * sqrt("/"(
            "/"(successes, CAST(trials AS DOUBLE)) * (1 - "/"(successes, CAST(trials AS DOUBLE))) + "/"(z * z, 4e0 * trials),
            CAST(trials AS DOUBLE)
        )),
        1 + "/"(z * z, CAST(trials AS DOUBLE))
    )
END;

CREATE MACRO athena_skewness(adjusted, count) AS "/"(adjusted * (count - 2), sqrt(CAST(count AS DOUBLE) * (count - 1)));

CREATE MACRO athena_dot_product(a, b) AS CASE
    WHEN len(a) <> len(b) THEN CAST(athena_failure('The arguments must have the same length') AS DOUBLE)
    ELSE list_inner_product(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))
END;

CREATE MACRO athena_euclidean_distance(a, b) AS CASE
    WHEN len(a) <> len(b) THEN CAST(athena_failure('The arguments must have the same length') AS DOUBLE)
    ELSE list_distance(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))
END;

CREATE MACRO athena_cosine_similarity(a, b) AS CASE
    WHEN len(a) <> len(b) THEN CAST(athena_failure('The arguments must have the same length') AS DOUBLE)
    ELSE list_cosine_similarity(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))
END;

CREATE MACRO athena_norm(map) AS
    nullif(sqrt(CAST(list_sum(list_transform(map_values(map), lambda x: x * x)) AS DOUBLE)), 0);

CREATE MACRO athena_cosine_similarity_of_maps(a, b) AS "/"(
    coalesce(list_sum(list_transform(map_keys(a), lambda k: map_extract_value(a, k) * map_extract_value(b, k))), 0),
    athena_norm(a) * athena_norm(b)
);

CREATE MACRO athena_contains_sequence(list, part) AS CASE
    WHEN len(part) > len(list) THEN false
    ELSE list_contains(list_transform(
        range(1, len(list) - len(part) + 2), lambda place: list_slice(list, place, place + len(part) - 1) = part
    ), true)
END;

CREATE MACRO athena_ngrams(list, n) AS CASE
    WHEN n <= 0 THEN [list_slice(list, 1, athena_failure('N must be positive'))]
    ELSE list_transform(
        range(1, greatest(len(list) - n + 1, 1) + 1), lambda place: list_slice(list, place, place + n - 1)
    )
END;

CREATE MACRO athena_shuffle(list) AS list_transform(
    list_sort(list_transform(list, lambda item: struct_pack(k := random(), v := item))), lambda pair: pair.v
);

CREATE MACRO athena_compared(result) AS CASE
    WHEN result IN (-1, 0, 1) THEN result
    ELSE athena_failure('Lambda comparator must return either -1, 0, or 1')
END;

CREATE MACRO athena_without_nulls(list) AS list_filter(list, lambda item: item IS NOT NULL);

CREATE MACRO athena_multimap(keys, items) AS map_from_entries(list_transform(
    athena_array_distinct(athena_without_nulls(keys)), lambda k: struct_pack(
        k := k, v := list_transform(list_filter(list_zip(keys, items), lambda pair: pair[1] = k), lambda pair: pair[2])
    )
));

CREATE MACRO athena_map_union(keys, items) AS athena_map_of(flatten(keys), flatten(items));

CREATE MACRO athena_split_to_multimap(text, between_pairs, within_pairs) AS athena_multimap(
    list_transform(athena_pairs(text, between_pairs, within_pairs), lambda pair: pair.k),
    list_transform(athena_pairs(text, between_pairs, within_pairs), lambda pair: pair.v)
);

CREATE MACRO athena_is_json_scalar(value) AS CASE
    WHEN json_valid(CAST(value AS VARCHAR)) THEN json_type(value) NOT IN ('ARRAY', 'OBJECT')
    ELSE athena_failure('Invalid JSON value: ' || value) = 0
END;

CREATE MACRO athena_json_array_get(value, place) AS CASE
    WHEN json_valid(CAST(value AS VARCHAR)) AND json_type(value) = 'ARRAY'
        THEN json_extract_string(value, '$[' || CASE WHEN place < 0 THEN '#' ELSE '' END || place || ']')
END;

CREATE MACRO athena_json_size(value, path) AS CASE
    WHEN json_valid(CAST(value AS VARCHAR)) THEN CASE json_type(value, path)
        WHEN 'OBJECT' THEN CAST(len(json_keys(value, path)) AS BIGINT)
        WHEN 'ARRAY' THEN CAST(json_array_length(value, path) AS BIGINT)
        ELSE CASE WHEN json_type(value, path) IS NOT NULL THEN 0 END
    END
END;

CREATE MACRO athena_series(first, last, step) AS CASE
    WHEN athena_months(step) = 0 THEN generate_series(CAST(first AS TIMESTAMP), CAST(last AS TIMESTAMP), step)
    ELSE list_filter(
        list_transform(
            range(0, abs(datediff('month', first, last)) // abs(athena_months(step)) + 1),
            lambda place: CAST(first AS TIMESTAMP) + to_months(CAST(place * athena_months(step) AS INTEGER))
        ),
        lambda moment: CASE WHEN athena_months(step) > 0 THEN moment <= last ELSE moment >= last END
    )
END;

CREATE MACRO athena_inserted(list, place, element) AS
    list_concat(list_concat(list_slice(list, 1, place), element), list_slice(list, place + 1, len(list)));

CREATE MACRO athena_from_base64(text) AS from_base64(rpad(text, CAST((len(text) + 3) // 4 * 4 AS INTEGER), '='));

CREATE MACRO athena_from_iso8601_date(text) AS CASE
    WHEN regexp_full_match(text, '\d{4}-W\d{2}-\d') THEN CAST(strptime(text, '%G-W%V-%u') AS DATE)
    WHEN regexp_full_match(text, '\d{4}-W\d{2}') THEN CAST(strptime(text || '-1', '%G-W%V-%u') AS DATE)
    WHEN regexp_full_match(text, '\d{4}-\d{3}') THEN CAST(strptime(text, '%Y-%j') AS DATE)
    WHEN regexp_full_match(text, '\d{4}-\d{1,2}') THEN CAST(text || '-1' AS DATE)
    WHEN regexp_full_match(text, '\d{4}') THEN CAST(text || '-1-1' AS DATE)
    ELSE CAST(athena_date_text(text) AS DATE)
END;

CREATE MACRO athena_interleaved(parts, others) AS CASE
    WHEN athena_has_null(others) THEN NULL
    ELSE array_to_string(flatten(list_transform(list_zip(parts, others), lambda pair: [pair[1], coalesce(pair[2], '')])), '')
END;

CREATE MACRO athena_codepoint(text) AS CASE
    WHEN len(text) = 1 THEN unicode(text)
    WHEN text IS NOT NULL THEN athena_failure('Input string must be a single character string')
END;
