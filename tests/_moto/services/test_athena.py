"""Athena in moto: running executions, and their API."""

import io
import os
import subprocess
import sys
import threading

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from support.s3_and_glue import PARQUET

from moto_featurestore import mock_featurestore

OUTPUT = {"OutputLocation": "s3://results/out"}


@pytest.fixture
def aws(each_entry_point):
    """Clients, with buckets and a table ``db.t`` of two rows."""
    each_entry_point("s3").create_bucket(Bucket="results")
    each_entry_point("s3").create_bucket(Bucket="lake")
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": ["a", None], "n": [1, 2]}), sink)
    each_entry_point("s3").put_object(Bucket="lake", Key="t/0.parquet", Body=sink.getvalue())
    each_entry_point("glue").create_database(DatabaseInput={"Name": "db"})
    columns = [{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "bigint"}]
    descriptor = {"Columns": columns, "Location": "s3://lake/t", "SerdeInfo": {"SerializationLibrary": PARQUET}}
    each_entry_point("glue").create_table(DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": descriptor})
    return each_entry_point


def start(aws, sql, *, config=OUTPUT, **options):
    given = {"QueryString": sql, "QueryExecutionContext": {"Database": "db"}, **options}
    if config is not None:
        given["ResultConfiguration"] = config
    return aws("athena").start_query_execution(**given)["QueryExecutionId"]


def described(aws, execution_id):
    return aws("athena").get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]


def results(aws, execution_id, **options):
    return aws("athena").get_query_results(QueryExecutionId=execution_id, **options)


def values(answer):
    return [[value.get("VarCharValue") for value in row["Data"]] for row in answer["ResultSet"]["Rows"]]


def test_start_query_execution_succeeds_and_writes_result_to_s3(aws):
    sql = 'SELECT id, n, n * 1.5e0 AS "half, more" FROM t ORDER BY n'
    execution_id = start(aws, sql)
    execution = described(aws, execution_id)
    assert execution["Query"] == sql
    assert execution["StatementType"] == "DML"
    assert execution["Status"]["State"] == "SUCCEEDED"
    assert execution["WorkGroup"] == "primary"
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/out/{execution_id}.csv"
    assert execution["Statistics"]["DataScannedInBytes"] > 0
    body = aws("s3").get_object(Bucket="results", Key=f"out/{execution_id}.csv")["Body"].read()
    # https://docs.aws.amazon.com/athena/latest/ug/querying.html: values are quoted, NULL is empty.
    assert body == b'"id","n","half, more"\n"a","1","1.5"\n,"2","3.0"\n'
    assert aws("s3").get_object(Bucket="results", Key=f"out/{execution_id}.csv.metadata")["Body"].read()


def test_information_schema_shows_glue_tables(aws):
    sql = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'db' ORDER BY 2"
    )
    answer = results(aws, start(aws, sql))
    assert values(answer)[1:] == [["t", "id", "varchar"], ["t", "n", "bigint"]]


