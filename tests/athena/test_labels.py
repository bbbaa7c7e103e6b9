"""Labels of a result's columns: the names as the query writes them.

https://github.com/trinodb/trino, StatementAnalyzer; workshop m2_nb4 and the SageMaker SDK's to_dataframe() rely on it.
"""

import pytest
from support.lake import add_table


@pytest.fixture
def table(engine):
    add_table(engine.lake, "t", {"leadsource": "string", "n": "int", "r": "struct<fielda:int>"})
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
    ],
)
def test_label_is_the_name_as_written(table, sql, labels):
    assert [column["Label"] for column in table.run(sql).columns] == labels


def test_view_has_labels_in_lower_case(table):
    table.run("CREATE VIEW v AS SELECT LeadSource, N AS Number FROM t")
    assert [column["Label"] for column in table.run("SELECT * FROM v").columns] == ["leadsource", "number"]


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
def test_column_info_has_the_length(table, sql, kind, precision):
    """https://github.com/aoyagikouhei/athena-local, docs/api.md, measured: Precision is the length of varchar and char."""
    [column] = table.run(sql).columns
    assert (column["Type"], column["Precision"]) == (kind, precision)
