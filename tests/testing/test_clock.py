"""One clock: for what expires, for what is on its way, and for the offline store."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from freezegun import freeze_time
from moto.moto_api import state_manager

from moto_featurestore import featurestore, mock_featurestore
from moto_featurestore.testing.remote import ask

MODEL = "sagemaker::feature_group"


def test_advancing_the_clock_lets_records_expire(stage):
    stage.create(OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": {"Unit": "Hours", "Value": 1}})
    stage.put(time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    assert stage.get()
    stage.featurestore.clock.advance(hours=2)
    assert stage.get() is None


def test_the_clock_tells_the_time_and_goes_on(stage):
    clock = stage.featurestore.clock
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.advance(timedelta(days=1)) - datetime.now(UTC) > timedelta(hours=23)
    assert clock.advance(minutes=30, seconds=5) - datetime.now(UTC) > timedelta(hours=24)
    assert clock.now() <= clock.now()
    assert abs(clock.reset() - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_clock_does_not_go_back(stage):
    with pytest.raises(ValueError, match=r"The clock goes forward only, not by -1 day, .*; clock\.reset\(\) takes it"):
        stage.featurestore.clock.advance(hours=-1)


def test_what_is_made_is_made_at_the_clock_s_time(stage):
    stage.featurestore.clock.advance(days=400)
    stage.create()
    described = stage.clients("sagemaker").describe_feature_group(FeatureGroupName="customers")
    assert described["CreationTime"] - datetime.now(UTC) > timedelta(days=399)


@pytest.fixture
def slow():
    state_manager.set_transition(MODEL, {"progression": "time", "seconds": 60})
    yield
    state_manager.unset_transition(MODEL)


def test_a_status_that_takes_seconds_takes_those_of_the_clock(stage, slow):
    def status():
        return stage.clients("sagemaker").describe_feature_group(FeatureGroupName="customers")["FeatureGroupStatus"]

    stage.featurestore.clock.advance(hours=1)
    stage.create()
    assert status() == "Creating"
    stage.featurestore.clock.advance(seconds=59)
    assert status() == "Creating"
    stage.featurestore.clock.advance(seconds=2)
    assert status() == "Created"


def test_rows_wait_for_the_offline_delay_by_the_clock():
    with mock_featurestore(config={"featurestore": {"offline_delay": 300}}):
        put_offline()
        assert listed() == 0
        featurestore.clock.advance(minutes=6)
        assert listed() == 1
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


def listed():
    import boto3

    return boto3.client("s3").list_objects_v2(Bucket="bucket")["KeyCount"]


@pytest.mark.parametrize("travel", [freeze_time, lambda when: time_machine.travel(when, tick=False)])
def test_other_libraries_move_it_in_process_and_it_is_ahead_of_them(travel):
    with mock_featurestore():
        featurestore.clock.advance(hours=1)
        with travel(datetime(2030, 1, 1, tzinfo=UTC)):
            assert featurestore.clock.now() == datetime(2030, 1, 1, 1, tzinfo=UTC)


def test_a_mock_begins_with_the_machine_s_time():
    with mock_featurestore():
        featurestore.clock.advance(days=1)
    with mock_featurestore():
        assert abs(featurestore.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("far", [{"days": 365 * 9000}, {"days": 10**12}, {"seconds": float("inf")}])
def test_the_clock_does_not_go_beyond_what_can_be_told(stage, far):
    with pytest.raises(ValueError, match=r"The clock (goes to the end of the year 9999|cannot be moved so far)"):
        stage.featurestore.clock.advance(**far)
    assert abs(stage.featurestore.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(("given", "parts"), [((), {}), ((3600,), {}), ((timedelta(days=1),), {"hours": 1})])
def test_the_clock_is_moved_by_a_timedelta_or_its_parts(clients, given, parts):
    with pytest.raises(TypeError, match=r"moved by a timedelta, or by its parts, such as clock\.advance\(hours=1\)"):
        featurestore.clock.advance(*given, **parts)


def test_a_server_refuses_seconds_without_end(server_clients, server_url):
    with pytest.raises(ValueError, match="The clock cannot be moved so far"):
        ask(server_url, "clock", {"seconds": float("inf")})
