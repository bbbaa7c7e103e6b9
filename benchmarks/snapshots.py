"""The time to restore a snapshot, compared with one boto3 call: ``python benchmarks/snapshots.py``.

Both run in one process, with 10,000 records in the online store. The call is GetRecord. Before each restore, one record is put, which is
not timed. This put copies the shared records, and the restore frees the copy. So the time of a restore depends on the number of
records. For the method, see ``figures.py``.
"""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
from figures import LEAST_ROUNDS, Figure, Prepare, Turns, report

from moto_featurestore import featurestore, mock_featurestore

RECORDS = 10_000
MANY = 100_000
FEATURES = {"id": "String", "time": "String"} | {f"f{number}": "Fractional" for number in range(8)}
EVENT_TIME = "2026-01-01T00:00:00Z"


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="turns of each variant (default: %(default)s)")
    rounds = max(LEAST_ROUNDS, parser.parse_args().rounds)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    figures: list[Figure] = []
    notes: list[str] = []
    for records, offline in ((RECORDS, False), (RECORDS, True), (MANY, False)):
        with mock_featurestore():
            _compare(records, rounds, figures, notes, offline=offline)
    return report(figures, notes)


def _compare(records: int, rounds: int, figures: list[Figure], notes: list[str], *, offline: bool) -> None:
    featurestore.create_group("group", FEATURES, record_identifier="id", event_time="time", offline=offline)
    values = {name: 0.5 for name, kind in FEATURES.items() if kind == "Fractional"}
    featurestore.load("group", [{"id": str(number), "time": EVENT_TIME, **values} for number in range(records)])
    client = boto3.client("sagemaker-featurestore-runtime")
    snapshot, full_snapshot = featurestore.snapshot(), featurestore.snapshot(everything=True)
    variants: dict[str, Prepare] = {
        "snapshot": partial(_prepare, client, featurestore.snapshot),
        "restore": partial(_prepare, client, partial(featurestore.restore, snapshot)),
        "restore of everything": partial(_prepare, client, partial(featurestore.restore, full_snapshot)),
        "GetRecord": partial(
            _prepare, client, partial(client.get_record, FeatureGroupName="group", RecordIdentifierValueAsString="1")
        ),
    }
    turns = Turns(variants, rounds, 20)
    name = f"{records} records{', offline too' if offline else ''}"
    if records == RECORDS:
        figures.append(turns.compare("restore", "GetRecord", f"{name}: restore / GetRecord", 1))
    notes.append(f"{name}: {turns}")


def _prepare(client: Any, call: Callable[[], Any], number: int) -> Callable[[], Any]:
    changed = [
        {"FeatureName": "id", "ValueAsString": str(number)},
        {"FeatureName": "time", "ValueAsString": EVENT_TIME},
    ]
    client.put_record(FeatureGroupName="group", Record=changed)
    return call


if __name__ == "__main__":
    sys.exit(main())
