"""CORS: web pages of an allowed origin use the Feature Store as they use moto's other services."""

import pytest
import requests
from moto import settings
from support.server_process import serving_in_thread

from moto_featurestore import install
from moto_featurestore.server.http import ServerPolicy

ORIGIN = "http://example.com"
GET = "/FeatureGroup/a"
ASKED = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,x-amz-date",
}


@pytest.fixture(scope="module")
def module_server_url():
    """The URL of a server that allows one origin."""
    with serving_in_thread(policy=ServerPolicy([ORIGIN])) as url:
        yield url


@pytest.fixture(autouse=True)
def server_url(module_server_url):
    """The URL of the server, with the Feature Store installed and an empty state."""
    install()
    requests.post(f"{module_server_url}/moto-api/reset", timeout=10)
    return module_server_url


def cors_of(answer):
    return {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("access-control")}


@pytest.mark.parametrize("path", ["/FeatureGroup/a", "/BatchGetRecord", "/FeatureGroup/a/ListRecords"])
def test_cors_preflight_response_allows_the_requested_headers(path, server_url):
    answer = requests.options(server_url + path, headers=ASKED, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert cors_of(answer) == {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
        "access-control-allow-headers": "authorization,x-amz-date",
        "access-control-expose-headers": "x-amzn-errortype, x-amzn-requestid",
    }


def test_cors_headers_equal_the_cors_headers_of_moto_services(server_url):
    signed = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request, SignedHeaders=a, Signature=b"
    }
    theirs = requests.options(f"{server_url}/?Action=ListQueues", headers={**ASKED, **signed}, timeout=10)
    ours = requests.options(f"{server_url}/FeatureGroup/a", headers=ASKED, timeout=10)
    for name in ("allow-origin", "allow-methods"):
        assert ours.headers[f"access-control-{name}"] == theirs.headers[f"access-control-{name}"]
    assert ours.headers["vary"] == theirs.headers["vary"]


def test_cors_response_exposes_error_code_header_to_web_pages(server_url):
    answer = requests.get(server_url + GET, headers={"Origin": ORIGIN}, timeout=10)
    assert answer.headers["x-amzn-errortype"] == "ValidationError"
    assert cors_of(answer) == {
        "access-control-allow-origin": ORIGIN,
        "access-control-expose-headers": "x-amzn-errortype, x-amzn-requestid",
    }


def test_request_without_origin_has_no_cors_headers(server_url):
    assert cors_of(requests.get(server_url + GET, timeout=10)) == {}


def test_cors_preflight_without_requested_headers_is_allowed(server_url):
    asked = {name: value for name, value in ASKED.items() if not name.endswith("Headers")}
    answer = requests.options(f"{server_url}/FeatureGroup/a", headers=asked, timeout=10)
    assert answer.status_code == 200
    assert "access-control-allow-headers" not in cors_of(answer)


def test_cors_request_for_s3_object_is_handled_by_moto(server_url):
    headers = {**ASKED, "Host": "bucket.localhost:5000"}
    assert requests.options(f"{server_url}/FeatureGroup/a", headers=headers, timeout=10).status_code == 403


def test_response_with_moto_setting_disable_global_cors_has_no_cors_headers(server_url, monkeypatch):
    monkeypatch.setattr(settings, "DISABLE_GLOBAL_CORS", True)
    assert cors_of(requests.get(server_url + GET, headers={"Origin": ORIGIN}, timeout=10)) == {}
    assert cors_of(requests.options(f"{server_url}/FeatureGroup/a", headers=ASKED, timeout=10)).keys() <= {
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
    }
