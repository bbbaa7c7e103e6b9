"""Faults, as clients meet them: in process and through a server."""

import asyncio
import re
import time
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from support.memory import needs

from moto_featurestore import mock_featurestore


def code_of(call, *arguments, **params):
    """The error code of a call; None where it goes well."""
    try:
        call(*arguments, **params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def codes_of(stage, count):
    return [code_of(stage.put) for _ in range(count)]


# Which errors.


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        # Statuses, and the texts of what is modelled: botocore's model.
        ("ServiceUnavailable", 503, "The service is currently unavailable."),
        ("ValidationError", 400, "There was an error validating your request."),
        ("AccessForbidden", 403, "You do not have permission to perform an action."),
        ("ThrottlingException", 400, "Rate exceeded"),  # assumed: real_service.md, X.18
        ("ExpiredTokenException", 403, "A fault: ExpiredTokenException"),  # the text is this package's
    ],
)
def test_a_call_fails_with_an_error_that_the_operation_can_answer_with(customers, code, status, message):
    customers.featurestore.fail("PutRecord", code)
    with pytest.raises(ClientError) as failed:
        customers.put()
    assert failed.value.response["Error"] == {"Code": code, "Message": message}
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert customers.get() is None


def test_a_failure_can_have_a_message(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", "out of disks")
    with pytest.raises(ClientError, match="out of disks") as failed:
        customers.put()
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


@pytest.mark.parametrize(("code", "status"), [("ResourceLimitExceeded", 400), ("InternalFailure", 500)])
def test_the_control_plane_fails_too(stage, code, status):
    stage.featurestore.fail("CreateFeatureGroup", code, times=1)
    with pytest.raises(ClientError) as failed:
        stage.create()
    answer = failed.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    stage.create()


def test_the_whole_service_can_be_down(customers):
    with customers.featurestore.fail("*", "ServiceUnavailable"):
        assert code_of(customers.put) == "ServiceUnavailable"
        assert code_of(customers.clients("sagemaker").list_feature_groups) == "ServiceUnavailable"
    customers.put()


def test_an_error_that_is_in_the_model_only_is_known(clients, monkeypatch):
    from moto_featurestore import featurestore
    from moto_featurestore.testing import faults

    monkeypatch.setattr(faults, "_modelled", lambda operation: ["TeapotException"])
    featurestore.fail("PutRecord", "TeapotException")
    call = clients("sagemaker-featurestore-runtime").put_record
    assert code_of(call, FeatureGroupName="a", Record=[{"FeatureName": "a", "ValueAsString": "b"}]) == "TeapotException"


REFUSED = [
    (("PutRecrd", "ServiceUnavailable"), {}, "There is no operation 'PutRecrd'; did you mean 'PutRecord'?"),
    (
        ("PutRecord", "ServiceUnavailabel"),
        {},
        "PutRecord does not answer with 'ServiceUnavailabel'; did you mean 'ServiceUnavailable'?",
    ),
    (("PutRecord", "ConflictException"), {}, "PutRecord does not answer with 'ConflictException'"),
    (("*", "ResourceNotFound"), {}, "An operation of any kind does not answer with 'ResourceNotFound'"),
    (("ListFeatureGroups", "InternalFailure"), {"group": "g"}, "ListFeatureGroups concerns no group in particular"),
    (("ListRecords", "InternalFailure"), {"record_identifier": "1"}, "ListRecords concerns no record in particular"),
    (
        ("PutRecord", "InternalFailure"),
        {"partial": True},
        "PutRecord has no parts; those of these can fail alone: BatchGetRecord, BatchWriteRecord",
    ),
    (
        ("BatchWriteRecord", "InternalFailure"),
        {"partial": True, "when_done": True},
        "when_done does not go with partial",
    ),
    (("PutRecord", "InternalFailure"), {"times": 0}, "times must be 1 or more, not 0"),
    (("PutRecord", "InternalFailure"), {"after": -1}, "after must be 0 or more, not -1"),
    (("PutRecord", "InternalFailure"), {"probability": 0}, "probability must be more than 0 and at most 1, not 0"),
    (("PutRecord", "InternalFailure"), {"probability": 2}, "probability must be more than 0 and at most 1, not 2"),
]


@pytest.mark.parametrize(("asked", "selection", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_what_cannot_be_is_refused(customers, asked, selection, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        customers.featurestore.fail(*asked, **selection)
    customers.put()


WRONG = [
    ("fail", ("PutRecord", "InternalFailure"), {"tims": 1}, "fail takes no 'tims'; did you mean 'times'?"),
    ("delay", ("PutRecord", 1), {"when_done": True}, "delay takes no 'when_done'"),
    ("drop", ("PutRecord",), {"seconds": 1}, "drop takes no 'seconds'"),
    ("fail", (["PutRecord"], "InternalFailure"), {}, "operation must be a text, not ['PutRecord']"),
    ("fail", ("PutRecord", "InternalFailure"), {"times": "2"}, "times must be a whole number, not '2'"),
    ("fail", ("PutRecord", "InternalFailure"), {"times": True}, "times must be a whole number, not True"),
    ("fail", ("PutRecord", "InternalFailure"), {"after": 0.5}, "after must be a whole number, not 0.5"),
    ("fail", ("PutRecord", "InternalFailure"), {"probability": "1"}, "probability must be a number, not '1'"),
    ("fail", ("PutRecord", "InternalFailure"), {"group": 7}, "group must be a text, not 7"),
    ("deny", ("PutRecord",), {"group": 7}, "group must be a text, not 7"),
    ("enforce_throughput", (7,), {}, "group must be a text, not 7"),
    ("records", (7,), {}, "group must be a text, not 7"),
]


@pytest.mark.parametrize(("method", "asked", "selection", "message"), WRONG, ids=[message for *_, message in WRONG])
def test_what_is_of_another_type_or_name_is_refused(stage, method, asked, selection, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        getattr(stage.featurestore, method)(*asked, **selection)


@pytest.mark.parametrize("arn", ["arn:x", "arn:aws:s3:::bucket", "arn:aws:sagemaker:us-east-1:123456789012:model/a"])
def test_an_arn_of_something_else_is_refused(stage, arn):
    for refused in (
        lambda: stage.featurestore.fail("PutRecord", "InternalFailure", group=arn),
        lambda: stage.featurestore.deny("PutRecord", group=arn),
        lambda: stage.featurestore.enforce_throughput(arn),
    ):
        with pytest.raises(ValueError, match=f"'{arn}' is no ARN of a feature group"):
            refused()


@pytest.mark.parametrize("seconds", [-1, "soon", {}, {101: 1}, {50: -1}, {50: "x"}, float("inf"), [1, 2]])
def test_what_is_no_delay_is_refused(customers, seconds):
    with pytest.raises(ValueError, match="A delay is a number of seconds, or percentiles"):
        customers.featurestore.delay("PutRecord", seconds)


# Which calls.


def test_a_fault_happens_so_many_times(customers):
    fault = customers.featurestore.fail("PutRecord", "InternalFailure", times=2)
    assert codes_of(customers, 3) == ["InternalFailure", "InternalFailure", None]
    assert fault.hits == 2


def test_a_fault_happens_after_so_many_calls(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", after=1, times=1)
    assert codes_of(customers, 3) == [None, "InternalFailure", None]


def test_a_fault_happens_until_it_is_lifted(customers):
    fault = customers.featurestore.fail("PutRecord", "InternalFailure")
    assert codes_of(customers, 2) == ["InternalFailure"] * 2
    fault.lift()
    fault.lift()
    assert codes_of(customers, 1) == [None]
    assert fault.hits == 2


def test_a_fault_of_another_region_s_group_is_lifted_too(stage):
    elsewhere = stage.featurestore(region_name="eu-west-1")
    elsewhere.create_group("group", {"id": "String", "time": "String"}, record_identifier="id", event_time="time")
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:feature-group/group"
    describe = stage.clients("sagemaker").describe_feature_group
    with stage.featurestore.fail("DescribeFeatureGroup", "AccessDeniedException", group=arn):
        assert code_of(describe, FeatureGroupName=arn) == "AccessDeniedException"
    describe(FeatureGroupName=arn)


def test_all_faults_are_lifted_at_once(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure")
    customers.featurestore.fail("GetRecord", "InternalFailure")
    customers.featurestore.lift()
    customers.put()
    assert customers.get()


def test_faults_everywhere_are_lifted_at_once(customers):
    # Armed elsewhere, and of the group here.
    arn = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"
    elsewhere = customers.featurestore(region_name="eu-west-1")
    elsewhere.fail("GetRecord", "InternalFailure", group=arn)
    elsewhere.lift()
    assert code_of(customers.get) == "InternalFailure"
    elsewhere.lift(everywhere=True)
    assert customers.get() is None


def test_faults_of_another_region_stay_and_do_not_happen_here(customers):
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


def test_a_reset_ends_all_faults(customers):
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


def test_a_probability_with_a_seed_is_the_same_again(customers):
    def run(seed):
        with customers.featurestore.fail("PutRecord", "InternalFailure", probability=0.5, seed=seed):
            return codes_of(customers, 20)

    assert run(7) == run(7)
    assert set(run(7)) == {None, "InternalFailure"}
    assert run(7) != run(8)


def test_a_fault_can_be_of_one_group(customers):
    customers.create("orders")
    customers.featurestore.fail("PutRecord", "InternalFailure", group="orders")
    customers.put()
    assert code_of(customers.put, group="orders") == "InternalFailure"


def test_a_group_may_be_named_by_its_arn(customers):
    arn = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/customers"
    fault = customers.featurestore.fail("PutRecord", "InternalFailure", group=arn)
    assert code_of(customers.put) == "InternalFailure"
    assert code_of(customers.put, group=arn) == "InternalFailure"
    assert fault.hits == 2


def test_a_fault_can_be_of_one_record_whatever_the_operation(customers):
    customers.featurestore.fail("*", "InternalFailure", record_identifier="2")
    customers.put("1")
    assert code_of(customers.put, "2") == "InternalFailure"
    assert code_of(customers.get, "2") == "InternalFailure"
    assert customers.get("1")
    assert code_of(customers.put, "2", "nobody") == "ValidationError"  # what is no group has no record identifier


def test_one_fault_comes_after_the_other(customers):
    customers.featurestore.fail("PutRecord", "ServiceUnavailable", times=1)
    customers.featurestore.fail("PutRecord", "InternalFailure", times=1)
    assert codes_of(customers, 3) == ["ServiceUnavailable", "InternalFailure", None]


# For how long.


def test_a_block_has_a_fault(customers):
    with customers.featurestore.fail("PutRecord", "InternalFailure") as fault:
        assert codes_of(customers, 1) == ["InternalFailure"]
    customers.put()
    assert fault.hits == 1
    with fault:
        assert fault.hits == 0
        assert codes_of(customers, 1) == ["InternalFailure"]
    customers.put()


def test_a_function_has_a_fault_while_it_runs(customers):
    @customers.featurestore.fail("PutRecord", "InternalFailure", times=1)
    def run():
        return codes_of(customers, 2)

    customers.put()
    assert run() == run() == ["InternalFailure", None]
    customers.put()


def test_an_asynchronous_function_has_a_fault_while_it_runs(customers):
    @customers.featurestore.fail("PutRecord", "InternalFailure")
    async def run():
        await asyncio.sleep(0)
        return codes_of(customers, 1)

    assert asyncio.run(run()) == ["InternalFailure"]
    customers.put()


def test_a_class_is_not_decorated(customers):
    with pytest.raises(TypeError, match="decorate methods of Suite"):

        @customers.featurestore.fail("PutRecord", "InternalFailure")
        class Suite:
            pass

    customers.put()


# After the write, and without an answer.


def test_a_call_can_fail_once_it_is_done(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", when_done=True)
    assert code_of(customers.put) == "InternalFailure"
    assert customers.get()


def test_what_fails_by_itself_fails_so_also_where_it_is_to_fail_when_done(customers):
    customers.featurestore.fail("PutRecord", "InternalFailure", when_done=True)
    assert code_of(customers.put, group="nobody") == "ValidationError"


def test_an_answer_can_be_lost_after_the_write(customers):
    fault = customers.featurestore.drop("PutRecord", times=1)
    with pytest.raises(ConnectionClosedError):
        customers.put()
    assert fault.hits == 1
    assert customers.get()


def test_a_connection_can_break_before_the_write(customers):
    customers.featurestore.drop("PutRecord", when_done=False, times=1)
    with pytest.raises(ConnectionClosedError):
        customers.put()
    assert customers.get() is None


def test_a_client_that_loses_the_answer_does_not_know_of_an_error_either(customers):
    customers.featurestore.drop("PutRecord", times=1)
    with pytest.raises(ConnectionClosedError):
        customers.put(group="nobody")


# Late.


def test_delays_add_up_and_come_before_the_failure(customers, monkeypatch):
    slept = []
    monkeypatch.setattr("moto_featurestore.service.middleware.time", SimpleNamespace(sleep=slept.append))
    customers.featurestore.delay("PutRecord", 0.25)
    customers.featurestore.delay("PutRecord", 0.5)
    customers.featurestore.fail("PutRecord", "InternalFailure", times=1)
    assert codes_of(customers, 2) == ["InternalFailure", None]
    assert slept == [0.75, 0.75]


def test_delays_of_a_distribution_are_the_same_again_by_their_seed(customers, monkeypatch):
    slept = []
    monkeypatch.setattr("moto_featurestore.service.middleware.time", SimpleNamespace(sleep=slept.append))

    def run():
        slept.clear()
        with customers.featurestore.delay("PutRecord", {50: 0.02, 99: 0.4}, seed=1):
            codes_of(customers, 20)
        return list(slept)

    first = run()
    assert run() == first
    assert all(0.02 <= seconds <= 0.4 for seconds in first)
    assert len(set(first)) > 5


def test_a_delay_takes_its_time(customers):
    customers.featurestore.delay("GetRecord", 0.01)
    began = time.monotonic()
    customers.get()
    assert time.monotonic() - began >= 0.01


# Batches.


def entry(record, group="customers"):
    return {"FeatureGroupName": group, "Record": record}


def features(identifier):
    return [
        {"FeatureName": "id", "ValueAsString": identifier},
        {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"},
    ]


def test_an_entry_of_a_batch_can_fail(customers):
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


def test_entries_of_a_batch_can_be_left_unprocessed(customers):
    needs("BatchWriteRecord")
    customers.featurestore.leave_unprocessed("BatchWriteRecord", after=1, times=1)
    answer = customers.runtime.batch_write_record(Entries=[entry(features(i)) for i in ("1", "2", "3")])
    assert (answer["Errors"], answer["UnprocessedEntries"]) == ([], [entry(features("2"))])
    assert customers.runtime.batch_write_record(Entries=answer["UnprocessedEntries"])["UnprocessedEntries"] == []
    assert customers.get("2")


def test_a_batch_can_fail_as_a_whole_for_one_of_its_groups(customers):
    needs("BatchWriteRecord")
    customers.create("orders")
    customers.featurestore.fail("BatchWriteRecord", "ServiceUnavailable", group="orders")
    entries = [entry(features("1")), entry(features("1"), "orders")]
    assert code_of(customers.runtime.batch_write_record, Entries=entries) == "ServiceUnavailable"
    assert code_of(customers.runtime.batch_write_record, Entries=entries[:1]) is None


def test_records_that_a_batch_reads_can_fail_or_be_left_unprocessed(customers):
    for identifier in ("1", "2", "3"):
        customers.put(identifier)
    customers.featurestore.fail("BatchGetRecord", "ServiceUnavailable", "no", record_identifier="1", partial=True)
    customers.featurestore.leave_unprocessed("BatchGetRecord", record_identifier="3")
    asked = {
        "FeatureGroupName": "customers",
        "RecordIdentifiersValueAsString": ["1", "2", "3"],
        "FeatureNames": ["id"],
    }
    answer = customers.runtime.batch_get_record(Identifiers=[asked])
    assert [found["RecordIdentifierValueAsString"] for found in answer["Records"]] == ["2"]
    assert answer["UnprocessedIdentifiers"] == [asked | {"RecordIdentifiersValueAsString": ["3"]}]
    assert answer["Errors"] == [
        {
            "FeatureGroupName": "customers",
            "RecordIdentifierValueAsString": "1",
            "ErrorCode": "ServiceUnavailable",
            "ErrorMessage": "no",
        }
    ]


def test_a_batch_of_which_nothing_is_processed_reads_nothing(customers):
    customers.featurestore.leave_unprocessed("BatchGetRecord")
    asked = {"FeatureGroupName": "customers", "RecordIdentifiersValueAsString": ["1"]}
    answer = customers.runtime.batch_get_record(Identifiers=[asked])
    assert (answer["Records"], answer["UnprocessedIdentifiers"]) == ([], [asked])


# Retries.


@pytest.fixture
def naps(monkeypatch):
    """The seconds that botocore waits before it tries again: none is waited for."""
    waited = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("code", ["ServiceUnavailable", "InternalFailure", "ThrottlingException"])
def test_botocore_tries_again_after_an_error(customers, naps, mode, code):
    client = customers.retrying(mode, attempts=3)
    customers.featurestore.fail("GetRecord", code, times=2)
    answer = client.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    assert answer["ResponseMetadata"]["RetryAttempts"] == len(naps) == 2
    assert [call.error_code for call in customers.featurestore.calls.of("GetRecord")] == [code, code, None]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocore_tries_again_after_a_lost_answer_and_writes_twice(customers, naps, mode):
    client = customers.retrying(mode, attempts=3)
    customers.featurestore.drop("PutRecord", times=1)
    answer = client.put_record(FeatureGroupName="customers", Record=features("1"))
    assert answer["ResponseMetadata"]["RetryAttempts"] == len(naps) == 1
    assert [call.status for call in customers.featurestore.calls.of("PutRecord")] == [None, 200]


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocore_gives_up_in_the_end(customers, naps, mode):
    client = customers.retrying(mode, attempts=2)
    fault = customers.featurestore.fail("GetRecord", "ServiceUnavailable")
    with pytest.raises(ClientError, match="reached max retries: 1"):
        client.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="1")
    assert fault.hits == 2


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_botocore_does_not_try_again_where_that_is_of_no_use(customers, mode):
    client = customers.retrying(mode, attempts=5)
    fault = customers.featurestore.fail("GetRecord", "ValidationError")
    assert (
        code_of(client.get_record, FeatureGroupName="customers", RecordIdentifierValueAsString="1") == "ValidationError"
    )
    assert fault.hits == 1


# With other ways in.


def test_a_mock_begins_without_faults():
    from moto_featurestore import featurestore

    with mock_featurestore():
        fault = featurestore.fail("PutRecord", "InternalFailure")
    with mock_featurestore():
        assert featurestore.calls.of("PutRecord") == []
        assert fault.hits == 0
