"""The HTTP endpoint of the commands, and a handle with a server's URL."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from moto_featurestore import FeatureStore, featurestore
from moto_featurestore.testing.endpoint import call


def test_featurestore_object_called_with_region_uses_the_same_server(server_clients, server_url):
    handle = featurestore(url=server_url)(region_name="eu-west-1")
    with pytest.raises(
        LookupError, match=r"The feature group 'group' does not exist in account 123456789012, region eu-west-1"
    ):
        handle.records("group")
    with pytest.raises(LookupError, match="account 210987654321"):
        FeatureStore("210987654321", url=server_url).records("group")


def test_featurestore_object_methods_raise_errors_of_the_server(customers):
    with pytest.raises(ValueError, match="Unknown status 'Broken'"):
        customers.featurestore.set_status("customers", "Broken")
    with pytest.raises(ValueError, match="did you mean 'PutRecord'"):
        customers.featurestore.deny("PutRecrd")
    customers.featurestore.deny("PutRecord", group="customers")
    with pytest.raises(customers.runtime.exceptions.AccessForbidden):
        customers.put()


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("create_groups", {"groups": "x"}, "groups must be a list of objects with parameters of CreateFeatureGroup"),
        ("create_groups", {"groups": [1]}, "groups must be a list of objects with parameters of CreateFeatureGroup"),
        ("create_groups_from", {"text": 3, "parameters": {}}, "must be a string, and parameters"),
        ("create_groups_from", {"text": "{}", "parameters": "x"}, "parameters must be a JSON object"),
        ("load", {"group": "group", "rows": 3}, "rows must be a list of pairs"),
        ("load", {"group": "group", "rows": [3]}, "rows must be a list of pairs"),
        ("load", {"group": "group", "rows": [["0", "x"]]}, "rows must be a list of pairs"),
        ("load", {"group": "group", "rows": [["0", ["x"]]]}, "rows must be a list of pairs"),
        ("deny", {"operation": "PutRecord", "group": 7}, "group must be a string, not 7"),
        ("history", {"group": "group", "record_identifier": 7}, "record_identifier must be a string, not 7"),
    ],
)
def test_http_api_parameters_of_wrong_type_raise_type_error(server_clients, server_url, name, params, message):
    types = {"id": "String", "time": "String"}
    featurestore(url=server_url).create_group("group", types, record_identifier="id", event_time="time")
    with pytest.raises(TypeError, match=message):
        call(server_url, name, params)


def test_featurestore_object_with_region_unknown_to_the_server_raises_value_error(server_clients, server_url):
    with pytest.raises(ValueError, match=r"moto does not know the region \[mars-1\]"):
        featurestore(url=server_url, region_name="mars-1").flush()


def test_featurestore_object_without_a_server_at_its_url_raises_connection_error():
    with pytest.raises(ConnectionError, match=r"No server responds at http://127\.0\.0\.1:9: "):
        featurestore(url="http://127.0.0.1:9").flush()


@pytest.fixture
def other_server():
    """Run a server that is not from this package."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_featurestore_object_for_a_server_of_another_package_raises_connection_error(other_server):
    with pytest.raises(
        ConnectionError,
        match=r"/moto-api/featurestore/flush responded with status 404\. It is not a server of moto_feat",
    ):
        featurestore(url=other_server).flush()
