"""Feature groups and records on moto's dashboard."""

import requests
from support.groups import group_parameters

from moto_featurestore import featurestore
from moto_featurestore._moto.backend import NAME

GROUP = group_parameters("group")
RECORD = [{"FeatureName": "id", "ValueAsString": "1"}, {"FeatureName": "time", "ValueAsString": "2026-01-01T00:00:00Z"}]


def test_moto_dashboard_lists_existing_groups_and_records(server_clients, server_url):
    def rows(model):
        return requests.get(f"{server_url}/moto-api/data.json", timeout=10).json()[NAME][model]

    control, runtime = server_clients("sagemaker"), server_clients("sagemaker-featurestore-runtime")
    control.create_feature_group(**GROUP)
    runtime.put_record(FeatureGroupName="group", Record=RECORD)
    [group], [record] = rows("FeatureGroup"), rows("Record")
    assert (group["feature_group_name"], group["stores"]) == ("group", ["OnlineStore"])
    assert record["record"] == {"id": "1", "time": "2026-01-01T00:00:00Z"}
    runtime.delete_record(
        FeatureGroupName="group",
        RecordIdentifierValueAsString="1",
        EventTime="2026-01-02T00:00:00Z",
        DeletionMode="HardDelete",
    )
    assert rows("Record") == []
    control.delete_feature_group(FeatureGroupName="group")
    assert rows("FeatureGroup") == []
    control.create_feature_group(**GROUP)
    requests.post(f"{server_url}/moto-api/reset", timeout=10)
    assert rows("FeatureGroup") == []


def test_dashboard_lists_the_first_records_of_a_group(server_clients, server_url):
    server_clients("sagemaker").create_feature_group(**GROUP)
    records = [{"id": str(number), "time": "2026-01-01T00:00:00Z"} for number in range(150)]
    featurestore(url=server_url).load("group", records)
    rows = requests.get(f"{server_url}/moto-api/data.json", timeout=10).json()[NAME]["Record"]
    assert [row["record"]["id"] for row in rows] == [str(number) for number in range(100)]