def test_get_query_results_returns_header_and_column_types_and_pages(aws):
    execution_id = start(aws, "SELECT id, n FROM t ORDER BY n")
    first = results(aws, execution_id, MaxResults=2)
    assert values(first) == [["id", "n"], ["a", "1"]]
    assert [(info["Name"], info["Type"]) for info in first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == [
        ("id", "varchar"),
        ("n", "bigint"),
    ]
    second = results(aws, execution_id, MaxResults=2, NextToken=first["NextToken"])
    assert values(second) == [[None, "2"]]
    assert "NextToken" not in second


def test_database_default_without_glue_database_is_listed_and_has_no_tables(aws):
    assert run(aws, "SHOW DATABASES") == [["db"], ["default"]]
    assert run(aws, "SHOW TABLES IN default") == []
    assert aws("athena").get_database(CatalogName="AwsDataCatalog", DatabaseName="default")["Database"] == {
        "Name": "default"
    }
    status = described(aws, start(aws, "SELECT * FROM default.t"))["Status"]
    assert status["StateChangeReason"].startswith("TABLE_NOT_FOUND")
    status = described(aws, start(aws, "DROP DATABASE default"))["Status"]
    assert "Can not drop default database" in status["StateChangeReason"]


@pytest.mark.parametrize(
    ("sql", "config", "reason"),
    [
        ("SELECT FROM", OUTPUT, "SYNTAX_ERROR: line 1:8: mismatched input"),
        ("SELECT * FROM u", OUTPUT, "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.db.u' does not exist"),
        ("SELECT x FROM t", OUTPUT, "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"),
        (
            "SELECT * FROM t WHERE n = 'a'",
            OUTPUT,
            "TYPE_MISMATCH: line 1:25: Cannot apply operator: bigint = varchar(1)",
        ),
    ],
)
def test_invalid_query_fails_with_state_change_reason(aws, sql, config, reason):
    execution_id = start(aws, sql, config=config)
    status = described(aws, execution_id)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"].startswith(reason)
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
    with pytest.raises(aws("athena").exceptions.InvalidRequestException, match="Final query state: FAILED"):
        results(aws, execution_id)


def test_get_query_results_of_deleted_result_object_is_rejected(aws):
    execution_id = start(aws, "SELECT 1")
    aws("s3").delete_object(Bucket="results", Key=f"out/{execution_id}.csv")
    with pytest.raises(aws("athena").exceptions.InvalidRequestException, match="Could not find results"):
        results(aws, execution_id)


def test_get_query_execution_with_unknown_id_is_rejected(aws):
    with pytest.raises(aws("athena").exceptions.InvalidRequestException, match="QueryExecution nothing was not found"):
        described(aws, "nothing")
    execution_id = start(aws, "SELECT 1")
    answer = aws("athena").batch_get_query_execution(QueryExecutionIds=[execution_id, "nothing"])
    assert [found["QueryExecutionId"] for found in answer["QueryExecutions"]] == [execution_id]
    assert [missing["QueryExecutionId"] for missing in answer["UnprocessedQueryExecutionIds"]] == ["nothing"]


def test_get_query_results_with_max_results_above_limit_is_rejected(aws):
    execution_id = start(aws, "SELECT 1")
    with pytest.raises(aws("athena").exceptions.InvalidRequestException, match="MaxResults"):
        results(aws, execution_id, MaxResults=1001)


def test_work_group_that_enforces_its_configuration_sets_output_location(aws):
    configuration = {
        "ResultConfiguration": {"OutputLocation": "s3://lake/enforced/"},
        "EnforceWorkGroupConfiguration": True,
    }
    aws("athena").create_work_group(Name="strict", Configuration=configuration)
    execution_id = start(aws, "SELECT 1", WorkGroup="strict")
    assert (
        described(aws, execution_id)["ResultConfiguration"]["OutputLocation"]
        == f"s3://lake/enforced/{execution_id}.csv"
    )


def test_work_group_provides_default_output_location(aws):
    configuration = {
        "ResultConfiguration": {"OutputLocation": "s3://lake/mine"},
        "EnforceWorkGroupConfiguration": False,
    }
    aws("athena").create_work_group(Name="mine", Configuration=configuration)
    execution_id = start(aws, "SELECT 1", config=None, WorkGroup="mine")
    assert described(aws, execution_id)["ResultConfiguration"]["OutputLocation"] == f"s3://lake/mine/{execution_id}.csv"


QUEUED = {"results": [{"rows": [{"Data": [{"VarCharValue": "queued"}]}], "column_info": []}]}
QUEUE = "/moto-api/static/athena/query-results"


@pytest.fixture(params=["in process", "server"])
def aws_and_queue(request):
    """The clients, and a function that queues results through moto's own API."""
    is_served = request.param == "server"
    each_entry_point = request.getfixturevalue("server_clients" if is_served else "clients")
    base = request.getfixturevalue("server_url") if is_served else "http://motoapi.amazonaws.com"
    each_entry_point("s3").create_bucket(Bucket="results")
    return each_entry_point, lambda: requests.post(f"{base}{QUEUE}", json=QUEUED, timeout=10)


def test_get_query_results_with_results_queued_in_moto_returns_the_queued_results(aws_and_queue):
    aws, queue = aws_and_queue
    queue()
    execution_id = start(aws, "no SQL at all")
    assert described(aws, execution_id)["Status"]["State"] == "SUCCEEDED"
    assert values(results(aws, execution_id)) == [["queued"]]


def test_get_query_results_with_results_queued_in_moto_after_query_start_returns_the_queued_results(aws_and_queue):
    aws, queue = aws_and_queue
    execution_id = start(aws, "SELECT 1")
    queue()
    assert values(results(aws, execution_id)) == [["queued"]]


def test_setting_athena_to_moto_disables_the_query_engine():
    with mock_featurestore(config={"featurestore": {"athena": "moto"}}):
        athena = boto3.client("athena")
        execution_id = athena.start_query_execution(QueryString="no SQL at all")["QueryExecutionId"]
        assert (
            athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]["State"]
            == "SUCCEEDED"
        )
        assert athena.get_query_results(QueryExecutionId=execution_id)["ResultSet"]["Rows"] == []


