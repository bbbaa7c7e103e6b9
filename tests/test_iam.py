"""Evaluation of policies by the rules of the IAM User Guide. The pages that comments name are in that guide."""

import fnmatch
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data

from moto_featurestore.iam import Identity, UnsupportedPolicyError, denial

DOCS = Path(__file__).parent.parent / "docs" / "reference" / "policies.md"
MANAGED = {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}

USER = "arn:aws:iam::123456789012:user/Ana"
ROLE = "arn:aws:iam::123456789012:role/scientist"
SESSION = "arn:aws:sts::123456789012:assumed-role/scientist/ana"
CUSTOMERS = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"

ALLOWED = "allowed"
EXPLICIT = "with an explicit deny in an identity-based policy"


def no_policy(operation, kind="identity-based policy"):
    return f"because no {kind} allows the sagemaker:{operation} action"


def policy(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def allow(action="sagemaker:*", resource="*", **elements):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action="sagemaker:*", resource="*", **elements):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **elements}


def user(*policies, **attributes):
    return Identity(arn=USER, principal_arn=USER, policies=policies, **attributes)


def session(*policies, **attributes):
    return Identity(arn=SESSION, principal_arn=ROLE, policies=policies, **attributes)


def decide(identity, operation="PutRecord", resource=CUSTOMERS, **context):
    """Return the decision on a request. The first two underscores of a context key become its colon and slash."""
    keys = {key.replace("_", ":", 1).replace("_", "/", 1): value for key, value in context.items()}
    return denial(identity, f"sagemaker:{operation}", resource, keys) or ALLOWED


def holds(condition, tags=None, **context):
    """Return True if a condition holds. All other elements of the only statement match the request."""
    return decide(user(policy(allow(Condition=condition)), tags=tags or {}), **context) == ALLOWED


FULL = MANAGED["AmazonSageMakerFullAccess"]
READ_ONLY = MANAGED["AmazonSageMakerReadOnly"]

# aws-samples/amazon-sagemaker-feature-store-end-to-end-workshop, 09-module-security: m9_02_nb1 and m9_02_nb2.
WORKSHOP_READS = policy(
    {
        "Sid": "VisualEditor0",
        "Effect": "Deny",
        "Action": [
            "sagemaker:DeleteFeatureGroup",
            "sagemaker:DescribeFeatureGroup",
            "sagemaker:CreateFeatureGroup",
            "sagemaker:GetRecord",
        ],
        "Resource": "*",
        "Condition": {"ForAnyValue:StringEquals": {"aws:ResourceTag/team": "A"}},
    }
)
WORKSHOP_CREATION = policy(
    {
        "Effect": "Deny",
        "Action": "sagemaker:CreateFeatureGroup",
        "Resource": "arn:aws:sagemaker:*:*:feature-group/*",
        "Condition": {"StringNotEquals": {"aws:RequestTag/environment": ["dev", "production", "staging"]}},
    }
)

