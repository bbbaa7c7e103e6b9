"""OPTIMIZE and VACUUM of Iceberg tables."""

from datetime import UTC, datetime, timedelta

import pytest

from moto_featurestore.athena import iceberg_maintenance
from moto_featurestore.athena.iceberg_write import IcebergCatalog


def run_statement(engine, sql):
    outcome = engine.run(sql)
    assert outcome.error is None, outcome.error.reason
    return outcome


@pytest.fixture
def table(engine):
    """A table ``i`` with six rows, each in its own file; five files are in one partition."""
    run_statement(
        engine,
        "CREATE TABLE i (p string, n int) PARTITIONED BY (p) LOCATION 's3://bucket/i' TBLPROPERTIES ('table_type'='ICEBERG')",
    )
    for n, p in enumerate("aaaaab"):
        run_statement(engine, f"INSERT INTO i VALUES ('{p}', {n})")
    return engine


def rows(engine):
    return engine.rows("SELECT * FROM i ORDER BY n")


def files(engine):
    return len(engine.rows('SELECT file_path FROM "i$files"'))


def operations(engine):
    return [operation for (operation,) in engine.rows('SELECT operation FROM "i$snapshots" ORDER BY committed_at')]


def objects(engine, suffix=""):
    return [key for key in engine.services.bodies if key.startswith("i/") and key.endswith(suffix)]


# OPTIMIZE.


def test_optimize_merges_small_files_of_partition_with_enough_files(table):
    before = rows(table)
    outcome = run_statement(table, "OPTIMIZE i REWRITE DATA USING BIN_PACK;")
    assert (outcome.statement_type, outcome.substatement_type) == ("DDL", "OPTIMIZE")
    assert files(table) == 2, "five of the one partition are the default's enough, one of the other is not"
    assert rows(table) == before
    assert operations(table) == [*["append"] * 6, "replace"]
    assert table.rows(
        "SELECT summary['total-records'], summary['total-data-files'] FROM \"i$snapshots\" ORDER BY committed_at DESC LIMIT 1"
    ) == [["6", "2"]]


def test_optimize_with_where_clause_rewrites_only_matching_files(table):
    run_statement(table, "ALTER TABLE i SET TBLPROPERTIES ('optimize_rewrite_data_file_threshold'='1')")
    run_statement(table, "-- only those\nOPTIMIZE db.i REWRITE DATA USING BIN_PACK WHERE p IN ('b', 'c') OR p > 'b'")
    assert (files(table), operations(table)[-1]) == (6, "replace")
    run_statement(table, "OPTIMIZE db.i REWRITE DATA USING BIN_PACK WHERE p <= 'a'")
    assert files(table) == 2


def test_optimize_does_not_rewrite_files_of_target_size(table):
    run_statement(
        table,
        "ALTER TABLE i SET TBLPROPERTIES ('optimize_rewrite_min_data_file_size_bytes'='10', 'optimize_rewrite_max_data_file_size_bytes'='1000000')",
    )
    run_statement(table, "OPTIMIZE i REWRITE DATA USING BIN_PACK")
    run_statement(table, "ALTER TABLE i SET TBLPROPERTIES ('optimize_rewrite_max_data_file_size_bytes'='11')")
    assert (files(table), operations(table)) == (6, ["append"] * 6)
    run_statement(table, "OPTIMIZE i REWRITE DATA USING BIN_PACK")
    assert (files(table), operations(table)[-1]) == (2, "replace")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        # https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html has the rule; the text is Trino's, assumed.
        ("OPTIMIZE i REWRITE DATA USING BIN_PACK WHERE n = 1", "NOT_SUPPORTED: Unexpected FilterNode found in plan"),
        ("OPTIMIZE i REWRITE DATA USING BIN_PACK WHERE p = 1", "TYPE_MISMATCH: "),
        ("OPTIMIZE i REWRITE DATA USING BIN_PACK WHERE p = 'a' LIMIT 1", "SYNTAX_ERROR: mismatched input"),
        ("OPTIMIZE i REWRITE DATA USING BIN_PACK WHERE p = 'a' UNION SELECT 'x'", "SYNTAX_ERROR: mismatched input"),
        ("OPTIMIZE i REWRITE DATA USING SORT", "NOT_SUPPORTED: moto_featurestore does not support this statement: OPTIMIZE"),
        ("OPTIMIZE nothing REWRITE DATA USING BIN_PACK", "TABLE_NOT_FOUND: "),
        ("VACUUM nothing", "TABLE_NOT_FOUND: "),
        ("VACUUM i RETAIN 5", "NOT_SUPPORTED: moto_featurestore does not support this statement: VACUUM"),
    ],
)  # fmt: skip
def test_invalid_optimize_or_vacuum_statement_fails_without_changes(table, sql, reason):
    before = dict(table.services.bodies)
    assert table.reason(sql).startswith(reason)
    assert dict(table.services.bodies) == before


