"""StartQueryExecution: rejected requests, idempotent requests, and queries that continue after the response."""

import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import boto3
import botocore.session
import freezegun
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests

from moto_featurestore import mock_featurestore
from moto_featurestore._moto.services import athena_engine
from moto_featurestore._moto.services.athena_queries import _Worker, queries

OUTPUT = {"OutputLocation": "s3://results/out"}
SLOW = "SELECT sum(n0 * n1) FROM " + " CROSS JOIN ".join(
    f"UNNEST(sequence(1, 10000)) AS t{number}(n{number})" for number in range(4)
)
"""A query that runs for hours."""


@pytest.fixture
def athena(each_entry_point):
    each_entry_point("s3").create_bucket(Bucket="results")
    return each_entry_point("athena")


def start(athena, sql="SELECT 1", **options):
    given = {"QueryString": sql, "ResultConfiguration": OUTPUT, **options}
    return athena.start_query_execution(**given)["QueryExecutionId"]


def execution(athena, execution_id):
    return athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]


def status(athena, execution_id):
    return execution(athena, execution_id)["Status"]


def wait(athena, execution_id):
    while (state := status(athena, execution_id)["State"]) in ("QUEUED", "RUNNING"):
        time.sleep(0.01)
    return state


# Rejected requests.


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {},
            "No output location provided. An output location is required either through the Workgroup result"
            " configuration setting or as an API input.",
        ),
        ({"OutputLocation": "s3://nowhere/"}, "Unable to verify/create output bucket nowhere"),
        ({"OutputLocation": "results/out"}, "outputLocation is not a valid S3 path. Provided results/out"),
        ({"OutputLocation": "arn:aws:s3:::results"}, "outputLocation is not a valid S3 path. Provided arn:aws:s3:::results"),
    ],
)  # fmt: skip
def test_start_query_execution_without_output_location_is_rejected(athena, config, message):
    """PyAthena#67, boto3#1194, cloud-intelligence-dashboards-framework#72."""
    with pytest.raises(athena.exceptions.InvalidRequestException) as refused:
        start(athena, ResultConfiguration=config)
    assert refused.value.response["Error"]["Message"] == message
    assert refused.value.response["AthenaErrorCode"] == "INVALID_INPUT"
    assert athena.list_query_executions()["QueryExecutionIds"] == []


def test_start_query_execution_in_unknown_work_group_is_rejected(athena):
    with pytest.raises(athena.exceptions.InvalidRequestException, match="WorkGroup"):
        start(athena, WorkGroup="nothing", ClientRequestToken="t" * 32)


def support_managed_results():
    model = botocore.session.get_session().get_service_model("athena")
    return "ManagedQueryResultsConfiguration" in model.shape_for("WorkGroupConfiguration").members


def test_start_query_execution_with_managed_query_results_needs_no_output_location(athena):
    """https://docs.aws.amazon.com/athena/latest/ug/managed-results.html."""
    if not support_managed_results():
        pytest.skip("the installed botocore does not know managed results")
    athena.create_work_group(Name="managed", Configuration={"ManagedQueryResultsConfiguration": {"Enabled": True}})
    for sql, rows in (("SELECT 1 AS a", [["a"], ["1"]]), ("SHOW DATABASES LIKE 'default'", [["default"]])):
        execution_id = start(athena, sql, WorkGroup="managed", ResultConfiguration={})
        assert status(athena, execution_id)["State"] == "SUCCEEDED"
        assert "OutputLocation" not in execution(athena, execution_id)["ResultConfiguration"]
        found = athena.get_query_results(QueryExecutionId=execution_id)["ResultSet"]["Rows"]
        assert [[value["VarCharValue"] for value in row["Data"]] for row in found] == rows


# ClientRequestToken.


TOKEN = "token" * 8


