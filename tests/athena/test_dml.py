"""INSERT, DELETE, UPDATE and MERGE of Iceberg tables, checked by the resulting rows."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyiceberg.types import LongType, NestedField, UUIDType
from support.s3_and_glue import MemoryS3AndGlue, add_table

from moto_featurestore.athena.iceberg_write import IcebergCatalog

CREATE = "CREATE TABLE i ({}) PARTITIONED BY ({}) LOCATION 's3://bucket/i' TBLPROPERTIES ('table_type'='ICEBERG')"


@pytest.fixture
def table(engine):
    """A table ``i`` with three rows in two files, one per partition."""
    run_statement(engine, CREATE.format("id string, n int, x double", "truncate(1, id)"))
    run_statement(engine, "INSERT INTO i VALUES ('a1', 1, 1.5), ('a2', 2, NULL), ('b1', 3, 3.5)")
    return engine


def run_statement(engine, sql, parameters=()):
    outcome = engine.run(sql, parameters)
    assert outcome.error is None, outcome.error.reason
    return outcome


def rows(engine):
    return engine.rows("SELECT * FROM i ORDER BY id, n")


def operations(engine):
    return [operation for (operation,) in engine.rows('SELECT operation FROM "i$snapshots" ORDER BY committed_at')]


def files(engine):
    return {path for (path,) in engine.rows('SELECT DISTINCT file_path FROM "i$files"')}


def test_insert_writes_one_file_per_partition_in_one_snapshot(table):
    assert rows(table) == [["a1", "1", "1.5"], ["a2", "2", None], ["b1", "3", "3.5"]]
    assert operations(table) == ["append"]
    assert sorted(path.split("/")[-2] for path in files(table)) == ["id_trunc=a", "id_trunc=b"]


def test_insert_into_some_columns_sets_omitted_columns_to_null(table):
    outcome = run_statement(table, "INSERT INTO i (n, id) SELECT n + 10, id FROM i WHERE n < 3")
    # https://github.com/aoyagikouhei/athena-local: no object for the rows, no manifest, the count and a column "rows".
    assert (outcome.statement_type, outcome.substatement_type, outcome.update_count) == ("DML", "INSERT", 2)
    assert (outcome.suffix, outcome.has_rows, outcome.manifest) == ("", False, None)
    assert [(column["Name"], column["Type"]) for column in outcome.columns] == [("rows", "bigint")]
    assert rows(table)[1:4] == [["a1", "11", None], ["a2", "2", None], ["a2", "12", None]]


def test_execution_parameters_replace_question_marks_in_order(table):
    assert run_statement(table, "INSERT INTO i VALUES (?, ?, ?)", ["'c'", "4", "NULL"]).update_count == 1
    assert run_statement(table, "DELETE FROM i WHERE id = ? AND n = ?", ["'c'", "4"]).update_count == 1
    assert run_statement(table, "UPDATE i SET x = ? WHERE n = ?", ["2e0", "1"]).update_count == 1
    assert rows(table)[0] == ["a1", "1", "2.0"]


def test_delete_does_not_rewrite_files_without_deleted_rows(table):
    before = files(table)
    outcome = run_statement(table, "DELETE FROM i WHERE x IS NULL")
    assert (outcome.substatement_type, outcome.update_count) == ("DELETE", 1)
    assert (outcome.suffix, outcome.has_rows) == (".csv", False)
    assert rows(table) == [["a1", "1", "1.5"], ["b1", "3", "3.5"]]
    assert operations(table) == ["append", "overwrite"]
    assert len(before & files(table)) == 1


def test_delete_of_all_rows_writes_no_file(table):
    assert run_statement(table, "DELETE FROM i").update_count == 3
    assert rows(table) == []
    assert operations(table) == ["append", "delete"]
    assert run_statement(table, "DELETE FROM i").update_count == 0
    assert run_statement(table, "UPDATE i SET n = 1").update_count == 0


def test_dml_statement_that_changes_no_rows_adds_no_snapshot(table):
    assert run_statement(table, "DELETE FROM i WHERE n > 9").update_count == 0
    assert run_statement(table, "INSERT INTO i SELECT * FROM i WHERE n > 9").update_count == 0
    assert operations(table) == ["append"]


def test_update_expressions_read_the_values_before_the_update(table):
    outcome = run_statement(
        table,
        "UPDATE i SET n = n * 10, x = coalesce(x, 0) + n, id = 'z' || id WHERE n IN (SELECT max(n) FROM i) OR x IS NULL",
    )
    assert (outcome.substatement_type, outcome.update_count) == ("UPDATE", 2)
    assert rows(table) == [["a1", "1", "1.5"], ["za2", "20", "2.0"], ["zb1", "30", "6.5"]]
    assert operations(table) == ["append", "overwrite"]


def test_update_without_where_changes_all_rows(table):
    assert run_statement(table, "UPDATE i SET x = NULL").update_count == 3
    assert [row[2] for row in rows(table)] == [None, None, None]


def test_delete_with_path_pseudo_column_in_where_deletes_the_rows_of_that_file(table):
    [path] = [path for path in files(table) if "id_trunc=b" in path]
    assert run_statement(table, f"DELETE FROM i WHERE \"$path\" = '{path}'").update_count == 1
    assert [row[0] for row in rows(table)] == ["a1", "a2"]


def test_merge_with_three_clauses_updates_and_deletes_and_inserts_rows(table):
    source = "(VALUES ('a1', 7), ('a2', 0), ('c1', 8), ('c1', 9), ('d1', 0)) AS s(id, v)"
    outcome = run_statement(
        table,
        f"MERGE INTO i AS t USING {source} ON t.id = s.id WHEN MATCHED AND s.v = 0 THEN DELETE"
        " WHEN MATCHED THEN UPDATE SET n = s.v + t.n, x = NULL"
        " WHEN NOT MATCHED AND s.v > 0 THEN INSERT (id, n) VALUES (s.id, s.v)",
    )
    assert (outcome.substatement_type, outcome.update_count) == ("MERGE", 4)
    assert rows(table) == [["a1", "8", None], ["b1", "3", "3.5"], ["c1", "8", None], ["c1", "9", None]]
    assert operations(table) == ["append", "overwrite"]


def test_merge_with_only_inserts_appends_files(table):
    add_table(
        table.services,
        "s",
        {"id": "string", "n": "int"},
        pa.table({"id": ["b1", "c1"], "n": pa.array([1, 2], pa.int32())}),
    )
    assert (
        run_statement(
            table, "MERGE INTO db.i USING s ON i.id = s.id WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.n, 1)"
        ).update_count
        == 1
    )
    assert rows(table)[-1] == ["c1", "2", "1.0"]
    assert operations(table) == ["append", "append"]


def test_merge_into_empty_table_inserts_rows(table):
    run_statement(table, "DELETE FROM i")
    assert (
        run_statement(
            table,
            "MERGE INTO i USING (SELECT 'a' AS id) s ON i.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
        ).update_count
        == 1
    )
    assert rows(table) == [["a", None, None]]


def test_merge_with_two_matches_of_which_one_satisfies_the_condition_changes_the_row(table):
    """https://github.com/trinodb/trino/pull/7933: rows count after the condition of the case."""
    source = "(VALUES ('a1', 1), ('a1', 2)) AS s(id, v)"
    assert (
        run_statement(
            table, f"MERGE INTO i USING {source} ON i.id = s.id WHEN MATCHED AND s.v = 2 THEN UPDATE SET n = 0"
        ).update_count
        == 1
    )
    assert rows(table)[0] == ["a1", "0", "1.5"]


