"""What kind of statement a text is, from its first tokens."""

import pytest

from moto_featurestore.athena.errors import QueryFailed
from moto_featurestore.athena.statement import Kind, read, without_comments


@pytest.mark.parametrize(
    ("text", "kind", "types"),
    [
        # https://github.com/aoyagikouhei/athena-local, docs/dev/measurements/statements.md, has those without a mark.
        ("-- SELECT\nSHOW TABLES", Kind.DDL, ("UTILITY", "SHOW_TABLES")),
        ("/* SHOW TABLES */ SELECT 1", Kind.QUERY, ("DML", "SELECT")),
        ("/* c */SELECT 1", Kind.QUERY, ("DML", "SELECT")),
        ("(SELECT 1)", Kind.QUERY, ("DML", "SELECT")),
        ("VALUES 1", Kind.QUERY, ("DML", "SELECT")),
        ("TABLE t", Kind.QUERY, ("DML", "SELECT")),
        ("WITH a AS (SELECT 1) SELECT * FROM a", Kind.QUERY, ("DML", "SELECT")),
        ("SELECT(1)", Kind.QUERY, ("DML", "SELECT")),
        ("EXPLAIN SELECT 1", Kind.EXPLAIN, ("DML", "EXPLAIN")),
        ("-- c\nINSERT INTO t SELECT 1", Kind.INSERT, ("DML", "INSERT")),
        ("DELETE FROM t", Kind.DELETE, ("DML", "DELETE")),
        ("UPDATE t SET a = 1", Kind.UPDATE, ("DML", "UPDATE")),
        ("MERGE INTO t USING u ON true", Kind.MERGE, ("DML", "MERGE")),
        ("CREATE TABLE t AS SELECT 1 AS a", Kind.CREATE_TABLE_AS, ("DDL", "CREATE_TABLE_AS_SELECT")),
        ("CREATE TABLE t AS -- c\nSELECT 1", Kind.CREATE_TABLE_AS, ("DDL", "CREATE_TABLE_AS_SELECT")),
        ("CREATE TABLE t AS (VALUES 1)", Kind.CREATE_TABLE_AS, ("DDL", "CREATE_TABLE_AS_SELECT")),
        ("CREATE TABLE t WITH (a = 'AS SELECT') AS WITH x AS (SELECT 1) SELECT 1", Kind.CREATE_TABLE_AS, ("DDL", "CREATE_TABLE_AS_SELECT")),
        ('CREATE TABLE"t" AS SELECT 1', Kind.CREATE_TABLE_AS, ("DDL", "CREATE_TABLE_AS_SELECT")),
        ("CREATE EXTERNAL /* c */ TABLE t (n int) LOCATION 's3://b/'", Kind.CREATE_TABLE, ("DDL", "CREATE_TABLE")),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", Kind.CREATE_VIEW, ("DDL", "CREATE_VIEW")),  # assumed
        ("CREATE SCHEMA s", Kind.DDL, ("DDL", "CREATE_DATABASE")),
        ("DROP /* c */ TABLE t", Kind.DDL, ("DDL", "DROP_TABLE")),
        ("DROP DATABASE d", Kind.DDL, ("DDL", "DROP_DATABASE")),
        ("MSCK REPAIR TABLE t", Kind.DDL, ("DDL", "MSCK_REPAIR")),
        ("ALTER TABLE t ADD COLUMNS (a int)", Kind.DDL, ("DDL", None)),
        ("SHOW CREATE TABLE t", Kind.DDL, ("UTILITY", "SHOW_CREATE_TABLE")),
        ("SHOW TBLPROPERTIES t", Kind.DDL, ("UTILITY", "SHOW_TABLE_PROPERTIES")),
        ("desc t", Kind.DDL, ("UTILITY", "DESCRIBE_TABLE")),
        ("OPTIMIZE t REWRITE DATA USING BIN_PACK", Kind.OPTIMIZE, ("DDL", "OPTIMIZE")),
        ("VACUUM t", Kind.VACUUM, ("DML", "VACUUM")),
        ("/* c */ UNLOAD (SELECT 1) TO 's3://b/' WITH (format='PARQUET')", Kind.UNLOAD, ("DML", "UNLOAD")),  # assumed
        ("CREATE FUNCTION f", Kind.UNKNOWN, ("DML", None)),
        ("CREATE", Kind.UNKNOWN, ("DML", None)),
        ("SELEC 1", Kind.UNKNOWN, ("DML", None)),
    ],
)  # fmt: skip
def test_read_statement_returns_kind_and_statement_types(text, kind, types):
    statement = read(text)
    assert (statement.kind, (statement.statement_type, statement.substatement_type)) == (kind, types)


def test_read_statement_parses_prepare_execute_and_deallocate():
    prepare = read('PREPARE "my ""stmt" FROM SELECT ?;')
    assert (prepare.kind, prepare.name, prepare.text[prepare.body :]) == (Kind.PREPARE, 'my "stmt', " SELECT ?")
    execute = read("-- c\nEXECUTE mine USING 1, 'a'")
    assert (execute.kind, execute.name, execute.text[execute.body :]) == (Kind.EXECUTE, "mine", " 1, 'a'")
    assert read("EXECUTE `mine` ;").name == "mine"
    assert read("DEALLOCATE PREPARE mine;").kind is Kind.DEALLOCATE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1:1: mismatched input '<EOF>'"),
        (" ; ", "line 1:3: mismatched input '<EOF>'"),
        # https://github.com/aoyagikouhei/athena-local, measured: the place behind the comment.
        ("-- only", "line 1:8: mismatched input '<EOF>'"),
        ("/* only */", "line 1:11: mismatched input '<EOF>'"),
        ("PREPARE", "line 1:8: mismatched input '<EOF>'. Expecting: <identifier>"),
        ("PREPARE a SELECT 1", "line 1:11: mismatched input 'SELECT'. Expecting: 'FROM'"),
        ("EXECUTE", "line 1:8: mismatched input '<EOF>'. Expecting: <identifier>"),
        ("EXECUTE a\n 1", "line 2:2: mismatched input '1'. Expecting: 'USING'"),
        ("DEALLOCATE a", "line 1:12: mismatched input 'a'. Expecting: 'PREPARE'"),
        ("DEALLOCATE PREPARE a b", "line 1:22: mismatched input 'b'. Expecting: <EOF>"),
    ],
)
def test_read_statement_of_invalid_sql_fails(text, reason):
    with pytest.raises(QueryFailed) as failed:
        read(text)
    assert failed.value.reason == f"SYNTAX_ERROR: {reason}"


def test_removal_of_comments_preserves_the_positions_of_the_remaining_sql():
    text = "SELECT '--', \"/*\" -- c\n/* a\nb */ , 1"
    assert without_comments(text) == "SELECT '--', \"/*\"     \n    \n     , 1"
