"""Search expressions, compared with a simple reference implementation of the documentation.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html
"""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.memory import START, MemoryWorld, Service

from moto_featurestore.operations.filters import OPERATORS
from moto_featurestore.protocol.model import CONTROL_PLANE, service_model

OFFLINE = {
    "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": "s3://bucket/prefix"}},
    "RoleArn": "arn:aws:iam::123456789012:role/FeatureStoreRole",
}
GROUPS = {
    "airport": {"Description": "who flies", "Tags": [{"Key": "team", "Value": "risk"}]},
    "river": {"OnlineStoreConfig": {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 3}}},
    "rivers": {"Tags": [{"Key": "risk", "Value": "team:a"}, {"Key": "a", "Value": "b"}], "Description": ""},
    "archive": {"OnlineStoreConfig": {"EnableOnlineStore": False}, **OFFLINE},
    "both": {**OFFLINE, "OnlineStoreConfig": {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 30}}},
}
TEXTS = [
    "airport",
    "river",
    "risk",
    "team",
    "team:a",
    "a",
    "b",
    "river,airport",
    "String",
    "city",
    "who flies",
    "s3://",
]
VALUES = {
    "text": st.sampled_from(TEXTS),
    "number": st.sampled_from(["3", "30.0", "2.5", "-1e2"]),
    "timestamp": st.integers(-1, 5).map(
        lambda n: datetime.fromtimestamp(START // 10**9 + n * 60, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    ),
    "Boolean": st.sampled_from(["true", "false"]),
    "structure": st.just("x"),
}


def service_with_groups():
    service = Service(MemoryWorld())
    for name, changes in GROUPS.items():
        assert service.create(name, **changes).status == 200
        service.world.time += 60 * 10**9
    return service


# The reference implementation: the values of each field in a group, as DescribeFeatureGroup and ListTags show it.


def members(*path):
    def values(group):
        for name in path:
            group = (group or {}).get(name)
        return [] if group is None else [group]

    return values


FIELDS = {
    "FeatureGroupName": ("text", members("FeatureGroupName")),
    "Description": ("text", members("Description")),
    "CreationTime": ("timestamp", members("CreationTime")),
    "OnlineStoreConfig": ("structure", members("OnlineStoreConfig")),
    "OnlineStoreConfig.EnableOnlineStore": ("Boolean", members("OnlineStoreConfig", "EnableOnlineStore")),
    "OnlineStoreConfig.TtlDuration.Value": ("number", members("OnlineStoreConfig", "TtlDuration", "Value")),
    "OfflineStoreConfig.S3StorageConfig.S3Uri": ("text", members("OfflineStoreConfig", "S3StorageConfig", "S3Uri")),
    "FeatureDefinitions.FeatureName": ("text", lambda g: [d["FeatureName"] for d in g["FeatureDefinitions"]]),
    "Tags.team": ("text", lambda g: [t["Value"] for t in g["Tags"] if t["Key"] == "team"]),
    "AllTags": ("text", lambda g: [text for t in g["Tags"] for text in t.values()]),
}
PARSERS = {
    "text": str,
    "number": float,
    "Boolean": lambda text: text == "true",
    "timestamp": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp(),
    "structure": str,
}


OPERATOR_TESTS = {
    None: lambda values, wanted: any(value == wanted for value in values),
    "Equals": lambda values, wanted: any(value == wanted for value in values),
    "NotEquals": lambda values, wanted: all(value != wanted for value in values),
    "Exists": lambda values, _: len(values) > 0,
    "NotExists": lambda values, _: len(values) == 0,
    "Contains": lambda values, wanted: any(wanted in value for value in values),
    "In": lambda values, wanted: any(value in wanted.split(",") for value in values),
    "GreaterThan": lambda values, wanted: any(value > wanted for value in values),
    "GreaterThanOrEqualTo": lambda values, wanted: any(value >= wanted for value in values),
    "LessThan": lambda values, wanted: any(value < wanted for value in values),
    "LessThanOrEqualTo": lambda values, wanted: any(value <= wanted for value in values),
}


def matches(expression, group):
    results = []
    for condition in expression.get("Filters", []):
        kind, values = FIELDS[condition["Name"]]
        wanted = PARSERS[kind](condition["Value"])
        results.append(OPERATOR_TESTS[condition.get("Operator")](values(group), wanted))
    for nested in expression.get("NestedFilters", []):
        conditions = [(f["Name"].split(".")[1], f.get("Operator"), f["Value"]) for f in nested["Filters"]]
        results.append(
            any(
                all(
                    OPERATOR_TESTS[operator]([d[name]] if name in d else [], wanted)
                    for name, operator, wanted in conditions
                )
                for d in group["FeatureDefinitions"]
            )
        )
    results += [matches(subexpression, group) for subexpression in expression.get("SubExpressions", [])]
    return any(results) if expression.get("Operator") == "Or" else all(results)


def filters(name, kind):
    operators = st.sampled_from(sorted(OPERATORS[kind]))
    fields = {"Name": st.just(name), "Value": VALUES[kind]}
    optional = {} if kind == "structure" else {"Operator": operators}
    return st.fixed_dictionaries(fields | ({"Operator": operators} if kind == "structure" else {}), optional=optional)


ANY_FILTER = st.one_of([filters(name, kind) for name, (kind, _) in FIELDS.items()])
NESTED = st.lists(
    filters("FeatureDefinitions.FeatureName", "text") | filters("FeatureDefinitions.FeatureType", "text"),
    min_size=1,
    max_size=2,
).map(lambda listed: {"NestedPropertyName": "FeatureDefinitions", "Filters": listed})
OPERATOR = {"Operator": st.sampled_from(["And", "Or"])}
LEAF = st.fixed_dictionaries({"Filters": st.lists(ANY_FILTER, min_size=1, max_size=3)}, optional=OPERATOR)
LEAF |= st.fixed_dictionaries({"NestedFilters": st.lists(NESTED, min_size=1, max_size=2)}, optional=OPERATOR)
EXPRESSIONS = st.recursive(
    LEAF,
    lambda inner: st.fixed_dictionaries(
        {"SubExpressions": st.lists(inner, min_size=1, max_size=3)},
        optional={**OPERATOR, "Filters": st.lists(ANY_FILTER, min_size=1, max_size=2)},
    ),
    max_leaves=4,
)


def test_search_with_random_expression_matches_reference_implementation():
    service = service_with_groups()
    descriptions = {}
    for name in GROUPS:
        description = service.control("DescribeFeatureGroup", FeatureGroupName=name).body
        descriptions[name] = description | service.control("ListTags", ResourceArn=description["FeatureGroupArn"]).body

    @settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(EXPRESSIONS)
    def run(expression):
        answer = service.control("Search", Resource="FeatureGroup", SearchExpression=expression)
        assert answer.status == 200, answer.message
        names = [result["FeatureGroup"]["FeatureGroupName"] for result in answer.body["Results"]]
        assert sorted(names) == sorted(name for name, group in descriptions.items() if matches(expression, group))

    run()


def test_each_search_operator_of_the_model_is_supported_by_a_property_type():
    assert set.union(*OPERATORS.values()) == set(service_model(CONTROL_PLANE).shape_for("Operator").metadata["enum"])


def make_filter(name, operator=None, value=None):
    return {"Name": name} | ({"Operator": operator} if operator else {}) | ({"Value": value} if value else {})


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (make_filter("Nothing", value="x"), "Unknown property name: Nothing"),
        (make_filter("Tags."), "Unknown property name: Tags."),
        *(
            (
                make_filter(name, operator, "1"),
                f"Validation Error: The operator [{operator}] is not supported for the property [{name}],"
                f" which is a {kind}.",
            )
            for kind, name in {
                "text": "FeatureGroupName",
                "number": "OnlineStoreConfig.TtlDuration.Value",
                "timestamp": "CreationTime",
                "Boolean": "OnlineStoreConfig.EnableOnlineStore",
                "structure": "OnlineStoreConfig",
                "list": "FeatureDefinitions",
            }.items()
            for operator in sorted(set.union(*OPERATORS.values()) - OPERATORS[kind])
        ),
        (
            make_filter("FeatureGroupName"),
            "Validation Error: The filter on the property [FeatureGroupName] needs a Value.",
        ),
        *(
            (
                make_filter(name, "Equals", value),
                f"Validation Error: The value [{value}] of the filter on the property [{name}] is not {form}.",
            )
            for name, form, values in [
                (
                    "CreationTime",
                    "an ISO 8601 date-time of the form YYYY-mm-dd'T'HH:MM:SS",
                    ["soon", "2026-01-01", "1790000000", "2026-13-01T00:00:00", "2026-01-01T00:00:00+00:00"],
                ),
                (
                    "OnlineStoreConfig.TtlDuration.Value",
                    "an integer or a floating-point decimal",
                    ["x", "1_0", "inf", "NaN"],
                ),
                ("OnlineStoreConfig.EnableOnlineStore", "true or false", ["True", "1", "yes"]),
            ]
            for value in values
        ),
    ],
    ids=lambda value: value[:80] if isinstance(value, str) else "",
)
def test_search_with_invalid_filter_is_rejected(service, condition, message):
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression={"Filters": [condition]})
    assert (answer.status, answer.code, answer.message) == (400, "ValidationException", message)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({}, "Validation Error: A SearchExpression needs at least one of Filters, NestedFilters and SubExpressions."),
        (
            {"SubExpressions": [{"Operator": "And"}]},
            "Validation Error: A SearchExpression needs at least one of Filters, NestedFilters and SubExpressions.",
        ),
        (
            {
                "NestedFilters": [
                    {"NestedPropertyName": "Description", "Filters": [make_filter("Description", value="x")]}
                ]
            },
            "Validation Error: NestedFilters requires a property that is a list; the property [Description] is not a list.",
        ),
        (
            {"NestedFilters": [{"NestedPropertyName": "Tags", "Filters": [make_filter("Description", value="x")]}]},
            "Unknown property name: Description",
        ),
    ],
    ids=str,
)
def test_search_with_invalid_expression_is_rejected(service, expression, message):
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression=expression)
    assert (answer.status, answer.code, answer.message) == (400, "ValidationException", message)


