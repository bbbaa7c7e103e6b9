"""Authorization under moto's enforcement of IAM. test_policies.py tests the evaluation of policies."""

import json
from contextlib import contextmanager
from functools import cache

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
from support.groups import group_parameters
from support.memory import needs

from moto_featurestore import featurestore, mock_featurestore

ACCOUNT = "123456789012"
ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:feature-group/customers"
GROUP = group_parameters()
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]
NO_POLICY = "because no identity-based policy allows the sagemaker:{} action"
EXPLICIT = "with an explicit deny in an identity-based policy"


@contextmanager
def enforced(calls=0):
    """Enforce IAM in moto after a number of calls. This is moto's decorator as a context manager."""
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


KEYS = {"AccessKeyId": "testing", "SecretAccessKey": "testing"}


def client_with(keys, service, **options):
    return boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        **options,
    )


@cache
def default_client(service, **options):
    """Return a client with the keys of all tests. It is kept, since creating one takes longer than most tests."""
    return client_with(KEYS, service, **options)


@pytest.fixture(params=["in process", "server"])
def make_client(request):
    """Return a function that creates a client with the given keys. Two tagged groups exist."""
    if request.param == "server":
        url = request.getfixturevalue("server_url")
        requests.post(f"{url}/moto-api/reset", timeout=10)
        options = {"endpoint_url": url}
    else:
        request.getfixturevalue("clients")  # a mock of its own
        options = {}

    def make_client(service, keys=None):
        if keys is None:
            return default_client(service, **options)
        return client_with(keys, service, **options)

    for name, team in (("customers", "risk"), ("orders", "sales")):
        make_client("sagemaker").create_feature_group(
            FeatureGroupName=name, Tags=[{"Key": "team", "Value": team}], **GROUP
        )
    yield make_client
    if request.param == "server":
        requests.post(f"{options['endpoint_url']}/moto-api/reset", timeout=10)


def user(make_client, *statements, name="ada", tags=()):
    iam = make_client("iam")
    iam.create_user(UserName=name, Tags=list(tags))
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    return iam.create_access_key(UserName=name)["AccessKey"]


def role_session(make_client, *statements, **options):
    iam = make_client("iam")
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    role = iam.create_role(RoleName="scientist", AssumeRolePolicyDocument=trust, **options)["Role"]
    if statements:
        iam.put_role_policy(RoleName="scientist", PolicyName="own", PolicyDocument=document(*statements))
    return make_client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]


def call(client, operation, group="customers"):
    """Call an operation. Return the code, status and message of its error, or (None, 200, None) if it succeeds."""
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


def denial_message(arn, operation, reason=NO_POLICY, resource=ARN):
    what = f"User: {arn} is not authorized to perform: sagemaker:{operation} on resource: {resource} "
    return what + reason.format(operation)


RUNTIME = "sagemaker-featurestore-runtime"
OK = (None, 200, None)
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_runtime_call_of_user_without_policy_is_denied(make_client, operation):
    client = make_client(RUNTIME, user(make_client))
    with enforced():
        assert call(client, operation) == ("AccessForbidden", 403, denial_message(USER, operation))


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_iam_policy_for_runtime_calls_applies_per_operation_and_group(make_client, operation):
    client = make_client(RUNTIME, user(make_client, allow(operation, resource=ARN)))
    others = {"PutRecord", "GetRecord", "DeleteRecord"} - {operation}
    with enforced():
        assert call(client, operation) == OK
        assert call(client, operation, ARN) == OK
        assert call(client, operation, "orders")[0] == "AccessForbidden"
        assert {call(client, other)[0] for other in others} == {"AccessForbidden"}


def test_explicit_deny_overrides_allow_for_runtime_calls(make_client):
    client = make_client(RUNTIME, user(make_client, allow("*"), allow("GetRecord", effect="Deny")))
    with enforced():
        assert call(client, "PutRecord") == OK
        # Message as observed in aws-samples' end-to-end workshop, m9_02_nb1_iam_policy_online_offline.
        assert call(client, "GetRecord") == ("AccessForbidden", 403, denial_message(USER, "GetRecord", EXPLICIT))


