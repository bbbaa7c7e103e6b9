"""Permissions of the role of an offline store on its bucket and table."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import settings
from moto.core.responses import ActionAuthenticatorMixin
from support.groups import group_parameters

from moto_featurestore import featurestore
from moto_featurestore._moto.backend import backends

ACCOUNT = "123456789012"
BUCKET = "feature-bucket"
GROUP = group_parameters("group", s3_uri=f"s3://{BUCKET}/prefix", is_online=False)
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
def foreign_bucket(clients, monkeypatch):
    """Create the bucket in another account. Return a function that sets its policy."""
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
def test_create_feature_group_with_bucket_of_another_account_that_allows_it_succeeds(
    clients, foreign_bucket, principal
):
    foreign_bucket(policy(principal))
    clients("sagemaker").create_feature_group(**GROUP)
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    featurestore.flush()
    assert status() == {"Status": "Active"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, f"The bucket [{BUCKET}] belongs to another account and has no policy."),
        (
            policy({"AWS": "arn:aws:iam::999999999999:root"}),
            f"The policy of the bucket [{BUCKET}] does not allow the role [{GROUP['RoleArn']}] to perform: s3:GetBucketAcl on",
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
def test_create_feature_group_with_bucket_of_another_account_without_access_is_rejected(
    clients, foreign_bucket, text, reason
):
    if text:
        foreign_bucket(text)
    with pytest.raises(ClientError, match="Invalid S3Uri provided") as caught:
        clients("sagemaker").create_feature_group(**GROUP)
    assert reason in caught.value.response["Error"]["Message"]


# The role's own policies, while moto enforces IAM.


@pytest.fixture
def enforce(monkeypatch):
    """Return a function that starts moto's enforcement of IAM."""

    def enforce():
        monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
        monkeypatch.setattr(ActionAuthenticatorMixin, "request_count", 0)

    return enforce


def iam_policy(*actions, resource="*", **changes):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam(clients):
    """Create a user with all permissions, the role, which SageMaker may assume, and the bucket. Return a client of IAM."""
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


def put_role_policy(iam, *actions, **changes):
    policy = iam_policy(*actions, **changes)
    iam.put_role_policy(RoleName="FeatureStoreRole", PolicyName="own", PolicyDocument=policy)


BUCKET_ACTIONS = ("s3:GetBucketAcl", "s3:PutObject", "s3:PutObjectAcl")
"""As observed in https://github.com/scott2borg/cs401r-2026-instructor (Lab 2, July 2026)."""


def test_create_feature_group_with_role_that_has_all_permissions_succeeds(iam, sagemaker, enforce):
    put_role_policy(iam, *BUCKET_ACTIONS)
    enforce()
    sagemaker.create_feature_group(**GROUP)


@pytest.mark.parametrize("missing", BUCKET_ACTIONS)
def test_create_feature_group_with_role_that_lacks_a_permission_is_rejected(iam, sagemaker, enforce, missing):
    put_role_policy(iam, *(action for action in BUCKET_ACTIONS if action != missing))
    enforce()
    with pytest.raises(ClientError, match="Validation Error: Invalid S3Uri provided") as caught:
        sagemaker.create_feature_group(**GROUP)
    reason = f"FeatureStoreRole] is not authorized to perform: {missing} on resource: arn:aws:s3:::{BUCKET}"
    assert reason in caught.value.response["Error"]["Message"]


def test_error_of_create_feature_group_names_unsupported_element_of_role_policy(iam, sagemaker, enforce):
    put_role_policy(iam, *BUCKET_ACTIONS, Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})
    enforce()
    with pytest.raises(ClientError, match=r"cannot evaluate a policy: the condition operator \[DateLessThan\]"):
        sagemaker.create_feature_group(**GROUP)


def test_flush_with_role_that_lost_a_permission_blocks_the_offline_store(clients, iam, sagemaker, enforce):
    clients("sagemaker").create_feature_group(**GROUP)
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    enforce()
    with pytest.raises(RuntimeError, match="is not authorized to perform: s3:GetBucketAcl"):
        featurestore.flush()
    assert status()["Status"] == "Blocked"


