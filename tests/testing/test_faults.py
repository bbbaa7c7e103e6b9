"""Faults as clients see them, in process and through a server."""

import asyncio
import re
import time
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from support.memory import needs

from moto_featurestore import FeatureStoreUnusedFaultWarning, featurestore, mock_featurestore
from moto_featurestore.controls import faults as controls
from moto_featurestore.testing import commands, fault_parameters


def code_of(call, *arguments, **params):
    """Return the error code of a call, or None if it succeeds."""
    try:
        call(*arguments, **params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def codes_of(stage, count):
    return [code_of(stage.put) for _ in range(count)]


# Errors.


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        # The statuses, and the messages of modeled errors, are from botocore's model.
        ("ServiceUnavailable", 503, "The service is currently unavailable."),
        ("ValidationError", 400, "There was an error validating your request."),
        ("AccessForbidden", 403, "You do not have permission to perform an action."),
        # Verbatim: https://github.com/aws/sagemaker-python-sdk/issues/2252
        ("InternalFailure", 500, "Internal server error. Please try again later."),
        ("ThrottlingException", 400, "Rate exceeded"),  # assumed: AWS services answer throttled calls with this text
        ("ExpiredTokenException", 403, "Injected fault: ExpiredTokenException"),  # this package's own message
    ],
)
def test_fail_fault_returns_the_error_with_its_status_and_message(customers, code, status, message):
    customers.featurestore.fail("PutRecord", code)
    with pytest.raises(ClientError) as failed:
        customers.put()
    assert failed.value.response["Error"] == {"Code": code, "Message": message}
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert customers.get() is None


