"""The table of patches, and the times at which the patches are active."""

import importlib
import multiprocessing.spawn
import os
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from threading import Thread

import boto3
import moto
import pytest
from botocore.exceptions import ClientError

import moto_featurestore
from moto_featurestore import mock_featurestore, worker_environment
from moto_featurestore._moto.patches import table
from moto_featurestore._moto.services import athena, athena_metadata, athena_prepared

ADDED = {
    f"moto.athena.responses:AthenaResponse.{name}"
    for name in {**athena.OPERATIONS, **athena_metadata.OPERATIONS, **athena_prepared.OPERATIONS}
}
"""Operations that some releases of moto lack."""
LISTS = {"moto.backend_index:backend_url_patterns", "moto.ram.models:ResourceShare.SHAREABLE_RESOURCES"}
LISTS |= {"pyiceberg.io:SCHEMA_TO_FILE_IO"}


def athena_state():
    """Return the state of a query: FAILED in our engine, since there is no table; SUCCEEDED with plain moto."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
    client = boto3.client("athena", region_name="us-east-1")
    query = client.start_query_execution(
        QueryString="SELECT * FROM nowhere", ResultConfiguration={"OutputLocation": "s3://bucket/"}
    )
    status = client.get_query_execution(QueryExecutionId=query["QueryExecutionId"])["QueryExecution"]["Status"]
    return status["State"]


def test_every_patch_target_exists_and_is_patched_once():
    targets = Counter(patch.target for patch in table())
    assert {target for target, times in targets.items() if times > 1} <= LISTS
    for patch in table():
        assert patch.reason
        is_optional = patch.module.startswith(("aiobotocore.", "multiprocess."))
        if patch.target in ADDED or (is_optional and find_spec(patch.module.partition(".")[0]) is None):
            continue
        owner = importlib.import_module(patch.module)
        for part in patch.target.partition(":")[2].split("."):
            owner = getattr(owner, part)


RESTORED = """
import importlib, sys
from importlib.util import find_spec

import moto_featurestore
from moto_featurestore import mock_featurestore
from moto_featurestore._moto.patches import table

def members():
    found = {}
    for patch in table():
        if find_spec(patch.module.partition(".")[0]) is None:
            continue
        owner = importlib.import_module(patch.module)
        *path, name = patch.target.partition(":")[2].split(".")
        for part in path:
            owner = getattr(owner, part)
        value = vars(owner).get(name)
        if name == "SCHEMA_TO_FILE_IO":
            value = {scheme: list(names) for scheme, names in value.items()}
        elif isinstance(value, dict):
            value = [entry for entry in value if "featurestore" in entry]  # moto adds entries of its own meanwhile
        elif isinstance(value, list):
            value = list(value)
        found[patch.target] = value
    return found

moto_featurestore.featurestore  # a mock that returns the handle imports its modules
before = members()
finders = list(sys.meta_path)
changed = lambda: sorted(t for t, v in members().items() if v is not before[t] and v != before[t])
with mock_featurestore():
    inside = changed()
    with mock_featurestore():
        assert changed() == inside
    assert changed() == inside
print(len(inside), changed(), sys.meta_path == finders)
moto_featurestore.install()
moto_featurestore.install()
assert changed() == inside
moto_featurestore.uninstall()
print(changed())
"""


@pytest.mark.process
def test_every_patched_attribute_is_restored_after_mocks_and_after_uninstall():
    output = subprocess.run([sys.executable, "-c", RESTORED], capture_output=True, text=True, check=True).stdout
    first, second = output.splitlines()
    count, rest = first.split(" ", 1)
    assert int(count) > 30
    assert rest == "[] True"
    assert second == "[]"


def test_mock_aws_after_the_end_of_mock_featurestore_is_not_patched():
    with mock_featurestore():
        assert athena_state() == "FAILED"
    with moto.mock_aws():
        assert athena_state() == "SUCCEEDED"
        with pytest.raises(ClientError):  # "Not yet implemented"
            boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1").get_record(
                FeatureGroupName="group", RecordIdentifierValueAsString="1"
            )


def test_mock_aws_around_mock_featurestore_is_patched_only_inside_mock_featurestore():
    with moto.mock_aws():
        assert athena_state() == "SUCCEEDED"
        with mock_featurestore():
            assert athena_state() == "FAILED"
        assert athena_state() == "SUCCEEDED"


def test_mock_aws_inside_mock_featurestore_serves_feature_store():
    with mock_featurestore(), moto.mock_aws():
        assert athena_state() == "FAILED"
    with moto.mock_aws():
        assert athena_state() == "SUCCEEDED"


def test_install_and_uninstall_affect_running_mocks():
    with moto.mock_aws():
        moto_featurestore.install()
        assert athena_state() == "FAILED"
        moto_featurestore.uninstall()
        assert athena_state() == "SUCCEEDED"
    with mock_featurestore():
        moto_featurestore.install()
        moto_featurestore.uninstall()
        assert athena_state() == "FAILED"


def test_patches_apply_in_all_threads():
    states = []
    with mock_featurestore():
        thread = Thread(target=lambda: states.append(athena_state()))
        thread.start()
        thread.join()
    assert states == ["FAILED"]


def test_mock_that_fails_to_start_removes_all_patches(monkeypatch):
    monkeypatch.setattr(moto.core.models.MockAWS, "start", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mock_featurestore().start()
    monkeypatch.undo()
    with moto.mock_aws():
        assert athena_state() == "SUCCEEDED"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_forked_child_of_mock_aws_is_not_a_worker():
    with moto.mock_aws():
        with pytest.raises(RuntimeError, match="No mock is running"):
            worker_environment()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, athena_state().encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reader, 100) == b"SUCCEEDED"


@pytest.mark.parametrize("operation", ["list_prepared_statements", "batch_get_query_execution", "get_database"])
def test_unsupported_operation_with_setting_athena_moto_fails_as_in_mock_aws(operation):
    """With ``athena: moto``, operations that moto lacks fail as they do with plain moto."""
    params = {
        "list_prepared_statements": {"WorkGroup": "primary"},
        "batch_get_query_execution": {"QueryExecutionIds": ["id"]},
        "get_database": {"CatalogName": "AwsDataCatalog", "DatabaseName": "db"},
    }[operation]

    def outcome():
        try:
            return getattr(boto3.client("athena", region_name="us-east-1"), operation)(**params)
        except Exception as error:  # noqa: BLE001 - it is compared
            return type(error).__name__, str(error)

    with moto.mock_aws():
        plain = outcome()
    with mock_featurestore(config={"featurestore": {"athena": "moto"}}):
        assert outcome() == plain


def test_query_without_work_group_is_accepted_with_setting_athena_moto():
    def described():
        client = boto3.client("athena", region_name="us-east-1")
        query_id = client.start_query_execution(QueryString="SELECT 1")["QueryExecutionId"]
        execution = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        varying = ("QueryExecutionId",)
        status = {name: value for name, value in execution["Status"].items() if "DateTime" not in name}
        return {**{name: value for name, value in execution.items() if name not in varying}, "Status": status}

    with moto.mock_aws():
        plain = described()
    with mock_featurestore(config={"featurestore": {"athena": "moto"}}):
        assert described() == plain


def test_preparation_data_of_spawned_process_outside_of_a_mock_is_unchanged():
    moto_featurestore.install()
    assert "moto_featurestore" not in multiprocessing.spawn.get_preparation_data("child")
    with mock_featurestore():
        assert "moto_featurestore" in multiprocessing.spawn.get_preparation_data("child")
