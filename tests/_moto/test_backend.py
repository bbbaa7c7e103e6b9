"""The clock of the World over moto."""

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
def test_record_expiry_follows_freezegun_and_time_machine(each_entry_point, travel):
    client = each_entry_point("sagemaker-featurestore-runtime")

    def time_at(hour, minute):
        return datetime(2030, 1, 1, hour, minute, tzinfo=UTC)

    def record_exists():
        return "Record" in client.get_record(FeatureGroupName="group", RecordIdentifierValueAsString="1")

    with travel(time_at(12, 30)):
        each_entry_point("sagemaker").create_feature_group(**GROUP)
        client.put_record(FeatureGroupName="group", Record=RECORD)
        assert record_exists()
        created = each_entry_point("sagemaker").describe_feature_group(FeatureGroupName="group")["CreationTime"]
        assert timedelta() <= created - time_at(12, 30) < timedelta(minutes=1)
    with travel(time_at(12, 59)):
        assert record_exists()
    with travel(time_at(13, 0)):
        assert not record_exists()