SAME_TEAM = policy(allow(Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}))
NO_OTHER_TEAM = policy(
    allow(), deny(Condition={"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})
)
OWN_GROUPS = policy(allow(resource="arn:aws:sagemaker:*:*:feature-group/${aws:PrincipalTag/team, 'company-wide'}-*"))
READS = ["sagemaker:GetRecord", "sagemaker:BatchGetRecord", "sagemaker:Describe*", "sagemaker:List*"]
ONLY_READS = policy(allow(), {"Effect": "Deny", "NotAction": READS, "Resource": "*"})
ONLY_CUSTOMERS = policy(allow(), {"Effect": "Deny", "Action": "*", "NotResource": CUSTOMERS})
KNOWN_TAGS = policy(
    allow(
        Condition={
            "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost-center"]},
            "Null": {"aws:TagKeys": "false"},
        }
    )
)
ONE_REGION = policy(allow(), deny("*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}))
ONLY_TLS = policy(allow(), deny("*", Condition={"Bool": {"aws:SecureTransport": "false"}}))

# https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html: "Condition keys for UpdateRecord".
ONLY_UPDATES = policy(allow("sagemaker:PutRecord", Condition={"Bool": {"sagemaker:IsUpdateRecord": "true"}}))
NO_UPDATES = policy(allow("sagemaker:PutRecord", Condition={"BoolIfExists": {"sagemaker:IsUpdateRecord": "false"}}))
NO_SENSITIVE_UPDATES = policy(
    allow(),
    deny(
        "sagemaker:PutRecord",
        Condition={
            "Bool": {"sagemaker:IsUpdateRecord": "true"},
            "ForAnyValue:StringEquals": {"sagemaker:UpdatableFeatures": ["ssn", "credit_score"]},
        },
    ),
)
SAFE_UPDATES = policy(
    allow(
        "sagemaker:PutRecord",
        Condition={
            "Bool": {"sagemaker:IsUpdateRecord": "true"},
            "Null": {"sagemaker:UpdatableFeatures": "false"},
            "ForAllValues:StringEquals": {"sagemaker:UpdatableFeatures": ["last_login", "click_count"]},
        },
    )
)


@dataclass(frozen=True)
class Case:
    """A row of docs/reference/policies.md: a policy, a request, the decision, and the rule in the IAM User Guide."""

    tried: str
    identity: Identity
    operation: str
    decision: str
    rule: str
    page: str
    context: dict = field(default_factory=dict)
    asks: str = ""

    @property
    def row(self):
        asks = f"{self.operation}{', ' if self.asks else ''}{self.asks}"
        return f"| {self.tried} | {asks} | {self.decision} | {self.rule} ([{self.page}]) |"


LOGIC = "evaluation logic"
OPERATORS = "condition operators"
SETS = "multivalued keys"
VALUES = "multiple values"
VARIABLES = "variables"

CASES = [
    Case("no policy", user(), "GetRecord", no_policy("GetRecord"), "all requests are implicitly denied", LOGIC),
    Case(
        "`AdministratorAccess`",
        user(MANAGED["AdministratorAccess"]),
        "PutRecord",
        ALLOWED,
        "an explicit allow overrides this default",
        LOGIC,
    ),
    Case(
        "`PowerUserAccess`: `NotAction` of `iam:*` and others",
        user(MANAGED["PowerUserAccess"]),
        "PutRecord",
        ALLOWED,
        "everything but the actions listed",
        "NotAction",
    ),
    Case(
        "`AmazonSageMakerFullAccess`: `NotResource` of domains, apps and others",
        user(FULL),
        "DeleteFeatureGroup",
        ALLOWED,
        "every resource but those listed",
        "NotResource",
    ),
    Case(
        "`AmazonSageMakerReadOnly`",
        user(READ_ONLY),
        "GetRecord",
        ALLOWED,
        "actions by name and by wildcard",
        "Action",
    ),
    Case(
        "the same",
        user(READ_ONLY),
        "PutRecord",
        no_policy("PutRecord"),
        "neither a Deny nor an Allow applies: an implicit deny",
        LOGIC,
    ),
    Case(
        "`AmazonSageMakerFeatureStoreAccess`: it allows S3 and Glue only",
        user(MANAGED["AmazonSageMakerFeatureStoreAccess"]),
        "PutRecord",
        no_policy("PutRecord"),
        "an implicit deny",
        LOGIC,
    ),
    Case(
        "`AmazonSageMakerCanvasDataPrepFullAccess`: `arn:aws:sagemaker:*:*:feature-group/*`",
        user(MANAGED["AmazonSageMakerCanvasDataPrepFullAccess"]),
        "CreateFeatureGroup",
        ALLOWED,
        "wildcards within the segments of an ARN",
        "Resource",
    ),
    Case(
        '`"Resource": "arn:aws:sagemaker"`',
        user(policy(allow(resource="arn:aws:sagemaker"))),
        "PutRecord",
        ALLOWED,
        "an incomplete ARN is completed with wildcards",
        "IAM ARNs",
    ),
    Case(
        "full access, and aws-samples' workshop: Deny if any `aws:ResourceTag/team` is `A`",
        user(FULL, WORKSHOP_READS),
        "GetRecord",
        EXPLICIT,
        "an explicit deny overrides any allows",
        LOGIC,
        {"aws_ResourceTag_team": "A"},
        "group tagged `team=A`",
    ),
    Case(
        "the same",
        user(FULL, WORKSHOP_READS),
        "GetRecord",
        ALLOWED,
        "`ForAnyValue`: no value matches",
        SETS,
        {"aws_ResourceTag_team": "B"},
        "group tagged `team=B`",
    ),
    Case(
        "the same",
        user(FULL, WORKSHOP_READS),
        "GetRecord",
        ALLOWED,
        "`ForAnyValue`: false if the key does not exist",
        SETS,
        {},
        "group without tags",
    ),
    Case(
        "full access, and the workshop's Deny unless `aws:RequestTag/environment` is one of three",
        user(FULL, WORKSHOP_CREATION),
        "CreateFeatureGroup",
        ALLOWED,
        "a negated operator's values are NORed",
        VALUES,
        {"aws_RequestTag_environment": "staging"},
        "tagged `environment=staging`",
    ),
    Case(
        "the same",
        user(FULL, WORKSHOP_CREATION),
        "CreateFeatureGroup",
        EXPLICIT,
        "a negated operator's values are NORed",
        VALUES,
        {"aws_RequestTag_environment": "test"},
        "tagged `environment=test`",
    ),
    Case(
        "the same",
        user(FULL, WORKSHOP_CREATION),
        "CreateFeatureGroup",
        EXPLICIT,
        "a negated operator is true if the key is not present",
        OPERATORS,
        {},
        "without tags",
    ),
    Case(
        "Allow if `aws:ResourceTag/team` is `${aws:PrincipalTag/team}`",
        user(SAME_TEAM, tags={"team": "risk"}),
        "PutRecord",
        ALLOWED,
        "a variable is replaced with the key's value",
        VARIABLES,
        {"aws_ResourceTag_team": "risk"},
        "both tagged `team=risk`",
    ),
    Case(
        "the same",
        user(SAME_TEAM, tags={"team": "ads"}),
        "PutRecord",
        no_policy("PutRecord"),
        "a variable is replaced with the key's value",
        VARIABLES,
        {"aws_ResourceTag_team": "risk"},
        "group `team=risk`, user `team=ads`",
    ),
    Case(
        "the same",
        user(SAME_TEAM),
        "PutRecord",
        no_policy("PutRecord"),
        "a variable without a value equals nothing",
        VARIABLES,
        {"aws_ResourceTag_team": "risk"},
        "group `team=risk`, user without tags",
    ),
    Case(
        "Allow, and Deny if `aws:ResourceTag/team` is not `${aws:PrincipalTag/team}`",
        user(NO_OTHER_TEAM),
        "PutRecord",
        EXPLICIT,
        "inverted operators do match against a null value",
        VARIABLES,
        {"aws_ResourceTag_team": "risk"},
        "group `team=risk`, user without tags",
    ),
    Case(
        "Allow `feature-group/${aws:PrincipalTag/team, 'company-wide'}-*`",
        user(OWN_GROUPS),
        "GetRecord",
        ALLOWED,
        "a variable's default value",
        VARIABLES,
        {"resource": "arn:aws:sagemaker:us-east-1:123456789012:feature-group/company-wide-rates"},
        "group `company-wide-rates`, user without tags",
    ),
    Case(
        "full access, within the boundary `AmazonSageMakerReadOnly`",
        user(FULL, boundary=READ_ONLY),
        "PutRecord",
        no_policy("PutRecord", "permissions boundary"),
        "the intersection of the two",
        LOGIC,
    ),
    Case(
        "full access, within a boundary with the workshop's Deny",
        user(FULL, boundary=policy(allow(), *WORKSHOP_READS["Statement"])),
        "GetRecord",
        "with an explicit deny in a permissions boundary",
        "an explicit deny in any policy overrides any allows",
        LOGIC,
        {"aws_ResourceTag_team": "A"},
        "group tagged `team=A`",
    ),
    Case(
        "a role with full access, assumed with the policy `AmazonSageMakerReadOnly`",
        session(FULL, session_policies=[READ_ONLY]),
        "PutRecord",
        no_policy("PutRecord", "session policy"),
        "a session policy has to allow it too",
        LOGIC,
    ),
    Case(
        "a role with full access, assumed with a policy that denies deletion",
        session(FULL, session_policies=[policy(allow(), deny("sagemaker:Delete*"))]),
        "DeleteFeatureGroup",
        "with an explicit deny in a session policy",
        "an explicit deny in any policy overrides any allows",
        LOGIC,
    ),
    Case(
        "Allow, and Deny with `NotAction` of all reads",
        user(ONLY_READS),
        "PutRecord",
        EXPLICIT,
        "everything but the actions listed",
        "NotAction",
    ),
    Case(
        "Allow, and Deny with `NotResource` of the group `customers`",
        user(ONLY_CUSTOMERS),
        "GetRecord",
        EXPLICIT,
        "every resource but those listed",
        "NotResource",
        {"resource": "arn:aws:sagemaker:us-east-1:123456789012:feature-group/orders"},
        "group `orders`",
    ),
    Case(
        "Allow if all `aws:TagKeys` are `team` or `cost-center`, and there are any",
        user(KNOWN_TAGS),
        "CreateFeatureGroup",
        no_policy("CreateFeatureGroup"),
        "`ForAllValues`: every value in the request has to match",
        SETS,
        {"aws_TagKeys": ["team", "owner"]},
        "tagged `team` and `owner`",
    ),
    Case(
        "the same",
        user(KNOWN_TAGS),
        "CreateFeatureGroup",
        no_policy("CreateFeatureGroup"),
        "`Null`: `false` requires that the key exists",
        OPERATORS,
        {},
        "without tags",
    ),
    Case(
        "Allow, and Deny if `aws:RequestedRegion` is not `eu-west-1`",
        user(ONE_REGION),
        "GetRecord",
        EXPLICIT,
        "negated matching",
        OPERATORS,
        {"aws_RequestedRegion": "us-east-1"},
        "in us-east-1",
    ),
    Case(
        "Allow, and Deny if `aws:SecureTransport` is `false`",
        user(ONLY_TLS),
        "GetRecord",
        EXPLICIT,
        "Boolean matching",
        OPERATORS,
        {"aws_SecureTransport": "false"},
        "over http",
    ),
    Case(
        "Allow if `sagemaker:IsUpdateRecord`",
        user(ONLY_UPDATES),
        "PutRecord",
        no_policy("PutRecord"),
        "false for PutRecord",
        "Feature Store security",
        {"sagemaker_IsUpdateRecord": "false"},
    ),
    Case(
        "Allow, and Deny if any `sagemaker:UpdatableFeatures` is `ssn` or `credit_score`",
        user(NO_SENSITIVE_UPDATES),
        "PutRecord",
        EXPLICIT,
        "UpdateRecord is authorized as PutRecord, with the features it names",
        "Feature Store security",
        {"sagemaker_IsUpdateRecord": "true", "sagemaker_UpdatableFeatures": ["last_login", "ssn"]},
        "for an UpdateRecord of `last_login` and `ssn`",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.tried}, {case.operation} {case.asks}")
def test_common_iam_policies_lead_to_the_documented_decision(case):
    assert decide(case.identity, case.operation, **case.context) == case.decision


@pytest.mark.skipif(not DOCS.exists(), reason="a source distribution has no docs")
def test_documentation_lists_the_tested_iam_cases():
    text = DOCS.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("| ")][1:] == [case.row for case in CASES]
    assert {case.page for case in CASES} <= set(
        re.findall(r"^\[(.+)\]: https://docs\.aws\.amazon\.com/", text, re.MULTILINE)
    )


OPERATIONS = ["PutRecord", "GetRecord", "DescribeFeatureGroup", "CreateFeatureGroup", "DeleteFeatureGroup"]


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("AdministratorAccess", OPERATIONS),
        ("PowerUserAccess", OPERATIONS),
        ("DataScientist", OPERATIONS),
        ("AmazonSageMakerFullAccess", OPERATIONS),
        ("AmazonSageMakerReadOnly", ["GetRecord", "DescribeFeatureGroup"]),
        ("ReadOnlyAccess", ["DescribeFeatureGroup"]),
        ("ViewOnlyAccess", ["DescribeFeatureGroup"]),
        ("SecurityAudit", ["DescribeFeatureGroup"]),
        ("AmazonSageMakerCanvasDataPrepFullAccess", ["DescribeFeatureGroup", "CreateFeatureGroup"]),
        ("AmazonSageMakerCanvasFullAccess", []),
        ("AmazonSageMakerFeatureStoreAccess", []),
        ("AmazonSageMakerGroundTruthExecution", []),
    ],
)
def test_aws_managed_policies_allow_the_expected_operations(name, allowed):
    assert [operation for operation in OPERATIONS if decide(user(MANAGED[name]), operation) == ALLOWED] == allowed


