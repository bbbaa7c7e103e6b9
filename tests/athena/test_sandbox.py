"""Attempts of queries to escape: to files, the network, Python variables, file readers, extensions and settings."""

import base64
import json

import duckdb
import pyarrow as pa
import pytest
from support.s3_and_glue import add_table, descriptor, parquet

SECRET = "the secret of this machine"

ATTEMPTS = {
    # files of this machine
    "read_csv": "SELECT * FROM read_csv('{file}')",
    "read_csv, quoted": "SELECT * FROM \"read_csv\"('{file}')",
    "read_csv as a value": "SELECT read_csv('{file}')",
    "read_csv_auto": "SELECT * FROM read_csv_auto('{file}')",
    "read_text": "SELECT * FROM read_text('{file}')",
    "read_blob": "SELECT content FROM read_blob('{file}')",
    "read_parquet": "SELECT * FROM read_parquet('{file}')",
    "parquet_scan": "SELECT * FROM parquet_scan('{file}')",
    "read_json": "SELECT * FROM read_json('{file}')",
    "read_json in a subquery": "SELECT (SELECT max(c) FROM read_json('{file}') AS x(c))",
    "read_text in WITH": "WITH a AS (SELECT * FROM read_text('{file}')) SELECT * FROM a",
    "read_text in EXISTS": "SELECT 1 WHERE EXISTS (SELECT * FROM read_text('{file}'))",
    "read_text in a join": "SELECT * FROM t JOIN read_text('{file}') ON true",
    "read_text, lateral": "SELECT * FROM t, LATERAL (SELECT * FROM read_text('{file}'))",
    "read_text, lateral without a query": "SELECT * FROM t, LATERAL read_text('{file}')",
    "read_text of a database": "SELECT * FROM db.\"read_text\"('{file}')",
    "a file hidden by WITH elsewhere": 'SELECT * FROM (WITH "{file}" AS (SELECT 1) SELECT 2), "{file}"',
    "glob": "SELECT * FROM glob('{folder}/*')",
    "TABLE(...)": "SELECT * FROM TABLE(read_text('{file}'))",
    "a file as a table": "SELECT * FROM '{file}'",
    "a file as a quoted table": 'SELECT * FROM "{file}"',
    "a file as a table of a database": 'SELECT * FROM db."{file}"',
    "a file hidden by WITH": 'WITH "{file}" AS (SELECT 1) SELECT * FROM (SELECT * FROM "main"."{file}")',
    "TABLE": 'TABLE "{file}"',
    "query": "SELECT * FROM query('SELECT * FROM read_text(''{file}'')')",
    "query_table": "SELECT * FROM query_table('{file}')",
    "COPY": "COPY (SELECT 1) TO '{folder}/written'",
    "COPY FROM": "COPY t FROM '{file}'",
    "EXPORT": "EXPORT DATABASE '{folder}/written'",
    "IMPORT": "IMPORT DATABASE '{folder}'",
    "ATTACH": "ATTACH '{folder}/written' AS x",
    "getenv": "SELECT getenv('HOME')",
    "sniff_csv": "SELECT * FROM sniff_csv('{file}')",
    # the network, and S3 without Glue
    "http": "SELECT * FROM read_csv('http://127.0.0.1:9/')",
    "s3": "SELECT * FROM read_parquet('s3://bucket/t/0.parquet')",
    "s3 as a table": "SELECT * FROM 's3://bucket/t/0.parquet'",
    "services": "SELECT * FROM read_parquet('query://0/bucket/t/0.parquet')",
    "services as a table": 'SELECT * FROM "query://0/bucket/t/0.parquet"',
    "INSTALL": "INSTALL httpfs",
    "LOAD": "LOAD httpfs",
    "FORCE INSTALL": "FORCE INSTALL httpfs FROM community",
    "CREATE SECRET": "CREATE SECRET x (TYPE s3)",
    # Python
    "a variable": "SELECT * FROM secret_of_python",
    "python_map_function": "SELECT * FROM python_map_function()",
    "arrow_scan": "SELECT * FROM arrow_scan(1, 2, 3)",
    # settings, catalogs and functions
    "SET": "SET enable_external_access = true",
    "SET GLOBAL": "SET GLOBAL lock_configuration = false",
    "RESET": "RESET enable_external_access",
    "PRAGMA": "PRAGMA enable_external_access = true",
    "CALL": "CALL pragma_version()",
    "current_setting": "SELECT current_setting('temp_directory')",
    "session_user": "SELECT session_user",
    "user, quoted": 'SELECT "user" FROM t',
    "current_schema": "SELECT current_schema",
    "set_config": "SELECT set_config('a', 'b', false)",
    "duckdb_settings": "SELECT * FROM duckdb_settings()",
    "duckdb_secrets": "SELECT * FROM duckdb_secrets()",
    "sqlite_master": "SELECT * FROM sqlite_master",
    "information_schema of DuckDB": "SELECT * FROM memory.information_schema.tables",
    "another catalog of DuckDB": "SELECT * FROM system.information_schema.tables",
    "more of information_schema": "SELECT * FROM information_schema.referential_constraints",
    "CREATE MACRO": "CREATE MACRO f() AS TABLE SELECT * FROM read_text('{file}')",
    "CREATE FUNCTION": "CREATE FUNCTION upper(x) AS 'hacked'",
    "CREATE TABLE in DuckDB": "CREATE TEMP TABLE x (a int)",
    "a macro of this package": "SELECT athena_double(1)",
    "USE": "USE memory",
    "DETACH": "DETACH memory",
    "CHECKPOINT": "CHECKPOINT",
    "two statements": "SELECT 1; COPY (SELECT 1) TO '{folder}/written'",
    "SUMMARIZE": "SUMMARIZE t",
    "DESCRIBE of a query": "DESCRIBE SELECT * FROM read_text('{file}')",
    "FROM first": "FROM read_text('{file}')",
    "EXPLAIN": "EXPLAIN ANALYZE SELECT * FROM read_text('{file}')",
    "PIVOT": "PIVOT t ON id USING count(*)",
    "a parameter": "SELECT $1",
    "an escaped string": "SELECT E'\\x41'",
    # inside statements that are allowed
    "INSERT": "INSERT INTO t SELECT * FROM read_text('{file}')",
    "CREATE TABLE AS": "CREATE TABLE u AS SELECT * FROM read_text('{file}')",
    "UNLOAD": "UNLOAD (SELECT * FROM read_text('{file}')) TO 's3://bucket/u' WITH (format = 'PARQUET')",
    "UNLOAD to this machine": "UNLOAD (SELECT 1 AS a) TO 'file://{folder}/written' WITH (format = 'PARQUET')",
    "UNLOAD, and out of it": "UNLOAD (SELECT 1 AS a) TO 's3://bucket/u' WITH (format = 'PARQUET', compression = 'x) ; COPY t TO ''{folder}/written''')",
    "CREATE VIEW": "CREATE VIEW v AS SELECT * FROM read_text('{file}')",
    "PREPARE and EXECUTE": "EXECUTE wicked",
    "a table at a file": "SELECT * FROM at_file",
    "a view over a file": "SELECT * FROM view_of_file",
    "a type that is more": "SELECT * FROM wicked_type",
}

