"""Tests of the pytest plugin's markers and fixture for faults, in generated test suites."""

import pytest
from support.suites import make_suite

pytestmark = pytest.mark.process

HELPERS = """
import pytest

RECORD = [{"FeatureName": name, "ValueAsString": "2026-01-01T00:00:00Z"} for name in ("id", "time")]


def create(client, name="group"):
    client.create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )


def code_of(call, **params):
    try:
        call(**params)
    except Exception as error:
        return error.response["Error"]["Code"]


@pytest.fixture
def group(sagemaker_client):
    create(sagemaker_client)


@pytest.fixture
def put(featurestore_client, group):
    return lambda: code_of(featurestore_client.put_record, FeatureGroupName="group", Record=RECORD)
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    return make_suite(pytester, monkeypatch, HELPERS)


def test_fault_markers_arm_faults_only_for_the_marked_test(suite):
    code = """
@pytest.mark.featurestore_fail("*", "AccessDeniedException", times=1)
def test_fault_affects_the_test_but_not_its_fixtures(put):
    assert [put(), put()] == ["AccessDeniedException", None]

@pytest.mark.featurestore_fail("PutRecord", "ValidationError", times=1)
@pytest.mark.featurestore_fail("PutRecord", "AccessForbidden", times=1)
@pytest.mark.featurestore_delay("PutRecord", 0.001)
def test_marker_closest_to_the_function_applies_first(put):
    assert [put(), put(), put()] == ["AccessForbidden", "ValidationError", None]

@pytest.mark.featurestore_fail("PutRecord", "ValidationError")
class TestAll:
    def test_marker_of_class_arms_a_fault_in_its_methods(self, put):
        assert put() == "ValidationError"

@pytest.mark.featurestore_drop("DeleteRecord")
@pytest.mark.featurestore_leave_unprocessed("BatchGetRecord")
@pytest.mark.featurestore_enforce_throughput(group="group")
def test_every_fault_method_has_a_marker(put):
    assert put() is None

def test_function_without_marker_has_no_fault(put):
    assert put() is None
"""
    suite.run(code, "--strict-markers").assert_outcomes(passed=5)


def test_fault_markers_with_invalid_arguments_fail_only_the_marked_test(suite):
    code = """
@pytest.mark.featurestore_fail("PutRecrd", "ValidationError")
def test_marker_with_unknown_operation_fails_the_test(featurestore): pass

@pytest.mark.featurestore_delay("PutRecord")
def test_marker_without_required_argument_fails_the_test(featurestore): pass

@pytest.mark.featurestore_drop("PutRecord", tmes=1)
def test_marker_with_misspelled_argument_fails_the_test(featurestore): pass

def test_function_without_marker_passes(featurestore): pass
"""
    result = suite.run(code, "--strict-markers")
    result.assert_outcomes(passed=1, failed=3)
    messages = [
        "featurestore_fail(operation, error, **selection) is invalid: Unknown operation 'PutRecrd'; did you mean 'PutR",
        "featurestore_delay(operation, seconds, **selection) is invalid: *missing 1 required positional argument: 'seconds'",
        "featurestore_drop(operation, **selection) is invalid: drop has no parameter 'tmes'; did you mean 'times'?",
    ]
    result.stdout.fnmatch_lines([f"The marker {text}*" for text in messages])


def test_fault_markers_apply_to_the_mock_or_server_of_the_test(suite):
    code = """
import boto3
from moto_featurestore import mock_featurestore

@pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException")
def test_marker_arms_a_fault_in_the_server(featurestore_server, featurestore_credentials):
    client = boto3.client("sagemaker", endpoint_url=featurestore_server)
    assert code_of(client.list_feature_groups) == "AccessDeniedException"

@pytest.fixture
def mock():
    with mock_featurestore(config={"core": {"mock_credentials": True}}):
        yield

@pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException")
def test_marker_arms_a_fault_in_the_mock_of_the_test(mock):
    assert code_of(boto3.client("sagemaker", "us-east-1").list_feature_groups) == "AccessDeniedException"
"""
    suite.run(code, "--strict-markers").assert_outcomes(passed=2)


def test_featurestore_faults_fixture_in_session_scope_lifts_faults_after_each_test(suite, pytester):
    pytester.makeini("[pytest]\nfeaturestore_scope = session\n")
    code = """
from datetime import datetime, timezone

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:feature-group/nobody"

def test_fault_armed_by_fixture_affects_the_test(featurestore_faults, featurestore_client):
    featurestore_faults.fail("GetRecord", "InternalFailure")
    featurestore_faults(account_id="210987654321").fail("GetRecord", "InternalFailure", group=ARN)
    featurestore_faults.clock.advance(days=1)

def test_fault_of_previous_test_does_not_affect_this_test(featurestore, featurestore_client):
    params = {"FeatureGroupName": "nobody", "RecordIdentifierValueAsString": "1"}
    assert code_of(featurestore_client.get_record, **params) == "ValidationError"
    assert code_of(featurestore_client.get_record, **params | {"FeatureGroupName": ARN}) == "ValidationError"
    assert (featurestore.clock.now() - datetime.now(timezone.utc)).days < 1
"""
    suite.run(code, "--strict-markers").assert_outcomes(passed=2)


def test_fault_markers_apply_to_a_mock_that_starts_inside_the_test(suite):
    code = """
import unittest
import boto3
from moto import mock_aws
from moto_featurestore import install, mock_featurestore, uninstall

def code():
    return code_of(boto3.client("sagemaker", "us-east-1").list_feature_groups)

@pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException", times=1)
@mock_featurestore
def test_marker_above_the_mock_decorator_arms_a_fault():
    assert [code(), code()] == ["AccessDeniedException", None]

@mock_featurestore
@pytest.mark.featurestore_deny("ListFeatureGroups")
def test_marker_below_the_mock_decorator_arms_a_fault():
    assert code() == "AccessDeniedException"

@pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException", times=1)
def test_marker_applies_to_two_mocks_and_a_nested_mock():
    for _ in range(2):
        with mock_featurestore():
            with mock_featurestore():
                assert [code(), code()] == ["AccessDeniedException", None]

@pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException")
def test_marker_applies_to_mock_aws_after_install():
    install()
    with mock_aws():
        assert code() == "AccessDeniedException"
    uninstall()

@pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException")
def test_marker_applies_to_mock_inside_mock_aws():
    with mock_aws(), mock_featurestore():
        assert code() == "AccessDeniedException"

@mock_featurestore
class TestCase(unittest.TestCase):
    @pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException")
    def test_marker_applies_to_a_test_method(self):
        assert code() == "AccessDeniedException"

def test_function_without_a_marker_has_no_fault(featurestore):
    assert code() is None
"""
    suite.run(code, "--strict-markers", "-W", "error").assert_outcomes(passed=7)


def test_fault_markers_without_a_mock_fail_the_test(suite):
    code = """
@pytest.mark.featurestore_fail("ListFeatureGroups", "AccessDeniedException")
def test_marker_without_a_mock_fails_the_test(): pass

@pytest.mark.featurestore_deny("ListFeatureGroups")
def test_marker_without_a_mock_does_not_hide_the_error_of_the_test():
    raise ValueError("mine")
"""
    result = suite.run(code, "--strict-markers", "-W", "error")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "The marker featurestore_fail had no effect, because no mock was running during the test. Use the fixture"
            " featurestore, or start mock_featurestore in the test.",
            "*ValueError: mine",
        ]
    )


UNUSED = """
from moto_featurestore import featurestore as handle, mock_featurestore

@pytest.mark.featurestore_fail("PutRecord", "ValidationError", group="grop")
def test_unused_fault_of_a_marker_warns(put):
    assert put() is None

def test_unused_fault_of_a_method_call_warns(featurestore):
    featurestore.deny("PutRecord")

def test_unused_fault_of_a_with_statement_warns(featurestore):
    with featurestore.delay("PutRecord", 1):
        pass

def test_unused_fault_in_a_mock_inside_the_test_warns():
    with mock_featurestore() as fs:
        fs.drop("PutRecord", group="a")

@handle.fail("PutRecord", "ValidationError")
def test_unused_fault_of_a_decorator_warns(put): pass

@pytest.fixture
def faulty(featurestore):
    featurestore.fail("PutRecord", "ValidationError")

def test_unused_fault_of_a_fixture_warns(faulty): pass
"""


def test_unused_faults_emit_a_warning(suite):
    result = suite.run(UNUSED, "-W", "always")  # the filters of this run apply to inner ones
    result.assert_outcomes(passed=6, warnings=6)
    faults = [
        "fail('PutRecord', 'ValidationError', group='grop')",
        "deny('PutRecord')",
        "delay('PutRecord', seconds=1)",
        "drop('PutRecord', when_done=True, group='a')",
        "fail('PutRecord', 'ValidationError')",
        "fail('PutRecord', 'ValidationError')",
    ]
    hint = "Check the arguments of the fault, and the calls of the test."
    result.stdout.fnmatch_lines(
        [f"*FeatureStoreUnusedFaultWarning: No call matched featurestore.{fault}. {hint}" for fault in faults]
    )


@pytest.mark.parametrize("arguments", [("-o", "featurestore_strict_faults=true"), ("-W", "error")])
def test_unused_faults_with_strict_option_or_warnings_as_errors_fail_the_test(suite, arguments):
    result = suite.run(UNUSED, *arguments)
    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(["*No call matched featurestore.deny('PutRecord'). Check the arguments*"])


def test_faults_that_are_optional_do_not_emit_a_warning(suite, pytester):
    pytester.makeini("[pytest]\nfeaturestore_scope = module\nfeaturestore_strict_faults = true\n")
    code = """
@pytest.fixture(scope="module")
def faulty(featurestore):
    featurestore.fail("GetRecord", "ValidationError")

def test_fault_that_affected_a_call_in_a_with_statement_does_not_warn(featurestore, put):
    with featurestore.fail("PutRecord", "ValidationError") as fault:
        assert put() == "ValidationError"
    with fault:
        pass

def test_fault_with_a_probability_does_not_warn(featurestore):
    featurestore.fail("PutRecord", "ValidationError", probability=0.5)

def test_throughput_limit_does_not_warn(featurestore):
    featurestore.enforce_throughput()

def test_fault_of_a_decorator_on_an_uncalled_function_does_not_warn(featurestore):
    @featurestore.fail("PutRecord", "ValidationError")
    def unused(): pass

def test_unused_fault_in_module_scope_does_not_warn(faulty): pass

@pytest.mark.featurestore_fail("PutRecord", "ValidationError")
def test_unused_fault_in_a_failing_test_does_not_warn(featurestore):
    raise KeyError("mine")

def test_unused_fault_of_an_ended_server_does_not_warn():
    from moto_featurestore.testing import commands, faults
    def run(command, **params):
        if command is commands.hits:
            raise ConnectionError
        return "1"
    faults.Fault(run, commands.deny, {"operation": "PutRecord"})
"""
    result = suite.run(code)
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["*KeyError: 'mine'"])