def test_nested_filters_of_search_match_key_and_value_of_the_same_tag(service):
    service.create("customers", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])

    def hits(key, value):
        nested = [make_filter("Tags.Key", value=key), make_filter("Tags.Value", value=value)]
        expression = {"NestedFilters": [{"NestedPropertyName": "Tags", "Filters": nested}]}
        return len(service.control("Search", Resource="FeatureGroup", SearchExpression=expression).body["Results"])

    assert (hits("a", "1"), hits("a", "2")) == (1, 0)


# Limits on the depth and the number of elements.


def deep(levels):
    expression = {"Filters": [make_filter("FeatureGroupName", "Exists")]}
    for _ in range(levels):
        expression = {"SubExpressions": [expression]}
    return expression


def test_search_with_more_than_50_expression_elements_is_rejected(service):
    service.create("customers")
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression=deep(49))
    assert len(answer.body["Results"]) == 1
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression=deep(50))
    assert answer.code == "ValidationException"
    assert answer.message == (
        "Validation Error: SearchExpression has 51 SubExpressions, NestedFilters and Filters; the limit is 50."
    )
    nested = {"NestedPropertyName": "Tags", "Filters": [make_filter("Tags.Key", value="a")] * 20}
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression={"NestedFilters": [nested] * 3})
    assert "has 63 SubExpressions" in answer.message


@pytest.mark.parametrize("levels", [70, 400])
def test_search_with_deeply_nested_expression_is_rejected(service, levels):
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression=deep(levels))
    assert (answer.status, answer.code) == (400, "SerializationException")
    assert answer.message.startswith("The structures of the request are nested too deeply (at 'SearchExpression.")


def test_search_with_expression_too_deep_for_the_json_parser_is_rejected(service):
    body = b'{"Resource": "FeatureGroup", "SearchExpression": %s%s}' % (
        b'{"SubExpressions": [' * 50_000,
        b"]}" * 50_000,
    )
    answer = service.send("POST", "/", body=body, target="SageMaker.Search")
    assert (answer.status, answer.code) == (400, "SerializationException")
    assert "nested too deeply" in answer.message


def test_model_constraints_of_search_apply_to_nested_expressions(service):
    expression = deep(0)
    expression["Filters"][0]["Operator"] = "Is"
    answer = service.control("Search", Resource="FeatureGroup", SearchExpression={"SubExpressions": [expression]})
    assert answer.code == "ValidationException"
    assert "at 'searchExpression.subExpressions.1.member.filters.1.member.operator'" in answer.message
