"""What the tests of workers have in common: forked children that tell what came of them, and what children run."""

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
    """What a function returns, or raises, in a forked child."""
    return wait_for(fork(function))


def fork(function: Callable[[], Any]) -> tuple[int, Connection]:
    """A forked child that runs a function."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    ours.close()
    try:
        theirs.send_bytes(_outcome(function))
    finally:
        os._exit(0)


def _outcome(function: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps((function(), None))
    except BaseException as error:  # noqa: BLE001 - the parent is to see it
        try:
            return pickle.dumps((None, error))
        except (AttributeError, TypeError, pickle.PicklingError):  # pytest's own are such
            return pickle.dumps((None, AssertionError(repr(error))))


def wait_for(child: tuple[int, Connection]) -> Any:
    """What came of a child."""
    pid, connection = child
    with connection:
        result, error = pickle.loads(connection.recv_bytes())  # noqa: S301 - our own
    os.waitpid(pid, 0)
    if error is not None:
        raise error
    return result


def client(service: str) -> Any:
    """A client as a worker makes it."""
    return boto3.client(service, region_name=REGION)


def create_group() -> None:
    """A feature group, online."""
    client("sagemaker").create_feature_group(
        FeatureGroupName=GROUP,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )


def put(number: int, runtime: Any = None) -> int:
    """Put a record; tells who did."""
    values = {"id": str(number), "time": "2026-01-01T00:00:00Z"}
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    runtime = runtime or client("sagemaker-featurestore-runtime")
    runtime.put_record(FeatureGroupName=GROUP, Record=record)
    return os.getpid()


def put_many(numbers: list[int]) -> None:
    """Put records by four threads, each with a client of its own, as the SageMaker SDKs do."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(_put_all, [numbers[start::4] for start in range(4)]))


def _put_all(numbers: list[int]) -> None:
    runtime = client("sagemaker-featurestore-runtime")
    for number in numbers:
        put(number, runtime)


def put_in_a_mock(number: int) -> None:
    """Put a record in a mock of the worker's own."""
    with mock_aws():
        put(number)
