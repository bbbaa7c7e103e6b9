"""Seeds: the groups and records that they create, and their errors."""

import datetime as dt
import json
import sys

import boto3
import pytest
from support.documents import BLOCKS
from support.server_process import KEYS, serving

from moto_featurestore import cli, featurestore, mock_featurestore
from moto_featurestore._moto import admin_api
from moto_featurestore.server import seed as seeds
from moto_featurestore.server.seed import SeedError, read_seed

SEED = """
Buckets: [feature-bucket]
FeatureGroups:
  - FeatureGroupName: customers
    RecordIdentifierFeatureName: id
    EventTimeFeatureName: time
    FeatureDefinitions:
      - {FeatureName: id, FeatureType: String}
      - {FeatureName: time, FeatureType: String}
      - {FeatureName: age, FeatureType: Integral}
      - {FeatureName: tags, FeatureType: String, CollectionType: List}
    OnlineStoreConfig: {EnableOnlineStore: true, StorageType: InMemory}
    Records: RECORDS
"""
TIME = "2026-01-01T00:00:00Z"


@pytest.fixture
def seed_file(tmp_path):
    """A function that writes a seed and its file of records."""

    def write(name="records.csv", content=f"id,time,age,tags\n1,{TIME},20,\n", text=SEED):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        path = tmp_path / "seed.yaml"
        path.write_text(text.replace("RECORDS", name))
        return path

    return write


@pytest.fixture
def mocked():
    with mock_featurestore():
        yield


def load_seed(path):
    seed = read_seed(path)
    seeds.load_seed(seed, *admin_api.open_store(seed.account_id, seed.region))


CONTENTS = {
    "records.csv": f'\ufeffid,time,age,tags\n1,{TIME},20,"[""a"", ""b""]"\n2,{TIME},,\n',
    "records.jsonl": f'{{"id": "1", "time": "{TIME}", "age": 20, "tags": ["a", "b"]}}\n\n{{"id": 2, "time": "{TIME}", "age": null}}\n',
}
EXPECTED = {"1": {"id": "1", "time": TIME, "age": "20", "tags": ["a", "b"]}, "2": {"id": "2", "time": TIME}}


@pytest.mark.parametrize("name", CONTENTS)
def test_seed_file_creates_groups_and_records(name, seed_file, mocked):
    load_seed(seed_file(name, CONTENTS[name]))
    assert featurestore.records("customers").online == EXPECTED


def test_seed_file_loads_a_parquet_file_that_pandas_wrote(seed_file, tmp_path, mocked):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    moment = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - taken for UTC
    table = pa.table(
        {"id": ["1", "2"], "time": [moment, moment], "age": [20.0, float("nan")], "tags": [["a", "b"], None]}
    )
    parquet.write_table(table, tmp_path / "made.parquet")
    load_seed(seed_file("records.parquet", (tmp_path / "made.parquet").read_bytes()))
    online = featurestore.records("customers").online
    assert online["1"] == {"id": "1", "time": "2026-01-01T00:00:00Z", "age": "20", "tags": ["a", "b"]}
    assert online["2"] == {"id": "2", "time": "2026-01-01T00:00:00Z"}


def test_seed_file_in_json_creates_groups(tmp_path, mocked):
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"Region": "eu-west-1", "AccountId": "210987654321", "Buckets": ["bucket"]}))
    seed = read_seed(path)
    assert (seed.account_id, seed.region, seed.buckets, seed.groups) == ("210987654321", "eu-west-1", ["bucket"], [])
    load_seed(path)
    load_seed(path)
    assert len(boto3.client("s3", **KEYS).list_buckets()["Buckets"]) == 0  # they are another account's


def test_seed_file_of_documentation_creates_groups_and_records(tmp_path, mocked):
    for block in BLOCKS:
        if block.page.name == "server.md" and block.title:
            (tmp_path / block.title).write_text(block.code)
    load_seed(tmp_path / "seed.yaml")
    assert set(featurestore(region_name="eu-west-1").records("customers").online) == {"c-1", "c-2"}


def test_seed_file_of_several_batches_loads_all_records(seed_file, mocked, monkeypatch):
    monkeypatch.setattr(seeds, "_BATCH", 2)
    load_seed(seed_file(content="id,time,age,tags\n" + "".join(f"{number},{TIME},20,\n" for number in range(5))))
    assert len(featurestore.records("customers").online) == 5


def test_seed_file_creates_missing_bucket_and_role(seed_file, mocked):
    text = (
        SEED.replace(", StorageType: InMemory", "")
        .replace("    Records: RECORDS\n", "")
        .replace(", CollectionType: List", "")
    )
    load_seed(seed_file(text=text + "    OfflineStoreConfig: {S3StorageConfig: {S3Uri: s3://new-bucket}}\n"))
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == [
        "feature-bucket",
        "new-bucket",
    ]
    assert boto3.client("iam").list_roles()["Roles"][0]["RoleName"] == "AmazonSageMaker-ExecutionRole"