def test_deny_statement_with_condition_on_group_tag_is_enforced_for_runtime_calls(make_client):
    deny = allow("GetRecord", effect="Deny", StringNotEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"})
    client = make_client(RUNTIME, user(make_client, allow("*"), deny, tags=[{"Key": "team", "Value": "risk"}]))
    with enforced():
        assert call(client, "GetRecord") == OK
        assert call(client, "GetRecord", "orders")[2].endswith(EXPLICIT)


def test_policies_of_the_iam_groups_of_a_user_apply_to_runtime_calls(make_client):
    keys, iam = user(make_client), make_client("iam")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ada")
    iam.put_group_policy(GroupName="team", PolicyName="inline", PolicyDocument=document(allow("GetRecord")))
    policy = iam.create_policy(PolicyName="managed", PolicyDocument=document(allow("PutRecord")))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="team", PolicyArn=policy)
    client = make_client(RUNTIME, keys)
    with enforced():
        assert [call(client, operation)[0] for operation in ("GetRecord", "PutRecord", "DeleteRecord")] == [
            None,
            None,
            "AccessForbidden",
        ]


def test_runtime_call_with_assumed_role_has_the_permissions_of_the_role(make_client):
    client = make_client(RUNTIME, role_session(make_client, allow("PutRecord")))
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/scientist/session"
    with enforced():
        assert call(client, "PutRecord") == OK
        assert call(client, "GetRecord") == ("AccessForbidden", 403, denial_message(session, "GetRecord"))


def test_permissions_boundary_limits_runtime_calls_of_a_role(make_client):
    arn = make_client("iam").create_policy(PolicyName="limit", PolicyDocument=document(allow("GetRecord")))["Policy"][
        "Arn"
    ]
    client = make_client(RUNTIME, role_session(make_client, allow("*"), PermissionsBoundary=arn))
    with enforced():
        assert call(client, "GetRecord") == OK
        assert call(client, "PutRecord")[2].endswith(
            "because no permissions boundary allows the sagemaker:PutRecord action"
        )


def test_deleted_permissions_boundary_denies_all_runtime_calls(make_client):
    client = make_client(
        RUNTIME, role_session(make_client, allow("*"), PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/none")
    )
    with enforced():
        assert "no permissions boundary allows" in call(client, "GetRecord")[2]


def test_session_policy_limits_runtime_calls_of_the_session(make_client):
    role_session(make_client, allow("*"))
    keys = make_client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/scientist", RoleSessionName="less", Policy=document(allow("GetRecord"))
    )["Credentials"]
    client = make_client(RUNTIME, keys)
    with enforced():
        assert call(client, "GetRecord") == OK
        assert "no session policy allows" in call(client, "PutRecord")[2]


def test_runtime_call_in_session_of_unknown_role_is_denied(make_client):
    keys = make_client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/ghost", RoleSessionName="session")
    client = make_client(RUNTIME, keys["Credentials"])
    with enforced():
        assert "assumed-role/ghost/session is not authorized" in call(client, "GetRecord")[2]


def test_batch_get_record_requires_permission_for_each_group(make_client):
    client = make_client(RUNTIME, user(make_client, allow("BatchGetRecord", resource=ARN)))
    customers, orders = (
        {"FeatureGroupName": name, "RecordIdentifiersValueAsString": ["1"]} for name in ("customers", "orders")
    )
    with enforced():
        assert client.batch_get_record(Identifiers=[customers])["Errors"] == []
        with pytest.raises(client.exceptions.AccessForbidden, match="feature-group/orders"):
            client.batch_get_record(Identifiers=[customers, orders])