def test_merge_evaluates_only_the_expressions_of_the_matching_when_clause(table):
    source = "(VALUES ('a1', 0), ('c1', 2)) AS s(id, v)"
    run_statement(
        table,
        f"MERGE INTO i USING {source} ON i.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, 4 / s.v)",
    )
    assert rows(table) == [["a2", "2", None], ["b1", "3", "3.5"], ["c1", "2", None]]


def test_select_from_earlier_snapshot_returns_rows_before_the_change(table):
    [[version]] = table.rows('SELECT snapshot_id FROM "i$snapshots"')
    run_statement(table, "DELETE FROM i WHERE n = 1")
    run_statement(table, "UPDATE i SET n = 0")
    assert table.rows(f"SELECT n FROM i FOR VERSION AS OF {version} ORDER BY n") == [["1"], ["2"], ["3"]]


def test_execution_of_prepared_dml_statement_changes_rows(table):
    run_statement(table, "PREPARE mine FROM DELETE FROM i WHERE n = ?")
    assert run_statement(table, "EXECUTE mine USING 1").update_count == 1


def test_select_after_insert_of_all_types_returns_equal_values(engine):
    run_statement(
        engine,
        "CREATE TABLE i (f boolean, n int, b bigint, r float, x double, p decimal(10,2), d date, ts timestamp, s string, bin binary,"
        " a array<int>, m map<string,double>, w struct<u:int,v:string>, ww array<struct<u:int>>) LOCATION 's3://bucket/i' TBLPROPERTIES ('table_type'='iceberg')",
    )
    run_statement(
        engine,
        "INSERT INTO i VALUES (true, 1, 2, REAL '0.5', 1, DECIMAL '1.25', DATE '2026-01-01', DATE '2026-01-02', 'é', to_utf8('a'),"
        " ARRAY[1, NULL], MAP(ARRAY['k'], ARRAY[1.5e0]), ROW(1, 'z'), ARRAY[ROW(2)]), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
    )
    expected = [
        "true",
        "1",
        "2",
        "0.5",
        "1.0",
        "1.25",
        "2026-01-01",
        "2026-01-02 00:00:00.000",
        "é",
        "61",
        "[1, null]",
        "{k=1.5}",
        "{u=1, v=z}",
        "[{u=2}]",
    ]
    assert engine.rows("SELECT * FROM i ORDER BY n") == [expected, [None] * 14]
    run_statement(
        engine, "UPDATE i SET w = ROW(3, s), ww = NULL, a = ARRAY[n], ts = TIMESTAMP '2026-01-03 00:00:00' WHERE n = 1"
    )
    assert engine.rows("SELECT w, ww, a, ts FROM i WHERE n = 1") == [
        ["{u=3, v=é}", None, "[1]", "2026-01-03 00:00:00.000"]
    ]