def test_stop_query_execution_of_a_query_that_has_ended_changes_nothing(aws):
    execution_id = start(aws, "SELECT 1")
    aws("athena").stop_query_execution(QueryExecutionId=execution_id)
    assert described(aws, execution_id)["Status"]["State"] == "SUCCEEDED"


@pytest.fixture
def slow(clients):
    """Make executions advance one state per request, by moto's state manager."""
    managed = pytest.importorskip("moto.athena.models").Execution
    if not hasattr(managed, "advance"):
        pytest.skip("this release of moto knows no states over time")
    from moto.moto_api import state_manager

    state_manager.set_transition("athena::execution", {"progression": "manual", "times": 1})
    yield clients
    state_manager.unset_transition("athena::execution")


@pytest.mark.parametrize(("sql", "last"), [("SELECT 1", "SUCCEEDED"), ("SELECT x", "FAILED")])
def test_query_states_follow_motos_state_manager(slow, sql, last):
    slow("s3").create_bucket(Bucket="results")
    execution_id = start(slow, sql)
    with pytest.raises(slow("athena").exceptions.InvalidRequestException, match="Query has not yet finished"):
        results(slow, execution_id)
    running = described(slow, execution_id)["Status"]
    assert running["State"] == "RUNNING"
    assert not running.keys() & {"StateChangeReason", "CompletionDateTime"}
    assert described(slow, execution_id)["Status"]["State"] == last


def test_stop_query_execution_of_a_running_query_cancels_the_query(slow):
    slow("s3").create_bucket(Bucket="results")
    execution_id = start(slow, "SELECT 1")
    slow("athena").stop_query_execution(QueryExecutionId=execution_id)
    assert described(slow, execution_id)["Status"]["State"] == "CANCELLED"


def test_concurrent_queries_return_separate_results(aws):
    athena, answers = aws("athena"), {}

    def ask(number):
        answers[number] = values(results(aws, start(aws, f"SELECT {number}, count(*) FROM t")))[1]

    assert athena
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: [str(number), "2"] for number in range(8)}


def test_query_after_object_overwrite_or_moto_reset_reads_the_new_content():
    for rows in (1, 3):
        with mock_featurestore():
            boto3.client("s3").create_bucket(Bucket="results")
            boto3.client("glue").create_database(DatabaseInput={"Name": "db"})
            descriptor = {
                "Columns": [{"Name": "n", "Type": "bigint"}],
                "Location": "s3://results/t",
                "SerdeInfo": {"SerializationLibrary": PARQUET},
            }
            boto3.client("glue").create_table(
                DatabaseName="db", TableInput={"Name": "t", "StorageDescriptor": descriptor}
            )
            for count in (rows, rows + 1):
                sink = io.BytesIO()
                pq.write_table(pa.table({"n": list(range(count))}), sink)
                boto3.client("s3").put_object(Bucket="results", Key="t/0.parquet", Body=sink.getvalue())
                execution_id = start(boto3.client, "SELECT count(*) FROM t")
                assert values(results(boto3.client, execution_id))[1] == [str(count)]