def test_flush_with_deleted_role_blocks_the_offline_store(clients, iam, sagemaker, enforce):
    clients("sagemaker").create_feature_group(**GROUP)
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    iam.delete_role(RoleName="FeatureStoreRole")
    enforce()
    with pytest.raises(RuntimeError, match="no identity-based policy allows the s3:GetBucketAcl action"):
        featurestore.flush()


ICEBERG = {"TableFormat": "Iceberg", "S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/prefix"}}
TABLE_ACTIONS = ("s3:GetObject", "glue:GetTable", "glue:UpdateTable")
"""AmazonSageMakerFeatureStoreAccess grants these since version 3 of December 2022, when Iceberg tables were introduced:
https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-feature-store.html. When they are checked is assumed."""


def test_flush_to_iceberg_with_role_that_has_all_permissions_succeeds(clients, iam, sagemaker, enforce):
    put_role_policy(iam, *BUCKET_ACTIONS, *TABLE_ACTIONS)
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
def test_flush_to_iceberg_with_role_that_lacks_a_permission_blocks_the_offline_store(
    clients, iam, enforce, missing, resource
):
    put_role_policy(iam, *BUCKET_ACTIONS, *(action for action in TABLE_ACTIONS if action != missing))
    clients("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": ICEBERG})
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    enforce()
    with pytest.raises(RuntimeError, match=f"is not authorized to perform: {missing} on resource: {resource}"):
        featurestore.flush()
    assert status()["Status"] == "Blocked"


def test_flush_to_iceberg_requires_role_permissions_on_database_and_table(clients, iam, enforce):
    catalog = f"arn:aws:glue:us-east-1:{ACCOUNT}:catalog"
    clients("sagemaker").create_feature_group(**GROUP | {"OfflineStoreConfig": ICEBERG})
    clients("sagemaker-featurestore-runtime").put_record(FeatureGroupName="group", Record=RECORD)
    put_role_policy(iam, "s3:*", "glue:*", resource=["arn:aws:s3:::*", catalog])
    enforce()
    with pytest.raises(RuntimeError, match=f"glue:GetTable on resource: .*{ACCOUNT}:database/sagemaker_featurestore "):
        featurestore.flush()


def test_create_feature_group_with_invalid_role_policy_is_rejected(iam, sagemaker, enforce):
    document = json.dumps({"Version": "2012-10-17", "Statement": ["all"]})
    backend = _iam_backend()
    backend.get_role("FeatureStoreRole").policies["own"] = document
    enforce()
    with pytest.raises(ClientError, match="cannot evaluate a policy: the policy document must have a Statement"):
        sagemaker.create_feature_group(**GROUP)


def _iam_backend():
    from moto.iam.models import iam_backends

    return iam_backends[ACCOUNT]["aws"]


# Lake Formation.


def test_register_resource_with_role_that_does_not_exist_is_rejected(each_entry_point):
    lake_formation = each_entry_point("lakeformation")
    arn = "arn:aws:s3:::bucket/prefix"
    # aws/sagemaker-python-sdk (test_feature_store_lakeformation.py) asserts the error; its text is assumed.
    with pytest.raises(ClientError, match=r"Role \[arn:aws:iam::123456789012:role/none\] does not exist") as caught:
        lake_formation.register_resource(ResourceArn=arn, RoleArn="arn:aws:iam::123456789012:role/none")
    assert caught.value.response["Error"]["Code"] == "EntityNotFoundException"
    assert lake_formation.list_resources()["ResourceInfoList"] == []


def test_register_resource_with_existing_or_service_linked_role_is_accepted(each_entry_point):
    role = each_entry_point("iam").create_role(RoleName="lake", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    linked = "arn:aws:iam::123456789012:role/aws-service-role/lakeformation.amazonaws.com/AWSServiceRoleForLakeFormationDataAccess"
    lake_formation = each_entry_point("lakeformation")
    for number, arn in enumerate((role, linked)):
        lake_formation.register_resource(ResourceArn=f"arn:aws:s3:::bucket/{number}", RoleArn=arn)
    lake_formation.register_resource(ResourceArn="arn:aws:s3:::bucket/2", UseServiceLinkedRole=True)
    assert len(lake_formation.list_resources()["ResourceInfoList"]) == 3