def test_update_after_a_column_was_added_leaves_null_in_unchanged_rows(table):
    run_statement(table, "ALTER TABLE i ADD COLUMNS (more string)")
    run_statement(table, "UPDATE i SET more = 'new' WHERE n = 1")
    assert rows(table) == [["a1", "1", "1.5", "new"], ["a2", "2", None, None], ["b1", "3", "3.5", None]]


MULTIPLE = "MERGE_TARGET_ROW_MULTIPLE_MATCHES: One MERGE target table row matched more than one source row"
TWICE = "(VALUES ('a1', 1), ('a1', 2)) AS s(id, v)"


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        # https://dev.classmethod.jp/articles/athena-iceberg-merge-into-duplicate-source-behavior
        (f"MERGE INTO i USING {TWICE} ON i.id = s.id WHEN MATCHED THEN UPDATE SET n = s.v", MULTIPLE),
        (f"MERGE INTO i USING {TWICE} ON i.id = s.id WHEN MATCHED THEN DELETE", MULTIPLE),
        (f"MERGE INTO i USING {TWICE} ON i.id = s.id WHEN MATCHED AND s.v = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET n = 1", MULTIPLE),
        # https://github.com/aoyagikouhei/athena-local (measured)
        ("UPDATE i SET nothing = 9", "COLUMN_NOT_FOUND: line 1:14: The UPDATE SET target column nothing doesn't exist"),
        # https://github.com/trinodb/trino: its tests of transactional tables
        ("UPDATE i SET n = id", "TYPE_MISMATCH: UPDATE table column types don't match SET expressions: Table: [integer], Expressions: [varchar]"),
        ("UPDATE i SET n = nothing", "COLUMN_NOT_FOUND: line 1:18: Column 'nothing' cannot be resolved"),
        ("UPDATE i SET n = n / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("UPDATE i SET n = 1, n = 2", "SYNTAX_ERROR: line 1:21: Multiple assignments for same column: n"),
        ("UPDATE i SET i.n = 1", "SYNTAX_ERROR: line 1:14: mismatched input '.'"),
        ("UPDATE i SET n", "SYNTAX_ERROR: line 1:14: mismatched input 'n'"),
        ("UPDATE i SET n = 1 WHERE n", "TYPE_MISMATCH: line 1:26: WHERE clause must evaluate to a boolean: actual type integer"),
        ("UPDATE i SET n = 1 FROM s", "SYNTAX_ERROR: mismatched input 'FROM'"),
        ("UPDATE nothing SET n = 1", "TABLE_NOT_FOUND: line 1:8: Table 'awsdatacatalog.db.nothing' does not exist"),
        ("DELETE FROM i WHERE nothing = 1", "COLUMN_NOT_FOUND: line 1:21: Column 'nothing' cannot be resolved"),
        ("DELETE FROM i WHERE n = 'x'", "TYPE_MISMATCH: line 1:23: Cannot apply operator: integer = varchar(1)"),
        ("DELETE FROM i LIMIT 1", "SYNTAX_ERROR: mismatched input 'LIMIT'"),
        ("INSERT INTO i VALUES ('x', 1)", "TYPE_MISMATCH: line 1:13: Insert query has mismatched column types"),
        ("INSERT INTO i SELECT 'x', 1, 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("INSERT INTO i (nothing) SELECT 1", "COLUMN_NOT_FOUND: line 1:13: Insert column name does not exist in target table: nothing"),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id, 1)", "TYPE_MISMATCH: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (1)", "TYPE_MISMATCH: MERGE table column types don't match for MERGE case 0, SET expressions: Table: [varchar], Expressions: [integer]"),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN MATCHED THEN UPDATE SET nothing = 1", "COLUMN_NOT_FOUND: line 1:78: Merge column name does not exist in target table: nothing"),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (i.id)", "COLUMN_NOT_FOUND: line 1:81: Column 'i.id' cannot be resolved"),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN MATCHED THEN INSERT (id) VALUES ('x')", "SYNTAX_ERROR: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED THEN UPDATE SET n = 1", "SYNTAX_ERROR: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE", "SYNTAX_ERROR: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED BY SOURCE THEN INSERT (id) VALUES ('x')", "SYNTAX_ERROR: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED THEN INSERT (id, id) VALUES (s.id, s.id)", "DUPLICATE_COLUMN_NAME: line 1:69: Insert column name is specified more than once: id"),
        ("INSERT INTO i (id, id) SELECT 'x', 'y'", "DUPLICATE_COLUMN_NAME: line 1:13: Insert column name is specified more than once: id"),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN MATCHED THEN DO NOTHING", "SYNTAX_ERROR: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN MATCHED THEN UPDATE SET *", "SYNTAX_ERROR: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN NOT MATCHED THEN INSERT *", "SYNTAX_ERROR: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN MATCHED AND s.n THEN DELETE", "TYPE_MISMATCH: "),
        ("MERGE INTO i USING i s ON i.id = s.n WHEN MATCHED THEN DELETE", "TYPE_MISMATCH: "),
        ("MERGE INTO i USING nothing s ON i.id = s.id WHEN MATCHED THEN DELETE", "TABLE_NOT_FOUND: "),
        ("MERGE INTO i USING i s ON i.id = s.id WHEN MATCHED THEN UPDATE SET n = s.n / 0", "DIVISION_BY_ZERO: "),
    ],
)  # fmt: skip
def test_invalid_dml_statement_fails_and_changes_nothing(table, sql, reason):
    before = dict(table.services.bodies), repr(table.services.tables_)
    assert table.reason(sql).startswith(reason)
    assert (dict(table.services.bodies), repr(table.services.tables_)) == before


