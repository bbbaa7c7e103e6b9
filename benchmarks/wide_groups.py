"""Feature groups with 2,500 features, the maximum, compared with 250: ``python benchmarks/wide_groups.py``.

The figures compare the time per feature of ``respond`` alone. If the work grows faster than the number of features, the ratio is over 1.
For the method, see ``figures.py``.
"""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from figures import LEAST_ROUNDS, Prepare, Turns, report
from runtime import OK, Service

from moto_featurestore.protocol.http import Request

NARROW, WIDE = 250, 2_500


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100, help="turns of each variant (default: %(default)s)")
    rounds = max(LEAST_ROUNDS, parser.parse_args().rounds)
    narrow, wide = calls(NARROW), calls(WIDE)
    figures, notes = [], []
    for operation in wide:
        # Ten calls with the narrow group for one with the wide group, so that both sides process the same number of features.
        variants: dict[str, Prepare] = {
            "wide": wide[operation],
            "narrow": partial(_repeated, narrow[operation], WIDE // NARROW),
        }
        turns = Turns(variants, rounds, 1)
        figures.append(turns.compare("wide", "narrow", f"{operation}, a feature of {WIDE} / of {NARROW}", 1.2))
        notes.append(f"{operation}: a call of {WIDE} features {turns.median('wide') * 1e3:.2f} ms")
    return report(figures, notes)


def _repeated(prepare: Prepare, times: int, number: int) -> Callable[[], None]:
    prepared = [prepare(number * times + i) for i in range(times)]

    def call() -> None:
        for each in prepared:
            each()

    return call


def calls(count: int) -> dict[str, Prepare]:
    """Return calls for groups with a number of features, by operation."""
    service = Service()
    names = [f"feature-{number}" for number in range(count)]

    def create(number: int) -> Callable[[], Any]:
        return service.control("CreateFeatureGroup", _group(f"group-{number}", names))

    def describe(_: int) -> Callable[[], Any]:
        return service.control("DescribeFeatureGroup", {"FeatureGroupName": "group-0"})

    def put(number: int) -> Callable[[], Any]:
        record = [{"FeatureName": name, "ValueAsString": f"value-{number:06}"} for name in names]
        record[1]["ValueAsString"] = "2026-01-01T00:00:00Z"
        return service.send(Request("PUT", "/FeatureGroup/group-0", "", json.dumps({"Record": record}).encode()))

    def get(_: int) -> Callable[[], Any]:
        return service.send(Request("GET", "/FeatureGroup/group-0", "RecordIdentifierValueAsString=value-000000", b""))

    operations = {"CreateFeatureGroup": create, "DescribeFeatureGroup": describe, "PutRecord": put, "GetRecord": get}
    for prepare in operations.values():
        response = prepare(0)()
        assert response.status == OK, response.body
    return operations


def _group(name: str, features: list[str]) -> dict[str, Any]:
    return {
        "FeatureGroupName": name,
        "RecordIdentifierFeatureName": features[0],
        "EventTimeFeatureName": features[1],
        "FeatureDefinitions": [{"FeatureName": feature, "FeatureType": "String"} for feature in features],
        "OnlineStoreConfig": {"EnableOnlineStore": True},
    }


if __name__ == "__main__":
    sys.exit(main())
