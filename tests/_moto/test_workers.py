"""Workers: forked and spawned processes send their requests to the owner of their mock."""

import logging
import multiprocessing
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
import requests
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, UnseekableStreamError
from freezegun import freeze_time
from moto import mock_aws
from moto.core import base_backend, set_initial_no_auth_action_count
from moto.core.exceptions import ServiceNotWhitelisted
from moto.core.models import MockAWS, botocore_stubber, responses_mock
from support import workers
from support.workers import GROUP, client, create_group, fork, in_child, put, put_many, wait_for

from moto_featurestore import featurestore, install, mock_featurestore, worker_environment
from moto_featurestore._moto.backend import backends
from moto_featurestore._moto.mock import _running
from moto_featurestore._moto.workers import process
from moto_featurestore._moto.workers import server as listening
from moto_featurestore._moto.workers.client import Owner, OwnerGoneError
from moto_featurestore._moto.workers.connection import Line, LostError
from moto_featurestore._moto.workers.messages import OwnerTraceback, unpack_request

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    # pytest-xdist has threads of its own. A test below checks in another process that this package's threads cause no warning.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

BUCKET = "bucket"


@pytest.fixture
def mock():
    with mock_featurestore():
        yield


@pytest.fixture
def group(mock):
    create_group()


def online():
    return set(featurestore.records(GROUP).online)


def buckets():
    return [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]


def create_bucket(name=BUCKET):
    client("s3").create_bucket(Bucket=name)


def run(code, **options):
    command = [sys.executable, "-W", "error", "-c", code]
    path = os.pathsep.join(sys.path)
    environment = os.environ | {"PYTHONPATH": path} | options.pop("env", {})
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment, **options).stdout


# Which processes are workers.


@pytest.mark.parametrize("start", [mock_featurestore, mock_aws])
def test_forked_child_changes_the_state_of_the_mock_process(start):
    def work():
        put(1)
        create_bucket()
        client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"body")
        client("glue").create_database(DatabaseInput={"Name": "database"})
        client("dynamodb").create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return client("s3").get_object(Bucket=BUCKET, Key="key")["Body"].read()

    install()
    with start():
        create_group()
        assert in_child(work) == b"body"
        assert online() == {"1"}
        assert client("s3").get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"body"
        assert client("glue").get_database(Name="database")["Database"]["Name"] == "database"
        assert client("dynamodb").list_tables()["TableNames"] == ["table"]


def test_forked_child_sees_changes_of_the_mock_process_after_the_fork(group):
    parent_end, child_end = multiprocessing.Pipe()

    def work():
        assert child_end.recv() == "put"
        runtime = client("sagemaker-featurestore-runtime")
        return runtime.get_record(FeatureGroupName=GROUP, RecordIdentifierValueAsString="1")["Record"][0]

    child = fork(work)
    put(1)
    parent_end.send("put")
    assert wait_for(child) == {"FeatureName": "id", "ValueAsString": "1"}


def test_client_created_before_the_fork_works_in_a_forked_child(group):
    runtime = client("sagemaker-featurestore-runtime")
    put(0, runtime)
    in_child(lambda: put(1, runtime))
    assert online() == {"0", "1"}


