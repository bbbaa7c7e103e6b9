"""CREATE TABLE, CREATE TABLE AS, ALTER TABLE, SHOW and DESCRIBE of Iceberg tables."""

import pyarrow as pa
import pytest
from pyiceberg.partitioning import PartitionField
from pyiceberg.transforms import BucketTransform, IdentityTransform, MonthTransform, TruncateTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    StringType,
    StructType,
    TimestampType,
)
from support.s3_and_glue import add_table

from moto_featurestore.athena.iceberg_write import IcebergCatalog

PLACE = "LOCATION 's3://bucket/i' TBLPROPERTIES ('table_type'='ICEBERG')"
AS = "CREATE TABLE u WITH (table_type='ICEBERG', is_external=false, location='s3://bucket/u'{}) AS "


def run_statement(engine, sql):
    outcome = engine.run(sql)
    assert outcome.error is None, outcome.error.reason
    return outcome


def load_table(engine, name="i"):
    return IcebergCatalog(engine.services).load_table(("db", name))


@pytest.fixture
def table(engine):
    """A table ``i`` with one row."""
    run_statement(
        engine, f"CREATE TABLE i (id int COMMENT 'who', s string, day date, n float) PARTITIONED BY (day) {PLACE}"
    )
    run_statement(engine, "INSERT INTO i VALUES (1, 'a', DATE '2026-01-01', REAL '0.5')")
    return engine


# CREATE TABLE.


def test_create_iceberg_table_defines_columns_and_types(engine):
    outcome = run_statement(
        engine,
        "CREATE TABLE IF NOT EXISTS `db`.`I` (`Id` int COMMENT 'it is', f boolean, b bigint, r float, x double, p decimal(10,2), d date,"
        " ts timestamp, s string, v varchar(10), bin binary, a array<int>, m map<string,bigint>, w struct<u:int,v:array<string>>)"
        " PARTITIONED BY (`s`, bucket(16, id), truncate(3, v), month(ts)) LOCATION 's3://bucket/i/' TBLPROPERTIES ('table_type'='iceberg')",
    )
    assert (outcome.statement_type, outcome.suffix) == ("DDL", ".txt")
    iceberg = load_table(engine)
    kinds = {field.name: type(field.field_type) for field in iceberg.schema().fields}
    assert kinds == {
        "id": IntegerType,
        "f": BooleanType,
        "b": LongType,
        "r": FloatType,
        "x": DoubleType,
        "p": DecimalType,
        "d": DateType,
        "ts": TimestampType,
        "s": StringType,
        "v": StringType,
        "bin": BinaryType,
        "a": ListType,
        "m": MapType,
        "w": StructType,
    }
    assert [field.required for field in iceberg.schema().fields] == [False] * 14
    assert iceberg.schema().find_field("id").doc == "it is"
    ids = {field.name: field.field_id for field in iceberg.schema().fields}
    assert iceberg.spec().fields == (
        PartitionField(ids["s"], 1000, IdentityTransform(), "s"),
        PartitionField(ids["id"], 1001, BucketTransform(16), "id_bucket"),
        PartitionField(ids["v"], 1002, TruncateTransform(3), "v_trunc"),
        PartitionField(ids["ts"], 1003, MonthTransform(), "ts_month"),
    )
    assert (iceberg.location(), iceberg.format_version) == ("s3://bucket/i", 2)
    assert engine.services.tables_["db", "i"]["Parameters"]["table_type"] == "ICEBERG"


