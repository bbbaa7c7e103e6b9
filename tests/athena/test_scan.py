"""Tables of each file format: the rows of their files, with Glue's column order and types."""

import gzip
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from support.s3_and_glue import PARQUET, add_table, columns, descriptor, parquet

OPENCSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"


def put_text_table(services, body, types, serde, *, key="t/0.csv", parameters=(), **properties):  # noqa: PLR0913
    services.put_object("bucket", key, body)
    storage = descriptor(types, "s3://bucket/t/", serde, **properties)
    services.put_table("db", "t", {"StorageDescriptor": storage, "Parameters": dict(parameters)})


# Parquet.


def test_select_of_column_that_old_files_lack_returns_null(engine):
    add_table(engine.services, "t", {"a": "int", "b": "string"}, pa.table({"a": [1]}), pa.table({"b": ["x"], "a": [2]}))
    assert engine.rows("SELECT * FROM t ORDER BY a") == [["1", None], ["2", "x"]]


def test_select_of_column_that_all_files_lack_returns_null(engine):
    add_table(engine.services, "t", {"a": "int", "b": "array<string>"}, pa.table({"a": [1]}))
    assert engine.rows("SELECT * FROM t") == [["1", None]]


def test_select_ignores_columns_of_files_that_the_table_lacks(engine):
    add_table(engine.services, "t", {"a": "int"}, pa.table({"z": [0], "a": [1]}))
    assert engine.rows("SELECT * FROM t") == [["1"]]
    assert engine.reason("SELECT z FROM t").startswith("COLUMN_NOT_FOUND: line 1:8: Column 'z' cannot be resolved")


def test_select_from_table_without_files_returns_no_rows(engine):
    add_table(engine.services, "t", {"a": "int"})
    assert engine.rows("SELECT * FROM t") == []
    assert engine.rows("SELECT count(*) FROM t") == [["0"]]


def test_select_column_names_are_case_insensitive(engine):
    add_table(engine.services, "T_Mixed", {"FeatureA": "string"}, pa.table({"FeatureA": ["x"]}))
    outcome = engine.run("SELECT FEATUREA, t_mixed.featurea FROM DB.t_MIXED")
    assert [column["Name"] for column in outcome.columns] == ["FEATUREA", "featurea"]
    assert engine.rows('SELECT "featureA" FROM "awsDataCatalog"."Db"."t_mixed"') == [["x"]]


def test_select_from_parquet_file_returns_timestamps_without_zone(engine):
    moment = datetime(2026, 1, 1, 0, 29, 51, 886000, UTC)
    times = pa.array([moment], pa.timestamp("ms", "UTC"))
    add_table(engine.services, "t", {"write_time": "timestamp"}, pa.table({"write_time": times}))
    # Seen in the real service: offline_store.md 2.
    assert engine.rows("SELECT write_time, cast(write_time AS varchar) FROM t") == [["2026-01-01 00:29:51.886"] * 2]


def test_select_ignores_hidden_and_empty_objects(engine):
    add_table(engine.services, "t", {"a": "int"}, pa.table({"a": [1]}))
    for key in ("t/_SUCCESS", "t/.hidden", "t/_temporary/0.parquet"):
        engine.services.put_object("bucket", key, b"no Parquet")
    engine.services.put_object("bucket", "t/folder/", b"")
    engine.services.put_object("bucket", "t_of_another_name/0.parquet", b"no Parquet")
    assert engine.rows("SELECT * FROM t") == [["1"]]


@pytest.mark.parametrize("key", ["t/a b.parquet", "t/a*[b]?.parquet", "t/year=2026/it's.parquet", "t/%20#.parquet"])
def test_select_reads_objects_whose_keys_have_special_characters(engine, key):
    add_table(engine.services, "t", {"a": "int"})
    engine.services.put_object("bucket", key, parquet(pa.table({"a": [1]})))
    assert engine.rows('SELECT a, "$path" FROM t') == [["1", f"s3://bucket/{key}"]]


def test_hive_style_folders_of_unpartitioned_table_add_no_columns(engine):
    """The tables of the offline store have such folders: offline_store.md 3.2."""
    add_table(engine.services, "t", {"a": "int"})
    engine.services.put_object("bucket", "t/year=2026/0.parquet", parquet(pa.table({"a": [1]})))
    assert engine.rows("SELECT * FROM t") == [["1"]]


@pytest.mark.parametrize(
    ("kind", "values", "types"),
    [
        ("bigint", ["x"], "BINARY in parquet is incompatible with type bigint"),
        ("int", [2**40], "INT64 in parquet is incompatible with type int"),
        ("date", ["x"], "BINARY in parquet is incompatible with type date"),
        ("array<int>", [1], "INT64 in parquet is incompatible with type integer[]"),  # assumed: the name of the type
    ],
)
def test_select_of_parquet_value_of_wrong_type_fails_with_bad_data(engine, kind, values, types):
    """https://github.com/aws/aws-sdk-pandas/issues/57: ``Field primary_key's type INT64 in parquet is incompatible ...``."""
    add_table(engine.services, "t", {"a": kind}, pa.table({"a": values}))
    assert engine.reason("SELECT * FROM t") == f"HIVE_BAD_DATA: Field a's type {types} defined in table schema"


