"""Speed and memory of the offline store, as ratios: ``python benchmarks/offline.py``. For the method, see ``figures.py``.

A flush is compared with pyarrow alone, which builds and writes the same tables in memory. pyarrow has an advantage: it gets the columns
of each hour as lists of texts, already grouped and transposed. It converts them to arrays, casts the numbers, adds the three columns of
the service, and writes each table to a buffer with the same options. The flush begins with the rows in the format of PutRecord, and
ends with objects in moto's S3.

The memory of a buffered row is measured by ``tracemalloc``, with puts to the offline store only. The requests are released before,
also from the log of the last 10,000 calls. The memory is compared with the sum of ``sys.getsizeof`` of the row's distinct texts.
"""

import argparse
import json
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import boto3
import pyarrow as pa
from figures import LEAST_ROUNDS, Figure, Turns, report
from moto.s3.models import s3_backends
from pyarrow import parquet

from moto_featurestore import mock_featurestore
from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore.offline.flush import flush
from moto_featurestore.protocol.http import Request
from moto_featurestore.service.dispatch import respond
from moto_featurestore.store.group import FeatureGroup
from moto_featurestore.store.offline_buffer import NewRow, OfflineRows
from moto_featurestore.values import NANOSECONDS
from moto_featurestore.world import Caller

ACCOUNT, REGION, BUCKET = "123456789012", "us-east-1", "feature-bucket"
TYPES = {
    "id": "String",
    "time": "String",
    **{f"text-{number}": "String" for number in range(2)},
    **{f"count-{number}": "Integral" for number in range(3)},
    **{f"amount-{number}": "Fractional" for number in range(3)},
}
ARROW = {"String": pa.string(), "Integral": pa.int64(), "Fractional": pa.float64()}
MOMENT = pa.timestamp("ms", tz="UTC")
START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = (24, 720)
LEAST_FLUSHES = 5
OK = 200


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of a flush (default: %(default)s)")
    parser.add_argument("--flushes", type=int, default=9, help="turns of each flush (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=300, help="turns of each put (default: %(default)s)")
    options = parser.parse_args()
    with mock_featurestore():
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
        figures, notes = _puts(max(LEAST_ROUNDS, options.rounds))
        figures.append(_memory(options.rows // 5))
        for hours in HOURS:
            figure, note = _flushes(options.rows, hours, max(LEAST_FLUSHES, options.flushes))
            figures.append(figure)
            notes.append(note)
    return report(figures, notes)


def _values(number: int, hours: int = 1) -> list[str]:
    """Return the texts of a row. No other row has any of them."""
    random = Random(number)  # noqa: S311 - data, not secrets
    moment = START + timedelta(seconds=number * 7919 % (hours * 3600), microseconds=number % 10**6)
    return [
        f"record-{number:011}",
        f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z",
        *(f"text-{column}-{number:011}" for column in range(2)),
        *(str(random.getrandbits(60)) for _ in range(3)),
        *(repr(random.random() * 1000) for _ in range(3)),
    ]


# Puts.


def _send(request: Request) -> None:
    response = respond(MotoWorld(), Caller(ACCOUNT, REGION, "aws"), request)
    assert response.status == OK, response.body


def _create(name: str, *, offline: bool) -> FeatureGroup:
    params: dict[str, Any] = {
        "FeatureGroupName": name,
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "time",
        "FeatureDefinitions": [{"FeatureName": name, "FeatureType": of_type} for name, of_type in TYPES.items()],
        "OnlineStoreConfig": {"EnableOnlineStore": True},
    }
    if offline:
        params["OfflineStoreConfig"] = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/prefix"}}
        params["RoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/FeatureStoreRole"
    _send(Request("POST", "/", "", json.dumps(params).encode(), "SageMaker.CreateFeatureGroup"))
    return MotoWorld().store(ACCOUNT, REGION).groups[name]


def _put(name: str, number: int, **params: Any) -> Callable[[], None]:
    pairs = zip(TYPES, _values(number), strict=True)
    params["Record"] = [{"FeatureName": feature, "ValueAsString": value} for feature, value in pairs]
    return partial(_send, Request("PUT", f"/FeatureGroup/{name}", "", json.dumps(params).encode()))


def _puts(rounds: int) -> tuple[list[Figure], list[str]]:
    _create("both", offline=True)
    _create("online", offline=False)
    turns = Turns({"both": partial(_put, "both"), "online": partial(_put, "online")}, rounds, 10)
    figure = turns.compare("both", "online", "respond, put with an offline store / without", 1.1)
    return [figure], [f"put: {turns}"]


def _memory(count: int) -> Figure:
    group = _create("memory", offline=True)
    _put("memory", count, TargetStores=["OfflineStore"])()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(count):
        _put("memory", number, TargetStores=["OfflineStore"])()
    MotoWorld().controls.calls.clear()
    memory = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    texts = sum(sum(map(sys.getsizeof, set(row))) for row in group.buffer.values[1:])
    return Figure("memory of a buffered row / of its texts", memory / texts, 1.5)


# Flushes.


def _flushes(count: int, hours: int, turns: int) -> tuple[Figure, str]:
    group = _create(f"flush-{hours}", offline=True)
    rows = [_values(number, hours) for number in range(count)]
    tables = _by_hour(rows)
    buffer = _buffer(rows)
    measured = Turns({"flush": lambda _: _flush(group, buffer), "pyarrow": lambda _: partial(_write, tables)}, turns, 1)
    name = f"flush of {count:,} rows over {hours} hours / pyarrow alone"
    keys = len(s3_backends[ACCOUNT]["aws"].buckets[BUCKET].keys)
    assert keys == hours, f"{keys} files"
    per_call = f"flush {measured.median('flush') * 1e3:.0f} ms, pyarrow {measured.median('pyarrow') * 1e3:.0f} ms"
    return measured.compare("flush", "pyarrow", name, 2), f"{hours} hours: {per_call}"


def _buffer(rows: list[list[str]]) -> OfflineRows:
    buffer = OfflineRows()
    for number, row in enumerate(rows):
        event_time = int(datetime.fromisoformat(row[1]).timestamp()) * NANOSECONDS
        buffer.append(NewRow(number, tuple(row), event_time, now=0, is_deleted=False))
    return buffer


def _flush(group: FeatureGroup, buffer: OfflineRows) -> Callable[[], None]:
    s3_backends[ACCOUNT]["aws"].buckets[BUCKET].keys.clear()
    group.buffer = buffer.select(range(len(buffer)))
    return partial(flush, MotoWorld(), group)


def _by_hour(rows: list[list[str]]) -> list[list[list[str]]]:
    """Return the columns of the rows of each hour."""
    hours: dict[str, list[list[str]]] = {}
    for row in rows:
        hours.setdefault(row[1][:13], []).append(row)
    return [[list(column) for column in zip(*grouped, strict=True)] for grouped in hours.values()]


def _write(tables: list[list[list[str]]]) -> None:
    for columns in tables:
        arrays = {
            name: pa.array(column, pa.string()).cast(ARROW[of_type])
            for (name, of_type), column in zip(TYPES.items(), columns, strict=True)
        }
        count = len(columns[0])
        arrays["write_time"] = pa.repeat(pa.scalar(0, MOMENT), count)
        arrays["api_invocation_time"] = pa.array([0] * count, MOMENT)
        arrays["is_deleted"] = pa.array([False] * count, pa.bool_())
        sink = pa.BufferOutputStream()
        parquet.write_table(pa.table(arrays), sink, compression="NONE", store_schema=False)
        sink.getvalue()


if __name__ == "__main__":
    sys.exit(main())
