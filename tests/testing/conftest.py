"""Fixtures for tests that run in process and through a server: a handle and clients."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.config import Config
from support.groups import group_parameters
from support.memory import Service

from moto_featurestore import FeatureStore, featurestore
from moto_featurestore.testing import endpoint

GROUP = group_parameters("customers", {"id": "String", "time": "String", "age": "Integral"})
RUNTIME = "sagemaker-featurestore-runtime"


class Stage(NamedTuple):
    featurestore: FeatureStore
    url: str | None
    """The URL of the server, or None for tests in process."""
    clients: Any

    @property
    def runtime(self) -> Any:
        return self.clients(RUNTIME)

    def create(self, name: str = "customers", **changes: Any) -> None:
        self.clients("sagemaker").create_feature_group(**GROUP | {"FeatureGroupName": name} | changes)

    def put(
        self, identifier: str = "1", group: str = "customers", time: str = "2026-01-01T00:00:00Z", **more: str
    ) -> Any:
        return self.runtime.put_record(FeatureGroupName=group, Record=record(identifier, time, **more))

    def get(self, identifier: str = "1", group: str = "customers") -> Any:
        return self.runtime.get_record(FeatureGroupName=group, RecordIdentifierValueAsString=identifier).get("Record")

    def values(self, group: str, identifier: str) -> dict[str, Any] | None:
        """Return the values of a record by feature name, as GetRecord returns them."""
        return {
            value["FeatureName"]: value.get("ValueAsString", value.get("ValueAsStringList"))
            for value in self.get(identifier, group)
        }

    def describe(self, group: str) -> dict[str, Any]:
        return self.clients("sagemaker").describe_feature_group(FeatureGroupName=group)

    def retrying(self, mode: str, attempts: int) -> Any:
        """Return a client with one of botocore's retry modes."""
        config = Config(retries={"mode": mode, "total_max_attempts": attempts})
        return boto3.client(RUNTIME, config=config, endpoint_url=self.url)


def record(identifier: str, time: str = "2026-01-01T00:00:00Z", **more: str) -> list[dict[str, str]]:
    values = {"id": identifier, "time": time} | more
    return [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]


@pytest.fixture(params=["in process", "server"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """Return a handle and clients, in process and for a server: most features must be the same in both."""
    if request.param == "in process":
        return Stage(featurestore, None, request.getfixturevalue("clients"))
    clients, url = request.getfixturevalue("server_clients"), request.getfixturevalue("server_url")
    return Stage(featurestore(url=url), url, clients)


@pytest.fixture
def customers(stage: Stage) -> Stage:
    """Return the stage with the feature group `customers`."""
    stage.create()
    return stage


@pytest.fixture
def view(service: Service) -> Callable[..., Any]:
    """Return a function that runs a command on the store of the service, with results in JSON."""
    store = service.world.store(service.caller.account_id, service.caller.region)

    def run(name: str, /, **params: Any) -> Any:
        return json.loads(json.dumps(endpoint.all_commands()[name](service.world, store, **params)))

    return run
