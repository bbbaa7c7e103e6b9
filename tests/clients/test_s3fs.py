"""pandas and pyarrow with s3fs in process, and the block of pyarrow's own S3 client."""

import sys

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from fsspec.registry import _registry
from support.documents import run_by

from moto_featurestore import NetworkBlockedError, featurestore, mock_featurestore

pytestmark = pytest.mark.client

TYPES = {"id": "String", "time": "String", "age": "Integral"}
TIME = "2026-01-01T12:00:00Z"
URL = "s3://features/ages.parquet"
FRAME = pd.DataFrame({"id": ["1", "2"], "age": [7, 8]})


@pytest.fixture
def bucket(clients):
    """Create the bucket ``features``."""
    clients("s3").create_bucket(Bucket="features")


def offline_rows():
    """Create a group with a record, and read its offline store with pandas."""
    featurestore.create_group("customers", TYPES, record_identifier="id", event_time="time", offline="s3://features")
    featurestore.load("customers", [{"id": "1", "time": TIME, "age": 7}])
    return pd.read_parquet("s3://features/123456789012/sagemaker/us-east-1/offline-store/")


def test_pandas_reads_the_offline_store(clients):
    pytest.importorskip("s3fs")
    assert offline_rows()["age"].to_list() == [7]


def test_pandas_reads_the_objects_of_the_running_mock_only():
    s3fs = pytest.importorskip("s3fs")
    with mock_featurestore():
        offline_rows()
        s3fs.S3FileSystem().ls("features")
    with mock_featurestore():
        assert len(offline_rows()) == 1
        pd.DataFrame().to_csv("s3://features/other.csv")
        assert "features/other.csv" in s3fs.S3FileSystem().ls("features")


@pytest.mark.parametrize("options", [None, {"key": "key", "secret": "secret"}])
def test_pandas_writes_and_reads_parquet_and_csv(bucket, options):
    pytest.importorskip("s3fs")
    FRAME.to_parquet(URL, storage_options=options)
    assert pd.read_parquet(URL, storage_options=options).equals(FRAME)
    FRAME.to_csv("s3://features/ages.csv", index=False, storage_options=options)
    assert pd.read_csv("s3://features/ages.csv", storage_options=options)["age"].to_list() == [7, 8]


def test_pandas_reads_an_object_in_several_requests(bucket):
    s3fs = pytest.importorskip("s3fs")
    with s3fs.S3FileSystem().open("features/large", "wb") as file:
        file.write(b"x" * 60_000_000)  # more than a part of an upload
    with s3fs.S3FileSystem().open("features/large", "rb", block_size=1_000_000) as file:
        file.seek(59_999_990)
        assert file.read() == b"x" * 10


def test_pyarrow_reads_with_the_file_system_of_s3fs(bucket):
    s3fs = pytest.importorskip("s3fs")
    FRAME.to_parquet(URL)
    assert pq.read_table("features/ages.parquet", filesystem=s3fs.S3FileSystem())["age"].to_pylist() == [7, 8]


def test_pandas_reads_local_parquet_files(clients, tmp_path):
    FRAME.to_parquet(tmp_path / "ages.parquet")
    assert pd.read_parquet(tmp_path / "ages.parquet").equals(FRAME)


def test_pandas_without_s3fs_names_the_package_to_install(bucket, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3", raising=False)  # fsspec keeps the class after the first use
    with pytest.raises(ImportError, match="Install s3fs to access S3"):
        pd.read_parquet(URL)


@pytest.mark.parametrize("read", [pq.read_table, ds.dataset], ids=["read_table", "dataset"])
def test_s3_client_of_pyarrow_is_blocked(clients, read):
    with pytest.raises(NetworkBlockedError, match=r"pyarrow's S3 client, for 's3://features/ages\.parquet'.*boto3"):
        read(URL)


def test_s3_client_of_pyarrow_reads_from_a_server(server_url, server_clients):
    host = server_url.removeprefix("http://")
    url = f"s3://testing:testing@features/ages.parquet?scheme=http&endpoint_override={host}&region=us-east-1"
    with mock_featurestore():
        server_clients("s3").create_bucket(Bucket="features")
        pq.write_table(pa.table({"age": [7]}), url)
        assert pq.read_table(url)["age"].to_pylist() == [7]


@pytest.mark.parametrize("block", run_by("clients/test_s3fs.py", "python"), ids=str)
def test_s3fs_code_in_documentation_runs(block):
    pytest.importorskip("s3fs")
    exec(compile(block.code, str(block), "exec"), {})  # noqa: S102 - the code of the documentation