def test_aws_managed_policy_that_denies_everything_denies_each_operation():
    assert decide(user(MANAGED["AdministratorAccess"], MANAGED["AWSDenyAll"])) == EXPLICIT


def unsupported_element(identity, operation):
    try:
        decide(identity, operation)
    except UnsupportedPolicyError as error:
        return str(error)
    return None


def test_aws_managed_policies_use_only_listed_unsupported_condition_keys():
    errors = {
        unsupported_element(user(document), operation) for document in MANAGED.values() for operation in OPERATIONS
    }
    keys = {"aws:IsMcpServiceAction", "aws:ResourceAccount"}
    assert errors <= {None, *(f"the condition key [{key}] is not supported" for key in keys)}


# reference_policies_evaluation-logic.html.


def test_explicit_deny_is_reported_before_a_missing_allow():
    nothing = policy(allow("s3:*"))
    denies = policy(deny())
    assert decide(user(nothing, boundary=denies)) == "with an explicit deny in a permissions boundary"
    assert decide(session(nothing, session_policies=[nothing, denies])) == "with an explicit deny in a session policy"
    assert decide(session(nothing, boundary=nothing, session_policies=[nothing])) == no_policy("PutRecord")


def test_denial_of_action_allowed_in_every_policy_type_returns_none():
    assert decide(session(policy(allow()), boundary=policy(allow()), session_policies=[policy(allow())])) == ALLOWED