def test_insert_of_null_into_required_column_fails(engine):
    catalog = IcebergCatalog(engine.services)
    fields = [NestedField(1, "Id", LongType(), required=True), NestedField(2, "n", LongType())]
    from pyiceberg.schema import Schema

    catalog.create_table(("db", "i"), Schema(*fields), "s3://bucket/i")
    run_statement(engine, "INSERT INTO i VALUES (1, NULL)")
    assert (
        engine.reason("UPDATE i SET id = n") == "CONSTRAINT_VIOLATION: NULL value not allowed for NOT NULL column: id"
    )
    assert engine.rows("SELECT * FROM i") == [["1", None]]


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (
            NestedField(1, "file_row_number", LongType()),
            "does not support DML for Iceberg tables with a column named file_row_number",
        ),
        (NestedField(1, "u", UUIDType()), "does not write columns of the type uuid: u"),
    ],
)
def test_insert_into_table_with_unsupported_features_is_rejected(engine, field, reason):
    from pyiceberg.schema import Schema

    IcebergCatalog(engine.services).create_table(("db", "i"), Schema(field), "s3://bucket/i")
    assert reason in engine.reason("INSERT INTO i SELECT NULL")


# Concurrent changes of the table.


class BusyS3AndGlue(MemoryS3AndGlue):
    """S3 and Glue in which another writer commits first, for a number of times."""

    times = 0
    meanwhile = None

    def replace_table(self, database, name, given, version):
        if self.times:
            self.times -= 1
            self.meanwhile()
        return super().replace_table(database, name, given, version)


