"""Snapshots of moto's whole state."""

import io
import json
import threading
import warnings
import zipfile

import boto3
import pytest
from support.groups import data_keys

from moto_featurestore import featurestore, mock_featurestore
from moto_featurestore._moto.persistence import codec

TRUST = '{"Version": "2012-10-17", "Statement": []}'


def code():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("code.py", "def handler(event, context): return event")
    return body.getvalue()


def create_resources(clients):
    """Create resources in the services that suites use most, including services with unusual state."""
    s3 = clients("s3")
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="versions", Key="key", Body=body)
    key = {"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "id", "AttributeType": "S"}
    dynamodb = clients("dynamodb")
    dynamodb.create_table(
        TableName="table", KeySchema=[key[0]], AttributeDefinitions=[key[1]], BillingMode="PAY_PER_REQUEST"
    )
    dynamodb.put_item(TableName="table", Item={"id": {"S": "1"}})
    role = clients("iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    clients("lambda").create_function(
        FunctionName="function", Runtime="python3.12", Role=role, Handler="code.handler", Code={"ZipFile": code()}
    )
    clients("sqs").create_queue(QueueName="queue")
    topic = clients("sns").create_topic(Name="topic")["TopicArn"]
    clients("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:queue")
    clients("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    clients("ssm").put_parameter(Name="/one", Value="1", Type="String")
    clients("secretsmanager").create_secret(Name="secret", SecretString="s")
    clients("events").put_rule(Name="rule", ScheduleExpression="rate(5 minutes)")
    clients("glue").create_database(DatabaseInput={"Name": "mine"})
    clients("athena").create_work_group(Name="group", Configuration={})
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "of-stack"}}}}
    clients("cloudformation").create_stack(StackName="stack", TemplateBody=json.dumps(template))
    return topic


def test_restore_everything_restores_all_services(clients):
    topic = create_resources(clients)
    featurestore.create_group("customers", {"id": "String"}, record_identifier="id", event_time="id", offline=True)
    s3, sqs = clients("s3"), clients("sqs")
    versions = [version["VersionId"] for version in s3.list_object_versions(Bucket="versions")["Versions"]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a service that is left out would cause a warning
        snapshot = featurestore.snapshot(everything=True)
    assert snapshot.left_out == {}

    s3.put_object(Bucket="versions", Key="key", Body=b"3")
    s3.create_bucket(Bucket="new")
    clients("dynamodb").put_item(TableName="table", Item={"id": {"S": "2"}})
    clients("ssm").put_parameter(Name="/two", Value="2", Type="String")
    clients("lambda").delete_function(FunctionName="function")
    clients("ec2").create_key_pair(KeyName="new")  # in a service without state
    clients("cloudformation").delete_stack(StackName="stack")
    featurestore.load("customers", [{"id": "2026-01-01T00:00:00Z"}])
    featurestore.flush()
    featurestore.restore(snapshot)

    assert [version["VersionId"] for version in s3.list_object_versions(Bucket="versions")["Versions"]] == versions
    assert s3.get_object(Bucket="versions", Key="key")["Body"].read() == b"2"
    assert clients("dynamodb").scan(TableName="table")["Count"] == 1
    assert [parameter["Name"] for parameter in clients("ssm").describe_parameters()["Parameters"]] == ["/one"]
    assert clients("lambda").list_functions()["Functions"][0]["FunctionName"] == "function"
    assert clients("ec2").describe_key_pairs()["KeyPairs"] == []
    assert featurestore.records("customers").online == {}
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert buckets == ["versions", "of-stack", "sagemaker-us-east-1-123456789012"]
    assert data_keys(s3, buckets[-1]) == []
    # Services still share their objects: a topic finds its queue, and a stack its bucket.
    clients("sns").publish(TopicArn=topic, Message="hello")
    url = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    clients("cloudformation").delete_stack(StackName="stack")
    assert "of-stack" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_restore_everything_can_be_called_repeatedly_and_in_a_later_mock():
    with mock_featurestore():
        create_resources(boto3.client)
        snapshot = featurestore.snapshot(everything=True)
        for _ in range(2):
            boto3.client("s3").delete_object(Bucket="versions", Key="key")
            featurestore.restore(snapshot)
            assert boto3.client("s3").get_object(Bucket="versions", Key="key")["Body"].read() == b"2"
    with mock_featurestore():
        assert boto3.client("s3").list_buckets()["Buckets"] == []
        featurestore.restore(snapshot)
        assert boto3.client("s3").get_object(Bucket="versions", Key="key")["Body"].read() == b"2"
        assert boto3.client("dynamodb").scan(TableName="table")["Count"] == 1


def test_restore_everything_restores_the_dashboard(clients):
    from moto.s3.models import FakeBucket

    clients("s3").create_bucket(Bucket="one")
    snapshot = featurestore.snapshot(everything=True)
    clients("s3").create_bucket(Bucket="two")
    featurestore.restore(snapshot)
    assert [bucket.name for bucket in FakeBucket.instances_tracked] == ["one"]


def test_snapshot_everything_omits_unpicklable_service_with_a_warning(clients):
    from moto.ssm.models import ssm_backends

    clients("ssm").put_parameter(Name="/one", Value="1", Type="String")
    clients("s3").create_bucket(Bucket="one")
    ssm_backends["123456789012"]["us-east-1"].thread = threading.current_thread()
    with pytest.warns(
        UserWarning, match=r"The snapshot does not include moto's ssm, because its state cannot be saved: \w+: "
    ):
        snapshot = featurestore.snapshot(everything=True)
    assert list(snapshot.left_out) == ["ssm"]
    clients("ssm").put_parameter(Name="/two", Value="2", Type="String")
    clients("s3").create_bucket(Bucket="two")
    featurestore.restore(snapshot)
    assert [parameter["Name"] for parameter in clients("ssm").describe_parameters()["Parameters"]] == ["/one", "/two"]
    assert [bucket["Name"] for bucket in clients("s3").list_buckets()["Buckets"]] == ["one"]


def test_snapshot_everything_omits_closures(clients):
    from moto.ssm.models import ssm_backends

    clients("ssm").put_parameter(Name="/one", Value="1", Type="String")
    backend = ssm_backends["123456789012"]["us-east-1"]
    backend.plain, backend.method = codec.take, backend.get_parameter
    assert codec.take().left_out == {}
    backend.function = lambda: backend
    assert list(codec.take().left_out) == ["ssm"]


def test_restore_everything_that_fails_changes_nothing(clients, monkeypatch):
    clients("s3").create_bucket(Bucket="one")
    snapshot = featurestore.snapshot(everything=True)
    clients("s3").create_bucket(Bucket="two")

    def fail(self, index):
        raise RuntimeError("unreadable")

    monkeypatch.setattr(codec._SnapshotUnpickler, "persistent_load", fail)
    with pytest.raises(RuntimeError, match="unreadable"):
        featurestore.restore(snapshot)
    assert [bucket["Name"] for bucket in clients("s3").list_buckets()["Buckets"]] == ["one", "two"]


def test_restore_everything_in_a_server_restores_all_services(server_clients, server_url):
    handle = featurestore(url=server_url)
    server_clients("s3").create_bucket(Bucket="one")
    snapshot = handle.snapshot(everything=True)
    server_clients("s3").create_bucket(Bucket="two")
    handle.restore(snapshot)
    assert [bucket["Name"] for bucket in server_clients("s3").list_buckets()["Buckets"]] == ["one"]
