"""What the role of an offline store may do with its bucket."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import settings
from moto.core.responses import ActionAuthenticatorMixin

from moto_featurestore import featurestore
from moto_featurestore._moto.backend import backends

ACCOUNT = "123456789012"
BUCKET = "feature-bucket"
GROUP = {
    "FeatureGroupName": "group",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "time",
    "FeatureDefinitions": [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/prefix"}},
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/FeatureStoreRole",
}
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]


def status():
    return backends[ACCOUNT]["us-east-1"].store.groups["group"].offline_store_status


# Another account's bucket.

OTHER = {"AWS": "arn:aws:iam::123456789012:root"}


def policy(principal, **changes):
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": ["s3:GetBucketAcl", "s3:PutObject", "s3:PutObjectAcl"],
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        **changes,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.fixture
def others_bucket(clients, monkeypatch):
    """The bucket is another account's; gives it a policy."""
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    monkeypatch.delenv("MOTO_ACCOUNT_ID")

    def put_policy(text):
        with monkeypatch.context() as patch:
            patch.setenv("MOTO_ACCOUNT_ID", "111122223333")
            client.put_bucket_policy(Bucket=BUCKET, Policy=text)

    return put_policy


@pytest.mark.parametrize(
    "principal", [OTHER, "*", {"AWS": "123456789012"}, {"AWS": ["arn:aws:iam::1:root", GROUP["RoleArn"]]}]
)
def test_a_bucket_of_another_account_can_be_used_where_its_policy_allows_it(clients, others_bucket, principal):
    others_bucket(policy(principal))
    clients("sagemaker").create_feature_group(**GROUP)
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    featurestore.flush()
    assert status() == {"Status": "Active"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, f"The bucket [{BUCKET}] is of another account, and has no policy."),
        (
            policy({"AWS": "arn:aws:iam::999999999999:root"}),
            f"The policy of the bucket [{BUCKET}] does not let [{GROUP['RoleArn']}] perform: s3:GetBucketAcl on",
        ),
        (
            policy(OTHER, Resource=f"arn:aws:s3:::{BUCKET}"),
            f"perform: s3:PutObject on resource: arn:aws:s3:::{BUCKET}/prefix/{ACCOUNT}/sagemaker/us-east-1/",
        ),
        (policy({"Service": "sagemaker.amazonaws.com"}), "perform: s3:GetBucketAcl on"),
        (policy(OTHER, Effect="Deny"), "perform: s3:GetBucketAcl on"),
        (policy(OTHER, Condition={"DateLessThan": {"aws:CurrentTime": "x"}}), "cannot evaluate a policy"),
    ],
    ids=["no policy", "another account", "not its objects", "a service", "denied", "unsupported"],
)
def test_a_bucket_of_another_account_is_refused_otherwise(clients, others_bucket, text, reason):
    if text:
        others_bucket(text)
    with pytest.raises(ClientError, match="Invalid S3Uri provided") as caught:
        clients("sagemaker").create_feature_group(**GROUP)
    assert reason in caught.value.response["Error"]["Message"]


# The role's own policies, while moto enforces IAM.


@pytest.fixture
def enforce(monkeypatch):
    """Lets moto enforce IAM, and count."""

    def enforce():
        monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
        monkeypatch.setattr(ActionAuthenticatorMixin, "request_count", 0)

    return enforce


def iam_policy(*actions, resource="*", **changes):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam(clients):
    """A user who may do all, whose keys are the environment's; and the role, which SageMaker may assume."""
    iam = clients("iam")
    iam.create_user(UserName="ada")
    iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=iam_policy("*"))
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="FeatureStoreRole", AssumeRolePolicyDocument=document)
    clients("s3").create_bucket(Bucket=BUCKET)
    return iam


@pytest.fixture
def sagemaker(iam):
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return boto3.client("sagemaker", **keys)


def let_role(iam, *actions, **changes):
    policy = iam_policy(*actions, **changes)
    iam.put_role_policy(RoleName="FeatureStoreRole", PolicyName="own", PolicyDocument=policy)


NEEDED = ("s3:GetBucketAcl", "s3:PutObject", "s3:PutObjectAcl")
"""As observed: https://github.com/scott2borg/cs401r-2026-instructor (Lab 2, July 2026)."""


