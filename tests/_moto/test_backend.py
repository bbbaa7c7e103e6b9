"""The world as moto has it: its clock."""

from datetime import UTC, datetime, timedelta

import freezegun
import pytest
import time_machine
from support.groups import group_parameters

GROUP = group_parameters(
    "group", OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": {"Unit": "Hours", "Value": 1}}
)
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2030-01-01T12:00:00Z"}]


@pytest.mark.parametrize("travel", [freezegun.freeze_time, time_machine.travel], ids=["freezegun", "time-machine"])
def test_libraries_that_move_the_clock_move_expiry(border, travel):
    client = border("sagemaker-featurestore-runtime")

    def at(hour, minute):
        return datetime(2030, 1, 1, hour, minute, tzinfo=UTC)

    def found():
        return "Record" in client.get_record(FeatureGroupName="group", RecordIdentifierValueAsString="1")

    with travel(at(12, 30)):
        border("sagemaker").create_feature_group(**GROUP)
        client.put_record(FeatureGroupName="group", Record=RECORD)
        assert found()
        created = border("sagemaker").describe_feature_group(FeatureGroupName="group")["CreationTime"]
        assert timedelta() <= created - at(12, 30) < timedelta(minutes=1)
    with travel(at(12, 59)):
        assert found()
    with travel(at(13, 0)):
        assert not found()