def test_fail_fault_returns_the_custom_message(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", "out of disks")
    with pytest.raises(ClientError, match="out of disks") as failed:
        customers.put()
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


@pytest.mark.parametrize(("code", "status"), [("ResourceLimitExceeded", 400), ("InternalFailure", 500)])
def test_fail_fault_on_control_plane_operation_returns_the_error(stage, code, status):
    stage.featurestore.fail("CreateFeatureGroup", code, times=1)
    with pytest.raises(ClientError) as failed:
        stage.create()
    answer = failed.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    stage.create()


def test_fail_fault_with_asterisk_affects_all_operations(customers):
    with customers.featurestore.fail("*", "ServiceUnavailable"):
        assert code_of(customers.put) == "ServiceUnavailable"
        assert code_of(customers.clients("sagemaker").list_feature_groups) == "ServiceUnavailable"
    customers.put()


def test_fail_fault_accepts_an_error_that_only_the_model_defines(clients, monkeypatch):

    monkeypatch.setattr(fault_parameters, "_modelled", lambda operation: ["TeapotException"])
    featurestore.fail("PutRecord", "TeapotException")
    call = clients("sagemaker-featurestore-runtime").put_record
    assert code_of(call, FeatureGroupName="a", Record=[{"FeatureName": "a", "ValueAsString": "b"}]) == "TeapotException"


INVALID = [
    (("PutRecrd", "ServiceUnavailable"), {}, "Unknown operation 'PutRecrd'; did you mean 'PutRecord'?"),
    (
        ("PutRecord", "ServiceUnavailabel"),
        {},
        "PutRecord cannot return the error 'ServiceUnavailabel'; did you mean 'ServiceUnavailable'?",
    ),
    (("PutRecord", "ConflictException"), {}, "PutRecord cannot return the error 'ConflictException'"),
    (("*", "ResourceNotFound"), {}, "Not every operation can return the error 'ResourceNotFound'"),
    (
        ("ListFeatureGroups", "InternalFailure"),
        {"group": "g"},
        "The parameter group is not valid for ListFeatureGroups",
    ),
    (
        ("ListRecords", "InternalFailure"),
        {"record_identifier": "1"},
        "The parameter record_identifier is not valid for ListRecords",
    ),
    (
        ("PutRecord", "InternalFailure"),
        {"partial": True},
        "PutRecord is not a batch operation. The batch operations are BatchGetRecord, BatchWriteRecord",
    ),
    (
        ("BatchWriteRecord", "InternalFailure"),
        {"partial": True, "when_done": True},
        "partial and when_done cannot both be true",
    ),
    (("PutRecord", "InternalFailure"), {"times": 0}, "times must be 1 or more, not 0"),
    (("PutRecord", "InternalFailure"), {"after": -1}, "after must be 0 or more, not -1"),
    (("PutRecord", "InternalFailure"), {"probability": 0}, "probability must be more than 0 and at most 1, not 0"),
    (("PutRecord", "InternalFailure"), {"probability": 2}, "probability must be more than 0 and at most 1, not 2"),
]


@pytest.mark.parametrize(("arguments", "selection", "message"), INVALID, ids=[message for *_, message in INVALID])
def test_fail_fault_with_contradictory_parameters_raises_value_error(customers, arguments, selection, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        customers.featurestore.fail(*arguments, **selection)
    customers.put()


WRONG_TYPES = [
    ("fail", ("PutRecord", "InternalFailure"), {"tims": 1}, "fail has no parameter 'tims'; did you mean 'times'?"),
    ("delay", ("PutRecord", 1), {"when_done": True}, "delay has no parameter 'when_done'"),
    ("drop", ("PutRecord",), {"seconds": 1}, "drop has no parameter 'seconds'"),
    ("fail", (["PutRecord"], "InternalFailure"), {}, "operation must be a string, not ['PutRecord']"),
    ("fail", ("PutRecord", "InternalFailure"), {"times": "2"}, "times must be an integer, not '2'"),
    ("fail", ("PutRecord", "InternalFailure"), {"times": True}, "times must be an integer, not True"),
    ("fail", ("PutRecord", "InternalFailure"), {"after": 0.5}, "after must be an integer, not 0.5"),
    ("fail", ("PutRecord", "InternalFailure"), {"probability": "1"}, "probability must be a number, not '1'"),
    ("fail", ("PutRecord", "InternalFailure"), {"group": 7}, "group must be a string, not 7"),
    (
        "fail",
        ("PutRecord", "InternalFailure"),
        {"count": 2},
        "fail has no parameter 'count'; the parameters are after, error, group, message, partial,",
    ),
    (
        "fail",
        ("PutRecord", ValueError),
        {},
        "error must be an error code as a string, such as 'InternalFailure', not <class",
    ),
    ("deny", ("PutRecord",), {"group": 7}, "group must be a string, not 7"),
    ("enforce_throughput", (7,), {}, "group must be a string, not 7"),
    ("records", (7,), {}, "group must be a string, not 7"),
]


@pytest.mark.parametrize(
    ("method", "arguments", "selection", "message"), WRONG_TYPES, ids=[message for *_, message in WRONG_TYPES]
)
def test_fault_method_with_argument_of_wrong_type_or_name_raises_type_error(
    stage, method, arguments, selection, message
):
    with pytest.raises(TypeError, match=re.escape(message)):
        getattr(stage.featurestore, method)(*arguments, **selection)


@pytest.mark.parametrize("arn", ["arn:x", "arn:aws:s3:::bucket", "arn:aws:sagemaker:us-east-1:123456789012:model/a"])
def test_fault_method_with_arn_of_another_resource_raises_value_error(stage, arn):
    for method in (
        lambda: stage.featurestore.fail("PutRecord", "InternalFailure", group=arn),
        lambda: stage.featurestore.deny("PutRecord", group=arn),
        lambda: stage.featurestore.enforce_throughput(arn),
    ):
        with pytest.raises(ValueError, match=f"'{arn}' is not the ARN of a feature group"):
            method()


@pytest.mark.parametrize("seconds", [-1, "soon", {}, {101: 1}, {50: -1}, {50: "x"}, float("inf"), [1, 2]])
def test_delay_fault_with_invalid_seconds_raises_value_error(customers, seconds):
    with pytest.raises(ValueError, match="A delay must be a number of seconds, or a mapping from percentile"):
        customers.featurestore.delay("PutRecord", seconds)


# Selection of calls.


def test_fault_with_parameter_times_affects_only_that_number_of_calls(customers):
    fault = customers.featurestore.fail("PutRecord", "InternalFailure", times=2)
    assert codes_of(customers, 3) == ["InternalFailure", "InternalFailure", None]
    assert fault.hits == 2


def test_fault_with_parameter_after_does_not_affect_the_first_calls(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", after=1, times=1)
    assert codes_of(customers, 3) == [None, "InternalFailure", None]


def test_fault_affects_calls_until_it_is_lifted(customers):
    fault = customers.featurestore.fail("PutRecord", "InternalFailure")
    assert codes_of(customers, 2) == ["InternalFailure"] * 2
    fault.lift()
    fault.lift()
    assert codes_of(customers, 1) == [None]
    assert fault.hits == 2


def test_fault_for_arn_in_another_region_is_lifted(stage):
    elsewhere = stage.featurestore(region_name="eu-west-1")
    elsewhere.create_group("group", {"id": "String", "time": "String"}, record_identifier="id", event_time="time")
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:feature-group/group"
    describe = stage.clients("sagemaker").describe_feature_group
    with stage.featurestore.fail("DescribeFeatureGroup", "AccessDeniedException", group=arn):
        assert code_of(describe, FeatureGroupName=arn) == "AccessDeniedException"
    describe(FeatureGroupName=arn)


def test_featurestore_lift_disarms_all_faults_of_the_region(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure")
    customers.featurestore.fail("GetRecord", "InternalFailure")
    customers.featurestore.lift()
    customers.put()
    assert customers.get()


def test_featurestore_lift_with_everywhere_disarms_faults_of_all_regions(customers):
    # Armed by a handle in another region, for the group in this region.
    arn = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"
    elsewhere = customers.featurestore(region_name="eu-west-1")
    elsewhere.fail("GetRecord", "InternalFailure", group=arn)
    elsewhere.lift()
    assert code_of(customers.get) == "InternalFailure"
    elsewhere.lift(everywhere=True)
    assert customers.get() is None


def test_faults_of_another_region_do_not_affect_this_region(customers):
    elsewhere = customers.featurestore(region_name="eu-west-1")
    fault = elsewhere.fail("PutRecord", "InternalFailure")
    customers.put()
    customers.featurestore.lift()
    assert fault.hits == 0
    client = (
        customers.clients("sagemaker-featurestore-runtime", region_name="eu-west-1") if customers.url is None else None
    )
    if client:
        assert code_of(client.put_record, FeatureGroupName="a", Record=[{"FeatureName": "a", "ValueAsString": "b"}])


def test_moto_reset_disarms_all_faults(customers):
    fault = customers.featurestore.fail("GetRecord", "InternalFailure")
    if customers.url:
        from urllib.request import urlopen

        urlopen(f"{customers.url}/moto-api/reset", b"").close()
    else:
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
    customers.create()
    assert customers.get() is None
    assert fault.hits == 0


def test_fault_with_probability_and_same_seed_affects_the_same_calls(customers):
    def run(seed):
        with customers.featurestore.fail("PutRecord", "InternalFailure", probability=0.5, seed=seed):
            return codes_of(customers, 20)

    assert run(7) == run(7)
    assert set(run(7)) == {None, "InternalFailure"}
    assert run(7) != run(8)


def test_fault_with_group_affects_only_this_group(customers):
    customers.create("orders")
    customers.featurestore.fail("PutRecord", "InternalFailure", group="orders")
    customers.put()
    assert code_of(customers.put, group="orders") == "InternalFailure"


def test_fault_accepts_an_arn_as_group(customers):
    arn = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"
    fault = customers.featurestore.fail("PutRecord", "InternalFailure", group=arn)
    assert code_of(customers.put) == "InternalFailure"
    assert code_of(customers.put, group=arn) == "InternalFailure"
    assert fault.hits == 2


def test_fault_with_record_identifier_affects_only_this_record(customers):
    customers.featurestore.fail("*", "InternalFailure", record_identifier="2")
    customers.put("1")
    assert code_of(customers.put, "2") == "InternalFailure"
    assert code_of(customers.get, "2") == "InternalFailure"
    assert customers.get("1")
    assert (
        code_of(customers.put, "2", "nobody") == "ValidationError"
    )  # without a group, the request has no record identifier


def test_faults_of_one_operation_apply_in_the_order_of_their_creation(customers):
    customers.featurestore.fail("PutRecord", "ServiceUnavailable", times=1)
    customers.featurestore.fail("PutRecord", "InternalFailure", times=1)
    assert codes_of(customers, 3) == ["ServiceUnavailable", "InternalFailure", None]


# Duration.


def test_fault_as_context_manager_is_lifted_at_the_end(customers):
    with customers.featurestore.fail("PutRecord", "InternalFailure") as fault:
        assert codes_of(customers, 1) == ["InternalFailure"]
    customers.put()
    assert fault.hits == 1
    with fault:
        assert fault.hits == 0
        assert codes_of(customers, 1) == ["InternalFailure"]
    customers.put()


def test_fault_as_decorator_is_armed_during_each_call(customers):
    @customers.featurestore.fail("PutRecord", "InternalFailure", times=1)
    def run():
        return codes_of(customers, 2)

    customers.put()
    assert run() == run() == ["InternalFailure", None]
    customers.put()


def test_fault_as_decorator_of_async_function_is_armed_during_each_call(customers):
    @customers.featurestore.fail("PutRecord", "InternalFailure")
    async def run():
        await asyncio.sleep(0)
        return codes_of(customers, 1)

    assert asyncio.run(run()) == ["InternalFailure"]
    customers.put()


def test_fault_as_decorator_of_class_raises_type_error(customers):
    with pytest.raises(TypeError, match="cannot decorate the class Suite"):

        @customers.featurestore.fail("PutRecord", "InternalFailure")
        class Suite:
            pass

    customers.put()


# Errors after the write, and lost responses.


def test_fail_fault_with_when_done_performs_the_operation(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", when_done=True)
    assert code_of(customers.put) == "InternalFailure"
    assert customers.get()


def test_fail_fault_with_when_done_returns_the_error_of_a_request_that_is_rejected(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", when_done=True)
    assert code_of(customers.put, group="nobody") == "ValidationError"


def test_drop_fault_performs_the_operation_and_closes_the_connection(customers):
    fault = customers.featurestore.drop("PutRecord", times=1)
    with pytest.raises(ConnectionClosedError):
        customers.put()
    assert fault.hits == 1
    assert customers.get()


def test_drop_fault_with_when_done_false_does_not_perform_the_operation(customers):
    customers.featurestore.drop("PutRecord", when_done=False, times=1)
    with pytest.raises(ConnectionClosedError):
        customers.put()
    assert customers.get() is None


def test_drop_fault_on_rejected_request_closes_the_connection(customers):
    customers.featurestore.drop("PutRecord", times=1)
    with pytest.raises(ConnectionClosedError):
        customers.put(group="nobody")


# Delays.


def test_delay_faults_add_up_and_precede_the_error(customers, monkeypatch):
    delays = []
    monkeypatch.setattr("moto_featurestore.service.middleware.time", SimpleNamespace(sleep=delays.append))
    customers.featurestore.delay("PutRecord", 0.25)
    customers.featurestore.delay("PutRecord", 0.5)
    customers.featurestore.fail("PutRecord", "InternalFailure", times=1)
    assert codes_of(customers, 2) == ["InternalFailure", None]
    assert delays == [0.75, 0.75]


def test_delay_fault_with_distribution_and_same_seed_returns_the_same_delays(customers, monkeypatch):
    delays = []
    monkeypatch.setattr("moto_featurestore.service.middleware.time", SimpleNamespace(sleep=delays.append))

    def run():
        delays.clear()
        with customers.featurestore.delay("PutRecord", {50: 0.02, 99: 0.4}, seed=1):
            codes_of(customers, 20)
        return list(delays)

    first = run()
    assert run() == first
    assert all(0.02 <= seconds <= 0.4 for seconds in first)
    assert len(set(first)) > 5


def test_delay_fault_slows_down_the_call(customers):
    customers.featurestore.delay("GetRecord", 0.01)
    start = time.monotonic()
    customers.get()
    assert time.monotonic() - start >= 0.01


# Batches.


def entry(record, group="customers"):
    return {"FeatureGroupName": group, "Record": record}


def features(identifier):
    return [
        {"FeatureName": "id", "ValueAsString": identifier},
        {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"},
    ]


def test_fail_partial_fault_returns_one_entry_in_errors(customers):
    needs("BatchWriteRecord")
    fault = customers.featurestore.fail(
        "BatchWriteRecord", "InternalFailure", "no", record_identifier="2", partial=True, times=1
    )
    answer = customers.runtime.batch_write_record(Entries=[entry(features(i)) for i in ("1", "2", "3")])
    assert answer["UnprocessedEntries"] == []
    assert answer["Errors"] == [{"Entry": entry(features("2")), "ErrorCode": "InternalFailure", "ErrorMessage": "no"}]
    assert [bool(customers.get(i)) for i in ("1", "2", "3")] == [True, False, True]
    assert fault.hits == 1
    assert customers.runtime.batch_write_record(Entries=[entry(features("2"))])["Errors"] == []


def test_leave_unprocessed_fault_returns_entries_as_unprocessed(customers):
    needs("BatchWriteRecord")
    customers.featurestore.leave_unprocessed("BatchWriteRecord", after=1, times=1)
    answer = customers.runtime.batch_write_record(Entries=[entry(features(i)) for i in ("1", "2", "3")])
    assert (answer["Errors"], answer["UnprocessedEntries"]) == ([], [entry(features("2"))])
    assert customers.runtime.batch_write_record(Entries=answer["UnprocessedEntries"])["UnprocessedEntries"] == []
    assert customers.get("2")


def test_fail_fault_for_one_group_fails_the_whole_batch(customers):
    needs("BatchWriteRecord")
    customers.create("orders")
    customers.featurestore.fail("BatchWriteRecord", "ServiceUnavailable", group="orders")
    entries = [entry(features("1")), entry(features("1"), "orders")]
    assert code_of(customers.runtime.batch_write_record, Entries=entries) == "ServiceUnavailable"
    assert code_of(customers.runtime.batch_write_record, Entries=entries[:1]) is None


def test_batch_get_record_with_faults_returns_errors_and_unprocessed_identifiers(customers):
    for identifier in ("1", "2", "3"):
        customers.put(identifier)
    customers.featurestore.fail("BatchGetRecord", "ServiceUnavailable", "no", record_identifier="1", partial=True)
    customers.featurestore.leave_unprocessed("BatchGetRecord", record_identifier="3")
    identifiers = {
        "FeatureGroupName": "customers",
        "RecordIdentifiersValueAsString": ["1", "2", "3"],
        "FeatureNames": ["id"],
    }
    answer = customers.runtime.batch_get_record(Identifiers=[identifiers])
    assert [record["RecordIdentifierValueAsString"] for record in answer["Records"]] == ["2"]
    assert answer["UnprocessedIdentifiers"] == [identifiers | {"RecordIdentifiersValueAsString": ["3"]}]
    assert answer["Errors"] == [
        {
            "FeatureGroupName": "customers",
            "RecordIdentifierValueAsString": "1",
            "ErrorCode": "ServiceUnavailable",
            "ErrorMessage": "no",
        }
    ]


def test_batch_get_record_with_all_records_unprocessed_returns_no_records(customers):
    customers.featurestore.leave_unprocessed("BatchGetRecord")
    identifiers = {"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": ["1"]}
    answer = customers.runtime.batch_get_record(Identifiers=[identifiers])
    assert (answer["Records"], answer["UnprocessedIdentifiers"]) == ([], [identifiers])


# Retries.


@pytest.fixture
def sleeps(monkeypatch):
    """Record the seconds that botocore would sleep before its retries, without sleeping."""
    seconds = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=seconds.append))
    return seconds


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("code", ["ServiceUnavailable", "InternalFailure", "ThrottlingException"])
def test_botocore_retries_after_an_error(customers, sleeps, mode, code):
    client = customers.retrying(mode, attempts=3)
    customers.featurestore.fail("GetRecord", code, times=2)
    answer = client.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    assert answer["ResponseMetadata"]["RetryAttempts"] == len(sleeps) == 2
    assert [call.error_code for call in customers.featurestore.calls.of("GetRecord")] == [code, code, None]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocore_retries_after_a_lost_response_and_writes_twice(customers, sleeps, mode):
    client = customers.retrying(mode, attempts=3)
    customers.featurestore.drop("PutRecord", times=1)
    answer = client.put_record(FeatureGroupName="customers", Record=features("1"))
    assert answer["ResponseMetadata"]["RetryAttempts"] == len(sleeps) == 1
    assert [call.status for call in customers.featurestore.calls.of("PutRecord")] == [None, 200]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocore_stops_after_the_last_attempt(customers, sleeps, mode):
    client = customers.retrying(mode, attempts=2)
    fault = customers.featurestore.fail("GetRecord", "ServiceUnavailable")
    with pytest.raises(ClientError, match="reached max retries: 1"):
        client.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    assert fault.hits == 2


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocore_does_not_retry_a_validation_error(customers, mode):
    client = customers.retrying(mode, attempts=5)
    fault = customers.featurestore.fail("GetRecord", "ValidationError")
    assert (
        code_of(client.get_record, FeatureGroupName="customers", RecordIdentifierValueAsString="1") == "ValidationError"
    )
    assert fault.hits == 1


# Denials.


def test_featurestore_deny_returns_a_denial_that_can_be_lifted(customers):
    denial = customers.featurestore.deny("PutRecord", group="customers")
    assert codes_of(customers, 2) == ["AccessForbidden", "AccessForbidden"]
    assert denial.hits == 2
    denial.lift()
    assert codes_of(customers, 1) == [None]
    assert denial.hits == 2


def test_denial_can_be_used_as_context_manager_and_as_decorator(customers):
    with customers.featurestore.deny("PutRecord"):
        assert codes_of(customers, 1) == ["AccessForbidden"]
    assert codes_of(customers, 1) == [None]

    @customers.featurestore.deny("PutRecord")
    def denied():
        return codes_of(customers, 1)

    assert denied() == ["AccessForbidden"]
    assert codes_of(customers, 1) == [None]


@pytest.mark.parametrize("everywhere", [False, True])
def test_featurestore_lift_ends_denials(customers, everywhere):
    customers.featurestore.deny("PutRecord")
    customers.featurestore.deny("ListFeatureGroups")
    customers.featurestore.lift(everywhere=everywhere)
    assert codes_of(customers, 1) == [None]
    assert customers.clients("sagemaker").list_feature_groups()["FeatureGroupSummaries"]


def test_denial_and_fault_of_the_same_operation_apply_in_the_order_of_their_creation(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", times=1)
    customers.featurestore.deny("PutRecord")
    assert codes_of(customers, 2) == ["InternalFailure", "AccessForbidden"]


# Mocks.


NO_MOCK = r"^No mock is running in this process\. Use the FeatureStore object inside mock_featurestore\(\), or create it with the URL"


def test_fault_returns_its_number_of_hits_after_the_end_of_the_mock():
    with mock_featurestore() as fs:
        fault = fs.fail("ListFeatureGroups", "InternalFailure", times=1)
        boto3.client("sagemaker").list_feature_groups()  # botocore retries
    assert fault.hits == 1
    fault.lift()
    with mock_featurestore():
        fault.lift()
        assert boto3.client("sagemaker").list_feature_groups()["FeatureGroupSummaries"] == []
    assert fault.hits == 1


@pytest.mark.parametrize(
    "make", [lambda: featurestore.fail("GetRecord", "InternalFailure"), lambda: featurestore.deny("GetRecord")]
)
def test_fault_in_a_with_statement_without_a_mock_raises_runtime_error(make):
    with pytest.raises(RuntimeError, match=NO_MOCK), make():
        pass


def test_fault_without_a_mock_warns_that_it_has_no_effect():
    with pytest.warns(
        FeatureStoreUnusedFaultWarning,
        match=r"^featurestore\.fail\('GetRecord', 'InternalFailure', times=2\) had no effect, because no mock was running\.",
    ):
        featurestore.fail("GetRecord", "InternalFailure", times=2)


def test_fault_decorator_is_armed_when_the_function_is_called():
    @featurestore.fail("ListFeatureGroups", "InternalFailure")
    def code():
        return code_of(boto3.client("sagemaker").list_feature_groups)

    with pytest.raises(RuntimeError, match=NO_MOCK):
        code()
    with mock_featurestore():
        assert code() == "InternalFailure"
        assert code_of(boto3.client("sagemaker").list_feature_groups) is None


def test_fault_with_invalid_parameters_raises_an_error_even_without_a_mock():
    with pytest.raises(ValueError, match="did you mean 'GetRecord'"):
        featurestore.fail("GetRecrd", "InternalFailure")
    with pytest.raises(ValueError, match="is not the ARN of a feature group"):
        featurestore.enforce_throughput("arn:x")


def test_repr_of_fault_shows_its_call_and_its_state(stage):
    fault = stage.featurestore.fail("PutRecord", "InternalFailure", times=1)
    assert repr(fault) == "<Fault: fail('PutRecord', 'InternalFailure', times=1), armed>"
    fault.lift()
    assert repr(fault) == "<Fault: fail('PutRecord', 'InternalFailure', times=1), lifted>"
    assert repr(stage.featurestore.deny("PutRecord")) == "<Fault: deny('PutRecord'), armed>"
    assert repr(stage.featurestore.enforce_throughput("a")) == "<Fault: enforce_throughput(group='a'), armed>"


def test_lifted_faults_beyond_the_limit_are_deleted(monkeypatch):
    monkeypatch.setattr(controls, "_MOST_LIFTED", 1)
    with mock_featurestore() as fs:
        first, second = (fs.fail("PutRecord", "InternalFailure") for _ in range(2))
        fs.lift()
        assert fs._run(commands.hits, fault=first._id) is None
        assert fs._run(commands.hits, fault=second._id) == 0


def test_faults_of_previous_mock_do_not_affect_a_new_mock():

    with mock_featurestore():
        fault = featurestore.fail("PutRecord", "InternalFailure")
    with mock_featurestore():
        assert featurestore.calls.of("PutRecord") == []
        assert fault.hits == 0
