"""``information_schema``: queries of Glue's databases, tables and columns.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html. The columns are Trino's, and like Trino's the schema
contains itself (TestInformationSchemaConnector). The type of a view is assumed to be Trino's too.
"""

import pyarrow as pa
import pytest
from support.s3_and_glue import add_table


@pytest.fixture
def services(engine):
    types = {"id": "string", "n": "int", "at": "timestamp", "of": "struct<a:array<timestamp>,b:decimal(10,2)>"}
    add_table(engine.services, "t", types, pa.table({"id": ["a"]}))
    assert engine.rows("CREATE VIEW v AS SELECT id FROM t") == []
    return engine


def test_schemata_view_contains_databases_and_information_schema(services):
    assert services.rows("SELECT * FROM information_schema.schemata ORDER BY 2") == [
        ["awsdatacatalog", "db"],
        ["awsdatacatalog", "information_schema"],
    ]


def test_tables_and_views_of_information_schema_contain_types_and_definitions(services):
    sql = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'db' ORDER BY 1"
    assert services.rows(sql) == [["t", "BASE TABLE"], ["v", "VIEW"]]
    sql = "SELECT table_name, view_definition FROM awsdatacatalog.information_schema.views"
    assert services.rows(sql) == [["v", "SELECT id FROM t"]]


def test_columns_view_contains_position_and_trino_type_of_each_column(services):
    sql = "SELECT * FROM information_schema.columns WHERE table_schema = 'db' AND table_name = 't'"
    assert [row[3:] for row in services.rows(sql)] == [
        ["id", "1", None, "YES", "varchar"],
        ["n", "2", None, "YES", "integer"],
        ["at", "3", None, "YES", "timestamp(3)"],
        ["of", "4", None, "YES", "row(a array(timestamp(3)), b decimal(10,2))"],
    ]


def test_columns_view_contains_the_columns_of_information_schema(services):
    sql = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'information_schema'"
    assert services.rows(sql) == [["18"]]


def test_schemata_view_joined_with_glue_table_returns_rows(services):
    sql = 'SELECT x.schema_name, t.id FROM "information_schema"."schemata" x CROSS JOIN t WHERE x.schema_name = \'db\''
    assert services.rows(sql) == [["db", "a"]]


def test_columns_view_returns_an_invalid_glue_type_unchanged(services):
    services.services.tables_["db", "odd"] = {"StorageDescriptor": {"Columns": [{"Name": "a", "Type": "no type;"}]}}
    sql = "SELECT data_type FROM information_schema.columns WHERE table_name = 'odd'"
    assert services.rows(sql) == [["no type;"]]


def test_select_from_unknown_table_of_information_schema_is_rejected(services):
    assert services.reason("SELECT * FROM information_schema.routines").startswith(
        "TABLE_NOT_FOUND: Table 'awsdatacatalog.information_schema.routines' does not exist"
    )


def test_information_schema_as_query_database_resolves_tables(services):
    assert [row[1] for row in services.rows("SELECT * FROM schemata ORDER BY 2", database="information_schema")] == [
        "db",
        "information_schema",
    ]
