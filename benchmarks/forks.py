"""The cost of worker processes, for the workers and for the owner of the mock: ``python benchmarks/forks.py``.

For the method, see ``figures.py``. "Without" is the owner's put with moto's original entry points, without the two wrappers that send
requests of workers to the owner. "With" is the same put with the wrappers, before a worker exists and while a child is connected. A
child's put is timed in the child. It waits at a pipe for its turn, and returns the times of its puts.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import boto3
from figures import LEAST_ROUNDS, Figure, Turns, report
from moto.core.botocore_stubber import BotocoreStubber

from moto_featurestore import mock_featurestore

GROUP = "benchmark"
FEATURES = ["id", "time", *(f"feature-{number}" for number in range(2, 10))]
LARGE = 100 * 2**20


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200, help="turns of each variant (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=10, help="calls in a turn (default: %(default)s)")
    options = parser.parse_args()
    if options.rounds < LEAST_ROUNDS or options.batch < 1:
        parser.error(f"at least {LEAST_ROUNDS} rounds and a batch of 1")
    with mock_featurestore():
        client = _group()
        before, notes_before = _owner(client, options.rounds, options.batch, "no worker yet")
        with _worker(client) as run_job:
            during, notes_during = _owner(client, options.rounds, options.batch, "a worker waits")
            workers, notes_workers = _workers(client, run_job, options.rounds, options.batch)
    return report(before + during + workers, notes_before + notes_during + notes_workers)


def _group() -> Any:
    types = {"time": "Fractional"}
    sagemaker: Any = boto3.client("sagemaker", region_name="us-east-1")
    sagemaker.create_feature_group(
        FeatureGroupName=GROUP,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": types.get(name, "String")} for name in FEATURES],
        OnlineStoreConfig={"EnableOnlineStore": True},
    )
    return boto3.client("sagemaker-featurestore-runtime", region_name="us-east-1")


def _put(client: Any, number: int) -> None:
    values = [f"record-{number % 1000}", f"{1_767_225_600 + number}.0", *(f"value-{i}-{number:010}" for i in range(8))]
    record = [{"FeatureName": name, "ValueAsString": text} for name, text in zip(FEATURES, values, strict=True)]
    client.put_record(FeatureGroupName=GROUP, Record=record)


def _owner(client: Any, rounds: int, batch: int, when: str) -> tuple[list[Figure], list[str]]:
    """Measure the owner's put with and without the wrappers for workers."""
    wrapped = BotocoreStubber.__call__, BotocoreStubber.process_request
    original = wrapped[0].__wrapped__, wrapped[1].__wrapped__  # type: ignore[attr-defined]

    def with_entry_points(entry_points: Any) -> Any:
        def prepare(number: int) -> Any:
            BotocoreStubber.__call__, BotocoreStubber.process_request = entry_points  # type: ignore[method-assign]
            return lambda: _put(client, number)

        return prepare

    turns = Turns({"with": with_entry_points(wrapped), "without": with_entry_points(original)}, rounds, batch)
    BotocoreStubber.__call__, BotocoreStubber.process_request = wrapped  # type: ignore[method-assign]
    return [turns.compare("with", "without", f"the owner's put, with and without ({when})", 1.02)], [f"{when}: {turns}"]


@contextmanager
def _worker(client: Any) -> Iterator[Any]:
    """Fork a child that puts records, and yield a function that requests puts and returns their seconds."""
    parent_end, child_end = multiprocessing.Pipe()
    if not os.fork():
        try:
            parent_end.close()
            _work(client, child_end)
        finally:
            os._exit(0)
    child_end.close()

    def run_job(*job: Any) -> Any:
        parent_end.send(job)
        return parent_end.recv()

    yield run_job
    parent_end.close()
    os.wait()


def _work(client: Any, connection: Any) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    while True:
        try:
            job, start, count = connection.recv()
        except EOFError:
            return
        times = []
        for number in range(start, start + count):
            began = time.perf_counter()
            _put(client, number) if job == "put" else s3.put_object(Bucket=GROUP, Key="key", Body=b"0" * LARGE)
            times.append(time.perf_counter() - began)
        connection.send(times)


def _workers(client: Any, run_job: Any, rounds: int, batch: int) -> tuple[list[Figure], list[str]]:
    """Compare a worker's put, and its put of a large object, with the owner's."""
    puts: dict[str, list[float]] = {"owner": [], "worker": []}
    for start in range(0, rounds * batch, batch):
        puts["worker"] += run_job("put", start, batch)
        puts["owner"] += [
            _seconds(lambda number=number: _put(client, number)) for number in range(start, start + batch)
        ]
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=GROUP)
    large: dict[str, list[float]] = {"owner": [], "worker": []}
    for _ in range(5):
        large["worker"] += run_job("large", 0, 1)
        large["owner"].append(_seconds(lambda: s3.put_object(Bucket=GROUP, Key="key", Body=b"0" * LARGE)))
    figures = [
        Figure("a worker's put and the owner's", median(puts["worker"]) / median(puts["owner"]), 1.5),
        Figure(
            "a worker's put of 100 MiB into S3 and the owner's", median(large["worker"]) / median(large["owner"]), 2
        ),
    ]
    notes = [f"puts: {_medians(puts, 1e6)} us", f"100 MiB into S3: {_medians(large, 1e3)} ms"]
    return figures, notes


def _medians(times: dict[str, list[float]], factor: float) -> str:
    return ", ".join(f"{name} {median(values) * factor:.0f}" for name, values in times.items())


def _seconds(call: Any) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
