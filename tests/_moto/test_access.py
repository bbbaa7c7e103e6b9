"""Who may do what, under moto's enforcement of IAM; the policies' own rules are tested with them."""

import json
from contextlib import contextmanager

import boto3
import pytest
import requests
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from freezegun import freeze_time
from moto import settings
from moto.core import set_initial_no_auth_action_count
from moto.core.responses import ActionAuthenticatorMixin
from support.memory import needs

from moto_featurestore import featurestore, mock_featurestore

ACCOUNT = "123456789012"
ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:feature-group/customers"
GROUP = {
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "time",
    "FeatureDefinitions": [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
    "OnlineStoreConfig": {"EnableOnlineStore": True},
}
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]
NO_POLICY = "because no identity-based policy allows the sagemaker:{} action"
EXPLICIT = "with an explicit deny in an identity-based policy"


@contextmanager
def enforced(calls=0):
    """moto's enforcement after a number of calls: what its decorator does, as a context."""
    before = settings.INITIAL_NO_AUTH_ACTION_COUNT, ActionAuthenticatorMixin.request_count
    settings.INITIAL_NO_AUTH_ACTION_COUNT, ActionAuthenticatorMixin.request_count = calls, 0
    try:
        yield
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT, ActionAuthenticatorMixin.request_count = before


def allow(*actions, resource="*", effect="Allow", **condition):
    statement = {"Effect": effect, "Action": [f"sagemaker:{action}" for action in actions], "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(params=["in process", "server"])
def make(request):
    """Makes clients of a service with some keys; two groups exist, one of them with a tag."""
    if request.param == "server":
        url = request.getfixturevalue("server_url")
        requests.post(f"{url}/moto-api/reset", timeout=10)
        options = {"endpoint_url": url}
    else:
        request.getfixturevalue("clients")  # a mock of its own
        options = {}

    def make(service, keys=None):
        keys = keys or {"AccessKeyId": "testing", "SecretAccessKey": "testing"}
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        return boto3.client(
            service,
            region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=config,
            **options,
        )

    for name, team in (("customers", "risk"), ("orders", "sales")):
        make("sagemaker").create_feature_group(FeatureGroupName=name, Tags=[{"Key": "team", "Value": team}], **GROUP)
    yield make
    if request.param == "server":
        requests.post(f"{options['endpoint_url']}/moto-api/reset", timeout=10)


def user(make, *statements, name="ada", tags=()):
    iam = make("iam")
    iam.create_user(UserName=name, Tags=list(tags))
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    return iam.create_access_key(UserName=name)["AccessKey"]


def role_session(make, *statements, **options):
    iam = make("iam")
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    role = iam.create_role(RoleName="scientist", AssumeRolePolicyDocument=trust, **options)["Role"]
    if statements:
        iam.put_role_policy(RoleName="scientist", PolicyName="own", PolicyDocument=document(*statements))
    return make("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]


def call(client, operation, group="customers"):
    """The code, status and message of what an operation of the runtime answers; (None, 200, None) of a success."""
    calls = {
        "PutRecord": lambda: client.put_record(FeatureGroupName=group, Record=RECORD),
        "GetRecord": lambda: client.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="1"),
        "DeleteRecord": lambda: client.delete_record(
            FeatureGroupName=group, RecordIdentifierValueAsString="1", EventTime="2026-01-01T00:00:00Z"
        ),
        "ListRecords": lambda: client.list_records(FeatureGroupName=group),
        "DescribeFeatureGroup": lambda: client.describe_feature_group(FeatureGroupName=group),
        "DeleteFeatureGroup": lambda: client.delete_feature_group(FeatureGroupName=group),
        "ListFeatureGroups": client.list_feature_groups if hasattr(client, "list_feature_groups") else None,
    }
    try:
        calls[operation]()
    except ClientError as error:
        response = error.response
        return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]
    return None, 200, None


def sentence(arn, operation, reason=NO_POLICY, resource=ARN):
    what = f"User: {arn} is not authorized to perform: sagemaker:{operation} on resource: {resource} "
    return what + reason.format(operation)