def test_start_query_execution_with_same_client_request_token_returns_the_same_execution_id(athena):
    first = start(athena, ClientRequestToken=TOKEN)
    assert start(athena, ClientRequestToken=TOKEN) == first
    assert start(athena, ClientRequestToken=TOKEN, ExecutionParameters=["1"]) == first
    assert athena.list_query_executions()["QueryExecutionIds"] == [first]
    assert start(athena, ClientRequestToken=TOKEN + "2") != first


@pytest.mark.parametrize(
    "change",
    [
        {"QueryString": "SELECT 2"},
        {"QueryExecutionContext": {"Database": "other"}},
        {"ResultConfiguration": {"OutputLocation": "s3://results/other"}},
    ],
)
def test_start_query_execution_with_same_client_request_token_and_different_parameters_is_rejected(athena, change):
    """https://github.com/aoyagikouhei/athena-local measured the text and what is compared."""
    start(athena, ClientRequestToken=TOKEN)
    with pytest.raises(athena.exceptions.InvalidRequestException) as refused:
        athena.start_query_execution(
            **{"QueryString": "SELECT 1", "ResultConfiguration": OUTPUT, "ClientRequestToken": TOKEN, **change}
        )
    assert refused.value.response["Error"]["Message"] == "Idempotent parameters do not match"
    assert refused.value.response["AthenaErrorCode"] == "IDEMPOTENT_PARAMETER_MISMATCH"


def test_start_query_execution_with_same_client_request_token_in_several_threads_runs_one_query(athena):
    ids = []
    threads = [threading.Thread(target=lambda: ids.append(start(athena, ClientRequestToken=TOKEN))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    assert len(athena.list_query_executions()["QueryExecutionIds"]) == 1


def test_start_query_execution_with_setting_athena_moto_ignores_client_request_tokens():
    with mock_featurestore(config={"featurestore": {"athena": "moto"}}):
        athena = boto3.client("athena")
        ids = {
            athena.start_query_execution(QueryString="x", ClientRequestToken=TOKEN)["QueryExecutionId"] for _ in "ab"
        }
        assert len(ids) == 2
        assert set(athena.list_query_executions()["QueryExecutionIds"]) == ids


# Queries that continue after the response.


@pytest.fixture
def at_once(monkeypatch):
    """Make StartQueryExecution respond before the query has ended."""
    monkeypatch.setenv("MOTO_FEATURESTORE_ATHENA_WAIT", "0.05")


def test_slow_query_runs_in_background_and_can_be_stopped(at_once, athena):
    began = time.monotonic()
    execution_id = start(athena, SLOW)
    assert time.monotonic() - began < 5
    running = status(athena, execution_id)
    assert running["State"] == "RUNNING"
    assert "CompletionDateTime" not in running
    with pytest.raises(athena.exceptions.InvalidRequestException, match="Current state: RUNNING"):
        athena.get_query_results(QueryExecutionId=execution_id)
    athena.stop_query_execution(QueryExecutionId=execution_id)
    stopped = status(athena, execution_id)
    assert (stopped["State"], stopped["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    assert "AthenaError" not in stopped
    with pytest.raises(athena.exceptions.InvalidRequestException, match="Could not find results"):
        athena.get_query_results(QueryExecutionId=execution_id)
    assert not queries.is_running(execution_id)


def test_query_longer_than_the_setting_athena_wait_succeeds(monkeypatch, athena):
    monkeypatch.setenv("MOTO_FEATURESTORE_ATHENA_WAIT", "0")
    execution_id = start(
        athena, "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(n) CROSS JOIN UNNEST(sequence(1, 1000)) AS b(m)"
    )
    assert wait(athena, execution_id) == "SUCCEEDED"
    rows = athena.get_query_results(QueryExecutionId=execution_id)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "10000000"}]


def test_queries_start_in_the_order_of_their_requests(monkeypatch, clients):
    monkeypatch.setenv("MOTO_FEATURESTORE_ATHENA_WAIT", "0")
    begun = []
    run = queries.start

    def note(query_id, work, interrupt):
        run(query_id, lambda is_stopped: (begun.append(query_id), work(is_stopped)), interrupt)

    monkeypatch.setattr(queries, "start", note)
    clients("s3").create_bucket(Bucket="results")
    ids = [start(clients("athena"), f"SELECT {number}") for number in range(10)]
    for execution_id in ids:
        wait(clients("athena"), execution_id)
    assert begun == ids


def test_mock_end_stops_running_queries(at_once):
    with mock_featurestore():
        boto3.client("s3").create_bucket(Bucket="results")
        execution_id = start(boto3.client("athena"), SLOW)
        assert queries.is_running(execution_id)
    assert not queries.is_running(execution_id)
    assert "moto_featurestore: Athena queries" not in {thread.name for thread in threading.enumerate()}


def test_moto_reset_stops_running_queries(at_once, athena, each_entry_point):
    execution_id = start(athena, SLOW)
    assert queries.is_running(execution_id)
    from moto.core.base_backend import BackendDict

    BackendDict.reset()
    assert not queries.is_running(execution_id)
    assert athena.list_query_executions()["QueryExecutionIds"] == []


def test_restore_of_snapshot_with_running_query_restores_a_failed_query(at_once, featurestore):
    boto3.client("s3").create_bucket(Bucket="results")
    athena = boto3.client("athena")
    execution_id = start(athena, SLOW)
    snapshot = featurestore.snapshot(everything=True)
    assert status(athena, execution_id)["State"] == "RUNNING"
    featurestore.restore(snapshot)
    assert not queries.is_running(execution_id)
    lost = status(athena, execution_id)
    assert lost["State"] == "FAILED"
    assert lost["StateChangeReason"].startswith("GENERIC_INTERNAL_ERROR: moto_featurestore: the query did not finish")


def test_start_query_execution_interrupted_during_its_wait_stops_the_query(clients, monkeypatch, request):
    clients("s3").create_bucket(Bucket="results")
    athena = clients("athena")

    def press_control_c():
        while not queries._running:
            time.sleep(0.01)
        time.sleep(0.5)
        os.kill(os.getpid(), 2)

    monkeypatch.setenv("MOTO_FEATURESTORE_ATHENA_WAIT", "60")
    # A shell that starts the tests in the background lets Python ignore the signal.
    request.addfinalizer(partial(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT)))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=press_control_c)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        start(athena, SLOW)
    thread.join()
    assert not queries._running
    [execution_id] = athena.list_query_executions()["QueryExecutionIds"]
    assert status(athena, execution_id)["State"] == "CANCELLED"