def test_create_iceberg_table_writes_table_properties(engine):
    """Format, size and paths were seen in metadata that Athena wrote. The others are assumed."""
    run_statement(
        engine,
        "CREATE TABLE i (a int) LOCATION 's3://bucket/i' TBLPROPERTIES ('TABLE_TYPE'='ICEBERG', 'format'='PARQUET', 'write_compression'='ZSTD',"
        " 'compression_level'='5', 'write_target_data_file_size_bytes'='1024', 'vacuum_max_snapshot_age_seconds'='60', 'vacuum_min_snapshots_to_keep'='3',"
        " 'vacuum_max_metadata_files_to_keep'='4', 'optimize_rewrite_data_file_threshold'='2', 'optimize_rewrite_delete_file_threshold'='2')",
    )
    assert load_table(engine).properties == {
        "write.format.default": "parquet",
        "write.parquet.compression-codec": "zstd",
        "write.parquet.compression-level": "5",
        "write.target-file-size-bytes": "1024",
        "history.expire.max-snapshot-age-ms": "60000",
        "history.expire.min-snapshots-to-keep": "3",
        "write.metadata.previous-versions-max": "4",
        "optimize_rewrite_data_file_threshold": "2",
        "optimize_rewrite_delete_file_threshold": "2",
        "write.object-storage.enabled": "true",
        "write.object-storage.path": "s3://bucket/i/data",
    }


def test_create_iceberg_table_with_data_path_property_sets_the_property(engine):
    run_statement(engine, f"CREATE TABLE i (a int) {PLACE[:-1]}, 'write_data_path_enabled'='true')")
    properties = load_table(engine).properties
    assert properties["write.data.path"] == "s3://bucket/i/data"
    assert "write.object-storage.path" not in properties


def test_create_iceberg_table_of_existing_name_requires_clause_if_not_exists(table):
    before = dict(table.services.bodies)
    run_statement(table, f"CREATE TABLE IF NOT EXISTS i (a int) {PLACE}")
    assert "Table i already exists" in table.reason(f"CREATE TABLE i (a int) {PLACE}")
    assert {key for key in table.services.bodies if key.startswith("i/")} == {
        key for key in before if key.startswith("i/")
    }


