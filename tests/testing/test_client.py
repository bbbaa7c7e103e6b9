"""The handle: FeatureStore."""

import inspect
import re
from datetime import datetime, timedelta

import boto3
import pytest
from moto import mock_aws
from support import names
from support.groups import data_keys
from support.memory import needs

from moto_featurestore import FeatureStore, featurestore, install, mock_featurestore
from moto_featurestore._moto.entry_points import wsgi
from moto_featurestore.testing.calls import Calls
from moto_featurestore.testing.faults import Fault
from moto_featurestore.testing.results import Clock, Group, Snapshot

GROUP = {
    "FeatureGroupName": "group",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "time",
    "FeatureDefinitions": [
        {"FeatureName": "id", "FeatureType": "String"},
        {"FeatureName": "time", "FeatureType": "String"},
        {"FeatureName": "seen", "FeatureType": "Integral", "CollectionType": "List"},
    ],
    "OnlineStoreConfig": {"EnableOnlineStore": True, "StorageType": "InMemory"},
}
OFFLINE = {
    "FeatureDefinitions": GROUP["FeatureDefinitions"][:2],
    "OnlineStoreConfig": {"EnableOnlineStore": True},
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}


def record(identifier, time):
    return [{"FeatureName": "id", "ValueAsString": identifier}, {"FeatureName": "time", "ValueAsString": time}]


def test_featurestore_records_returns_online_records(clients):
    clients("sagemaker").create_feature_group(**GROUP)
    seen = [{"FeatureName": "seen", "ValueAsStringList": ["1", "2"]}]
    client = clients("sagemaker-featurestore-runtime")
    client.put_record(FeatureGroupName="group", Record=record("a", "2026-01-01T00:00:00Z") + seen)
    client.put_record(FeatureGroupName="group", Record=record("b", "2026-01-01T00:00:00Z"))
    client.delete_record(FeatureGroupName="group", RecordIdentifierValueAsString="b", EventTime="2026-01-02T00:00:00Z")
    records = featurestore.records("group")
    assert records.online == {"a": {"id": "a", "time": "2026-01-01T00:00:00Z", "seen": ["1", "2"]}}
    assert records.waiting == []


def test_featurestore_records_returns_buffered_offline_rows(clients):
    clients("s3").create_bucket(Bucket="bucket")
    clients("sagemaker").create_feature_group(**GROUP | OFFLINE)
    client = clients("sagemaker-featurestore-runtime")
    client.put_record(FeatureGroupName="group", Record=record("a", "2026-01-02T00:00:00Z"))
    client.put_record(FeatureGroupName="group", Record=record("a", "2026-01-01T00:00:00Z"))
    client.delete_record(FeatureGroupName="group", RecordIdentifierValueAsString="a", EventTime="2026-01-03T00:00:00Z")
    rows = [(row["time"], row["is_deleted"]) for row in featurestore.records("group").waiting]
    assert rows == [
        ("2026-01-02T00:00:00Z", False),
        ("2026-01-01T00:00:00Z", False),
        ("2026-01-03T00:00:00Z", True),
    ]
    assert featurestore.records("group").online == {}


def test_featurestore_records_after_feature_additions_returns_old_and_new_records(customers):
    customers.put("1", age="30")
    customers.clients("sagemaker").update_feature_group(
        FeatureGroupName="customers", FeatureAdditions=[{"FeatureName": "city", "FeatureType": "String"}]
    )
    customers.put("2", city="Ulm")
    records = customers.featurestore.records("customers")
    assert records.online == {
        "1": {"id": "1", "time": "2026-01-01T00:00:00Z", "age": "30"},
        "2": {"id": "2", "time": "2026-01-01T00:00:00Z", "city": "Ulm"},
    }
    assert list(records.to_dataframe().columns) == ["id", "time", "age", "city"]


def test_featurestore_groups_contain_status_and_stores_and_counts(stage):
    stage.clients("s3").create_bucket(Bucket="bucket")
    stage.create()
    stage.create("orders", **{name: OFFLINE[name] for name in ("OnlineStoreConfig", "OfflineStoreConfig", "RoleArn")})
    stage.put("1")
    stage.put("1", group="orders")
    stage.put("1", group="orders")
    stage.put("2", group="orders")
    stage.featurestore.set_status("customers", "DeleteFailed")
    assert stage.featurestore.groups == {
        "customers": Group("customers", "DeleteFailed", ["OnlineStore"], records=1, waiting=0),
        "orders": Group("orders", "Created", ["OnlineStore", "OfflineStore"], records=2, waiting=3),
    }
    assert stage.featurestore(region_name="eu-west-1").groups == {}


def test_featurestore_offline_rows_flushes_and_returns_typed_rows(stage):
    types = {"id": "String", "time": "String", "age": "Integral"}
    stage.featurestore.create_group("customers", types, record_identifier="id", event_time="time", offline=True)
    stage.put("1", age="30")
    stage.featurestore.flush()
    stage.put("2")
    rows = stage.featurestore.offline_rows("customers")
    assert [(row["id"], row["age"], row["is_deleted"]) for row in rows] == [("1", 30, False), ("2", None, False)]
    assert all(isinstance(row["write_time"], datetime) for row in rows)
    assert stage.featurestore.groups["customers"].waiting == 0
    data = rows.to_dataframe()
    assert list(data.columns) == [*types, "write_time", "api_invocation_time", "is_deleted"]
    assert str(data["age"].dtype) == "Int64"