secret_of_python = pa.table({"secret": [SECRET]})


@pytest.fixture
def attacked(engine, tmp_path):
    """An engine with malicious tables and views, and a directory with a secret file that queries must not read."""
    (tmp_path / "secret.csv").write_text(f"secret\n{SECRET}\n")
    services = engine.services
    add_table(services, "t", {"id": "string"}, pa.table({"id": ["a"]}))
    services.prepared_statements["wicked"] = f"SELECT * FROM read_text('{tmp_path}/secret.csv')"
    services.put_table("db", "at_file", {"StorageDescriptor": descriptor({"secret": "string"}, f"file://{tmp_path}")})
    definition = {"originalSql": f"SELECT * FROM read_text('{tmp_path}/secret.csv')", "schema": "db"}
    text = f"/* Presto View: {base64.b64encode(json.dumps(definition).encode()).decode()} */"
    services.put_table(
        "db", "view_of_file", {"TableType": "VIRTUAL_VIEW", "ViewOriginalText": text, "StorageDescriptor": {}}
    )
    wicked = "int) FROM read_text('{}/secret.csv'); --"
    services.put_table(
        "db", "wicked_type", {"StorageDescriptor": descriptor({"a": wicked.format(tmp_path)}, "s3://bucket/t")}
    )
    return engine


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_malicious_query_fails_and_does_not_reveal_secret(attempt, attacked, tmp_path):
    outcome = attacked.run(attempt.format(file=tmp_path / "secret.csv", folder=tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.csv"]
    assert not any(SECRET.encode() in body for body in attacked.services.bodies.values())
    assert outcome.error is not None
    assert SECRET not in outcome.error.reason
    assert outcome.error.kind != "GENERIC_INTERNAL_ERROR"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{}')",
        "SELECT * FROM '{}'",
        "COPY (SELECT 1) TO '{}'",
        "ATTACH '{}' AS x",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM secret_of_python",
        "SELECT * FROM 'query://0/bucket/t/0.parquet'",
        "COPY (SELECT 1) TO 'query://0/another'",
    ],
)
def test_duckdb_session_without_query_checks_rejects_file_access(database, sql, tmp_path):
    """The second barrier: DuckDB has no access even if the checks miss a statement."""
    file = tmp_path / "secret.csv"
    file.write_text(SECRET)
    with database.session() as (_, cursor), pytest.raises(duckdb.Error):
        cursor.execute(sql.format(file)).fetchall()
    assert file.read_text() == SECRET


def test_duckdb_session_reads_only_objects_registered_for_it(database, services):
    services.put_object("bucket", "t/0.parquet", parquet(pa.table({"n": [1]})))
    [stored] = services.objects("bucket", "t/")
    with database.session() as (session, _), database.session() as (_, cursor):
        path = session.admit("bucket", stored)
        assert cursor.execute(f"SELECT n FROM '{path}'").fetchall() == [(1,)]
    with database.session() as (_, cursor), pytest.raises(duckdb.Error, match="FileNotFoundError"):
        cursor.execute(f"SELECT n FROM '{path}'").fetchall()


def test_string_literal_that_equals_an_internal_table_name_is_not_replaced(engine):
    add_table(engine.services, "t", {"id": "string"}, pa.table({"id": ["a"]}))
    assert engine.rows("SELECT id, 't0_', '\"t0_0123456789abcdef\"' FROM t") == [["a", "t0_", '"t0_0123456789abcdef"']]