@pytest.mark.parametrize(
    ("sql", "reason", "error_type"),
    [
        # https://github.com/aoyagikouhei/athena-local (measured), and the page on creating tables for the first.
        (f"CREATE EXTERNAL TABLE u (a int) {PLACE}", "External keyword not supported for table type ICEBERG", 1001),
        (f"CREATE TABLE u (a int) CLUSTERED BY (a) INTO 2 BUCKETS {PLACE}", "Iceberg create table statement does not allow CLUSTERED BY", 1200),
        (f"CREATE TABLE u (a int) ROW FORMAT SERDE 'x' {PLACE}", "Iceberg create table statement does not allow ROW FORMAT", 1200),
        (f"CREATE TABLE u (a int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' {PLACE}", "Iceberg create table statement does not allow ROW FORMAT", 1200),
        (f"CREATE TABLE u (a int) STORED AS PARQUET {PLACE}", "Iceberg create table statement does not allow STORED AS/BY", 1200),
        (f"CREATE TABLE u (a int) PARTITIONED BY (p int) {PLACE}", "Invalid PARTITIONED BY clause in Iceberg create table statement", 1006),
        (f"CREATE TABLE u {PLACE}", "At least one column is required for Iceberg create table statement", 1006),
        (f"CREATE TABLE u (a int) {PLACE[:-1]}, 'note'='x')", "Unsupported table property key: note", 1200),
        ("CREATE TABLE u (a int) TBLPROPERTIES ('table_type'='ICEBERG')", "No location was specified for table", 1001),
        (f"CREATE TABLE u (a int) {PLACE[:-1]}, 'compression_level'='3')", "Compression codec must be defined when compression_level property is specified.", 1001),
        # Assumed.
        (f"CREATE TABLE u (a int) {PLACE[:-1]}, 'format'='ORC')", "NOT_SUPPORTED: moto_featurestore does not support the table format ORC, only Parquet", 1000),
        (f"CREATE TABLE u (a int) {PLACE[:-1]}, 'write_compression'='LZO')", "NOT_SUPPORTED: moto_featurestore does not support the compression 'LZO'", 1000),
        (f"CREATE TABLE u (a int) {PLACE[:-1]}, 'vacuum_min_snapshots_to_keep'='0')", "INVALID_TABLE_PROPERTY: vacuum_min_snapshots_to_keep must be a positive number: 0", 1001),
        (f"CREATE TABLE u (a int) {PLACE[:-1]}, 'vacuum_min_snapshots_to_keep'='x')", "INVALID_TABLE_PROPERTY: vacuum_min_snapshots_to_keep must be a positive number: x", 1001),
        (f"CREATE TABLE u (a smallint) {PLACE}", "NOT_SUPPORTED: Type not supported for Iceberg: smallint", 1000),
        (f"CREATE TABLE u (a int, A string) {PLACE}", "FAILED: SemanticException: Duplicate column name: a", 1001),
        (f"CREATE TABLE u (a int) PARTITIONED BY (b) {PLACE}", "COLUMN_NOT_FOUND: Cannot find source column: b", 1001),
        (f"CREATE TABLE u (a int) PARTITIONED BY (month(a)) {PLACE}", "NOT_SUPPORTED: Invalid source type int for transform: month", 1000),
        (f"CREATE TABLE u (a int) PARTITIONED BY (foo(a)) {PLACE}", "NOT_SUPPORTED: Unsupported partition transform: foo", 1000),
        (f"CREATE TABLE u (a int) PARTITIONED BY (a, bucket(2, a)) {PLACE}", "NOT_SUPPORTED: moto_featurestore does not support two partition fields of one column: a", 1000),
        ("CREATE TABLE u (a int) LOCATION 's3://nowhere/i' TBLPROPERTIES ('table_type'='ICEBERG')", "The bucket nowhere does not exist", 1001),
        ("CREATE TABLE no.u (a int) LOCATION 's3://bucket/i' TBLPROPERTIES ('table_type'='ICEBERG')", "SCHEMA_NOT_FOUND: line 1:14: Schema 'no' does not exist", 1001),
        # CREATE TABLE AS: https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html; the texts are assumed.
        ("CREATE TABLE u WITH (table_type='ICEBERG', location='s3://bucket/u') AS SELECT 1 AS a", "INVALID_TABLE_PROPERTY: is_external must be set to false for Iceberg tables", 1001),
        (AS.format("") + "SELECT 1", "MISSING_COLUMN_NAME: Column name not specified at position 1", 1001),
        (AS.format("") + "SELECT cast(1 AS tinyint) AS a", "NOT_SUPPORTED: Type not supported for Iceberg: tinyint", 1000),
        (AS.format("") + "SELECT 1 / 0 AS a", "DIVISION_BY_ZERO: Division by zero", 1001),
        (AS.format(", external_location='s3://bucket/v'") + "SELECT 1 AS a", "Unsupported table property key: external_location", 1200),
        (AS.format(", partitioning=ARRAY['bucket(b, 2)']") + "SELECT 1 AS a", "COLUMN_NOT_FOUND: Cannot find source column: b", 1001),
        ("CREATE TABLE i WITH (table_type='ICEBERG', is_external=false) AS SELECT 1 AS a", "TABLE_ALREADY_EXISTS: line 1:14: Table 'awsdatacatalog.db.i' already exists", 1001),
        # https://github.com/trinodb/trino, io.trino.plugin.iceberg.IcebergMetadata
        ("CREATE TABLE u WITH (table_type='ICEBERG', is_external=false, location='s3://bucket/i/') AS SELECT 1 AS a", "ICEBERG_FILESYSTEM_ERROR: Cannot create a table on a non-empty location: s3://bucket/i", 1001),
    ],
)  # fmt: skip
def test_create_invalid_iceberg_table_is_rejected(table, sql, reason, error_type):
    before = dict(table.services.bodies), repr(table.services.tables_)
    error = table.run(sql).error
    assert (error.reason, error.athena_error["ErrorType"]) == (reason, error_type)
    assert (dict(table.services.bodies), repr(table.services.tables_)) == before


