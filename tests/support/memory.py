"""The service without moto: a world in memory, and a client that uses the service's protocols."""

import json
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.model import OperationModel
from support.ports import MemoryGlue, MemoryS3

from moto_featurestore.controls import Controls
from moto_featurestore.offline.layout import location
from moto_featurestore.operations import OPERATIONS
from moto_featurestore.protocol.http import Request, Response
from moto_featurestore.protocol.model import RUNTIME, service_model
from moto_featurestore.service.dispatch import respond
from moto_featurestore.settings import Settings
from moto_featurestore.store.group import FeatureGroup, Store, Transition
from moto_featurestore.world import Caller

START = 1_790_000_000 * 10**9
"""2026-09-21T14:13:20Z, the initial time of worlds in memory."""


class MemoryWorld:
    """A world with stores in a dict, and a clock that changes only if a test moves it."""

    def __init__(self) -> None:
        self.stores: dict[tuple[str, str], Store] = {}
        self.time = START
        self.controls = Controls()
        self.shares: set[tuple[str, str]] = set()
        self.distrusted: set[str] = set()
        self.looks = 0
        """The number of ``advance`` calls that each step of a transition takes."""
        self.chosen = Settings()
        self.objects = MemoryS3("bucket", "feature-bucket")
        self.catalog = MemoryGlue()
        self._random = Random(0)

    def store(self, account_id: str, region: str) -> Store:
        return self.stores.setdefault((account_id, region), Store(account_id, region))

    def all_stores(self) -> list[Store]:
        return list(self.stores.values())

    def now(self) -> int:
        return self.time + self.controls.clock.ahead

    def is_shared(self, arn: str, caller: Caller) -> bool:
        return (arn, caller.account_id) in self.shares

    def accounts(self, region: str) -> list[str]:
        return [account_id for account_id, store_region in self.stores if store_region == region]

    def transition(self, *statuses: str) -> Transition:
        return MemoryTransition(self, *statuses)

    def trusts_sagemaker(self, role_arn: str, caller: Caller) -> bool:
        return role_arn not in self.distrusted

    def settings(self) -> Settings:
        return self.chosen

    def random_hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def write_problem(self, group: FeatureGroup) -> str | None:
        bucket = location(group).bucket
        return None if bucket in self.buckets else f"The bucket [{bucket}] does not exist."

    def table_problem(self, group: FeatureGroup) -> str | None:
        return None

    def s3(self, group: FeatureGroup) -> MemoryS3:
        return self.objects

    def glue(self, group: FeatureGroup) -> MemoryGlue:
        return self.catalog

    @property
    def buckets(self) -> dict[str, dict[str, bytes]]:
        """The objects by bucket."""
        return self.objects.buckets

    @property
    def tables(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The tables by the names of database and table."""
        return self.catalog.tables_


class MemoryTransition:
    """A transition that takes ``MemoryWorld.looks`` calls of ``advance`` for each step."""

    def __init__(self, world: MemoryWorld, *statuses: str) -> None:
        self._world, self._statuses, self._looks = world, statuses, 0
        self.last = statuses[-1]

    @property
    def status(self) -> str:
        step = self._looks // self._world.looks if self._world.looks else len(self._statuses)
        return self._statuses[min(step, len(self._statuses) - 1)]

    def advance(self) -> None:
        self._looks += 1


class Answer:
    """A decoded response."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.status = response.status
        self.body: Any = json.loads(response.body) if response.body else None
        self.code = response.headers.get("x-amzn-errortype")
        self.message = (self.body or {}).get("Message", (self.body or {}).get("message"))


class Service:
    """A client without validation."""

    def __init__(self, world: MemoryWorld) -> None:
        self.world = world
        self.caller = Caller("123456789012", "us-east-1", "aws")

    def send(self, method: str, path: str, query: str = "", body: bytes = b"", target: str | None = None) -> Answer:
        return Answer(respond(self.world, self.caller, Request(method, path, query, body, target)))

    def control(self, operation: str, **params: Any) -> Answer:
        return self.send("POST", "/", body=json.dumps(params).encode(), target=f"SageMaker.{operation}")

    def create(self, name: str, **changes: Any) -> Answer:
        """Create a group like ``customers`` in the conformance cases, with some parameters changed."""
        from support.cases import load_groups

        return self.control("CreateFeatureGroup", **load_groups()["customers"] | {"FeatureGroupName": name} | changes)

    def put(self, group: str, record: Any, **params: Any) -> Answer:
        """Put a record, which can be a mapping of feature names to values."""
        if isinstance(record, dict):
            record = [feature(name, value) for name, value in record.items()]
        return self.send("PUT", self._path(group), body=json.dumps({"Record": record, **params}).encode())

    def get(self, group: str, identifier: str, **query: Any) -> Answer:
        query = {"RecordIdentifierValueAsString": identifier, **query}
        return self.send("GET", self._path(group), urlencode(query, doseq=True))

    def delete(self, group: str, identifier: str, event_time: str, **query: Any) -> Answer:
        query = {"RecordIdentifierValueAsString": identifier, "EventTime": event_time, **query}
        return self.send("DELETE", self._path(group), urlencode(query, doseq=True))

    def post(self, path: str, **params: Any) -> Answer:
        return self.send("POST", path, body=json.dumps(params).encode())

    def list_records(self, group: str, **params: Any) -> Answer:
        return self.post(f"{self._path(group)}/ListRecords", **params)

    def update(self, group: str, identifier: str, features: dict[str, Any], **params: Any) -> Answer:
        listed = [feature(name, value) for name, value in features.items()]
        params = {"RecordIdentifierValueAsString": identifier, "Features": listed, **params}
        return self.post(f"{self._path(group)}/Record", **params)

    @staticmethod
    def _path(group: str) -> str:
        return f"/FeatureGroup/{quote(group, safe='')}"


def supported_operations(service: str) -> dict[str, OperationModel]:
    """Return the supported operations of a service, with their models in the installed botocore."""
    model = service_model(service)
    return {name: model.operation_model(name) for name in model.operation_names if name in OPERATIONS}


def is_modelled(operation: str) -> bool:
    """Return True if the installed botocore knows an operation of the runtime."""
    return operation in service_model(RUNTIME).operation_names


def needs(operation: str) -> None:
    """Skip a test if the installed botocore does not know an operation of the runtime."""
    if not is_modelled(operation):
        pytest.skip(f"the installed botocore does not know {operation}")


def feature(name: str, value: str | list[str]) -> dict[str, Any]:
    """Return a FeatureValue."""
    return {"FeatureName": name, "ValueAsString" if isinstance(value, str) else "ValueAsStringList": value}