def test_denied_batch_write_record_writes_nothing(make_client):
    needs("BatchWriteRecord")
    # Both actions: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
    client = make_client(
        RUNTIME, user(make_client, allow("BatchWriteRecord", "PutRecord", resource=ARN), allow("GetRecord"))
    )
    with enforced():
        entries = [{"FeatureGroupName": name, "Record": RECORD} for name in ("customers", "orders")]
        with pytest.raises(client.exceptions.AccessForbidden):
            client.batch_write_record(Entries=entries)
        assert "Record" not in client.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
        assert client.batch_write_record(Entries=entries[:1])["Errors"] == []


def test_batch_write_record_also_requires_put_record(make_client):
    needs("BatchWriteRecord")
    client = make_client(RUNTIME, user(make_client, allow("BatchWriteRecord")))
    with enforced(), pytest.raises(client.exceptions.AccessForbidden, match="allows the sagemaker:PutRecord action"):
        client.batch_write_record(Entries=[{"FeatureGroupName": "customers", "Record": RECORD}])


def test_update_record_requires_put_record_permission_with_update_condition_keys(make_client):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
    needs("UpdateRecord")
    deny = {"ForAnyValue:StringEquals": {"sagemaker:UpdatableFeatures": "time"}}
    keys = user(
        make_client,
        allow("PutRecord", Bool={"sagemaker:IsUpdateRecord": "true"}),
        {**allow("PutRecord", effect="Deny"), "Condition": deny},
    )
    client = make_client(RUNTIME, keys)

    def update(name):
        features = [{"FeatureName": name, "ValueAsString": "1"}]
        client.update_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1", Features=features)

    with enforced():
        assert "no identity-based policy allows the sagemaker:PutRecord action" in call(client, "PutRecord")[2]
        with pytest.raises(client.exceptions.AccessForbidden, match="explicit deny"):
            update("time")
        with pytest.raises(client.exceptions.ValidationError, match="Standard_V2"):
            update("id")


def test_runtime_call_permission_is_checked_before_the_existence_of_the_group(make_client):
    client = make_client(RUNTIME, user(make_client, allow("GetRecord", resource=ARN)))
    with enforced():
        assert call(client, "GetRecord", "nobody")[0] == "AccessForbidden"


def test_denied_control_plane_operation_returns_access_denied_exception(make_client):
    client = make_client("sagemaker", user(make_client, allow("DescribeFeatureGroup", resource=ARN)))
    with enforced():
        assert call(client, "DescribeFeatureGroup") == OK
        expected = denial_message(USER, "DeleteFeatureGroup")
        assert call(client, "DeleteFeatureGroup") == ("AccessDeniedException", 400, expected)
        assert call(client, "ListFeatureGroups")[2] == denial_message(USER, "ListFeatureGroups", resource="*")


def test_deny_statement_with_condition_on_request_tag_is_enforced_for_create_feature_group(make_client):
    # As observed in aws-samples' end-to-end workshop, m9_02_nb1_control_fg_creation.
    deny = allow("CreateFeatureGroup", effect="Deny", StringNotLike={"aws:RequestTag/team": "risk"})
    client = make_client("sagemaker", user(make_client, allow("*"), deny))
    with enforced():
        arn = client.create_feature_group(FeatureGroupName="tagged", Tags=[{"Key": "team", "Value": "risk"}], **GROUP)[
            "FeatureGroupArn"
        ]
        assert arn.endswith("/tagged")
        with pytest.raises(ClientError, match=r"AccessDeniedException.*/untagged with an explicit deny"):
            client.create_feature_group(FeatureGroupName="untagged", **GROUP)


def test_error_for_unsupported_policy_element_names_the_element(make_client):
    keys = user(make_client, allow("*", NumericLessThan={"aws:MultiFactorAuthAge": "1"}))
    with enforced():
        code, status, message = call(make_client(RUNTIME, keys), "GetRecord")
        assert (code, status) == ("ValidationError", 400)
        assert "NumericLessThan" in message
        assert call(make_client("sagemaker", keys), "DescribeFeatureGroup")[0] == "ValidationException"