PROGRAM = """
import boto3
from moto_featurestore._moto.mock import mock_featurestore
mock_featurestore().start()
boto3.client("s3").create_bucket(Bucket="results")
print(boto3.client("athena").start_query_execution(QueryString={sql!r}, ResultConfiguration={{"OutputLocation": "s3://results/"}}))
"""


@pytest.mark.process
def test_program_end_does_not_wait_for_running_query():
    environment = {**os.environ, "MOTO_FEATURESTORE_ATHENA_WAIT": "0.05"}
    program = PROGRAM.format(sql=SLOW)
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_get_query_execution_in_forked_child_returns_query_of_parent(at_once, clients):
    clients("s3").create_bucket(Bucket="results")
    execution_id = start(clients("athena"), SLOW)

    def stop(answers):
        athena = boto3.client("athena")
        before = status(athena, execution_id)["State"]
        athena.stop_query_execution(QueryExecutionId=execution_id)
        answers.put((before, status(athena, execution_id)["State"], queries._running))

    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    process = context.Process(target=stop, args=(answers,))
    process.start()
    assert answers.get(timeout=60) == ("RUNNING", "CANCELLED", {})
    process.join()
    assert status(clients("athena"), execution_id)["State"] == "CANCELLED"


def test_query_execution_times_and_sql_function_now_use_the_frozen_clock(clients):
    clients("s3").create_bucket(Bucket="results")
    with freezegun.freeze_time("2030-01-01"):
        execution_id = start(clients("athena"), "SELECT current_date, now()")
        shown = status(clients("athena"), execution_id)
        rows = clients("athena").get_query_results(QueryExecutionId=execution_id)["ResultSet"]["Rows"]
    assert shown["SubmissionDateTime"].year == shown["CompletionDateTime"].year == 2030
    assert [value["VarCharValue"] for value in rows[1]["Data"]] == ["2030-01-01", "2030-01-01 00:00:00.000 UTC"]


