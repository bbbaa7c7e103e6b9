"""The data directory (``--data``): feature groups, S3 and Glue survive a restart of the server."""

import json
import time
from pathlib import Path

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.base_backend import BackendDict
from support.groups import data_keys, group_parameters
from support.server_process import KEYS, serving

from moto_featurestore import cli, mock_featurestore
from moto_featurestore._moto.backend import FeatureStoreBackend
from moto_featurestore._moto.persistence import s3_glue_files
from moto_featurestore._moto.persistence.data_directory import Persistence
from moto_featurestore._moto.persistence.journal_lines import NotKeptError
from moto_featurestore._moto.persistence.s3_glue_files import AwsKeeper

pytestmark = pytest.mark.process

GROUP = group_parameters("a", s3_uri="s3://my.bucket/p")


ONLINE = {name: value for name, value in GROUP.items() if not name.startswith("Offline")}
ONCE = Config(retries={"total_max_attempts": 1})


def client(service, **options):
    return boto3.client(service, **KEYS, **options)


def put(runtime, identifier, group="a"):
    record = {"id": identifier, "time": "2026-01-01T00:00:00Z"}
    features = [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]
    runtime.put_record(FeatureGroupName=group, Record=features)


def rows(glue, s3):
    """Return the number of data files in the offline store, and the tables of its database."""
    tables = glue.get_tables(DatabaseName="sagemaker_featurestore")["TableList"]
    return len(data_keys(s3, "my.bucket")), [table["Name"][:2] for table in tables]


def test_server_after_a_kill_restores_acknowledged_writes(tmp_path):
    with serving("--data", tmp_path) as (process, url):
        sagemaker, runtime, s3, glue = clients(url)
        s3.create_bucket(Bucket="my.bucket")
        sagemaker.create_feature_group(**GROUP)
        for identifier in ("1", "2"):
            put(runtime, identifier)
        assert rows(glue, s3) == (2, ["a_"])
        put(runtime, "3")
        process.kill()
    with serving("--data", tmp_path) as (process, url):
        sagemaker, runtime, s3, glue = clients(url)
        assert sagemaker.describe_feature_group(FeatureGroupName="a")["FeatureGroupStatus"] == "Created"
        for identifier in ("1", "2", "3"):
            assert runtime.get_record(FeatureGroupName="a", RecordIdentifierValueAsString=identifier)["Record"]
        assert rows(glue, s3) == (3, ["a_"])


def test_server_after_a_kill_extends_and_queries_tables_of_both_formats(tmp_path):
    """Both formats are in one test, because each new server takes time to import their libraries."""
    pytest.importorskip("duckdb")
    with serving("--data", tmp_path) as (process, url):
        sagemaker, runtime, s3, _ = clients(url)
        s3.create_bucket(Bucket="my.bucket")
        tables = [create_table(sagemaker, name) for name in ("Glue", "Iceberg")]
        put_in_both(runtime, "1")
        assert [queried(url, table) for table in tables] == [["1"], ["1"]]
        put_in_both(runtime, "2")
        process.kill()
    with serving("--data", tmp_path) as (process, url):
        assert [queried(url, table) for table in tables] == [["1", "2"], ["1", "2"]]
        process.kill()
    with serving("--data", tmp_path) as (_, url):
        put_in_both(clients(url)[1], "3")
        assert [queried(url, table) for table in tables] == [["1", "2", "3"], ["1", "2", "3"]]


def create_table(sagemaker, table_format):
    """Create a group with the name of its table format, and return the location of its table in Glue."""
    offline = GROUP["OfflineStoreConfig"] | {"TableFormat": table_format}
    sagemaker.create_feature_group(**GROUP | {"FeatureGroupName": table_format, "OfflineStoreConfig": offline})
    group = sagemaker.describe_feature_group(FeatureGroupName=table_format)
    return group["OfflineStoreConfig"]["DataCatalogConfig"]


def put_in_both(runtime, identifier):
    for group in ("Glue", "Iceberg"):
        put(runtime, identifier, group)


def queried(url, table):
    athena = client("athena", endpoint_url=url)
    query = athena.start_query_execution(
        QueryString=f'SELECT id FROM {table["Database"]}."{table["TableName"]}" ORDER BY id',
        ResultConfiguration={"OutputLocation": "s3://my.bucket/results/"},
    )["QueryExecutionId"]
    status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
    assert status["State"] == "SUCCEEDED", status
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    return [row["Data"][0]["VarCharValue"] for row in rows[1:]]