# Signatures.


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_request_signed_with_unknown_access_key_is_rejected(make_client, operation):
    with enforced():
        code, status, message = call(make_client(RUNTIME), operation)
    assert (code, status) == ("UnrecognizedClientException", 403)
    assert message == "The security token included in the request is invalid."


@pytest.mark.parametrize("operation", ["PutRecord", "GetRecord", "DeleteRecord"])
def test_request_signed_with_wrong_secret_key_is_rejected(make_client, operation):
    keys = user(make_client, allow("*")) | {"SecretAccessKey": "another"}
    with enforced():
        assert call(make_client(RUNTIME, keys), operation)[:2] == ("InvalidSignatureException", 403)
        assert call(make_client("sagemaker", keys), "DescribeFeatureGroup")[:2] == ("InvalidSignatureException", 403)


def test_request_with_session_token_of_another_session_is_rejected(make_client):
    keys = role_session(make_client, allow("*")) | {"SessionToken": "another"}
    with enforced():
        assert call(make_client(RUNTIME, keys), "GetRecord")[0] == "UnrecognizedClientException"


def test_request_with_expired_session_token_is_rejected(make_client):
    keys = role_session(make_client, allow("*"))
    client = make_client(RUNTIME, keys)
    with enforced():
        assert call(client, "GetRecord") == OK
        with freeze_time("2099-01-01"):
            assert call(client, "GetRecord")[:2] == ("ExpiredTokenException", 403)


def test_unsigned_request_is_rejected(make_client):
    endpoint, config = make_client(RUNTIME).meta.endpoint_url, Config(signature_version=UNSIGNED)
    unsigned = boto3.client(RUNTIME, region_name="us-east-1", endpoint_url=endpoint, config=config)
    with enforced():
        assert call(unsigned, "GetRecord")[:2] == ("MissingAuthenticationTokenException", 403)


# moto's count of calls.


def test_iam_enforcement_starts_after_the_configured_number_of_calls(make_client):
    client = make_client(RUNTIME, user(make_client))
    with enforced(2):
        assert [call(client, "GetRecord")[0] for _ in range(3)] == [None, None, "AccessForbidden"]


@set_initial_no_auth_action_count(1)
@mock_featurestore
def test_decorator_set_initial_no_auth_action_count_enforces_iam():
    client = boto3.client("sagemaker", region_name="us-east-1")
    client.create_feature_group(FeatureGroupName="customers", **GROUP)
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client.list_feature_groups()


# Another account's groups.


def test_access_to_group_of_another_account_requires_a_resource_share(make_client, monkeypatch):
    arn = ARN.replace(ACCOUNT, "999999999999")
    keys = user(make_client, allow("*"))
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", "999999999999")
        make_client("sagemaker").create_feature_group(FeatureGroupName="customers", **GROUP)
        ram = make_client("ram")
        ram.create_resource_share(name="empty", principals=[ACCOUNT])
    client = make_client(RUNTIME, keys)
    assert call(client, "GetRecord", arn) == OK
    with enforced():
        expected = denial_message(
            USER, "GetRecord", "because no resource-based policy allows the sagemaker:{} action", arn
        )
        assert call(client, "GetRecord", arn) == ("AccessForbidden", 403, expected)
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", "999999999999")
        ram.create_resource_share(name="share", resourceArns=[arn], principals=[ACCOUNT])
    with enforced():
        assert call(client, "GetRecord", arn) == OK