def test_denial_of_action_allowed_in_one_of_several_policies_returns_none():
    assert decide(user(policy(allow("s3:*")), policy(allow()))) == ALLOWED


def test_policy_whose_statement_is_a_single_object_is_accepted():
    assert decide(user({"Version": "2012-10-17", "Statement": allow()})) == ALLOWED


# reference_policies_elements_action.html, reference_policies_elements_resource.html.


@pytest.mark.parametrize(
    "action",
    ["*", "sagemaker:PutRecord", "SageMaker:putrecord", "sagemaker:*Record", "sagemaker:Put?ecord", "s*:?utRecord"],
)
def test_action_matching_ignores_case_and_expands_wildcards(action):
    assert decide(user(policy(allow(["s3:GetObject", action])))) == ALLOWED


@pytest.mark.parametrize(
    "action", ["sagemaker:Put", "sagemaker:PutRecord?", "sagemaker.PutRecord", "sagemaker:[P]utRecord"]
)
def test_action_that_matches_only_partially_is_denied(action):
    assert decide(user(policy(allow(action)))) == no_policy("PutRecord")


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        (CUSTOMERS, True),
        ("*", True),
        ("arn:aws:sagemaker:*:*:feature-group/*", True),
        ("arn:*:sagemaker:us-*-1:1234567890??:feature-group/cust*", True),
        # Five fields, so wildcards fill the rest. The last * of a segment does not "expand beyond the colon boundaries" here.
        ("arn:aws:sagemaker:*:feature-group/customers", False),
        ("arn:aws:sagemaker:*:*:*/customers", True),
        ("arn:aws:sagemaker:*", True),
        ("arn:*", True),
        ("arn:aws:s3", False),
        ("arn:aws:sagemaker:us-east-1:123456789012:feature-group/Customers", False),
        ("arn:aws:sagemaker:us-east-1:123456789012:feature-group/customer", False),
        ("arn:aws:sagemaker:*:*:feature-group/customers-*", False),
        ("arn:aws:sagemaker:us-east-1:123456789012:feature-group/custome[r]s", False),
    ],
)
def test_resource_matching_respects_case_and_expands_wildcards(pattern, covered):
    named = user(policy(allow(resource=["arn:aws:s3:::bucket", pattern])))
    others = user(policy({"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::bucket", pattern]}))
    assert (decide(named) == ALLOWED, decide(others) == ALLOWED) == (covered, not covered)


