import pytest
from app import app


@pytest.fixture
def client(featurestore):
    features = {"id": "String", "time": "String", "city": "String"}
    featurestore.create_group("customers", features, record_identifier="id", event_time="time")
    featurestore.load("customers", [{"id": "c-1", "time": "2026-01-01T00:00:00Z", "city": "Bern"}])
    return app.test_client()


def test_read_of_customer_returns_the_features(client):
    assert client.get("/customers/c-1").json == {"id": "c-1", "time": "2026-01-01T00:00:00Z", "city": "Bern"}


def test_read_of_unknown_customer_returns_404(client):
    assert client.get("/customers/c-2").status_code == 404


def test_move_of_customer_writes_a_new_version(client, featurestore):
    assert client.put("/customers/c-1/city/Basel").status_code == 204
    assert client.get("/customers/c-1").json["city"] == "Basel"
    featurestore.calls.assert_called("PutRecord", times=1)


def test_move_of_customer_without_permission_returns_403(client, featurestore):
    featurestore.deny("PutRecord")
    assert client.put("/customers/c-1/city/Basel").status_code == 403