def test_search_returns_groups_of_an_account_that_shares_its_catalog(make_client, monkeypatch):
    # https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-cross-account-discoverability-share-sagemaker-catalog.html
    def found_arns():
        results = make_client("sagemaker").search(Resource="FeatureGroup", CrossAccountFilterOption="CrossAccount")[
            "Results"
        ]
        return [result["FeatureGroup"]["FeatureGroupArn"] for result in results]

    owner = "999999999999"
    place = f"arn:aws:sagemaker:us-east-1:{owner}"
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", owner)
        make_client("sagemaker").create_feature_group(FeatureGroupName="theirs", **GROUP)
        ram = make_client("ram")
        ram.create_resource_share(name="g", resourceArns=[f"{place}:feature-group/theirs"], principals=[ACCOUNT])
    assert found_arns() == []
    with monkeypatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", owner)
        catalog = f"{place}:sagemaker-catalog/DefaultFeatureGroupCatalog"
        ram.create_resource_share(name="catalog", resourceArns=[catalog], principals=[ACCOUNT])
    assert found_arns() == [f"{place}:feature-group/theirs"]


@pytest.mark.parametrize("operation", ["Search", "GetSearchSuggestions"])
def test_search_requires_permission_on_all_resources(make_client, operation):
    keys = user(make_client, allow("List*"))
    permitted = user(make_client, allow(operation), name="bob")
    with enforced():
        with pytest.raises(ClientError) as denied:
            getattr(make_client("sagemaker", keys), xform_name(operation))(Resource="FeatureGroup")
        message = denial_message(USER, operation, NO_POLICY, "*")
        assert denied.value.response["Error"] == {"Code": "AccessDeniedException", "Message": message}
        assert getattr(make_client("sagemaker", permitted), xform_name(operation))(Resource="FeatureGroup")


# The setting access_denied_code, and deny() of the handle, which needs no IAM.


@mock_featurestore(config={"featurestore": {"access_denied_code": "AccessDeniedException"}})
def test_access_denied_code_setting_changes_the_error_code_of_denied_calls():
    boto3.client("sagemaker", region_name="us-east-1").create_feature_group(FeatureGroupName="customers", **GROUP)
    featurestore.deny("PutRecord")
    code, status, _ = call(boto3.client(RUNTIME, region_name="us-east-1"), "PutRecord")
    assert (code, status) == ("AccessDeniedException", 403)


@mock_featurestore
def test_featurestore_deny_rejects_only_the_denied_operation():
    boto3.client("sagemaker", region_name="us-east-1").create_feature_group(FeatureGroupName="customers", **GROUP)
    boto3.client("sagemaker", region_name="us-east-1").create_feature_group(FeatureGroupName="orders", **GROUP)
    client = boto3.client(RUNTIME, region_name="us-east-1")
    featurestore.deny("PutRecord", group="customers")
    caller_arn = f"arn:aws:sts::{ACCOUNT}:user/moto"
    assert call(client, "PutRecord") == ("AccessForbidden", 403, denial_message(caller_arn, "PutRecord", EXPLICIT))
    assert call(client, "PutRecord", "orders") == OK
    assert call(client, "GetRecord") == OK
    featurestore.deny("ListFeatureGroups")
    assert call(boto3.client("sagemaker", region_name="us-east-1"), "ListFeatureGroups")[0] == "AccessDeniedException"


@mock_featurestore
def test_featurestore_deny_in_one_mock_does_not_affect_the_next_mock():
    assert call(boto3.client("sagemaker", region_name="us-east-1"), "ListFeatureGroups") == OK


@mock_featurestore
def test_featurestore_deny_of_unknown_operation_raises_value_error():
    with pytest.raises(ValueError, match=r"Unknown operation 'PutRecords'; did you mean 'PutRecord'\?"):
        featurestore.deny("PutRecords")
    with pytest.raises(ValueError, match="the operations are AddTags, "):
        featurestore.deny("?")


