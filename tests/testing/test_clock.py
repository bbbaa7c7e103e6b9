"""The service's clock, which expiry, statuses and the offline store follow."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from freezegun import freeze_time
from moto.moto_api import state_manager
from support.groups import data_keys

from moto_featurestore import featurestore, mock_featurestore
from moto_featurestore.testing.endpoint import call

MODEL = "sagemaker::feature_group"


def test_advance_of_the_clock_expires_records(stage):
    stage.create(OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": {"Unit": "Hours", "Value": 1}})
    stage.put(time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    assert stage.get()
    stage.featurestore.clock.advance(hours=2)
    assert stage.get() is None


def test_clock_methods_now_and_advance_and_reset_return_the_time(stage):
    clock = stage.featurestore.clock
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.advance(timedelta(days=1)) - datetime.now(UTC) > timedelta(hours=23)
    assert clock.advance(minutes=30, seconds=5) - datetime.now(UTC) > timedelta(hours=24)
    assert clock.now() <= clock.now()
    assert abs(clock.reset() - datetime.now(UTC)) < timedelta(minutes=1)


def test_advance_of_the_clock_by_a_negative_time_raises_value_error(stage):
    with pytest.raises(
        ValueError,
        match=r"The clock cannot move by -1 day, .*; it can only move forward\. To return to the system clock",
    ):
        stage.featurestore.clock.advance(hours=-1)


def test_advance_of_the_clock_changes_the_creation_time_of_new_groups(stage):
    stage.featurestore.clock.advance(days=400)
    stage.create()
    described = stage.clients("sagemaker").describe_feature_group(FeatureGroupName="customers")
    assert described["CreationTime"] - datetime.now(UTC) > timedelta(days=399)


@pytest.fixture
def slow():
    state_manager.set_transition(MODEL, {"progression": "time", "seconds": 60})
    yield
    state_manager.unset_transition(MODEL)


def test_advance_of_the_clock_completes_a_timed_status_transition(stage, slow):
    def status():
        return stage.clients("sagemaker").describe_feature_group(FeatureGroupName="customers")["FeatureGroupStatus"]

    stage.featurestore.clock.advance(hours=1)
    stage.create()
    assert status() == "Creating"
    stage.featurestore.clock.advance(seconds=59)
    assert status() == "Creating"
    stage.featurestore.clock.advance(seconds=2)
    assert status() == "Created"


def test_advance_of_the_clock_beyond_the_offline_delay_makes_rows_readable():
    with mock_featurestore(config={"featurestore": {"offline_delay": 300}}):
        put_offline()
        assert object_count() == 0
        featurestore.clock.advance(minutes=6)
        assert object_count() == 1
        [row] = featurestore.history("customers", "1")
        assert row["write_time"] - row["api_invocation_time"] > timedelta(minutes=5)


def put_offline():
    import boto3

    boto3.client("s3").create_bucket(Bucket="bucket")
    names = ("id", "time")
    boto3.client("sagemaker").create_feature_group(
        FeatureGroupName="customers",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in names],
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://bucket"}},
        RoleArn="arn:aws:iam::123456789012:role/FeatureStore",
    )
    values = {"id": "1", "time": "2026-01-01T00:00:00Z"}
    boto3.client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName="customers",
        Record=[{"FeatureName": name, "ValueAsString": value} for name, value in values.items()],
    )


def object_count():
    import boto3

    return len(data_keys(boto3.client("s3"), "bucket"))


@pytest.mark.parametrize("travel", [freeze_time, lambda when: time_machine.travel(when, tick=False)])
def test_advance_of_the_clock_is_added_to_the_time_of_freezegun_and_time_machine(travel):
    with mock_featurestore():
        featurestore.clock.advance(hours=1)
        with travel(datetime(2030, 1, 1, tzinfo=UTC)):
            assert featurestore.clock.now() == datetime(2030, 1, 1, 1, tzinfo=UTC)


def test_clock_of_new_mock_has_the_system_time():
    with mock_featurestore():
        featurestore.clock.advance(days=1)
    with mock_featurestore():
        assert abs(featurestore.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("distance", [{"days": 365 * 9000}, {"days": 10**12}, {"seconds": float("inf")}])
def test_advance_of_the_clock_beyond_year_9999_raises_value_error(stage, distance):
    with pytest.raises(ValueError, match=r"The clock cannot move (by .* later than the year 9999|by this amount)"):
        stage.featurestore.clock.advance(**distance)
    assert abs(stage.featurestore.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(("arguments", "parts"), [((), {}), ((3600,), {}), ((timedelta(days=1),), {"hours": 1})])
def test_advance_of_the_clock_without_or_with_both_kinds_of_arguments_raises_type_error(clients, arguments, parts):
    with pytest.raises(TypeError, match=r"requires either a timedelta or its parts, such as clock\.advance\(hours=1\)"):
        featurestore.clock.advance(*arguments, **parts)


def test_advance_of_a_server_clock_by_infinite_seconds_raises_value_error(server_clients, server_url):
    with pytest.raises(ValueError, match="The clock cannot move by this amount"):
        call(server_url, "clock", {"seconds": float("inf")})