@pytest.mark.parametrize("library", ["duckdb", "sqlglot", "numpy"])
def test_query_without_the_athena_extra_fails_and_names_the_pip_extra(clients, monkeypatch, library):
    for name in [name for name in sys.modules if name.startswith("moto_featurestore.athena.") or name == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    clients("s3").create_bucket(Bucket="results")
    status = described(clients, start(clients, "SELECT 1"))["Status"]
    assert status["State"] == "FAILED"
    assert "pip install 'moto-featurestore[athena]'" in status["StateChangeReason"]


ZONE = """
import boto3
from moto_featurestore import mock_featurestore
with mock_featurestore():
    boto3.client("s3").create_bucket(Bucket="results")
    athena = boto3.client("athena")
    sql = "SELECT from_unixtime(0), cast(TIMESTAMP '2026-01-01 00:00:00 UTC' AS timestamp), current_date = date(now())"
    id = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": "s3://results/"})["QueryExecutionId"]
    print([v["VarCharValue"] for v in athena.get_query_results(QueryExecutionId=id)["ResultSet"]["Rows"][1]["Data"]])
"""


def test_query_results_do_not_depend_on_system_time_zone():
    environment = {**os.environ, "TZ": "America/Denver"}
    answer = subprocess.run([sys.executable, "-c", ZONE], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "['1970-01-01 00:00:00.000 UTC', '2026-01-01 00:00:00.000', 'true']"


def test_query_with_function_now_uses_the_clock_of_the_mock(clients):
    import time_machine

    clients("s3").create_bucket(Bucket="results")
    with time_machine.travel("2030-05-06T00:00:00Z", tick=False):
        assert values(results(clients, start(clients, "SELECT current_date")))[1] == ["2030-05-06"]


# Glue and the other services that the engine uses.


def run(aws, sql, **options):
    """Return the rows of a result; all of them if it has no header."""
    execution_id = start(aws, sql, **options)
    status = described(aws, execution_id)["Status"]
    assert status["State"] == "SUCCEEDED", status
    return values(results(aws, execution_id))


def test_ddl_statement_changes_the_glue_catalog(aws):
    assert run(aws, "CREATE DATABASE other COMMENT 'x'") == []
    assert aws("glue").get_database(Name="other")["Database"]["Description"] == "x"
    assert (
        run(
            aws, "CREATE EXTERNAL TABLE other.u (a int) PARTITIONED BY (b int) STORED AS PARQUET LOCATION 's3://lake/u'"
        )
        == []
    )
    assert run(aws, "ALTER TABLE other.u ADD PARTITION (b=1)") == []
    assert run(aws, "SHOW PARTITIONS other.u") == [["b=1"]]
    assert run(aws, "ALTER TABLE other.u SET TBLPROPERTIES ('k'='v')") == []
    assert aws("glue").get_table(DatabaseName="other", Name="u")["Table"]["Parameters"]["k"] == "v"
    [partition] = aws("glue").get_partitions(DatabaseName="other", TableName="u")["Partitions"]
    assert partition["StorageDescriptor"]["Location"] == "s3://lake/u/b=1"
    assert run(aws, "SELECT * FROM other.u") == [["a", "b"]]
    assert run(aws, "ALTER TABLE other.u DROP PARTITION (b=1)") == []
    assert run(aws, "CREATE VIEW other.v AS SELECT 1 AS a") == []
    assert run(aws, "CREATE EXTERNAL TABLE default.u (a int) LOCATION 's3://lake/u'") == []
    assert run(aws, "SHOW TABLES IN default") == [["u"]]
    assert [database["Name"] for database in aws("glue").get_databases()["DatabaseList"]] == ["db", "other", "default"]
    assert run(aws, "DROP TABLE default.u") == []
    aws("glue").delete_database(Name="default")
    assert run(aws, "DROP TABLE other.u") == []
    assert run(aws, "DROP DATABASE other CASCADE") == []
    assert [database["Name"] for database in aws("glue").get_databases()["DatabaseList"]] == ["db"]


def test_ddl_statement_writes_its_result_to_a_txt_object(aws):
    execution_id = start(aws, "SHOW TABLES")
    execution = described(aws, execution_id)
    assert execution["StatementType"] == "UTILITY"
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/out/{execution_id}.txt"
    assert aws("s3").get_object(Bucket="results", Key=f"out/{execution_id}.txt")["Body"].read() == b"t\n"
    assert values(results(aws, execution_id)) == [["t"]]


def test_create_table_as_writes_a_data_manifest(aws):
    execution_id = start(aws, "CREATE TABLE u WITH (external_location = 's3://lake/u/') AS SELECT * FROM t")
    execution = described(aws, execution_id)
    assert execution["Status"]["State"] == "SUCCEEDED"
    manifest = execution["Statistics"]["DataManifestLocation"]
    assert manifest == f"s3://results/out/tables/{execution_id}-manifest.csv"
    body = aws("s3").get_object(Bucket="results", Key=manifest.removeprefix("s3://results/"))["Body"].read().decode()
    assert body.startswith("s3://lake/u/")
    answer = results(aws, execution_id)
    assert answer["UpdateCount"] == 2
    assert answer["ResultSet"]["Rows"] == []
    assert run(aws, "SELECT count(*) FROM u") == [["_col0"], ["2"]]


def test_prepared_statement_operations_list_and_update_and_delete_a_statement(aws):
    athena = aws("athena")
    for name in ("b", "a"):
        athena.create_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement="SELECT 1")
    first = athena.list_prepared_statements(WorkGroup="primary", MaxResults=1)
    second = athena.list_prepared_statements(WorkGroup="primary", NextToken=first["NextToken"])
    assert [one["StatementName"] for page in (first, second) for one in page["PreparedStatements"]] == ["a", "b"]
    assert first["PreparedStatements"][0]["LastModifiedTime"]
    athena.update_prepared_statement(
        StatementName="a", WorkGroup="primary", QueryStatement="SELECT 2", Description="two"
    )
    found = athena.get_prepared_statement(StatementName="a", WorkGroup="primary")["PreparedStatement"]
    assert (found["QueryStatement"], found["Description"], found["WorkGroupName"]) == ("SELECT 2", "two", "primary")
    athena.delete_prepared_statement(StatementName="a", WorkGroup="primary")
    batch = athena.batch_get_prepared_statement(PreparedStatementNames=["a", "b"], WorkGroup="primary")
    assert [one["StatementName"] for one in batch["PreparedStatements"]] == ["b"]
    assert [one["StatementName"] for one in batch["UnprocessedPreparedStatementNames"]] == ["a"]


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
def test_prepared_statement_operation_with_unknown_name_returns_resource_not_found(aws, operation):
    athena = aws("athena")
    params = {"QueryStatement": "SELECT 1"} if operation == "update" else {}
    with pytest.raises(athena.exceptions.ResourceNotFoundException, match="PreparedStatement a was not found"):
        getattr(athena, f"{operation}_prepared_statement")(StatementName="a", WorkGroup="primary", **params)


def test_prepared_statement_created_by_sql_or_api_can_be_used_by_sql_and_api(aws):
    aws("athena").create_prepared_statement(
        StatementName="mine", WorkGroup="primary", QueryStatement="SELECT id FROM t WHERE n = ?"
    )
    assert run(aws, "EXECUTE mine USING 1") == [["id"], ["a"]]
    assert run(aws, "PREPARE other FROM SELECT ?") == []
    assert (
        aws("athena").get_prepared_statement(StatementName="other", WorkGroup="primary")["PreparedStatement"][
            "QueryStatement"
        ]
        == "SELECT ?"
    )
    assert run(aws, "DEALLOCATE PREPARE other") == []
    assert run(aws, "SELECT id FROM t WHERE n = ?", ExecutionParameters=["1"]) == [["id"], ["a"]]


def test_metadata_operations_of_athena_return_glue_databases_and_tables(aws):
    athena = aws("athena")
    catalog = {"CatalogName": "AwsDataCatalog"}
    assert athena.get_database(**catalog, DatabaseName="DB")["Database"] == {"Name": "db"}
    aws("glue").create_database(DatabaseInput={"Name": "other", "Description": "x"})
    first = athena.list_databases(**catalog, MaxResults=1)
    assert first["DatabaseList"] == [{"Name": "db"}]
    second = athena.list_databases(**catalog, NextToken=first["NextToken"])
    assert second["DatabaseList"] == [{"Name": "default"}, {"Name": "other", "Description": "x"}]
    assert "NextToken" not in second
    table = athena.get_table_metadata(**catalog, DatabaseName="db", TableName="T")["TableMetadata"]
    assert table["Columns"] == [{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "bigint"}]
    assert table["Parameters"]["location"] == "s3://lake/t"
    assert athena.list_table_metadata(**catalog, DatabaseName="db")["TableMetadataList"] == [table]
    assert athena.list_table_metadata(**catalog, DatabaseName="db", Expression="u.*")["TableMetadataList"] == []


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        ("get_database", {"DatabaseName": "nothing"}),
        ("get_table_metadata", {"DatabaseName": "nothing", "TableName": "t"}),
        ("get_table_metadata", {"DatabaseName": "db", "TableName": "nothing"}),
        ("list_table_metadata", {"DatabaseName": "nothing"}),
    ],
)
def test_metadata_operations_of_athena_reject_an_unknown_database_or_table(aws, operation, names):
    with pytest.raises(aws("athena").exceptions.MetadataException, match="EntityNotFoundException"):
        getattr(aws("athena"), operation)(CatalogName="AwsDataCatalog", **names)