def test_operation_without_resource_requires_a_policy_with_resource_wildcard():
    assert decide(user(policy(allow())), "ListFeatureGroups", "*") == ALLOWED
    group = policy(allow(resource="arn:aws:sagemaker:*:*:feature-group/*"))
    assert decide(user(group), "ListFeatureGroups", "*") == no_policy("ListFeatureGroups")


@given(st.text("ab:/*?[", max_size=8), st.text("ab:/[\n", max_size=8))
def test_policy_wildcards_are_asterisk_and_question_mark_but_not_brackets(pattern, text):
    expected = fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))
    assert (decide(user(policy(allow(resource=pattern))), resource=text) == ALLOWED) == expected
    assert holds({"StringLike": {"aws:ResourceTag/k": pattern}}, aws_ResourceTag_k=text) == expected
    assert holds({"StringNotLike": {"aws:ResourceTag/k": pattern}}, aws_ResourceTag_k=text) != expected


# reference_policies_elements_condition_operators.html.

TEAM = "aws:ResourceTag/team"


@pytest.mark.parametrize(
    ("operator", "expected_values", "value", "expected"),
    [
        ("StringEquals", "risk", "risk", True),
        ("StringEquals", "risk", "Risk", False),
        ("StringEquals", "r*", "risk", False),
        ("StringEquals", ["ads", "risk"], "risk", True),
        ("StringEquals", True, "true", True),
        ("StringEquals", 12345, "12345", True),
        ("StringEqualsIgnoreCase", "risk", "RISK", True),
        ("StringEqualsIgnoreCase", "risk", "ads", False),
        ("StringLike", "r?s*", "risk-eu", True),
        ("StringLike", "R*", "risk", False),
        ("Bool", "true", "True", True),
        ("Bool", True, "true", True),
        ("Bool", "true", "false", False),
        # The page's example "arn:aws:someservice:*:111122223333:finance/*", with its value.
        (
            "StringLike",
            "arn:aws:s:*:1111:finance/*",
            "arn:aws:s:us-east-2:9999:store/abc:1111:finance/document.txt",
            True,
        ),
        (
            "ArnLike",
            "arn:aws:s:*:1111:finance/*",
            "arn:aws:s:us-east-2:9999:store/abc:1111:finance/document.txt",
            False,
        ),
        ("ArnLike", "arn:aws:s:*:1111:*", "arn:aws:s:us-east-2:1111:store:1", True),
        ("ArnLike", "arn:aws:s:us?east-2:1111:a?b", "arn:aws:s:us-east-2:1111:a:b", True),
        ("ArnLike", "arn:aws:s?us-east-2:1111:a:b", "arn:aws:s:us-east-2:1111:a:b", False),
        ("ArnLike", "arn:aws:s:us-east-2:*:store", "arn:aws:s:us-east-2:1111:2222:store", False),
        ("ArnEquals", "arn:aws:s:*:1111:*", "arn:aws:s:us-east-2:1111:store", True),
        ("ArnEquals", "arn:aws:s:us-east-2:1111:STORE", "arn:aws:s:us-east-2:1111:store", False),
    ],
)
def test_iam_condition_operator_compares_request_value_with_policy_value(operator, expected_values, value, expected):
    assert holds({operator: {TEAM: expected_values}}, aws_ResourceTag_team=value) == expected
    assert holds({f"{operator}IfExists": {TEAM: expected_values}}, aws_ResourceTag_team=value) == expected
    if operator != "Bool":
        negated = re.sub("^(String|Arn)", r"\1Not", operator)
        assert holds({negated: {TEAM: expected_values}}, aws_ResourceTag_team=value) != expected
        assert holds({f"{negated}IfExists": {TEAM: expected_values}}, aws_ResourceTag_team=value) != expected