def test_seed_file_does_not_change_an_existing_group(seed_file, mocked):
    load_seed(seed_file())
    load_seed(seed_file(content=f"id,time,age,tags\n2,{TIME},20,\n"))
    assert list(featurestore.records("customers").online) == ["1"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("records.csv", f"id,time,age,tags\n1,{TIME},old,\n", ("records.csv, line 2: ", "[age]")),
        ("records.csv", f"id,time,height,tags\n1,{TIME},1,\n", ("records.csv, line 2: ", "[height]")),
        ("records.csv", f"id,time,age,tags\n1,{TIME},1,x\n", ("records.csv, line 2: feature [tags]: ",)),
        (
            "records.csv",
            f"id,time,age,tags\n1,{TIME}\n",
            ("records.csv: line 2 must have 4 values, as many as the header",),
        ),
        (
            "records.csv",
            f"id,time,age,tags\n1,{TIME},1,,5\n",
            ("records.csv: line 2 must have 4 values, as many as the header",),
        ),
        ("records.csv", 'id,time,age,tags\n"1"2\n', ("records.csv: line 2: ",)),
        ("records.csv", b"id\n\xff\n", ("records.csv: 'utf-8' codec",)),
        ("records.jsonl", '{"id": "1"}\n{', ("records.jsonl, line 1: ", "[time]")),
        ("records.jsonl", "{", ("records.jsonl: line 1: ",)),
        ("records.jsonl", "[]", ("records.jsonl: line 1 must be a JSON object, not '[]'",)),
        (
            "records.jsonl",
            '{"id": {"a": "b"}}',
            ("records.jsonl, line 1: feature [id]: {'a': 'b'} is not a feature value",),
        ),
        (
            "records.txt",
            "",
            ("records.txt: the file extension must be one of .csv, .jsonl, .ndjson, .parquet, not '.txt'",),
        ),
        ("records.parquet", "", ("records.parquet: ",)),
    ],
)
def test_error_for_invalid_record_in_seed_file_contains_its_position(name, content, message, seed_file, mocked):
    with pytest.raises(SeedError) as error:
        load_seed(seed_file(name, content))
    for part in message:
        assert part in str(error.value)
    with pytest.raises(LookupError):  # the group is gone again
        featurestore.records("customers")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[]",
            "seed.yaml: a seed file must contain a mapping with the members AccountId, Region, Buckets, FeatureGroups",
        ),
        ("{a: [", "seed.yaml: "),
        (
            "Groups: []",
            "seed.yaml: unknown member 'Groups'; the members of a seed file are AccountId, Region, Buckets, FeatureGroups",
        ),
        ("Buckets: a", "seed.yaml: Buckets must be a list"),
        ("Buckets: []\nFeatureGroups:\n  - {}", "seed.yaml, line 3: a feature group must have a FeatureGroupName"),
        ("FeatureGroups: [a]", "seed.yaml, line 1: a feature group must have a FeatureGroupName"),
        (
            "FeatureGroups:\n  - {FeatureGroupName: a, Records: 1}",
            "seed.yaml, line 2: Records must be a file name",
        ),
        (
            "FeatureGroups:\n  - {FeatureGroupName: a, Records: [1]}",
            "seed.yaml, line 2: Records must be a file name",
        ),
        ("FeatureGroups:\n  - {FeatureGroupName: a}", "seed.yaml, line 2: "),
    ],
)
def test_error_for_invalid_content_of_seed_file_contains_its_position(text, message, seed_file, mocked):
    with pytest.raises(SeedError) as error:
        load_seed(seed_file(text=text))
    assert message in str(error.value)


def test_seed_file_without_required_library_fails_and_names_the_library(seed_file, mocked, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(SeedError, match=r"pip install 'moto-featurestore\[server\]'"):
        load_seed(seed_file())


def test_seed_file_with_parquet_file_without_pyarrow_fails_and_names_the_pip_extra(seed_file, mocked, monkeypatch):
    path = seed_file("records.parquet", "")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SeedError, match=r"records\.parquet: .*pip install 'moto-featurestore\[offline\]'"):
        load_seed(path)


def test_serve_with_seed_file_starts_the_server(seed_file):
    with serving("--seed", seed_file()) as (_, url):
        runtime = boto3.client("sagemaker-featurestore-runtime", endpoint_url=url, **KEYS)
        record = runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")["Record"]
        assert record[0]["ValueAsString"] == "1"


def test_serve_with_invalid_seed_file_exits_with_an_error(seed_file, capsys):
    assert cli.main(["serve", "--port", "0", "--seed", str(seed_file(text="[]"))]) == 1
    assert "moto-featurestore: " in capsys.readouterr().err