def test_parquet_value_of_compatible_type_is_converted(engine):
    """The values fit, so the query succeeds. Athena would reject it (assumed)."""
    types = {"a": "string", "b": "struct<x:int,y:string>"}
    one, other = pa.table({"a": [1], "b": [{"x": 1}]}), pa.table({"a": ["x"], "b": [{"y": "1", "x": 2, "z": 5}]})
    add_table(engine.services, "t", types, one, other)
    assert engine.rows("SELECT a, b FROM t ORDER BY a") == [["1", "{x=1, y=null}"], ["x", "{x=2, y=1}"]]


@pytest.mark.parametrize("name", ["a b", "it's", 'a"b', "größe"])
def test_select_reads_columns_whose_names_have_special_characters(engine, name):
    add_table(engine.services, "t", {name: "int"}, pa.table({name: [1]}))
    assert engine.rows("SELECT * FROM t") == [["1"]]


def test_select_from_invalid_parquet_file_fails_with_bad_data(engine):
    add_table(engine.services, "t", {"a": "int"})
    engine.services.put_object("bucket", "t/0.parquet", b"this is no Parquet at all")
    reason = engine.reason("SELECT * FROM t")
    assert reason.startswith("HIVE_BAD_DATA: ")
    assert "s3://bucket/t/0.parquet" in reason


# CSV and text.


def test_select_from_csv_table_of_the_sagemaker_sdk_returns_rows(engine):
    """The file that create_dataset() uploads for a DataFrame as base: no header, a quote that is no quote (clients.md
    7.1)."""
    types = {"id": "string", "et": "double", "n": "int", "f": "boolean"}
    quotes = {"separatorChar": ",", "quoteChar": "`", "escapeChar": "\\"}
    put_text_table(engine.services, b"a,1.5,1,True\n,1767225600.0,2,False\n", types, OPENCSV, **quotes)
    assert engine.rows("SELECT * FROM t") == [["a", "1.5", "1", "true"], ["", "1.7672256E9", "2", "false"]]


@pytest.mark.parametrize("value", ["", "x", '""'])
def test_select_of_non_numeric_csv_value_in_number_column_fails_with_bad_data_or_returns_null(engine, value):
    """https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html: "does not recognize empty or null values"."""
    for property_, answer in (("false", None), ("TRUE", [["a", None]])):
        parameters = {"use.null.for.invalid.data": property_}
        put_text_table(
            engine.services, f"a,{value}\n".encode(), {"id": "string", "n": "int"}, OPENCSV, parameters=parameters
        )
        if answer is None:
            assert engine.reason("SELECT * FROM t").startswith("HIVE_BAD_DATA: Error parsing field value '")
        else:
            assert engine.rows("SELECT * FROM t") == answer


def test_select_from_csv_with_quotes_header_and_escape_returns_rows(engine):
    body = b'id,text\n"1","a, ""b"" c"\n"2",plain\n3,\n'
    put_text_table(
        engine.services,
        body,
        {"id": "int", "text": "string"},
        OPENCSV,
        parameters={"skip.header.line.count": "1"},
        escapeChar='"',
    )
    assert engine.rows("SELECT * FROM t ORDER BY id") == [["1", 'a, "b" c'], ["2", "plain"], ["3", ""]]


def test_csv_times_are_parsed_from_numbers(engine):
    """https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html: days, and milliseconds, since 1970."""
    put_text_table(engine.services, b'"1","86400000"\n', {"d": "date", "ts": "timestamp"}, OPENCSV)
    assert engine.rows("SELECT * FROM t") == [["1970-01-02", "1970-01-02 00:00:00.000"]]


def test_select_from_text_file_with_delimiter_returns_rows(engine):
    types = {"id": "int", "text": "string", "x": "double", "d": "date"}
    body = b'1|a "b"|1.5|2026-01-01\nx|\\N|nothing|\n'
    put_text_table(engine.services, body, types, LAZY, **{"field.delim": "|"})
    assert engine.rows("SELECT * FROM t") == [["1", 'a "b"', "1.5", "2026-01-01"], [None, None, None, None]]


def test_select_from_text_file_without_delimiter_uses_hive_default(engine):
    put_text_table(engine.services, b"1\x01a\n", {"id": "int", "text": "string"}, LAZY, **{"serialization.format": "1"})
    assert engine.rows("SELECT * FROM t") == [["1", "a"]]


