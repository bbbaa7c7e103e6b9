"""Statuses of a group under moto's state manager, in process and through a server."""

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from freezegun import freeze_time
from moto.moto_api import state_manager
from support.groups import group_parameters

from moto_featurestore import mock_featurestore

MODEL = "sagemaker::feature_group"
GROUP = group_parameters("customers", {"id": "String"})


@pytest.fixture
def transition():
    """Return a function that sets the transition of feature groups. Undo it after the test."""
    yield lambda **transition: state_manager.set_transition(MODEL, transition)
    state_manager.unset_transition(MODEL)


def status(client):
    return client.describe_feature_group(FeatureGroupName="customers")["FeatureGroupStatus"]


def test_manual_status_transition_advances_with_each_describe_feature_group(each_entry_point, transition):
    transition(progression="manual", times=2)
    client = each_entry_point("sagemaker")
    client.create_feature_group(**GROUP)
    assert [status(client) for _ in range(3)] == ["Creating", "Created", "Created"]
    client.delete_feature_group(FeatureGroupName="customers")
    assert status(client) == "Deleting"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        status(client)


def test_manual_status_transition_advances_with_each_list_feature_groups(each_entry_point, transition):
    transition(progression="manual", times=2)
    client = each_entry_point("sagemaker")
    client.create_feature_group(**GROUP)
    lists = [client.list_feature_groups(FeatureGroupStatusEquals="Creating") for _ in range(2)]
    assert [len(answer["FeatureGroupSummaries"]) for answer in lists] == [1, 0]


def test_timed_status_transition_advances_with_the_clock(transition):
    transition(progression="time", seconds=10)
    with mock_featurestore(), freeze_time("2026-01-01T00:00:00Z") as clock:
        client = boto3.client("sagemaker", "us-east-1")
        client.create_feature_group(**GROUP)
        assert status(client) == "Creating"
        clock.tick(11)
        assert status(client) == "Created"


def test_status_transition_of_a_server_is_configured_over_http(server_url, server_clients):
    url = f"{server_url}/moto-api/state-manager"
    requests.post(
        f"{url}/set-transition",
        json={"model_name": MODEL, "transition": {"progression": "manual", "times": 2}},
        timeout=10,
    )
    try:
        client = server_clients("sagemaker")
        client.create_feature_group(**GROUP)
        assert [status(client), status(client)] == ["Creating", "Created"]
    finally:
        requests.post(f"{url}/unset-transition", json={"model_name": MODEL}, timeout=10)