# VACUUM.


@pytest.fixture
def later(monkeypatch):
    """A function that moves the clock."""

    def go_by(**delta):
        at = datetime.now(UTC) + timedelta(**delta)
        monkeypatch.setattr(iceberg_maintenance, "now", lambda: at)

    return go_by


def test_vacuum_retains_recent_snapshots(table, later):
    """https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html: snapshots of the last five days, by default."""
    later(days=4)
    before = objects(table)
    outcome = run_statement(table, "VACUUM i")
    assert (outcome.statement_type, outcome.substatement_type) == ("DML", "VACUUM")  # assumed
    assert objects(table) == before


def test_vacuum_removes_old_snapshots_and_their_files(table, later):
    [first, *_] = [version for (version,) in table.rows('SELECT snapshot_id FROM "i$snapshots" ORDER BY committed_at')]
    run_statement(table, "DELETE FROM i WHERE p = 'a'")
    later(days=6)
    run_statement(table, "VACUUM `i`")
    assert operations(table) == ["overwrite"] or operations(table) == ["delete"]
    assert rows(table) == [["b", "5"]]
    assert len(objects(table, ".parquet")) == 1
    assert len([key for key in objects(table, ".avro") if "snap-" in key]) == 1
    assert table.reason(f"SELECT * FROM i FOR VERSION AS OF {first}").startswith("INVALID_ARGUMENTS: ")


def test_vacuum_retains_the_minimum_number_of_snapshots(table, later):
    run_statement(
        table,
        "ALTER TABLE i SET TBLPROPERTIES ('vacuum_min_snapshots_to_keep'='3', 'vacuum_max_snapshot_age_seconds'='60')",
    )
    later(minutes=2)
    run_statement(table, "VACUUM i")
    assert len(operations(table)) == 3
    assert len(rows(table)) == 6


def test_vacuum_retains_snapshots_with_a_tag(table, later):
    catalog = IcebergCatalog(table.services)
    iceberg = catalog.load_table(("db", "i"))
    oldest = iceberg.metadata.snapshots[0].snapshot_id
    iceberg.manage_snapshots().create_tag(oldest, "mine").commit()
    later(days=6)
    run_statement(table, "VACUUM i")
    assert table.rows("SELECT n FROM i FOR VERSION AS OF 'mine'") == [["0"]]
    assert len(operations(table)) == 2


def test_vacuum_removes_old_orphan_files(table, later):
    """All objects of this services have the same date."""
    table.services.put_object("bucket", "i/data/orphan.parquet", b"")
    later(days=-400)
    run_statement(table, "VACUUM i")
    assert "i/data/orphan.parquet" in table.services.bodies
    later()
    run_statement(table, "VACUUM i")
    assert "i/data/orphan.parquet" not in table.services.bodies
    assert len(rows(table)) == 6


def test_vacuum_of_table_without_snapshot_succeeds(engine, later):
    run_statement(engine, "CREATE TABLE i (n int) LOCATION 's3://bucket/i' TBLPROPERTIES ('table_type'='ICEBERG')")
    later(days=6)
    run_statement(engine, "VACUUM i")
    run_statement(engine, "OPTIMIZE i REWRITE DATA USING BIN_PACK")
    assert engine.rows("SELECT * FROM i") == []


def test_vacuum_of_table_at_bucket_root_is_rejected(engine):
    """https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html"""
    run_statement(engine, "CREATE TABLE i (n int) LOCATION 's3://bucket' TBLPROPERTIES ('table_type'='ICEBERG')")
    assert engine.reason("VACUUM i") == "GENERIC_INTERNAL_ERROR: Path missing in file system location: s3://bucket"


def test_vacuum_fails_after_concurrent_commit(table, later):
    later(days=6)
    services, replace = table.services, table.services.replace_table

    def replace_table(database, name, given, version):
        services.versions[database, name] += 1
        return replace(database, name, given, version)

    services.replace_table = replace_table
    before = set(objects(table, ".parquet"))
    assert table.reason("VACUUM i") == "ICEBERG_COMMIT_ERROR: Failed to commit Iceberg update to table: db.i"
    assert set(objects(table, ".parquet")) == before