def test_list_databases_of_another_catalog_is_handled_by_moto(clients):
    if not hasattr(pytest.importorskip("moto.athena.models").AthenaBackend, "list_databases"):
        pytest.skip("this release of moto lists no databases")
    assert clients("athena").list_databases(CatalogName="another")["DatabaseList"] == []


def test_query_with_missing_internal_module_fails_with_internal_error(clients, monkeypatch, caplog):
    """If a module inside the package is missing, the error is reported unchanged and logged."""
    for name in [name for name in sys.modules if name.startswith("moto_featurestore.athena.statements")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "moto_featurestore.athena.statements", None)
    clients("s3").create_bucket(Bucket="results")
    status = described(clients, start(clients, "SELECT 1"))["Status"]
    assert status["StateChangeReason"].startswith("GENERIC_INTERNAL_ERROR: moto_featurestore: ModuleNotFoundError")
    assert caplog.records[-1].exc_info


ENDLESS = " CROSS JOIN ".join(f"UNNEST(sequence(1, 10000)) AS t{number}(n{number})" for number in range(4))


def test_long_query_runs_until_stop_query_execution(aws):
    athena = aws("athena")
    ids = []
    thread = threading.Thread(target=lambda: ids.append(start(aws, f"SELECT sum(n0 * n1) FROM {ENDLESS}")))
    thread.start()
    while not (running := athena.list_query_executions()["QueryExecutionIds"]):
        pass
    while described(aws, running[0])["Status"]["State"] == "QUEUED":
        pass
    assert described(aws, running[0])["Status"]["State"] == "RUNNING"
    with pytest.raises(athena.exceptions.InvalidRequestException, match="Current state: RUNNING"):
        results(aws, running[0])
    athena.stop_query_execution(QueryExecutionId=running[0])
    thread.join()
    assert ids == running
    assert described(aws, running[0])["Status"]["State"] == "CANCELLED"


def test_stop_query_execution_with_setting_athena_moto_is_handled_by_moto(monkeypatch):
    monkeypatch.setenv("MOTO_FEATURESTORE_ATHENA", "moto")
    with mock_featurestore():
        athena = boto3.client("athena", region_name="us-east-1")
        execution_id = athena.start_query_execution(QueryString="SELECT 1")["QueryExecutionId"]
        athena.stop_query_execution(QueryExecutionId=execution_id)
        state = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]["State"]
        assert state == "CANCELLED"
