"""The engine's port to Glue and S3, implemented over moto."""

import pytest
from moto.athena.models import athena_backends

from moto_featurestore._moto.s3_glue import MotoS3
from moto_featurestore._moto.services.athena_s3_and_glue import MotoS3AndGlue


@pytest.fixture
def services(clients):
    return MotoS3AndGlue(athena_backends["123456789012"]["us-east-1"])


def test_prepared_statement_is_visible_only_in_its_work_group(clients, services):
    athena = clients("athena")
    athena.create_work_group(Name="other", Configuration={})
    for name, group in (("mine", "primary"), ("theirs", "other")):
        athena.create_prepared_statement(StatementName=name, WorkGroup=group, QueryStatement="SELECT 1")
    assert dict(services.prepared_statements) == {"mine": "SELECT 1"}
    assert len(services.prepared_statements) == 1
    with pytest.raises(KeyError):
        services.prepared_statements["theirs"]


def test_query_of_versioned_bucket_reads_the_latest_undeleted_versions(clients, services):
    s3 = clients("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    for key, body in (("a/1", b"old"), ("a/1", b"newer"), ("a/2", b"gone"), ("b", b"other")):
        s3.put_object(Bucket="bucket", Key=key, Body=body)
    s3.delete_object(Bucket="bucket", Key="a/2")
    [stored] = services.objects("bucket", "a/")
    assert (stored.key, stored.size, stored.read(0, -1), stored.read(1, 2)) == ("a/1", 5, b"newer", b"ew")
    assert services.objects("nowhere", "a/") == []
    assert (services.has_bucket("bucket"), services.has_bucket("nowhere")) == (True, False)


def test_moto_s3_with_missing_bucket_ignores_delete_objects_and_rejects_put_object(clients):
    s3 = MotoS3()
    s3.delete_objects("nowhere", ["key"])
    with pytest.raises(FileNotFoundError, match=r"The bucket \[nowhere\] does not exist"):
        s3.put_object("nowhere", "key", b"")
    assert clients("s3").list_buckets()["Buckets"] == []
