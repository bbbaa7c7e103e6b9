"""The cost of an Iceberg table's history, as ratios: ``python benchmarks/iceberg.py``. For the method, see ``figures.py``.

Each flush appends ten rows of ten features to an Iceberg table. The rows are put before the flush. Tables with many flushes and tables
with four flushes take turns. There are several tables with many flushes, and they alternate, so that the number of their flushes stays
close to the measured one. The work of a reader before it reads rows is compared in the same way.
"""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from time import perf_counter
from typing import Any

import boto3
from figures import LEAST_ROUNDS, Figure, Prepare, Turns, report
from pyiceberg.catalog import Catalog, load_catalog

from moto_featurestore import featurestore, mock_featurestore
from moto_featurestore._moto.backend import MotoWorld
from moto_featurestore.protocol.http import Request
from moto_featurestore.service.dispatch import respond
from moto_featurestore.world import Caller

ACCOUNT, REGION, BUCKET, DATABASE = "123456789012", "us-east-1", "feature-bucket", "feature_database"
FEATURES = {"id": "String", "time": "String", **{f"amount-{number}": "Fractional" for number in range(8)}}
ROWS, YOUNG = 10, 5
OK = 200


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flushes", type=int, default=200, help="number of the measured flush (default: %(default)s)")
    parser.add_argument("--tables", type=int, default=4, help="tables with that many flushes (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=40, help="turns (default: %(default)s)")
    options = parser.parse_args()
    with mock_featurestore():
        boto3.client("s3", region_name=REGION).create_bucket(Bucket=BUCKET)
        return report(*_measure(options.flushes, options.tables, max(LEAST_ROUNDS, options.rounds)))


def _measure(flushes: int, tables: int, rounds: int) -> tuple[list[Figure], list[str]]:
    catalog = load_catalog("glue", type="glue", **{"client.region": REGION})
    old = [f"old_{number}" for number in range(tables)]
    history = [_grow(name, flushes - rounds // tables // 2 - 1) for name in old]
    young = (f"young_{number}" for number in count())
    aged: dict[str, Prepare] = {
        f"flush {flushes}": lambda number: _flush(old[number % tables]),
        f"flush {YOUNG}": lambda _: _flush(_grown(next(young), YOUNG - 1)),
    }
    turns = Turns(aged, rounds, 1)
    _grow("young", YOUNG)
    plans: dict[str, Prepare] = {
        f"plan at {flushes}": lambda number: partial(_plan, catalog, old[number % tables]),
        f"plan at {YOUNG}": lambda _: partial(_plan, catalog, "young"),
    }
    planned = Turns(plans, rounds, 1)
    creations = Turns({"create": lambda number: partial(_create, f"created_{number}")}, rounds, 1)
    decades = [
        sum(sum(times[start : start + 20]) for times in history) / tables for start in range(0, flushes - 20, 20)
    ]
    notes = [
        f"flush: {turns}",
        f"plan of a reader: {planned}",
        f"CreateFeatureGroup: {creations}",
        f"20 flushes each, with merges and garbage: {', '.join(f'{seconds * 1e3:.0f}' for seconds in decades)} ms",
    ]
    old_flush, young_flush = aged
    return [turns.compare(old_flush, young_flush, f"{old_flush} of {ROWS} rows / {young_flush}", 2)], notes


def _grown(name: str, flushes: int) -> str:
    _grow(name, flushes)
    return name


def _grow(name: str, flushes: int) -> list[float]:
    """Create a table, and return the seconds of its flushes."""
    _create(name)
    return [_seconds(_flush(name)) for _ in range(flushes)]


def _seconds(call: Callable[[], Any]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def _create(name: str) -> None:
    catalog = {"Catalog": "AwsDataCatalog", "Database": DATABASE, "TableName": name}
    params = {
        "FeatureGroupName": name.replace("_", "-"),
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "time",
        "FeatureDefinitions": [{"FeatureName": name, "FeatureType": of_type} for name, of_type in FEATURES.items()],
        "OfflineStoreConfig": {
            "S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/prefix"},
            "TableFormat": "Iceberg",
            "DataCatalogConfig": catalog,
        },
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/FeatureStoreRole",
    }
    _send(Request("POST", "/", "", json.dumps(params).encode(), "SageMaker.CreateFeatureGroup"))


def _flush(name: str) -> Callable[[], None]:
    """Put rows, and return a call that flushes them."""
    group = name.replace("_", "-")
    for row in range(ROWS):
        values = [str(row), "2026-01-01T00:00:00Z", *(f"{row}.{number}" for number in range(8))]
        pairs = zip(FEATURES, values, strict=True)
        body = {"Record": [{"FeatureName": feature, "ValueAsString": value} for feature, value in pairs]}
        _send(Request("PUT", f"/FeatureGroup/{group}", "", json.dumps(body).encode()))
    return partial(featurestore.flush, group)


def _send(request: Request) -> None:
    response = respond(MotoWorld(), Caller(ACCOUNT, REGION, "aws"), request)
    assert response.status == OK, response.body


def _plan(catalog: Catalog, name: str) -> None:
    assert list(catalog.load_table(f"{DATABASE}.{name}").scan().plan_files())


if __name__ == "__main__":
    sys.exit(main())