RUNTIME = "sagemaker-featurestore-runtime"
OK = (None, 200, None)
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_a_user_without_a_policy_is_denied(make, operation):
    client = make(RUNTIME, user(make))
    with enforced():
        assert call(client, operation) == ("AccessForbidden", 403, sentence(USER, operation))


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_a_policy_decides_per_operation_and_group(make, operation):
    client = make(RUNTIME, user(make, allow(operation, resource=ARN)))
    others = {"PutRecord", "GetRecord", "DeleteRecord"} - {operation}
    with enforced():
        assert call(client, operation) == OK
        assert call(client, operation, ARN) == OK
        assert call(client, operation, "orders")[0] == "AccessForbidden"
        assert {call(client, other)[0] for other in others} == {"AccessForbidden"}


def test_an_explicit_deny_wins(make):
    client = make(RUNTIME, user(make, allow("*"), allow("GetRecord", effect="Deny")))
    with enforced():
        assert call(client, "PutRecord") == OK
        # The sentence as observed: aws-samples' end-to-end workshop, m9_02_nb1_iam_policy_online_offline.
        assert call(client, "GetRecord") == ("AccessForbidden", 403, sentence(USER, "GetRecord", EXPLICIT))


def test_a_tag_of_the_group_can_deny(make):
    deny = allow("GetRecord", effect="Deny", StringNotEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"})
    client = make(RUNTIME, user(make, allow("*"), deny, tags=[{"Key": "team", "Value": "risk"}]))
    with enforced():
        assert call(client, "GetRecord") == OK
        assert call(client, "GetRecord", "orders")[2].endswith(EXPLICIT)


def test_groups_of_users_and_managed_policies_count(make):
    keys, iam = user(make), make("iam")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ada")
    iam.put_group_policy(GroupName="team", PolicyName="inline", PolicyDocument=document(allow("GetRecord")))
    policy = iam.create_policy(PolicyName="managed", PolicyDocument=document(allow("PutRecord")))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="team", PolicyArn=policy)
    client = make(RUNTIME, keys)
    with enforced():
        assert [call(client, operation)[0] for operation in ("GetRecord", "PutRecord", "DeleteRecord")] == [
            None,
            None,
            "AccessForbidden",
        ]


def test_an_assumed_role_has_the_role_s_policies(make):
    client = make(RUNTIME, role_session(make, allow("PutRecord")))
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/scientist/session"
    with enforced():
        assert call(client, "PutRecord") == OK
        assert call(client, "GetRecord") == ("AccessForbidden", 403, sentence(session, "GetRecord"))


def test_a_permissions_boundary_limits_a_role(make):
    arn = make("iam").create_policy(PolicyName="limit", PolicyDocument=document(allow("GetRecord")))["Policy"]["Arn"]
    client = make(RUNTIME, role_session(make, allow("*"), PermissionsBoundary=arn))
    with enforced():
        assert call(client, "GetRecord") == OK
        assert call(client, "PutRecord")[2].endswith(
            "because no permissions boundary allows the sagemaker:PutRecord action"
        )