def test_featurestore_offline_rows_of_an_online_group_raises_value_error(customers):
    with pytest.raises(
        ValueError, match=r"The feature group 'customers' has no offline store\. Create it with offline=True"
    ):
        customers.featurestore.offline_rows("customers")


NO_MOCK = r"^No mock is running in this process\. Use the FeatureStore object inside mock_featurestore\(\), or create it with the URL of a server: "


@pytest.mark.parametrize("is_installed", [False, True])
def test_featurestore_object_without_a_mock_raises_runtime_error(is_installed, monkeypatch):
    monkeypatch.setattr(wsgi, "_applications", set())  # the server of other tests
    if is_installed:
        install()
    for use in (
        lambda: featurestore.groups,
        lambda: featurestore.records("group"),
        lambda: featurestore.create_group("group", {"id": "String"}, record_identifier="id", event_time="id"),
        featurestore.clock.now,
        lambda: featurestore.calls,
        featurestore.snapshot,
    ):
        with pytest.raises(RuntimeError, match=NO_MOCK):
            use()
    featurestore.lift()


def test_featurestore_object_inside_mock_aws_requires_a_call_of_install():
    with mock_aws():
        with pytest.raises(RuntimeError, match=NO_MOCK):
            _ = featurestore.groups
        install()
        assert featurestore.groups == {}


def test_featurestore_object_in_the_process_of_a_server_lists_its_groups(server_clients):
    server_clients("sagemaker").create_feature_group(**GROUP)
    assert list(featurestore.groups) == ["group"]


def test_featurestore_object_returns_records_of_its_account_and_region(clients, monkeypatch):
    clients("sagemaker", region_name="eu-west-1").create_feature_group(**GROUP)
    with pytest.raises(
        LookupError,
        match=r"The feature group 'group' does not exist in account 123456789012, region us-east-1\. Existing groups: none\.",
    ):
        featurestore.records("group")
    with pytest.raises(LookupError, match="Existing groups: group"):
        featurestore(region_name="eu-west-1").records("other")
    assert featurestore(region_name="eu-west-1").records("group").online == {}
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert featurestore.records("group").online == {}
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "210987654321")
    with pytest.raises(LookupError, match="210987654321"):
        featurestore.records("group")
    assert featurestore(account_id="123456789012").records("group").online == {}
    assert FeatureStore("123456789012", "eu-west-1")().records("group").online == {}


def test_request_for_missing_group_that_exists_in_another_region_logs_one_hint(stage, caplog):
    other = boto3.client("sagemaker", region_name="eu-west-1", endpoint_url=stage.url)
    other.create_feature_group(**GROUP | {"FeatureGroupName": "customers"})
    with caplog.at_level("WARNING"):
        for _ in range(2):
            with pytest.raises(stage.runtime.exceptions.ClientError, match="can't find a FeatureGroup with name"):
                stage.get("1")
        with pytest.raises(stage.runtime.exceptions.ClientError, match="can't find a FeatureGroup with name"):
            stage.put("1", group="nobody")
    place = "account 123456789012, region us-east-1"
    hint = "A group of this name exists in account 123456789012, region eu-west-1."
    assert [line.getMessage() for line in caplog.records if line.name == "moto_featurestore"] == [
        f"The feature group 'customers' does not exist in {place}. {hint}"
    ]
    with pytest.raises(LookupError, match=f"{place}\\. Existing groups: none\\. {hint}"):
        stage.featurestore.records("customers")


def test_repr_of_featurestore_object_names_the_groups_in_its_region_and_in_other_regions(clients):
    place = "account 123456789012, region us-east-1"
    assert repr(featurestore) == f"<FeatureStore: {place}, groups: none>"
    clients("sagemaker", region_name="eu-west-1").create_feature_group(**GROUP)
    elsewhere = "elsewhere: group in account 123456789012, region eu-west-1"
    assert repr(featurestore) == f"<FeatureStore: {place}, groups: none; {elsewhere}>"
    clients("sagemaker").create_feature_group(**GROUP | {"FeatureGroupName": "mine"})
    assert repr(featurestore) == f"<FeatureStore: {place}, groups: mine; {elsewhere}>"


