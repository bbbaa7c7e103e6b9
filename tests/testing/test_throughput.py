"""Enforced provisioned throughput.

The units are documented: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-throughput-mode.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html. The error is assumed,
and so are the response members in which a batch returns throttled records.
"""

import pytest
from botocore.exceptions import ClientError
from freezegun import freeze_time
from support.memory import needs

GROUP = "customers"
THROTTLED = {"Code": "ThrottlingException", "Message": "Rate exceeded"}


@pytest.fixture(autouse=True)
def frozen_time():
    with freeze_time("2026-06-01T00:00:00Z"):
        yield


@pytest.fixture
def provisioned(stage):
    def create(read, write, name=GROUP):
        capacity = {"ProvisionedReadCapacityUnits": read, "ProvisionedWriteCapacityUnits": write}
        stage.create(name, ThroughputConfig={"ThroughputMode": "Provisioned", **capacity})
        return stage

    return create


def admitted(call, most=20):
    """Return the number of calls that are admitted before one is throttled."""
    for count in range(most):
        try:
            call()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 400 and error.response["Error"] == THROTTLED:
                return count
            raise
    return most


def test_throughput_capacity_is_refilled_as_the_clock_advances(provisioned):
    stage = provisioned(read=1, write=3)
    stage.featurestore.enforce_throughput(GROUP)
    assert admitted(stage.put) == 3
    stage.featurestore.clock.advance(seconds=0.2)
    assert admitted(stage.put) == 1
    stage.featurestore.clock.advance(hours=1)
    assert admitted(stage.put) == 3


@pytest.mark.parametrize(("size", "count"), [(50, 4), (1024, 4), (1025, 2), (2049, 2), (4096, 1), (4097, 1)])
def test_write_consumes_one_throughput_unit_per_started_kilobyte(stage, size, count):
    definitions = [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time", "text")]
    capacity = {"ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 4}
    stage.create(FeatureDefinitions=definitions, ThroughputConfig={"ThroughputMode": "Provisioned", **capacity})
    stage.featurestore.enforce_throughput()
    rest = size - len("id1time2026-01-01T00:00:00Ztext")
    assert admitted(lambda: stage.put(text="x" * rest)) == count


@pytest.mark.parametrize("hard", [{}, {"DeletionMode": "HardDelete"}])
def test_delete_consumes_one_throughput_unit(provisioned, hard):
    stage = provisioned(read=1, write=2)
    stage.featurestore.enforce_throughput()
    delete = {"FeatureGroupName": GROUP, "RecordIdentifierValueAsString": "1", "EventTime": "2026-01-01T00:00:00Z"}
    assert admitted(lambda: stage.runtime.delete_record(**delete, **hard)) == 2


def test_read_consumes_one_throughput_unit_per_4_kib_and_no_unit_for_a_missing_record(provisioned):
    stage = provisioned(read=2, write=100)
    stage.put("1")
    stage.featurestore.enforce_throughput()
    assert admitted(lambda: stage.get("nobody")) == 20
    assert admitted(lambda: stage.get("1")) == 2
    assert admitted(lambda: stage.get("nobody")) == 20


def test_throughput_limit_is_enforced_only_until_it_is_lifted(provisioned):
    stage = provisioned(read=1, write=1)
    assert admitted(stage.put) == 20
    with stage.featurestore.enforce_throughput() as enforced:
        assert admitted(stage.put) == 1
        assert enforced.hits == 0  # throughput limits do not count hits
    assert admitted(stage.put) == 20


def test_throughput_limit_of_one_group_does_not_affect_other_groups(provisioned):
    stage = provisioned(read=1, write=1)
    provisioned(read=1, write=1, name="orders")
    stage.featurestore.enforce_throughput("orders")
    assert admitted(stage.put) == 20
    assert admitted(lambda: stage.put(group="orders")) == 1


def test_enforce_throughput_accepts_an_arn(provisioned):
    stage = provisioned(read=1, write=1)
    with stage.featurestore.enforce_throughput(f"arn:aws:sagemaker:us-east-1:123456789012:feature-group/{GROUP}"):
        assert admitted(stage.put) == 1
    assert admitted(stage.put) == 20


def test_group_in_on_demand_mode_is_not_throttled(customers):
    customers.featurestore.enforce_throughput()
    assert admitted(customers.put) == 20


def test_lift_of_a_fault_does_not_lift_the_throughput_limit(provisioned):
    stage = provisioned(read=1, write=1)
    stage.featurestore.enforce_throughput()
    fault = stage.featurestore.fail("GetRecord", "InternalFailure")
    assert admitted(stage.put) == 1
    fault.lift()
    assert admitted(stage.put) == 0


def test_batch_above_the_throughput_limit_returns_throttled_records_as_unprocessed(provisioned):
    needs("BatchWriteRecord")
    stage = provisioned(read=1, write=2)
    stage.featurestore.enforce_throughput()
    entries = [
        {
            "FeatureGroupName": GROUP,
            "Record": [
                {"FeatureName": "id", "ValueAsString": identifier},
                {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"},
            ],
        }
        for identifier in "123"
    ]
    answer = stage.runtime.batch_write_record(Entries=entries)
    assert (answer["Errors"], answer["UnprocessedEntries"]) == ([], entries[2:])
    read = stage.runtime.batch_get_record(
        Identifiers=[{"FeatureGroupName": GROUP, "RecordIdentifiersValueAsString": ["1", "2"]}]
    )
    assert [record["RecordIdentifierValueAsString"] for record in read["Records"]] == ["1"]
    assert read["UnprocessedIdentifiers"] == [{"FeatureGroupName": GROUP, "RecordIdentifiersValueAsString": ["2"]}]


def test_describe_feature_group_is_not_throttled_by_the_throughput_limit(provisioned):
    stage = provisioned(read=1, write=1)
    stage.featurestore.enforce_throughput()
    stage.put()
    describe = stage.clients("sagemaker").describe_feature_group
    assert admitted(lambda: describe(FeatureGroupName=GROUP)) == 20


def test_request_for_unknown_group_is_not_throttled(provisioned):
    stage = provisioned(read=1, write=1)
    stage.featurestore.enforce_throughput()
    with pytest.raises(ClientError, match="can't find a FeatureGroup"):
        stage.put(group="nobody")