def test_query_does_not_read_objects_written_after_query_start(monkeypatch, clients):
    monkeypatch.setenv("MOTO_FEATURESTORE_ATHENA_WAIT", "0")
    clients("s3").create_bucket(Bucket="results")
    sink = io.BytesIO()
    pq.write_table(pa.table({"n": [1, 2]}), sink)
    clients("s3").put_object(Bucket="results", Key="t/0.parquet", Body=sink.getvalue())
    athena = clients("athena")
    created = start(athena, "CREATE EXTERNAL TABLE t (n bigint) STORED AS PARQUET LOCATION 's3://results/t/'")
    assert wait(athena, created) == "SUCCEEDED"
    counted = start(athena, "SELECT count(*) FROM t")
    assert wait(athena, counted) == "SUCCEEDED"
    rows = athena.get_query_results(QueryExecutionId=counted)["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "2"}]


def test_list_query_executions_returns_pages(athena):
    ids = [start(athena, f"SELECT {number}") for number in range(3)]
    first = athena.list_query_executions(MaxResults=2)
    assert first["QueryExecutionIds"] == [ids[2], ids[1]]
    second = athena.list_query_executions(MaxResults=2, NextToken=first["NextToken"])
    assert second["QueryExecutionIds"] == [ids[0]]
    assert "NextToken" not in second


def test_system_exit_in_a_query_thread_is_logged_and_ends_the_query(caplog):
    def fail(_):
        raise SystemExit

    queries.start("q", fail, lambda: None)
    queries.stop("q")
    assert not queries.is_running("q")
    queries.end()
    assert "The thread that ran an Athena query raised an exception" in caplog.text


def test_start_query_execution_interrupted_after_thread_start_stops_the_query(monkeypatch):
    stopped = threading.Event()

    def work(is_stopped):
        while not is_stopped():
            time.sleep(0.01)
        stopped.set()

    run = _Worker.run

    def interrupted(worker, running):
        run(worker, running)
        raise KeyboardInterrupt

    monkeypatch.setattr(_Worker, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        queries.start("q", work, lambda: None)
    assert stopped.is_set()
    queries.end()


def test_start_query_execution_without_client_request_token_starts_a_new_query_each_time(clients):
    """SDKs send a ClientRequestToken; other programs need not."""
    clients("s3").create_bucket(Bucket="results")
    headers = {"X-Amz-Target": "AmazonAthena.StartQueryExecution", "Content-Type": "application/x-amz-json-1.1"}
    body = json.dumps({"QueryString": "SELECT 1", "ResultConfiguration": OUTPUT})
    url = "https://athena.us-east-1.amazonaws.com/"
    ids = {requests.post(url, data=body, headers=headers, timeout=10).json()["QueryExecutionId"] for _ in range(2)}
    assert len(ids) == 2


def test_unexpected_engine_error_fails_the_query_and_is_logged(clients, monkeypatch, caplog):
    def fail(*_):
        raise ValueError("broken")

    monkeypatch.setattr("moto_featurestore.athena.statements.run", fail)
    clients("s3").create_bucket(Bucket="results")
    athena = clients("athena")
    reason = status(athena, start(athena))["StateChangeReason"]
    assert reason == "GENERIC_INTERNAL_ERROR: moto_featurestore: ValueError: broken"
    assert "ValueError: broken" in caplog.text


def test_interrupt_query_before_the_first_query_does_nothing(monkeypatch):
    athena_engine._database_of.cache_clear()
    monkeypatch.setattr(athena_engine, "_database", pytest.fail)
    athena_engine.interrupt("id")
