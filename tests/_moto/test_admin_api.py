"""The HTTP API of the handle."""

import pytest
import requests
from moto.server import ThreadedMotoServer

from moto_featurestore import featurestore

PATH = "/moto-api/featurestore"


@pytest.fixture(params=["in process", "server"])
def api(request):
    """Return a function that sends a request to the API, in process and in a server."""
    if request.param == "server":
        request.getfixturevalue("server_clients")
        root = request.getfixturevalue("server_url")
    else:
        request.getfixturevalue("clients")
        root = "http://motoapi.amazonaws.com"
    return lambda name, method="POST", **params: requests.request(method, f"{root}{PATH}/{name}", timeout=10, **params)


def test_admin_api_arms_and_disarms_a_fault_and_counts_its_hits(api):
    answer = api("arm", json={"kind": "fail", "operation": "ListFeatureGroups", "error": "ThrottlingException"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    fault = answer.json()
    assert api("hits", json={"fault": fault}).json() == 0
    assert api("lift", json={}).json() is None
    assert api("hits", json={"fault": fault}).json() == 0  # a lifted fault keeps its count
    assert api("hits", json={"fault": "unknown"}).json() is None


def test_admin_api_advances_and_resets_the_clock(api):
    now = api("clock").json()
    assert api("clock", json={"seconds": 3600}).json() - now >= 3600 * 10**9
    assert api("clock", json={"reset": True}).json() - now < 3600 * 10**9


@pytest.mark.parametrize(
    ("name", "body", "error", "message"),
    [
        (
            "armm",
            "{}",
            "ValueError",
            "Unknown path /moto-api/featurestore/armm; did you mean /moto-api/featurestore/arm?",
        ),
        ("?", "{}", "ValueError", "did you mean /moto-api/featurestore/arm?"),
        ("arm", "{", "ValueError", "Expecting property name"),
        ("arm", "[]", "TypeError", "The body must be a JSON object."),
        ("arm", "{}", "TypeError", "missing 2 required positional arguments: 'kind' and 'operation'"),
        ("arm", '{"kind": "drop", "operation": "PutRecord", "x": 1}', "TypeError", "drop has no parameter 'x'"),
        ("arm", '{"kind": "explode", "operation": "PutRecord"}', "ValueError", "Unknown kind of fault 'explode'"),
        (
            "arm",
            '{"kind": "drop", "operation": "PutRecord", "group": 5}',
            "TypeError",
            "group must be a string, not 5.",
        ),
        (
            "arm",
            '{"kind": "drop", "operation": "PutRecord", "times": "x"}',
            "TypeError",
            "times must be an integer, not 'x'",
        ),
        ("records", '{"group": "g"}', "LookupError", "The feature group 'g' does not exist"),
        (
            "create_groups",
            '{"groups": "g"}',
            "TypeError",
            "groups must be a list of objects with parameters of CreateFeatureGroup, not",
        ),
        (
            "create_groups",
            '{"groups": ["g"]}',
            "TypeError",
            "groups must be a list of objects with parameters of CreateFeatureGroup, not",
        ),
        ("create_groups", '{"groups": [{}]}', "ValueError", "The parameters of the feature group None are invalid"),
        (
            "load",
            '{"group": "g", "rows": {"id": "1"}}',
            "TypeError",
            "rows must be a list of pairs [label, list of FeatureValues]",
        ),
        ("load", '{"group": "g", "rows": [{"id": "1"}]}', "TypeError", "list of FeatureValues], not {'id': '1'}."),
        ("load", '{"group": "g", "rows": [["a", {"id": "1"}]]}', "TypeError", "not ['a', {'id': '1'}]."),
        ("load", '{"group": "g", "rows": [["a", [{"id": "1"}]]]}', "TypeError", "not ['a', [{'id': '1'}]]."),
        ("load", '{"group": "g", "rows": [["a", []]]}', "LookupError", "The feature group 'g' does not exist"),
        ("calls", '{"account_id": 5}', "TypeError", "account_id and region_name must be strings."),
    ],
)
def test_admin_api_returns_an_error_for_an_invalid_request(api, name, body, error, message):
    answer = api(name.replace("?", "%3F"), data=body)
    error_body = answer.json()
    assert (answer.status_code, error_body["error"]) == (400, error)
    assert message in error_body["message"]


def test_get_request_to_admin_api_returns_status_405(api):
    answer = api("records", method="GET")
    assert (answer.status_code, answer.json()["message"]) == (
        405,
        "The method GET is not allowed. Send a JSON object with POST.",
    )


def test_fault_that_drops_the_connection_raises_connection_error_in_requests_library(clients):
    featurestore.drop("PutRecord")
    url = "https://featurestore-runtime.sagemaker.us-east-1.amazonaws.com/FeatureGroup/customers"
    with pytest.raises(
        requests.exceptions.ConnectionError, match="A drop fault closed the connection before the response"
    ):
        requests.put(url, json={"Record": [{"FeatureName": "id", "ValueAsString": "1"}]}, timeout=10)


def test_server_responds_to_the_next_request_after_a_fault_dropped_the_connection(server_clients, server_url):
    session = requests.Session()
    put = f"{server_url}/FeatureGroup/customers"
    body = {"Record": [{"FeatureName": "id", "ValueAsString": "1"}]}
    assert session.put(put, json=body, timeout=10).status_code == 400
    with featurestore(url=server_url).drop("PutRecord", times=1), pytest.raises(requests.exceptions.ConnectionError):
        session.put(put, json=body, timeout=10)
    assert session.put(put, json=body, timeout=10).status_code == 400


def test_admin_api_parses_body_with_form_content_type_as_json(api):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert api("clock", data='{"seconds": 0}', headers=form).status_code == 200
    assert api("clock", data='{"seconds": -1}', headers=form).status_code == 400


def test_drop_fault_in_threaded_moto_server_closes_the_connection(clients):
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        put = f"http://{host}:{port}/FeatureGroup/customers"
        with requests.Session() as session, featurestore.drop("PutRecord", times=1):
            body = {"Record": [{"FeatureName": "id", "ValueAsString": "1"}]}
            with pytest.raises(requests.exceptions.ConnectionError):
                session.put(put, json=body, timeout=10)
            assert session.put(put, json=body, timeout=10).status_code == 400
    finally:
        server.stop()
