"""List and search calls with 1,000 feature groups, compared with 100: ``python benchmarks/many_groups.py``.

The figures compare the time per group of ``respond`` alone. If the work grows faster than the number of groups, the ratio is over 1. For
the method, see ``figures.py``.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from figures import LEAST_ROUNDS, Prepare, Turns, report
from runtime import OK, Service

FEW, MANY = 100, 1_000
FEATURES = 100
NAMED = {
    "Filters": [{"Name": "FeatureGroupName", "Operator": "Contains", "Value": "7"}, {"Name": "Tags.n", "Value": "1"}]
}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "ListFeatureGroups": ("ListFeatureGroups", {"SortBy": "Name"}),
    "Search, all groups": ("Search", {"Resource": "FeatureGroup"}),
    "Search, groups by name and tag": ("Search", {"Resource": "FeatureGroup", "SearchExpression": NAMED}),
    "Search, all features": ("Search", {"Resource": "FeatureMetadata"}),
    "Search, features by name": (
        "Search",
        {
            "Resource": "FeatureMetadata",
            "SearchExpression": {"Filters": [{"Name": "FeatureName", "Value": "feature-7"}]},
        },
    ),
}


def main() -> int:
    """Measure all figures and print them. Return 1 if a figure is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="turns of each variant (default: %(default)s)")
    rounds = max(LEAST_ROUNDS, parser.parse_args().rounds)
    few, many = _service(FEW), _service(MANY)
    figures, notes = [], []
    for name, (operation, params) in CALLS.items():
        # Ten calls with few groups for one call with many, so that both sides process the same number of groups.
        variants: dict[str, Prepare] = {
            "many": partial(_prepared, many, operation, params, 1),
            "few": partial(_prepared, few, operation, params, MANY // FEW),
        }
        turns = Turns(variants, rounds, 1)
        figures.append(turns.compare("many", "few", f"{name}, a group of {MANY} / of {FEW}", 1.2))
        notes.append(f"{name}: over {MANY} groups of {FEATURES} features {turns.median('many') * 1e3:.1f} ms")
    return report(figures, notes)


def _service(count: int) -> Service:
    service = Service()
    features = [{"FeatureName": f"feature-{number}", "FeatureType": "String"} for number in range(FEATURES)]
    for number in range(count - 1):  # the service starts with one group
        group = {
            "FeatureGroupName": f"group-{number}",
            "RecordIdentifierFeatureName": "feature-0",
            "EventTimeFeatureName": "feature-1",
            "FeatureDefinitions": features,
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "Tags": [{"Key": "n", "Value": str(number % 10)}],
        }
        response = service.control("CreateFeatureGroup", group)()
        assert response.status == OK, response.body
    return service


def _prepared(service: Service, operation: str, params: dict[str, Any], times: int, _: int) -> Callable[[], None]:
    prepared = service.control(operation, params)

    def call() -> None:
        for _ in range(times):
            response = prepared()
            assert response.status == OK, response.body

    return call


if __name__ == "__main__":
    sys.exit(main())