def test_create_iceberg_table_does_not_replace_a_concurrently_created_table(engine, monkeypatch):
    put = engine.services.put_object

    def put_object(bucket, key, body):
        engine.services.put_table("db", "i", {"Parameters": {"mine": "yes"}})
        put(bucket, key, body)

    monkeypatch.setattr(engine.services, "put_object", put_object)
    assert engine.reason(f"CREATE TABLE i (a int) {PLACE}").startswith("ICEBERG_COMMIT_ERROR: ")
    assert engine.services.tables_["db", "i"] == {"Parameters": {"mine": "yes"}}
    assert [key for key in engine.services.bodies if key.startswith("i/")] == []


# CREATE TABLE AS.


def test_create_iceberg_table_as_select_commits_only_once(table):
    outcome = run_statement(
        table,
        AS.format(", partitioning=ARRAY['bucket(Id, 4)', 'month(day)', 's'], format='PARQUET', vacuum_max_snapshot_age_seconds=60")
        + 'SELECT id, s, day, n, ARRAY[1] AS "A", now() AS at FROM i UNION ALL SELECT 2, NULL, NULL, NULL, NULL, NULL',
    )  # fmt: skip
    # https://github.com/aoyagikouhei/athena-local (measured): no object, no manifest.
    assert (outcome.statement_type, outcome.substatement_type) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert (outcome.update_count, outcome.suffix, outcome.has_rows, outcome.manifest) == (2, "", False, None)
    assert table.rows("SELECT id, s, day, n, a FROM u ORDER BY id") == [
        ["1", "a", "2026-01-01", "0.5", "[1]"],
        ["2", None, None, None, None],
    ]
    iceberg = load_table(table, "u")
    assert [field.name for field in iceberg.spec().fields] == ["id_bucket", "day_month", "s"]
    assert iceberg.metadata_location.split("/")[-1].startswith("00000-")
    assert iceberg.properties["history.expire.max-snapshot-age-ms"] == "60000"


def test_create_iceberg_table_as_select_without_rows_creates_the_columns(table):
    assert run_statement(table, AS.format("") + "SELECT id, n FROM i WITH NO DATA").update_count == 0
    assert table.rows("SELECT * FROM u") == []
    run_statement(table, "INSERT INTO u VALUES (1, REAL '0.5')")
    assert table.rows("SELECT * FROM u") == [["1", "0.5"]]


def test_create_iceberg_table_as_select_without_location_writes_next_to_query_results(table):
    outcome = run_statement(table, "CREATE TABLE u WITH (table_type='ICEBERG', is_external=false) AS SELECT 1 AS a")
    assert load_table(table, "u").location() == f"s3://bucket/results/tables/{outcome.id}"


# ALTER TABLE.


def test_alter_table_rename_renames_the_table_in_glue(table):
    """https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-alter-table-rename.html."""
    before = table.rows("SELECT id FROM i ORDER BY id")
    run_statement(table, "ALTER TABLE i RENAME TO db.j")
    assert table.rows("SELECT id FROM j ORDER BY id") == before
    assert "TABLE_NOT_FOUND" in table.reason("SELECT * FROM i")
    run_statement(table, "ALTER TABLE j RENAME TO i")
    assert "Table 'awsdatacatalog.db.i' already exists" in table.reason("ALTER TABLE i RENAME TO i")


def test_alter_table_add_columns_appends_columns(table):
    outcome = run_statement(table, "ALTER TABLE db.`i` ADD COLUMNS (More bigint COMMENT 'new', w struct<u:int>)")
    assert outcome.statement_type == "DDL"
    assert table.rows("SELECT * FROM i") == [["1", "a", "2026-01-01", "0.5", None, None]]
    assert load_table(table).schema().find_field("more").doc == "new"


