"""Labels of a result's columns: the names as the query writes them.

https://github.com/trinodb/trino, StatementAnalyzer; workshop m2_nb4 and the SageMaker SDK's to_dataframe() rely on it.
"""

import pyarrow as pa
import pytest
from support.ports import MemoryObject
from support.s3_and_glue import add_table

from moto_featurestore.athena.results import Page, csv_page


@pytest.fixture
def table(engine):
    add_table(engine.services, "t", {"leadsource": "string", "n": "int", "r": "struct<fielda:int>"})
    return engine


@pytest.mark.parametrize(
    ("sql", "labels"),
    [
        ("SELECT LeadSource FROM t", ["LeadSource"]),
        ('SELECT "LeadSource", N FROM t', ["LeadSource", "N"]),
        ("SELECT x.LeadSource FROM t AS x", ["LeadSource"]),
        ("SELECT db.t.LeadSource FROM db.t", ["LeadSource"]),
        ("SELECT r.FieldA, t.r.FIELDA FROM t", ["FieldA", "FIELDA"]),
        ("SELECT * FROM t", ["leadsource", "n", "r"]),
        ("SELECT * FROM (SELECT LeadSource FROM t)", ["LeadSource"]),
        ("WITH a AS (SELECT LeadSource FROM t) SELECT * FROM a", ["LeadSource"]),
        ("SELECT LeadSource AS Source FROM t", ["Source"]),
        ("SELECT LeadSource FROM t UNION ALL SELECT 'x'", ["LeadSource"]),
        ("SELECT LeadSource, count(*) FROM t GROUP BY leadsource ORDER BY LEADSOURCE", ["LeadSource", "_col1"]),
        ("SELECT N, n FROM t", ["N", "n"]),
        ("VALUES (1, 'a')", ["_col0", "_col1"]),
        ("SELECT * FROM (VALUES (1, 'a')) AS v", ["_col0", "_col1"]),
        ("SELECT n, v.* FROM t CROSS JOIN (VALUES 1) AS v", ["n", "_col1"]),
    ],
)
def test_result_label_is_the_column_name_as_written_in_the_query(table, sql, labels):
    assert [column["Label"] for column in table.run(sql).columns] == labels


def test_column_info_of_times_and_zoned_timestamps_has_athena_types(engine):
    sql = "SELECT TIME '01:02', TIME '01:02+02:00', TIMESTAMP '2020-01-01 00:00:00 +01:00', now(), cast('a' AS varchar(3))"
    types = [(column["Type"], column["Precision"]) for column in engine.run(sql).columns]
    zoned = ("timestamp with time zone", 3)
    assert types == [("time", 3), ("time with time zone", 3), zoned, zoned, ("varchar", 3)]


def test_result_labels_of_view_are_in_lower_case(table):
    table.run("CREATE VIEW v AS SELECT LeadSource, N AS Number FROM t")
    assert [column["Label"] for column in table.run("SELECT * FROM v").columns] == ["leadsource", "number"]


def test_result_labels_of_view_of_union_or_star_are_in_lower_case(table):
    table.run("CREATE VIEW v AS SELECT LeadSource FROM t UNION ALL SELECT 'x'")
    assert [column["Label"] for column in table.run("SELECT * FROM v").columns] == ["leadsource"]
    table.run("CREATE VIEW w AS SELECT *, N AS Number FROM t")
    assert [column["Label"] for column in table.run("SELECT * FROM w").columns] == ["leadsource", "n", "r", "number"]


@pytest.mark.parametrize(
    ("sql", "kind", "precision"),
    [
        ("SELECT 'abc' AS a", "varchar", 3),
        ("SELECT cast('x' AS varchar(5)) AS a", "varchar", 5),
        ("SELECT cast('x' AS char(3)) AS a", "char", 3),
        ("SELECT 'a' AS a UNION ALL SELECT 'bcd'", "varchar", 3),
        ("(SELECT 'ab' AS a)", "varchar", 2),
        ("SELECT leadsource AS a FROM t", "varchar", 2147483647),
        ("SELECT json_parse('1') AS a", "json", 0),
    ],
)
def test_column_info_of_varchar_has_its_length(table, sql, kind, precision):
    """https://github.com/aoyagikouhei/athena-local, docs/api.md, measured: Precision is the length of varchar and char."""
    [column] = table.run(sql).columns
    assert (column["Type"], column["Precision"]) == (kind, precision)