def clients(url, **options):
    services = "sagemaker", "sagemaker-featurestore-runtime", "s3", "glue"
    return [client(service, endpoint_url=url, **options) for service in services]


def test_server_write_on_full_disk_fails_and_changes_nothing(tmp_path):
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("this system has no prlimit")
    with serving("--data", tmp_path) as (process, url):
        runtime = client("sagemaker-featurestore-runtime", endpoint_url=url, config=ONCE)
        sagemaker = client("sagemaker", endpoint_url=url, config=ONCE)
        sagemaker.create_feature_group(**ONLINE)
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        message = r"\(InternalFailure\).*cannot save the change.*File too large"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, most))
        with pytest.raises(ClientError, match=message):
            put(runtime, "1")
        with pytest.raises(ClientError, match=message):
            sagemaker.create_feature_group(**ONLINE | {"FeatureGroupName": "b"})
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        assert runtime.get_record(FeatureGroupName="a", RecordIdentifierValueAsString="1").get("Record") is None
        assert len(sagemaker.list_feature_groups()["FeatureGroupSummaries"]) == 1
        put(runtime, "2")
        process.kill()
    with serving("--data", tmp_path) as (_, url):
        runtime = client("sagemaker-featurestore-runtime", endpoint_url=url)
        answers = [runtime.get_record(FeatureGroupName="a", RecordIdentifierValueAsString=name) for name in "12"]
        assert ["Record" in answer for answer in answers] == [False, True]