def test_a_role_that_may_do_what_is_needed_will_do(iam, sagemaker, enforce):
    let_role(iam, *NEEDED)
    enforce()
    sagemaker.create_feature_group(**GROUP)


@pytest.mark.parametrize("missing", NEEDED)
def test_a_role_that_lacks_something_is_refused(iam, sagemaker, enforce, missing):
    let_role(iam, *(action for action in NEEDED if action != missing))
    enforce()
    with pytest.raises(ClientError, match="Validation Error: Invalid S3Uri provided") as caught:
        sagemaker.create_feature_group(**GROUP)
    reason = f"FeatureStoreRole] is not authorized to perform: {missing} on resource: arn:aws:s3:::{BUCKET}"
    assert reason in caught.value.response["Error"]["Message"]


def test_what_cannot_be_evaluated_of_a_role_is_refused_by_name(iam, sagemaker, enforce):
    let_role(iam, *NEEDED, Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})
    enforce()
    with pytest.raises(ClientError, match=r"cannot evaluate a policy: the condition operator \[DateLessThan\]"):
        sagemaker.create_feature_group(**GROUP)


def test_a_role_that_loses_a_permission_later_blocks_the_store(clients, iam, sagemaker, enforce):
    clients("sagemaker").create_feature_group(**GROUP)
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    enforce()
    with pytest.raises(RuntimeError, match="is not authorized to perform: s3:GetBucketAcl"):
        featurestore.flush()
    assert status()["Status"] == "Blocked"


def test_a_role_that_is_gone_may_do_nothing(clients, iam, sagemaker, enforce):
    clients("sagemaker").create_feature_group(**GROUP)
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    iam.delete_role(RoleName="FeatureStoreRole")
    enforce()
    with pytest.raises(RuntimeError, match="no identity-based policy allows the s3:GetBucketAcl action"):
        featurestore.flush()


ICEBERG = {"TableFormat": "Iceberg", "S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/prefix"}}
OF_TABLES = ("s3:GetObject", "glue:GetTable", "glue:UpdateTable")
"""As AmazonSageMakerFeatureStoreAccess grants them since version 3, of December 2022, when there were tables of Iceberg:
https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-feature-store.html; when they are asked for is assumed."""


def test_a_role_that_may_read_and_change_an_iceberg_table_will_do(clients, iam, sagemaker, enforce):
    let_role(iam, *NEEDED, *OF_TABLES)
    enforce()
    sagemaker.create_feature_group(**GROUP | {"OfflineStoreConfig": ICEBERG})
    settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    enforce()
    featurestore.flush()
    assert status() == {"Status": "Active"}


@pytest.mark.parametrize(
    ("missing", "resource"),
    [
        (
            "s3:GetObject",
            rf"arn:aws:s3:::{BUCKET}/prefix/{ACCOUNT}/sagemaker/us-east-1/offline-store/group-\d+/metadata/\*",
        ),
        ("glue:GetTable", f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog"),
        ("glue:UpdateTable", f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog"),
    ],
)
def test_a_role_that_may_not_keeps_rows_of_an_iceberg_table_waiting(clients, iam, enforce, missing, resource):
    let_role(iam, *NEEDED, *(action for action in OF_TABLES if action != missing))
    clients("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": ICEBERG})
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    enforce()
    with pytest.raises(RuntimeError, match=f"is not authorized to perform: {missing} on resource: {resource}"):
        featurestore.flush()
    assert status()["Status"] == "Blocked"


def test_the_role_of_an_iceberg_table_needs_its_database_and_the_table(clients, iam, enforce):
    catalog = f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog"
    clients("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": ICEBERG})
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    let_role(iam, "s3:*", "glue:*", resource=["arn:aws:s3:::*", catalog])
    enforce()
    with pytest.raises(RuntimeError, match=f"glue:GetTable on resource: .*{ACCOUNT}:database/sagemaker_featurestore "):
        featurestore.flush()


def test_a_policy_that_is_none_is_told(iam, sagemaker, enforce):
    document = json.dumps({"Version": "2012-10-17", "Statement": ["all"]})
    backend = _iam_backend()
    backend.get_role("FeatureStoreRole").policies["own"] = document
    enforce()
    with pytest.raises(ClientError, match="cannot evaluate a policy: the document is not a policy"):
        sagemaker.create_feature_group(**GROUP)


def _iam_backend():
    from moto.iam.models import iam_backends

    return iam_backends[ACCOUNT]["aws"]