def test_select_from_two_tables_of_equal_name_in_different_databases_returns_rows(table):
    table.services.create_database("other", {})
    add_table(table.services, "u", {"n": "int"}, pa.table({"n": pa.array([1], pa.int32())}))
    table.services.tables_["other", "u"] = table.services.tables_["db", "u"]
    sql = "SELECT db.u.n, other.u.n + 1 AS m FROM db.u JOIN other.u ON db.u.n = other.u.n"
    assert table.rows(sql) == [["1", "2"]]


def test_dml_statement_with_column_qualified_by_database_is_accepted(table):
    done = "CREATE TABLE i (n int) LOCATION 's3://bucket/i' TBLPROPERTIES ('table_type'='ICEBERG')"
    for sql in (done, "INSERT INTO i VALUES (1), (2)", "DELETE FROM db.i WHERE db.i.n = 1"):
        assert table.run(sql).error is None
    assert table.rows("SELECT n FROM i") == [["2"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "CREATE EXTERNAL TABLE x (a int) LOCATION 's3://bucket/x' FOO",
            "SYNTAX_ERROR: line 1:58: mismatched input 'FOO'",
        ),
        ("SELECT 'abc", "SYNTAX_ERROR: "),
        ("UNLOAD (SELECT 1) TO x", "SYNTAX_ERROR: UNLOAD needs the form"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
        ("SHOW CREATE VIEW t", "NOT_SUPPORTED: Relation 'awsdatacatalog.db.t' is a table, not a view"),
    ],
)
def test_query_with_ambiguous_or_unknown_column_is_rejected(table, sql, reason):
    assert table.reason(sql).startswith(reason)


def test_query_with_syntax_error_writes_nothing_to_stderr(table, capfd):
    assert table.reason("CREATE TABLE x AS SELECT id FRM t y z").startswith("SYNTAX_ERROR: line 1:33: ")
    assert capfd.readouterr().err == ""


def test_explain_query_returns_a_plan(table):
    """The name of the column, and a row for each line: https://github.com/aoyagikouhei/athena-local, measured."""
    outcome = table.run("EXPLAIN SELECT n FROM t")
    assert (outcome.statement_type, outcome.substatement_type, outcome.suffix) == ("DML", "EXPLAIN", ".txt")
    assert outcome.columns[0]["Name"] == "Query Plan"
    assert len(table.rows("EXPLAIN SELECT n FROM t")) > 2
    assert table.rows("EXPLAIN (TYPE VALIDATE) SELECT 1") == ["Valid", "true", ""]
    assert "[" in table.rows("EXPLAIN (FORMAT JSON) SELECT 1")
    assert "Total Time" in "".join(table.rows("EXPLAIN ANALYZE SELECT 1"))
    assert table.reason("EXPLAIN ANALYZE SELECT 1/0") == "DIVISION_BY_ZERO: Division by zero"


def test_show_create_view_returns_the_query_of_the_view(table):
    table.run("CREATE VIEW v AS -- of leads\nSELECT LeadSource FROM t")
    assert table.rows("SHOW CREATE VIEW v") == [
        "CREATE VIEW awsdatacatalog.db.v AS ",
        "-- of leads",
        "SELECT LeadSource FROM t",
    ]


def test_execute_statement_with_column_as_parameter_value_is_rejected(table):
    table.run("PREPARE mine FROM SELECT ?")
    assert table.rows("EXECUTE mine USING 1 + 1") == [["2"]]
    assert table.reason("EXECUTE mine USING n").startswith("COLUMN_NOT_FOUND: ")
    assert table.reason("EXECUTE mine USING 1 AS a").startswith("SYNTAX_ERROR: ")
    assert table.reason("EXECUTE mine USING 1 FROM t").startswith("SYNTAX_ERROR: ")


def test_get_query_results_of_object_that_is_not_csv_returns_no_rows():
    assert csv_page(MemoryObject("a", b"no row"), 0, 10) == Page([], None)