POSITIVE = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool"]
NEGATED = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"]


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED])
def test_condition_with_absent_key_matches_negated_and_if_exists_operators(operator):
    assert holds({operator: {TEAM: "risk"}}) == (operator in NEGATED)
    assert holds({f"{operator}IfExists": {TEAM: "risk"}})


@pytest.mark.parametrize(
    ("expected_values", "when_absent"),
    [("true", True), (True, True), ("false", False), (False, False), (["true", "false"], None)],
)
def test_null_operator_of_condition_matches_an_absent_key(expected_values, when_absent):
    condition = {"Null": {TEAM: expected_values}}
    assert holds(condition) == (when_absent is not False)
    assert holds(condition, aws_ResourceTag_team="risk") == (when_absent is not True)


# reference_policies_multi-value-conditions.html: both tables of that page.


@pytest.mark.parametrize(
    ("name", "tags", "like", "not_like"),
    [
        ("Mary", {"department": "legal", "role": "audit"}, True, False),
        ("Nikki", {"department": "hr", "role": "audit"}, False, True),
        ("Mary", {"department": "hr", "role": "payroll"}, False, False),
        ("Nikki", {"department": "hr", "role": "payroll"}, False, False),
        ("Mary", {"department": "hr"}, False, False),
        ("Nikki", {}, False, False),
    ],
)
def test_condition_requires_every_key_and_any_value_and_no_negated_value(name, tags, like, not_like):
    arn = f"arn:aws:iam::222222222222:user/{name}"
    tagged = {
        "aws:PrincipalTag/department": ["finance", "hr", "legal"],
        "aws:PrincipalTag/role": ["audit", "security"],
    }
    users = {"aws:PrincipalArn": [f"arn:aws:iam::222222222222:user/{name}" for name in ("Ana", "Mary")]}
    for operator, expected in [("ArnLike", like), ("ArnNotLike", not_like)]:
        policies = [policy(allow(Condition={"StringEquals": tagged, operator: users}))]
        identity = Identity(arn=arn, principal_arn=arn, policies=policies, tags=tags)
        assert (decide(identity) == ALLOWED) == expected


# reference_policies_condition-single-vs-multi-valued-context-keys.html, and the table of set operators in
# reference_policies_elements_condition_operators.html.


@pytest.mark.parametrize(
    ("keys", "all_equal", "any_equals", "all_differ", "any_differs"),
    [
        (["environment"], True, True, False, False),
        (["environment", "cost-center"], True, True, False, False),
        (["environment", "dept"], False, True, False, True),
        (["dept"], False, False, True, True),
        ([], True, False, True, False),
        ([""], True, False, True, False),
        (None, True, False, True, False),
    ],
)
def test_set_operators_of_conditions_compare_all_or_any_values(keys, all_equal, any_equals, all_differ, any_differs):
    context = {} if keys is None else {"aws_TagKeys": keys}
    expected_values = {"aws:TagKeys": ["environment", "cost-center"]}
    assert holds({"ForAllValues:StringEquals": expected_values}, **context) == all_equal
    assert holds({"ForAnyValue:StringEquals": expected_values}, **context) == any_equals
    assert holds({"ForAllValues:StringNotEquals": expected_values}, **context) == all_differ
    assert holds({"ForAnyValue:StringNotEquals": expected_values}, **context) == any_differs
    assert holds({"ForAllValues:StringEqualsIfExists": expected_values}, **context) == all_equal
    if keys and any(keys):
        assert holds({"ForAnyValue:StringEqualsIfExists": expected_values}, **context) == any_equals


def test_set_operator_of_condition_accepts_a_single_value():
    assert holds({"ForAllValues:StringEquals": {TEAM: "risk"}}, aws_ResourceTag_team="risk")
    assert not holds({"ForAnyValue:StringEquals": {TEAM: "risk"}}, aws_ResourceTag_team="ads")


def test_condition_operator_without_set_qualifier_accepts_an_absent_multivalued_key():
    assert not holds({"StringEquals": {"aws:TagKeys": "team"}})
    assert holds({"StringNotEquals": {"aws:TagKeys": "team"}})


# reference_policies_elements_condition.html, and the keys.


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "AWS:resourcetag/TEAM", "sagemaker:ResourceTag/team"])
def test_condition_key_ignores_case_and_accepts_the_sagemaker_alias(key):
    assert holds({"StringEquals": {key: "risk"}}, aws_ResourceTag_Team="risk")
    assert not holds({"StringEquals": {key: "RISK"}}, aws_ResourceTag_Team="risk")


def test_condition_keys_about_the_identity_have_values_without_context():
    condition = {
        "StringEquals": {"aws:PrincipalAccount": "123456789012", "aws:PrincipalTag/team": "risk"},
        "ArnEquals": {"aws:PrincipalArn": ROLE},
    }
    assert decide(session(policy(allow(Condition=condition)), tags={"team": "risk"})) == ALLOWED