def test_a_boundary_that_does_not_exist_allows_nothing(make):
    client = make(RUNTIME, role_session(make, allow("*"), PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/none"))
    with enforced():
        assert "no permissions boundary allows" in call(client, "GetRecord")[2]


def test_a_session_policy_limits_its_session(make):
    role_session(make, allow("*"))
    keys = make("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/scientist", RoleSessionName="less", Policy=document(allow("GetRecord"))
    )["Credentials"]
    client = make(RUNTIME, keys)
    with enforced():
        assert call(client, "GetRecord") == OK
        assert "no session policy allows" in call(client, "PutRecord")[2]


def test_a_role_that_iam_does_not_hold_may_do_nothing(make):
    keys = make("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/ghost", RoleSessionName="session")
    client = make(RUNTIME, keys["Credentials"])
    with enforced():
        assert "assumed-role/ghost/session is not authorized" in call(client, "GetRecord")[2]


def test_a_batch_needs_the_permission_for_each_of_its_groups(make):
    client = make(RUNTIME, user(make, allow("BatchGetRecord", resource=ARN)))
    customers, orders = (
        {"FeatureGroupName": name, "RecordIdentifiersValueAsString": ["1"]} for name in ("customers", "orders")
    )
    with enforced():
        assert client.batch_get_record(Identifiers=[customers])["Errors"] == []
        with pytest.raises(client.exceptions.AccessForbidden, match="feature-group/orders"):
            client.batch_get_record(Identifiers=[customers, orders])


def test_a_batch_that_is_denied_writes_nothing(make):
    needs("BatchWriteRecord")
    # Both actions: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
    client = make(RUNTIME, user(make, allow("BatchWriteRecord", "PutRecord", resource=ARN), allow("GetRecord")))
    with enforced():
        entries = [{"FeatureGroupName": name, "Record": RECORD} for name in ("customers", "orders")]
        with pytest.raises(client.exceptions.AccessForbidden):
            client.batch_write_record(Entries=entries)
        assert "Record" not in client.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
        assert client.batch_write_record(Entries=entries[:1])["Errors"] == []


def test_a_batch_that_writes_needs_the_permission_to_put_too(make):
    needs("BatchWriteRecord")
    client = make(RUNTIME, user(make, allow("BatchWriteRecord")))
    with enforced(), pytest.raises(client.exceptions.AccessForbidden, match="allows the sagemaker:PutRecord action"):
        client.batch_write_record(Entries=[{"FeatureGroupName": "customers", "Record": RECORD}])


def test_an_update_is_a_put_that_says_what_it_updates(make):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
    needs("UpdateRecord")
    deny = {"ForAnyValue:StringEquals": {"sagemaker:UpdatableFeatures": "time"}}
    keys = user(
        make,
        allow("PutRecord", Bool={"sagemaker:IsUpdateRecord": "true"}),
        {**allow("PutRecord", effect="Deny"), "Condition": deny},
    )
    client = make(RUNTIME, keys)

    def update(name):
        features = [{"FeatureName": name, "ValueAsString": "1"}]
        client.update_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1", Features=features)

    with enforced():
        assert "no identity-based policy allows the sagemaker:PutRecord action" in call(client, "PutRecord")[2]
        with pytest.raises(client.exceptions.AccessForbidden, match="explicit deny"):
            update("time")
        with pytest.raises(client.exceptions.ValidationError, match="Standard_V2"):
            update("id")


def test_permission_comes_before_existence(make):
    client = make(RUNTIME, user(make, allow("GetRecord", resource=ARN)))
    with enforced():
        assert call(client, "GetRecord", "nobody")[0] == "AccessForbidden"


def test_the_control_plane_denies_with_its_own_code(make):
    client = make("sagemaker", user(make, allow("DescribeFeatureGroup", resource=ARN)))
    with enforced():
        assert call(client, "DescribeFeatureGroup") == OK
        expected = sentence(USER, "DeleteFeatureGroup")
        assert call(client, "DeleteFeatureGroup") == ("AccessDeniedException", 400, expected)
        assert call(client, "ListFeatureGroups")[2] == sentence(USER, "ListFeatureGroups", resource="*")


def test_tags_of_the_request_can_deny_a_creation(make):
    # As observed: aws-samples' end-to-end workshop, m9_02_nb1_control_fg_creation.
    deny = allow("CreateFeatureGroup", effect="Deny", StringNotLike={"aws:RequestTag/team": "risk"})
    client = make("sagemaker", user(make, allow("*"), deny))
    with enforced():
        arn = client.create_feature_group(FeatureGroupName="tagged", Tags=[{"Key": "team", "Value": "risk"}], **GROUP)[
            "FeatureGroupArn"
        ]
        assert arn.endswith("/tagged")
        with pytest.raises(ClientError, match=r"AccessDeniedException.*/untagged with an explicit deny"):
            client.create_feature_group(FeatureGroupName="untagged", **GROUP)


def test_what_cannot_be_evaluated_is_refused_by_name(make):
    keys = user(make, allow("*", NumericLessThan={"aws:MultiFactorAuthAge": "1"}))
    with enforced():
        code, status, message = call(make(RUNTIME, keys), "GetRecord")
        assert (code, status) == ("ValidationError", 400)
        assert "NumericLessThan" in message
        assert call(make("sagemaker", keys), "DescribeFeatureGroup")[0] == "ValidationException"


# Signatures.


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_a_key_that_nobody_has_is_not_recognized(make, operation):
    with enforced():
        code, status, message = call(make(RUNTIME), operation)
    assert (code, status) == ("UnrecognizedClientException", 403)
    assert message == "The security token included in the request is invalid."


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_a_signature_by_another_secret_is_invalid(make, operation):
    keys = user(make, allow("*")) | {"SecretAccessKey": "another"}
    with enforced():
        assert call(make(RUNTIME, keys), operation)[:2] == ("InvalidSignatureException", 403)
        assert call(make("sagemaker", keys), "DescribeFeatureGroup")[:2] == ("InvalidSignatureException", 403)


def test_a_token_of_another_session_is_not_recognized(make):
    keys = role_session(make, allow("*")) | {"SessionToken": "another"}
    with enforced():
        assert call(make(RUNTIME, keys), "GetRecord")[0] == "UnrecognizedClientException"


def test_a_session_expires(make):
    keys = role_session(make, allow("*"))
    client = make(RUNTIME, keys)
    with enforced():
        assert call(client, "GetRecord") == OK
        with freeze_time("2099-01-01"):
            assert call(client, "GetRecord")[:2] == ("ExpiredTokenException", 403)


def test_an_unsigned_request_is_refused(make):
    endpoint, config = make(RUNTIME).meta.endpoint_url, Config(signature_version=UNSIGNED)
    unsigned = boto3.client(RUNTIME, region_name="us-east-1", endpoint_url=endpoint, config=config)
    with enforced():
        assert call(unsigned, "GetRecord")[:2] == ("MissingAuthenticationTokenException", 403)


# moto's count of calls.


def test_calls_are_counted_as_moto_counts_them(make):
    client = make(RUNTIME, user(make))
    with enforced(2):
        assert [call(client, "GetRecord")[0] for _ in range(3)] == [None, None, "AccessForbidden"]


@set_initial_no_auth_action_count(1)
@mock_featurestore
def test_moto_s_decorator_is_honoured():
    client = boto3.client("sagemaker", region_name="us-east-1")
    client.create_feature_group(FeatureGroupName="customers", **GROUP)
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client.list_feature_groups()


# Another account's groups.


def test_another_account_s_group_needs_a_share_too(make, monkeypatch):
    arn = ARN.replace(ACCOUNT, "999999999999")
    keys = user(make, allow("*"))
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", "999999999999")
        make("sagemaker").create_feature_group(FeatureGroupName="customers", **GROUP)
        ram = make("ram")
        ram.create_resource_share(name="empty", principals=[ACCOUNT])
    client = make(RUNTIME, keys)
    assert call(client, "GetRecord", arn) == OK
    with enforced():
        expected = sentence(USER, "GetRecord", "because no resource-based policy allows the sagemaker:{} action", arn)
        assert call(client, "GetRecord", arn) == ("AccessForbidden", 403, expected)
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", "999999999999")
        ram.create_resource_share(name="share", resourceArns=[arn], principals=[ACCOUNT])
    with enforced():
        assert call(client, "GetRecord", arn) == OK


def test_another_account_s_groups_are_found_where_its_catalog_is_shared(make, monkeypatch):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-discoverability-share-sagemaker-catalog.html
    def found():
        results = make("sagemaker").search(Resource="FeatureGroup", CrossAccountFilterOption="CrossAccount")["Results"]
        return [result["FeatureGroup"]["FeatureGroupArn"] for result in results]

    owner = "999999999999"
    place = f"arn:aws:sagemaker:us-east-1:{owner}"
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", owner)
        make("sagemaker").create_feature_group(FeatureGroupName="theirs", **GROUP)
        ram = make("ram")
        ram.create_resource_share(name="g", resourceArns=[f"{place}:feature-group/theirs"], principals=[ACCOUNT])
    assert found() == []
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", owner)
        catalog = f"{place}:sagemaker-catalog/DefaultFeatureGroupCatalog"
        ram.create_resource_share(name="catalog", resourceArns=[catalog], principals=[ACCOUNT])
    assert found() == [f"{place}:feature-group/theirs"]


@pytest.mark.parametrize("operation", ["Search", "GetSearchSuggestions"])
def test_a_search_needs_its_action_on_everything(make, operation):
    keys = user(make, allow("List*"))
    permitted = user(make, allow(operation), name="bob")
    with enforced():
        with pytest.raises(ClientError) as denied:
            getattr(make("sagemaker", keys), xform_name(operation))(Resource="FeatureGroup")
        message = sentence(USER, operation, NO_POLICY, "*")
        assert denied.value.response["Error"] == {"Code": "AccessDeniedException", "Message": message}
        assert getattr(make("sagemaker", permitted), xform_name(operation))(Resource="FeatureGroup")


# The setting, and the handle's denials, which need no IAM.


@mock_featurestore(config={"featurestore": {"access_denied_code": "AccessDeniedException"}})
def test_the_code_of_a_denial_can_be_the_observed_one():
    boto3.client("sagemaker", region_name="us-east-1").create_feature_group(FeatureGroupName="customers", **GROUP)
    featurestore.deny("PutRecord")
    code, status, _ = call(boto3.client(RUNTIME, region_name="us-east-1"), "PutRecord")
    assert (code, status) == ("AccessDeniedException", 403)


@mock_featurestore
def test_an_operation_is_denied_in_one_line():
    boto3.client("sagemaker", region_name="us-east-1").create_feature_group(FeatureGroupName="customers", **GROUP)
    boto3.client("sagemaker", region_name="us-east-1").create_feature_group(FeatureGroupName="orders", **GROUP)
    client = boto3.client(RUNTIME, region_name="us-east-1")
    featurestore.deny("PutRecord", group="customers")
    who = f"arn:aws:sts::{ACCOUNT}:user/moto"
    assert call(client, "PutRecord") == ("AccessForbidden", 403, sentence(who, "PutRecord", EXPLICIT))
    assert call(client, "PutRecord", "orders") == OK
    assert call(client, "GetRecord") == OK
    featurestore.deny("ListFeatureGroups")
    assert call(boto3.client("sagemaker", region_name="us-east-1"), "ListFeatureGroups")[0] == "AccessDeniedException"


@mock_featurestore
def test_denials_end_with_their_mock():
    assert call(boto3.client("sagemaker", region_name="us-east-1"), "ListFeatureGroups") == OK


@mock_featurestore
def test_an_operation_that_does_not_exist_cannot_be_denied():
    with pytest.raises(ValueError, match=r"no operation 'PutRecords'; did you mean 'PutRecord'\?"):
        featurestore.deny("PutRecords")
    with pytest.raises(ValueError, match="did you mean 'AddTags'"):
        featurestore.deny("?")


@mock_featurestore
def test_who_may_not_put_may_not_update_or_write_batches_either():
    control = boto3.client("sagemaker", region_name="us-east-1")
    arn = control.create_feature_group(FeatureGroupName="customers", **GROUP)["FeatureGroupArn"]
    client = boto3.client(RUNTIME, region_name="us-east-1")
    featurestore.deny("PutRecord", group=arn)
    assert call(client, "PutRecord", arn)[0] == "AccessForbidden"
    if hasattr(client, "batch_write_record"):
        with pytest.raises(client.exceptions.AccessForbidden, match="sagemaker:PutRecord"):
            client.batch_write_record(Entries=[{"FeatureGroupName": "customers", "Record": RECORD}])
    with pytest.raises(
        ValueError, match=r"Search does not concern a single feature group\. Leave out the parameter group"
    ):
        featurestore.deny("Search", group="customers")
    with pytest.raises(ValueError, match="ListFeatureGroups does not concern a single feature group"):
        featurestore.deny("ListFeatureGroups", group="customers")


def test_transport_is_secure_over_https_only(make):
    allowed = allow("GetRecord", Bool={"aws:SecureTransport": "true"})
    client = make(RUNTIME, user(make, allowed))
    with enforced():
        secure = client.meta.endpoint_url.startswith("https:")
        assert call(client, "GetRecord")[0] == (None if secure else "AccessForbidden")


def test_an_inactive_key_is_not_recognized(make):
    keys = user(make, allow("*"))
    make("iam").update_access_key(UserName="ada", AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    with enforced():
        assert call(make(RUNTIME, keys), "GetRecord")[0] == "UnrecognizedClientException"


@pytest.mark.parametrize(
    "policy",
    [
        "no json",
        "{}",
        "[]",
        '{"Statement": ["x"]}',
        '{"Statement": {"Effect": "Allow", "Condition": []}}',
        '{"Statement": {"Effect": "Allow", "Action": 5}}',
    ],
)
def test_a_session_policy_that_is_none_is_told(make, policy):
    role_session(make, allow("*"))
    arn = f"arn:aws:iam::{ACCOUNT}:role/scientist"
    keys = make("sts").assume_role(RoleArn=arn, RoleSessionName="session", Policy=policy)["Credentials"]
    with enforced():
        code, status, message = call(make(RUNTIME, keys), "GetRecord")
    assert (code, status) == ("ValidationException", 400)
    assert message.startswith("moto_featurestore cannot evaluate a policy: ")


SAGEMAKER = {"Service": "sagemaker.amazonaws.com"}
PASS_ROLE = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (None, "because no identity-based policy allows the iam:PassRole action"),
        (
            {"Resource": f"arn:aws:iam::{ACCOUNT}:role/Other"},
            "because no identity-based policy allows the iam:PassRole",
        ),
        (
            {"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}},
            "because no identity-based policy allows the iam:PassRole action",
        ),
        ({"Effect": "Deny"}, "with an explicit deny in an identity-based policy"),
        ({"Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}, None),
    ],
)
def test_the_role_of_a_group_has_to_be_the_caller_s_to_pass(make, statement, reason):
    # Documented: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html (dependent
    # actions). The sentence, of CreateProject: https://github.com/aws/amazon-sagemaker-feedback/issues/61
    policy = json.dumps(trust(SAGEMAKER))
    role = make("iam").create_role(RoleName="Store", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    statements = [] if statement is None else [PASS_ROLE | statement]
    client = make("sagemaker", user(make, allow("CreateFeatureGroup"), *statements))
    with enforced():
        if reason is None:
            client.create_feature_group(FeatureGroupName="new", RoleArn=role, **GROUP)
            return
        with pytest.raises(ClientError) as caught:
            client.create_feature_group(FeatureGroupName="new", RoleArn=role, **GROUP)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    start = f"User: arn:aws:iam::{ACCOUNT}:user/ada is not authorized to perform: iam:PassRole on resource: {role} "
    assert error["Message"].startswith(f"{start}{reason}")


def trust(principal, **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}


@pytest.mark.parametrize(
    ("policy", "is_trusted"),
    [
        (trust(SAGEMAKER), True),
        (trust({"Service": ["lambda.amazonaws.com", "sagemaker.amazonaws.com"]}), True),
        (trust("*"), True),
        (trust(SAGEMAKER, StringEquals={"aws:SourceAccount": ACCOUNT}), True),
        (trust(SAGEMAKER, StringEquals={"aws:SourceAccount": "999999999999"}), False),
        (trust({"Service": "lambda.amazonaws.com"}), False),
        (trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), False),
        ({"Version": "2012-10-17", "Statement": [trust(SAGEMAKER)["Statement"] | {"Effect": "Deny"}]}, False),
    ],
    ids=str,
)
def test_the_role_of_a_group_has_to_trust_sagemaker(make, policy, is_trusted):
    # The sentence: github.com/hashicorp/terraform-provider-aws, internal/service/sagemaker/feature_group.go.
    role = make("iam").create_role(RoleName="Store", AssumeRolePolicyDocument=json.dumps(policy))["Role"]["Arn"]
    client = make("sagemaker", user(make, allow("CreateFeatureGroup"), PASS_ROLE))
    with enforced():
        if is_trusted:
            client.create_feature_group(FeatureGroupName="new", RoleArn=role, **GROUP)
            return
        with pytest.raises(ClientError) as caught:
            client.create_feature_group(FeatureGroupName="new", RoleArn=role, **GROUP)
    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Validation Error: The execution role ARN is invalid.",
    }


def test_the_role_of_a_group_has_to_exist(make):
    client = make("sagemaker", user(make, allow("CreateFeatureGroup"), PASS_ROLE))
    with enforced(), pytest.raises(ClientError, match=r"The execution role ARN is invalid\."):
        client.create_feature_group(FeatureGroupName="new", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody", **GROUP)


def test_a_trust_policy_that_cannot_be_evaluated_is_refused_by_name(make):
    policy = json.dumps(trust(SAGEMAKER, StringEquals={"sts:ExternalId": "x"}))
    role = make("iam").create_role(RoleName="Store", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    client = make("sagemaker", user(make, allow("CreateFeatureGroup"), PASS_ROLE))
    with (
        enforced(),
        pytest.raises(ClientError, match=r"trust policy of .*role/Store: the condition key \[sts:ExternalId\]"),
    ):
        client.create_feature_group(FeatureGroupName="new", RoleArn=role, **GROUP)