def test_alter_table_drop_column_hides_the_column(table):
    run_statement(table, "ALTER TABLE i DROP COLUMN s")
    assert table.rows("SELECT * FROM i") == [["1", "2026-01-01", "0.5"]]
    assert [line.strip() for line in table.rows("SHOW COLUMNS IN i")] == ["id", "day", "n"]
    assert table.reason("SELECT s FROM i").startswith("COLUMN_NOT_FOUND")
    run_statement(table, "ALTER TABLE i ADD COLUMNS (s string)")
    assert table.rows("SELECT s FROM i") == [[None]]


def test_alter_table_change_column_sets_name_type_comment_and_position(table):
    run_statement(table, "ALTER TABLE i CHANGE COLUMN id number bigint COMMENT 'which' AFTER s")
    run_statement(table, "ALTER TABLE i CHANGE n n double FIRST")
    assert table.rows("DESCRIBE i")[2:6] == ["n\tdouble\t", "s\tstring\t", "number\tbigint\twhich", "day\tdate\t"]
    assert table.rows("SELECT * FROM i") == [["0.5", "a", "1", "2026-01-01"]]


def test_alter_table_sets_and_unsets_properties(table):
    run_statement(
        table,
        "ALTER TABLE i SET TBLPROPERTIES ('vacuum_min_snapshots_to_keep'='2', 'write.data.path'='s3://bucket/i/d')",
    )
    run_statement(table, "ALTER TABLE i UNSET TBLPROPERTIES ('write.object-storage.path', 'write_compression')")
    properties = load_table(table).properties
    assert properties["history.expire.min-snapshots-to-keep"] == "2"
    assert "write.object-storage.path" not in properties
    shown = dict(line.split("\t") for line in table.rows("SHOW TBLPROPERTIES i"))
    assert shown["write.data.path"] == "s3://bucket/i/d"
    assert "write.object-storage.path" not in shown
    run_statement(table, "INSERT INTO i (id) VALUES (2)")
    assert any(key.startswith("i/d/") for key in table.services.bodies)


UNSUPPORTED = "Query type not supported by Athena Iceberg at this time"


@pytest.mark.parametrize(
    ("what", "reason", "error_type"),
    [
        # https://github.com/aoyagikouhei/athena-local (measured)
        ("SET TBLPROPERTIES ('comment'='x')", "Unsupported table property key: comment", 1200),
        ("REPLACE COLUMNS (a int)", UNSUPPORTED, 1200),
        ("ADD PARTITION (day='2026-01-01')", UNSUPPORTED, 1200),
        ("DROP PARTITION (day='2026-01-01')", UNSUPPORTED, 1200),
        ("SET LOCATION 's3://bucket/x'", UNSUPPORTED, 1200),
        # Seen for another property.
        ("UNSET TBLPROPERTIES ('a.b')", "Table property a.b is not supported by Athena", 1200),
        # Texts of Iceberg itself; that Athena returns them is assumed.
        ("ADD COLUMNS (id int)", "Cannot add column, name already exists: id", 1001),
        ("ADD COLUMNS (x int, x int)", "Cannot add column, name already exists: x", 1001),
        ("DROP COLUMN nothing", "Cannot delete missing column: nothing", 1001),
        ("CHANGE nothing x int", "Cannot rename missing column: nothing", 1001),
        ("CHANGE id s int", "Cannot rename column, name already exists: s", 1001),
        ("CHANGE id id string", "Cannot change column type: id: int -> string", 1001),
        ("CHANGE id id int AFTER nothing", "Cannot move nothing after missing column: nothing", 1001),
        ("DROP COLUMN day", "NOT_SUPPORTED: Cannot drop partition field: day", 1000),
        (
            "TOUCH",
            "NOT_SUPPORTED: moto_featurestore does not support this statement: ALTER TABLE",
            1000,
        ),  # its own text
    ],
)
def test_alter_table_with_invalid_change_fails_and_changes_nothing(table, what, reason, error_type):
    before = dict(table.services.bodies), repr(table.services.tables_)
    error = table.run(f"ALTER TABLE i {what}").error
    assert (error.reason, error.athena_error["ErrorType"]) == (reason, error_type)
    assert (dict(table.services.bodies), repr(table.services.tables_)) == before