def test_repr_of_featurestore_object_for_a_server_sends_no_request(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert repr(featurestore(url="http://127.0.0.1:9")) == "FeatureStore(url='http://127.0.0.1:9')"
    handle = FeatureStore("1", "eu-west-1", "http://127.0.0.1:9")
    assert repr(handle) == "FeatureStore(account_id='1', region_name='eu-west-1', url='http://127.0.0.1:9')"


def test_repr_of_featurestore_object_and_clock_without_mock_or_server_contains_the_reason():
    assert repr(featurestore).startswith("<FeatureStore: No mock is running in this process.")
    assert repr(featurestore.clock).startswith("<Clock: No mock is running in this process.")
    assert repr(featurestore(url="http://127.0.0.1:9").clock).startswith("<Clock: No server responds at")


def test_repr_of_snapshot_and_clock_shows_their_values(stage):
    assert re.fullmatch("<Snapshot [0-9a-f]{8}>", repr(stage.featurestore.snapshot()))
    assert re.fullmatch(r"<Clock: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ>", repr(stage.featurestore.clock))
    snapshot = Snapshot("0123456789", {}, lambda _: None)
    snapshot.left_out["s3"] = "it is busy"
    assert repr(snapshot) == "<Snapshot 01234567, without s3>"


def test_generated_names_module_matches_the_botocore_model():
    needs("UpdateRecord")
    assert names.PATH.read_text(encoding="utf-8") == names.source()


def test_featurestore_object_without_region_uses_motos_default_region(clients, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    clients("sagemaker", region_name="us-east-1").create_feature_group(**GROUP)
    assert featurestore.records("group").online == {}


def test_set_status_changes_status_and_failure_reason(clients):
    client = clients("sagemaker")
    client.create_feature_group(**GROUP)
    featurestore.set_status("group", "DeleteFailed", failure_reason="the role is gone")
    described = client.describe_feature_group(FeatureGroupName="group")
    assert (described["FeatureGroupStatus"], described["FailureReason"]) == ("DeleteFailed", "the role is gone")
    featurestore.set_status("group", "Created")
    described = client.describe_feature_group(FeatureGroupName="group")
    assert described["FeatureGroupStatus"] == "Created"
    assert "FailureReason" not in described


def test_set_status_with_unknown_status_raises_value_error(clients):
    clients("sagemaker").create_feature_group(**GROUP)
    with pytest.raises(ValueError, match=r"Unknown status 'Broken'\. The statuses are Creating, .*DeleteFailed"):
        featurestore.set_status("group", "Broken")


def test_flush_with_one_blocked_group_writes_rows_of_other_groups_and_raises_runtime_error(clients):
    s3 = clients("s3")
    for bucket in ("gone", "there"):
        s3.create_bucket(Bucket=bucket)
        offline = {"OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": f"s3://{bucket}"}}}
        clients("sagemaker").create_feature_group(**GROUP | OFFLINE | offline | {"FeatureGroupName": f"{bucket}-group"})
        clients("sagemaker-featurestore-runtime").put_record(
            FeatureGroupName=f"{bucket}-group", Record=record("a", "2026-01-01T00:00:00Z")
        )
    _empty(s3, "gone")
    clients("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName="gone-group", Record=record("b", "2026-01-01T00:00:00Z")
    )
    with pytest.raises(
        RuntimeError, match=r"^Cannot write all rows of the feature group 'gone-group' to the offline store"
    ):
        featurestore.flush()
    assert featurestore.records("there-group").waiting == []
    assert len(data_keys(s3, "there")) == 1


def _empty(s3, bucket):
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        s3.delete_object(Bucket=bucket, Key=item["Key"])
    s3.delete_bucket(Bucket=bucket)


# The examples in the docstrings.


def examples():
    """Return the examples of the public classes and their methods by name."""
    members = [
        (f"{owner.__name__}.{name}".removesuffix(".__doc__"), value if name == "__doc__" else value.__doc__)
        for owner in (FeatureStore, Fault, Calls, Clock)
        for name, value in inspect.getmembers(owner)
        if name == "__doc__" or not name.startswith("_")
    ]
    blocks = (
        (name, re.search(r"```python\n(.*?)```", inspect.cleandoc(doc or ""), re.DOTALL)) for name, doc in members
    )
    return {name: block[1] for name, block in blocks if block}


@pytest.fixture
def application(clients):
    """Return the names that the examples use: a group `customers`, and functions of an application under test."""
    types = {"id": "String", "time": "String", "age": "Integral"}
    featurestore.create_group("customers", types, record_identifier="id", event_time="time")
    runtime = boto3.client("sagemaker-featurestore-runtime")

    def write_customer(age=30):
        values = {"id": "1", "time": "2026-01-01T00:00:00Z", "age": str(age)}
        features = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
        runtime.put_record(FeatureGroupName="customers", Record=features)

    def read_customer():
        return runtime.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")

    return {
        "featurestore": featurestore,
        "mock_featurestore": mock_featurestore,
        "pytest": pytest,
        "runtime": runtime,
        "timedelta": timedelta,
        "write_customer": write_customer,
        "read_customer": read_customer,
    }


@pytest.mark.parametrize(("name", "code"), examples().items(), ids=examples())
def test_featurestore_docstring_example_runs(application, name, code):
    exec(compile(code, name, "exec"), application)  # noqa: S102 - the package's own examples
    for example, function in list(application.items()):
        if example.startswith("test_"):
            function()


def test_featurestore_docstring_examples_include_the_main_methods():
    methods = ("create_group", "load", "fail", "delay", "drop", "deny", "history", "offline_rows", "snapshot")
    assert {f"FeatureStore.{name}" for name in methods} <= examples().keys()
