"""Which requests a server accepts, by host and origin."""

import pytest

from moto_featurestore.server.policy import AccessPolicy

ALLOWED_HOSTS = [
    "localhost",
    "LOCALHOST:5000",
    "localhost.",
    "bucket.s3.localhost:5000",
    "127.0.0.1:5000",
    "192.168.1.7",
    "[::1]:5000",
    "featurestore:5000",
    "host.docker.internal:5000",
    "bucket.host.docker.internal",
    "sagemaker.us-east-1.amazonaws.com",
    "bucket.s3.us-east-1.amazonaws.com",
    "sts.cn-north-1.amazonaws.com.cn",
    "sagemaker.us-east-1.api.aws",
]
REFUSED_HOSTS = [
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "amazonaws.com.evil.example",
    "evilamazonaws.com",
    "[evil]",
    "[127.0.0.1",
    "a b",
    ":5000",
]


def rejection(policy=None, **headers):
    environ = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return (policy or AccessPolicy()).rejection(environ)


@pytest.mark.parametrize("host", ALLOWED_HOSTS)
def test_policy_accepts_host_of_this_machine_or_of_aws(host):
    assert rejection(host=host) is None


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_policy_rejects_foreign_host(host):
    assert rejection(host=host).status == "403 Forbidden"


def test_error_for_foreign_host_names_the_option_allow_host():
    assert rejection(host="evil.example:5000").message.endswith("--allow-host evil.example")
    assert rejection(host="evil.example").message.endswith("--allow-host evil.example")


@pytest.mark.parametrize("host", ["Features.Test", "bucket.features.test:5000"])
def test_policy_accepts_allowed_host_and_its_subdomains(host):
    assert rejection(AccessPolicy(hosts=["features.TEST"]), host=host) is None


def test_policy_accepts_request_without_host():
    """HTTP/1.0 has no Host header. No browser speaks it."""
    assert rejection() is None


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000", "http://localhost"])
def test_policy_rejects_foreign_origin(origin):
    refused = rejection(host="localhost:5000", origin=origin, sec_fetch_site="same-origin")
    assert refused.code == "AccessDeniedException"
    assert f"--cors {origin}" in refused.message


def test_policy_rejects_request_with_foreign_origin_and_without_host():
    assert rejection(origin="http://")


@pytest.mark.parametrize("origin", ["http://localhost:5000", "https://localhost:5000", "HTTP://LOCALHOST:5000"])
def test_policy_accepts_origin_of_the_server(origin):
    assert rejection(host="localhost:5000", origin=origin, sec_fetch_site="same-origin") is None


def test_policy_accepts_allowed_origin():
    policy = AccessPolicy(origins=["http://LOCALHOST:3000"])
    assert rejection(policy, host="localhost:5000", origin="http://localhost:3000", sec_fetch_site="same-site") is None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "other"])
def test_policy_rejects_cross_site_request(site):
    """An image or a link of another site sends no Origin: https://www.w3.org/TR/fetch-metadata/."""
    assert site in rejection(host="localhost", sec_fetch_site=site).message


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_policy_accepts_same_origin_or_user_initiated_request(site):
    assert rejection(host="localhost", sec_fetch_site=site) is None