@mock_featurestore
def test_featurestore_deny_of_put_record_denies_batch_write_record():
    control = boto3.client("sagemaker", region_name="us-east-1")
    arn = control.create_feature_group(FeatureGroupName="customers", **GROUP)["FeatureGroupArn"]
    client = boto3.client(RUNTIME, region_name="us-east-1")
    featurestore.deny("PutRecord", group=arn)
    assert call(client, "PutRecord", arn)[0] == "AccessForbidden"
    if hasattr(client, "batch_write_record"):
        with pytest.raises(client.exceptions.AccessForbidden, match="sagemaker:PutRecord"):
            client.batch_write_record(Entries=[{"FeatureGroupName": "customers", "Record": RECORD}])
    with pytest.raises(ValueError, match=r"The parameter group is not valid for Search"):
        featurestore.deny("Search", group="customers")
    with pytest.raises(ValueError, match="The parameter group is not valid for ListFeatureGroups"):
        featurestore.deny("ListFeatureGroups", group="customers")


def test_secure_transport_condition_is_true_over_https_only(make_client):
    allowed = allow("GetRecord", Bool={"aws:SecureTransport": "true"})
    client = make_client(RUNTIME, user(make_client, allowed))
    with enforced():
        secure = client.meta.endpoint_url.startswith("https:")
        assert call(client, "GetRecord")[0] == (None if secure else "AccessForbidden")


def test_request_signed_with_inactive_access_key_is_rejected(make_client):
    keys = user(make_client, allow("*"))
    make_client("iam").update_access_key(UserName="ada", AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    with enforced():
        assert call(make_client(RUNTIME, keys), "GetRecord")[0] == "UnrecognizedClientException"


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
def test_invalid_session_policy_is_rejected(make_client, policy):
    role_session(make_client, allow("*"))
    arn = f"arn:aws:iam::{ACCOUNT}:role/scientist"
    keys = make_client("sts").assume_role(RoleArn=arn, RoleSessionName="session", Policy=policy)["Credentials"]
    with enforced():
        code, status, message = call(make_client(RUNTIME, keys), "GetRecord")
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
def test_create_feature_group_requires_permission_of_the_caller_to_pass_the_role(make_client, statement, reason):
    # Documented: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html (dependent
    # actions). The message is from CreateProject: https://github.com/aws/amazon-sagemaker-feedback/issues/61
    policy = json.dumps(trust(SAGEMAKER))
    role = make_client("iam").create_role(RoleName="Store", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    statements = [] if statement is None else [PASS_ROLE | statement]
    client = make_client("sagemaker", user(make_client, allow("CreateFeatureGroup"), *statements))
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
def test_create_feature_group_with_role_that_does_not_trust_sagemaker_is_rejected(make_client, policy, is_trusted):
    # The message is from github.com/hashicorp/terraform-provider-aws, internal/service/sagemaker/feature_group.go.
    role = make_client("iam").create_role(RoleName="Store", AssumeRolePolicyDocument=json.dumps(policy))["Role"]["Arn"]
    client = make_client("sagemaker", user(make_client, allow("CreateFeatureGroup"), PASS_ROLE))
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


def test_create_feature_group_with_role_that_does_not_exist_is_rejected(make_client):
    client = make_client("sagemaker", user(make_client, allow("CreateFeatureGroup"), PASS_ROLE))
    with enforced(), pytest.raises(ClientError, match=r"The execution role ARN is invalid\."):
        client.create_feature_group(FeatureGroupName="new", RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody", **GROUP)


def test_error_of_create_feature_group_names_unsupported_element_of_trust_policy(make_client):
    policy = json.dumps(trust(SAGEMAKER, StringEquals={"sts:ExternalId": "x"}))
    role = make_client("iam").create_role(RoleName="Store", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    client = make_client("sagemaker", user(make_client, allow("CreateFeatureGroup"), PASS_ROLE))
    with (
        enforced(),
        pytest.raises(ClientError, match=r"trust policy of .*role/Store: the condition key \[sts:ExternalId\]"),
    ):
        client.create_feature_group(FeatureGroupName="new", RoleArn=role, **GROUP)