@pytest.mark.parametrize(
    ("document", "features", "decision"),
    [
        (ONLY_UPDATES, None, no_policy("PutRecord")),
        (ONLY_UPDATES, ["ssn"], ALLOWED),
        (NO_UPDATES, None, ALLOWED),
        (NO_UPDATES, ["ssn"], no_policy("PutRecord")),
        (NO_SENSITIVE_UPDATES, None, ALLOWED),
        (NO_SENSITIVE_UPDATES, ["last_login"], ALLOWED),
        (NO_SENSITIVE_UPDATES, ["last_login", "ssn"], EXPLICIT),
        (SAFE_UPDATES, ["last_login", "click_count"], ALLOWED),
        (SAFE_UPDATES, ["last_login", "ssn"], no_policy("PutRecord")),
        (SAFE_UPDATES, [], no_policy("PutRecord")),
        (SAFE_UPDATES, None, no_policy("PutRecord")),
    ],
)
def test_condition_key_for_updates_distinguishes_update_record_from_put_record(document, features, decision):
    context = {"sagemaker_IsUpdateRecord": "false" if features is None else "true"}
    if features:
        context["sagemaker_UpdatableFeatures"] = features
    assert decide(user(document), **context) == decision


# reference_policies_variables.html.


@pytest.mark.parametrize(
    ("operator", "expected_values", "value", "expected"),
    [
        ("StringEquals", "${aws:PrincipalTag/team}", "risk", True),
        ("StringEquals", "${AWS:principaltag/TEAM}", "risk", True),
        ("StringEquals", "eu-${aws:PrincipalTag/team}-${aws:PrincipalTag/stage}", "eu-risk-dev", True),
        ("StringLike", "${aws:PrincipalTag/team}*", "risk-eu", True),
        ("StringLike", "${aws:PrincipalTag/odd}", "a*b", True),
        ("StringLike", "${aws:PrincipalTag/odd}", "a-b", False),  # wildcards in a value are literal
        ("StringLike", "a${*}b", "a*b", True),
        ("StringLike", "a${*}b", "a-b", False),
        ("StringLike", "a${?}b", "a-b", False),
        ("StringEquals", "${$}{aws:PrincipalTag/team}", "${aws:PrincipalTag/team}", True),
        ("StringEquals", "${aws:PrincipalTag/none, 'company-wide'}", "company-wide", True),
        ("StringEquals", "${aws:PrincipalTag/team, 'company-wide'}", "risk", True),
        ("StringEquals", "${aws:PrincipalTag/none, ''}", "", True),
        ("StringEquals", ["${aws:PrincipalTag/none}", "risk"], "risk", True),
        ("StringEquals", "${aws:PrincipalTag/none}", "", False),
        ("StringEquals", "${aws:PrincipalTag/none}", "None", False),
        ("StringEquals", "${aws:PrincipalTag/empty}", "", False),
        ("StringNotEquals", "${aws:PrincipalTag/none}", "risk", True),
        ("ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:user/*", USER, True),
        ("Null", "${aws:PrincipalTag/team}", "risk", False),
    ],
)
def test_policy_variable_is_replaced_with_its_value(operator, expected_values, value, expected):
    tags = {"team": "risk", "stage": "dev", "odd": "a*b", "empty": ""}
    assert holds({operator: {"aws:RequestTag/k": expected_values}}, tags, aws_RequestTag_k=value) == expected


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_policy_variable_in_policy_version_2008_is_not_replaced(version):
    condition = {"StringEquals": {TEAM: "${aws:PrincipalTag/team}"}}
    document = policy(allow(Condition=condition), version=version)
    assert decide(user(document, tags={"team": "risk"}), aws_ResourceTag_team="risk") == no_policy("PutRecord")
    assert decide(user(document), aws_ResourceTag_team="${aws:PrincipalTag/team}") == ALLOWED


@pytest.mark.parametrize(("element", "decision"), [("Resource", no_policy("PutRecord")), ("NotResource", ALLOWED)])
def test_policy_variable_without_value_in_resource_matches_nothing(element, decision):
    statement = {"Effect": "Allow", "Action": "*", element: f"{CUSTOMERS}${{aws:PrincipalTag/suffix}}"}
    assert decide(user(policy(statement))) == decision


def test_policy_variable_before_the_fifth_colon_of_an_arn_is_replaced():
    assert decide(user(policy(allow(resource="arn:*:sagemaker:*:${aws:PrincipalAccount}:feature-group/*")))) == ALLOWED


