"""The data directory (``--data``): feature groups, S3 and Glue survive a restart of the server."""

import json
import os
import shutil
import sqlite3
import time
from contextlib import suppress
from dataclasses import MISSING, fields
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.core.base_backend import BackendDict
from moto.moto_api import state_manager
from support.groups import data_keys, group_parameters
from support.server_process import KEYS, serving

from moto_featurestore import cli, featurestore, mock_featurestore
from moto_featurestore._moto.backend import FeatureStoreBackend, MotoWorld, backends
from moto_featurestore._moto.persistence import data_directory, saved_aws, snapshots
from moto_featurestore._moto.persistence.data_directory import DataDirectory
from moto_featurestore._moto.persistence.database import DataError, NotSavedError, encode
from moto_featurestore.store.group import FeatureGroup, Store
from moto_featurestore.store.offline_buffer import OfflineRows
from moto_featurestore.store.online import OnlineRecords

pytestmark = pytest.mark.process

GROUP = group_parameters("a", s3_uri="s3://my.bucket/p")


ONLINE = {name: value for name, value in GROUP.items() if not name.startswith("Offline")}
UNITS = {"ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 1}
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
        message = r"\(InternalFailure\).*cannot save the change.*(disk is full|disk I/O error)"
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


class Directory:
    """A data directory in a mock, which can be opened again as after a kill."""

    def __init__(self, folder):
        self.folder, self.reports, self.data = folder, [], None
        self.open()

    def open(self):
        self.data = DataDirectory(self.folder, self.reports.append)
        self.messages = self.data.start()

    def reopen(self, damage=lambda folder: None):
        """Open a copy of the directory, made without a clean stop. Return the messages of the start."""
        self.close()
        damage(self.folder)
        self.open()
        return self.messages

    def close(self):
        """Stop, and continue with a copy of the directory from before."""
        copy = self.folder.with_name(f"{self.folder.name}-")
        with self.data._database.lock:
            shutil.copytree(self.folder, copy)
        self.data.stop()
        self.folder = copy
        BackendDict.reset()
        from moto.s3.models import s3_backends

        s3_backends.bucket_accounts.clear()

    def state(self):
        """Return the stores in a comparable form. It includes all fields, so that no test misses one."""
        return [_compared(store) for store in MotoWorld.all_stores()]

    @property
    def store(self):
        return backends[ACCOUNT]["us-east-1"].store

    @property
    def group(self):
        return self.store.groups["a"]


ACCOUNT = "123456789012"
OF_THIS_PROCESS = {"lock", "flush_lock", "observer"}
ELSEWHERE = {
    # Fields that other tests cover, or that follow from compared fields.
    Store: {"denials"},  # denials of a test's handle are in its own process, and end with the mock
    OfflineRows: {"next_number"},  # numbers of written rows can be used again
    FeatureGroup: {
        "pending",  # a field of the store
        "transition",  # complete after a restart, and so is "update"; see the tests of unfinished transitions
        "_is_shared",  # a saved store has no snapshots
        "is_closed",  # a closed group is in "pending" only
        "rows_written",  # a count of this process, which the console shows
    },
    OnlineRecords: {
        "by_identifier",  # "order" contains the same records
        "expiring",  # follows from the records; other tests cover expiration
        "placeholders",  # determines when "order" is cleaned up
        "changes",  # a count of this process, which tells the console of changes
    },
}
AS_COMPARED = {
    "groups": lambda groups: {name: _compared(group) for name, group in groups.items()},
    "pending": lambda groups: sorted(group.name for group in groups),
    "update": lambda update: update and update.last,
    "order": lambda records: [record for record in records if record.values],
}


def _compared(value):
    names = {field.name for field in fields(value)} - OF_THIS_PROCESS - ELSEWHERE[type(value)]
    return {name: AS_COMPARED.get(name, lambda value: value)(getattr(value, name)) for name in names}


AS_COMPARED["records"] = _compared
AS_COMPARED["buffer"] = _compared


def _untouched(value):
    """Return the fields with default values. They could not show that a restart restores them."""
    members = [
        field for field in fields(value) if field.name not in OF_THIS_PROCESS | ELSEWHERE.get(type(value), set())
    ]
    fresh = [
        (field.name, field.default if field.default_factory is MISSING else field.default_factory())
        for field in members
    ]
    return [name for name, default in fresh if getattr(value, name) == default]


@pytest.fixture
def directory(tmp_path):
    with mock_featurestore():
        directory = Directory(tmp_path / "data")
        yield directory
        directory.data.stop()


@pytest.fixture
def original(directory):
    """Create a group with two records, whose rows wait for the offline store."""
    client("s3").create_bucket(Bucket="my.bucket")
    client("sagemaker").create_feature_group(**GROUP)
    for identifier in ("1", "2"):
        write(identifier)
    directory.data.sync()
    return directory


def write(identifier, moment="2026-01-01T00:00:00Z", **more):
    record = {"id": identifier, "time": moment}
    features = [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]
    client("sagemaker-featurestore-runtime").put_record(FeatureGroupName="a", Record=features, **more)


def delete(identifier, moment="2026-01-02T00:00:00Z", mode="SoftDelete"):
    client("sagemaker-featurestore-runtime").delete_record(
        FeatureGroupName="a", RecordIdentifierValueAsString=identifier, EventTime=moment, DeletionMode=mode
    )


def full(directory):
    """Prevent the database from growing."""
    connection = directory.data._database._connection
    [count] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {count}")


def space(directory):
    directory.data._database._connection.execute("PRAGMA max_page_count = 1000000")


def test_restart_restores_groups_records_and_rows(original):
    before = original.state()
    for _ in range(2):
        assert original.reopen() == []
        assert original.state() == before
    assert len(original.group.buffer) == 2
    write("3")
    before = original.state()
    original.reopen()
    assert original.state() == before


def test_restart_restores_every_field(original):
    sagemaker, group = client("sagemaker"), original.group
    for changes in (
        {"FeatureAdditions": [{"FeatureName": "more", "FeatureType": "String"}]},
        {"ThroughputConfig": {"ThroughputMode": "Provisioned", **UNITS}},
        {"ThroughputConfig": {"ThroughputMode": "OnDemand"}},
    ):
        sagemaker.update_feature_group(FeatureGroupName="a", **changes)
    metadata = {"Description": "d", "ParameterAdditions": [{"Key": "k", "Value": "v"}]}
    sagemaker.update_feature_metadata(FeatureGroupName="a", FeatureName="more", **metadata)
    sagemaker.add_tags(ResourceArn=group.arn, Tags=[{"Key": "k", "Value": "v"}])
    write("3", TtlDuration={"Unit": "Weeks", "Value": 520})
    delete("3")
    write("4")
    delete("4", mode="HardDelete")  # its sequence number is not used again
    group.update_members(offline_store_status={"Status": "Active"}, description="d")
    group.begin(MotoWorld().transition("Deleting", "DeleteFailed"), "why")
    [record] = [record for record in group.records if record.identifier == "3"]
    definition = group.definitions["more"]
    assert {
        type(value).__name__: _untouched(value) for value in (original.store, group, group.buffer, record, definition)
    } == {"Store": [], "FeatureGroup": [], "OfflineRows": [], "Record": [], "FeatureDefinition": []}
    before = original.state()
    for _ in range(2):
        assert original.reopen() == []
        assert original.state() == before
    description = sagemaker.describe_feature_group(FeatureGroupName="a")
    assert description["LastUpdateStatus"]["Status"] == "Successful"


def test_restart_completes_unfinished_transitions(original):
    state_manager.set_transition("sagemaker::feature_group", {"progression": "manual", "times": 3})
    try:
        client("sagemaker").create_feature_group(**ONLINE | {"FeatureGroupName": "b"})
        client("sagemaker").delete_feature_group(FeatureGroupName="a")
        assert (original.store.groups["b"].status, original.group.status) == ("Creating", "Deleting")
    finally:
        state_manager.unset_transition("sagemaker::feature_group")
    original.reopen()
    assert original.store.groups["b"].status == "Created"
    assert set(original.store.groups) == {"b"}
    assert len(original.store.pending) == 1


def test_rows_of_a_deleted_group_wait_until_they_are_written(original):
    client("sagemaker").delete_feature_group(FeatureGroupName="a")
    original.reopen()
    assert original.store.groups == {}
    assert len(original.store.pending) == 1
    featurestore.flush()
    original.reopen()
    assert original.store.pending == set()
    assert [members[0] for _, members in original.data._database.rows("d", is_sound=True)].count("group") == 0


def test_group_that_is_deleted_without_rows_leaves_nothing(directory):
    client("sagemaker").create_feature_group(**ONLINE)
    write("1")
    group = directory.group
    client("sagemaker").delete_feature_group(FeatureGroupName="a")
    group.update_members(tags={})  # by a caller that still has a reference
    with group.change(MotoWorld().now) as change:
        change.buffer_row(("1", "x"), 0)
    group.remove_written_rows([0])
    group.close()
    assert dict(directory.data._database.rows("r", is_sound=True)) == {}
    directory.reopen()
    assert directory.store.groups == {}


def test_restart_keeps_table_names_of_deleted_groups_reserved(original):
    names = original.store.table_names
    client("sagemaker").delete_feature_group(FeatureGroupName="a")
    original.reopen()
    assert original.store.table_names == names != set()


def test_reset_is_saved(original):
    requests.post("http://motoapi.amazonaws.com/moto-api/reset", timeout=10)
    client("sagemaker").create_feature_group(**ONLINE | {"FeatureGroupName": "b"})
    assert original.reopen() == []
    assert set(original.store.groups) == {"b"}
    assert original.store.pending == set()


def test_flush_is_saved_with_its_objects_and_tables(original):
    featurestore.flush()
    original.reopen()
    assert rows(client("glue"), client("s3")) == (2, ["a_"])
    assert len(original.group.buffer) == 0


def test_flush_that_is_not_saved_leaves_rows_waiting_in_the_directory(original, monkeypatch):
    monkeypatch.setattr(DataDirectory, "sync", raising(NotSavedError("killed")))
    with pytest.raises(NotSavedError):
        featurestore.flush()
    assert len(original.group.buffer) == 0
    monkeypatch.undo()
    original.data._thread.join(0)
    saved = dict(original.data._database.rows("w", is_sound=True))
    assert len(saved) == 2
    original.data.sync()
    assert dict(original.data._database.rows("w", is_sound=True)) == {}
    original.reopen()
    assert rows(client("glue"), client("s3")) == (2, ["a_"])


def test_flush_waits_for_another_one_no_longer_than_the_time_limit(original, monkeypatch):
    monkeypatch.setattr("moto_featurestore.offline.flush._LOCK_TIMEOUT", 0.01)
    monkeypatch.setattr(data_directory, "_LOCK_TIMEOUT", 0.01)
    release, is_held = Event(), Event()

    def hold():
        with original.data.flushing(1):
            is_held.set()
            release.wait(10)

    thread = Thread(target=hold)
    thread.start()
    is_held.wait(10)
    featurestore.flush()
    original.data.sync()
    assert len(original.group.buffer) == 2
    release.set()
    thread.join()
    featurestore.flush()
    assert len(original.group.buffer) == 0


def test_writes_on_a_full_disk_change_nothing(original):
    before = original.state()
    names = "id", "time", *(f"f{number}" for number in range(500))
    definitions = [{"FeatureName": name, "FeatureType": "String"} for name in names]
    full(original)
    with pytest.raises(NotSavedError, match="disk is full"):
        featurestore.load("a", [{"id": str(number), "time": "2026-01-01T00:00:00Z"} for number in range(1000)])
    with pytest.raises(NotSavedError, match="disk is full"):
        original.group.update_members(tags={"k": "v" * 100_000})
    with pytest.raises(NotSavedError, match="disk is full"):
        client("sagemaker").create_feature_group(
            **ONLINE | {"FeatureGroupName": "b", "FeatureDefinitions": definitions}
        )
    assert original.state() == before
    space(original)
    assert original.reopen() == []
    assert original.state() == before


def test_restart_restores_a_bucket_with_versions_metadata_and_tags(directory):
    s3 = client("s3")
    s3.create_bucket(Bucket="my.bucket")
    s3.put_bucket_versioning(Bucket="my.bucket", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2" * 5000):
        s3.put_object(Bucket="my.bucket", Key="ü/\n", Body=body, Metadata={"a": "b"}, Tagging="c=d")
    s3.put_object(Bucket="my.bucket", Key="gone", Body=b"")
    s3.delete_object(Bucket="my.bucket", Key="gone")
    directory.data.sync()
    assert directory.reopen() == []
    assert s3.get_object(Bucket="my.bucket", Key="ü/\n")["Body"].read() == b"2" * 5000
    assert s3.head_object(Bucket="my.bucket", Key="ü/\n")["Metadata"] == {"a": "b"}
    assert s3.get_object_tagging(Bucket="my.bucket", Key="ü/\n")["TagSet"] == [{"Key": "c", "Value": "d"}]
    assert len(s3.list_object_versions(Bucket="my.bucket")["Versions"]) == 3
    assert s3.get_bucket_versioning(Bucket="my.bucket")["Status"] == "Enabled"


@pytest.mark.parametrize("bucket", ["abc.new", "abc.pickle", "abc.sqlite"])
def test_restart_restores_buckets_with_names_of_files(directory, bucket):
    for name in (bucket, "abc"):
        client("s3").create_bucket(Bucket=name)
    directory.data.sync()
    assert directory.reopen() == []
    assert [found["Name"] for found in client("s3").list_buckets()["Buckets"]] == [bucket, "abc"]


def test_restart_does_not_restore_deleted_buckets_and_objects(directory):
    s3 = client("s3")
    for bucket in ("bucket", "other"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="key", Body=bucket.encode() * 1000)
    directory.data.sync()
    assert len(list((directory.folder / "bodies").iterdir())) == 2
    s3.delete_object(Bucket="bucket", Key="key")
    s3.delete_object(Bucket="other", Key="key")
    s3.delete_bucket(Bucket="other")
    directory.data.sync()
    assert list((directory.folder / "bodies").iterdir()) == []
    assert directory.reopen() == []
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bucket"]
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0


def test_objects_with_the_same_body_share_a_file_until_both_are_gone(directory):
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in "ab":
        s3.put_object(Bucket="bucket", Key=key, Body=b"x" * 2000)
    directory.data.sync()
    s3.put_object(Bucket="bucket", Key="a", Body=b"y" * 2000)
    directory.data.sync()
    assert len(list((directory.folder / "bodies").iterdir())) == 2
    (directory.folder / "bodies" / "unused").touch()  # as after a kill
    directory.reopen()
    assert len(list((directory.folder / "bodies").iterdir())) == 2
    assert s3.get_object(Bucket="bucket", Key="b")["Body"].read() == b"x" * 2000


def test_sync_writes_only_what_has_changed(directory, monkeypatch):
    s3 = client("s3")
    client("glue").create_database(DatabaseInput={"Name": "database"})
    s3.create_bucket(Bucket="bucket")
    for key in ("a", "b"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"1")
    directory.data.sync()
    directory.reopen()
    directory.data.sync()
    s3.put_object_acl(Bucket="bucket", Key="a", ACL="public-read")
    documents, removed = directory.data._aws.changes()
    assert ([document.name for document in documents], removed) == ([("object", "bucket", "a")], [])


def test_unpicklable_state_is_reported_once(directory):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    from moto.glue.models import glue_backends

    glue_backends[ACCOUNT]["us-east-1"].odd = lambda: None
    directory.data.sync()
    directory.data.sync()
    [message] = directory.reports
    assert message.startswith("glue 123456789012 us-east-1 cannot be saved: ")


def test_failing_disk_is_reported_once_until_it_works_again(directory, monkeypatch):
    client("s3").create_bucket(Bucket="bucket")
    client("s3").put_object(Bucket="bucket", Key="key", Body=b"x" * 5000)
    monkeypatch.setattr(Path, "write_bytes", raising(OSError(28, "No space left on device")))
    directory.data._sync_or_report()
    directory.data._sync_or_report()
    [message] = directory.reports
    assert message == f"changes cannot be saved: {directory.folder / 'bodies'}: No space left on device"
    monkeypatch.undo()
    directory.data._sync_or_report()
    assert directory.data._is_failing is False
    directory.reopen()
    assert client("s3").get_object(Bucket="bucket", Key="key")["Body"].read() == b"x" * 5000


def test_sync_retries_after_a_concurrent_change(directory, monkeypatch):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    attempts = []

    def dumps(*arguments, real=saved_aws.dumps):
        attempts.append(1)
        if len(attempts) == 1:
            raise RuntimeError("dictionary changed size during iteration")
        return real(*arguments)

    monkeypatch.setattr(saved_aws, "dumps", dumps)
    directory.data.sync()
    assert len(attempts) > 1


def test_sync_with_endless_concurrent_changes_raises_the_error(directory, monkeypatch):
    client("glue").create_database(DatabaseInput={"Name": "database"})
    monkeypatch.setattr(saved_aws, "_ATTEMPTS", 2)
    with monkeypatch.context() as patch:
        patch.setattr(saved_aws, "dumps", raising(RuntimeError("changed")))
        with pytest.raises(RuntimeError, match="changed"):
            directory.data.sync()


def test_changes_are_saved_in_the_background(directory, monkeypatch):
    monkeypatch.setattr(data_directory, "_MAX_DELAY", 0.01)
    client("s3").create_bucket(Bucket="bucket")
    directory.data._touched.set()
    assert waited_for(lambda: ("bucket", "bucket") in directory.data._aws.saved)


def raising(error):
    def raise_it(*_):
        raise error

    return raise_it


def waited_for(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


# Snapshots.


def test_restored_snapshot_is_saved(original):
    before = original.state()
    snapshot = featurestore.snapshot()
    write("3")
    client("sagemaker").create_feature_group(**ONLINE | {"FeatureGroupName": "b"})
    featurestore.flush()
    featurestore.restore(snapshot)
    write("4")
    after = original.state()
    assert original.reopen() == []
    assert original.state() == after
    assert set(original.store.groups) == {"a"}
    assert [record.identifier for record in original.group.records] == ["1", "2", "4"]
    assert len(original.group.buffer) == 3
    assert before != after


def test_restored_snapshot_of_everything_is_saved(original):
    snapshot = featurestore.snapshot(everything=True)
    client("s3").create_bucket(Bucket="later")
    client("sagemaker").delete_feature_group(FeatureGroupName="a")
    original.data.sync()
    featurestore.restore(snapshot)
    assert original.reopen() == []
    assert [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]] == ["my.bucket"]
    assert len(original.group.buffer) == 2


def test_snapshot_that_cannot_be_saved_is_not_restored(original, monkeypatch):
    snapshot = featurestore.snapshot()
    write("3")
    before = original.state()
    with monkeypatch.context() as patch:
        patch.setattr(data_directory, "record_row", raising(NotSavedError("full")))
        with pytest.raises(NotSavedError, match="full"):
            snapshots.put_back(snapshots.find(snapshot.id))
    assert original.state() == before
    write("4")
    before = original.state()
    assert original.reopen() == []
    assert original.state() == before


# Damage.


def change(table, function):
    """Return a function that changes the bodies of a table."""

    def damage(folder):
        connection = sqlite3.connect(folder / "featurestore.sqlite")
        with connection:
            for key, body in connection.execute(f"SELECT key, body FROM {table}").fetchall():
                connection.execute(f"UPDATE {table} SET body = ? WHERE key = ?", (function(body), key))
        connection.close()

    return damage


def test_damaged_record_is_reported_and_all_else_is_read(original):
    [message] = original.reopen(change("record", lambda body: body.replace(b'"1"', b'"8"')))
    assert "featurestore.sqlite is damaged: 1 rows of the table record are damaged. All else was read." in message
    assert [record.identifier for record in original.group.records] == ["2"]
    assert len(original.group.buffer) == 2
    kept = Path(message.rpartition(" are in ")[2].rstrip("."))
    assert (kept / "featurestore.sqlite").is_file()
    before = original.state()
    assert original.reopen() == []
    assert original.state() == before


@pytest.mark.parametrize("table", ["document", "document_copy"])
def test_group_with_one_damaged_document_is_read(original, table):
    before = original.state()
    [message] = original.reopen(change(table, lambda body: body[:-5]))
    assert f"rows of the table {table} are damaged" in message
    assert original.state() == before


def test_records_of_a_group_that_cannot_be_read_are_reported(original):
    def damage(folder):
        for table in ("document", "document_copy"):
            change(table, lambda body: b"x" if b'"group"' in body else body)(folder)

    [message] = original.reopen(damage)
    assert "4 records and rows belong to feature groups that cannot be read" in message
    assert original.store.groups == {}
    client("sagemaker").create_feature_group(**ONLINE)
    assert original.reopen() == []
    assert len(original.group.records.order) == 0


def test_group_of_another_build_raises_data_error(original):
    def rename(body):
        _, key, *members = json.loads(body[8:])
        if members[0] == "group":
            members[1]["another"] = members[1].pop("role_arn")
        return encode("d", key, *members)[1]

    with pytest.raises(DataError, match=r"was written by another build .* 'another'. Use another directory"):
        original.reopen(change("document", rename))
    assert FeatureStoreBackend.data is None
    original.data = DataDirectory(original.folder.with_name("new"), original.reports.append)
    original.data.start()


def test_damaged_body_is_reported_and_kept(directory):
    client("s3").create_bucket(Bucket="bucket")
    for key in "ab":
        client("s3").put_object(Bucket="bucket", Key=key, Body=key.encode() * 5000)
    directory.data.sync()

    def damage(folder):
        path = folder / "bodies" / sha256(b"a" * 5000).hexdigest()
        path.write_bytes(path.read_bytes()[:-1])

    [message] = directory.reopen(damage)
    assert "object bucket a cannot be read: ValueError(" in message
    assert len(list((directory.folder / "damaged").rglob(sha256(b"a" * 5000).hexdigest()))) == 1
    assert [item["Key"] for item in client("s3").list_objects_v2(Bucket="bucket")["Contents"]] == ["b"]
    assert directory.reopen() == []


def test_many_damages_are_reported_in_one_message(directory):
    client("s3").create_bucket(Bucket="bucket")
    for number in range(9):
        client("s3").put_object(Bucket="bucket", Key=str(number), Body=str(number).encode() * 5000)
    directory.data.sync()
    [message] = directory.reopen(lambda folder: shutil.rmtree(folder / "bodies"))
    assert message.count("cannot be read") == 5
    assert "; and 4 more. All else was read." in message


def test_directory_of_another_moto_release_is_reported_once(directory, monkeypatch):
    monkeypatch.setattr(data_directory.moto, "__version__", "99.1")
    [message] = directory.reopen()
    assert "were saved by moto 5" in message
    assert "This is moto 99.1" in message
    assert directory.reopen() == []


def flip(path, position):
    content = bytearray(path.read_bytes())
    content[position] ^= 4
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [flip, os.truncate])
def test_damage_in_any_region_restores_no_wrong_value_and_reports_each_loss(original, damage, tmp_path):
    featurestore.load("a", [{"id": str(number), "time": "2026-01-01T00:00:00Z"} for number in range(100)])
    featurestore.load("a", [{"id": "1", "time": "2026-01-02T00:00:00Z"}])  # the earlier version must not come back
    pristine = shutil.copytree(original.folder, tmp_path / "pristine")
    expected = contents(original)

    def damage_at(position, folder):
        shutil.rmtree(folder)
        shutil.copytree(pristine, folder)
        damage(folder / "featurestore.sqlite", position)

    losses = 0
    for position in range(0, (pristine / "featurestore.sqlite").stat().st_size, 1500):
        messages = original.reopen(partial(damage_at, position))
        restored = contents(original)
        assert restored <= expected
        if restored < expected:
            losses += 1
            [message] = messages
            assert "is damaged: " in message
    assert losses


def contents(directory):
    """Return the records and waiting rows of all groups."""
    groups = directory.store.groups.values()
    return {record for group in groups for record in group.records} | {row for group in groups for row in group.buffer}


def test_empty_database_is_reported(original):
    [message] = original.reopen(lambda folder: (folder / "featurestore.sqlite").write_bytes(b""))
    assert "is damaged: it is missing or empty" in message
    assert original.store.groups == {}


# The application.


def test_request_whose_change_cannot_be_saved_returns_an_internal_failure(directory):
    def app(environ, start_response):
        raise NotSavedError("full")

    answered = []
    environ = {"REQUEST_METHOD": "PUT", "PATH_INFO": "/FeatureGroup/a"}
    watched = directory.data.watch(app)
    for _ in range(2):
        [body] = watched(environ, lambda status, headers: answered.append((status, dict(headers)["x-amzn-errortype"])))
    assert answered == [("500 Internal Server Error", "InternalFailure")] * 2
    message = "The server cannot save the change: full"
    assert json.loads(body) == {"__type": "InternalFailure", "Message": message}
    assert directory.reports == ["changes cannot be saved: full"]


def test_state_is_saved_after_each_request_that_changes_it(directory, monkeypatch):
    actions = []
    monkeypatch.setattr(DataDirectory, "_sync_or_report", lambda _: actions.append("sync"))
    monkeypatch.setattr(directory.data._touched, "set", lambda: actions.append("touch"))
    app = directory.data.watch(lambda environ, start_response: [])
    for method, path, target in [
        ("GET", "/bucket", ""),
        ("PUT", "/FeatureGroup/a", ""),
        ("PUT", "/bucket", ""),
        ("POST", "/", "SageMaker.DescribeFeatureGroup"),
        ("POST", "/", "SageMaker.CreateFeatureGroup"),
    ]:
        app({"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_X_AMZ_TARGET": target}, None)
    assert actions == ["touch", "touch", "sync"]
    monkeypatch.undo()


# Random sequences of steps.

_NUMBERS = st.integers(0, 3)
_TIMES = st.integers(0, 5).map(lambda second: f"2026-01-01T00:00:0{second}Z")
_STEPS = st.one_of(
    st.tuples(st.just("put"), _NUMBERS, _TIMES, st.sampled_from([None, ["OnlineStore"], ["OfflineStore"]])),
    st.tuples(st.just("delete"), _NUMBERS, _TIMES, st.sampled_from(["SoftDelete", "HardDelete"])),
    st.tuples(st.just("written"), _NUMBERS),
    st.tuples(st.just("restart")),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEPS, max_size=20))
def test_restart_restores_the_state_after_any_steps(steps, tmp_path_factory):
    with mock_featurestore():
        original = Directory(tmp_path_factory.mktemp("data") / "data")
        client("s3").create_bucket(Bucket="my.bucket")
        client("sagemaker").create_feature_group(**GROUP)
        for kind, *arguments in [*steps, ("restart",)]:
            if kind == "put":
                number, moment, stores = arguments
                write(str(number), moment, **({"TargetStores": stores} if stores else {}))
            elif kind == "delete":
                number, moment, mode = arguments
                with suppress(ClientError):  # a hard delete of a newer record
                    delete(str(number), moment, mode)
            elif kind == "written":
                original.group.remove_written_rows(range(min(arguments[0], len(original.group.buffer))))
            else:
                before = original.state()
                assert original.reopen() == []
                assert original.state() == before
        original.data.stop()