def test_drop_fault_in_a_worker_raises_connection_closed(group):
    def work():
        config = Config(retries={"total_max_attempts": 1})
        runtime = boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1", config=config)
        with pytest.raises(ConnectionClosedError, match="before we received a valid response from endpoint URL"):
            put(1, runtime)

    with featurestore.drop("PutRecord"):
        in_child(work)
    assert online() == {"1"}


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing_child_is_a_worker_with_every_start_method(group, method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert os.getpid() not in pool.map(put, range(10))
    assert online() == {str(number) for number in range(10)}


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_spawned_child_that_starts_a_mock_shares_the_state_of_the_mock_process(group, method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        pool.apply(workers.put_in_a_mock, [1])
    assert online() == {"1"}


def test_spawned_child_uses_the_credentials_of_its_parent(mock, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIATHEIRS")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(os.getenv, ["AWS_ACCESS_KEY_ID"]) == "ASIATHEIRS"
        pool.close()  # not terminated, so that the child writes its coverage data
        pool.join()


def test_spawned_child_outside_of_mocks_is_not_a_worker():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert not pool.apply(process.is_worker)


def test_worker_environment_lets_another_process_share_the_state_of_the_mock(group):
    code = """
import sys
from moto_featurestore import mock_featurestore
from support.workers import put
with mock_featurestore():
    put(1)
with mock_featurestore():
    put(2)
"""
    run(code, env=worker_environment())
    assert online() == {"1", "2"}


def test_child_of_process_with_worker_environment_uses_the_same_mock(group):
    code = """
import multiprocessing, os
from moto_featurestore import mock_featurestore, worker_environment
from support.workers import in_child, put
if __name__ == "__main__":
    with mock_featurestore():
        in_child(lambda: put(1))
        multiprocessing.get_context("spawn").Pool(1).apply(put, [2])
        print(worker_environment()["MOTO_FEATURESTORE_OWNER"])
"""
    environment = worker_environment()
    assert run(code, env=environment).strip() == environment["MOTO_FEATURESTORE_OWNER"]
    assert online() == {"1", "2"}


def test_worker_environment_without_a_mock_raises_runtime_error():
    with pytest.raises(RuntimeError, match="No mock is running in this process"):
        worker_environment()


def test_worker_environment_without_unix_sockets_raises_runtime_error(mock, monkeypatch):
    monkeypatch.delattr("socket.AF_UNIX")
    with pytest.raises(RuntimeError, match="Use a moto server instead"):
        worker_environment()


def test_forked_grandchild_uses_the_mock_of_its_parent(group):
    def work():
        put(1)
        in_child(lambda: in_child(lambda: put(2)))
        put(3)

    in_child(work)
    assert online() == {"1", "2", "3"}


def test_process_with_a_running_mock_can_become_a_worker(group):
    address = worker_environment()[process.OWNER]

    def work():
        process._process.owner = None  # like a forkserver whose main module started a mock
        process._join(address)
        put(1)

    in_child(work)
    assert online() == {"1"}


# Mocks within mocks, before and after a fork.


def test_worker_forked_in_an_inner_mock_uses_the_outer_mock():
    outer, inner = mock_featurestore(), mock_featurestore()

    def work():
        put(1)
        inner.stop()
        put(2)
        outer.stop()
        return process.is_worker(), botocore_stubber.enabled

    with outer:
        create_group()
        with inner:
            child = fork(work)
        assert wait_for(child) == (False, False)
        assert online() == {"1", "2"}


@pytest.mark.parametrize("start", [mock_featurestore, mock_aws])
def test_mock_in_a_worker_shares_the_state_of_the_mock_process(group, start):
    def work():
        with start():
            put(1)
        put(2)

    in_child(work)
    assert online() == {"1", "2"}


def test_worker_that_stops_the_mock_no_longer_shares_its_state():
    outer = mock_featurestore()

    def work():
        outer.stop()
        with mock_featurestore():
            create_group()
            put(1)
            in_child(lambda: put(2))
            return online()

    with outer:
        create_bucket()
        assert in_child(work) == {"1", "2"}
        assert client("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []
        assert buckets() == [BUCKET]


def test_child_forked_outside_of_mocks_is_not_a_worker():
    def work():
        with mock_featurestore():
            create_group()
            return put(1), process.is_worker()

    _, is_worker = in_child(work)
    assert not is_worker


# Requests of workers.


def test_service_error_in_a_worker_equals_the_error_in_the_mock_process(group):
    def work():
        runtime = client("sagemaker-featurestore-runtime")
        with pytest.raises(runtime.exceptions.ValidationError) as error:
            runtime.put_record(FeatureGroupName=GROUP, Record=[{"FeatureName": "id", "ValueAsString": "1"}])
        return str(error.value)

    with pytest.raises(ClientError) as error:
        client("sagemaker-featurestore-runtime").put_record(
            FeatureGroupName=GROUP, Record=[{"FeatureName": "id", "ValueAsString": "1"}]
        )
    assert in_child(work) == str(error.value)


def test_moto_error_in_a_worker_contains_the_traceback_of_the_mock_process():
    def work():
        with pytest.raises(ServiceNotWhitelisted, match="Service s3 not whitelisted") as error:
            client("s3").list_buckets()
        assert isinstance(error.value.__cause__, OwnerTraceback)
        return str(error.value.__cause__)

    with mock_featurestore(config={"core": {"service_whitelist": ["sqs"]}}):
        assert "raise ServiceNotWhitelisted(service)" in in_child(work)


class StatefulError(Exception):
    def __init__(self, first, *, second):
        super().__init__(f"{first} and {second}")
        self.details = {"second": second, "list": [first, None], "path": Path(first)}


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (KeyError("aws"), KeyError, "'aws'"),
        (StatefulError("one", second=2), StatefulError, "one and 2"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "reason"), RuntimeError, "builtins.UnicodeDecodeError: "),
        (type("Anonymous", (Exception,), {"__module__": "nowhere"})("lost"), RuntimeError, "nowhere.Anonymous: lost"),
    ],
)
def test_exception_from_the_mock_process_has_the_same_class_and_message_in_the_worker(
    mock, monkeypatch, error, kind, text
):
    reader, writer = os.pipe()

    def work():
        os.read(
            reader, 1
        )  # wait until the owner's function is replaced; a later fork would replace it in the child too
        with pytest.raises(kind) as raised:
            botocore_stubber.process_request(prepared_request())
        return str(raised.value), getattr(raised.value, "details", None)

    def fail(*_):
        raise error

    monkeypatch.setitem(sys.modules, StatefulError.__module__, sys.modules[__name__])
    child = fork(work)
    monkeypatch.setattr(process, "unpack_request", lambda *_: (None, prepared_request()))
    monkeypatch.setattr(botocore_stubber, "process_request", fail)
    os.write(writer, b"x")
    message, details = wait_for(child)
    assert message.startswith(text)
    assert details in (None, {"second": 2, "list": ["one", None], "path": repr(Path("one"))})


def prepared_request(body=None, url=f"https://s3.amazonaws.com/{BUCKET}/key", method="PUT"):
    return AWSPreparedRequest(method, url, HTTPHeaders(), body, stream_output=False)


@pytest.mark.parametrize("body", [None, "text", b"bytes", bytearray(b"bytes")])
def test_worker_sends_requests_to_unmocked_urls_over_the_network(mock, body):
    request = prepared_request(body, "http://localhost:5000/key")
    assert in_child(lambda: botocore_stubber("before-send.s3.PutObject", request)) is None


def test_worker_request_to_unmocked_url_sends_the_whole_body_stream(mock):
    stream = BytesIO(b"0123456789")
    stream.seek(4)

    def work():
        assert (
            botocore_stubber("before-send.s3.PutObject", prepared_request(stream, "http://localhost:5000/key")) is None
        )
        return stream.read()

    assert in_child(work) == b"456789"


def test_worker_request_to_unmocked_url_with_unseekable_body_raises_unseekable_stream_error(mock):
    def work():
        with pytest.raises(UnseekableStreamError):
            botocore_stubber("before-send.s3.PutObject", prepared_request(iter([b"0"]), "http://localhost:5000/key"))

    in_child(work)


@pytest.mark.parametrize(
    "body", [iter([b"0123", "456", b"", memoryview(b"789")]), BytesIO(b"0123456789"), "0123456789"]
)
def test_request_body_of_any_type_from_worker_arrives_complete(mock, body):
    create_bucket()
    in_child(lambda: botocore_stubber("before-send.s3.PutObject", prepared_request(body)))
    assert client("s3").get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"0123456789"


def test_large_request_and_response_bodies_of_worker_arrive_complete(mock, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(os.urandom(5_000_000))

    def work():
        with large.open("rb") as stream:
            client("s3").put_object(Bucket=BUCKET, Key="stream", Body=stream)
        client("s3").upload_file(str(large), BUCKET, "upload")
        return client("s3").get_object(Bucket=BUCKET, Key="upload")["Body"].read()

    create_bucket()
    assert in_child(work) == large.read_bytes()
    assert client("s3").get_object(Bucket=BUCKET, Key="stream")["Body"].read() == large.read_bytes()


def test_request_of_worker_with_failing_body_stream_is_not_executed(mock):
    def broken():
        yield b"0123"
        raise KeyError("mine")

    def work():
        with pytest.raises(KeyError, match="mine"):
            botocore_stubber("before-send.s3.PutObject", prepared_request(broken()))
        return buckets()

    create_bucket()
    assert in_child(work) == [BUCKET]
    assert "Contents" not in client("s3").list_objects_v2(Bucket=BUCKET)


def test_requests_library_in_a_worker_reaches_the_mock_process(group):
    url = f"https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com/FeatureGroup/{GROUP}"

    def work():
        found = requests.get(url, params={"RecordIdentifierValueAsString": "1"}, timeout=10).json()
        listed = requests.get(f"https://{BUCKET}.s3.amazonaws.com/", timeout=10)
        return found["Record"][0]["ValueAsString"], listed.status_code

    create_bucket()
    put(1)
    assert in_child(work) == ("1", 200)


def test_worker_uses_the_account_in_its_own_environment(group, monkeypatch):
    def work():
        os.environ["MOTO_ACCOUNT_ID"] = "111111111111"
        create_group()
        put(1)

    in_child(work)
    assert online() == set()
    assert set(featurestore(account_id="111111111111").records(GROUP).online) == {"1"}


def test_worker_uses_the_clock_of_the_mock_process(group):
    def work():
        with freeze_time("2020-01-01"):
            client("sagemaker").update_feature_group(
                FeatureGroupName=GROUP, FeatureAdditions=[{"FeatureName": "new", "FeatureType": "String"}]
            )
            return client("sagemaker").describe_feature_group(FeatureGroupName=GROUP)["LastModifiedTime"].year

    assert in_child(work) >= 2025


def test_worker_uses_the_permissions_of_the_mock_process(mock):
    iam = client("iam")
    iam.create_user(UserName="user")
    key = iam.create_access_key(UserName="user")["AccessKey"]

    def work():
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        sagemaker = boto3.client("sagemaker", region_name="us-east-1", **keys)
        with pytest.raises(ClientError, match="not authorized to perform: sagemaker:ListFeatureGroups"):
            sagemaker.list_feature_groups()

    set_initial_no_auth_action_count(0)(lambda: in_child(work))()


def test_featurestore_object_in_a_worker_raises_runtime_error(group):
    def work():
        with pytest.raises(RuntimeError, match="The mock runs in another process"):
            featurestore.records(GROUP)

    in_child(work)


# Failures.


@contextmanager
def lock_held_by_another_thread(lock):
    """Hold a lock in another thread. Yield an event that releases it."""
    is_locked, release = threading.Event(), threading.Event()

    def hold():
        with lock:
            is_locked.set()
            release.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    is_locked.wait()
    try:
        yield release
    finally:
        release.set()
        thread.join()


@pytest.mark.parametrize(
    "lock",
    [
        lambda: _running._lock,
        lambda: MockAWS._mock_init_lock,
        lambda: base_backend.backend_lock,
        lambda: responses_mock._thread_lock,
        lambda: backends["123456789012"]["us-east-1"].store.groups[GROUP].lock,
    ],
)
def test_fork_while_another_thread_holds_a_lock_does_not_block_the_child(group, lock):
    parent_end, child_end = multiprocessing.Pipe()

    def work():
        with mock_featurestore():
            assert child_end.recv() == "release"
            requests.get(f"https://{BUCKET}.s3.amazonaws.com/", timeout=10)
            put(1)

    with mock_featurestore():
        worker_environment()
        with lock_held_by_another_thread(lock()):
            child = fork(work)
        parent_end.send("release")
        wait_for(child)
    assert online() == {"1"}


def test_fork_while_another_thread_holds_the_logging_lock_does_not_block_the_child(group):
    def work():
        logging.getLogger("botocore").warning("of the child")
        put(1)

    with lock_held_by_another_thread(logging._lock) as release:
        threading.Timer(0.1, release.set).start()
        in_child(work)
    assert online() == {"1"}


@pytest.fixture
def request_arrived(monkeypatch):
    """An event that is set when a worker's request arrives."""
    event = threading.Event()
    monkeypatch.setattr(process, "unpack_request", lambda *args: event.set() or unpack_request(*args))
    return event


def test_fork_waits_for_running_requests_no_longer_than_the_grace_period(group, request_arrived, monkeypatch):
    monkeypatch.setattr(listening, "GRACE", 0.1)
    store = backends["123456789012"]["us-east-1"].store
    with store.groups[GROUP].lock:
        first = fork(lambda: put(1))
        assert request_arrived.wait(10)  # the request now waits for the lock that this thread holds
        second = fork(lambda: put(2))
    wait_for(first)
    wait_for(second)
    assert online() == {"1", "2"}


def test_worker_request_that_hangs_at_the_end_of_the_mock_raises_an_error(request_arrived, monkeypatch):
    monkeypatch.setattr(listening, "GRACE", 0.1)

    def work():
        with pytest.raises(OwnerGoneError):
            put(1)

    with mock_featurestore():
        create_group()
        lock = backends["123456789012"]["us-east-1"].store.groups[GROUP].lock
        lock.acquire()
        child = fork(work)
        assert request_arrived.wait(10)
    wait_for(child)
    lock.release()
    for thread in threading.enumerate():
        if thread.name == "moto-workers":
            thread.join(10)
    assert not worker_threads()


def test_concurrent_forks_in_several_threads_succeed(group):
    def fork_repeatedly(start):
        for number in range(start, start + 5):
            in_child(lambda number=number: put(number))

    threads = [threading.Thread(target=fork_repeatedly, args=(start,)) for start in (0, 5, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert online() == {str(number) for number in range(15)}


def test_fork_during_a_request_of_a_worker_succeeds(group, monkeypatch):
    children = []
    monkeypatch.setattr(
        "moto_featurestore._moto.entry_points.caller_of",
        lambda *args, call=sys.modules["moto_featurestore._moto.entry_points"].caller_of: (
            children.append(children or fork(lambda: put(2))) or call(*args)
        ),
    )
    in_child(lambda: put(1))
    wait_for(children[0])
    assert online() == {"1", "2"}


def test_request_of_worker_that_is_killed_while_sending_is_not_executed(group):
    def work():
        request = prepared_request(iter(lambda: sending.set() or time.sleep(0.01) or b"0123", None))
        botocore_stubber("before-send.s3.PutObject", request)

    create_bucket()
    sending = multiprocessing.Event()
    pid, _ = fork(work)
    sending.wait()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    in_child(lambda: put(1))
    assert online() == {"1"}
    assert "Contents" not in client("s3").list_objects_v2(Bucket=BUCKET)


def test_request_of_worker_that_is_killed_after_sending_is_executed(group, request_arrived):
    lock = backends["123456789012"]["us-east-1"].store.groups[GROUP].lock
    with lock_held_by_another_thread(lock):
        pid, _ = fork(lambda: put(1))
        assert request_arrived.wait(10)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    in_child(lambda: put(2))
    deadline = time.monotonic() + 10
    while online() != {"1", "2"} and time.monotonic() < deadline:
        time.sleep(0.01)
    assert online() == {"1", "2"}


@pytest.mark.parametrize("has_asked", [False, True])
def test_worker_request_after_the_end_of_the_mock_raises_owner_gone_error(has_asked):
    parent_end, child_end = multiprocessing.Pipe()

    def work():
        if has_asked:
            create_bucket()
        child_end.send("ready")
        assert child_end.recv() == "go on"
        with pytest.raises(OwnerGoneError, match="The process or its mock has ended"):
            client("s3").list_buckets()
        with pytest.raises(OwnerGoneError):
            requests.get(f"https://{BUCKET}.s3.amazonaws.com/", timeout=10)

    with mock_featurestore():
        child = fork(work)
        assert parent_end.recv() == "ready"
    with mock_featurestore():  # the child is no worker of this mock
        parent_end.send("go on")
        wait_for(child)
        assert buckets() == []


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit()", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_worker_request_after_the_mock_process_ended_raises_owner_gone_error(tmp_path, end):
    code = f"""
import os, signal, sys, time
from pathlib import Path
from moto_featurestore import mock_featurestore
from support.workers import client, in_child
mock_featurestore().start()
client("s3").create_bucket(Bucket="bucket")
message, owner = Path({str(tmp_path / "message")!r}), os.getpid()
if not os.fork():
    client("s3").list_buckets()
    message.with_suffix(".ready").touch()
    while os.getppid() == owner:
        time.sleep(0.01)
    try:
        client("s3").list_buckets()
    except Exception as error:
        message.with_suffix(".new").write_text(type(error).__name__)
    message.with_suffix(".new").rename(message)
    os._exit(0)
while not message.with_suffix(".ready").exists():
    time.sleep(0.01)
{end}
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], check=False, env=environment, capture_output=True)
    deadline = time.monotonic() + 30
    while not (tmp_path / "message").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (tmp_path / "message").read_text() == "OwnerGoneError"


def test_worker_request_to_mock_process_that_cannot_listen_raises_owner_gone_error(group, monkeypatch):
    def work():
        with pytest.raises(OwnerGoneError) as error:
            put(1)
        with pytest.raises(OwnerGoneError):
            in_child(lambda: put(1))
        return str(error.value.__cause__)

    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert "No such file or directory: '/nowhere" in in_child(work)
    with pytest.raises(FileNotFoundError):
        worker_environment()


def test_listener_that_cannot_create_a_socket_deletes_its_files(mock, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(listening, "_LONGEST_DIRECTORY", 1000)
    (tmp_path / ("d" * 100)).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("d" * 100)))
    with pytest.raises(OSError, match="path too long"):
        worker_environment()
    assert list((tmp_path / ("d" * 100)).iterdir()) == []


def test_listener_avoids_a_directory_with_a_long_path(group, monkeypatch, tmp_path):
    long = tmp_path / ("d" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    in_child(lambda: put(1))
    assert online() == {"1"}


# Lifetime of the listener.


def worker_threads():
    return [thread for thread in threading.enumerate() if thread.name == "moto-workers"]


def test_listener_starts_when_the_first_worker_starts(group):
    put(1)
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert process._process._listener is None
    assert worker_threads() == []


def test_fork_outside_of_mocks_starts_no_listener():
    assert in_child(lambda: not process.is_worker())
    assert worker_threads() == []
    assert process._process._listener is None


def test_listener_socket_is_private_and_deleted_at_the_end_of_the_mock():
    with mock_featurestore():
        with mock_featurestore():
            path = Path(worker_environment()[process.OWNER])
            assert in_child(lambda: stat.S_IMODE(path.stat().st_mode)) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            in_child(buckets)
        assert path.is_socket()
        assert worker_threads()
    assert not path.parent.exists()
    assert worker_threads() == []


def test_listener_socket_is_deleted_by_the_mock_process_and_not_by_children():
    code = """
import os, sys
from pathlib import Path
from moto_featurestore import mock_featurestore, worker_environment
from support.workers import client
mock_featurestore().start()
path = Path(worker_environment()["MOTO_FEATURESTORE_OWNER"])
if not os.fork():
    client("s3").list_buckets()
    sys.exit()
os.wait()
print(path, path.is_socket())
"""
    path, existed = run(code).split()
    assert existed == "True"
    assert not Path(path).parent.exists()


def test_worker_that_runs_after_the_main_module_ended_reaches_the_mock_process():
    code = """
import multiprocessing, time
from moto_featurestore import mock_featurestore
from support.workers import client
def work():
    time.sleep(1)
    print(client("s3").list_buckets()["Buckets"][0]["Name"], flush=True)
mock_featurestore().start()
client("s3").create_bucket(Bucket="bucket")
multiprocessing.get_context("fork").Process(target=work).start()
"""
    assert run(code) == "bucket\n"


def test_listener_that_cannot_start_threads_serves_workers_sequentially(group, monkeypatch):
    def fail(_):
        raise RuntimeError("can't create new thread at interpreter shutdown")  # Python 3.12 raises this at its end

    environment = worker_environment()
    code = """
from moto_featurestore import mock_featurestore
from support.workers import put
with mock_featurestore():
    put(NUMBER)
"""
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        for number in (1, 2):
            run(code.replace("NUMBER", str(number)), env=environment)
    assert online() == {"1", "2"}


def test_process_with_worker_environment_of_ended_mock_process_is_not_a_worker(monkeypatch):
    with mock_featurestore():
        for name, value in worker_environment().items():
            monkeypatch.setenv(name, value)
    assert process.OWNER not in os.environ
    with mock_featurestore():
        assert not process.is_worker()


def test_fork_does_not_emit_thread_warnings():
    code = """
import multiprocessing, threading
from moto_featurestore import featurestore, mock_featurestore
from support.workers import create_group, fork, in_child, put, wait_for
with mock_featurestore():
    create_group()
    parent_end, child_end = multiprocessing.Pipe()
    child = fork(lambda: (put(1), child_end.send("put"), child_end.recv()))  # its connection stays open
    assert parent_end.recv() == "put"
    for number in range(50):
        in_child(lambda: put(number))
    parent_end.send("end")
    wait_for(child)
    with multiprocessing.get_context("fork").Pool(4) as pool:
        pool.map(put, range(50, 100))
    print(len(featurestore.records("group").online))
"""
    assert run(code) == "100\n"


def test_put_record_from_many_workers_and_threads_loses_no_records(group):
    rows = list(range(400))
    for child in [fork(lambda start=start: put_many(rows[start::4])) for start in range(4)]:
        wait_for(child)
    assert online() == {str(row) for row in rows}


def test_worker_reuses_its_connection_for_later_requests(group):
    def work():
        for number in range(10):
            put(number)
        return len(process._process.owner._lines)

    assert in_child(work) == 1


def test_listener_connection_opened_during_a_pause_is_served_after_the_pause(group):
    address = worker_environment()[process.OWNER]
    listener = process._process._listener
    owner, request = Owner(address), prepared_request(url="https://s3.amazonaws.com/", method="GET")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(owner.send("before-send.s3.ListBuckets", request)))
    listener.pause()
    asking.start()
    listener._serve(listener._server)  # like a thread that had just woken up
    assert worker_threads() == []
    listener.resume()
    asking.join()
    assert answers[0].status == 200


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not show its threads")
def test_function_await_end_returns_after_the_thread_ended(monkeypatch):
    let_end = threading.Event()
    thread = threading.Thread(target=let_end.wait)
    thread.start()

    def sleep(_):
        let_end.set()
        thread.join()

    monkeypatch.setattr(listening, "sleep", sleep)
    ended_thread = SimpleNamespace(join=lambda _: None, is_alive=lambda: False, native_id=thread.native_id)
    listening._await_end(ended_thread, 1)
    assert not Path(f"/proc/self/task/{thread.native_id}").exists()


def test_worker_connection_cut_shuts_down_the_socket():
    parent_end, child_end = socket.socketpair()
    line = Line(parent_end)
    line.cut()
    assert child_end.recv(1) == b""
    child_end.close()
    line.cut()  # the other end is closed
    line.close()
    with pytest.raises(LostError):
        line.receive()
    with pytest.raises(LostError):
        line.send({}, [])