def test_select_from_text_file_with_fewer_or_more_values_than_columns_returns_rows(engine):
    put_text_table(engine.services, b"1,a,z\n2\n", {"id": "int", "text": "string"}, LAZY, **{"field.delim": ","})
    assert engine.rows("SELECT * FROM t ORDER BY id") == [["1", "a"], ["2", None]]


def test_select_from_compressed_text_file_returns_rows(engine):
    put_text_table(
        engine.services,
        gzip.compress(b"1,a\n"),
        {"id": "int", "text": "string"},
        LAZY,
        key="t/0.csv.gz",
        **{"field.delim": ","},
    )
    assert engine.rows("SELECT * FROM t") == [["1", "a"]]


# JSON.


def test_select_from_json_file_returns_rows(engine):
    types = {
        "id": "int",
        "text": "string",
        "a": "array<int>",
        "r": "struct<u:int,v:string>",
        "ts": "timestamp",
        "z": "double",
    }
    body = b'{"id": 1, "text": "x", "a": [1, 2], "r": {"u": 1, "v": "w"}, "ts": "2026-01-01 00:00:01", "more": 1}\n{"id": 2}\n'
    put_text_table(engine.services, body, types, OPENX, key="t/0.json")
    assert engine.rows("SELECT * FROM t ORDER BY id") == [
        ["1", "x", "[1, 2]", "{u=1, v=w}", "2026-01-01 00:00:01.000", None],
        ["2", None, None, None, None, None],
    ]


# Partitions.


def put_partitioned(services):
    keys = columns({"year": "int", "kind": "string"})
    services.put_table(
        "db", "t", {"StorageDescriptor": descriptor({"a": "int"}, "s3://bucket/t"), "PartitionKeys": keys}
    )
    places = {
        "t/year=2025/kind=x": ["2025", "x"],
        "elsewhere": ["2026", "y"],
        "t/n": ["2026", "__HIVE_DEFAULT_PARTITION__"],
    }
    for number, (folder, values) in enumerate(places.items()):
        services.put_object("bucket", f"{folder}/0.parquet", parquet(pa.table({"a": [number]})))
        storage = descriptor({"a": "int"}, f"s3://bucket/{folder}", PARQUET)
        services.create_partition("db", "t", {"Values": values, "StorageDescriptor": storage})
    services.put_object("bucket", "t/of_no_partition/0.parquet", parquet(pa.table({"a": [9]})))


def test_select_reads_each_partition_from_its_location(engine):
    put_partitioned(engine.services)
    assert engine.rows("SELECT * FROM t ORDER BY a") == [["0", "2025", "x"], ["1", "2026", "y"], ["2", "2026", None]]
    assert engine.rows("SELECT a FROM t WHERE year = 2026 AND kind = 'y'") == [["1"]]
    assert engine.rows('SELECT "$path" FROM t WHERE a = 1') == [["s3://bucket/elsewhere/0.parquet"]]


def test_select_from_partitioned_table_without_partitions_returns_no_rows(engine):
    put_partitioned(engine.services)
    engine.services.partitions_.clear()
    assert engine.rows("SELECT * FROM t") == []


# Unsupported tables.


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"StorageDescriptor": descriptor({"a": "int"}, "s3://bucket/t", "org.apache.hadoop.hive.ql.io.orc.OrcSerde")}, "NOT_SUPPORTED: moto_featurestore does not read tables of the SerDe 'org.apache.hadoop.hive.ql.io.orc.OrcSerde'"),
        ({"Parameters": {"projection.enabled": "true"}}, "NOT_SUPPORTED: moto_featurestore does not support partition projection"),
        ({"StorageDescriptor": descriptor({"a": "int"}, "file:///etc")}, "The location 'file:///etc' is not an S3 URI"),
        ({"StorageDescriptor": descriptor({"a": "foo"}, "s3://bucket/t")}, "HIVE_INVALID_METADATA: Glue table column has an unknown type: foo"),
    ],
)  # fmt: skip
def test_select_from_table_of_unsupported_format_fails_with_reason(engine, changes, reason):
    engine.services.put_table("db", "t", {"StorageDescriptor": descriptor({"a": "int"}, "s3://bucket/t"), **changes})
    assert engine.reason("SELECT * FROM t") == reason


def test_select_from_table_in_missing_bucket_returns_no_rows(engine):
    engine.services.put_table("db", "t", {"StorageDescriptor": descriptor({"a": "int"}, "s3://another/t")})
    assert engine.rows("SELECT * FROM t") == []


def test_query_statistics_count_scanned_bytes(engine):
    add_table(
        engine.services, "t", {"a": "bigint", "b": "string"}, pa.table({"a": range(1000), "b": ["x" * 100] * 1000})
    )
    size = len(engine.services.bodies["t/0.parquet"])
    few, all_of_it = (
        engine.run(sql).statistics["DataScannedInBytes"] for sql in ("SELECT a FROM t", "SELECT * FROM t")
    )
    assert 0 < few <= all_of_it <= 2 * size
