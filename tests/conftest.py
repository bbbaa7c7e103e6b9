"""Fixtures of all tests: clients of both services, in process and through a server."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from support.memory import MemoryWorld, Service
from support.server_process import serving_in_thread

from moto_featurestore import install, mock_featurestore, uninstall

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "MOTO_FEATURESTORE_ATHENA_WAIT": "60",  # a busy machine makes no query of a test one that runs on
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a region and fake credentials."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "MOTO_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def service() -> Service:
    """Return the service without moto: a client of ``respond`` over a world in memory."""
    return Service(MemoryWorld())


@pytest.fixture
def clients() -> Iterator[Any]:
    """Return a function that creates boto3 clients in process, in a new mock."""
    with mock_featurestore():
        yield _client


@pytest.fixture(autouse=True)
def installation() -> Iterator[None]:
    """Undo ``install`` after each test, so that no test depends on the order of tests."""
    yield
    uninstall()


@pytest.fixture
def server_url(session_server_url: str) -> str:
    """Return the URL of a server in this process, with the Feature Store installed for the test."""
    install()
    return session_server_url


@pytest.fixture(scope="session")
def session_server_url() -> Iterator[str]:
    """Return the URL of a server in this process, which all tests share."""
    with serving_in_thread() as url:
        yield url


@pytest.fixture
def server_clients(server_url: str) -> Iterator[Any]:
    """Return a function that creates boto3 clients of a server with an empty state."""
    requests.post(f"{server_url}/moto-api/reset", timeout=10)
    yield lambda service: _client(service, endpoint_url=server_url)
    requests.post(f"{server_url}/moto-api/reset", timeout=10)


@pytest.fixture(params=["in process", "server"])
def each_entry_point(request: pytest.FixtureRequest) -> Any:
    """Return a function that creates boto3 clients. Each test runs twice: in process and through a server."""
    return request.getfixturevalue("clients" if request.param == "in process" else "server_clients")


@cache
def _client(service: str, **options: Any) -> Any:
    """Return a cached client without validation. Creating a client takes longer than most tests."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client(service, config=config, **options)