# Elements that are not evaluated.


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            allow(Condition={"NumericLessThan": {TEAM: "1"}}),
            "the condition operator [NumericLessThan] is not supported",
        ),
        (allow(Condition={"stringequals": {TEAM: "1"}}), "the condition operator [stringequals] is not supported"),
        (allow(Condition={"BoolNot": {TEAM: "1"}}), "the condition operator [BoolNot] is not supported"),
        (allow(Condition={"NullIfExists": {TEAM: "true"}}), "the condition operator [NullIfExists] is not supported"),
        (
            allow(Condition={"ForAllValues:Null": {TEAM: "true"}}),
            "the condition operator [ForAllValues:Null] is not supported",
        ),
        (
            allow(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "a*"}}),
            "the condition operator [ForAnyValue:StringLikeIfExists] is not supported if the request has no condition key [aws:TagKeys]",
        ),
        (
            allow(Condition={"Null": {"aws:RequestTag/empty": "true"}}),
            "the condition operator [Null] is not supported if the condition key [aws:RequestTag/empty] is an empty string",
        ),
        (
            allow(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            "the condition key [aws:MultiFactorAuthPresent] is not supported",
        ),
        (
            allow(Condition={"StringNotEquals": {"aws:SourceIp": "1.2.3.4"}}),
            "the condition key [aws:SourceIp] is not supported",
        ),
        (allow(Condition={"Null": {"aws:SourceIp": "true"}}), "the condition key [aws:SourceIp] is not supported"),
        (
            allow(Condition={"StringEquals": {"aws:ResourceTag/": "a"}}),
            "the condition key [aws:ResourceTag/] is not supported",
        ),
        (
            allow(Condition={"StringEquals": {"sagemaker:UpdatableFeatures": "a"}}),
            "the condition key [sagemaker:UpdatableFeatures] requires ForAllValues or ForAnyValue",
        ),
        (
            allow(Condition={"StringEquals": {"aws:RequestTag/twice": "a"}}),
            "the condition key [aws:RequestTag/twice] is ambiguous, because the request has 2 keys that differ only in case",
        ),
        (
            allow(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}),
            "the ARN [arn:aws:iam::*] has fewer than six components",
        ),
        (allow(resource=f"{CUSTOMERS}/${{aws:username}}"), "the policy variable [aws:username] is not supported"),
        (
            allow(Condition={"StringEquals": {"aws:RequestTag/empty": "${aws:userid, 'nobody'}"}}),
            "the policy variable [aws:userid] is not supported",
        ),
        (allow(resource="${aws:TagKeys}"), "the policy variable [aws:TagKeys] is not supported"),
        (allow(resource="${}"), "the policy variable [] is not supported"),
        (allow(resource="${aws:PrincipalTag/team"), "the policy variable [aws:PrincipalTag/team] is not supported"),
        (
            allow(resource="${aws:PrincipalTag/team,'a'}"),
            "the policy variable [aws:PrincipalTag/team,'a'] is not supported",
        ),
        (allow(Principal="*"), "the element [Principal] is not supported"),
        (allow(NotPrincipal="*", Effects="Allow"), "the element [Effects] is not supported"),
        (allow(Effect="allow"), "the effect [allow] is not supported"),
        ({"Action": "*", "Resource": "*"}, "the effect [None] is not supported"),
        (
            {"Effect": "Allow", "Action": "*"},
            "a statement must have exactly one of the elements [Resource, NotResource], not 0",
        ),
        (allow(NotAction="s3:*"), "a statement must have exactly one of the elements [Action, NotAction], not 2"),
    ],
)
def test_error_for_unsupported_policy_element_names_the_element(statement, message):
    identity = user(policy(statement))
    context = {
        "sagemaker_UpdatableFeatures": ["a"],
        "aws_RequestTag_empty": "",
        "aws_RequestTag_twice": "a",
        "aws_RequestTag_Twice": "b",
    }
    with pytest.raises(UnsupportedPolicyError, match=f"^{re.escape(message)}$"):
        decide(identity, **context)


BY_ADDRESS = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow("s3:*", Condition=BY_ADDRESS)], no_policy("PutRecord")),
        ([allow(resource="arn:aws:s3:::*", Condition=BY_ADDRESS)], no_policy("PutRecord")),
        ([allow("iam:*", f"{USER}/${{aws:username}}"), allow()], ALLOWED),
        ([deny(Condition=BY_ADDRESS), deny()], EXPLICIT),
        ([allow(Condition=BY_ADDRESS), allow(Condition={"IpAddress": {}}), allow()], ALLOWED),
        ([allow(Principal="*"), deny()], EXPLICIT),
        ([allow(Condition={**BY_ADDRESS, "StringEquals": {TEAM: "risk"}})], no_policy("PutRecord")),
        ([allow(resource=["${aws:username}", "*"])], ALLOWED),
        (
            [allow(Condition={"StringNotEquals": {"aws:PrincipalAccount": ["${aws:userid}", "123456789012"]}})],
            no_policy("PutRecord"),
        ),
    ],
)
def test_unsupported_policy_element_that_cannot_change_the_decision_is_ignored(statements, decision):
    assert decide(user(policy(*statements))) == decision


def test_unsupported_policy_error_names_the_first_element():
    statements = [allow(Condition=BY_ADDRESS), allow(Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01"}})]
    with pytest.raises(UnsupportedPolicyError, match="IpAddress"):
        decide(user(policy(*statements)))


def test_unsupported_deny_statement_raises_an_error():
    with pytest.raises(UnsupportedPolicyError, match="IpAddress"):
        decide(user(policy(allow(), deny(Condition=BY_ADDRESS))))