def _on_the_same_services(database, engine):
    """Return another engine for the objects and tables of an engine's services."""
    from support.engine import Engine

    other = Engine(database, MemoryS3AndGlue())
    for part in ("buckets", "tables_", "versions"):
        setattr(other.services, part, getattr(engine.services, part))
    return other


@pytest.fixture
def busy(database):
    from support.engine import Engine

    engine = Engine(database, BusyS3AndGlue())
    run_statement(engine, CREATE.format("id string, n int", "id"))
    run_statement(engine, "INSERT INTO i VALUES ('a', 1)")
    other = _on_the_same_services(database, engine)
    engine.services.meanwhile = lambda: run_statement(other, "INSERT INTO i VALUES ('other', 0)")
    return engine


COMMIT = "ICEBERG_COMMIT_ERROR: Failed to commit Iceberg update to table: db.i"
"""https://github.com/aws/aws-sdk-pandas/discussions/2422"""


def test_insert_is_retried_after_concurrent_commit(busy):
    busy.services.times = 4
    assert run_statement(busy, "INSERT INTO i VALUES ('b', 2)").update_count == 1
    assert [row[0] for row in rows(busy)] == ["a", "b", *["other"] * 4]


def test_insert_fails_if_every_retry_conflicts(busy):
    busy.services.times = 5
    assert busy.reason("INSERT INTO i VALUES ('b', 2)") == COMMIT
    assert [row[0] for row in rows(busy)] == ["a", *["other"] * 5]


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM i", "UPDATE i SET n = 0", "MERGE INTO i USING (SELECT 'c' AS id) s ON i.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)"],
)  # fmt: skip
def test_update_delete_or_merge_after_concurrent_commit_fails(busy, sql):
    busy.services.times = 1
    paths = set(busy.services.bodies)
    assert busy.reason(sql) == COMMIT
    assert rows(busy) == [["a", "1"], ["other", "0"]]
    left = {path for path in set(busy.services.bodies) - paths if path.startswith("i/data")}
    assert len(left) == 1, "the file of the other's row alone"


def test_insert_fails_after_concurrent_schema_change(busy, database):

    other = _on_the_same_services(database, busy)
    busy.services.meanwhile = lambda: run_statement(other, "ALTER TABLE i ADD COLUMNS (m int)")
    busy.services.times = 1
    assert busy.reason("INSERT INTO i VALUES ('b', 2)") == COMMIT


def test_delete_fails_after_concurrent_drop(busy):
    def drop():
        busy.services.delete_table("db", "i")

    busy.services.meanwhile, busy.services.times = drop, 1
    assert busy.reason("DELETE FROM i") == COMMIT


def test_dml_statement_whose_s3_write_fails_changes_nothing(table, monkeypatch):
    before = rows(table)

    def fail(bucket, key, body):
        if key.endswith(".metadata.json"):
            raise OSError("no more space")
        MemoryS3AndGlue.put_object(table.services, bucket, key, body)

    monkeypatch.setattr(table.services, "put_object", fail)
    objects = set(table.services.bodies)
    assert (
        table.reason("DELETE FROM i WHERE n = 1") == "GENERIC_INTERNAL_ERROR: moto_featurestore: OSError: no more space"
    )
    monkeypatch.undo()
    assert set(table.services.bodies) == objects
    assert rows(table) == before


def test_insert_of_timestamp_with_zone_stores_the_instant(engine):
    """DuckDB has no zones: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html."""
    run_statement(
        engine,
        "CREATE TABLE i WITH (table_type='ICEBERG', is_external=false, location='s3://bucket/i') AS SELECT TIMESTAMP '2026-01-01 01:00:00 UTC' AS at",
    )
    run_statement(engine, "INSERT INTO i SELECT TIMESTAMP '2026-01-02 00:00:00'")
    assert engine.rows("SELECT at FROM i ORDER BY at") == [
        ["2026-01-01 01:00:00.000 UTC"],
        ["2026-01-02 00:00:00.000 UTC"],
    ]
    [[task, *_]] = [
        list(IcebergCatalog(engine.services).load_table(("db", "i")).scan().to_arrow().column("at").to_pylist())
    ]
    assert task in (datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
