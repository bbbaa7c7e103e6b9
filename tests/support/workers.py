"""Helpers for the tests of worker processes: forked children that return results, and functions that children run."""

import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection, Pipe
from typing import Any

import boto3
from moto import mock_aws

REGION = "us-east-1"
GROUP = "group"


def in_child(function: Callable[[], Any]) -> Any:
    """Run a function in a forked child, and return its result or raise its exception."""
    return wait_for(fork(function))


def fork(function: Callable[[], Any]) -> tuple[int, Connection]:
    """Fork a child that runs a function, and return its process id and a connection to it."""
    parent_end, child_end = Pipe()
    pid = os.fork()
    if pid:
        child_end.close()
        return pid, parent_end
    parent_end.close()
    try:
        child_end.send_bytes(_outcome(function))
    finally:
        os._exit(0)


def _outcome(function: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps((function(), None))
    except BaseException as error:  # noqa: BLE001 - the parent raises it
        try:
            return pickle.dumps((None, error))
        except (AttributeError, TypeError, pickle.PicklingError):  # for example pytest's exceptions
            return pickle.dumps((None, AssertionError(repr(error))))


def wait_for(child: tuple[int, Connection]) -> Any:
    """Return the result of a child's function, or raise its exception."""
    pid, connection = child
    with connection:
        result, error = pickle.loads(connection.recv_bytes())  # noqa: S301 - from a child of this process
    os.waitpid(pid, 0)
    if error is not None:
        raise error
    return result


def client(service: str) -> Any:
    """Return a boto3 client, created as in a worker."""
    return boto3.client(service, region_name=REGION)


def create_group() -> None:
    """Create a feature group with an online store."""
    client("sagemaker").create_feature_group(
        FeatureGroupName=GROUP,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )


def put(number: int, runtime: Any = None) -> int:
    """Put a record, and return the id of this process."""
    values = {"id": str(number), "time": "2026-01-01T00:00:00Z"}
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    runtime = runtime or client("sagemaker-featurestore-runtime")
    runtime.put_record(FeatureGroupName=GROUP, Record=record)
    return os.getpid()


def put_many(numbers: list[int]) -> None:
    """Put records in four threads with separate clients, as the SageMaker SDKs do."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(_put_all, [numbers[start::4] for start in range(4)]))


def _put_all(numbers: list[int]) -> None:
    runtime = client("sagemaker-featurestore-runtime")
    for number in numbers:
        put(number, runtime)


def put_in_a_mock(number: int) -> None:
    """Put a record in the worker's own mock."""
    with mock_aws():
        put(number)
