"""Constraints of botocore's model. The wording is AWS's, from public logs; comments in the package name the sources."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.memory import supported_operations

from moto_featurestore.protocol.constraints import describe, java_pattern, violations
from moto_featurestore.protocol.model import CONTROL_PLANE, RUNTIME, input_shape, service_model

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_PutRecord.html
NAME_PATTERN = "^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}"
# The pattern of the installed botocore: older releases start it with "^", newer ones do not.
FEATURE_PATTERN = service_model(RUNTIME).shape_for("FeatureName").metadata["pattern"]
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}]


def message_for(operation, params, service=RUNTIME):
    broken = violations(input_shape(service_model(service).operation_model(operation)), params)
    return describe(broken) if broken else None


def put_record_message(**params):
    return message_for("PutRecord", {"FeatureGroupName": "group", "Record": RECORD, **params})


def test_violations_for_valid_parameters_returns_none():
    assert put_record_message(TargetStores=["OnlineStore"], TtlDuration={"Unit": "Days", "Value": 1}) is None


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (
            {"FeatureGroupName": "_group"},
            f"1 validation error detected: Value '_group' at 'featureGroupName' failed to satisfy constraint:"
            f" Member must satisfy regular expression pattern: {NAME_PATTERN}",
        ),
        (
            {"FeatureGroupName": "a" * 65},
            f"2 validation errors detected: Value '{'a' * 65}' at 'featureGroupName' failed to satisfy constraint:"
            f" Member must satisfy regular expression pattern: {NAME_PATTERN};"
            f" Value '{'a' * 65}' at 'featureGroupName' failed to satisfy constraint:"
            f" Member must have length less than or equal to 64",
        ),
        (
            {"FeatureGroupName": f"a{'-' * 100}b"},
            f"1 validation error detected: Value 'a{'-' * 100}b' at 'featureGroupName' failed to satisfy constraint:"
            f" Member must have length less than or equal to 64",
        ),
        (
            {"FeatureGroupName": ""},
            f"2 validation errors detected: Value '' at 'featureGroupName' failed to satisfy constraint:"
            f" Member must satisfy regular expression pattern: {NAME_PATTERN};"
            f" Value '' at 'featureGroupName' failed to satisfy constraint:"
            f" Member must have length greater than or equal to 1",
        ),
        (
            {"Record": None},
            "1 validation error detected: Value null at 'record' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"Record": []},
            "1 validation error detected: Value '[]' at 'record' failed to satisfy constraint:"
            " Member must have length greater than or equal to 1",
        ),
        (
            {"Record": [*RECORD, {"FeatureName": "-", "ValueAsString": "1"}]},
            f"1 validation error detected: Value '-' at 'record.2.member.featureName' failed to satisfy constraint:"
            f" Member must satisfy regular expression pattern: {FEATURE_PATTERN}",
        ),
        (
            {"Record": [None, {}]},
            "2 validation errors detected: Value null at 'record.1.member' failed to satisfy constraint:"
            " Member must not be null; Value null at 'record.2.member.featureName' failed to satisfy constraint:"
            " Member must not be null",
        ),
        (
            {"Record": [{"FeatureName": "id", "ValueAsStringList": ["1", None]}]},
            "1 validation error detected: Value '[1, null]' at 'record.1.member.valueAsStringList' failed to satisfy"
            " constraint: Member must satisfy constraint: [Member must not be null]",
        ),
        (
            {"TargetStores": ["OnlineStore", "Tape"]},
            "1 validation error detected: Value '[OnlineStore, Tape]' at 'targetStores' failed to satisfy constraint:"
            " Member must satisfy constraint: [Member must satisfy enum value set: [OnlineStore, OfflineStore]]",
        ),
        (
            {"TargetStores": ["OnlineStore", "OfflineStore", "OnlineStore"]},
            "1 validation error detected: Value '[OnlineStore, OfflineStore, OnlineStore]' at 'targetStores' failed to"
            " satisfy constraint: Member must have length less than or equal to 2",
        ),
        (
            {"TtlDuration": {"Unit": "Years", "Value": 0}},
            "2 validation errors detected: Value 'Years' at 'ttlDuration.unit' failed to satisfy constraint:"
            " Member must satisfy enum value set: [Seconds, Minutes, Hours, Days, Weeks];"
            " Value '0' at 'ttlDuration.value' failed to satisfy constraint:"
            " Member must have value greater than or equal to 1",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_description_of_broken_constraint_uses_the_wording_of_aws(params, expected):
    assert put_record_message(**params) == expected


def test_violations_checks_group_arn_of_runtime_request_against_the_runtime_model():
    arn = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/group"
    assert put_record_message(FeatureGroupName=arn) is None
    assert "(arn:aws[a-z\\-]*:sagemaker:" in put_record_message(FeatureGroupName=arn.replace("sagemaker", "s3"))
    assert "less than or equal to 150" in put_record_message(FeatureGroupName=arn + "x" * 150)


def test_violations_reports_invalid_list_element_with_path_and_constraints_of_the_list():
    params = {"FeatureGroupName": "group", "RecordIdentifierValueAsString": "1", "FeatureNames": ["fine", "_bad"]}
    assert message_for("GetRecord", params) == (
        "1 validation error detected: Value '[fine, _bad]' at 'featureNames' failed to satisfy constraint:"
        " Member must satisfy constraint: [Member must have length less than or equal to 64,"
        f" Member must have length greater than or equal to 1,"
        f" Member must satisfy regular expression pattern: {FEATURE_PATTERN}]"
    )


def test_violation_of_number_outside_its_range_names_the_limit():
    create = {"FeatureName": "f", "FeatureType": "Fractional", "CollectionType": "Vector"}

    def message_of_dimension(dimension):
        definition = {**create, "CollectionConfig": {"VectorConfig": {"Dimension": dimension}}}
        params = {"FeatureGroupName": "g", "RecordIdentifierFeatureName": "i", "EventTimeFeatureName": "e"}
        return message_for("CreateFeatureGroup", {**params, "FeatureDefinitions": [definition]}, CONTROL_PLANE)

    assert message_of_dimension(8192) is None
    assert message_of_dimension(8193).endswith("Member must have value less than or equal to 8192")
    assert message_of_dimension(0).endswith("Member must have value greater than or equal to 1")


def test_description_of_long_value_is_truncated():
    text = put_record_message(FeatureGroupName="-" * 9999)
    assert text.startswith(f"2 validation errors detected: Value '{'-' * 256}...' at 'featureGroupName'")


def test_description_of_structure_has_the_format_of_java():
    broken = violations(
        input_shape(service_model(CONTROL_PLANE).operation_model("CreateFeatureGroup")),
        {
            "FeatureGroupName": "g",
            "RecordIdentifierFeatureName": "i",
            "EventTimeFeatureName": "e",
            "FeatureDefinitions": [{"FeatureName": "f", "FeatureType": "String", "X": [True, None]}] * 2501,
        },
    )
    assert "Value '[{featureName=f, featureType=String, x=[true, null]}, {" in describe(broken)


def test_description_of_many_violations_has_at_most_2048_characters():
    assert len(put_record_message(Record=[{}] * 100)) == 2048


def test_java_pattern_matches_the_whole_value_including_line_breaks():
    assert java_pattern("a.b").fullmatch("a\nb")
    assert not java_pattern("a.b").fullmatch("a\nbc")
    assert java_pattern("^a").fullmatch("a")


@pytest.mark.parametrize("text", ["käse", "東京", "x y", "a_b.c:d/e=f+g-h@i", "½", "\u2003"])
def test_java_pattern_of_tags_accepts_letters_and_digits_and_spaces_of_all_scripts(text):
    assert java_pattern(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)").fullmatch(text)


@pytest.mark.parametrize("text", ["a\nb", "a!b", "€", "🙂"])
def test_java_pattern_of_tags_rejects_other_characters(text):
    assert not java_pattern(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)").fullmatch(text)


def test_java_pattern_with_surrogate_pair_matches_astral_planes():
    pattern = java_pattern("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*")
    assert pattern.fullmatch("table 🙂\t")
    assert not pattern.fullmatch("\n")


def test_java_pattern_with_unsupported_character_class_raises_value_error():
    with pytest.raises(re.error):
        java_pattern(r"[\p{L}]*")


@pytest.mark.parametrize("service", [RUNTIME, CONTROL_PLANE])
def test_java_pattern_can_compile_all_patterns_of_the_models(service):
    def patterns(shape, seen):
        if shape.name in seen:
            return
        seen.add(shape.name)
        if "pattern" in shape.metadata:
            yield shape.metadata["pattern"]
        for member in (*getattr(shape, "members", {}).values(), *([shape.member] if shape.type_name == "list" else [])):
            yield from patterns(member, seen)

    seen = set()
    all_patterns = [p for model in supported_operations(service).values() for p in patterns(input_shape(model), seen)]
    assert all_patterns
    for pattern in all_patterns:
        java_pattern(pattern)


@given(st.text(max_size=80))
def test_put_record_accepts_exactly_the_group_names_that_match_the_documented_pattern(name):
    is_valid = re.fullmatch(NAME_PATTERN, name) is not None and 1 <= len(name) <= 64
    assert (put_record_message(FeatureGroupName=name) is None) == is_valid
