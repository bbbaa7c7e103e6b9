"""The cost of a test with a new mock and three clients: ``python benchmarks/mock_cost.py``.

It compares ``mock_featurestore`` with plain ``mock_aws``. It measures both in turns in one process, and prints the CPU milliseconds per
test and their ratio.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import boto3
from figures import Figure, report
from moto import mock_aws

from moto_featurestore import mock_featurestore

SERVICES = ("sagemaker-featurestore-runtime", "sagemaker", "s3")


def run_test(mock: Callable[[], AbstractContextManager[object]]) -> float:
    """Return the CPU milliseconds of one test that creates a client of each service."""
    begin = time.process_time()
    with mock():
        for service in SERVICES:
            boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]
    return (time.process_time() - begin) * 1000


def main() -> int:
    """Measure and print the ratio. Return 1 if it is over its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=20, help="tests of each kind, in turns (default: %(default)s)")
    count = parser.parse_args().tests
    for mock in (mock_aws, mock_featurestore):  # imports, and the first load of the models
        run_test(mock)
    times = [(run_test(mock_featurestore), run_test(mock_aws)) for _ in range(count)]
    featurestore_ms, mock_aws_ms = (statistics.median(column) for column in zip(*times, strict=True))
    low, _, high = statistics.quantiles([one / other for one, other in times])
    figure = Figure(
        "a test with mock_featurestore / with mock_aws",
        featurestore_ms / mock_aws_ms,
        0.15,
        spread=f"{low:.2f} to {high:.2f}",
    )
    return report(
        [figure], [f"CPU per test: mock_featurestore {featurestore_ms:.1f} ms, mock_aws {mock_aws_ms:.1f} ms"]
    )


if __name__ == "__main__":
    sys.exit(main())