# SHOW and DESCRIBE: https://github.com/aoyagikouhei/athena-local (measured), except the transforms with a number (assumed).


def test_describe_iceberg_table_shows_partition_fields(engine):
    run_statement(
        engine,
        "CREATE TABLE i (id int COMMENT 'who', p decimal(10,2), a array<string>, m map<string,int>, w struct<u:int,v:string>, day date)"
        f" PARTITIONED BY (bucket(4, id), day) {PLACE}",
    )
    assert engine.rows("DESCRIBE i") == [
        "# Table schema:\t\t",
        "# col_name\tdata_type\tcomment",
        "id\tint\twho",
        "p\tdecimal(10, 2)\t",
        "a\tarray<string>\t",
        "m\tmap<string, int>\t",
        "w\tstruct<u: int, v: string>\t",
        "day\tdate\t",
        "\t\t",
        "# Partition spec:\t\t",
        "# field_name\tfield_transform\tcolumn_name",
        "id_bucket\tbucket[4]\tid",
        "day\tidentity\tday",
    ]


def test_statement_from_show_create_table_recreates_the_table(engine):
    run_statement(
        engine,
        "CREATE TABLE i (id int COMMENT 'who', ts timestamp) PARTITIONED BY (bucket(4, id), month(ts)) LOCATION 's3://bucket/i'"
        " TBLPROPERTIES ('table_type'='ICEBERG', 'write_compression'='snappy')",
    )
    lines = engine.rows("SHOW CREATE TABLE i")
    assert lines == [
        "CREATE TABLE db.i (",
        "  id int COMMENT 'who',",
        "  ts timestamp)",
        "PARTITIONED BY (bucket(4, `id`), month(`ts`))",
        "LOCATION 's3://bucket/i'",
        "TBLPROPERTIES (",
        "  'table_type'='iceberg',",
        "  'write_compression'='snappy'",
        ")",
    ]
    before = load_table(engine)
    assert engine.rows("DROP TABLE i") == []
    assert [key for key in engine.services.bodies if key.startswith("i/")] == []
    run_statement(engine, "\n".join(lines))
    after = load_table(engine)
    assert (after.schema(), after.spec(), after.properties) == (before.schema(), before.spec(), before.properties)


def test_show_create_table_omits_absent_clauses(engine):
    run_statement(engine, f"CREATE TABLE i (id int) {PLACE}")
    assert engine.rows("SHOW CREATE TABLE i") == [
        "CREATE TABLE db.i (",
        "  id int)",
        "LOCATION 's3://bucket/i'",
        "TBLPROPERTIES (",
        "  'table_type'='iceberg'",
        ")",
    ]


def test_insert_uses_compression_and_file_size_of_table(engine):
    run_statement(
        engine,
        f"CREATE TABLE i (id bigint) {PLACE[:-1]}, 'write_compression'='gzip', 'write_target_data_file_size_bytes'='1000')",
    )
    add_table(engine.services, "t", {"id": "bigint"}, pa.table({"id": list(range(500))}))
    run_statement(engine, "INSERT INTO i SELECT id FROM t")
    assert engine.rows('SELECT count(*) >= 4 FROM "i$files"') == [["true"]]
    assert engine.rows("SELECT count(*), sum(id) FROM i") == [["500", str(sum(range(500)))]]


def test_insert_of_nan_as_partition_value_is_rejected(engine):
    run_statement(engine, f"CREATE TABLE i (x double) PARTITIONED BY (x) {PLACE}")
    assert (
        engine.reason("INSERT INTO i SELECT nan()")
        == "NOT_SUPPORTED: moto_featurestore does not support NaN as a partition value"
    )
    run_statement(engine, "INSERT INTO i SELECT 1e0 UNION ALL SELECT NULL")
    assert engine.rows("SELECT * FROM i ORDER BY 1") == [["1.0"], [None]]