def test_s3_request_on_full_disk_returns_an_error_that_clients_parse(tmp_path):
    """Before the list, the server flushes the offline store, which fails."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("this system has no prlimit")
    with serving("--data", tmp_path) as (process, url):
        sagemaker, runtime, s3, _ = clients(url, config=ONCE)
        s3.create_bucket(Bucket="my.bucket")
        sagemaker.create_feature_group(**GROUP)
        put(runtime, "1")
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, most))
        with pytest.raises(ClientError, match=r"\(InternalFailure\).*cannot save the change.*File too large"):
            s3.list_objects_v2(Bucket="my.bucket")


def test_serve_with_data_directory_in_use_exits_with_an_error(tmp_path, capsys):
    with serving("--data", tmp_path):
        assert cli.main(["serve", "--port", "0", "--data", str(tmp_path)]) == 1
        assert f"moto-featurestore: another server uses {tmp_path}\n" in capsys.readouterr().err


def test_server_after_moto_reset_and_restart_has_no_groups(tmp_path):
    with serving("--data", tmp_path) as (process, url):
        sagemaker, _, s3, _ = clients(url)
        s3.create_bucket(Bucket="my.bucket")
        sagemaker.create_feature_group(**GROUP)
        requests.post(f"{url}/moto-api/reset", timeout=10)
        process.terminate()
        assert process.wait(timeout=60) == 0
    with serving("--data", tmp_path) as (_, url):
        sagemaker, _, s3, _ = clients(url)
        assert sagemaker.list_feature_groups()["FeatureGroupSummaries"] == []
        assert s3.list_buckets()["Buckets"] == []


# In process.


@pytest.fixture
def reports():
    return []


@pytest.fixture
def keeper(tmp_path, reports):
    with mock_featurestore():
        yield AwsKeeper(tmp_path / "aws", tmp_path / "damaged", reports.append)


def reloaded(keeper, tmp_path):
    """Empty S3 and Glue, load them as a new server does, and return the messages."""
    BackendDict.reset()
    from moto.s3.models import s3_backends

    s3_backends.bucket_accounts.clear()
    return AwsKeeper(tmp_path / "aws", tmp_path / "damaged", lambda _: None).load()


def test_load_restores_a_bucket_with_its_versions_and_metadata_and_tags(keeper, tmp_path):
    s3 = client("s3")
    s3.create_bucket(Bucket="my.bucket")
    s3.put_bucket_versioning(Bucket="my.bucket", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="my.bucket", Key="ü/\n", Body=body, Metadata={"a": "b"}, Tagging="c=d")
    s3.put_object(Bucket="my.bucket", Key="gone", Body=b"")
    s3.delete_object(Bucket="my.bucket", Key="gone")
    keeper.sync()
    assert reloaded(keeper, tmp_path) == []
    assert s3.get_object(Bucket="my.bucket", Key="ü/\n")["Body"].read() == b"2"
    assert s3.head_object(Bucket="my.bucket", Key="ü/\n")["Metadata"] == {"a": "b"}
    assert s3.get_object_tagging(Bucket="my.bucket", Key="ü/\n")["TagSet"] == [{"Key": "c", "Value": "d"}]
    assert len(s3.list_object_versions(Bucket="my.bucket")["Versions"]) == 3
    assert s3.get_bucket_versioning(Bucket="my.bucket")["Status"] == "Enabled"


def test_load_does_not_restore_deleted_buckets_and_objects(keeper, tmp_path):
    s3 = client("s3")
    for bucket in ("bucket", "other"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="key", Body=b"1")
    keeper.sync()
    s3.delete_object(Bucket="bucket", Key="key")
    s3.delete_object(Bucket="other", Key="key")
    s3.delete_bucket(Bucket="other")
    keeper.sync()
    assert reloaded(keeper, tmp_path) == []
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bucket"]
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def test_sync_writes_only_changed_files(keeper, tmp_path):
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in ("a", "b"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"1")
    keeper.sync()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "aws").rglob("*.pickle")}
    s3.put_object_acl(Bucket="bucket", Key="a", ACL="public-read")
    keeper.sync()
    assert sum(path.stat().st_mtime_ns != time for path, time in before.items()) == 1


def test_sync_writes_objects_before_the_tables_that_refer_to_them(keeper, monkeypatch):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    client("s3").create_bucket(Bucket="bucket")
    written = []
    monkeypatch.setattr(AwsKeeper, "_write", lambda _, path, changed: written.append((path.parts[0], changed)))
    taken = []
    monkeypatch.setattr(s3_glue_files, "_pickled", lambda content: taken.append(content()) or b"")
    keeper.sync()
    assert [service for service, _ in written] == ["s3", "s3", "glue"]
    assert "databases" in taken[0][2]


def test_load_reports_and_copies_a_damaged_state_file(keeper, tmp_path):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    keeper.sync()
    [path] = (tmp_path / "aws" / "glue").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    [message] = reloaded(keeper, tmp_path)
    assert message.startswith(f"{path} cannot be read: ValueError('its checksum does not match'). It was moved to ")
    assert len(list((tmp_path / "damaged").iterdir())) == 1


def test_load_deletes_incomplete_files_of_a_killed_server(keeper, tmp_path):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    keeper.sync()
    [path] = (tmp_path / "aws" / "glue").iterdir()
    path.with_suffix(".new").write_bytes(b"half")
    assert reloaded(keeper, tmp_path) == []
    assert list((tmp_path / "aws" / "glue").iterdir()) == [path]


def test_load_reports_state_files_of_another_moto_release(keeper, tmp_path):
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws" / "moto").write_text("0.1\n")
    assert "were saved by moto 0.1. This is moto " in reloaded(keeper, tmp_path)[0]


def test_sync_reports_unpicklable_state_only_once(keeper, tmp_path, reports):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    from moto.glue.models import glue_backends

    glue_backends["123456789012"]["us-east-1"].odd = lambda: None
    keeper.sync()
    keeper.sync()
    [message] = reports
    assert "glue" in message
    assert " cannot be saved: " in message


def test_sync_with_an_unwritable_path_writes_the_other_paths(keeper, tmp_path, reports):
    blocked = tmp_path / "aws" / "s3" / "123456789012_aws" / "bucket-aaa.pickle"
    blocked.mkdir(parents=True)
    for bucket in ("aaa", "bbb"):
        client("s3").create_bucket(Bucket=bucket)
    client("glue").create_database(DatabaseInput={"Name": "database"})
    for _ in range(2):
        with pytest.raises(NotKeptError, match=r"bucket-aaa\.pickle cannot be saved: Is a directory$"):
            keeper.sync()
    assert reports == [f"{blocked} cannot be saved: Is a directory"]
    assert (blocked.parent / "bucket-bbb.pickle").is_file()
    assert len(list((tmp_path / "aws" / "glue").glob("*.pickle"))) == 1
    blocked.rmdir()
    keeper.sync()
    assert blocked.is_file()


def test_sync_counts_paths_that_cannot_be_deleted_and_retries_them(keeper, tmp_path, reports):
    for bucket in ("aaa", "bbb"):
        client("s3").create_bucket(Bucket=bucket)
    keeper.sync()
    paths = list((tmp_path / "aws").rglob("bucket-*.pickle"))
    for path in paths:
        path.unlink()
        path.mkdir()
        client("s3").delete_bucket(Bucket=path.stem.removeprefix("bucket-"))
    with pytest.raises(NotKeptError, match=r"cannot be saved: .* \(and 1 more\)$"):
        keeper.sync()
    assert len(reports) == 2
    for path in paths:
        path.rmdir()
    keeper.sync()
    assert not list((tmp_path / "aws").rglob("bucket-*.pickle"))


def test_sync_retries_after_a_concurrent_change(keeper, monkeypatch):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    attempts = []

    def dumps(value, real=s3_glue_files.pickle.dumps):
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("dictionary changed size during iteration")
        return real(value)

    monkeypatch.setattr(s3_glue_files.pickle, "dumps", dumps)
    keeper.sync()
    assert len(attempts) > 1


def test_sync_with_endless_concurrent_changes_raises_the_error(keeper, monkeypatch):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    monkeypatch.setattr(s3_glue_files, "_ATTEMPTS", 2)
    monkeypatch.setattr(s3_glue_files.pickle, "dumps", raising(RuntimeError("changed")))
    with pytest.raises(RuntimeError, match="changed"):
        keeper.sync()


def test_touch_call_saves_changes_in_the_background(keeper, tmp_path, reports, monkeypatch):
    monkeypatch.setattr(s3_glue_files, "_MAX_DELAY", 0.01)
    keeper.start()
    client("s3").create_bucket(Bucket="bucket")
    keeper.touch()
    assert waited_for(lambda: list((tmp_path / "aws").rglob("bucket-bucket.pickle")))
    monkeypatch.setattr(Path, "write_bytes", raising(OSError("No space left on device")))
    client("s3").create_bucket(Bucket="other")
    keeper.touch()
    assert waited_for(lambda: reports)
    assert all(report.endswith(" cannot be saved: No space left on device") for report in reports)
    monkeypatch.undo()
    keeper.stop()
    assert list((tmp_path / "aws").rglob("bucket-other.pickle"))


def raising(error):
    def raise_it(*_):
        raise error

    return raise_it


def waited_for(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_request_whose_change_cannot_be_saved_returns_an_internal_failure(tmp_path, reports):
    def app(environ, start_response):
        raise NotKeptError("a.jsonl: No space left on device")

    answered = []
    environ = {"REQUEST_METHOD": "PUT", "PATH_INFO": "/FeatureGroup/a"}
    watched = Persistence(tmp_path, reports.append).watch(app)
    [body] = watched(environ, lambda status, headers: answered.append((status, dict(headers)["x-amzn-errortype"])))
    assert answered == [("500 Internal Server Error", "InternalFailure")]
    message = "The server cannot save the change: a.jsonl: No space left on device"
    assert json.loads(body) == {"__type": "InternalFailure", "Message": message}
    assert reports == ["a change is rejected because it cannot be saved: a.jsonl: No space left on device"]


def test_state_is_saved_after_each_request_that_changes_it(tmp_path, monkeypatch):
    with mock_featurestore():
        persistence = Persistence(tmp_path, lambda _: None)
        assert persistence.start() == []
        actions = []
        monkeypatch.setattr(AwsKeeper, "sync_or_report", lambda _: actions.append("sync"))
        monkeypatch.setattr(AwsKeeper, "touch", lambda _: actions.append("touch"))
        app = persistence.watch(lambda environ, start_response: [])
        for method, path, target in [
            ("GET", "/bucket", ""),
            ("PUT", "/FeatureGroup/a", ""),
            ("PUT", "/bucket", ""),
            ("POST", "/", "SageMaker.DescribeFeatureGroup"),
            ("POST", "/", "SageMaker.CreateFeatureGroup"),
        ]:
            app({"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_X_AMZ_TARGET": target}, None)
        assert actions == ["touch", "touch", "sync"]
        client("sagemaker").create_feature_group(**ONLINE)
        assert len(list((tmp_path / "groups").iterdir())) == 1
        monkeypatch.undo()
        persistence.stop()
        assert FeatureStoreBackend.data is None
